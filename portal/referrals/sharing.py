"""Merkzettel that are handed on: written once, read under their code, forgotten on their day.

A list is offers, a language, the key of a fixed sentence and the day of its end. Nobody is named in it, and nobody
notes who opens it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.models import Offer, SharedShortlist, SharedShortlistOffer
from portal.offers.catalogue import published_on
from portal.referrals.codes import new_code
from portal.referrals.first_lines import checked_key
from portal.referrals.shortlist import MOST

_TRIES = 8
"""Ten codes of a million are taken: a second try is rare, a third has never been seen."""
_list, _entry, _offer = SharedShortlist.__table__, SharedShortlistOffer.__table__, Offer.__table__

_FOUND = (
    select(_list.c.code, _list.c.lang, _list.c.first_line, _list.c.expires_on, _entry.c.offer_id)
    .select_from(_list.outerjoin(_entry, _entry.c.code == _list.c.code))
    .where(_list.c.code == bindparam("wanted"), _list.c.expires_on >= bindparam("today"))
    .order_by(_entry.c.position)
)


@dataclass(frozen=True)
class SharedList:
    code: str
    lang: str
    first_line: str
    """A key of portal.referrals.first_lines, or empty."""
    expires_on: date
    """The last day on which it opens."""
    ids: tuple[int, ...]
    """Offers that still exist, whether or not they are published today."""


class NothingToShareError(Exception):
    """None of the offers can be handed on: there is none, or none that is published."""


def share(session: Session, *, ids: Sequence[int], lang: str, first_line: str, today: date, days: int) -> SharedList:
    """Keep a list under a new code until `days` from today. Commits. Raises NothingToShareError."""
    known = set(session.scalars(select(_offer.c.id).where(_offer.c.id.in_(ids[:MOST]), published_on(today))))
    kept = tuple(offer_id for offer_id in ids[:MOST] if offer_id in known)
    if not kept:
        raise NothingToShareError
    made = SharedList("", lang, checked_key(first_line), today + timedelta(days), kept)
    for _try in range(_TRIES):
        code = new_code()
        try:
            _write(session, code, made)
            session.commit()
        except IntegrityError:
            # Somebody has this code already.
            session.rollback()
            continue
        return SharedList(code, made.lang, made.first_line, made.expires_on, kept)
    raise RuntimeError("no free code was found")


def _write(session: Session, code: str, made: SharedList) -> None:
    row = {"code": code, "lang": made.lang, "first_line": made.first_line, "expires_on": made.expires_on}
    session.execute(insert(_list), row)
    session.execute(insert(_entry), list(_entries(code, made.ids)))


def _entries(code: str, ids: Iterable[int]) -> Iterable[dict[str, object]]:
    return ({"code": code, "position": place, "offer_id": offer_id} for place, offer_id in enumerate(ids))


def find(session: Session, code: str, today: date) -> SharedList | None:
    """The list of this code; None where there is none, or none any more. One query."""
    rows = session.execute(_FOUND, {"wanted": code, "today": today}).all()
    if not rows:
        return None
    first, ids = rows[0], tuple(row.offer_id for row in rows if row.offer_id is not None)
    return SharedList(first.code, first.lang, first.first_line, first.expires_on, ids)


def sweep(session: Session, today: date) -> None:
    """Delete what has expired. The caller commits."""
    old = select(_list.c.code).where(_list.c.expires_on < today)
    session.execute(delete(_entry).where(_entry.c.code.in_(old)))
    session.execute(delete(_list).where(_list.c.expires_on < today))
