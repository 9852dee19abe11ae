"""A booklet as HTML, in one of the site's languages: the words of the public pages, arranged for paper."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import msgspec
from flask import render_template
from markupsafe import Markup

from portal import i18n, paper
from portal.booklets import content, drawing
from portal.content.schema import Hotline
from portal.content.site import SOURCE_LANGUAGE
from portal.extensions import db
from portal.models.enums import LifePhase, TextState
from portal.offers import queries
from portal.offers.context import catalogue, hotlines_here, site, today
from portal.offers.filters import Filters
from portal.paths import STATIC

MAX_OFFERS = 1000
"""More in one booklet nobody carries; and the process that draws would need more than a gigabyte."""
MAX_PLACES = 40
"""Places to walk in to on the page "Hier hilft dir ein Mensch"."""


class BookletError(Exception):
    """There is no such booklet. The message says why, in German, for who asked for it."""


@dataclass(frozen=True)
class Wish:
    """Which booklet is wanted."""

    district: str | None
    """Its slug; None: the whole Kommune."""
    lang: str
    german: bool = False
    """The German titles as well."""


@dataclass(frozen=True)
class Part:
    """A piece of a booklet that begins on a page of its own."""

    html: str
    """A whole document, with marks where page numbers are to stand."""
    offers: int
    """How many offers are in it in full."""


def offer_ids(wish: Wish) -> list[int]:
    """The offers of the booklet. Raises BookletError where there are none or too many, or no such district."""
    current = catalogue()
    if wish.district is not None and wish.district not in current.districts:
        raise BookletError("Diesen Stadtteil gibt es hier nicht.")
    mask = current.all if wish.district is None else current.district[wish.district]
    number = mask.bit_count()
    if number == 0:
        raise BookletError("Hier ist noch kein Angebot veröffentlicht. Ein leeres Heft drucken wir nicht.")
    if number > MAX_OFFERS:
        raise BookletError(
            f"Das wären {number} Angebote. Mehr als {MAX_OFFERS} passen nicht in ein Heft: Nimm einen Teil davon."
        )
    return current.ids(mask, count=number)


def key_of(wish: Wish, address: str) -> str:
    """The name of this booklet as it is today: 32 hexadecimal digits. Another catalogue, day or layout is another name."""
    same = [wish.district, wish.lang, wish.german, catalogue().version, today().isoformat(), address]
    return hashlib.sha256(msgspec.json.encode([same, site().kommune]) + _style()).hexdigest()[:32]


def _style() -> bytes:
    return (STATIC / "css" / "booklet.css").read_bytes()


def place_name(wish: Wish) -> str:
    return catalogue().districts[wish.district].name if wish.district else site().kommune.name


def render(wish: Wish, address: str) -> list[Part]:
    """The booklet: cover, help, a part a chapter, topics. `address` is that of the site, for the QR codes. Raises BookletError."""
    ids = offer_ids(wish)
    with i18n.speaking(wish.lang):
        return _render(wish, ids, address)


def _render(wish: Wish, ids: list[int], address: str) -> list[Part]:
    offers = content.entries(db.session, ids, wish.lang)
    chapters = content.chapters(offers, catalogue().needs)
    shared = {
        "place": place_name(wish),
        "wish": wish,
        "style": Markup(_style().decode()),  # noqa: S704  (a file of ours)
        "in_order": in_order,
        "isolated": isolated,
        "joined": joined,
        "number_of": drawing.number_of,
        "numbers_of": lambda ids: drawing.numbers_of(f"a{offer_id}" for offer_id in ids),
    }

    def part(name: str, offers: int = 0, **more: Any) -> Part:
        return Part(render_template(f"booklets/{name}.html", **shared, **more), offers)

    places = _places(wish)
    cover = part(
        "cover",
        chapters=chapters,
        places=places,
        number=len(offers),
        machine=any(entry.text.state == TextState.MACHINE for entry in offers),
        german_texts=any(entry.text.lang != wish.lang for entry in offers),
    )
    parts = [cover, part("help", situations=_situations(wish.lang), places=places)]
    for number, chapter in enumerate(chapters, 1):
        qr = _code(wish, chapter.phase, address)
        parts.append(part("chapter", len(chapter.here), chapter=chapter, place_in_book=number, qr=qr))
    return [*parts, part("topics", topics=_topics(chapters, wish.lang))]


def _topics(chapters: list[content.Chapter], lang: str) -> list[tuple[str, list[int]]]:
    """The needs by their names, each with its offers."""
    offers_of = content.index(chapters)
    named = [(need.label(lang), offers_of[code]) for code, need in catalogue().needs.items() if code in offers_of]
    return sorted(named, key=lambda pair: pair[0].casefold())


def _situations(lang: str) -> tuple[str, list[tuple[Any, list[Hotline]]]]:
    """The language of the emergency texts, and the situations with the numbers that hold here."""
    texts = site().emergency
    here = {line.id: line for line in hotlines_here()}
    found = texts.get(lang) or texts[SOURCE_LANGUAGE]
    return (
        lang if lang in texts else SOURCE_LANGUAGE,
        [(each, [here[name] for name in each.hotlines if name in here]) for each in found.situations],
    )


def _places(wish: Wish) -> list[queries.HelpingPlace]:
    """Where somebody sits who helps with anything; those of the district itself first."""
    current = catalogue()
    local = current.all if wish.district is None else current.local_district.get(wish.district, 0)
    wider = current.all if wish.district is None else current.district[wish.district]
    near = current.ids(current.first_contact & local, count=MAX_PLACES)
    ids = near + current.ids(current.first_contact & wider & ~local, count=MAX_PLACES - len(near))
    return queries.helping_places(db.session, ids, wish.lang)


def _code(wish: Wish, phase: LifePhase | None, address: str) -> str | None:
    """A QR code for a chapter: to the same offers as they are on the site on the day when it is read."""
    query = urlencode(Filters(phase=phase, district=wish.district).to_args())
    return paper.qr_inside(f"{address}/{wish.lang}/angebote" + (f"?{query}" if query else ""))


def joined(parts: list[Any]) -> Markup:
    """Times one after the other. What is escaped already stays as it is."""
    separator = i18n.list_join(("", ""), "; ")
    return Markup("").join(
        Markup("{}{}").format(separator if number else "", part) for number, part in enumerate(parts)
    )


def in_order(text: str) -> str:
    """Numbers and times keep their order inside right-to-left text. Times stand on one line: on the next one nothing
    isolates them any more."""
    if i18n.current_language().direction == "ltr":
        return text
    unbroken = text.replace(", ", ",\u00a0").replace("–", "–\u2060")
    return f"\u2066{unbroken}\u2069"


def isolated(text: str) -> str:
    """A name in Latin letters does not turn what stands beside it inside right-to-left text. Signs in place of an element:
    an element is a box, and is laid out and tagged as one."""
    return text if i18n.current_language().direction == "ltr" else f"\u2068{text}\u2069"
