"""The reads behind portal.offers.changes: one query each, on both databases, whatever the number of offers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select, true
from sqlalchemy.orm import Session

from portal.editing.audit import WAS_PUBLIC, Action
from portal.models import (
    AuditEntry,
    District,
    Location,
    NoPlaceReport,
    Offer,
    OfferDistrict,
    OfferText,
    OfferVersion,
    Organization,
    TrashEntry,
    VersionState,
)
from portal.models.enums import OfferStatus
from portal.offers.taxonomy import SOURCE_LANGUAGE

_offer, _text, _version = Offer.__table__.c, OfferText.__table__.c, OfferVersion.__table__.c
_log = AuditEntry.__table__.c
_own = OfferText.__table__.alias("own")


@dataclass(frozen=True)
class Span:
    """Days, both included, and the same as moments: from `start` on, before `end`."""

    first: date
    last: date
    start: datetime
    end: datetime
    hide_after_days: int | None

    def has(self, column: Any, later: int = 0) -> ColumnElement[bool]:
        """Whether a day of an offer, so many days later, is in the span."""
        move = timedelta(later)
        return and_(column >= self.first - move, column <= self.last - move)


@dataclass(frozen=True)
class Area:
    """Ids of districts: where an offer may take place, and for which it may be meant."""

    inside: frozenset[int]
    serving: frozenset[int]


@dataclass
class Story:
    """What the audit log tells of an offer in the span."""

    published: datetime | None = None
    """The last time."""
    archived: Any = None
    """The entry, where the last word was to take it away from families."""


def area_of(session: Session, districts: Collection[int]) -> Area:
    """As in the catalogue: places in a district or its parts; meant for it, for a part of it, for what it is part of."""
    table = District.__table__.c
    parents = {row.id: row.parent_id for row in session.execute(select(table.id, table.parent_id))}
    chosen = set(districts) & parents.keys()
    above: set[int] = set()
    for district in chosen:
        parent = parents[district]
        while parent is not None and parent not in above:
            above.add(parent)
            parent = parents[parent]
    inside = set(chosen)
    while more := {child for child, parent in parents.items() if parent in inside} - inside:
        inside |= more
    return Area(frozenset(inside), frozenset(inside | above))


def _told(span: Span, *actions: Action) -> ColumnElement[bool]:
    return and_(
        _log.kind == "offer",
        _log.action.in_([action.value for action in actions]),
        _log.at >= span.start,
        _log.at < span.end,
    )


def _within(area: Area | None) -> ColumnElement[bool]:
    """An offer's place must be joined."""
    if area is None:
        return true()
    meant_for = select(OfferDistrict.offer_id).where(OfferDistrict.district_id.in_(area.serving))
    return or_(_offer.city_wide, Location.district_id.in_(area.inside), _offer.id.in_(meant_for))


def stories(session: Session, span: Span) -> dict[str, Story]:
    """By slug."""
    found: dict[str, Story] = {}
    rows = session.execute(
        select(_log.entity, _log.action, _log.at, _log.label, _log.details)
        .where(_told(span, Action.PUBLISHED, Action.ARCHIVED))
        .order_by(_log.at, _log.id)
    )
    for row in rows:
        story = found.setdefault(row.entity, Story())
        if row.action == Action.PUBLISHED.value:
            story.published, story.archived = row.at, None
        elif row.details == WAS_PUBLIC:
            story.archived = row
    return found


def archived_before(session: Session, span: Span) -> set[str]:
    """Slugs of what was published in the span and had been taken away before it."""
    published = select(_log.entity).where(_told(span, Action.PUBLISHED))
    newest = (
        select(func.max(_log.id))
        .where(
            _log.kind == "offer",
            _log.action.in_([Action.PUBLISHED.value, Action.ARCHIVED.value]),
            _log.at < span.start,
            _log.entity.in_(published),
        )
        .group_by(_log.entity)
    )
    return set(
        session.execute(select(_log.entity).where(_log.id.in_(newest), _log.action == Action.ARCHIVED.value)).scalars()
    )


def offers(session: Session, span: Span, area: Area | None, lang: str) -> Sequence[Any]:
    """Every offer of the area that something may have happened to, with its German title and the one in `lang`."""
    told = select(_log.entity).where(_told(span, Action.PUBLISHED, Action.ARCHIVED))
    reported = select(NoPlaceReport.offer_id).where(span.has(NoPlaceReport.reported_on))
    created = and_(_offer.created_at >= span.start, _offer.created_at < span.end)
    first = OfferVersion.__table__.alias("first")
    written_here = select(first.c.id).where(
        first.c.offer_id == _offer.id,
        first.c.number == 1,
        # Where a published offer came from a file, its first version has no author.
        or_(first.c.state != VersionState.APPROVED, first.c.author != ""),
    )
    hidden = span.has(_offer.review_due, span.hide_after_days) if span.hide_after_days is not None else false()
    return session.execute(
        select(
            _offer.id, _offer.slug, _offer.status, _offer.created_at, _offer.valid_from, _offer.valid_to,
            _offer.review_due, _offer.assured_on, _offer.availability_as_of,
            _text.title, _text.summary, _own.c.title.label("own_title"), _own.c.summary.label("own_summary"),
            Organization.name.label("organization"), District.name.label("district"),
            and_(created, ~written_here.exists()).label("from_file"),
        )
        .join_from(Offer, OfferText, and_(_text.offer_id == _offer.id, _text.lang == SOURCE_LANGUAGE))
        .join(Organization, Organization.id == _offer.organization_id)
        .outerjoin(_own, and_(_own.c.offer_id == _offer.id, _own.c.lang == lang))
        .outerjoin(Location, Location.id == _offer.location_id)
        .outerjoin(District, District.id == Location.district_id)
        .where(
            or_(
                _offer.slug.in_(told),
                _offer.id.in_(reported),
                and_(
                    _offer.status == OfferStatus.PUBLISHED,
                    or_(created, span.has(_offer.valid_from), span.has(_offer.valid_to, 1), hidden),
                ),
            ),
            _within(area),
        )
    ).all()  # fmt: skip


def versions(session: Session, span: Span, area: Area | None) -> dict[int, tuple[str | None, str]]:
    """By offer that was published in the span: what families read before it (None: nothing) and at its end, as JSON.

    Publishing approves the newest version. So the one that was published at a moment is the newest approved one of before
    that moment; what was in force until then is an older approved one, best of all one from before the span.
    """
    moments = (
        select(_log.entity, func.min(_log.at).label("first"), func.max(_log.at).label("last"))
        .where(_told(span, Action.PUBLISHED))
        .group_by(_log.entity)
        .subquery("moments")
    )
    approved = _version.state == VersionState.APPROVED
    numbers = (
        select(
            _version.offer_id,
            func.max(case((_version.created_at <= moments.c.first, _version.number))).label("first"),
            func.max(case((_version.created_at <= moments.c.last, _version.number))).label("last"),
        )
        .join_from(Offer, moments, moments.c.entity == _offer.slug)
        .join(OfferVersion, _version.offer_id == _offer.id)
        .outerjoin(Location, Location.id == _offer.location_id)
        .where(approved, _within(area))
        .group_by(_version.offer_id)
        .subquery("numbers")
    )
    older = OfferVersion.__table__.alias("older")

    def newest_older(*conditions: ColumnElement[bool]) -> Any:
        return (
            select(func.max(older.c.number))
            .where(
                older.c.offer_id == numbers.c.offer_id,
                older.c.state == VersionState.APPROVED,
                older.c.number < numbers.c.first,
                *conditions,
            )
            .scalar_subquery()
        )

    before = func.coalesce(newest_older(older.c.created_at < span.start), newest_older())
    rows = session.execute(
        select(_version.offer_id, _version.number, numbers.c.last, _version.content)
        .join(numbers, numbers.c.offer_id == _version.offer_id)
        .where(or_(_version.number == numbers.c.last, _version.number == before))
    )
    ends: dict[int, str] = {}
    begins: dict[int, str] = {}
    for row in rows:
        (ends if row.number == row.last else begins)[row.offer_id] = row.content
    return {offer_id: (begins.get(offer_id), content) for offer_id, content in ends.items()}


def reports(session: Session, span: Span) -> dict[int, date]:
    """By offer: the last day of the span on which a practitioner has said that there is no place."""
    rows = session.execute(
        select(NoPlaceReport.offer_id, func.max(NoPlaceReport.reported_on).label("reported_on"))
        .where(span.has(NoPlaceReport.reported_on))
        .group_by(NoPlaceReport.offer_id)
    )
    return {row.offer_id: row.reported_on for row in rows}


def bin_entries(session: Session, span: Span) -> Sequence[Any]:
    """The offers that were deleted in the span and are still in the bin: entity, label, content, deleted_at."""
    return session.execute(
        select(TrashEntry.entity, TrashEntry.label, TrashEntry.content, TrashEntry.deleted_at).where(
            TrashEntry.kind == "offer", TrashEntry.deleted_at >= span.start, TrashEntry.deleted_at < span.end
        )
    ).all()


def places(session: Session, ids: Collection[int]) -> dict[int, Any]:
    """By location: its district_id, and the name of that district."""
    location = Location.__table__.c
    rows = session.execute(
        select(location.id, location.district_id, District.name)
        .outerjoin(District, District.id == location.district_id)
        .where(location.id.in_(ids))
    )
    return {row.id: row for row in rows}
