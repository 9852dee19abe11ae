"""What the measurements of the search share: a portal in a temporary folder, and a Meilisearch server of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import Flask

from portal import create_app, paths
from portal.config import Settings
from portal.search.meili import DEADLINE, MeiliEngine
from portal.starting import prepare

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
QUERIES = (ROOT / "tests" / "data" / "queries.yaml", ROOT / "tests" / "data" / "more_queries.yaml")
"""Two sets by different writers; the second was written when the search was nearly done, and nothing was tuned on it."""
PROGRAM = ROOT / "tests" / "e2e" / "node_modules" / "@gaubee" / "meilisearch-linux-amd64" / "meilisearch"
EMBEDDED, MEILISEARCH = "embedded", "meilisearch"
DAY = date(2026, 11, 21)
"""The day of every measurement: offers begin and end on days."""
PATIENT = 20.0
"""Seconds that a measurement of quality waits for an answer: a busy machine must not change what is measured."""


def make_app(folder: Path) -> Flask:
    """The portal on the data in `folder`, with the embedded engine; an empty folder gets the demo Kommune."""
    app = create_app(Settings(data_dir=folder, secret_key="measure" * 8, log_level="error"))
    app.config["TODAY"] = DAY
    prepare(app, demo=True)
    return app


@dataclass(frozen=True)
class Server:
    url: str
    key: str
    own: bool
    """Started for this measurement, and thrown away after it."""


def _program(folder: Path) -> Path:
    """npm unpacks it as a file that may not be run."""
    if os.access(PROGRAM, os.X_OK):
        return PROGRAM
    program = folder / "meilisearch"
    shutil.copyfile(PROGRAM, program)
    program.chmod(0o755)
    return program


@contextmanager
def meilisearch(folder: Path) -> Iterator[Server | None]:
    """The server at MEILI_URL; else a server of its own where `npm ci` in tests/e2e has brought one; else None."""
    if url := os.environ.get("MEILI_URL", ""):
        yield Server(url, os.environ.get("MEILI_KEY", ""), own=False)
        return
    if not PROGRAM.is_file():
        yield None
        return
    folder.mkdir(parents=True, exist_ok=True)
    url, key = f"http://127.0.0.1:{free_port()}", "a-master-key-for-measurements"
    command = [str(_program(folder)), "--http-addr", url.removeprefix("http://"), "--master-key", key]
    command += ["--db-path", str(folder / "data"), "--no-analytics", "--env", "development", "--log-level", "WARN"]
    command += ["--max-indexing-memory", "1GiB"]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=_environment(), stdout=log, stderr=subprocess.STDOUT)
    with _ending(process):
        _wait(process, f"{url}/health", "Meilisearch")
        yield Server(url, key, own=True)


@contextmanager
def portal(folder: Path, server: Server | None = None) -> Iterator[tuple[str, int]]:
    """`portal run` with two workers on a free port: its address, and the number of its process."""
    port = free_port()
    process = subprocess.Popen(
        [BIN / "portal", "run"], env=settings(folder, server, PORT=str(port), WORKERS="2"), stdout=subprocess.DEVNULL
    )
    with _ending(process):
        _wait(process, f"http://127.0.0.1:{port}/healthz", "The portal")
        yield f"http://127.0.0.1:{port}", process.pid


def settings(folder: Path, server: Server | None = None, **others: str) -> dict[str, str]:
    """The environment of a portal on the data in `folder`: nothing in it leads to another database or server."""
    meili = {"MEILI_URL": server.url, "MEILI_KEY": server.key} if server else {}
    return {**_environment(), "DATA_DIR": str(folder), "LOG_LEVEL": "error", **meili, **others}


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _ending(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """However the block ends, the process ends with it."""
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], url: str, name: str) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"{name} did not start.")
        try:
            urllib.request.urlopen(url, timeout=30).read()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"{name} did not answer within two minutes.")


@contextmanager
def asked_through(app: Flask, server: Server, *, deadline: float = DEADLINE) -> Iterator[MeiliEngine]:
    """Inside the block `app` searches with Meilisearch. On somebody's own server the index has a name of its own, and goes."""
    index = "offers" if server.own else f"measure_{uuid4().hex}"
    engines, indexer = app.extensions["engines"], app.extensions["indexer"]
    engine = MeiliEngine(
        server.url, server.key, paths.SEARCH / "meilisearch.yaml", engines.embedded.analyser, index, deadline
    )
    engines.meili, indexer.engines = engine, [engines.embedded, engine]
    try:
        indexer.deliver_all(wait=True)
        if engine.position() is None:
            raise SystemExit("Meilisearch has not taken the offers.")
        yield engine
    finally:
        engines.meili, indexer.engines = None, [engines.embedded]
        if not server.own:
            _forget(server, index)


def _forget(server: Server, index: str) -> None:
    import meilisearch

    client: Any = meilisearch.Client(server.url, server.key or None)
    for name in (index, f"{index}_state", f"{index}_new"):
        client.index(name).delete()


def engines_here() -> list[str]:
    """The engines that can be measured on this machine."""
    return [EMBEDDED, MEILISEARCH] if os.environ.get("MEILI_URL") or PROGRAM.is_file() else [EMBEDDED]
