"""Versions of an offer: every save is one. The tables of the offer hold the last approved one, or, before that, the newest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import func, select, update
from sqlmodel import Session

from portal.content.schema import OfferContent
from portal.content.store import from_json, read_content, to_json
from portal.editing.actor import Actor, NotAllowedError
from portal.models import Offer, OfferComment, OfferVersion, VersionState
from portal.models.enums import OfferStatus

BEFORE = "Stand vorher, nicht hier geschrieben"
"""The note of a version that was made from the tables: the offer came from a file, or an import has changed it."""
_LARGEST = 2**31 - 1
"""The largest whole number that both databases know."""


class ConflictError(Exception):
    """Somebody else has saved since this form was opened. Nothing is lost: both texts are there."""

    def __init__(self, latest: OfferVersion) -> None:
        author = latest.author or "eine Übernahme aus einer Datei"
        super().__init__(f"Inzwischen hat {author} Fassung {latest.number} gespeichert. Schau sie dir bitte erst an.")
        self.latest = latest


@dataclass(frozen=True)
class Working:
    """What an editor works on: the newest version, or the tables where there is none newer."""

    offer: Offer
    content: OfferContent
    number: int
    """Of the version that `content` is; 0 where there is none yet. What an import has left in the tables counts already
    as the next one: it becomes that before anything else is saved."""
    state: VersionState
    author: str

    @property
    def is_public(self) -> bool:
        """Whether families see exactly this."""
        return self.offer.status == OfferStatus.PUBLISHED and self.state == VersionState.APPROVED


def find_offer(session: Session, actor: Actor, slug: str) -> Offer:
    """Raises NotAllowedError where it is not there, or not theirs."""
    if not slug.isprintable():
        # PostgreSQL refuses to look for some signs at all.
        raise NotAllowedError(slug)
    offer = session.execute(select(Offer).where(Offer.slug == slug)).scalar_one_or_none()
    if offer is None or not actor.edits(offer.organization_id):
        raise NotAllowedError(slug)
    return offer


def lock(session: Session, *offers: Offer) -> None:
    """Whoever writes these offers at the same moment waits until the end of this transaction, and then sees what it did.

    A write that changes nothing: SQLite has no other lock, and begins a transaction only with a write.
    """
    table = Offer.__table__
    session.execute(
        update(table)
        .where(table.c.id.in_([offer.id for offer in offers]))
        .values(slug=table.c.slug, updated_at=table.c.updated_at)
    )
    for offer in offers:
        session.refresh(offer)


def latest_version(session: Session, offer_id: int, *states: VersionState) -> OfferVersion | None:
    """The newest one; of these states where some are named."""
    query = select(OfferVersion).where(OfferVersion.offer_id == offer_id)
    if states:
        query = query.where(OfferVersion.state.in_(states))
    return session.execute(query.order_by(OfferVersion.number.desc()).limit(1)).scalar_one_or_none()


def working(session: Session, offer: Offer) -> Working:
    """What is being worked on."""
    latest = latest_version(session, offer.id)
    if latest is None or latest.state == VersionState.APPROVED:
        content = read_content(session, offer.id)
        state = VersionState.APPROVED if offer.status == OfferStatus.PUBLISHED or latest else VersionState.DRAFT
        number = number_at_work(latest, content)
        return Working(offer, content, number, state, latest.author if latest and latest.number == number else "")
    return Working(offer, from_json(latest.content), latest.number, latest.state, latest.author)


def number_at_work(latest: Any, live: OfferContent) -> int:
    """As Working.number. `latest`: a version or None, `live`: what the tables hold."""
    if latest is None:
        return 0
    return latest.number + (latest.state == VersionState.APPROVED and not _says(latest, live))


def add_version(
    session: Session, actor: Actor, offer: Offer, content: OfferContent, state: VersionState, note: str = ""
) -> OfferVersion:
    """The next version. Where the tables hold something that no version knows, that is kept as a version first."""
    keep_unknown(session, offer)
    latest = latest_version(session, offer.id)
    version = OfferVersion(
        offer_id=offer.id,
        number=latest.number + 1 if latest else 1,
        state=state,
        content=to_json(content),
        author_id=actor.user_id,
        author=actor.name,
        note=note[:300],
    )
    session.add(version)
    session.flush()
    return version


def keep_unknown(session: Session, offer: Offer) -> OfferVersion | None:
    """Keep as a version what the tables hold and no version knows: an import has written it. None where there is nothing."""
    latest = latest_version(session, offer.id)
    approved = latest_version(session, offer.id, VersionState.APPROVED)
    live = read_content(session, offer.id)
    if latest is not None and latest.state != VersionState.APPROVED:
        # A translation is written into the tables and into what is newer; no approved version has it.
        live_words = msgspec.structs.replace(live, translations={})
        known = [msgspec.structs.replace(from_json(one.content), translations={}) for one in (latest, approved) if one]
        if any(_same(one, live_words) for one in known):
            return None
    elif latest is not None and _says(latest, live):
        return None
    public = offer.status == OfferStatus.PUBLISHED or approved is not None
    version = OfferVersion(
        offer_id=offer.id,
        number=latest.number + 1 if latest else 1,
        state=VersionState.APPROVED if public else VersionState.DRAFT,
        content=to_json(live),
        note=BEFORE,
    )
    session.add(version)
    session.flush()
    return version


def _says(version: Any, live: OfferContent) -> bool:
    """Whether a version holds what the tables hold. "Stimmt noch" is not a new version."""
    return _same(from_json(version.content), live)


def _same(content: OfferContent, live: OfferContent) -> bool:
    return content == msgspec.structs.replace(live, assured_on=content.assured_on, review_due=content.review_due)


def versions_of(session: Session, offer_id: int) -> list[Any]:
    """All versions without their content, the newest first."""
    return list(
        session.execute(
            select(
                OfferVersion.number,
                OfferVersion.state,
                OfferVersion.author,
                OfferVersion.note,
                OfferVersion.created_at,
                func.length(OfferVersion.content).label("length"),
            )
            .where(OfferVersion.offer_id == offer_id)
            .order_by(OfferVersion.number.desc())
            .limit(500)
        )
    )


def read_version(session: Session, offer_id: int, number: int) -> OfferContent:
    """Raises NotAllowedError where there is no such version."""
    if number > _LARGEST:
        raise NotAllowedError(f"version {number}")
    content = session.execute(
        select(OfferVersion.content).where(OfferVersion.offer_id == offer_id, OfferVersion.number == number)
    ).scalar_one_or_none()
    if content is None:
        raise NotAllowedError(f"version {number}")
    return from_json(content)


def comments_of(session: Session, offer_id: int) -> list[OfferComment]:
    """What editors said to each other about it, the newest first."""
    return list(
        session.execute(
            select(OfferComment).where(OfferComment.offer_id == offer_id).order_by(OfferComment.id.desc()).limit(100)
        ).scalars()
    )
