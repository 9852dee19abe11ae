"""LibreTranslate and DeepL over HTTP: a server on this machine answers in the shapes of both, and with their errors."""

from __future__ import annotations

import json
import logging
import re
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest

from portal.translating import providers
from portal.translating.glossary import load_glossary
from portal.translating.protect import translate_units
from portal.translating.providers import DeepL, LibreTranslate, Provider, ProviderError, Reason, make_provider
from portal.translating.units import Unit
from tests.conftest import ROOT

KEY = "geheim-1234:fx"
LANGUAGES = ["ar", "de", "en", "ru", "tr", "uk"]


class Speaking(BaseHTTPRequestHandler):
    """Both services on one port. "Translating" is: the same text with the language before it."""

    protocol_version = "HTTP/1.1"
    server: TranslationServer

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, body: dict[str, Any] | None) -> None:
        self.server.seen.append((self.command, self.path, dict(self.headers), body))
        if self.server.faults:
            self.server.faults.pop(0)(self)
            return
        address = urlsplit(self.path)
        answers = {
            "/translate": self._libre,
            "/languages": self._libre_languages,
            "/v2/translate": self._deepl,
            "/v3/languages": self._deepl_languages,
        }
        answers.get(address.path, lambda _: self.send(404, {"error": "Not found"}))(body or {})

    def _libre(self, body: dict[str, Any]) -> None:
        if body.get("api_key", "") != KEY:
            self.send(403, {"error": f"Invalid API key {body.get('api_key')}"})
        elif body["target"] not in LANGUAGES:
            self.send(400, {"error": f"{body['target']} is not supported"})
        elif sum(map(len, body["q"])) > 5000:
            self.send(400, {"error": "Invalid request: request (5001) exceeds text limit (5000)"})
        else:
            # The real server also takes away the escapes of HTML.
            self.send(200, {"translatedText": [f"{body['target']} {text}".replace("&amp;", "&") for text in body["q"]]})

    def _libre_languages(self, _: dict[str, Any]) -> None:
        self.send(200, [{"code": code, "name": code, "targets": LANGUAGES} for code in LANGUAGES])

    def _deepl(self, body: dict[str, Any]) -> None:
        if self.headers["Authorization"] != f"DeepL-Auth-Key {KEY}":
            self.send(403, {"message": f"Forbidden: {self.headers['Authorization']}"})
        elif int(self.headers["Content-Length"]) > 128 * 1024:
            self.send(413, {"message": "Request entity too large"})
        elif body["target_lang"] not in {"AR", "EN-GB", "RU", "TR", "UK"}:
            self.send(400, {"message": "Value for 'target_lang' not supported."})
        elif len(body["text"]) > 50:
            self.send(400, {"message": "Too many texts"})
        else:
            texts = [
                {"detected_source_language": "DE", "text": f"{body['target_lang']} {text}"} for text in body["text"]
            ]
            self.send(200, {"translations": texts})

    def _deepl_languages(self, _: dict[str, Any]) -> None:
        codes = ["ar", "de", "en-GB", "en-US", "ru", "tr", "uk"]
        answer = [
            {"lang": code, "name": code, "usable_as_source": True, "usable_as_target": True, "features": {}}
            for code in codes
        ]
        self.send(
            200,
            [
                *answer,
                {"lang": "xx", "name": "xx", "usable_as_source": True, "usable_as_target": False, "features": {}},
            ],
        )

    def send(self, status: int, answer: object, **headers: str) -> None:
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        pass


class TranslationServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Speaking)
        self.seen: list[tuple[str, str, dict[str, str], dict[str, Any] | None]] = []
        self.faults: list[Any] = []
        """What the next requests get instead of an answer."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the tests."""


@pytest.fixture
def server() -> Iterator[TranslationServer]:
    with TranslationServer() as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.fixture
def pauses() -> list[float]:
    """The pauses that a provider makes: noted, not waited for."""
    return []


@pytest.fixture(params=[LibreTranslate, DeepL])
def provider(request: pytest.FixtureRequest, server: TranslationServer, pauses: list[float]) -> LibreTranslate | DeepL:
    made: LibreTranslate | DeepL = request.param(server.url, KEY, sleep=pauses.append)
    return made


def reason(provider: Provider, texts: list[str] | None = None, target: str = "tr") -> Reason:
    with pytest.raises(ProviderError) as failed:
        provider.translate(texts or ["Hallo"], "de", target)
    assert str(failed.value) == failed.value.reason.value
    assert "geheim" not in repr(failed.value) + repr(failed.value.__cause__)
    return failed.value.reason


# --- What is sent ---


def test_libretranslate_is_asked_in_its_own_shape(server: TranslationServer) -> None:
    assert LibreTranslate(server.url + "/", KEY).translate(["Hallo", "du"], "de", "uk") == ["uk Hallo", "uk du"]
    method, path, headers, body = server.seen[0]
    assert (method, path, headers["Content-Type"]) == ("POST", "/translate", "application/json")
    assert body == {"q": ["Hallo", "du"], "source": "de", "target": "uk", "format": "html", "api_key": KEY}


def test_deepl_is_asked_in_its_own_shape_with_the_key_in_the_header_only(server: TranslationServer) -> None:
    assert DeepL(server.url, KEY).translate(["Hallo"], "de", "en") == ["EN-GB Hallo"]
    method, path, headers, body = server.seen[0]
    assert (method, path, headers["Authorization"]) == ("POST", "/v2/translate", f"DeepL-Auth-Key {KEY}")
    assert body == {
        "text": ["Hallo"],
        "source_lang": "DE",
        "target_lang": "EN-GB",
        "tag_handling": "html",
        "tag_handling_version": "v2",
    }


def test_a_server_of_ones_own_needs_no_key(server: TranslationServer) -> None:
    with pytest.raises(ProviderError):
        LibreTranslate(server.url, "").translate(["Hallo"], "de", "tr")
    body = server.seen[0][3]
    assert body is not None
    assert "api_key" not in body


def test_both_say_which_languages_they_have(provider: Provider) -> None:
    assert provider.languages() == {"ar", "en", "ru", "tr", "uk"}


def test_many_texts_go_in_several_calls_and_keep_their_order(server: TranslationServer) -> None:
    texts = [f"Text {number}" for number in range(120)]
    assert DeepL(server.url, KEY).translate(texts, "de", "tr") == [f"TR {text}" for text in texts]
    assert [len((body or {})["text"]) for *_, body in server.seen] == [50, 50, 20]
    server.seen.clear()
    assert LibreTranslate(server.url, KEY).translate(texts, "de", "tr") == [f"tr {text}" for text in texts]
    assert [len((body or {})["q"]) for *_, body in server.seen] == [20] * 6


def test_large_texts_are_spread_over_calls_that_the_service_takes(server: TranslationServer) -> None:
    texts = ["ü" * 20_000 for _ in range(6)]
    assert len(DeepL(server.url, KEY).translate(texts, "de", "tr")) == 6
    assert [len((body or {})["text"]) for *_, body in server.seen] == [2, 2, 2]


def test_nothing_to_translate_is_no_request(provider: Provider, server: TranslationServer) -> None:
    assert provider.translate([], "de", "tr") == []
    assert server.seen == []


# --- Errors of the services ---


def test_a_wrong_key_is_said_without_saying_the_key(server: TranslationServer) -> None:
    assert reason(LibreTranslate(server.url, "falsch-geheim")) is Reason.KEY
    assert reason(DeepL(server.url, "falsch-geheim")) is Reason.KEY


def test_a_language_that_is_not_offered(provider: Provider) -> None:
    assert reason(provider, target="fa") is Reason.LANGUAGE


def test_a_text_that_is_too_long_for_the_service(server: TranslationServer) -> None:
    assert reason(LibreTranslate(server.url, KEY), ["a" * 5001]) is Reason.TOO_LARGE
    assert reason(DeepL(server.url, KEY), ["a" * 140_000]) is Reason.TOO_LARGE


def failing(status: int, **headers: str) -> Any:
    return lambda handler: handler.send(status, {"error": "Slowdown", "message": KEY}, **headers)


def test_a_quota_that_is_used_up(server: TranslationServer) -> None:
    server.faults = [failing(456)]
    assert reason(DeepL(server.url, KEY)) is Reason.QUOTA
    assert len(server.seen) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_service_is_asked_again_after_a_pause(
    provider: Provider, server: TranslationServer, pauses: list[float], status: int
) -> None:
    server.faults = [failing(status), failing(status, Retry_After="3")]
    assert provider.translate(["Hallo"], "de", "tr")[0].lower() == "tr hallo"
    assert pauses == [0.5, 3.0]


def test_after_two_retries_the_editor_is_told(
    provider: Provider, server: TranslationServer, pauses: list[float]
) -> None:
    server.faults = [failing(429)] * 3
    assert reason(provider) is Reason.BUSY
    assert (len(server.seen), pauses) == (3, [0.5, 1.0])


@pytest.mark.parametrize("wait", ["11", "3600", "Wed, 01 Jan 2997 00:00:00 GMT"])
def test_nobody_waits_longer_than_ten_seconds(
    provider: Provider, server: TranslationServer, pauses: list[float], wait: str
) -> None:
    server.faults = [failing(429, Retry_After=wait)]
    assert reason(provider) is Reason.BUSY
    assert (len(server.seen), pauses) == (1, [])


@pytest.mark.parametrize("status", [500, 502, 529])
def test_a_fault_inside_the_service_is_not_asked_again(
    provider: Provider, server: TranslationServer, status: int
) -> None:
    server.faults = [failing(status)]
    assert reason(provider) is Reason.BUSY
    assert len(server.seen) == 1


# --- Answers that are not answers ---


@pytest.mark.parametrize(
    "answer",
    [
        b"<html>Wartung</html>",
        b'{"translatedText": ["a"',
        b"[" * 100_000,
        b"\xff\xfe",
        [],
        {},
        {"translatedText": "eins", "translations": "eins"},
        {"translatedText": [], "translations": []},
        {"translatedText": ["a", "b"], "translations": [{"text": "a"}, {"text": "b"}]},
        {"translatedText": [None], "translations": [{"text": None}]},
        {"translatedText": [1], "translations": [1]},
    ],
)
def test_a_broken_answer_is_an_error_and_no_text(provider: Provider, server: TranslationServer, answer: object) -> None:
    server.faults = [lambda handler: handler.send(200, answer)]
    assert reason(provider) is Reason.ANSWER


def test_a_huge_answer_is_not_read_to_its_end(provider: Provider, server: TranslationServer) -> None:
    good = json.dumps({"translatedText": ["tr Hallo"], "translations": [{"text": "TR Hallo"}]}).encode()
    fitting = good + b" " * (providers.MAX_ANSWER_BYTES - len(good))
    server.faults = [lambda handler: handler.send(200, fitting), lambda handler: handler.send(200, fitting + b" ")]
    assert provider.translate(["Hallo"], "de", "tr")[0].lower() == "tr hallo"
    assert reason(provider) is Reason.ANSWER


def test_an_answer_that_ends_too_early(provider: Provider, server: TranslationServer) -> None:
    def cut(handler: Speaking) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"{")
        handler.close_connection = True

    server.faults = [cut]
    assert reason(provider) is Reason.UNREACHABLE


def test_a_redirect_is_not_followed_so_nobody_else_gets_the_key(provider: Provider, server: TranslationServer) -> None:
    with TranslationServer() as other:
        server.faults = [failing(status, Location=f"{other.url}/translate") for status in (307,)]
        assert reason(provider) is Reason.ANSWER
        assert other.seen == []
    assert len(server.seen) == 1


def test_a_slow_service_is_given_up(
    provider: Provider, server: TranslationServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider._pool, "connection_pool_kw", {**provider._pool.connection_pool_kw, "timeout": 0.2})  # type: ignore[attr-defined]
    done = threading.Event()
    server.faults = [lambda handler: done.wait(5)]
    start = time.monotonic()
    assert reason(provider) is Reason.SLOW
    assert time.monotonic() - start < 3
    done.set()


def test_an_answer_that_trickles_in_is_given_up(
    provider: Provider, server: TranslationServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(providers, "TOTAL_SECONDS", 0.2)

    def trickle(handler: Speaking) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b" ")
            time.sleep(0.05)

    server.faults = [trickle]
    start = time.monotonic()
    assert reason(provider) is Reason.SLOW
    assert time.monotonic() - start < 3


def test_a_service_that_is_not_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert reason(LibreTranslate(f"http://127.0.0.1:{port}", KEY)) is Reason.UNREACHABLE
    assert reason(DeepL(f"http://127.0.0.1:{port}", KEY)) is Reason.UNREACHABLE


def test_the_timeouts_are_five_and_thirty_seconds(provider: Any) -> None:
    timeout = provider._pool.connection_pool_kw["timeout"]
    assert (timeout.connect_timeout, timeout.read_timeout) == (5.0, 30.0)


def test_the_key_is_in_no_log_and_no_representation(
    provider: Provider, server: TranslationServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        server.faults = [failing(429), failing(403)]
        assert reason(provider) is Reason.KEY
    assert "geheim" not in caplog.text + repr(provider)


# --- The settings ---


def test_the_settings_choose_the_service() -> None:
    assert make_provider("", "", "") is None
    assert make_provider("none", "https://x.example", KEY) is None
    libre = make_provider("libretranslate", "http://libretranslate:5000", "")
    assert libre is not None
    assert libre.name == "LibreTranslate"
    deepl = make_provider("deepl", "", KEY)
    assert deepl is not None
    assert deepl.name == "DeepL"


@pytest.mark.parametrize(("key", "url"), [("abc:fx", "https://api-free.deepl.com"), ("abc", "https://api.deepl.com")])
def test_deepl_without_an_address_is_the_one_that_the_key_belongs_to(key: str, url: str) -> None:
    made = make_provider("deepl", "", key)
    assert isinstance(made, DeepL)
    assert made._url == url


@pytest.mark.parametrize(
    ("kind", "url", "key"),
    [
        ("google", "https://x.example", KEY),
        ("deepl", "", ""),
        ("deepl", "", "geheim\r\nX: y"),
        ("deepl", "http://api.deepl.com", KEY),
        ("libretranslate", "", ""),
        ("libretranslate", "file:///etc/passwd", ""),
        ("libretranslate", "https://user:geheim@x.example", ""),
        ("libretranslate", "https://x.example/?key=geheim", ""),
    ],
)
def test_settings_that_do_not_fit_are_refused_without_showing_the_key(kind: str, url: str, key: str) -> None:
    with pytest.raises(ValueError) as refused:
        make_provider(kind, url, key)
    assert re.search("geheim", str(refused.value)) is None


# --- All together ---


def test_a_whole_offer_goes_through_a_service_and_keeps_its_names_and_numbers(provider: Provider) -> None:
    glossary = load_glossary(ROOT / "content" / "translating" / "glossary.yaml")
    units = [
        Unit("offer/x/title", "Kindergeld", "", None),
        Unit(
            "offer/x/description",
            "Spiel & Spaß im Haus am Park.\n\nFrag dort nach dem Jugendamt: 030 23125 200.",
            "",
            None,
        ),
    ]
    title, description = translate_units(units, provider, glossary, ["Haus am Park"], "en")
    prefix = "en" if provider.name == "LibreTranslate" else "EN-GB"
    assert (title.target, title.problems) == ("Child benefit", [])
    assert description.target == (
        f"{prefix} Spiel & Spaß im Haus am Park.\n\n{prefix} Frag dort nach dem youth welfare office: 030 23125 200."
    )
    assert description.problems == []
