"""Guests: whoever has opened the secret link of a house. They have no account, and read what practitioners read.

Their session has no user, as that of somebody between the password and the second step has none. What tells them apart
is one word in it each (LINK here, "pending" in portal.auth.service), and a session that has both is nobody's.
"""

from __future__ import annotations

from datetime import date

from flask import current_app, g

from portal.auth import throttle
from portal.auth.sessions import StoredSessions, current_session, is_admin_path
from portal.editing.actor import Actor
from portal.editing.practitioner_links import find_valid
from portal.extensions import db
from portal.models import PractitionerLink, RoleName
from portal.sealing import hash_secret

LINK = "practitioner_link"
"""In the session: the hash of the secret. Not the number of the link: SQLite gives that to the next one."""


def open_link(secret: str, today: date) -> PractitionerLink | None:
    """The link with this secret; None where it is unknown, ended or past its last day."""
    return find_valid(db.session, hash_secret(secret), today) if 20 <= len(secret) <= 100 else None


def let_in(link: PractitionerLink) -> None:
    """A new session for this browser. Nobody records or counts it. The caller commits."""
    session = current_session()
    session.clear()
    g.pop("actor", None)
    session[LINK] = link.secret_hash
    session.begin(None)
    sessions: StoredSessions = current_app.extensions["sessions"]
    sessions.remove_over()
    throttle.remove_old()


def guest(path: str, today: date) -> Actor | None:
    """Who has this session by a link. Where the link has ended, the session ends too, and `g.link_ended` says why."""
    if not is_admin_path(path):
        return None
    session = current_session()
    if LINK not in session or "pending" in session or session.user_id is not None:
        return None
    link = find_valid(db.session, session[LINK], today)
    if link is None:
        session.clear()
        g.link_ended = True
        return None
    return Actor(user_id=None, name=link.label, roles=frozenset({RoleName.PRACTITIONER}), guest=True)
