"""The section `offers` of demo/directory.yaml: whom a colleague calls about an offer, and how somebody gets in.

The fields are the columns of OfferInternal. Attachments are only in the database.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import select
from sqlmodel import Session, col

from portal.content.schema import ContentError, Strict
from portal.models import Offer, OfferInternal


class OfferInternalFile(Strict):
    contact: Annotated[str, Meta(max_length=200)] = ""
    contact_phone: Annotated[str, Meta(max_length=40)] = ""
    contact_email: Annotated[str, Meta(max_length=200)] = ""
    contact_times: Annotated[str, Meta(max_length=300)] = ""
    deputy: Annotated[str, Meta(max_length=200)] = ""
    deputy_phone: Annotated[str, Meta(max_length=40)] = ""
    deputy_email: Annotated[str, Meta(max_length=200)] = ""
    referral_route: Annotated[str, Meta(max_length=2000)] = ""
    admission: Annotated[str, Meta(max_length=2000)] = ""


def load_offer_internal(session: Session, items: dict[str, OfferInternalFile], path: Path) -> int:
    """Add it to the offers (by slug) that have none; what they have stays. Returns to how many; the caller commits.

    Raises ContentError, which names the file `path`, for an offer that is not there.
    """
    offers = {row.slug: row.id for row in session.execute(select(col(Offer.slug), col(Offer.id)))}
    known = set(session.execute(select(col(OfferInternal.offer_id))).scalars())
    if missing := sorted(items.keys() - offers.keys()):
        raise ContentError(f"{path}: offers refers to {missing[0]!r}, which is not there")
    new = [
        OfferInternal(offer_id=offers[slug], **msgspec.structs.asdict(item))
        for slug, item in items.items()
        if offers[slug] not in known
    ]
    session.add_all(new)
    return len(new)


def offer_internal(session: Session) -> dict[str, OfferInternalFile]:
    """All of it by the slug of the offer, in the order of the slugs."""
    rows = session.execute(
        select(col(Offer.slug), OfferInternal)
        .join(Offer, col(Offer.id) == OfferInternal.offer_id)
        .order_by(col(Offer.slug))
    )
    names = OfferInternalFile.__struct_fields__
    return {slug: OfferInternalFile(**{name: getattr(row, name) for name in names}) for slug, row in rows}


def check_offer_internal(items: dict[str, OfferInternalFile], offers: Collection[str]) -> list[str]:
    """One sentence for each problem. `offers`: the slugs that there are."""
    problems = []
    for slug, item in items.items():
        if slug not in offers:
            problems.append(f"demo directory offers: unknown offer {slug}")
        if item == OfferInternalFile():
            problems.append(f"demo directory offers: there is nothing about {slug}")
    return problems
