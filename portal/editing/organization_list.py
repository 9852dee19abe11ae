"""Lists of organizations: with their counts, and those with a similar name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz, process
from sqlalchemy import case, func, or_, select
from sqlmodel import Session

from portal.editing.actor import Actor
from portal.models import Location, Offer, Organization
from portal.models.enums import OfferStatus

_FORM = re.compile(r"\b(e\.? ?v\.?|g?gmbh|ggmbh|g?e\.? ?g\.?|ag|kg|i\.? ?g\.?|ev\.)(?=\W|$)")
"""Legal forms: they make names alike that have nothing in common."""
SIMILAR = 86
"""From here on two names look like the same organization (0-100)."""
SAME = 94
"""From here on the form asks before it makes a new one."""


def page(
    session: Session,
    actor: Actor,
    *,
    q: str = "",
    kind: str = "",
    sort: str = "name",
    descending: bool = False,
    offset: int = 0,
    limit: int = 50,
) -> tuple[list[Any], int]:
    """Rows (slug, name, kind, phone, email, published, offers, places) and how many there are in all. Two queries."""
    offers = (
        select(
            Offer.organization_id.label("id"),
            func.count().label("offers"),
            func.sum(case((Offer.status == OfferStatus.PUBLISHED, 1), else_=0)).label("published"),
        )
        .group_by(Offer.organization_id)
        .subquery()
    )
    places = (
        select(Location.organization_id.label("id"), func.count().label("places"))
        .group_by(Location.organization_id)
        .subquery()
    )
    columns = {name: func.coalesce(table.c[name], 0).label(name)
               for name, table in (("published", offers), ("offers", offers), ("places", places))}  # fmt: skip
    conditions = _conditions(actor, q, kind)
    order = {"name": func.lower(Organization.name), **columns}[sort]
    query = (
        select(*(getattr(Organization, name) for name in ("slug", "name", "kind", "phone", "email")), *columns.values())
        .outerjoin(offers, offers.c.id == Organization.id)
        .outerjoin(places, places.c.id == Organization.id)
        .where(*conditions)
        .order_by(order.desc() if descending else order, func.lower(Organization.name), Organization.id)
        .offset(offset)
        .limit(limit)
    )
    total = session.execute(select(func.count()).select_from(Organization).where(*conditions)).scalar_one()
    return list(session.execute(query)), total


def _conditions(actor: Actor, q: str, kind: str) -> list[Any]:
    conditions: list[Any] = []
    if not actor.edits_everything:
        conditions.append(Organization.id.in_(actor.organizations))
    if kind:
        conditions.append(Organization.kind == kind)
    for word in q.lower().split():
        fields = (Organization.name, Organization.phone, Organization.email)
        found = [func.lower(field).contains(word, autoescape=True) for field in fields]
        digits = re.sub("[^0-9]", "", word)
        if digits and re.fullmatch(r"[0-9/()+.-]{3,}", word):
            # "030/23125" finds "030 23125 100".
            found.append(func.replace(Organization.phone, " ", "").like(f"%{digits}%"))
        conditions.append(or_(*found))
    return conditions


@dataclass(frozen=True)
class Similar:
    slug: str
    name: str
    score: float
    """0-100."""


def similar(session: Session, name: str, *, but: int | None = None, at_least: float = SIMILAR) -> list[Similar]:
    """Up to five organizations with a similar name, the most similar first; legal forms do not count."""
    if len(_bare(name)) < 3:
        return []
    rows = session.execute(select(Organization.slug, Organization.name).where(Organization.id != (but or 0))).all()
    names = {row.slug: _bare(row.name) for row in rows}
    full = {row.slug: row.name for row in rows}
    found = process.extract(_bare(name), names, scorer=fuzz.WRatio, score_cutoff=at_least, limit=5)
    return [Similar(slug, full[slug], score) for _name, score, slug in found]


def choices(session: Session, but: int) -> list[tuple[str, str]]:
    """Slug and name of all organizations but one, by name."""
    query = select(Organization.slug, Organization.name).where(Organization.id != but)
    return [(row.slug, row.name) for row in session.execute(query.order_by(func.lower(Organization.name)))]


def _bare(name: str) -> str:
    words = re.sub(r"[^\w.]+", " ", name.casefold())
    return " ".join(_FORM.sub(" ", words).replace(".", " ").split())
