"""An offer between the tables and one value: read whole, written whole. Versions, files, exports and imports all go this way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import time
from typing import Any

import msgspec
from sqlalchemy import delete, insert, select
from sqlmodel import Session

from portal.content.schema import Cost, Internal, OfferContent, OfferTexts, Schedule, TranslatedTexts
from portal.models import (
    District,
    FollowUp,
    Location,
    Need,
    Offer,
    OfferAccess,
    OfferDistrict,
    OfferLanguage,
    OfferLifePhase,
    OfferLifeSituation,
    OfferNeed,
    OfferSchedule,
    OfferText,
    Organization,
)
from portal.models.base import utc_now
from portal.models.enums import Access, LifePhase, LifeSituation, TextState
from portal.offers.taxonomy import SOURCE_LANGUAGE

TEXT_FIELDS = OfferTexts.__struct_fields__
_PLAIN = (
    "kind city_wide min_age_months max_age_months education_package registration no_german_needed interpreter childcare "
    "accompaniment first_contact opening_hours by_appointment waiting_weeks free_places availability_as_of valid_from "
    "valid_to assured_on review_due phone email website picture"
).split()
"""Fields that are columns of the same name."""


class UnknownReferenceError(Exception):
    """An offer names something that is not in the database. The message says what."""


# --- reading ----------------------------------------------------------------------------------------------------------


def read_contents(session: Session, ids: Sequence[int]) -> dict[int, OfferContent]:
    """These offers as the tables have them. Ten queries, however many offers."""
    if not ids:
        return {}
    texts: dict[int, dict[str, Any]] = defaultdict(dict)
    for row in session.execute(select(OfferText.__table__).where(OfferText.offer_id.in_(ids))):
        texts[row.offer_id][row.lang] = row
    needs = _several(session, OfferNeed, OfferNeed.need_code, ids, OfferNeed.position)
    phases = _several(session, OfferLifePhase, OfferLifePhase.life_phase, ids)
    situations = _several(session, OfferLifeSituation, OfferLifeSituation.life_situation, ids)
    access = _several(session, OfferAccess, OfferAccess.access, ids)
    languages = _several(session, OfferLanguage, OfferLanguage.lang, ids, OfferLanguage.position)
    serves = _several(session, OfferDistrict, District.slug, ids, District.position, District.name, joined=District)
    follow_ups = _several(session, FollowUp, Offer.slug, ids, FollowUp.position, joined=Offer)
    schedules = defaultdict(list)
    for row in session.execute(
        select(OfferSchedule.__table__).where(OfferSchedule.offer_id.in_(ids)).order_by(OfferSchedule.id)
    ):
        schedules[row.offer_id].append(_schedule(row))
    rows = session.execute(
        select(Offer.__table__, Organization.slug.label("organization"), Location.slug.label("location"))
        .join(Organization, Organization.id == Offer.organization_id)
        .outerjoin(Location, Location.id == Offer.location_id)
        .where(Offer.id.in_(ids))
    )
    return {
        row.id: OfferContent(
            organization=row.organization,
            location=row.location,
            text=OfferTexts(**{name: getattr(texts[row.id][SOURCE_LANGUAGE], name) for name in TEXT_FIELDS}),
            translations={
                lang: TranslatedTexts(state=text.state, **{name: getattr(text, name) for name in TEXT_FIELDS})
                for lang, text in sorted(texts[row.id].items())
                if lang != SOURCE_LANGUAGE
            },
            cost=Cost(
                kind=row.cost_kind,
                amount_eur=None if row.cost_cents is None else row.cost_cents / 100,
                per=row.cost_per,
            ),
            needs=needs[row.id],
            life_phases=sorted(phases[row.id], key=list(LifePhase).index),
            life_situations=sorted(situations[row.id], key=list(LifeSituation).index),
            access=sorted(access[row.id], key=list(Access).index),
            languages=languages[row.id],
            serves=serves[row.id],
            follow_ups=follow_ups[row.id],
            schedules=schedules[row.id],
            internal=Internal(funding_until=row.funding_until, goal=row.goal),
            **{name: getattr(row, name) for name in _PLAIN},
        )
        for row in rows
    }


def read_content(session: Session, offer_id: int) -> OfferContent:
    """One offer as the tables have it. Raises KeyError where there is none."""
    return read_contents(session, [offer_id])[offer_id]


def _several(
    session: Session, table: Any, value: Any, ids: Sequence[int], *order: Any, joined: Any = None
) -> dict[int, list[Any]]:
    query = select(table.offer_id, value).where(table.offer_id.in_(ids)).order_by(*order)
    if joined is not None:
        key = table.district_id if joined is District else table.next_offer_id
        query = query.join(joined, joined.id == key)
    found: dict[int, list[Any]] = defaultdict(list)
    for offer_id, item in session.execute(query):
        found[offer_id].append(item)
    return found


def _schedule(row: Any) -> Schedule:
    return Schedule(
        frequency=row.frequency,
        weekday=row.weekday,
        week_of_month=row.week_of_month,
        start=f"{row.start_time:%H:%M}",
        end=f"{row.end_time:%H:%M}",
        first_on=row.first_on,
        last_on=row.last_on,
    )


# --- writing ----------------------------------------------------------------------------------------------------------


class Names:
    """Ids by the slugs that contents name. Looked up once and remembered, for one offer or for thousands."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._found: dict[tuple[Any, str], int] = {}

    def id_of(self, table: Any, slug: str) -> int:
        """Raises UnknownReferenceError."""
        key = (table, slug)
        if key not in self._found:
            found = self._session.execute(select(table.id).where(table.slug == slug)).scalar_one_or_none()
            if found is None:
                raise UnknownReferenceError(f"{table.__tablename__} {slug!r} is not there")
            self._found[key] = found
        return self._found[key]


def write_content(
    session: Session,
    offer: Offer,
    content: OfferContent,
    names: Names,
    *,
    before: OfferContent | None = None,
    follow_ups: bool = True,
) -> None:
    """Make the tables say what `content` says; the caller commits. `offer` gets its id here where it is new.

    `before` is what the tables say now: what has not changed is not written. Raises UnknownReferenceError.
    """
    offer.organization_id = names.id_of(Organization, content.organization)
    offer.location_id = names.id_of(Location, content.location) if content.location else None
    for name in _PLAIN:
        setattr(offer, name, getattr(content, name))
    if before is not None and before != content:
        # Also where only tables around it change.
        offer.updated_at = utc_now()
    cost = content.cost
    offer.cost_kind, offer.cost_per = cost.kind, cost.per
    offer.cost_cents = None if cost.amount_eur is None else round(cost.amount_eur * 100)
    offer.funding_until, offer.goal = content.internal.funding_until, content.internal.goal
    session.add(offer)
    session.flush()
    assert offer.id is not None
    for table, part, rows in _parts(content, names):
        if not follow_ups and table is FollowUp:
            continue
        if before is not None and all(getattr(before, name) == getattr(content, name) for name in part):
            continue
        if before is not None:
            session.execute(delete(table).where(table.offer_id == offer.id))
        written = [{"offer_id": offer.id, **row} for row in rows]
        if written:
            session.execute(insert(table), written)


def _parts(content: OfferContent, names: Names) -> Iterable[tuple[Any, tuple[str, ...], Iterable[dict[str, Any]]]]:
    """The tables around an offer: which fields of the content they hold, and their rows."""

    def numbered(column: str, values: Iterable[Any]) -> list[dict[str, Any]]:
        return [{column: value, "position": position} for position, value in enumerate(values)]

    yield OfferText, ("text", "translations"), _texts(content)
    yield OfferNeed, ("needs",), numbered("need_code", content.needs)
    yield OfferLifePhase, ("life_phases",), ({"life_phase": phase} for phase in content.life_phases)
    yield OfferLifeSituation, ("life_situations",), ({"life_situation": item} for item in content.life_situations)
    yield OfferAccess, ("access",), ({"access": access} for access in content.access)
    yield OfferLanguage, ("languages",), numbered("lang", content.languages)
    yield OfferDistrict, ("serves",), ({"district_id": names.id_of(District, slug)} for slug in content.serves)
    yield OfferSchedule, ("schedules",), (_schedule_row(item) for item in content.schedules)
    yield (
        FollowUp,
        ("follow_ups",),
        (
            {"next_offer_id": names.id_of(Offer, slug), "position": position}
            for position, slug in enumerate(content.follow_ups)
        ),
    )


def _texts(content: OfferContent) -> list[dict[str, Any]]:
    rows = [{"lang": SOURCE_LANGUAGE, "state": TextState.SOURCE, **_words(content.text)}]
    rows += [{"lang": lang, "state": text.state, **_words(text)} for lang, text in content.translations.items()]
    return rows


def _words(text: OfferTexts) -> dict[str, str]:
    return {name: getattr(text, name) for name in TEXT_FIELDS}


def _schedule_row(item: Schedule) -> dict[str, Any]:
    return {
        "frequency": item.frequency,
        "weekday": item.weekday,
        "week_of_month": item.week_of_month,
        "start_time": time.fromisoformat(item.start),
        "end_time": time.fromisoformat(item.end),
        "first_on": item.first_on,
        "last_on": item.last_on,
    }


def without_gone(session: Session, content: OfferContent) -> tuple[OfferContent, list[str]]:
    """The content without what has been deleted since it was written, and the slugs of that. Four queries at most."""
    gone: list[str] = []
    changes: dict[str, Any] = {}
    for name, column in (("serves", District.slug), ("needs", Need.code), ("follow_ups", Offer.slug)):
        named = getattr(content, name)
        there = set(session.execute(select(column).where(column.in_(named))).scalars()) if named else set()
        gone += [slug for slug in named if slug not in there]
        changes[name] = [slug for slug in named if slug in there]
    if content.location:
        found = session.execute(select(Location.id).where(Location.slug == content.location)).first()
        gone += [] if found else [content.location]
        changes["location"] = content.location if found else None
    return msgspec.structs.replace(content, **changes), gone


# --- as text ----------------------------------------------------------------------------------------------------------


def to_json(content: OfferContent) -> str:
    return msgspec.json.encode(content).decode()


def from_json(text: str) -> OfferContent:
    """Raises msgspec.ValidationError where it was not written by to_json() of this or an older release."""
    return msgspec.json.decode(text, type=OfferContent)
