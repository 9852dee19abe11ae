"""Logging in with a password: the pause after wrong ones, and that nobody learns who has an account."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from sqlmodel import select

from portal.auth.passwords import problem_with
from portal.auth.returning import safe_next
from portal.auth.throttle import ACCOUNT_LIMIT, pause_after
from portal.extensions import db
from portal.models import AuditEntry, LoginThrottle, User
from portal.models.base import utc_now
from tests.conftest import text_of
from tests.integration.admin import PASSWORD, browser, log_in, make_user, page

LOGIN = "/verwaltung/anmelden"


def try_log_in(client: Any, email: str, password: str, **kwargs: Any) -> Any:
    return client.post(LOGIN, data={"email": email, "password": password}, **kwargs)


def end_all_pauses(app: Flask) -> None:
    """As if a quarter of an hour went by."""
    with app.app_context():
        db.session.exec(update(LoginThrottle).values(blocked_until=utc_now() - timedelta(seconds=1)))
        db.session.commit()


def audit(app: Flask) -> list[tuple[str, str, str, str]]:
    with app.app_context():
        rows = db.session.exec(select(AuditEntry).order_by(AuditEntry.id)).all()
        return [(row.user, row.action, row.label, row.details) for row in rows]


def test_the_right_password_opens_the_door_however_the_address_is_written(own_app: Flask) -> None:
    make_user(own_app, "redaktion", email="mira@redaktion.example", name="Mira Yıldız")
    client = browser(own_app)
    answer = try_log_in(client, " Mira@Redaktion.example ", PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/verwaltung/")
    assert client.get("/verwaltung/konto").status_code == 200
    assert audit(own_app)[-1] == ("Mira Yıldız", "logged_in", "Mira Yıldız", "Passwort")


def test_ten_wrong_passwords_slow_down_and_then_not_even_the_right_one_helps(own_app: Flask) -> None:
    make_user(own_app, "redaktion", email="mira@redaktion.example")
    client = browser(own_app)
    seen = []
    for number in range(10):
        answer = try_log_in(client, "mira@redaktion.example", f"wrong password {number}")
        seen.append((answer.status_code, answer.headers.get("Retry-After")))
        if answer.status_code == 429:
            end_all_pauses(own_app)
    assert seen[:ACCOUNT_LIMIT] == [(400, None)] * 5
    assert seen[5::2] == [(429, "2"), (429, "4"), (429, "8")]
    try_log_in(client, "mira@redaktion.example", "wrong password")
    answer = try_log_in(client, "mira@redaktion.example", PASSWORD)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "16")
    assert "In 16 Sekunden geht es weiter." in text_of(page(answer))
    end_all_pauses(own_app)
    assert try_log_in(client, "mira@redaktion.example", PASSWORD).status_code == 303
    with own_app.app_context():
        # The account starts anew; of the 13 tries from this address half of the wrong ones are remembered.
        assert [row.failures for row in db.session.exec(select(LoginThrottle))] == [6]
        assert utc_now() - timedelta(seconds=5) < db.session.exec(select(User.last_login_at)).one() <= utc_now()


def test_a_pause_doubles_and_ends_at_a_quarter_of_an_hour() -> None:
    assert [pause_after(n, 5).total_seconds() for n in (4, 5, 6, 13, 14, 500)] == [0, 2, 4, 512, 900, 900]


def test_known_and_unknown_accounts_answer_the_same(own_app: Flask) -> None:
    """Wrong password, invited without a password, shut out, never heard of: also when it comes to the pause."""
    make_user(own_app, "redaktion", email="mira@redaktion.example")
    make_user(own_app, "redaktion", email="new@redaktion.example", password="")
    shut_out = make_user(own_app, "redaktion", email="gone@redaktion.example")
    with own_app.app_context():
        db.session.get_one(User, shut_out).active = False
        db.session.commit()
    answers = {}
    for email, password in {
        "mira@redaktion.example": "wrong password",
        "new@redaktion.example": PASSWORD,
        "gone@redaktion.example": PASSWORD,
        "nobody@redaktion.example": PASSWORD,
    }.items():
        client = browser(own_app)
        bodies = []
        for _ in range(6):
            answer = try_log_in(client, email, password)
            bodies.append((answer.status_code, sorted(answer.headers.keys()), answer.text.replace(email, "…")))
        answers[email] = bodies
    assert [status for status, *_rest in answers["nobody@redaktion.example"]] == [400] * 5 + [429]
    for email in answers:
        assert answers[email] == answers["nobody@redaktion.example"], email


def test_an_unknown_account_costs_the_same_hash(own_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the clock is asked, which would be right only on a quiet machine, but what is done."""
    make_user(own_app, "redaktion", email="mira@redaktion.example")
    context, done = own_app.extensions["security"].pwd_context, []
    verify = context.verify
    monkeypatch.setattr(context, "verify", lambda *args, **kwargs: done.append(args[1]) or verify(*args, **kwargs))
    for email in ("mira@redaktion.example", "nobody@redaktion.example"):
        try_log_in(browser(own_app), email, "wrong password")
    assert len(done) == 2
    assert {kept.rpartition("$")[0].rpartition("$")[0] for kept in done} == {"$argon2id$v=19$m=8,t=1,p=1"}


def test_production_hashes_with_19_mebibytes(app: Flask) -> None:
    from portal import create_app
    from tests.conftest import make_settings

    settings = app.extensions["settings"]
    fresh = create_app(make_settings(settings.data_dir))
    with fresh.app_context():
        hashed = fresh.extensions["security"].pwd_context.hash("vier kluge Igel lesen")
    fresh.extensions["engine"].dispose()
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_many_accounts_from_one_address_are_slowed_down_too(own_app: Flask) -> None:
    client = browser(own_app)
    seen = [try_log_in(client, f"somebody-{n}@redaktion.example", "wrong password").status_code for n in range(31)]
    assert seen == [400] * 30 + [429]
    elsewhere = browser(own_app)
    elsewhere.environ_base["REMOTE_ADDR"] = "203.0.113.7"
    assert try_log_in(elsewhere, "somebody-0@redaktion.example", "wrong password").status_code == 400


def test_behind_a_proxy_the_address_is_the_one_that_the_proxy_saw(own_app: Flask) -> None:
    """What a browser claims stands before it, and does not give a new address."""
    client = browser(own_app)
    for number in range(30):
        headers = {"X-Forwarded-For": f"198.51.100.{number}, 203.0.113.7"}
        try_log_in(client, f"a{number}@redaktion.example", "wrong password", headers=headers)
    other = {"X-Forwarded-For": "203.0.113.8"}
    same = {"X-Forwarded-For": "198.51.100.99, 203.0.113.7"}
    assert try_log_in(client, "b@redaktion.example", "wrong password", headers=other).status_code == 400
    assert try_log_in(client, "b@redaktion.example", "wrong password", headers=same).status_code == 429


def test_the_tables_tell_neither_who_tried_nor_from_where(own_app: Flask) -> None:
    client = browser(own_app)
    client.environ_base["REMOTE_ADDR"] = "203.0.113.7"
    try_log_in(client, "secret-person@redaktion.example", "my secret password")
    with own_app.app_context():
        rows = db.session.exec(select(LoginThrottle)).all()
        assert len(rows) == 2
        assert all(re.fullmatch("[0-9a-f]{64}", row.key) for row in rows)
    assert audit(own_app)[-1] == ("", "login_failed", "", "Passwort")


def test_more_than_16_kilobytes_are_not_read(own_app: Flask) -> None:
    answer = try_log_in(browser(own_app), "mira@redaktion.example", "x" * 17_000)
    assert answer.status_code == 413
    assert "Das ist zu viel auf einmal" in answer.text


def test_what_is_missing_is_said_beside_the_field_and_the_password_never_comes_back(own_app: Flask) -> None:
    answer = try_log_in(browser(own_app), "", "a password that is typed")
    assert answer.status_code == 400
    document = page(answer)
    assert document.find(".//*[@id='fehler']//a").get("href") == "#email"
    assert document.find(".//input[@id='email']").get("aria-invalid") == "true"
    assert document.find(".//input[@id='password']").get("value") == ""
    assert "a password that is typed" not in answer.text


def test_browsers_and_password_managers_know_the_fields(own_app: Flask) -> None:
    document = page(browser(own_app).get(LOGIN))
    fields = {each.get("id"): each.get("autocomplete") for each in document.iter("input")}
    assert fields == {"email": "username", "password": "current-password"}


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example/verwaltung/", "/verwaltung/\\evil.example", "/de/", "/verwaltung/../de/",
     "/verwaltung/%2e%2e/de/", "javascript:alert(1)", "/verwaltung/a\nb", "/verwaltungx/"],
)  # fmt: skip
def test_nobody_is_sent_to_another_place_after_the_log_in(own_app: Flask, wanted: str) -> None:
    make_user(own_app, "redaktion", email="mira@redaktion.example")
    assert safe_next(wanted) == ""
    answer = browser(own_app).post(
        LOGIN, query_string={"next": wanted}, data={"email": "mira@redaktion.example", "password": PASSWORD}
    )
    assert answer.location == "/verwaltung/"


def test_after_the_log_in_one_is_where_one_wanted_to_go(own_app: Flask) -> None:
    user = make_user(own_app, "redaktion", email="mira@redaktion.example")
    client = browser(own_app)
    answer = client.get("/verwaltung/konto/passwort?von=hier")
    assert (answer.status_code, answer.location) == (
        303,
        "/verwaltung/anmelden?next=/verwaltung/konto/passwort?von%3Dhier",
    )
    document = page(client.get(answer.location))
    action = document.find(".//main//form").get("action")
    answer = client.post(action, data={"email": "mira@redaktion.example", "password": PASSWORD})
    assert answer.location == "/verwaltung/konto/passwort?von=hier"
    assert log_in(own_app, user).get(LOGIN).location == "/verwaltung/"


@pytest.mark.parametrize(
    ("password", "begin"),
    [
        ("kurz", "Das Passwort braucht mindestens 12 Zeichen."),
        ("passwort1234", "Dieses Passwort ist eines der häufigsten."),
        ("PASSWORT1234", "Dieses Passwort ist eines der häufigsten."),
        ("aaaaaaaaaaaab", "Dieses Passwort ist eines der häufigsten."),
        ("mira@verein.example", "Das Passwort ist deinem Namen"),
        ("Mira Yildiz 1", "Das Passwort ist deinem Namen"),
        ("Familienlotse Beispielstadt!", "Das Passwort ist deinem Namen"),
        ("x" * 501, "Das Passwort darf höchstens 500 Zeichen haben."),
        ("vier kluge Igel lesen", ""),
        ("дванадцять літер", ""),
    ],
)
def test_length_counts_and_not_special_characters(password: str, begin: str) -> None:
    said = problem_with(password, own=("mira@verein.example", "Mira Yıldız"), site="Familienlotse Beispielstadt")
    assert said.startswith(begin)
    assert bool(said) == bool(begin)
