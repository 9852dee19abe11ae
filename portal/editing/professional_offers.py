"""Offers for professionals (Fachtag, Schulung, Arbeitskreis, Handlungshilfe): what their editors write of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func

from portal.editing.directory import Link, Noun
from portal.models import ProfessionalOffer, ProfessionalOfferKind, ProfessionalOfferNeed


@dataclass(frozen=True, kw_only=True)
class ProfessionalOfferFacts:
    """`organization` is a slug, `needs` are codes. Phone, mail or website is there.

    Without `starts_on` it is there at any time; `ends_on` is the last day, None for one day only.
    """

    organization: str
    kind: ProfessionalOfferKind
    title: str
    text: str = ""
    audience: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    times: str = ""
    place: str = ""
    register_by: date | None = None
    contact: str = ""
    phone: str | None = None
    email: str | None = None
    website: str | None = None
    needs: frozenset[str] = frozenset()


PROFESSIONAL_OFFER = Noun(
    kind="professional_offer",
    table=ProfessionalOffer,
    facts=ProfessionalOfferFacts,
    title="title",
    labels={
        "title": "Titel",
        "kind": "Art",
        "organization": "Träger",
        "text": "Beschreibung",
        "audience": "Für wen",
        "needs": "Themen",
        "starts_on": "Erster Tag",
        "ends_on": "Letzter Tag",
        "times": "Uhrzeit",
        "place": "Ort",
        "register_by": "Anmelden bis",
        "contact": "Wer gibt Auskunft",
        "phone": "Telefon",
        "email": "E-Mail",
        "website": "Webseite",
    },
    columns=(
        *("kind", "title", "text", "audience", "starts_on", "ends_on", "times", "place", "register_by"),
        *("contact", "phone", "email", "website"),
    ),
    links={"needs": Link(ProfessionalOfferNeed, "professional_offer_id", "need_code")},
    searched=("title", "text", "audience", "place"),
)


def matching(kind: str, when: str, today: date) -> list[Any]:
    """Conditions of a list: of this kind, and "kommend" (not over yet), "vorbei" or "jederzeit" (it has no day); "" for all."""
    last = func.coalesce(ProfessionalOffer.ends_on, ProfessionalOffer.starts_on)
    whens = {"kommend": last >= today, "vorbei": last < today, "jederzeit": last.is_(None)}
    return [*([ProfessionalOffer.kind == kind] if kind else []), *([whens[when]] if when else [])]
