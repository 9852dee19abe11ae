"""How fast a Merkzettel that was handed on opens, by its code and by its short link, and what "Merken" costs a list.

`python tools/bench/shared_list.py` prints the medians as JSON. Everything runs against 127.0.0.1, one connection that is
kept alive, answers compressed.
"""

from __future__ import annotations

import http.client
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode, urlsplit

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tools.bench.searching import portal  # noqa: E402

OFFERS = (3, 30)
PROMISE = 15.0
"""Milliseconds until a list is open, p50."""


def _ask(
    connection: http.client.HTTPConnection, method: str, path: str, body: str | None = None
) -> tuple[float, int, str]:
    """Milliseconds, bytes on the wire, and where the answer leads to."""
    headers = {"Accept-Encoding": "gzip", "Content-Type": "application/x-www-form-urlencoded"}
    started = time.perf_counter()
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    content = answer.read()
    took = (time.perf_counter() - started) * 1000
    if answer.status not in (200, 302, 303):
        raise SystemExit(f"{method} {path.partition('?')[0]} answered {answer.status}")
    return took, len(content), answer.headers.get("Location", "")


def _median(connection: http.client.HTTPConnection, path: str, rounds: int) -> tuple[float, int]:
    for _ in range(20):
        size = _ask(connection, "GET", path)[1]
    return round(statistics.median(_ask(connection, "GET", path)[0] for _ in range(rounds)), 2), size


def measure(rounds: int = 200) -> dict[str, float]:
    """Medians in milliseconds, and bytes, by what was asked for."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, portal(Path(folder)) as (address, _pid):
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        # A worker that has just started still reads its search.
        _median(connection, "/de/angebote", 400)
        for number in OFFERS:
            sent = {"liste": ".".join(map(str, range(1, number + 1))), "sprache": "tr", "satz": "anrufen"}
            took, _size, place = _ask(connection, "POST", "/de/merkzettel/teilen", urlencode(sent))
            code = urlsplit(place).path.rpartition("/")[2]
            found[f"hand on {number}, once (ms)"] = round(took, 2)
            for lang in ("de", "ar"):
                path = f"/{lang}/merkzettel/{code}"
                found[f"open {number}, {lang} (ms)"], found[f"open {number}, {lang} (bytes)"] = _median(
                    connection, path, rounds
                )
            found[f"short link, {number} (ms)"] = _median(connection, f"/m/{code}", rounds)[0]
        for name, path in (("list", "/de/angebote"), ("list that carries 3", "/de/angebote?m=1.2.3")):
            found[f"{name} (ms)"], found[f"{name} (bytes)"] = _median(connection, path, rounds)
        connection.close()
    return found


if __name__ == "__main__":
    result = measure()
    print(json.dumps(result, indent=1))
    slow = {
        name: took for name, took in result.items() if name.startswith("open") and "(ms)" in name and took > PROMISE
    }
    if slow:
        raise SystemExit(f"slower than {PROMISE} ms: {', '.join(slow)}")
