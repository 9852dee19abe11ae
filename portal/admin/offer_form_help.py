"""Help while an offer is written: how plain a text is, and whether there is such an offer already."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from portal.admin.offer_editor import FORM_LIMIT, Editor, findings_with_buttons
from portal.admin.offer_form import TEXT_ROWS
from portal.auth.access import TRANSLATORS, WRITERS, current_actor, roles
from portal.auth.guarding import body_limit
from portal.editing.offer_lists import similar_offers
from portal.extensions import db

blueprint = Blueprint("admin_offer_help", __name__, url_prefix="/verwaltung/hilfe")


@blueprint.post("/text/<name>")
@roles(*WRITERS, *TRANSLATORS)
@body_limit(FORM_LIMIT)
def plain(name: str) -> ResponseReturnValue:
    """What is hard in one German text. Any field of a page may be asked for; its name is only given back."""
    if not name.isidentifier() or len(name) > 60:
        abort(404)
    report = Editor.report(request.form.get(name, ""))
    return render_template(
        "admin/offers/_plain_answer.html",
        name=name,
        report=report,
        findings=findings_with_buttons(report),
        in_form=name in TEXT_ROWS,
    )


@blueprint.post("/aehnlich")
@roles(*WRITERS)
@body_limit(FORM_LIMIT)
def similar() -> ResponseReturnValue:
    title, slug = request.form.get("title", ""), request.form.get("slug", "")
    found = similar_offers(db.session, current_actor(), title, slug)
    return render_template("admin/offers/_similar.html", similar=found)
