"""The bin: what was deleted is kept whole for 30 days and can be put back as it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel

from portal.editing import audit
from portal.editing.actor import Actor, NotAllowedError
from portal.editing.audit import Action
from portal.models import TrashEntry
from portal.models.base import utc_now

KEEP = timedelta(days=30)


class CannotRestoreError(Exception):
    """What was deleted cannot come back as it was; the message says why, for the editor."""


def put(
    session: Session,
    actor: Actor,
    *,
    kind: str,
    entity: str,
    label: str,
    rows: list[tuple[type[SQLModel], Any]],
    organization_id: int | None = None,
) -> TrashEntry:
    """Delete rows and keep them. `rows`: tables and conditions, the ones that others point to first; the caller commits.

    They are deleted in the opposite order, and put back in this one, with the same ids.
    """
    kept = []
    for table, condition in rows:
        found = session.execute(select(table.__table__).where(condition)).mappings()
        kept.append([table.__tablename__, [{name: _plain(value) for name, value in row.items()} for row in found]])
    for table, condition in reversed(rows):
        # As objects where the search must be told of it; there are few.
        for instance in session.execute(select(table).where(condition)).scalars():
            session.delete(instance)
        session.flush()
        session.execute(delete(table).where(condition))
    entry = TrashEntry(
        kind=kind,
        entity=entity,
        label=label[:300],
        organization_id=organization_id,
        content=json.dumps(kept, ensure_ascii=False),
        deleted_by=actor.name,
    )
    session.add(entry)
    audit.record(session, actor, Action.DELETED, kind=kind, entity=entity, label=label)
    return entry


def restore(session: Session, actor: Actor, entry_id: int) -> TrashEntry:
    """Put everything back; the caller commits. Raises NotAllowedError or CannotRestoreError."""
    entry = session.get(TrashEntry, entry_id)
    if entry is None or not (actor.edits_everything or actor.edits(entry.organization_id)):
        raise NotAllowedError(str(entry_id))
    tables = {mapper.class_.__tablename__: mapper.class_ for mapper in SQLModel._sa_registry.mappers}
    try:
        with session.begin_nested():
            for name, rows in json.loads(entry.content):
                columns = tables[name].__table__.c
                values = [
                    {column: _typed(value, columns[column]) for column, value in row.items() if column in columns}
                    for row in rows
                ]
                if values:
                    session.execute(insert(tables[name]), values)
    except IntegrityError as error:
        raise CannotRestoreError(
            "Das geht nicht mehr so: Inzwischen gibt es etwas mit demselben Namen, oder etwas, wozu es gehörte, fehlt."
        ) from error
    session.delete(entry)
    audit.record(session, actor, Action.UNDELETED, kind=entry.kind, entity=entry.entity, label=entry.label)
    return entry


def entries(session: Session, actor: Actor) -> list[Any]:
    """What this person may put back, the newest first."""
    query = select(
        TrashEntry.id, TrashEntry.kind, TrashEntry.label, TrashEntry.deleted_by, TrashEntry.deleted_at
    ).where(TrashEntry.deleted_at > utc_now() - KEEP)
    if not actor.edits_everything:
        query = query.where(or_(TrashEntry.organization_id.in_(actor.organizations)))
    return list(session.execute(query.order_by(TrashEntry.deleted_at.desc()).limit(500)))


def sweep(session: Session) -> None:
    """After 30 days it is gone."""
    session.execute(delete(TrashEntry).where(TrashEntry.deleted_at < utc_now() - KEEP))


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        raise TypeError("pictures stay where they are")
    return value


def _typed(value: Any, column: Any) -> Any:
    if value is None:
        return None
    kind = column.type.python_type
    convert: Callable[[Any], Any] = getattr(kind, "fromisoformat", None) or (
        kind if isinstance(kind, type) and issubclass(kind, StrEnum) else lambda same: same
    )
    return convert(value)
