"""Every path through a flow: all answers, ages and months by samples. For `portal lotse check` and its tests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import combinations

from portal.lotse.answers import DONT_KNOW, NO, YES, Raw, month_of, offered_children
from portal.lotse.engine import Asked, Path, find_path
from portal.lotse.load import conditions_of, questions_in
from portal.lotse.schema import FlowFile, QuestionKind

_MONTHS = (0, 1, 2, 3, 5, 6, 7, 9, 12, 18, 24, 36)
"""Months from now that are tried: around the limits that notice periods and rights have."""


def samples(asked: Asked, as_of: date, *, matters: bool = True) -> list[Raw]:
    """The answers to try. Skipping counts as not knowing: no rule can tell them apart."""
    question = asked.question
    options = asked.options
    if not matters and not any(option.crisis for option in options):
        return [DONT_KNOW]
    match question.kind:
        case QuestionKind.CHOICE:
            given: list[Raw] = [option.id for option in options]
        case QuestionKind.YES_NO:
            given = [YES, NO]
        case QuestionKind.SEVERAL:
            free = [option.id for option in options if not option.alone]
            sets = {(one.id,) for one in options} | set(combinations(free, 2)) | ({tuple(free)} if free else set())
            given = [sorted(each) for each in sorted(sets)]
        case QuestionKind.DISTRICT:
            given = ["*"]
        case QuestionKind.MONTH:
            given = [month_of(as_of, later).key for later in _MONTHS if later < question.months]
        case QuestionKind.AGE:
            given = [child.key for group in offered_children(question).values() for child in group]
        case QuestionKind.CHILDREN:
            groups = [group for group in offered_children(question).values() if group]
            given = [[child.key] for group in groups for child in group]
            given.append([child.key for group in groups for child in (group[0], group[-1])])
            given += [[":48:59"], [":72:83"]]
    return [*given, DONT_KNOW]


def all_paths(flow: FlowFile, *, as_of: date, land: str | None) -> Iterator[tuple[dict[str, Raw], Path]]:
    """Every finished path with its answers."""
    # A question that no rule asks about has the same path after each answer.
    matters = {name for _where, condition in conditions_of(flow) for _op, name, _options in questions_in(condition)}
    matters |= {item.for_each for item in flow.entitlements if item.for_each}
    matters |= {day.base for step in flow.steps for day in step.dates}
    if any(day.base == "birth" for step in flow.steps for day in step.dates):
        matters |= {each.id for each in flow.questions if each.kind in (QuestionKind.AGE, QuestionKind.MONTH)}
    waiting: list[dict[str, Raw]] = [{}]
    while waiting:
        answers = waiting.pop()
        path = find_path(flow, answers, as_of=as_of, land=land)
        if path.open is None:
            yield answers, path
            continue
        name = path.open.question.id
        given = samples(path.open, as_of, matters=name in matters)
        waiting += [{**answers, name: raw} for raw in reversed(given)]
