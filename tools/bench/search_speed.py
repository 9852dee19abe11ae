"""How fast the search is: python tools/bench/search_speed.py --sizes 2000 (or 2000,100000: filling that takes minutes)

Whole requests to the interface /api/v1/search, one after the other: every line of tests/data/queries.yaml in every
language, inside one process and over HTTP against `portal run` with two workers on 127.0.0.1. Also what building the
indexes takes, and how much memory the workers have in the end. Everything that is started ends here.
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from flask import Flask
from werkzeug.test import EnvironBuilder

from portal.i18n import LANGUAGES
from portal.search.engine import EngineError, Hit, Query
from portal.search.meili import MeiliEngine
from tools.bench import searching
from tools.bench.search_quality import read_lines
from tools.bench.searching import Server

SIZES = (2_000,)
WARM = 60
"""Requests before the first one that counts."""
_READY_SECONDS = 120


@dataclass(frozen=True)
class Times:
    """Milliseconds of whole requests."""

    requests: int
    p50: float
    p99: float
    worst: float


@dataclass(frozen=True)
class Row:
    offers: int
    engine: str
    inside: Times
    """In one process, without a network."""
    http: Times | None
    """Over HTTP; None on somebody else's Meilisearch, where nothing is put under the portal's own name."""
    reindex_seconds: float | None
    """`portal reindex` with all languages; with Meilisearch both indexes are built."""
    reindex_mb: float | None
    """The most memory that it had."""
    workers_mb: list[float]
    """What each worker has of its own after all requests (PSS)."""
    unanswered: int
    """How often, inside the process, Meilisearch did not answer in time; for 3 s after it the embedded engine does."""


def paths_asked() -> list[str]:
    """The address of every line in every language, in an order that mixes the languages."""
    lines = read_lines()
    return ["/api/v1/search?" + urlencode({"q": line.q, "lang": lang}) for line in lines for lang in LANGUAGES]


def measured(ask: Callable[[str], None]) -> Times:
    """Ask all, one after the other."""
    asked = paths_asked()
    for path in asked[:WARM]:
        ask(path)
    times = []
    for path in asked:
        started = time.perf_counter()
        ask(path)
        times.append((time.perf_counter() - started) * 1000)
    times.sort()
    return Times(len(times), times[len(times) // 2], times[int(len(times) * 0.99)], times[-1])


def inside(app: Flask) -> Times:
    """Through the WSGI application itself."""

    def ask(path: str) -> None:
        status = []
        environ = EnvironBuilder(path=path, headers={"Accept-Encoding": "gzip"}).get_environ()
        answer = app.wsgi_app(environ, lambda state, *_rest: status.append(state))
        b"".join(answer)
        answer.close()
        if status != ["200 OK"]:
            raise RuntimeError(f"answered with {status}")

    return measured(ask)


def over_http(base: str) -> Times:
    """On one connection at a time, which stays open."""
    address = urlsplit(base)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)

    def ask(path: str) -> None:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        response = connection.getresponse()
        response.read()
        if response.status != 200:
            raise RuntimeError(f"answered with {response.status}")

    try:
        return measured(ask)
    finally:
        connection.close()


def _ready(base: str) -> None:
    """Until both workers have made their search ready: new connections go to either."""
    address, quick, deadline = urlsplit(base), 0, time.monotonic() + _READY_SECONDS
    while quick < 20 and time.monotonic() < deadline:
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=_READY_SECONDS)
        started = time.perf_counter()
        connection.request("GET", "/api/v1/search?q=schwimmkurs")
        connection.getresponse().read()
        connection.close()
        quick = quick + 1 if time.perf_counter() - started < 0.2 else 0


# --- processes ----------------------------------------------------------------------------------------------------


def fill(folder: Path, offers: int) -> None:
    """A database with so many offers."""
    command = [sys.executable, searching.ROOT / "tools" / "synthetic.py", str(offers)]
    subprocess.run(command, env=searching.settings(folder), check=True, capture_output=True)


def reindex(folder: Path, server: Server | None = None) -> tuple[float, float]:
    """Seconds of `portal reindex`, and the most memory in MB that it had."""
    environment, started = searching.settings(folder, server), time.perf_counter()
    process = subprocess.Popen([searching.BIN / "portal", "reindex"], env=environment, stdout=subprocess.DEVNULL)
    _pid, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"portal reindex ended with {process.returncode}")
    return seconds, usage.ru_maxrss / 1024


def pss_mb(pid: int) -> float:
    """Memory of a process, of what it shares its share."""
    match = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return int(match[1]) / 1024 if match else 0.0


def _children(pid: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(status.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == pid:
            found.append(int(status.parent.name))
    return sorted(found)


def workers_mb(portal: int) -> list[float]:
    """Of each worker of this portal."""
    helper = b"resource_tracker"
    workers = [pid for pid in _children(portal) if helper not in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return [pss_mb(pid) for pid in workers]


def served_times(folder: Path, server: Server | None = None) -> tuple[Times, list[float]]:
    with searching.portal(folder, server) as (base, pid):
        _ready(base)
        return over_http(base), workers_mb(pid)


# --- rows ---------------------------------------------------------------------------------------------------------


def speed(offers: int) -> list[Row]:
    """The figures of every engine that is here, with so many offers."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder / "portal", offers)
        found = [_embedded(folder / "portal", offers)]
        with searching.meilisearch(folder / "meilisearch") as server:
            if server is not None:
                found.append(_meilisearch(folder / "portal", offers, server))
    return found


def _embedded(folder: Path, offers: int) -> Row:
    seconds, peak = reindex(folder)
    app = searching.make_app(folder)
    times = inside(app)
    app.extensions["engine"].dispose()
    http_times, memory = served_times(folder)
    return Row(offers, searching.EMBEDDED, times, http_times, seconds, peak, memory, 0)


def _meilisearch(folder: Path, offers: int, server: Server) -> Row:
    seconds, peak = reindex(folder, server) if server.own else (None, None)
    app = searching.make_app(folder)
    with searching.asked_through(app, server) as engine, _counted(engine) as failures:
        times = inside(app)
    app.extensions["engine"].dispose()
    http_times, memory = served_times(folder, server) if server.own else (None, [])
    return Row(offers, searching.MEILISEARCH, times, http_times, seconds, peak, memory, len(failures))


@contextmanager
def _counted(engine: MeiliEngine) -> Iterator[list[str]]:
    """The searches inside the block that the engine has not answered."""
    failures: list[str] = []
    search = engine.search

    def noting(query: Query) -> list[Hit]:
        try:
            return search(query)
        except EngineError as error:
            failures.append(str(error))
            raise

    engine.search = noting  # type: ignore[method-assign]
    try:
        yield failures
    finally:
        engine.search = search  # type: ignore[method-assign]


def _times(times: Times | None) -> list[str]:
    return ["–"] * 3 if times is None else [f"{value:.1f}" for value in (times.p50, times.p99, times.worst)]


def table(found: Sequence[Row]) -> list[str]:
    """The figures as a table in Markdown."""
    heads = ["Offers", "Engine", "Inside: p50 ms", "p99 ms", "worst ms", "HTTP: p50 ms", "p99 ms", "worst ms"]
    heads += ["Reindex s", "Most MB of it", "MB of each worker", "Not answered in time"]
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    for row in found:
        cells = [f"{row.offers:,}", row.engine, *_times(row.inside), *_times(row.http)]
        cells += ["–" if value is None else f"{value:.0f}" for value in (row.reindex_seconds, row.reindex_mb)]
        cells += [" + ".join(f"{value:.0f}" for value in row.workers_mb) or "–", str(row.unanswered)]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of offers, with commas between")
    for size in parser.parse_args().sizes.split(","):
        print("\n".join(table(speed(int(size)))), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
