"""What a person typed, as one opaque word in the address: encrypted, the same for equal questions, expiring.

With it goes which findings the reader has taken away: they would tell what was typed.

AES-SIV (RFC 5297) is deterministic on purpose: equal questions share an address, and so a cache entry. The day is
inside, so an address stops working after KEEP_DAYS, and the language is not: a search can be read in another one.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from datetime import date, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEEP_DAYS = 7
MAX_CHARACTERS = 200
MAX_WITHOUT = 12
_MAX_TOKEN = 2500


class BadTokenError(Exception):
    """Forged, cut or from another installation."""


class ExpiredTokenError(Exception):
    """Was right once."""


class SearchTokens:
    def __init__(self, secret: bytes) -> None:
        key = HKDF(algorithm=hashes.SHA256(), length=64, salt=None, info=b"familienlotse search text").derive(secret)
        self._cipher = AESSIV(key)

    def seal(self, text: str, today: date, without: Iterable[str] = ()) -> str:
        """The token for `text`, of which at most MAX_CHARACTERS are kept, and for at most MAX_WITHOUT short keys."""
        whole = "\0".join([text[:MAX_CHARACTERS].replace("\0", " "), *sorted(set(without))[:MAX_WITHOUT]])
        message = today.toordinal().to_bytes(3, "big") + whole.encode("utf-8", "replace")
        return base64.urlsafe_b64encode(self._cipher.encrypt(message, None)).rstrip(b"=").decode()

    def open(self, token: str, today: date) -> tuple[str, frozenset[str]]:
        """The text of a token and what was taken away. Raises BadTokenError or ExpiredTokenError."""
        if not token or len(token) > _MAX_TOKEN or not token.isascii():
            raise BadTokenError
        try:
            sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            message = self._cipher.decrypt(sealed, None)
        except (binascii.Error, InvalidTag, ValueError) as error:
            raise BadTokenError from error
        day = date.fromordinal(int.from_bytes(message[:3], "big"))
        if not day - timedelta(1) <= today <= day + timedelta(KEEP_DAYS):
            raise ExpiredTokenError
        text, *without = message[3:].decode("utf-8").split("\0")
        return text, frozenset(without)
