"""How long a booklet of 300 offers takes from click to file, and how much memory the process that draws it needs.

`python tools/bench/booklet.py` prints the table of docs/benchmarks.md. Per language: reading and writing the HTML in the web
process, then the process that draws, as the site starts it; the memory is the most that it ever had (its ru_maxrss).
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from portal.booklets import layout  # noqa: E402
from portal.booklets.jobs import Booklets, Step  # noqa: E402
from portal.extensions import db  # noqa: E402
from portal.offers.context import catalogue  # noqa: E402
from tools.bench.searching import make_app  # noqa: E402
from tools.synthetic import fill  # noqa: E402

OFFERS = 300
PROMISED_SECONDS, PROMISED_MB = 6.0, 300
WISHES = (("de", False), ("tr", False), ("tr", True), ("ar", False), ("ar", True))
ADDRESS = "https://familien.beispielstadt.example"


def measure(rounds: int) -> list[str]:
    lines = [
        "| Booklet | Words in the site | Processor time of drawing | From click to file | Promise |",
        "|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as name:
        app = make_app(Path(name))
        with app.app_context():
            # What is not published counts for nothing; so a few more, and all of them for the whole Kommune.
            fill(db.session, OFFERS)
            missing = OFFERS - _published(app)
            fill(db.session, OFFERS + missing)
            assert abs(_published(app) - OFFERS) <= 5
        for lang, german in WISHES:
            took = [_draw(app, Path(name) / f"{lang}{german}{number}", lang, german) for number in range(rounds)]
            words, busy, whole = (sorted(values)[rounds // 2] for values in zip(*took, strict=True))
            title = lang + (" with German titles" if german else "")
            lines.append(f"| {title} | {words:.2f} s | {busy:.1f} s | {whole:.1f} s | ≤ {PROMISED_SECONDS:.0f} s |")
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    return [*lines, "", f"The most memory of a process that drew: {most} MB (promise: ≤ {PROMISED_MB} MB)."]


def _published(app: object) -> int:
    with app.test_request_context("/"):  # type: ignore[attr-defined]
        return catalogue().size


def _draw(app: object, folder: Path, lang: str, german: bool) -> tuple[float, float, float]:
    """Seconds: of the words, of the processor while it was drawn, and of everything."""
    booklets, wish = Booklets(folder), layout.Wish(None, lang, german)
    with app.test_request_context("/"):  # type: ignore[attr-defined]
        catalogue()
        started, before = time.perf_counter(), _processor_time()
        key = layout.key_of(wish, ADDRESS)
        parts = layout.render(wish, ADDRESS)
        words = time.perf_counter() - started
        booklets.begin(key, {}, lambda: parts)
    while booklets.state(key).is_busy:
        time.sleep(0.02)
    if booklets.state(key).step is not Step.DONE:
        raise SystemExit(booklets.state(key).why)
    whole = time.perf_counter() - started
    # The process is counted when somebody has asked how it ended; that is done beside us.
    while (busy := _processor_time() - before) < 0.5:
        time.sleep(0.02)
    return words, busy, whole


def _processor_time() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    print(subprocess.run(["uptime"], capture_output=True, text=True, check=False).stdout.strip(), file=sys.stderr)
    print("\n".join(measure(3)))
