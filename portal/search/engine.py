"""What a search engine is to the portal: it keeps documents, and finds offers by words among those that fit the filters.

Two engines do it, portal.search.embedded and portal.search.meili. Both get the same documents and the same queries;
portal.search.ranking makes one order of what they find.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from msgspec import Struct

from portal.offers.filters import AGE_CHOICES, AGE_SPANS

EVERYWHERE = "*"
"""The district of what is meant for the whole Kommune."""
NO_DATE = 0
FAR_DATE = 9_999_999
"""Days as numbers (date.toordinal): before all, after all."""


class EngineError(Exception):
    """The engine has not answered, or not with what was asked for. The message says which, never what was searched."""


class Document(Struct, frozen=True):
    """One offer in one language, as engines keep it."""

    offer_id: int
    lang: str
    title: str
    summary: str
    description: str
    organization: str
    place: str
    need_words: str
    """Labels, questions and official terms of its needs."""
    needs: list[str]
    life_situations: list[str]
    life_phases: list[str]
    districts: list[str]
    """Slugs of all districts in which it counts; EVERYWHERE for the whole Kommune."""
    barriers: list[str]
    languages: list[str]
    min_age: int
    max_age: int
    """In months, both included; 0 and 324 where there is no limit."""
    valid_from: int
    valid_to: int
    freshness: int
    """The day on which somebody last made sure that all of it is right; NO_DATE where nobody has."""

    @property
    def key(self) -> str:
        return f"{self.offer_id}-{self.lang}"


@dataclass(frozen=True, kw_only=True)
class Query:
    """Words, and what an offer must be. Within a filter any value fits, except barriers: none of them may stand in the way."""

    text: str
    lang: str
    today: date
    spans: tuple[tuple[int, int], ...] = ()
    """Ages in months, first and last; an offer that takes one of them fits."""
    needs: tuple[str, ...] = ()
    life_situations: tuple[str, ...] = ()
    life_phase: str | None = None
    district: str | None = None
    barriers: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    limit: int = 40
    typing: bool = False
    """The last word may not be finished yet."""

    @property
    def langs(self) -> tuple[str, ...]:
        """The reader's language, then German: names and German office words are typed in every language."""
        return (self.lang,) if self.lang == "de" else (self.lang, "de")


@dataclass(frozen=True)
class Hit:
    offer_id: int
    score: float
    """How well the words fit, 0–1; 1 where every word of weight is in the title."""


class Engine(Protocol):
    name: str

    def search(self, query: Query) -> list[Hit]:
        """The best offers, each once. Raises EngineError."""
        ...

    def position(self) -> int | None:
        """Up to which version of the catalogue the index has been told of changes; None where there is none (yet).

        Raises EngineError.
        """
        ...

    def update(self, offer_ids: Sequence[int], documents: Sequence[Document], position: int) -> None:
        """Replace all documents of these offers by `documents`, and be at `position`, both or neither. Raises EngineError."""
        ...

    def rebuild(self, batches: Iterable[Sequence[Document]], position: int) -> None:
        """Make a new index and put it in the place of the old one at once. Raises EngineError."""
        ...

    def stored(self) -> dict[str, str]:
        """Of every document its fingerprint, by key. Raises EngineError."""
        ...


def ages_reached(low: int, high: int) -> list[int]:
    """The AGE_CHOICES whose span touches the ages from `low` to `high`."""
    return [age for age in AGE_CHOICES if age <= high and AGE_SPANS[age] >= low]
