"""Translations: what is missing, side by side with the German text, to and from agencies, by machine."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from portal.admin.forms import clean_line, clean_text
from portal.admin.listing import PAGE_SIZE, ListPage, read_list_request
from portal.admin.saving import saved, stored
from portal.auth import parking
from portal.auth.access import TRANSLATORS, WRITERS, current_actor, roles
from portal.auth.guarding import body_limit
from portal.editing import drafts, machine, translations
from portal.editing.actor import NotAllowedError
from portal.editing.machine import Machine
from portal.editing.text_kinds import KINDS, TextField, TextKind
from portal.editing.translations import Pair
from portal.editing.versions import find_offer
from portal.extensions import db
from portal.i18n import LANGUAGES
from portal.models import RoleName
from portal.models.enums import TextState
from portal.offers.context import site, today
from portal.translating.outdated import what_changed
from portal.translating.providers import ProviderError
from portal.translating.units import Unit
from portal.translating.xliff import write_xliff
from portal.translating.xliff_read import MAX_BYTES, XliffError, read_xliff

Form = MultiDict[str, str]
blueprint = Blueprint("admin_translations", __name__, url_prefix="/verwaltung/uebersetzungen")


def _languages() -> list[str]:
    actor = current_actor()
    return [code for code in site().kommune.languages if code != "de" and actor.translates(code)]


def _machine() -> Machine:
    found: Machine = current_app.extensions["machine"]
    return found


def _kind(name: str) -> TextKind:
    if name not in KINDS:
        abort(404)
    return KINDS[name]


@blueprint.get("/")
@roles(*TRANSLATORS)
def overview() -> ResponseReturnValue:
    languages = _languages()
    return render_template(
        "admin/translations/overview.html",
        counts=translations.overview(db.session, current_actor(), languages),
        kinds=KINDS,
        states=translations.STATES,
        names=LANGUAGES,
        has_machine=_machine().provider is not None,
    )


@blueprint.get("/<lang>/<kind>")
@roles(*TRANSLATORS)
def texts(lang: str, kind: str) -> ResponseReturnValue:
    if lang not in _languages():
        abort(404)
    asked = read_list_request(sorts=["title"], default_sort="title", filters={"state": list(translations.STATES)})
    rows, total = translations.list_texts(
        db.session,
        current_actor(),
        _kind(kind),
        lang,
        state=asked.filters.get("state", ""),
        q=asked.q,
        offset=asked.offset,
        limit=PAGE_SIZE,
    )
    return render_template(
        "admin/translations/list.html",
        page=ListPage(asked, rows, total),
        kind=_kind(kind),
        lang=LANGUAGES[lang],
        states=translations.STATES,
        has_machine=_machine().provider is not None,
    )


@blueprint.get("/angebot/<slug>/sprachen")
@roles(*TRANSLATORS, *WRITERS)
def offer(slug: str) -> ResponseReturnValue:
    """All languages of one offer. A Träger-editor sees how far their own are."""
    actor = current_actor()
    if not actor.has(RoleName.TRANSLATOR):
        find_offer(db.session, actor, slug)
    title, found = translations.states_of(db.session, KINDS["offer"], slug)
    codes = [code for code in site().kommune.languages if code != "de"]
    return render_template(
        "admin/translations/offer.html",
        slug=slug,
        title=title,
        rows=[(LANGUAGES[code], found.get(code), actor.translates(code)) for code in codes],
        states=translations.STATES,
    )


# --- side by side -----------------------------------------------------------------------------------------------------


def _pair(kind: str, entity: str, lang: str) -> Pair:
    if lang not in _languages():
        raise NotAllowedError(lang)
    return translations.find_pair(db.session, current_actor(), kind, entity, lang)


def _show(
    pair: Pair, values: dict[str, str], *, form: Form | None = None, status: int = 200, **more: object
) -> ResponseReturnValue:
    """`form`: what was sent, or kept. Where something has changed since it was opened, both are shown, and it counts anew."""
    changed = pair.changed_since(form.get("base", "")) if form is not None else set()
    differences = {
        name: what_changed(pair.made_from[name], pair.source[name])
        for name in pair.stale_fields
        if name in pair.made_from
    }
    page = render_template(
        "admin/translations/edit.html",
        pair=pair,
        values=values,
        language=LANGUAGES["de"],
        target=LANGUAGES[pair.lang],
        differences=differences,
        checked=bool(form.get("checked")) if form is not None else pair.state is TextState.HUMAN,
        german_changed="source" in changed,
        # Where the German text has changed, the state has, too: that was nobody who translates.
        theirs=pair.target if "target" in changed or changed == {"state"} else None,
        states=translations.STATES,
        has_machine=_machine().provider is not None,
        **{"problems": [], "draft_from": None, "hints": []} | more,
    )
    return make_response(page, status)


@blueprint.get("/<lang>/<kind>/<path:entity>")
@roles(*TRANSLATORS)
def edit(lang: str, kind: str, entity: str) -> ResponseReturnValue:
    pair = _pair(kind, entity, lang)
    kept = drafts.find(db.session, current_actor(), _draft_key(pair))
    if kept:
        typed = MultiDict(kept[1])
        return _show(pair, _typed(pair, typed), form=typed, draft_from=kept[2])
    return _show(pair, pair.target)


@blueprint.post("/<lang>/<kind>/<path:entity>")
@roles(*TRANSLATORS)
@body_limit(2 * 1024 * 1024)
def save(lang: str, kind: str, entity: str) -> ResponseReturnValue:
    actor, pair = current_actor(), _pair(kind, entity, lang)
    values = _typed(pair, request.form)
    button = request.form.get("do", "save")
    if button == "machine":
        return _by_machine(pair, values)
    if button == "discard":
        drafts.forget(db.session, actor, _draft_key(pair))
        saved("Verworfen. Du siehst den gespeicherten Stand.")
        return redirect(_address(pair), 303)
    if problems := machine.problems_with(pair, values):
        return _show(pair, values, form=request.form, status=422, problems=problems)
    checked = bool(request.form.get("checked"))
    try:
        translations.write(
            db.session,
            actor,
            pair,
            values,
            TextState.HUMAN if checked else TextState.MACHINE,
            base=request.form.get("base", ""),
        )
    except translations.ChangedMeanwhileError:
        return _show(pair, values, form=request.form, status=409)
    drafts.forget(db.session, actor, _draft_key(pair))
    saved("Gespeichert." if checked else "Gespeichert. Auf der Seite steht „automatisch übersetzt“ dabei.")
    return redirect(_address(pair), 303)


def _typed(pair: Pair, form: Form) -> dict[str, str]:
    return {field.name: _clean(field, form.get(f"t-{field.name}", "")) for field in pair.kind.fields}


def _clean(field: TextField, text: str) -> str:
    return (clean_line(text) if field.rows == 1 else clean_text(text)) or ""


def _address(pair: Pair) -> str:
    return url_for("admin_translations.edit", lang=pair.lang, kind=pair.kind.name, entity=pair.entity)


def _draft_key(pair: Pair) -> str:
    return drafts.key("text", pair.kind.name, pair.entity, pair.lang)


def _by_machine(pair: Pair, values: dict[str, str]) -> ResponseReturnValue:
    """A suggestion in the empty and the outdated fields: shown, not saved, and not checked before somebody says so."""
    try:
        suggested, hints = machine.suggest(db.session, _machine(), pair, values)
    except ProviderError as error:
        return _show(pair, values, form=request.form, status=422, problems=[str(error)])
    form = MultiDict(request.form)
    if suggested != values:
        form.pop("checked", None)
    return _show(pair, suggested, form=form, hints=hints)


@blueprint.post("/zwischenstand/<lang>/<kind>/<path:entity>")
@roles(*TRANSLATORS)
@body_limit(2 * 1024 * 1024)
def keep(lang: str, kind: str, entity: str) -> ResponseReturnValue:
    pair = _pair(kind, entity, lang)
    try:
        saved_at = drafts.keep(db.session, current_actor(), _draft_key(pair), 0, request.form.items(multi=True))
    except ValueError:
        # The browser takes an answer into the page only where it went well.
        return render_template("admin/translations/_kept.html", saved_at=None)
    stored()
    return render_template("admin/translations/_kept.html", saved_at=saved_at)


def _typed_before_log_in(path: str, form: Form) -> ResponseReturnValue | None:
    lang, kind, entity = (*path.removeprefix(f"{blueprint.url_prefix}/").split("/", 2), "", "")[:3]
    try:
        pair = _pair(kind, entity, lang)
    except NotAllowedError:
        return None
    drafts.keep(db.session, current_actor(), _draft_key(pair), 0, form.items(multi=True))
    saved("Du bist wieder angemeldet. Hier ist, was du geschrieben hast: Bitte speichern.")
    return redirect(_address(pair), 303)


parking.register(f"{blueprint.url_prefix}/", _typed_before_log_in)


# --- to and from an agency, by machine --------------------------------------------------------------------------------


@blueprint.get("/<lang>/xliff")
@roles(*TRANSLATORS)
def export_xliff(lang: str) -> ResponseReturnValue:
    """All texts of a language that are not checked by a person (?alle=1: every text), as XLIFF 1.2."""
    if lang not in _languages():
        abort(404)
    units = machine.all_units(db.session, current_actor(), lang, everything=request.args.get("alle") == "1")
    content = write_xliff(units, target_lang=lang, original=site().kommune.site_name, today=today())
    response = make_response(content)
    response.mimetype = "application/xliff+xml"
    response.headers["Content-Disposition"] = f'attachment; filename="texte-{lang}-{today()}.xlf"'
    return response


@blueprint.post("/<lang>/xliff")
@roles(*TRANSLATORS)
@body_limit(MAX_BYTES + 64 * 1024)
def import_xliff(lang: str) -> ResponseReturnValue:
    """What an agency sends back. Only what a person has finished; where the German text has changed, as outdated."""
    if lang not in _languages():
        abort(404)
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        flash("Bitte wähle zuerst eine Datei aus.", "error")
        return redirect(url_for("admin_translations.overview"), 303)
    actor = current_actor()
    units = {unit.key: unit for unit in machine.all_units(db.session, actor, lang, everything=True)}
    try:
        result = read_xliff(sent.read(MAX_BYTES + 1), units, lang)
    except XliffError as error:
        flash(str(error), "error")
        return redirect(url_for("admin_translations.overview"), 303)
    for texts in (result.accepted, result.outdated):
        texts[:] = [(key, _clean(_field_of(key), text)) for key, text in texts]
    checked = bool(request.form.get("checked"))
    number = machine.take_back(db.session, actor, lang, result, TextState.HUMAN if checked else TextState.MACHINE)
    saved(f"{number} Texte übernommen." if number != 1 else "1 Text übernommen.")
    todo = set(result.unfinished)
    return render_template(
        "admin/translations/imported.html",
        problems=[_with_title(problem, units) for problem in result.problems if problem not in todo],
        unfinished=len(todo),
        lang=LANGUAGES[lang],
    )


def _field_of(key: str) -> TextField:
    parts = key.split("/")
    return KINDS[parts[0]].field(parts[-1])


def _with_title(problem: str, units: dict[str, Unit]) -> str:
    """What the agency's program calls by its key, people call by its title."""
    key, _, sentence = problem.partition(": ")
    return f"{units[key].note}: {sentence}" if key in units else problem


@blueprint.post("/<lang>/<kind>/maschinell")
@roles(*TRANSLATORS)
def translate_next(lang: str, kind: str) -> ResponseReturnValue:
    """The next few missing texts by machine, saved as "automatisch übersetzt"; nothing that a person wrote is touched."""
    if lang not in _languages():
        abort(404)
    try:
        done, left, problems = machine.translate_missing(db.session, current_actor(), _machine(), _kind(kind), lang)
    except ProviderError as error:
        flash(str(error), "error")
    else:
        saved(f"{done} übersetzt, {left} fehlen noch. Auf der Seite steht „automatisch übersetzt“ dabei.")
        for problem in problems[:10]:
            flash(problem, "error")
    return redirect(url_for("admin_translations.texts", lang=lang, kind=kind, state="missing"), 303)
