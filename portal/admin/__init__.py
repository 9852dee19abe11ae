"""The pages of editors, one module a noun. HTTP only: what they do is in portal.editing."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

MODULES = (
    "home",
    "offers",
    "offer_form_help",
    "offer_history",
    "offer_preview",
    "pictures",
    "users",
    "account",
    "organizations",
    "districts",
    "trash",
    "audit",
    "freshness",
    "feedback",
    "translations",
    "needs",
    "pages",
    "banners",
    "exchange",
    "contact_points",
    "resources",
    "professional_offers",
    "offer_internal",
    "practitioner_links",
)
"""Each has a `blueprint`."""


def init_app(app: Flask) -> None:
    from portal.admin import navigation, saving

    for name in MODULES:
        app.register_blueprint(import_module(f"portal.admin.{name}").blueprint)
    navigation.init_app(app)
    saving.init_app(app)
