"""Pictures of offers: one each, kept under the hash of what it is."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from sqlalchemy import delete, exists, or_, select
from sqlmodel import Session

from portal.content.schema import OfferContent
from portal.editing import drafts, workflow
from portal.editing.actor import Actor
from portal.editing.versions import Working, working
from portal.media import reencode
from portal.models import Offer, OfferVersion, Picture, TrashEntry
from portal.models.base import utc_now

MAX_ALT = 300
KEEP = timedelta(days=30)


def find(session: Session, sha256: str) -> bytes | None:
    return session.execute(select(Picture.webp).where(Picture.sha256 == sha256)).scalar_one_or_none()


def add(session: Session, actor: Actor, offer: Offer, data: bytes, alt: str) -> None:
    """A new version of the offer with this picture. Raises portal.media.PictureError for what is none."""
    made = reencode(data)
    if session.get(Picture, made.sha256) is None:
        session.add(Picture(sha256=made.sha256, webp=made.webp, width=made.width, height=made.height))
    now = working(session, offer)
    text = now.content.text
    if alt.strip():
        text = msgspec.structs.replace(text, picture_alt=" ".join(alt.split())[:MAX_ALT])
    _save(session, actor, now, msgspec.structs.replace(now.content, picture=made.sha256, text=text), "Bild")


def remove(session: Session, actor: Actor, offer: Offer) -> None:
    now = working(session, offer)
    text = msgspec.structs.replace(now.content.text, picture_alt="")
    _save(session, actor, now, msgspec.structs.replace(now.content, picture=None, text=text), "Ohne Bild")


def _save(session: Session, actor: Actor, now: Working, changed: OfferContent, note: str) -> None:
    version = workflow.save(session, actor, now.offer, changed, base=now.number, note=note, small=True)
    if version is not None:
        form, alt = f"offer/{now.offer.id}", changed.text.picture_alt
        drafts.carry_over(session, actor, form, now.number, version.number, picture_alt=alt)


def sweep(session: Session) -> None:
    """Forget pictures that no offer, no version and nothing in the bin has had for a month."""
    old = session.execute(select(Picture.sha256).where(Picture.created_at < utc_now() - KEEP)).scalars().all()
    for sha256 in old:
        inside = f"%{sha256}%"
        used = session.execute(
            select(
                or_(
                    exists().where(Offer.picture == sha256),
                    exists().where(OfferVersion.content.like(inside)),
                    exists().where(TrashEntry.content.like(inside)),
                )
            )
        ).scalar_one()
        if not used:
            session.execute(delete(Picture).where(Picture.sha256 == sha256))
