"""How long a referral sheet of three offers takes as PDF, and how large it is.

`python tools/bench/sheet.py` prints JSON: for each language beside German the median and the 95th percentile in
milliseconds, what the processor worked of that (on a busy machine the rest is waiting), kilobytes and pages. One process,
its client, no network; the library and its fonts are loaded before.
"""

from __future__ import annotations

import io
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from pypdf import PdfReader  # noqa: E402
from sqlalchemy import select  # noqa: E402
from sqlalchemy.orm import Session  # noqa: E402

from portal import create_app  # noqa: E402
from portal.config import Settings  # noqa: E402
from portal.models import Offer  # noqa: E402
from portal.starting import prepare  # noqa: E402

OFFERS = ("schwangerschaftsberatung", "baby-treff-nordstadt", "hebammen-vermittlung")
ROUNDS = 30


def measure() -> dict[str, dict[str, float]]:
    """By language: p50_ms, cpu_ms, p95_ms, kB, pages."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(data_dir=Path(folder), secret_key="x" * 40, log_level="error"))
        prepare(app, demo=True)
        with Session(app.extensions["engine"]) as session:
            ids = {row.slug: row.id for row in session.execute(select(Offer.slug, Offer.id))}
        asked = ".".join(str(ids[slug]) for slug in OFFERS)
        found = {lang: measured(app.test_client(), asked, lang) for lang in ("de", "en", "tr", "ar", "uk", "ru")}
        app.extensions["engine"].dispose()
    return found


def measured(client: object, asked: str, lang: str) -> dict[str, float]:
    address, times, cpu, body = f"/de/merkzettel/blatt.pdf?m={asked}&sprache={lang}", [], [], b""
    for _ in range(ROUNDS + 3):
        start, start_cpu = time.perf_counter(), time.process_time()
        response = client.get(address)  # type: ignore[attr-defined]
        times.append((time.perf_counter() - start) * 1000)
        cpu.append((time.process_time() - start_cpu) * 1000)
        assert response.status_code == 200
        body = response.data
    times = times[3:]
    return {
        "p50_ms": round(statistics.median(times), 1),
        "cpu_ms": round(statistics.median(cpu[3:]), 1),
        "p95_ms": round(statistics.quantiles(times, n=20)[18], 1),
        "kB": round(len(body) / 1000, 1),
        "pages": len(PdfReader(io.BytesIO(body)).pages),
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
