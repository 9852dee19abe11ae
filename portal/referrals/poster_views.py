"""The poster for a waiting room, and the short addresses that its code leads to."""

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

blueprint = Blueprint("posters", __name__)


@blueprint.get("/<lang:language>/plakat")
def chooser() -> ResponseReturnValue:
    abort(404)


@blueprint.get("/<lang:language>/plakat/ansicht")
def poster() -> ResponseReturnValue:
    abort(404)


@blueprint.get("/<lang:language>/plakat.pdf")
def poster_pdf() -> ResponseReturnValue:
    abort(404)


@blueprint.get("/l/<phase>")
def to_life_phase(phase: str) -> ResponseReturnValue:
    abort(404)


@blueprint.get("/a/<int:months>")
def to_age(months: int) -> ResponseReturnValue:
    abort(404)
