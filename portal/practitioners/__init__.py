"""The pages of practitioners, below /verwaltung/fachkraft: one module and one blueprint a noun, as in portal.admin."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

MODULES: tuple[str, ...] = (
    "search",
    "offers",
    "saved",
    "gaps",
    "entry",
    "attachments",
    "changes",
    "directory",
    "resources",
    "professionals",
    "booklets",
)
"""Each has a `blueprint`."""


def init_app(app: Flask) -> None:
    from portal.practitioners import taps, wording

    taps.init_app(app)
    wording.init_app(app)
    for name in MODULES:
        app.register_blueprint(import_module(f"portal.practitioners.{name}").blueprint)
