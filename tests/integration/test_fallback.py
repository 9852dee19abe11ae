"""Whatever becomes of Meilisearch, families notice nothing: the embedded index answers the same request."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.search import service
from portal.search.engine import Query
from tests.conftest import TODAY, parse_html
from tests.integration.conftest import MeiliServer, free_port

MakeApp = Callable[..., Flask]
QUESTION = "schwimmkurs geheimwort"


class FakeServer:
    """Answers everything in one way, and counts how often it was asked to search."""

    def __init__(self) -> None:
        self.searches = 0
        self.answer: Callable[[BaseHTTPRequestHandler], None] = html
        self.over = threading.Event()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                self.asked = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                fake.searches += self.path.endswith("/multi-search")
                try:
                    fake.answer(self)
                except OSError:
                    self.close_connection = True

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

            def log_message(self, *_args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.fake = self  # type: ignore[attr-defined]
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, kind: str = "application/json") -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def as_json(value: Any, status: int = 200) -> Callable[[BaseHTTPRequestHandler], None]:
    return lambda handler: send(handler, json.dumps(value).encode(), status)


def html(handler: BaseHTTPRequestHandler) -> None:
    send(handler, b"<!doctype html><title>Wartung</title>", kind="text/html")


def rest(handler: BaseHTTPRequestHandler, seconds: float) -> None:
    handler.server.fake.over.wait(seconds)  # type: ignore[attr-defined]


def slow(handler: BaseHTTPRequestHandler) -> None:
    rest(handler, 2)
    send(handler, b'{"results": []}')


def drip(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "30")
    handler.end_headers()
    for byte in b'{"hits": []}                  ':
        rest(handler, 0.1)
        handler.wfile.write(bytes([byte]))


def cut_off(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"hits": [')
    handler.close_connection = True


def elsewhere(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(302)
    handler.send_header("Location", "http://127.0.0.1:1/")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def results(answer: Any) -> Callable[[BaseHTTPRequestHandler], None]:
    """The same answer to each of the queries of a search."""

    def send_results(handler: BaseHTTPRequestHandler) -> None:
        asked = json.loads(handler.asked or b"{}")  # type: ignore[attr-defined]
        count = len(asked.get("queries", [])) if isinstance(asked, dict) else 1
        send(handler, json.dumps({"results": [answer] * count}).encode())

    return send_results


def hits(*found: Any) -> Callable[[BaseHTTPRequestHandler], None]:
    return results({"hits": list(found)})


FAILURES: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {
    "slow": slow,
    "dripping": drip,
    "cut off": cut_off,
    "status 500": as_json({"message": "internal", "code": "internal"}, 500),
    "status 403": as_json({"message": "no", "code": "invalid_api_key"}, 403),
    "no index": as_json({"message": "no", "code": "index_not_found"}, 404),
    "elsewhere": elsewhere,
    "HTML": html,
    "a list": as_json([]),
    "no results": as_json({"hits": []}),
    "too few results": as_json({"results": []}),
    "hits of another kind": results({"hits": "none"}),
    "a hit without a score": hits({"offer_id": 1}),
    "an id of another kind": hits({"offer_id": "eins", "_rankingScore": 0.5}),
    "a score above 1": hits({"offer_id": 1, "_rankingScore": 1.5}),
    "a score below 0": hits({"offer_id": 1, "_rankingScore": -0.1}),
    "no number": hits({"offer_id": 1, "_rankingScore": float("nan")}),
    "far too much": results({"hits": [], "padding": "x" * 3_000_000}),
}


@pytest.fixture
def fake() -> Iterator[FakeServer]:
    server = FakeServer()
    yield server
    server.stop()


@pytest.fixture
def short_pause(monkeypatch: pytest.MonkeyPatch) -> float:
    monkeypatch.setattr(service, "_PAUSE", 0.3)
    return 0.35


def ready(app: Flask) -> FlaskClient:
    """A client of a site that has answered before: what is measured is the search alone."""
    client = app.test_client()
    assert client.get("/de/angebote").status_code == 200
    app.extensions["searcher"].get()
    app.extensions["engines"].embedded.search(Query(text="kita", lang="de", today=TODAY))
    return client


def where(client: FlaskClient, question: str = QUESTION) -> str:
    """The address of the answer: the same on every site with the same secret."""
    location: str = client.post("/de/suche", data={"q": question}).location
    return location


def search_state(client: FlaskClient) -> dict[str, Any]:
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json["status"] == "ok", "a portal with a failing engine serves families"
    found: dict[str, Any] = response.json["search"]
    return found


def check_it_falls_back(app: Flask, client: FlaskClient, log_text: Callable[[], str]) -> None:
    """`client` is that of a site without Meilisearch."""
    address, own = where(client), ready(app)
    expected = client.get(address).text
    started = time.monotonic()
    page = own.get(address)
    assert time.monotonic() - started < 1
    assert (page.status_code, page.text) == (200, expected), "the page shows no difference"
    assert "/de/angebote/schwimmkurs-kinder" in page.text
    state = search_state(own)
    assert (state["engine"], state["meilisearch"]["state"]) == ("embedded", "failing")
    assert 3 < len(state["meilisearch"]["reason"]) < 100
    started = time.monotonic()
    assert own.get(address).text == expected
    assert time.monotonic() - started < 0.35, "whoever has failed is not asked again at once"
    assert log_text().count("search engine failed") == 1
    assert "geheimwort" not in log_text()
    assert "schwimmkurs" not in log_text()


def test_where_nobody_listens_the_embedded_index_answers(
    make_app: MakeApp, client: FlaskClient, log_text: Callable[[], str]
) -> None:
    app = make_app(meili_url=f"http://127.0.0.1:{free_port()}", log_level="warning")
    check_it_falls_back(app, client, log_text)


@pytest.mark.parametrize("failure", list(FAILURES))
def test_a_server_that_answers_wrongly_or_late_is_not_waited_for(
    make_app: MakeApp, client: FlaskClient, log_text: Callable[[], str], fake: FakeServer, failure: str
) -> None:
    fake.answer = FAILURES[failure]
    check_it_falls_back(make_app(meili_url=fake.url, log_level="warning"), client, log_text)
    assert fake.searches == 1


@pytest.mark.parametrize("failure", ["slow", "dripping", "status 500", "HTML", "far too much"])
def test_after_a_pause_the_server_is_asked_again(
    make_app: MakeApp, client: FlaskClient, fake: FakeServer, short_pause: float, failure: str
) -> None:
    fake.answer = FAILURES[failure]
    own, address = ready(make_app(meili_url=fake.url)), where(client)
    own.get(address)
    asked = fake.searches
    fake.answer = hits()
    deadline = time.monotonic() + 20
    engines = own.application.extensions["engines"]
    while engines.last_error and time.monotonic() < deadline:
        time.sleep(short_pause)
        own.get(address)
    assert engines.last_error is None
    assert fake.searches > asked
    assert search_state(own)["engine"] == "meilisearch"


def test_offers_that_do_not_exist_are_passed_over(make_app: MakeApp, client: FlaskClient, fake: FakeServer) -> None:
    fake.answer = hits(*({"offer_id": unknown, "_rankingScore": 1.0} for unknown in (0, -1, 99_999_999, 2**40)))
    own = ready(make_app(meili_url=fake.url))
    found = own.get("/api/v1/search?q=schwimmkurs")
    assert found.status_code == 200
    assert found.json["results"][0]["slug"] == "schwimmkurs-kinder", "by its need"
    assert own.get(where(client)).status_code == 200
    assert search_state(own)["engine"] == "meilisearch"


def test_many_who_ask_at_once_all_get_an_answer(make_app: MakeApp, client: FlaskClient, fake: FakeServer) -> None:
    """More than there are threads for the server, while it answers nobody."""
    fake.answer = slow
    app, address = make_app(meili_url=fake.url), where(client)
    ready(app)
    answers: list[tuple[int, float]] = []

    def visit() -> None:
        started = time.monotonic()
        response = app.test_client().get(address)
        answers.append((response.status_code, time.monotonic() - started))

    visitors = [threading.Thread(target=visit) for _ in range(24)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert [status for status, _seconds in answers] == [200] * 24
    assert max(seconds for _status, seconds in answers) < 10


@pytest.mark.parametrize("failure", list(FAILURES))
def test_health_is_told_before_anybody_has_searched(make_app: MakeApp, fake: FakeServer, failure: str) -> None:
    fake.answer = FAILURES[failure]
    own = make_app(meili_url=fake.url).test_client()
    state = search_state(own)
    assert state["embedded"] == {"state": "ok", "changes_behind": 0}
    assert state["meilisearch"]["state"] in {"failing", "building"}


def test_health_does_not_wait_long_for_a_slow_server(make_app: MakeApp, fake: FakeServer) -> None:
    fake.answer = slow
    own = ready(make_app(meili_url=fake.url))
    started = time.monotonic()
    assert search_state(own)["meilisearch"]["state"] == "failing"
    assert time.monotonic() - started < 1.5


@pytest.mark.parametrize("failure", [each for each in FAILURES if each not in {"slow", "dripping"}])
def test_a_failing_server_does_not_stop_the_embedded_index_from_learning(
    make_app: MakeApp, fake: FakeServer, log_text: Callable[[], str], failure: str
) -> None:
    fake.answer = FAILURES[failure]
    app = make_app(meili_url=fake.url, log_level="warning")
    indexer = app.extensions["indexer"]
    indexer.deliver_all(wait=True)
    assert indexer.embedded.position() is not None
    assert log_text().count("search index not reached") == 1
    assert indexer.deliver_all(wait=True) == 0, "it rests"
    assert log_text().count("search index not reached") == 1


# --- the real one -------------------------------------------------------------------------------------------------


def test_the_real_server_is_used_and_left_and_used_again(
    make_app: MakeApp, client: FlaskClient, empty_meili: MeiliServer, short_pause: float
) -> None:
    app = make_app(meili_url=empty_meili.url, meili_key=empty_meili.key)
    own, engines = ready(app), app.extensions["engines"]
    assert search_state(own)["meilisearch"] == {"state": "building"}
    app.extensions["indexer"].deliver_all(wait=True)
    assert app.extensions["indexer"].check(engines.meili, mend=False) == app.extensions["indexer"].check(
        engines.embedded, mend=False
    )
    assert not app.extensions["indexer"].check(engines.meili, mend=False)
    address = where(client, "schwimmkurs")

    def first() -> str:
        return str(parse_html(own.get(address).text).find(".//h4[@class='card__title']/a").get("href"))

    def search_until(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(short_pause)
            assert first() == "/de/angebote/schwimmkurs-kinder"

    assert first() == "/de/angebote/schwimmkurs-kinder"
    search_until(lambda: engines.last_error is None)
    assert search_state(own) == {
        "engine": "meilisearch",
        "embedded": {"state": "ok", "changes_behind": 0},
        "meilisearch": {"state": "ok", "changes_behind": 0},
    }
    try:
        empty_meili.stop()
        search_until(lambda: engines.last_error is not None)
        assert own.get(address).text == client.get(address).text
        assert search_state(own)["engine"] == "embedded"
    finally:
        empty_meili.start()
    search_until(lambda: engines.last_error is None)
    assert search_state(own)["engine"] == "meilisearch"


@pytest.mark.parametrize(
    ("lang", "question", "slug"),
    [
        ("de", "schwimmkurs", "schwimmkurs-kinder"),
        ("ru", "логопед", "logopaedie-sprechstunde"),
        ("tr", "kleiderkammer", "kleiderkammer-gruental"),
        ("de", "baby schreit viel", "schrei-sprechstunde"),
    ],
)
def test_the_real_server_finds_what_the_embedded_index_finds(
    make_app: MakeApp, client: FlaskClient, empty_meili: MeiliServer, lang: str, question: str, slug: str
) -> None:
    app = make_app(meili_url=empty_meili.url, meili_key=empty_meili.key)
    app.extensions["indexer"].deliver_all(wait=True)
    for each in (app.test_client(), client):
        results = each.get("/api/v1/search", query_string={"q": question, "lang": lang, "limit": 3}).json["results"]
        assert slug in [result["slug"] for result in results]
