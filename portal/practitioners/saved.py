"""Gemerkte Auswahl: choices of filters to come back to. HTTP only."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from portal.admin.saving import saved
from portal.auth.access import PRACTITIONERS, current_actor, roles
from portal.editing import saved_filters
from portal.extensions import db
from portal.practitioners.search import read_filters

blueprint = Blueprint("practice_saved", __name__, url_prefix="/verwaltung/fachkraft/auswahl")


@blueprint.post("")
@roles(*PRACTITIONERS)
def keep() -> ResponseReturnValue:
    """Keeps what can be chosen, in its one order; nothing that was typed."""
    filters = read_filters(MultiDict(parse_qsl(request.form.get("query", "")[:1000]))).filters
    query = urlencode(filters.to_args())
    if not filters:
        flash("Wähle zuerst etwas aus.", "info")
    else:
        try:
            new = saved_filters.keep(db.session, current_actor(), query)
        except saved_filters.TooManyError:
            flash(f"Du hast schon {saved_filters.MOST} gemerkt. Entferne zuerst eine davon.", "error")
        else:
            saved("Gemerkt. Ein Tipp öffnet diese Auswahl wieder." if new else "Diese Auswahl ist schon gemerkt.")
    return redirect(url_for("practice_search.search") + (f"?{query}" if query else ""), 303)


@blueprint.post("/<int:number>/loeschen")
@roles(*PRACTITIONERS)
def remove(number: int) -> ResponseReturnValue:
    saved_filters.remove(db.session, current_actor(), number)
    saved("Entfernt.")
    return redirect(url_for("practice_search.search"), 303)
