"""Reads for the lists of editors: a fixed number of queries, only what the actor may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from rapidfuzz import fuzz, process
from sqlalchemy import and_, func, or_, select, true
from sqlmodel import Session

from portal.editing.actor import Actor
from portal.models import District, Location, Need, NeedText, Offer, OfferText, OfferVersion, Organization, VersionState
from portal.models.enums import OfferStatus
from portal.offers.taxonomy import SOURCE_LANGUAGE

SORTS = {
    "title": func.lower(OfferText.title),
    "organization": func.lower(Organization.name),
    "changed": Offer.updated_at,
    "due": Offer.review_due,
    "state": Offer.status,
}
STATES = {
    "published": "Veröffentlicht",
    "draft": "Entwurf",
    "in_review": "Neu, wartet auf Freigabe",
    "archived": "Archiviert",
    "changed": "Veröffentlicht, neue Fassung in Arbeit",
    "waiting": "Wartet auf Freigabe",
    "rejected": "Zurückgegeben",
}
GAPS = {
    "phone": "ohne Telefon",
    "age": "ohne Alter",
    "due": "muss geprüft werden",
    "german_only": "nur auf Deutsch",
}

_newest = (
    select(OfferVersion.offer_id, func.max(OfferVersion.number).label("number"))
    .group_by(OfferVersion.offer_id)
    .subquery("newest")
)
_version = OfferVersion.__table__.alias("version")
_languages = (
    select(OfferText.offer_id, func.count().label("languages")).group_by(OfferText.offer_id).subquery("languages")
)
_FROM = (
    Offer.__table__.join(
        OfferText.__table__,
        and_(OfferText.__table__.c.offer_id == Offer.__table__.c.id, OfferText.__table__.c.lang == SOURCE_LANGUAGE),
    )
    .join(Organization.__table__, Organization.__table__.c.id == Offer.__table__.c.organization_id)
    .join(_languages, _languages.c.offer_id == Offer.__table__.c.id)
    .outerjoin(_newest, _newest.c.offer_id == Offer.__table__.c.id)
    .outerjoin(_version, and_(_version.c.offer_id == Offer.__table__.c.id, _version.c.number == _newest.c.number))
)
_COLUMNS = (
    Offer.id,
    Offer.slug,
    Offer.status,
    Offer.assured_on,
    Offer.review_due,
    Offer.updated_at,
    Offer.organization_id,
    OfferText.title,
    Organization.name.label("organization"),
    _languages.c.languages,
    _version.c.state.label("version_state"),
    _version.c.author,
)


def _visible(actor: Actor) -> list[Any]:
    return [] if actor.edits_everything else [Offer.organization_id.in_(actor.organizations)]


def _state_condition(state: str) -> Any:
    if state == "changed":
        return and_(
            Offer.status == OfferStatus.PUBLISHED, _version.c.state.in_([VersionState.DRAFT, VersionState.REJECTED])
        )
    if state == "rejected":
        return and_(_version.c.state == VersionState.REJECTED, Offer.status != OfferStatus.ARCHIVED)
    if state == "waiting":
        return and_(_version.c.state == VersionState.IN_REVIEW, Offer.status != OfferStatus.ARCHIVED)
    return Offer.status == OfferStatus(state)


def _gap_condition(gap: str, today: date) -> Any:
    return {
        "phone": Offer.phone.is_(None),
        "age": and_(Offer.min_age_months.is_(None), Offer.max_age_months.is_(None)),
        "due": Offer.review_due <= today,
        "german_only": _languages.c.languages == 1,
    }[gap]


def list_offers(
    session: Session,
    actor: Actor,
    *,
    q: str,
    filters: dict[str, str],
    sort: str,
    descending: bool,
    offset: int,
    limit: int,
    today: date,
) -> tuple[list[Any], int]:
    """One page of offers and how many there are. Two queries."""
    conditions = _visible(actor)
    if q:
        columns = (OfferText.title, Organization.name, Offer.slug)
        conditions.append(or_(*(func.lower(column).contains(q.lower(), autoescape=True) for column in columns)))
    if state := filters.get("state"):
        conditions.append(_state_condition(state))
    if gap := filters.get("gap"):
        conditions.append(_gap_condition(gap, today))
    if organization := filters.get("organization"):
        conditions.append(Organization.slug == organization)
    column = SORTS[sort]
    order = (column.desc() if descending else column.asc()).nulls_last()
    rows = session.execute(
        select(*_COLUMNS).select_from(_FROM).where(*conditions).order_by(order, Offer.id).offset(offset).limit(limit)
    ).all()
    total = session.execute(select(func.count()).select_from(_FROM).where(*conditions)).scalar_one()
    return list(rows), total


def ids_by_slug(session: Session, actor: Actor, slugs: list[str]) -> list[Offer]:
    """The offers of these names that the actor may write; others are left out."""
    return list(
        session.execute(
            select(Offer)
            .where(Offer.slug.in_([slug for slug in slugs if slug.isprintable()]), *_visible(actor))
            .order_by(Offer.id)
        ).scalars()
    )


def waiting_count(session: Session, actor: Actor, state: str = "waiting") -> int:
    """How many offers wait for approval, or are in another of STATES."""
    return session.execute(
        select(func.count()).select_from(_FROM).where(_state_condition(state), *_visible(actor))
    ).scalar_one()


def state_counts(session: Session, actor: Actor) -> dict[OfferStatus, int]:
    rows = session.execute(select(Offer.status, func.count()).where(*_visible(actor)).group_by(Offer.status))
    return {row[0]: row[1] for row in rows}


def organization_names(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Slug and name of the organizations that the actor writes for."""
    rows = session.execute(
        select(Organization.slug, Organization.name)
        .where(*([] if actor.edits_everything else [Organization.id.in_(actor.organizations)]))
        .order_by(func.lower(Organization.name))
    )
    return [(row.slug, row.name) for row in rows]


# --- choices of the form ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Choices:
    """What can be chosen in the form of an offer."""

    organizations: list[tuple[str, str]]
    """Slug and name, only those that the actor may write for."""
    locations: list[tuple[str, str]]
    districts: list[tuple[str, str]]
    needs: list[tuple[str, str, str]]
    """Code, label, life situation."""


def choices(session: Session, actor: Actor, organization: str | None) -> Choices:
    """Four queries. Locations are those of `organization`, and of all that the actor writes for where that is one."""
    organizations = organization_names(session, actor)
    chosen = organization or (organizations[0][0] if len(organizations) == 1 else None)
    locations = session.execute(
        select(Location.slug, Location.name, Location.street, Location.house_number, Location.city)
        .join(Organization, Organization.id == Location.organization_id)
        .where(Organization.slug == chosen)
        .order_by(Location.id)
    ).all()
    districts = session.execute(select(District.slug, District.name).order_by(District.position, District.name)).all()
    needs = session.execute(
        select(Need.code, NeedText.label, Need.life_situation)
        .join(NeedText, and_(NeedText.need_code == Need.code, NeedText.lang == SOURCE_LANGUAGE))
        .order_by(Need.position)
    ).all()
    return Choices(
        organizations=organizations,
        locations=[
            (
                row.slug,
                ", ".join(part for part in (row.name, f"{row.street} {row.house_number}".strip(), row.city) if part),
            )
            for row in locations
        ],
        districts=[(row.slug, row.name) for row in districts],
        needs=[(row.code, row.label, row.life_situation.value) for row in needs],
    )


@dataclass(frozen=True)
class Similar:
    slug: str
    title: str
    organization: str
    published: bool
    score: float


def similar_offers(session: Session, actor: Actor, title: str, but_not: str = "", limit: int = 5) -> list[Similar]:
    """ "Gibt es das schon?": offers whose title is much like this one, public ones and all that the actor may write.

    2,000 titles take 3 ms.
    """
    title = title.strip()[:200]
    if len(title) < 4:
        return []
    visible = _visible(actor) or [true()]
    rows = session.execute(
        select(Offer.slug, OfferText.title, Organization.name, Offer.status)
        .join(OfferText, and_(OfferText.offer_id == Offer.id, OfferText.lang == SOURCE_LANGUAGE))
        .join(Organization, Organization.id == Offer.organization_id)
        .where(Offer.status != OfferStatus.ARCHIVED, or_(Offer.status == OfferStatus.PUBLISHED, *visible))
        .order_by(Offer.id)
    ).all()
    rows = [row for row in rows if row.slug != but_not]
    found = process.extract(
        title.lower(), [row.title.lower() for row in rows], scorer=fuzz.token_set_ratio, limit=limit, score_cutoff=75
    )
    return [
        Similar(row.slug, row.title, row.name, row.status == OfferStatus.PUBLISHED, score)
        for row, score in ((rows[place], score) for _text, score, place in found)
    ]


def find_titles(session: Session, q: str, but_not: str = "", limit: int = 12) -> list[tuple[str, str]]:
    """Published offers whose title or address holds these words: slug and title, to link to."""
    words = [word for word in q.lower()[:100].split() if word]
    if not words:
        return []
    conditions = [func.lower(OfferText.title).contains(word, autoescape=True) for word in words]
    rows = session.execute(
        select(Offer.slug, OfferText.title)
        .join(OfferText, and_(OfferText.offer_id == Offer.id, OfferText.lang == SOURCE_LANGUAGE))
        .where(Offer.status == OfferStatus.PUBLISHED, Offer.slug != but_not, *conditions)
        .order_by(OfferText.title)
        .limit(limit)
    )
    return [(row.slug, row.title) for row in rows]


def titles_naming(session: Session, named: Any, field: str, slug: str) -> list[str]:
    """Titles of offers that name something, or will: `named` is a select, correlated with Offer, of the tables' word; the
    newest version that is not public says it in the list `field` of its JSON, where `slug` stands in quotes.
    """
    newest = (
        select(func.max(OfferVersion.number))
        .where(OfferVersion.offer_id == Offer.id)
        .correlate(Offer)
        .scalar_subquery()
    )
    planned = select(OfferVersion.id).where(
        OfferVersion.offer_id == Offer.id,
        OfferVersion.number == newest,
        OfferVersion.state != VersionState.APPROVED,
        OfferVersion.content.regexp_match(rf'"{field}":\[[^\]]*"{slug}"'),
    )
    return list(
        session.execute(
            select(OfferText.title)
            .join(Offer, (OfferText.offer_id == Offer.id) & (OfferText.lang == SOURCE_LANGUAGE))
            .where(named.exists() | planned.exists())
            .order_by(OfferText.title)
        ).scalars()
    )


def titles_of(session: Session, slugs: list[str], *, published: bool = False) -> dict[str, str]:
    """Of those that are there; `published`: and that families see."""
    rows = session.execute(
        select(Offer.slug, OfferText.title)
        .join(OfferText, and_(OfferText.offer_id == Offer.id, OfferText.lang == SOURCE_LANGUAGE))
        .where(
            Offer.slug.in_([slug for slug in slugs if slug.isprintable()]),
            *([Offer.status == OfferStatus.PUBLISHED] if published else []),
        )
    )
    return {row.slug: row.title for row in rows}
