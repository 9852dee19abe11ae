"""Fachtage, Schulungen, Handlungshilfen: offers for professionals. Editors write all of them, Träger-editors their own."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.admin import directory_editor
from portal.admin.directory_editor import Desk
from portal.admin.directory_forms import PROFESSIONAL_KINDS, ProfessionalOfferForm
from portal.admin.listing import read_list_request
from portal.auth.access import WRITERS, roles
from portal.editing import professional_offers
from portal.editing.professional_offers import PROFESSIONAL_OFFER
from portal.offers.context import today

blueprint = Blueprint("admin_professional_offers", __name__, url_prefix="/verwaltung/fortbildung")

WHEN = {"kommend": "kommt noch", "vorbei": "vorbei", "jederzeit": "jederzeit"}
DESK = Desk(
    PROFESSIONAL_OFFER,
    ProfessionalOfferForm,
    "admin_professional_offers",
    "Fachtage und Schulungen",
    "Neuer Eintrag",
    PROFESSIONAL_KINDS,
)


@blueprint.get("")
@roles(*WRITERS)
def entries() -> ResponseReturnValue:
    asked = read_list_request(
        sorts=("title", "organization", "starts_on"),
        filters={"art": [kind.value for kind in PROFESSIONAL_KINDS], "wann": list(WHEN)},
        default_sort="-starts_on",
    )
    conditions = professional_offers.matching(asked.filters.get("art", ""), asked.filters.get("wann", ""), today())
    return directory_editor.list_page(DESK, asked, conditions, when=WHEN, today=today())


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
