"""From a line in own words to the flow that it is about, and to the answers that it holds. The line itself is not kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from portal.lotse.answers import FIRST_MONTH, LAST_MONTH, Child, Raw
from portal.lotse.load import Lotse
from portal.lotse.schema import FlowFile, Question, QuestionKind
from portal.search.text import fold, words
from portal.search.understanding import Understood

CLEAR = 0.35
"""So probable the needs of a flow together must be, to begin with it without asking."""
AHEAD = 1.5
"""So many times as probable as the next flow it must be for that."""
POSSIBLE = 0.08
_SCHOOL = (84, 179)
"""Months of age at which every child goes to school (7 to 14 years)."""
_UNBORN = (FIRST_MONTH, -1)
_FIRST_YEAR = 11
_BABY = "baby"
_CERTAIN = (QuestionKind.AGE, QuestionKind.CHILDREN, QuestionKind.DISTRICT)
SAME_HELP = {"kind-in-gefahr": "gewalt-zuhause"}
"""Situations that no answer names, with the one whose answer leads to the same help."""


@dataclass(frozen=True)
class Suggestion:
    flows: list[str]
    """The most probable first; empty where the line speaks of nothing that a flow is about."""
    clear: bool
    answers: dict[str, Raw] = field(default_factory=dict)
    certain: dict[str, Raw] = field(default_factory=dict)
    """Those of them that need no guess: ages and a district."""
    wishes: tuple[str, ...] = ()


def suggest(lotse: Lotse, understood: Understood) -> Suggestion:
    """What to begin with."""
    chances = {
        flow.id: sum(chance for code, chance in understood.needs if code in flow.needs) for flow in lotse.flows.values()
    }
    if _BABY in chances and (understood.ages.pregnant or _is_baby(understood)):
        # Before the first birthday, money, midwife and check-ups are in one place.
        chances[_BABY] += POSSIBLE
    flows = [name for name, chance in sorted(chances.items(), key=lambda pair: -pair[1]) if chance >= POSSIBLE]
    held = {flow.id: known_answers(flow, understood) for flow in lotse.flows.values()}
    answers = {name: raw for flow in reversed(flows[:2]) for name, raw in held[flow].items()}
    clear = (
        bool(flows)
        and chances[flows[0]] >= CLEAR
        and all(chances[flows[0]] >= AHEAD * chances[other] for other in flows[1:])
    )
    certain = {
        question.id: held[flow.id][question.id]
        for flow in lotse.flows.values()
        for question in flow.questions
        if question.kind in _CERTAIN and question.id in held[flow.id]
    }
    # Where it is a guess what it is about, only what it says for certain is taken as an answer.
    answers = answers if clear else certain if flows else {}
    return Suggestion(flows, clear, answers, certain, tuple(each.value for each in understood.barriers))


def is_vague(lotse: Lotse, text: str) -> bool:
    """Whether a line says nothing but words like "help" or "my child", which could be about anything."""
    return all(word in lotse.vague for word in words(fold(text)))


def answer_of_crisis(lotse: Lotse, situation: str) -> tuple[str, str, Raw] | None:
    """The flow, question and answer that stand for an emergency situation; None where no flow knows it.

    With it the conversation asks nothing more about what is plain already.
    """
    situation = SAME_HELP.get(situation, situation)
    for flow in lotse.flows.values():
        for question in flow.questions:
            for option in question.options:
                if option.crisis == situation:
                    return flow.id, question.id, [option.id] if question.kind is QuestionKind.SEVERAL else option.id
    return None


def _is_baby(understood: Understood) -> bool:
    return any(high <= _FIRST_YEAR for _low, high in understood.ages.spans)


def known_answers(flow: FlowFile, understood: Understood) -> dict[str, Raw]:
    """The answers to the questions of a flow that a line holds."""
    found = {question.id: _answer(question, understood) for question in flow.questions}
    return {name: raw for name, raw in found.items() if raw is not None}


def _answer(question: Question, understood: Understood) -> Raw | None:
    match question.kind:
        case QuestionKind.CHOICE:
            return next(iter(_options(question, understood)), None)
        case QuestionKind.SEVERAL:
            return sorted(set(_options(question, understood))) or None
        case QuestionKind.DISTRICT:
            return understood.district
        case QuestionKind.AGE:
            children = list(_children(understood))
            return children[0].key if len(children) == 1 else None
        case QuestionKind.CHILDREN:
            spans = [child for child in _children(understood) if child.low >= 0]
            at_school = [child for child in spans if _SCHOOL[0] <= child.low and child.high <= _SCHOOL[1]]
            # Younger and older children may be here or there: that is asked.
            if not spans or spans != at_school or not any(group.id == "schule" for group in question.groups):
                return None
            return [Child("schule", child.low, child.high).key for child in spans]
        case _:
            return None


def _options(question: Question, understood: Understood) -> Iterable[str]:
    """Options that speak of an understood need, those of the most probable need first; a crisis is never presumed."""
    for code, _chance in understood.needs:
        for option in question.options:
            if code in option.needs and not option.crisis:
                yield option.id


def _children(understood: Understood) -> Iterable[Child]:
    for low, high in understood.ages.spans:
        if 0 <= low <= high <= LAST_MONTH:
            yield Child("", low, high)
    if understood.ages.pregnant and not understood.ages.spans:
        yield Child("", *_UNBORN)
