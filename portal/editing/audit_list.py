"""Reading the audit log: who did what when, the newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlmodel import Session

from portal.editing.actor import COMMAND
from portal.models import (
    AuditEntry,
    Banner,
    ContactPoint,
    District,
    Location,
    Need,
    Offer,
    Organization,
    PageText,
    ProfessionalOffer,
    Resource,
    User,
)

BERLIN = ZoneInfo("Europe/Berlin")
BY_COMMAND = "befehl"
"""In place of the id of a person: whoever typed a command on the machine itself."""


@dataclass(frozen=True, kw_only=True)
class AuditFilter:
    """What is looked for. Days are days in Germany, both included; empty or None means any."""

    q: str = ""
    """In the name or address of the thing, and in what was noted."""
    person: str = ""
    """The id of a user, or BY_COMMAND."""
    action: str = ""
    kind: str = ""
    first: date | None = None
    last: date | None = None


def page(session: Session, wanted: AuditFilter, *, offset: int = 0, limit: int = 50) -> tuple[list[AuditEntry], int]:
    """One page, and how many entries there are in all."""
    conditions = _conditions(wanted)
    total = session.execute(select(func.count()).select_from(AuditEntry).where(*conditions)).scalar_one()
    query = select(AuditEntry).where(*conditions).order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    return list(session.execute(query.offset(offset).limit(limit)).scalars()), total


def _conditions(wanted: AuditFilter) -> list[Any]:
    conditions: list[Any] = [
        column == value
        for column, value in (
            (AuditEntry.action, wanted.action),
            (AuditEntry.kind, wanted.kind),
        )
        if value
    ]
    if wanted.person == BY_COMMAND:
        conditions.append(AuditEntry.user_id.is_(None) & (AuditEntry.user == COMMAND.name))
    elif wanted.person:
        conditions.append(AuditEntry.user_id == int(wanted.person))
    if wanted.q:
        # Put together: small letters of other scripts than ASCII cost SQLite a call into Python each time.
        words = AuditEntry.label + " " + AuditEntry.entity + " " + AuditEntry.details
        conditions.append(func.lower(words).contains(wanted.q.lower(), autoescape=True))
    if wanted.first:
        conditions.append(AuditEntry.at >= _midnight(wanted.first))
    if wanted.last:
        conditions.append(AuditEntry.at < _midnight(wanted.last + timedelta(days=1)))
    return conditions


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BERLIN).astimezone(UTC)


def people(session: Session) -> list[tuple[str, str]]:
    """Who can be in the log: ids as text and names. Also those who have left."""
    rows = session.execute(select(User.id, User.name).order_by(User.name, User.id))
    return [*((str(row.id), row.name) for row in rows), (BY_COMMAND, COMMAND.name)]


_THINGS: dict[str, Any] = {
    "offer": Offer.slug,
    "organization": Organization.slug,
    "location": Location.slug,
    "district": District.slug,
    "need": Need.code,
    "page": PageText.slug,
    "banner": Banner.id,
    "user": User.id,
    "contact_point": ContactPoint.slug,
    "resource": Resource.slug,
    "professional_offer": ProfessionalOffer.slug,
}
"""By kind: the column that `entity` names."""


def still_there(session: Session, entries: list[AuditEntry]) -> dict[tuple[str, str], str]:
    """Kind and entity of those that exist still. The value is the slug of the organization for places, else "".

    One query for each kind among the entries.
    """
    wanted: dict[str, set[str]] = {}
    for entry in entries:
        if entry.kind in _THINGS and entry.entity:
            wanted.setdefault(entry.kind, set()).add(entry.entity)
    found: dict[tuple[str, str], str] = {}
    for kind, names in wanted.items():
        column = _THINGS[kind]
        keys: list[Any] = [int(name) for name in names if name.isdigit()] if column.key == "id" else sorted(names)
        query = select(column).where(column.in_(keys))
        if kind == "location":
            query = query.add_columns(Organization.slug).join(Organization, Organization.id == Location.organization_id)
        for row in session.execute(query):
            found[kind, str(row[0])] = row[1] if kind == "location" else ""
    return found
