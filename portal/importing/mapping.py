"""How the columns of somebody's file become an offer: a YAML file, so that a new source needs no code.

A template is a text with {column} in it. A template whose columns are all blank gives nothing; in a list of templates
each one with a blank column is left out.
"""

from __future__ import annotations

import codecs
import re
from datetime import date
from pathlib import Path

from portal.content.schema import ContentError, Line, NeedCode, Slug, Strict, read
from portal.models.enums import (
    Access,
    CostKind,
    LifePhase,
    LifeSituation,
    OfferKind,
    OfferStatus,
    OrganizationKind,
    Registration,
)

_COLUMN = re.compile(r"\{([A-Za-z_]\w*)\}")
# So that {4} in a pattern is not taken for a column.


class FileShape(Strict):
    """What the file must look like; anything else is refused before a row is read."""

    columns: list[str]
    encoding: str = "utf-8-sig"
    delimiter: str = ","


class RejectRule(Strict):
    column: str
    pattern: str
    reason: Line


class Choice(Strict):
    """A value looked up by the text of a column."""

    column: str
    values: dict[str, str]
    default: str | None = None


class NeedRule(Strict):
    """If the text of one of the columns matches, the offer answers these needs, in these situations and phases."""

    pattern: str
    needs: list[NeedCode]
    life_situations: list[LifeSituation] = []
    life_phases: list[LifePhase] = []


class OrganizationRule(Strict):
    name: str
    kind: OrganizationKind


class LocationRule(Strict):
    name: str = ""
    address: str = ""
    """Street, number, postal code and city in one text; instead of the four below."""
    street: str = ""
    house_number: str = ""
    postal_code: str = ""
    city: str = ""
    latitude: str = ""
    longitude: str = ""
    step_free: Choice | None = None


class OfferRule(Strict):
    title: str
    summary: list[str]
    description: list[str]
    kind: OfferKind
    access: list[Access]
    need_columns: list[str] = []
    need_rules: list[NeedRule] = []
    needs: list[NeedCode] = []
    life_phases: list[LifePhase] = []
    life_situations: list[LifeSituation] = []
    registration: Registration = Registration.UNKNOWN
    registration_note: str = ""
    min_age_months: str = ""
    max_age_months: str = ""
    opening_hours: str = ""
    cost: Choice | None = None
    cost_kind: CostKind = CostKind.UNKNOWN
    cost_note: Choice | None = None
    languages: Choice | None = None
    """The column holds names separated by commas."""
    phone: str = ""
    email: str = ""
    website: str = ""


class Mapping(Strict):
    source: Slug
    file: FileShape
    id: str
    status: OfferStatus
    assured_on: date
    review_due: date
    organization: OrganizationRule
    location: LocationRule
    offer: OfferRule
    district: str = ""
    """The name of the Gemeinde or Stadtteil; one that is not there yet is added."""
    reject: list[RejectRule] = []


def find_mapping(name: str, folder: Path) -> Mapping:
    """A mapping by path, or by name below content/imports/. Raises ContentError."""
    path = Path(name)
    if not path.is_file():
        path = folder / f"{name}.yaml"
    mapping = read(path, Mapping)
    offer = mapping.offer
    choices = (mapping.location.step_free, offer.cost, offer.cost_note, offer.languages)
    used = {
        *_COLUMN.findall(path.read_text(encoding="utf-8")),
        *offer.need_columns,
        *(rule.column for rule in mapping.reject),
        *(rule.column for rule in choices if rule),
    }
    if unknown := used - set(mapping.file.columns):
        raise ContentError(f"{path}: the file has no column {', '.join(sorted(unknown))}")
    try:
        codecs.lookup(mapping.file.encoding)
        for pattern in (*(r.pattern for r in mapping.reject), *(r.pattern for r in offer.need_rules)):
            re.compile(pattern)
    except (LookupError, re.error) as error:
        raise ContentError(f"{path}: {error}") from error
    if CostKind.FIXED in (offer.cost_kind, *(offer.cost.values.values() if offer.cost else ())):
        raise ContentError(f"{path}: cost_kind fixed needs an amount, and a mapping has no field for one")
    return mapping


def fill(template: str, row: dict[str, str]) -> str:
    """The template with the row's values; empty where every column in it is blank."""
    columns = _COLUMN.findall(template)
    if columns and not any(row[column] for column in columns):
        return ""
    return _COLUMN.sub(lambda match: row[match[1]], template).strip()


def fill_all(templates: list[str], row: dict[str, str]) -> list[str]:
    """The templates that have all their values."""
    return [fill(template, row) for template in templates if all(row[c] for c in _COLUMN.findall(template))]


def choose(rule: Choice | None, row: dict[str, str]) -> str | None:
    if rule is None:
        return None
    return rule.values.get(row[rule.column], rule.default)
