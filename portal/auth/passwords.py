"""Which passwords are accepted, and how they are compared. Length counts, not special characters (NIST SP 800-63B)."""

from __future__ import annotations

import unicodedata
from typing import Any

from flask import Flask, current_app
from flask_security import PasswordUtil, hash_password, verify_and_update_password
from rapidfuzz import fuzz

from portal.models import User

MIN_LENGTH = 12
MAX_LENGTH = 500

_COMMON = frozenset(
    """passwort1234 passwort12345 passwort123456 passwordpassword passwortpasswort password1234 password12345
    password123456 123456789012 1234567890123 12345678901234 123456789123 123123123123 111111111111 000000000000
    qwertzuiopas qwertzuiopasdfgh qwertyuiopas qwertyuiopasdfgh qwertz123456 qwerty123456 asdfghjklöäy 1q2w3e4r5t6z
    1q2w3e4r5t6y abcdefghijkl abcdefghijklm abc123abc123 abcdef123456 hallohallohallo hallo1234567 willkommen123
    willkommen1234 ichliebedich1 ichliebedich iloveyouiloveyou sommer2024sommer familienzentrum familienlotse
    familienlotse1 familienlotse123 jugendamt1234 beratungsstelle kindergarten kindergarten1 administrator
    administrator1 verwaltung123 geheimgeheim geheim123456 changemechangeme letmeinletmein schatzschatz
    deutschland1 deutschland123 fussball1234 schalke041904 borussiadortmund""".split()
)


class PasswordRules(PasswordUtil):
    """At least twelve characters, none of the usual ones, not one's own name."""

    def validate(self, password: str, is_register: bool, **kwargs: Any) -> tuple[list[str] | None, str]:
        normal = self.normalize(password)
        user: User | None = kwargs.get("user")
        problem = problem_with(
            normal,
            own=(user.email, user.name) if user else (),
            site=current_app.extensions["site"].kommune.site_name,
        )
        return ([problem] if problem else None), normal


def problem_with(password: str, *, own: tuple[str, ...], site: str) -> str:
    """What is wrong with a new password, in one sentence; "" where nothing is. `own` is what others know of the person."""
    if len(password) < MIN_LENGTH:
        return f"Das Passwort braucht mindestens {MIN_LENGTH} Zeichen. Ein kurzer Satz ist leicht zu merken."
    if len(password) > MAX_LENGTH:
        return f"Das Passwort darf höchstens {MAX_LENGTH} Zeichen haben."
    plain = _plain(password)
    if len(set(plain)) < 5 or password.lower() in _COMMON or plain in _COMMON:
        return "Dieses Passwort ist eines der häufigsten. Bitte nimm ein anderes, zum Beispiel vier Wörter."
    for known in {part for text in own for part in (text, text.partition("@")[0])} | {site}:
        if _plain(known) and fuzz.ratio(plain, _plain(known)) >= 75:
            return "Das Passwort ist deinem Namen, deiner E-Mail-Adresse oder dem Namen der Seite zu ähnlich."
    return ""


def _plain(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKC", text).lower() if letter.isalnum())


def normalize(password: str) -> str:
    return str(current_app.extensions["security"].password_util.normalize(password))


def set_password(user: User, password: str) -> None:
    """Keep the hash, under a new identity: every session and every link from before is worth nothing from now on."""
    user.password = hash_password(normalize(password))
    current_app.extensions["security"].datastore.set_uniquifier(user)


def is_right(user: User | None, password: str) -> bool:
    """Compare, with the same effort for somebody who does not exist. May renew the hash: the caller commits."""
    normal = normalize(password[:MAX_LENGTH])
    if user is None or not user.password or not user.active:
        verify_nothing(normal)
        return False
    return bool(verify_and_update_password(normal, user))


def verify_nothing(password: str) -> None:
    """As much work as comparing a password, for nobody."""
    extensions = current_app.extensions
    if "hash of nobody" not in extensions:
        extensions["hash of nobody"] = hash_password("nobody has this password")
    extensions["security"].pwd_context.verify(password, extensions["hash of nobody"])


def init_app(app: Flask) -> None:
    """OWASP's parameters for argon2id with 19 MiB: about 25 ms, and 32 log-ins at once still fit into a small server."""
    app.config.update(
        {
            "SECURITY_PASSWORD_HASH": "argon2",
            "SECURITY_PASSWORD_SCHEMES": ["argon2"],
            "SECURITY_PASSWORD_SINGLE_HASH": True,
            "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": {
                "argon2__type": "ID",
                "argon2__time_cost": 2,
                "argon2__memory_cost": 19456,
                "argon2__parallelism": 1,
            },
            "SECURITY_PASSWORD_NORMALIZE_FORM": "NFKC",
        }
    )
