"""The columns of a table of offers: one place for their names, and an offer to a row and back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from babel import Locale
from babel.core import UnknownLocaleError

from portal.admin.forms import clean_text, email_rule, phone_rule, website_rule
from portal.admin.offer_form import SPOKEN, OfferForm
from portal.content.schema import OfferContent, OfferTexts, TranslatedTexts
from portal.editing import exchange_cells as cells
from portal.editing.checks import TEXTS
from portal.editing.differences import FIELDS
from portal.editing.exchange_cells import Cell, CellError, Names
from portal.editing.hours import wrong_with
from portal.i18n import language_name
from portal.models.enums import (
    Access,
    CostKind,
    CostPer,
    LifePhase,
    LifeSituation,
    OfferKind,
    Provision,
    Registration,
    TextState,
)

SLUG, STATUS, VERSION = "Kennung", "Stand", "Fassung"
"""Not of the content: which offer a row is, where it stands, and what it was when the table was given out."""
_LENGTHS = {"title": 200, "summary": 400, "description": 5000, "picture_alt": 300}
_LENGTH_OF_NOTES = 500
Path = tuple[str, ...]
"""Where a value is in OfferContent: ("phone",), ("cost", "kind"), ("translations", "tr", "title")."""
_ORDER = (
    "organization text kind needs life_phases life_situations min_age_months max_age_months location access city_wide "
    "serves opening_hours by_appointment schedules valid_from valid_to cost.kind cost.amount_eur cost.per "
    "education_package registration phone email website first_contact languages no_german_needed interpreter childcare "
    "accompaniment waiting_weeks free_places availability_as_of follow_ups internal.funding_until internal.goal "
    "assured_on review_due"
).split()
"""As in the form. "text" are all German texts. The picture is a file and in no table."""
_NAMES = FIELDS | {
    "min_age_months": "Alter von",
    "max_age_months": "Alter bis",
    "cost.kind": "Kosten",
    "cost.amount_eur": "Betrag in Euro",
    "cost.per": "Wie oft zu zahlen",
    "internal.funding_until": "Finanziert bis",
    "internal.goal": "Ziel",
}
_form = OfferForm()
"""Its words for the values are those of the table."""


@dataclass(frozen=True)
class Known:
    """What rows may name that is in the database, each by its slug or code, or by its name."""

    organizations: Names
    locations: Names
    districts: Names
    needs: Names
    offers: Names


@dataclass(frozen=True)
class Column:
    head: str
    path: Path
    cell: Cell

    def text(self, content: OfferContent) -> str:
        """What this cell says of an offer."""
        value: Any = content
        for name in self.path:
            value = value.get(name) if isinstance(value, dict) else getattr(value, name)
            if value is None:
                return ""
        return self.cell.write(value)


class RowError(Exception):
    """A row cannot be used; `problems` are German sentences for the editor, each with its column."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = list(problems)


def columns(known: Known, languages: Iterable[str]) -> list[Column]:
    """All columns but the first three. `languages` are those that the site translates into."""
    kinds = _cells(known)
    found: list[Column] = []
    for name in _ORDER:
        if name == "text":
            found += [Column(head, ("text", field), _text(field)) for field, head in TEXTS.items()]
        else:
            found.append(Column(_NAMES[name], tuple(name.split(".")), kinds[name]))
    for lang in languages:
        found += [
            Column(f"{head} ({lang})", ("translations", lang, field), _text(field)) for field, head in TEXTS.items()
        ]
    return found


def _text(field: str) -> Cell:
    return cells.text_cell(_LENGTHS.get(field, _LENGTH_OF_NOTES), lines=field not in ("title", "picture_alt"))


def _cells(known: Known) -> dict[str, Cell]:
    phases = cells.enum_cell("Lebensphase", _form.life_phases.choices, LifePhase)
    situations = cells.enum_cell("Lebenslage", _form.life_situations.choices, LifeSituation)
    access = cells.enum_cell("Zugang", _form.access.choices, Access)
    provision = cells.enum_cell("Antwort", _form.interpreter.choices, Provision, empty=None)
    found = {
        "organization": cells.code_cell(known.organizations),
        "kind": cells.enum_cell("Art", _form.kind.choices, OfferKind),
        "needs": cells.several(cells.code_cell(known.needs)),
        "life_phases": cells.several(phases, LifePhase),
        "life_situations": cells.several(situations, LifeSituation),
        "min_age_months": cells.age_cell(0),
        "max_age_months": cells.age_cell(11),
        "location": cells.optional(cells.code_cell(known.locations)),
        "access": cells.several(access, Access),
        "serves": cells.several(cells.code_cell(known.districts)),
        "opening_hours": _checked(cells.text_cell(500), wrong_with),
        "schedules": cells.SCHEDULES,
        "cost.kind": cells.enum_cell("Kosten", _form.cost_kind.choices, CostKind, empty=CostKind.UNKNOWN),
        "cost.amount_eur": cells.EUROS,
        "cost.per": cells.enum_cell("Zahlweise", _form.cost_per.choices, CostPer, empty=None),
        "registration": cells.enum_cell(
            "Anmeldung", _form.registration.choices, Registration, empty=Registration.UNKNOWN
        ),
        "phone": cells.optional(cells.text_cell(40, rule=phone_rule)),
        "email": cells.optional(cells.text_cell(200, rule=email_rule)),
        "website": cells.optional(cells.text_cell(500, rule=website_rule)),
        "languages": cells.several(_language_cell()),
        "waiting_weeks": cells.number_cell(520),
        "free_places": cells.number_cell(10_000),
        "follow_ups": cells.several(cells.code_cell(known.offers)),
        "internal.goal": cells.text_cell(1000, lines=True),
    }
    found |= dict.fromkeys(("interpreter", "childcare", "accompaniment"), provision)
    days = "valid_from valid_to availability_as_of assured_on review_due internal.funding_until"
    found |= dict.fromkeys(days.split(), cells.DAY)
    found |= dict.fromkeys(
        ("city_wide", "education_package", "no_german_needed", "first_contact", "by_appointment"), cells.YES_NO
    )
    return found


def _checked(cell: Cell, wrong: Callable[[str], str]) -> Cell:
    """`wrong` says what is wrong with a text, or ""."""

    def read(text: str) -> str:
        value: str = cell.read(text)
        if problem := wrong(value):
            raise CellError(problem)
        return value

    return Cell(cell.write, read)


def _language_cell() -> Cell:
    """Languages of the form by name; one that an import has brought by its code."""
    names = Names("Sprache", [(code, language_name(code, "de")) for code in SPOKEN])

    def read(text: str) -> str:
        try:
            return names.find(text)
        except CellError:
            try:
                if len(text) <= 12 and re.fullmatch("[a-z]{2,3}(-[A-Za-z0-9]+)*", text):
                    Locale.parse(text.replace("-", "_"))
                    return text
            except (UnknownLocaleError, ValueError):
                pass
            raise

    return Cell(lambda code: names.names.get(code, code), read)


# --- rows -------------------------------------------------------------------------------------------------------------


def to_row(content: OfferContent, found: Iterable[Column]) -> dict[str, str]:
    """The cells of an offer by the names of their columns."""
    return {column.head: column.text(content) for column in found}


def from_row(row: Mapping[str, str], base: OfferContent, found: Iterable[Column], state: TextState) -> OfferContent:
    """`base` with what the row says; a column that it does not have leaves everything as it is.

    A cell that says what `base` says is not read: what was once allowed may stay. Translations that the row changes
    get `state`. Raises RowError.
    """
    values: dict[Path, Any] = {}
    problems: list[str] = []
    for column in found:
        if column.head not in row:
            continue
        cell, now = row[column.head], column.text(base)
        clean = _clean_translation if column.path[0] == "translations" else clean_text
        if cell == now or (text := clean(cell) or "") == clean(now):
            continue
        try:
            values[column.path] = column.cell.read(text)
        except CellError as error:
            problems.append(f"{column.head}: {error}")
    if problems:
        raise RowError(problems)
    return _with_values(base, values, state)


_ISOLATES = {0x2066 + number: 0xE066 + number for number in range(4)}
_BACK = {there: here for here, there in _ISOLATES.items()}


def _clean_translation(text: str) -> str | None:
    """Clean, and with the signs that keep a name or a number in Arabic text in its order."""
    cleaned = clean_text(text.translate(_ISOLATES))
    return cleaned and cleaned.translate(_BACK)


def _with_values(base: OfferContent, values: Mapping[Path, Any], state: TextState) -> OfferContent:
    top = {path[0]: value for path, value in values.items() if len(path) == 1}
    for name in ("text", "cost", "internal"):
        part = {path[1]: value for path, value in values.items() if path[0] == name}
        if part:
            top[name] = msgspec.structs.replace(getattr(base, name), **part)
    by_language: dict[str, dict[str, str]] = {}
    for path, value in values.items():
        if path[0] == "translations":
            by_language.setdefault(path[1], {})[path[2]] = value
    if by_language:
        top["translations"] = _translations(base.translations, by_language, state)
    return msgspec.structs.replace(base, **top)


def _translations(
    before: Mapping[str, TranslatedTexts], changes: Mapping[str, Mapping[str, str]], state: TextState
) -> dict[str, TranslatedTexts]:
    """A language without a word left is a translation that is missing."""
    found = dict(before)
    for lang, words in changes.items():
        text = msgspec.structs.replace(before.get(lang, TranslatedTexts(title="")), **words, state=state)
        if any(getattr(text, name) for name in OfferTexts.__struct_fields__):
            found[lang] = text
        else:
            found.pop(lang, None)
    return dict(sorted(found.items()))


def problems_of(content: OfferContent) -> list[str]:
    """What does not fit together in an offer that came from a row, as sentences that begin with the column."""
    low, high, cost = content.min_age_months, content.max_age_months, content.cost
    fixed = cost.kind == CostKind.FIXED
    conditions = (
        (not content.organization, "Träger: Das fehlt noch."),
        (not content.text.title, "Titel: Das fehlt noch."),
        (not content.kind, "Art: Das fehlt noch."),
        (low is not None and high is not None and low > high, "Alter bis: Es ist kleiner als „Alter von“."),
        (fixed and cost.amount_eur is None, "Betrag in Euro: Das fehlt. Beispiel: 12,50"),
        (fixed and cost.per is None, "Wie oft zu zahlen: Das fehlt. Beispiel: jedes Mal"),
        (
            not fixed and (cost.amount_eur is not None or cost.per is not None),
            "Kosten: Ein Betrag passt nur zu „Kostet einen festen Betrag“.",
        ),
        (_wrong_order(content.valid_from, content.valid_to), "Gilt bis: Das Ende liegt vor dem Anfang."),
        (
            _wrong_order(content.assured_on, content.review_due),
            "Wieder zu prüfen: Der Tag liegt vor „Zuletzt geprüft“.",
        ),
    )
    found = [sentence for wrong, sentence in conditions if wrong]
    return found + [
        f"Titel ({lang}): Ohne Titel gibt es keine Übersetzung."
        for lang, text in content.translations.items()
        if not text.title
    ]


def _wrong_order(first: Any, last: Any) -> bool:
    return first is not None and last is not None and first > last
