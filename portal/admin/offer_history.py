"""The history of an offer: every version, what changed word by word, and the way back."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.admin.offer_words import words_of
from portal.admin.saving import saved
from portal.auth.access import WRITERS, current_actor, roles
from portal.editing import workflow
from portal.editing.differences import differences
from portal.editing.versions import ConflictError, find_offer, read_version, versions_of, working
from portal.extensions import db

blueprint = Blueprint("admin_history", __name__, url_prefix="/verwaltung/angebote/<slug>/verlauf")


@blueprint.get("/")
@roles(*WRITERS)
def history(slug: str) -> ResponseReturnValue:
    offer = find_offer(db.session, current_actor(), slug)
    now = working(db.session, offer)
    return render_template(
        "admin/offers/history.html", offer=offer, now=now, versions=versions_of(db.session, offer.id)
    )


@blueprint.get("/<int:number>")
@roles(*WRITERS)
def version(slug: str, number: int) -> ResponseReturnValue:
    """What this version changed, or (?gegen=jetzt) what differs from now."""
    offer = find_offer(db.session, current_actor(), slug)
    now = working(db.session, offer)
    content = read_version(db.session, offer.id, number)
    against_now = request.args.get("gegen") == "jetzt"
    before, after = (content, now.content) if against_now else (None, content)
    if not against_now and number > 1:
        before = read_version(db.session, offer.id, number - 1)
    changes = differences(before, after, words_of(current_actor(), before, after)) if before else []
    return render_template(
        "admin/offers/version.html",
        offer=offer,
        now=now,
        number=number,
        content=content,
        changes=changes,
        against_now=against_now,
    )


@blueprint.post("/<int:number>/wiederherstellen")
@roles(*WRITERS)
def restore(slug: str, number: int) -> ResponseReturnValue:
    actor = current_actor()
    offer = find_offer(db.session, actor, slug)
    try:
        made = workflow.restore(db.session, actor, offer, number, working(db.session, offer).number)
    except (ConflictError, workflow.NotReadyError) as error:
        db.session.rollback()
        flash(f"Das ging nicht: {error}", "error")
    else:
        saved(f"Fassung {number} ist wieder da." if made else "Das ist schon der jetzige Stand.")
    return redirect(url_for("admin_offers.edit", slug=slug), 303)
