"""Stadtteile: the tree of Sozialräume. Only for editors."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, IntegerField, SelectField, validators

from portal.admin.conflicts import show_conflict
from portal.admin.forms import AdminForm, ChoiceChecks, LineField, TextField, options
from portal.admin.organization_forms import LONGEST_DESCRIPTION, SMALL_HELP, not_blank
from portal.admin.place_fields import LATITUDES, LONGITUDES, DegreeField, both_or_none
from portal.admin.saving import saved
from portal.auth.access import EDITORS, current_actor, roles
from portal.editing import districts
from portal.editing.descriptions import ChangedMeanwhileError, InUseError, fingerprint
from portal.editing.districts import CircleError, DistrictFacts, TreeRow
from portal.extensions import db
from portal.models import District
from portal.models.enums import DistrictKind

blueprint = Blueprint("admin_districts", __name__, url_prefix="/verwaltung/stadtteile")

KINDS = {
    DistrictKind.KREIS: "Kreis",
    DistrictKind.GEMEINDE: "Stadt oder Gemeinde",
    DistrictKind.STADTTEIL: "Stadtteil",
}


class PositionField(IntegerField):
    """A whole number from 0 to 100,000."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("Hier passt eine ganze Zahl. Beispiel: 10") from None
        if self.data is not None and not 0 <= self.data <= 100_000:
            raise ValueError("Hier passt eine Zahl von 0 bis 100000. Beispiel: 10")


class DistrictForm(AdminForm):
    name = LineField(
        "Name", max_length=200, required=True, extra=[not_blank], description="Wie ihn alle nennen. Beispiel: Nordstadt"
    )
    kind = SelectField(
        "Art",
        choices=options(KINDS.items()),
        description="Im Landkreis ist oft die Gemeinde der Sozialraum. Beispiel: Hinterwiesen ist eine Gemeinde.",
    )
    parent = SelectField(
        "Gehört zu",
        choices=[],
        description="Angebote für das Ganze gelten auch hier. Beispiel: Nordstadt gehört zu Beispielstadt.",
    )
    position = PositionField(
        "Reihenfolge",
        [validators.InputRequired("Das fehlt noch. Beispiel: 10")],
        default=0,
        description="Kleine Zahlen stehen vorn. Beispiel: 10",
    )
    latitude = DegreeField(
        "Breitengrad", limits=LATITUDES, description="Der Mitte, für „in der Nähe“. Beispiel: 51,1745"
    )
    longitude = DegreeField(
        "Längengrad", limits=LONGITUDES, description="Der Mitte, für „in der Nähe“. Beispiel: 10,4520"
    )
    neighbours = ChoiceChecks(
        "Nachbarn", description="Von hier gut zu erreichen; gilt in beide Richtungen. Beispiel: Mitte und Nordstadt"
    )
    description = TextField(
        "Beschreibung auf Deutsch",
        max_length=LONGEST_DESCRIPTION,
        description="Kurze Sätze in einfacher Sprache. Beispiel: Das Familienzentrum liegt am Nordmarkt. Ihr kommt mit Bus 1 hin.",
        render_kw={"data-plain": "", "lang": "de"},
    )
    small = BooleanField("Nur ein Schreibfehler", description=SMALL_HELP)

    def offer_choices(self, rows: list[TreeRow], slug: str | None) -> None:
        """A district cannot lie in itself or in one of its parts, nor be its own neighbour."""
        inside = districts.below(rows, slug) if slug else set()
        outside = [(row.slug, f"{'– ' * row.depth}{row.name}") for row in rows if row.slug not in inside]
        self.parent.choices = options([("", "Nichts: Das ist die oberste Stufe"), *outside])
        self.neighbours.choices = options((row.slug, row.name) for row in rows if row.slug != slug)

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        fields = super().validate(*args, **kwargs)
        return both_or_none(self) and fields

    def facts(self) -> DistrictFacts:
        """What was typed. Only after validate()."""
        return DistrictFacts(
            name=self.name.data,
            kind=DistrictKind(self.kind.data),
            parent=self.parent.data or None,
            position=self.position.data,
            latitude=self.latitude.data,
            longitude=self.longitude.data,
            description=self.description.data or "",
            neighbours=frozenset(self.neighbours.data or ()),
        )


@blueprint.get("")
@roles(*EDITORS)
def district_list() -> ResponseReturnValue:
    return render_template("admin/districts/list.html", rows=districts.tree(db.session), kinds=KINDS)


@blueprint.route("/neu", methods=["GET", "POST"])
@roles(*EDITORS)
def new() -> ResponseReturnValue:
    rows = districts.tree(db.session)
    form = DistrictForm(request.form)
    form.offer_choices(rows, None)
    del form.small
    if request.method == "POST" and form.validate():
        district = districts.create(db.session, current_actor(), form.facts())
        saved(f"„{district.name}“ ist angelegt.")
        return redirect(url_for(".district_list"), 303)
    return render_template("admin/districts/form.html", form=form, district=None, conflict=[]), (
        422 if form.errors else 200
    )


@blueprint.route("/<slug>", methods=["GET", "POST"])
@roles(*EDITORS)
def edit(slug: str) -> ResponseReturnValue:
    district = districts.find(db.session, current_actor(), slug)
    now = districts.read(db.session, district)
    rows = districts.tree(db.session)
    names = {row.slug: row.name for row in rows}
    # To boxes, a form that was not sent would say that none is ticked.
    sent = request.form if request.method == "POST" else None
    form = DistrictForm(sent, data={**vars(now), "parent": now.parent or "", "neighbours": sorted(now.neighbours)})
    form.offer_choices(rows, slug)
    base = request.form.get("base", fingerprint(now))
    conflict: list[tuple[str, str]] = []
    if request.method == "POST" and form.validate():
        try:
            small = bool(form.small.data)
            changed = districts.change(db.session, current_actor(), district, form.facts(), base=base, small=small)
            saved("Gespeichert." if changed else "Es war nichts zu ändern.")
            return redirect(url_for(".district_list"), 303)
        except ChangedMeanwhileError as error:
            base, conflict = show_conflict(
                form, error.now, districts.LABELS, kind=KINDS, parent=names, neighbours=names
            )
        except CircleError as error:
            form.parent.errors = [str(error)]
    page = render_template("admin/districts/form.html", form=form, district=district, base=base, conflict=conflict)
    return page, 422 if form.errors or conflict else 200


@blueprint.route("/<slug>/loeschen", methods=["GET", "POST"])
@roles(*EDITORS)
def delete(slug: str) -> ResponseReturnValue:
    district = districts.find(db.session, current_actor(), slug)
    if request.method == "POST":
        try:
            districts.delete(db.session, current_actor(), district)
            saved(f"„{district.name}“ liegt jetzt 30 Tage im Papierkorb.")
            return redirect(url_for(".district_list"), 303)
        except InUseError as error:
            return _delete_page(district, error.users), 422
    return _delete_page(district, districts.users_of(db.session, district))


def _delete_page(district: District, users: list[str]) -> str:
    return render_template(
        "admin/_delete.html",
        title=f"„{district.name}“ löschen",
        users=users,
        needed_by="Daran hängt noch etwas. Gib dem zuerst einen anderen Stadtteil.",
        gone="Der Stadtteil kommt in den Papierkorb. 30 Tage lang kannst du ihn zurückholen.",
        back=url_for(".edit", slug=district.slug),
    )
