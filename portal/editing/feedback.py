"""What families say about an offer: whether it helped, and what is wrong. Chosen, never typed; nothing about who said it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select, true, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from portal.editing import audit
from portal.editing.actor import Actor, NotAllowedError
from portal.editing.audit import Action
from portal.editing.freshness import theirs
from portal.models import FeedbackReason, FeedbackReport, HelpedCount, Offer, OfferText, Organization, RoleName
from portal.models.base import utc_now
from portal.offers.taxonomy import SOURCE_LANGUAGE

LEAST_SHOWN = 5
"""Answers: fewer could be one family."""
REASONS = {
    FeedbackReason.PHONE: "Telefonnummer",
    FeedbackReason.ADDRESS: "Adresse",
    FeedbackReason.TIMES: "Zeiten",
    FeedbackReason.CLOSED: "Gibt es nicht mehr",
    FeedbackReason.NO_PLACE: "Kein Platz frei",
    FeedbackReason.COST: "Kosten",
    FeedbackReason.LANGUAGE: "Sprache",
    FeedbackReason.TEXT: "Text ist schwer oder falsch",
}
"""For editors; families read sentences (templates/components/feedback.html)."""


# --- from families ----------------------------------------------------------------------------------------------------


def report(session: Session, *, offer_id: int, reason: FeedbackReason, lang: str, today: date) -> None:
    """Somebody says that something is wrong. The same thing said again on the same day in the same language is one line."""
    same = select(FeedbackReport.id).where(
        FeedbackReport.offer_id == offer_id,
        FeedbackReport.reason == reason,
        FeedbackReport.lang == lang,
        FeedbackReport.reported_on == today,
        FeedbackReport.done_at.is_(None),
    )
    if session.execute(same.limit(1)).first() is None:
        session.add(FeedbackReport(offer_id=offer_id, reason=reason, lang=lang, reported_on=today))


def count_answer(session: Session, *, offer_id: int, helped: bool, today: date) -> None:
    """ "Hat euch das geholfen?" Counted by month."""
    key = {"offer_id": offer_id, "month": today.replace(day=1)}
    name = "yes" if helped else "no"
    raised = update(HelpedCount).filter_by(**key).values({name: getattr(HelpedCount, name) + 1})
    if not session.execute(raised).rowcount:
        try:
            with session.begin_nested():
                session.add(HelpedCount(**key, **{name: 1}))
        except IntegrityError:
            # Somebody else has given the first answer of the month just now.
            session.execute(raised)


# --- for editors ------------------------------------------------------------------------------------------------------

SORTS = {
    "day": FeedbackReport.reported_on,
    "offer": OfferText.title,
    "reason": FeedbackReport.reason,
    "lang": FeedbackReport.lang,
}


def seen_by(actor: Actor) -> ColumnElement[bool]:
    """Planners read all reports, a Träger-editor those of their own offers."""
    return true() if actor.has(RoleName.PLANNER) else theirs(actor)


def open_reports(session: Session, actor: Actor) -> int:
    """How many reports wait for this person."""
    return session.execute(
        select(func.count())
        .select_from(FeedbackReport)
        .join(Offer, Offer.id == FeedbackReport.offer_id)
        .where(FeedbackReport.done_at.is_(None), seen_by(actor))
    ).scalar_one()


def list_reports(
    session: Session,
    actor: Actor,
    *,
    state: str = "open",
    reason: str = "",
    q: str = "",
    sort: str = "day",
    descending: bool = True,
    start: int = 0,
    limit: int = 50,
) -> tuple[Sequence[Any], int]:
    """A page of the inbox, and how many there are in all. `state` is "open", "done" or "all". Two queries.

    Columns: id, reason, lang, reported_on, done_at, done_by, note, slug, title, organization, organization_id.
    """
    conditions = [seen_by(actor)]
    if state != "all":
        conditions.append(FeedbackReport.done_at.is_(None) if state == "open" else FeedbackReport.done_at.is_not(None))
    if reason:
        conditions.append(FeedbackReport.reason == FeedbackReason(reason))
    for word in q.lower().split():
        conditions.append(func.lower(OfferText.title + " " + Organization.name).contains(word, autoescape=True))
    query = (
        select(
            FeedbackReport.id,
            FeedbackReport.reason,
            FeedbackReport.lang,
            FeedbackReport.reported_on,
            FeedbackReport.done_at,
            FeedbackReport.done_by,
            FeedbackReport.note,
            Offer.slug,
            Offer.organization_id,
            OfferText.title,
            Organization.name.label("organization"),
        )
        .join(Offer, Offer.id == FeedbackReport.offer_id)
        .join(OfferText, and_(OfferText.offer_id == Offer.id, OfferText.lang == SOURCE_LANGUAGE))
        .join(Organization, Organization.id == Offer.organization_id)
        .where(*conditions)
    )
    total = session.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    order = SORTS[sort]
    rows = session.execute(
        query.order_by(order.desc() if descending else order, FeedbackReport.id.desc()).offset(start).limit(limit)
    )
    return rows.all(), total


def mark_done(session: Session, actor: Actor, ids: Iterable[int], note: str = "") -> int:
    """Put reports aside. Returns how many. Raises NotAllowedError where one is not theirs."""
    reports = [found for found in _reports(session, actor, ids) if found[0].done_at is None]
    for row, slug, title in reports:
        row.done_at, row.done_by, row.note = utc_now(), actor.name, note.strip()[:500]
        details = "; ".join(part for part in (f"erledigt: {REASONS[row.reason]}", row.note) if part)
        audit.record(session, actor, Action.CHANGED, kind="feedback", entity=slug, label=title, details=details)
    return len(reports)


def reopen(session: Session, actor: Actor, ids: Iterable[int]) -> int:
    """Take reports back into the inbox. Returns how many. Raises NotAllowedError where one is not theirs."""
    reports = [found for found in _reports(session, actor, ids) if found[0].done_at is not None]
    for row, slug, title in reports:
        row.done_at, row.done_by = None, ""
        details = f"wieder offen: {REASONS[row.reason]}"
        audit.record(session, actor, Action.CHANGED, kind="feedback", entity=slug, label=title, details=details)
    return len(reports)


def _reports(session: Session, actor: Actor, ids: Iterable[int]) -> Sequence[Any]:
    """(report, slug, title) of these. A planner reads all, but decides nothing."""
    wanted = set(ids)
    rows = session.execute(
        select(FeedbackReport, Offer.slug, OfferText.title)
        .join(Offer, Offer.id == FeedbackReport.offer_id)
        .join(OfferText, and_(OfferText.offer_id == Offer.id, OfferText.lang == SOURCE_LANGUAGE))
        .where(FeedbackReport.id.in_(wanted), theirs(actor))
        .order_by(FeedbackReport.id)
    ).all()
    if len(rows) != len(wanted):
        raise NotAllowedError("feedback")
    return rows


def helped(session: Session, actor: Actor, *, since: date, limit: int = 50) -> Sequence[Any]:
    """What families answered since that month, for offers with LEAST_SHOWN answers and more; the least helpful first.

    Columns: slug, title, organization, yes, no.
    """
    yes, no = func.sum(HelpedCount.yes), func.sum(HelpedCount.no)
    return session.execute(
        select(Offer.slug, OfferText.title, Organization.name.label("organization"), yes.label("yes"), no.label("no"))
        .select_from(HelpedCount)
        .join(Offer, Offer.id == HelpedCount.offer_id)
        .join(OfferText, and_(OfferText.offer_id == Offer.id, OfferText.lang == SOURCE_LANGUAGE))
        .join(Organization, Organization.id == Offer.organization_id)
        .where(HelpedCount.month >= since.replace(day=1), seen_by(actor))
        .group_by(Offer.id, Offer.slug, OfferText.title, Organization.name)
        .having(yes + no >= LEAST_SHOWN)
        .order_by((no * 100 / case((yes + no > 0, yes + no), else_=1)).desc(), Offer.slug)
        .limit(limit)
    ).all()
