"""What the views of a request share: the site's content, today, the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import current_app, g, request
from sqlalchemy.exc import SQLAlchemyError

from portal.content.schema import Hotline
from portal.content.site import SOURCE_LANGUAGE, SiteContent
from portal.content.stored import with_stored
from portal.extensions import db
from portal.i18n import LANGUAGES, Language, current_language
from portal.models.enums import TextState
from portal.offers.catalogue import Catalogue


@dataclass(frozen=True)
class ShownBanner:
    text: str
    lang: str
    link: str
    urgent: bool
    state: TextState


BERLIN = ZoneInfo("Europe/Berlin")


def today() -> date:
    """The day in Germany. A test sets TODAY in the configuration."""
    return current_app.config.get("TODAY") or datetime.now(BERLIN).date()


def site() -> SiteContent:
    content: SiteContent = current_app.extensions["site"]
    return content


def site_languages() -> list[Language]:
    """Those of this Kommune, the source of all texts first."""
    return [LANGUAGES[code] for code in site().kommune.languages]


def site_texts() -> SiteContent:
    """The same with pages and life phases as editors have written them; put together once a catalogue."""
    current = catalogue()
    if "site" not in current.words:
        current.words["site"] = with_stored(site(), current.stored)
    found: SiteContent = current.words["site"]
    return found


def banners() -> list[ShownBanner]:
    """What is to be said on every page today, in the reader's language, else in German."""
    try:
        current = catalogue().stored.banners
    except SQLAlchemyError:
        # The page that says so must be shown even where the database cannot be asked.
        return []
    lang = current_language().code
    shown = []
    for banner in current:
        own = lang if lang in banner.texts else SOURCE_LANGUAGE
        words, link, state = banner.texts[own]
        shown.append(ShownBanner(words, own, _in_language(link, lang), banner.urgent, state))
    return shown


def _in_language(link: str, lang: str) -> str:
    """An address on this site in the reader's language: editors copy the German one."""
    first, _, rest = link.removeprefix("/").partition("/")
    return f"/{lang}/{rest}" if link.startswith("/") and first in LANGUAGES else link


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
