"""Draw one booklet. Run as a script, in a process of its own that knows nothing but the HTML: no database, no key, no network.

    python drawing.py FOLDER KEY

FOLDER/KEY.html becomes FOLDER/KEY.pdf; FOLDER/KEY.progress says how far it is. Imports nothing of the site: WeasyPrint is
all that it needs, and the site takes longer to load than 100 pages to draw.
"""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
import re
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SECONDS = 120
"""Then it is killed, wherever it is."""
SECONDS_OF_WAITING = 300
"""While another booklet is drawn."""
MAX_BYTES = 1536 * 1024 * 1024
"""Of addresses, not of memory in use: that is about half of it."""
_BYTES_A_PAGE = 5_400
"""Of HTML, pictures aside: as measured. Only for "page 23 of about 60"."""

Report = Callable[[str, int], None]
"""Called with "pages" or "file", and the number of pages laid out so far."""


class _Pages(logging.Handler):
    """WeasyPrint tells its progress to a logger; nothing else of it is a number."""

    def __init__(self, report: Report) -> None:
        super().__init__(logging.INFO)
        self._report, self._pages = report, 0

    def emit(self, record: logging.LogRecord) -> None:
        if str(record.msg).startswith("Step 5 - Creating layout - Page"):
            # Pages that are laid out again, because a page number in them has changed, do not count twice.
            self._pages = max(self._pages, int(record.args[0]))  # type: ignore[index,arg-type]
            self._report("pages", self._pages)
        elif str(record.msg).startswith("Step 6"):
            self._report("file", self._pages)


def draw(html: str, report: Report) -> bytes:
    """The booklet as tagged PDF (PDF/UA-1) with bookmarks."""
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    logger = logging.getLogger("weasyprint.progress")
    handler = _Pages(report)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    fonts = FontConfiguration()
    try:
        document = weasyprint.HTML(
            string=html, url_fetcher=weasyprint.urls.URLFetcher(allowed_protocols={"data"})
        )
        finisher = _turn_pages_leftwards if 'dir="rtl"' in html[:200] else None
        return bytes(
            document.write_pdf(font_config=fonts, pdf_variant="pdf/ua-1", finisher=finisher)
        )
    finally:
        logger.removeHandler(handler)


def _turn_pages_leftwards(_document: Any, pdf: Any) -> None:
    """For who looks at two pages at once, and for the printer: the binding is on the right."""
    pdf.catalog["ViewerPreferences"]["Direction"] = "/R2L"


def expected_pages(html: str) -> int:
    """About how many pages it will be."""
    return max(1, round(len(re.sub(r'src="data:[^"]*"', "", html)) / _BYTES_A_PAGE))


def main(folder: Path, key: str) -> None:
    _give_up_rights()
    about = folder / f"{key}.progress"
    written = 0.0

    def say(step: str, pages: int = 0, expected: int = 0, *, now: bool = True) -> None:
        nonlocal written
        if now or time.monotonic() - written > 0.2:
            written = time.monotonic()
            beside = folder / f"{key}.telling"
            beside.write_text(json.dumps({"step": step, "pages": pages, "expected": expected}))
            os.replace(beside, about)

    try:
        signal.alarm(SECONDS_OF_WAITING)
        # Let go of by the system when this process ends, however it ends.
        with (folder / "pen").open("w") as pen:
            fcntl.flock(pen, fcntl.LOCK_EX)
            signal.alarm(SECONDS)
            html = (folder / f"{key}.html").read_text("utf-8")
            expected = expected_pages(html)
            say("pages", 0, expected)
            pdf = draw(html, lambda step, pages: say(step, pages, expected, now=step == "file"))
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
