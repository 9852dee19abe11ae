"""The Chromium of the browser tests: it may hang or crash, and costs one test then, not the run."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from _pytest.runner import runtestprotocol
from playwright.sync_api import Browser, Playwright

ONE_TEST = 240
"""Seconds for each part of a test (what comes before it, itself, what comes after). The slowest needs 15."""
MOST_ENDED = 4
"""So many hang, and no further one is tried."""
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first needs half the time of the others: it opens no window of a whole browser for every page."""

_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No name is looked up: a request to anybody else fails instead of leaving this machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


class LastingBrowser:
    """A `Browser` for all tests of a process. After it was ended or has crashed, the next test gets a new one."""

    def __init__(self) -> None:
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._mark = ""
        self._started = self._ended = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._running(), name)

    def start(self, playwright: Playwright) -> Browser:
        self._playwright = playwright
        return cast(Browser, self)

    @property
    def lost(self) -> int:
        """How many have hung, or have crashed and not been replaced yet."""
        crashed = self._browser is not None and not self._browser.is_connected()
        return self._ended + crashed

    def close(self) -> None:
        if self._browser is not None:
            self._browser.close()
        self._browser = self._playwright = None

    def _running(self) -> Browser:
        if self._ended >= MOST_ENDED:
            pytest.fail(f"Chromium hung {self._ended} times: no further test is tried with it", pytrace=False)
        if self._browser is None or not self._browser.is_connected():
            assert self._playwright is not None, "start() comes first"
            self._started += 1
            # Chromium does not know this word. It is there to find the process by.
            self._mark = f"--tests-of-familienlotse={os.getpid()}.{self._started}"
            self._browser = self._playwright.chromium.launch(executable_path=_program(), args=[*_ARGS, self._mark])
        return self._browser

    @contextmanager
    def limited(self, item: pytest.Item) -> Iterator[None]:
        """Whatever takes too long in this block loses its browser, and so fails where it stands."""

        def end() -> None:
            item.add_report_section("call", "time", f"It took longer than {ONE_TEST} seconds: its browser was ended.")
            self._end()

        timer = threading.Timer(ONE_TEST, end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()

    def _end(self) -> None:
        """Kill the running Chromium, from another thread: what waits for it raises."""
        if not self._mark:
            return
        self._ended += 1
        self._browser = None
        for process in Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if self._mark.encode() in words:
                # It leads a group of its own, with all its parts.
                os.killpg(os.getpgid(int(process.name)), signal.SIGKILL)
                return


def _program() -> str:
    for name in (os.environ.get("CHROMIUM", ""), *NAMES):
        if name and (path := shutil.which(name)):
            return path
    pytest.fail("The browser tests need Chromium: install it, or set CHROMIUM to its path.", pytrace=False)


chromium = LastingBrowser()


# What each test goes through: `conftest.py` imports these hooks.


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """A test that failed because Chromium hung or crashed is tried once more, with a new one: on a machine that is short of
    everything that happens. Where a page of ours makes it hang, it hangs again."""
    if not item.get_closest_marker("e2e"):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    before = chromium.lost
    reports = runtestprotocol(item, log=False, nextitem=nextitem)
    if chromium.lost > before and any(report.failed for report in reports):
        item._initrequest()  # type: ignore[attr-defined]
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    with chromium.limited(item):
        yield


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    with chromium.limited(item):
        yield


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    with chromium.limited(item):
        yield
