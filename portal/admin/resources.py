"""Räume und Ressourcen: what a Träger lends. Editors write all of them, Träger-editors their own."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.admin import directory_editor
from portal.admin.directory_editor import Desk
from portal.admin.directory_forms import RESOURCE_KINDS, ResourceForm
from portal.admin.listing import read_list_request
from portal.auth.access import WRITERS, roles
from portal.editing import resources
from portal.editing.resources import RESOURCE

blueprint = Blueprint("admin_resources", __name__, url_prefix="/verwaltung/raeume")

DESK = Desk(RESOURCE, ResourceForm, "admin_resources", "Räume und Ressourcen", "Neuer Eintrag", RESOURCE_KINDS)


@blueprint.get("")
@roles(*WRITERS)
def entries() -> ResponseReturnValue:
    asked = read_list_request(
        sorts=("title", "organization", "assured_on"),
        filters={"art": [kind.value for kind in RESOURCE_KINDS]},
        default_sort="title",
    )
    return directory_editor.list_page(DESK, asked, resources.matching(asked.filters.get("art", "")))


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
    return directory_editor.delete(DESK, slug)


@blueprint.post("/<slug>/stimmt-noch")
@roles(*WRITERS)
def assure(slug: str) -> ResponseReturnValue:
    return directory_editor.assure(DESK, slug)
