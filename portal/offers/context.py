"""What the views of a request share: the site's content, today, the catalogue."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import current_app, g, request

from portal.content.schema import Hotline
from portal.content.site import SiteContent
from portal.extensions import db
from portal.offers.catalogue import Catalogue

BERLIN = ZoneInfo("Europe/Berlin")


def today() -> date:
    """The day in Germany. A test sets TODAY in the configuration."""
    return current_app.config.get("TODAY") or datetime.now(BERLIN).date()


def site() -> SiteContent:
    content: SiteContent = current_app.extensions["site"]
    return content


def catalogue() -> Catalogue:
    """The catalogue of this request: asked for once, so that a page does not change in the middle."""
    if "catalogue" not in g:
        g.catalogue = current_app.extensions["catalogue"].get(db.session, today())
    found: Catalogue = g.catalogue
    return found


def hotlines_here() -> list[Hotline]:
    """All hotlines, of the poison numbers only the one for this Land."""
    land = site().kommune.land
    return [line for line in site().hotlines.values() if not line.states or land is None or land in line.states]


def emergency_lines(need_code: str) -> list[Hotline]:
    """The numbers of the emergency situations in which this need is named, the most fitting situation first."""
    here = {line.id: line for line in hotlines_here()}
    situations = [item for item in site().emergency["de"].situations if need_code in item.needs]
    ids = dict.fromkeys(number for item in situations[:1] for number in item.hotlines)
    return [here[number] for number in ids if number in here]


def public_url() -> str:
    """The address of the site as families know it: PUBLIC_URL, else as this request came in. Without a slash at the end."""
    configured: str = current_app.extensions["settings"].public_url
    return (configured or request.url_root).rstrip("/")
