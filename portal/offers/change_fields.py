"""What differs between two versions of an offer, as far as families can read it: which fields, and how much."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec
from rapidfuzz.distance import Levenshtein


class Field(StrEnum):
    """What can change, in the order in which it is named. Several fields of a form are one for its readers."""

    TITLE = "title"
    TEXT = "text"
    ORGANIZATION = "organization"
    PLACE = "place"
    AREA = "area"
    TIMES = "times"
    PERIOD = "period"
    AGE = "age"
    COST = "cost"
    REGISTRATION = "registration"
    BRING = "bring"
    PHONE = "phone"
    EMAIL = "email"
    WEBSITE = "website"
    LANGUAGES = "languages"
    CHILDCARE = "childcare"
    ACCOMPANIMENT = "accompaniment"
    ACCESS = "access"
    TOPICS = "topics"
    FOLLOW_UPS = "follow_ups"
    PICTURE = "picture"


_PARTS: dict[Field, tuple[str, ...]] = {
    Field.TITLE: ("text.title",),
    Field.TEXT: ("text.summary", "text.description"),
    Field.ORGANIZATION: ("organization",),
    Field.PLACE: ("location",),
    Field.AREA: ("serves", "city_wide"),
    Field.TIMES: ("opening_hours", "by_appointment", "schedules", "text.times_note"),
    Field.PERIOD: ("valid_from", "valid_to"),
    Field.AGE: ("min_age_months", "max_age_months"),
    Field.COST: ("cost", "education_package", "text.cost_note"),
    Field.REGISTRATION: ("registration", "text.registration_note"),
    Field.BRING: ("text.bring",),
    Field.PHONE: ("phone",),
    Field.EMAIL: ("email",),
    Field.WEBSITE: ("website",),
    Field.LANGUAGES: ("languages", "interpreter", "no_german_needed"),
    Field.CHILDCARE: ("childcare",),
    Field.ACCOMPANIMENT: ("accompaniment",),
    Field.ACCESS: ("access", "kind", "first_contact"),
    Field.TOPICS: ("needs", "life_phases", "life_situations"),
    Field.FOLLOW_UPS: ("follow_ups",),
    Field.PICTURE: ("picture", "text.picture_alt"),
}
"""Of OfferContent. Not named: places and waiting time (told apart), days of a check, translations, what is internal."""

_ORDER = {field: place for place, field in enumerate(Field)}
_FIELD_OF = {name: field for field, names in _PARTS.items() for name in names}
_NAMES = ["text", "free_places", "waiting_weeks", *(name for name in _FIELD_OF if not name.startswith("text."))]
_Public: Any = msgspec.defstruct(
    "_Public", [("text", dict[str, str], {}), *((name, Any, None) for name in _NAMES[1:])], gc=False
)
"""The public part of a version. Translations, most of a version's bytes, are passed over without reading them."""


@dataclass(frozen=True)
class Places:
    """Free places and weeks of waiting; None where nobody has said."""

    free: int | None
    weeks: int | None


@dataclass(frozen=True)
class Comparison:
    fields: tuple[Field, ...]
    small: bool
    """Only slips of the pen were put right."""
    before: Places
    after: Places


def compare(before: str, after: str) -> Comparison:
    """Two versions as JSON of OfferContent. Raises msgspec.ValidationError where one is not."""
    old, new = (msgspec.json.decode(text, type=_Public) for text in (before, after))
    changed = {
        name: ("", "")
        for name, a, b in zip(_NAMES, msgspec.structs.astuple(old), msgspec.structs.astuple(new), strict=True)
        if a != b
    }
    if "text" in changed:
        words = {**old.text, **new.text}
        changed |= {
            f"text.{name}": (old.text.get(name, ""), new.text.get(name, ""))
            for name in words
            if old.text.get(name) != new.text.get(name)
        }
    fields = {_FIELD_OF[name] for name in changed if name in _FIELD_OF}
    small = all(name.startswith("text.") and is_slip(*pair) for name, pair in changed.items() if name in _FIELD_OF)
    return Comparison(
        tuple(sorted(fields, key=_ORDER.__getitem__)),
        bool(fields) and small,
        Places(old.free_places, old.waiting_weeks),
        Places(new.free_places, new.waiting_weeks),
    )


def is_slip(before: str, after: str) -> bool:
    """Whether only spelling differs: "Famlien" and "Familien". What changes the sense is none: a number, "ein" and "kein"."""
    old, new = (re.findall(r"\w+", text) for text in (before, after))
    if len(old) != len(new):
        glued = "".join(old)
        return not re.search(r"\d", glued) and glued.casefold() == "".join(new).casefold()
    return all(_same_word(a.casefold(), b.casefold()) for a, b in zip(old, new, strict=True))


def _same_word(old: str, new: str) -> bool:
    """The first letter makes "keine" of "eine", and two letters in a short word make "Juli" of "Juni"."""
    if old == new:
        return True
    if re.search(r"\d", old + new) or min(len(old), len(new)) < 5 or old[0] != new[0]:
        return False
    return Levenshtein.distance(old, new, score_cutoff=2) <= 2
