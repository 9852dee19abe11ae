"""Räume und Ressourcen: who lends what, and who would like to do something together. For practitioners only."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from portal.admin.directory_forms import RESOURCE_KINDS
from portal.auth.access import PRACTITIONERS, current_actor, roles
from portal.extensions import db
from portal.models import ResourceKind
from portal.offers.context import catalogue
from portal.practitioners.directory import district_choices, language_choices, words
from portal.practitioners.directory_queries import ResourceEntry, read_resources
from portal.practitioners.responsibility import all_below, way_up

blueprint = Blueprint("practice_resources", __name__, url_prefix="/verwaltung/fachkraft/raeume")

PERSONS = (10, 20, 30, 50, 100)
"""So many at least: chosen, not typed."""
HEADINGS = {
    ResourceKind.ROOM: "Räume",
    ResourceKind.INTERPRETER: "Sprachmittlung",
    ResourceKind.EQUIPMENT: "Ausstattung",
    ResourceKind.STAFF: "Mitarbeit",
    ResourceKind.COOPERATION: "Kooperation: Wer macht mit?",
}


@blueprint.get("")
@roles(*PRACTITIONERS)
def resources() -> ResponseReturnValue:
    entries = read_resources(db.session)
    chosen = _chosen()
    found = [entry for entry in entries if _fits(entry, chosen)]
    return render_template(
        "practitioners/resources/resources.html",
        chosen=chosen,
        actor=current_actor(),
        kinds=RESOURCE_KINDS,
        persons=PERSONS,
        districts=district_choices(),
        languages=language_choices(entries),
        total=len(found),
        groups=[
            (heading, group)
            for kind, heading in HEADINGS.items()
            if (group := _nearest_first([entry for entry in found if entry.kind is kind], chosen["ort"]))
        ],
        **words(),
    )


def _chosen() -> dict[str, str]:
    """What is filtered by, as far as it exists."""
    kind, ort, sprache, persons = (request.args.get(name, "")[:120] for name in ("art", "ort", "sprache", "personen"))
    return {
        "art": kind if kind in [item.value for item in RESOURCE_KINDS] else "",
        "ort": ort if ort in catalogue().districts else "",
        "sprache": sprache,
        "personen": persons if persons in map(str, PERSONS) else "",
    }


def _fits(entry: ResourceEntry, chosen: dict[str, str]) -> bool:
    districts = catalogue().districts
    if chosen["ort"] and entry.district is not None:
        # What is in a part of the place, and what is for a wider one.
        near = {*way_up(districts, chosen["ort"]), *all_below(districts, chosen["ort"])}
        if entry.district not in near:
            return False
    return (
        chosen["art"] in ("", entry.kind.value)
        and (not chosen["sprache"] or chosen["sprache"] in entry.languages)
        and (not chosen["personen"] or (entry.capacity or 0) >= int(chosen["personen"]))
    )


def _nearest_first(entries: list[ResourceEntry], ort: str) -> list[ResourceEntry]:
    """What is in the place or in a part of it, then what is for wider ones."""
    wider = set(way_up(catalogue().districts, ort)[1:]) | {None}
    return sorted(entries, key=lambda entry: entry.district in wider) if ort else entries
