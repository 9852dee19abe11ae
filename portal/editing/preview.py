"""A content as the public page of an offer wants it, without being in the tables."""

from __future__ import annotations

from datetime import time
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from portal.content.schema import OfferContent, OfferTexts
from portal.editing.offer_lists import titles_of
from portal.models import Location, Offer, Organization, Picture
from portal.models.base import utc_now
from portal.models.enums import TextState
from portal.offers.queries import Date, Link, OfferPage
from portal.offers.taxonomy import SOURCE_LANGUAGE


def offer_page_of(session: Session, offer: Offer, content: OfferContent, lang: str) -> OfferPage:
    """The public page of this content in `lang`, in German where it is not translated. Three queries."""
    organization = session.execute(
        select(Organization).where(Organization.slug == content.organization)
    ).scalar_one_or_none()
    place = session.execute(select(Location).where(Location.slug == content.location)).scalar_one_or_none()
    after = titles_of(session, content.follow_ups) if content.follow_ups else {}
    translated = content.translations.get(lang)
    text: OfferTexts = translated or content.text
    return OfferPage(
        offer=_row(session, offer, content, organization, place),
        text=SimpleNamespace(
            **{name: getattr(text, name) for name in OfferTexts.__struct_fields__},
            lang=lang if translated else SOURCE_LANGUAGE,
            state=translated.state if translated else TextState.SOURCE,
        ),
        needs=list(content.needs),
        life_phases=list(content.life_phases),
        access=list(content.access),
        languages=list(content.languages),
        dates=[
            Date(
                item.frequency,
                item.weekday,
                item.week_of_month,
                time.fromisoformat(item.start),
                time.fromisoformat(item.end),
                item.first_on,
                item.last_on,
            )
            for item in content.schedules
        ],
        before=[],
        after=[Link(slug, after[slug], SOURCE_LANGUAGE) for slug in content.follow_ups if slug in after],
    )


def _row(
    session: Session, offer: Offer, content: OfferContent, organization: Organization | None, place: Location | None
) -> Any:
    amount = content.cost.amount_eur
    values: dict[str, Any] = {
        name: getattr(content, name) for name in OfferContent.__struct_fields__ if name not in ("text", "translations")
    }
    values |= {
        "id": offer.id,
        "slug": offer.slug,
        "updated_at": utc_now(),
        "cost_kind": content.cost.kind,
        "cost_cents": None if amount is None else round(amount * 100),
        "cost_per": content.cost.per,
        "organization": organization.name if organization else content.organization,
        "organization_slug": content.organization,
        "organization_email": organization.email if organization else None,
        "organization_website": organization.website if organization else None,
        "place": place.name if place else None,
        "no_place_on": None,
    }
    for name in "street house_number postal_code city district_id latitude longitude step_free bus_stop".split():
        values[name] = getattr(place, name) if place else None
    picture = session.get(Picture, content.picture) if content.picture else None
    values |= {
        "picture_width": picture.width if picture else None,
        "picture_height": picture.height if picture else None,
    }
    return SimpleNamespace(**values)
