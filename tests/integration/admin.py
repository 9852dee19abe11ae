"""People who write, and how a browser of theirs talks to the site: for every test of the pages below /verwaltung."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password

from portal.auth import people
from portal.auth.codes import new_secret
from portal.auth.passwords import normalize
from portal.editing.actor import COMMAND
from portal.extensions import db
from portal.models import RoleName, User
from tests.conftest import check_headers, check_page, parse_html

PASSWORD = "vier kluge Igel lesen"


class AdminClient(FlaskClient):
    """A browser: keeps cookies, says where its forms come from, and looks closely at every page."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("method", "GET") not in {"GET", "HEAD"} and not isinstance(kwargs.get("headers"), NoHeaders):
            kwargs["headers"] = {"Sec-Fetch-Site": "same-origin", **dict(kwargs.get("headers") or {})}
        response = super().open(*args, **kwargs)
        path = response.request.path
        ours = path == "/verwaltung" or path.startswith("/verwaltung/")
        cookie = response.headers.get("Set-Cookie", "")
        assert not cookie or ours, "no cookie for visitors"
        assert not cookie or all(word in cookie for word in ("HttpOnly", "SameSite=Lax", "Path=/verwaltung")), cookie
        if ours:
            assert response.headers["Cache-Control"] == "no-store"
        if response.mimetype == "text/html" and response.status_code not in range(300, 400):
            check_headers(response, "same-origin" if ours else "no-referrer")
            if "HX-Request" not in response.request.headers and "Content-Encoding" not in response.headers:
                # A preview is the public page, in its language.
                shown = f"/{path.rsplit('/', 1)[1]}/" if "/vorschau/" in path and not path.endswith("/") else "/de/"
                check_page(response.text, shown if ours else path, for_families=not ours)
        return response


class NoHeaders(dict[str, str]):
    """Headers of a browser (or an attacker) that says nothing of where a request comes from, or something else."""


def make_user(
    app: Flask,
    *roles: RoleName | str,
    organizations: Iterable[int] = (),
    languages: Iterable[str] = (),
    name: str = "",
    email: str = "",
    password: str = PASSWORD,
) -> int:
    """Somebody who can log in. Returns the id. An admin has a second step already."""
    cheap_passwords(app)
    names = {RoleName(role) for role in roles}
    email = email or f"{secrets.token_hex(4)}@verein.example"
    with app.app_context():
        user = people.invite(
            by=COMMAND,
            email=email,
            name=name or f"Person {email[:8]}",
            roles=names,
            organizations=organizations,
            languages=languages,
        )
        if password:
            user.password = hash_password(normalize(password))
        if RoleName.ADMIN in names:
            user.tf_primary_method, user.tf_totp_secret = "authenticator", new_secret()
        db.session.commit()
        assert user.id is not None
        return user.id


def cheap_passwords(app: Flask) -> None:
    """Argon2 with hardly any memory: the tests log in a thousand times. Production does not."""
    app.extensions["security"].pwd_context.update(argon2__time_cost=1, argon2__memory_cost=8)


def browser(app: Flask) -> FlaskClient:
    """A browser of somebody who is not logged in."""
    cheap_passwords(app)
    before, app.test_client_class = app.test_client_class, AdminClient
    try:
        return app.test_client()
    finally:
        app.test_client_class = before


def log_in(app: Flask, user_id: int, password: str = PASSWORD, client: FlaskClient | None = None) -> FlaskClient:
    """Through the form, as a person does; with the code of the app where one is needed."""
    client = client or browser(app)
    with app.app_context():
        user = db.session.get_one(User, user_id)
        email = user.email
    response = client.post("/verwaltung/anmelden", data={"email": email, "password": password})
    assert response.status_code == 303, response.text
    if response.location.endswith("/zweiter-schritt"):
        response = client.post("/verwaltung/zweiter-schritt", data={"code": code_for(app, user_id)})
        assert response.status_code == 303, response.text
    return client


def code_for(app: Flask, user_id: int, step: int = 0) -> str:
    """What the app of this person shows now (`step` 1: next, -1: a moment ago)."""
    with app.app_context():
        secret = db.session.get_one(User, user_id).tf_totp_secret
        return code_of(app, secret or "", step)


def code_of(app: Flask, secret: str, step: int = 0) -> str:
    import time

    totp = app.extensions["security"].totp_factory._totp.from_source(secret)
    return str(totp.generate(time=int(time.time()) + 30 * step).token)


def page(response: Any) -> Any:
    """The page as an element tree."""
    return parse_html(response.text)
