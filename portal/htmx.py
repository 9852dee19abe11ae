"""A full page, or the named block of it that htmx asked for."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, make_response, render_template

from portal.extensions import htmx


def wants_block() -> bool:
    """Whether to answer with a block. A history-restore request is sent by htmx too, but needs the whole page."""
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def render(template: str, *, block: str, **context: Any) -> Response:
    """Render `template`, or only its `block` for htmx. Both depend on the header, so caches are told."""
    if wants_block():
        compiled = current_app.jinja_env.get_template(template)
        current_app.update_template_context(context)
        page = compiled.new_context({**context, "is_block": True})
        response = make_response("".join(compiled.blocks[block](page)))
    else:
        response = make_response(render_template(template, is_block=False, **context))
    response.headers.add("Vary", "HX-Request")
    return response
