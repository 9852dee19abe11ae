"""The words of search/understanding/<lang>.yaml: ages, wishes, languages and the patterns of a crisis, one file a language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from portal.content.schema import ContentError, Slug, Strict, read
from portal.offers.filters import Barrier
from portal.search.script import scripts
from portal.search.text import fold, words

Months = Annotated[int, Meta(ge=0, le=324)]


class Units(Strict):
    years: list[str]
    months: list[str]
    weeks: list[str]
    days: list[str]


class AgeWords(Strict):
    words: list[str]
    months: tuple[Months, Months]


class Ages(Strict):
    numbers: dict[str, int]
    ordinals: dict[str, int]
    units: Units
    before: list[str]
    nearly: list[str]
    half: list[str]
    duration: list[str]
    duration_after: list[str]
    grade: list[str]
    words: list[AgeWords]
    pregnant: list[str]
    child: list[str] = []
    """Words right before a bare number that make it the age of a child: "sohn 12"."""
    joins: list[str] = []
    """Words between two numbers with one unit: "3 und 5 jahre"."""
    pregnancy_week: list[str] = []
    """Words that make a number of weeks one of a pregnancy: "12 ssw"."""


class CrisisPatterns(Strict):
    situation: Slug
    """Of content/emergency.<lang>.yaml: which numbers are shown."""
    patterns: list[str]
    examples: list[str]


class Crisis(Strict):
    harmless: list[str]
    acute: list[CrisisPatterns]
    hint: list[CrisisPatterns]
    not_acute: list[str]


class LexiconFile(Strict):
    age: Ages
    barriers: dict[Barrier, list[str]]
    languages: dict[str, list[str]]
    crisis: Crisis
    place: list[str] = []
    """Words right before the name of a place; a short name needs one."""


class Phrases:
    """Finds phrases of whole words; where several begin at the same word, the longest.

    A single word of at least `beginnings` letters is also found as the beginning of a longer one.
    """

    def __init__(self, phrases: Iterable[tuple[str, str]], *, beginnings: int = 1000) -> None:
        self._values = {" ".join(words(fold(phrase))): value for phrase, value in phrases}
        self._values.pop("", None)
        self._lengths: dict[str, list[int]] = {}
        for phrase in self._values:
            parts = phrase.split()
            self._lengths.setdefault(parts[0], []).append(len(parts))
        for lengths in self._lengths.values():
            lengths.sort(reverse=True)
        self._beginnings = tuple(phrase for phrase in self._values if " " not in phrase and len(phrase) >= beginnings)

    def find(self, text: str) -> list[str]:
        """The values of the phrases in a text of single-spaced words, each once, in order."""
        parts, place = text.split(), 0
        found: dict[str, None] = {}
        while place < len(parts):
            size = self._at(parts, place)
            if size:
                found[self._values[" ".join(parts[place : place + size])]] = None
            elif self._beginnings and parts[place].startswith(self._beginnings):
                begins = max((one for one in self._beginnings if parts[place].startswith(one)), key=len)
                found[self._values[begins]] = None
            place += max(1, size)
        return list(found)

    def _at(self, parts: list[str], place: int) -> int:
        """How many words the longest phrase has that begins here; 0 where none does."""
        for size in self._lengths.get(parts[place], ()):
            if " ".join(parts[place : place + size]) in self._values:
                return size
        return 0


@dataclass(frozen=True)
class Pattern:
    """A regular expression of a crisis, with the scripts it is written in: a text in none of them need not be searched."""

    pattern: re.Pattern[str]
    scripts: frozenset[str]
    situation: str = ""

    @classmethod
    def of(cls, text: str, where: str, situation: str = "") -> Pattern:
        try:
            return cls(re.compile(text), scripts(re.sub(r"\\[a-zA-Z]|\?[a-zA-Z]<", "", text)), situation)
        except re.error as error:
            raise ContentError(f"{where}: the pattern {text!r} is wrong: {error}") from error


@dataclass(frozen=True)
class PatternSet:
    harmless: list[Pattern]
    acute: list[Pattern]
    hint: list[Pattern]


class Lexicon:
    """One language, compiled."""

    def __init__(self, lang: str, file: LexiconFile, where: str) -> None:
        self.lang = lang
        self.file = file
        ages = file.age
        self.unit_of = {
            word: unit
            for unit in ("years", "months", "weeks", "days")
            for phrase in getattr(ages.units, unit)
            for word in words(fold(phrase))
            if " " not in fold(phrase).strip()
        }
        self.numbers = {fold(word): value for word, value in ages.numbers.items()}
        self.ordinals = {fold(word): value for word, value in ages.ordinals.items()}
        self.before, self.nearly, self.half = (_folded(some) for some in (ages.before, ages.nearly, ages.half))
        self.duration, self.duration_after = _folded(ages.duration), _folded(ages.duration_after)
        self.grade, self.child, self.joins = _folded(ages.grade), _folded(ages.child), _folded(ages.joins)
        self.pregnancy_week, self.place = _folded(ages.pregnancy_week), _folded(file.place)
        self.spans = {f"{number}": entry.months for number, entry in enumerate(ages.words)}
        self.age_phrases = Phrases((phrase, f"{n}") for n, entry in enumerate(ages.words) for phrase in entry.words)
        self.counted_phrases = Phrases(
            (phrase, f"{n}")
            for n, entry in enumerate(ages.words)
            for phrase in entry.words
            if (parts := words(fold(phrase)))
            and any(part.isdigit() or part in self.numbers for part in parts)
            and (parts[0] in self.unit_of or parts[0] in _UNDER)
        )
        """Those with a number in them: "unter 3" is no child of three."""
        self.pregnant = Phrases(((phrase, "pregnant") for phrase in ages.pregnant), beginnings=7)
        self.barriers = Phrases((phrase, barrier.value) for barrier, some in file.barriers.items() for phrase in some)
        self.languages = Phrases((phrase, code) for code, some in file.languages.items() for phrase in some)
        self._by_scripts: dict[frozenset[str], PatternSet] = {}
        self.harmless = [Pattern.of(pattern, where) for pattern in file.crisis.harmless]
        self.acute = [Pattern.of(p, where, e.situation) for e in file.crisis.acute for p in e.patterns]
        self.hint = [Pattern.of(p, where, e.situation) for e in file.crisis.hint for p in e.patterns]

    def written_in(self, written: frozenset[str]) -> PatternSet:
        """The patterns that can match a text in these scripts."""
        found = self._by_scripts.get(written)
        if found is None:
            found = self._by_scripts[written] = PatternSet(
                *(
                    [entry for entry in some if entry.scripts & written]
                    for some in (self.harmless, self.acute, self.hint)
                )
            )
        return found


_UNDER = frozenset("unter under uber ueber over".split())


def _folded(some: Iterable[str]) -> frozenset[str]:
    return frozenset(" ".join(words(fold(word))) for word in some)


def read_lexicons(folder: Path) -> dict[str, Lexicon]:
    """All languages by code. Raises ContentError with the file that does not fit."""
    found = {}
    for path in sorted(folder.glob("*.yaml")):
        found[path.stem] = Lexicon(path.stem, read(path, LexiconFile), str(path))
    return found
