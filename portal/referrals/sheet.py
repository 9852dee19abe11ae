"""The referral sheet in words: the family's language and German side by side, for the page to print and for the PDF."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import render_template
from markupsafe import Markup

from portal import i18n, paper
from portal.content.site import SOURCE_LANGUAGE
from portal.i18n import speaking
from portal.offers.context import public_url
from portal.referrals.phrases import Phrase, phrase
from portal.referrals.sheet_queries import SheetOffer

_STYLE, _TIGHTER = "sheet.css", "sheet-tight.css"
_FEW = 3
"""So many offers are to fit on two pages."""
_WORDY = 1_500
"""Letters beside German from which three offers hardly ever do: to lay them out twice takes twice as long."""


@dataclass(frozen=True)
class Sheet:
    """What is handed over: nothing of it says to whom."""

    lang: str
    """What the family reads (BCP 47)."""
    offers: list[SheetOffer]
    first_line: str
    """A key of portal.referrals.first_lines, or empty."""
    gone: int = 0
    """So many of the offers are not there any more."""
    is_cut: bool = False
    """More were asked for than a sheet holds."""


@dataclass(frozen=True)
class Side:
    """One of the two languages."""

    lang: str
    dir: str
    head: Markup
    offers: list[Markup]
    """The details of each offer, in their order."""


def page_body(sheet: Sheet) -> Markup:
    """For the page to print, below its own h1. Its pictures are part of the page: the policy allows no data: addresses."""
    return _body(sheet, "p", _qr_drawn)


def pdf(sheet: Sheet) -> bytes:
    """Tagged. The caller has asked paper.is_possible(). Raises portal.paper.BusyError."""
    with speaking(sheet.lang):
        html = render_template("referrals/sheet_paper.html", body=_body(sheet, "h1", _qr_picture))
    if len(sheet.offers) > _FEW:
        return paper.html_to_pdf(html, _STYLE)
    # German alone has the whole width and a third of the text.
    if sheet.lang != SOURCE_LANGUAGE and _letters(sheet) > _WORDY:
        return paper.html_to_pdf(html, _STYLE, _TIGHTER)
    return paper.html_to_pdf(html, _STYLE, tighter=_TIGHTER, most_pages=2)


def _letters(sheet: Sheet) -> int:
    """About how long the large column is."""
    with speaking(sheet.lang):
        return sum(
            len(offer.text(sheet.lang).title) + len(_details(offer, sheet.lang, sheet.lang).striptags())
            for offer in sheet.offers
        )


def _qr_drawn(address: str, says: str) -> Markup:
    code = paper.code(address)
    if code is None:
        return Markup("")
    svg = Markup(code.svg_inline(border=2, omitsize=True, svgclass=None, lineclass=None))  # noqa: S704  (drawn here)
    return Markup('<span role="img" aria-label="{}">{}</span>').format(says, svg)


def _qr_picture(address: str, says: str) -> Markup:
    picture = paper.qr_inside(address)
    return Markup('<img src="{}" alt="{}">').format(picture, says) if picture else Markup("")


def _body(sheet: Sheet, top: str, qr: Callable[[str, str], Markup]) -> Markup:
    langs = [sheet.lang] if sheet.lang == SOURCE_LANGUAGE else [sheet.lang, SOURCE_LANGUAGE]
    sides = [_side(sheet, lang, top if place == 0 else "p") for place, lang in enumerate(langs)]
    with speaking(sheet.lang):
        return Markup(  # noqa: S704  (escaped there)
            render_template(
                "referrals/sheet_body.html",
                sheet=sheet,
                is_few=len(sheet.offers) <= _FEW,
                sides=sides,
                codes=[_code(offer, sheet.lang, qr) for offer in sheet.offers],
                said=[_said(offer, sheet.lang) for offer in sheet.offers],
            )
        )


def _side(sheet: Sheet, lang: str, top: str) -> Side:
    with speaking(lang):
        current = i18n.current_language()
        head = Markup(render_template("referrals/sheet_head.html", sheet=sheet, top=top))  # noqa: S704
        return Side(
            current.code, current.direction, head, [_details(offer, lang, sheet.lang) for offer in sheet.offers]
        )


def _details(offer: SheetOffer, lang: str, reader: str) -> Markup:
    """In `lang`, for a family that reads `reader`."""
    html = render_template(
        "referrals/sheet_offer.html", offer=offer, row=offer.row, text=offer.text(lang), reader=reader
    )
    return Markup(html)  # noqa: S704  (escaped there)


def _code(offer: SheetOffer, lang: str, qr: Callable[[str, str], Markup]) -> Markup:
    """The code that leads to the page of the offer, in the family's language."""
    says = i18n.gettext("QR-Code zur Seite von: %(title)s") % {"title": offer.text(lang).title}
    return qr(f"{public_url()}/{lang}/angebote/{offer.row.slug}", says)


def _said(offer: SheetOffer, lang: str) -> Phrase:
    return phrase(
        lang,
        title=offer.texts[SOURCE_LANGUAGE].title,
        registration=offer.row.registration,
        spoken=offer.languages,
        interpreter=offer.row.interpreter,
    )


def make_globals() -> dict[str, Any]:
    return {"pdf_is_possible": paper.is_possible}
