"""Conditions of flows: one operator each, no expression language.

An answer that is missing, skipped or "weiß ich nicht" makes every operator false but `unknown`: a rule that is about
not knowing says so. An age is a span of months (a child of "2 Jahre" is 24 to 35 months old); `age` is true only where
all of the span fits, `age_possible` where some of it does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from portal.lotse.answers import Child, Month, Value, options_of


class ConditionError(Exception):
    """A condition cannot be understood; the message says which."""


class Scope:
    """What conditions are asked about: the answers on the path, the day, the Land, and perhaps one child."""

    def __init__(
        self,
        answers: Mapping[str, Value],
        as_of: date,
        land: str | None,
        named: Mapping[str, Mapping[str, Any]],
        child: Child | None = None,
        *,
        final: bool = False,
    ) -> None:
        self.answers, self.as_of, self.land, self.named, self.child = answers, as_of, land, named, child
        self.remembered: dict[str, bool] | None = {} if final else None
        """Named conditions that were judged, once the answers do not change any more."""

    def final(self) -> Scope:
        """The same for a plan: all answers are there."""
        return Scope(self.answers, self.as_of, self.land, self.named, self.child, final=True)

    def with_child(self, child: Child) -> Scope:
        final = self.remembered is not None
        return Scope(self.answers, self.as_of, self.land, self.named, child, final=final)

    def child_of(self, name: str) -> Child | None:
        """The child that is spoken of: "child" in a rule for each child, else the answer to a question."""
        if name == "child":
            return self.child
        value = self.answers.get(name)
        if isinstance(value, Child):
            return value
        if isinstance(value, tuple) and len(value) == 1 and isinstance(value[0], Child):
            return value[0]
        return None

    def months_until(self, question: str) -> int | None:
        value = self.answers.get(question)
        return value.months_after(self.as_of) if isinstance(value, Month) else None

    def age_span(self, asked: Mapping[str, Any]) -> tuple[int, int] | None:
        """First and last month of age of the child, today or in the month of the question `at`."""
        child = self.child_of(asked["of"])
        if child is None:
            return None
        later = 0
        if "at" in asked:
            until = self.months_until(asked["at"])
            if until is None:
                return None
            later = until
        return child.low + later, child.high + later


def holds(condition: Mapping[str, Any] | None, scope: Scope) -> bool:
    """Whether it is true. None is always true. Raises ConditionError for what is no condition."""
    if condition is None:
        return True
    name, asked = _one(condition)
    return _OPERATORS[name](asked, scope)


def _one(condition: Mapping[str, Any]) -> tuple[str, Any]:
    if (type(condition) is not dict and not isinstance(condition, Mapping)) or len(condition) != 1:
        raise ConditionError(f"one operator each, not {condition!r}")
    ((name, asked),) = condition.items()
    if name not in _OPERATORS:
        raise ConditionError(f"unknown operator {name!r}")
    return name, asked


def _named(asked: str, scope: Scope) -> bool:
    if scope.remembered is None:
        return holds(scope.named[asked], scope)
    if asked not in scope.remembered:
        scope.remembered[asked] = holds(scope.named[asked], scope)
    return scope.remembered[asked]


def _age(asked: Mapping[str, Any], scope: Scope) -> bool:
    span = scope.age_span(asked)
    return span is not None and span[0] >= asked.get("from", span[0]) and span[1] < asked.get("below", span[1] + 1)


def _age_possible(asked: Mapping[str, Any], scope: Scope) -> bool:
    span = scope.age_span(asked)
    return span is not None and span[1] >= asked.get("from", span[1]) and span[0] < asked.get("below", span[0] + 1)


def _chosen(asked: list[str], scope: Scope) -> bool:
    question, *sought = asked
    return bool(options_of(scope.answers.get(question)) & set(sought))


def _months_until(asked: Mapping[str, Any], scope: Scope) -> bool:
    until = scope.months_until(asked["of"])
    return until is not None and until >= asked.get("from", until) and until < asked.get("below", until + 1)


def _goes_to(asked: list[str], scope: Scope) -> bool:
    question, *places = asked
    child = scope.child_of(question)
    return child is not None and (child.place or "unknown") in places


def _any_child(asked: Mapping[str, Any], scope: Scope) -> bool:
    children = scope.answers.get(asked["of"])
    return isinstance(children, tuple) and any(
        holds(asked["is"], scope.with_child(child)) for child in children if isinstance(child, Child)
    )


def _children(asked: Mapping[str, Any], scope: Scope) -> bool:
    value = scope.answers.get(asked["of"])
    return isinstance(value, tuple) and asked.get("from", 0) <= len(value) < asked.get("below", len(value) + 1)


_OPERATORS: dict[str, Callable[[Any, Scope], bool]] = {
    "all": lambda asked, scope: all(holds(one, scope) for one in asked),
    "any": lambda asked, scope: any(holds(one, scope) for one in asked),
    "not": lambda asked, scope: not holds(asked, scope),
    "named": lambda asked, scope: _named(asked, scope),
    "chosen": _chosen,
    "known": lambda asked, scope: scope.answers.get(asked) is not None,
    "unknown": lambda asked, scope: scope.answers.get(asked) is None,
    "age": _age,
    "age_possible": _age_possible,
    "goes_to": _goes_to,
    "any_child": _any_child,
    "children": _children,
    "months_until": _months_until,
    "land": lambda asked, scope: scope.land in asked,
    "since": lambda asked, scope: scope.as_of >= date.fromisoformat(asked),
}
"""What content/lotse/<flow>/flow.yaml may ask. `chosen: [question, option, …]`: any of the options was chosen."""


def walk(condition: Mapping[str, Any] | None) -> Iterator[tuple[str, Any]]:
    """All operators in a condition with what they are asked. Raises ConditionError for what is no condition."""
    if condition is None:
        return
    name, asked = _one(condition)
    yield name, asked
    if name in {"all", "any"}:
        for one in asked:
            yield from walk(one)
    elif name == "not":
        yield from walk(asked)
    elif name == "any_child":
        yield from walk(asked["is"])
