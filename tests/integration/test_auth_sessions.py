"""Where somebody is logged in: a stolen cookie dies, nothing usable is stored, and visitors have no session at all."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from portal.auth.sessions import device_name
from portal.config import SettingsError
from portal.extensions import db
from portal.models import LoginSession, LoginThrottle, User
from portal.models.base import utc_now
from tests.conftest import counted_queries, make_settings, text_of
from tests.integration.admin import PASSWORD, browser, log_in, make_user, page

ACCOUNT = "/verwaltung/konto"
NEW_PASSWORD = "zwei Bären tanzen Tango"


def word_of(client: FlaskClient) -> str:
    """What is in the cookie; "" where there is none."""
    cookie = client.get_cookie("familienlotse", path="/verwaltung")
    return cookie.value if cookie else ""


def thief_of(app: Flask, client: FlaskClient) -> FlaskClient:
    """Another browser with the same cookie."""
    thief = browser(app)
    thief.set_cookie("familienlotse", word_of(client), path="/verwaltung")
    return thief


def is_in(client: FlaskClient) -> bool:
    answer = client.get(ACCOUNT)
    assert answer.status_code in {200, 303}
    return answer.status_code == 200


def sessions(app: Flask) -> list[LoginSession]:
    with app.app_context():
        return list(db.session.exec(select(LoginSession)))


def age(app: Flask, **changes: timedelta) -> None:
    """Set `seen_at` or `created_at` of all sessions back."""
    with app.app_context():
        for row in db.session.exec(select(LoginSession)):
            for name, back in changes.items():
                setattr(row, name, utc_now() - back)
        db.session.commit()


def test_a_stolen_cookie_dies_at_the_log_out(own_app: Flask, editor: FlaskClient) -> None:
    thief = thief_of(own_app, editor)
    assert is_in(thief)
    answer = editor.post("/verwaltung/abmelden")
    assert (answer.status_code, answer.location) == (303, "/verwaltung/anmelden?abgemeldet=1")
    assert "Du bist abgemeldet." in editor.get(answer.location).text
    assert not is_in(thief)
    assert sessions(own_app) == []
    assert word_of(editor) == ""


def test_a_get_never_logs_out(editor: FlaskClient) -> None:
    assert editor.get("/verwaltung/abmelden").status_code == 405
    assert is_in(editor)


def test_a_new_word_at_the_log_in_and_the_one_from_before_is_worth_nothing(own_app: Flask) -> None:
    user = make_user(own_app, "redaktion")
    client = browser(own_app)
    client.set_cookie("familienlotse", "planted-by-somebody-else-in-this-browser", path="/verwaltung")
    log_in(own_app, user, client=client)
    first = thief_of(own_app, client)
    assert word_of(client) != "planted-by-somebody-else-in-this-browser"
    log_in(own_app, user, client=client)
    assert word_of(client) != word_of(first)
    assert (is_in(client), is_in(first)) == (True, False)
    assert len(sessions(own_app)) == 1


def test_a_new_word_at_the_second_step(own_app: Flask) -> None:
    from tests.integration.admin import code_for

    user = make_user(own_app, "admin", email="ada@redaktion.example")
    client = browser(own_app)
    client.post("/verwaltung/anmelden", data={"email": "ada@redaktion.example", "password": PASSWORD})
    half = thief_of(own_app, client)
    assert not is_in(client)
    assert [row.user_id for row in sessions(own_app)] == [None]
    client.post("/verwaltung/zweiter-schritt", data={"code": code_for(own_app, user)})
    assert (is_in(client), is_in(half)) == (True, False)
    assert [row.user_id for row in sessions(own_app)] == [user]


def test_a_new_password_ends_all_other_sessions(own_app: Flask) -> None:
    user = make_user(own_app, "redaktion")
    here, elsewhere = log_in(own_app, user), log_in(own_app, user)
    thief = thief_of(own_app, here)
    answer = here.post(f"{ACCOUNT}/passwort", data={"proof": PASSWORD, "password": NEW_PASSWORD})
    assert (answer.status_code, answer.location) == (303, ACCOUNT)
    assert [is_in(client) for client in (here, elsewhere, thief)] == [True, False, False]
    assert is_in(log_in(own_app, user, password=NEW_PASSWORD))


def test_the_password_is_not_changed_without_the_old_one(own_app: Flask, editor: FlaskClient) -> None:
    answer = editor.post(f"{ACCOUNT}/passwort", data={"proof": "wrong password", "password": NEW_PASSWORD})
    assert answer.status_code == 422
    assert text_of(page(answer).find(".//*[@id='fehler']//li")) == "Dein Passwort: Das ist nicht dein Passwort."
    answer = editor.post(f"{ACCOUNT}/passwort", data={"proof": PASSWORD, "password": "mira@redaktion.example"})
    assert answer.status_code == 422


def test_one_sees_where_one_is_logged_in_and_ends_it_there(own_app: Flask) -> None:
    user = make_user(own_app, "redaktion")
    here, phone = browser(own_app), browser(own_app)
    here.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
    phone.environ_base["HTTP_USER_AGENT"] = (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1"
    )
    log_in(own_app, user, client=phone)
    log_in(own_app, user, client=here)
    rows = page(here.get(ACCOUNT)).findall(".//ul[@id='geraete']/li")
    assert [text_of(row.find("p")).partition(" seit ")[0] for row in rows] == [
        "Firefox, Linux dieses hier",
        "Safari, iPhone",
    ]
    place = rows[1].find(".//input[@name='ort']").get("value")
    assert here.post(f"{ACCOUNT}/abmelden", data={"ort": place}).status_code == 303
    assert (is_in(here), is_in(phone)) == (True, False)


def test_nobody_ends_the_session_of_somebody_else(own_app: Flask, editor: FlaskClient, provider: FlaskClient) -> None:
    foreign = hashlib.sha256(word_of(editor).encode()).hexdigest()
    provider.post(f"{ACCOUNT}/abmelden", data={"ort": foreign})
    assert is_in(editor)


def test_log_out_everywhere_else(own_app: Flask) -> None:
    user = make_user(own_app, "redaktion")
    others, here = [log_in(own_app, user) for _ in range(3)], log_in(own_app, user)
    here.post(f"{ACCOUNT}/abmelden")
    assert [is_in(client) for client in (*others, here)] == [False, False, False, True]


def test_a_session_that_was_ended_is_not_written_again_by_a_slow_request(own_app: Flask, editor: FlaskClient) -> None:
    from portal.auth.sessions import revoke_sessions

    with own_app.test_request_context("/verwaltung/konto", headers={"Cookie": f"familienlotse={word_of(editor)}"}):
        from flask import Response, session

        session["later"] = 1
        user_id = session.user_id  # type: ignore[attr-defined]
        revoke_sessions(user_id)
        db.session.commit()
        response = Response()
        own_app.session_interface.save_session(own_app, session, response)
        assert "Set-Cookie" not in response.headers
    assert sessions(own_app) == []


def test_twelve_hours_without_a_click_end_it(own_app: Flask, editor: FlaskClient) -> None:
    age(own_app, seen_at=timedelta(hours=11, minutes=59))
    assert is_in(editor)
    age(own_app, seen_at=timedelta(hours=12, minutes=1))
    assert not is_in(editor)


def test_an_operator_may_make_it_shorter(make_app: Any) -> None:
    app = make_app(session_hours=1)
    client = log_in(app, make_user(app, "redaktion"))
    age(app, seen_at=timedelta(minutes=59))
    assert is_in(client)
    age(app, seen_at=timedelta(minutes=61))
    assert not is_in(client)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"session_hours": 0}, "SESSION_HOURS must be between 1 and 168, not 0."),
        (
            {"smtp_url": "http://mail.example", "public_url": "https://a.example"},
            "SMTP_URL must start with smtp:// or smtps://.",
        ),
        ({"smtp_url": "smtp://mail.example"}, "SMTP_URL needs PUBLIC_URL: the links in mails begin with it."),
    ],
)
def test_settings_that_cannot_be_used_stop_the_start(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError) as error:
        make_settings(tmp_path, **changes)
    assert str(error.value) == said


def test_after_seven_days_it_ends_however_busy_one_is(own_app: Flask, editor: FlaskClient) -> None:
    age(own_app, created_at=timedelta(days=6, hours=23))
    assert is_in(editor)
    age(own_app, created_at=timedelta(days=7, minutes=1))
    assert not is_in(editor)


def test_what_has_run_out_is_removed_at_the_next_log_in(own_app: Flask, editor: FlaskClient) -> None:
    age(own_app, seen_at=timedelta(hours=37))
    with own_app.app_context():
        old = utc_now() - timedelta(days=2)
        db.session.add(LoginThrottle(key="0" * 64, failures=3, blocked_until=old, updated_at=old))
        db.session.commit()
    log_in(own_app, make_user(own_app, "redaktion"))
    assert len(sessions(own_app)) == 1
    with own_app.app_context():
        assert db.session.get(LoginThrottle, "0" * 64) is None


def test_the_table_holds_no_cookie_that_could_be_used(own_app: Flask, editor: FlaskClient) -> None:
    (row,) = sessions(own_app)
    assert row.id == hashlib.sha256(word_of(editor).encode()).hexdigest()
    assert word_of(editor) not in json.dumps(row.model_dump(mode="json"))
    stranger = browser(own_app)
    stranger.set_cookie("familienlotse", row.id, path="/verwaltung")
    assert not is_in(stranger)
    assert "127.0.0.1" not in row.data
    assert "_id" not in json.loads(row.data)


def test_reading_pages_writes_nothing_but_the_time_every_five_minutes(own_app: Flask, editor: FlaskClient) -> None:
    is_in(editor)
    with counted_queries(own_app) as statements:
        is_in(editor)
    assert [statement for statement in statements if not statement.startswith("SELECT")] == []
    assert (
        len([statement for statement in statements if "FROM login_session WHERE" in statement]) == 2
    )  # ours, the list
    age(own_app, seen_at=timedelta(minutes=6))
    with counted_queries(own_app) as statements:
        is_in(editor)
    assert [each.split()[:2] for each in statements if not each.startswith("SELECT")] == [["UPDATE", "login_session"]]
    assert utc_now() - sessions(own_app)[0].seen_at < timedelta(minutes=1)


def test_visitors_get_no_cookie_also_below_verwaltung(own_app: Flask) -> None:
    client = browser(own_app)
    for path in (
        "/de/",
        "/verwaltung/anmelden",
        "/verwaltung/passwort-vergessen",
        "/verwaltung/gibt-es-nicht",
        ACCOUNT,
    ):
        assert "Set-Cookie" not in client.get(path).headers, path
    assert client.get("/verwaltung/gibt-es-nicht").status_code == 404


def test_on_pages_for_families_the_cookie_of_an_editor_does_nothing(own_app: Flask, editor: FlaskClient) -> None:
    """A browser does not send it there; one that does gets the page of everybody, and nothing is set or looked up."""
    stranger = browser(own_app)
    mine = {"Cookie": f"familienlotse={word_of(editor)}"}
    for path in ("/de/", "/de/angebote/kita-regenbogen", "/healthz"):
        with counted_queries(own_app) as statements:
            answer = editor.get(path, headers=mine)
        assert "Set-Cookie" not in answer.headers
        assert answer.text == stranger.get(path).text
        assert not [statement for statement in statements if "login_session" in statement or "user" in statement]


@pytest.mark.parametrize("word", ["", "x", "x" * 5000, "ü" * 30, "../../etc", "%00" * 10])
def test_any_rubbish_in_the_cookie_is_nobody(own_app: Flask, word: str) -> None:
    client = browser(own_app)
    answer = client.get(ACCOUNT, headers={"Cookie": f"familienlotse={word}"})
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (303, False)


@pytest.mark.parametrize("name", ["remember_token", "session"])
def test_no_other_cookie_and_no_token_lets_anybody_in(own_app: Flask, name: str) -> None:
    user_id = make_user(own_app, "redaktion")
    with own_app.app_context():
        user = db.session.get_one(User, user_id)
        token = user.get_auth_token()
    client = browser(own_app)
    assert client.get(ACCOUNT, headers={"Cookie": f"{name}={token}", "Authentication-Token": token}).status_code == 303
    assert client.get(ACCOUNT, query_string={"auth_token": token}).status_code == 303


def test_over_https_the_cookie_says_so(make_app: Any) -> None:
    app = make_app(public_url="https://lotse.example")
    user = make_user(app, "redaktion", email="mira@redaktion.example")
    client = browser(app)
    answer = client.post(
        "/verwaltung/anmelden",
        base_url="https://lotse.example",
        data={"email": "mira@redaktion.example", "password": PASSWORD},
    )
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Secure-familienlotse=")
    assert set(cookie.split("; ")[1:]) == {"Secure", "HttpOnly", "Path=/verwaltung", "SameSite=Lax"}
    assert user


def test_who_is_shut_out_is_out_at_once(own_app: Flask, editor: FlaskClient) -> None:
    with own_app.app_context():
        (row,) = sessions(own_app)
        db.session.get_one(User, row.user_id).active = False
        db.session.commit()
    assert not is_in(editor)


def test_a_device_is_named_as_people_name_it() -> None:
    windows = (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36"
    )
    assert device_name(windows + " Edg/142.0") == "Edge, Windows"
    assert device_name(windows) == "Chrome, Windows"
    assert device_name("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15") == "Safari, Mac"
    assert device_name("<script>alert(1)</script>") == "Unbekanntes Gerät"
