"""What every command begins with: the site, and a database that is up to date."""

from __future__ import annotations

import fcntl
from typing import Any

import click
from sqlalchemy.exc import OperationalError

from portal.config import Settings, SettingsError
from portal.content.schema import ContentError


def make_app() -> Any:
    from portal import create_app

    try:
        return create_app()
    except (SettingsError, ContentError) as error:
        raise click.ClickException(str(error)) from error


def prepare(app: Any, *, demo: bool) -> int:
    """Migrate, and load content/ where the database has nothing of it yet. Returns the number of new offers."""
    from portal import database
    from portal.content.load import load_content
    from portal.extensions import db

    settings: Settings = app.extensions["settings"]
    # Two portals that start at once on the same folder: the second finds everything done.
    with (settings.data_dir / "start.lock").open("w") as lock, app.app_context():
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            database.upgrade(db.engine)
        except OperationalError as error:
            raise click.ClickException(f"The database cannot be reached: {error.orig}") from error
        languages = app.extensions["site"].kommune.languages
        loaded = load_content(db.session, settings.content_dir, languages, demo=demo)
        if loaded.total:
            db.session.commit()
        indexer = app.extensions["indexer"]
        if indexer.embedded.position() is None:
            # Without an index families find needs, but no words; so the first one is built before anybody comes.
            indexer.deliver_to(indexer.embedded, wait=True)
        db.engine.dispose()
    return loaded.offers
