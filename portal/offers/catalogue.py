"""The published offers as bit masks in memory: which fit a choice, and how many would fit each other choice.

Bit n of every mask is the n-th offer in the order of the lists. An AND and a count of bits take microseconds, so a page
with all its counts costs about the same at 2,000 and at 50,000 offers, and no query (docs/adr/0003). The database stays
the truth: a counter in it, raised in the transaction of every change, tells each worker that its catalogue is old.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from portal.content.stored import read_stored
from portal.models import (
    CatalogueState,
    Location,
    Offer,
    OfferAccess,
    OfferDistrict,
    OfferLanguage,
    OfferLifePhase,
    OfferLifeSituation,
    OfferNeed,
    OfferText,
)
from portal.models.enums import (
    Access,
    CostKind,
    LifePhase,
    LifeSituation,
    OfferStatus,
    Provision,
    Registration,
    StepFree,
    TextState,
)
from portal.offers.filters import AGE_CHOICES, AGE_SPANS, Barrier, Filters, positions
from portal.offers.taxonomy import read_districts, read_needs

_VERSION = select(CatalogueState.__table__.c.version)


@dataclass(frozen=True)
class Choice:
    """One value of a filter group and how many offers there would be with it."""

    value: str
    count: int
    chosen: bool


class MaskBuilder:
    """Sets bits in byte arrays: setting them in whole numbers would copy the number each time."""

    def __init__(self, size: int) -> None:
        self._bytes = (size + 7) // 8
        self._masks: dict[Any, bytearray] = {}

    def add(self, key: Any, position: int) -> None:
        mask = self._masks.get(key)
        if mask is None:
            mask = self._masks[key] = bytearray(self._bytes)
        mask[position >> 3] |= 1 << (position & 7)

    def build(self) -> dict[Any, int]:
        return {key: int.from_bytes(mask, "little") for key, mask in self._masks.items()}


class Catalogue:
    """A snapshot: never changed after it was built, so any number of threads may read it."""

    def __init__(self, session: Session, today: date, hide_after_days: int | None = None) -> None:
        """The offers of that day. `hide_after_days` without a check an offer is not among them; None: that never happens."""
        self.version: int = session.connection().execute(_VERSION).scalar_one()
        self.today = today
        self.fresh_since = fresh_since(today, hide_after_days)
        self.needs = read_needs(session)
        self._needs_by_situation = {
            situation: [code for code, need in self.needs.items() if need.life_situation is situation]
            for situation in LifeSituation
        }
        self.districts = read_districts(session)
        self._district_slugs = {info.id: slug for slug, info in self.districts.items()}
        self._descendants = {slug: self._collect_descendants(slug) for slug in self.districts}
        self.stored = read_stored(session, today)
        self.words: dict[str, Any] = {}
        self.fragments: dict[Any, Any] = {}
        """Kept by the presentation for as long as this catalogue is the newest: words and forms of the filters."""
        self._read_offers(session)

    # --- building -------------------------------------------------------------------------------------------------

    def _collect_descendants(self, slug: str) -> list[str]:
        found = [slug]
        for child in self.districts[slug].children:
            found += self._collect_descendants(child)
        return found

    def ancestors(self, slug: str) -> list[str]:
        """From the district itself up to the root."""
        found = []
        current: str | None = slug
        while current and current not in found:
            found.append(current)
            current = self.districts[current].parent
        return found

    def _read_offers(self, session: Session) -> None:
        published = published_on(self.today, self.fresh_since)
        rows = session.execute(
            select(
                Offer.id,
                Offer.slug,
                Offer.min_age_months,
                Offer.max_age_months,
                Offer.cost_kind,
                Offer.registration,
                Offer.no_german_needed,
                Offer.accompaniment,
                Offer.city_wide,
                Offer.first_contact,
                Location.district_id,
                Location.step_free,
                Offer.assured_on,
            )
            .join(OfferText, and_(OfferText.offer_id == Offer.id, OfferText.state == TextState.SOURCE))
            .outerjoin(Location, Location.id == Offer.location_id)
            .where(published)
            .order_by(Offer.assured_on.is_(None), Offer.assured_on.desc(), OfferText.title, Offer.id)
        ).all()
        self.size = len(rows)
        self.offer_ids = [row.id for row in rows]
        self.position = {row.slug: place for place, row in enumerate(rows)}
        place_of = self._place_of = {row.id: place for place, row in enumerate(rows)}
        self.all = (1 << self.size) - 1
        ages = MaskBuilder(self.size)
        for place, row in enumerate(rows):
            ages.add((row.min_age_months, row.max_age_months), place)
        self._age_limits: dict[tuple[int | None, int | None], int] = ages.build()
        self._age_masks: dict[int, int] = {}
        self.with_age_limit: int = self.all & ~self._age_limits.get((None, None), 0)
        same_ages = {limits: limits for limits in self._age_limits}
        self.ages_of = [same_ages[row.min_age_months, row.max_age_months] for row in rows]
        """By place: the first and the last month of age, None where there is no limit."""
        self.assured_of = [row.assured_on.toordinal() if row.assured_on else 0 for row in rows]

        barriers = MaskBuilder(self.size)
        local = MaskBuilder(self.size)
        serving = MaskBuilder(self.size)
        for place, row in enumerate(rows):
            if row.cost_kind == CostKind.FREE:
                barriers.add(Barrier.FREE, place)
            if row.registration == Registration.NONE:
                barriers.add(Barrier.NO_REGISTRATION, place)
            if row.no_german_needed:
                barriers.add(Barrier.NO_GERMAN, place)
            if row.step_free == StepFree.YES:
                barriers.add(Barrier.STEP_FREE, place)
            if row.accompaniment in (Provision.YES, Provision.ON_REQUEST):
                barriers.add(Barrier.ACCOMPANIED, place)
            if row.first_contact:
                barriers.add("first_contact", place)
            if row.city_wide:
                serving.add("city_wide", place)
            if row.district_id is not None:
                for slug in self.ancestors(self._district_slugs[row.district_id]):
                    local.add(slug, place)

        def each(column: Any, owner: Any) -> Iterable[tuple[int, Any]]:
            for offer_id, value in session.execute(select(owner, column)):
                if (place := place_of.get(offer_id)) is not None:
                    yield place, value

        for place, access in each(OfferAccess.access, OfferAccess.offer_id):
            if access in (Access.DIGITAL, Access.PHONE):
                barriers.add(Barrier.REMOTE, place)
        for place, district_id in each(OfferDistrict.district_id, OfferDistrict.offer_id):
            slug = self._district_slugs[district_id]
            for ancestor in self.ancestors(slug):
                serving.add(ancestor, place)
                if rows[place].district_id is None:
                    local.add(ancestor, place)
            for descendant in self._descendants[slug]:
                serving.add(descendant, place)

        self.phase = self._masks(each(OfferLifePhase.life_phase, OfferLifePhase.offer_id))
        self.narrow: int = self._few(self.phase.values(), 2)
        """For at most two life phases: in each of them it fits better than what is for everybody."""
        self.situation = self._masks(each(OfferLifeSituation.life_situation, OfferLifeSituation.offer_id))
        self.language = self._masks(each(OfferLanguage.lang, OfferLanguage.offer_id))
        main_need, any_need = MaskBuilder(self.size), MaskBuilder(self.size)
        needs: list[tuple[str, ...]] = [()] * self.size
        for offer_id, code, rank in session.execute(
            select(OfferNeed.offer_id, OfferNeed.need_code, OfferNeed.position).order_by(
                OfferNeed.offer_id, OfferNeed.position
            )
        ):
            if (place_found := place_of.get(offer_id)) is not None:
                any_need.add(code, place_found)
                needs[place_found] += (code,)
                if rank == 0:
                    main_need.add(code, place_found)
        same_needs = {codes: codes for codes in needs}
        self.needs_of = [same_needs[codes] for codes in needs]
        """By place: the needs an offer answers, what it is mainly for first."""
        self.need, self.main_need = any_need.build(), main_need.build()
        self.barrier = barriers.build()
        self.first_contact: int = self.barrier.pop("first_contact", 0)
        served = serving.build()
        self.city_wide: int = served.pop("city_wide", 0)
        self.local_district = local.build()
        """Takes place in the district; an offer without a place counts where it is meant for."""
        self.district = {
            slug: self.local_district.get(slug, 0) | served.get(slug, 0) | self.city_wide for slug in self.districts
        }
        self.languages = sorted(self.language)

    def _few(self, masks: Iterable[int], most: int) -> int:
        """The offers that are in one to `most` of the masks."""
        at_least = [self.all] + [0] * (most + 1)
        for mask in masks:
            for number in range(most + 1, 0, -1):
                at_least[number] |= at_least[number - 1] & mask
        return at_least[1] & ~at_least[most + 1]

    def _masks(self, pairs: Iterable[tuple[int, Any]]) -> dict[Any, int]:
        builder = MaskBuilder(self.size)
        for place, value in pairs:
            builder.add(value, place)
        return builder.build()

    # --- reading --------------------------------------------------------------------------------------------------

    def age_mask(self, months: int) -> int:
        """Offers for a child of this age, those without an age limit included.

        One of AGE_CHOICES stands for its whole span, any other number for that month.
        """
        mask = self._age_masks.get(months)
        if mask is None:
            mask, last = 0, AGE_SPANS.get(months, months)
            for (low, high), offers in self._age_limits.items():
                if (low is None or low <= last) and (high is None or months <= high):
                    mask |= offers
            self._age_masks[months] = mask
        return mask

    def ages_mask(self, spans: Iterable[tuple[int, int]]) -> int:
        """Offers for a child of any of these ages (first and last month), those without an age limit included."""
        mask = 0
        for first, last in spans:
            for (low, high), offers in self._age_limits.items():
                if (low is None or low <= last) and (high is None or first <= high):
                    mask |= offers
        return mask

    def place_of(self, offer_id: int) -> int | None:
        """Where an offer stands in the masks; None where it is not published today."""
        return self._place_of.get(offer_id)

    def speaks(self, offer_id: int, lang: str) -> bool:
        """Whether somebody at this offer speaks the language."""
        mask, place = self.language.get(lang), self._place_of.get(offer_id)
        return mask is not None and place is not None and bool(mask >> place & 1)

    def district_name(self, district_id: int | None) -> str | None:
        """The name of the district with this id; None for None."""
        slug = self._district_slugs.get(district_id) if district_id is not None else None
        return self.districts[slug].name if slug else None

    def district_option(self, slug: str) -> str:
        """The name for a list of all districts, set in by its place in the tree."""
        return "\u2003" * (len(self.ancestors(slug)) - 1) + self.districts[slug].name

    def _groups(self, filters: Filters) -> dict[str, int]:
        """The mask of each filter group in which something was chosen."""
        groups = {}
        if filters.age is not None:
            groups["age"] = self.age_mask(filters.age)
        if filters.phase:
            groups["phase"] = self.phase.get(filters.phase, 0)
        if filters.situations:
            groups["situation"] = 0
            for situation in filters.situations:
                groups["situation"] |= self.situation.get(situation, 0)
        if filters.need:
            groups["need"] = self.need.get(filters.need, 0)
        if filters.district:
            groups["district"] = self.district.get(filters.district, 0)
        if filters.language:
            groups["language"] = self.language.get(filters.language, 0)
        if filters.barriers:
            groups["barrier"] = self.all
            for barrier in filters.barriers:
                groups["barrier"] &= self.barrier.get(barrier, 0)
        return groups

    def match(self, filters: Filters) -> int:
        """The offers that fit all of `filters`."""
        mask = self.all
        for group in self._groups(filters).values():
            mask &= group
        return mask

    def ids(self, mask: int, *, filters: Filters | None = None, start: int = 0, count: int) -> list[int]:
        """The ids of `count` offers of `mask`.

        First those that are mainly for the need, those in the district, those for few life phases where one is chosen.
        """
        preferences = []
        if filters and filters.phase:
            preferences.append(self.narrow)
        if filters and filters.need:
            preferences.append(self.main_need.get(filters.need, 0))
        if filters and filters.district:
            preferences.append(self.local_district.get(filters.district, 0))
        return [self.offer_ids[place] for place in self.places(mask, preferences, start=start, count=count)]

    def places(self, mask: int, preferences: Iterable[int], *, start: int = 0, count: int) -> list[int]:
        """The places of `count` offers of `mask`: those of the first preference before all others, and so on."""
        masks = [mask]
        for preferred in preferences:
            masks = [part for each in masks for part in (each & preferred, each & ~preferred)]
        return positions(masks, start, count)

    def facets(self, filters: Filters) -> dict[str, Any]:
        """For every value of every group: how many offers there would be if it were chosen, all other groups as they are.

        Lists of Choice by group; for "need" a dictionary of such lists by life situation.
        """
        groups = self._groups(filters)

        def others(name: str) -> int:
            mask = self.all
            for group, chosen in groups.items():
                if group != name:
                    mask &= chosen
            return mask

        def choices(
            name: str, values: Iterable[Any], mask_of: Callable[[Any], int], chosen: Iterable[Any]
        ) -> list[Choice]:
            base, picked = others(name), set(chosen)
            return [Choice(str(value), (base & mask_of(value)).bit_count(), value in picked) for value in values]

        found = self.match(filters)
        ages = AGE_CHOICES if filters.age is None or filters.age in AGE_CHOICES else sorted({*AGE_CHOICES, filters.age})
        return {
            "age": choices("age", ages, self.age_mask, [filters.age]),
            "phase": choices("phase", LifePhase, lambda key: self.phase.get(key, 0), [filters.phase]),
            "situation": choices(
                "situation", LifeSituation, lambda key: self.situation.get(key, 0), filters.situations
            ),
            # Needs are grouped by life situation, as the form shows them.
            "need": {
                situation: choices("need", codes, lambda key: self.need.get(key, 0), [filters.need])
                for situation, codes in self._needs_by_situation.items()
            },
            "district": choices("district", self.districts, self.district.__getitem__, [filters.district]),
            "language": choices("language", self.languages, self.language.__getitem__, [filters.language]),
            # All barriers must be absent: the count is of the offers that would be left.
            "barrier": [
                Choice(barrier, (found & self.barrier.get(barrier, 0)).bit_count(), barrier in filters.barriers)
                for barrier in Barrier
            ],
        }


def fresh_since(today: date, hide_after_days: int | None) -> date:
    """What was due for a check before this day is not shown any more: `hide_after_days` have passed. None: everything is."""
    return date.min if hide_after_days is None else today - timedelta(hide_after_days - 1)


def published_on(today: Any, fresh_since: Any = date.min) -> ColumnElement[bool]:
    """Whether an offer is for everybody to find on this day. Both are dates, or bound parameters for one.

    Without `fresh_since`: whether its own address works. That stays so when nobody has checked it for long.
    """
    return and_(
        Offer.status == OfferStatus.PUBLISHED,
        or_(Offer.valid_from.is_(None), Offer.valid_from <= today),
        or_(Offer.valid_to.is_(None), Offer.valid_to >= today),
        or_(Offer.review_due.is_(None), Offer.review_due >= fresh_since),
    )


class CatalogueHolder:
    """Keeps the newest catalogue. One thread builds at a time; the others go on with the one before."""

    def __init__(self, hide_after_days: int | None = None) -> None:
        self._hide_after_days = hide_after_days
        self._catalogue: Catalogue | None = None
        self._lock = threading.Lock()
        self._build_seconds = 0.0

    def get(self, session: Session, today: date) -> Catalogue:
        """The catalogue as of the database's counter and `today`. One small query where nothing has changed.

        A large one is built beside the requests: for the seconds that it takes, families see the offers of before.
        """
        version = session.connection().execute(_VERSION).scalar_one()
        current = self._catalogue
        if current and current.version == version and current.today == today:
            return current
        if current is not None and current.today == today and self._build_seconds > _WAIT_FOR:
            if not self._lock.locked():
                bind = session.get_bind()
                threading.Thread(target=self._build_beside, args=(bind, today), name="catalogue", daemon=True).start()
            return current
        if self._lock.acquire(blocking=current is None):
            try:
                current = self._catalogue
                if not (current and current.version == version and current.today == today):
                    current = self._build(session, today)
            finally:
                self._lock.release()
        assert current is not None
        return current

    def _build(self, session: Session, today: date) -> Catalogue:
        started = time.monotonic()
        built = self._catalogue = Catalogue(session, today, self._hide_after_days)
        self._build_seconds = time.monotonic() - started
        return built

    def _build_beside(self, bind: Any, today: date) -> None:
        if self._lock.acquire(blocking=False):
            try:
                with Session(bind) as session:
                    self._build(session, today)
            finally:
                self._lock.release()


_WAIT_FOR = 0.5
"""Seconds: a visitor waits for a catalogue that is built faster, and so an editor sees the own change at once."""
