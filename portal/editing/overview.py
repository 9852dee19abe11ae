"""What waits for somebody: the numbers of the first page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlmodel import Session

from portal.content.schema import Kommune
from portal.editing.actor import Actor
from portal.editing.feedback import open_reports
from portal.editing.freshness import count_waiting
from portal.editing.offer_lists import titles_of, waiting_count
from portal.models import Offer, OfferText, RoleName
from portal.models.enums import TextState


@dataclass(frozen=True)
class Task:
    """Something to do, with the page where it is done (`endpoint` and the values of its address)."""

    number: int
    words: str
    endpoint: str
    values: dict[str, str]


def tasks(session: Session, actor: Actor, kommune: Kommune, today: date) -> list[Task]:
    """What this person can do something about; what there is none of is left out. At most five queries."""
    found = []
    if actor.has(RoleName.PROVIDER, RoleName.EDITOR, RoleName.ADMIN):
        if not actor.edits_everything:
            back = waiting_count(session, actor, "rejected")
            words = "Angebot ist zurückgekommen, mit einem Grund" if back == 1 else "Angebote sind zurückgekommen"
            found.append(Task(back, words, "admin_offers.offer_list", {"state": "rejected"}))
        number = waiting_count(session, actor)
        words = "Angebot wartet" if number == 1 else "Angebote warten"
        words += " auf deine Freigabe" if actor.edits_everything else " auf die Freigabe der Redaktion"
        found.append(Task(number, words, "admin_offers.offer_list", {"state": "waiting"}))
        due = count_waiting(session, actor, kommune, today)
        words = "Angebot wartet auf Bestätigung" if due == 1 else "Angebote warten auf Bestätigung"
        found.append(Task(due, words, "admin_freshness.dashboard", {}))
    if actor.has(RoleName.PROVIDER, RoleName.EDITOR, RoleName.ADMIN, RoleName.PLANNER):
        reports = open_reports(session, actor)
        words = "Rückmeldung von Familien" if reports == 1 else "Rückmeldungen von Familien"
        found.append(Task(reports, words, "admin_feedback.inbox", {}))
    if actor.has(RoleName.TRANSLATOR, RoleName.EDITOR, RoleName.ADMIN):
        outdated = _outdated(session, actor)
        words = "Übersetzung ist veraltet" if outdated == 1 else "Übersetzungen sind veraltet"
        found.append(Task(outdated, words, "admin_translations.overview", {}))
    return [task for task in found if task.number]


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
