"""The list of offers, and the form of one: write, keep, save, publish."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from portal.admin.forms import clean_line, clean_text
from portal.admin.listing import PAGE_SIZE, ListPage, back_to_list, read_list_request
from portal.admin.offer_editor import FORM_LIMIT, Editor, is_form_change, whole_number
from portal.admin.offer_words import words_of
from portal.admin.saving import saved, stored, tell_later
from portal.auth import parking
from portal.auth.access import WRITERS, current_actor, roles
from portal.auth.guarding import body_limit
from portal.editing import drafts, offer_bulk, offer_lists, workflow
from portal.editing.actor import Actor
from portal.editing.differences import both_changed, differences, merge, take
from portal.editing.notices import about_step
from portal.editing.offer_deletion import delete_offer
from portal.editing.versions import ConflictError, find_offer, read_version, working
from portal.editing.workflow import NotReadyError
from portal.extensions import db
from portal.models import Offer
from portal.offers.context import today

blueprint = Blueprint("admin_offers", __name__, url_prefix="/verwaltung/angebote")


@blueprint.get("/")
@roles(*WRITERS)
def offer_list() -> ResponseReturnValue:
    actor = current_actor()
    organizations = offer_lists.organization_names(db.session, actor)
    asked = read_list_request(
        sorts=list(offer_lists.SORTS),
        default_sort="title",
        filters={
            "state": list(offer_lists.STATES),
            "gap": list(offer_lists.GAPS),
            "organization": [slug for slug, _name in organizations],
        },
    )
    rows, total = offer_lists.list_offers(
        db.session,
        actor,
        q=asked.q,
        filters=dict(asked.filters),
        sort=asked.sort,
        descending=asked.descending,
        offset=asked.offset,
        limit=PAGE_SIZE,
        today=today(),
    )
    return render_template(
        "admin/offers/list.html", page=ListPage(asked, rows, total), organizations=organizations, lists=offer_lists
    )


@blueprint.post("/mehrere")
@roles(*WRITERS)
def bulk() -> ResponseReturnValue:
    """The same for all ticked offers; what cannot be done for one does not hold up the others."""
    done, refused = offer_bulk.apply(
        db.session,
        current_actor(),
        request.form.get("do", ""),
        request.form.getlist("slug"),
        today(),
        Editor.words(),
        review_after=Editor.review_after(),
    )
    saved(f"{done} Angebote geändert." if done != 1 else "1 Angebot geändert.")
    for title, reason in refused[:20]:
        flash(f"{title}: {reason}", "error")
    return redirect(back_to_list("admin_offers.offer_list"), 303)


# --- the form ---------------------------------------------------------------------------------------------------------


@blueprint.get("/neu")
@roles(*WRITERS)
def new() -> ResponseReturnValue:
    return Editor(current_actor(), None).show()


@blueprint.get("/<slug>")
@roles(*WRITERS)
def edit(slug: str) -> ResponseReturnValue:
    actor = current_actor()
    return Editor(actor, find_offer(db.session, actor, slug)).show()


@blueprint.post("/neu")
@roles(*WRITERS)
@body_limit(FORM_LIMIT)
def create() -> ResponseReturnValue:
    editor = Editor(current_actor(), None, request.form)
    if is_form_change(request.form) or not editor.check():
        return editor.again()
    try:
        offer = workflow.create(db.session, editor.actor, editor.content())
    except NotReadyError as error:
        return _not_saved(editor, error)
    drafts.forget(db.session, editor.actor, "offer/new")
    return _finish(editor, offer, "Als Entwurf gespeichert.", 1)


@blueprint.post("/<slug>")
@roles(*WRITERS)
@body_limit(FORM_LIMIT)
def save(slug: str) -> ResponseReturnValue:
    actor = current_actor()
    offer = find_offer(db.session, actor, slug)
    editor = Editor(actor, offer, request.form)
    if is_form_change(request.form) or not editor.check():
        return editor.again()
    if request.form.get("do") == "preview":
        editor.keep_draft()
        stored()
        return redirect(url_for("admin_preview.frame", slug=slug), 303)
    try:
        version = workflow.save(
            db.session,
            actor,
            offer,
            editor.content(),
            base=editor.base,
            small=bool(request.form.get("small")),
            note=clean_line(request.form.get("note", "")) or "",
        )
    except ConflictError as conflict:
        editor.keep_draft()
        stored()
        return _conflict(editor, offer, conflict.latest.number, conflict.latest.author)
    except NotReadyError as error:
        return _not_saved(editor, error)
    drafts.forget(db.session, actor, editor.key)
    number = version.number if version else editor.base
    return _finish(editor, offer, "Gespeichert." if version else "Es hat sich nichts geändert.", number)


def _not_saved(editor: Editor, error: NotReadyError) -> ResponseReturnValue:
    """Something was deleted while this was written: the form again, with all that was typed."""
    db.session.rollback()
    for problem in error.problems:
        flash(problem, "error")
    return editor.again()


def _finish(editor: Editor, offer: Offer, message: str, number: int) -> ResponseReturnValue:
    """After saving version `number`: publish or hand in where that was the button, and say what became of it."""
    wish = request.form.get("do")
    # What was saved stays saved, also where it cannot be published yet.
    stored()
    try:
        if wish == "publish" and editor.actor.edits_everything:
            workflow.approve(
                db.session,
                editor.actor,
                offer,
                today(),
                Editor.words(),
                review_after=Editor.review_after(),
                number=number,
            )
            message = "Veröffentlicht. Familien sehen es jetzt."
        elif wish == "submit":
            workflow.submit(db.session, editor.actor, offer, Editor.words())
            message = "Gespeichert und zur Freigabe gegeben."
    except (NotReadyError, ConflictError) as error:
        db.session.rollback()
        flash(f"{message} Aber noch nicht {'veröffentlicht' if wish == 'publish' else 'zur Freigabe gegeben'}:", "info")
        for problem in _problems(error):
            flash(problem, "error")
    else:
        saved(message)
        if wish == "submit":
            return _told(editor.actor, offer, "einreichen")
    target = "admin_preview.frame" if wish == "preview" else "admin_offers.edit"
    return redirect(url_for(target, slug=offer.slug), 303)


def _problems(error: NotReadyError | ConflictError) -> list[str]:
    return error.problems if isinstance(error, NotReadyError) else [str(error)]


@blueprint.post("/neu/zwischenstand")
@roles(*WRITERS)
@body_limit(FORM_LIMIT)
def keep_new() -> ResponseReturnValue:
    return _keep(Editor(current_actor(), None, request.form))


@blueprint.post("/<slug>/zwischenstand")
@roles(*WRITERS)
@body_limit(FORM_LIMIT)
def keep(slug: str) -> ResponseReturnValue:
    actor = current_actor()
    return _keep(Editor(actor, find_offer(db.session, actor, slug), request.form))


def _keep(editor: Editor) -> ResponseReturnValue:
    """What was typed so far, right or wrong; the answer says what is still missing."""
    saved_at = editor.keep_draft()
    stored()
    editor.check()
    return render_template("admin/offers/_kept.html", saved_at=saved_at, editor=editor)


@blueprint.post("/neu/verwerfen", defaults={"slug": None})
@blueprint.post("/<slug>/verwerfen")
@roles(*WRITERS)
def discard(slug: str | None) -> ResponseReturnValue:
    actor = current_actor()
    offer = find_offer(db.session, actor, slug) if slug else None
    drafts.forget(db.session, actor, f"offer/{offer.id}" if offer else "offer/new")
    saved("Verworfen. Du siehst den gespeicherten Stand.")
    return redirect(url_for("admin_offers.edit", slug=slug) if slug else url_for("admin_offers.new"), 303)


# --- two people at once -----------------------------------------------------------------------------------------------


def _conflict(editor: Editor, offer: Offer, number: int, author: str) -> ResponseReturnValue:
    theirs = read_version(db.session, offer.id, number)
    base = read_version(db.session, offer.id, max(editor.base, 1))
    mine = editor.content()
    words = words_of(editor.actor, theirs, base, mine)
    page = render_template(
        "admin/offers/conflict.html",
        offer=offer,
        title=mine.text.title,
        author=author or "eine Übernahme aus einer Datei",
        number=number,
        both=both_changed(base, mine, theirs, words),
        only_theirs=differences(base, merge(base, base, theirs), words),
    )
    return make_response(page, 409)


@blueprint.post("/<slug>/konflikt")
@roles(*WRITERS)
def resolve(slug: str) -> ResponseReturnValue:
    """Both have written: every field as was chosen, the rest from whoever changed it."""
    actor = current_actor()
    offer = find_offer(db.session, actor, slug)
    kept = drafts.find(db.session, actor, f"offer/{offer.id}")
    number = whole_number(request.form.get("number", ""))
    if kept is None or number is None:
        return redirect(url_for("admin_offers.edit", slug=slug), 303)
    editor = Editor(actor, offer, MultiDict(kept[1]))
    if not editor.check():
        return editor.again()
    theirs = read_version(db.session, offer.id, number)
    base = read_version(db.session, offer.id, max(editor.base, 1))
    merged = take(merge(base, editor.content(), theirs), theirs, set(request.form.getlist("theirs")))
    try:
        workflow.save(db.session, actor, offer, merged, base=number, note="Mit einer anderen Änderung zusammengeführt")
    except ConflictError as conflict:
        return _conflict(editor, offer, conflict.latest.number, conflict.latest.author)
    except NotReadyError as error:
        return _not_saved(editor, error)
    drafts.forget(db.session, actor, editor.key)
    saved("Gespeichert. Beide Fassungen stehen im Verlauf.")
    return redirect(url_for("admin_offers.edit", slug=slug), 303)


# --- steps of the workflow --------------------------------------------------------------------------------------------

STEPS = {
    "freigeben": "Veröffentlicht. Familien sehen es jetzt.",
    "einreichen": "Zur Freigabe gegeben.",
    "ablehnen": "Zurückgegeben. Der Grund steht beim Angebot.",
    "archivieren": "Archiviert. Familien sehen es nicht mehr.",
    "zurueckholen": "Aus dem Archiv geholt. Es ist jetzt ein Entwurf.",
    "bestaetigen": "Danke. Als heute geprüft vermerkt.",
    "kommentieren": "Bemerkung gespeichert.",
    "loeschen": "Gelöscht. 30 Tage lang kannst du es aus dem Papierkorb zurückholen.",
}


@blueprint.post("/<slug>/schritt/<step>")
@roles(*WRITERS)
def step(slug: str, step: str) -> ResponseReturnValue:
    if step not in STEPS:
        abort(404)
    actor = current_actor()
    offer = find_offer(db.session, actor, slug)
    try:
        _take_step(step, actor, offer)
    except (NotReadyError, ConflictError) as error:
        db.session.rollback()
        for problem in _problems(error):
            flash(problem, "error")
    except ValueError:
        db.session.rollback()
        flash("Bitte schreib ein paar Worte dazu.", "error")
    else:
        saved(STEPS[step])
        if step == "loeschen":
            return redirect(url_for("admin_offers.offer_list"), 303)
        return _told(actor, offer, step)
    return redirect(url_for("admin_offers.edit", slug=slug), 303)


def _told(actor: Actor, offer: Offer, step: str) -> ResponseReturnValue:
    """Back to the form; whoever waits for this step gets a mail."""
    path = url_for("admin_offers.edit", slug=offer.slug)
    link = current_app.extensions["settings"].own_address + path
    reason = clean_text(request.form.get("text", "")) or ""
    notices = about_step(db.session, actor, offer, step, link, reason)
    return tell_later(make_response(redirect(path, 303)), notices)


def _take_step(step: str, actor: Actor, offer: Offer) -> None:
    session, text = db.session, clean_text(request.form.get("text", "")) or ""
    # The version that the page showed: nobody approves a text that they have not seen.
    number = whole_number(request.form.get("number", ""))
    if step == "freigeben":
        after = Editor.review_after()
        workflow.approve(session, actor, offer, today(), Editor.words(), review_after=after, number=number)
    elif step == "einreichen":
        workflow.submit(session, actor, offer, Editor.words())
    elif step == "ablehnen":
        workflow.reject(session, actor, offer, text, number=number)
    elif step == "archivieren":
        workflow.archive(session, actor, offer)
    elif step == "zurueckholen":
        workflow.unarchive(session, actor, offer)
    elif step == "bestaetigen":
        workflow.confirm(session, actor, offer, today(), review_after=Editor.review_after())
    elif step == "kommentieren":
        workflow.comment(session, actor, offer, text)
    else:
        delete_offer(session, actor, offer, working(session, offer).content.text.title)


@blueprint.post("/<slug>/kopieren")
@roles(*WRITERS)
def copy(slug: str) -> ResponseReturnValue:
    actor = current_actor()
    made = workflow.copy(db.session, actor, find_offer(db.session, actor, slug))
    saved("Kopiert. Das ist die Kopie.")
    return redirect(url_for("admin_offers.edit", slug=made.slug), 303)


def _typed_before_log_in(path: str, form: MultiDict[str, str]) -> ResponseReturnValue | None:
    """The log-in had ended while somebody wrote: what they typed is a draft now, and the form shows it."""
    slug = path.removeprefix(f"{blueprint.url_prefix}/").split("/")[0]
    actor = current_actor()
    if not actor.has(*WRITERS) or "title" not in form:
        return None
    offer = None if slug == "neu" else find_offer(db.session, actor, slug)
    Editor(actor, offer, form).keep_draft()
    saved("Du bist wieder angemeldet. Hier ist, was du geschrieben hast: Bitte speichern.")
    return redirect(url_for("admin_offers.edit", slug=slug) if offer else url_for("admin_offers.new"), 303)


parking.register(f"{blueprint.url_prefix}/", _typed_before_log_in)
