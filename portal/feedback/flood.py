"""How often one address, and all together, may say something of an offer in an hour. Kept in memory only, for an hour.

What is kept of an address is a hash under a key that is made anew each day and is written nowhere: after midnight nobody
can say any more who it was, and after an hour nothing is left at all. Each worker counts for itself.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import date

PER_ADDRESS = 20
PER_OFFER = 60
HOUR = 3_600.0
_MOST_KEYS = 20_000
"""More addresses than this in an hour are no families; the oldest are forgotten."""


class FloodGuard:
    """Safe to be shared by threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._day = date.min
        self._key = b""
        self._seen: dict[bytes, deque[float]] = {}

    def allows(self, address: str, offer_id: int, today: date) -> bool:
        """Count one more from this address for this offer; False where it is one too many."""
        with self._lock:
            if today != self._day:
                self._day, self._key = today, secrets.token_bytes(32)
                self._seen.clear()
            now = self._clock()
            asked = ((self._name("address", address), PER_ADDRESS), (self._name("offer", str(offer_id)), PER_OFFER))
            if any(self._count(name, now) >= limit for name, limit in asked):
                return False
            for name, _limit in asked:
                # Put at the end again: the first keys are those that were quiet for longest.
                self._seen[name] = self._seen.pop(name, deque())
                self._seen[name].append(now)
            self._forget(now)
            return True

    def _name(self, kind: str, value: str) -> bytes:
        return hmac.new(self._key, f"{kind}\0{value}".encode(), hashlib.sha256).digest()

    def _count(self, name: bytes, now: float) -> int:
        times = self._seen.get(name)
        while times and times[0] <= now - HOUR:
            times.popleft()
        return len(times or ())

    def _forget(self, now: float) -> None:
        while self._seen:
            oldest = next(iter(self._seen))
            if len(self._seen) <= _MOST_KEYS and self._seen[oldest] and self._seen[oldest][-1] > now - HOUR:
                return
            del self._seen[oldest]
