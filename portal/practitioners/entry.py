"""The door for guests: the secret link of a house."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.admin.saving import stored
from portal.auth import guests
from portal.auth.access import PRACTITIONERS, actor_or_none
from portal.auth.guarding import body_limit
from portal.auth.origin import is_from_elsewhere
from portal.auth.returning import HOME
from portal.auth.throttle import Tries
from portal.editing.actor import Actor
from portal.models import PractitionerLink
from portal.offers.context import today

blueprint = Blueprint("practice_entry", __name__, url_prefix="/verwaltung/zugang")


@blueprint.get("/<secret>")
def door(secret: str) -> ResponseReturnValue:
    """Only a button: programs that show a preview of a link open every address, and must not get a session by that."""
    link = guests.open_link(secret, today())
    if link is None:
        return _not_valid()
    actor = actor_or_none()
    if actor is not None and not actor.guest:
        return redirect(_inside(actor), 303)
    return render_template("practitioners/entry/door.html", link=link)


@blueprint.post("/<secret>")
@body_limit(16 * 1024)
def enter(secret: str) -> ResponseReturnValue:
    """A session for practitioners; whoever is logged in with an account stays who they are."""
    link: PractitionerLink | None = guests.open_link(secret, today())
    if link is None:
        return _not_valid()
    actor = actor_or_none()
    if actor is None or actor.guest:
        guests.let_in(link)
        stored()
        actor = actor_or_none()
    return redirect(_inside(actor), 303)


def _inside(actor: Actor | None) -> str:
    return url_for("practice_search.search") if actor is None or actor.has(*PRACTITIONERS) else HOME


def _not_valid() -> ResponseReturnValue:
    """The same answer for a link that never was, has ended or was taken back. Who tries many has to wait."""
    if not is_from_elsewhere(request):
        Tries("link", "", request).count()
    return make_response(render_template("practitioners/entry/ended.html", was_in=False), 410)
