"""What stands in a booklet: offers read in a fixed number of queries, put into chapters and an index.

Nothing internal (funding, goal) is among the columns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.models import (
    Location,
    Offer,
    OfferLanguage,
    OfferLifePhase,
    OfferNeed,
    OfferSchedule,
    OfferText,
    Organization,
)
from portal.models.enums import LifePhase
from portal.offers.queries import Date
from portal.offers.taxonomy import SOURCE_LANGUAGE

_IDS = bindparam("ids", expanding=True)
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
        Offer.phone,
        Organization.name.label("organization"),
        Organization.phone.label("organization_phone"),
        Location.name.label("place"),
        Location.street,
        Location.house_number,
        Location.postal_code,
        Location.city,
        Location.bus_stop,
    )
    .join(Organization, Organization.id == Offer.organization_id)
    .outerjoin(Location, Location.id == Offer.location_id)
    .where(Offer.id.in_(_IDS))
)
_TEXTS = select(
    OfferText.offer_id,
    OfferText.lang,
    OfferText.state,
    OfferText.title,
    OfferText.summary,
    OfferText.registration_note,
    OfferText.bring,
    OfferText.cost_note,
    OfferText.times_note,
).where(OfferText.offer_id.in_(_IDS), OfferText.lang.in_(bindparam("languages", expanding=True)))
_NEEDS = (
    select(OfferNeed.offer_id, OfferNeed.need_code)
    .where(OfferNeed.offer_id.in_(_IDS))
    .order_by(OfferNeed.offer_id, OfferNeed.position)
)
_PHASES = select(OfferLifePhase.offer_id, OfferLifePhase.life_phase).where(OfferLifePhase.offer_id.in_(_IDS))
_LANGUAGES = (
    select(OfferLanguage.offer_id, OfferLanguage.lang)
    .where(OfferLanguage.offer_id.in_(_IDS))
    .order_by(OfferLanguage.offer_id, OfferLanguage.position)
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
    .where(OfferSchedule.offer_id.in_(_IDS))
    .order_by(OfferSchedule.offer_id, OfferSchedule.id)
)


@dataclass(frozen=True, slots=True)
class Entry:
    """An offer of a booklet."""

    offer: Any
    text: Any
    """A row of offer_text; its `lang` is German where there is no other."""
    german: Any
    needs: list[str]
    phases: frozenset[LifePhase]
    languages: list[str]
    dates: list[Date]


@dataclass(slots=True)
class Chapter:
    """The offers of a life phase; None: of those who have none, because they are for everybody."""

    phase: LifePhase | None
    here: list[Entry] = field(default_factory=list)
    """In full: it is the first of their phases."""
    elsewhere: list[Entry] = field(default_factory=list)
    """In full in an earlier chapter."""


def entries(session: Session, ids: Sequence[int], lang: str) -> list[Entry]:
    """These offers, in no order. Six queries, however many there are."""
    if not ids:
        return []
    connection, key = session.connection(), {"ids": list(ids)}
    texts: dict[int, dict[str, Any]] = defaultdict(dict)
    for row in connection.execute(_TEXTS, {**key, "languages": sorted({lang, SOURCE_LANGUAGE})}):
        texts[row.offer_id][row.lang] = row

    def grouped(statement: Any) -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = defaultdict(list)
        for offer_id, *values in connection.execute(statement, key):
            found[offer_id].append(values[0] if len(values) == 1 else Date(*values))
        return found

    needs, phases, languages, dates = (grouped(each) for each in (_NEEDS, _PHASES, _LANGUAGES, _DATES))
    return [
        Entry(
            offer=row,
            text=texts[row.id].get(lang) or texts[row.id][SOURCE_LANGUAGE],
            german=texts[row.id][SOURCE_LANGUAGE],
            needs=needs[row.id],
            phases=frozenset(phases[row.id]),
            languages=languages[row.id],
            dates=dates[row.id],
        )
        for row in connection.execute(_OFFERS, key)
        if SOURCE_LANGUAGE in texts[row.id]
    ]


def chapters(offers: Iterable[Entry], need_order: Iterable[str]) -> list[Chapter]:
    """A chapter a life phase that has offers, at last one for all ages of life. What is for the same need stands together."""
    rank = {code: place for place, code in enumerate(need_order)}

    def place(entry: Entry) -> tuple[int, str, int]:
        main = entry.needs[0] if entry.needs else ""
        return rank.get(main, len(rank)), entry.text.title.casefold(), entry.offer.id

    made = {phase: Chapter(phase) for phase in (*LifePhase, None)}
    for entry in sorted(offers, key=place):
        first, *later = [phase for phase in LifePhase if phase in entry.phases] or [None]
        made[first].here.append(entry)
        for phase in later:
            made[phase].elsewhere.append(entry)
    return [chapter for chapter in made.values() if chapter.here or chapter.elsewhere]


def index(parts: Iterable[Chapter]) -> dict[str, list[int]]:
    """The ids of the offers of each need, as they follow each other in the booklet."""
    found: dict[str, list[int]] = defaultdict(list)
    for chapter in parts:
        for entry in chapter.here:
            for code in entry.needs:
                found[code].append(entry.offer.id)
    return dict(found)
