"""What the three nouns of the directory share: found, read, made, changed, made sure of, deleted. The caller commits.

Ansprechstellen, Räume und Ressourcen, offers for professionals: each belongs to a Träger, whose editors write it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy import delete as delete_rows
from sqlmodel import Session

from portal.content.slugs import free_slug
from portal.editing import audit, trash
from portal.editing.actor import Actor, NotAllowedError
from portal.editing.audit import Action
from portal.editing.descriptions import ChangedMeanwhileError, fingerprint
from portal.models import Need, Organization


@dataclass(frozen=True)
class Link:
    """A table beside the noun: several needs, districts or languages of one row."""

    table: Any
    owner: str
    """The column that points to the noun."""
    value: str
    """The column that holds the other end."""
    target: Any = None
    """The table of the other end, where it is named by its slug; None: the value is stored as it is."""


@dataclass(frozen=True)
class Noun:
    """One of the three. `facts` is its dataclass; `labels` has the German names of its fields, as the form has them."""

    kind: str
    table: Any
    facts: type
    title: str
    """The column that names a row."""
    labels: Mapping[str, str]
    columns: tuple[str, ...]
    """Fields that are columns of the same name."""
    references: Mapping[str, Any] = field(default_factory=dict)
    """Fields that name one other row by its slug, with its table; the column is called <field>_id."""
    links: Mapping[str, Link] = field(default_factory=dict)
    searched: tuple[str, ...] = ()
    """Columns in which the list looks for words, beside the name of the Träger."""
    may_refer: Any = None
    """Asked before a write: `may_refer(session, actor, row, facts)` raises NotAllowedError."""


def find(session: Session, actor: Actor, noun: Noun, slug: str) -> Any:
    """The row. Raises NotAllowedError where it is not there, or not theirs."""
    row = session.execute(select(noun.table).where(noun.table.slug == slug)).scalar_one_or_none()
    if row is None or not actor.edits(row.organization_id):
        raise NotAllowedError(slug)
    return row


def read(session: Session, noun: Noun, row: Any) -> Any:
    """The facts of a row. One query for each reference and link."""
    values = {name: getattr(row, name) for name in noun.columns}
    values["organization"] = session.get_one(Organization, row.organization_id).slug
    for name, table in noun.references.items():
        number = getattr(row, f"{name}_id")
        values[name] = None if number is None else session.get_one(table, number).slug
    for name, link in noun.links.items():
        value = getattr(link.table, link.value)
        query = (
            select(value) if link.target is None else select(link.target.slug).join(link.table, value == link.target.id)
        )
        values[name] = frozenset(session.execute(query.where(getattr(link.table, link.owner) == row.id)).scalars())
    return noun.facts(**values)


def create(session: Session, actor: Actor, noun: Noun, facts: Any, today: date) -> Any:
    """A new row; whoever writes it makes sure of it today. Raises NotAllowedError, also where the facts name what is not there."""
    name = getattr(facts, noun.title)
    row = noun.table(slug=free_slug(session, noun.table, name))
    if "assured_on" in noun.table.model_fields:
        row.assured_on = today
    _write(session, actor, noun, row, facts)
    audit.record(session, actor, Action.CREATED, kind=noun.kind, entity=row.slug, label=name)
    return row


def change(session: Session, actor: Actor, noun: Noun, row: Any, facts: Any, *, base: str) -> bool:
    """Write what has changed; its address stays. Returns whether there was anything.

    `base` is the fingerprint of what the form began with. Raises NotAllowedError, or ChangedMeanwhileError where
    somebody has saved since.
    """
    if not actor.edits(row.organization_id):
        raise NotAllowedError(row.slug)
    now = read(session, noun, row)
    if facts == now:
        return False
    if base != fingerprint(now):
        raise ChangedMeanwhileError(now)
    _write(session, actor, noun, row, facts)
    names = [label for name, label in noun.labels.items() if getattr(facts, name) != getattr(now, name)]
    audit.record(session, actor, Action.CHANGED, kind=noun.kind, entity=row.slug, label=getattr(facts, noun.title),
                 details=", ".join(names))  # fmt: skip
    return True


def assure(session: Session, actor: Actor, noun: Noun, row: Any, today: date) -> None:
    """ "Stimmt noch": somebody says that all of it is right. Raises NotAllowedError."""
    if not actor.edits(row.organization_id):
        raise NotAllowedError(row.slug)
    row.assured_on = today
    session.add(row)
    audit.record(session, actor, Action.CONFIRMED, kind=noun.kind, entity=row.slug, label=getattr(row, noun.title))


def remove(session: Session, actor: Actor, noun: Noun, row: Any) -> None:
    """Into the bin, for 30 days; its Träger can bring it back. Raises NotAllowedError."""
    if not actor.edits(row.organization_id):
        raise NotAllowedError(row.slug)
    trash.put(
        session,
        actor,
        kind=noun.kind,
        entity=row.slug,
        label=getattr(row, noun.title),
        rows=[(noun.table, noun.table.id == row.id)],
        organization_id=row.organization_id,
    )


def _write(session: Session, actor: Actor, noun: Noun, row: Any, facts: Any) -> None:
    organization_id = _id_of(session, Organization, facts.organization)
    if not actor.edits(organization_id):
        raise NotAllowedError(facts.organization)
    if noun.may_refer:
        noun.may_refer(session, actor, row, facts)
    row.organization_id = organization_id
    for name in noun.columns:
        setattr(row, name, getattr(facts, name))
    for name, table in noun.references.items():
        slug = getattr(facts, name)
        setattr(row, f"{name}_id", None if slug is None else _id_of(session, table, slug))
    session.add(row)
    session.flush()
    for name, link in noun.links.items():
        _write_link(session, link, row.id, getattr(facts, name))


def _write_link(session: Session, link: Link, row_id: int, wanted: Iterable[str]) -> None:
    values: list[Any] = sorted(wanted)
    if link.target is not None:
        values = [_id_of(session, link.target, slug) for slug in values]
    elif link.value == "need_code":
        known = set(session.execute(select(Need.code).where(Need.code.in_(values))).scalars())
        if gone := set(values) - known:
            raise NotAllowedError(", ".join(sorted(gone)))
    session.execute(delete_rows(link.table).where(getattr(link.table, link.owner) == row_id))
    session.add_all(link.table(**{link.owner: row_id, link.value: value}) for value in values)
    session.flush()


def _id_of(session: Session, table: Any, slug: str) -> int:
    """Raises NotAllowedError where there is no such row (any more)."""
    found: int | None = session.execute(select(table.id).where(table.slug == slug)).scalar_one_or_none()
    if found is None:
        raise NotAllowedError(slug)
    return found


# --- lists ------------------------------------------------------------------------------------------------------------


def page(
    session: Session,
    actor: Actor,
    noun: Noun,
    *,
    q: str,
    conditions: Iterable[ColumnElement[bool]] = (),
    sort: str,
    descending: bool,
    offset: int,
    limit: int,
) -> tuple[list[Any], int]:
    """Rows (all columns, `organization` is a name) and how many there are in all. Two queries.

    `sort` is "organization" or a column; what has no value comes last.
    """
    where = [*conditions]
    if not actor.edits_everything:
        where.append(noun.table.organization_id.in_(actor.organizations))
    searched = [*(getattr(noun.table, name) for name in noun.searched), Organization.name]
    for word in q.lower().split():
        where.append(or_(*(func.lower(column).contains(word, autoescape=True) for column in searched)))
    column = Organization.name if sort == "organization" else getattr(noun.table, sort)
    key = column if sort.endswith("_on") else func.lower(column)
    joined = (
        select(noun.table.__table__, Organization.name.label("organization"))
        .join(Organization, Organization.id == noun.table.organization_id)
        .where(*where)
    )
    total = session.execute(select(func.count()).select_from(joined.subquery())).scalar_one()
    order = (
        column.is_(None),
        key.desc() if descending else key,
        func.lower(getattr(noun.table, noun.title)),
        noun.table.id,
    )
    return list(session.execute(joined.order_by(*order).offset(offset).limit(limit))), total
