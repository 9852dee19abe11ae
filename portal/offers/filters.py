"""What a family has chosen, as it stands in the address. No database and no Flask here."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol

from portal.models.enums import LifePhase, LifeSituation

AGE_CHOICES = (0, 6, 12, 18, *range(24, 18 * 12 + 1, 12), 21 * 12)
"""The ages on offer, in months: half years up to two, then years."""

AGE_SPANS = dict(zip(AGE_CHOICES, (*(age - 1 for age in AGE_CHOICES[1:]), 27 * 12), strict=True))
"""The last month of each choice: who says "2 Jahre" has a child of 24 to 35 months."""

MAX_FILTER_AGE = 21 * 12
MAX_PAGE = 10_000


class Barrier(StrEnum):
    """What can stand between a family and an offer, and is not there."""

    FREE = "kostenlos"
    NO_REGISTRATION = "ohne-anmeldung"
    NO_GERMAN = "ohne-deutsch"
    STEP_FREE = "stufenlos"
    ACCOMPANIED = "mit-begleitung"
    REMOTE = "telefon-online"


_AGES = {str(age): age for age in range(MAX_FILTER_AGE + 1)}
_PHASES = {phase.value: phase for phase in LifePhase}
_SITUATIONS = {situation.value: situation for situation in LifeSituation}
_BARRIERS = {barrier.value: barrier for barrier in Barrier}


class MultiDict(Protocol):
    def getlist(self, key: str) -> list[str]: ...
    def keys(self) -> Iterable[str]: ...


@dataclass(frozen=True)
class Filters:
    """Within a group any choice fits (or), between groups all must fit (and); barriers must all be absent."""

    age: int | None = None
    """The child's age in whole months."""
    phase: LifePhase | None = None
    situations: tuple[LifeSituation, ...] = ()
    need: str | None = None
    district: str | None = None
    language: str | None = None
    barriers: tuple[Barrier, ...] = ()

    def __bool__(self) -> bool:
        return self != Filters()

    def to_args(self, **changes: Any) -> list[tuple[str, str]]:
        """The parameters of an address with these filters, after `changes`. Equal filters give equal addresses."""
        chosen = replace(self, **changes) if changes else self
        args: list[tuple[str, str]] = []
        if chosen.age is not None:
            args.append(("age", str(chosen.age)))
        args += [
            (name, value) for name in ("phase", "need", "district", "language") if (value := getattr(chosen, name))
        ]
        args += [("situation", situation.value) for situation in LifeSituation if situation in chosen.situations]
        args += [("barrier", barrier.value) for barrier in Barrier if barrier in chosen.barriers]
        return args

    def without(self, name: str, value: str) -> Filters:
        """These filters less one choice."""
        if name == "situation":
            return replace(self, situations=tuple(item for item in self.situations if item != value))
        if name == "barrier":
            return replace(self, barriers=tuple(item for item in self.barriers if item != value))
        return replace(self, **{name: None})  # type: ignore[arg-type]


@dataclass(frozen=True)
class ParsedFilters:
    filters: Filters
    page: int
    ignored: tuple[str, ...]
    """What the address asked for that does not exist, made safe to show."""


def parse_filters(
    args: MultiDict, *, needs: Collection[str], districts: Collection[str], languages: Collection[str]
) -> ParsedFilters:
    """Read an address. Nothing is an error: what is unknown is left out and named in `ignored`."""
    ignored: list[str] = []

    def known(name: str, allowed: Mapping[str, Any] | Collection[str]) -> list[Any]:
        found = []
        for raw in args.getlist(name)[:20]:
            if raw in allowed:
                value = allowed[raw] if isinstance(allowed, Mapping) else raw
                if value not in found:
                    found.append(value)
            elif raw.strip():
                ignored.append(printable(raw))
        return found

    def one(name: str, allowed: Mapping[str, Any] | Collection[str]) -> Any | None:
        values = known(name, allowed)
        ignored.extend(printable(str(extra)) for extra in values[1:])
        return values[0] if values else None

    filters = Filters(
        age=one("age", _AGES),
        phase=one("phase", _PHASES),
        situations=tuple(known("situation", _SITUATIONS)),
        need=one("need", needs),
        district=one("district", districts),
        language=one("language", languages),
        barriers=tuple(known("barrier", _BARRIERS)),
    )
    raw_page = next(iter(args.getlist("page")), "1")
    page = int(raw_page) if raw_page.isascii() and raw_page.isdigit() and len(raw_page) <= 5 else 1
    if raw_page and str(page) != raw_page:
        ignored.append(printable(raw_page))
    return ParsedFilters(filters, min(max(page, 1), MAX_PAGE), tuple(dict.fromkeys(ignored))[:5])


def printable(text: str, limit: int = 40) -> str:
    """Text of a stranger for showing: no control characters, no direction overrides, not longer than `limit`."""
    visible = "".join(" " if unicodedata.category(char).startswith(("C", "Z")) else char for char in text[: limit * 4])
    short = " ".join(visible.split())
    return short if len(short) <= limit else short[: limit - 1].rstrip() + "…"


def positions(masks: Sequence[int], start: int, count: int) -> list[int]:
    """The places of the set bits of several masks, one mask after the other, from the `start`-th on, at most `count`."""
    found: list[int] = []
    for mask in masks:
        size = mask.bit_count()
        if start >= size:
            start -= size
            continue
        bits = bin(mask)[:1:-1]
        place = -1
        for _ in range(start + 1):
            place = bits.find("1", place + 1)
        start = 0
        while place >= 0 and len(found) < count:
            found.append(place)
            place = bits.find("1", place + 1)
        if len(found) == count:
            break
    return found
