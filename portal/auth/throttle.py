"""Wrong passwords slow down, for an account and for an address, whether or not the account exists.

From the fifth failure on, each one is followed by a pause of 2, 4, 8 … seconds up to a quarter of an hour, in which the
password is not even looked at. A try is counted before it is judged, so many at the same moment are counted, too. The
table holds keyed hashes: neither who tried nor from where can be read from it.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import math
from datetime import datetime, timedelta

from flask import Request, current_app
from sqlalchemy import case, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete

from portal.extensions import db
from portal.models import LoginThrottle
from portal.models.base import utc_now

ACCOUNT_LIMIT = 5
ADDRESS_LIMIT = 30
_LONGEST = timedelta(minutes=15)
_FORGET_AFTER = timedelta(days=1)


class TooManyTriesError(Exception):
    """Come again in `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"{seconds} seconds")
        self.seconds = seconds


def keyed_hash(*parts: str) -> str:
    """A name for the table that says nothing to whoever reads it."""
    secret: bytes = current_app.config["SECRET_KEY"]
    return hmac.new(secret, "\0".join(("throttle", *parts)).encode(), hashlib.sha256).hexdigest()


def address_of(request: Request, ipv6_bits: int = 64) -> str:
    """Where a request comes from; of IPv6 the network, which is what one household has (an attacker may have a whole /48).

    A reverse proxy on this machine or network appends the address that it saw to X-Forwarded-For; what stands before
    it there was sent by the browser and is not believed.
    """
    address = request.remote_addr or ""
    try:
        parsed = _parsed(address)
        if parsed.is_private and (seen := request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()):
            parsed = _parsed(seen)
    except ValueError:
        return address
    return str(ipaddress.ip_network((parsed, ipv6_bits), strict=False)) if parsed.version == 6 else str(parsed)


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Raises ValueError. A server that listens for both writes IPv4 as ::ffff:203.0.113.5: all of them are one network."""
    parsed = ipaddress.ip_address(address)
    return (parsed.ipv4_mapped or parsed) if isinstance(parsed, ipaddress.IPv6Address) else parsed


class Tries:
    """The tries of one kind ("password", "code", …) for one subject, from one address."""

    def __init__(self, kind: str, subject: str, request: Request) -> None:
        self._account = keyed_hash(kind, subject) if subject else ""
        self._address = keyed_hash("address", address_of(request))

    def count(self) -> None:
        """Count a try as a failure until it is known to be none. Raises TooManyTriesError during a pause.

        Commits in a transaction of its own: a failure stays counted, whatever becomes of the request.
        """
        with Session(db.engine) as session:
            waits = [_count(session, self._address, ADDRESS_LIMIT)]
            if self._account and not waits[0]:
                waits.append(_count(session, self._account, ACCOUNT_LIMIT))
            session.commit()
        if seconds := max(waits):
            raise TooManyTriesError(seconds)

    def succeeded(self) -> None:
        """Forget the failures of the account, and half of those of the address: an office has one address, and a
        person who gets in is no attack. The caller commits."""
        # In the order of count(): two log-ins at the same moment must not wait for each other.
        db.session.exec(
            update(LoginThrottle)
            .where(col(LoginThrottle.key) == self._address, col(LoginThrottle.failures) > 0)
            .values(failures=(LoginThrottle.failures - 1) // 2)
        )
        db.session.exec(delete(LoginThrottle).where(col(LoginThrottle.key) == self._account))


def _count(session: Session, key: str, limit: int) -> int:
    """Count a try. Returns the seconds of the pause that is on; a try in a pause is not counted."""
    now = utc_now()
    if not _add_one(session, key, now):
        if _make(session, key, now):
            return 0
        # Somebody else made the row, now or long ago: either there is a pause, or it can be counted there.
        if not _add_one(session, key, now):
            row = session.get_one(LoginThrottle, key)
            return max(1, math.ceil((row.blocked_until - now).total_seconds()))
    row = session.get_one(LoginThrottle, key)
    if row.failures >= limit:
        row.blocked_until = now + pause_after(row.failures, limit)
    return 0


def _add_one(session: Session, key: str, now: datetime) -> bool:
    """False where there is no row yet, or a pause."""
    old = col(LoginThrottle.updated_at) < now - _FORGET_AFTER
    counted = session.exec(
        update(LoginThrottle)
        .where(col(LoginThrottle.key) == key, col(LoginThrottle.blocked_until) <= now)
        .values(failures=case((old, 1), else_=LoginThrottle.failures + 1), updated_at=now)
    )
    return bool(counted.rowcount)


def _make(session: Session, key: str, now: datetime) -> bool:
    """False where there is one already."""
    try:
        with session.begin_nested():
            # Long ago: the clock of another request that waits for this row may have been read before ours.
            session.add(LoginThrottle(key=key, failures=1, blocked_until=now - _FORGET_AFTER, updated_at=now))
    except IntegrityError:
        return False
    return True


def pause_after(failures: int, limit: int) -> timedelta:
    """2, 4, 8 … seconds from the failure on at which the limit is reached; at most a quarter of an hour."""
    if failures < limit:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(failures - limit + 1, 20)), _LONGEST)


def use_once(*parts: str, until: datetime) -> bool:
    """False where this was used before: two requests at the same moment cannot both get True. The caller commits."""
    now = utc_now()
    try:
        with db.session.begin_nested():
            db.session.add(LoginThrottle(key=keyed_hash("used", *parts), blocked_until=until, updated_at=now))
    except IntegrityError:
        return False
    return True


def remove_old() -> None:
    """Delete what no longer matters. The caller commits."""
    now = utc_now()
    db.session.exec(
        delete(LoginThrottle).where(
            col(LoginThrottle.updated_at) < now - _FORGET_AFTER, col(LoginThrottle.blocked_until) < now
        )
    )
