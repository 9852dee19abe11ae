"""The pages of editors, one module a noun. HTTP only: what they do is in portal.editing."""

from __future__ import annotations

from importlib import import_module

from flask import Flask, request

PREFIX = "/verwaltung"
MODULES = ("home", "offers")
"""Each has a `blueprint`."""

_FORM_BYTES = 8 * 1024 * 1024
"""A form of an editor may be large: what is too long is refused field by field, and shown again, so that nothing is lost."""
_FORM_PARTS = 2_000


def init_app(app: Flask) -> None:
    from portal.admin import navigation, saving

    for name in MODULES:
        app.register_blueprint(import_module(f"portal.admin.{name}").blueprint)
    navigation.init_app(app)
    saving.init_app(app)

    @app.before_request
    def allow_large_forms() -> None:
        if request.blueprint and request.blueprint.startswith("admin_"):
            request.max_content_length = request.max_form_memory_size = _FORM_BYTES
            request.max_form_parts = _FORM_PARTS
