"""What waits for somebody: the numbers of the first page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlmodel import Session

from portal.editing.actor import Actor
from portal.editing.feedback import open_reports
from portal.editing.offer_lists import titles_of, waiting_count
from portal.models import Offer, OfferText, RoleName
from portal.models.enums import OfferStatus, TextState


@dataclass(frozen=True)
class Task:
    """Something to do, with the page where it is done (`endpoint` and the values of its address)."""

    number: int
    words: str
    endpoint: str
    values: dict[str, str]


def tasks(session: Session, actor: Actor, today: date) -> list[Task]:
    """What this person can do something about; what there is none of is left out. At most five queries."""
    found = []
    if actor.has(RoleName.PROVIDER, RoleName.EDITOR, RoleName.ADMIN):
        number = waiting_count(session, actor)
        words = "warten auf deine Freigabe" if actor.edits_everything else "warten auf Freigabe durch die Redaktion"
        found.append(Task(number, words, "admin_offers.offer_list", {"state": "waiting"}))
        due = _due(session, actor, today)
        found.append(Task(due, "warten auf Bestätigung", "admin_freshness.dashboard", {}))
    if actor.has(RoleName.PROVIDER, RoleName.EDITOR, RoleName.ADMIN, RoleName.PLANNER):
        found.append(Task(open_reports(session, actor), "Rückmeldungen von Familien", "admin_feedback.inbox", {}))
    if actor.has(RoleName.TRANSLATOR, RoleName.EDITOR, RoleName.ADMIN):
        found.append(Task(_outdated(session, actor), "Übersetzungen sind veraltet", "admin_translations.overview", {}))
    return [task for task in found if task.number]


def _due(session: Session, actor: Actor, today: date) -> int:
    query = select(func.count()).where(Offer.status == OfferStatus.PUBLISHED, Offer.review_due <= today)
    if not actor.edits_everything:
        query = query.where(Offer.organization_id.in_(actor.organizations))
    return session.execute(query).scalar_one()


def _outdated(session: Session, actor: Actor) -> int:
    query = select(func.count()).select_from(OfferText).where(OfferText.state == TextState.OUTDATED)
    if not actor.edits_everything:
        query = query.where(OfferText.lang.in_(actor.languages))
    return session.execute(query).scalar_one()


def unfinished(session: Session, forms: list[tuple[str, datetime]]) -> list[tuple[str | None, str, datetime]]:
    """Slug (None: a new offer), title and time of what was typed and not saved."""
    ids = [int(form.removeprefix("offer/")) for form, _at in forms if form.removeprefix("offer/").isdigit()]
    slugs: dict[int, str] = {}
    if ids:
        slugs = {row.id: row.slug for row in session.execute(select(Offer.id, Offer.slug).where(Offer.id.in_(ids)))}
    titles = titles_of(session, list(slugs.values())) if slugs else {}
    found: list[tuple[str | None, str, datetime]] = []
    for form, saved_at in forms:
        number = form.removeprefix("offer/")
        if number == "new":
            found.append((None, "Ein neues Angebot", saved_at))
        elif number.isdigit() and int(number) in slugs:
            slug = slugs[int(number)]
            found.append((slug, titles.get(slug, slug), saved_at))
    return found
