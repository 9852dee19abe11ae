"""What holds for every request below /verwaltung: where it comes from, how long it may be, who is logged in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge, Unauthorized

from portal.auth import parking
from portal.auth.forms import LoginForm
from portal.auth.origin import SAFE_METHODS, is_own_request
from portal.auth.returning import here
from portal.auth.sessions import is_admin_path

View = TypeVar("View", bound=Callable[..., Any])
DEFAULT_LIMIT = 512 * 1024
"""Bytes of a form: more than the longest offer, and a parked form fits, too."""
_MAX_FIELDS = 3000


def body_limit(limit: int | Callable[[], int]) -> Callable[[View], View]:
    """How many bytes may be sent to this page (an upload more, a log-in less than DEFAULT_LIMIT)."""

    def decorate(view: View) -> View:
        view.body_limit = limit  # type: ignore[attr-defined]
        return view

    return decorate


def init_app(app: Flask) -> None:
    @app.before_request
    def check() -> ResponseReturnValue | None:
        if not is_admin_path(request.path):
            return None
        view = current_app.view_functions.get(request.endpoint or "")
        limit = getattr(view, "body_limit", DEFAULT_LIMIT)
        request.max_content_length = limit if isinstance(limit, int) else limit()
        request.max_form_memory_size = request.max_content_length
        request.max_form_parts = _MAX_FIELDS
        if request.method not in SAFE_METHODS and not is_own_request(request):
            return render_template("auth/refused.html"), 403
        return None

    @app.errorhandler(Unauthorized)
    def log_in_first(error: Unauthorized) -> ResponseReturnValue:
        """To the log-in, and back here; what was typed comes along."""
        if request.headers.get("HX-Request") and not request.headers.get("HX-Boosted"):
            response = make_response(render_template("auth/logged_out_part.html"), 401)
            response.headers["HX-Trigger"] = '{"abgemeldet": true}'
            return response
        if g.get("link_ended"):
            return render_template("practitioners/entry/ended.html", was_in=True), 410
        if request.method in SAFE_METHODS:
            return redirect(url_for("security.login", next=here() or None), 303)
        try:
            parked = parking.park(request)
            why = "kept" if parked else "lost" if request.form else ""
        except RequestEntityTooLarge:
            parked, why = "", "lost"
        return render_template(
            "auth/login.html", form=LoginForm(formdata=None), next_path="", parked=parked, why=why
        ), 401
