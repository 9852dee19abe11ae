"""Is what families read still right? Which offers want to be confirmed, who is asked, and what is shown meanwhile.

The days are settings (`freshness` in kommune.yaml, docs/adr/0018); `review_due` of an offer is the day they count from.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true
from sqlmodel import Session

from portal.content.schema import Kommune
from portal.editing import workflow
from portal.editing.actor import Actor, NotAllowedError
from portal.editing.audit import Action
from portal.editing.links import Problem, StoredLinks, problems_of
from portal.models import (
    AuditEntry,
    Offer,
    OfferText,
    Organization,
    Role,
    RoleName,
    User,
    UserOrganization,
    UserRole,
)
from portal.models.enums import OfferStatus
from portal.offers.taxonomy import SOURCE_LANGUAGE

PAGE = 50
_offer = Offer.__table__.c


class Stage(StrEnum):
    """How things stand with an offer, the worst first."""

    HIDDEN = "hidden"
    NOTED = "noted"
    OVERDUE = "overdue"
    SOON = "soon"
    FRESH = "fresh"


STAGES = {
    Stage.HIDDEN: "Ausgeblendet",
    Stage.NOTED: "Überfällig, und Familien sehen es",
    Stage.OVERDUE: "Überfällig",
    Stage.SOON: "Bald fällig",
    Stage.FRESH: "Aktuell",
}
SHOWN = {
    Stage.HIDDEN: "In keiner Liste und nicht in der Suche. Nur wer die Adresse hat, sieht es noch, mit einem Hinweis.",
    Stage.NOTED: "Familien sehen es mit dem Hinweis: „Diese Angaben sind nicht geprüft. Ruft vorher an.“",
    Stage.OVERDUE: "Familien sehen es wie immer.",
    Stage.SOON: "Familien sehen es wie immer.",
    Stage.FRESH: "Familien sehen es wie immer.",
}
"""What families see, as a sentence for editors."""


def stage_of(review_due: date | None, today: date, kommune: Kommune) -> Stage:
    """An offer without a day was never checked: it is overdue, but not hidden for it."""
    if kommune.hides(review_due, today):
        return Stage.HIDDEN
    if kommune.wants_note(review_due, today):
        return Stage.NOTED
    if review_due is None or review_due <= today:
        return Stage.OVERDUE
    return Stage.SOON if review_due <= today + timedelta(kommune.freshness.warn_before_days) else Stage.FRESH


# --- what waits -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Person:
    """Somebody who can be asked. `name` is empty where only an address is known."""

    email: str
    name: str = ""
    user_id: int | None = None


@dataclass(frozen=True)
class Waiting:
    """An offer on the dashboard."""

    row: Any
    """Columns: id, slug, title, organization_id, organization, organization_email, assured_on, review_due, phone, website."""
    stage: Stage
    checked_by: str = ""
    """Who confirmed it last; empty where that is not known."""
    checker_left: bool = False
    """That person has no access any more."""
    asked: Sequence[Person] = ()
    """Who gets the mails; nobody: the Redaktion."""
    problems: Sequence[Problem] = ()

    @property
    def shown(self) -> str:
        return SHOWN[self.stage]


@dataclass
class Dashboard:
    total: int
    groups: dict[Stage, list[Waiting]] = field(default_factory=dict)
    """One page of what waits, by stage, the worst first."""
    others: list[Waiting] = field(default_factory=list)
    """Not due, but with a number or an address that cannot be right."""


def theirs(actor: Actor) -> ColumnElement[bool]:
    """The offers that are this person's to confirm."""
    if actor.edits_everything:
        return true()
    if not actor.has(RoleName.PROVIDER):
        return false()
    return Offer.organization_id.in_(actor.organizations)


def _due(kommune: Kommune, today: date) -> ColumnElement[bool]:
    """Public, and to be confirmed by now or soon. What has ended needs nobody's word."""
    return and_(
        Offer.status == OfferStatus.PUBLISHED,
        or_(_offer.valid_to.is_(None), _offer.valid_to >= today),
        or_(
            _offer.review_due.is_(None),
            _offer.review_due <= today + timedelta(kommune.freshness.warn_before_days),
        ),
    )


def count_waiting(session: Session, actor: Actor, kommune: Kommune, today: date) -> int:
    """How many offers wait for the word of this person."""
    return session.execute(
        select(func.count()).select_from(Offer).where(_due(kommune, today), theirs(actor))
    ).scalar_one()


_COLUMNS = (
    Offer.id,
    Offer.slug,
    OfferText.title,
    Offer.organization_id,
    Organization.name.label("organization"),
    Organization.email.label("organization_email"),
    Offer.assured_on,
    Offer.review_due,
    Offer.phone,
    Offer.website,
)


def due_rows(
    session: Session, actor: Actor, kommune: Kommune, today: date, *, start: int = 0, limit: int | None = None
) -> Sequence[Any]:
    """The offers that wait for this person, those that wait longest first. Columns as in Waiting.row."""
    return _rows(session, _due(kommune, today), theirs(actor), start=start, limit=limit)


def _rows(
    session: Session, *conditions: ColumnElement[bool], start: int = 0, limit: int | None = None
) -> Sequence[Any]:
    return session.execute(
        select(*_COLUMNS)
        .join(OfferText, and_(OfferText.offer_id == Offer.id, OfferText.lang == SOURCE_LANGUAGE))
        .join(Organization, Organization.id == Offer.organization_id)
        .where(*conditions)
        .order_by(Offer.review_due.is_not(None), Offer.review_due, Offer.id)
        .offset(start)
        .limit(limit)
    ).all()


def dashboard(
    session: Session, actor: Actor, kommune: Kommune, today: date, links: StoredLinks, *, page: int = 1
) -> Dashboard:
    """A page of what waits, and at most PAGE others with a problem. Six queries, however many offers."""
    rows = due_rows(session, actor, kommune, today, start=(page - 1) * PAGE, limit=PAGE)
    found = Dashboard(count_waiting(session, actor, kommune, today))
    here = {row.id for row in rows}
    elsewhere = [offer_id for offer_id in links.offer_ids if offer_id not in here]
    others = _rows(
        session, theirs(actor), Offer.status == OfferStatus.PUBLISHED, Offer.id.in_(elsewhere[:2_000]), limit=PAGE
    )
    every = [*rows, *others]
    found_checkers = checkers(session, [row.slug for row in every])
    asked = people_of(session, {row.organization_id for row in every})
    for row in every:
        checker = found_checkers.get(row.slug)
        waiting = Waiting(
            row,
            stage_of(row.review_due, today, kommune),
            checked_by=checker.user if checker else "",
            checker_left=bool(checker and checker.active is False),
            asked=asked[row.organization_id],
            problems=problems_of(row.phone, row.website, links),
        )
        if row.id in here:
            found.groups.setdefault(waiting.stage, []).append(waiting)
        elif waiting.problems:
            found.others.append(waiting)
    found.groups = {stage: found.groups[stage] for stage in Stage if stage in found.groups}
    return found


def checkers(session: Session, slugs: Sequence[str]) -> dict[str, Any]:
    """Who confirmed or published these offers last: rows with `user` and `active` (None: a command, or a link)."""
    newest = (
        select(func.max(AuditEntry.id))
        .where(
            AuditEntry.kind == "offer",
            AuditEntry.action.in_([Action.CONFIRMED.value, Action.PUBLISHED.value]),
            AuditEntry.entity.in_(slugs),
        )
        .group_by(AuditEntry.entity)
    )
    rows = session.execute(
        select(AuditEntry.entity, AuditEntry.user, User.active)
        .outerjoin(User, User.id == AuditEntry.user_id)
        .where(AuditEntry.id.in_(newest))
    )
    return {row.entity: row for row in rows}


# --- who is asked -----------------------------------------------------------------------------------------------------


def people_of(session: Session, organization_ids: Collection[int]) -> dict[int, list[Person]]:
    """The Träger-editors of these organizations that still have access; for each an empty list where there is nobody."""
    found: dict[int, list[Person]] = defaultdict(list)
    rows = session.execute(
        select(UserOrganization.organization_id, User.id, User.name, User.email)
        .join(User, User.id == UserOrganization.user_id)
        .join(UserRole, UserRole.user_id == User.id)
        .join(Role, and_(Role.id == UserRole.role_id, Role.name == RoleName.PROVIDER.value))
        .where(UserOrganization.organization_id.in_(organization_ids), User.active)
        .order_by(User.name, User.id)
    )
    for row in rows:
        found[row.organization_id].append(Person(row.email, row.name, row.id))
    return found


def editors(session: Session) -> list[Person]:
    """The Redaktion: everybody with the role and access; where there is nobody, the admins."""
    for role in (RoleName.EDITOR, RoleName.ADMIN):
        rows = session.execute(
            select(User.id, User.name, User.email)
            .join(UserRole, UserRole.user_id == User.id)
            .join(Role, and_(Role.id == UserRole.role_id, Role.name == role.value))
            .where(User.active)
            .order_by(User.name, User.id)
        ).all()
        if rows:
            return [Person(row.email, row.name, row.id) for row in rows]
    return []


# --- "stimmt noch" ----------------------------------------------------------------------------------------------------


def confirm_offers(session: Session, actor: Actor, kommune: Kommune, ids: Iterable[int], today: date) -> int:
    """ "Stimmt noch" for these offers. Returns how many. Raises NotAllowedError where one is not theirs, or not public."""
    wanted = set(ids)
    offers = session.execute(select(Offer).where(Offer.id.in_(wanted)).order_by(Offer.id)).scalars().all()
    if len(offers) != len(wanted):
        raise NotAllowedError("unknown offer")
    review_after = timedelta(kommune.freshness.review_after_days)
    for offer in offers:
        workflow.confirm(session, actor, offer, today, review_after=review_after)
    return len(offers)


def confirm_all_own(session: Session, actor: Actor, kommune: Kommune, today: date) -> int:
    """ "Stimmt noch" for everything that waits in one's own organizations. Nobody vouches for all of a Kommune with one tap."""
    own = select(Offer.id).where(_due(kommune, today), Offer.organization_id.in_(actor.organizations))
    return confirm_offers(session, actor, kommune, session.execute(own).scalars(), today)
