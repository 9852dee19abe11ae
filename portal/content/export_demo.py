"""The Kommune itself written back as files: districts, organizations and their places, offers, pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select
from sqlmodel import Session

from portal.content.directory import FILE as DIRECTORY
from portal.content.directory import directory_text
from portal.content.files import UnfinishedOfferFile
from portal.content.schema import (
    DemoTexts,
    DescriptionText,
    DescriptionTranslation,
    DistrictFile,
    LocationFile,
    OfferContent,
    OfferFile,
    OfferTranslation,
    OrganizationFile,
    read,
)
from portal.content.site import SOURCE_LANGUAGE
from portal.content.store import TEXT_FIELDS, read_contents
from portal.content.yaml_text import plain, yaml_text
from portal.models import (
    District,
    DistrictNeighbour,
    DistrictText,
    Location,
    Offer,
    Organization,
    OrganizationText,
    Picture,
)
from portal.models.enums import OfferStatus, TextState

_BATCH = 200
"""So many offers are in memory at a time, with all their languages."""

Files = Iterator[tuple[str, str | bytes]]
"""Paths below the folder and what is to stand there."""


@dataclass
class _Translations:
    """The texts in languages other than German, as they come by: one file for each language in the end."""

    by_lang: dict[str, dict[str, dict[str, Any]]]

    @classmethod
    def empty(cls) -> _Translations:
        return cls(defaultdict(lambda: {"districts": {}, "organizations": {}, "offers": {}}))

    def files(self) -> Files:
        for lang, sections in sorted(self.by_lang.items()):
            states = [text.state for texts in sections.values() for text in texts.values()]
            usual = max(TextState, key=states.count)
            for texts in sections.values():
                for text in texts.values():
                    if text.state is usual:
                        text.state = None
            sections = {name: dict(sorted(texts.items())) for name, texts in sections.items()}
            file = DemoTexts(state=usual, **sections)
            yield f"demo/texts.{lang}.yaml", yaml_text({"state": usual.value, **plain(file)})


def demo_files(session: Session, present: Path) -> Files:
    translations = _Translations.empty()
    slugs = {row.id: row.slug for row in session.execute(select(District.id, District.slug))}
    if slugs:
        yield "demo/districts.yaml", _districts(session, slugs, present, translations)
    phones: dict[str, str | None] = {}
    organizations = list(_organizations(session, slugs, translations))
    for item in organizations:
        phones[item["slug"]] = item.get("phone")
    if organizations:
        yield "demo/organizations.yaml", yaml_text(organizations)
    pictures: set[str] = set()
    for organization, offers in _offers(session, phones, translations, pictures):
        yield f"demo/offers/{organization}.yaml", yaml_text(offers)
    yield from translations.files()
    if text := directory_text(session):
        yield f"demo/{DIRECTORY}", text
    for name in sorted(pictures):
        data = session.execute(select(Picture.webp).where(Picture.sha256 == name)).scalar_one_or_none()
        if data is not None:
            yield f"demo/pictures/{name}.webp", data


def _descriptions(
    session: Session, table: Any, key: Any, slugs: dict[int, str], section: str, translations: _Translations
) -> dict[int, str]:
    """The German descriptions by id; the others go to `translations`."""
    german: dict[int, str] = {}
    for owner, lang, state, text in session.execute(select(key, table.lang, table.state, table.description)):
        if lang == SOURCE_LANGUAGE:
            german[owner] = text
        else:
            translations.by_lang[lang][section][slugs[owner]] = DescriptionTranslation(description=text, state=state)
    return german


def _districts(session: Session, slugs: dict[int, str], present: Path, translations: _Translations) -> str:
    path = present / "districts.yaml"
    codes = {item.slug: item.postal_codes for item in read(path, list[DistrictFile])} if path.exists() else {}
    texts = _descriptions(session, DistrictText, DistrictText.district_id, slugs, "districts", translations)
    neighbours = defaultdict(list)
    for one, other in session.execute(select(DistrictNeighbour.district_id, DistrictNeighbour.neighbour_id)):
        neighbours[one].append(slugs[other])
    rows = list(session.execute(select(District.__table__).order_by(District.position, District.slug)))
    return yaml_text(
        [
            plain(
                DistrictFile(
                    slug=row.slug,
                    name=row.name,
                    kind=row.kind,
                    parent=slugs.get(row.parent_id),
                    lat=row.latitude,
                    lon=row.longitude,
                    postal_codes=codes.get(row.slug, []),
                    neighbours=sorted(neighbours[row.id]),
                    text=DescriptionText(description=texts.get(row.id, "")),
                )
            )
            for row in _parents_first(rows)
        ]
    )


def _parents_first(rows: list[Any]) -> Iterable[Any]:
    """In their order, but none before what it is part of: the files are read from the top."""
    done, waiting = set(), list(rows)
    while waiting:
        # The first whose parent is there; there is one, or somebody has drawn a ring.
        row = next((row for row in waiting if row.parent_id is None or row.parent_id in done), waiting[0])
        waiting.remove(row)
        done.add(row.id)
        yield row


def _organizations(session: Session, slugs: dict[int, str], translations: _Translations) -> Iterator[dict[str, Any]]:
    rows = list(session.execute(select(Organization.__table__).order_by(Organization.slug)))
    names = {row.id: row.slug for row in rows}
    texts = _descriptions(
        session, OrganizationText, OrganizationText.organization_id, names, "organizations", translations
    )
    places = defaultdict(list)
    for row in session.execute(select(Location.__table__).order_by(Location.slug)):
        places[row.organization_id].append(
            LocationFile(
                key=row.slug,
                district=slugs.get(row.district_id),
                lat=row.latitude,
                lon=row.longitude,
                **{name: getattr(row, name) for name in _LOCATION_COLUMNS},
            )
        )
    for row in rows:
        yield plain(
            OrganizationFile(
                slug=row.slug,
                text=DescriptionText(description=texts.get(row.id, "")),
                locations=places[row.id],
                **{name: getattr(row, name) for name in _ORGANIZATION_COLUMNS},
            )
        )


_LOCATION_COLUMNS = "name street house_number postal_code city step_free bus_stop source external_id".split()
_ORGANIZATION_COLUMNS = "name kind phone email website source external_id".split()


def _offers(
    session: Session, phones: dict[str, str | None], translations: _Translations, pictures: set[str]
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """By organization, in the order of the slugs."""
    rows = list(
        session.execute(
            select(
                Offer.id, Offer.slug, Offer.status, Offer.source, Offer.external_id, Organization.slug.label("owner")
            )
            .join(Organization, Organization.id == Offer.organization_id)
            .order_by(Organization.slug, Offer.slug)
        )
    )
    owner = ""
    offers: list[dict[str, Any]] = []
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        contents = read_contents(session, [row.id for row in batch])
        for row in batch:
            if row.owner != owner and offers:
                yield owner, offers
                offers = []
            owner = row.owner
            content = contents[row.id]
            offers.append(_offer(row, content, phones.get(owner)))
            if content.picture:
                pictures.add(content.picture)
            for lang, text in content.translations.items():
                words = {name: getattr(text, name) for name in TEXT_FIELDS}
                translations.by_lang[lang]["offers"][row.slug] = OfferTranslation(state=text.state, **words)
    if offers:
        yield owner, offers


def _offer(row: Any, content: OfferContent, organization_phone: str | None) -> dict[str, Any]:
    shape: Any = OfferFile if row.status == OfferStatus.PUBLISHED else UnfinishedOfferFile
    # Its version that waits for approval is not written, so nothing waits in the files.
    status = OfferStatus.DRAFT if row.status == OfferStatus.IN_REVIEW else row.status
    fields = {name: getattr(content, name) for name in OfferContent.__struct_fields__} | {"translations": {}}
    if content.phone == organization_phone:
        fields["phone"] = msgspec.UNSET
    written = plain(shape(slug=row.slug, status=status, source=row.source, external_id=row.external_id, **fields))
    # What it is called first, its words last, as people write it.
    text = written.pop("text")
    first = {name: written.pop(name) for name in ("slug", "status", "organization", "location") if name in written}
    return {**first, **written, "text": text}
