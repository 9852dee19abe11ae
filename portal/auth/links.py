"""Links that open a door once: an invitation, a new password, the very first log-in.

A link holds who it is for and what identity they had when it was made. Setting a password gives a new identity, so a
link works once, and all older ones end with it.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum

from flask import current_app

from portal.auth.sessions import PREFIX
from portal.extensions import db
from portal.models import User
from portal.offers.context import public_url, today
from portal.sealing import BadTokenError, Seal


class Purpose(StrEnum):
    INVITATION = "invitation"
    RESET = "password reset"
    FIRST = "first log-in"


DAYS = {Purpose.INVITATION: 7, Purpose.RESET: 1, Purpose.FIRST: 7}
_PATHS = {Purpose.INVITATION: "einladung", Purpose.RESET: "neues-passwort", Purpose.FIRST: "erster-zugang"}


def _seal(purpose: Purpose) -> Seal:
    return Seal(current_app.config["SECRET_KEY"], purpose.value, DAYS[purpose])


def _content(user: User | None) -> bytes:
    if user is None:
        return b"nobody yet"
    return f"{user.id}:{hashlib.sha256(user.fs_uniquifier.encode()).hexdigest()[:32]}".encode()


def make_link(purpose: Purpose, user: User | None, base: str = "") -> str:
    """The whole address. `base` is the address of the site where no request tells it (a command)."""
    token = _seal(purpose).close(_content(user), today())
    return f"{base or public_url()}{PREFIX}/{_PATHS[purpose]}/{token}"


def open_link(purpose: Purpose, token: str) -> User | None:
    """Whose link this is; None for the very first log-in. Raises BadTokenError or ExpiredTokenError."""
    content, _day = _seal(purpose).open(token, today())
    if purpose is Purpose.FIRST:
        if content != _content(None):
            raise BadTokenError
        return None
    number = content.split(b":")[0]
    user = db.session.get(User, int(number)) if number.isdigit() else None
    if user is None or not user.active or content != _content(user):
        raise BadTokenError
    return user
