"""Wiring: the settings, the extensions and the features of the site, put together."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from jinja2 import StrictUndefined

from portal import assets, database, errors, extensions, i18n, logs, security
from portal.auth import setup as auth_setup
from portal.config import Settings, SettingsError
from portal.content.site import load_site
from portal.editing.machine import Machine
from portal.lotse import context as lotse_context
from portal.offers import presentation
from portal.offers.catalogue import CatalogueHolder
from portal.paths import TEMPLATES
from portal.plain.words import load_words
from portal.referrals import carrying
from portal.search import setup as search_setup
from portal.translating.glossary import load_glossary
from portal.translating.providers import make_provider


def create_app(settings: Settings | None = None) -> Flask:
    """Wire the parts together. Raises SettingsError or ContentError where something cannot be used."""
    settings = settings or Settings.from_env()
    site = load_site(settings.content_dir)
    database.watch_changes()
    # Hashes of passwords are in it: nobody else on the machine has a business there.
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)

    app = Flask("portal", template_folder=str(TEMPLATES), static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret(),
        MAX_CONTENT_LENGTH=64 * 1024,
        MAX_FORM_MEMORY_SIZE=64 * 1024,
        MAX_FORM_PARTS=50,
    )
    if settings.public_url:
        # Links and codes are made with the host of the request: only one that is ours.
        own = urlsplit(settings.public_url).hostname or ""
        app.config["TRUSTED_HOSTS"] = [own, "localhost", "127.0.0.1", "[::1]"]
    app.extensions["settings"] = settings
    app.extensions["site"] = site
    app.extensions["plain_words"] = load_words(settings.content_dir)
    app.extensions["machine"] = _machine(settings)
    app.extensions["catalogue"] = CatalogueHolder(site.kommune.hide_after_days)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    extensions.db.init_app(app, settings.sqlalchemy_url, **_engine_options(settings.sqlalchemy_url))
    search_setup.init_app(app, settings, site)
    extensions.htmx.init_app(app)
    logs.init_app(app, settings.log_level)
    i18n.init_app(app, site.kommune.languages)
    assets.init_app(app, settings, site.kommune)
    security.init_app(app)
    carrying.init_app(app, site.kommune.languages)
    auth_setup.init_app(app, settings, site)
    errors.init_app(app)
    presentation.init_app(app, site)
    lotse_context.init_app(app, site)

    from portal import admin, health, practitioners
    from portal.api import views as api
    from portal.auth import views as auth
    from portal.feedback import views as feedback
    from portal.lotse import views as lotse
    from portal.offers import feed_views as feeds
    from portal.offers import views as offers
    from portal.pages import views as pages
    from portal.referrals import poster_views as posters
    from portal.referrals import sheet_views as sheets
    from portal.referrals import views as referrals
    from portal.search import views as search

    app.register_blueprint(offers.blueprint)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(search.blueprint)
    app.register_blueprint(lotse.blueprint)
    app.register_blueprint(feeds.blueprint)
    app.register_blueprint(api.blueprint)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(feedback.blueprint)
    app.register_blueprint(referrals.blueprint)
    app.register_blueprint(sheets.blueprint)
    app.register_blueprint(posters.blueprint)
    app.register_blueprint(auth.blueprint)
    admin.init_app(app)
    practitioners.init_app(app)
    return app


def _machine(settings: Settings) -> Machine:
    """The translation service of the settings. Raises SettingsError where they do not fit together."""
    try:
        provider = make_provider(settings.translate_with, settings.translate_url, settings.translate_key)
    except ValueError as error:
        raise SettingsError(f"TRANSLATE_WITH, TRANSLATE_URL, TRANSLATE_KEY: {error}") from error
    return Machine(provider, load_glossary(settings.content_dir / "translating" / "glossary.yaml"))


def _engine_options(url: str) -> dict[str, Any]:
    options: dict[str, Any] = {"pool_size": extensions.THREADS, "max_overflow": 2}
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        return options
    return {**options, "pool_pre_ping": True}
