"""The box "Was braucht mein Kind?": what is typed finds offers, and stands in no address and no log."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.i18n import LANGUAGES
from portal.models import SearchGap
from portal.search.gaps import Gap, gaps
from tests.conftest import TODAY, parse_html, text_of

MANY = "kita platz in der Nordstadt, kostenlos, meine tochter ist 3 jahre alt"
"""A question with four findings."""


def ask(client: FlaskClient, lang: str, question: str) -> Any:
    response = client.post(f"/{lang}/suche", data={"q": question})
    assert response.status_code == 303
    return client.get(response.location)


class Results:
    """The page as a family reads it."""

    def __init__(self, response: Any) -> None:
        assert response.status_code == 200
        self.main = parse_html(response.text).find(".//main")
        self.count = text_of(self.main.find(".//*[@class='results__count']"))
        self.slugs = [link.get("href").rpartition("/")[2] for link in self.all("h4[@class='card__title']/a")]
        self.groups = self.all("section[@class='found']")
        self.chips = {text_of(a.find("bdi")): a.get("href") for a in self.all("a[@class='chip chip--remove']")}
        plain = self.all("a[@class='chip chip--plain']")
        self.reset = next((a.get("href") for a in plain if text_of(a) == "Alles zurücksetzen"), None)
        self.facets = [(text_of(a), a.get("href")) for a in plain if text_of(a) != "Alles zurücksetzen"]
        self.notes = [text_of(each) for each in self.all("p[@class='note']")]

    def all(self, path: str) -> list[Any]:
        found: list[Any] = self.main.findall(f".//{path}")
        return found

    def reasons(self, slug: str) -> list[str]:
        card = next(li for li in self.all("li[@class='card']") if li.find("h4/a").get("href").endswith(f"/{slug}"))
        return [text_of(bdi) for bdi in card.findall("./p[@class='why']//bdi")]


def number(words: str) -> int:
    return int(re.sub(r"\D", "", words))


# --- what is found ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "question", "slug"),
    [
        ("de", "Schwimmkurs", "schwimmkurs-kinder"),
        ("de", "schwimkurs", "schwimmkurs-kinder"),
        ("de", "mein baby schreit", "schrei-sprechstunde"),
        ("ru", "логопед", "logopaedie-sprechstunde"),
        ("de", "логопед", "logopaedie-sprechstunde"),
        ("tr", "Kita yeri", "kita-hafenkieker"),
        ("en", "swimming lessons", "schwimmkurs-kinder"),
        ("uk", "логопед", "logopaedie-sprechstunde"),
        ("ar", "دورة سباحة", "schwimmkurs-kinder"),
        ("tr", "kleiderkammer", "kleiderkammer-gruental"),
    ],
)
def test_a_question_finds_the_offer_in_every_language(client: FlaskClient, lang: str, question: str, slug: str) -> None:
    assert slug in Results(ask(client, lang, question)).slugs[:3]


def test_results_stand_in_groups_by_need(client: FlaskClient) -> None:
    found = Results(ask(client, "de", "kita platz"))
    title = found.groups[0].find("h3[@class='found__title']")
    assert (text_of(title), title.find("a").get("href")) == ("Kita-Platz finden", "/de/bedarf/kita_anmeldung")
    assert text_of(found.groups[0].find("p")) != ""
    assert len(found.groups[0].findall(".//li[@class='card']")) == 4
    assert len({text_of(group.find("h3")) for group in found.groups}) == len(found.groups)
    assert len(found.slugs) == len(set(found.slugs)), "each offer once"


def test_a_group_leads_to_all_offers_for_the_need(client: FlaskClient) -> None:
    more = Results(ask(client, "de", "kita platz in der Nordstadt")).groups[0].find(".//a[@class='more']")
    address = urlsplit(more.get("href"))
    assert (address.path, dict(parse_qsl(address.query))) == (
        "/de/angebote",
        {"need": "kita_anmeldung", "district": "nordstadt"},
    )
    listed = parse_html(client.get(more.get("href")).text)
    assert number(text_of(more)) == number(text_of(listed.find(".//*[@class='results__count']")))


def test_the_number_of_offers_is_said(client: FlaskClient) -> None:
    found = Results(ask(client, "de", "schwimmkurs"))
    assert found.count == f"{number(found.count)} Angebote gefunden"
    assert number(found.count) >= len(found.slugs)


def test_each_offer_says_why_it_is_here(client: FlaskClient) -> None:
    found = Results(ask(client, "de", "spielgruppe in der Nordstadt, kostenlos, für mein kind 2 jahre alt"))
    assert found.reasons("spielgruppe-mehrsprachig-nordstadt") == ["passt für 2 Jahre", "in Nordstadt", "kostenlos"]
    turkish = Results(ask(client, "tr", "kita yeri"))
    assert "Türkçe" in turkish.reasons("kita-regenbogen")
    assert Results(ask(client, "de", "schwimmkurs")).reasons("schwimmkurs-kinder") == ["passt zu euren Worten"]


def test_results_can_be_read_in_another_language(client: FlaskClient) -> None:
    location = client.post("/de/suche", data={"q": "schwimmkurs"}).location
    german, turkish = client.get(location), client.get(location.replace("/de/", "/tr/", 1))
    assert Results(german).slugs[0] == Results(turkish).slugs[0] == "schwimmkurs-kinder"
    titles = [text_of(parse_html(each.text).find(".//h4[@class='card__title']")) for each in (german, turkish)]
    assert titles[0] != titles[1]
    assert location.replace("/de/", "/tr/", 1) in german.text, "the language menu keeps the question"


# --- chips and facets ---------------------------------------------------------------------------------------------


def test_what_was_understood_stands_above_the_results(client: FlaskClient) -> None:
    found = Results(ask(client, "de", MANY))
    assert {"3 Jahre", "Kita-Platz finden", "Nordstadt", "kostenlos"} <= set(found.chips)
    assert found.reset is None, "nothing was changed yet"


@pytest.mark.parametrize("chip", ["3 Jahre", "Kita-Platz finden", "Nordstadt", "kostenlos"])
def test_a_tap_takes_a_finding_away_and_searches_again(client: FlaskClient, chip: str) -> None:
    before = Results(ask(client, "de", MANY))
    after = Results(client.get(before.chips[chip]))
    assert chip not in after.chips
    kept = {"3 Jahre", "Nordstadt", "kostenlos"} - {chip}
    assert kept <= set(after.chips)
    assert after.reset is not None
    assert set(Results(client.get(after.reset)).chips) == set(before.chips)
    assert text_of(before.main.find(".//input[@id='frage']")) == text_of(after.main.find(".//input[@id='frage']"))
    assert after.main.find(".//input[@id='frage']").get("value") == MANY, "the question stays as it was typed"


def test_every_finding_can_be_taken_away_one_after_the_other(client: FlaskClient) -> None:
    page, seen = Results(ask(client, "de", MANY)), []
    while page.chips and len(seen) < 12:
        chip, address = next(iter(page.chips.items()))
        seen.append(chip)
        page = Results(client.get(address))
    assert len(seen) == len(set(seen)) >= 4, "none comes back"
    assert page.slugs or page.all("a[@href='tel:+493023125100']")


def test_without_the_district_there_is_more(client: FlaskClient) -> None:
    near = Results(ask(client, "de", "kita platz in der Nordstadt"))
    everywhere = Results(client.get(near.chips["Nordstadt"]))
    assert number(everywhere.count) > number(near.count)
    assert "in Nordstadt" in near.reasons(near.slugs[0])
    assert "in Nordstadt" not in everywhere.reasons(everywhere.slugs[0])


def test_choices_narrow_to_as_many_offers_as_they_say(client: FlaskClient) -> None:
    found = Results(ask(client, "de", "kita platz"))
    assert len(found.facets) >= 3
    for words, address in found.facets:
        left = int(re.findall(r"\d+", words)[-1])
        narrowed = client.get(address)
        assert narrowed.status_code == 200, words
        assert number(Results(narrowed).count) == left, words
        assert 0 < left < number(found.count)


def test_a_choice_becomes_a_chip_that_can_be_taken_away(client: FlaskClient) -> None:
    found = Results(ask(client, "de", "kita platz"))
    address = next(address for words, address in found.facets if words.startswith("kostenlos"))
    narrowed = Results(client.get(address))
    assert set(narrowed.chips) == {*found.chips, "kostenlos"}
    back = Results(client.get(narrowed.chips["kostenlos"]))
    assert (back.chips.keys(), back.slugs) == (found.chips.keys(), found.slugs)


@pytest.mark.parametrize(
    "choice", ["district=nordstadt", "need=schwimmkurs", "barrier=kostenlos", "age=36", "language=tr", "need=zaubern"]
)
def test_a_choice_in_the_address_is_heeded_or_passed_over(client: FlaskClient, choice: str) -> None:
    location = client.post("/de/suche", data={"q": "kita"}).location
    chosen = Results(client.get(f"{location}&{choice}"))
    expected = {
        "district=nordstadt": "Nordstadt",
        "need=schwimmkurs": "Schwimmen lernen",
        "barrier=kostenlos": "kostenlos",
        "age=36": "3 Jahre",
        "language=tr": "Türkisch",
        "need=zaubern": "Kita-Platz finden",
    }
    assert expected[choice] in chosen.chips


# --- where nothing fits -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("schwimmkurs in Ostend ohne anmeldung für mein kind 2 jahre alt",
         "In eurer Nähe gibt es das gerade nicht. Diese Angebote sind an anderen Orten."),
        ("schwimmkurs auf polnisch",
         "Mit allen euren Wünschen gibt es das gerade nicht. Diese Angebote erfüllen nicht jeden Wunsch."),
        ("jugendtreff für meinen sohn 26 jahre alt",
         "Für dieses Alter gibt es das gerade nicht. Diese Angebote sind für ein anderes Alter."),
    ],
)  # fmt: skip
def test_what_was_given_up_is_said_in_one_sentence(client: FlaskClient, question: str, sentence: str) -> None:
    found = Results(ask(client, "de", question))
    assert found.notes == [sentence]
    assert found.slugs


def test_where_everything_fits_nothing_is_given_up(client: FlaskClient) -> None:
    assert Results(ask(client, "de", "kita platz in der Nordstadt")).notes == []


@pytest.mark.parametrize("lang", list(LANGUAGES))
def test_never_nothing_but_people_and_a_phone_number(client: FlaskClient, lang: str) -> None:
    found = Results(ask(client, lang, "xyz qwertz"))
    assert found.groups == []
    assert found.all("div[@id='results']//a[@href='tel:+493023125100']") != []
    places = [a.get("href") for a in found.all("div[@id='results']//a") if "/angebote/" in a.get("href")]
    assert len(places) >= 1
    assert found.all(f"a[@href='/{lang}/bedarf']") != []


# --- crisis -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "question", "number_of"),
    [
        ("de", "mein mann schlägt mich", "116016"),
        ("en", "my husband hits me", "116016"),
        ("tr", "kocam beni dövüyor", "116016"),
        ("ar", "زوجي يضربني", "116016"),
        ("uk", "чоловік мене б'є", "116016"),
        ("ru", "муж меня бьёт", "116016"),
        ("de", "ich will nicht mehr leben", "08001110111"),
        ("de", "муж меня бьёт", "116016"),
    ],
)
def test_help_at_once_stands_before_the_results(client: FlaskClient, lang: str, question: str, number_of: str) -> None:
    found = Results(ask(client, lang, question))
    results = found.main.find(".//div[@id='results']")
    assert results[0].get("class") == "emergency"
    exit_link = results[0].findall(".//a")[0]
    assert exit_link.get("data-quick-exit") is not None
    assert exit_link.get("href").startswith("https://")
    numbers = [a.get("href") for a in results[0].findall(".//a[@class='number']")]
    assert len(numbers) >= 2
    assert [each for each in numbers if number_of in each or "116123" in each] != []
    assert results[0].findall(f".//a[@href='/{lang}/sofort-hilfe']") != []
    assert text_of(results[0].find("h2")) in client.get(f"/{lang}/sofort-hilfe").text, "in the reader's language"
    assert found.slugs, "and offers follow"


def test_help_at_once_also_stands_where_nothing_else_was_found_and_while_typing(client: FlaskClient) -> None:
    typed = client.post("/de/suche", data={"q": "mein mann schlägt mich"}, headers={"HX-Request": "true"})
    results = parse_html(f"<!doctype html><title>x</title>{typed.text}").find(".//div[@id='results']")
    assert results[0].get("class") == "emergency"


@pytest.mark.parametrize("question", ["ich kann nicht mehr", "ich bin total am ende und kann nicht mehr"])
def test_near_a_crisis_there_is_one_calm_line(client: FlaskClient, question: str) -> None:
    found = Results(ask(client, "de", question))
    assert found.all("section[@class='emergency']") == []
    line = found.all("p[@class='calm']")
    assert len(line) == 1
    assert text_of(line[0]).startswith("Ihr könnt auch mit jemandem reden:")
    phone = line[0].find(".//a").get("href")
    assert phone.startswith("tel:")
    assert phone not in {"tel:110", "tel:112"}


@pytest.mark.parametrize(
    "question", ["schwimmkurs", "mein sohn spielt gern fußball", "kita platz", "ich sterbe vor müdigkeit"]
)
def test_harmless_words_alarm_nobody(client: FlaskClient, question: str) -> None:
    found = Results(ask(client, "de", question))
    assert found.all("section[@class='emergency']") == []


# --- nothing of it is kept ----------------------------------------------------------------------------------------


def test_the_question_is_not_in_the_address(client: FlaskClient) -> None:
    location = client.post("/de/suche", data={"q": "mein mann schlägt mich"}).location
    assert "schl" not in location
    assert location.startswith("/de/suche?t=")
    assert location == client.post("/de/suche", data={"q": " mein  mann schlägt mich "}).location, "one cache entry"


def test_no_address_on_the_page_tells_what_was_typed(client: FlaskClient) -> None:
    response = ask(client, "de", "geheimnis kita platz in der Nordstadt")
    page = parse_html(response.text)
    for element in page.iter():
        for name in ("href", "src", "action", "hx-post", "hx-get"):
            address = element.get(name) if isinstance(element.tag, str) else None
            assert "geheim" not in (address or "").lower()
    assert page.find(".//input[@id='frage']").get("value") == "geheimnis kita platz in der Nordstadt"
    assert page.find(".//meta[@name='robots']").get("content") == "noindex"


def test_the_question_is_not_in_the_log(make_app: Callable[..., Flask], log_text: Callable[[], str]) -> None:
    client = make_app(log_level="debug").test_client()
    ask(client, "de", "mein geheimes problem")
    client.post("/de/suche", data={"q": "mein geheimes"}, headers={"HX-Request": "true"})
    lines = log_text()
    assert lines.count('"route": "/<lang:language>/suche"') == 3
    assert "geheim" not in lines
    assert "t=" not in lines
    assert "127.0.0.1" not in lines


@pytest.mark.parametrize(
    "question",
    ["   ", "😀😀😀", "'; DROP TABLE offer; --", '"NEAR(*" OR', "100%_\\", "\x00\x01\x02", "\u202eabc\u202c",
     "<script>alert(1)</script>", "ж" * 5000, "a" * 10_000],
    ids=lambda text: ascii(text[:12]),
)  # fmt: skip
def test_any_text_gets_an_ordinary_answer(client: FlaskClient, question: str) -> None:
    response = ask(client, "ar", question)
    assert response.status_code == 200
    assert "<script>alert" not in response.text
    assert "\u202e" not in response.text


def test_an_empty_box_leads_back_to_the_box(client: FlaskClient) -> None:
    response = client.post("/de/suche", data={"q": " \x00 "})
    assert (response.status_code, response.location) == (303, "/de/suche")
    page = parse_html(client.get("/de/suche").text)
    assert text_of(page.find(".//div[@id='results']")) == ""


def test_a_long_text_is_cut_and_says_so(client: FlaskClient) -> None:
    assert "Wir haben nur den Anfang gelesen." in ask(client, "de", "kita " * 100).text
    assert "Wir haben nur den Anfang gelesen." not in ask(client, "de", "kita " * 10).text


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
    client = own_app.test_client()
    location = client.post("/de/suche", data={"q": "kita"}).location
    own_app.config["TODAY"] = TODAY + timedelta(30)
    response = client.get(location)
    assert response.status_code == 410
    assert "Diese Suche ist abgelaufen." in response.text


# --- while typing -------------------------------------------------------------------------------------------------


def test_while_typing_only_the_results_come_and_the_address_that_leads_to_them(client: FlaskClient) -> None:
    typed = client.post("/de/suche", data={"q": "schwimmkur"}, headers={"HX-Request": "true"})
    assert typed.status_code == 200
    assert typed.text.lstrip().startswith('<div id="results"')
    assert "<html" not in typed.text
    assert "/de/angebote/schwimmkurs-kinder" in typed.text
    address = typed.headers["HX-Replace-Url"]
    assert address == client.post("/de/suche", data={"q": "schwimmkur"}).location
    assert address.replace("/de/", "/tr/", 1) in typed.text, "the language menu comes along"
    assert "schwimmkurs-kinder" in Results(client.get(address)).slugs


def test_an_emptied_box_empties_the_results(client: FlaskClient) -> None:
    typed = client.post("/de/suche", data={"q": ""}, headers={"HX-Request": "true"})
    assert typed.headers["HX-Replace-Url"] == "/de/suche"
    assert text_of(parse_html(f"<!doctype html><title>x</title>{typed.text}").find(".//div[@id='results']")) == ""


# --- what nobody found --------------------------------------------------------------------------------------------


@pytest.fixture
def gap_app(own_app: Flask) -> Flask:
    """Other tests have asked in vain too."""
    with Session(own_app.extensions["engine"]) as session:
        session.execute(delete(SearchGap))
        session.commit()
    return own_app


def counted(app: Flask) -> list[tuple[Any, ...]]:
    with Session(app.extensions["engine"]) as session:
        row = SearchGap
        columns = (row.month, row.age_group, row.life_situation, row.need_code, row.district, row.times)
        return [tuple(found) for found in session.execute(select(*columns).order_by(*columns))]


def test_only_what_was_sent_and_not_found_is_counted(gap_app: Flask) -> None:
    client = gap_app.test_client()
    location = client.post("/de/suche", data={"q": "xyz qwertz"}).location
    assert counted(gap_app) == [(date(2026, 11, 1), "", "", "", "", 1)]
    client.get(location)
    client.post("/de/suche", data={"q": "xyz qwertz"}, headers={"HX-Request": "true"})
    client.post("/de/suche", data={"q": ""})
    client.post("/de/suche", data={"q": "schwimmkurs"})
    assert counted(gap_app) == [(date(2026, 11, 1), "", "", "", "", 1)], "neither looking, typing nor what was found"
    client.post("/uk/suche", data={"q": "qwertz xyz"})
    assert counted(gap_app) == [(date(2026, 11, 1), "", "", "", "", 2)]


def test_groups_and_codes_are_counted_and_never_a_word(gap_app: Flask) -> None:
    question = "schwimmkurs in Ostend ohne anmeldung für mein kind 2 jahre alt"
    for _ in range(5):
        gap_app.test_client().post("/de/suche", data={"q": question})
    with Session(gap_app.extensions["engine"]) as session:
        assert gaps(session) == [Gap(5, "fruehe_jahre", "kulturell", "schwimmkurs", "ostend")]
    assert [len(row) for row in counted(gap_app)] == [6]
