"""What somebody has typed and not saved: kept for a week, for the same person and the same form."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlmodel import Session

from portal.editing.actor import Actor
from portal.models import FormDraft
from portal.models.base import utc_now

KEEP = timedelta(days=7)
MAX_BYTES = 1_000_000

Pairs = list[tuple[str, str]]
"""Names and values as the browser sent them, in their order."""


def key(*parts: str) -> str:
    """The name of a form for things whose names may be long."""
    return f"{parts[0]}/{hashlib.sha256('/'.join(parts).encode()).hexdigest()[:40]}"


def keep(session: Session, actor: Actor, form: str, base: int, pairs: Iterable[tuple[str, str]]) -> datetime:
    """Keep what was typed. Raises ValueError where it is more than a megabyte."""
    data = json.dumps(list(pairs), ensure_ascii=False)
    if len(data.encode()) > MAX_BYTES:
        raise ValueError("too much")
    draft = session.get(FormDraft, (actor.user_id, form)) or FormDraft(user_id=actor.user_id, form=form, data="")
    draft.base, draft.data, draft.saved_at = base, data, utc_now()
    session.add(draft)
    return draft.saved_at


def find(session: Session, actor: Actor, form: str) -> tuple[int, Pairs, datetime] | None:
    """The number of the version it began with, what was typed, and when."""
    draft = session.get(FormDraft, (actor.user_id, form))
    if draft is None:
        return None
    return draft.base, [(str(name), str(value)) for name, value in json.loads(draft.data)], draft.saved_at


def carry_over(session: Session, actor: Actor, form: str, before: int, after: int, **values: str) -> None:
    """Somebody has saved something beside the form that they are writing in: what they typed goes on from there."""
    draft = session.get(FormDraft, (actor.user_id, form))
    if draft is None or draft.base != before:
        return
    pairs = [(name, values.get(name, value)) for name, value in json.loads(draft.data)]
    draft.base = after
    draft.data = json.dumps(
        [(name, str(after) if name == "base" else value) for name, value in pairs], ensure_ascii=False
    )


def forget(session: Session, actor: Actor, form: str) -> None:
    session.execute(delete(FormDraft).where(FormDraft.user_id == actor.user_id, FormDraft.form == form))


def forms_of(session: Session, actor: Actor) -> list[tuple[str, datetime]]:
    """Where somebody has unsaved words, the newest first: "offer/12", when."""
    rows = session.execute(
        select(FormDraft.form, FormDraft.saved_at)
        .where(FormDraft.user_id == actor.user_id)
        .order_by(FormDraft.saved_at.desc())
        .limit(20)
    )
    return [(row.form, row.saved_at) for row in rows]


def sweep(session: Session) -> None:
    """Forget what nobody has come back for."""
    session.execute(delete(FormDraft).where(FormDraft.saved_at < utc_now() - KEEP))
