"""The box "Was braucht mein Kind?": what is typed finds offers, and stands in no address and no log."""

from __future__ import annotations

import io

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import TODAY, parse_html, text_of


def ask(client: FlaskClient, lang: str, question: str):  # type: ignore[no-untyped-def]
    response = client.post(f"/{lang}/suche", data={"q": question})
    assert response.status_code == 303
    return client.get(response.location)


def titles(response) -> list[str]:  # type: ignore[no-untyped-def]
    return [text_of(a) for a in parse_html(response.text).findall(".//h3[@class='card__title']/a")]


def links(response) -> list[str]:  # type: ignore[no-untyped-def]
    return [a.get("href") for a in parse_html(response.text).findall(".//h3[@class='card__title']/a")]


@pytest.mark.parametrize(
    ("lang", "question", "slug"),
    [
        ("de", "Schwimmkurs", "schwimmkurs-kinder"),
        ("de", "mein baby schreit", "schrei-sprechstunde"),
        ("ru", "логопед", "logopaedie-sprechstunde"),
        ("tr", "Kita yeri", "kita-anmeldung-sprechstunde"),
    ],
)
def test_a_question_finds_the_offer(client: FlaskClient, lang: str, question: str, slug: str) -> None:
    assert f"/{lang}/angebote/{slug}" in links(ask(client, lang, question))[:10]


@pytest.mark.parametrize("question", ["mein Mann schlägt mich", "ich will nicht mehr leben"])
def test_help_at_once_stands_before_the_results(client: FlaskClient, question: str) -> None:
    response = ask(client, "de", question)
    page = parse_html(response.text)
    first = page.findall(".//main//a")[0]
    assert first.get("href") == "/de/sofort-hilfe"
    assert "ADHS" not in text_of(page.find(".//main")), "words that stand in every sentence say nothing"


def test_the_question_is_not_in_the_address(client: FlaskClient) -> None:
    location = client.post("/de/suche", data={"q": "mein mann schlägt mich"}).location
    assert "schl" not in location
    assert location.startswith("/de/suche?t=")
    assert location == client.post("/de/suche", data={"q": " mein  mann schlägt mich "}).location, "one cache entry"


def test_the_question_is_not_in_the_log(app: Flask, client: FlaskClient) -> None:
    log = io.StringIO()
    before = structlog.get_config()
    structlog.configure(
        **{
            **before,
            "wrapper_class": structlog.make_filtering_bound_logger(0),
            "logger_factory": structlog.WriteLoggerFactory(file=log),
        }
    )
    try:
        from portal import create_app
        from tests.conftest import make_settings

        # The log is set up with the app: here with everything that it ever says.
        own = create_app(make_settings(app.extensions["settings"].data_dir, log_level="debug"))
        structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=log))
        ask(own.test_client(), "de", "mein geheimes problem")
    finally:
        structlog.configure(**before)
    lines = log.getvalue()
    assert '"route": "/<lang:language>/suche"' in lines
    assert "geheim" not in lines
    assert "t=" not in lines
    assert "127.0.0.1" not in lines


def test_nothing_found_leads_to_a_person(client: FlaskClient) -> None:
    page = parse_html(ask(client, "de", "xylophonquark").text)
    empty = page.find(".//div[@class='empty']")
    assert empty is not None
    assert empty.find(".//a[@href='tel:+493023125100']") is not None


@pytest.mark.parametrize(
    "question",
    [
        "",
        "   ",
        "😀😀😀",
        "'; DROP TABLE offer; --",
        '"NEAR(*" OR',
        "100%_\\",
        "\x00\x01\x02",
        "\u202eabc\u202c",
        "<script>alert(1)</script>",
        "ж" * 5000,
        "a" * 10_000,
    ],
)
def test_any_text_gets_an_ordinary_answer(client: FlaskClient, question: str) -> None:
    response = ask(client, "ar", question)
    assert response.status_code == 200
    assert "<script>alert" not in response.text
    assert "\u202e" not in response.text


def test_a_long_text_is_cut_and_says_so(client: FlaskClient) -> None:
    response = ask(client, "de", "kita " * 100)
    assert "Wir haben nur den Anfang gelesen." in response.text


def test_a_text_over_the_limit_of_a_request_is_refused_kindly(client: FlaskClient) -> None:
    response = client.post("/de/suche", data={"q": "a" * 70_000})
    assert response.status_code == 413
    assert "Der Text ist zu lang" in response.text


@pytest.mark.parametrize("token", ["x", "A" * 40, "A" * 5000, "ü", "%00"])
def test_a_forged_token_is_answered_with_a_sentence(client: FlaskClient, token: str) -> None:
    response = client.get("/de/suche", query_string={"t": token})
    assert response.status_code == 400
    assert "Dieser Link ist nicht vollständig." in response.text


def test_an_old_token_is_answered_with_a_sentence(own_app: Flask) -> None:
    from datetime import timedelta

    client = own_app.test_client()
    location = client.post("/de/suche", data={"q": "kita"}).location
    own_app.config["TODAY"] = TODAY + timedelta(30)
    response = client.get(location)
    assert response.status_code == 410
    assert "Diese Suche ist abgelaufen." in response.text


def test_results_can_be_read_in_another_language(client: FlaskClient) -> None:
    location = client.post("/de/suche", data={"q": "schwimmkurs"}).location
    german, turkish = client.get(location), client.get(location.replace("/de/", "/tr/", 1))
    assert titles(german) != titles(turkish)
    assert next(link[4:] for link in links(german)) in [link[4:] for link in links(turkish)]
    assert location.replace("/de/", "/tr/", 1) in german.text, "the language menu keeps the question"
