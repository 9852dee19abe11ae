"""Limits of time: no test may keep the others waiting, and the whole run ends by itself and says why.

The tests of the browser have theirs in `tests/e2e/chromium.py`. Behind both stands `faulthandler_timeout`, for what hangs
where no Python runs: it ends the process. With `--max-worker-restart=0` that ends the run, and the test is named.
"""

from __future__ import annotations

import ctypes
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

ONE_TEST = 300
"""Seconds for each part of a test (what comes before it, itself, what comes after): far more than any needs."""
AGAIN = 30
"""Seconds until it is stopped again, where the first time was not heard."""
WHOLE_RUN = 60 * 60
"""Seconds for all tests: a machine that gives the run 90 minutes must not have to cut it off."""
BEGUN = time.monotonic()


@contextmanager
def limited(item: pytest.Item) -> Iterator[None]:
    """Fail what takes too long, where it stands. A browser is ended instead: its calls know no signals."""
    if item.get_closest_marker("e2e"):
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        pytest.fail(f"{item.nodeid} took longer than {ONE_TEST} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, ONE_TEST, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    with limited(item):
        yield


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    with limited(item):
        yield


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    with limited(item):
        yield
    if time.monotonic() - BEGUN > WHOLE_RUN:
        item.session.shouldfail = f"All tests together took longer than {WHOLE_RUN / 60:.0f} minutes: not all were run"


def die_with_us() -> None:
    """For `preexec_fn`: a server that a test starts ends with the process of the tests, however that ends."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)
