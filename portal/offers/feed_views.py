"""What is new, as an Atom feed (RFC 4287): public facts for everybody, without a cookie and without asking who reads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, make_response, render_template, request, url_for
from werkzeug.http import generate_etag

from portal.extensions import db
from portal.i18n import current_language
from portal.months import end_of, month_before
from portal.offers.change_words import sentence
from portal.offers.changes import Change, What, changes
from portal.offers.context import BERLIN, catalogue, public_url, site, today
from portal.offers.taxonomy import DistrictInfo

blueprint = Blueprint("feeds", __name__)
DAYS = 60
MOST = 100
_KEPT = 64
"""Feeds that a worker remembers: up to 100 kB each."""
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Entry:
    """`key` is the same as long as the month is: an offer that changes twice in a month is one entry, newer than before."""

    key: str
    change: Change


@blueprint.get("/<lang:language>/neues.atom")
def everything() -> Response:
    return _answer(None)


@blueprint.get("/<lang:language>/stadtteile/<slug>/neues.atom")
def district(slug: str) -> Response:
    info = catalogue().districts.get(slug)
    if info is None:
        abort(404)
    return _answer(info)


def _answer(info: DistrictInfo | None) -> Response:
    """Made once for each state of the offers and each day."""
    kept: dict[tuple[str, ...], tuple[bytes, datetime]] = catalogue().words.setdefault("feeds", {})
    # Addresses begin with the host of the request where PUBLIC_URL is not set.
    key = (current_language().code, info.slug if info else "", public_url())
    if key not in kept:
        if len(kept) >= _KEPT:
            kept.clear()
        kept[key] = _build(info)
    body, newest = kept[key]
    response = make_response(body)
    response.headers["Content-Type"] = "application/atom+xml; charset=utf-8"
    response.headers["Cache-Control"] = "public, max-age=3600"
    # The same mark that portal.security gives it.
    response.set_etag(generate_etag(body), weak=True)
    # Every day entries grow too old and leave: not even a feed without news is the same for ever.
    response.last_modified = max(newest, datetime.combine(today(), time(), BERLIN))
    response.make_conditional(request)
    return response


def _build(info: DistrictInfo | None) -> tuple[bytes, datetime]:
    entries = _entries(info)
    newest = entries[0].change.at if entries else datetime.combine(today().replace(day=1), time(), BERLIN)
    name = info.slug if info else ""
    text = render_template(
        "feeds/changes.xml",
        entries=entries,
        place=info.name if info else site().kommune.name,
        tag=_tag(),
        key=f"{current_language().code}/{name}",
        updated=newest,
        base=public_url(),
        own=url_for("feeds.district", slug=name) if info else url_for("feeds.everything"),
        page=url_for("offers.district", slug=name) if info else url_for("offers.offer_list"),
        sentence=sentence,
        clean=clean,
        utc=UTC,
    )
    return text.encode(), newest


def _entries(info: DistrictInfo | None) -> list[Entry]:
    """Month by month, so that an entry stays the same while the days go by. What practitioners report is not in it."""
    oldest = today() - timedelta(DAYS)
    month, found = today().replace(day=1), []
    while end_of(month) >= oldest:
        for change in changes(
            db.session,
            first=month,
            last=end_of(month),
            today=today(),
            hide_after_days=site().kommune.hide_after_days,
            districts=[info.id] if info else (),
            lang=current_language().code,
        ):
            if change.what != What.REPORTED and change.on >= oldest:
                found.append(Entry(f"{month:%Y-%m}/{change.slug}/{change.kind}-{change.what}", change))
        month = month_before(month)
    return sorted(found, key=lambda entry: (entry.change.at, entry.key), reverse=True)[:MOST]


def _tag() -> str:
    """The part of all ids that says whose they are (RFC 4151)."""
    host = urlsplit(public_url()).hostname or ""
    return f"tag:{host if re.fullmatch(r'[a-z0-9.-]+', host) else 'localhost'},2026:neues"


def clean(text: str) -> str:
    """Without the signs that XML cannot hold, escaped or not."""
    return _NOT_IN_XML.sub("", text)
