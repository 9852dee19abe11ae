"""What differs between two versions of an offer, field by field, in the words of the form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from portal.content.schema import OfferContent
from portal.editing.checks import TEXTS
from portal.i18n import LANGUAGES
from portal.translating.worddiff import Piece, diff_words

FIELDS: dict[str, str] = {
    "organization": "Träger",
    "kind": "Art",
    "location": "Ort",
    "serves": "Für welche Stadtteile",
    "city_wide": "Für alle in der Kommune",
    "needs": "Bedarfe",
    "life_phases": "Lebensphasen",
    "life_situations": "Lebenslagen",
    "access": "Zugang",
    "min_age_months": "Alter von (Monate)",
    "max_age_months": "Alter bis (Monate)",
    "cost": "Kosten",
    "education_package": "Bildungspaket",
    "registration": "Anmeldung",
    "no_german_needed": "Deutsch nicht nötig",
    "languages": "Sprachen",
    "interpreter": "Dolmetschen",
    "childcare": "Kinderbetreuung",
    "accompaniment": "Begleitung",
    "first_contact": "Hier hilft ein Mensch",
    "opening_hours": "Öffnungszeiten",
    "by_appointment": "Nur mit Termin",
    "schedules": "Termine",
    "waiting_weeks": "Wartezeit in Wochen",
    "free_places": "Freie Plätze",
    "availability_as_of": "Stand der Plätze",
    "valid_from": "Gilt von",
    "valid_to": "Gilt bis",
    "assured_on": "Zuletzt geprüft",
    "review_due": "Wieder zu prüfen",
    "phone": "Telefon",
    "email": "E-Mail",
    "website": "Internetseite",
    "picture": "Bild",
    "follow_ups": "Anschlussangebote",
    "internal": "Intern (Finanzierung, Ziel)",
}
"""Everything of an offer beside its texts, by the name of the field."""


@dataclass(frozen=True)
class Difference:
    """One field that differs. `field` is stable: "text.title", "text.tr.title", "phone"."""

    field: str
    label: str
    pieces: list[Piece]


def differences(before: OfferContent, after: OfferContent, name_of: Callable[[Any], str] = str) -> list[Difference]:
    """Texts first, German before the translations, then the rest in the order of the form.

    `name_of` gives the words for a value; without it codes stay codes.
    """
    found = [
        Difference(f"text.{name}", label, diff_words(old, new))
        for name, label in TEXTS.items()
        if (old := getattr(before.text, name)) != (new := getattr(after.text, name))
    ]
    for lang in sorted({*before.translations, *after.translations}):
        old_text, new_text = before.translations.get(lang), after.translations.get(lang)
        language = LANGUAGES[lang].name if lang in LANGUAGES else lang
        found += [
            Difference(f"text.{lang}.{name}", f"{label} ({language})", diff_words(old, new))
            for name, label in TEXTS.items()
            if (old := getattr(old_text, name, "")) != (new := getattr(new_text, name, ""))
        ]
    found += [
        Difference(name, label, diff_words(old, new))
        for name, label in FIELDS.items()
        if (old := shown(getattr(before, name), name_of)) != (new := shown(getattr(after, name), name_of))
    ]
    return found


def shown(value: Any, name: Callable[[Any], str] = str) -> str:
    """A value as a line of text."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, list):
        return ", ".join(shown(item, name) for item in value) or "–"
    if hasattr(value, "__struct_fields__"):
        parts = (getattr(value, field) for field in value.__struct_fields__)
        return " · ".join(shown(part, name) for part in parts if part not in (None, "")) or "–"
    return name(value)


def merge(base: OfferContent, mine: OfferContent, theirs: OfferContent) -> OfferContent:
    """Two people have changed `base`: what only one of them touched is taken from them, the rest from `mine`.

    Who is second sees every field that both touched, and chooses (`both_changed`).
    """
    changes: dict[str, Any] = {}
    for name in OfferContent.__struct_fields__:
        if name in ("text", "translations"):
            continue
        if getattr(mine, name) == getattr(base, name):
            changes[name] = getattr(theirs, name)
    text = {
        name: getattr(theirs.text if getattr(mine.text, name) == getattr(base.text, name) else mine.text, name)
        for name in TEXTS
    }
    return msgspec.structs.replace(
        mine, **changes, text=msgspec.structs.replace(mine.text, **text), translations=theirs.translations
    )


def both_changed(
    base: OfferContent, mine: OfferContent, theirs: OfferContent, name_of: Callable[[Any], str] = str
) -> list[Difference]:
    """From theirs to mine, in the fields that both have changed and not to the same."""
    touched_by_them = {item.field for item in differences(base, theirs)}
    touched_by_me = {item.field for item in differences(base, mine)}
    both = touched_by_them & touched_by_me
    return [item for item in differences(theirs, mine, name_of) if item.field in both]


def take(content: OfferContent, theirs: OfferContent, fields: set[str]) -> OfferContent:
    """`content` with these fields as they have them."""
    texts = {field.removeprefix("text.") for field in fields if field.startswith("text.") and field.count(".") == 1}
    changes: dict[str, Any] = {name: getattr(theirs, name) for name in fields if name in FIELDS}
    if texts:
        words = {name: getattr(theirs.text, name) for name in texts if name in TEXTS}
        changes["text"] = msgspec.structs.replace(content.text, **words)
    return msgspec.structs.replace(content, **changes)
