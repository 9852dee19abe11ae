"""The Merkzettel of a browser without JavaScript: it stands in the address ("?m=12.45"), and each link carries it on.

The pages themselves know nothing of it. An answer to a request with a valid `m` is rewritten once, before it is
compressed: links and forms that lead to our own pages get `m`, the links "Merken" get one offer more. So whatever is
remembered of a page (cards, menus) stays the same for all, and only who carries a list pays for it.

Not rewritten is what has `data-alone`, what has an `m` already, and everything that is no link of a page: the addresses
of the same page in other languages (rel=alternate), those for sharing (they are whole, with a host), static files.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from flask import Flask, Response, request
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from portal.i18n import gettext
from portal.referrals.shortlist import MOST, join_ids, parse_ids

PRACTITIONERS = "verwaltung/fachkraft"
_HEADERS = ("Location", "HX-Push-Url", "HX-Replace-Url", "HX-Redirect")
_KEEP = re.compile(r'(<a class="merken"[^>]*? href="[^"]*\?m=)(\d+)("[^>]*>)(.*?</a>)', re.S)
_TAG = re.compile(r"<(?:a|form)\b[^>]*>")
_ADDRESS = re.compile(r' (href|action|hx-get|hx-post)="(/[^"]*)"')
_COUNT = re.compile(r"(<span[^>]*) data-count hidden></span>")


class Carrier:
    """Puts one list into a page. `languages` are those of the site: only below them (and for practitioners) are pages
    that can carry it."""

    def __init__(self, ids: tuple[int, ...], languages: list[str]) -> None:
        self.ids, self.m = ids, join_ids(ids)
        own = "|".join([*map(re.escape, languages), PRACTITIONERS])
        self._own = re.compile(rf"/(?:{own})(?:[/?#]|$)")

    def address(self, address: str, join: str = "&") -> str:
        """The address with the list, if it is one of a page that can carry it."""
        if not self._own.match(address) or re.search(r"[?&;]m=", address):
            return address
        before, hash_, fragment = address.partition("#")
        return f"{before}{join if '?' in before else '?'}m={self.m}{hash_}{fragment}"

    def page(self, html: str) -> str:
        """The page with its links, forms and the number beside "Merkzettel"."""
        html = _KEEP.sub(self._keep, html)
        html = _COUNT.sub(rf"\1 data-count>{len(self.ids)}</span>", html)
        return _TAG.sub(self._tag, html)

    def _keep(self, found: re.Match[str]) -> str:
        before, offer_id, between, words = found.groups()
        if int(offer_id) in self.ids:
            kept = Markup("<span>{}</span>")
            words = words.replace(kept.format(gettext("Merken")), kept.format(gettext("Gemerkt")), 1)
            return f"{before}{self.m}{between}{words}"
        return f"{before}{self.m}.{offer_id}{between}{words}"

    def _tag(self, found: re.Match[str]) -> str:
        tag = found[0]
        if " data-alone" in tag:
            return tag
        if not tag.startswith("<form"):
            return _ADDRESS.sub(lambda part: f' {part[1]}="{self.address(part[2], "&amp;")}"', tag)
        action = re.search(r' action="([^"]*)"', tag)
        if action is None or self._own.match(action[1]):
            return f'{tag}<input type="hidden" name="m" value="{self.m}">'
        return tag


def carried_ids() -> tuple[int, ...]:
    """The list that the address (or the form) of this request carries; empty where there is none."""
    try:
        return parse_ids(request.args.get("m", "") or request.form.get("m", ""))
    except HTTPException:
        # A form that is too large has been answered already.
        return ()


def init_app(app: Flask, languages: list[str]) -> None:
    """Before portal.security compresses an answer: of functions after a request the last one comes first."""
    app.jinja_env.globals["shortlist_most"] = MOST

    @app.after_request
    def carry(response: Response) -> Response:
        if not (request.args or request.method == "POST") or not _is_carrying(request.path, languages):
            return response
        ids = carried_ids()
        if not ids:
            return response
        carrier = Carrier(ids, languages)
        for name in _HEADERS:
            if (address := response.headers.get(name)) and not urlsplit(address).netloc:
                response.headers[name] = carrier.address(address)
        if response.mimetype == "text/html" and not response.is_streamed and not response.direct_passthrough:
            response.set_data(carrier.page(response.get_data(as_text=True)))
            response.headers["X-Robots-Tag"] = "noindex"
        return response


def _is_carrying(path: str, languages: list[str]) -> bool:
    first = path[1:].split("/", 1)[0]
    return first in languages or path[1:].startswith(PRACTITIONERS)
