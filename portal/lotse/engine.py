"""From answers to the next question, and from all answers to the plan. Pure: no Flask, no database, no clock.

The path is computed anew from all answers each time; nothing remembers where somebody was. An answer that the path does
not come by stays in the token and counts for nothing: who changes an early answer back finds the later ones again.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from portal.lotse.answers import (
    AnswerError,
    Child,
    Month,
    Raw,
    Value,
    month_of,
    options_of,
    read_child,
    read_value,
)
from portal.lotse.conditions import Scope, holds
from portal.lotse.schema import (
    DateRule,
    DocumentRule,
    Entitlement,
    FlowFile,
    LineRule,
    OfferRule,
    Option,
    Question,
    QuestionKind,
    Step,
    Verdict,
)


@dataclass(frozen=True)
class Asked:
    """A question on the path with its answer."""

    question: Question
    options: list[Option]
    """Those that can be chosen, as things stand."""
    raw: Raw | None
    """None: not answered yet."""
    value: Value = None


@dataclass(frozen=True)
class Path:
    answered: list[Asked]
    """In the order in which they were asked, up to the open one."""
    open: Asked | None
    """What to ask next; None where the plan is ready."""
    scope: Scope
    crisis: str | None = None
    """The situation of content/emergency.<lang>.yaml that an answer names."""
    later: list[Asked] = field(default_factory=list)
    """While an early answer is changed: those after it, as they stand."""


def find_path(flow: FlowFile, answers: Mapping[str, Raw], *, as_of: date, land: str | None, at: str = "") -> Path:
    """Walk through the questions with these answers. `at` is a question that is to be asked again."""
    known: dict[str, Value] = {}
    scope = Scope(known, as_of, land, flow.conditions)
    answered: list[Asked] = []
    later: list[Asked] = []
    open_one: Asked | None = None
    for question in flow.questions:
        if not holds(question.ask_if, scope):
            continue
        options = [option for option in question.options if holds(option.when, scope)]
        asked = _ask(question, options, answers)
        if asked.raw is None:
            if open_one is None:
                open_one = asked
            break
        known[question.id] = asked.value
        if open_one is not None:
            later.append(asked)
        elif question.id == at:
            open_one = asked
        else:
            answered.append(asked)
            if crisis := _crisis(asked):
                return Path(answered, None, scope, crisis)
    # Help does not go away while an answer is changed.
    told = next((crisis for each in ([open_one] if open_one else []) + later if (crisis := _crisis(each))), None)
    if open_one is not None:
        known.pop(open_one.question.id, None)
        for asked in later:
            known.pop(asked.question.id, None)
    return Path(answered, open_one, scope, told, later)


def _ask(question: Question, options: list[Option], answers: Mapping[str, Raw]) -> Asked:
    raw = answers.get(question.id)
    if raw is None:
        raw = _taken(question, answers)
    if raw is None:
        return Asked(question, options, None)
    try:
        value = read_value(question, raw)
    except AnswerError:
        return Asked(question, options, None)
    if question.kind in (QuestionKind.CHOICE, QuestionKind.SEVERAL):
        offered = {option.id for option in options}
        if not options_of(value) <= offered:
            return Asked(question, options, None)
    return Asked(question, options, raw, value)


def _taken(question: Question, answers: Mapping[str, Raw]) -> Raw | None:
    """An answer that another flow has: the age of the only child, or the child whose age is known."""
    for other in question.takes:
        raw = answers.get(other)
        if raw is None:
            continue
        try:
            children = [read_child(one) for one in ([raw] if isinstance(raw, str) else raw)]
        except AnswerError:
            continue
        if question.kind is QuestionKind.AGE and len(children) == 1:
            return Child("", children[0].low, children[0].high).key
        if question.kind is QuestionKind.CHILDREN and all(child.low >= 0 for child in children):
            return [child.key for child in children]
    return None


def _crisis(asked: Asked) -> str | None:
    chosen = options_of(asked.value)
    return next((option.crisis for option in asked.options if option.crisis and option.id in chosen), None)


# --- the plan -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Judged:
    """What one child, or the family, gets."""

    entitlement: Entitlement
    child: Child | None
    verdict: Verdict
    reason: str
    wanted: bool
    lines: list[LineRule]
    documents: list[str]
    offers: list[OfferRule]


@dataclass(frozen=True)
class PlannedDate:
    """`first` to `last`; where only the month is meant, `first` is its first day."""

    text: str
    first: date
    last: date
    month_only: bool
    passed: bool = False


@dataclass(frozen=True)
class PlannedStep:
    step: Step
    place: str | None
    lines: list[LineRule]
    documents: list[str]
    dates: list[PlannedDate]
    offers: list[OfferRule]


@dataclass(frozen=True)
class Plan:
    judged: list[Judged]
    steps: list[PlannedStep]


def make_plan(flow: FlowFile, path: Path) -> Plan:
    """All that the flow has to say to these answers."""
    scope = path.scope.final()
    judged = [each for item in flow.entitlements for each in _judge_all(item, scope)]
    steps = [_plan_step(step, scope) for step in flow.steps if holds(step.when, scope)]
    return Plan(judged, steps)


def _judge_all(item: Entitlement, scope: Scope) -> Iterable[Judged]:
    if item.for_each is None:
        yield from _judge(item, scope, None)
        return
    children = scope.answers.get(item.for_each)
    # Twins are told once: they get the same.
    for child in dict.fromkeys(children) if isinstance(children, tuple) else ():
        if isinstance(child, Child):
            yield from _judge(item, scope.with_child(child), child)


def _judge(item: Entitlement, scope: Scope, child: Child | None) -> Iterable[Judged]:
    rule = next((rule for rule in item.verdicts if holds(rule.when, scope)), None)
    if rule is None:
        return
    # Nobody is told where to apply for what will hardly be paid.
    told = rule.verdict is not Verdict.UNLIKELY
    yield Judged(
        item,
        child,
        rule.verdict,
        rule.reason,
        item.wanted is not None and holds(item.wanted, scope),
        _lines(item.lines, scope) if told else [],
        _documents(item.documents, scope) if told else [],
        _offers(item.offers, scope) if told else [],
    )


def _plan_step(step: Step, scope: Scope) -> PlannedStep:
    place = next((place for place, when in step.places if holds(when, scope)), step.place)
    dates = [found for rule in step.dates if holds(rule.when, scope) and (found := plan_date(rule, scope))]
    return PlannedStep(
        step, place, _lines(step.lines, scope), _documents(step.documents, scope), dates, _offers(step.offers, scope)
    )


def _lines(rules: list[LineRule], scope: Scope) -> list[LineRule]:
    return [rule for rule in rules if holds(rule.when, scope)]


def _documents(rules: list[DocumentRule], scope: Scope) -> list[str]:
    return list(dict.fromkeys(rule.id for rule in rules if holds(rule.when, scope)))


def _offers(rules: list[OfferRule], scope: Scope) -> list[OfferRule]:
    return [rule for rule in rules if holds(rule.when, scope)]


def plan_date(rule: DateRule, scope: Scope) -> PlannedDate | None:
    """The day of a rule; None where its base is not known, or the day has passed and there is nothing to say then."""
    month_only = rule.weeks == 0 and rule.base not in {"today", "month_end"}
    start = _base(rule.base, scope)
    if start is None:
        return None
    first = _later(start, rule.months) + timedelta(weeks=rule.weeks)
    last = first if rule.through_months is None else _later(start, rule.through_months)
    if month_only:
        last = _month_end(last)
    if last < scope.as_of:
        return PlannedDate(rule.late, first, last, month_only, passed=True) if rule.late else None
    return PlannedDate(rule.id, first, last, month_only)


def _base(base: str, scope: Scope) -> date | None:
    today = scope.as_of
    if base == "today":
        return today
    if base == "month_end":
        return _month_end(today)
    if base == "birth":
        due = next((value for value in scope.answers.values() if isinstance(value, Month)), None)
        child = next((value for value in scope.answers.values() if isinstance(value, Child)), None)
        if child is not None and child.low == child.high and child.low >= 0:
            return month_of(today, -child.low).first_day
        return due.first_day if due is not None and (child is None or child.low < 0) else None
    value = scope.answers.get(base)
    return value.first_day if isinstance(value, Month) else None


def _later(day: date, months: int) -> date:
    first = month_of(day, months).first_day
    return first.replace(day=min(day.day, _month_end(first).day))


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
