"""How fast the pages of editors are with 2,000 offers: over HTTP with keep-alive, from 127.0.0.1 only.

`python tools/bench/editing_speed.py` prints the table of docs/benchmarks.md.
"""

from __future__ import annotations

import http.client
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from html import unescape
from pathlib import Path
from urllib.parse import urlencode, urlsplit

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tools.bench.searching import BIN, portal, settings  # noqa: E402

OFFERS = 2_000
PASSWORD = "vier kluge Igel lesen"
PROMISES = {"list": 60.0, "save": 80.0, "check": 30.0}
"""Milliseconds, p95."""


class Editor:
    """Somebody who is logged in, on one connection."""

    def __init__(self, address: str, invitation: str) -> None:
        self.host = urlsplit(address).netloc
        self.connection = http.client.HTTPConnection(self.host, timeout=60)
        self.cookie = ""
        self.send("POST", urlsplit(invitation).path, {"name": "Bench", "password": PASSWORD})
        if not self.cookie:
            raise SystemExit("The invitation did not lead to a log-in.")

    def send(self, method: str, path: str, fields: object = None) -> tuple[int, str, float]:
        """Status, body and milliseconds."""
        headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
        if self.cookie:
            headers["Cookie"] = self.cookie
        body = urlencode(fields, doseq=True) if fields is not None else None  # type: ignore[arg-type]
        started = time.perf_counter()
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        content = answer.read().decode()
        took = (time.perf_counter() - started) * 1000
        if found := answer.headers.get("Set-Cookie"):
            self.cookie = found.split(";")[0]
        return answer.status, content, took


def form_fields(page: str) -> list[tuple[str, str]]:
    """What a browser would send of the form of an offer."""
    form = page[page.index('id="angebot"') : page.index('class="form__bar"')]
    fields = []
    for tag in re.finditer(r"<input\b[^>]*>", form):
        values = {name: unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag[0])}
        if values.get("type") in ("checkbox", "radio") and not re.search(r"\bchecked\b", tag[0]):
            continue
        if "name" in values:
            fields.append((values["name"], values.get("value", "")))
    for name, text in re.findall(r'<textarea\b[^>]*\bname="([^"]+)"[^>]*>\r?\n?(.*?)</textarea>', form, re.S):
        fields.append((name, unescape(text)))
    for name, options in re.findall(r'<select\b[^>]*\bname="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option selected value="([^"]*)"', options) or re.search(
            r'<option value="([^"]*)"', options
        )
        fields.append((name, unescape(chosen[1]) if chosen else ""))
    return fields


def _expect(status: int, answer: tuple[int, str, float]) -> float:
    if answer[0] != status:
        raise SystemExit(f"answered {answer[0]} instead of {status}")
    return answer[2]


def save(editor: Editor, slug: str, number: int) -> float:
    """Open the form, change a sentence, save it: the milliseconds of saving."""
    address = f"/verwaltung/angebote/{slug}"
    status, page, _took = editor.send("GET", address)
    if status != 200:
        raise SystemExit(f"{address} answered {status}")
    fields = [
        (name, f"{value} Stand {number}." if name == "times_note" else value) for name, value in form_fields(page)
    ]
    return _expect(303, editor.send("POST", address, [*fields, ("do", "save")]))


def measure(rounds: int = 100) -> dict[str, list[float]]:
    """Milliseconds by what was done."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run(
            [sys.executable, ROOT / "tools" / "synthetic.py", str(OFFERS)],
            env=settings(folder),
            check=True,
            capture_output=True,
        )
        with portal(folder) as (address, _pid):
            printed = subprocess.run(
                [
                    BIN / "portal",
                    "user",
                    "invite",
                    "--email",
                    "bench@stadt.example",
                    "--name",
                    "Bench",
                    "--role",
                    "redaktion",
                ],
                env=settings(folder, PUBLIC_URL=address),
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            link = re.search(r"https?://\S+/einladung/\S+", printed)
            if link is None:
                raise SystemExit(printed)
            editor = Editor(address, link[0])
            page = editor.send("GET", "/verwaltung/angebote/")[1]
            slugs = re.findall(r'name="slug" value="([^"]+)"', page)
            text = {"description": "Kommt vorbei. Die Antragstellung erfolgt unverzüglich. " * 40}
            done: dict[str, Callable[[int], float]] = {
                "list": lambda n: _expect(200, editor.send("GET", f"/verwaltung/angebote/?page={n % 40 + 1}")),
                "list, searched and sorted": lambda n: _expect(
                    200, editor.send("GET", f"/verwaltung/angebote/?q=treff&sort=-due&page={n % 3 + 1}")
                ),
                "form": lambda n: _expect(200, editor.send("GET", f"/verwaltung/angebote/{slugs[n % len(slugs)]}")),
                "save": lambda n: save(editor, slugs[n % len(slugs)], n),
                "check": lambda n: _expect(200, editor.send("POST", "/verwaltung/hilfe/text/description", text)),
                "translations": lambda n: _expect(200, editor.send("GET", "/verwaltung/uebersetzungen/")),
            }
            found: dict[str, list[float]] = {}
            for what, once in done.items():
                for number in range(10):
                    once(number)
                found[what] = [once(number) for number in range(rounds)]
            return found


def _p(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


WORDS = {
    "list": "A list of offers (50 of 2,000)",
    "list, searched and sorted": "The same, searched and sorted",
    "form": "The form of an offer",
    "save": "Saving an offer (a version, the audit log, the outbox)",
    "check": "The plain-language check of 200 sentences",
    "translations": "The overview of translations",
}


def table(found: dict[str, list[float]]) -> list[str]:
    lines = ["| What | p50 | p95 | Promise (p95) |", "|---|---|---|---|"]
    for what, values in found.items():
        promise = f"≤ {PROMISES[what]:.0f} ms" if what in PROMISES else "–"
        lines.append(f"| {WORDS[what]} | {_p(values, 0.5):.1f} ms | {_p(values, 0.95):.1f} ms | {promise} |")
    return lines


if __name__ == "__main__":
    print("\n".join(table(measure())))
