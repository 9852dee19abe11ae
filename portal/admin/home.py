"""Where editors begin: what waits for them, and what they have not finished."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.auth.access import WRITERS, current_actor, roles
from portal.editing import drafts, offer_lists, overview
from portal.extensions import db
from portal.models import RoleName
from portal.offers.context import site, today

blueprint = Blueprint("admin_home", __name__, url_prefix="/verwaltung")


@blueprint.get("/")
@roles()
def home() -> ResponseReturnValue:
    actor = current_actor()
    if actor.roles == {RoleName.PRACTITIONER}:
        # Nothing waits for them: they are here to find something.
        return redirect(url_for("practice_search.search"), 303)
    writes = actor.has(*WRITERS)
    return render_template(
        "admin/home.html",
        writes=writes,
        tasks=overview.tasks(db.session, actor, site().kommune, today()),
        unfinished=overview.unfinished(db.session, drafts.forms_of(db.session, actor)) if writes else [],
        counts=offer_lists.state_counts(db.session, actor) if writes else {},
    )
