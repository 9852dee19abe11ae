"""What is missing: what keeps an offer from being published, and what would make it better."""

from __future__ import annotations

from dataclasses import dataclass

import phonenumbers

from portal.content.schema import OfferContent
from portal.models.enums import CostKind
from portal.plain.check import check_text
from portal.plain.words import PlainWords

TEXTS = {
    "title": "Titel",
    "summary": "Kurz gesagt",
    "description": "Beschreibung",
    "registration_note": "Zur Anmeldung",
    "bring": "Bitte mitbringen",
    "cost_note": "Zu den Kosten",
    "times_note": "Zu den Zeiten",
    "picture_alt": "Was auf dem Bild ist",
}
"""The German names of the texts of an offer, as the form has them."""


@dataclass(frozen=True)
class Remark:
    """Something about an offer. `field` is the id of the field in the form."""

    field: str
    message: str
    blocks: bool


def remarks(content: OfferContent, words: PlainWords) -> list[Remark]:
    """All that can be said about an offer without asking anybody, what blocks publication first."""
    found = [*_missing(content), *_shaming(content, words), *_advice(content)]
    return sorted(found, key=lambda remark: not remark.blocks)


def reasons_against(content: OfferContent, words: PlainWords) -> list[str]:
    """Why it cannot be published."""
    return [remark.message for remark in remarks(content, words) if remark.blocks]


def _missing(content: OfferContent) -> list[Remark]:
    text = content.text
    conditions = (
        ("summary", not text.summary.strip(), "„Kurz gesagt“ fehlt: der Satz, den Familien in Listen lesen."),
        ("description", not text.description.strip(), "Die Beschreibung fehlt."),
        ("needs", not content.needs, "Kein Bedarf ist angekreuzt: Familien würden das Angebot nicht finden."),
        ("life_phases", not content.life_phases, "Keine Lebensphase ist angekreuzt."),
        (
            "phone",
            not content.phone and not content.location,
            "Weder eine Telefonnummer noch ein Ort: Niemals nur digital. Familien brauchen eine Nummer oder eine Adresse.",
        ),
        ("phone", bool(content.phone) and not is_phone(content.phone or ""), "Die Telefonnummer kann nicht stimmen."),
        (
            "picture_alt",
            bool(content.picture) and not text.picture_alt.strip(),
            "Zum Bild fehlt, was darauf zu sehen ist. Manche Menschen sehen es nicht.",
        ),
    )
    return [Remark(field, message, True) for field, wrong, message in conditions if wrong]


def _shaming(content: OfferContent, words: PlainWords) -> list[Remark]:
    return [
        Remark(name, f"{label}: {finding.message}", True)
        for name, label in TEXTS.items()
        for finding in check_text(getattr(content.text, name), words).findings
        if finding.blocks
    ]


def _advice(content: OfferContent) -> list[Remark]:
    conditions = (
        ("phone", not content.phone, "Es gibt keine Telefonnummer. Viele Familien rufen lieber an."),
        (
            "min_age",
            content.min_age_months is None and content.max_age_months is None,
            "Es gibt kein Alter. Ist das Angebot wirklich für jedes Alter?",
        ),
        ("follow_ups", not content.follow_ups, "Es gibt kein Anschlussangebot: Was kommt danach?"),
        ("access", not content.access, "Es ist nicht gesagt, wo oder wie das Angebot stattfindet."),
        ("cost_kind", content.cost.kind == CostKind.UNKNOWN, "Es ist nicht gesagt, was es kostet."),
        (
            "hours",
            not (content.opening_hours or content.schedules or content.by_appointment or content.text.times_note),
            "Es ist nicht gesagt, wann jemand da ist.",
        ),
        ("languages", not content.languages, "Es ist nicht gesagt, welche Sprachen dort gesprochen werden."),
    )
    return [Remark(field, message, False) for field, wrong, message in conditions if wrong]


def is_phone(number: str) -> bool:
    """Whether it has the form of a phone number in Germany: short numbers of emergencies and numbers for fiction too."""
    try:
        parsed = phonenumbers.parse(number, "DE")
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_possible_number(parsed) or number.strip() in {"110", "112", "115"}
