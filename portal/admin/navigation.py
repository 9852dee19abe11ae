"""The menu of the editors' pages: who sees which entry, and how much waits behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request

from portal.admin.wording import local_day, local_time, short_day
from portal.auth.access import (
    ADMINS,
    EDITORS,
    PLANNERS,
    PRACTITIONERS,
    TRANSLATORS,
    WRITERS,
    actor_or_none,
    current_actor,
)
from portal.models import RoleName

ALL = tuple(RoleName)


@dataclass(frozen=True)
class Entry:
    endpoint: str
    label: str
    icon: str
    roles: tuple[RoleName, ...]


MENU: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "Arbeiten",
        (
            Entry("admin_home.home", "Übersicht", "house", ALL),
            Entry("admin_offers.offer_list", "Angebote", "heart", WRITERS),
            Entry("admin_freshness.dashboard", "Stimmt noch?", "check", WRITERS),
            Entry("admin_translations.overview", "Übersetzungen", "languages", TRANSLATORS),
            Entry("admin_feedback.inbox", "Rückmeldungen", "mail", (*WRITERS, RoleName.PLANNER)),
        ),
    ),
    (
        "Für Fachkräfte",
        (
            Entry("practice_search.search", "Angebote finden", "search", PRACTITIONERS),
            Entry("practice_gaps.overview", "Lücken", "info", PLANNERS),
            Entry("practice_changes.overview", "Neu und geändert", "clock", PRACTITIONERS),
            Entry("practice_directory.directory", "Wer ist wofür da?", "people", PRACTITIONERS),
            Entry("practice_resources.resources", "Räume und Ressourcen", "door", PRACTITIONERS),
            Entry("practice_professionals.professionals", "Fachtage und Schulungen", "calendar", PRACTITIONERS),
            Entry("practice_booklets.choose", "Wegweiser drucken", "print", PRACTITIONERS),
            Entry("posters.chooser", "Plakat und Karten", "ticket", PRACTITIONERS),
        ),
    ),
    (
        "Stammdaten",
        (
            Entry("admin_organizations.organization_list", "Träger und Orte", "home-heart", WRITERS),
            Entry("admin_contact_points.entries", "Ansprechstellen", "phone", WRITERS),
            Entry("admin_resources.entries", "Räume pflegen", "blocks", WRITERS),
            Entry("admin_professional_offers.entries", "Fachtage pflegen", "ticket", WRITERS),
            Entry("admin_districts.district_list", "Stadtteile", "pin", EDITORS),
            Entry("admin_needs.need_list", "Bedarfe", "together", EDITORS),
            Entry("admin_pages.page_list", "Seiten und Lebensphasen", "book", EDITORS),
            Entry("admin_banners.banner_list", "Aktuell", "info", EDITORS),
        ),
    ),
    (
        "Verwalten",
        (
            Entry("admin_exchange.exchange", "Einlesen und ausgeben", "share", WRITERS),
            Entry("admin_trash.trash", "Papierkorb", "backpack", WRITERS),
            Entry("admin_audit.log", "Protokoll", "clock", EDITORS),
            Entry("admin_users.user_list", "Personen", "people", ADMINS),
            Entry("admin_practitioner_links.link_list", "Zugänge für Fachkräfte", "door", EDITORS),
        ),
    ),
)


def menu() -> list[tuple[str, list[tuple[Entry, bool]]]]:
    """The entries that this person may use, by group, each with whether it is where we are."""
    actor = current_actor()
    here = (request.endpoint or "").split(".")[0]
    groups = []
    for title, entries in MENU:
        seen = [
            (entry, entry.endpoint.split(".")[0] == here)
            for entry in entries
            if actor.has(*entry.roles)
            and entry.endpoint in current_app.view_functions
            # The start page of those for whom something may wait.
            and not (actor.roles == {RoleName.PRACTITIONER} and entry.roles == ALL)
        ]
        if seen:
            groups.append((title, seen))
    return groups


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(local_time=local_time, local_day=local_day, short_day=short_day)

    @app.context_processor
    def admin_context() -> dict[str, Any]:
        if not request.path.startswith("/verwaltung"):
            return {}
        actor = actor_or_none()
        return {"menu": menu() if actor else [], "actor": actor}
