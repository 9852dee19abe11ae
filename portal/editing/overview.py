"""What waits for somebody: the numbers of the first page."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlmodel import Session

from portal.content.schema import Kommune
from portal.editing import translations
from portal.editing.actor import Actor
from portal.editing.feedback import open_reports
from portal.editing.freshness import count_waiting
from portal.editing.offer_lists import titles_of, waiting_count
from portal.models import Offer, RoleName
from portal.models.enums import TextState
from portal.offers.taxonomy import SOURCE_LANGUAGE


@dataclass(frozen=True)
class Task:
    """Something to do, with the page where it is done (`endpoint` and the values of its address)."""

    number: int
    words: str
    endpoint: str
    values: dict[str, str]


def tasks(session: Session, actor: Actor, kommune: Kommune, today: date) -> list[Task]:
    """What this person can do something about; what there is none of is left out. A fixed number of queries."""
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
        found += _of_translations(session, actor, kommune)
    return [task for task in found if task.number]


_TEXTS = {
    translations.MISSING: ("Text ist noch nicht übersetzt", "Texte sind noch nicht übersetzt"),
    TextState.OUTDATED.value: ("Übersetzung ist veraltet", "Übersetzungen sind veraltet"),
    TextState.MACHINE.value: (
        "Text ist automatisch übersetzt und nicht geprüft",
        "Texte sind automatisch übersetzt und nicht geprüft",
    ),
}


def _of_translations(session: Session, actor: Actor, kommune: Kommune) -> list[Task]:
    """The Redaktion hears what got out of date; who translates, all that they can do."""
    languages = [code for code in kommune.languages if code != SOURCE_LANGUAGE]
    numbers: Counter[str] = Counter()
    for kinds in translations.overview(session, actor, languages).values():
        for states in kinds.values():
            numbers.update(states)
    wanted = [TextState.OUTDATED.value] if actor.edits_everything else list(_TEXTS)
    return [
        Task(numbers[state], _TEXTS[state][numbers[state] != 1], "admin_translations.overview", {}) for state in wanted
    ]


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
