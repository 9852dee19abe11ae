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
    OfferLifePhase,
    OfferNeed,
    OfferText,
    Organization,
)
from portal.models.enums import LifePhase
from portal.offers.queries import PLACE_COLUMNS, Date, regular_dates, spoken_languages
from portal.offers.taxonomy import SOURCE_LANGUAGE

_offer, _text, _need = Offer.__table__.c, OfferText.__table__.c, OfferNeed.__table__.c
_phase = OfferLifePhase.__table__.c
_organization, _location = Organization.__table__.c, Location.__table__.c

_IDS: Any = bindparam("ids", expanding=True)
_OFFERS = (
    select(
        _offer.id,
        _offer.slug,
        _offer.min_age_months,
        _offer.max_age_months,
        _offer.city_wide,
        _offer.cost_kind,
        _offer.cost_cents,
        _offer.cost_per,
        _offer.education_package,
        _offer.registration,
        _offer.no_german_needed,
        _offer.interpreter,
        _offer.opening_hours,
        _offer.by_appointment,
        _offer.valid_to,
        _offer.phone,
        *PLACE_COLUMNS,
        _organization.phone.label("organization_phone"),
    )
    .select_from(
        Offer.__table__.join(Organization.__table__, _organization.id == _offer.organization_id).outerjoin(
            Location.__table__, _location.id == _offer.location_id
        )
    )
    .where(_offer.id.in_(_IDS))
)
_TEXTS = select(
    _text.offer_id,
    _text.lang,
    _text.state,
    _text.title,
    _text.summary,
    _text.registration_note,
    _text.bring,
    _text.cost_note,
    _text.times_note,
).where(_text.offer_id.in_(_IDS), _text.lang.in_(bindparam("languages", expanding=True)))
_NEEDS = (
    select(_need.offer_id, _need.need_code).where(_need.offer_id.in_(_IDS)).order_by(_need.offer_id, _need.position)
)
_PHASES = select(_phase.offer_id, _phase.life_phase).where(_phase.offer_id.in_(_IDS))


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
        for offer_id, value in connection.execute(statement, key):
            found[offer_id].append(value)
        return found

    needs, phases = grouped(_NEEDS), grouped(_PHASES)
    languages, dates = spoken_languages(session, ids), regular_dates(session, ids)
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

    made: dict[LifePhase | None, Chapter] = {phase: Chapter(phase) for phase in (*LifePhase, None)}
    for entry in sorted(offers, key=place):
        its_phases: list[LifePhase | None] = [phase for phase in LifePhase if phase in entry.phases]
        first, *later = its_phases or [None]
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
