"""One order for what needs, words, ages, districts and freshness speak for. The weights are data: search/ranking.yaml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

import numpy as np
from msgspec import Meta

from portal.content.schema import Strict
from portal.offers.catalogue import Catalogue
from portal.search.engine import Hit

Share = Annotated[float, Meta(ge=0, le=1)]


class Weights(Strict):
    need: Annotated[float, Meta(ge=0)]
    text: Annotated[float, Meta(ge=0)]
    age: Annotated[float, Meta(ge=0)]
    district: Annotated[float, Meta(ge=0)]
    freshness: Annotated[float, Meta(ge=0)]


class Ranking(Strict):
    """search/ranking.yaml, which says what each number means."""

    weights: Weights
    secondary_need: Share
    unlimited_age: Share
    overlapping_age: Share
    fresh_days: Annotated[int, Meta(ge=1)]
    variety: Share
    candidates: Annotated[int, Meta(ge=1, le=500)]
    least_text: Share


@dataclass(frozen=True)
class Ranked:
    place: int
    """In the catalogue."""
    offer_id: int
    score: float
    need: str | None
    """The probable need that it is here for; None where only its words fit."""
    text: float


class Ranker:
    """Ranks for one question; `mask` is what fits its filters."""

    def __init__(
        self,
        rules: Ranking,
        catalogue: Catalogue,
        *,
        needs: Sequence[tuple[str, float]],
        spans: Sequence[tuple[int, int]],
        district: str | None,
        today: date,
    ) -> None:
        self.rules, self.catalogue, self.needs, self.spans = rules, catalogue, needs, spans
        self.chance = dict(needs)
        self.local = catalogue.local_district.get(district, 0) if district else 0
        self.serving = catalogue.district.get(district, 0) & ~catalogue.city_wide if district else 0
        self.today = today.toordinal()

    def candidates(self, mask: int, hits: Sequence[Hit]) -> dict[int, float]:
        """Places worth a closer look, with how much their words fit: by need, and by words."""
        found: dict[int, float] = {}
        made_for_it = self.catalogue.with_age_limit if self.spans else 0
        for code, _chance in self.needs:
            offers = self.catalogue.need.get(code, 0) & mask
            if offers:
                preferences = [
                    self.catalogue.main_need.get(code, 0),
                    *(part for part in (self.local, made_for_it) if part),
                ]
                for place in self.catalogue.places(offers, preferences, count=self.rules.candidates):
                    found[place] = 0.0
        for hit in hits:
            place_of_hit = self.catalogue.place_of(hit.offer_id)
            if place_of_hit is not None and mask >> place_of_hit & 1:
                found[place_of_hit] = hit.score
        return found

    def rank(self, candidates: Mapping[int, float], limit: int) -> list[Ranked]:
        """The best `limit` of them, in their order."""
        places = sorted(candidates)
        if not places:
            return []
        rules, weights = self.rules, self.rules.weights
        cover = np.zeros((len(places), max(1, len(self.needs))))
        scores = np.zeros(len(places))
        best_need: list[str | None] = []
        relevant = np.ones(len(places), dtype=bool)
        column = {code: number for number, (code, _chance) in enumerate(self.needs)}
        for row, place in enumerate(places):
            match, why = 0.0, None
            for rank, code in enumerate(self.catalogue.needs_of[place]):
                if code in column:
                    share = 1.0 if rank == 0 else rules.secondary_need
                    cover[row, column[code]] = share
                    if self.chance[code] * share > match:
                        match, why = self.chance[code] * share, code
            text = candidates[place]
            relevant[row] = why is not None or text >= rules.least_text
            best_need.append(why)
            scores[row] = (
                weights.need * match
                + weights.text * text
                + weights.age * self._age_fit(place)
                + weights.district * self._district_fit(place)
                + weights.freshness * self._freshness(place)
            )
        order = self._varied(scores, cover, relevant, limit)
        return [
            Ranked(
                places[row],
                self.catalogue.offer_ids[places[row]],
                round(float(scores[row]), 4),
                best_need[row],
                candidates[places[row]],
            )
            for row in order
        ]

    def _varied(self, scores: np.ndarray, cover: np.ndarray, relevant: np.ndarray, limit: int) -> list[int]:
        """One after the other the best of what is left, where a need that was answered already counts less (xQuAD).

        Santos, Macdonald and Ounis: Exploiting Query Reformulations for Web Search Result Diversification, 2010.
        """
        chances = np.array([chance for _code, chance in self.needs] or [0.0])
        open_needs = np.ones(cover.shape[1])
        left = np.where(relevant, scores, -np.inf)
        variety, chosen = self.rules.variety, []
        for _ in range(min(limit, int(relevant.sum()))):
            gain = (1 - variety) * left + variety * (cover @ (chances * open_needs))
            row = int(np.argmax(gain))
            chosen.append(row)
            left[row] = -np.inf
            open_needs *= 1 - 0.7 * cover[row]
        return chosen

    def _age_fit(self, place: int) -> float:
        if not self.spans:
            return 0.0
        low, high = self.catalogue.ages_of[place]
        if low is None and high is None:
            return self.rules.unlimited_age
        whole = any((low or 0) <= first and (high is None or last <= high) for first, last in self.spans)
        return 1.0 if whole else self.rules.overlapping_age

    def _district_fit(self, place: int) -> float:
        if self.local >> place & 1:
            return 1.0
        return 0.7 if self.serving >> place & 1 else 0.0

    def _freshness(self, place: int) -> float:
        assured = self.catalogue.assured_of[place]
        if not assured:
            return 0.0
        return float(0.5 ** (max(0, self.today - assured) / self.rules.fresh_days))
