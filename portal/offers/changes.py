"""What has changed for families in a span of days: new offers, changed ones, those that are no more, places.

Only what everybody could read: published versions, never a draft, nothing internal. Told by the audit log (when a version was
published, when an offer was taken away), the versions themselves, and the days that an offer carries. What a file brings
into an offer that was there before is told when the next version of it is published.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from portal.models.enums import OfferStatus
from portal.offers import change_queries
from portal.offers.change_fields import Comparison, Field, Places, compare
from portal.offers.change_queries import Span
from portal.offers.taxonomy import SOURCE_LANGUAGE

_BERLIN = ZoneInfo("Europe/Berlin")


class Kind(StrEnum):
    """The groups, in the order in which they are shown."""

    NEW = "new"
    CHANGED = "changed"
    PLACES = "places"
    ENDED = "ended"
    SMALL = "small"


class What(StrEnum):
    """What has happened."""

    NEW = "new"
    BACK = "back"
    CHANGED = "changed"
    FULL = "full"
    FREE = "free"
    WAITING = "waiting"
    REPORTED = "reported"
    ARCHIVED = "archived"
    OVER = "over"
    UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True)
class Change:
    """Something that has happened to one offer."""

    kind: Kind
    what: What
    slug: str
    title: str
    lang: str
    """Of title and summary."""
    summary: str
    organization: str
    district: str
    """Where it takes place; empty where that is no district."""
    at: datetime
    """When, in UTC; the beginning of the day in Germany where only the day is known."""
    fields: tuple[Field, ...] = ()
    number: int = 0
    """Free places (FREE) or weeks (WAITING)."""
    is_open: bool = True
    """Whether its public page can be opened now."""

    @property
    def on(self) -> date:
        return self.at.astimezone(_BERLIN).date()


def changes(
    session: Session,
    *,
    first: date,
    last: date,
    today: date,
    hide_after_days: int | None,
    districts: Collection[int] = (),
    lang: str = SOURCE_LANGUAGE,
) -> list[Change]:
    """Everything from `first` to `last` (both included, never after `today`), the newest first.

    `districts` are ids: what takes place in them or in their parts, or is meant for them; none: the whole Kommune. Several
    saves of an offer are one change, from the state before the span to its end. Eight queries, however many offers.
    """
    last = min(last, today)
    span = Span(first, last, _begin(first), _begin(last + timedelta(1)), hide_after_days)
    area = change_queries.area_of(session, districts) if districts else None
    rows = change_queries.offers(session, span, area, lang)
    stories = change_queries.stories(session, span)
    archived_before = change_queries.archived_before(session, span)
    versions = change_queries.versions(session, span, area)
    reports = change_queries.reports(session, span)
    found: list[Change] = []
    for row in rows:
        about = _Offer(row, span, today, lang)
        story = stories.get(row.slug)
        if row.status == OfferStatus.PUBLISHED:
            found += about.appeared(story, versions.get(row.id), row.slug in archived_before)
            found += about.faded()
            found += about.reported(reports.get(row.id))
        elif story is not None and story.archived is not None:
            found += about.archived(story.archived)
    found += _deleted(session, span, area, stories)
    return sorted(found, key=lambda change: (change.at, change.slug, change.kind), reverse=True)


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), _BERLIN).astimezone(UTC)


class _Offer:
    """What has happened to an offer that is still in the tables."""

    def __init__(self, row: Any, span: Span, today: date, lang: str) -> None:
        self._row, self._span = row, span
        over = row.valid_to is not None and row.valid_to < today
        waits = row.valid_from is not None and row.valid_from > today
        own = lang if row.own_title else SOURCE_LANGUAGE
        self._base = Change(
            Kind.NEW,
            What.NEW,
            row.slug,
            row.own_title or row.title,
            own,
            row.own_summary or "" if row.own_title else row.summary,
            row.organization,
            row.district or "",
            span.start,
            is_open=row.status == OfferStatus.PUBLISHED and not over and not waits,
        )

    def _says(self, kind: Kind, what: What, at: datetime | date, **more: Any) -> Change:
        moment = at if isinstance(at, datetime) else _begin(at)
        return replace(self._base, kind=kind, what=what, at=moment, **more)

    def appeared(self, story: Any, versions: tuple[str | None, str] | None, was_away: bool) -> Iterator[Change]:
        """New, back, or changed. `versions`: before the span (None: there was none) and at its end."""
        row, span = self._row, self._span
        published = story.published if story else None
        if published is None:
            if row.from_file and span.start <= row.created_at < span.end:
                yield from self._new(What.NEW, row.created_at)
            elif row.valid_from is not None and span.first <= row.valid_from <= span.last:
                # Published before, to be seen from this day on.
                yield from self._new(What.NEW, _begin(row.valid_from))
        elif was_away:
            yield from self._new(What.BACK, published)
        elif versions is None or versions[0] is None:
            yield from self._new(What.NEW, published)
        elif row.valid_from is None or row.valid_from <= span.last:
            yield from self._changed(compare(versions[0], versions[1]), published)

    def _new(self, what: What, at: datetime) -> Iterator[Change]:
        """Seen by families from its first day on, which may be later than the day of the click."""
        starts = self._row.valid_from
        if starts is None or starts <= self._span.last:
            yield self._says(Kind.NEW, what, max(at, _begin(starts)) if starts else at)

    def _changed(self, difference: Comparison, at: datetime) -> Iterator[Change]:
        if difference.fields:
            kind = Kind.SMALL if difference.small else Kind.CHANGED
            yield self._says(kind, What.CHANGED, at, fields=difference.fields)
        for what, number in _of_places(difference.before, difference.after):
            yield self._says(Kind.PLACES, what, at, number=number)

    def faded(self) -> Iterator[Change]:
        """Its last day has passed, or nobody has confirmed it for so long that no list shows it any more."""
        row, span = self._row, self._span
        if row.valid_to is not None and span.first <= row.valid_to + timedelta(1) <= span.last:
            yield self._says(Kind.ENDED, What.OVER, row.valid_to + timedelta(1))
        elif span.hide_after_days is not None and row.review_due is not None and self._base.is_open:
            hidden_on = row.review_due + timedelta(span.hide_after_days)
            if span.first <= hidden_on <= span.last:
                yield self._says(Kind.ENDED, What.UNCONFIRMED, hidden_on)

    def reported(self, on: date | None) -> Iterator[Change]:
        """A practitioner has found no place, and nobody of the offer has said anything since."""
        row = self._row
        said = max((day for day in (row.availability_as_of, row.assured_on) if day), default=date.min)
        if on is not None and on >= said and self._base.is_open:
            yield self._says(Kind.PLACES, What.REPORTED, on)

    def archived(self, event: Any) -> Iterator[Change]:
        """Under its title of then: the tables may hold what somebody has begun to write since."""
        yield self._says(
            Kind.ENDED, What.ARCHIVED, event.at, title=event.label, lang=SOURCE_LANGUAGE, summary="", is_open=False
        )


def _of_places(before: Places, after: Places) -> Iterator[tuple[What, int]]:
    if after.free == 0 and before.free != 0:
        yield What.FULL, 0
    elif after.free and not before.free:
        yield What.FREE, after.free
    if after.weeks is not None and after.weeks != before.weeks:
        yield What.WAITING, after.weeks


def _deleted(
    session: Session, span: Span, area: change_queries.Area | None, stories: dict[str, Any]
) -> Iterator[Change]:
    """From the bin, where an offer stays for 30 days as it was. Only those that families could see."""
    gone = []
    for entry in change_queries.bin_entries(session, span):
        tables = dict(json.loads(entry.content)["rows"])
        offer: dict[str, Any] = next(iter(tables.get("offer", ())), {})
        story = stories.get(entry.entity)
        if offer.get("status") == OfferStatus.PUBLISHED.value or (story is not None and story.archived is not None):
            meant_for = {row["district_id"] for row in tables.get("offer_district", ())}
            gone.append((entry, offer, meant_for))
    where = change_queries.places(
        session, {offer["location_id"] for _entry, offer, _meant_for in gone if offer.get("location_id")}
    )
    for entry, offer, meant_for in gone:
        place = where.get(offer.get("location_id") or 0)
        here = area is None or offer.get("city_wide") or bool(meant_for & area.serving)
        if here or (place is not None and area is not None and place.district_id in area.inside):
            yield Change(
                Kind.ENDED, What.ARCHIVED, entry.entity, entry.label, SOURCE_LANGUAGE, "", "",
                (place.name if place else "") or "", entry.deleted_at, is_open=False,
            )  # fmt: skip
