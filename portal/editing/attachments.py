"""Attachments of an offer: forms and flyers (PDF) that practitioners print or send on. No public page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlmodel import Session

from portal.editing import audit, trash
from portal.editing.actor import Actor, NotAllowedError
from portal.editing.audit import Action
from portal.editing.offer_lists import titles_of
from portal.editing.versions import lock
from portal.models import Offer, OfferAttachment, RoleName
from portal.models.enums import OfferStatus
from portal.pdf_files import cleaned

MAX_NUMBER = 6
"""For an offer."""
MAX_TITLE = 120


class TooManyError(Exception):
    """There is no room for another one."""


@dataclass(frozen=True)
class Attachment:
    """One line of a list: all but the file itself."""

    id: int
    title: str
    size: int
    """Bytes."""
    added_on: date
    added_by: str


def list_of(session: Session, offer_id: int) -> list[Attachment]:
    """In the order in which they came."""
    names = ("id", "title", "size", "added_on", "added_by")
    query = select(*(getattr(OfferAttachment, name) for name in names)).where(OfferAttachment.offer_id == offer_id)
    return [Attachment(*row) for row in session.execute(query.order_by(OfferAttachment.id))]


def add(session: Session, actor: Actor, offer: Offer, *, title: str, data: bytes, today: date) -> None:
    """Keep a PDF, written anew. The caller commits.

    Raises NotAllowedError, TooManyError, or portal.pdf_files.PdfError for what is none or may not be one.
    """
    if not actor.edits(offer.organization_id):
        raise NotAllowedError(offer.slug)
    pdf = cleaned(data)
    lock(session, offer)
    query = select(func.count()).select_from(OfferAttachment).where(OfferAttachment.offer_id == offer.id)
    if session.execute(query).scalar_one() >= MAX_NUMBER:
        raise TooManyError
    row = OfferAttachment(
        offer_id=offer.id or 0, title=title, pdf=pdf, size=len(pdf), added_on=today, added_by=actor.name
    )
    session.add(row)
    session.flush()
    audit.record(session, actor, Action.CREATED, kind="attachment", entity=row.id or "", label=title,
                 details=f"bei {_title(session, offer)}")  # fmt: skip


def find(session: Session, actor: Actor, offer: Offer, number: int) -> OfferAttachment:
    """One of this offer, for whoever edits it. Raises NotAllowedError."""
    row = session.get(OfferAttachment, number)
    if row is None or row.offer_id != offer.id or not actor.edits(offer.organization_id):
        raise NotAllowedError(f"attachment {number}")
    return row


def delete(session: Session, actor: Actor, offer: Offer, row: OfferAttachment) -> None:
    """Into the bin for 30 days. Raises NotAllowedError."""
    if not actor.edits(offer.organization_id):
        raise NotAllowedError(offer.slug)
    trash.put(
        session,
        actor,
        kind="attachment",
        entity=str(row.id),
        label=f"{row.title} ({_title(session, offer)})",
        rows=[(OfferAttachment, OfferAttachment.id == row.id)],
        organization_id=offer.organization_id,
    )


def read_file(session: Session, actor: Actor, slug: str, number: int) -> tuple[str, bytes]:
    """Title and PDF. Practitioners read what belongs to a published offer, its editors everything. Raises NotAllowedError."""
    if not slug.isprintable():
        raise NotAllowedError(slug)
    query = (
        select(OfferAttachment, Offer.status, Offer.organization_id)
        .join(Offer, Offer.id == OfferAttachment.offer_id)
        .where(Offer.slug == slug, OfferAttachment.id == number)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotAllowedError(slug)
    row, status, organization_id = found
    if not actor.edits(organization_id) and not (
        actor.has(RoleName.PRACTITIONER, RoleName.PLANNER) and status == OfferStatus.PUBLISHED
    ):
        raise NotAllowedError(slug)
    return row.title, row.pdf


def _title(session: Session, offer: Offer) -> str:
    return titles_of(session, [offer.slug]).get(offer.slug, offer.slug)
