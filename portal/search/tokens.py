"""What a person typed, as one opaque word in the address (portal.sealing).

With it goes which findings the reader has taken away: they would tell what was typed. The language is not inside: a
search can be read in another one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from portal.sealing import Seal

KEEP_DAYS = 7
MAX_CHARACTERS = 200
MAX_WITHOUT = 12


class SearchTokens:
    def __init__(self, secret: bytes) -> None:
        self._seal = Seal(secret, "search text", KEEP_DAYS)

    def seal(self, text: str, today: date, without: Iterable[str] = ()) -> str:
        """The token for `text`, of which at most MAX_CHARACTERS are kept, and for at most MAX_WITHOUT short keys."""
        whole = "\0".join([text[:MAX_CHARACTERS].replace("\0", " "), *sorted(set(without))[:MAX_WITHOUT]])
        return self._seal.close(whole.encode("utf-8", "replace"), today)

    def open(self, token: str, today: date) -> tuple[str, frozenset[str]]:
        """The text of a token and what was taken away. Raises BadTokenError or ExpiredTokenError."""
        message, _day = self._seal.open(token, today)
        text, *without = message.decode("utf-8").split("\0")
        return text, frozenset(without)
