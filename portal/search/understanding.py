"""From one line in a parent's own words: ages, needs, district, wishes, languages, and whether it is a crisis.

No Flask and no database: what depends on the Kommune (its districts, its needs) is handed in.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from msgspec import Meta
from rapidfuzz import fuzz

from portal.content.schema import Strict, read
from portal.offers.filters import Barrier
from portal.search.ages import AgeFinding, find_ages
from portal.search.crisis import Crisis, find_crisis, judge
from portal.search.features import plain
from portal.search.lexicon import Lexicon, read_lexicons
from portal.search.model import NeedModel
from portal.search.script import latin
from portal.search.text import fold, words

Share = Annotated[float, Meta(ge=0, le=1)]


class Thresholds(Strict):
    """search/thresholds.yaml: from which probability on something is believed. The file says how they were found."""

    need: Share
    """A need below it is not mentioned."""
    beside: Share
    """Nor one that is less probable than this part of the most probable one."""
    none: Share
    """Above it, the line speaks of no need."""
    crisis_acute: Share
    crisis_hint: Share
    crisis_need: Share
    """So probable the needs of `near_crisis` together must be, for a hint, and for the model to be believed."""
    near_crisis: list[str]
    outside_age: Share
    """What the probability of a need is multiplied with where the child is not of its typical age."""


@dataclass(frozen=True)
class Place:
    """A district as it may be named."""

    slug: str
    name: str


@dataclass(frozen=True)
class NeedAges:
    """The typical ages of a need, in months; None where it is not bound to an age."""

    low: int | None
    high: int | None

    def fits(self, ages: AgeFinding) -> bool:
        return not ages.spans or any(
            (self.low is None or high >= self.low) and (self.high is None or low <= self.high)
            for low, high in ages.spans
        )


@dataclass(frozen=True)
class Understood:
    """What was found in a line. Each finding can be taken away by its key (`without`)."""

    ages: AgeFinding = field(default_factory=AgeFinding)
    needs: list[tuple[str, float]] = field(default_factory=list)
    """Codes with their probability, the best first; empty where the line speaks of no need."""
    district: str | None = None
    barriers: tuple[Barrier, ...] = ()
    languages: tuple[str, ...] = ()
    """BCP 47: languages that somebody there should speak."""
    crisis: Crisis | None = None

    def chips(self) -> list[str]:
        """The findings that are shown as chips, as keys: "age", "pregnant", "need:…", "district", "barrier:…", "language:…"."""
        found = ["age"] if self.ages.spans else []
        found += ["pregnant"] if self.ages.pregnant else []
        found += [f"need:{code}" for code, _chance in self.needs]
        found += ["district"] if self.district else []
        found += [f"barrier:{barrier}" for barrier in self.barriers]
        return found + [f"language:{code}" for code in self.languages]


class Understanding:
    """Reads lines. Made once from the files; asking it changes nothing."""

    def __init__(
        self,
        lexicons: Mapping[str, Lexicon],
        model: NeedModel,
        thresholds: Thresholds,
        stop_words: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        self.lexicons, self.model, self.thresholds = dict(lexicons), model, thresholds
        self.stop_words = dict(stop_words or {})
        self._stop_words = {lang: frozenset(map(fold, some)) for lang, some in (stop_words or {}).items()}

    @classmethod
    def load(cls, folder: Path, model: NeedModel) -> Understanding:
        """From the folder `search/`. Raises ContentError."""
        return cls(
            read_lexicons(folder / "understanding"),
            model,
            read(folder / "thresholds.yaml", Thresholds),
            read(folder / "stop_words.yaml", dict[str, list[str]]),
        )

    def _says_enough(self, asked: list[str]) -> bool:
        """Whether the model can be believed: "my" or "mein mann" is how many lines begin that are no crisis."""
        told = [word for word in asked if not any(word in some for some in self._stop_words.values())]
        return len(asked) >= 3 and len(told) >= 2

    def _spoken(self, asked: list[str], lang: str, order: list[Lexicon]) -> list[Lexicon]:
        """The languages whose patterns of a crisis are looked for: all, unless it is clear which one the line is in.

        It is clear where it has two or more of the small words of one language; then the languages of which it has none are
        left out, but the reader's and German never.
        """
        small = {code: sum(word in some for word in asked) for code, some in self._stop_words.items()}
        if max(small.values(), default=0) < 2:
            return order
        return [lexicon for lexicon in order if lexicon.lang in (lang, "de") or small.get(lexicon.lang, 1)]

    def understand(
        self,
        text: str,
        lang: str,
        *,
        places: Iterable[Place] = (),
        needs: Mapping[str, NeedAges] | None = None,
        without: Collection[str] = (),
    ) -> Understood:
        """What `text` says. `lang` is asked first, the others after it: people write in the language they think in.

        `needs` are the needs that exist, with their typical ages (None: all that the model knows); `without` are keys
        of findings that the reader has taken away.
        """
        # Folded, "ü3" (over three) and "u3" (under three) would be the same.
        folded = fold(_OVER.sub(r"über \1", text))[:_LONGEST]
        order = [self.lexicons[lang]] if lang in self.lexicons else []
        order += [lexicon for code, lexicon in self.lexicons.items() if code != lang]
        line = " ".join(words(folded))
        ages = find_ages(folded, order)
        if "age" in without:
            ages = AgeFinding((), ages.pregnant)
        if "pregnant" in without:
            ages = AgeFinding(ages.spans, False)
        guess = self.model.guess(text)
        ranked = self._needs(guess.needs, guess.none, ages, needs, without)
        sure = self._says_enough(line.split())
        crisis = judge(
            find_crisis(folded, self._spoken(line.split(), lang, order)),
            acute=guess.acute if sure else 0.0,
            hint=guess.hint if sure else 0.0,
            needs=guess.needs if sure else [],
            thresholds={
                "acute": self.thresholds.crisis_acute,
                "hint": self.thresholds.crisis_hint,
                "need": self.thresholds.crisis_need,
            },
            near=self.thresholds.near_crisis,
        )
        barriers = dict.fromkeys(value for lexicon in order for value in lexicon.barriers.find(line))
        languages = dict.fromkeys(value for lexicon in order for value in lexicon.languages.find(line))
        return Understood(
            ages=ages,
            needs=ranked,
            district=None if "district" in without else find_place(folded, places, order),
            barriers=tuple(Barrier(value) for value in barriers if f"barrier:{value}" not in without),
            languages=tuple(code for code in languages if f"language:{code}" not in without),
            crisis=crisis,
        )

    def _needs(
        self,
        guessed: list[tuple[str, float]],
        none: float,
        ages: AgeFinding,
        known: Mapping[str, NeedAges] | None,
        without: Collection[str],
    ) -> list[tuple[str, float]]:
        chances = {}
        for code, chance in guessed:
            if (known is not None and code not in known) or f"need:{code}" in without:
                continue
            if known is not None and not known[code].fits(ages):
                chance *= self.thresholds.outside_age
            chances[code] = chance
        if none >= self.thresholds.none:
            return []
        ranked = sorted(((code, chance) for code, chance in chances.items()), key=lambda pair: -pair[1])
        if not ranked:
            return []
        least = max(self.thresholds.need, self.thresholds.beside * ranked[0][1])
        return [(code, round(chance, 4)) for code, chance in ranked if chance >= least][:_MOST_NEEDS]


_OVER = re.compile(r"(?<!\w)[üÜ]\s?(\d)")
_MOST_NEEDS = 6
_LONGEST = 400
"""Characters, folded: some single ones become eighteen."""
_SHORT_NAME = 5
_LONG_NAME = 6
"""Shorter names are not found where they are misspelt: "zu hause" is not the district Hausen."""
_TIMES = frozenset(
    "der des von januar februar marz maerz april mai juni juli august september oktober november dezember jahr monat".split()
)
_ARABIC_PREFIXES = ("وبال", "بال", "وال", "عال", "لل", "ال")
_ALIKE = 86


def find_place(folded: str, places: Iterable[Place], lexicons: Iterable[Lexicon]) -> str | None:
    """The slug of the district that is named: whole, with an ending ("nordstadtta"), misspelt, or in another script."""
    asked = words(plain(folded))
    before = frozenset(word for lexicon in lexicons for word in lexicon.place)
    best: tuple[float, str] | None = None
    for place in places:
        name = words(plain(place.name))
        for start in range(len(asked) - len(name) + 1):
            window = asked[start : start + len(name)]
            likeness = min(_likeness(one, other) for one, other in zip(window, name, strict=True))
            if len(name) == 1 and len(name[0]) <= _SHORT_NAME and not _is_meant(asked, start, before, likeness):
                continue
            if likeness < 95 and any(len(each) < _LONG_NAME for each in name if each not in window):
                continue
            if likeness >= _ALIKE and (best is None or likeness > best[0]):
                best = (likeness, place.slug)
    return best[1] if best else None


def _is_meant(asked: list[str], start: int, before: frozenset[str], likeness: float) -> bool:
    """Whether a short name is one, and not a word of every day ("mitte des monats"): alone, after "in", or at the end."""
    if likeness < 100 or (start + 1 < len(asked) and asked[start + 1] in _TIMES):
        return False
    return len(asked) == 1 or (start > 0 and (asked[start - 1] in before or start == len(asked) - 1))


def _likeness(word: str, name: str) -> float:
    """0–100. A name may carry an ending of the sentence's language, or an Arabic "in the" before it."""
    if word == name:
        return 100.0
    if len(name) <= _SHORT_NAME:
        return 0.0
    if word.isascii():
        alike = fuzz.ratio(word, name) if abs(len(word) - len(name)) <= 3 else 0.0
        return 95.0 if word.startswith(name) and len(word) - len(name) <= 4 else alike
    # In another script only the consonants are sure, and endings are many.
    heard, written = (re.sub(r"[aeiouyj_]|(?<=s)ch", "", each) for each in (_without_prefix(word), name))
    if len(written) < 4 or not heard:
        return 0.0
    return 90.0 if heard.startswith(written) and len(heard) - len(written) <= 2 else fuzz.ratio(heard, written) - 5


def _without_prefix(word: str) -> str:
    prefix = next((each for each in _ARABIC_PREFIXES if word.startswith(each) and len(word) - len(each) > 3), "")
    return latin(word.removeprefix(prefix))
