"""What can be translated: which tables hold words, whose they are, and what their fields are called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import String, cast

from portal.content.schema import OfferTexts
from portal.editing.checks import TEXTS
from portal.models import (
    Banner,
    BannerText,
    District,
    DistrictText,
    LifePhaseText,
    NeedText,
    Offer,
    OfferText,
    Organization,
    OrganizationText,
    PageText,
)
from portal.models.enums import OfferStatus


@dataclass(frozen=True)
class TextField:
    name: str
    label: str
    max_length: int
    rows: int = 1


@dataclass(frozen=True)
class TextKind:
    """A table of texts: one row for each thing and language."""

    name: str
    """As in keys of units and in addresses."""
    label: str
    """Plural, for editors."""
    table: Any
    key: str
    """The column of `table` that says whose text it is."""
    fields: tuple[TextField, ...]
    entity: Any
    """An expression: the stable name of the thing (slug, code, id) as text."""
    title: Any
    """An expression: what editors call the thing."""
    owner: Any = None
    """The table of the thing, joined to reach `entity` and `title`; None where the text's own columns say it."""
    owner_key: Any = None
    only: tuple[Any, ...] = ()
    """Conditions on the thing."""

    def field(self, name: str) -> TextField:
        return next(field for field in self.fields if field.name == name)


_LIMITS = {"title": 200, "summary": 400, "description": 5000, "picture_alt": 300}
_ROWS = {"title": 1, "description": 8, "picture_alt": 1}
_OFFER_FIELDS = tuple(
    TextField(name, TEXTS[name], _LIMITS.get(name, 500), _ROWS.get(name, 2)) for name in OfferTexts.__struct_fields__
)
_DESCRIPTION = (TextField("description", "Beschreibung", 5000, 6),)

KINDS: dict[str, TextKind] = {
    kind.name: kind
    for kind in (
        TextKind(
            "offer",
            "Angebote",
            OfferText,
            "offer_id",
            _OFFER_FIELDS,
            Offer.slug,
            OfferText.title,
            Offer,
            Offer.id,
            (Offer.status != OfferStatus.ARCHIVED,),
        ),
        TextKind(
            "organization",
            "Träger",
            OrganizationText,
            "organization_id",
            _DESCRIPTION,
            Organization.slug,
            Organization.name,
            Organization,
            Organization.id,
        ),
        TextKind(
            "district",
            "Stadtteile",
            DistrictText,
            "district_id",
            _DESCRIPTION,
            District.slug,
            District.name,
            District,
            District.id,
        ),
        TextKind(
            "need",
            "Bedarfe",
            NeedText,
            "need_code",
            (
                TextField("label", "Name", 200),
                TextField("question", "Frage", 300),
                TextField("explanation", "Erklärung", 3000, 5),
            ),
            NeedText.need_code,
            NeedText.label,
        ),
        TextKind(
            "page",
            "Seiten",
            PageText,
            "slug",
            (
                TextField("title", "Titel", 200),
                TextField("description", "Kurz gesagt", 400, 2),
                TextField("body", "Text", 50_000, 20),
            ),
            PageText.slug,
            PageText.title,
        ),
        TextKind(
            "life_phase",
            "Lebensphasen",
            LifePhaseText,
            "phase",
            (
                TextField("label", "Name", 120),
                TextField("ages", "Alter", 120),
                TextField("intro", "Einleitung", 2000, 5),
            ),
            cast(LifePhaseText.phase, String),
            LifePhaseText.label,
        ),
        TextKind(
            "banner",
            "Aktuell",
            BannerText,
            "banner_id",
            (TextField("text", "Text", 300, 2),),
            cast(BannerText.banner_id, String),
            BannerText.text,
            Banner,
            Banner.id,
        ),
    )
}
