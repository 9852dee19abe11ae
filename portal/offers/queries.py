"""Reads for the public pages. Plain rows, a fixed number of queries a page, nothing internal (funding, goal) among the columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any

from sqlalchemy import Date as Date_
from sqlalchemy import Row, and_, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from portal.models import (
    DistrictText,
    FollowUp,
    Location,
    NoPlaceReport,
    Offer,
    OfferAccess,
    OfferLanguage,
    OfferLifePhase,
    OfferNeed,
    OfferSchedule,
    OfferText,
    Organization,
    OrganizationText,
    Picture,
)
from portal.models.enums import Access, Frequency, LifePhase, TextState, Weekday
from portal.offers.catalogue import published_on
from portal.offers.taxonomy import SOURCE_LANGUAGE

_offer, _text = Offer.__table__.c, OfferText.__table__.c
_organization, _location = Organization.__table__.c, Location.__table__.c

_own = OfferText.__table__.alias("own")

_CARD_COLUMNS = (
    _offer.id,
    _offer.slug,
    _offer.min_age_months,
    _offer.max_age_months,
    _offer.city_wide,
    _offer.cost_kind,
    _offer.registration,
    _offer.no_german_needed,
    _location.district_id,
    _location.city,
    _organization.name.label("organization"),
)
_CARD_TABLES = (
    Offer.__table__.join(OfferText.__table__, and_(_text.offer_id == _offer.id, _text.lang == SOURCE_LANGUAGE))
    .join(Organization.__table__, _organization.id == _offer.organization_id)
    .outerjoin(Location.__table__, _location.id == _offer.location_id)
)
_CARD_IDS = _offer.id.in_(bindparam("ids", expanding=True))

# The query of a list page, built once: on tables, not classes, it takes half the time.
_GERMAN_CARDS = select(*_CARD_COLUMNS, _text.title, _text.summary).select_from(_CARD_TABLES).where(_CARD_IDS)
_CARDS = (
    select(
        *_CARD_COLUMNS,
        func.coalesce(_own.c.title, _text.title).label("title"),
        func.coalesce(_own.c.summary, _text.summary).label("summary"),
        _own.c.state,
    )
    .select_from(
        _CARD_TABLES.outerjoin(_own, and_(_own.c.offer_id == _offer.id, _own.c.lang == bindparam("reader_lang")))
    )
    .where(_CARD_IDS)
)


@dataclass(frozen=True, slots=True)
class Card:
    """An offer in a list. `row` has the columns of _CARDS, `text` the words, in the reader's language where there are some."""

    row: Any
    title: str
    summary: str
    lang: str
    state: TextState


def cards(session: Session, ids: Sequence[int], lang: str) -> list[Card]:
    """The cards of these offers, in this order. One query, however many offers."""
    if not ids:
        return []
    connection = session.connection()
    if lang == SOURCE_LANGUAGE:
        rows = connection.execute(_GERMAN_CARDS, {"ids": ids})
        found = {row.id: Card(row, row.title, row.summary, lang, TextState.SOURCE) for row in rows}
    else:
        rows = connection.execute(_CARDS, {"ids": ids, "reader_lang": lang})
        found = {
            row.id: Card(
                row, row.title, row.summary, lang if row.state else SOURCE_LANGUAGE, row.state or TextState.SOURCE
            )
            for row in rows
        }
    # An offer that was deleted since the catalogue was built is simply not there any more.
    return [found[offer_id] for offer_id in ids if offer_id in found]


@dataclass(frozen=True)
class Link:
    """An offer that is only named, with the language of its title."""

    slug: str
    title: str
    lang: str


@dataclass(frozen=True)
class Date:
    frequency: Frequency
    weekday: Weekday
    week_of_month: int | None
    start_time: time
    end_time: time
    first_on: date
    last_on: date | None


@dataclass(frozen=True)
class OfferPage:
    """Everything a family may know of one offer."""

    offer: Any
    text: Any
    """A row of offer_text; its `lang` may be German where there is no other."""
    needs: list[str]
    life_phases: list[LifePhase]
    access: list[Access]
    languages: list[str]
    dates: list[Date]
    before: list[Link]
    after: list[Link]


_PAGE = (
    select(
        Offer.id,
        Offer.slug,
        Offer.kind,
        Offer.min_age_months,
        Offer.max_age_months,
        Offer.city_wide,
        Offer.cost_kind,
        Offer.cost_cents,
        Offer.cost_per,
        Offer.education_package,
        Offer.registration,
        Offer.no_german_needed,
        Offer.interpreter,
        Offer.childcare,
        Offer.accompaniment,
        Offer.first_contact,
        Offer.opening_hours,
        Offer.by_appointment,
        Offer.waiting_weeks,
        Offer.free_places,
        Offer.availability_as_of,
        Offer.valid_from,
        Offer.valid_to,
        Offer.assured_on,
        Offer.review_due,
        Offer.phone,
        Offer.email,
        Offer.website,
        Offer.updated_at,
        Offer.picture,
        Picture.width.label("picture_width"),
        Picture.height.label("picture_height"),
        Organization.slug.label("organization_slug"),
        Organization.name.label("organization"),
        Organization.email.label("organization_email"),
        Organization.website.label("organization_website"),
        Location.name.label("place"),
        Location.street,
        Location.house_number,
        Location.postal_code,
        Location.city,
        Location.district_id,
        Location.latitude,
        Location.longitude,
        Location.step_free,
        Location.bus_stop,
        select(func.max(NoPlaceReport.reported_on))
        .where(NoPlaceReport.offer_id == Offer.id)
        .scalar_subquery()
        .label("no_place_on"),
    )
    .join(Organization, Organization.id == Offer.organization_id)
    .outerjoin(Location, Location.id == Offer.location_id)
    .outerjoin(Picture, Picture.sha256 == Offer.picture)
    .where(Offer.slug == bindparam("slug"))
)


def _values(column: Any, owner: Any, *order: Any) -> Any:
    return select(column).where(owner == bindparam("offer_id")).order_by(*order)


_PAGE_TEXTS = select(OfferText.__table__).where(OfferText.offer_id == bindparam("offer_id"))
_PAGE_NEEDS = _values(OfferNeed.need_code, OfferNeed.offer_id, OfferNeed.position)
_PAGE_PHASES = _values(OfferLifePhase.life_phase, OfferLifePhase.offer_id)
_PAGE_ACCESS = _values(OfferAccess.access, OfferAccess.offer_id)
_PAGE_LANGUAGES = _values(OfferLanguage.lang, OfferLanguage.offer_id, OfferLanguage.position)
_DATE_COLUMNS = (
    OfferSchedule.frequency,
    OfferSchedule.weekday,
    OfferSchedule.week_of_month,
    OfferSchedule.start_time,
    OfferSchedule.end_time,
    OfferSchedule.first_on,
    OfferSchedule.last_on,
)
_PAGE_DATES = select(*_DATE_COLUMNS).where(OfferSchedule.offer_id == bindparam("offer_id")).order_by(OfferSchedule.id)


def _linked(other: Any, condition: Any) -> Any:
    own, german = aliased(OfferText), aliased(OfferText)
    return (
        select(Offer.slug, own.title.label("own"), german.title.label("german"))
        .select_from(FollowUp)
        .join(Offer, Offer.id == other)
        .join(german, and_(german.offer_id == Offer.id, german.lang == SOURCE_LANGUAGE))
        .outerjoin(own, and_(own.offer_id == Offer.id, own.lang == bindparam("reader_lang")))
        .where(condition, published_on(bindparam("today", type_=Date_), bindparam("fresh_since", type_=Date_)))
        .order_by(FollowUp.position, Offer.slug)
        .limit(8)
    )


_PAGE_BEFORE = _linked(FollowUp.offer_id, FollowUp.next_offer_id == bindparam("offer_id"))
_PAGE_AFTER = _linked(FollowUp.next_offer_id, FollowUp.offer_id == bindparam("offer_id"))


NO_PLACE_DAYS = 30
"""So long "Hier ist kein Platz frei" is news."""


def no_place_since(row: Any, today: date) -> date | None:
    """The day of a report that no place is free; None where there is none, it is old, or somebody has said something newer.

    `row` has the columns no_place_on (the newest report), availability_as_of and assured_on.
    """
    if row.no_place_on is None or row.no_place_on < today - timedelta(NO_PLACE_DAYS):
        return None
    said = max(row.availability_as_of or date.min, row.assured_on or date.min)
    reported: date = row.no_place_on
    return reported if reported >= said else None


def reachable_offer(session: Session, slug: str, today: date) -> int | None:
    """The id of an offer whose own address works on this day, also where no list shows it any more; else None."""
    return session.execute(select(Offer.id).where(Offer.slug == slug, published_on(today))).scalar_one_or_none()


def offer_page(session: Session, slug: str, lang: str, today: date, fresh_since: date = date.min) -> OfferPage | None:
    """One offer; None where there is none of that name. Whether it is published, the catalogue knows."""
    connection = session.connection()
    offer = connection.execute(_PAGE, {"slug": slug}).first()
    if offer is None:
        return None
    key = {"offer_id": offer.id}
    link_key = {**key, "reader_lang": lang, "today": today, "fresh_since": fresh_since}
    texts = {row.lang: row for row in connection.execute(_PAGE_TEXTS, key)}

    def links(statement: Any) -> list[Link]:
        return [
            Link(row.slug, row.own or row.german, lang if row.own else SOURCE_LANGUAGE)
            for row in connection.execute(statement, link_key)
        ]

    return OfferPage(
        offer=offer,
        text=texts.get(lang) or texts[SOURCE_LANGUAGE],
        needs=list(connection.execute(_PAGE_NEEDS, key).scalars()),
        life_phases=sorted(connection.execute(_PAGE_PHASES, key).scalars(), key=list(LifePhase).index),
        access=sorted(connection.execute(_PAGE_ACCESS, key).scalars(), key=list(Access).index),
        languages=list(connection.execute(_PAGE_LANGUAGES, key).scalars()),
        dates=[Date(*row) for row in connection.execute(_PAGE_DATES, key)],
        before=links(_PAGE_BEFORE),
        after=links(_PAGE_AFTER),
    )


@dataclass(frozen=True)
class OrganizationPage:
    organization: Any
    text: Any | None
    locations: Sequence[Row[Any]]
    offer_ids: list[int]


def organization_page(
    session: Session, slug: str, lang: str, today: date, fresh_since: date = date.min
) -> OrganizationPage | None:
    columns = (
        Organization.id,
        Organization.slug,
        Organization.name,
        Organization.kind,
        Organization.phone,
        Organization.email,
        Organization.website,
    )
    organization = session.execute(select(*columns).where(Organization.slug == slug)).first()
    if organization is None:
        return None
    offer_ids = session.execute(
        select(Offer.id)
        .join(OfferText, and_(OfferText.offer_id == Offer.id, OfferText.lang == SOURCE_LANGUAGE))
        .where(Offer.organization_id == organization.id, published_on(today, fresh_since))
        .order_by(OfferText.title)
        .limit(200)
    ).scalars()
    locations = session.execute(
        select(Location.__table__).where(Location.organization_id == organization.id).order_by(Location.id).limit(50)
    ).all()
    texts = _descriptions(session, OrganizationText, OrganizationText.organization_id, [organization.id], lang)
    return OrganizationPage(organization, texts.get(organization.id), locations, list(offer_ids))


def district_text(session: Session, district_id: int, lang: str) -> Any | None:
    """The description of a district: a row with `description`, `lang` and `state`, or None."""
    return _descriptions(session, DistrictText, DistrictText.district_id, [district_id], lang).get(district_id)


def _descriptions(session: Session, table: Any, owner: Any, ids: Iterable[int], lang: str) -> dict[int, Any]:
    found: dict[int, Any] = {}
    query = select(owner.label("owner"), table.lang, table.state, table.description)
    for row in session.execute(query.where(owner.in_(list(ids)), table.lang.in_({lang, SOURCE_LANGUAGE}))):
        if row.lang == lang or row.owner not in found:
            found[row.owner] = row
    return found


# --- what several pages read of many offers ---------------------------------------------------------------------------

PLACE_COLUMNS = (
    Organization.name.label("organization"),
    Location.name.label("place"),
    Location.street,
    Location.house_number,
    Location.postal_code,
    Location.city,
    Location.bus_stop,
)
"""Whose it is and where; what portal.offers.presentation.address_lines() makes lines of."""
_LANGUAGES = (
    select(OfferLanguage.offer_id, OfferLanguage.lang)
    .where(OfferLanguage.offer_id.in_(bindparam("ids", expanding=True)))
    .order_by(OfferLanguage.position)
)
_DATES = (
    select(OfferSchedule.offer_id, *_DATE_COLUMNS)
    .where(OfferSchedule.offer_id.in_(bindparam("ids", expanding=True)))
    .order_by(OfferSchedule.id)
)


def spoken_languages(session: Session, ids: Sequence[int]) -> dict[int, list[str]]:
    """What is spoken at each of these offers (BCP 47), in their order; nothing for who speaks German only. One query."""
    found: dict[int, list[str]] = defaultdict(list)
    for offer_id, code in session.connection().execute(_LANGUAGES, {"ids": list(ids)}):
        found[offer_id].append(code)
    return found


def regular_dates(session: Session, ids: Sequence[int]) -> dict[int, list[Date]]:
    """The dates of each of these offers. One query."""
    found: dict[int, list[Date]] = defaultdict(list)
    for offer_id, *item in session.connection().execute(_DATES, {"ids": list(ids)}):
        found[offer_id].append(Date(*item))
    return found


@dataclass
class HelpingPlace:
    """Where somebody sits who helps with anything."""

    offer: Any
    title: str
    lang: str
    languages: list[str] = field(default_factory=list)
    dates: list[Date] = field(default_factory=list)


_HELPING = (
    select(
        Offer.id,
        Offer.slug,
        Offer.phone,
        Offer.opening_hours,
        Offer.by_appointment,
        *PLACE_COLUMNS,
        Location.step_free,
        Location.latitude,
        Location.longitude,
        Location.district_id,
    )
    .join(Organization, Organization.id == Offer.organization_id)
    .outerjoin(Location, Location.id == Offer.location_id)
    .where(Offer.id.in_(bindparam("ids", expanding=True)))
)


def helping_places(session: Session, ids: Sequence[int], lang: str) -> list[HelpingPlace]:
    """The places behind these offers, with address, spoken languages and regular dates. Four queries."""
    if not ids:
        return []
    rows = session.connection().execute(_HELPING, {"ids": list(ids)}).all()
    titles = {card.row.id: card for card in cards(session, ids, lang)}
    languages, dates = spoken_languages(session, ids), regular_dates(session, ids)
    order = {offer_id: place for place, offer_id in enumerate(ids)}
    return [
        HelpingPlace(row, titles[row.id].title, titles[row.id].lang, languages[row.id], dates[row.id])
        for row in sorted(rows, key=lambda row: order[row.id])
        if row.id in titles
    ]


def published_slugs(session: Session, today: date, fresh_since: date = date.min) -> list[Any]:
    """Slug and day of the last change of all published offers, for the sitemap."""
    return list(
        session.execute(
            select(Offer.slug, Offer.updated_at)
            .where(published_on(today, fresh_since))
            .order_by(Offer.slug)
            .limit(50_000)
        )
    )
