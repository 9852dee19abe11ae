"""The second factor: codes of an authenticator app, each good once, and recovery codes, kept as hashes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
from datetime import timedelta
from typing import Any

import segno
from flask import Flask, current_app
from flask_security import MfRecoveryCodesUtil, Totp, UserMixin
from flask_security.proxies import _security
from markupsafe import Markup
from passlib.exc import UsedTokenError  # type: ignore[import-untyped]

from portal.auth.throttle import use_once
from portal.extensions import db
from portal.models import User
from portal.models.base import utc_now

DRIFT = 30
"""Seconds by which the clock of a phone may be wrong."""


class OnceTotp(Totp):
    """A code that was used is refused, also for the minute in which it would still be right."""

    def set_last_counter(self, user: UserMixin, tmatch: Any) -> None:
        fresh = use_once("code", str(user.id), str(tmatch.counter), until=utc_now() + timedelta(minutes=3))
        if not fresh:
            raise UsedTokenError

    def generate_qrcode(self, username: str, totp: str) -> str:
        """The code as SVG, to stand in the page: the policy allows no data: addresses."""
        code = segno.make(self.get_totp_uri(username, totp), error="m", micro=False)
        image = io.BytesIO()
        # Drawn in black on white in dark mode, too: cameras expect it.
        code.save(image, kind="svg", scale=5, border=4, dark="#000", light="#fff", xmldecl=False, svgns=False)
        return image.getvalue().decode()


class HashedRecoveryCodes(MfRecoveryCodesUtil):
    """Shown once, then only compared: the table holds keyed hashes."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        self._key: bytes = hashlib.sha256(b"recovery codes" + app.config["SECRET_KEY"]).digest()

    def _hash(self, code: str) -> str:
        # As people type it: with spaces, without hyphens, in capitals.
        plain = "".join(letter for letter in code.lower() if letter.isalnum())
        return base64.b64encode(hmac.new(self._key, plain.encode(), hashlib.sha256).digest()).decode()

    def _encrypt_codes(self, codes: list[str]) -> list[str]:
        return [self._hash(code) for code in codes]

    def _decrypt_codes(self, codes: list[str]) -> list[str]:
        return codes

    def check_recovery_code(self, user: UserMixin, code: str) -> bool:
        return any(hmac.compare_digest(self._hash(code), kept) for kept in user.mf_recovery_codes or [])

    def delete_recovery_code(self, user: UserMixin, code: str) -> bool:
        """False where another request used it at the same moment."""
        used = self._hash(code)
        # A list of its own: a change inside the old one would not be seen, and the code would stay good.
        user.mf_recovery_codes = [kept for kept in user.mf_recovery_codes or [] if kept != used]
        return use_once("recovery", str(user.id), used, until=utc_now() + timedelta(days=1))


def new_secret() -> str:
    """The secret for an app, encrypted."""
    return str(_security.totp_factory.generate_totp_secret())


def setup_values(user: User, secret: str) -> dict[str, Any]:
    """What the set-up page shows: the QR code as SVG, and the key to type."""
    factory = _security.totp_factory
    return {
        "qr": Markup(factory.generate_qrcode(user.email, secret)),  # noqa: S704  (made here, of numbers)
        "key": factory.get_totp_pretty_key(secret),
        "uri": factory.get_totp_uri(user.email, secret),
    }


def is_right_code(user: User, secret: str, code: str) -> bool:
    """Whether this is the code of now, not used before. The caller commits."""
    digits = "".join(letter for letter in code if letter.isdigit())
    return len(digits) == 6 and bool(_security.totp_factory.verify_totp(digits, secret, user, window=DRIFT))


def has_second_factor(user: User) -> bool:
    return bool(user.tf_totp_secret and user.tf_primary_method)


def turn_on(user: User, secret: str) -> list[str]:
    """From now on this person needs a code. Returns the recovery codes, to be shown once. The caller commits."""
    user.tf_primary_method, user.tf_totp_secret = "authenticator", secret
    return new_recovery_codes(user)


def turn_off(user: User) -> None:
    user.tf_primary_method = user.tf_totp_secret = user.mf_recovery_codes = None
    db.session.add(user)


def new_recovery_codes(user: User) -> list[str]:
    codes: list[str] = current_app.extensions["security"].mf_recovery_codes_util.create_recovery_codes(user)
    return codes


def use_recovery_code(user: User, code: str) -> bool:
    """Whether this was one of theirs; from now on it is none. The caller commits."""
    util = current_app.extensions["security"].mf_recovery_codes_util
    return bool(util.check_recovery_code(user, code)) and bool(util.delete_recovery_code(user, code))
