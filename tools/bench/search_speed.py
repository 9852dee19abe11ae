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
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from flask import Flask
from werkzeug.test import EnvironBuilder

from portal.i18n import LANGUAGES
from tools.bench import searching
from tools.bench.run import BIN, environment, served
from tools.bench.search_quality import read_lines
from tools.bench.searching import Server

SIZES = (2_000,)
WARM = 60
"""Requests before the first one that counts."""
_READY_SECONDS = 120
_PATIENCE = 600


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
    """Searches inside the process that Meilisearch did not answer in time; the embedded engine did."""


def paths_asked() -> list[str]:
    """The address of every line in every language, in an order that mixes the languages."""
    lines = read_lines()
    return [
        "/api/v1/search?" + urlencode({"q": line.q, "lang": lang}) for line in lines for lang in LANGUAGES
    ]


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


@contextmanager
def _settings(**values: str) -> Iterator[None]:
    """Environment variables for what is started inside the block; nothing else that could lead to another database."""
    before = dict(os.environ)
    for name in ("MEILI_URL", "MEILI_KEY", "DATABASE_URL", "CONTENT_DIR", "HOST"):
        os.environ.pop(name, None)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _meili(server: Server | None) -> dict[str, str]:
    return {"MEILI_URL": server.url, "MEILI_KEY": server.key} if server else {}


def fill(folder: Path, offers: int) -> None:
    """A database with so many offers."""
    with _settings():
        subprocess.run(
            [sys.executable, searching.ROOT / "tools" / "synthetic.py", str(offers)],
            env=environment(folder),
            check=True,
            capture_output=True,
        )


def reindex(folder: Path, server: Server | None = None) -> tuple[float, float]:
    """Seconds of `portal reindex`, and the most memory in MB that it had."""
    with _settings(**_meili(server)):
        started = time.perf_counter()
        process = subprocess.Popen([BIN / "portal", "reindex"], env=environment(folder), stdout=subprocess.DEVNULL)
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"portal reindex ended with {process.returncode}")
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def pss_mb(pid: int) -> float:
    """Memory of a process, of what it shares its share."""
    match = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return int(match[1]) / 1024 if match else 0.0


def _children(pid: int) -> list[int]:
    return [int(word) for task in Path(f"/proc/{pid}/task").iterdir() for word in (task / "children").read_text().split()]


def workers_mb() -> list[float]:
    """Of each worker of the portal that this process has started."""
    portals = [pid for pid in _children(os.getpid()) if b"portal" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    workers = [child for pid in portals for child in _children(pid)]
    helper = b"resource_tracker"
    return [pss_mb(pid) for pid in workers if helper not in Path(f"/proc/{pid}/cmdline").read_bytes()]


def served_times(folder: Path, server: Server | None = None) -> tuple[Times, list[float]]:
    with _settings(**_meili(server)), served(folder) as (base, _seconds):
        _ready(base)
        return over_http(base), workers_mb()


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
