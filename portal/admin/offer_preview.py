"""An offer as a family would see it, before it is public: in any language, in the frame of a phone."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, g, render_template, request
from flask.typing import ResponseReturnValue

from portal.admin.offer_editor import Editor
from portal.auth.access import WRITERS, current_actor, roles
from portal.content.schema import OfferContent
from portal.editing.preview import offer_page_of
from portal.editing.versions import find_offer
from portal.extensions import db
from portal.i18n import LANGUAGES, speak
from portal.models import Offer
from portal.offers.context import catalogue, site
from portal.offers.queries import OfferPage

blueprint = Blueprint("admin_preview", __name__, url_prefix="/verwaltung/angebote/<slug>/vorschau")


def _content(offer: Offer) -> OfferContent:
    """What is being written, where it can be shown; else what is saved."""
    editor = Editor(current_actor(), offer)
    assert editor.now is not None
    if editor.draft and editor.check():
        return editor.content()
    return editor.now.content


@blueprint.get("/")
@roles(*WRITERS)
def frame(slug: str) -> ResponseReturnValue:
    offer = find_offer(db.session, current_actor(), slug)
    languages = site().kommune.languages
    chosen = request.args.get("sprache", "de")
    if chosen not in languages:
        abort(404)
    content = _content(offer)
    g.may_frame = True
    return render_template(
        "admin/offers/preview.html",
        offer=offer,
        title=content.text.title,
        chosen=chosen,
        languages=[(LANGUAGES[code], code == "de" or code in content.translations) for code in languages],
    )


@blueprint.get("/<code>")
@roles(*WRITERS)
def page(slug: str, code: str) -> ResponseReturnValue:
    """The public page itself, made from what is not public yet."""
    offer = find_offer(db.session, current_actor(), slug)
    if code not in site().kommune.languages:
        abort(404)
    shown = offer_page_of(db.session, offer, _content(offer), code)
    g.may_be_framed = True
    return _as_public(f"/{code}/angebote/{slug}", code, shown)


def _as_public(path: str, code: str, shown: OfferPage) -> str:
    """Rendered as if the public address had been asked for: the same menus, links and languages."""
    current = catalogue()
    district = next((info for info in current.districts.values() if info.id == shown.offer.district_id), None)
    with current_app.test_request_context(path):
        speak(code)
        try:
            return render_template("offers/offer.html", page=shown, catalogue=current, district=district)
        finally:
            speak("de")
