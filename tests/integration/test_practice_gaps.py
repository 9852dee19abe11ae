"""Lücken: "Dafür gibt es nichts" with one tap, and what planners read of it."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlmodel import select

from portal.extensions import db
from portal.models import FollowUp, Need, NeedText, ReportedGap, SearchGap
from portal.models.enums import LifePhase, TextState
from portal.offers.context import catalogue
from portal.practitioners.gaps_queries import Line, dead_ends, roll_up, sums
from portal.search.gaps import LEAST_SHOWN, Gap, count_once
from tests.conftest import TODAY, counted_queries, text_of
from tests.integration.admin import page
from tests.integration.either_database import either_app as either_app
from tests.integration.practice import HERE, add_reports, everything, flashes, guest, offer_id, planner, practitioner

REPORT = f"{HERE}/luecken/melden"
SPEECH = {
    "age_group": "kita",
    "life_situation": "kulturell",
    "need_code": "sprachfoerderung",
    "district": "nordstadt",
}
NOVEMBER = date(2026, 11, 1)


@pytest.fixture
def client(own_app: Flask) -> FlaskClient:
    return practitioner(own_app)


@pytest.fixture
def planning(own_app: Flask) -> FlaskClient:
    return planner(own_app)


def counted(app: Flask) -> list[dict[str, Any]]:
    with app.app_context():
        return [row.model_dump() for row in db.session.exec(select(ReportedGap).order_by(ReportedGap.need_code))]


def add(app: Flask, table: Any, times: int, month: date = NOVEMBER, **changes: str) -> None:
    with app.app_context():
        db.session.add(table(month=month, times=times, **{**SPEECH, **changes}))
        db.session.commit()


def tables(response: Any) -> list[list[list[str]]]:
    return [
        [[text_of(cell) for cell in row] for row in table.find("tbody").iter("tr")]
        for table in page(response).iter("table")
    ]


# --- one tap ----------------------------------------------------------------------------------------------------------


def sent_by(response: Any, number: int = 0) -> dict[str, str]:
    """What the button of a page sends."""
    forms = [form for form in page(response).iter("form") if form.get("action") == REPORT]
    return {field.get("name"): field.get("value") for field in forms[number].iter("input")}


def test_the_button_of_a_search_counts_what_was_understood(own_app: Flask, client: FlaskClient) -> None:
    where = client.post(HERE, data={"q": "Sprachförderung 3 Jahre Nordstadt"}).location
    answer = client.post(REPORT, data=sent_by(client.get(where)))
    assert (answer.status_code, answer.location) == (303, where)
    assert counted(own_app) == [{"month": NOVEMBER, **SPEECH, "times": 1}]
    assert flashes(client.get(where)) == [
        "Danke. Das ist gezählt. Die Jugendhilfeplanung sieht es, ohne zu wissen, von wem es kommt."
    ]


def test_the_button_of_chosen_filters_counts_them(own_app: Flask, client: FlaskClient) -> None:
    client.post(REPORT, data=sent_by(client.get(f"{HERE}?phase=einschulung&situation=gesundheitlich&district=mitte")))
    expected = {"age_group": "einschulung", "life_situation": "gesundheitlich", "need_code": "", "district": "mitte"}
    assert counted(own_app) == [{"month": NOVEMBER, **expected, "times": 1}]


def test_each_of_several_children_has_its_own_button(own_app: Flask, client: FlaskClient) -> None:
    where = f"{HERE}/kinder?kind=30:sprachfoerderung&kind=96:nachhilfe&district=nordstadt"
    answer = client.post(REPORT, data=sent_by(client.get(where), 1))
    assert answer.location == where
    assert [(row["age_group"], row["need_code"]) for row in counted(own_app)] == [("grundschule", "nachhilfe")]


def test_without_a_choice_there_is_no_button_and_nothing_to_count(own_app: Flask, client: FlaskClient) -> None:
    assert REPORT not in client.get(HERE).text
    assert client.post(REPORT).status_code == 400
    assert client.post(REPORT, data={"need_code": "zaubern", "district": "Mia", "age_group": "7"}).status_code == 400
    assert counted(own_app) == []


def test_there_is_no_field_to_write_in(client: FlaskClient) -> None:
    for path in (f"{HERE}?need=trauer", f"{HERE}/kinder?kind=30"):
        for form in page(client.get(path)).iter("form"):
            if form.get("action") == REPORT:
                assert {field.get("type") for field in form.iter("input")} == {"hidden"}
                assert not list(form.iter("textarea"))


def test_a_need_brings_its_own_life_situation(own_app: Flask, client: FlaskClient) -> None:
    client.post(REPORT, data={**SPEECH, "life_situation": "materiell"})
    assert counted(own_app)[0]["life_situation"] == "kulturell"


def test_the_same_again_within_ten_minutes_is_not_counted(own_app: Flask, client: FlaskClient) -> None:
    for _ in range(2):
        assert client.post(REPORT, data=SPEECH).status_code == 303
    assert [row["times"] for row in counted(own_app)] == [1]
    other = planner(own_app)
    other.post(REPORT, data=SPEECH)
    assert [row["times"] for row in counted(own_app)] == [2], "somebody else"


def test_ten_in_an_hour(own_app: Flask, client: FlaskClient) -> None:
    with own_app.app_context():
        codes = list(db.session.exec(select(Need.code).order_by(Need.code).limit(11)))
    for code in codes:
        client.post(REPORT, data={"need_code": code})
    assert [row["need_code"] for row in counted(own_app)] == codes[:10]


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "\\evil", "?a=1\r\nSet-Cookie: x=1", "/verwaltung/abmelden"]
)
def test_it_leads_back_nowhere_else(client: FlaskClient, back: str) -> None:
    answer = client.post(REPORT, data={**SPEECH, "seite": "boese", "back": back})
    assert answer.location == HERE


def test_nobody_can_say_who_missed_it(own_app: Flask, client: FlaskClient) -> None:
    with own_app.app_context():
        before = everything("reported_gap")
    client.post(REPORT, data={**SPEECH, "text": "Bartholomäus braucht das", "q": "Bartholomäus"})
    with own_app.app_context():
        assert everything("reported_gap") == before, "no audit entry, no name, no word"
    assert counted(own_app) == [{"month": NOVEMBER, **SPEECH, "times": 1}]


def test_guests_of_a_house_share_their_ten_taps(own_app: Flask) -> None:
    client = guest(own_app)
    with own_app.app_context():
        codes = list(db.session.exec(select(Need.code).order_by(Need.code).limit(11)))
        before = everything("reported_gap")
    for code in codes:
        client.post(REPORT, data={"need_code": code})
    assert [row["need_code"] for row in counted(own_app)] == codes[:10]
    with own_app.app_context():
        assert everything("reported_gap") == before


# --- what is too little is put together -------------------------------------------------------------------------------


def gap(times: int, age: str = "kita", need: str = "trauer", place: str = "mitte", situation: str = "sozial") -> Gap:
    return Gap(times, age, situation, need, place)


def test_enough_is_shown_as_it_is() -> None:
    missed = roll_up([gap(5), gap(9, need="sucht")])
    assert missed.lines == [Line(5, "kita", "sozial", "sucht", "mitte"), Line(5, "kita", "sozial", "trauer", "mitte")]
    assert missed.rest == 4, "lines are rounded down"


def test_too_little_is_put_together_without_the_age_then_without_the_place() -> None:
    ages = roll_up([gap(3), gap(2, age="geburt"), gap(4, place="nordstadt"), gap(1, place="suedstadt")])
    assert ages.lines == [Line(5, None, "sozial", "trauer", None), Line(5, None, "sozial", "trauer", "mitte")]
    assert ages.rest == 0


def test_what_is_still_too_little_is_only_a_number() -> None:
    missed = roll_up([gap(3), gap(4, need="sucht"), gap(6)._replace(district="nordstadt")])
    assert [line.times for line in missed.lines] == [5]
    assert missed.rest == 8
    assert missed.total == 13


def test_an_age_or_a_place_alone_says_nothing_when_it_is_put_together() -> None:
    assert (
        roll_up([gap(3, need="", situation="", place=""), gap(3, age="geburt", need="", situation="", place="")]).rest
        == 6
    )


_GAPS = st.lists(
    st.builds(
        Gap,
        st.integers(1, 8),
        st.sampled_from(["", "kita", "geburt"]),
        st.sampled_from(["", "sozial"]),
        st.sampled_from(["", "trauer", "sucht"]),
        st.sampled_from(["", "mitte", "nordstadt"]),
    ),
    unique_by=lambda gap: gap[1:],
    max_size=20,
)


@given(_GAPS)
def test_no_line_is_ever_under_5_and_nothing_is_lost_or_counted_twice(gaps: list[Gap]) -> None:
    missed = roll_up(gaps)
    assert all(line.times >= LEAST_SHOWN and line.times % LEAST_SHOWN == 0 for line in missed.lines)
    assert missed.total == sum(gap.times for gap in gaps)
    assert len(set(missed.lines)) == len(missed.lines)


# --- the page ---------------------------------------------------------------------------------------------------------


def test_planners_read_both_kinds(own_app: Flask, planning: FlaskClient) -> None:
    add(own_app, ReportedGap, 15)
    add(own_app, ReportedGap, 2, need_code="trauer", life_situation="sozial")
    add(own_app, SearchGap, 5, district="")
    answer = planning.get(f"{HERE}/luecken")
    speech = ["Hilfe beim Sprechen und bei Deutsch", "Lernen, Sprache und Freizeit", "Kita-Zeit"]
    assert tables(answer) == [[[*speech, "Nordstadt", "15"]], [[*speech, "ohne Angabe", "5"]]]
    headings = [text_of(heading) for heading in page(answer).iter("h2")]
    assert headings[:2] == ["Fachkräfte haben gemeldet: 17 Mal", "Familien haben vergeblich gesucht: 5 Mal"]
    assert "und 2 weitere einzelne Meldungen" in answer.text


def test_months_are_chosen(own_app: Flask, planning: FlaskClient) -> None:
    add(own_app, ReportedGap, 5, month=date(2025, 12, 1))
    add(own_app, ReportedGap, 10, month=date(2026, 8, 1))
    add(own_app, ReportedGap, 90, month=date(2025, 11, 1))
    seen = {
        query: tables(planning.get(f"{HERE}/luecken{query}"))[0][0][-1]
        for query in ("", "?von=2026-08&bis=2026-08", "?von=2026-08&bis=2025-12", "?von=2025-11", "?von=9999-12&bis=x")
    }
    assert list(seen.values()) == ["15", "10", "15", "105", "15"]


def test_the_difference_of_two_spans_is_never_one_family(own_app: Flask, planning: FlaskClient) -> None:
    add(own_app, ReportedGap, 6, month=date(2026, 8, 1))
    add(own_app, ReportedGap, 1, month=date(2026, 9, 1))
    seen = {
        until: tables(planning.get(f"{HERE}/luecken?von=2026-08&bis={until}"))[0][0][-1]
        for until in ("2026-08", "2026-09")
    }
    assert seen == {"2026-08": "5", "2026-09": "5"}
    rows = planning.get(f"{HERE}/luecken.csv?von=2026-08&bis=2026-09").get_data().decode("utf-8-sig")
    assert [row[-1] for row in csv.reader(io.StringIO(rows), delimiter=";")] == ["Anzahl", "5", "2"]


def test_a_place_has_its_parts_and_a_need_is_chosen(own_app: Flask, planning: FlaskClient) -> None:
    add(own_app, ReportedGap, 5)
    add(own_app, ReportedGap, 10, district="suedstadt")
    add(own_app, ReportedGap, 15, need_code="trauer", life_situation="sozial")
    with own_app.test_request_context("/de/"):
        root = catalogue().ancestors("nordstadt")[-1]

    def times(query: str) -> list[str]:
        return [row[-1] for row in tables(planning.get(f"{HERE}/luecken?{query}"))[0]]

    assert times("ort=suedstadt") == ["10"]
    assert times(f"ort={root}") == ["15", "10", "5"]
    assert times("bedarf=trauer") == ["15"]


def test_a_choice_does_not_show_what_is_too_little(own_app: Flask, planning: FlaskClient) -> None:
    """Otherwise one would choose until only one family is left."""
    add(own_app, ReportedGap, 1)
    add(own_app, ReportedGap, 2, need_code="trauer", life_situation="sozial")
    whole = planning.get(f"{HERE}/luecken").text
    assert "Bisher nur 3 einzelne Meldungen: zu wenige, um mehr zu zeigen." in whole
    chosen = planning.get(f"{HERE}/luecken?ort=nordstadt&bedarf=trauer")
    assert tables(chosen) == []
    assert "einzelne" not in chosen.text


def test_a_code_that_is_gone_meanwhile_is_shown_as_it_is(own_app: Flask, planning: FlaskClient) -> None:
    add(own_app, ReportedGap, 5, need_code="abgeschafft", district="eingemeindet")
    row = tables(planning.get(f"{HERE}/luecken"))[0][0]
    assert (row[0], row[3]) == ("abgeschafft", "eingemeindet")


def test_the_table_is_the_page_and_runs_nothing(own_app: Flask, planning: FlaskClient) -> None:
    with own_app.app_context():
        db.session.add(Need(code="boese", life_situation="sozial", flow="beratung"))
        text = {
            "lang": "de",
            "state": TextState.SOURCE,
            "label": '=HYPERLINK("http://evil.example")',
            "question": "Was?",
        }
        db.session.add(NeedText(need_code="boese", explanation="Was.", **text))
        db.session.commit()
    add(own_app, ReportedGap, 10)
    add(own_app, ReportedGap, 5, need_code="boese", life_situation="sozial")
    add(own_app, ReportedGap, 2, need_code="trauer", life_situation="sozial")
    answer = planning.get(f"{HERE}/luecken.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="luecken-2025-12-bis-2026-11.csv"'
    rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig")), delimiter=";"))
    reported = "Fachkräfte haben gemeldet"
    situation = "Lernen, Sprache und Freizeit"
    assert rows == [
        ["Woher", "Bedarf", "Lebenslage", "Alter", "Ort", "Anzahl"],
        [reported, "Hilfe beim Sprechen und bei Deutsch", situation, "Kita-Zeit", "Nordstadt", "10"],
        [reported, '\'=HYPERLINK("http://evil.example")', "Familie und Alltag", "Kita-Zeit", "Nordstadt", "5"],
        [reported, "weitere einzelne", "", "", "", "2"],
    ]


def test_offers_with_the_most_reports_of_no_place(own_app: Flask, planning: FlaskClient) -> None:
    add_reports(own_app, "still-cafe", 0, 1, 2)
    add_reports(own_app, "frauenhaus", 5, 100)
    answer = planning.get(f"{HERE}/luecken?von=2026-11&bis=2026-11")
    assert [(row[1], row[2]) for row in tables(answer)[-1]] == [("3", "21.11.2026"), ("1", "16.11.2026")]


def test_offers_after_which_nothing_comes_by_life_phase(own_app: Flask, planning: FlaskClient) -> None:
    with own_app.app_context():
        number = offer_id("still-cafe")
        db.session.execute(delete(FollowUp).where(FollowUp.offer_id == number))
        db.session.commit()
        # A bulk delete tells nobody: the catalogue has no follow-ups, so nothing is stale.
    with own_app.test_request_context("/de/"):
        current = catalogue()
        place = current.place_of(number) or 0
        phases = [phase for phase in LifePhase if current.phase.get(phase, 0) >> place & 1]
        found = dead_ends(db.session, current)
    assert phases
    assert [part.phase for part in found] == phases
    assert all([card.row.slug for card in part.cards] == ["still-cafe"] for part in found)
    assert all(part.of > part.count == 1 for part in found)
    assert "/verwaltung/fachkraft/angebote/still-cafe" in planning.get(f"{HERE}/luecken").text


def test_practitioners_tap_and_planners_read(client: FlaskClient) -> None:
    for path in ("luecken", "luecken.csv"):
        assert client.get(f"{HERE}/{path}").status_code == 404


def test_the_same_number_of_queries_for_few_and_for_many(own_app: Flask, planning: FlaskClient) -> None:
    planning.get(f"{HERE}/luecken")
    numbers = []
    for number in range(2):
        with counted_queries(own_app) as statements:
            planning.get(f"{HERE}/luecken")
        numbers.append(len(statements))
        if not number:
            for phase in LifePhase:
                add(own_app, ReportedGap, 9, age_group=phase.value)
    assert numbers[0] == numbers[1]


def test_counting_works_on_both_databases(either_app: Flask) -> None:
    with either_app.app_context():
        for _ in range(5):
            count_once(db.session, ReportedGap, today=TODAY, **SPEECH)
        found = sums(db.session, ReportedGap, NOVEMBER, NOVEMBER)
        assert roll_up(found).lines == [Line(5, "kita", "kulturell", "sprachfoerderung", "nordstadt")]
        assert sums(db.session, ReportedGap, date(2026, 10, 1), date(2026, 10, 1)) == []
        assert dead_ends(db.session, catalogue_of()) == []
        db.session.rollback()


def catalogue_of() -> Any:
    from portal.offers.catalogue import Catalogue

    return Catalogue(db.session, TODAY)
