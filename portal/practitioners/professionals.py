"""Fachtage, Schulungen, Arbeitskreise, Handlungshilfen. For practitioners only: no page or search of families has them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from icalendar import Event

from portal.admin.directory_forms import PROFESSIONAL_KINDS
from portal.auth.access import PRACTITIONERS, current_actor, roles
from portal.extensions import db
from portal.models import ProfessionalOfferKind
from portal.offers.calendar_file import empty_calendar
from portal.offers.context import catalogue, public_url, today
from portal.practitioners.directory import needs_by_situation, words
from portal.practitioners.directory_queries import ProfessionalEntry, read_professional_offers

blueprint = Blueprint("practice_professionals", __name__, url_prefix="/verwaltung/fachkraft/fortbildung")


@blueprint.get("")
@roles(*PRACTITIONERS)
def professionals() -> ResponseReturnValue:
    day = today()
    need = request.args.get("thema", "")
    need = need if need in catalogue().needs else ""
    entries = [entry for entry in read_professional_offers(db.session) if not need or need in entry.needs]
    return render_template(
        "practitioners/professionals/professionals.html",
        need=need,
        archive=request.args.get("archiv") == "1",
        today=day,
        kinds=PROFESSIONAL_KINDS,
        needs=needs_by_situation(),
        actor=current_actor(),
        **sorted_in(entries, day),
        **words(),
    )


def sorted_in(entries: list[ProfessionalEntry], day: date) -> dict[str, list[ProfessionalEntry]]:
    """What is to come by date, what is there at any time, what is to be read, and what is past (the newest first)."""
    dated = [entry for entry in entries if entry.last_day]
    undated = [entry for entry in entries if not entry.last_day]
    return {
        "upcoming": [entry for entry in dated if entry.last_day and entry.last_day >= day],
        "past": [entry for entry in reversed(dated) if entry.last_day and entry.last_day < day],
        "any_time": [entry for entry in undated if entry.kind is not ProfessionalOfferKind.GUIDE],
        "guides": [entry for entry in undated if entry.kind is ProfessionalOfferKind.GUIDE],
    }


@blueprint.get("/<slug>/termin.ics")
@roles(*PRACTITIONERS)
def calendar(slug: str) -> Response:
    """The days as a calendar file. 404 for what has no day."""
    found = [item for item in read_professional_offers(db.session) if item.slug == slug and item.starts_on]
    if not found:
        abort(404)
    address = public_url() + url_for(".professionals") + f"#{slug}"
    headers = {"Content-Disposition": f'attachment; filename="{slug}.ics"'}
    return Response(calendar_file(found[0], address, today()), mimetype="text/calendar", headers=headers)


def calendar_file(entry: ProfessionalEntry, address: str, day: date) -> bytes:
    """Whole days (RFC 5545): hours are free text, and stand in the description."""
    assert entry.starts_on and entry.last_day
    event = Event()
    event.add("uid", f"fortbildung-{entry.slug}@familienlotse")
    event.add("dtstamp", datetime.combine(day, time(), UTC))
    event.add("summary", entry.title)
    event.add("dtstart", entry.starts_on)
    # The end of whole days is the first day after them.
    event.add("dtend", entry.last_day + timedelta(1))
    if entry.place:
        event.add("location", entry.place)
    until = f"Anmelden bis {entry.register_by:%d.%m.%Y}" if entry.register_by else ""
    phone = f"Tel. {entry.phone}" if entry.phone else ""
    lines = [entry.times, entry.audience, until, entry.owner.name, phone, entry.email]
    event.add("description", "\n".join(line for line in lines if line))
    event.add("url", entry.website or address)
    file = empty_calendar()
    file.add_component(event)
    return bytes(file.to_ical())
