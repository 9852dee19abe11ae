"""What the directory of a Kommune has, read whole: a few hundred rows, and always the same few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased
from sqlmodel import Session

from portal.models import (
    ContactPoint,
    ContactPointDistrict,
    ContactPointLanguage,
    ContactPointNeed,
    District,
    Organization,
    ProfessionalOffer,
    ProfessionalOfferKind,
    ProfessionalOfferNeed,
    Resource,
    ResourceKind,
    ResourceLanguage,
)


@dataclass(frozen=True)
class Owner:
    """The Träger of an entry."""

    id: int
    slug: str
    name: str


@dataclass(frozen=True)
class Substitute:
    role: str
    organization: str
    person: str
    phone: str | None
    email: str | None


@dataclass(frozen=True)
class Contact:
    """An Ansprechstelle. No need: for everything; no district: for the whole Kommune."""

    id: int
    slug: str
    role: str
    person: str
    responsible: bool
    phone: str | None
    email: str | None
    times: str
    note: str
    assured_on: date | None
    owner: Owner
    substitute: Substitute | None = None
    needs: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    """Slugs."""
    languages: tuple[str, ...] = ()

    def says(self, words: Iterable[str]) -> bool:
        """Whether each of these (in small letters) stands in the role, the institution or the person."""
        text = f"{self.role} {self.owner.name} {self.person}".lower()
        return all(word in text for word in words)


@dataclass(frozen=True)
class ResourceEntry:
    id: int
    slug: str
    kind: ResourceKind
    title: str
    text: str
    capacity: int | None
    conditions: str
    contact: str
    phone: str | None
    email: str | None
    assured_on: date | None
    owner: Owner
    district: str | None = None
    """Slug; None: for the whole Kommune."""
    languages: tuple[str, ...] = ()


@dataclass(frozen=True)
class ProfessionalEntry:
    id: int
    slug: str
    kind: ProfessionalOfferKind
    title: str
    text: str
    audience: str
    starts_on: date | None
    ends_on: date | None
    times: str
    place: str
    register_by: date | None
    contact: str
    phone: str | None
    email: str | None
    website: str | None
    owner: Owner
    needs: tuple[str, ...] = ()

    @property
    def last_day(self) -> date | None:
        return self.ends_on or self.starts_on


def read_contacts(session: Session) -> list[Contact]:
    """All Ansprechstellen by role. Four queries."""
    other, others_owner = aliased(ContactPoint), aliased(Organization)
    rows = session.execute(
        select(
            ContactPoint.__table__,
            Organization.slug.label("owner_slug"),
            Organization.name.label("owner_name"),
            other.role.label("other_role"),
            other.person.label("other_person"),
            other.phone.label("other_phone"),
            other.email.label("other_email"),
            others_owner.name.label("other_organization"),
        )
        .join(Organization, Organization.id == ContactPoint.organization_id)
        .outerjoin(other, other.id == ContactPoint.substitute_id)
        .outerjoin(others_owner, others_owner.id == other.organization_id)
        .order_by(func.lower(ContactPoint.role), func.lower(Organization.name), ContactPoint.id)
    ).all()
    needs = _several(session, ContactPointNeed.contact_point_id, ContactPointNeed.need_code)
    languages = _several(session, ContactPointLanguage.contact_point_id, ContactPointLanguage.lang)
    districts = _districts(session)
    return [
        Contact(
            **_plain(row, Contact),
            owner=_owner(row),
            substitute=Substitute(
                row.other_role, row.other_organization, row.other_person, row.other_phone, row.other_email
            )
            if row.other_role
            else None,
            needs=tuple(needs[row.id]),
            districts=tuple(districts[row.id]),
            languages=tuple(languages[row.id]),
        )
        for row in rows
    ]


def read_resources(session: Session) -> list[ResourceEntry]:
    """All of them by title. Two queries."""
    rows = session.execute(
        _with_owner(Resource)
        .add_columns(District.slug.label("district"))
        .outerjoin(District, District.id == Resource.district_id)
        .order_by(func.lower(Resource.title), Resource.id)
    ).all()
    languages = _several(session, ResourceLanguage.resource_id, ResourceLanguage.lang)
    return [
        ResourceEntry(
            **_plain(row, ResourceEntry), district=row.district, owner=_owner(row), languages=tuple(languages[row.id])
        )
        for row in rows
    ]


def read_professional_offers(session: Session) -> list[ProfessionalEntry]:
    """All of them, the earliest first, those without a day last. Two queries."""
    first = ProfessionalOffer.starts_on
    rows = session.execute(
        _with_owner(ProfessionalOffer).order_by(
            first.is_(None),  # type: ignore[union-attr]
            first,
            func.lower(ProfessionalOffer.title),
            ProfessionalOffer.id,
        )
    ).all()
    needs = _several(session, ProfessionalOfferNeed.professional_offer_id, ProfessionalOfferNeed.need_code)
    return [
        ProfessionalEntry(**_plain(row, ProfessionalEntry), owner=_owner(row), needs=tuple(needs[row.id]))
        for row in rows
    ]


def _with_owner(table: Any) -> Any:
    return select(table.__table__, Organization.slug.label("owner_slug"), Organization.name.label("owner_name")).join(
        Organization, Organization.id == table.organization_id
    )


def _owner(row: Any) -> Owner:
    return Owner(row.organization_id, row.owner_slug, row.owner_name)


_NOT_COLUMNS = {"owner", "substitute", "needs", "districts", "district", "languages"}


def _plain(row: Any, shape: Any) -> dict[str, Any]:
    """The fields that are columns of the same name."""
    return {name: getattr(row, name) for name in shape.__dataclass_fields__ if name not in _NOT_COLUMNS}


def _several(session: Session, owner: Any, value: Any) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for number, item in session.execute(select(owner, value).order_by(owner, value)):
        found[number].append(item)
    return found


def _districts(session: Session) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for number, slug in session.execute(
        select(ContactPointDistrict.contact_point_id, District.slug)
        .join(District, District.id == ContactPointDistrict.district_id)
        .order_by(ContactPointDistrict.contact_point_id, District.position, District.name)
    ):
        found[number].append(slug)
    return found
