"""The shape of the files below content/. A file that does not fit is refused with its path and the field that is wrong."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from portal.models import MAX_AGE_MONTHS
from portal.models.enums import (
    Access,
    CostKind,
    CostPer,
    DistrictKind,
    Frequency,
    LifePhase,
    LifeSituation,
    LotseFlow,
    OfferKind,
    OfferStatus,
    OrganizationKind,
    Provision,
    Registration,
    StepFree,
    TextState,
    Weekday,
)

T = TypeVar("T")

Slug = Annotated[str, Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=120)]
NeedCode = Annotated[str, Meta(pattern="^[a-z0-9]+(_[a-z0-9]+)*$", max_length=60)]
Line = Annotated[str, Meta(min_length=1, max_length=300)]
Clock = Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]
AgeMonths = Annotated[int, Meta(ge=0, le=MAX_AGE_MONTHS)]
COLOUR = re.compile(r"#[0-9a-fA-F]{6}|oklch\([0-9.%\s]+\)|hsl\([0-9.%\s]+\)")
"""What may stand in a style sheet of ours as a colour."""

Texts = dict[str, str]
"""A short text by language; the German one is the source."""


class ContentError(Exception):
    """A content file cannot be used. The message names the file and what is wrong in it."""


def read_yaml(path: Path) -> object:
    """Parse a YAML 1.2 file. Raises ContentError with the line where it is not YAML."""
    try:
        return YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except (YAMLError, ValueError) as error:
        raise ContentError(f"{path}: {error}") from error


def read(path: Path, shape: type[T]) -> T:
    """Parse a YAML file into `shape`. Raises ContentError with the path of the field that does not fit."""
    try:
        return msgspec.convert(read_yaml(path), shape, strict=True)
    except msgspec.ValidationError as error:
        raise ContentError(f"{path}: {error}") from error
    except FileNotFoundError as error:
        raise ContentError(f"{path} is missing.") from error


class Strict(Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A misspelt key is an error, not a silent loss."""


# --- The Kommune ---


class Contact(Strict):
    person: Line
    office: Line
    phone: Line
    email: Line
    address: Line
    opening_hours: str = ""
    offer: Slug | None = None


class Palette(Strict):
    action: Line
    on_action: Line
    accent: Line
    hued: Line


class Colours(Strict):
    light: Palette
    dark: Palette


Days = Annotated[int, Meta(ge=1, le=3650)]


class Freshness(Strict):
    """How long the word of an editor counts, and what happens when nobody repeats it. All in days."""

    review_after_days: Days = 182
    """So long after "stimmt noch" an offer wants to be confirmed again: its `review_due`."""
    warn_before_days: Annotated[int, Meta(ge=0, le=365)] = 14
    """The first mail comes so long before `review_due`; the other days count from `review_due` on."""
    reminder_after_days: Days = 14
    note_after_days: Days = 30
    """The public page says that nobody has checked."""
    hide_after_days: Days = 60
    """No list, search or Lotse shows it any more; its own address still works."""
    check_links: bool = False
    """Whether the websites of offers are asked, once a day, if they are still there."""

    def __post_init__(self) -> None:
        if self.note_after_days > self.hide_after_days:
            raise ValueError("note_after_days must not be more than hide_after_days")
        if self.warn_before_days >= self.review_after_days:
            raise ValueError("warn_before_days must be less than review_after_days")


class Kommune(Strict):
    name: Line
    site_name: Line
    languages: Annotated[list[str], Meta(min_length=1)]
    contact: Contact
    data_protection_email: Line
    accessibility_email: Line
    quick_exit_url: Line
    logo: Line
    colours: Colours
    land: str | None = None
    demo: bool = False
    freshness: Freshness = msgspec.field(default_factory=Freshness)

    @property
    def hide_after_days(self) -> int | None:
        """None: a demo never hides anything, it is still to be there in years (docs/adr/0018)."""
        return None if self.demo else self.freshness.hide_after_days

    def wants_note(self, review_due: date | None, today: date) -> bool:
        """Whether the page of an offer says that nobody has checked it for long."""
        return self._is_over(review_due, today, self.freshness.note_after_days)

    def hides(self, review_due: date | None, today: date) -> bool:
        """Whether lists, search and Lotse pass over an offer."""
        return self._is_over(review_due, today, self.freshness.hide_after_days)

    def _is_over(self, review_due: date | None, today: date, days: int) -> bool:
        return not self.demo and review_due is not None and review_due <= today - timedelta(days)


# --- Needs, life phases, facts, emergency ---


class NeedTexts(Strict):
    label: Line
    explanation: str
    question: str = ""
    state: TextState = TextState.MACHINE


class NeedFile(Strict):
    code: NeedCode
    life_situations: Annotated[list[LifeSituation], Meta(min_length=1)]
    """The first one is the main one."""
    lotse: LotseFlow
    texts: dict[str, NeedTexts]
    life_phases: list[LifePhase]
    typical_age_years: tuple[int, int] | None = None
    frequent: bool = False
    facts: list[str] = []
    official_terms: dict[str, list[str]] = {}


class LifePhaseTexts(Strict):
    label: Line
    ages: Line
    intro: str
    state: TextState = TextState.MACHINE


class FactFile(Strict):
    id: Line
    needs: list[NeedCode]
    statement: Texts
    legal_basis: str
    valid_from: date
    checked: str
    checked_as_of: str
    recheck_by: date
    confidence: str
    series: str | None = None
    """The name under which facts follow each other, an amount of one year the amount of the year before."""
    valid_to: date | None = None
    human_checked: list[str] = []

    def in_force(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    @property
    def may_be_shown(self) -> bool:
        """Nobody shows what is only a hint (design §5)."""
        return self.confidence in {"high", "medium"}


class Hotline(Strict):
    id: Line
    number: Line
    tel: Annotated[str, Meta(pattern="^[+0-9]{3,16}$")]
    name: Texts
    for_whom: Texts
    hours: Texts
    cost: Texts
    languages: Texts
    group: Line
    checked: str
    checked_as_of: str
    confidence: str
    states: list[str] = []
    human_checked: list[str] = []


class EmergencySituation(Strict):
    id: Slug
    title: Line
    text: str
    hotlines: list[str]
    needs: list[NeedCode] = []


class EmergencyTexts(Strict):
    intro: str
    situations: list[EmergencySituation]
    state: TextState = TextState.MACHINE


# --- Districts, organizations, offers ---


class DescriptionText(Strict):
    description: str


class DescriptionTranslation(DescriptionText):
    state: TextState | None = None
    """Where it is not the one of the whole file."""


class DistrictFile(Strict):
    slug: Slug
    name: Line
    kind: DistrictKind
    text: DescriptionText
    parent: Slug | None = None
    lat: float | None = None
    lon: float | None = None
    postal_codes: list[str] = []
    neighbours: list[Slug] = []


class Imported(Strict):
    """Where something came from, so that the next import of the same file finds it again."""

    source: str | None = None
    external_id: str | None = None


class LocationFile(Imported, kw_only=True):
    key: Slug
    name: Annotated[str, Meta(max_length=300)]
    street: Line
    postal_code: str
    city: str
    district: Slug | None
    house_number: str = ""
    lat: float | None = None
    lon: float | None = None
    step_free: StepFree | None = None
    bus_stop: str = ""


class OrganizationFile(Imported, kw_only=True):
    slug: Slug
    name: Line
    kind: OrganizationKind
    text: DescriptionText
    locations: list[LocationFile] = []
    phone: str | None = None
    email: str | None = None
    website: str | None = None


class Cost(Strict):
    kind: CostKind
    amount_eur: Annotated[float, Meta(ge=0)] | None = None
    per: CostPer | None = None


class Schedule(Strict):
    frequency: Frequency
    weekday: Weekday
    start: Clock
    end: Clock
    first_on: date
    last_on: date | None = None
    week_of_month: int | None = None


class Internal(Strict):
    funding_until: date | None = None
    goal: str = ""


class OfferTexts(Strict):
    title: Annotated[str, Meta(min_length=1, max_length=200)]
    summary: Annotated[str, Meta(max_length=400)] = ""
    description: str = ""
    registration_note: str = ""
    bring: str = ""
    cost_note: str = ""
    times_note: str = ""
    picture_alt: Annotated[str, Meta(max_length=300)] = ""


class TranslatedTexts(OfferTexts):
    state: TextState = TextState.MACHINE


class OfferContent(Strict, kw_only=True):
    """Everything that editors write of an offer: a version of it, a row of an export. A draft may leave most of it open."""

    organization: Slug
    kind: OfferKind
    text: OfferTexts
    """The German one, which all others are translated from."""
    translations: dict[str, TranslatedTexts] = {}
    location: Slug | None = None
    serves: list[Slug] = []
    """Districts."""
    city_wide: bool = False
    needs: list[NeedCode] = []
    life_phases: list[LifePhase] = []
    life_situations: list[LifeSituation] = []
    access: list[Access] = []
    min_age_months: AgeMonths | None = None
    max_age_months: AgeMonths | None = None
    cost: Cost = msgspec.field(default_factory=lambda: Cost(kind=CostKind.UNKNOWN))
    education_package: bool = False
    registration: Registration = Registration.UNKNOWN
    no_german_needed: bool = False
    languages: list[str] = []
    interpreter: Provision | None = None
    childcare: Provision | None = None
    accompaniment: Provision | None = None
    first_contact: bool = False
    opening_hours: str = ""
    by_appointment: bool = False
    schedules: list[Schedule] = []
    waiting_weeks: int | None = None
    free_places: int | None = None
    availability_as_of: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    assured_on: date | None = None
    review_due: date | None = None
    phone: str | None = None
    email: str | None = None
    website: str | None = None
    picture: str | None = None
    """SHA-256 of the picture."""
    follow_ups: list[Slug] = []
    internal: Internal = msgspec.field(default_factory=Internal)


class OfferFile(OfferContent, kw_only=True):
    """An offer in a file is whole: it is published as it is."""

    slug: Slug
    status: OfferStatus = OfferStatus.PUBLISHED
    cost: Cost
    needs: Annotated[list[NeedCode], Meta(min_length=1)]
    life_phases: list[LifePhase]
    life_situations: list[LifeSituation]
    access: list[Access]
    assured_on: date | None
    review_due: date | None
    registration: Registration
    source: str | None = None
    external_id: str | None = None
    phone: str | UnsetType | None = UNSET  # type: ignore[assignment]
    """Where it is not said, the one of the organization; null where there is none."""


class OfferTranslation(OfferTexts):
    state: TextState | None = None
    """Where it is not the one of the whole file."""


class DemoTexts(Strict):
    """content/demo/texts.<lang>.yaml: the demo Kommune in one language other than German."""

    districts: dict[Slug, DescriptionTranslation]
    organizations: dict[Slug, DescriptionTranslation]
    offers: dict[Slug, OfferTranslation]
    state: TextState = TextState.MACHINE
