"""Angebote finden: the search of practitioners, and the one for several children. HTTP only."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from portal.auth.access import PRACTITIONERS, current_actor, roles
from portal.editing import saved_filters
from portal.extensions import db
from portal.htmx import render, wants_block
from portal.offers.context import catalogue, today
from portal.offers.filters import AGE_CHOICES, Filters, ParsedFilters, parse_filters
from portal.practitioners import finding
from portal.practitioners.search_queries import hits
from portal.practitioners.wording import filter_label
from portal.sealing import BadTokenError, ExpiredTokenError
from portal.search import presentation
from portal.search.service import Found, Question
from portal.search.views import Links, clean, searcher, tokens

blueprint = Blueprint("practice_search", __name__, url_prefix="/verwaltung/fachkraft")
PROBLEMS = {
    "expired": "Diese Suche ist abgelaufen. Bitte gib die Worte noch einmal ein.",
    "bad": "Diese Adresse ist nicht vollständig. Bitte gib die Worte noch einmal ein.",
}


def read_filters(args: MultiDict[str, str]) -> ParsedFilters:
    """The choices in an address, as families have them."""
    current = catalogue()
    return parse_filters(
        args, needs=current.needs.keys(), districts=current.districts.keys(), languages=current.languages
    )


@blueprint.post("")
@roles(*PRACTITIONERS)
def ask() -> ResponseReturnValue:
    """What is typed goes into one opaque word of the address; what was chosen before stays chosen.

    Nothing is counted here: in vain is what families look for in vain, and practitioners say so themselves.
    """
    text = clean(request.form.get("q", ""))
    links = Links(url_for(".search"), text, frozenset(), read_filters(request.form).filters)
    return redirect(links.url(links.without, links.filters), 303)


@blueprint.get("")
@roles(*PRACTITIONERS)
def search() -> ResponseReturnValue:
    text, without, problem = _asked(request.args.get("t", ""))
    parsed, current = read_filters(request.args), catalogue()
    filters = parsed.filters
    links = Links(url_for(".search"), text, without, filters)
    if text:
        question = Question(
            text=text, lang="de", today=today(), filters=filters, without=without, limit=finding.MOST_BY_WORDS
        )
        result = finding.find_by_words(searcher(), current, question, parsed.page)
    else:
        result = finding.find_by_choice(current, filters, parsed.page)
    response = render(
        "practitioners/search/search.html",
        block="results",
        text=text,
        problem=PROBLEMS.get(problem),
        filters=filters,
        ignored=parsed.ignored,
        links=links,
        result=result,
        hits=hits(db.session, result.ids, today()),
        missing=finding.missing_here(current, filters, result.found),
        facets=current.facets(filters),
        catalogue=current,
        **_understood(result.found),
        **_saved(filters),
    )
    if wants_block():
        # The address without the empty fields that the form sends along.
        response.headers["HX-Push-Url"] = links.url(without, filters)
    return response


def _understood(found: Found | None) -> dict[str, Any]:
    """What was made of the words: chips to take away, help in a crisis, what was given up."""
    if found is None:
        return {"chips": [], "crisis": None, "loosened": ""}
    understood = found.understood
    return {
        "chips": presentation.chips(understood, catalogue()),
        "crisis": presentation.emergency_box(understood.crisis, understood.needs),
        "loosened": _LOOSENED.get(found.loosened, ""),
    }


def _saved(filters: Filters) -> dict[str, Any]:
    """The choices that this person has kept, in words, and whether this is one of them."""
    current = catalogue()
    rows = saved_filters.saved(db.session, current_actor())
    choices = [(row, read_filters(MultiDict(parse_qsl(row.query))).filters) for row in rows]
    return {
        "saved": [(row, filter_label(chosen, current)) for row, chosen in choices],
        "is_saved": filters in [chosen for _row, chosen in choices],
    }


_LOOSENED = {
    ("district",): "An diesem Ort gibt es das nicht. Diese Angebote sind an anderen Orten.",
    ("barrier",): "Mit allen Wünschen gibt es das nicht. Diese Angebote erfüllen nicht jeden Wunsch.",
    ("district", "barrier"): "Mit diesem Ort und allen Wünschen gibt es das nicht. Das hier kommt dem am nächsten.",
    ("age",): "Für dieses Alter gibt es das nicht. Diese Angebote sind für ein anderes Alter.",
    ("district", "age"): "Für dieses Alter und an diesem Ort gibt es das nicht. Das hier kommt dem am nächsten.",
    ("barrier", "age"): "Für dieses Alter und mit allen Wünschen gibt es das nicht. Das hier kommt dem am nächsten.",
    ("district", "barrier", "age"): "So gibt es das nicht. Das hier kommt dem am nächsten.",
}


def _asked(token: str) -> tuple[str, frozenset[str], str]:
    """The text, what was taken away of its findings, and what is wrong with the token."""
    if not token:
        return "", frozenset(), ""
    try:
        text, without = tokens().open(token, today())
    except ExpiredTokenError:
        return "", frozenset(), "expired"
    except BadTokenError:
        return "", frozenset(), "bad"
    return text, without, ""


# --- several children -------------------------------------------------------------------------------------------------


@blueprint.get("/kinder")
@roles(*PRACTITIONERS)
def children() -> ResponseReturnValue:
    """Up to six children, each an age and perhaps a need, chosen by tapping: so they may stand in the address."""
    current = catalogue()
    chosen = read_filters(request.args).filters
    common = Filters(district=chosen.district, language=chosen.language, barriers=chosen.barriers)
    kinds = finding.parse_children(request.args.getlist("kind"), current)
    if "alter" in request.args:
        # The form has sent one more child (or none): to the address that can be read and kept.
        more = f"{request.args['alter']}:{request.args.get('bedarf', '')}"
        return redirect(children_url([*kinds, *finding.parse_children([more], current)], common), 303)
    found = finding.find_for_children(current, kinds, common) if kinds else None
    ids = list(dict.fromkeys(i for part in (found, *found.each) for i in part.ids)) if found else []
    return render_template(
        "practitioners/search/children.html",
        kinds=kinds,
        common=common,
        found=found,
        hits={hit.row.id: hit for hit in hits(db.session, ids, today())},
        missing=[finding.missing_here(current, each.filters) for each in found.each] if found else [],
        address=children_url,
        ages=AGE_CHOICES,
        most=finding.MOST_CHILDREN,
        facets=current.facets(common),
        catalogue=current,
    )


def children_url(kinds: list[finding.Child], common: Filters) -> str:
    args = [("kind", child.arg) for child in kinds[: finding.MOST_CHILDREN]] + common.to_args()
    return url_for("practice_search.children") + ("?" + urlencode(args, safe=":") if args else "")
