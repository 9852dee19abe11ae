"""An offer to the bin, with everything around it."""

from __future__ import annotations

from sqlmodel import Session

from portal.editing import trash
from portal.editing.actor import Actor, NotAllowedError
from portal.models import (
    FeedbackReport,
    FollowUp,
    HelpedCount,
    Offer,
    OfferAccess,
    OfferComment,
    OfferDistrict,
    OfferLanguage,
    OfferLifePhase,
    OfferLifeSituation,
    OfferNeed,
    OfferSchedule,
    OfferText,
    OfferVersion,
    Reminder,
)

_AROUND = (
    OfferText,
    OfferNeed,
    OfferLifePhase,
    OfferLifeSituation,
    OfferAccess,
    OfferLanguage,
    OfferDistrict,
    OfferSchedule,
    OfferVersion,
    OfferComment,
    FeedbackReport,
    HelpedCount,
    Reminder,
)


def delete_offer(session: Session, actor: Actor, offer: Offer, title: str) -> None:
    """Into the bin for 30 days, with its versions and comments. Raises NotAllowedError."""
    if not actor.edits(offer.organization_id):
        raise NotAllowedError(offer.slug)
    follow_ups = (FollowUp.offer_id == offer.id) | (FollowUp.next_offer_id == offer.id)
    trash.put(
        session,
        actor,
        kind="offer",
        entity=offer.slug,
        label=title,
        organization_id=offer.organization_id,
        rows=[
            (Offer, Offer.id == offer.id),
            *((table, table.offer_id == offer.id) for table in _AROUND),
            (FollowUp, follow_ups),
        ],
    )
