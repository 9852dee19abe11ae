"""Versions of an offer: every save is one. The tables of the offer hold the last approved one, or, before that, the newest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from portal.content.schema import OfferContent
from portal.content.store import from_json, read_content, to_json
from portal.editing.actor import Actor, NotAllowedError
from portal.models import Offer, OfferComment, OfferVersion, VersionState
from portal.models.enums import OfferStatus

BEFORE = "Stand vorher, nicht hier geschrieben"
"""The note of a version that was made from the tables: the offer came from a file, or an import has changed it."""


class ConflictError(Exception):
    """Somebody else has saved since this form was opened. Nothing is lost: both texts are there."""

    def __init__(self, latest: OfferVersion) -> None:
        super().__init__(f"version {latest.number} by {latest.author}")
        self.latest = latest


@dataclass(frozen=True)
class Working:
    """What an editor works on: the newest version, or the tables where there is none newer."""

    offer: Offer
    content: OfferContent
    number: int
    """Of the version that `content` is; 0 where there is none yet."""
    state: VersionState
    author: str

    @property
    def is_public(self) -> bool:
        """Whether families see exactly this."""
        return self.offer.status == OfferStatus.PUBLISHED and self.state == VersionState.APPROVED


def find_offer(session: Session, actor: Actor, slug: str) -> Offer:
    """Raises NotAllowedError where it is not there, or not theirs."""
    offer = session.execute(select(Offer).where(Offer.slug == slug)).scalar_one_or_none()
    if offer is None or not actor.edits(offer.organization_id):
        raise NotAllowedError(slug)
    return offer


def latest_version(session: Session, offer_id: int) -> OfferVersion | None:
    return session.execute(
        select(OfferVersion).where(OfferVersion.offer_id == offer_id).order_by(OfferVersion.number.desc()).limit(1)
    ).scalar_one_or_none()


def working(session: Session, offer: Offer) -> Working:
    """What is being worked on."""
    latest = latest_version(session, offer.id)
    if latest is None or latest.state == VersionState.APPROVED:
        number, author = (latest.number, latest.author) if latest else (0, "")
        state = VersionState.APPROVED if offer.status == OfferStatus.PUBLISHED or latest else VersionState.DRAFT
        return Working(offer, read_content(session, offer.id), number, state, author)
    return Working(offer, from_json(latest.content), latest.number, latest.state, latest.author)


def add_version(
    session: Session, actor: Actor, offer: Offer, content: OfferContent, state: VersionState, note: str = ""
) -> OfferVersion:
    """The next version. Where the tables hold something that no version knows, that is kept as a version first."""
    latest = latest_version(session, offer.id)
    number = latest.number if latest else 0
    if latest is None or latest.state == VersionState.APPROVED:
        live = to_json(read_content(session, offer.id))
        if latest is None or latest.content != live:
            number += 1
            public = offer.status == OfferStatus.PUBLISHED or latest is not None
            session.add(
                OfferVersion(
                    offer_id=offer.id,
                    number=number,
                    state=VersionState.APPROVED if public else VersionState.DRAFT,
                    content=live,
                    note=BEFORE,
                )
            )
    version = OfferVersion(
        offer_id=offer.id,
        number=number + 1,
        state=state,
        content=to_json(content),
        author_id=actor.user_id,
        author=actor.name,
        note=note[:300],
    )
    session.add(version)
    session.flush()
    return version


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
