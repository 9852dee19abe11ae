"""Who did what when. Only ever added to: triggers in the database refuse everything else."""

from __future__ import annotations

from enum import StrEnum

from sqlmodel import Session

from portal.editing.actor import Actor
from portal.models import AuditEntry


class Action(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    PUBLISHED = "published"
    ARCHIVED = "archived"
    RESTORED = "restored"
    DELETED = "deleted"
    UNDELETED = "undeleted"
    CONFIRMED = "confirmed"
    COMMENTED = "commented"
    TRANSLATED = "translated"
    IMPORTED = "imported"
    EXPORTED = "exported"
    INVITED = "invited"
    LOGGED_IN = "logged_in"
    LOGGED_OUT = "logged_out"
    LOGIN_FAILED = "login_failed"
    REVOKED = "revoked"
    DEACTIVATED = "deactivated"
    ENDED = "ended"


WAS_PUBLIC = "Familien haben es gesehen"
"""Details of an entry that takes an offer away from families; a draft, which nobody has seen, has none."""


def record(
    session: Session,
    actor: Actor,
    action: Action,
    *,
    kind: str,
    entity: str | int = "",
    label: str = "",
    details: str = "",
) -> None:
    """Write an entry, in the transaction of what it tells of. `kind` is the noun: "offer", "organization", "user", …"""
    session.add(
        AuditEntry(
            user_id=actor.user_id,
            user=actor.name,
            action=action.value,
            kind=kind,
            entity=str(entity)[:120],
            label=label[:300],
            details=details[:1000],
        )
    )
