"""What somebody can say without a log-in: families of an offer, editors by the link in a mail. No cookie, nothing kept of them."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.auth.origin import is_own_request
from portal.auth.throttle import address_of
from portal.extensions import db
from portal.feedback import service
from portal.feedback.flood import FloodGuard
from portal.htmx import render
from portal.i18n import current_language, speak
from portal.models import FeedbackReason
from portal.offers import queries
from portal.offers.context import today
from portal.sealing import BadTokenError, ExpiredTokenError

blueprint = Blueprint("feedback", __name__)
ANSWERS = {"ja": True, "nein": False}
THANKS = ("ja", "nein", "meldung")


@blueprint.record_once
def make_guard(state: object) -> None:
    """A guard for each app."""
    state.app.extensions["flood"] = FloodGuard()  # type: ignore[attr-defined]


@blueprint.post("/<lang:language>/angebote/<slug>/geholfen")
def helped(slug: str) -> ResponseReturnValue:
    """ "Hat euch das geholfen?" """
    offer_id = _offer_or_404(slug)
    answer = request.form.get("antwort", "")
    if answer not in ANSWERS:
        abort(400)
    if not _allowed(offer_id):
        return _too_many()
    service.count_answer(offer_id=offer_id, helped=ANSWERS[answer], today=today())
    return redirect(url_for("feedback.thanks", slug=slug, what=answer), 303)


@blueprint.post("/<lang:language>/angebote/<slug>/stimmt-nicht")
def wrong(slug: str) -> ResponseReturnValue:
    """ "Etwas stimmt nicht": one of the reasons, no words."""
    offer_id = _offer_or_404(slug)
    reason = request.form.get("grund", "")
    if reason not in {each.value for each in FeedbackReason}:
        response = render("feedback/wrong.html", block="part", slug=slug)
        response.status_code = 422
        return response
    if not _allowed(offer_id):
        return _too_many()
    service.report(offer_id=offer_id, reason=FeedbackReason(reason), lang=current_language().code, today=today())
    return redirect(url_for("feedback.thanks", slug=slug, what="meldung"), 303)


@blueprint.get("/<lang:language>/angebote/<slug>/danke/<what>")
def thanks(slug: str, what: str) -> ResponseReturnValue:
    if what not in THANKS:
        abort(404)
    _offer_or_404(slug)
    return render("feedback/thanks.html", block="part", slug=slug, what=what)


def _offer_or_404(slug: str) -> int:
    found = queries.reachable_offer(db.session, slug, today())
    if found is None:
        abort(404)
    return found


def _allowed(offer_id: int) -> bool:
    """Whether this is not one too many. Raises 403 for a form of another site."""
    # Phones from before 2023 say nothing here, and their families are not shut out: there is no account to misuse.
    says = "Sec-Fetch-Site" in request.headers or urlsplit(request.headers.get("Origin", "")).netloc
    if says and not is_own_request(request):
        abort(403)
    guard: FloodGuard = current_app.extensions["flood"]
    return guard.allows(address_of(request), offer_id, today())


def _too_many() -> Response:
    response = render("feedback/too_many.html", block="part")
    response.status_code = 429
    return response


# --- the link in a mail -----------------------------------------------------------------------------------------------


@blueprint.get("/bestaetigen/<token>")
def confirm_page(token: str) -> ResponseReturnValue:
    """Only shows: programs that look at mails open every link."""
    speak("de")
    link = _open(token)
    page = render_template("feedback/confirm.html", token=token, offers=link.offers if link else [])
    response = make_response(page, 200 if link and link.offers else 410)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@blueprint.post("/bestaetigen/<token>")
def confirm(token: str) -> ResponseReturnValue:
    """ "Stimmt noch", for one offer or for all of the link."""
    speak("de")
    link = _open(token)
    if link is not None:
        wanted = request.form.getlist("angebot")
        everything = "alle" in wanted
        ids = [offer.row.id for offer in link.offers if everything or str(offer.row.id) in wanted]
        service.confirm(link, ids, today())
    return redirect(url_for("feedback.confirm_page", token=token), 303)


def _open(token: str) -> service.OpenedLink | None:
    try:
        return service.open_link(token, today())
    except (BadTokenError, ExpiredTokenError):
        return None
