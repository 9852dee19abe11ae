"""The real server with the demo Kommune, and a real browser that notes everything that goes wrong in it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.conftest import ROOT
from tests.e2e.chromium import (  # noqa: F401 (pytest looks for its hooks here)
    chromium,
    pytest_runtest_call,
    pytest_runtest_protocol,
    pytest_runtest_setup,
    pytest_runtest_teardown,
)
from tests.limits import die_with_us

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}
NEUTRAL = "https://www.wetteronline.de/"
"""Where "Seite schnell verlassen" leads in the demo."""
PATIENCE = 20_000
"""Milliseconds that a test waits for what must come: much, because other tests run at the same time."""
expect.set_options(timeout=PATIENCE)


@dataclass(frozen=True)
class Served:
    """A running site, and the settings that it runs with."""

    address: str
    folder: Path
    environment: dict[str, str]

    def command(self, *words: str) -> str:
        """What `portal …` prints, as somebody types it on the machine of the site."""
        done = subprocess.run(
            [sys.executable, "-m", "portal.cli", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def served(demo_folder: Path, folder: Path, **more: str) -> Iterator[Served]:
    """A copy of the demo, served as `portal run` does. It shows the day of today: tests compare pages, not dates."""
    shutil.copytree(demo_folder, folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"DATA_DIR": str(folder), "HOST": "127.0.0.1", "PORT": str(port), "WORKERS": "1", "LOG_LEVEL": "error"}
    others = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
    environment = others | settings | more
    log_path = folder.parent / f"{folder.name}.log"
    with log_path.open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "portal.cli", "run"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            preexec_fn=die_with_us,
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", server, log_path)
        yield Served(f"http://127.0.0.1:{port}", folder, environment)
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@pytest.fixture(scope="session")
def site(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the site that all tests read. Who writes serves one of their own."""
    with served(demo_folder, tmp_path_factory.mktemp("served") / "data") as running:
        yield running.address


def wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urlopen(address, timeout=5) as response:
                if response.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"The server did not start:\n{log.read_text('utf-8', 'replace')}", pytrace=False)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield chromium.start(playwright)
        chromium.close()


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Visit]:
    """Open a page as a new visitor on a phone. What goes wrong in the browser meanwhile fails the test at its end."""
    contexts, problems = [], []

    def open_page(path: str, **options: object) -> Page:
        context = browser.new_context(**{"base_url": site, "viewport": PHONE, **options})  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        watch(page, urlsplit(site).netloc, problems)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not problems, "\n".join(problems)


def watch(page: Page, host: str, problems: list[str]) -> None:
    """Note console errors (a breach of the policy is one), exceptions, and requests to anybody else."""

    def console(message: ConsoleMessage) -> None:
        # A page that is itself the answer 404 is one in the console too; its status is looked at where it is opened.
        if message.type == "error" and not (
            message.text.startswith("Failed to load resource") and message.location["url"] == page.url
        ):
            problems.append(f"{page.url}: console: {message.text} ({message.location['url']})")

    def request(sent: Request) -> None:
        if urlsplit(sent.url).netloc not in {host, urlsplit(NEUTRAL).netloc}:
            problems.append(f"{page.url}: a request to {sent.url}")

    page.on("console", console)
    page.on("pageerror", lambda error: problems.append(f"{page.url}: exception: {error}"))
    page.on("request", request)


@pytest.fixture(scope="session")
def kinds(site: str) -> dict[str, str]:
    """One address of every kind of public page, without the language in front."""
    return {
        "home": "",
        "list": "angebote",
        "list with filters": "angebote?age=36&need=kita_anmeldung&barrier=kostenlos",
        "list with nothing left": "angebote?age=252&phase=schwangerschaft&need=kita_anmeldung&barrier=telefon-online",
        "list with an unknown filter": "angebote?need=zaubern",
        "offer": "angebote/baby-treff-nordstadt",
        "German-only offer": "angebote/kleiderkammer-gruental",
        "sensitive offer": "angebote/frauenhaus",
        "organization": "traeger/klinikum",
        "district": "stadtteile/nordstadt",
        "districts": "stadtteile",
        "need": "bedarf/but_klassenfahrt",
        "sensitive need": "bedarf/haeusliche_gewalt",
        "needs": "bedarf",
        "life phase": "lebensphasen/kita",
        "people": "menschen",
        "emergency": "sofort-hilfe",
        "search": "suche",
        "search results": asked(site, "Kita Platz"),
        "search without results": asked(site, "xylophonquark"),
        "lotse": "lotse",
        "lotse question, several": "lotse/but",
        "lotse question, children": told(site, "but", "wohngeld", "schule:96:107"),
        "lotse question, choice": told(site, "kita", ":24:35"),
        "lotse question, month": told(site, "kita", ":24:35", "gemeldet"),
        "lotse question, district": told(site, "but", "wohngeld", "?", "teilhabe"),
        "lotse question, yes or no": told(site, "but", "keine"),
        "lotse question, age": "lotse/baby",
        "lotse plan, but": told(site, "but", "wohngeld", "schule:96:107", "fertig", "ausflug teilhabe", "nordstadt"),
        "lotse plan, kita": told(site, "kita", ":24:35", "zusage", "wohngeld"),
        "lotse plan, baby": told(site, "baby", ":5:5", "geld papiere", "grundsicherungsgeld", "ja"),
        "lotse plan, beratung": told(site, "beratung", "trauer", "?", "nein"),
        "lotse plan, crisis": told(site, "beratung", "gewalt"),
        "empty Merkzettel": "merkzettel",
        "Merkzettel": "merkzettel?m=1.2.3.999999&sort=az",
        "Merkzettel that was handed on": handed_on(site, "3.1.2", "anrufen"),
        "sheet": "merkzettel/blatt?m=1.4.9&sprache=tr",
        "sheet, Arabic": "merkzettel/blatt?m=1.4.9&sprache=ar",
        "poster chooser": "plakat",
        "poster": "plakat/ansicht?fuer=kita",
        "cards": "plakat/ansicht?fuer=36&format=karten",
        "about": "seite/ueber-uns",
        "accessibility": "seite/barrierefreiheit",
        "privacy": "seite/datenschutz",
        "imprint": "seite/impressum",
        "404": "gibt-es-nicht",
    }


def asked(site: str, question: str) -> str:
    """Where the answer to a question stands, without the language in front. The first question wakes the search up."""
    with urlopen(f"{site}/de/suche", data=urlencode({"q": question}).encode(), timeout=60) as response:
        return response.url.removeprefix(f"{site}/de/")


def handed_on(site: str, ids: str, sentence: str = "") -> str:
    """Where a Merkzettel with its new code stands, without the language in front."""
    sent = urlencode({"liste": ids, "sprache": "tr", "satz": sentence}).encode()
    with urlopen(f"{site}/de/merkzettel/teilen", data=sent, timeout=10) as response:
        return response.url.removeprefix(f"{site}/de/")


def told(site: str, flow: str, *answers: str) -> str:
    """Where a conversation stands after these answers (several in one are parted by spaces), without the language."""
    address, page = f"{site}/de/lotse/{flow}", ""
    for given in (None, *answers):
        sent = None
        if given is not None:
            hidden = dict(re.findall(r'<input type="hidden" name="([tq])" value="([^"]+)">', page))
            assert hidden.keys() == {"t", "q"}, f"{flow}, before {given}: nothing is asked any more"
            done = [("fertig", "1")] if given == "fertig" else [("a", value) for value in given.split()]
            sent, address = urlencode([*hidden.items(), *done]).encode(), f"{site}/de/lotse/schritt"
        with urlopen(address, sent, timeout=60) as response:
            page, address = response.read().decode(), response.url
    return address.removeprefix(f"{site}/de/")


def open_everything(page: Page) -> None:
    """Unfold what is folded in the content: hidden things are checked by nobody."""
    page.evaluate("document.querySelectorAll('main details').forEach((part) => { part.open = true })")
