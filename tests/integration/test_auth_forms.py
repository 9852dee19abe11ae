"""Forms from elsewhere are refused, and nothing that somebody typed is lost when their log-in ends."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from sqlmodel import delete

from portal.auth import parking
from portal.extensions import db
from portal.models import LoginSession
from tests.conftest import text_of
from tests.integration.admin import PASSWORD, NoHeaders, browser, code_for, log_in, make_user, page
from tests.integration.test_auth_sessions import age, is_in, timedelta

NAME = "/verwaltung/konto"
LONG = "Ein langer Text. " * 12_000
"""About 200 kB."""


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:8000"},
        {},
    ],
)
def test_a_form_from_elsewhere_changes_nothing(editor: FlaskClient, headers: dict[str, str]) -> None:
    answer = editor.post(NAME, data={"name": "Somebody Else"}, headers=NoHeaders(headers))
    assert answer.status_code == 403
    assert text_of(page(answer).find(".//h1")) == "Das haben wir nicht angenommen"
    assert page(editor.get(NAME)).find(".//input[@id='name']").get("value") == "Mira Yıldız"
    assert editor.post("/verwaltung/abmelden", headers=NoHeaders(headers)).status_code == 403
    assert is_in(editor)


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": "http://localhost"}]
)
def test_a_form_of_ours_is_taken(editor: FlaskClient, headers: dict[str, str]) -> None:
    assert editor.post(NAME, data={"name": "Mira Neu"}, headers=NoHeaders(headers)).status_code == 303
    assert page(editor.get(NAME)).find(".//input[@id='name']").get("value") == "Mira Neu"


def test_behind_a_proxy_that_ends_https_the_public_address_is_ours(make_app: Any) -> None:
    app = make_app(public_url="https://lotse.example")
    make_user(app, "redaktion", email="mira@redaktion.example")
    data = {"email": "mira@redaktion.example", "password": PASSWORD}
    for origin, status in {
        "https://lotse.example": 303,
        "http://lotse.example": 403,
        "https://evil.example": 403,
    }.items():
        headers = NoHeaders({"Origin": origin, "Host": "127.0.0.1:8000"})
        assert browser(app).post("/verwaltung/anmelden", data=data, headers=headers).status_code == status, origin


def test_somebody_elses_page_cannot_log_in_a_browser(own_app: Flask) -> None:
    """Else a person would write into the account of an attacker without noticing."""
    make_user(own_app, "redaktion", email="mira@redaktion.example")
    answer = browser(own_app).post(
        "/verwaltung/anmelden",
        data={"email": "mira@redaktion.example", "password": PASSWORD},
        headers=NoHeaders({"Sec-Fetch-Site": "cross-site"}),
    )
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (403, False)


# --- the log-in has ended ------------------------------------------------------------------------------------------


def hidden(answer: Any) -> dict[str, str]:
    return {each.get("name"): each.get("value") for each in page(answer).findall(".//form//input[@type='hidden']")}


def log_in_again(client: FlaskClient, answer: Any, email: str = "mira@redaktion.example", **more: str) -> Any:
    form = page(answer).find(".//main//form")
    data = {"email": email, "password": PASSWORD, "parked": hidden(answer)["parked"], **more}
    return client.post(form.get("action"), data=data)


def test_what_was_typed_is_there_after_the_log_in(own_app: Flask, editor: FlaskClient) -> None:
    age(own_app, seen_at=timedelta(hours=13))
    typed = {"name": "Mira Ökçe <b>", "note": LONG, "needs": ["kita_anmeldung", "but_antrag"]}
    answer = editor.post(NAME, data=typed)
    assert answer.status_code == 401
    assert "Was du geschrieben hast, ist noch da." in answer.text
    assert "Mira Ökçe" not in answer.text, "sealed"
    again = log_in_again(editor, answer)
    assert again.status_code == 200
    assert text_of(page(again).find(".//h1")) == "Was du geschrieben hast, ist noch da"
    form = page(again).find(".//main//form")
    fields = [(each.get("name"), each.get("value")) for each in form.findall("input")]
    assert form.get("action") == NAME
    assert fields == [("name", "Mira Ökçe <b>"), ("note", LONG), ("needs", "kita_anmeldung"), ("needs", "but_antrag")]
    assert editor.post(form.get("action"), data={"name": "Mira Ökçe <b>"}).status_code == 303
    assert page(editor.get(NAME)).find(".//input[@id='name']").get("value") == "Mira Ökçe <b>"


def test_it_survives_a_wrong_password_and_the_second_step(own_app: Flask, admin: FlaskClient) -> None:
    age(own_app, seen_at=timedelta(hours=13))
    answer = admin.post(NAME, data={"name": "Ada Neu"})
    wrong = log_in_again(admin, answer, email="ada@redaktion.example", password="wrong password")
    assert wrong.status_code == 400
    step = log_in_again(admin, wrong, email="ada@redaktion.example")
    assert step.location == "/verwaltung/zweiter-schritt"
    again = admin.post(step.location, data={"code": code_for(own_app, 1, 1)})
    assert again.status_code == 200
    assert hidden(again)["name"] == "Ada Neu"


def test_after_a_log_out_in_another_tab_it_is_there_too(own_app: Flask, editor: FlaskClient) -> None:
    with own_app.app_context():
        db.session.exec(delete(LoginSession))
        db.session.commit()
    again = log_in_again(editor, editor.post(NAME, data={"name": "Mira Neu"}))
    assert hidden(again)["name"] == "Mira Neu"


def test_somebody_else_who_logs_in_there_does_not_see_it(own_app: Flask, editor: FlaskClient) -> None:
    make_user(own_app, "redaktion", email="other@redaktion.example")
    age(own_app, seen_at=timedelta(hours=13))
    again = log_in_again(editor, editor.post(NAME, data={"name": "Mira Neu"}), email="other@redaktion.example")
    assert (again.status_code, again.location) == (303, "/verwaltung/")


def test_who_may_not_use_the_page_does_not_see_what_was_typed_there(own_app: Flask) -> None:
    make_user(own_app, "redaktion", email="mira@redaktion.example")
    client = browser(own_app)
    typed = client.post("/verwaltung/personen/neu", data={"name": "Secret Name"})
    again = log_in_again(client, typed)
    assert (again.status_code, again.location) == (303, "/verwaltung/")


def test_passwords_are_never_carried_along(own_app: Flask, editor: FlaskClient) -> None:
    age(own_app, seen_at=timedelta(hours=13))
    answer = editor.post(f"{NAME}/passwort", data={"proof": PASSWORD, "password": "zwei Bären tanzen Tango"})
    assert "parked" not in hidden(answer)


def test_a_sealed_form_of_another_installation_or_of_yesterdays_yesterday_is_nothing(own_app: Flask) -> None:
    user = make_user(own_app, "redaktion", email="mira@redaktion.example")
    for token in ("x" * 100, "", "ü", "A" * 3_000):
        client = browser(own_app)
        answer = client.post(
            "/verwaltung/anmelden?zurueck=1",
            data={"email": "mira@redaktion.example", "password": PASSWORD, "parked": token},
        )
        assert (answer.status_code, answer.location) == (303, "/verwaltung/")
    answer = browser(own_app).post(NAME, data={"name": "Mira Neu"})
    own_app.config["TODAY"] += timedelta(days=2)
    again = log_in_again(browser(own_app), answer)
    assert (again.status_code, again.location) == (303, "/verwaltung/")
    assert user


def test_too_much_to_carry_is_said(own_app: Flask) -> None:
    answer = browser(own_app).post(NAME, data={"name": "x" * 300_000})
    assert answer.status_code == 401
    assert "konnten wir hier nicht mitnehmen" in answer.text
    assert "parked" not in hidden(answer)


def test_five_megabytes_of_text_are_refused_with_a_clear_sentence(editor: FlaskClient) -> None:
    answer = editor.post(NAME, data={"name": "x" * 5_000_000})
    assert answer.status_code == 413
    assert text_of(page(answer).find(".//h1")) == "Das ist zu viel auf einmal"


def test_a_feature_shows_its_form_again_in_its_own_way(
    own_app: Flask, editor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parking, "_handlers", {})
    seen = []

    def show(path: str, form: Any) -> Any:
        seen.append((path, form.to_dict(flat=False)))
        layout = '{% extends "admin/layout.html" %}{% block content %}<h1>Noch da</h1>{% endblock %}'
        return render_template_string(layout)

    parking.register("/verwaltung/konto", show)
    parking.register("/verwaltung", lambda path, form: None)
    age(own_app, seen_at=timedelta(hours=13))
    again = log_in_again(editor, editor.post(NAME, data={"name": "Mira Neu"}))
    assert text_of(page(again).find(".//h1")) == "Noch da"
    assert seen == [(NAME, {"name": ["Mira Neu"]})]


def test_htmx_is_told_and_the_page_stays(own_app: Flask, editor: FlaskClient) -> None:
    age(own_app, seen_at=timedelta(hours=13))
    for answer in (
        editor.get(NAME, headers={"HX-Request": "true"}),
        editor.post(NAME, data={"name": "Mira Neu"}, headers={"HX-Request": "true"}),
    ):
        assert answer.status_code == 401
        assert answer.headers["HX-Trigger"] == '{"abgemeldet": true}'
        assert "<html" not in answer.text
        assert "Du bist nicht mehr angemeldet." in answer.text


def test_a_page_that_is_not_there_says_so_in_the_frame_of_the_editors(own_app: Flask, editor: FlaskClient) -> None:
    for client in (editor, browser(own_app)):
        answer = client.get("/verwaltung/gibt-es-nicht", headers={"Accept-Language": "ar"})
        assert answer.status_code == 404
        assert text_of(page(answer).find(".//h1")) == "Diese Seite gibt es nicht"
        assert page(answer).get("lang") == "de"
    assert log_in(own_app, make_user(own_app, "redaktion")).get("/verwaltung/personen").status_code == 404
