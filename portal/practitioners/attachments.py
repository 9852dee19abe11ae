"""Attachments of an offer, to download. To change them: portal.admin.offer_internal."""

from __future__ import annotations

from flask import Blueprint, Response, make_response

from portal.auth.access import PRACTITIONERS, current_actor, roles
from portal.content.slugs import slugify
from portal.editing import attachments
from portal.extensions import db
from portal.models import RoleName

blueprint = Blueprint("practice_attachments", __name__, url_prefix="/verwaltung/fachkraft/angebote")


@blueprint.get("/<slug>/anlagen/<int:number>")
@roles(*PRACTITIONERS, RoleName.PROVIDER)
def download(slug: str, number: int) -> Response:
    """The PDF as a file to keep: never shown inside of the browser as a page of this site."""
    title, pdf = attachments.read_file(db.session, current_actor(), slug, number)
    response = make_response(pdf)
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{slugify(title) or "anlage"}.pdf"'
    response.headers["Content-Security-Policy"] = "sandbox"
    return response
