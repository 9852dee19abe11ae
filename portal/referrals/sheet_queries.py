"""What a referral sheet needs of its offers: four queries, however many there are. Nothing internal among the columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.content.site import SOURCE_LANGUAGE
from portal.models import Location, Offer, OfferText, Organization
from portal.offers.catalogue import published_on
from portal.offers.queries import PLACE_COLUMNS, Date, regular_dates, spoken_languages


@dataclass(frozen=True)
class SheetOffer:
    """One offer in both languages."""

    row: Any
    """The columns of _OFFERS."""
    texts: dict[str, Any]
    """Rows of offer_text by language: always the German one, and the family's where there is one."""
    languages: list[str]
    """What is spoken there, BCP 47."""
    dates: list[Date]

    def text(self, lang: str) -> Any:
        return self.texts.get(lang) or self.texts[SOURCE_LANGUAGE]


_OFFERS = (
    select(
        Offer.id,
        Offer.slug,
        Offer.min_age_months,
        Offer.max_age_months,
        Offer.city_wide,
        Offer.cost_kind,
        Offer.cost_cents,
        Offer.cost_per,
        Offer.education_package,
        Offer.registration,
        Offer.no_german_needed,
        Offer.interpreter,
        Offer.opening_hours,
        Offer.by_appointment,
        Offer.valid_to,
        Offer.assured_on,
        Offer.phone,
        *PLACE_COLUMNS,
    )
    .join(Organization, Organization.id == Offer.organization_id)
    .outerjoin(Location, Location.id == Offer.location_id)
    .where(Offer.id.in_(bindparam("ids", expanding=True)), published_on(bindparam("today")))
)
_TEXTS = select(OfferText.__table__).where(
    OfferText.offer_id.in_(bindparam("ids", expanding=True)), OfferText.lang.in_(bindparam("langs", expanding=True))
)


def sheet_offers(session: Session, ids: Sequence[int], lang: str, today: date) -> list[SheetOffer]:
    """The offers of `ids` that are published on this day, in this order."""
    if not ids:
        return []
    connection, key = session.connection(), {"ids": list(ids)}
    rows = {row.id: row for row in connection.execute(_OFFERS, {**key, "today": today})}
    texts: dict[int, dict[str, Any]] = defaultdict(dict)
    for text in connection.execute(_TEXTS, {**key, "langs": [lang, SOURCE_LANGUAGE]}):
        texts[text.offer_id][text.lang] = text
    languages, dates = spoken_languages(session, ids), regular_dates(session, ids)
    return [
        SheetOffer(
            rows[offer_id],
            texts[offer_id],
            languages[offer_id],
            # What has ended is no date to come to.
            [item for item in dates[offer_id] if item.last_on is None or item.last_on >= today],
        )
        for offer_id in ids
        if offer_id in rows
    ]
