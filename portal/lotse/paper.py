"""The plan on paper: tagged PDF, the family's language and German side by side.

WeasyPrint needs Pango of the system. Where it is missing, the page itself can be printed by the browser, and nobody is
offered a PDF (docs/adr/0013).
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import segno
import structlog
from flask import render_template
from markupsafe import Markup

from portal import i18n
from portal.content.site import SOURCE_LANGUAGE
from portal.lotse.load import Lotse
from portal.lotse.presentation import ShownPlan, Words
from portal.lotse.schema import FlowFile
from portal.paths import STATIC
from portal.search.presentation import EmergencyBox

log = structlog.get_logger("paper")

WAITING = 4
"""Who draws and who waits for it, of the threads of a worker: the others go on answering pages."""
_seats = threading.BoundedSemaphore(WAITING)
_pen = threading.Lock()
"""Pango's font map is shared and not safe among threads: two at once corrupt its lists."""


class BusyError(Exception):
    """So many sheets are being drawn that this one has to wait."""


@cache
def _weasyprint() -> Any:
    """The library with its fonts and the style sheet; None where Pango is missing."""
    try:
        import weasyprint
        from weasyprint.text.fonts import FontConfiguration
    except (ImportError, OSError) as error:
        log.warning("no PDF: Pango is missing", reason=str(error).splitlines()[0])
        return None
    fonts = FontConfiguration()
    css = weasyprint.CSS(string=Path(STATIC / "css" / "paper.css").read_text("utf-8"), font_config=fonts)
    # Nothing is loaded, from nowhere: pictures are inside the page.
    return weasyprint, fonts, css, weasyprint.urls.URLFetcher(allowed_protocols={"data"})


def is_possible() -> bool:
    return _weasyprint() is not None


def _code(address: str) -> segno.QRCode | None:
    """None for an address that is too long for any code."""
    try:
        # Any mask can be read; to try all eight for the prettiest one takes longer than the rest of the page.
        return segno.make_qr(address, error="l", boost_error=False, mask=2)
    except segno.DataOverflowError:
        return None


def qr_svg(address: str) -> bytes | None:
    """A QR code as an SVG document; None for an address that is too long for any."""
    code, picture = _code(address), io.BytesIO()
    if code is None:
        return None
    code.save(picture, kind="svg", scale=3, border=4, light="#fff", xmldecl=False)
    return picture.getvalue()


def _qr_inside(address: str) -> str | None:
    code = _code(address)
    # A bitmap: a path of two thousand pieces takes long to draw.
    return None if code is None else str(code.png_data_uri(scale=6, border=2))


def make(
    lotse: Lotse,
    flow: FlowFile,
    build: Callable[[], ShownPlan],
    *,
    lang: str,
    address: str,
    until: date,
    crisis: EmergencyBox | None,
) -> bytes:
    """The PDF. `build` puts the plan into the language of the moment. In a crisis there is no code that leads back to it.

    Raises BusyError.
    """
    sides = [_side(build(), Words(lotse, flow), crisis)]
    if lang != SOURCE_LANGUAGE:
        i18n.speak(SOURCE_LANGUAGE)
        try:
            sides.append(_side(build(), Words(lotse, flow), crisis))
        finally:
            i18n.speak(lang)
    rows = list(zip(*(side["parts"] for side in sides), strict=True))
    qr = None if crisis else _qr_inside(address)
    return html_to_pdf(render_template("lotse/paper.html", sides=sides, rows=rows, qr=qr, until=until))


def _side(plan: ShownPlan, words: Words, crisis: EmergencyBox | None) -> dict[str, Any]:
    """One language: the head, and the parts in their order, so that both sides can stand beside each other."""

    def part(**content: Any) -> Markup:
        html = render_template("lotse/paper_part.html", words=words, plan=plan, crisis=crisis, **content)
        return Markup(html)  # noqa: S704  (escaped there)

    parts = [part(child=child, step=None, number=0) for child in plan.children]
    parts += [part(child=None, step=step, number=number) for number, step in enumerate(plan.steps, 1)]
    return {
        "lang": i18n.current_language().code,
        "dir": i18n.current_language().direction,
        "head": part(child=None, step=None, number=0),
        "parts": parts,
    }


def html_to_pdf(html: str) -> bytes:
    """Tagged (PDF/UA-1). The caller has asked is_possible(). Raises BusyError."""
    weasyprint, fonts, css, fetcher = _weasyprint()
    if not _seats.acquire(blocking=False):
        raise BusyError
    try:
        with _pen:
            document = weasyprint.HTML(string=html, url_fetcher=fetcher)
            return bytes(document.write_pdf(stylesheets=[css], font_config=fonts, pdf_variant="pdf/ua-1"))
    finally:
        _seats.release()
