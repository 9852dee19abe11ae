"""Angebote finden: the search of practitioners, several children at once, and the choices they keep."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from statistics import median
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import func, select

from portal.extensions import db
from portal.models import AuditEntry, SavedFilter, SearchGap
from portal.offers.context import catalogue
from portal.offers.filters import Filters
from portal.practitioners.finding import Child, find_for_children, parse_children
from tests.conftest import counted_queries, text_of
from tests.integration.admin import page
from tests.integration.practice import (
    HERE,
    add_internal,
    add_reports,
    change_offer,
    everything,
    flashes,
    guest,
    practitioner,
    rows_of,
    slugs_of,
)

TYPED = "Sprachförderung 3 Jahre Nordstadt"


@pytest.fixture
def client(own_app: Flask) -> FlaskClient:
    return practitioner(own_app)


def chips(response: Any) -> list[str]:
    return [
        text_of(link).removeprefix("Entfernen: ")
        for link in page(response).iter("a")
        if "chip--remove" in (link.get("class") or "")
    ]


def ask(client: FlaskClient, text: str, **chosen: str) -> Any:
    answer = client.post(HERE, data={"q": text, **chosen})
    assert answer.status_code == 303
    return client.get(answer.location)


# --- finding ----------------------------------------------------------------------------------------------------------


def test_somebody_who_only_practises_begins_with_the_search(client: FlaskClient) -> None:
    answer = client.get("/verwaltung/")
    assert (answer.status_code, answer.location) == (303, HERE)


def test_the_box_understands_what_families_type_and_shows_it_as_chips(client: FlaskClient) -> None:
    found = ask(client, TYPED)
    assert chips(found) == ["3 Jahre", "Hilfe beim Sprechen und bei Deutsch", "Nordstadt"]
    assert slugs_of(found)[0] in slugs_of(client.get(f"{HERE}?need=sprachfoerderung&district=nordstadt&age=36"))


def test_what_is_typed_stands_in_no_address(client: FlaskClient) -> None:
    answer = client.post(HERE, data={"q": TYPED, "barrier": "kostenlos"})
    query = dict(parse_qsl(urlsplit(answer.location).query))
    assert query.keys() == {"t", "barrier"}
    assert not [
        word for word in ("Sprach", "3", "Nordstadt", "nordstadt") if word in answer.location.replace(query["t"], "")
    ]


def test_a_chip_takes_one_finding_away(client: FlaskClient) -> None:
    found = ask(client, TYPED)
    place = next(link for link in page(found).iter("a") if text_of(link) == "Entfernen: Nordstadt")
    assert chips(client.get(place.get("href"))) == ["3 Jahre", "Hilfe beim Sprechen und bei Deutsch"]


def test_what_was_chosen_stays_chosen_with_new_words(client: FlaskClient) -> None:
    found = ask(client, "Hebamme", barrier="kostenlos", language="tr")
    assert chips(found)[-2:] == ["kostenlos", "Türkisch"]


@pytest.mark.parametrize(("token", "words"), [("kaputt", "nicht vollständig"), ("a_3gziawcVHQ", "nicht vollständig")])
def test_a_broken_address_says_so_and_shows_all_offers(client: FlaskClient, token: str, words: str) -> None:
    answer = client.get(f"{HERE}?t={token}")
    assert [text for text in flashes(answer) if words in text]
    assert len(rows_of(answer)) == 20


def test_filters_are_those_of_the_catalogue_with_their_counts(own_app: Flask, client: FlaskClient) -> None:
    with own_app.test_request_context("/de/"):
        current = catalogue()
        wanted = current.match(Filters(need="kita_anmeldung", district="nordstadt")).bit_count()
    answer = client.get(f"{HERE}?need=kita_anmeldung&district=nordstadt")
    assert text_of(next(page(answer).iter("h2"))) == f"{wanted} Angebote"
    assert len(rows_of(answer)) == min(wanted, 20)


def test_a_choice_that_nobody_knows_is_named_and_left_out(client: FlaskClient) -> None:
    answer = client.get(f"{HERE}?need=zaubern")
    assert flashes(answer) == ["Das kennen wir nicht und haben es weggelassen: zaubern"]


def test_at_most_20_rows_a_page(client: FlaskClient) -> None:
    first, second = client.get(HERE), client.get(f"{HERE}?page=2")
    assert len(rows_of(first)) == 20
    assert not set(slugs_of(first)) & set(slugs_of(second))
    last = client.get(f"{HERE}?page=9999")
    assert 1 <= len(rows_of(last)) <= 20


def test_htmx_gets_only_the_results_and_the_fields_with_an_address_to_keep(client: FlaskClient) -> None:
    answer = client.get(f"{HERE}?age=&need=kita_anmeldung&district=", headers={"HX-Request": "true"})
    assert answer.headers["HX-Push-Url"] == f"{HERE}?need=kita_anmeldung"
    assert "<html" not in answer.text
    assert 'id="felder" hx-swap-oob="true"' in answer.text


# --- the rows ---------------------------------------------------------------------------------------------------------


def test_a_row_says_what_a_colleague_needs_to_decide_and_to_call(own_app: Flask, client: FlaskClient) -> None:
    add_internal(
        own_app,
        "still-cafe",
        contact="Koordination Frühe Hilfen",
        contact_phone="030 23125 401",
        referral_route="Anruf genügt. " + "Die Eltern sind dabei einverstanden. " * 10,
    )
    add_reports(own_app, "still-cafe", 1)
    change_offer(own_app, "still-cafe", assured_on=date(2026, 10, 1), waiting_weeks=2, free_places=0)
    change_offer(own_app, "still-cafe", availability_as_of=date(2026, 11, 2))
    with own_app.app_context():
        db.session.add(
            AuditEntry(user="Mira Yıldız", action="confirmed", kind="offer", entity="still-cafe", label="Still-Café")
        )
        db.session.commit()
    answer = ask(client, "Still-Café")
    row = next(row for row, slug in zip(rows_of(answer), slugs_of(answer), strict=True) if slug == "still-cafe")
    assert "Für Fachkräfte Koordination Frühe Hilfen 030 23125 401" in row
    assert "Weg dorthin Anruf genügt." in row
    assert row.count("Die Eltern sind dabei einverstanden.") == 3, "short"
    assert "Plätze Kein freier Platz · Wartezeit: etwa 2 Wochen (Stand 02.11.2026)" in row
    assert "kein Platz, gemeldet am 20.11.2026" in row
    assert "bestätigt am 01.10.2026 von Mira Yıldız" in row


def test_the_same_number_of_queries_for_one_row_and_for_twenty(own_app: Flask, client: FlaskClient) -> None:
    client.get(HERE)
    numbers = []
    for path in (f"{HERE}?need=adhs_autismus&district=mitte&age=120", HERE):
        with counted_queries(own_app) as statements:
            rows = rows_of(client.get(path))
        numbers.append((len(rows), len(statements)))
    assert numbers[0][0] < 5
    assert numbers[1][0] == 20
    assert numbers[0][1] == numbers[1][1]


def test_a_page_of_results_is_made_quickly(client: FlaskClient) -> None:
    """40 ms on a quiet machine; here there are others."""
    where = client.post(HERE, data={"q": TYPED}).location
    for path in (HERE, where, f"{HERE}/kinder?kind=30:sprachfoerderung&kind=72"):
        client.get(path)
        times = []
        for _ in range(7):
            started = time.perf_counter()
            client.get(path, headers={"HX-Request": "true"})
            times.append(time.perf_counter() - started)
        assert median(times) < 0.4, path


# --- several children -------------------------------------------------------------------------------------------------


def test_children_are_read_from_the_address_and_nothing_else_is(own_app: Flask) -> None:
    with own_app.test_request_context("/de/"):
        values = ["30:sprachfoerderung", "72", "36:zaubern", "x", "-1", "999", "12:kita_anmeldung:Mia", ""]
        assert parse_children(values, catalogue()) == [Child(30, "sprachfoerderung"), Child(72), Child(36), Child(12)]
        assert len(parse_children(["6"] * 30, catalogue())) == 6


def test_first_what_fits_all_children_then_what_fits_each(own_app: Flask) -> None:
    with own_app.test_request_context("/de/"):
        current = catalogue()
        children = [Child(6), Child(156)]
        found = find_for_children(current, children, Filters(district="nordstadt"))
        both = current.match(Filters(age=6, district="nordstadt")) & current.match(
            Filters(age=156, district="nordstadt")
        )
        assert found.count == both.bit_count() > 0
        assert all(both >> (current.place_of(i) or 0) & 1 for i in found.ids)
        for each, child in zip(found.each, children, strict=True):
            own = current.match(Filters(age=child.age, district="nordstadt")) & ~both
            assert each.count == own.bit_count() > 0
            assert all(own >> (current.place_of(i) or 0) & 1 for i in each.ids)


def test_a_need_is_that_of_its_child_alone(own_app: Flask) -> None:
    with own_app.test_request_context("/de/"):
        current = catalogue()
        found = find_for_children(current, [Child(6), Child(96, "nachhilfe")], Filters())
        assert found.each[0].filters == Filters(age=6)
        assert found.each[1].filters == Filters(age=96, need="nachhilfe")
        assert {current.offer_ids.index(i) for i in found.each[1].ids} <= {
            place for place in range(current.size) if current.need["nachhilfe"] >> place & 1
        }


def test_a_child_more_is_a_tap_and_leads_to_an_address_that_can_be_read(client: FlaskClient) -> None:
    answer = client.get(f"{HERE}/kinder?kind=30:sprachfoerderung&alter=72&bedarf=&district=nordstadt&language=")
    assert answer.location == f"{HERE}/kinder?kind=30:sprachfoerderung&kind=72&district=nordstadt"
    shown = client.get(answer.location)
    assert chips(shown) == ["2 Jahre, Hilfe beim Sprechen und bei Deutsch", "6 Jahre"]
    headings = [text_of(heading).split(":")[0] for heading in page(shown).iter("h2")]
    assert headings == ["Passt für alle Kinder", "2 Jahre, Hilfe beim Sprechen und bei Deutsch", "6 Jahre"]


def test_six_children_at_most(client: FlaskClient) -> None:
    six = "&".join(f"kind={age}" for age in (6, 12, 24, 36, 48, 60))
    assert client.get(f"{HERE}/kinder?{six}&alter=72").location == f"{HERE}/kinder?{six}"
    assert "Mehr als 6 Kinder gehen nicht auf einmal." in client.get(f"{HERE}/kinder?{six}").text


def test_the_same_number_of_queries_for_one_child_and_for_six(own_app: Flask, client: FlaskClient) -> None:
    numbers = []
    for ages in ((36,), (6, 12, 24, 72, 120, 180)):
        path = f"{HERE}/kinder?" + "&".join(f"kind={age}" for age in ages)
        client.get(path)
        with counted_queries(own_app) as statements:
            client.get(path)
        numbers.append(len(statements))
    assert numbers[0] == numbers[1]


# --- choices that are kept --------------------------------------------------------------------------------------------


def kept(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.exec(select(SavedFilter.query).order_by(SavedFilter.id)))


def test_a_choice_is_kept_in_words_and_opens_with_one_tap(own_app: Flask, client: FlaskClient) -> None:
    chosen = f"{HERE}?barrier=kostenlos&district=nordstadt&age=36"
    assert "Diese Auswahl merken" in client.get(chosen).text
    answer = client.post(f"{HERE}/auswahl", data={"query": "barrier=kostenlos&district=nordstadt&age=36&name=Mia"})
    assert kept(own_app) == ["age=36&district=nordstadt&barrier=kostenlos"]
    shown = client.get(answer.location)
    link = next(link for link in page(shown).iter("a") if text_of(link) == "3 Jahre · Nordstadt · kostenlos")
    assert link.get("href") == f"{HERE}?age=36&district=nordstadt&barrier=kostenlos"
    assert "Diese Auswahl merken" not in shown.text


def test_the_same_choice_is_kept_once_and_nothing_is_no_choice(own_app: Flask, client: FlaskClient) -> None:
    for query in ("age=36&need=kita_anmeldung", "need=kita_anmeldung&age=36", "", "need=zaubern", "q=Mia+hat+Angst"):
        assert client.post(f"{HERE}/auswahl", data={"query": query}).status_code == 303
    assert kept(own_app) == ["age=36&need=kita_anmeldung"]


def test_at_most_30_choices(own_app: Flask, client: FlaskClient) -> None:
    for age in range(30):
        client.post(f"{HERE}/auswahl", data={"query": f"age={age}"})
    client.get(HERE)
    client.post(f"{HERE}/auswahl", data={"query": "age=30"})
    assert kept(own_app) == [f"age={age}" for age in range(30)]
    assert flashes(client.get(HERE)) == ["Du hast schon 30 gemerkt. Entferne zuerst eine davon."]


def test_a_choice_is_removed_by_nobody_else(own_app: Flask, client: FlaskClient) -> None:
    from tests.integration.practice import planner

    client.post(f"{HERE}/auswahl", data={"query": "age=36"})
    with own_app.app_context():
        number = db.session.exec(select(SavedFilter.id)).one()
    other = planner(own_app)
    assert "3 Jahre</a>" not in other.get(HERE).text
    assert other.post(f"{HERE}/auswahl/{number}/loeschen").status_code == 404
    assert client.post(f"{HERE}/auswahl/{number}/loeschen").status_code == 303
    assert kept(own_app) == []


def test_a_choice_of_what_is_gone_meanwhile_still_opens(own_app: Flask, client: FlaskClient) -> None:
    client.post(f"{HERE}/auswahl", data={"query": "age=36"})
    with own_app.app_context():
        row = db.session.exec(select(SavedFilter)).one()
        row.query = "age=36&district=abgeschafft"
        db.session.commit()
    link = next(link for link in page(client.get(HERE)).iter("a") if text_of(link) == "3 Jahre")
    assert client.get(link.get("href")).status_code == 200


def test_a_guest_finds_the_same_but_keeps_no_choice(own_app: Flask, client: FlaskClient) -> None:
    """Nobody would know them again."""
    other = guest(own_app)
    chosen = f"{HERE}?need=kita_anmeldung"
    assert slugs_of(other.get(chosen)) == slugs_of(client.get(chosen)) != []
    assert "Diese Auswahl merken" not in other.get(chosen).text
    assert other.post(f"{HERE}/auswahl", data={"query": "age=36"}).status_code == 404
    assert kept(own_app) == []


# --- nothing is kept of it --------------------------------------------------------------------------------------------


def test_searches_of_practitioners_are_not_counted_as_what_families_miss(own_app: Flask, client: FlaskClient) -> None:
    ask(client, "xylophonquark")
    with own_app.app_context():
        assert db.session.exec(select(func.count()).select_from(SearchGap)).one() == 0


def test_nothing_that_was_typed_or_opened_is_in_the_database_or_the_log(
    make_app: Callable[..., Flask], log_text: Callable[[], str]
) -> None:
    """The whole database is read after a run of all journeys, and the whole log."""
    app = make_app(log_level="info")
    client = practitioner(app)
    with app.app_context():
        before = everything()
    typed = "Zwölfjähriger Bartholomäus Quitzow hat große Furcht"
    found = ask(client, typed)
    client.get(f"{HERE}/angebote/{slugs_of(found)[0]}")
    client.get(f"{HERE}/angebote/still-cafe")
    client.get(f"{HERE}/kinder?kind=30:sprachfoerderung&kind=72")
    with app.app_context():
        after = everything()
    assert after == before, "reading writes nothing"
    for word in ("Zwölfjähriger", "Bartholomäus", "Quitzow", "Furcht"):
        assert word not in log_text()
        assert not [row for row in after if word in row]
    assert "kind=" not in log_text()
    assert "sprachfoerderung" not in log_text()
