"""Ansprechstellen: a role in an institution, for topics and districts. What their editors write of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from portal.editing.actor import Actor, NotAllowedError
from portal.editing.directory import Link, Noun
from portal.models import (
    ContactPoint,
    ContactPointDistrict,
    ContactPointLanguage,
    ContactPointNeed,
    District,
    Organization,
)


@dataclass(frozen=True, kw_only=True)
class ContactPointFacts:
    """`organization`, `substitute` and `districts` are slugs, `needs` codes, `languages` BCP 47. Phone or mail is there.

    No district: for the whole Kommune, and no need: for everything.
    """

    organization: str
    role: str
    person: str = ""
    responsible: bool = False
    phone: str | None = None
    email: str | None = None
    times: str = ""
    note: str = ""
    substitute: str | None = None
    needs: frozenset[str] = frozenset()
    districts: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()


def _not_itself(_session: Session, _actor: Actor, row: ContactPoint, facts: ContactPointFacts) -> None:
    if facts.substitute is not None and facts.substitute == row.slug:
        raise NotAllowedError(facts.substitute)


CONTACT_POINT = Noun(
    kind="contact_point",
    table=ContactPoint,
    facts=ContactPointFacts,
    title="role",
    labels={
        "role": "Aufgabe",
        "organization": "Träger",
        "person": "Person",
        "responsible": "Entscheidet",
        "needs": "Themen",
        "districts": "Wo",
        "phone": "Telefon",
        "email": "E-Mail",
        "times": "Erreichbar",
        "languages": "Sprachen",
        "substitute": "Vertretung",
        "note": "Hinweis",
    },
    columns=("role", "person", "responsible", "phone", "email", "times", "note"),
    references={"substitute": ContactPoint},
    links={
        "needs": Link(ContactPointNeed, "contact_point_id", "need_code"),
        "districts": Link(ContactPointDistrict, "contact_point_id", "district_id", District),
        "languages": Link(ContactPointLanguage, "contact_point_id", "lang"),
    },
    searched=("role", "person", "phone", "email"),
    may_refer=_not_itself,
)


def possible_substitutes(session: Session, slug: str, organization: str) -> list[tuple[str, str]]:
    """Slug and words of all others; those of the same Träger first."""
    rows = session.execute(
        select(ContactPoint.slug, ContactPoint.role, Organization.slug.label("own"), Organization.name)
        .join(Organization, Organization.id == ContactPoint.organization_id)
        .where(ContactPoint.slug != slug)
        .order_by(func.lower(Organization.name), func.lower(ContactPoint.role), ContactPoint.id)
    ).all()
    return [(row.slug, f"{row.name}: {row.role}") for row in sorted(rows, key=lambda row: row.own != organization)]


def stands_in_for(session: Session, point: ContactPoint) -> list[str]:
    """The roles of those whose substitute this one is: they have none when it goes."""
    query = select(ContactPoint.role).where(ContactPoint.substitute_id == point.id)
    return list(session.execute(query.order_by(func.lower(ContactPoint.role), ContactPoint.id)).scalars())


def matching(decides: bool | None, district: str) -> list[Any]:
    """Conditions of a list: those that decide or not, and those that are entered for this very district (a slug, or "")."""
    found: list[Any] = [] if decides is None else [ContactPoint.responsible == decides]
    if district:
        owners = select(ContactPointDistrict.contact_point_id).join(
            District, District.id == ContactPointDistrict.district_id
        )
        found.append(ContactPoint.id.in_(owners.where(District.slug == district)))
    return found
