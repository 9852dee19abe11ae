"""Rückmeldungen: what families say is wrong, as an inbox; and whether offers helped them."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal.admin.forms import clean_line
from portal.admin.listing import PAGE_SIZE, ListPage, back_to_list, chosen_rows, read_list_request
from portal.admin.saving import saved
from portal.auth.access import WRITERS, current_actor, roles
from portal.editing import feedback, no_place
from portal.extensions import db
from portal.models import FeedbackReason, RoleName
from portal.offers.context import today
from portal.offers.queries import NO_PLACE_DAYS

blueprint = Blueprint("admin_feedback", __name__, url_prefix="/verwaltung/rueckmeldungen")
STATES = {"open": "Offen", "done": "Erledigt", "all": "Alle"}
_YEAR = timedelta(365)
_MAX_NOTE = 500


@blueprint.get("")
@roles(*WRITERS, RoleName.PLANNER)
def inbox() -> ResponseReturnValue:
    actor = current_actor()
    asked = read_list_request(
        sorts=list(feedback.SORTS),
        default_sort="-day",
        filters={"state": list(STATES), "reason": [reason.value for reason in FeedbackReason]},
    )
    state = asked.filters.get("state", "open")
    rows, total = feedback.list_reports(
        db.session,
        actor,
        state=state,
        reason=asked.filters.get("reason", ""),
        q=asked.q,
        sort=asked.sort,
        descending=asked.descending,
        start=asked.offset,
        limit=PAGE_SIZE,
    )
    return render_template(
        "admin/feedback/inbox.html",
        page=ListPage(asked, rows, total),
        state=state,
        states=STATES,
        reasons=feedback.REASONS,
        helped=feedback.helped(db.session, actor, since=today() - _YEAR),
        least=feedback.LEAST_SHOWN,
        full=no_place.most_reported(db.session, actor, since=today() - timedelta(NO_PLACE_DAYS)),
    )


@blueprint.post("")
@roles(*WRITERS)
def change() -> ResponseReturnValue:
    """Done (`do=done`, with a note) or open again (`do=reopen`), for one (`only`) or the ticked ones (`report`)."""
    actor, ids = current_actor(), chosen_rows("report")
    note = clean_line(request.form.get("note", "")) or ""
    if len(note) > _MAX_NOTE:
        abort(413)
    if request.form.get("do") == "reopen":
        number = feedback.reopen(db.session, actor, ids)
        words = "wieder offen"
    else:
        number = feedback.mark_done(db.session, actor, ids, note)
        words = "erledigt"
    one = "1 Rückmeldung ist" if number == 1 else f"{number} Rückmeldungen sind"
    saved(f"{one} {words}." if number else "Du hast nichts angekreuzt.")
    return redirect(back_to_list("admin_feedback.inbox"), 303)
