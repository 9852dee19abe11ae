"""The age of a child in what a parent typed: "3 Jahre", "fast 3", "10 monate", "2. klasse", "baby", in whole months."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from portal.models import MAX_AGE_MONTHS
from portal.search.lexicon import Lexicon
from portal.search.text import words

_HALF = "1½"
"""Stands for "and a half" where it was written as a number."""
_GLUED = re.compile(r"^(\d{1,3})([^\W\d]+)$")
_MAX_YEARS = 26
_LAST_MONTH_OF_PREGNANCY = 10
_OLDEST_BARE = 18
"""A bare number at the end of a line is an age up to here."""
_LAST_GRADE = 13
_NEARLY_MONTHS = 3
_DAYS_A_MONTH = 30.44

Span = tuple[int, int]
"""First and last month of age, both included."""


@dataclass(frozen=True)
class AgeFinding:
    spans: tuple[Span, ...] = ()
    """One for each child that was spoken of; none where no age was said."""
    pregnant: bool = False

    @property
    def whole(self) -> Span | None:
        """From the youngest to the oldest."""
        return (min(low for low, _ in self.spans), max(high for _, high in self.spans)) if self.spans else None


def tokens(folded: str) -> list[str]:
    """The words, with numbers and what is glued to them apart: "3j" is "3 j", "2,5" and "2 1/2" are "2 1½"."""
    text = re.sub(r"(\d)[.,]5(?=\D|$)", rf"\1 {_HALF} ", folded)
    text = re.sub(r"(?<=\d)\s*1[/⁄]2(?=\D|$)", f" {_HALF} ", text)
    found = []
    for word in re.findall(rf"{_HALF}|\w+", text):
        glued = _GLUED.match(word)
        found += [glued[1], glued[2]] if glued and word != _HALF else [word]
    return found


def find_ages(folded: str, lexicons: Sequence[Lexicon]) -> AgeFinding:
    """Ask one language after the other; the first that knows an age has it. `folded` is a text from fold()."""
    parts = tokens(folded)
    line = " ".join(words(folded))
    pregnant = any(lexicon.pregnant.find(line) for lexicon in lexicons)
    for lexicon in lexicons:
        if named := [lexicon.spans[number] for number in lexicon.counted_phrases.find(line)]:
            return AgeFinding(tuple(named[:1]), pregnant)
        spans = _Reader(lexicon, parts, pregnant, lexicons).spans()
        if spans:
            return AgeFinding(tuple(dict.fromkeys(spans)), pregnant)
    for lexicon in lexicons:
        if named := [lexicon.spans[number] for number in lexicon.age_phrases.find(line)]:
            return AgeFinding(tuple(named[:1]), pregnant)
    return AgeFinding((), pregnant)


class _Reader:
    """Reads numbers with what stands around them, in one language."""

    def __init__(self, lexicon: Lexicon, parts: list[str], pregnant: bool, lexicons: Sequence[Lexicon]) -> None:
        self.lexicons = lexicons
        self.lexicon, self.pregnant = lexicon, pregnant
        self.parts: list[str] = []
        self.compounds: set[int] = set()
        """Where a unit stands that was written as one word with its number: it says an age, never a duration."""
        for word in parts:
            self.parts += self._apart(word)
            if self.parts[-1] != word:
                self.compounds.add(len(self.parts) - 1)

    def _apart(self, word: str) -> list[str]:
        """ "zweijahrige" is "zwei jahrige"; every other word is itself."""
        if len(word) > 6 and word not in self.lexicon.unit_of:
            for number in self.lexicon.numbers:
                if word.startswith(number) and word[len(number) :] in self.lexicon.unit_of:
                    return [number, word[len(number) :]]
        return [word]

    def at(self, place: int) -> str:
        return self.parts[place] if 0 <= place < len(self.parts) else ""

    def number(self, place: int) -> int | None:
        part = self.at(place)
        if part.isascii() and part.isdigit():
            return int(part) if len(part) <= 3 else None
        return self.lexicon.numbers.get(part)

    def spans(self) -> list[Span]:
        found: list[Span] = []
        place = 0
        while place < len(self.parts):
            span, place = self._grade(place)
            if span is None:
                span, place = self._age(place)
            if span is not None:
                found.append(span)
            place += 1
        return found

    def _grade(self, place: int) -> tuple[Span | None, int]:
        """ "2. klasse", "2te klasse", "zweite klasse", "klasse 7": six or seven years old in the first."""
        lexicon = self.lexicon
        if self.at(place) in lexicon.grade:
            grade, end = self.number(place + 1), place + 1
            if grade is None:
                grade = lexicon.ordinals.get(self.at(place + 1))
            if self.at(place + 2) in lexicon.unit_of and self.at(place + 2) not in lexicon.grade:
                grade = None
        else:
            grade = lexicon.ordinals.get(self.at(place))
            end = place + 1
            if grade is None and (grade := self.number(place)) is not None and self.at(end) not in lexicon.grade:
                end = place + 2 if self.at(place + 1) in _NUMBER_ENDINGS else end
            if self.at(end) not in lexicon.grade:
                grade = None
        if grade is None or not 1 <= grade <= _LAST_GRADE:
            return None, place
        return ((grade + 5) * 12, (grade + 6) * 12 + 11), end

    def _age(self, place: int) -> tuple[Span | None, int]:
        number = self.number(place)
        if number is None:
            return None, place
        lexicon, end, other = self.lexicon, place + 1, None
        half = self.at(end) == _HALF or self.at(end) in lexicon.half
        if half:
            end += 1
        elif self.at(end) in lexicon.joins and self.at(end + 1) in lexicon.half:
            half, end = True, end + 2
        elif self.at(end + 1) in lexicon.half and len(self.at(end)) <= 2:
            # "2 с половиной".
            half, end = True, end + 2
        elif (second := self.number(end + 1)) is not None and (self.at(end) in lexicon.joins):
            other, end = second, end + 2
        elif (second := self.number(end)) is not None and self.at(end + 1) in lexicon.unit_of:
            # "3-4 jahre": the hyphen is gone.
            other, end = second, end + 1
        if self.at(end) in _NUMBER_ENDINGS and self.at(end + 1) in lexicon.unit_of:
            end += 1
        unit = lexicon.unit_of.get(self.at(end))
        if unit is not None and not half and self._half_after(end):
            half = True
        before = self.at(place - 1)
        nearly = self._before(place, lexicon.nearly) or (
            before in lexicon.before and self._before(place - 1, lexicon.nearly)
        )
        if unit is None:
            # At the end of a line stands the age: "ritzt sich die arme 13".
            last = (
                end == len(self.parts) > 1
                and (place == 0 or len(before) > 1)
                and before not in _NUMBERED | lexicon.grade
                and not before.endswith(_STREETS)
            )
            named = before in lexicon.before or before in lexicon.child
            oldest = _MAX_YEARS if named else _OLDEST_BARE
            if not (named or nearly or last) or not 0 < number <= oldest or self._counts_something(end):
                return None, place
            unit, end = "years", end - 1
        elif end not in self.compounds and self._lasts(place, end):
            return None, end
        elif unit == "days" and not ({before, self.at(end + 1)} & (lexicon.before | _OLD)):
            # "Three days" is mostly how long a trip lasts.
            return None, end
        elif (
            unit == "months"
            and self.pregnant
            and number <= _LAST_MONTH_OF_PREGNANCY
            and not (before in lexicon.child or self.at(end + 1) in _OLD)
        ):
            return None, end
        numbers = [number] if other is None else [number, other]
        spans = [span for value in numbers if (span := self._span(value, unit, half, nearly)) is not None]
        if not spans:
            return None, end
        return (min(low for low, _ in spans), max(high for _, high in spans)), end

    def _before(self, place: int, phrases: frozenset[str]) -> bool:
        """Whether one of these phrases of up to three words ends right before `place`."""
        return any(" ".join(self.parts[max(0, place - size) : place]) in phrases for size in (1, 2, 3))

    def _lasts(self, place: int, end: int) -> bool:
        """Whether what stands around number and unit makes a duration of them, in any language that knows the unit."""
        unit = self.at(end)
        if _YEARS_OLD.match(unit) or self.at(end + 1) in _OLD:
            return False
        after = [" ".join(self.parts[end + 1 : end + 1 + size]) for size in (1, 2, 3)]
        return any(
            self._before(place, lexicon.duration) or any(phrase in lexicon.duration_after for phrase in after)
            for lexicon in self.lexicons
            if unit in lexicon.unit_of
        )

    def _half_after(self, end: int) -> bool:
        """ "2 years and a half", "2 سنوات ونصف"."""
        near = (self.at(end + 1), self.at(end + 2), self.at(end + 3))
        return near[0] in self.lexicon.half or (near[0] in self.lexicon.joins and bool({*near[1:]} & self.lexicon.half))

    def _counts_something(self, end: int) -> bool:
        """Whether a bare number counts what follows it: "sohn 3 mal", "kind 50 euro"."""
        return self.at(end) in _COUNTED

    def _span(self, number: int, unit: str, half: bool, nearly: bool) -> Span | None:
        if unit == "years":
            if number > _MAX_YEARS:
                return None
            low = number * 12 + (6 if half else 0)
            return (max(0, low - _NEARLY_MONTHS), low) if nearly else (low, low + (5 if half else 11))
        if unit == "weeks" and (self.pregnant or any(each.pregnancy_week & set(self.parts) for each in self.lexicons)):
            return None
        months = {"months": number, "weeks": int(number * 7 / _DAYS_A_MONTH), "days": int(number / _DAYS_A_MONTH)}[unit]
        if months > 48:
            return None
        low = max(0, months - 1) if nearly else months
        return low, min(months, MAX_AGE_MONTHS)


_COUNTED = frozenset(
    """
    euro eur mal x uhr kinder kind prozent km stunden std minuten min tage times kids children hours euros gun kez kere saat
    gundur haftadir aydir yildir senedir hafta sene defa tane kisi ders saattir cocuk
    мал раз рази разів годин годину часов часа дітей детей евро євро مره مرات ساعه ساعات يورو اطفال
    """.split()
)
"""What a bare number counts when it is no age; in any language, they do not clash."""
_OLD = frozenset("alt alte alter altes altem alten old olds lik gunluk".split())
_NUMBERED = frozenset(
    """
    linie nr nummer gleis stufe teil kapitel grosse line no number level paragraph sgb hartz pflegegrad grad typ type tip
    steuerklasse phase gta fifa ps iphone covid corona windows fsk usk bus zimmer haus room von sind mit of with are we
    season stage band woche kw u j typ тип ступень степень ступінь айфон seviye
    """.split()
)
"""What has a number of its own."""
_STREETS = ("str", "strasse", "weg", "allee", "gasse")
_YEARS_OLD = re.compile("ja?e?hrig|летн|річн")
"""Says an age, never a duration: "für 4 jährige"."""
_NUMBER_ENDINGS = frozenset(
    "inci nci uncu ncu incu unci te ter ten th st nd rd er ти тi ті х й ый ий ой го му ми и ох".split()
)
"""What is written onto a number ("5ти лет", "2te")."""
