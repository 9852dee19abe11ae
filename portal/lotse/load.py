"""Reading content/lotse/. What refers to something that is not there is refused at the start, with the file's name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from portal.content.schema import ContentError, FactFile, read
from portal.content.site import SOURCE_LANGUAGE, SiteContent
from portal.lotse.answers import NO, YES
from portal.lotse.conditions import ConditionError, walk
from portal.lotse.schema import (
    Entitlement,
    FlowFile,
    FlowTexts,
    LotseFile,
    PlaceFile,
    Question,
    QuestionKind,
    SharedTexts,
    Step,
)
from portal.search.text import fold, words

_QUESTION_FIRST = {"chosen", "goes_to"}
_QUESTION_OF = {"age", "age_possible", "any_child", "children", "months_until"}
_QUESTION = {"known", "unknown"}


@dataclass(frozen=True)
class Lotse:
    """All flows with their words. Read-only."""

    flows: dict[str, FlowFile]
    texts: dict[tuple[str, str], FlowTexts]
    """By flow and language."""
    shared: dict[str, SharedTexts]
    places: dict[str, PlaceFile]
    as_of: date
    vague: frozenset[str]
    """Folded words that say nothing alone."""
    flow_of_need: dict[str, str]
    """Where a need leads: the first flow that names it."""


class FactBook:
    """Facts by their id, or by the name of a series: of a series, the one that is in force on a day."""

    def __init__(self, facts: Iterable[FactFile]) -> None:
        self._facts: dict[str, list[FactFile]] = {}
        for fact in facts:
            for name in dict.fromkeys((fact.id, fact.series or fact.id)):
                self._facts.setdefault(name, []).append(fact)

    def __contains__(self, name: str) -> bool:
        return name in self._facts

    def at(self, name: str, day: date) -> FactFile | None:
        """The newest that is in force on `day`; None where there is none yet or any more. Raises KeyError."""
        valid = [fact for fact in self._facts[name] if fact.in_force(day)]
        return max(valid, key=lambda fact: fact.valid_from, default=None)


def load_lotse(folder: Path, site: SiteContent) -> Lotse:
    """Raises ContentError with the file and what is wrong in it."""
    head = read(folder / "lotse.yaml", LotseFile)
    places = read(folder / "places.yaml", dict[str, PlaceFile])
    shared = {
        lang: read(path, SharedTexts)
        for lang in site.kommune.languages
        if (path := folder / "common" / f"text.{lang}.yaml").exists()
    }
    if SOURCE_LANGUAGE not in shared:
        raise ContentError(f"{folder / 'common' / 'text.de.yaml'} is missing.")
    flows: dict[str, FlowFile] = {}
    texts: dict[tuple[str, str], FlowTexts] = {}
    for name in head.flows:
        path = folder / name / "flow.yaml"
        flow = flows[name] = read(path, FlowFile)
        if flow.id != name:
            raise ContentError(f"{path}: id: it must be {name!r}, as its folder")
        for lang in site.kommune.languages:
            wording = folder / name / f"text.{lang}.yaml"
            if wording.exists():
                texts[name, lang] = read(wording, FlowTexts)
        if (name, SOURCE_LANGUAGE) not in texts:
            raise ContentError(f"{folder / name / 'text.de.yaml'} is missing.")
    facts = FactBook(site.facts)
    for flow in flows.values():
        problems = [
            *_check_references(flow, flows, places, facts, site),
            *missing_texts(flow, texts[flow.id, SOURCE_LANGUAGE], shared[SOURCE_LANGUAGE]),
        ]
        if problems:
            raise ContentError(f"{folder / flow.id}: " + "; ".join(problems[:8]))
    for name, place in places.items():
        if not place.offer and not (place.name and place.phone):
            raise ContentError(f"{folder / 'places.yaml'}: {name} needs an offer, or a name and a phone number")
    flow_of_need: dict[str, str] = {}
    for flow in flows.values():
        for code in flow.needs:
            flow_of_need.setdefault(code, flow.id)
    vague = frozenset(word for line in head.vague for word in words(fold(line)))
    return Lotse(flows, texts, shared, places, head.as_of, vague, flow_of_need)


def outcomes(flow: FlowFile) -> list[Entitlement | Step]:
    """All that a flow can end in."""
    return [*flow.entitlements, *flow.steps]


def places_of(step: Step) -> list[str]:
    """Every place that a step may send to."""
    return [place for place in [*(place for place, _when in step.places), step.place] if place]


def conditions_of(flow: FlowFile) -> Iterable[tuple[str, Mapping[str, Any] | None]]:
    """Every condition of a flow with where it stands."""
    for name, condition in flow.conditions.items():
        yield f"conditions.{name}", condition
    for question in flow.questions:
        yield f"question {question.id}", question.ask_if
        for option in question.options:
            yield f"option {question.id}.{option.id}", option.when
    for item in flow.entitlements:
        yield f"entitlement {item.id}", item.wanted
        for rule in item.verdicts:
            yield f"entitlement {item.id}", rule.when
        yield from _rules_of(item)
    for step in flow.steps:
        yield f"step {step.id}", step.when
        for _place, condition in step.places:
            yield f"step {step.id}", condition
        for day in step.dates:
            yield f"step {step.id}", day.when
        yield from _rules_of(step)


def _rules_of(item: Entitlement | Step) -> Iterable[tuple[str, Mapping[str, Any] | None]]:
    for rule in item.lines:
        yield item.id, rule.when
    for document in item.documents:
        yield item.id, document.when
    for offer in item.offers:
        yield item.id, offer.when


def questions_in(condition: Mapping[str, Any] | None) -> Iterable[tuple[str, str, list[str]]]:
    """(operator, question, options) for everything that a condition asks about. Raises ConditionError."""
    for name, asked in walk(condition):
        try:
            if name in _QUESTION_FIRST:
                question, *options = asked
                yield name, question, list(options)
            elif name in _QUESTION_OF:
                yield name, asked["of"], []
                if "at" in asked:
                    yield "months_until", asked["at"], []
            elif name in _QUESTION:
                yield name, asked, []
        except (TypeError, KeyError, ValueError) as error:
            raise ConditionError(f"{name}: {asked!r} is not what it takes") from error


def _circles(flow: FlowFile) -> Iterable[str]:
    """Named conditions that ask each other in a circle would never be judged."""
    asks = {
        name: {asked for operator, asked in walk(condition) if operator == "named"}
        for name, condition in flow.conditions.items()
    }
    for name in asks:
        reached, waiting = set[str](), list(asks[name])
        while waiting:
            other = waiting.pop()
            if other not in reached:
                reached.add(other)
                waiting += asks.get(other, ())
        if name in reached:
            yield f"conditions.{name}: it asks itself"


_KINDS_OF_OPERATOR = {
    "chosen": {QuestionKind.CHOICE, QuestionKind.SEVERAL, QuestionKind.YES_NO, QuestionKind.DISTRICT},
    "age": {QuestionKind.AGE, QuestionKind.CHILDREN},
    "age_possible": {QuestionKind.AGE, QuestionKind.CHILDREN},
    "goes_to": {QuestionKind.AGE, QuestionKind.CHILDREN},
    "any_child": {QuestionKind.CHILDREN},
    "children": {QuestionKind.CHILDREN},
    "months_until": {QuestionKind.MONTH},
}


def _check_references(
    flow: FlowFile,
    flows: Mapping[str, FlowFile],
    places: Mapping[str, PlaceFile],
    facts: FactBook,
    site: SiteContent,
) -> Iterable[str]:
    questions = {question.id: question for question in flow.questions}
    if len(questions) != len(flow.questions):
        yield "two questions have the same id"
    for where, condition in conditions_of(flow):
        try:
            for operator, name, options in questions_in(condition):
                if name == "child":
                    continue
                if name not in questions:
                    yield f"{where}: there is no question {name!r}"
                elif questions[name].kind not in _KINDS_OF_OPERATOR.get(operator, set(QuestionKind)):
                    yield f"{where}: {operator} cannot be asked of {name!r}"
                elif operator == "chosen" and (unknown := set(options) - _option_ids(questions[name])):
                    yield f"{where}: {name} has no option {', '.join(sorted(unknown))}"
            for operator, asked in walk(condition):
                if operator == "named" and asked not in flow.conditions:
                    yield f"{where}: there is no condition {asked!r}"
                if operator == "land" and not isinstance(asked, list):
                    yield f"{where}: land takes a list"
                if operator == "since":
                    date.fromisoformat(asked)
        except (ConditionError, ValueError, TypeError) as error:
            yield f"{where}: {error}"
    yield from _circles(flow)
    for question in flow.questions:
        if question.kind in (QuestionKind.CHOICE, QuestionKind.SEVERAL) and not question.options:
            yield f"question {question.id} has no options"
        if question.kind in (QuestionKind.AGE, QuestionKind.CHILDREN) and not question.groups:
            yield f"question {question.id} has no ages"
        for other in question.takes:
            if not any(other == each.id for other_flow in flows.values() for each in other_flow.questions):
                yield f"question {question.id} takes {other}, which nobody asks"
        for option in question.options:
            if option.crisis and option.crisis not in {s.id for s in site.emergency[SOURCE_LANGUAGE].situations}:
                yield f"option {question.id}.{option.id}: no emergency situation {option.crisis!r}"
    for item in outcomes(flow):
        for line in item.lines:
            if (line.text is None) == (line.fact is None):
                yield f"{item.id}: a line is a text or a fact"
            if line.fact is not None and line.fact not in facts:
                yield f"{item.id}: there is no fact {line.fact!r}"
        for offer in item.offers:
            if offer.at is not None and (
                offer.at not in questions or questions[offer.at].kind is not QuestionKind.MONTH
            ):
                yield f"{item.id}: {offer.at!r} is no month"
    for item in flow.entitlements:
        if item.for_each is not None and item.for_each not in questions:
            yield f"{item.id}: there is no question {item.for_each!r}"
        elif item.for_each is not None and questions[item.for_each].kind is not QuestionKind.CHILDREN:
            yield f"{item.id}: {item.for_each!r} is not about children"
    for step in flow.steps:
        for place in places_of(step):
            if place not in places:
                yield f"step {step.id}: there is no place {place!r}"
        for hotline in step.hotlines:
            if hotline not in site.hotlines:
                yield f"step {step.id}: there is no hotline {hotline!r}"
        if step.flow is not None and (step.flow not in flows or step.flow == flow.id):
            yield f"step {step.id}: there is no flow {step.flow!r} to go on with"
        for day in step.dates:
            if day.base not in {"today", "month_end", "birth"} and (
                day.base not in questions or questions[day.base].kind is not QuestionKind.MONTH
            ):
                yield f"step {step.id}: {day.base!r} is no month"


def _option_ids(question: Question) -> set[str]:
    if question.kind is QuestionKind.YES_NO:
        return {YES, NO}
    return {option.id for option in question.options}


def text_keys(flow: FlowFile) -> dict[str, set[str]]:
    """Every text that a flow needs, by the section of the text file; options as "question.option"."""
    return {
        "questions": {question.id for question in flow.questions},
        "options": {f"{question.id}.{option.id}" for question in flow.questions for option in question.options},
        "entitlements": {item.id for item in flow.entitlements},
        "reasons": {rule.reason for item in flow.entitlements for rule in item.verdicts},
        "steps": {step.id for step in flow.steps},
        "lines": {line.text for item in outcomes(flow) for line in item.lines if line.text},
        "dates": {name for step in flow.steps for day in step.dates for name in (day.id, day.late) if name},
    }


def shared_keys(flow: FlowFile) -> dict[str, set[str]]:
    """The same for the texts that flows share."""
    return {
        "places": {place for step in flow.steps for place in places_of(step)},
        "documents": {each.id for item in outcomes(flow) for each in item.documents},
        "groups": {
            group.id
            for question in flow.questions
            if question.kind is QuestionKind.CHILDREN
            for group in question.groups
        },
    }


def missing_texts(flow: FlowFile, texts: FlowTexts, shared: SharedTexts) -> list[str]:
    """The texts that are not there, and those that nobody asks for."""
    problems = []
    for section, wanted in text_keys(flow).items():
        there = getattr(texts, section)
        have = {f"{q}.{o}" for q, options in there.items() for o in options} if section == "options" else set(there)
        problems += [f"no text {section}.{key}" for key in sorted(wanted - have)]
        problems += [f"nobody needs {section}.{key}" for key in sorted(have - wanted)]
    for section, wanted in shared_keys(flow).items():
        problems += [f"no shared text {section}.{key}" for key in sorted(wanted - set(getattr(shared, section)))]
    return problems
