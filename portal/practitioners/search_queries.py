"""Rows of offers as practitioners read them. A fixed number of queries, however many offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.orm import Session

from portal.editing.freshness import checkers
from portal.models import (
    Location,
    NoPlaceReport,
    Offer,
    OfferInternal,
    OfferText,
    Organization,
)
from portal.offers.queries import no_place_since, spoken_languages
from portal.offers.taxonomy import SOURCE_LANGUAGE

_IDS: Any = bindparam("ids", expanding=True)
_ROWS = (
    select(
        Offer.id,
        Offer.slug,
        Offer.min_age_months,
        Offer.max_age_months,
        Offer.city_wide,
        Offer.cost_kind,
        Offer.registration,
        Offer.phone,
        Offer.waiting_weeks,
        Offer.free_places,
        Offer.availability_as_of,
        Offer.assured_on,
        Offer.review_due,
        OfferText.title,
        OfferText.summary,
        Organization.name.label("organization"),
        Organization.phone.label("organization_phone"),
        Location.district_id,
        Location.city,
        OfferInternal.contact,
        OfferInternal.contact_phone,
        OfferInternal.referral_route,
        select(func.max(NoPlaceReport.reported_on))
        .where(NoPlaceReport.offer_id == Offer.id)
        .scalar_subquery()
        .label("no_place_on"),
    )
    .join(OfferText, and_(OfferText.offer_id == Offer.id, OfferText.lang == SOURCE_LANGUAGE))
    .join(Organization, Organization.id == Offer.organization_id)
    .outerjoin(Location, Location.id == Offer.location_id)
    .outerjoin(OfferInternal, OfferInternal.offer_id == Offer.id)
    .where(Offer.id.in_(_IDS))
)


@dataclass(frozen=True)
class Hit:
    row: Any
    """Columns of _ROWS."""
    languages: list[str]
    """BCP 47."""
    no_place: date | None
    """The day of a report that still counts."""
    checked_by: str
    """Who confirmed it last; empty where that is not known."""


def hits(session: Session, ids: Sequence[int], today: date) -> list[Hit]:
    """These offers, in this order. Three queries."""
    if not ids:
        return []
    rows = {row.id: row for row in session.connection().execute(_ROWS, {"ids": list(ids)})}
    languages = spoken_languages(session, ids)
    by = checkers(session, [row.slug for row in rows.values()])
    return [
        Hit(
            row=rows[offer_id],
            languages=languages[offer_id],
            no_place=no_place_since(rows[offer_id], today),
            checked_by=by[rows[offer_id].slug].user if rows[offer_id].slug in by else "",
        )
        # An offer that was deleted since the catalogue was built is simply not there any more.
        for offer_id in ids
        if offer_id in rows
    ]
