"""The same on PostgreSQL: pauses counted one by one, codes good once, lists in the same order."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlmodel import select

from portal import create_app, database
from portal.extensions import db
from portal.models import LoginThrottle
from tests.conftest import TODAY, make_settings, share_understanding
from tests.integration.admin import PASSWORD, browser, code_for, log_in, make_user
from tests.integration.test_auth_people import names
from tests.integration.test_auth_second_step import password_only
from tests.integration.test_auth_sessions import is_in


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_app(request: pytest.FixtureRequest, app: Flask, tmp_path: Path) -> Iterator[Flask]:
    """A site without offers and people, on each database."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    own = create_app(make_settings(tmp_path, database_url=url))
    own.config.update(TESTING=True, TODAY=TODAY)
    share_understanding(app, own)
    with own.app_context():
        if url:
            with db.engine.begin() as connection:
                connection.execute(text("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
        database.upgrade(db.engine)
    yield own
    own.extensions["engine"].dispose()


def test_guesses_at_the_same_moment_are_all_counted(empty_app: Flask) -> None:
    """A program that asks many times at once gets no more tries than one that asks one after the other."""
    make_user(empty_app, "redaktion", email="mira@redaktion.example")

    def guess(number: int) -> int:
        data = {"email": "mira@redaktion.example", "password": f"wrong password {number}"}
        return browser(empty_app).post("/verwaltung/anmelden", data=data).status_code

    browser(empty_app)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(guess, range(16)))
    assert sorted(answers) == [400] * 5 + [429] * 11
    with empty_app.app_context():
        assert sorted(db.session.exec(select(LoginThrottle.failures))) == [5, 16]


def test_a_code_at_the_same_moment_in_two_browsers_opens_one_door(empty_app: Flask) -> None:
    user = make_user(empty_app, "admin")
    browsers = [password_only(empty_app, user) for _ in range(4)]
    code = code_for(empty_app, user)
    with ThreadPoolExecutor(4) as threads:
        answers = threads.map(
            lambda each: each.post("/verwaltung/zweiter-schritt", data={"code": code}).status_code, browsers
        )
        assert sorted(answers) == [303, 400, 400, 400]


def test_log_in_list_and_log_out(empty_app: Flask) -> None:
    user = make_user(empty_app, "admin", "redaktion", name="Ada Keller", email="ada@redaktion.example")
    make_user(empty_app, "redaktion", name="bo ohne Anmeldung", email="bo@redaktion.example")
    admin = log_in(empty_app, user)
    assert names(admin.get("/verwaltung/personen?sort=-login")) == ["Ada Keller", "bo ohne Anmeldung"]
    assert names(admin.get("/verwaltung/personen?q=BO")) == ["bo ohne Anmeldung"]
    answer = admin.post("/verwaltung/konto/passwort", data={"proof": PASSWORD, "password": "zwei Bären tanzen Tango"})
    assert answer.status_code == 303
    assert is_in(admin)
    admin.post("/verwaltung/abmelden")
    assert not is_in(admin)
