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
from portal.models import Location, Offer, OfferLanguage, OfferSchedule, OfferText, Organization
from portal.offers.catalogue import published_on
from portal.offers.queries import Date


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
        Organization.name.label("organization"),
        Location.name.label("place"),
        Location.street,
        Location.house_number,
        Location.postal_code,
        Location.city,
        Location.bus_stop,
    )
    .join(Organization, Organization.id == Offer.organization_id)
    .outerjoin(Location, Location.id == Offer.location_id)
    .where(Offer.id.in_(bindparam("ids", expanding=True)), published_on(bindparam("today")))
)
_TEXTS = select(OfferText.__table__).where(
    OfferText.offer_id.in_(bindparam("ids", expanding=True)), OfferText.lang.in_(bindparam("langs", expanding=True))
)
_LANGUAGES = (
    select(OfferLanguage.offer_id, OfferLanguage.lang)
    .where(OfferLanguage.offer_id.in_(bindparam("ids", expanding=True)))
    .order_by(OfferLanguage.position)
)
_DATES = (
    select(
        OfferSchedule.offer_id,
        OfferSchedule.frequency,
        OfferSchedule.weekday,
        OfferSchedule.week_of_month,
        OfferSchedule.start_time,
        OfferSchedule.end_time,
        OfferSchedule.first_on,
        OfferSchedule.last_on,
    )
    .where(OfferSchedule.offer_id.in_(bindparam("ids", expanding=True)))
    .order_by(OfferSchedule.id)
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
    languages = defaultdict(list)
    for offer_id, code in connection.execute(_LANGUAGES, key):
        languages[offer_id].append(code)
    dates = defaultdict(list)
    for offer_id, *item in connection.execute(_DATES, key):
        # What has ended is no date to come to.
        if (found := Date(*item)).last_on is None or found.last_on >= today:
            dates[offer_id].append(found)
    return [
        SheetOffer(rows[offer_id], texts[offer_id], languages[offer_id], dates[offer_id])
        for offer_id in ids
        if offer_id in rows
    ]
