"""What a table of offers is compared with: offers as editors work on them, many at a time, and what rows may name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, select
from sqlmodel import Session

from portal.content.schema import OfferContent
from portal.content.store import from_json, read_contents, to_json
from portal.editing.exchange_cells import Names
from portal.editing.exchange_columns import Known
from portal.editing.versions import number_at_work
from portal.models import (
    District,
    Location,
    Need,
    NeedText,
    Offer,
    OfferText,
    OfferVersion,
    Organization,
    VersionState,
)
from portal.models.enums import OfferStatus
from portal.offers.taxonomy import SOURCE_LANGUAGE

_CHUNK = 100
"""Offers that are read with one set of queries."""


@dataclass(frozen=True)
class Stored:
    """An offer as editors work on it."""

    slug: str
    status: OfferStatus
    content: OfferContent
    number: int
    """Of the version, as in portal.editing.versions.Working."""

    @property
    def version(self) -> str:
        """Short and different for everything that was ever saved. Begins with a letter: no spreadsheet makes a day of it."""
        return f"v{self.number}.{hashlib.sha256(to_json(self.content).encode()).hexdigest()[:8]}"


def read_stored(session: Session, ids: Sequence[int]) -> Iterator[Stored]:
    """These offers in this order, without those that were deleted. Twelve queries for each hundred."""
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        contents = read_contents(session, chunk)
        newest = (
            select(OfferVersion.offer_id, func.max(OfferVersion.number).label("number"))
            .where(OfferVersion.offer_id.in_(chunk))
            .group_by(OfferVersion.offer_id)
            .subquery()
        )
        versions = {
            row.offer_id: row
            for row in session.execute(
                select(OfferVersion.offer_id, OfferVersion.number, OfferVersion.state, OfferVersion.content).join(
                    newest, and_(newest.c.offer_id == OfferVersion.offer_id, newest.c.number == OfferVersion.number)
                )
            )
        }
        offers = {
            row.id: row
            for row in session.execute(select(Offer.id, Offer.slug, Offer.status).where(Offer.id.in_(chunk)))
        }
        for offer_id in (offer_id for offer_id in chunk if offer_id in contents and offer_id in offers):
            latest, offer = versions.get(offer_id), offers[offer_id]
            in_work = latest is not None and latest.state != VersionState.APPROVED
            content = from_json(latest.content) if latest and in_work else contents[offer_id]
            yield Stored(offer.slug, offer.status, content, number_at_work(latest, contents[offer_id]))


def known(session: Session) -> Known:
    """All that rows may name. Five queries."""

    def names(what: str, query: Any) -> Names:
        return Names(what, [(row[0], row[1]) for row in session.execute(query)])

    titles = and_(OfferText.offer_id == Offer.id, OfferText.lang == SOURCE_LANGUAGE)
    labels = and_(NeedText.need_code == Need.code, NeedText.lang == SOURCE_LANGUAGE)
    return Known(
        organizations=names("Träger", select(Organization.slug, Organization.name)),
        locations=names("Ort", select(Location.slug, Location.name)),
        districts=names("Stadtteil", select(District.slug, District.name)),
        needs=names("Bedarf", select(Need.code, NeedText.label).join(NeedText, labels)),
        offers=names("Angebot", select(Offer.slug, OfferText.title).join(OfferText, titles)),
    )


Identity = tuple[str, str, str]


def identity(content: OfferContent) -> Identity:
    """What makes two offers without an address the same: title, organization, place."""
    return content.text.title.casefold(), content.organization, content.location or ""


def identities(session: Session) -> dict[Identity, str]:
    """The slugs of all offers."""
    rows = session.execute(
        select(Offer.slug, OfferText.title, Organization.slug, Location.slug)
        .join(OfferText, and_(OfferText.offer_id == Offer.id, OfferText.lang == SOURCE_LANGUAGE))
        .join(Organization, Organization.id == Offer.organization_id)
        .outerjoin(Location, Location.id == Offer.location_id)
    )
    return {(title.casefold(), organization, location or ""): slug for slug, title, organization, location in rows}
