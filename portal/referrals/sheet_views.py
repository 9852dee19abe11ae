"""The referral sheet: a page to print and a PDF, in the family's language and in German side by side.

The path says what its user reads; `sprache` says what the family reads. Nothing about anybody is asked or kept.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, g, make_response, render_template, request
from flask.blueprints import BlueprintSetupState

from portal import paper
from portal.extensions import db
from portal.i18n import Language, current_language
from portal.offers.context import site, site_languages, today
from portal.referrals import sheet as sheets
from portal.referrals.first_lines import FIRST_LINES, checked_key
from portal.referrals.opening import TooManyError, open_list
from portal.referrals.sheet_queries import sheet_offers
from portal.referrals.shortlist import has_more, join_ids, parse_ids

blueprint = Blueprint("sheets", __name__)


def sheet_languages() -> list[Language]:
    """In which a sheet can be made: the reader's own first, German last."""
    return sorted(site_languages(), key=lambda each: (each.code == "de", each != current_language()))


@blueprint.record
def make_globals(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals.update(
        sheet_languages=sheet_languages, first_lines=FIRST_LINES, **sheets.make_globals()
    )


@blueprint.after_request
def keep_nowhere(response: Response) -> Response:
    """Which offers somebody is given is nobody's business: in no cache, in no search engine."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@blueprint.get("/<lang:language>/merkzettel/blatt")
def sheet() -> Response:
    found, query = _asked()
    g.page_query = query({})
    return make_response(
        render_template("referrals/sheet.html", sheet=found, body=sheets.page_body(found), query=query)
    )


@blueprint.get("/<lang:language>/merkzettel/blatt.pdf")
def sheet_pdf() -> Response:
    found, _query = _asked()
    return paper.pdf_answer(lambda: sheets.pdf(found), f"blatt-{found.lang}.pdf")


def _asked() -> tuple[sheets.Sheet, Any]:
    """The sheet that the address asks for, and a function that makes its parameters with changes. 404, 429 otherwise."""
    args = request.args
    lang, ids, key, named = args.get("sprache", ""), parse_ids(args.get("m", "")), args.get("satz", ""), {}
    if typed := args.get("code"):
        try:
            shared = open_list(typed)
        except TooManyError:
            abort(429)
        if shared is None:
            # Old paper and old messages lead here: then there is a field for another code, and a phone number.
            abort(make_response(render_template("referrals/no_list.html"), 404))
        ids, lang, key = shared.ids, lang or shared.lang, args.get("satz", shared.first_line)
        named = {"code": shared.code}
    else:
        named = {"m": join_ids(ids)}
    lang = lang if lang in site().kommune.languages else current_language().code
    key = checked_key(key)
    offers = sheet_offers(db.session, ids, lang, today())
    if not offers:
        abort(404)
    is_cut = has_more(args.get("m", ""))
    made = sheets.Sheet(lang, offers, key, gone=len(ids) - len(offers), is_cut=is_cut)

    def query(changes: dict[str, str]) -> str:
        return urlencode({**named, "sprache": lang, "satz": key, **changes})

    return made, query
