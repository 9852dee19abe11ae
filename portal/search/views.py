"""The box "Was braucht mein Kind?": POST, 303, one opaque token. What was typed is in no address and no log."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, g, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.extensions import db
from portal.htmx import render, wants_block
from portal.i18n import current_language
from portal.offers import queries
from portal.offers.context import catalogue, today
from portal.offers.filters import Barrier, Filters, parse_filters
from portal.sealing import BadTokenError, ExpiredTokenError
from portal.search import presentation
from portal.search.gaps import age_group, count_gap
from portal.search.service import Found, Question, Searcher
from portal.search.tokens import MAX_CHARACTERS, SearchTokens

blueprint = Blueprint("search", __name__, url_prefix="/<lang:language>")
MAX_RESULTS = 24
SHORTEST_TYPED = 3
"""Characters: before, nobody can know what is meant."""


def tokens() -> SearchTokens:
    return SearchTokens(current_app.config["SECRET_KEY"])


def searcher() -> Searcher:
    found: Searcher = current_app.extensions["searcher"].get()
    return found


@blueprint.after_request
def keep_nowhere(response: Response) -> Response:
    """What was typed stands in the page: it is kept in no cache, not even the browser's on a shared phone."""
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/suche")
def ask() -> ResponseReturnValue:
    raw = request.form.get("q", "")
    text = clean(raw)
    token = tokens().seal(text, today()) if text else None
    if text and (request.form.get("los") or not wants_block()):
        # Sent off, not only typed so far.
        _count_if_in_vain(text)
    if wants_block():
        # While somebody types: the results at once, and the address that leads to them again.
        g.page_query = urlencode({"t": token}) if token else ""
        response = _page(_Asked(text if len(text) >= SHORTEST_TYPED else "", typing=True))
        response.headers["HX-Replace-Url"] = url_for("search.results", t=token)
        return response
    if not text:
        return redirect(url_for("search.results"), 303)
    cut = "1" if len(raw.strip()) > MAX_CHARACTERS else None
    return redirect(url_for("search.results", t=token, cut=cut), 303)


def _count_if_in_vain(text: str) -> None:
    """For planning: groups and codes of what was not found, never a word of it."""
    current = catalogue()
    question = Question(text=text, lang=current_language().code, today=today(), limit=1)
    found = searcher().search(question, current)
    if not (found.fallback or found.loosened):
        return
    understood = found.understood
    need = understood.needs[0][0] if understood.needs else ""
    count_gap(
        db.session,
        today=today(),
        age_group=age_group(understood.ages.spans, pregnant=understood.ages.pregnant),
        life_situation=current.needs[need].life_situation.value if need else "",
        need_code=need,
        district=understood.district or "",
    )


@dataclass(frozen=True)
class _Asked:
    text: str
    without: frozenset[str] = frozenset()
    problem: str | None = None
    typing: bool = False


@blueprint.get("/suche")
def results() -> ResponseReturnValue:
    token = request.args.get("t", "")
    if not token:
        return _page(_Asked(""))
    try:
        text, without = tokens().open(token, today())
    except ExpiredTokenError:
        return make_response(_page(_Asked("", problem="expired")), 410)
    except BadTokenError:
        return make_response(_page(_Asked("", problem="bad")), 400)
    # As while typing: who opens the address again sees the same.
    return _page(_Asked(text, without, problem="cut" if request.args.get("cut") else None, typing=True))


def _page(asked: _Asked) -> Response:
    """The page, or for htmx its results."""
    if not asked.text:
        return render("search/results.html", block="results", text="", problem=asked.problem, found=None)
    current = catalogue()
    filters = parse_filters(
        request.args, needs=current.needs.keys(), districts=current.districts.keys(), languages=current.languages
    ).filters
    question = Question(
        text=asked.text,
        lang=current_language().code,
        today=today(),
        filters=filters,
        without=asked.without,
        limit=MAX_RESULTS,
        typing=asked.typing,
    )
    found = searcher().search(question, current)
    groups = [] if found.fallback else presentation.groups(db.session, found, current)
    links = Links(url_for("search.results"), asked.text, asked.without, filters)
    g.page_query = urlencode(links.args(asked.without, filters))
    return render(
        "search/results.html",
        block="results",
        text=asked.text,
        problem=asked.problem,
        found=found,
        groups=groups,
        count=presentation.reachable(groups, found, current),
        chips=presentation.chips(found.understood, current),
        facets=_facets(found, filters),
        links=links,
        loosened=presentation.loosened_text(found),
        crisis=presentation.emergency_box(found.understood.crisis, found.understood.needs),
        people=_people(found),
        catalogue=current,
    )


def _people(found: Found) -> list[Any]:
    if not found.fallback:
        return []
    return queries.helping_places(db.session, [item.offer_id for item in found.ranked[:3]], current_language().code)


def _facets(found: Found, filters: Filters) -> list[tuple[str, str, int]]:
    """What the results could be narrowed down to: name and value of the filter, how many would be left."""
    current, understood = catalogue(), found.understood
    if found.fallback:
        return []
    whole = found.mask.bit_count()
    choices = [
        ("barrier", barrier.value, current.barrier.get(barrier, 0))
        for barrier in Barrier
        if barrier not in understood.barriers and barrier not in filters.barriers
    ]
    if understood.district is None:
        choices += [
            ("district", slug, current.district.get(slug, 0))
            for slug, info in current.districts.items()
            if not info.children
        ]
    counted = [(name, value, (found.mask & mask).bit_count()) for name, value, mask in choices]
    return [choice for choice in counted if 0 < choice[2] < whole]


class Links:
    """Addresses of a search at `address` with something taken away or chosen. Without a text there are only filters."""

    def __init__(self, address: str, text: str, without: frozenset[str], filters: Filters) -> None:
        self.address, self.text, self.without, self.filters = address, text, without, filters

    def args(self, without: frozenset[str], filters: Filters) -> list[tuple[str, str]]:
        token = [("t", tokens().seal(self.text, today(), without))] if self.text else []
        return [*token, *filters.to_args()]

    def url(self, without: frozenset[str], filters: Filters) -> str:
        args = self.args(without, filters)
        return self.address + ("?" + urlencode(args) if args else "")

    def take_away(self, key: str) -> str:
        """Without a finding, wherever it came from: the words or a tap."""
        name, _, value = key.partition(":")
        filters = self.filters
        for chosen, chosen_value in filters.to_args():
            if chosen == name and (not value or value == chosen_value):
                filters = filters.without(chosen, chosen_value)
        return self.url(self.without | {key}, filters)

    def narrow(self, name: str, value: str) -> str:
        """With one more choice."""
        changes: dict[str, Any] = {name: value}
        if name == "barrier":
            changes = {"barriers": (*self.filters.barriers, Barrier(value))}
        key = f"{name}:{value}" if name == "barrier" else name
        return self.url(self.without - {key}, Filters(**{**vars(self.filters), **changes}))

    def all_again(self) -> str:
        """With all findings, without choices."""
        return self.url(frozenset(), Filters())


def clean(text: str) -> str:
    """One line without control characters and direction overrides, at most MAX_CHARACTERS long."""
    kinds = ((char, unicodedata.category(char)) for char in text[: MAX_CHARACTERS * 4])
    visible = "".join(" " if kind[0] in "CZ" and kind != "Cf" else char for char, kind in kinds if kind != "Cf")
    return " ".join(visible.split())[:MAX_CHARACTERS].strip()
