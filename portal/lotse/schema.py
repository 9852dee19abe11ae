"""The shape of content/lotse/: flows (routing and policy), their wording, places, words that flows share.

docs/tasks/add-a-flow.md explains the files to those who write them.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta

from portal.content.schema import Line, NeedCode, Slug, Strict
from portal.models.enums import LifePhase, TextState

Id = Annotated[str, Meta(pattern="^[a-z0-9]+(_[a-z0-9]+)*$", max_length=60)]
Slot = Literal["text", "amount", "apply", "from", "bring", "note"]
"""The headings of a step, in their order on the page; "text" has none."""
Condition = dict[str, object]
"""One operator of portal.lotse.conditions with what it is asked."""


class QuestionKind(StrEnum):
    CHOICE = "choice"
    SEVERAL = "several"
    YES_NO = "yes_no"
    AGE = "age"
    CHILDREN = "children"
    MONTH = "month"
    DISTRICT = "district"


class Verdict(StrEnum):
    LIKELY = "likely"
    MAYBE = "maybe"
    UNLIKELY = "unlikely"


class Option(Strict):
    id: Id
    alone: bool = False
    """In a question where several can be chosen: this one excludes all others ("none of these")."""
    crisis: Slug | None = None
    """A situation of content/emergency.<lang>.yaml: chosen, help comes first and nothing more is asked."""
    needs: list[NeedCode] = []
    """A line in own words that speaks of one of these needs answers the question with this option."""
    when: Condition | None = None


class AgeGroup(Strict):
    """Ages to tap. Whole years, or single months, or spans of months (first and last)."""

    id: Id
    """Where the child is in the day; its name is in the shared texts. One group only: it is not shown."""
    years: tuple[int, int] | None = None
    months: tuple[int, int] | None = None
    spans: list[tuple[int, int]] = []
    """Months; below 0 are months before birth."""


class Question(Strict):
    id: Id
    kind: QuestionKind
    options: list[Option] = []
    groups: list[AgeGroup] = []
    ask_if: Condition | None = None
    takes: list[Id] = []
    """Questions of other flows that know the answer too: an age is not asked twice."""
    months: int = 24
    """For a month: how many, from this one on."""


class VerdictRule(Strict):
    verdict: Verdict
    reason: Id
    when: Condition | None = None


class LineRule(Strict):
    """A sentence: of the flow's own text, or a fact. `slot` says under which heading."""

    text: Id | None = None
    fact: Id | None = None
    slot: Slot = "text"
    when: Condition | None = None


class DocumentRule(Strict):
    id: Id
    when: Condition | None = None


class DateRule(Strict):
    """A day to keep in mind: `months` and `weeks` from a month that was answered, from birth, or from today."""

    id: Id
    base: Id
    """A question of kind month; or "birth" (of the only child, or the month that was answered), "today", "month_end"."""
    months: int = 0
    weeks: int = 0
    through_months: int | None = None
    """Until when, for a span (U-Untersuchungen)."""
    late: Id | None = None
    """The text to show instead where the day has passed; without it, the date is left out then."""
    when: Condition | None = None


class OfferRule(Strict):
    needs: Annotated[list[NeedCode], Meta(min_length=1)]
    when: Condition | None = None
    limit: Annotated[int, Meta(ge=1, le=5)] = 2
    at: Id | None = None
    """A question of kind month: offers for the age that the child has then."""


class Entitlement(Strict):
    id: Id
    verdicts: Annotated[list[VerdictRule], Meta(min_length=1)]
    """The first that fits; where none does, the family is not told of it."""
    for_each: Id | None = None
    """A question of kind children: judged for each of them."""
    wanted: Condition | None = None
    """Asked for: shown before the others."""
    lines: list[LineRule] = []
    documents: list[DocumentRule] = []
    offers: list[OfferRule] = []


class Step(Strict):
    id: Id
    when: Condition | None = None
    place: Id | None = None
    places: list[tuple[Id, Condition]] = []
    """Where the place depends on something: the first that fits, before `place`."""
    lines: list[LineRule] = []
    documents: list[DocumentRule] = []
    dates: list[DateRule] = []
    offers: list[OfferRule] = []
    hotlines: list[Line] = []
    flow: Id | None = None
    """The step is to go on with this flow, which knows what this one knows."""


class FlowFile(Strict):
    id: Id
    version: Annotated[int, Meta(ge=1)]
    needs: Annotated[list[NeedCode], Meta(min_length=1)]
    """A line in own words that speaks of these leads here; the need pages link here."""
    icon: Line
    questions: Annotated[list[Question], Meta(min_length=1, max_length=12)]
    steps: Annotated[list[Step], Meta(min_length=1)]
    conditions: dict[Id, Condition] = {}
    """Conditions with a name, for {named: …}."""
    entitlements: list[Entitlement] = []
    phases: list[LifePhase] = []
    """Life phases whose pages link here."""


class QuestionText(Strict):
    ask: Annotated[str, Meta(max_length=300)]
    why: Annotated[str, Meta(max_length=500)]


class StepText(Strict):
    title: Line
    text: Annotated[str, Meta(max_length=700)] = ""


class FlowTexts(Strict):
    title: Line
    tile: Line
    """One line below the title, on the tile."""
    intro: Annotated[str, Meta(max_length=500)]
    questions: dict[Id, QuestionText]
    steps: dict[Id, StepText]
    options: dict[Id, dict[Id, Line]] = {}
    entitlements: dict[Id, Line] = {}
    reasons: dict[Id, Annotated[str, Meta(max_length=400)]] = {}
    lines: dict[Id, Annotated[str, Meta(max_length=500)]] = {}
    dates: dict[Id, Line] = {}
    state: TextState = TextState.MACHINE


class SharedTexts(Strict):
    places: dict[Id, Line]
    documents: dict[Id, Line]
    groups: dict[Id, Line]
    state: TextState = TextState.MACHINE


class PlaceFile(Strict):
    """Where an application goes: an offer of the catalogue, or an office with its own data."""

    offer: Slug | None = None
    name: Line | None = None
    phone: Line | None = None
    address: Line | None = None
    opening_hours: str = ""
    bus_stop: str = ""


class LotseFile(Strict):
    flows: Annotated[list[Id], Meta(min_length=1)]
    """In the order of the tiles."""
    as_of: date
    """The day on which all of it was last read through: the tests judge dates as of it."""
    vague: list[Line] = []
    """Words, of any language, that say nothing alone ("help", "money"): a line of only these is about anything."""
