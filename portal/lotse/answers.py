"""Answers: what they may be, how a form sends them, how the token holds them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from portal.lotse.schema import Question, QuestionKind

DONT_KNOW, SKIPPED = "?", "-"
"""How "Weiß ich nicht" and "Überspringen" are sent and kept. To the rules both are an answer that is not known."""
MAX_CHILDREN = 12
YES, NO = "ja", "nein"
FIRST_MONTH, LAST_MONTH = -9, 27 * 12
"""Months of age, before birth included."""


class AnswerError(Exception):
    """What was sent is no answer to this question. `reason` names the sentence that the page shows."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, order=True)
class Child:
    """A child: where it is in the day ("" where that is not known), and between which months its age is."""

    place: str
    low: int
    high: int

    @property
    def key(self) -> str:
        return f"{self.place}:{self.low}:{self.high}"


@dataclass(frozen=True, order=True)
class Month:
    year: int
    month: int

    @property
    def key(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def first_day(self) -> date:
        return date(self.year, self.month, 1)

    def months_after(self, day: date) -> int:
        return (self.year - day.year) * 12 + self.month - day.month


def month_of(day: date, later: int = 0) -> Month:
    """The month `later` months after the one of `day`."""
    year, month = divmod(day.year * 12 + day.month - 1 + later, 12)
    return Month(year, month + 1)


Value = Child | Month | str | tuple[str, ...] | tuple[Child, ...] | None
"""None: not known. A string is an option or the slug of a district."""

Raw = str | list[str]
"""How the token holds an answer."""


def options_of(value: Value) -> set[str]:
    if isinstance(value, str):
        return {value}
    return {one for one in value if isinstance(one, str)} if isinstance(value, tuple) else set()


_CHILD = re.compile(r"([a-z0-9_]*):(-?\d{1,3}):(-?\d{1,3})")
_MONTH = re.compile(r"(\d{4})-(\d{2})")


def read_child(raw: str) -> Child:
    """Raises AnswerError."""
    found = _CHILD.fullmatch(raw)
    if not found:
        raise AnswerError("unknown_answer")
    low, high = int(found[2]), int(found[3])
    if not FIRST_MONTH <= low <= high <= LAST_MONTH:
        raise AnswerError("age")
    return Child(found[1], low, high)


def read_month(raw: str) -> Month:
    """Raises AnswerError."""
    found = _MONTH.fullmatch(raw)
    if not found or not 1 <= int(found[2]) <= 12 or not 2000 <= int(found[1]) <= 2200:
        raise AnswerError("month")
    return Month(int(found[1]), int(found[2]))


def read_value(question: Question, raw: Raw) -> Value:
    """What the token holds, as the rules see it. Raises AnswerError where it does not fit the question any more."""
    if raw in (DONT_KNOW, SKIPPED):
        return None
    if question.kind is QuestionKind.CHILDREN:
        if isinstance(raw, str) or not raw or len(raw) > MAX_CHILDREN:
            raise AnswerError("unknown_answer")
        children = tuple(read_child(one) for one in raw)
        if not {child.place for child in children} <= {"", *(group.id for group in question.groups)}:
            raise AnswerError("unknown_answer")
        return children
    if question.kind is QuestionKind.SEVERAL:
        known = {option.id for option in question.options}
        if isinstance(raw, str) or not raw or not set(raw) <= known:
            raise AnswerError("unknown_answer")
        return tuple(sorted(set(raw)))
    if not isinstance(raw, str):
        raise AnswerError("unknown_answer")
    if question.kind is QuestionKind.AGE:
        return read_child(raw)
    if question.kind is QuestionKind.MONTH:
        return read_month(raw)
    if question.kind is QuestionKind.YES_NO and raw not in (YES, NO):
        raise AnswerError("unknown_answer")
    if question.kind is QuestionKind.CHOICE and raw not in {option.id for option in question.options}:
        raise AnswerError("unknown_answer")
    return raw


def offered_children(question: Question) -> dict[str, list[Child]]:
    """The ages that can be tapped, by group."""
    offered: dict[str, list[Child]] = {}
    for group in question.groups:
        spans: list[tuple[int, int]] = []
        if group.months:
            spans += [(month, month) for month in range(group.months[0], group.months[1] + 1)]
        if group.years:
            spans += [(year * 12, year * 12 + 11) for year in range(group.years[0], group.years[1] + 1)]
        spans += group.spans
        place = group.id if question.kind is QuestionKind.CHILDREN else ""
        offered[group.id] = [Child(place, low, high) for low, high in sorted(spans)]
    return offered


def offered_months(question: Question, as_of: date) -> list[Month]:
    return [month_of(as_of, later) for later in range(question.months)]


def check_offered(
    question: Question, sent: Iterable[str], *, options: Iterable[str], districts: Iterable[str], as_of: date
) -> Raw:
    """What a form sent for one question, as the token keeps it. Only what was offered is an answer.

    `options` are those that can be chosen now. Raises AnswerError; its reason is a key of the page's sentences.
    """
    values = [value for value in sent if value]
    if not values:
        raise AnswerError("nothing")
    if values[0] in (DONT_KNOW, SKIPPED):
        return values[0]
    if question.kind is QuestionKind.SEVERAL:
        allowed = set(options)
        if not set(values) <= allowed:
            raise AnswerError("unknown_answer")
        alone = [option.id for option in question.options if option.alone and option.id in values]
        if alone and len(set(values)) > 1:
            raise AnswerError("not_both")
        return sorted(set(values))
    value = values[0]
    if question.kind in (QuestionKind.AGE, QuestionKind.CHILDREN):
        child = read_child(value)
        if child not in {each for group in offered_children(question).values() for each in group}:
            raise AnswerError("age")
        return child.key
    if question.kind is QuestionKind.MONTH:
        month = read_month(value)
        if month not in offered_months(question, as_of):
            raise AnswerError("month")
        return month.key
    allowed = {
        QuestionKind.YES_NO: {YES, NO},
        QuestionKind.DISTRICT: set(districts),
        QuestionKind.CHOICE: set(options),
    }[question.kind]
    if value not in allowed:
        raise AnswerError("unknown_answer")
    return value
