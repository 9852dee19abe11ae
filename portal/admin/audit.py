"""Protokoll: who did what when. To read only."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.admin.listing import PAGE_SIZE, ListPage, read_list_request
from portal.auth.access import ADMINS, EDITORS, current_actor, roles
from portal.editing import audit_list
from portal.editing.audit import Action
from portal.editing.audit_list import AuditFilter
from portal.extensions import db
from portal.models import AuditEntry

blueprint = Blueprint("admin_audit", __name__, url_prefix="/verwaltung/protokoll")

ACTIONS = {
    Action.CREATED: "angelegt",
    Action.CHANGED: "geändert",
    Action.SUBMITTED: "zur Freigabe gegeben",
    Action.APPROVED: "freigegeben",
    Action.REJECTED: "zurückgegeben",
    Action.PUBLISHED: "veröffentlicht",
    Action.ARCHIVED: "ins Archiv gelegt",
    Action.RESTORED: "aus dem Archiv geholt",
    Action.DELETED: "gelöscht",
    Action.UNDELETED: "aus dem Papierkorb geholt",
    Action.CONFIRMED: "als richtig bestätigt",
    Action.COMMENTED: "kommentiert",
    Action.TRANSLATED: "übersetzt",
    Action.IMPORTED: "eingelesen",
    Action.EXPORTED: "ausgegeben",
    Action.INVITED: "eingeladen",
    Action.LOGGED_IN: "angemeldet",
    Action.LOGGED_OUT: "abgemeldet",
    Action.LOGIN_FAILED: "Anmeldung fehlgeschlagen",
    Action.REVOKED: "überall abgemeldet",
    Action.DEACTIVATED: "gesperrt",
    Action.ENDED: "beendet",
}
KINDS = {
    "offer": "Angebot",
    "organization": "Träger",
    "location": "Ort",
    "district": "Stadtteil",
    "need": "Bedarf",
    "utterance": "So fragen Eltern",
    "page": "Seite",
    "life_phase": "Lebensphase",
    "banner": "Aktuell",
    "feedback": "Rückmeldung",
    "translation": "Übersetzung",
    "user": "Person",
    "import": "Einlesen",
    "export": "Ausgabe",
    "picture": "Bild",
    "attachment": "Anlage",
    "practitioner_link": "Zugang für Fachkräfte",
    "contact_point": "Ansprechstelle",
    "resource": "Raum oder Ressource",
    "professional_offer": "Für Fachkräfte",
}
"""The German words for the nouns of the log and of the bin."""

_PAGES = {
    "offer": ("admin_offers.edit", "slug"),
    "organization": ("admin_organizations.edit", "slug"),
    "district": ("admin_districts.edit", "slug"),
    "need": ("admin_needs.edit", "code"),
    "page": ("admin_pages.edit", "slug"),
    "banner": ("admin_banners.edit", "banner_id"),
    "user": ("admin_users.user", "user_id"),
    "contact_point": ("admin_contact_points.edit", "slug"),
    "resource": ("admin_resources.edit", "slug"),
    "professional_offer": ("admin_professional_offers.edit", "slug"),
}
"""Where a thing is edited, and what its address is made of."""


@blueprint.get("")
@roles(*EDITORS)
def log() -> ResponseReturnValue:
    people = audit_list.people(db.session)
    asked = read_list_request(
        sorts=(),
        filters={
            "person": [number for number, _name in people],
            "action": list(ACTIONS),
            "kind": list(KINDS),
            "von": _Day(),
            "bis": _Day(),
        },
    )
    wanted = AuditFilter(
        q=asked.q,
        person=asked.filters.get("person", ""),
        action=asked.filters.get("action", ""),
        kind=asked.filters.get("kind", ""),
        first=_day(asked.filters.get("von", "")),
        last=_day(asked.filters.get("bis", "")),
    )
    entries, total = audit_list.page(db.session, wanted, offset=asked.offset, limit=PAGE_SIZE)
    return render_template(
        "admin/audit/list.html",
        page=ListPage(asked, entries, total),
        asked=asked,
        people=people,
        actions=ACTIONS,
        kinds=KINDS,
        links=_links(entries),
        wrong_day=any(request.args.get(name) and name not in asked.filters for name in ("von", "bis")),
    )


class _Day(list[str]):
    """In place of a list of values: every day of the calendar."""

    def __contains__(self, value: object) -> bool:
        return _day(str(value)) is not None


def _day(text: str) -> date | None:
    """ "2026-11-21", from this century; None for anything else."""
    if not re.fullmatch(r"20\d\d-\d\d-\d\d", text, re.ASCII):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _links(entries: list[AuditEntry]) -> dict[int, str]:
    """By the id of an entry: the address of the thing, where it is still there and the person may see it."""
    there = audit_list.still_there(db.session, entries)
    links: dict[int, str] = {}
    for entry in entries:
        if (entry.kind, entry.entity) not in there or entry.id is None:
            continue
        if entry.kind == "user" and not current_actor().has(*ADMINS):
            continue
        if address := _address(entry, there[entry.kind, entry.entity]):
            links[entry.id] = address
    return links


def _address(entry: AuditEntry, organization: str) -> str | None:
    if entry.kind == "location":
        return url_for("admin_organizations.place", slug=organization, key=entry.entity)
    endpoint, name = _PAGES.get(entry.kind, ("", ""))
    if endpoint not in current_app.view_functions:
        return None
    value: Any = int(entry.entity) if name.endswith("_id") else entry.entity
    return url_for(endpoint, **{name: value})
