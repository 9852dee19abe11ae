"""Orte: the addresses of an organization. Whoever may write for the organization may write them. The caller commits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from portal.content.slugs import free_slug
from portal.editing import audit, trash
from portal.editing.actor import Actor, NotAllowedError
from portal.editing.audit import Action
from portal.editing.descriptions import ChangedMeanwhileError, InUseError, fingerprint
from portal.models import District, Location, Offer, OfferText, OfferVersion, Organization, VersionState
from portal.models.enums import StepFree
from portal.offers.taxonomy import SOURCE_LANGUAGE

LABELS = {
    "name": "Name",
    "street": "Straße",
    "house_number": "Hausnummer",
    "postal_code": "Postleitzahl",
    "city": "Stadt oder Dorf",
    "district": "Stadtteil",
    "latitude": "Breitengrad",
    "longitude": "Längengrad",
    "step_free": "Ohne Stufen",
    "bus_stop": "Haltestelle",
}
"""The German names of the facts, as the form has them."""
_COLUMNS = [name for name in LABELS if name != "district"]


@dataclass(frozen=True, kw_only=True)
class PlaceFacts:
    """What editors write about a place. `district` is a slug; coordinates are degrees, both or none."""

    street: str
    name: str = ""
    house_number: str = ""
    postal_code: str = ""
    city: str = ""
    district: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    step_free: StepFree | None = None
    bus_stop: str = ""


def places_of(session: Session, organization_id: int) -> list[Any]:
    """Its places by name: the columns of the table, `district` (name) and `offers` (how many are there)."""
    offers = select(func.count()).where(Offer.location_id == Location.id).scalar_subquery()
    query = (
        select(Location.__table__, District.name.label("district"), offers.label("offers"))
        .outerjoin(District, District.id == Location.district_id)
        .where(Location.organization_id == organization_id)
        .order_by(Location.name, Location.street, Location.id)
    )
    return list(session.execute(query))


def find(session: Session, actor: Actor, organization: Organization, slug: str) -> Location:
    """Raises NotAllowedError where the organization has no such place, or is not theirs."""
    place = session.execute(select(Location).where(Location.slug == slug)).scalar_one_or_none()
    if place is None or place.organization_id != organization.id or not actor.edits(organization.id):
        raise NotAllowedError(slug)
    return place


def read(session: Session, place: Location) -> PlaceFacts:
    district = session.get(District, place.district_id) if place.district_id else None
    return PlaceFacts(district=district.slug if district else None, **{name: getattr(place, name) for name in _COLUMNS})


def words_for(facts: PlaceFacts | Location) -> str:
    """What a place is called: its name, else its street."""
    return facts.name or f"{facts.street} {facts.house_number}".strip()


def create(session: Session, actor: Actor, organization: Organization, facts: PlaceFacts) -> Location:
    """Raises NotAllowedError."""
    if not actor.edits(organization.id):
        raise NotAllowedError(organization.slug)
    slug = free_slug(session, Location, f"ort {words_for(facts)} {facts.city}")
    place = Location(slug=slug, organization_id=organization.id or 0, street=facts.street)
    _write(session, place, facts)
    audit.record(session, actor, Action.CREATED, kind="location", entity=slug, label=words_for(place),
                 details=f"Träger: {organization.name}")  # fmt: skip
    return place


def change(session: Session, actor: Actor, place: Location, facts: PlaceFacts, *, base: str) -> bool:
    """Write what has changed; its key stays. Returns whether there was anything.

    Raises NotAllowedError, or ChangedMeanwhileError where somebody has saved since the form was opened.
    """
    if not actor.edits(place.organization_id):
        raise NotAllowedError(place.slug)
    now = read(session, place)
    if facts == now:
        return False
    if base != fingerprint(now):
        raise ChangedMeanwhileError(now)
    _write(session, place, facts)
    names = [name for name in LABELS if getattr(facts, name) != getattr(now, name)]
    audit.record(session, actor, Action.CHANGED, kind="location", entity=place.slug, label=words_for(place),
                 details=", ".join(LABELS[name] for name in names))  # fmt: skip
    return True


def _write(session: Session, place: Location, facts: PlaceFacts) -> None:
    for name in _COLUMNS:
        setattr(place, name, getattr(facts, name))
    place.district_id = (
        session.execute(select(District.id).where(District.slug == facts.district)).scalar_one()
        if facts.district
        else None
    )
    session.add(place)
    session.flush()


def users_of(session: Session, place: Location) -> list[str]:
    """Titles of the offers that are there, and of those that will be when they are approved."""
    newest = (
        select(func.max(OfferVersion.number))
        .where(OfferVersion.offer_id == Offer.id)
        .correlate(Offer)
        .scalar_subquery()
    )
    planned = (
        select(OfferVersion.id)
        .where(
            OfferVersion.offer_id == Offer.id,
            OfferVersion.number == newest,
            OfferVersion.state != VersionState.APPROVED,
            OfferVersion.content.contains(f'"location":"{place.slug}"', autoescape=True),
        )
        .exists()
    )
    query = (
        select(OfferText.title)
        .join(Offer, (OfferText.offer_id == Offer.id) & (OfferText.lang == SOURCE_LANGUAGE))
        .where((Offer.location_id == place.id) | planned)
        .order_by(OfferText.title)
    )
    return list(session.execute(query).scalars())


def delete(session: Session, actor: Actor, place: Location) -> None:
    """Into the bin. Raises NotAllowedError, or InUseError with the titles of the offers that are there."""
    if not actor.edits(place.organization_id):
        raise NotAllowedError(place.slug)
    if users := users_of(session, place):
        raise InUseError(users)
    trash.put(
        session,
        actor,
        kind="location",
        entity=place.slug,
        label=words_for(place),
        rows=[(Location, Location.id == place.id)],
        organization_id=place.organization_id,
    )
