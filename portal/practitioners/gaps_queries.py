"""Lücken: what is missing, and what leads nowhere. Never so few that it could be one family."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.models import FollowUp, Offer, ReportedGap, SearchGap
from portal.models.enums import LifePhase
from portal.offers.catalogue import Catalogue, published_on
from portal.offers.queries import Card, cards
from portal.offers.taxonomy import SOURCE_LANGUAGE
from portal.search.gaps import LEAST_SHOWN, Gap

Table = type[SearchGap] | type[ReportedGap]


@dataclass(frozen=True)
class Line:
    """What was missing at least `times` times, a multiple of LEAST_SHOWN. A group that is None was put together from several;
    "" was not said."""

    times: int
    age_group: str | None
    life_situation: str
    need_code: str
    district: str | None


@dataclass(frozen=True)
class Missed:
    lines: list[Line]
    """The highest first."""
    rest: int
    """All that is in no line: too few of anything, and what a line has above its `times`. Only as a number for all of the
    Kommune."""

    @property
    def total(self) -> int:
        return sum(line.times for line in self.lines) + self.rest

    def only(self, wanted: Callable[[Line], bool]) -> Missed:
        """Some of the lines. They are put together first and chosen then: with every choice the rest would be a new one,
        and could be one family. So there is none here."""
        return Missed([line for line in self.lines if wanted(line)], 0)


def sums(session: Session, table: Table, first: date, last: date) -> list[Gap]:
    """The sums of these months (each its first day, both included), however small: for roll_up() only."""
    columns = (table.age_group, table.life_situation, table.need_code, table.district)
    rows = session.execute(
        select(func.sum(table.times), *columns)
        .where(table.month >= first, table.month <= last)
        .group_by(*columns)
        .order_by(*columns)
    )
    return [Gap(*row) for row in rows]


def roll_up(gaps: Iterable[Gap]) -> Missed:
    """What is too little by itself is put together: without the age, then without the district, then only counted.

    Lines are rounded down: exact ones of January to March and of January to February would tell of one family in March.
    """
    lines: list[Line] = []
    above = 0
    left = list(gaps)
    for group in (_as_it_is, _any_age, _any_age_and_place):
        together: dict[Line | None, int] = defaultdict(int)
        members: dict[Line | None, list[Gap]] = defaultdict(list)
        for gap in left:
            key = group(gap)
            together[key] += gap.times
            members[key].append(gap)
        left = []
        for line, times in together.items():
            if line is None or times < LEAST_SHOWN:
                left += members[line]
            else:
                lines.append(replace(line, times=times - times % LEAST_SHOWN))
                above += times % LEAST_SHOWN
    lines.sort(key=lambda line: (-line.times, line.need_code, line.district or "", line.age_group or ""))
    return Missed(lines, above + sum(gap.times for gap in left))


def _as_it_is(gap: Gap) -> Line | None:
    return Line(0, gap.age_group, gap.life_situation, gap.need_code, gap.district)


def _any_age(gap: Gap) -> Line | None:
    return Line(0, None, gap.life_situation, gap.need_code, gap.district) if gap.district or gap.need_code else None


def _any_age_and_place(gap: Gap) -> Line | None:
    """Of nothing but an age or a place nothing would be left to say."""
    return Line(0, None, gap.life_situation, gap.need_code, None) if gap.life_situation else None


# --- offers after which nothing comes ---------------------------------------------------------------------------------

SHOWN_OF_PHASE = 20


@dataclass(frozen=True)
class DeadEnds:
    """Published offers of a life phase (None: of no phase) that lead to no other published offer."""

    phase: LifePhase | None
    count: int
    of: int
    """How many offers the phase has."""
    cards: Sequence[Card]
    """At most SHOWN_OF_PHASE of them."""


def dead_ends(session: Session, catalogue: Catalogue) -> list[DeadEnds]:
    """By life phase, an offer in each of its phases. Two queries."""
    going_on = select(FollowUp.offer_id).join(Offer, Offer.id == FollowUp.next_offer_id)
    mask = catalogue.all
    for (offer_id,) in session.execute(going_on.where(published_on(catalogue.today, catalogue.fresh_since)).distinct()):
        place = catalogue.place_of(offer_id)
        mask &= ~(1 << place) if place is not None else catalogue.all
    phases: dict[LifePhase | None, int] = {phase: catalogue.phase.get(phase, 0) for phase in LifePhase}
    phases[None] = catalogue.all
    for phase in LifePhase:
        phases[None] &= ~phases[phase]
    ids = {phase: catalogue.ids(mask & offers, count=SHOWN_OF_PHASE) for phase, offers in phases.items()}
    shown = cards(session, list(dict.fromkeys(i for some in ids.values() for i in some)), SOURCE_LANGUAGE)
    by_id = {card.row.id: card for card in shown}
    return [
        DeadEnds(
            phase, count, phases[phase].bit_count(), [by_id[offer_id] for offer_id in ids[phase] if offer_id in by_id]
        )
        for phase in phases
        if (count := (mask & phases[phase]).bit_count())
    ]
