"""Offers given out as a table and read in from one."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from flask import Blueprint, Response, current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, FileField, SelectField

from portal.admin.forms import AdminForm, LineField, clean_line, options
from portal.admin.listing import PAGE_SIZE, ListPage, read_list_request
from portal.admin.saving import saved, stored
from portal.auth.access import EDITORS, WRITERS, current_actor, roles
from portal.auth.guarding import body_limit
from portal.editing import exchange as tables
from portal.editing import exchange_lists, exchange_taking, offer_lists
from portal.editing.exchange import Outcome, Trial
from portal.editing.exchange_uploads import Upload, UploadGoneError, Uploads
from portal.extensions import db
from portal.offers.context import site, today
from portal.tables import MAX_BYTES, MAX_ROWS, TableError, read_table, write_csv, write_xlsx

blueprint = Blueprint("admin_exchange", __name__, url_prefix="/verwaltung/austausch")
_ROOM_FOR_THE_FORM = 64 * 1024
PART = 100
"""Rows that are taken in one request: no other editor waits for the database longer than a few seconds."""
LISTS = {
    "traeger": (exchange_lists.organization_rows, "Träger"),
    "orte": (exchange_lists.place_rows, "Orte"),
}
_MIME_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class OfferTableForm(AdminForm):
    """Which offers are given out: as the list of offers is filtered."""

    q = LineField("Suchen", max_length=100, description="Ein Wort aus Titel oder Träger. Beispiel: Baby")
    state = SelectField(
        "Stand",
        choices=options([("", "Alle"), *offer_lists.STATES.items()]),
        default="",
        description="Beispiel: nur veröffentlichte.",
    )
    gap = SelectField(
        "Was fehlt",
        choices=options([("", "Alle"), *offer_lists.GAPS.items()]),
        default="",
        description="Beispiel: ohne Telefon, um die Nummern in einer Tabelle nachzutragen.",
    )
    organization = SelectField("Träger", choices=[], default="", description="Beispiel: nur die des eigenen Vereins.")
    translations = BooleanField(
        "Mit allen Übersetzungen",
        description="Für jede Sprache acht Spalten mehr. Beispiel: „Titel (tr)“ für Türkisch.",
    )

    def filters(self) -> dict[str, str]:
        return {name: self[name].data for name in ("state", "gap", "organization") if self[name].data}


class UploadForm(AdminForm):
    table = FileField(
        "Tabelle",
        description="Excel (.xlsx) oder CSV, höchstens 10 MB. Beispiel: die Datei, die du hier ausgegeben und geändert hast.",
    )


class TakingForm(AdminForm):
    publish = BooleanField(
        "Gleich veröffentlichen",
        description="Was vollständig ist, sehen Familien sofort. Sonst werden es Entwürfe, zum Beispiel zum Gegenlesen.",
    )
    checked_by_people = BooleanField(
        "Übersetzungen sind von Menschen geprüft",
        description="Sonst gelten geänderte Übersetzungen als automatisch übersetzt. Beispiel: Sie kommen aus DeepL.",
    )


def _languages() -> list[str]:
    return site().kommune.languages[1:]


def _uploads() -> Uploads:
    return Uploads(current_app.extensions["settings"].data_dir / "uploads", current_app.config["SECRET_KEY"])


# --- giving out -------------------------------------------------------------------------------------------------------


@blueprint.get("/")
@roles(*WRITERS)
def exchange() -> ResponseReturnValue:
    return _start(_offer_form(), UploadForm())


def _offer_form() -> OfferTableForm:
    """As the list was filtered that somebody comes from; what it does not know is left out."""
    form = OfferTableForm(request.form or request.args)
    organizations = offer_lists.organization_names(db.session, current_actor())
    form.organization.choices = options([("", "Alle"), *organizations])
    if not form.validate():
        for field in form:
            if field.errors:
                field.data, field.errors = field.default or "", []
    return form


def _start(form: OfferTableForm, upload: UploadForm, status: int = 200) -> ResponseReturnValue:
    page = render_template("admin/exchange/start.html", form=form, upload=upload, lists=LISTS)
    return make_response(page, status)


@blueprint.post("/ausgeben")
@roles(*WRITERS)
def give_offers() -> ResponseReturnValue:
    form, actor = _offer_form(), current_actor()
    rows, _total = offer_lists.list_offers(
        db.session,
        actor,
        q=form.q.data or "",
        filters=form.filters(),
        sort="title",
        descending=False,
        offset=0,
        limit=MAX_ROWS,
        today=today(),
    )
    languages = _languages() if form.translations.data else []
    return _file("Angebote", *tables.offer_rows(db.session, [row.id for row in rows], languages))


@blueprint.post("/ausgeben/<any(traeger, orte):what>")
@roles(*WRITERS)
def give_list(what: str) -> ResponseReturnValue:
    rows_of, title = LISTS[what]
    return _file(title, *rows_of(db.session, current_actor()))


def _file(title: str, columns: list[str], rows: list[dict[str, str]]) -> ResponseReturnValue:
    """The table to be saved, as the pressed button says. The audit entry is why this is no GET."""
    kind = "xlsx" if request.form.get("format") == "xlsx" else "csv"
    name = f"{title.lower().replace('ä', 'ae')}-{today():%Y-%m-%d}.{kind}"
    try:
        data = write_xlsx(columns, rows, title) if kind == "xlsx" else write_csv(columns, rows)
    except TableError as error:
        flash(str(error), "error")
        return redirect(url_for("admin_exchange.exchange"), 303)
    tables.record_export(db.session, current_actor(), name, len(rows))
    stored()
    response: Response = make_response(data)
    response.headers["Content-Type"] = _MIME_TYPES[kind]
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


# --- reading in -------------------------------------------------------------------------------------------------------


@blueprint.post("/einlesen")
@roles(*EDITORS)
@body_limit(MAX_BYTES + _ROOM_FOR_THE_FORM)
def read_in() -> ResponseReturnValue:
    """A trial: nothing is changed yet."""
    form, actor = UploadForm(), current_actor()
    sent = request.files.get("table")
    try:
        if sent is None or not sent.filename:
            raise TableError("Bitte wähle zuerst eine Datei aus.")
        table = tables.check_columns(db.session, read_table(sent.read(), sent.filename), _languages())
        if not table.rows:
            raise TableError("In der Tabelle steht noch keine Zeile unter den Namen der Spalten.")
    except TableError as error:
        form.table.errors = [str(error)]
        return _start(_offer_form(), form, 422)
    upload = Upload.of(clean_line(sent.filename) or "", table, tables.versions_now(db.session, table))
    token = _uploads().keep(actor.user_id, upload, today())
    return redirect(url_for("admin_exchange.trial", token=token), 303)


def _gone() -> ResponseReturnValue:
    flash(
        "Diese Tabelle ist nicht mehr da: Sie wird nach einer Stunde gelöscht. Bitte lies sie noch einmal ein.", "error"
    )
    return redirect(url_for("admin_exchange.exchange"), 303)


@blueprint.get("/probe/<token>")
@roles(*EDITORS)
def trial(token: str) -> ResponseReturnValue:
    actor = current_actor()
    try:
        upload = _uploads().read(token, actor.user_id, today())
    except UploadGoneError:
        return _gone()
    if upload.is_done or upload.total != len(upload.rows):
        return redirect(url_for("admin_exchange.result", token=token), 303)
    rows = upload.table_rows()
    planned = Trial(db.session, actor, _languages(), today(), seen=upload.seen).plan(rows, rows)
    asked = read_list_request(sorts=(), filters={"was": [outcome.value for outcome in Outcome]})
    shown = [row for row in planned if row.outcome == asked.filters.get("was", row.outcome)]
    return render_template(
        "admin/exchange/trial.html",
        token=token,
        upload=upload,
        form=TakingForm(),
        counts=Counter(row.outcome for row in planned),
        outcomes=Outcome,
        page=ListPage(asked, shown[asked.offset : asked.offset + PAGE_SIZE], len(shown)),
    )


@blueprint.post("/probe/<token>/uebernehmen")
@roles(*EDITORS)
def take(token: str) -> ResponseReturnValue:
    """The next rows of a table that somebody has looked at; the page that follows goes on with the rest."""
    actor, form = current_actor(), TakingForm(request.form)
    try:
        with _uploads().changing(token, actor.user_id, today()) as upload:
            if len(upload.rows) == upload.total:
                upload.publish, upload.checked_by_people = form.publish.data, form.checked_by_people.data
            _take_part(upload)
    except UploadGoneError:
        return _gone()
    return redirect(url_for("admin_exchange.result", token=token), 303)


def _take_part(upload: Upload) -> None:
    actor, rows = current_actor(), upload.table_rows()
    if not rows:
        return
    trial = Trial(
        db.session,
        actor,
        _languages(),
        today(),
        seen=upload.seen,
        checked_by_people=upload.checked_by_people,
    )
    exchange_taking.take(
        db.session,
        actor,
        trial.plan(rows[:PART], rows),
        upload.report,
        publish=upload.publish,
        today=today(),
        review_after=timedelta(site().kommune.freshness.review_after_days),
        words=current_app.extensions["plain_words"],
    )
    upload.done(PART)
    if upload.is_done:
        exchange_taking.record(db.session, actor, upload.name, upload.report)
    stored()


@blueprint.post("/probe/<token>/verwerfen")
@roles(*EDITORS)
def discard(token: str) -> ResponseReturnValue:
    try:
        _uploads().forget(token, current_actor().user_id, today())
    except UploadGoneError:
        return _gone()
    saved("Verworfen. Nichts wurde geändert.")
    return redirect(url_for("admin_exchange.exchange"), 303)


@blueprint.get("/ergebnis/<token>")
@roles(*EDITORS)
def result(token: str) -> ResponseReturnValue:
    try:
        upload = _uploads().read(token, current_actor().user_id, today())
    except UploadGoneError:
        return _gone()
    return render_template("admin/exchange/result.html", token=token, upload=upload, report=upload.report)
