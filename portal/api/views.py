"""Read-only open data as JSON. What is asked stands in the address here: it is for programs, not for families."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, make_response, request, url_for

from portal import i18n
from portal.api.openapi import DESCRIPTION, MAX_LIMIT
from portal.extensions import db
from portal.offers import queries
from portal.offers.context import catalogue, public_url, site, today
from portal.offers.filters import Filters, parse_filters
from portal.search import presentation
from portal.search.service import Found, Question
from portal.search.views import clean, searcher

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
_FILTERS = ("age", "need", "situation", "district")


@blueprint.after_request
def open_to_all(response: Response) -> Response:
    """Pages of others may read it: it is public, and the same for everybody."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


class _BadRequestError(Exception):
    """One sentence that says what cannot be used."""


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The description of this interface."""
    return jsonify({**DESCRIPTION, "servers": [{"url": public_url()}]})


@blueprint.get("/search")
def search() -> Response:
    """Offers for a question in somebody's own words, with what was understood of it."""
    try:
        lang, filters, limit = _language(), _filters(), _limit()
    except _BadRequestError as error:
        return make_response(jsonify({"error": str(error)}), 400)
    # Reasons and chips are in the language that was asked for, whatever the address says.
    i18n.speak(lang)
    question = Question(text=clean(request.args.get("q", "")), lang=lang, today=today(), filters=filters, limit=limit)
    current = catalogue()
    found = searcher().search(question, current)
    cards = {card.row.id: card for card in queries.cards(db.session, [item.offer_id for item in found.ranked], lang)}
    results = [_result(cards[item.offer_id], item, found) for item in found.ranked if item.offer_id in cards]
    return jsonify({"understood": _understood(found), "results": results})


def _language() -> str:
    lang = request.args.get("lang", "de")
    if lang not in site().kommune.languages:
        raise _BadRequestError(f"lang must be one of {', '.join(site().kommune.languages)}.")
    return lang


def _limit() -> int:
    raw = request.args.get("limit", "10")
    if not (raw.isascii() and raw.isdigit() and len(raw) <= 2 and 1 <= int(raw) <= MAX_LIMIT):
        raise _BadRequestError(f"limit must be a whole number from 1 to {MAX_LIMIT}.")
    return int(raw)


class _Args:
    """The parameters of the interface under the names of the list's filters."""

    def __init__(self) -> None:
        names = {"age": "age_months", "situation": "life_situation"}
        self._values = {
            name: [value for value in request.args.getlist(names.get(name, name)) if value] for name in _FILTERS
        }

    def getlist(self, key: str) -> list[str]:
        return self._values.get(key, [])

    def keys(self) -> list[str]:
        return list(self._values)


def _filters() -> Filters:
    current = catalogue()
    parsed = parse_filters(
        _Args(), needs=current.needs.keys(), districts=current.districts.keys(), languages=current.languages
    )
    if parsed.ignored:
        raise _BadRequestError(f"Not known: {', '.join(parsed.ignored)}.")
    return parsed.filters


def _understood(found: Found) -> dict[str, Any]:
    understood = found.understood
    whole = understood.ages.whole
    return {
        "age_months_min": whole[0] if whole else None,
        "age_months_max": whole[1] if whole else None,
        "needs": [{"code": code, "score": round(chance, 4)} for code, chance in understood.needs],
        "district": understood.district,
        "barriers": [barrier.value for barrier in understood.barriers],
        "languages": list(understood.languages),
        "crisis": understood.crisis.level if understood.crisis else None,
        "chips": [{"key": chip.key, "label": chip.words} for chip in presentation.chips(understood, catalogue())],
        "loosened": list(found.loosened),
        "fallback": found.fallback,
    }


def _result(card: queries.Card, item: Any, found: Found) -> dict[str, Any]:
    current = catalogue()
    return {
        "id": card.row.id,
        "slug": card.row.slug,
        "title": card.title,
        "lang": card.lang,
        "needs": list(current.needs_of[item.place]),
        "min_age_months": card.row.min_age_months,
        "max_age_months": card.row.max_age_months,
        "organization": card.row.organization,
        "url": public_url() + url_for("offers.offer", slug=card.row.slug),
        "why": presentation.reasons(card.row, found, current, item.text),
        "score": item.score,
    }
