"""How often one address, and all together, may do something. Kept in memory only, for an hour, or a day where that is said.

What is kept of an address is a hash under a key that is made anew each day and is written nowhere: after midnight nobody
can say any more who it was, and after that time nothing is left at all. Each worker counts for itself.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

PER_ADDRESS = 20
PER_OFFER = 60
HOUR = 3_600.0
DAY = 24 * HOUR
_MOST_KEYS = 20_000
"""More addresses than this in an hour are no families; the oldest are forgotten."""


class Limit(NamedTuple):
    """At most `most` in `seconds` (no longer than the guard keeps it) of what is the same `kind` and `value`."""

    kind: str
    value: str
    most: int
    seconds: float = HOUR


class FloodGuard:
    """Safe to be shared by threads. What it has counted is kept for `keep` seconds, and never longer than the day."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, keep: float = HOUR) -> None:
        self._clock, self._keep = clock, keep
        self._lock = threading.Lock()
        self._day = date.min
        self._key = b""
        self._seen: dict[bytes, deque[float]] = {}

    def allows(self, address: str, offer_id: int, today: date) -> bool:
        """Count one more from this address for this offer; False where it is one too many."""
        asked = (Limit("address", address, PER_ADDRESS), Limit("offer", str(offer_id), PER_OFFER))
        return self.allows_each(asked, today)

    def allows_each(self, asked: Sequence[Limit], today: date) -> bool:
        """Count one more under each limit; False, and nothing is counted, where it is one too many for any of them."""
        with self._lock:
            self._begin(today)
            now = self._clock()
            names = [self._name(limit.kind, limit.value) for limit in asked]
            if any(
                self._count(name, now - limit.seconds) >= limit.most for name, limit in zip(names, asked, strict=True)
            ):
                return False
            for name in names:
                # Put at the end again: the first keys are those that were quiet for longest.
                self._seen[name] = self._seen.pop(name, deque())
                self._seen[name].append(now)
            self._forget(now)
            return True

    def is_full(self, asked: Sequence[Limit], today: date) -> bool:
        """Whether one more would be one too many for any of them. Counts nothing."""
        with self._lock:
            self._begin(today)
            now = self._clock()
            return any(
                self._count(self._name(limit.kind, limit.value), now - limit.seconds) >= limit.most for limit in asked
            )

    def _begin(self, today: date) -> None:
        if today != self._day:
            self._day, self._key = today, secrets.token_bytes(32)
            self._seen.clear()

    def _name(self, kind: str, value: str) -> bytes:
        return hmac.new(self._key, f"{kind}\0{value}".encode(), hashlib.sha256).digest()

    def _count(self, name: bytes, since: float) -> int:
        times = self._seen.get(name)
        # Limits of less than an hour do not share a name with others: what is older is needed by nobody.
        while times and times[0] <= since:
            times.popleft()
        return len(times or ())

    def _forget(self, now: float) -> None:
        while self._seen:
            oldest = next(iter(self._seen))
            if len(self._seen) <= _MOST_KEYS and self._seen[oldest] and self._seen[oldest][-1] > now - self._keep:
                return
            del self._seen[oldest]
