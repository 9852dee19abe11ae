"""Träger und Orte. Editors write all of them, Träger-editors their own."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.admin.conflicts import show_conflict
from portal.admin.forms import options
from portal.admin.listing import PAGE_SIZE, ListPage, read_list_request
from portal.admin.organization_forms import KINDS, STEP_FREE, OrganizationForm, PlaceForm
from portal.admin.saving import saved
from portal.auth.access import EDITORS, WRITERS, current_actor, roles
from portal.editing import districts, organizations, places
from portal.editing import organization_list as lists
from portal.editing.descriptions import ChangedMeanwhileError, InUseError, fingerprint
from portal.extensions import db
from portal.models import Location, Organization
from portal.models.enums import OfferStatus

blueprint = Blueprint("admin_organizations", __name__, url_prefix="/verwaltung/traeger")

STATUS_WORDS = {
    OfferStatus.DRAFT: "Entwurf",
    OfferStatus.IN_REVIEW: "wartet auf Freigabe",
    OfferStatus.PUBLISHED: "öffentlich",
    OfferStatus.ARCHIVED: "Archiv",
}


@blueprint.get("")
@roles(*WRITERS)
def organization_list() -> ResponseReturnValue:
    asked = read_list_request(
        sorts=("name", "published", "offers", "places"),
        filters={"kind": [kind.value for kind in KINDS]},
        default_sort="name",
    )
    rows, total = lists.page(
        db.session,
        current_actor(),
        q=asked.q,
        kind=asked.filters.get("kind", ""),
        sort=asked.sort,
        descending=asked.descending,
        offset=asked.offset,
        limit=PAGE_SIZE,
    )
    return render_template(
        "admin/organizations/list.html",
        page=ListPage(asked, rows, total),
        asked=asked,
        kinds=KINDS,
        all_of_them=current_actor().edits_everything,
    )


@blueprint.get("/aehnliche")
@roles(*EDITORS)
def similar() -> ResponseReturnValue:
    """While a name is typed: who is called nearly the same."""
    found = lists.similar(db.session, request.args.get("name", "")[:300])
    return render_template("admin/organizations/_similar.html", found=found)


@blueprint.route("/neu", methods=["GET", "POST"])
@roles(*EDITORS)
def new() -> ResponseReturnValue:
    form = OrganizationForm(request.form)
    del form.small
    found: list[lists.Similar] = []
    if request.method == "POST" and form.validate():
        found = lists.similar(db.session, form.name.data)
        if not found or found[0].score < lists.SAME or form.anyway.data:
            organization = organizations.create(db.session, current_actor(), form.facts())
            saved(f"„{organization.name}“ ist angelegt. Als Nächstes: ein Ort, an dem Familien ihn finden.")
            return redirect(url_for(".edit", slug=organization.slug), 303)
    asks = bool(found)
    if not asks:
        del form.anyway
    page = render_template("admin/organizations/new.html", form=form, found=found, asks=asks)
    return page, 422 if form.errors or asks else 200


@blueprint.route("/<slug>", methods=["GET", "POST"])
@roles(*WRITERS)
def edit(slug: str) -> ResponseReturnValue:
    organization = organizations.find(db.session, current_actor(), slug)
    now = organizations.read(db.session, organization)
    form = OrganizationForm(request.form, data=vars(now))
    del form.anyway
    base = request.form.get("base", fingerprint(now))
    conflict: list[tuple[str, str]] = []
    if request.method == "POST" and form.validate():
        try:
            small = bool(form.small.data)
            changed = organizations.change(
                db.session, current_actor(), organization, form.facts(), base=base, small=small
            )
            saved("Gespeichert." if changed else "Es war nichts zu ändern.")
            return redirect(url_for(".edit", slug=slug), 303)
        except ChangedMeanwhileError as error:
            base, conflict = show_conflict(form, error.now, organizations.LABELS, kind=KINDS)
    return _edit_page(organization, form, base, conflict), 422 if form.errors or conflict else 200


def _edit_page(organization: Organization, form: OrganizationForm, base: str, conflict: list[tuple[str, str]]) -> str:
    assert organization.id is not None
    return render_template(
        "admin/organizations/edit.html",
        organization=organization,
        form=form,
        base=base,
        conflict=conflict,
        places=places.places_of(db.session, organization.id),
        offers=organizations.offers_of(db.session, organization.id),
        people=organizations.people_of(db.session, organization.id),
        step_free=STEP_FREE,
        status_words=STATUS_WORDS,
    )


@blueprint.route("/<slug>/loeschen", methods=["GET", "POST"])
@roles(*EDITORS)
def delete(slug: str) -> ResponseReturnValue:
    organization = organizations.find(db.session, current_actor(), slug)
    assert organization.id is not None
    if request.method == "POST":
        try:
            organizations.delete(db.session, current_actor(), organization)
            saved(f"„{organization.name}“ liegt jetzt 30 Tage im Papierkorb.")
            return redirect(url_for(".organization_list"), 303)
        except InUseError as error:
            return _delete_page(organization, error.users), 422
    return _delete_page(organization, organizations.users_of(db.session, organization.id))


def _delete_page(organization: Organization, users: list[str]) -> str:
    return render_template(
        "admin/_delete.html",
        title=f"„{organization.name}“ löschen",
        users=users,
        needed_by="Dazu gehört noch etwas. Lösche es zuerst, oder lege zwei Träger zusammen.",
        gone="Der Träger und seine Orte kommen in den Papierkorb. 30 Tage lang kannst du sie zurückholen.",
        back=url_for(".edit", slug=organization.slug),
    )


@blueprint.route("/<slug>/zusammenlegen", methods=["GET", "POST"])
@roles(*EDITORS)
def merge(slug: str) -> ResponseReturnValue:
    """First which other one, then what moves, then it moves."""
    organization = organizations.find(db.session, current_actor(), slug)
    assert organization.id is not None
    if request.method == "POST":
        done = organizations.merge(db.session, current_actor(), organization, request.form.get("mit", ""))
        saved(f"Zusammengelegt. „{done.other.name}“ liegt 30 Tage im Papierkorb.")
        return redirect(url_for(".edit", slug=slug), 303)
    other = request.args.get("mit", "")
    plan = organizations.plan_merge(db.session, current_actor(), organization, other) if other else None
    return render_template(
        "admin/organizations/merge.html",
        organization=organization,
        plan=plan,
        similar=lists.similar(db.session, organization.name, but=organization.id, at_least=70),
        choices=lists.choices(db.session, organization.id),
        kinds=KINDS,
    )


# --- places -----------------------------------------------------------------------------------------------------------


@blueprint.route("/<slug>/orte/neu", methods=["GET", "POST"])
@roles(*WRITERS)
def new_place(slug: str) -> ResponseReturnValue:
    organization = organizations.find(db.session, current_actor(), slug)
    form = _place_form()
    if request.method == "POST" and form.validate():
        place = places.create(db.session, current_actor(), organization, form.facts())
        saved(f"Der Ort „{places.words_for(place)}“ ist angelegt.")
        return redirect(url_for(".edit", slug=slug) + "#orte", 303)
    return _place_page(organization, None, form), 422 if form.errors else 200


@blueprint.route("/<slug>/orte/<key>", methods=["GET", "POST"])
@roles(*WRITERS)
def place(slug: str, key: str) -> ResponseReturnValue:
    organization = organizations.find(db.session, current_actor(), slug)
    found = places.find(db.session, current_actor(), organization, key)
    now = places.read(db.session, found)
    form = _place_form(vars(now))
    base = request.form.get("base", fingerprint(now))
    conflict: list[tuple[str, str]] = []
    if request.method == "POST" and form.validate():
        try:
            changed = places.change(db.session, current_actor(), found, form.facts(), base=base)
            saved("Gespeichert." if changed else "Es war nichts zu ändern.")
            return redirect(url_for(".edit", slug=slug) + "#orte", 303)
        except ChangedMeanwhileError as error:
            base, conflict = show_conflict(form, error.now, places.LABELS, step_free=STEP_FREE)
    return _place_page(organization, found, form, base, conflict), 422 if form.errors or conflict else 200


def _place_form(data: dict[str, object] | None = None) -> PlaceForm:
    # WTForms shows None as the word.
    form = PlaceForm(request.form, data={name: "" if value is None else value for name, value in (data or {}).items()})
    form.district.choices = options([("", "Keiner, oder noch nicht bekannt"), *districts.names(db.session)])
    return form


def _place_page(
    organization: Organization,
    found: Location | None,
    form: PlaceForm,
    base: str = "",
    conflict: list[tuple[str, str]] | None = None,
) -> str:
    return render_template(
        "admin/organizations/place.html",
        organization=organization,
        place=found,
        title=places.words_for(found) if found else "Neuer Ort",
        form=form,
        base=base,
        conflict=conflict or [],
    )


@blueprint.route("/<slug>/orte/<key>/loeschen", methods=["GET", "POST"])
@roles(*WRITERS)
def delete_place(slug: str, key: str) -> ResponseReturnValue:
    organization = organizations.find(db.session, current_actor(), slug)
    found = places.find(db.session, current_actor(), organization, key)
    words, users = places.words_for(found), places.users_of(db.session, found)
    if request.method == "POST" and not users:
        places.delete(db.session, current_actor(), found)
        saved(f"Der Ort „{words}“ liegt jetzt 30 Tage im Papierkorb.")
        return redirect(url_for(".edit", slug=slug) + "#orte", 303)
    page = render_template(
        "admin/_delete.html",
        title=f"Ort „{words}“ löschen",
        users=users,
        needed_by="Diese Angebote finden dort statt. Gib ihnen zuerst einen anderen Ort.",
        gone="Der Ort kommt in den Papierkorb. 30 Tage lang kannst du ihn zurückholen.",
        back=url_for(".place", slug=slug, key=key),
    )
    return page, 422 if request.method == "POST" else 200
