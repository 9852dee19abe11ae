"""The second step: set up, asked for, lost. Whoever gives rights to others must have one."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlmodel import select

from portal.auth import service
from portal.extensions import db
from portal.models import AuditEntry, LoginThrottle, User
from portal.models.base import utc_now
from tests.conftest import text_of
from tests.integration.admin import PASSWORD, browser, code_for, code_of, log_in, make_user, page

SET_UP = "/verwaltung/zweiter-schritt/einrichten"
STEP = "/verwaltung/zweiter-schritt"


def key_on(client: FlaskClient) -> str:
    """What somebody types into their app who cannot scan the picture."""
    return text_of(page(client.get(SET_UP)).find(".//code"))


def set_up(app: Flask, client: FlaskClient) -> list[str]:
    """As a person does it; the recovery codes that are shown."""
    with app.app_context():
        code = code_of(app, _secret_of(app, key_on(client)))
    answer = client.post(SET_UP, data={"code": code})
    assert answer.status_code == 200, answer.text
    return [text_of(each) for each in page(answer).findall(".//main//li/code")]


def _secret_of(app: Flask, key: str) -> str:
    factory = app.extensions["security"].totp_factory._totp
    return str(factory(key=key.replace("-", ""), format="base32").to_json(encrypt=True))


def password_only(app: Flask, user_id: int, password: str = PASSWORD) -> FlaskClient:
    client = browser(app)
    with app.app_context():
        email = db.session.get_one(User, user_id).email
    client.post("/verwaltung/anmelden", data={"email": email, "password": password})
    return client


def end_all_pauses(app: Flask) -> None:
    with app.app_context():
        past = utc_now() - timedelta(seconds=1)
        # A code that was used is such a row, too: that one stays.
        db.session.exec(update(LoginThrottle).where(LoginThrottle.failures > 0).values(blocked_until=past))  # type: ignore[arg-type]
        db.session.commit()


def test_the_picture_stands_in_the_page_and_the_key_beside_it(editor: FlaskClient) -> None:
    answer = editor.get(SET_UP)
    document = page(answer)
    assert document.find(".//div[@class='qr']/{http://www.w3.org/2000/svg}svg") is not None
    assert "data:" not in answer.text.replace("data-", "")
    assert re.fullmatch(r"([A-Z2-7]{4}-){7}[A-Z2-7]{4}", text_of(document.find(".//code")))
    field = document.find(".//input[@id='code']")
    assert (field.get("autocomplete"), field.get("inputmode")) == ("one-time-code", "numeric")


def test_whoever_sets_it_up_is_asked_for_it_from_then_on(own_app: Flask) -> None:
    user = make_user(own_app, "redaktion")
    client = log_in(own_app, user)
    codes = set_up(own_app, client)
    assert len(codes) == len(set(codes)) == 8
    client = password_only(own_app, user)
    assert client.get("/verwaltung/konto").status_code == 303
    answer = client.post(STEP, data={"code": code_for(own_app, user, 1)})
    assert (answer.status_code, answer.location) == (303, "/verwaltung/")
    with own_app.app_context():
        last = db.session.exec(select(AuditEntry).order_by(AuditEntry.id.desc())).first()  # type: ignore[union-attr]
        assert (last.action, last.details) == ("logged_in", "Passwort und Code der App")


def test_a_wrong_code_turns_nothing_on(own_app: Flask, editor: FlaskClient) -> None:
    key = key_on(editor)
    answer = editor.post(SET_UP, data={"code": "000000"})
    assert answer.status_code == 400
    assert text_of(page(answer).find(".//code")) == key, "the same picture: it was scanned already"
    with own_app.app_context():
        assert db.session.exec(select(User.tf_totp_secret)).all() == [None]


def test_whoever_invites_others_cannot_work_before_it_is_set_up(own_app: Flask) -> None:
    user = make_user(own_app, "admin")
    with own_app.app_context():
        db.session.get_one(User, user).tf_totp_secret = None
        db.session.commit()
    client = password_only(own_app, user)
    assert client.get("/verwaltung/personen").status_code == 303
    set_up(own_app, client)
    assert client.get("/verwaltung/personen").status_code == 200
    answer = client.post("/verwaltung/konto/zweiter-schritt/aus")
    assert "Wer Personen verwaltet, braucht den zweiten Schritt." in client.get(answer.location).text
    with own_app.app_context():
        assert db.session.get_one(User, user).tf_totp_secret is not None


def test_the_same_code_works_once(own_app: Flask) -> None:
    """Somebody who looked over a shoulder knows the password and the code of this minute."""
    user = make_user(own_app, "admin")
    code = code_for(own_app, user)
    first, second = password_only(own_app, user), password_only(own_app, user)
    assert first.post(STEP, data={"code": code}).status_code == 303
    answer = second.post(STEP, data={"code": code})
    assert answer.status_code == 400
    assert "Dieser Code stimmt nicht oder ist schon benutzt." in answer.text
    assert second.post(STEP, data={"code": code_for(own_app, user, 1)}).status_code == 303


def test_a_code_of_half_a_minute_ago_is_right_and_one_of_two_minutes_is_not(own_app: Flask) -> None:
    user = make_user(own_app, "admin")
    assert password_only(own_app, user).post(STEP, data={"code": code_for(own_app, user, -4)}).status_code == 400
    typed = code_for(own_app, user)
    assert password_only(own_app, user).post(STEP, data={"code": f"{typed[:3]} {typed[3:]}"}).status_code == 303


def test_codes_cannot_be_guessed_one_after_the_other(own_app: Flask) -> None:
    user = make_user(own_app, "admin")
    client = password_only(own_app, user)
    seen = [client.post(STEP, data={"code": f"{n:06}"}).status_code for n in range(6)]
    assert seen == [400] * 5 + [429]
    # A new log-in with the right password does not begin the count anew, and neither do recovery codes.
    client = password_only(own_app, user)
    assert client.post(STEP, data={"code": code_for(own_app, user)}).status_code == 429
    assert client.post("/verwaltung/wiederherstellen", data={"code": "aaaa-bbbb-cccc"}).status_code == 429
    end_all_pauses(own_app)
    assert client.post(STEP, data={"code": code_for(own_app, user)}).status_code == 303


def test_a_recovery_code_opens_the_door_once(own_app: Flask) -> None:
    user = make_user(own_app, "redaktion")
    codes = set_up(own_app, log_in(own_app, user))
    client = password_only(own_app, user)
    typed = codes[3].replace("-", " ").upper()
    answer = client.post("/verwaltung/wiederherstellen", data={"code": typed})
    assert (answer.status_code, answer.location) == (303, "/verwaltung/")
    assert "Noch 7 Wiederherstellungs-Codes." in text_of(page(client.get("/verwaltung/konto")))
    again = password_only(own_app, user).post("/verwaltung/wiederherstellen", data={"code": codes[3]})
    assert again.status_code == 400
    assert password_only(own_app, user).post("/verwaltung/wiederherstellen", data={"code": codes[0]}).status_code == 303


def test_recovery_codes_are_stored_as_hashes_and_shown_once(own_app: Flask) -> None:
    user = make_user(own_app, "redaktion")
    client = log_in(own_app, user)
    codes = set_up(own_app, client)
    with own_app.app_context():
        kept = db.session.get_one(User, user).mf_recovery_codes or []
        secret = db.session.get_one(User, user).tf_totp_secret or ""
    assert len(kept) == 8
    assert not set(codes) & set(kept)
    assert not [code for code in codes if code.replace("-", "") in "".join(kept)]
    assert '"enckey"' in secret, "the secret of the app is encrypted"
    assert not [code for code in codes if code in client.get("/verwaltung/konto").text]


def test_new_recovery_codes_end_the_old_ones(own_app: Flask) -> None:
    user = make_user(own_app, "redaktion")
    client = log_in(own_app, user)
    old = set_up(own_app, client)
    answer = client.post("/verwaltung/konto/wiederherstellung")
    new = [text_of(each) for each in page(answer).findall(".//main//li/code")]
    assert len(new) == 8
    assert password_only(own_app, user).post("/verwaltung/wiederherstellen", data={"code": old[0]}).status_code == 400
    assert password_only(own_app, user).post("/verwaltung/wiederherstellen", data={"code": new[0]}).status_code == 303


def test_something_important_asks_for_the_password_again_after_a_while(
    own_app: Flask, editor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "FRESH_SECONDS", -1)
    answer = editor.get(SET_UP)
    assert (answer.status_code, answer.location) == (303, f"/verwaltung/konto/beweisen?next={SET_UP}")
    for path in ("zweiter-schritt/aus", "wiederherstellung"):
        assert editor.post(f"/verwaltung/konto/{path}").location.startswith("/verwaltung/konto/beweisen")
    monkeypatch.setattr(service, "FRESH_SECONDS", 600)
    assert editor.post(answer.location, data={"proof": "wrong password"}).status_code == 422
    proved = editor.post(answer.location, data={"proof": PASSWORD})
    assert (proved.status_code, proved.location) == (303, SET_UP)


def test_the_second_step_can_be_turned_off_again(own_app: Flask) -> None:
    user = make_user(own_app, "redaktion")
    client = log_in(own_app, user)
    set_up(own_app, client)
    assert client.post("/verwaltung/konto/zweiter-schritt/aus").status_code == 303
    with own_app.app_context():
        person = db.session.get_one(User, user)
        assert (person.tf_primary_method, person.tf_totp_secret, person.mf_recovery_codes) == (None, None, None)


def test_nobody_reaches_the_second_step_without_the_first(own_app: Flask) -> None:
    client = browser(own_app)
    for path in (STEP, SET_UP, "/verwaltung/wiederherstellen"):
        for answer in (client.get(path), client.post(path, data={"code": "123456"})):
            assert (answer.status_code, answer.location) == (303, "/verwaltung/anmelden")
            assert "Set-Cookie" not in answer.headers


def test_the_second_step_waits_ten_minutes(own_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    user = make_user(own_app, "admin")
    client = password_only(own_app, user)
    monkeypatch.setattr(service, "PENDING_SECONDS", -1)
    assert client.post(STEP, data={"code": code_for(own_app, user)}).location == "/verwaltung/anmelden"


def test_one_comes_to_where_one_wanted_also_over_the_second_step(own_app: Flask) -> None:
    user = make_user(own_app, "admin", email="ada@redaktion.example")
    client = browser(own_app)
    client.post(
        "/verwaltung/anmelden?next=/verwaltung/personen/neu",
        data={"email": "ada@redaktion.example", "password": PASSWORD},
    )
    answer = client.post(STEP, data={"code": code_for(own_app, user)})
    assert answer.location == "/verwaltung/personen/neu"
