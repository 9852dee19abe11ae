"""What the templates show of a conversation: bubbles, choices, and the plan in the words of one language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import SimpleNamespace
from typing import Any, get_args

from sqlalchemy.orm import Session

from portal.content.schema import Hotline
from portal.content.site import SOURCE_LANGUAGE, Translated, translate
from portal.i18n import current_language, format_day, format_month, gettext, list_join
from portal.lotse.answers import (
    DONT_KNOW,
    SKIPPED,
    YES,
    Child,
    Month,
    Value,
    offered_children,
    offered_months,
)
from portal.lotse.engine import Asked, Judged, Path, Plan, PlannedDate, PlannedStep, make_plan
from portal.lotse.load import FactBook, Lotse
from portal.lotse.offers import fitting, spans_of
from portal.lotse.schema import FlowFile, LineRule, OfferRule, Question, QuestionKind, Slot, Verdict
from portal.models.enums import TextState
from portal.offers import queries
from portal.offers.catalogue import Catalogue
from portal.offers.wording import age_range, age_text

SLOTS: tuple[Slot, ...] = get_args(Slot)


class Words:
    """The texts of a flow in the reader's language; what is missing there is German, and says so."""

    def __init__(self, lotse: Lotse, flow: FlowFile) -> None:
        self.lang = current_language().code
        self._own, self._german = lotse.texts.get((flow.id, self.lang)), lotse.texts[flow.id, SOURCE_LANGUAGE]
        self._shared, self._shared_german = lotse.shared.get(self.lang), lotse.shared[SOURCE_LANGUAGE]

    @property
    def state(self) -> TextState:
        return self._own.state if self._own else TextState.SOURCE

    def _text(self, own: Any, german: Any, pick: Callable[[Any], str]) -> Translated:
        if own is not None:
            try:
                return Translated(pick(own), self.lang, own.state)
            except KeyError:
                pass
        return Translated(pick(german), SOURCE_LANGUAGE, TextState.SOURCE)

    def flow(self, name: str) -> Translated:
        """`title`, `tile` or `intro`."""
        return self._text(self._own, self._german, lambda texts: getattr(texts, name))

    def ask(self, question: str) -> Translated:
        return self._text(self._own, self._german, lambda texts: texts.questions[question].ask)

    def why(self, question: str) -> Translated:
        return self._text(self._own, self._german, lambda texts: texts.questions[question].why)

    def option(self, question: str, option: str) -> Translated:
        return self._text(self._own, self._german, lambda texts: texts.options[question][option])

    def part(self, section: str, key: str) -> Translated:
        """A text of entitlements, reasons, lines or dates."""
        return self._text(self._own, self._german, lambda texts: getattr(texts, section)[key])

    def step(self, name: str, field_name: str) -> Translated:
        return self._text(self._own, self._german, lambda texts: getattr(texts.steps[name], field_name))

    def shared(self, section: str, key: str) -> Translated:
        return self._text(self._shared, self._shared_german, lambda texts: getattr(texts, section)[key])


def answer_text(asked: Asked, words: Words, catalogue: Catalogue) -> str:
    """An answer as the family gave it."""
    if asked.raw == SKIPPED:
        return gettext("Übersprungen")
    if asked.raw == DONT_KNOW:
        return gettext("Weiß ich nicht")
    return _value_text(asked.question.id, asked.question.kind, asked.value, words, catalogue)


def _value_text(question: str, kind: QuestionKind, value: Value, words: Words, catalogue: Catalogue) -> str:
    if isinstance(value, Child):
        return child_text(value, words)
    if isinstance(value, Month):
        return format_month(value.first_day)
    if isinstance(value, tuple):
        parts = [
            child_text(one, words) if isinstance(one, Child) else words.option(question, one).text for one in value
        ]
        return list_join(parts, "; ")
    if kind is QuestionKind.YES_NO:
        return gettext("Ja") if value == YES else gettext("Nein")
    if kind is QuestionKind.DISTRICT:
        return catalogue.districts[value].name if value in catalogue.districts else str(value)
    return words.option(question, str(value)).text


def span_text(low: int, high: int) -> str:
    """An age: "noch nicht geboren", "unter 1 Jahr", "5 Monate", "7 Jahre", "18 bis 24 Jahre"."""
    if high < 0:
        return gettext("noch nicht geboren")
    if (low, high) == (0, 11):
        return gettext("unter 1 Jahr")
    if low == high:
        return age_text(low)
    if high - low == 11 and low % 12 == 0:
        return age_text(low) if low >= 24 else gettext("1 Jahr")
    if low >= 300:
        return gettext("25 Jahre oder älter")
    return age_range(low, high)


def child_text(child: Child, words: Words) -> str:
    age = span_text(child.low, child.high)
    return f"{age} ({words.shared('groups', child.place).text})" if child.place else age


def choices(
    flow: FlowFile, open_one: Asked, answered: int, words: Words, catalogue: Catalogue, today: date
) -> dict[str, Any]:
    """What the page of a question needs: what can be tapped, in words, and how far it is."""
    question = open_one.question
    after = flow.questions[flow.questions.index(question) + 1 :]
    chosen = [open_one.raw] if isinstance(open_one.raw, str) else list(open_one.raw or [])
    children = open_one.value if isinstance(open_one.value, tuple) else ()
    return {
        "progress": (answered + 1, answered + 1 + _to_come(after)),
        "chosen": chosen,
        "children": [child_text(child, words) for child in children if isinstance(child, Child)],
        "ages": {
            group: [(child, span_text(child.low, child.high)) for child in offered]
            for group, offered in offered_children(question).items()
        },
        "months": [(month, format_month(month.first_day)) for month in offered_months(question, today)]
        if question.kind is QuestionKind.MONTH
        else [],
        "districts": [(slug, info.name) for slug, info in catalogue.districts.items() if not info.children],
    }


def _to_come(questions: Sequence[Question]) -> int:
    """About how many questions are left: of those that depend on answers, half."""
    always = sum(each.ask_if is None for each in questions)
    return always + (len(questions) - always + 1) // 2


# --- the plan -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ShownLine:
    slot: str
    text: Translated
    basis: str = ""
    overdue: bool = False
    """Was to be checked again by now: what it says may have changed."""


@dataclass(frozen=True)
class ShownDate:
    text: Translated
    day: str
    first: date
    last: date
    month_only: bool
    passed: bool


@dataclass(frozen=True)
class ShownVerdict:
    title: Translated
    verdict: Verdict
    reason: Translated
    wanted: bool
    lines: dict[str, list[ShownLine]]
    documents: list[Translated]
    cards: list[queries.Card] = field(default_factory=list)


@dataclass(frozen=True)
class ShownChild:
    child: str
    verdicts: list[ShownVerdict]

    @property
    def asked(self) -> list[ShownVerdict]:
        """What the family needs it for now."""
        return [each for each in self.verdicts if each.wanted]

    @property
    def others(self) -> list[ShownVerdict]:
        return [each for each in self.verdicts if not each.wanted]


@dataclass(frozen=True)
class ShownStep:
    id: str
    title: Translated
    text: Translated
    role: Translated | None
    place: queries.HelpingPlace | None
    """Phone, address and hours: of an offer, or of an office in places.yaml."""
    lines: dict[str, list[ShownLine]]
    documents: list[Translated]
    dates: list[ShownDate]
    hotlines: list[Hotline]
    cards: list[queries.Card]
    flow: str | None


@dataclass(frozen=True)
class ShownPlan:
    children: list[ShownChild]
    steps: list[ShownStep]
    machine: bool
    """Whether some of it was translated by a machine."""

    @property
    def has_law(self) -> bool:
        """Whether it speaks of applications, which a Bescheid answers."""
        return bool(self.children) or any(step.documents for step in self.steps)

    @property
    def has_dates(self) -> bool:
        """Whether there is something for a calendar."""
        return any(not day.passed for step in self.steps for day in step.dates)


class PlanBuilder:
    """Puts a plan into words. The queries do not grow with the number of steps."""

    def __init__(
        self,
        lotse: Lotse,
        flow: FlowFile,
        path: Path,
        *,
        session: Session,
        catalogue: Catalogue,
        facts: FactBook,
        hotlines: Mapping[str, Hotline],
        wishes: Sequence[str],
        as_of: date,
    ) -> None:
        self.lotse, self.flow, self.path, self.catalogue, self.facts = lotse, flow, path, catalogue, facts
        self.hotlines, self.as_of, self.wishes = hotlines, as_of, wishes
        self.words = Words(lotse, flow)
        self.plan: Plan = make_plan(flow, path)
        self._offers = self._choose_offers()
        ids = list(dict.fromkeys(offer_id for chosen in self._offers.values() for offer_id in chosen))
        self._cards = {card.row.id: card for card in queries.cards(session, ids, self.words.lang)}
        self._places = self._find_places(session)
        self._given = {place.offer.slug for place in self._places.values() if place.offer.slug}
        """Slugs of what the plan shows already: as a place, or as a card."""

    def _choose_offers(self) -> dict[tuple[str, int], list[int]]:
        """By the kind of outcome and its number. What was shown is not shown again where there is more."""
        answers = self.path.scope.answers
        district = answers.get("stadtteil")
        spans = spans_of(answers.values())
        chosen: dict[tuple[str, int], list[int]] = {}
        seen: list[int] = []
        wanted: list[tuple[tuple[str, int], list[OfferRule], Sequence[tuple[int, int]]]] = [
            (("verdict", number), each.offers, [(each.child.low, each.child.high)] if each.child else spans)
            for number, each in enumerate(self.plan.judged)
        ]
        wanted += [(("step", number), each.offers, spans) for number, each in enumerate(self.plan.steps)]
        for key, rules, ages in wanted:
            for rule in rules:
                later = (self.path.scope.months_until(rule.at) if rule.at else None) or 0
                found = fitting(
                    self.catalogue,
                    rule,
                    spans=[(low + later, high + later) for low, high in ages],
                    district=district if isinstance(district, str) else None,
                    lang=self.words.lang,
                    wishes=self.wishes,
                    without=seen,
                )
                chosen.setdefault(key, []).extend(each for each in found if each not in chosen.get(key, []))
                seen += found
        return chosen

    def _find_places(self, session: Session) -> dict[str, queries.HelpingPlace]:
        names = {step.place for step in self.plan.steps if step.place}
        slugs = {name: self.lotse.places[name].offer for name in names}
        ids = {
            name: self.catalogue.offer_ids[self.catalogue.position[slug]]
            for name, slug in slugs.items()
            if slug in self.catalogue.position
        }
        by_offer = {
            place.offer.id: place
            for place in queries.helping_places(session, sorted(set(ids.values())), self.words.lang)
        }
        found = {name: by_offer[offer_id] for name, offer_id in ids.items() if offer_id in by_offer}
        for name in names:
            place = self.lotse.places[name]
            if name not in found and place.name and place.phone:
                office = SimpleNamespace(
                    slug=None,
                    phone=place.phone,
                    opening_hours=place.opening_hours,
                    by_appointment=False,
                    organization=place.name,
                    address=place.address or "",
                    bus_stop=place.bus_stop,
                )
                found[name] = queries.HelpingPlace(office, place.name, SOURCE_LANGUAGE)
        return found

    def build(self) -> ShownPlan:
        children: dict[Child | None, list[ShownVerdict]] = {}
        for number, each in enumerate(self.plan.judged):
            children.setdefault(each.child, []).append(self._verdict(each, self._offers.get(("verdict", number), [])))
        order = list(Verdict)
        shown = [
            ShownChild(
                self._children_text(child) if child else "",
                sorted(verdicts, key=lambda each: (not each.wanted, order.index(each.verdict))),
            )
            for child, verdicts in children.items()
        ]
        steps = [self._step(each, self._offers.get(("step", n), [])) for n, each in enumerate(self.plan.steps)]
        machine = self.words.state is TextState.MACHINE or any(
            card.state is TextState.MACHINE for step in steps for card in step.cards
        )
        return ShownPlan(shown, steps, machine)

    def _children_text(self, child: Child) -> str:
        """Children of the same age at the same place are one heading: "2 × 7 Jahre (Schule)"."""
        alike = max(value.count(child) for value in self.path.scope.answers.values() if isinstance(value, tuple))
        text = child_text(child, self.words)
        return f"{alike} × {text}" if alike > 1 else text

    def _verdict(self, each: Judged, ids: list[int]) -> ShownVerdict:
        return ShownVerdict(
            self.words.part("entitlements", each.entitlement.id),
            each.verdict,
            self.words.part("reasons", each.reason),
            each.wanted,
            self._lines(each.lines),
            [self.words.shared("documents", name) for name in each.documents],
            self._known_cards(ids),
        )

    def _step(self, each: PlannedStep, ids: list[int]) -> ShownStep:
        place = self._places.get(each.place) if each.place else None
        return ShownStep(
            each.step.id,
            self.words.step(each.step.id, "title"),
            self.words.step(each.step.id, "text"),
            self.words.shared("places", each.place) if each.place and place else None,
            place,
            self._lines(each.lines),
            [self.words.shared("documents", name) for name in each.documents],
            [self._date(day) for day in each.dates],
            [self.hotlines[name] for name in each.step.hotlines if name in self.hotlines],
            self._new_cards(ids),
            each.step.flow,
        )

    def _new_cards(self, ids: list[int]) -> list[queries.Card]:
        """Without what is the place of a step, and without what an earlier step has shown."""
        cards = [card for card in self._known_cards(ids) if card.row.slug not in self._given]
        self._given |= {card.row.slug for card in cards}
        return cards

    def _known_cards(self, ids: list[int]) -> list[queries.Card]:
        return [self._cards[offer_id] for offer_id in ids if offer_id in self._cards]

    def _lines(self, rules: list[LineRule]) -> dict[str, list[ShownLine]]:
        found: dict[str, list[ShownLine]] = {}
        for rule in rules:
            line = self._line(rule)
            if line is not None:
                found.setdefault(rule.slot, []).append(line)
        return {slot: found[slot] for slot in SLOTS if slot in found}

    def _line(self, rule: LineRule) -> ShownLine | None:
        if rule.text is not None:
            return ShownLine(rule.slot, self.words.part("lines", rule.text))
        fact = self.facts.at(rule.fact, self.as_of) if rule.fact else None
        if fact is None or not fact.may_be_shown:
            return None
        return ShownLine(
            rule.slot,
            translate(fact.statement, self.words.lang, fact.human_checked),
            fact.legal_basis,
            fact.recheck_by < self.as_of,
        )

    def _date(self, day: PlannedDate) -> ShownDate:
        return ShownDate(
            self.words.part("dates", day.text),
            day_text(day.first, day.last, month_only=day.month_only),
            day.first,
            day.last,
            day.month_only,
            day.passed,
        )


def day_text(first: date, last: date, *, month_only: bool) -> str:
    """ "21. November 2026", "November 2026", or from the one to the other."""
    one, other = (format_month(first), format_month(last)) if month_only else (format_day(first), format_day(last))
    return one if one == other else gettext("%(first)s bis %(last)s") % {"first": one, "last": other}
