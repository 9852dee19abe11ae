"""What the views of a request share: the site's content, today, the catalogue."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import current_app, g

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
