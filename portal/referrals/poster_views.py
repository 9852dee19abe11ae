"""The poster for a waiting room, and the short addresses that its code leads to."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, Response, abort, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import paper
from portal.i18n import preferred_language
from portal.models.enums import LifePhase
from portal.offers.context import site, site_languages
from portal.offers.filters import AGE_CHOICES, MAX_FILTER_AGE
from portal.referrals import posters
from portal.referrals.posters import Format, Poster

blueprint = Blueprint("posters", __name__)


@blueprint.get("/<lang:language>/plakat")
def chooser() -> ResponseReturnValue:
    return render_template(
        "referrals/poster_chooser.html",
        ages=AGE_CHOICES,
        languages=site_languages(),
    )


@blueprint.get("/<lang:language>/plakat/ansicht")
def poster() -> ResponseReturnValue:
    asked, query = _asked()
    g.page_query = query
    return render_template("referrals/poster.html", body=posters.body(asked, for_page=True), query=query)


@blueprint.get("/<lang:language>/plakat.pdf")
def poster_pdf() -> ResponseReturnValue:
    asked, _query = _asked()
    return paper.pdf_answer(lambda: posters.pdf(asked), f"plakat-{asked.format.value}.pdf")


def _asked() -> tuple[Poster, str]:
    """What the address asks for, and the same as parameters. 404 where it is for nobody."""
    whom, form = request.args.get("fuer", ""), request.args.get("format", "")
    phase = LifePhase(whom) if whom in {member.value for member in LifePhase} else None
    age = int(whom) if whom.isascii() and whom.isdigit() and len(whom) <= 3 else None
    if phase is None and (age is None or age > MAX_FILTER_AGE):
        abort(404)
    wished = request.args.getlist("sprache")
    langs = [code for code in site().kommune.languages if code in wished] or list(site().kommune.languages)
    chosen = Format(form) if form in set(Format) else Format.POSTER
    query = urlencode([("fuer", whom), ("format", chosen.value), *(("sprache", code) for code in langs)])
    return Poster(phase, age, chosen, langs), query


def _in_own_language(endpoint: str, **values: str | int) -> Response:
    """To a page in the language that the browser asks for."""
    code = preferred_language(request.headers.get("Accept-Language", ""), site().kommune.languages)
    response = make_response(redirect(url_for(endpoint, language=code, **values), 302))
    response.vary.add("Accept-Language")
    return response


@blueprint.get("/l/<phase>")
def to_life_phase(phase: str) -> Response:
    if phase not in {member.value for member in LifePhase}:
        abort(404)
    return _in_own_language("offers.life_phase", phase=phase)


@blueprint.get("/a/<int:months>")
def to_age(months: int) -> Response:
    if months > MAX_FILTER_AGE:
        abort(404)
    return _in_own_language("offers.offer_list", age=months)
