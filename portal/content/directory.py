"""demo/directory.yaml, between the file and the database: what only practitioners read.

Ansprechstellen, resources, offers for professionals, and whom a colleague calls about an offer (OfferInternal).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy import select
from sqlmodel import Session

from portal.content.offer_internal import (
    OfferInternalFile,
    check_offer_internal,
    load_offer_internal,
    offer_internal,
)
from portal.content.schema import ContentError, NeedCode, Slug, Strict, read
from portal.content.yaml_text import plain, yaml_text
from portal.models import (
    ContactPoint,
    ContactPointDistrict,
    ContactPointLanguage,
    ContactPointNeed,
    District,
    Need,
    Organization,
    ProfessionalOffer,
    ProfessionalOfferKind,
    ProfessionalOfferNeed,
    Resource,
    ResourceKind,
    ResourceLanguage,
)

FILE = "directory.yaml"
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Lang = Annotated[str, Meta(pattern="^[a-z]{2,3}(-[A-Za-z0-9]+)*$", max_length=12)]


class ContactPointFile(Strict):
    slug: Slug
    organization: Slug
    role: Name
    person: Annotated[str, Meta(max_length=200)] = ""
    responsible: bool = False
    needs: list[NeedCode] = []
    """None: for everything."""
    districts: list[Slug] = []
    """None: for the whole Kommune."""
    languages: list[Lang] = []
    phone: str | None = None
    email: str | None = None
    times: Annotated[str, Meta(max_length=300)] = ""
    substitute: Slug | None = None
    note: Annotated[str, Meta(max_length=1000)] = ""
    assured_on: date | None = None


class ResourceFile(Strict):
    slug: Slug
    organization: Slug
    kind: ResourceKind
    title: Name
    district: Slug | None = None
    """None: for the whole Kommune."""
    capacity: Annotated[int, Meta(ge=1)] | None = None
    languages: list[Lang] = []
    conditions: Annotated[str, Meta(max_length=500)] = ""
    contact: Annotated[str, Meta(max_length=200)] = ""
    phone: str | None = None
    email: str | None = None
    assured_on: date | None = None
    text: Annotated[str, Meta(max_length=2000)] = ""


class ProfessionalOfferFile(Strict):
    slug: Slug
    organization: Slug
    kind: ProfessionalOfferKind
    title: Name
    audience: Annotated[str, Meta(max_length=200)] = ""
    needs: list[NeedCode] = []
    starts_on: date | None = None
    ends_on: date | None = None
    times: Annotated[str, Meta(max_length=200)] = ""
    place: Annotated[str, Meta(max_length=300)] = ""
    register_by: date | None = None
    contact: Annotated[str, Meta(max_length=200)] = ""
    phone: str | None = None
    email: str | None = None
    website: str | None = None
    text: Annotated[str, Meta(max_length=4000)] = ""


class DirectoryFile(Strict):
    contact_points: list[ContactPointFile] = []
    resources: list[ResourceFile] = []
    professional_offers: list[ProfessionalOfferFile] = []
    offers: dict[Slug, OfferInternalFile] = {}
    """By the slug of the offer."""


# --- loading ----------------------------------------------------------------------------------------------------------


def load_directory(session: Session, folder: Path) -> int:
    """Add the entries that the database does not have; what it has stays. Returns how many; the caller commits.

    Nothing where there is no such file. Raises ContentError where an entry names something that is not there.
    """
    path = folder / FILE
    if not path.exists():
        return 0
    file = read(path, DirectoryFile)
    return _Loader(session, path).load(file)


class _Loader:
    def __init__(self, session: Session, path: Path) -> None:
        self.session, self.path = session, path
        self.needs = {need.code: need.code for need in session.execute(select(Need)).scalars()}
        self.organizations = self._ids(Organization)
        self.districts = self._ids(District)

    def load(self, file: DirectoryFile) -> int:
        added = self._load_contact_points(file.contact_points)
        known = self._ids(Resource)
        for item in file.resources:
            if item.slug not in known:
                district = self._find(self.districts, item.district, item.slug) if item.district else None
                row = self._add(Resource(**self._columns(item, "district"), district_id=district))
                self.session.add_all(ResourceLanguage(resource_id=row.id, lang=lang) for lang in item.languages)
                added += 1
        known = self._ids(ProfessionalOffer)
        for offer in file.professional_offers:
            if offer.slug not in known:
                row = self._add(ProfessionalOffer(**self._columns(offer)))
                self.session.add_all(
                    ProfessionalOfferNeed(
                        professional_offer_id=row.id, need_code=self._find(self.needs, code, offer.slug)
                    )
                    for code in offer.needs
                )
                added += 1
        added += load_offer_internal(self.session, file.offers, self.path)
        self.session.flush()
        return added

    def _load_contact_points(self, items: list[ContactPointFile]) -> int:
        known = self._ids(ContactPoint)
        new = [item for item in items if item.slug not in known]
        for item in new:
            row = self._add(ContactPoint(**self._columns(item, "substitute")))
            known[item.slug] = row.id
            self.session.add_all(
                ContactPointNeed(contact_point_id=row.id, need_code=self._find(self.needs, code, item.slug))
                for code in item.needs
            )
            self.session.add_all(
                ContactPointDistrict(contact_point_id=row.id, district_id=self._find(self.districts, slug, item.slug))
                for slug in item.districts
            )
            self.session.add_all(ContactPointLanguage(contact_point_id=row.id, lang=lang) for lang in item.languages)
        for item in new:
            # Two may stand in for each other: only now all are there.
            if item.substitute:
                substitute = self._find(known, item.substitute, item.slug)
                self.session.get_one(ContactPoint, known[item.slug]).substitute_id = substitute
        self.session.flush()
        return len(new)

    def _ids(self, table: Any) -> dict[str, Any]:
        return {row.slug: row.id for row in self.session.execute(select(table.slug, table.id))}

    def _columns(self, item: Any, *left_out: str) -> dict[str, Any]:
        """The fields that are columns of the same name, and the Träger."""
        beside = {"organization", "needs", "districts", "languages", *left_out}
        values = {name: getattr(item, name) for name in item.__struct_fields__ if name not in beside}
        return {**values, "organization_id": self._find(self.organizations, item.organization, item.slug)}

    def _add(self, row: Any) -> Any:
        self.session.add(row)
        self.session.flush()
        return row

    def _find(self, known: dict[str, Any], name: str, where: str) -> Any:
        if name not in known:
            raise ContentError(f"{self.path}: {where} refers to {name!r}, which is not there")
        return known[name]


# --- writing back -----------------------------------------------------------------------------------------------------


def directory_text(session: Session) -> str | None:
    """The whole file; None where there is nothing to write. Twelve queries."""
    slugs = {table: _slugs(session, table) for table in (Organization, District, ContactPoint)}

    def struct(row: Any, shape: Any, **others: Any) -> Any:
        values = {name: getattr(row, name) for name in shape.__struct_fields__ if name in row._mapping}
        return shape(**{**values, "organization": slugs[Organization][row.organization_id], **others})

    needs = _several(session, ContactPointNeed.contact_point_id, ContactPointNeed.need_code)
    languages = _several(session, ContactPointLanguage.contact_point_id, ContactPointLanguage.lang)
    districts = _several(session, ContactPointDistrict.contact_point_id, ContactPointDistrict.district_id)
    spoken = _several(session, ResourceLanguage.resource_id, ResourceLanguage.lang)
    topics = _several(session, ProfessionalOfferNeed.professional_offer_id, ProfessionalOfferNeed.need_code)
    file = DirectoryFile(
        contact_points=[
            struct(
                row,
                ContactPointFile,
                needs=needs[row.id],
                districts=sorted(slugs[District][number] for number in districts[row.id]),
                languages=languages[row.id],
                substitute=slugs[ContactPoint].get(row.substitute_id),
            )
            for row in _rows(session, ContactPoint)
        ],
        resources=[
            struct(row, ResourceFile, district=slugs[District].get(row.district_id), languages=spoken[row.id])
            for row in _rows(session, Resource)
        ],
        professional_offers=[
            struct(row, ProfessionalOfferFile, needs=topics[row.id]) for row in _rows(session, ProfessionalOffer)
        ],
        offers=offer_internal(session),
    )
    fields = plain(file)
    return yaml_text(fields) if fields else None


def _slugs(session: Session, table: Any) -> dict[Any, str]:
    return {row.id: row.slug for row in session.execute(select(table.id, table.slug))}


def _rows(session: Session, table: Any) -> Any:
    return session.execute(select(table.__table__).order_by(table.slug))


def _several(session: Session, owner: Any, value: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for number, item in session.execute(select(owner, value).order_by(owner, value)):
        found[number].append(item)
    return found


# --- checking ---------------------------------------------------------------------------------------------------------


def check_directory(
    folder: Path,
    *,
    organizations: Collection[str],
    districts: Collection[str],
    needs: Collection[str],
    offers: Collection[str],
) -> list[str]:
    """One sentence for each problem. Raises ContentError for a broken file."""
    path = folder / FILE
    if not path.exists():
        return []
    file = read(path, DirectoryFile)
    points = {item.slug for item in file.contact_points}
    problems = []
    for items in (file.contact_points, file.resources, file.professional_offers):
        seen: set[str] = set()
        for item in items:
            where = f"demo directory {item.slug}"
            if item.slug in seen:
                problems.append(f"{where}: there are two of it")
            seen.add(item.slug)
            named = msgspec.structs.asdict(item)
            places = [*named.get("districts", ()), *([named["district"]] if named.get("district") else ())]
            if item.organization not in organizations:
                problems.append(f"{where}: unknown organization {item.organization}")
            problems += [f"{where}: unknown district {slug}" for slug in places if slug not in districts]
            problems += [f"{where}: unknown need {code}" for code in named.get("needs", ()) if code not in needs]
            if not (item.phone or item.email or named.get("website")):
                problems.append(f"{where}: neither a phone number nor a mail address")
    for point in file.contact_points:
        if point.substitute == point.slug or (point.substitute and point.substitute not in points):
            problems.append(f"demo directory {point.slug}: unknown substitute {point.substitute}")
    return problems + check_offer_internal(file.offers, offers)
