"""What somebody typed when their log-in had ended: kept in the page itself, sealed, and shown again after the log-in.

Nothing is stored here: the log-in page carries the form as one hidden field that only this site can read, for a day.
Features say with `register()` how they show it again; where nobody does, a page offers to send it once more.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from flask import Request, current_app
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from portal.auth.sessions import current_session
from portal.offers.context import today
from portal.sealing import BadTokenError, ExpiredTokenError, Seal

MAX_FORM = 256 * 1024
"""Bytes; of a longer form the log-in page says that it could not be kept."""
MAX_TOKEN = 2 * MAX_FORM
Form = MultiDict[str, str]
Handler = Callable[[str, Form], ResponseReturnValue | None]
_handlers: dict[str, Handler] = {}
_SECRETS = ("passwor", "proof")


def register(prefix: str, handler: Handler) -> None:
    """`handler(path, form)` shows a form again that was sent to a path with this prefix, or returns None.

    It is called with somebody logged in, who need not be who typed it: it asks what they may, as its page does.
    """
    _handlers[prefix] = handler


@dataclass(frozen=True)
class Parked:
    path: str
    form: Form
    user_id: int | None
    """Who typed it, where that is still known."""


def _seal() -> Seal:
    return Seal(current_app.config["SECRET_KEY"], "parked form", 1, MAX_TOKEN)


def park(request: Request) -> str:
    """The form of this request as a sealed word; "" where there is nothing, or too much. Passwords are left out."""
    fields = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if not any(word in name.lower() for word in _SECRETS)
    ]
    content = json.dumps([request.path, current_session().ended_user_id, fields]).encode()
    if not fields or len(content) > MAX_FORM:
        return ""
    return _seal().close(content, today())


def take(token: str) -> Parked | None:
    """The form of a sealed word; None where it cannot be opened (any more)."""
    try:
        content, _day = _seal().open(token, today())
    except (BadTokenError, ExpiredTokenError):
        return None
    path, user_id, fields = json.loads(content)
    return Parked(path, MultiDict((name, value) for name, value in fields), user_id)


def on_return(path: str, form: Form) -> ResponseReturnValue | None:
    """What the feature of this path answers; the handler of the longest prefix is asked."""
    for prefix in sorted(_handlers, key=len, reverse=True):
        if path.startswith(prefix):
            return _handlers[prefix](path, form)
    return None
