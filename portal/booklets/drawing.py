"""Draw one booklet. Run as a script, in a process of its own that knows nothing but the HTML: no database, no key, no network.

    python drawing.py FOLDER KEY

FOLDER/KEY.parts becomes FOLDER/KEY.pdf; FOLDER/KEY.progress says how far it is. Imports nothing of the site: WeasyPrint is
all that it needs, and the site takes longer to load than 100 pages to draw.
"""

from __future__ import annotations

import errno
import fcntl
import gc
import json
import os
import re
import resource
import signal
import sys
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

SECONDS = 120
"""Then it is killed, wherever it is."""
SECONDS_OF_WAITING = 300
"""While another booklet is drawn."""
MAX_BYTES = 1536 * 1024 * 1024
"""Of addresses, not of memory in use: that is about half of it."""
COVER_PAGES = 2
"""Cover and table of contents."""

Report = Callable[[str, int], None]
"""Called with "pages" or "file", and the number of offers laid out so far."""


def number_of(anchor: str) -> str:
    """A mark in a part where the number of a page is to stand."""
    return f"\ue000{anchor}\ue001"


def numbers_of(anchors: Iterable[str]) -> str:
    """A mark where the numbers of several pages are to stand, each a link and each only once."""
    return f"\ue000{' '.join(anchors)} \ue001"


_MARK = re.compile("\ue000([a-z0-9-]+)( [a-z0-9 -]*)?\ue001")


def _with_numbers(html: str, page_of: dict[str, int]) -> str:
    """What looks like a mark and names no page was not made here: somebody has typed these signs. It is left out."""

    def words(mark: re.Match[str]) -> str:
        if mark[2] is None:
            return str(page_of.get(mark[1], ""))
        first_on: dict[int, str] = {}
        for anchor in mark[0][1:-1].split():
            if anchor in page_of:
                first_on.setdefault(page_of[anchor], anchor)
        return "".join(f'&ensp;<a href="#{anchor}">{page}</a>' for page, anchor in sorted(first_on.items()))

    return _MARK.sub(words, html)


def draw(parts: list[dict[str, Any]], report: Report) -> bytes:
    """The booklet as tagged PDF (PDF/UA-1) with bookmarks.

    Each part is laid out by itself, so the pages of those before it are known when its own are numbered: to let the
    library find out the numbers of a whole booklet, it lays out many pages again (docs/adr/0021). The cover, which names
    them all, is laid out last; its two pages are counted from the start.
    """
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    _remember_page_references()
    _compress_quickly()
    lay_out_lines_once()
    fonts, fetcher = FontConfiguration(), weasyprint.urls.URLFetcher(allowed_protocols={"data"})

    def lay_out(part: dict[str, Any], first: int) -> Any:
        side = "recto" if first % 2 else "verso"
        start = f"@page :first{{counter-reset:page {first}}}html{{break-before:{side}}}"
        html = _with_numbers(part["html"], page_of).replace("/*start*/", start, 1)
        return weasyprint.HTML(string=html, url_fetcher=fetcher).render(font_config=fonts)

    cover, *rest = parts
    page_of: dict[str, int] = {}
    pages: list[Any] = []
    offers = 0
    for part in rest:
        first = COVER_PAGES + len(pages) + 1
        # A chapter names pages of chapters before it only, and the list of topics is the last part.
        document = lay_out(part, first)
        for number, page in enumerate(document.pages, first):
            for anchor in page.anchors:
                page_of.setdefault(anchor, number)
        pages += document.pages
        offers += part["offers"]
        report("pages", offers)
    front = lay_out(cover, 1)
    report("file", offers)
    finisher = _turn_pages_leftwards if 'dir="rtl"' in cover["html"][:200] else None
    whole = front.copy([*front.pages, *pages])
    return bytes(whole.write_pdf(pdf_variant="pdf/ua-1", finisher=finisher))


def _turn_pages_leftwards(_document: Any, pdf: Any) -> None:
    """For who looks at two pages at once, and for the printer: the binding is on the right."""
    pdf.catalog["ViewerPreferences"]["Direction"] = "/R2L"


def _compress_quickly() -> None:
    """The library below compresses as well as it can: a fourteenth smaller, and it takes four times as long, 0.3 s."""
    import zlib
    from types import SimpleNamespace

    import pydyf

    pydyf.zlib = SimpleNamespace(
        compress=zlib.compress, compressobj=lambda level: zlib.compressobj(level=min(level, 6))
    )


@cache
def lay_out_lines_once() -> None:
    """The library below lays out each line of right-to-left text twice: a seventh of the time of a booklet.

    It looks whether the line has to begin elsewhere because of something that floats beside it. It gets the right end of the
    line and takes it for the left one, so it always believes that. Where nothing floats, it now gets what it asks for.
    """
    from weasyprint.formatting_structure.boxes import LineBox
    from weasyprint.layout import inline

    find = inline.avoid_collisions

    def avoid_collisions(context: Any, box: Any, around: Any, outer: bool = True) -> tuple[float, float, float]:
        x, y, room = find(context, box, around, outer)
        if isinstance(box, LineBox) and not context.excluded_shapes and around.style["direction"] == "rtl":
            left = x - box.width
            # Only where it comes back to the same number, to the last bit: else it lays out the line again, from there.
            x = left if left + box.width == x else x
        return x, y, room

    inline.avoid_collisions = avoid_collisions


def _remember_page_references() -> None:
    """The library below writes the list of all pages anew for each tag: 30,000 times 100 of them, half a second."""
    import pydyf

    make = pydyf.PDF.page_references.fget
    known: dict[int, tuple[int, Any]] = {}

    def page_references(pdf: Any) -> Any:
        number = len(pdf.pages["Kids"])
        if known.get(id(pdf), (-1,))[0] != number:
            known[id(pdf)] = (number, make(pdf))
        return known[id(pdf)][1]

    pydyf.PDF.page_references = property(page_references)


def main(folder: Path, key: str) -> None:
    _give_up_rights()
    about = folder / f"{key}.progress"

    def say(step: str, offers: int = 0, of: int = 0) -> None:
        beside = folder / f"{key}.telling"
        beside.write_text(json.dumps({"step": step, "offers": offers, "of": of}))
        os.replace(beside, about)

    try:
        signal.alarm(SECONDS_OF_WAITING)
        # Let go of by the system when this process ends, however it ends.
        with (folder / "pen").open("w") as pen:
            fcntl.flock(pen, fcntl.LOCK_EX)
            signal.alarm(SECONDS)
            parts = json.loads((folder / f"{key}.parts").read_text("utf-8"))
            total = sum(part["offers"] for part in parts)
            say("pages", 0, total)
            # Nothing of this becomes rubbish before the process ends: to look for it takes a tenth of the time.
            gc.disable()
            pdf = draw(parts, lambda step, offers: say(step, offers, total))
            unfinished = folder / f"{key}.unfinished"
            unfinished.write_bytes(pdf)
            os.replace(unfinished, folder / f"{key}.pdf")
    except MemoryError:
        say("memory")
    except ImportError:
        say("pango")
    except OSError as error:
        # A library that cannot be loaded is an OSError without a number.
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        say("pango" if error.errno is None else "disk" if full else "broken")


def _give_up_rights() -> None:
    """What it needs, and no more: a page that eats memory or fills the disk ends here and not with the server."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_BYTES, MAX_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024 * 1024,) * 2)
    # Too large a file is an error to be told, not a signal.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
