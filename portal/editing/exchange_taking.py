"""What was confirmed of a table becomes offers: each by itself, so that one that cannot be taken does not hold up the others."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from msgspec import Struct, field
from sqlmodel import Session

from portal.editing import audit, workflow
from portal.editing.actor import Actor
from portal.editing.audit import Action
from portal.editing.exchange import Outcome, Planned
from portal.editing.versions import ConflictError, find_offer
from portal.models import Offer
from portal.models.enums import OfferStatus
from portal.plain.words import PlainWords

MAX_NOTES = 5_000
NOTE = "Aus einer Tabelle"
"""Of the versions that come from here."""


class Note(Struct, frozen=True):
    """A row that somebody has to look at, and why."""

    line: int
    slug: str
    title: str
    message: str


class Report(Struct):
    """What has become of the rows so far."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    published: int = 0
    refused: list[Note] = field(default_factory=list)
    """Not taken."""
    drafts: list[Note] = field(default_factory=list)
    """Taken, but not published as was wished."""


def take(
    session: Session,
    actor: Actor,
    planned: Iterable[Planned],
    report: Report,
    *,
    publish: bool,
    today: date,
    review_after: timedelta,
    words: PlainWords,
) -> None:
    """Create and change what the trial says, and count it in `report`; the caller commits.

    New offers and new versions are drafts; with `publish` they are approved where nothing is missing.
    """
    for row in planned:
        if row.outcome == Outcome.SAME:
            report.unchanged += 1
            continue
        if row.outcome == Outcome.REFUSED:
            report.refused.append(Note(row.line, row.slug, row.title, " ".join(row.problems)))
            continue
        try:
            with session.begin_nested():
                offer = _write(session, actor, row)
        except ConflictError:
            message = "Jemand hat das Angebot inzwischen geändert. Lies die Tabelle noch einmal ein."
            report.refused.append(Note(row.line, row.slug, row.title, message))
            continue
        except workflow.NotReadyError as error:
            report.refused.append(Note(row.line, row.slug, row.title, " ".join(error.problems)))
            continue
        if row.outcome == Outcome.NEW:
            report.created += 1
        else:
            report.changed += 1
        if publish:
            _publish(session, actor, offer, row, report, today, review_after, words)


def _write(session: Session, actor: Actor, row: Planned) -> Offer:
    if row.outcome == Outcome.NEW:
        return workflow.create(session, actor, row.content, NOTE)
    offer = find_offer(session, actor, row.slug)
    workflow.save(session, actor, offer, row.content, base=row.number, note=NOTE)
    return offer


def _publish(
    session: Session,
    actor: Actor,
    offer: Offer,
    row: Planned,
    report: Report,
    today: date,
    review_after: timedelta,
    words: PlainWords,
) -> None:
    slug = offer.slug
    try:
        if offer.status == OfferStatus.ARCHIVED:
            raise workflow.NotReadyError(["Es ist archiviert. Hole es erst aus dem Archiv."])
        with session.begin_nested():
            workflow.approve(session, actor, offer, today, words, review_after=review_after)
    except workflow.NotReadyError as error:
        report.drafts.append(Note(row.line, slug, row.title, " ".join(error.problems)))
    else:
        report.published += 1


def record(session: Session, actor: Actor, name: str, report: Report) -> None:
    """The entry for the whole table, beside those of its offers; the caller commits."""
    details = (
        f"{report.created} neu, {report.changed} geändert, {report.unchanged} unverändert, "
        f"{len(report.refused)} nicht übernommen, {report.published} veröffentlicht"
    )
    audit.record(session, actor, Action.IMPORTED, kind="import", label=name, details=details)
