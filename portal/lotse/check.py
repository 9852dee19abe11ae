"""Whether the flows hold what they promise: `portal lotse check`, and the test suite as of the content's own date."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

from portal.content.schema import FactFile
from portal.content.site import SOURCE_LANGUAGE, SiteContent
from portal.lotse.conditions import walk as walk_condition
from portal.lotse.engine import Path, Plan, make_plan
from portal.lotse.load import FactBook, Lotse, conditions_of, missing_texts, outcomes, shared_keys
from portal.lotse.schema import FlowFile, Step
from portal.lotse.walk import all_paths

LONGEST, SHORTEST = 7, 3
"""Questions on the longest path at most, and on the shortest."""
MOST_STEPS = 9


@dataclass
class Report:
    """What a walk through one flow found."""

    flow: str
    paths: int = 0
    longest: int = 0
    shortest: int = 99
    problems: list[str] = field(default_factory=list)
    due: list[FactFile] = field(default_factory=list)
    """Facts past their `recheck_by`."""


def check_flow(
    lotse: Lotse,
    flow: FlowFile,
    site: SiteContent,
    *,
    as_of: date,
    needs_with_offers: Collection[str],
    offers: Collection[str],
) -> Report:
    """Walk all paths.

    `offers` are the slugs of published offers that can be called, `needs_with_offers` the needs that offers answer.
    """
    report = Report(flow.id)
    report.problems += _check_texts(lotse, flow, site)
    report.problems += _check_doors(lotse, flow, needs_with_offers, offers)
    _check_facts(report, flow, FactBook(site.facts), as_of)
    reached: set[str] = set()
    for land in _lands(flow, site.kommune.land):
        for answers, path in all_paths(flow, as_of=as_of, land=land):
            report.paths += 1
            plan = make_plan(flow, path)
            length = len(path.answered)
            report.longest, report.shortest = max(report.longest, length), min(report.shortest, length)
            reached |= _reached(path, plan)
            if problem := _dead_end(plan):
                report.problems.append(f"{problem} with {answers}")
    report.problems += [f"nobody ever comes to {each}" for each in sorted(_all_ends(flow) - reached)]
    if report.longest > LONGEST:
        report.problems.append(f"{report.longest} questions on the longest path, at most {LONGEST}")
    if report.shortest > SHORTEST:
        report.problems.append(f"{report.shortest} questions on the shortest path, at most {SHORTEST}")
    return report


def _check_texts(lotse: Lotse, flow: FlowFile, site: SiteContent) -> Iterable[str]:
    for lang in site.kommune.languages:
        texts, shared = lotse.texts.get((flow.id, lang)), lotse.shared.get(lang)
        if texts is None or shared is None:
            yield f"{lang}: there is no text file"
        else:
            yield from (f"{lang}: {problem}" for problem in missing_texts(flow, texts, shared))
            if lang != SOURCE_LANGUAGE:
                yield from (f"{lang}: the {what} is empty" for what in _empty(texts))


def _empty(texts: object) -> Iterable[str]:
    for section in ("entitlements", "reasons", "lines", "dates"):
        yield from (f"{section}.{key}" for key, text in getattr(texts, section).items() if not text.strip())


def _check_doors(lotse: Lotse, flow: FlowFile, needs: Collection[str], offers: Collection[str]) -> Iterable[str]:
    """Every outcome has a person with a phone number and an offer that exists."""
    for step in flow.steps:
        if step.flow:
            continue
        if not step.hotlines and step.place is None:
            yield f"step {step.id}: nobody to call"
        if not any(rule.when is None and set(rule.needs) & set(needs) for rule in step.offers):
            yield f"step {step.id}: no offer that exists"
    for item in outcomes(flow):
        kind = "step" if isinstance(item, Step) else "entitlement"
        for code in sorted({code for rule in item.offers for code in rule.needs} - set(needs)):
            yield f"{kind} {item.id}: no offer for the need {code}"
    for name in sorted(shared_keys(flow)["places"]):
        slug = lotse.places[name].offer
        if slug is not None and slug not in offers:
            yield f"place {name}: there is no published offer {slug!r} that can be called"


def _check_facts(report: Report, flow: FlowFile, facts: FactBook, as_of: date) -> None:
    names = {line.fact for item in outcomes(flow) for line in item.lines if line.fact}
    for name in sorted(names):
        fact = facts.at(name, as_of)
        if fact is None:
            report.problems.append(f"fact {name} is not in force on {as_of}")
            continue
        if not fact.may_be_shown:
            report.problems.append(f"fact {name} is {fact.confidence}: it may not be shown")
        if fact.recheck_by < as_of:
            report.due.append(fact)


def _lands(flow: FlowFile, own: str | None) -> list[str | None]:
    """The Land of the Kommune, and those that the flow asks about: it must hold everywhere."""
    conditions = [condition for _where, condition in conditions_of(flow)]
    asked = [asked for condition in conditions for name, asked in walk_condition(condition) if name == "land"]
    named = {land for lands in asked for land in lands}
    return sorted({own, *named}, key=str) if named else [own]


def _reached(path: Path, plan: Plan) -> set[str]:
    return (
        {f"question {asked.question.id}" for asked in path.answered}
        | {f"option {asked.question.id}.{option.id}" for asked in path.answered for option in asked.options}
        | {f"verdict {each.entitlement.id}: {each.verdict} ({each.reason})" for each in plan.judged}
        | {f"step {step.step.id}" for step in plan.steps}
    )


def _all_ends(flow: FlowFile) -> set[str]:
    return (
        {f"question {question.id}" for question in flow.questions}
        | {f"option {question.id}.{option.id}" for question in flow.questions for option in question.options}
        | {f"verdict {item.id}: {rule.verdict} ({rule.reason})" for item in flow.entitlements for rule in item.verdicts}
        | {f"step {step.id}" for step in flow.steps}
    )


def _dead_end(plan: Plan) -> str | None:
    if all(step.step.flow for step in plan.steps):
        return "a dead end"
    if len(plan.steps) > MOST_STEPS:
        return f"{len(plan.steps)} steps, more than a family can do"
    return None
