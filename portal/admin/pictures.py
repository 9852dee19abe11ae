"""The picture of an offer: sent, made anew, shown."""

from __future__ import annotations

import re

from flask import Blueprint, Response, abort, flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.admin.forms import clean_line
from portal.admin.saving import saved
from portal.auth.access import WRITERS, current_actor, roles
from portal.auth.guarding import body_limit
from portal.editing import pictures
from portal.editing.versions import ConflictError, find_offer
from portal.editing.workflow import NotReadyError
from portal.extensions import db
from portal.media import MAX_BYTES, PictureError

blueprint = Blueprint("admin_pictures", __name__)
_ROOM_FOR_THE_FORM = 64 * 1024


@blueprint.get("/bilder/<name>.webp")
def picture(name: str) -> Response:
    """Public. The name is the hash of the picture, so it never changes."""
    found = pictures.find(db.session, name) if re.fullmatch("[0-9a-f]{64}", name) else None
    if found is None:
        abort(404)
    response = make_response(found)
    response.mimetype = "image/webp"
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@blueprint.post("/verwaltung/angebote/<slug>/bild")
@roles(*WRITERS)
@body_limit(MAX_BYTES + _ROOM_FOR_THE_FORM)
def upload(slug: str) -> ResponseReturnValue:
    actor = current_actor()
    offer = find_offer(db.session, actor, slug)
    sent = request.files.get("picture")
    try:
        if request.form.get("do") == "remove":
            pictures.remove(db.session, actor, offer)
        elif sent is None or not sent.filename:
            flash("Bitte wähle zuerst ein Bild aus.", "error")
            return redirect(url_for("admin_offers.edit", slug=slug) + "#bild", 303)
        else:
            pictures.add(db.session, actor, offer, sent.read(), clean_line(request.form.get("alt", "")) or "")
    except (PictureError, ConflictError, NotReadyError) as error:
        db.session.rollback()
        flash(str(error), "error")
    else:
        saved("Das Bild ist gespeichert. Familien sehen es nach dem Veröffentlichen.")
    return redirect(url_for("admin_offers.edit", slug=slug) + "#bild", 303)
