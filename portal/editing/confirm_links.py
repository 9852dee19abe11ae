"""The link in a mail that lets somebody say "stimmt noch" without a log-in: sealed, for 30 days, for these offers only.

It names a person and offers, each with the day on which its check was due. An offer that was confirmed since has
another day: so a link confirms each offer once. What the person may do is looked up when it is opened: who has no access
any more, or whose address is no longer theirs or that of the organization, confirms nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlmodel import Session

from portal.content.schema import Kommune
from portal.editing.actor import Actor
from portal.editing.freshness import Person, confirm_offers
from portal.models import (
    Location,
    Offer,
    OfferSchedule,
    OfferText,
    Organization,
    Role,
    RoleName,
    User,
    UserOrganization,
    UserRole,
)
from portal.models.enums import OfferStatus
from portal.offers.queries import Date
from portal.offers.taxonomy import SOURCE_LANGUAGE
from portal.sealing import BadTokenError, Seal

KEEP_DAYS = 30
OFFERS_A_LINK = 100
"""More would be an address that some mail programs cut off; such a person gets several links."""
PATH = "/bestaetigen/"


class Asked(msgspec.Struct, frozen=True, array_like=True):
    """What a link holds."""

    user_id: int | None
    email: str
    """Where the mail went."""
    due: dict[int, int]
    """By offer: the day on which its check was due, as a number."""


class ConfirmLinks:
    """Makes and reads the links of this installation. `base` is the address of the site."""

    def __init__(self, secret: bytes, base: str = "") -> None:
        self._seal = Seal(secret, "confirm", KEEP_DAYS, max_token=4_000)
        self._base = base.rstrip("/")

    def make(self, person: Person, rows: Sequence[Any], today: date) -> list[str]:
        """The addresses to send to `person` for these offers (columns `id`, `review_due`): one for each OFFERS_A_LINK."""
        found = []
        for start in range(0, len(rows), OFFERS_A_LINK):
            due = {row.id: row.review_due.toordinal() for row in rows[start : start + OFFERS_A_LINK]}
            asked = Asked(person.user_id, person.email, due)
            found.append(f"{self._base}{PATH}{self._seal.close(msgspec.msgpack.encode(asked), today)}")
        return found

    def read(self, token: str, today: date) -> Asked:
        """Raises BadTokenError or ExpiredTokenError."""
        message, _day = self._seal.open(token, today)
        try:
            return msgspec.msgpack.decode(message, type=Asked)
        except msgspec.DecodeError as error:
            raise BadTokenError from error


def actor_of(session: Session, asked: Asked, kommune: Kommune) -> Actor | None:
    """Who opens the link, with what they may do today; None where they may do nothing any more."""
    if asked.user_id is not None:
        return _person(session, asked.user_id, asked.email)
    email = asked.email.lower()
    organizations = session.execute(select(Organization.id).where(func.lower(Organization.email) == email)).scalars()
    is_office = email == kommune.contact.email.lower()
    actor = Actor(
        user_id=None,
        name=f"Link an {asked.email}"[:120],
        roles=frozenset({RoleName.EDITOR if is_office else RoleName.PROVIDER}),
        organizations=frozenset(organizations),
    )
    return actor if is_office or actor.organizations else None


def _person(session: Session, user_id: int, email: str) -> Actor | None:
    rows = session.execute(
        select(User.name, Role.name.label("role"))
        .join(UserRole, UserRole.user_id == User.id)
        .join(Role, Role.id == UserRole.role_id)
        .where(User.id == user_id, User.email == email, User.active)
    ).all()
    organizations = session.execute(
        select(UserOrganization.organization_id).where(UserOrganization.user_id == user_id)
    ).scalars()
    roles = frozenset(RoleName(row.role) for row in rows)
    if not roles & {RoleName.PROVIDER, RoleName.EDITOR, RoleName.ADMIN}:
        return None
    return Actor(user_id=user_id, name=rows[0].name, roles=roles, organizations=frozenset(organizations))


# --- the page ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LinkOffer:
    """An offer on the page behind a link."""

    row: Any
    """Columns: those of the offer that families see, its title, its organization and its place."""
    dates: Sequence[Date]
    is_open: bool
    """It still waits; else somebody has confirmed it on `row.assured_on`."""


_COLUMNS = (
    Offer.id,
    Offer.slug,
    Offer.organization_id,
    Offer.phone,
    Offer.opening_hours,
    Offer.by_appointment,
    Offer.cost_kind,
    Offer.cost_cents,
    Offer.cost_per,
    Offer.assured_on,
    Offer.review_due,
    OfferText.title,
    OfferText.times_note,
    OfferText.cost_note,
    Organization.name.label("organization"),
    Location.name.label("place"),
    Location.street,
    Location.house_number,
    Location.postal_code,
    Location.city,
)


def offers_of(session: Session, actor: Actor, asked: Asked) -> list[LinkOffer]:
    """The offers of a link that are still public and still theirs, open ones first. Two queries."""
    rows = session.execute(
        select(*_COLUMNS)
        .join(OfferText, OfferText.offer_id == Offer.id)
        .join(Organization, Organization.id == Offer.organization_id)
        .outerjoin(Location, Location.id == Offer.location_id)
        .where(OfferText.lang == SOURCE_LANGUAGE, Offer.id.in_(asked.due), Offer.status == OfferStatus.PUBLISHED)
        .order_by(OfferText.title, Offer.id)
    ).all()
    dates = _dates(session, asked.due)
    found = [
        LinkOffer(row, dates.get(row.id, ()), _is_open(row, asked)) for row in rows if actor.edits(row.organization_id)
    ]
    return sorted(found, key=lambda offer: not offer.is_open)


def _is_open(row: Any, asked: Asked) -> bool:
    return row.review_due is not None and row.review_due.toordinal() == asked.due[row.id]


def _dates(session: Session, ids: Mapping[int, int]) -> dict[int, list[Date]]:
    found: dict[int, list[Date]] = {}
    table = OfferSchedule
    for offer_id, *item in session.execute(
        select(
            table.offer_id,
            table.frequency,
            table.weekday,
            table.week_of_month,
            table.start_time,
            table.end_time,
            table.first_on,
            table.last_on,
        )
        .where(table.offer_id.in_(ids))
        .order_by(table.id)
    ):
        found.setdefault(offer_id, []).append(Date(*item))
    return found


def confirm_by_link(
    session: Session, actor: Actor, kommune: Kommune, asked: Asked, ids: Iterable[int], today: date
) -> int:
    """ "Stimmt noch" for those of `ids` that the link asks about and that still wait. Returns how many."""
    waiting = {offer.row.id for offer in offers_of(session, actor, asked) if offer.is_open}
    return confirm_offers(session, actor, kommune, waiting.intersection(ids), today)
