"""Secret links for houses (a Praxis, a school): whoever opens one reads what practitioners read, without an account.

The table holds only the hash of a secret, so a link can be shown once and never again. Nobody counts who opens it.
"""

from __future__ import annotations

import secrets
from datetime import date, timedelta

from sqlalchemy import delete, select
from sqlmodel import Session

from portal.editing import audit
from portal.editing.actor import Actor, NotAllowedError
from portal.editing.audit import Action
from portal.models import LoginSession, PractitionerLink
from portal.sealing import hash_secret

USUAL_TIME = timedelta(days=182)
LONGEST_TIME = timedelta(days=365)
MAX_LABEL = 120


def create(
    session: Session, actor: Actor, *, label: str, expires_on: date, today: date
) -> tuple[PractitionerLink, str]:
    """A new link and its secret, which is told only here. Raises NotAllowedError, and ValueError for a day that is over
    or more than a year ahead; the caller commits."""
    _only_editors(actor)
    if not today <= expires_on <= today + LONGEST_TIME:
        raise ValueError("expires_on")
    secret = secrets.token_urlsafe(32)
    link = PractitionerLink(label=label, secret_hash=hash_secret(secret), expires_on=expires_on, created_by=actor.name)
    session.add(link)
    session.flush()
    audit.record(session, actor, Action.CREATED, kind="practitioner_link", entity=link.id or "", label=label,
                 details=f"bis {expires_on:%d.%m.%Y}")  # fmt: skip
    return link, secret


def list_links(session: Session, actor: Actor) -> list[PractitionerLink]:
    """All that were not ended, the one that ends last first. Raises NotAllowedError."""
    _only_editors(actor)
    query = select(PractitionerLink).order_by(
        PractitionerLink.expires_on.desc(), PractitionerLink.label, PractitionerLink.id
    )
    return list(session.execute(query.limit(1000)).scalars())


def revoke(session: Session, actor: Actor, link_id: int) -> str:
    """The link opens nothing from now on, and who is in by it is out. Returns its label. Raises NotAllowedError."""
    _only_editors(actor)
    link = session.get(PractitionerLink, link_id)
    if link is None:
        raise NotAllowedError(f"link {link_id}")
    label = link.label
    # The hash stands in the session (portal.auth.guests), and nowhere else.
    session.execute(delete(LoginSession).where(LoginSession.data.contains(link.secret_hash)))
    session.delete(link)
    audit.record(session, actor, Action.ENDED, kind="practitioner_link", entity=link_id, label=label)
    return label


def find_valid(session: Session, secret_hash: str, today: date) -> PractitionerLink | None:
    """The link with this hash; None where there is none (any more), or its last day is over."""
    query = select(PractitionerLink).where(
        PractitionerLink.secret_hash == secret_hash, PractitionerLink.expires_on >= today
    )
    return session.execute(query).scalar_one_or_none()


def _only_editors(actor: Actor) -> None:
    if not actor.edits_everything:
        raise NotAllowedError("links")
