"""Machine translation over HTTP: LibreTranslate and DeepL behind one protocol.

What is said to an editor is one of the sentences below, never what the service answered: that could hold the key.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, Protocol
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError, InvalidHeader, ReadTimeoutError
from urllib3.util import Retry, Timeout

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
TOTAL_SECONDS = 90.0
"""For one answer, however slowly it trickles in."""
MAX_RETRIES = 2
MAX_WAIT_SECONDS = 10.0
MAX_ANSWER_BYTES = 4 * 1024 * 1024


class Reason(Enum):
    """Why there is no translation; the value is the sentence for the editor."""

    QUOTA = "Das Kontingent für automatische Übersetzungen ist aufgebraucht."
    KEY = "Der Übersetzungsdienst lehnt den Schlüssel ab. Bitte sag der Person Bescheid, die das Portal betreibt."
    LANGUAGE = "Der Übersetzungsdienst bietet diese Sprache nicht an."
    UNREACHABLE = "Der Übersetzungsdienst ist nicht erreichbar."
    SLOW = "Der Übersetzungsdienst hat zu lange gebraucht. Versuch es später noch einmal."
    BUSY = "Der Übersetzungsdienst ist gerade überlastet. Versuch es in ein paar Minuten noch einmal."
    TOO_LARGE = "Der Text ist für den Übersetzungsdienst zu lang."
    ANSWER = "Der Übersetzungsdienst hat eine Antwort geschickt, die nicht zu verstehen ist."


class ProviderError(Exception):
    """No translation. `str()` is a German sentence for the editor and never holds the key or an address."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Provider(Protocol):
    @property
    def name(self) -> str:
        """As an editor knows the service."""

    def translate(self, texts: list[str], source: str, target: str) -> list[str]:
        """The texts in the other language, as many and in the same order.

        Texts are HTML (& and < are escaped); elements with translate="no" come back as they are. Languages are those of
        the site ("de", "uk"). Raises ProviderError; then nothing of this call is to be had.
        """

    def languages(self) -> set[str]:
        """The languages German can be translated into. Raises ProviderError."""


class _Service:
    """What both services need: one host, no redirects, few retries, an answer that is not too large and is JSON."""

    name = ""

    def __init__(self, url: str, key: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._url = url.rstrip("/")
        self._key = key
        self._sleep = sleep
        # Neither a proxy of the environment nor a redirect may see the key.
        self._pool = urllib3.PoolManager(retries=False, timeout=Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def _headers(self) -> dict[str, str]:
        return {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "Familienlotse"}

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """One request, again after a pause where the service asks for it. The parsed answer, or ProviderError."""
        content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace") if body is not None else None
        for attempt in range(MAX_RETRIES + 1):
            status, pause, answer = self._send(method, path, content)
            if 200 <= status < 300:
                return _parsed(answer)
            wait = pause if pause is not None else 0.5 * 2**attempt
            if status not in {429, 503} or attempt == MAX_RETRIES or wait > MAX_WAIT_SECONDS:
                raise ProviderError(self._reason(status, answer))
            self._sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    def _send(self, method: str, path: str, content: bytes | None) -> tuple[int, float | None, bytes]:
        """Status, the seconds that the service wants to be left alone, and the body."""
        try:
            response = self._pool.request(
                method,
                self._url + path,
                body=content,
                headers=self._headers(),
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            try:
                return response.status, _pause(response.headers.get("Retry-After")), _read(response)
            finally:
                response.close()
        except ReadTimeoutError:
            raise ProviderError(Reason.SLOW) from None
        except (HTTPError, OSError, ValueError):
            raise ProviderError(Reason.UNREACHABLE) from None

    def _reason(self, status: int, answer: bytes) -> Reason:
        if status == 429 or status >= 500:
            return Reason.BUSY
        return {401: Reason.KEY, 403: Reason.KEY, 413: Reason.TOO_LARGE}.get(status, Reason.ANSWER)


class LibreTranslate(_Service):
    """A LibreTranslate server, of one's own or somebody else's. The key may be empty."""

    name = "LibreTranslate"
    _TEXTS, _BYTES = 20, 4_000
    """Its own server works on a few sentences a second: small calls stay within the time."""

    def translate(self, texts: list[str], source: str, target: str) -> list[str]:
        translated: list[str] = []
        for batch in _batches(texts, self._TEXTS, self._BYTES):
            body = {"q": batch, "source": source, "target": target, "format": "html"}
            answer = self._ask("POST", "/translate", body | ({"api_key": self._key} if self._key else {}))
            translated += _texts(answer.get("translatedText") if isinstance(answer, dict) else None, len(batch))
        return translated

    def languages(self) -> set[str]:
        offered = {
            item["code"]: item.get("targets")
            for item in _items(self._ask("GET", "/languages"))
            if isinstance(item.get("code"), str)
        }
        if "de" not in offered:
            return set()
        # Older servers do not say which pairs they have: there every language goes into every other.
        targets = offered["de"] if isinstance(offered["de"], list) else list(offered)
        return {code for code in targets if isinstance(code, str)} - {"de"}

    def _reason(self, status: int, answer: bytes) -> Reason:
        if status == 400:
            text = answer[:2000].decode("utf-8", "replace").lower()
            for sign, reason in (
                ("not supported", Reason.LANGUAGE),
                ("not available as a target", Reason.LANGUAGE),
                ("exceeds", Reason.TOO_LARGE),
                ("api key", Reason.KEY),
            ):
                if sign in text:
                    return reason
        return super()._reason(status, answer)


class DeepL(_Service):
    """DeepL's API. The key goes into a header and nowhere else."""

    name = "DeepL"
    _TEXTS, _BYTES = 50, 100_000
    """The service takes 50 texts and 128 KiB a call."""
    _VARIANTS = {"en": "EN-GB", "pt": "PT-PT", "zh": "ZH-HANS"}
    """As a target, these languages need to be named more exactly."""

    def _headers(self) -> dict[str, str]:
        return super()._headers() | {"Authorization": f"DeepL-Auth-Key {self._key}"}

    def translate(self, texts: list[str], source: str, target: str) -> list[str]:
        fixed = {
            "source_lang": source.upper(),
            "target_lang": self._VARIANTS.get(target, target.upper()),
            "tag_handling": "html",
            "tag_handling_version": "v2",
        }
        translated: list[str] = []
        for batch in _batches(texts, self._TEXTS, self._BYTES):
            answer = self._ask("POST", "/v2/translate", {"text": batch, **fixed})
            parts = _items(answer.get("translations") if isinstance(answer, dict) else None)
            translated += _texts([part.get("text") for part in parts], len(batch))
        return translated

    def languages(self) -> set[str]:
        offered = _items(self._ask("GET", "/v3/languages?resource=translate_text"))
        codes = {
            item["lang"]
            for item in offered
            if item.get("usable_as_target") is True and isinstance(item.get("lang"), str)
        }
        return {code.split("-")[0].lower() for code in codes} - {"de"}

    def _reason(self, status: int, answer: bytes) -> Reason:
        if status == 456:
            return Reason.QUOTA
        if status == 400 and re.search(rb"(?:target|source)_lang", answer[:2000]):
            return Reason.LANGUAGE
        return super()._reason(status, answer)


DEEPL, DEEPL_FREE = "https://api.deepl.com", "https://api-free.deepl.com"
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def make_provider(kind: str, url: str, key: str) -> Provider | None:
    """The provider of the settings; None for `kind` "" or "none".

    `kind` is "libretranslate" or "deepl"; `url` the address without the path of the API; for DeepL it may be empty, then
    the ending of the key says which of the two addresses is meant. Raises ValueError with an English sentence, without the
    key, where the settings do not fit together.
    """
    if kind in {"", "none"}:
        return None
    if kind not in {"libretranslate", "deepl"}:
        raise ValueError(f"There is no translation service {kind!r}: libretranslate, deepl or none.")
    if not re.fullmatch(r"[\x21-\x7e]*", key) or (kind == "deepl" and not key):
        raise ValueError("The key of the translation service is missing or has characters that no key has.")
    if kind == "deepl" and not url:
        url = DEEPL_FREE if key.endswith(":fx") else DEEPL
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError(
            "The address of the translation service must be http(s)://host, without a query or a password."
        )
    if kind == "deepl" and parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ValueError("The address of DeepL must begin with https://, because the key travels with every request.")
    return DeepL(url, key) if kind == "deepl" else LibreTranslate(url, key)


# --- Answers ---


def _pause(value: str | None) -> float | None:
    """Retry-After in seconds, from a number or a date; None where it is absent or nonsense."""
    try:
        return max(0.0, float(Retry().parse_retry_after(value))) if value else None
    except InvalidHeader:
        return None


def _read(response: urllib3.BaseHTTPResponse) -> bytes:
    deadline = time.monotonic() + TOTAL_SECONDS
    body = b""
    while chunk := response.read1(65536):
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise ProviderError(Reason.ANSWER)
        if time.monotonic() > deadline:
            raise ProviderError(Reason.SLOW)
    return body


def _parsed(answer: bytes) -> Any:
    try:
        return json.loads(answer)
    except (ValueError, RecursionError):
        raise ProviderError(Reason.ANSWER) from None


def _items(value: object) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ProviderError(Reason.ANSWER)
    return value


def _texts(value: object, number: int) -> list[str]:
    if not isinstance(value, list) or len(value) != number or not all(isinstance(text, str) for text in value):
        raise ProviderError(Reason.ANSWER)
    return value


def _batches(texts: list[str], most_texts: int, most_bytes: int) -> Iterator[list[str]]:
    """Parts of the list that fit into one call. A text that is too long for that goes alone: the service may say no."""
    batch: list[str] = []
    size = 0
    for text in texts:
        # What JSON adds: quotes, a comma, and backslashes.
        length = len(json.dumps(text, ensure_ascii=False).encode("utf-8", "replace")) + 2
        if batch and (len(batch) == most_texts or size + length > most_bytes):
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += length
    if batch:
        yield batch
