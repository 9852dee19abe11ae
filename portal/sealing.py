"""What a person said, as one opaque word in an address: encrypted, expiring, the same for the same words.

AES-SIV (RFC 5297) is deterministic on purpose: equal contents share an address, and so a cache entry. The day is
inside, so an address stops working after `keep_days`. Each purpose has a key of its own: a token of one is nothing to
another, nor to another installation.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from datetime import date, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_MAX_TOKEN = 2500
"""Characters: a longer one was not made here."""


def hash_secret(secret: str) -> str:
    """What a table holds of a random word that somebody carries. A plain hash is enough: nobody guesses 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


class BadTokenError(Exception):
    """Forged, cut, of another purpose or from another installation."""


class ExpiredTokenError(Exception):
    """Was right once."""


class Seal:
    def __init__(self, secret: bytes, purpose: str, keep_days: int, max_token: int = _MAX_TOKEN) -> None:
        """`keep_days` after the day on which it was made a token ends; one longer than `max_token` is not looked at."""
        key = HKDF(algorithm=hashes.SHA256(), length=64, salt=None, info=f"familienlotse {purpose}".encode())
        self._cipher = AESSIV(key.derive(secret))
        self._keep = timedelta(keep_days)
        self._max_token = max_token

    def close(self, message: bytes, today: date) -> str:
        """The token for `message`."""
        sealed = self._cipher.encrypt(today.toordinal().to_bytes(3, "big") + message, None)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open(self, token: str, today: date) -> tuple[bytes, date]:
        """The message of a token, and the day on which it was made. Raises BadTokenError or ExpiredTokenError."""
        if not token or len(token) > self._max_token or not token.isascii():
            raise BadTokenError
        try:
            sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            message = self._cipher.decrypt(sealed, None)
        except (binascii.Error, InvalidTag, ValueError) as error:
            raise BadTokenError from error
        day = date.fromordinal(int.from_bytes(message[:3], "big"))
        if not day - timedelta(1) <= today <= day + self._keep:
            raise ExpiredTokenError
        return message[3:], day
