"""Choices of filters that a practitioner comes back to. They have no name: it would be the name of a child some day."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import Session

from portal.editing.actor import Actor, NotAllowedError
from portal.models import SavedFilter

MOST = 30
"""For one person: more is no list that one looks through."""


class TooManyError(Exception):
    """There are MOST already."""


def keep(session: Session, actor: Actor, query: str) -> bool:
    """Keep this choice (the query string of Filters.to_args()). False where it is kept already.

    Raises TooManyError; NotAllowedError for a guest, whom nobody would know again.
    """
    found = saved(session, actor)
    if actor.user_id is None or not actor.practises:
        raise NotAllowedError("saved filter")
    if any(row.query == query for row in found):
        return False
    if len(found) >= MOST:
        raise TooManyError
    session.add(SavedFilter(user_id=actor.user_id, query=query))
    return True


def remove(session: Session, actor: Actor, number: int) -> None:
    """Raises NotAllowedError where it is somebody else's, or not there."""
    row = session.get(SavedFilter, number)
    if row is None or actor.user_id is None or row.user_id != actor.user_id:
        raise NotAllowedError("saved filter")
    session.delete(row)


def saved(session: Session, actor: Actor) -> list[SavedFilter]:
    """One's own, the oldest first: they stay where they are. None for a guest."""
    if actor.user_id is None:
        return []
    mine = select(SavedFilter).where(SavedFilter.user_id == actor.user_id).order_by(SavedFilter.id)
    return list(session.execute(mine).scalars())
