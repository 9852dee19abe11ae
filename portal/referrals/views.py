"""The Merkzettel: a family's own collection, the same handed on under a short code, and the worker for "ohne Internet".

A list is in the browser (sent by POST when its page is shown), or, without JavaScript, in the address. Neither is kept
here; only what is handed on is, and then without a name.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, current_app, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import paper, paths
from portal.assets import static_url
from portal.auth.origin import is_from_elsewhere
from portal.extensions import db
from portal.feedback.flood import DAY, FloodGuard
from portal.htmx import render
from portal.i18n import current_language
from portal.offers.context import catalogue, public_url, site, site_languages, today
from portal.referrals import queries
from portal.referrals.carrying import carried_ids
from portal.referrals.codes import read_code, shown, spelled
from portal.referrals.first_lines import FIRST_LINES
from portal.referrals.opening import TooManyError, open_list, share_list
from portal.referrals.sharing import NothingToShareError, SharedList
from portal.referrals.shortlist import MOST, distinct, has_more, join_ids, parse_ids

blueprint = Blueprint("referrals", __name__)


@blueprint.record_once
def make_guards(state: Any) -> None:
    """Guards for each app."""
    state.app.extensions["shortlist_misses"] = FloodGuard(keep=DAY)
    state.app.extensions["shortlist_shared"] = FloodGuard()


@blueprint.after_request
def keep_nowhere(response: Response) -> Response:
    """What somebody has collected is their business: it is in no cache and in no search engine."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Robots-Tag"] = "noindex"
    return response


# --- one's own list ---------------------------------------------------------------------------------------------------


@blueprint.get("/<lang:language>/merkzettel")
def shortlist() -> Response:
    """The list of the address; without one, the page into which the browser puts its own."""
    return _page(carried_ids(), "full" if has_more(request.args.get("m", "")) else "")


@blueprint.post("/<lang:language>/merkzettel")
def own_list() -> Response:
    """The list that is kept in the browser. Reads only: so that it stands in no address, it comes by POST."""
    return _page(parse_ids(request.form.get("liste", "")))


def _page(ids: tuple[int, ...], problem: str = "", status: int = 200) -> Response:
    sort = request.values.get("sort", "")
    sort = sort if sort in queries.SORTS else queries.OWN
    g.page_query = f"sort={sort}" if sort else ""
    current = catalogue()
    found = queries.entries(db.session, ids, current_language().code, today())
    entries = queries.in_order(found, sort, current)
    response = render(
        "referrals/shortlist.html",
        block="list",
        entries=entries,
        own_ids=ids,
        ids=[entry.offer_id for entry in entries],
        there=[entry.offer_id for entry in entries if entry.card],
        links=Links(ids, sort),
        most=MOST,
        problem=problem,
        **_for_sharing(current),
    )
    response.status_code = status
    return response


def _for_sharing(current: Any) -> dict[str, Any]:
    return {
        "catalogue": current,
        "languages": site_languages(),
        "days": current_app.extensions["settings"].shortlist_days,
    }


class Links:
    """Where the list leads: to itself, changed. Each address holds the whole list; a script reads it from there."""

    def __init__(self, ids: tuple[int, ...], sort: str) -> None:
        self.ids, self.sort = ids, sort

    def _url(self, ids: tuple[int, ...], sort: str) -> str:
        return url_for("referrals.shortlist", m=join_ids(ids) or None, sort=sort or None)

    def without(self, offer_id: int) -> str:
        return self._url(tuple(each for each in self.ids if each != offer_id), self.sort)

    def moved(self, offer_id: int, by: int) -> str:
        """With this offer one place up (-1) or down (1)."""
        ids = list(self.ids)
        here = ids.index(offer_id)
        there = min(max(here + by, 0), len(ids) - 1)
        ids[here], ids[there] = ids[there], ids[here]
        return self._url(tuple(ids), self.sort)

    def sorted_by(self, sort: str) -> str:
        return self._url(self.ids, sort)

    def empty(self) -> str:
        return self._url((), queries.OWN)


# --- handed on --------------------------------------------------------------------------------------------------------


@blueprint.post("/<lang:language>/merkzettel/teilen")
def share() -> ResponseReturnValue:
    if is_from_elsewhere(request):
        abort(403)
    ids = parse_ids(request.form.get("liste", ""))
    lang = request.form.get("sprache", "")
    lang = lang if lang in site().kommune.languages else current_language().code
    try:
        made = share_list(ids, lang, request.form.get("satz", ""))
    except TooManyError:
        return _too_many()
    except NothingToShareError:
        return _page(ids, "nothing", 422)
    return redirect(url_for("referrals.shared", code=made.code, neu=1), 303)


@blueprint.post("/<lang:language>/merkzettel/code")
def enter_code() -> ResponseReturnValue:
    """A code that somebody has typed."""
    try:
        found = open_list(request.form.get("code", ""))
    except TooManyError:
        return _too_many()
    return redirect(url_for("referrals.shared", code=found.code), 303) if found else _unknown()


@blueprint.get("/<lang:language>/merkzettel/<code>")
def shared(code: str) -> ResponseReturnValue:
    try:
        found = open_list(code)
    except TooManyError:
        return _too_many()
    if found is None:
        return _unknown()
    is_new = request.args.get("neu") == "1"
    g.page_query = "neu=1" if is_new else ""
    return render_template(
        "referrals/shared.html",
        shared=found,
        is_new=is_new,
        entries=queries.entries(db.session, found.ids, current_language().code, today()),
        catalogue=catalogue(),
        take=_take(found),
        link=f"{public_url()}/m/{found.code}",
        shown_code=shown(found.code),
        spelled_code=spelled(found.code),
        first_line=FIRST_LINES.get(found.first_line, ""),
    )


def _take(found: SharedList) -> str:
    """To one's own list with these offers at its end."""
    return url_for("referrals.shortlist", m=join_ids(distinct((*carried_ids(), *found.ids))) or None)


def _unknown() -> ResponseReturnValue:
    return render_template("referrals/no_list.html"), 404


def _too_many() -> ResponseReturnValue:
    return render_template("referrals/too_many.html"), 429


@blueprint.get("/m/<code>")
def short(code: str) -> ResponseReturnValue:
    """What a QR code holds: to the list, in the language of whom it is for."""
    try:
        found = open_list(code)
    except TooManyError:
        return _too_many()
    return redirect(url_for("referrals.shared", language=found.lang, code=found.code), 302) if found else _unknown()


@blueprint.get("/m/<code>.svg")
def short_qr(code: str) -> ResponseReturnValue:
    """The code to photograph. It tells nobody whether there is such a list: a picture is drawn for every code."""
    known = read_code(code)
    picture = paper.qr_svg(f"{public_url()}/m/{known}") if known else None
    if picture is None:
        return _unknown()
    response = make_response(picture)
    response.mimetype = "image/svg+xml"
    return response


# --- without the internet ---------------------------------------------------------------------------------------------


@blueprint.get("/merkzettel-worker.js")
def worker() -> Response:
    """The script that answers where there is no connection; only browsers that were asked to have it."""
    script = (paths.STATIC / "js" / "merkzettel-worker.js").read_text("utf-8")
    response = make_response(f'const PREFIX = "{static_url("")}";\n{script}')
    response.mimetype = "text/javascript"
    response.headers["Cache-Control"] = "no-cache"
    return response
