"""Träger: made, changed, deleted, and two that are the same made into one. The caller commits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import select, update
from sqlmodel import Session

from portal.content.slugs import free_slug, slugify
from portal.content.store import from_json, to_json
from portal.editing import audit, directory_users, trash
from portal.editing.actor import Actor, NotAllowedError
from portal.editing.audit import Action
from portal.editing.descriptions import (
    ChangedMeanwhileError,
    InUseError,
    fingerprint,
    read_description,
    write_description,
)
from portal.models import (
    Location,
    Offer,
    OfferText,
    OfferVersion,
    Organization,
    OrganizationText,
    TrashEntry,
    User,
    UserOrganization,
)
from portal.models.enums import OrganizationKind
from portal.offers.taxonomy import SOURCE_LANGUAGE

RESERVED = frozenset({"neu", "aehnliche"})
"""Addresses below /verwaltung/traeger that are pages of their own."""


@dataclass(frozen=True, kw_only=True)
class OrganizationFacts:
    """What editors write about an organization. Empty contact details are None."""

    name: str
    kind: OrganizationKind
    phone: str | None = None
    email: str | None = None
    website: str | None = None
    description: str = ""


def find(session: Session, actor: Actor, slug: str) -> Organization:
    """Raises NotAllowedError where it is not there, or not theirs."""
    found = session.execute(select(Organization).where(Organization.slug == slug)).scalar_one_or_none()
    if found is None or not actor.edits(found.id):
        raise NotAllowedError(slug)
    return found


def read(session: Session, organization: Organization) -> OrganizationFacts:
    assert organization.id is not None
    return OrganizationFacts(
        name=organization.name,
        kind=organization.kind,
        phone=organization.phone,
        email=organization.email,
        website=organization.website,
        description=read_description(session, OrganizationText, {"organization_id": organization.id}),
    )


def create(session: Session, actor: Actor, facts: OrganizationFacts) -> Organization:
    """Only for editors. Raises NotAllowedError."""
    _only_editors(actor, facts.name)
    words = f"traeger {facts.name}" if slugify(facts.name) in RESERVED else facts.name
    organization = Organization(slug=free_slug(session, Organization, words), name=facts.name, kind=facts.kind)
    _write(session, organization, facts)
    audit.record(session, actor, Action.CREATED, kind="organization", entity=organization.slug, label=organization.name)
    return organization


def change(
    session: Session,
    actor: Actor,
    organization: Organization,
    facts: OrganizationFacts,
    *,
    base: str,
    small: bool = False,
) -> bool:
    """Write what has changed; its address stays. Returns whether there was anything.

    `base` is the fingerprint of what the form began with: where somebody has saved meanwhile, ChangedMeanwhileError is
    raised. `small` says that the German text only lost a slip of the pen. Raises NotAllowedError.
    """
    if not actor.edits(organization.id):
        raise NotAllowedError(organization.slug)
    now = read(session, organization)
    if facts == now:
        return False
    if base != fingerprint(now):
        raise ChangedMeanwhileError(now)
    _write(session, organization, facts, small)
    names = [name for name in vars(facts) if getattr(facts, name) != getattr(now, name)]
    audit.record(session, actor, Action.CHANGED, kind="organization", entity=organization.slug,
                 label=facts.name, details=", ".join(LABELS[name] for name in names))  # fmt: skip
    return True


LABELS = {
    "name": "Name",
    "kind": "Art",
    "phone": "Telefon",
    "email": "E-Mail",
    "website": "Webseite",
    "description": "Beschreibung",
}
"""The German names of the facts, as the form has them."""


def _write(session: Session, organization: Organization, facts: OrganizationFacts, small: bool = False) -> None:
    for name in ("name", "kind", "phone", "email", "website"):
        if getattr(organization, name) != getattr(facts, name):
            setattr(organization, name, getattr(facts, name))
    session.add(organization)
    session.flush()
    assert organization.id is not None
    write_description(session, OrganizationText, {"organization_id": organization.id}, facts.description,
                      kind="organization", slug=organization.slug, small=small)  # fmt: skip


def offers_of(session: Session, organization_id: int) -> list[Any]:
    """All its offers by title: slug, title, status."""
    return list(
        session.execute(
            select(Offer.slug, OfferText.title, Offer.status)
            .join(OfferText, (OfferText.offer_id == Offer.id) & (OfferText.lang == SOURCE_LANGUAGE))
            .where(Offer.organization_id == organization_id)
            .order_by(OfferText.title, Offer.slug)
        )
    )


def people_of(session: Session, organization_id: int) -> list[Any]:
    """Who writes for it: name, active, last_login_at. Whoever has not left comes first."""
    return list(
        session.execute(
            select(User.name, User.active, User.last_login_at)
            .join(UserOrganization, UserOrganization.user_id == User.id)
            .where(UserOrganization.organization_id == organization_id)
            .order_by(User.active.desc(), User.name)
        )
    )


def delete(session: Session, actor: Actor, organization: Organization) -> None:
    """Into the bin, with its places. Raises NotAllowedError, or InUseError with what it has (users_of)."""
    _only_editors(actor, organization.slug)
    assert organization.id is not None
    if users := users_of(session, organization.id):
        raise InUseError(users)
    _put(session, actor, organization)


def users_of(session: Session, organization_id: int) -> list[str]:
    """What keeps it from being deleted, one line each: its offers, and what the directory has of it."""
    offers = [offer.title for offer in offers_of(session, organization_id)]
    return [*offers, *directory_users.of_organization(session, organization_id)]


def _put(session: Session, actor: Actor, organization: Organization) -> None:
    # What else of it is in the bin waits for it there, and only editors can bring it back.
    session.execute(
        update(TrashEntry).where(TrashEntry.organization_id == organization.id).values(organization_id=None)
    )
    trash.put(
        session,
        actor,
        kind="organization",
        entity=organization.slug,
        label=organization.name,
        rows=[
            (Organization, Organization.id == organization.id),
            (Location, Location.organization_id == organization.id),
        ],
    )


@dataclass(frozen=True)
class Merge:
    """What moves from `other` to `keep`: titles of offers, names of places, names of people, lines of the directory."""

    keep: Organization
    other: Organization
    offers: list[str]
    places: list[str]
    people: list[str]
    directory: list[str]


def plan_merge(session: Session, actor: Actor, keep: Organization, other_slug: str) -> Merge:
    """What would happen. Raises NotAllowedError, also for an organization and itself."""
    _only_editors(actor, keep.slug)
    other = find(session, actor, other_slug)
    assert other.id is not None
    if other.id == keep.id:
        raise NotAllowedError(other_slug)
    places = session.execute(
        select(Location).where(Location.organization_id == other.id).order_by(Location.name, Location.slug)
    ).scalars()
    return Merge(
        keep,
        other,
        [offer.title for offer in offers_of(session, other.id)],
        [place.name or f"{place.street} {place.house_number}".strip() for place in places],
        [person.name for person in people_of(session, other.id)],
        directory_users.of_organization(session, other.id),
    )


def merge(session: Session, actor: Actor, keep: Organization, other_slug: str) -> Merge:
    """All that the other one has becomes that of `keep`; the other goes to the bin. Raises NotAllowedError."""
    plan = plan_merge(session, actor, keep, other_slug)
    other = plan.other
    assert keep.id is not None and other.id is not None
    offers = session.execute(select(Offer).where(Offer.organization_id == other.id)).scalars().all()
    for item in (*offers, *session.execute(select(Location).where(Location.organization_id == other.id)).scalars()):
        item.organization_id = keep.id
    _rename_in_versions(session, [offer.id for offer in offers if offer.id is not None], other.slug, keep.slug)
    here = set(
        session.execute(select(UserOrganization.user_id).where(UserOrganization.organization_id == keep.id)).scalars()
    )
    there = session.execute(
        select(UserOrganization.user_id).where(UserOrganization.organization_id == other.id)
    ).scalars()
    session.add_all(UserOrganization(user_id=user_id, organization_id=keep.id) for user_id in set(there) - here)
    if keep.source is None and other.source is not None:
        # The next import of this source must find it here, not make it again.
        source, external_id = other.source, other.external_id
        other.source = other.external_id = None
        session.flush()
        keep.source, keep.external_id = source, external_id
    directory_users.move(session, other.id, keep.id)
    session.flush()
    _put(session, actor, other)
    moved = f"{len(plan.offers)} Angebote, {len(plan.places)} Orte"
    if plan.directory:
        moved += f", {len(plan.directory)} für Fachkräfte"
    audit.record(session, actor, Action.CHANGED, kind="organization", entity=keep.slug, label=keep.name,
                 details=f"Zusammengelegt mit „{other.name}“ ({other.slug}): {moved}")  # fmt: skip
    return plan


def _rename_in_versions(session: Session, offer_ids: list[int], old: str, new: str) -> None:
    """Versions name the organization: one that names what is gone could not be published or restored."""
    query = select(OfferVersion).where(OfferVersion.offer_id.in_(offer_ids))
    for version in session.execute(query).scalars():
        content = from_json(version.content)
        if content.organization == old:
            version.content = to_json(msgspec.structs.replace(content, organization=new))


def _only_editors(actor: Actor, what: str) -> None:
    if not actor.edits_everything:
        raise NotAllowedError(what)
