"""A row and a mapping to an offer that could be written, or the reason why not."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

import msgspec
import opening_hours
import phonenumbers

from portal.importing.mapping import Mapping, choose, fill, fill_all
from portal.models import MAX_AGE_MONTHS
from portal.models.enums import CostKind, StepFree

_ADDRESS = re.compile(
    r"^(?P<street>.+?)\s+(?P<number>\d+\s?[a-zA-Z]?(?:\s?[-/]\s?\d+\s?[a-zA-Z]?)?)\s*,\s*(?P<plz>\d{5})\s+(?P<city>.+)$"
)


class RowError(Exception):
    """One row cannot be used."""


@dataclass
class Record:
    """A row that can become an offer."""

    line: int
    external_id: str
    fingerprint: str
    district: str
    organization: str
    location: dict[str, Any] | None
    offer: dict[str, Any]
    text: dict[str, str]
    needs: list[str]
    life_phases: list[Any]
    life_situations: list[Any]
    languages: list[str]


def to_record(line: int, external_id: str, row: dict[str, str], mapping: Mapping, known_needs: set[str]) -> Record:
    """The row as an offer. Raises RowError with the reason where it cannot be one."""
    for rule in mapping.reject:
        if re.search(rule.pattern, row[rule.column]):
            raise RowError(rule.reason)
    offer = mapping.offer
    title = fill(offer.title, row)
    if not title:
        raise RowError("it has no name")
    low = _months(fill(offer.min_age_months, row))
    high = _months(fill(offer.max_age_months, row))
    if low is not None and high is not None and low > high:
        raise RowError(f"the ages are the wrong way round: {low} to {high} months")
    organization = fill(mapping.organization.name, row)
    if not organization:
        raise RowError("it has no organization")
    needs, situations, phases = _needs(row, mapping)
    if not needs:
        raise RowError("none of the needs fits it; the mapping decides which do")
    if unknown := [code for code in needs if code not in known_needs]:
        raise RowError(f"the mapping names unknown needs: {', '.join(unknown)}")
    location = _location(row, mapping)
    phone = _phone(fill(offer.phone, row))
    if location is None and phone is None:
        raise RowError("it has neither a phone number nor an address: families could not reach it")
    cost_kind = CostKind(choose(offer.cost, row) or offer.cost_kind)
    languages = _languages(row, mapping)
    return Record(
        line=line,
        external_id=external_id,
        fingerprint=_fingerprint(row, mapping),
        district=fill(mapping.district, row),
        organization=organization[:200],
        location=location,
        offer={
            "kind": offer.kind,
            "min_age_months": low,
            "max_age_months": high,
            "cost_kind": cost_kind,
            # An amount that an editor wrote does not outlive a row that says otherwise.
            "cost_cents": None,
            "cost_per": None,
            "registration": offer.registration,
            "opening_hours": _hours(fill(offer.opening_hours, row)),
            "phone": phone,
            "email": _email(fill(offer.email, row)),
            "website": _website(fill(offer.website, row)),
            "assured_on": mapping.assured_on,
            "review_due": mapping.review_due,
        },
        text={
            "title": title[:200],
            "summary": " ".join(fill_all(offer.summary, row))[:400],
            "description": "\n\n".join(fill_all(offer.description, row)),
            "registration_note": offer.registration_note,
            "cost_note": choose(offer.cost_note, row) or "",
        },
        needs=needs,
        life_phases=phases,
        life_situations=situations,
        languages=languages,
    )


def _fingerprint(row: dict[str, str], mapping: Mapping) -> str:
    # The mapping counts too: when it is improved, the next run brings the improvement. Defaults are left out, so that a
    # new field of Mapping does not make every row look changed.
    content = msgspec.json.encode([row, mapping], order="deterministic")
    return hashlib.sha256(content).hexdigest()


def _months(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= MAX_AGE_MONTHS):
        raise RowError(f"{text[:20]!r} is not an age in months from 0 to {MAX_AGE_MONTHS}")
    return int(text)


def _needs(row: dict[str, str], mapping: Mapping) -> tuple[list[str], list[Any], list[Any]]:
    offer = mapping.offer
    needs, situations, phases = list(offer.needs), list(offer.life_situations), list(offer.life_phases)
    text = " ".join(row[column] for column in offer.need_columns)
    for rule in offer.need_rules:
        if re.search(rule.pattern, text, re.IGNORECASE):
            needs += rule.needs
            situations += rule.life_situations
            phases += rule.life_phases
    return list(dict.fromkeys(needs))[:5], list(dict.fromkeys(situations)), list(dict.fromkeys(phases))


def _location(row: dict[str, str], mapping: Mapping) -> dict[str, Any] | None:
    rule = mapping.location
    if rule.address:
        match = _ADDRESS.match(fill(rule.address, row))
        if not match:
            return None
        street, number, postal_code, city = match.group("street", "number", "plz", "city")
    else:
        street, number = fill(rule.street, row), fill(rule.house_number, row)
        postal_code, city = fill(rule.postal_code, row), fill(rule.city, row)
        if not street:
            return None
    latitude, longitude = _degrees(fill(rule.latitude, row), 90), _degrees(fill(rule.longitude, row), 180)
    if latitude is None or longitude is None:
        latitude = longitude = None
    step_free = choose(rule.step_free, row)
    return {
        "name": fill(rule.name, row)[:300],
        "street": street[:200],
        # 0, - and -/- are what people write where there is no number.
        "house_number": number[:20] if re.search(r"[1-9]", number) else "",
        "postal_code": postal_code[:10],
        "city": city[:120],
        "latitude": latitude,
        "longitude": longitude,
        "step_free": StepFree(step_free) if step_free else None,
    }


def _degrees(text: str, limit: int) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if -limit <= value <= limit and value != 0 else None


def _phone(text: str) -> str | None:
    """The number as it is dialled in Germany; None where it is not one."""
    try:
        number = phonenumbers.parse(text, "DE")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL))[:40]


def _email(text: str) -> str | None:
    return text if len(text) <= 200 and re.fullmatch(r"[^@\s]{1,64}@[\w.-]+\.[A-Za-z]{2,}", text) else None


def _website(text: str) -> str | None:
    return text[:500] if re.fullmatch(r"https?://[^\s\"<>]+", text) else None


def _hours(expression: str) -> str:
    return expression if 0 < len(expression) <= 500 and opening_hours.validate(expression) else ""


def _languages(row: dict[str, str], mapping: Mapping) -> list[str]:
    rule = mapping.offer.languages
    if rule is None:
        return []
    names = [name.strip() for name in row[rule.column].split(",")]
    return list(dict.fromkeys(rule.values[name] for name in names if name in rule.values))[:12]
