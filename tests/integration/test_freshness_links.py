"""Asking the websites of offers whether they are still there, with a real web server."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import pytest

from portal.editing.links import ask_website


class Site(http.server.BaseHTTPRequestHandler):
    """A small web server with pages of every kind."""

    asked: list[str] = []

    def do_HEAD(self) -> None:
        self.asked.append(f"{self.command} {self.path}")
        status = {"/weg": 404, "/kaputt": 503, "/ohne-head": 405, "/im-kreis": 302, "/nach-innen": 301, "/um": 302}
        code = status.get(self.path.partition("?")[0], 200)
        if self.path == "/ohne-head" and self.command == "GET":
            code = 200
        self.send_response(code)
        if code in (301, 302):
            port = self.server.server_address[1]
            goal = {"/im-kreis": "/im-kreis", "/nach-innen": f"http://[::1]:{port}/geheim", "/um": "/weg"}[self.path]
            self.send_header("Location", goal)
        self.end_headers()

    do_GET = do_HEAD

    def log_message(self, *_words: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    Site.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/", ""),
        ("", ""),
        ("/mit leerzeichen?q=ä b", ""),
        ("/ohne-head", ""),
        ("/weg", "Die Seite gibt es nicht mehr."),
        ("/um", "Die Seite gibt es nicht mehr."),
        ("/kaputt", "Die Seite meldet einen Fehler (503)."),
        ("/im-kreis", "Die Seite leitet immer weiter."),
        ("/nach-innen", "Die Adresse führt nicht zu einer öffentlichen Seite."),
    ],
)
def test_a_website_is_asked_whether_it_is_there(site: str, path: str, message: str) -> None:
    assert ask_website(site + path, lambda number: number == "127.0.0.1") == message


def test_the_own_network_is_never_asked(site: str) -> None:
    assert ask_website(f"{site}/") == "Die Adresse führt nicht zu einer öffentlichen Seite."
    assert ask_website(site.replace("127.0.0.1", "localhost")) == "Die Adresse führt nicht zu einer öffentlichen Seite."
    assert Site.asked == []
