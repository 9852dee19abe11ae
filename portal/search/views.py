"""The box "Was braucht mein Kind?": POST, 303, one opaque token. What was typed is in no address and no log."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlencode

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.extensions import db
from portal.i18n import current_language
from portal.offers import queries
from portal.offers.context import catalogue, site, today
from portal.search.tokens import MAX_CHARACTERS, BadTokenError, ExpiredTokenError, SearchTokens

blueprint = Blueprint("search", __name__, url_prefix="/<lang:language>")
MAX_WORDS = 8
MAX_RESULTS = 40


def _tokens() -> SearchTokens:
    return SearchTokens(current_app.config["SECRET_KEY"])


@blueprint.post("/suche")
def ask() -> ResponseReturnValue:
    text = clean(request.form.get("q", ""))
    if not text:
        return redirect(url_for("search.results"), 303)
    return redirect(url_for("search.results", t=_tokens().seal(text, today()), cut=_was_cut()), 303)


def _was_cut() -> str | None:
    return "1" if len(request.form.get("q", "").strip()) > MAX_CHARACTERS else None


@blueprint.get("/suche")
def results() -> ResponseReturnValue:
    token = request.args.get("t", "")
    if not token:
        return render_template("search/results.html", text="", cards=[], needs=[], problem=None)
    try:
        text = _tokens().open(token, today())
    except ExpiredTokenError:
        return render_template("search/results.html", text="", cards=[], needs=[], problem="expired"), 410
    except BadTokenError:
        return render_template("search/results.html", text="", cards=[], needs=[], problem="bad"), 400
    g.page_query = urlencode({"t": token})
    lang = current_language().code
    words = search_words(text)
    ids = queries.like_search(db.session, words, lang, today(), MAX_RESULTS) if words else []
    return render_template(
        "search/results.html",
        text=text,
        cards=queries.cards(db.session, ids, lang),
        needs=matching_needs(words, lang),
        catalogue=catalogue(),
        capped=len(ids) == MAX_RESULTS,
        problem="cut" if request.args.get("cut") else None,
    )


def clean(text: str) -> str:
    """One line without control characters and direction overrides, at most MAX_CHARACTERS long."""
    visible = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in text[: MAX_CHARACTERS * 4])
    return " ".join(visible.split())[:MAX_CHARACTERS].strip()


def search_words(text: str) -> list[str]:
    """The words to look for: at least 3 letters and not in every sentence; the longest first, at most MAX_WORDS."""
    found = (word.lower() for word in re.findall(r"[^\W\d_]{3,}", text))
    words = dict.fromkeys(word for word in found if word not in site().stop_words)
    return sorted(words, key=len, reverse=True)[:MAX_WORDS]


def matching_needs(words: list[str], lang: str, limit: int = 3) -> list[str]:
    """Codes of the needs whose label or question holds one of the words."""
    found = []
    for need in catalogue().needs.values():
        texts = need.texts.get(lang) or need.texts["de"]
        hits = sum(word in f"{texts[0]} {texts[1]}".lower() for word in words)
        if hits:
            found.append((-hits, need.code))
    return [code for _hits, code in sorted(found)[:limit]]
