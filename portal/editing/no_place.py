""" "Hier ist kein Platz frei": said with one tap by practitioners, once a day and offer.

There is no entry in the audit log, and none is missing: a report tells which offer and on which day, and on purpose
nothing tells who it was. Whoever calls for a family must not have to fear that a Träger reads it as a complaint.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import and_, delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from portal.editing.actor import Actor, NotAllowedError
from portal.editing.feedback import seen_by
from portal.models import NoPlaceReport, Offer, OfferText, Organization
from portal.offers.taxonomy import SOURCE_LANGUAGE


def report(session: Session, actor: Actor, *, offer_id: int, today: date) -> None:
    """No place is free today. Said again on the same day, it is the same report. Raises NotAllowedError."""
    _check(actor)
    if session.get(NoPlaceReport, (offer_id, today)) is not None:
        return
    try:
        with session.begin_nested():
            session.add(NoPlaceReport(offer_id=offer_id, reported_on=today))
    except IntegrityError:
        # A colleague has said so just now.
        return


def take_back(session: Session, actor: Actor, *, offer_id: int, today: date) -> None:
    """There are places after all: the report of today goes. Raises NotAllowedError."""
    _check(actor)
    session.execute(delete(NoPlaceReport).where(NoPlaceReport.offer_id == offer_id, NoPlaceReport.reported_on == today))


def _check(actor: Actor) -> None:
    if not actor.practises:
        raise NotAllowedError("no place")


def days_of(session: Session, offer_id: int, *, since: date) -> list[date]:
    """The days since then on which it was reported for this offer, the newest first."""
    return list(
        session.execute(
            select(NoPlaceReport.reported_on)
            .where(NoPlaceReport.offer_id == offer_id, NoPlaceReport.reported_on >= since)
            .order_by(NoPlaceReport.reported_on.desc())
        ).scalars()
    )


def most_reported(
    session: Session, actor: Actor, *, since: date, until: date = date.max, limit: int = 20
) -> Sequence[Any]:
    """The offers with the most days from `since` to `until` on which no place was free, of those that are theirs to see.

    Columns: slug, title, organization, days, newest.
    """
    days, newest = func.count(), func.max(NoPlaceReport.reported_on)
    return session.execute(
        select(
            Offer.slug,
            OfferText.title,
            Organization.name.label("organization"),
            days.label("days"),
            newest.label("newest"),
        )
        .select_from(NoPlaceReport)
        .join(Offer, Offer.id == NoPlaceReport.offer_id)
        .join(OfferText, and_(OfferText.offer_id == Offer.id, OfferText.lang == SOURCE_LANGUAGE))
        .join(Organization, Organization.id == Offer.organization_id)
        .where(NoPlaceReport.reported_on >= since, NoPlaceReport.reported_on <= until, seen_by(actor))
        .group_by(Offer.id, Offer.slug, OfferText.title, Organization.name)
        .order_by(days.desc(), newest.desc(), Offer.slug)
        .limit(limit)
    ).all()
