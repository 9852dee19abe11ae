"""The plan that a conversation ends in: on the page, as calendar, as paper and as a code to photograph."""

from __future__ import annotations

import re
import threading
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar

from portal import paper
from portal.i18n import LANGUAGES
from portal.lotse.state import LotseTokens
from tests.conftest import TODAY, counted_queries, text_of
from tests.integration.lotse_talk import BABY, BUT, Talk, token_of


def test_the_plan_says_what_where_and_what_to_bring(client: FlaskClient) -> None:
    talk = Talk.with_answers(client, "but", BUT)
    (first, *_rest) = [li for li in talk.page.iter("li") if li.get("class") == "step"]
    text = text_of(first)
    assert "Sagt der Schule oder Kita, dass ihr das Bildungspaket beantragt." in text
    assert "November 2026" not in text, "the application counts for 12 months back: no hurry"
    assert "Bescheid über Wohngeld" in text
    assert "Ausweis oder Aufenthaltstitel" in text
    assert (
        next(a.get("href") for a in first.iter("a") if (a.get("href") or "").startswith("tel:")) == "tel:+493023125300"
    )
    verdict = talk.page.find(".//ul[@class='verdicts']")
    assert text_of(next(verdict.iter("li"))).startswith("Ausflüge und Klassenfahrten wahrscheinlich ja"), "wanted first"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("flow", "answers"), [("but", BUT), ("baby", BABY), ("beratung", {"sorge": "schulden", "dolmetscher": "-", "stadtteil": "-"})]
)  # fmt: skip
def test_the_plan_is_there_in_every_language(
    client: FlaskClient, lang: str, flow: str, answers: dict[str, Any]
) -> None:
    talk = Talk.with_answers(client, flow, answers, lang)
    assert (talk.response.status_code, talk.question) == (200, None)
    assert len(talk.titles) >= 1
    assert bool(talk.links("/de/lotse/schritt")) is True, "the menu, and the plan in German"


def test_the_plan_says_until_when_its_address_works(client: FlaskClient) -> None:
    until = "Er geht bis 21. Dezember 2026."
    assert until in Talk.with_answers(client, "but", BUT).response.text
    # As well where htmx has put it into the page.
    before = Talk.with_answers(client, "but", {name: BUT[name] for name in ("leistung", "kinder")})
    form = {"t": before.token, "q": "bedarf", "a": "ausflug"}
    assert until in client.post("/de/lotse/schritt", data=form, headers={"HX-Request": "true"}).text


def test_who_opens_a_plan_again_is_told_how_long_the_link_works_that_can_be_handed_on(
    app: Flask, client: FlaskClient
) -> None:
    """The link of the page is sealed anew each time it is seen."""
    talk = Talk.with_answers(client, "but", BUT, day=TODAY - timedelta(10))
    (shared,) = (each.get("data-url") for each in talk.page.iter("button") if each.get("data-share") is not None)
    _state, until = LotseTokens(app.config["SECRET_KEY"]).open(shared.partition("t=")[2], TODAY)
    assert until == date(2026, 12, 21)
    assert "Er geht bis 21. Dezember 2026." in talk.response.text


def test_the_days_of_the_plan_are_a_calendar(client: FlaskClient) -> None:
    talk = Talk.with_answers(client, "but", {**BUT, "leistung": ["keine"], "einkommen": "ja"})
    (href,) = talk.links("/lotse/plan.ics")
    response = client.get(href)
    assert (response.status_code, response.mimetype) == (200, "text/calendar")
    assert response.headers["Content-Disposition"] == "attachment; filename=plan.ics"
    (event,) = Calendar.from_ical(response.data).walk("VEVENT")
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (date(2026, 11, 30), date(2026, 12, 1))
    assert str(event["SUMMARY"]) == "Noch in diesem Monat beantragen, sonst geht ein Monat verloren"
    assert str(event["DESCRIPTION"]).splitlines()[0] == "Lasst prüfen, ob ihr Kinderzuschlag bekommt"
    assert ", Tel. " in str(event["DESCRIPTION"])
    (alarm,) = event.walk("VALARM")
    assert alarm["TRIGGER"].dt == timedelta(days=-3)
    assert client.get(href).data == response.data, "the same event, however often it is fetched"


def test_a_month_is_an_event_on_its_first_day_and_says_that_it_is_a_month(client: FlaskClient) -> None:
    events = Calendar.from_ical(Talk.with_answers(client, "baby", BABY).follow_file("/lotse/plan.ics")).walk("VEVENT")
    (leave,) = [
        event for event in events if "Januar 2027" in str(event["DESCRIPTION"]) and "bis" not in str(event["SUMMARY"])
    ][:1]
    assert leave["DTSTART"].dt.day == 1
    assert leave["DTEND"].dt - leave["DTSTART"].dt == timedelta(days=1)
    assert min(event["DTSTART"].dt for event in events) >= TODAY
    assert len({str(event["UID"]) for event in events}) == len(events)


def test_the_code_to_photograph_is_a_picture_of_the_address(client: FlaskClient) -> None:
    talk = Talk.with_answers(client, "but", BUT)
    address = talk.page.find(".//img[@class='qr']").get("src")
    response = client.get(address)
    assert (response.status_code, response.mimetype) == (200, "image/svg+xml")
    (button,) = [each for each in talk.page.iter("button") if each.get("data-share") is not None]
    assert response.data == paper.qr_svg(button.get("data-url"))


def unpacked(pdf: bytes) -> Iterator[bytes]:
    """The compressed parts of a PDF, as far as they are any."""
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        with suppress(zlib.error):
            yield zlib.decompressobj().decompress(found[1])


@pytest.mark.parametrize("lang", ["de", "ar"])
def test_the_plan_is_a_tagged_pdf(client: FlaskClient, lang: str) -> None:
    if not paper.is_possible():
        pytest.skip("Pango is not installed: the portal offers no PDF then")
    talk = Talk.with_answers(client, "but", BUT, lang)
    (href,) = talk.links("/lotse/plan.pdf")
    response = client.get(href)
    assert (response.status_code, response.mimetype) == (200, "application/pdf")
    assert response.data.startswith(b"%PDF-")
    inside = b"".join(unpacked(response.data))
    assert b"/StructTreeRoot" in inside, "tagged: it can be read aloud"
    assert f"/Lang ({lang})".encode() in inside


def test_without_pango_no_pdf_is_offered(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "is_possible", lambda: False)
    talk = Talk.with_answers(client, "but", BUT)
    assert talk.links("plan.pdf") == []
    assert client.get(f"/de/lotse/plan.pdf?t={talk.token}").status_code == 404


@pytest.mark.parametrize("kind", ["pdf", "ics", "svg"])
def test_before_the_last_question_a_plan_leads_back_to_it(client: FlaskClient, kind: str) -> None:
    token = token_of(client.application, "but", {"leistung": ["wohngeld"]})
    response = client.get(f"/de/lotse/plan.{kind}?t={token}")
    assert (response.status_code, response.location) == (303, f"/de/lotse/schritt?t={token}")


def test_a_plan_costs_the_same_queries_with_one_step_and_with_eight(app: Flask, client: FlaskClient) -> None:
    short = {"sorge": "sucht", "dolmetscher": "-"}
    long = {
        **BUT,
        "leistung": ["grundsicherungsgeld", "wohngeld"],
        "kinder": ["kita:36:47", "schule:96:107"],
        "bedarf": ["lernfoerderung", "teilhabe"],
        "stadtteil": "-",
    }
    counts, steps = {}, {}
    for flow, answers in (("beratung", short), ("but", long)):
        path = f"/schritt?t={token_of(app, flow, answers)}"
        steps[flow] = len(Talk.at(client, path).titles)
        with counted_queries(app) as statements:
            client.get(f"/de/lotse{path}")
        counts[flow] = len(statements)
    assert steps["but"] > steps["beratung"]
    assert counts["but"] == counts["beratung"]


def test_twins_are_told_once(client: FlaskClient) -> None:
    talk = Talk.with_answers(client, "but", {**BUT, "kinder": ["schule:96:107", "schule:96:107", "kita:36:47"]})
    sections = [each for each in talk.page.iter("section") if each.get("class") == "child"]
    assert [text_of(each.find("h3")) for each in sections] == [
        "Für euer Kind: 2 × 8 Jahre (Schule)",
        "Für euer Kind: 3 Jahre (Kita oder Tagespflege)",
    ]
    for section in sections:
        told = [text_of(each.find("p/strong")) for each in section.find("ul") if isinstance(each.tag, str)]
        assert len(told) == len(set(told)) >= 1


def test_only_so_many_sheets_are_drawn_at_once(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pango is not safe among threads, and those that wait must not be all there are."""
    if not paper.is_possible():
        pytest.skip("Pango is not installed: the portal offers no PDF then")
    (href,) = Talk.with_answers(client, "but", BUT).links("/lotse/plan.pdf")
    monkeypatch.setattr(paper, "_seats", threading.BoundedSemaphore(1))
    with paper._seats:
        assert client.get(href).status_code == 503
    assert client.get(href).status_code == 200, "the seat is free again"
