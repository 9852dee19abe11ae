"""The bin: what was deleted is kept whole for 30 days and can be put back as it was.

Kept are the rows themselves and all that would go with them. What they point to outside is kept by its name in
addresses (slug) as well: SQLite gives the number of a deleted row to the next new one.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Table, delete, func, literal, or_, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel

from portal.editing import audit
from portal.editing.actor import Actor, NotAllowedError
from portal.editing.audit import Action
from portal.models import TranslationSource, TrashEntry
from portal.models.base import utc_now

KEEP = timedelta(days=30)


class CannotRestoreError(Exception):
    """What was deleted cannot come back as it was; the message says why, for the editor. It stays in the bin."""


@dataclass(frozen=True)
class Restored:
    """What came back. `without` names what it was linked with and what has been deleted meanwhile."""

    kind: str
    entity: str
    label: str
    without: tuple[str, ...]


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
    """Delete rows and keep them; the caller commits. `rows`: tables and conditions, what is deleted first of all.

    Rows of other tables that the database would delete with them are found here and kept too. Raises IntegrityError
    where something else still points to them: the caller asks before.
    """
    sweep(session)
    session.flush()
    rows = [*rows, (TranslationSource, (TranslationSource.kind == kind) & (TranslationSource.entity == entity))]
    found = _collect(session, rows)
    entry = TrashEntry(
        kind=kind,
        entity=entity,
        label=label[:300],
        organization_id=organization_id,
        content=json.dumps(
            {
                "main": rows[0][0].__tablename__,
                "rows": [[name, [_plain_row(item) for item in items]] for name, items in found.items()],
                "names": _names(session, found),
            },
            ensure_ascii=False,
        ),
        deleted_by=actor.name,
    )
    for items in reversed(found.values()):
        # As objects, so that the search and the public pages are told of it; there are few.
        for item in items:
            session.delete(item)
        session.flush()
    session.add(entry)
    audit.record(session, actor, Action.DELETED, kind=kind, entity=entity, label=label)
    return entry


def restore(session: Session, actor: Actor, entry_id: int, *, entity: str | None = None) -> Restored:
    """Put everything back, with the same ids where they are free; the caller commits.

    `entity` is what somebody saw at this number: SQLite gives it to the next entry when this one is gone.
    Raises NotAllowedError, or CannotRestoreError: then nothing has changed.
    """
    entry = session.get(TrashEntry, entry_id)
    if entry is None or not actor.edits(entry.organization_id) or entry.deleted_at <= utc_now() - KEEP:
        raise NotAllowedError(str(entry_id))
    if entity not in (None, entry.entity):
        raise NotAllowedError(str(entry_id))
    # A write that changes nothing. Of two people at once the second waits here, and finds it gone. And SQLite begins a
    # transaction only with a write: a savepoint before it would be one of its own.
    locked = session.execute(update(TrashEntry).where(TrashEntry.id == entry_id).values(kind=TrashEntry.kind))
    if not locked.rowcount:
        raise NotAllowedError(str(entry_id))
    try:
        with session.begin_nested():
            without = _PutBack(session, entry).run()
    except IntegrityError as error:
        raise CannotRestoreError(
            f"„{entry.label}“ kann gerade nicht zurück: Inzwischen gibt es etwas anderes an seiner Stelle. "
            "Hier bleibt alles aufgehoben."
        ) from error
    session.delete(entry)
    details = f"ohne: {'; '.join(without)}" if without else ""
    audit.record(
        session, actor, Action.UNDELETED, kind=entry.kind, entity=entry.entity, label=entry.label, details=details
    )
    return Restored(entry.kind, entry.entity, entry.label, without)


def entries(session: Session, actor: Actor, *, offset: int = 0, limit: int = 500) -> list[Any]:
    """What this person may put back, the newest first: id, kind, entity, label, deleted_by, deleted_at."""
    columns = [getattr(TrashEntry, name) for name in ("id", "kind", "entity", "label", "deleted_by", "deleted_at")]
    query = select(*columns).where(_seen_by(actor))
    return list(session.execute(query.order_by(TrashEntry.deleted_at.desc(), TrashEntry.id.desc())
                                .offset(offset).limit(limit)))  # fmt: skip


def count(session: Session, actor: Actor) -> int:
    """How many entries this person may put back."""
    return session.execute(select(func.count()).select_from(TrashEntry).where(_seen_by(actor))).scalar_one()


def days_left(deleted_at: datetime, now: datetime) -> int:
    """Whole days until it is gone, the one that has begun included; 0 when it is over."""
    return max(0, -((now - deleted_at - KEEP) // timedelta(days=1)))


def sweep(session: Session) -> None:
    """After 30 days it is gone."""
    session.execute(delete(TrashEntry).where(TrashEntry.deleted_at <= utc_now() - KEEP))


def _seen_by(actor: Actor) -> Any:
    fresh = TrashEntry.deleted_at > utc_now() - KEEP
    if actor.edits_everything:
        return fresh
    return fresh & TrashEntry.organization_id.in_(actor.organizations)


# --- keeping ----------------------------------------------------------------------------------------------------------


def _classes() -> dict[str, Any]:
    return {mapper.local_table.name: mapper.class_ for mapper in SQLModel._sa_registry.mappers}


def _references(table: Table) -> Iterator[tuple[Any, str]]:
    """The columns that point to other rows, each with the name of their table."""
    for column in table.columns:
        for key in column.foreign_keys:
            yield column, key.column.table.name


def _collect(session: Session, rows: list[tuple[type[SQLModel], Any]]) -> dict[str, list[Any]]:
    """The rows by table, each table after those that it points to."""
    classes = _classes()
    wanted: dict[str, list[Any]] = {}
    for model, condition in rows:
        wanted.setdefault(str(model.__tablename__), []).append(condition)
    found: dict[str, list[Any]] = {}
    for table in SQLModel.metadata.sorted_tables:
        conditions = list(wanted.get(table.name, ()))
        for column in table.columns:
            for key in column.foreign_keys:
                if key.ondelete == "CASCADE" and (parents := found.get(key.column.table.name)):
                    conditions.append(column.in_([getattr(parent, key.column.name) for parent in parents]))
        if conditions:
            order = table.primary_key.columns.values()
            items = session.execute(select(classes[table.name]).where(or_(*conditions)).order_by(*order)).scalars()
            if kept := list(items):
                found[table.name] = kept
    return found


def _names(session: Session, found: dict[str, list[Any]]) -> dict[str, dict[str, str]]:
    """The slugs of all that is pointed to, by table and id."""
    ids: dict[str, set[Any]] = {}
    for name, items in found.items():
        for column, target in _references(SQLModel.metadata.tables[name]):
            ids.setdefault(target, set()).update(getattr(item, column.name) for item in items)
    names = {}
    for target, wanted in ids.items():
        columns = SQLModel.metadata.tables[target].c
        if "slug" in columns:
            query = select(columns.id, columns.slug).where(columns.id.in_(wanted - {None}))
            names[target] = {str(row.id): row.slug for row in session.execute(query)}
    return names


def _plain_row(item: Any) -> dict[str, Any]:
    return {column.name: _plain(getattr(item, column.name)) for column in item.__table__.columns}


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return b64encode(value).decode("ascii")
    return value


def _typed(value: Any, column: Any) -> Any:
    if value is None:
        return None
    # A moment in UTC is a type of ours around one of SQLAlchemy.
    kind = getattr(column.type, "impl_instance", column.type).python_type
    if kind is bytes:
        return b64decode(value)
    convert: Callable[[Any], Any] = getattr(kind, "fromisoformat", None) or (
        kind if isinstance(kind, type) and issubclass(kind, StrEnum) else lambda same: same
    )
    return convert(value)


# --- putting back -----------------------------------------------------------------------------------------------------

_NOUNS = {
    "organization": "ein Träger",
    "location": "ein Ort",
    "district": "ein Stadtteil",
    "offer": "ein Angebot",
    "need": "ein Bedarf",
    "user": "eine Person",
    "contact_point": "eine Ansprechstelle",
}


class _GoneError(Exception):
    """A row cannot be without something that is gone."""


class _PutBack:
    """One entry on its way back."""

    def __init__(self, session: Session, entry: TrashEntry) -> None:
        self.session, self.entry = session, entry
        content = json.loads(entry.content)
        self.main: str = content["main"]
        self.rows: list[tuple[str, list[dict[str, Any]]]] = content["rows"]
        self.names: dict[str, dict[str, str]] = content["names"]
        self.new_ids: dict[str, dict[Any, int]] = {}
        self.without: dict[str, None] = {}
        """Names of what is gone; a dict keeps their order."""

    def run(self) -> tuple[str, ...]:
        classes = _classes()
        for name, rows in self.rows:
            self._table(classes[name], rows)
        return tuple(self.without)

    def _table(self, model: Any, rows: list[dict[str, Any]]) -> None:
        """The rows of one table. What is only a link to something that is gone stays away."""
        table = model.__table__
        numbered = "id" in table.primary_key.columns and table.c.id.type.python_type is int
        taken: set[Any] = set()
        if numbered:
            taken.update(
                self.session.execute(select(table.c.id).where(table.c.id.in_([row["id"] for row in rows]))).scalars()
            )
        items = []
        for row in rows:
            values = {name: _typed(value, table.c[name]) for name, value in row.items() if name in table.c}
            try:
                self._point(table, values)
            except _GoneError:
                continue
            self._refuse_twin(model, values)
            if not numbered and self.session.get(model, tuple(values[c.name] for c in table.primary_key.columns)):
                # Written anew meanwhile: the new one counts.
                continue
            if numbered and values["id"] in taken:
                values["id"] = None
            items.append((row, model(**values)))
        self.session.add_all(item for _row, item in items)
        self.session.flush()
        if numbered:
            self.new_ids[table.name] = {row["id"]: item.id for row, item in items}
            self._count_on(table)

    def _point(self, table: Table, values: dict[str, Any]) -> None:
        """Let the columns that point to other rows point to where those are now."""
        for column, target in _references(table):
            old = values[column.name]
            if old is None:
                continue
            now = self._where_now(target, old)
            if now is None:
                self._miss(table, column, target, old)
            values[column.name] = now

    def _where_now(self, target: str, old: Any) -> Any:
        if old in self.new_ids.get(target, {}):
            return self.new_ids[target][old]
        columns = SQLModel.metadata.tables[target].c
        key = SQLModel.metadata.tables[target].primary_key.columns.values()[0]
        slug = self.names.get(target, {}).get(str(old))
        condition = columns.slug == slug if slug else key == old
        return self.session.execute(select(key).where(condition)).scalar_one_or_none()

    def _miss(self, table: Table, column: Any, target: str, old: Any) -> None:
        """Something is gone. The thing itself waits for it where it can still come back; a link goes without it."""
        slug = self.names.get(target, {}).get(str(old), str(old))
        noun = _NOUNS.get(target, "etwas")
        if table.name == self.main:
            waiting = self.session.execute(
                select(TrashEntry.label).where(TrashEntry.kind == target, TrashEntry.entity == slug)
            ).scalars()
            if label := waiting.first():
                raise CannotRestoreError(
                    f"Zu „{self.entry.label}“ gehört {noun}: „{label}“. Das liegt auch im Papierkorb. Hole es zuerst zurück."
                )
            if not column.nullable:
                raise CannotRestoreError(
                    f"Zu „{self.entry.label}“ gehört {noun} ({slug}). Das gibt es nicht mehr, auch nicht im Papierkorb."
                )
        if target != "shared_shortlist":
            # A Merkzettel that has run out meanwhile is nothing that an editor knows.
            self.without[f"{noun} ({slug})"] = None
        if not column.nullable:
            raise _GoneError

    def _refuse_twin(self, model: Any, values: dict[str, Any]) -> None:
        table = model.__table__
        if "slug" in table.c and table.c.slug.unique:
            twin = self.session.execute(select(literal(1)).where(table.c.slug == values["slug"])).first()
        elif table.name == self.main and "id" not in table.c:
            twin = self.session.get(model, tuple(values[c.name] for c in table.primary_key.columns))
        else:
            return
        if twin:
            name = values.get("slug") or self.entry.entity
            raise CannotRestoreError(
                f"„{self.entry.label}“ kann gerade nicht zurück: Inzwischen gibt es etwas Neues mit demselben Kürzel "
                f"({name}). Hier bleibt alles aufgehoben."
            )

    def _count_on(self, table: Table) -> None:
        """PostgreSQL counts by itself: its next number must be above those that were given here."""
        if self.session.get_bind().dialect.name == "postgresql":
            name = f'"{table.name}"'
            self.session.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), greatest(max(id), "  # noqa: S608  (our own table)
                    f"nextval(pg_get_serial_sequence('{name}', 'id')))) FROM {name}"
                )
            )
