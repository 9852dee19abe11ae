"""Log-in sessions in the database: the browser holds a random word, the table only its hash (docs/adr/0016).

Only pages below /verwaltung have a session. Everywhere else nothing is read and nothing can be written, so visitors get
no cookie, whatever cookie their browser sends.
"""

from __future__ import annotations

import json
import re
import secrets
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Request, Response, request, session
from flask.sessions import NullSession, SecureCookieSession, SessionInterface, SessionMixin
from sqlalchemy import update
from sqlmodel import col, delete

from portal.config import Settings
from portal.extensions import db
from portal.models import LoginSession
from portal.models.base import utc_now
from portal.sealing import hash_secret

PREFIX = "/verwaltung"
ABSOLUTE = timedelta(days=7)
"""So long a log-in lasts at most, however busy somebody is."""
_NOTE_EVERY = timedelta(minutes=5)


def is_admin_path(path: str) -> bool:
    return path == PREFIX or path.startswith(PREFIX + "/")


class StoredSession(SecureCookieSession):
    """Flask's session, as a row of `login_session`."""

    row_id: str = ""
    """Empty: no row yet."""
    user_id: int | None = None
    created_at: datetime | None = None
    seen_at: datetime | None = None
    renew = False
    """Asks for a new word: whoever knows the old one knows nothing afterwards."""
    ended_user_id: int | None = None
    """Whose session it was that has run out."""

    def begin(self, user_id: int | None) -> None:
        """From now on this session is somebody's, under a new word. None: a guest's, or still without the second factor."""
        self.user_id, self.renew, self.modified = user_id, True, True


def current_session() -> StoredSession:
    """The session of this request. Only to be asked for below /verwaltung."""
    found: StoredSession = session._get_current_object()  # type: ignore[attr-defined]
    return found


class StoredSessions(SessionInterface):
    """`idle_hours` without a request end a session, and ABSOLUTE in any case."""

    def __init__(self, settings: Settings) -> None:
        self._secure = settings.public_url.startswith("https://")
        # A cookie with this prefix is refused by browsers where it did not come over https.
        self.cookie = "__Secure-familienlotse" if self._secure else "familienlotse"
        self.idle = timedelta(hours=settings.session_hours)

    def open_session(self, app: Flask, request: Request) -> SessionMixin:
        if not is_admin_path(request.path):
            return NullSession()
        opened = StoredSession()
        word = request.cookies.get(self.cookie, "")
        row = db.session.get(LoginSession, hash_secret(word)) if 20 <= len(word) <= 100 else None
        if row is None:
            return opened
        if self.is_over(row):
            opened.ended_user_id = row.user_id
            return opened
        opened.update(json.loads(row.data))
        opened.row_id, opened.user_id = row.id, row.user_id
        opened.created_at, opened.seen_at = row.created_at, row.seen_at
        opened.modified = False
        return opened

    def is_over(self, row: LoginSession) -> bool:
        now = utc_now()
        return row.seen_at < now - self.idle or row.created_at < now - ABSOLUTE

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """The one write that may happen on a GET: only to a row of `login_session`, in a transaction of its own."""
        if not isinstance(session, StoredSession):
            return
        if not session.modified:
            self._note_use(session)
            return
        # What a view has not committed by now is not wanted; here is only the session.
        db.session.rollback()
        if session.renew and session.row_id:
            db.session.exec(delete(LoginSession).where(col(LoginSession.id) == session.row_id))
            session.row_id = ""
        if not session:
            self._forget(session, response)
        elif session.row_id:
            # An update of no row: it was revoked meanwhile, and stays so.
            db.session.exec(
                update(LoginSession)
                .where(col(LoginSession.id) == session.row_id)
                .values(data=json.dumps(dict(session)), user_id=session.user_id, seen_at=utc_now())
            )
        else:
            self._create(session, response)
        db.session.commit()

    def _create(self, session: StoredSession, response: Response) -> None:
        word = secrets.token_urlsafe(32)
        db.session.add(
            LoginSession(
                id=hash_secret(word),
                user_id=session.user_id,
                data=json.dumps(dict(session)),
                # For people to recognise their own in the list; whoever came by a link has no such list.
                device=device_name(request.headers.get("User-Agent", "")) if session.user_id else "",
            )
        )
        response.set_cookie(self.cookie, word, path=PREFIX, secure=self._secure, httponly=True, samesite="Lax")
        response.vary.add("Cookie")

    def _forget(self, session: StoredSession, response: Response) -> None:
        if session.row_id or self.cookie in request.cookies:
            db.session.exec(delete(LoginSession).where(col(LoginSession.id) == session.row_id))
            response.delete_cookie(self.cookie, path=PREFIX, secure=self._secure, httponly=True, samesite="Lax")

    def _note_use(self, session: StoredSession) -> None:
        if session.seen_at is None or session.seen_at > utc_now() - _NOTE_EVERY:
            return
        db.session.rollback()
        db.session.exec(update(LoginSession).where(col(LoginSession.id) == session.row_id).values(seen_at=utc_now()))
        db.session.commit()

    def remove_over(self) -> None:
        """Delete what has run out, a day after: until then a form that comes too late is still known to be somebody's."""
        now = utc_now() - timedelta(days=1)
        over = (col(LoginSession.seen_at) < now - self.idle) | (col(LoginSession.created_at) < now - ABSOLUTE)
        db.session.exec(delete(LoginSession).where(over))


def revoke_sessions(user_id: int, *, but: str = "", only: str = "") -> int:
    """End the sessions of somebody, at once: all, all but one, or only one. Returns how many."""
    query = delete(LoginSession).where(col(LoginSession.user_id) == user_id)
    if but:
        query = query.where(col(LoginSession.id) != but)
    if only:
        query = query.where(col(LoginSession.id) == only)
    result: Any = db.session.exec(query)
    return int(result.rowcount)


_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"),
             ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip
_SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
            ("Mac OS", "Mac"), ("CrOS", "Chromebook"), ("Linux", "Linux"))  # fmt: skip


def device_name(user_agent: str) -> str:
    """ "Firefox, Windows": enough for somebody to recognise their own, and no more."""
    names = [
        next((name for part, name in pairs if re.search(rf"\b{part}", user_agent)), "")
        for pairs in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(name for name in names if name) or "Unbekanntes Gerät"
