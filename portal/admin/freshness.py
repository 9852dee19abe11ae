"""Stimmt noch? What waits for somebody's word, and one click to give it."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.admin.listing import ListPage, chosen_rows, read_list_request
from portal.admin.saving import saved
from portal.auth.access import WRITERS, current_actor, roles
from portal.editing import freshness
from portal.editing.links import FILE, read_stored
from portal.extensions import db
from portal.offers.context import site, today

blueprint = Blueprint("admin_freshness", __name__, url_prefix="/verwaltung/stimmt-noch")


@blueprint.get("")
@roles(*WRITERS)
def dashboard() -> ResponseReturnValue:
    asked = read_list_request(sorts=[""], filters={})
    links = read_stored(current_app.extensions["settings"].data_dir / FILE)
    found = freshness.dashboard(db.session, current_actor(), site().kommune, today(), links, page=asked.page)
    return render_template(
        "admin/freshness/dashboard.html",
        found=found,
        page=ListPage(asked, [], found.total),
        stages=freshness.STAGES,
        links=links,
    )


@blueprint.post("")
@roles(*WRITERS)
def confirm() -> ResponseReturnValue:
    """One (`only`), the ticked ones (`offer`), or all of one's own (`all`)."""
    actor, kommune = current_actor(), site().kommune
    if "all" in request.form:
        number = freshness.confirm_all_own(db.session, actor, kommune, today())
    else:
        number = freshness.confirm_offers(db.session, actor, kommune, chosen_rows("offer"), today())
    words = "1 Angebot ist" if number == 1 else f"{number} Angebote sind"
    saved(f"Danke! {words} bestätigt." if number else "Es war nichts angekreuzt, oder nichts mehr zu bestätigen.")
    return redirect(url_for("admin_freshness.dashboard"), 303)
