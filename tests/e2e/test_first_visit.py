"""The first visit on a slow phone: few bytes, few requests, nobody else asked, nothing left behind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.e2e.conftest import PHONE

pytestmark = pytest.mark.e2e

MOST_BYTES = 45_000
MOST_REQUESTS = 6

_LEFT_BEHIND = """
async () => ({
  local: localStorage.length,
  session: Object.entries(sessionStorage),
  databases: (await indexedDB.databases()).length,
  caches: (await caches.keys()).length,
  workers: (await navigator.serviceWorker.getRegistrations()).length,
})
"""


@dataclass
class Traffic:
    """What the browser itself counts, over its own protocol: headers and bodies as they came over the wire."""

    addresses: list[str] = field(default_factory=list)
    finished: dict[str, float] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def listen(self, cdp: Any) -> None:
        cdp.on("Network.requestWillBeSent", lambda event: self.addresses.append(event["request"]["url"]))
        cdp.on("Network.loadingFinished", self._finish)
        cdp.on("Network.loadingFailed", lambda event: self.failed.append(event["errorText"]))
        cdp.on("Log.entryAdded", lambda event: self.complaints.append(event["entry"]["text"]))
        cdp.on("Audits.issueAdded", lambda event: self.complaints.append(event["issue"]["code"]))
        cdp.on("Runtime.exceptionThrown", lambda event: self.complaints.append(event["exceptionDetails"]["text"]))
        for domain in ("Network", "Log", "Audits", "Runtime"):
            cdp.send(f"{domain}.enable")

    def _finish(self, event: dict[str, Any]) -> None:
        self.finished[event["requestId"]] = event["encodedDataLength"]


@pytest.mark.parametrize("path", ["de/", "de/angebote", "de/angebote/baby-treff-nordstadt", "ar/angebote", "uk/"])
def test_the_first_visit_is_small_and_leaves_nothing_behind(browser: Browser, site: str, path: str) -> None:
    traffic = Traffic()
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    cdp = context.new_cdp_session(page)
    traffic.listen(cdp)
    page.goto(f"{site}/{path}", wait_until="networkidle")
    cookies = cdp.send("Network.getAllCookies")["cookies"]
    left = page.evaluate(_LEFT_BEHIND)
    context.close()

    assert len(traffic.addresses) <= MOST_REQUESTS, traffic.addresses
    assert len(traffic.finished) == len(traffic.addresses), "every byte is counted"
    assert 5_000 < sum(traffic.finished.values()) <= MOST_BYTES
    assert {urlsplit(address).netloc for address in traffic.addresses} == {urlsplit(site).netloc}
    assert cookies == []
    # htmx notes where it is, in this tab and until the tab is closed: nothing that the address does not say.
    here = [["htmx-current-path-for-history", f"/{path}"]]
    assert left == {"local": 0, "session": here, "databases": 0, "caches": 0, "workers": 0}
    assert traffic.failed == []
    assert traffic.complaints == []


def test_the_second_page_loads_nothing_but_itself(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    page.goto(f"{site}/de/", wait_until="networkidle")
    traffic = Traffic()
    traffic.listen(context.new_cdp_session(page))
    page.goto(f"{site}/de/angebote/baby-treff-nordstadt", wait_until="networkidle")
    sizes = [size for size in traffic.finished.values() if size > 0]
    context.close()
    assert len(sizes) == 1, "style, script, icons and logo are kept"
    assert sizes[0] <= 15_000
