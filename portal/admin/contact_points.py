"""Ansprechstellen: who is there for what, and where. Editors write all of them, Träger-editors their own."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.admin import directory_editor
from portal.admin.directory_editor import Desk
from portal.admin.directory_forms import ContactPointForm
from portal.admin.listing import read_list_request
from portal.auth.access import WRITERS, current_actor, roles
from portal.editing import contact_points, directory
from portal.editing.contact_points import CONTACT_POINT
from portal.extensions import db

blueprint = Blueprint("admin_contact_points", __name__, url_prefix="/verwaltung/ansprechstellen")

DECIDES = {"ja": "entscheidet", "nein": "hilft weiter"}
DESK = Desk(CONTACT_POINT, ContactPointForm, "admin_contact_points", "Ansprechstellen", "Neue Ansprechstelle", {})


@blueprint.get("")
@roles(*WRITERS)
def entries() -> ResponseReturnValue:
    districts = directory_editor.district_words()
    asked = read_list_request(
        sorts=("role", "organization", "person", "assured_on"),
        filters={"entscheidet": list(DECIDES), "ort": list(districts)},
        default_sort="role",
    )
    decides = {"ja": True, "nein": False}.get(asked.filters.get("entscheidet", ""))
    conditions = contact_points.matching(decides, asked.filters.get("ort", ""))
    return directory_editor.list_page(DESK, asked, conditions, decides=DECIDES, districts=districts)


@blueprint.route("/neu", methods=["GET", "POST"])
@roles(*WRITERS)
def new() -> ResponseReturnValue:
    return directory_editor.new(DESK)


@blueprint.route("/<slug>", methods=["GET", "POST"])
@roles(*WRITERS)
def edit(slug: str) -> ResponseReturnValue:
    return directory_editor.edit(DESK, slug)


@blueprint.route("/<slug>/loeschen", methods=["GET", "POST"])
@roles(*WRITERS)
def delete(slug: str) -> ResponseReturnValue:
    point = directory.find(db.session, current_actor(), CONTACT_POINT, slug)
    others = contact_points.stands_in_for(db.session, point)
    also = f"Diese Stelle ist Vertretung für: {', '.join(others)}. Dort fehlt dann eine." if others else ""
    return directory_editor.delete(DESK, slug, also)


@blueprint.post("/<slug>/stimmt-noch")
@roles(*WRITERS)
def assure(slug: str) -> ResponseReturnValue:
    return directory_editor.assure(DESK, slug)
