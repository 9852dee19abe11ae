"""An offer as practitioners read it, and "Hier ist kein Platz frei". HTTP only."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.admin.saving import saved
from portal.auth.access import PRACTITIONERS, current_actor, roles
from portal.editing import no_place
from portal.extensions import db
from portal.offers import queries
from portal.offers.context import catalogue, today
from portal.practitioners import taps
from portal.practitioners.offer_queries import HISTORY_DAYS, practitioner_page

blueprint = Blueprint("practice_offers", __name__, url_prefix="/verwaltung/fachkraft/angebote")


@blueprint.get("/<slug>")
@roles(*PRACTITIONERS)
def offer(slug: str) -> ResponseReturnValue:
    current = catalogue()
    page = practitioner_page(db.session, slug, today(), current.fresh_since)
    if page is None:
        abort(404)
    return render_template(
        "practitioners/offers/offer.html",
        page=page,
        offer=page.public.offer,
        text=page.public.text,
        district=current.district_name(page.public.offer.district_id),
        reported_today=today() in page.no_place_days,
        history_days=HISTORY_DAYS,
        catalogue=current,
    )


@blueprint.post("/<slug>/kein-platz")
@roles(*PRACTITIONERS)
def no_place_free(slug: str) -> ResponseReturnValue:
    """ "Hier ist kein Platz frei", or the report of today taken back (`do=zurueck`)."""
    actor, found = current_actor(), queries.reachable_offer(db.session, slug, today())
    if found is None:
        abort(404)
    if request.form.get("do") == "zurueck":
        no_place.take_back(db.session, actor, offer_id=found, today=today())
        saved("Zurückgenommen. Familien sehen den Hinweis von heute nicht mehr.")
    elif not taps.allowed(actor, "no place"):
        flash("Das waren sehr viele Meldungen in kurzer Zeit. Bitte versuche es später wieder.", "error")
    else:
        no_place.report(db.session, actor, offer_id=found, today=today())
        saved("Danke. Familien sehen nun einen Hinweis mit dem Datum von heute.")
    return redirect(url_for(".offer", slug=slug), 303)
