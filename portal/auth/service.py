"""Log in and out, with everything that goes with it: the pause, the record, the new session."""

from __future__ import annotations

import time
from typing import Any

from flask import Request, current_app, g
from flask_security import current_user, login_user, logout_user
from sqlmodel import select

from portal.auth import codes, passwords, throttle
from portal.auth.access import actor_of
from portal.auth.sessions import StoredSessions, current_session, revoke_sessions
from portal.auth.throttle import Tries
from portal.editing.actor import Actor
from portal.editing.audit import Action, record
from portal.extensions import db
from portal.models import RoleName, User
from portal.models.base import utc_now

PENDING_SECONDS = 10 * 60
"""So long the second step may take."""
FRESH_SECONDS = 10 * 60
"""So long after a log-in nobody is asked for the password again."""
STRANGER = Actor(user_id=None, name="", roles=frozenset())


def find_by_email(email: str) -> User | None:
    return db.session.exec(select(User).where(User.email == email.strip().lower())).first()


def check_password(email: str, password: str, request: Request) -> User | None:
    """Whose password this is. None where it is wrong or nobody's; both cost the same. Raises TooManyTriesError."""
    tries = Tries("password", email.strip().lower(), request)
    tries.count()
    user = find_by_email(email)
    if not passwords.is_right(user, password):
        note_failure(user, "Passwort")
        return None
    tries.succeeded()
    db.session.commit()
    return user


def check_code(user: User, code: str, request: Request) -> bool:
    """Whether this is their code of now. Raises TooManyTriesError."""
    tries = Tries("code", str(user.id), request)
    tries.count()
    if not codes.is_right_code(user, user.tf_totp_secret or "", code):
        note_failure(user, "Code der App")
        return False
    tries.succeeded()
    return True


def check_recovery_code(user: User, code: str, request: Request) -> bool:
    """Whether this is one of their recovery codes; it is none any more afterwards. Raises TooManyTriesError."""
    # The same count as for the codes of the app: they open the same door.
    tries = Tries("code", str(user.id), request)
    tries.count()
    if not codes.use_recovery_code(user, code):
        db.session.rollback()
        note_failure(user, "Wiederherstellungs-Code")
        return False
    tries.succeeded()
    left = len(user.mf_recovery_codes or [])
    record(db.session, actor_of(user), Action.CHANGED, kind="user", entity=user.id or "", label=user.name,
           details=f"Wiederherstellungs-Code benutzt, noch {left}")  # fmt: skip
    return True


def note_failure(user: User | None, what: str) -> None:
    """Into the record, in a transaction of its own. Of somebody unknown nothing is kept: it may be a password."""
    record(
        db.session, STRANGER, Action.LOGIN_FAILED, kind="user", entity=(user.id or "") if user else "",
        label=user.name if user else "", details=what,
    )  # fmt: skip
    db.session.commit()


def needs_second_step(user: User) -> bool:
    """Everybody who has set it up, and whoever may give rights to others."""
    return codes.has_second_factor(user) or is_admin(user)


def is_admin(user: User) -> bool:
    return any(role.name == RoleName.ADMIN for role in user.roles)


def start_second_step(user: User, *, next_path: str = "", parked: str = "") -> None:
    session = current_session()
    session.clear()
    session["pending"] = {"user": user.fs_uniquifier, "at": time.time(), "next": next_path, "parked": parked}
    session.begin(None)


def pending() -> dict[str, Any]:
    """What the log-in that is half done is for: `user`, `next`, `parked`; {} where there is none."""
    found: dict[str, Any] = current_session().get("pending") or {}
    return found if found and time.time() - found["at"] < PENDING_SECONDS else {}


def pending_user() -> User | None:
    """Whose password was right and whose second step is missing."""
    if not (found := pending()):
        return None
    user = db.session.exec(select(User).where(User.fs_uniquifier == found["user"])).first()
    return user if user and user.active else None


def sign_in(user: User, how: str) -> None:
    """Log in, under a new session. `how` is for the record."""
    session = current_session()
    session.clear()
    g.pop("actor", None)
    login_user(user, remember=False, authn_via=[how])
    # A hash of the address and the browser, which nobody asks for here.
    session.pop("_id", None)
    session["proved_at"] = time.time()
    session.begin(user.id)
    user.last_login_at = utc_now()
    db.session.add(user)
    sessions: StoredSessions = current_app.extensions["sessions"]
    sessions.remove_over()
    throttle.remove_old()
    record(
        db.session, actor_of(user), Action.LOGGED_IN, kind="user", entity=user.id or "", label=user.name, details=how
    )
    db.session.commit()


def sign_out() -> None:
    if current_user.is_authenticated:
        user = current_user._get_current_object()
        record(db.session, actor_of(user), Action.LOGGED_OUT, kind="user", entity=user.id, label=user.name)
        db.session.commit()
    logout_user()
    current_session().clear()


def change_password(user: User, password: str, *, keep_here: bool) -> None:
    """A new password ends every session; here the person stays logged in, under a new one."""
    passwords.set_password(user, password)
    revoke_sessions(user.id or 0)
    record(db.session, actor_of(user), Action.CHANGED, kind="user", entity=user.id or "", label=user.name,
           details="neues Passwort")  # fmt: skip
    if keep_here:
        sign_in(user, "nach neuem Passwort")
    else:
        db.session.commit()


def is_fresh() -> bool:
    """Whether the password was typed here a moment ago."""
    return bool(time.time() - current_session().get("proved_at", 0) < FRESH_SECONDS)


def prove() -> None:
    """The password was typed again."""
    current_session()["proved_at"] = time.time()
