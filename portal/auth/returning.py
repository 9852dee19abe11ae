"""Where somebody goes after the log-in: where they wanted to go, with what they had typed."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from flask import current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from portal.auth import parking
from portal.auth.access import current_actor
from portal.auth.parking import Parked
from portal.auth.sessions import PREFIX

HOME = PREFIX + "/"
_MAX_NEXT = 500


def safe_next(path: str) -> str:
    """`path` where it is an address below /verwaltung, else "": nobody is sent to another site by a link to this one."""
    if not path.startswith(HOME) or len(path) > _MAX_NEXT or not path.isprintable() or "\\" in path:
        return ""
    parts = urlsplit(path)
    if parts.scheme or parts.netloc or {"..", "."} & set(unquote(parts.path).split("/")):
        return ""
    return path


def here() -> str:
    """The address of this request, to come back to."""
    return safe_next(request.full_path.rstrip("?"))


def welcome(next_path: str, parked: str) -> ResponseReturnValue:
    """What somebody sees who has just logged in."""
    form = parking.take(parked) if parked else None
    if form is None:
        return redirect(next_path or HOME, 303)
    shown = parking.on_return(form.path, form.form)
    if shown is not None:
        return shown
    if not _may_see(form):
        return redirect(HOME, 303)
    return render_template("auth/again.html", path=form.path, fields=list(form.form.items(multi=True)))


def _may_see(form: Parked) -> bool:
    """Only who typed it; where that is not known any more, who may use the page."""
    actor = current_actor()
    if form.user_id is not None and form.user_id != actor.user_id:
        return False
    try:
        endpoint, _values = current_app.url_map.bind("").match(form.path, "POST")
    except HTTPException:
        return False
    allowed = getattr(current_app.view_functions[endpoint], "allowed_roles", None)
    return allowed is not None and (not allowed or actor.has(*allowed))


def as_fields(waiting: dict[str, Any]) -> dict[str, str]:
    """The aim of a half done log-in, for hidden fields."""
    return {"next_path": waiting.get("next", ""), "parked": waiting.get("parked", "")}
