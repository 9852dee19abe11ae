"""One offer with what only practitioners read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.editing import no_place
from portal.editing.freshness import checkers
from portal.models import Offer, OfferAttachment, OfferInternal, Organization
from portal.offers import queries
from portal.offers.taxonomy import SOURCE_LANGUAGE

HISTORY_DAYS = 90
"""So long back go the reports that no place was free."""


@dataclass(frozen=True)
class PractitionerPage:
    public: queries.OfferPage
    """What families read, in German."""
    internal: Any | None
    """A row of offer_internal."""
    attachments: Sequence[Any]
    """Columns: id, title, size (bytes), added_on."""
    organization: Any
    """Who keeps it right. Columns: name, slug, phone, email, website."""
    no_place: date | None
    """The day of a report that still counts."""
    no_place_days: list[date]
    """All of the last HISTORY_DAYS, the newest first."""
    checked_by: str
    """Who confirmed it last; empty where that is not known."""


def practitioner_page(session: Session, slug: str, today: date, fresh_since: date) -> PractitionerPage | None:
    """An offer whose own address works today; None where there is none. A fixed number of queries."""
    if queries.reachable_offer(session, slug, today) is None:
        return None
    public = queries.offer_page(session, slug, SOURCE_LANGUAGE, today, fresh_since)
    if public is None:
        return None
    offer_id = public.offer.id
    by = checkers(session, [slug])  # type: ignore[arg-type]
    columns = (OfferAttachment.id, OfferAttachment.title, OfferAttachment.size, OfferAttachment.added_on)
    attachments = select(*columns).where(OfferAttachment.offer_id == offer_id).order_by(OfferAttachment.id)
    organization = (
        select(Organization.name, Organization.slug, Organization.phone, Organization.email, Organization.website)
        .join(Offer, Offer.organization_id == Organization.id)
        .where(Offer.id == offer_id)
    )
    return PractitionerPage(
        public=public,
        internal=session.execute(select(OfferInternal.__table__).where(OfferInternal.offer_id == offer_id)).first(),
        attachments=session.execute(attachments).all(),
        organization=session.execute(organization).one(),
        no_place=queries.no_place_since(public.offer, today),
        no_place_days=no_place.days_of(session, offer_id, since=today - timedelta(HISTORY_DAYS)),  # type: ignore[arg-type]
        checked_by=by[slug].user if slug in by else "",
    )
