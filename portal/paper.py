"""Paper: tagged PDF from HTML, and QR codes.

WeasyPrint needs Pango of the system. Where it is missing, the pages themselves can be printed by the browser, and nobody
is offered a PDF (docs/adr/0013).
"""

from __future__ import annotations

import io
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import segno
import structlog
from flask import Response, abort, make_response, request

from portal.auth.throttle import address_of
from portal.booklets.drawing import lay_out_lines_once
from portal.paths import STATIC

log = structlog.get_logger("paper")

WAITING = 4
"""Who draws and who waits for it, of the threads of a worker: the others go on answering pages."""
MOST_OF_ONE = WAITING - 1
"""Of these, for one address: who asks for paper without end still leaves room for a family."""
_seats = threading.BoundedSemaphore(WAITING)
_drawing: Counter[str] = Counter()
"""By address, only while it is drawn for."""
_counting = threading.Lock()
_pen = threading.Lock()
"""Pango's font map is shared and not safe among threads: two at once corrupt its lists."""


class BusyError(Exception):
    """So many sheets are being drawn that this one has to wait."""


@cache
def _weasyprint() -> Any:
    """The library with its fonts and where it may load from; None where Pango is missing."""
    try:
        import weasyprint
        from weasyprint.text.fonts import FontConfiguration
    except (ImportError, OSError) as error:
        log.warning("no PDF: Pango is missing", reason=str(error).splitlines()[0])
        return None
    lay_out_lines_once()
    # Nothing is loaded, from nowhere: pictures are inside the page.
    return weasyprint, FontConfiguration(), weasyprint.urls.URLFetcher(allowed_protocols={"data"})


@cache
def _style(name: str) -> Any:
    weasyprint, fonts, _fetcher = _weasyprint()
    return weasyprint.CSS(string=(STATIC / "css" / name).read_text("utf-8"), font_config=fonts)


def is_possible() -> bool:
    return _weasyprint() is not None


def code(address: str, error: str = "l") -> segno.QRCode | None:
    """A QR code; None for an address that is too long for any. `error` is how much may be dirty: l, m, q, h."""
    try:
        # Any mask can be read; to try all eight for the prettiest one takes longer than the rest of the page.
        return segno.make_qr(address, error=error, boost_error=False, mask=2)
    except segno.DataOverflowError:
        return None


def qr_svg(address: str) -> bytes | None:
    """A QR code as an SVG document; None for an address that is too long for any."""
    made, picture = code(address), io.BytesIO()
    if made is None:
        return None
    made.save(picture, kind="svg", scale=3, border=4, light="#fff", xmldecl=False)
    return picture.getvalue()


def qr_inside(address: str, border: int = 2) -> str | None:
    """A QR code as the address of a picture inside the page, for PDF; `border` in modules."""
    made = code(address)
    # A bitmap: a path of two thousand pieces takes long to draw.
    return None if made is None else str(made.png_data_uri(scale=6, border=border))


def html_to_pdf(html: str, *styles: str, tighter: str = "", most_pages: int = 0) -> bytes:
    """Tagged (PDF/UA-1), with these style sheets of static/css. The caller has asked is_possible(). Raises BusyError.

    Where that makes more than `most_pages`, it is laid out again with the style sheet `tighter` as well.
    """
    weasyprint, fonts, fetcher = _weasyprint()
    if not _seats.acquire(blocking=False):
        raise BusyError
    try:
        with _pen:
            source = weasyprint.HTML(string=html, url_fetcher=fetcher)
            sheets = [_style(name) for name in styles]
            document = source.render(stylesheets=sheets, font_config=fonts, pdf_variant="pdf/ua-1")
            if tighter and len(document.pages) > most_pages:
                sheets.append(_style(tighter))
                document = source.render(stylesheets=sheets, font_config=fonts, pdf_variant="pdf/ua-1")
            return bytes(document.write_pdf(pdf_variant="pdf/ua-1"))
    finally:
        _seats.release()


def pdf_answer(draw: Callable[[], bytes], name: str) -> Response:
    """What `draw` makes, under this name. Aborts with 404 where no PDF can be made, with 503 while too many are drawn."""
    if not is_possible():
        abort(404)
    try:
        with _one_more_for(address_of(request)):
            response = make_response(draw())
    except BusyError:
        abort(503)
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f"inline; filename={name}"
    return response


@contextmanager
def _one_more_for(address: str) -> Iterator[None]:
    """Raises BusyError."""
    with _counting:
        if _drawing[address] >= MOST_OF_ONE:
            raise BusyError
        _drawing[address] += 1
    try:
        yield
    finally:
        with _counting:
            _drawing[address] -= 1
            if not _drawing[address]:
                del _drawing[address]
