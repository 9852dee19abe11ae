""" "Für Fachkräfte": what only practitioners read of an offer, and its attachments."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import FileField

from portal.admin.conflicts import show_conflict
from portal.admin.forms import AdminForm, LineField, TextField, email_rule, phone_rule
from portal.admin.organization_forms import not_blank
from portal.admin.saving import saved, sent
from portal.auth.access import WRITERS, current_actor, roles
from portal.auth.guarding import body_limit
from portal.editing import attachments, internal
from portal.editing.attachments import MAX_NUMBER, MAX_TITLE, TooManyError
from portal.editing.descriptions import ChangedMeanwhileError, fingerprint
from portal.editing.internal import LABELS, InternalFacts
from portal.editing.offer_lists import titles_of
from portal.editing.versions import find_offer
from portal.extensions import db
from portal.offers.context import today
from portal.pdf_files import MAX_BYTES, PdfError

blueprint = Blueprint("admin_offer_internal", __name__, url_prefix="/verwaltung/angebote/<slug>/fachkraefte")
_UPLOAD_LIMIT = 4 * MAX_BYTES
"""Of a file that is somewhat too large, the form says so; of a much larger one nothing is read."""
_GERMAN = {"lang": "de"}
_PHONE = {"inputmode": "tel", "autocomplete": "off"}
_EMAIL = {"inputmode": "email", "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class InternalForm(AdminForm):
    contact = LineField(
        LABELS["contact"],
        max_length=200,
        description="Besser eine Aufgabe als ein Name: Menschen wechseln. Beispiel: Koordination Frühe Hilfen",
        render_kw={**_GERMAN, "autocomplete": "off"},
    )
    contact_phone = LineField(
        LABELS["contact_phone"], max_length=40, extra=[phone_rule], render_kw=_PHONE,
        description="Die direkte Nummer für Fachkräfte. Familien sehen sie nicht. Beispiel: 030 23125 110",
    )  # fmt: skip
    contact_email = LineField(
        LABELS["contact_email"], max_length=200, extra=[email_rule], render_kw=_EMAIL,
        description="Am besten ein Postfach, das auch in den Ferien jemand liest. Beispiel: koordination@verein.example",
    )  # fmt: skip
    contact_times = LineField(
        LABELS["contact_times"], max_length=300, render_kw={**_GERMAN, "autocomplete": "off"},
        description="Wann man jemanden erreicht. Beispiel: dienstags und donnerstags von 9 bis 11 Uhr",
    )  # fmt: skip
    deputy = LineField(
        LABELS["deputy"], max_length=200, render_kw={**_GERMAN, "autocomplete": "off"},
        description="Wer hilft, wenn niemand da ist. Beispiel: Leitung des Familienzentrums",
    )  # fmt: skip
    deputy_phone = LineField(
        LABELS["deputy_phone"], max_length=40, extra=[phone_rule], render_kw=_PHONE,
        description="Beispiel: 030 23125 120",
    )  # fmt: skip
    deputy_email = LineField(
        LABELS["deputy_email"], max_length=200, extra=[email_rule], render_kw=_EMAIL,
        description="Beispiel: leitung@verein.example",
    )  # fmt: skip
    referral_route = TextField(
        LABELS["referral_route"],
        max_length=2_000,
        description="Wie eine Familie durch dich oder mit dir dorthin kommt. Nie etwas über eine Familie. Beispiel: Kurz "
        "anrufen, dann kommen wir zum ersten Gespräch in die Kita.",
        render_kw=_GERMAN,
    )
    admission = TextField(
        LABELS["admission"],
        max_length=2_000,
        description="Für wen das Angebot gedacht ist, und was es braucht. Nie etwas über eine Familie. Beispiel: Kinder ab "
        "3 Jahren mit Wohnsitz im Kreis; eine ärztliche Verordnung muss da sein.",
        render_kw=_GERMAN,
    )

    def facts(self) -> InternalFacts:
        """What was typed. Only after validate()."""
        return InternalFacts(**{name: self[name].data or "" for name in LABELS})


class AttachmentForm(AdminForm):
    title = LineField(
        "Titel",
        max_length=MAX_TITLE,
        required=True,
        extra=[not_blank],
        description="So heißt die Datei in der Liste und beim Herunterladen. Beispiel: Anmeldebogen Frühförderung",
        render_kw={**_GERMAN, "autocomplete": "off"},
    )
    pdf = FileField(
        "Datei",
        description=f"Ein PDF mit höchstens {MAX_BYTES // 2**20} MB und 50 Seiten, leer und ohne Angaben zu einer Familie. "
        "Beispiel: ein Anmeldebogen zum Ausdrucken",
    )


@blueprint.route("", methods=["GET", "POST"])
@roles(*WRITERS)
def edit(slug: str) -> ResponseReturnValue:
    actor = current_actor()
    offer = find_offer(db.session, actor, slug)
    now = internal.read(db.session, offer)
    form = InternalForm(sent(), data=vars(now))
    base = request.form.get("base", fingerprint(now))
    conflict: list[tuple[str, str]] = []
    if request.method == "POST" and form.validate():
        try:
            changed = internal.save(db.session, actor, offer, form.facts(), base=base)
            saved("Gespeichert. Fachkräfte lesen es jetzt." if changed else "Es war nichts zu ändern.")
            return redirect(url_for(".edit", slug=slug), 303)
        except ChangedMeanwhileError as error:
            base, conflict = show_conflict(form, error.now, LABELS)
    page = render_template(
        "admin/offers/internal.html",
        form=form,
        slug=slug,
        title=_title(slug),
        base=base,
        conflict=conflict,
        last=internal.last_change(db.session, offer),
        files=attachments.list_of(db.session, offer.id or 0),
        most=MAX_NUMBER,
    )
    return page, 422 if form.errors or conflict else 200


@blueprint.route("/anlagen/neu", methods=["GET", "POST"])
@roles(*WRITERS)
@body_limit(_UPLOAD_LIMIT)
def attach(slug: str) -> ResponseReturnValue:
    actor = current_actor()
    offer = find_offer(db.session, actor, slug)
    form = AttachmentForm(sent())
    if request.method == "POST":
        file = request.files.get("pdf")
        fine = form.validate()
        if file is None or not file.filename:
            form.pdf.errors = ["Bitte wähle eine Datei aus."]
        elif fine:
            try:
                attachments.add(db.session, actor, offer, title=form.title.data or "", data=file.read(), today=today())
                saved("Die Anlage ist da. Fachkräfte können sie jetzt herunterladen.")
                return redirect(url_for(".edit", slug=slug) + "#anlagen", 303)
            except PdfError as error:
                form.pdf.errors = [str(error)]
            except TooManyError:
                form.pdf.errors = [
                    f"Es sind schon {MAX_NUMBER} Anlagen da. Lösche zuerst eine, die niemand mehr braucht."
                ]
    page = render_template("admin/offers/internal_attach.html", form=form, slug=slug, title=_title(slug))
    return page, 422 if form.errors else 200


@blueprint.route("/anlagen/<int:number>/loeschen", methods=["GET", "POST"])
@roles(*WRITERS)
def delete(slug: str, number: int) -> ResponseReturnValue:
    actor = current_actor()
    offer = find_offer(db.session, actor, slug)
    row = attachments.find(db.session, actor, offer, number)
    back = url_for(".edit", slug=slug) + "#anlagen"
    if request.method == "POST":
        attachments.delete(db.session, actor, offer, row)
        saved("Gelöscht. 30 Tage lang kannst du die Anlage aus dem Papierkorb zurückholen.")
        return redirect(back, 303)
    return render_template(
        "admin/_delete.html",
        title="Diese Anlage löschen?",
        users=[],
        needed_by="",
        gone=f"Fachkräfte können „{row.title}“ dann nicht mehr herunterladen. Aus dem Papierkorb kannst du die Anlage "
        "30 Tage lang zurückholen.",
        back=back,
    )


def _title(slug: str) -> str:
    return titles_of(db.session, [slug]).get(slug, slug)
