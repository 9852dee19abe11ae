"""A search from the question to the order of offers: understand, ask an engine, rank, and loosen where nothing is found."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import structlog

from portal.offers.catalogue import Catalogue
from portal.offers.filters import Filters
from portal.search.added import AddedLines, put_first
from portal.search.ages import AgeFinding
from portal.search.crisis import ACUTE
from portal.search.engine import Engine, EngineError, Hit, Query
from portal.search.ranking import Ranked, Ranker, Ranking
from portal.search.understanding import NeedAges, Place, Understanding, Understood

log = structlog.get_logger()

LOOSENING = (("district",), ("barrier",), ("district", "barrier"), ("district", "barrier", "age"))
"""What is given up, in this order, where nothing is found."""
_PAUSE = 3.0
"""Seconds for which an engine that has failed is not asked again."""
_SITUATION_CHANCES = (0.6, 0.45, 0.3)
"""How probable the needs of an emergency situation are, where its patterns have recognised it."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked, and what the reader has chosen beside it."""

    text: str
    lang: str
    today: date
    filters: Filters = field(default_factory=Filters)
    without: frozenset[str] = frozenset()
    """Findings that the reader has taken away (keys of Understood)."""
    limit: int = 20
    typing: bool = False


@dataclass(frozen=True)
class Found:
    understood: Understood
    ranked: list[Ranked] = field(default_factory=list)
    loosened: tuple[str, ...] = ()
    """What was given up to find anything: of "district", "barrier", "age"."""
    fallback: bool = False
    """Nothing fits; `ranked` are places where a person helps with anything."""
    mask: int = 0
    """In the catalogue: everything that could have been among the results."""


class Engines:
    """Asks the first engine; where it fails, the second answers the same question, and the page says nothing of it."""

    def __init__(self, embedded: Engine, meili: Engine | None = None) -> None:
        self.embedded, self.meili = embedded, meili
        self._lock = threading.Lock()
        self._asleep_until = 0.0
        self.last_error: str | None = None
        """Why Meilisearch was not used the last time; None where it was."""

    def search(self, query: Query) -> list[Hit]:
        if self.meili is not None and time.monotonic() >= self._asleep_until:
            try:
                hits = self.meili.search(query)
            except EngineError as error:
                with self._lock:
                    self._asleep_until = time.monotonic() + _PAUSE
                    self.last_error = str(error)
                log.warning("search engine failed", engine=self.meili.name, reason=str(error))
            else:
                self.last_error = None
                return hits
        try:
            return self.embedded.search(query)
        except EngineError as error:
            # Needs are found without an engine: there are results all the same.
            log.warning("search engine failed", engine=self.embedded.name, reason=str(error))
            return []


class Searcher:
    """Everything that a search needs, made once."""

    def __init__(
        self,
        understanding: Understanding,
        engines: Engines,
        rules: Ranking,
        situations: Mapping[str, Sequence[str]],
    ) -> None:
        self.understanding, self.engines, self.rules = understanding, engines, rules
        self._situations = situations
        """The needs of each emergency situation."""

    def understand(self, question: Question, catalogue: Catalogue) -> Understood:
        """What the question says, with what the reader has chosen put in its place."""
        known: dict[str, tuple[list[Place], dict[str, NeedAges]]] = catalogue.words
        if "search" not in known:
            known["search"] = (
                [Place(slug, info.name) for slug, info in catalogue.districts.items() if not info.children],
                {code: NeedAges(need.min_age_months, need.max_age_months) for code, need in catalogue.needs.items()},
            )
        places, needs = known["search"]
        understood = self.understanding.understand(
            question.text, question.lang, places=places, needs=needs, without=question.without
        )
        if added := self._added(question, catalogue):
            understood = replace(understood, needs=put_first(added, understood.needs))
        crisis = understood.crisis
        if crisis and crisis.level == ACUTE and crisis.situation:
            understood = replace(
                understood,
                needs=_with_situation(understood.needs, self._situations.get(crisis.situation, ()), question.without),
            )
        chosen = question.filters
        if chosen.need:
            understood = replace(understood, needs=[(chosen.need, 1.0)])
        if chosen.district:
            understood = replace(understood, district=chosen.district)
        if chosen.age is not None:
            understood = replace(understood, ages=AgeFinding(((chosen.age, chosen.age),), understood.ages.pregnant))
        barriers = tuple(dict.fromkeys((*understood.barriers, *chosen.barriers)))
        languages = (chosen.language,) if chosen.language else understood.languages
        return replace(understood, barriers=barriers, languages=languages)

    def _added(self, question: Question, catalogue: Catalogue) -> list[tuple[str, float]]:
        """Needs of lines that editors have added since the model was trained."""
        if "added lines" not in catalogue.words:
            catalogue.words["added lines"] = AddedLines(catalogue.stored.lines, self.understanding.stop_words)
        found: list[tuple[str, float]] = catalogue.words["added lines"].find(question.text)
        return [
            (code, chance)
            for code, chance in found
            if code in catalogue.needs and f"need:{code}" not in question.without
        ]

    def search(self, question: Question, catalogue: Catalogue) -> Found:
        understood = self.understand(question, catalogue)
        by_words: Found | None = None
        given = _given(understood)
        for given_up in dict.fromkeys(tuple(name for name in names if name in given) for names in ((), *LOOSENING)):
            loosened = _without(understood, given_up)
            mask = self._mask(loosened, question, catalogue)
            ranked, universe = self._rank(loosened, question, catalogue, mask)
            if any(item.need for item in ranked) or (ranked and not understood.needs):
                return Found(understood, ranked, given_up, mask=universe)
            if ranked and by_words is None:
                # Only words fit, though it is known what is needed: better to give up a wish than the need.
                by_words = Found(understood, ranked, given_up, mask=universe)
        if by_words:
            return by_words
        people = self._people(understood, question, catalogue)
        return Found(understood, people, fallback=True)

    def _mask(self, understood: Understood, question: Question, catalogue: Catalogue) -> int:
        """What fits the ages, the district and the wishes."""
        filters = question.filters
        mask = catalogue.match(
            replace(
                filters,
                age=None,
                need=None,
                district=understood.district,
                barriers=understood.barriers,
                language=None,
            )
        )
        if understood.languages:
            spoken = 0
            for code in understood.languages:
                spoken |= catalogue.language.get(code, 0)
            mask &= spoken
        if understood.ages.spans:
            mask &= catalogue.ages_mask(understood.ages.spans)
        return mask

    def _rank(
        self, understood: Understood, question: Question, catalogue: Catalogue, mask: int
    ) -> tuple[list[Ranked], int]:
        if not mask:
            return [], 0
        ranker = Ranker(
            self.rules,
            catalogue,
            needs=understood.needs,
            spans=understood.ages.spans,
            district=understood.district,
            today=question.today,
        )
        # Where a need was chosen, it alone decides what may come; words only order it.
        hits = self.engines.search(_query(understood, question)) if question.text else []
        candidates = ranker.candidates(mask, hits)
        ranked = ranker.rank(candidates, question.limit)
        universe = 0
        for code, _chance in understood.needs:
            universe |= catalogue.need.get(code, 0)
        for item in ranked:
            universe |= 1 << item.place
        return ranked, universe & mask

    def _people(self, understood: Understood, question: Question, catalogue: Catalogue) -> list[Ranked]:
        """Places where somebody helps with anything, those in the district first."""
        near = catalogue.local_district.get(understood.district, 0) if understood.district else 0
        places = catalogue.places(catalogue.first_contact, [near], count=min(5, question.limit))
        return [Ranked(place, catalogue.offer_ids[place], 0.0, None, 0.0) for place in places]


def _query(understood: Understood, question: Question) -> Query:
    filters = question.filters
    return Query(
        text=question.text,
        lang=question.lang,
        today=question.today,
        spans=understood.ages.spans,
        needs=(filters.need,) if filters.need else (),
        life_situations=tuple(situation.value for situation in filters.situations),
        life_phase=filters.phase.value if filters.phase else None,
        district=understood.district,
        barriers=tuple(barrier.value for barrier in understood.barriers),
        languages=understood.languages,
        typing=question.typing,
    )


def _given(understood: Understood) -> set[str]:
    """What could be given up."""
    named = {"district": understood.district, "barrier": understood.barriers or understood.languages}
    return {name for name, value in {**named, "age": understood.ages.spans}.items() if value}


def _without(understood: Understood, names: Sequence[str]) -> Understood:
    changes: dict[str, object] = {}
    if "district" in names:
        changes["district"] = None
    if "barrier" in names:
        changes |= {"barriers": (), "languages": ()}
    if "age" in names:
        changes["ages"] = AgeFinding((), understood.ages.pregnant)
    return replace(understood, **changes) if changes else understood  # type: ignore[arg-type]


def _with_situation(
    needs: list[tuple[str, float]], codes: Sequence[str], without: frozenset[str]
) -> list[tuple[str, float]]:
    """The needs of an emergency, at least as probable as their place in the list of the situation says."""
    chances = dict(needs)
    for code, chance in zip(codes, _SITUATION_CHANCES, strict=False):
        if f"need:{code}" not in without:
            chances[code] = max(chances.get(code, 0.0), chance)
    return sorted(chances.items(), key=lambda pair: -pair[1])
