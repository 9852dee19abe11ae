"""Seiten und Lebensphasen: their German texts, with a preview. Only for editors."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, Form, validators

from portal.admin.conflicts import show_conflict
from portal.admin.forms import AdminForm, LineField, TextField
from portal.admin.organization_forms import SMALL_HELP
from portal.admin.saving import saved, sent
from portal.admin.wording import local_time
from portal.auth.access import EDITORS, current_actor, roles
from portal.content.site import PLACEHOLDERS, Page, PageSource, render_page, unknown_placeholder
from portal.editing import pages
from portal.editing.descriptions import ChangedMeanwhileError, fingerprint
from portal.editing.pages import LIFE_PHASE, PAGE
from portal.editing.text_kinds import TextKind
from portal.extensions import db
from portal.i18n import LANGUAGES
from portal.models.enums import TextState
from portal.offers.context import site
from portal.offers.taxonomy import SOURCE_LANGUAGE

blueprint = Blueprint("admin_pages", __name__, url_prefix="/verwaltung/seiten")

STATES = {
    TextState.SOURCE: ("good", "Vorlage"),
    TextState.HUMAN: ("good", "geprüft"),
    TextState.MACHINE: ("wait", "automatisch"),
    TextState.OUTDATED: ("bad", "veraltet"),
}
"""How a state is shown: the class and the word."""


def _known_placeholders(_form: Form, field: Any) -> None:
    if wrong := unknown_placeholder(field.data or ""):
        raise validators.ValidationError(f"Diesen Platzhalter gibt es nicht: {wrong[:40]}")


class PageForm(AdminForm):
    title = LineField(
        "Titel",
        max_length=200,
        required=True,
        description="Die Überschrift. Beispiel: Über uns",
        render_kw={"lang": "de"},
    )
    description = TextField(
        "Kurz gesagt",
        max_length=400,
        description="Ein Satz für Suchmaschinen. Beispiel: Wer hinter dem Familienlotsen steht.",
        render_kw={"lang": "de"},
    )
    body = TextField(
        "Text",
        max_length=50_000,
        required=True,
        extra=[_known_placeholders],
        description="Absätze mit einer leeren Zeile dazwischen. ## macht eine Überschrift, - einen Punkt einer Liste, "
        "**so** wird es fett. Beispiel: ## Wer wir sind",
        render_kw={"data-plain": "", "lang": "de"},
    )
    small = BooleanField("Nur ein Schreibfehler", description=SMALL_HELP)


class LifePhaseForm(AdminForm):
    label = LineField(
        "Name", max_length=120, required=True, description="Kurz. Beispiel: Schwangerschaft", render_kw={"lang": "de"}
    )
    ages = LineField(
        "Alter",
        max_length=120,
        required=True,
        description="In Worten. Beispiel: 1 bis 3 Jahre",
        render_kw={"lang": "de"},
    )
    intro = TextField(
        "Einleitung",
        max_length=2000,
        required=True,
        description="Zwei, drei Sätze, die sagen: Du bist hier richtig. Beispiel: Ihr bekommt ein Kind und habt viele Fragen.",
        render_kw={"data-plain": "", "lang": "de"},
    )
    small = BooleanField("Nur ein Schreibfehler", description=SMALL_HELP)


@blueprint.get("")
@roles(*EDITORS)
def page_list() -> ResponseReturnValue:
    return render_template(
        "admin/pages/list.html",
        pages=pages.overview(db.session, current_actor(), PAGE),
        phases=pages.overview(db.session, current_actor(), LIFE_PHASE),
        names={code: LANGUAGES[code].name for code in site().kommune.languages},
        states=STATES,
    )


@blueprint.route("/neu", methods=["GET", "POST"])
@roles(*EDITORS)
def new() -> ResponseReturnValue:
    form = PageForm(sent())
    del form.small
    if request.method == "POST" and form.validate() and not _wants_preview():
        page = pages.create(db.session, current_actor(), _words(form, PAGE))
        saved(f"„{page.title}“ steht jetzt unter /de/seite/{page.slug}.")
        return redirect(url_for(".edit", slug=page.slug), 303)
    return _show("admin/pages/form.html", form, slug="", may_go=False)


@blueprint.route("/<slug>", methods=["GET", "POST"])
@roles(*EDITORS)
def edit(slug: str) -> ResponseReturnValue:
    return _edit(PAGE, slug, PageForm, "admin/pages/form.html", url_for(".edit", slug=slug), may_go=pages.may_go(slug))


@blueprint.route("/lebensphase/<phase>", methods=["GET", "POST"])
@roles(*EDITORS)
def life_phase(phase: str) -> ResponseReturnValue:
    return _edit(LIFE_PHASE, phase, LifePhaseForm, "admin/pages/life_phase.html", url_for(".life_phase", phase=phase))


@blueprint.route("/<slug>/loeschen", methods=["GET", "POST"])
@roles(*EDITORS)
def delete(slug: str) -> ResponseReturnValue:
    title = pages.find(db.session, current_actor(), PAGE, slug).title
    if request.method == "POST":
        pages.delete(db.session, current_actor(), slug)
        saved(f"„{title}“ liegt jetzt 30 Tage im Papierkorb.")
        return redirect(url_for(".page_list"), 303)
    return render_template(
        "admin/_delete.html",
        title=f"„{title}“ löschen?",
        users=[] if pages.may_go(slug) else ["Diese Seite steht unten auf jeder Seite."],
        needed_by="Sie wird gebraucht:",
        gone="Sie verschwindet in allen Sprachen. Aus dem Papierkorb kannst du sie 30 Tage lang zurückholen.",
        back=url_for(".edit", slug=slug),
    )


def _edit(kind: TextKind, key: str, shape: Any, template: str, here: str, **more: object) -> ResponseReturnValue:
    """The form of a text: shown, looked at as families see it, or saved."""
    row = pages.find(db.session, current_actor(), kind, key)
    now = pages.read(kind, row)
    form = shape(sent(), data={**vars(now), **_earlier(kind, key)})
    base = request.form.get("base", fingerprint(now))
    conflict: list[tuple[str, str]] = []
    if request.method == "POST" and form.validate() and not _wants_preview():
        try:
            words, small = _words(form, kind), bool(form.small.data)
            changed = pages.save(db.session, current_actor(), kind, key, words, base=base, small=small)
            saved("Gespeichert. Der frühere Text liegt im Papierkorb." if changed else "Es war nichts zu ändern.")
            return redirect(here, 303)
        except ChangedMeanwhileError as error:
            labels = {field.name: field.label for field in kind.fields}
            base, conflict = show_conflict(form, error.now, labels)
    return _show(
        template,
        form,
        slug=key,
        base=base,
        conflict=conflict,
        here=here,
        earlier=pages.earlier(db.session, current_actor(), kind, key),
        **more,
    )


def _earlier(kind: TextKind, key: str) -> dict[str, str]:
    """The words of a text from the bin, put into the form: nothing is saved by it."""
    chosen = request.args.get("frueher", "")
    if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 10):
        return {}
    return pages.earlier_words(db.session, current_actor(), kind, key, int(chosen))


def _words(form: Any, kind: TextKind) -> dict[str, str]:
    return {field.name: form[field.name].data or "" for field in kind.fields}


def _wants_preview() -> bool:
    return "ansehen" in request.form


def _preview(form: Any) -> Page | None:
    if not _wants_preview() or form.errors or not isinstance(form, PageForm):
        return None
    source = PageSource(form.title.data, form.description.data or "", form.body.data, TextState.SOURCE)
    return render_page(source, SOURCE_LANGUAGE, site().kommune)


def _show(template: str, form: Any, *, conflict: Any = (), earlier: Any = (), **more: Any) -> ResponseReturnValue:
    page = render_template(
        template,
        form=form,
        conflict=conflict,
        earlier=earlier,
        preview=_preview(form),
        placeholders=list(PLACEHOLDERS),
        local_time=local_time,
        **more,
    )
    return page, 422 if form.errors or conflict else 200
