"""The open interface /api/v1: what it promises in its own description, and what it answers to wrong parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.i18n import LANGUAGES
from portal.models import SearchGap
from portal.offers.catalogue import Catalogue
from tests.conftest import TODAY, counted_queries

MakeApp = Callable[..., Flask]
KINDS = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}
UNDERSTOOD = {"type", "properties", "required", "items", "enum", "minimum", "maximum", "format", "description"}


def validate(value: Any, schema: dict[str, Any], where: str = "answer") -> None:
    """That a value is just what the schema says: no property too many either."""
    allowed = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    known = isinstance(value, bool)
    assert [name for name in allowed if isinstance(value, KINDS[name]) and (name == "boolean") == known], where
    assert set(schema) <= UNDERSTOOD, "a keyword that is not looked at here"
    if "enum" in schema:
        assert value in schema["enum"], where
    assert not isinstance(value, int | float) or schema.get("minimum", value) <= value <= schema.get("maximum", value)
    if schema.get("format") == "uri":
        parts = urlsplit(value)
        assert parts.scheme in {"http", "https"}, where
        assert parts.netloc, where
    if isinstance(value, dict):
        assert set(value) == set(schema["properties"]), where
        assert set(schema["required"]) <= set(value), where
        for name, part in value.items():
            validate(part, schema["properties"][name], f"{where}.{name}")
    if isinstance(value, list):
        for number, item in enumerate(value):
            validate(item, schema["items"], f"{where}[{number}]")


def description(client: FlaskClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/v1/openapi.json").json
    return found


def schema_of(client: FlaskClient, status: int) -> dict[str, Any]:
    answers = description(client)["paths"]["/api/v1/search"]["get"]["responses"]
    found: dict[str, Any] = answers[str(status)]["content"]["application/json"]["schema"]
    return found


def ask(client: FlaskClient, q: str = "", **parameters: Any) -> dict[str, Any]:
    response = client.get("/api/v1/search", query_string={"q": q, **parameters})
    assert response.status_code == 200, response.json
    found: dict[str, Any] = response.json
    return found


def slugs(answer: dict[str, Any]) -> list[str]:
    return [result["slug"] for result in answer["results"]]


@pytest.fixture(scope="module")
def catalogue(app: Flask) -> Catalogue:
    with Session(app.extensions["engine"]) as session:
        return Catalogue(session, TODAY)


# --- the description ----------------------------------------------------------------------------------------------


def test_the_description_names_every_parameter_with_its_limits(client: FlaskClient) -> None:
    found = description(client)
    assert found["openapi"] == "3.1.0"
    assert list(found["paths"]) == ["/api/v1/search"]
    assert list(found["paths"]["/api/v1/search"]) == ["get"], "read only"
    schemas = {each["name"]: each["schema"] for each in found["paths"]["/api/v1/search"]["get"]["parameters"]}
    assert set(schemas) == {"q", "lang", "age_months", "need", "life_situation", "district", "limit"}
    assert schemas["age_months"] == {"type": "integer", "minimum": 0, "maximum": 252}
    assert schemas["limit"] == {"type": "integer", "minimum": 1, "maximum": 50, "default": 10}


def test_the_description_says_where_the_interface_is(client: FlaskClient, make_app: MakeApp) -> None:
    assert description(client)["servers"] == [{"url": "http://localhost"}]
    elsewhere = make_app(public_url="https://familien.example.org/")
    assert description(elsewhere.test_client())["servers"] == [{"url": "https://familien.example.org"}]


@pytest.mark.parametrize("lang", list(LANGUAGES))
@pytest.mark.parametrize(
    "question",
    [
        "",
        "Schwimmkurs",
        "mein mann schlägt mich",
        "ich kann nicht mehr",
        "kita für 2 jährige in nordstadt kostenlos auf türkisch",
        "kinderwagen schwanger 12 ssw",
        "логопед",
        "حضانة",
        "wie wird das wetter morgen",
    ],
)
def test_every_answer_is_just_as_described(client: FlaskClient, question: str, lang: str) -> None:
    answer = ask(client, question, lang=lang)
    validate(answer, schema_of(client, 200))
    assert 1 <= len(answer["results"]) <= 10, "never nothing"
    assert len(set(slugs(answer))) == len(answer["results"]), "each once"


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": "0"},
        {"limit": "51"},
        {"limit": "-1"},
        {"limit": "1.5"},
        {"limit": "zehn"},
        {"limit": "٣"},
        {"limit": ""},
        {"limit": "99999999"},
        {"limit": "0000059"},
        {"limit": "000001" + "0" * 5000},
        {"lang": "fr"},
        {"lang": ""},
        {"lang": "DE"},
        {"lang": "../de"},
        {"age_months": "-1"},
        {"age_months": "253"},
        {"age_months": "3 Jahre"},
        {"age_months": "12.0"},
        {"need": "zaubern"},
        {"need": "schwimmkurs,kita_anmeldung"},
        {"life_situation": "mars"},
        {"district": "atlantis"},
        {"district": "x' OR 1=1 --"},
        {"need": "<script>alert(1)</script>"},
    ],
    ids=lambda wrong: "{}={:.20}".format(*next(iter(wrong.items()))),
)
def test_a_wrong_parameter_is_answered_with_one_sentence(client: FlaskClient, wrong: dict[str, str]) -> None:
    response = client.get("/api/v1/search", query_string={"q": "kita", **wrong})
    assert response.status_code == 400
    assert response.mimetype == "application/json"
    validate(response.json, schema_of(client, 400))
    assert response.json["error"].endswith(".")
    assert len(response.json["error"]) < 120


def test_the_sentence_names_what_would_be_right(client: FlaskClient) -> None:
    def error(**wrong: str) -> str:
        return str(client.get("/api/v1/search", query_string=wrong).json["error"])

    assert error(limit="0") == "limit must be a whole number from 1 to 50."
    assert error(lang="fr") == "lang must be one of de, en, tr, ar, uk, ru."
    assert error(need="zaubern") == "Not known: zaubern."
    assert error(district="atlantis") == "Not known: atlantis."


def test_two_values_for_one_parameter_are_not_guessed_between(client: FlaskClient) -> None:
    response = client.get("/api/v1/search?need=schwimmkurs&need=kita_anmeldung")
    assert (response.status_code, response.json) == (400, {"error": "Not known: kita_anmeldung."})


# --- what is answered ---------------------------------------------------------------------------------------------


def test_a_question_is_understood_and_answered(client: FlaskClient) -> None:
    answer = ask(client, "schwimmkurs für meine 6 jahre alte tochter", limit=1)
    understood, first = answer["understood"], answer["results"][0]
    assert (understood["age_months_min"], understood["age_months_max"]) == (72, 83)
    assert understood["needs"][0]["code"] == "schwimmkurs"
    assert {chip["key"]: chip["label"] for chip in understood["chips"]}["age"] == "6 Jahre"
    assert (understood["crisis"], understood["loosened"], understood["fallback"]) == (None, [], False)
    assert (first["slug"], first["lang"], first["needs"]) == ("schwimmkurs-kinder", "de", ["schwimmkurs"])
    assert (first["min_age_months"], first["max_age_months"]) == (60, 107)
    assert "passt für 6 Jahre" in first["why"]


def test_where_and_how_are_understood(client: FlaskClient) -> None:
    understood = ask(client, "spielgruppe in der Nordstadt, kostenlos und auf Türkisch")["understood"]
    assert understood["district"] == "nordstadt"
    assert understood["barriers"] == ["kostenlos"]
    assert understood["languages"] == ["tr"]


def test_scores_of_needs_go_down(client: FlaskClient) -> None:
    scores = [need["score"] for need in ask(client, "mein mann schlägt mich und die kinder")["understood"]["needs"]]
    assert len(scores) > 1
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("question", "level"),
    [
        ("mein mann schlägt mich", "acute"),
        ("ich will nicht mehr leben", "acute"),
        ("kocam beni dövüyor", "acute"),
        ("муж меня бьёт", "acute"),
        ("ich kann nicht mehr", "hint"),
        ("schwimmkurs", None),
        ("kita platz", None),
    ],
)
def test_a_crisis_is_told_by_its_level(client: FlaskClient, question: str, level: str | None) -> None:
    assert ask(client, question)["understood"]["crisis"] == level


@pytest.mark.parametrize("lang", list(LANGUAGES))
def test_the_answer_is_in_the_language_asked_for(client: FlaskClient, lang: str) -> None:
    answer = ask(client, "Schwimmkurs", lang=lang)
    first = answer["results"][0]
    assert (first["slug"], first["lang"]) == ("schwimmkurs-kinder", lang)
    assert urlsplit(first["url"]).path == f"/{lang}/angebote/schwimmkurs-kinder"
    page = client.get(f"/{lang}/bedarf/schwimmkurs").text
    labels = {chip["key"]: chip["label"] for chip in answer["understood"]["chips"]}
    assert labels["need:schwimmkurs"] in page


def test_reasons_and_chips_are_in_the_language_asked_for(client: FlaskClient) -> None:
    def words(lang: str) -> tuple[str, list[str]]:
        answer = ask(client, "schwimmkurs 6 jahre", lang=lang)
        chips = {chip["key"]: chip["label"] for chip in answer["understood"]["chips"]}
        return chips["age"], answer["results"][0]["why"][:1]

    assert words("de") == ("6 Jahre", ["passt für 6 Jahre"])
    assert words("en")[0] == "6 years"
    assert len({words(lang)[0] for lang in ("de", "en", "tr", "ar")}) == 4
    assert len({words(lang)[1][0] for lang in LANGUAGES}) == 6


def test_an_offer_without_a_translation_is_given_in_german(client: FlaskClient) -> None:
    answer = ask(client, "kleiderkammer", lang="tr", limit=50)
    found = {result["slug"]: result["lang"] for result in answer["results"]}
    assert found["kleiderkammer-gruental"] == "de"


def test_the_address_of_an_offer_is_whole_and_leads_to_it(client: FlaskClient, make_app: MakeApp) -> None:
    url = ask(client, "Schwimmkurs")["results"][0]["url"]
    assert url == "http://localhost/de/angebote/schwimmkurs-kinder"
    assert client.get(urlsplit(url).path).status_code == 200
    elsewhere = make_app(public_url="https://familien.example.org").test_client()
    answer = ask(elsewhere, "Schwimmkurs")
    assert answer["results"][0]["url"] == "https://familien.example.org/de/angebote/schwimmkurs-kinder"


@pytest.mark.parametrize("limit", [1, 3, 50])
def test_no_more_results_than_asked_for(client: FlaskClient, limit: int) -> None:
    assert len(ask(client, "beratung für familien mit kindern", limit=limit)["results"]) <= limit
    assert len(ask(client, "xyz unbekannt", limit=limit)["results"]) <= limit
    assert len(ask(client, "kita", limit=1)["results"]) == 1


def test_more_results_begin_with_the_same_ones(client: FlaskClient) -> None:
    assert slugs(ask(client, "kita platz", limit=20))[:5] == slugs(ask(client, "kita platz", limit=5))


def test_a_need_leaves_only_offers_for_it(client: FlaskClient) -> None:
    answer = ask(client, need="schwimmkurs", limit=50)
    assert answer["understood"]["needs"] == [{"code": "schwimmkurs", "score": 1.0}]
    assert {"schwimmkurs" in result["needs"] for result in answer["results"]} == {True}
    with_other_words = ask(client, "kita platz tagesmutter", need="schwimmkurs", limit=50)
    assert {"schwimmkurs" in result["needs"] for result in with_other_words["results"]} == {True}


def offer_place(catalogue: Catalogue, result: dict[str, Any]) -> int:
    place = catalogue.place_of(result["id"])
    assert place is not None
    return place


def test_a_district_leaves_what_is_there_or_for_it(client: FlaskClient, catalogue: Catalogue) -> None:
    answer = ask(client, "beratung", district="ostend", limit=50)
    assert answer["understood"]["district"] == "ostend"
    assert answer["understood"]["loosened"] == []
    assert {catalogue.district["ostend"] >> offer_place(catalogue, each) & 1 for each in answer["results"]} == {1}
    assert ask(client, "beratung in der Nordstadt", district="ostend")["understood"]["district"] == "ostend"


def test_an_age_leaves_what_takes_children_of_it(client: FlaskClient) -> None:
    answer = ask(client, "sport", age_months=30, limit=50)
    assert (answer["understood"]["age_months_min"], answer["understood"]["age_months_max"]) == (30, 30)
    for result in answer["results"]:
        assert (
            (result["min_age_months"] or 0)
            <= 30
            <= (324 if result["max_age_months"] is None else result["max_age_months"])
        )
    chosen = ask(client, "sport für meinen 12 jahre alten sohn", age_months=30)["understood"]
    assert (chosen["age_months_min"], chosen["age_months_max"]) == (30, 30), "instead of what the question says"


@pytest.mark.parametrize("question", ["", "beratung"])
def test_a_life_situation_leaves_only_its_offers(client: FlaskClient, catalogue: Catalogue, question: str) -> None:
    for situation, mask in catalogue.situation.items():
        answer = ask(client, question, life_situation=situation.value, limit=50)
        if not answer["understood"]["fallback"]:
            assert {mask >> offer_place(catalogue, each) & 1 for each in answer["results"]} == {1}, situation


def test_what_was_given_up_is_told(client: FlaskClient) -> None:
    answer = ask(client, "schwimmkurs ohne anmeldung", district="ostend", age_months=24)
    assert answer["understood"]["loosened"] == ["district"]
    assert answer["understood"]["fallback"] is False
    assert answer["understood"]["district"] == "ostend", "it stays said"


def test_nothing_known_leads_to_places_where_a_person_helps(client: FlaskClient, catalogue: Catalogue) -> None:
    answer = ask(client, "hallo wie geht es")
    assert (answer["understood"]["fallback"], answer["understood"]["needs"]) == (True, [])
    assert len(answer["results"]) > 0
    assert {catalogue.first_contact >> offer_place(catalogue, each) & 1 for each in answer["results"]} == {1}


@pytest.mark.parametrize(
    "question",
    ["a" * 5000, "😀", "\x00\x01", "\u202eabc", '"NEAR(*" OR', "'; DROP TABLE offer; --", "<script>", "\ud800", "%00"],
    ids=lambda text: ascii(text[:12]),
)
def test_any_text_gets_an_ordinary_answer(client: FlaskClient, question: str) -> None:
    response = client.get("/api/v1/search", query_string={"q": question.encode("utf-8", "surrogatepass"), "lang": "ar"})
    assert response.status_code == 200
    validate(response.json, schema_of(client, 200))


def test_only_the_first_200_characters_count(client: FlaskClient) -> None:
    assert (
        ask(client, "a " * 100 + "schwimmkurs")["understood"]["needs"] == ask(client, "a " * 100)["understood"]["needs"]
    )


# --- around it ----------------------------------------------------------------------------------------------------


def test_every_site_may_ask_and_nothing_is_kept(client: FlaskClient) -> None:
    response = client.get("/api/v1/search?q=kita")
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response.headers
    assert response.mimetype == "application/json"


def test_also_an_error_may_be_read_by_every_site(client: FlaskClient) -> None:
    assert client.get("/api/v1/search?limit=0").headers["Access-Control-Allow-Origin"] == "*"
    assert client.get("/api/v1/openapi.json").headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_nothing_can_be_written(client: FlaskClient, method: str) -> None:
    assert getattr(client, method)("/api/v1/search").status_code == 405


def test_a_question_to_the_interface_counts_no_gap(own_app: Flask) -> None:
    ask(own_app.test_client(), "hallo wie geht es")
    with Session(own_app.extensions["engine"]) as session:
        assert session.execute(select(func.count()).select_from(SearchGap)).scalar_one() == 0


def test_the_question_is_not_in_the_log(make_app: MakeApp, log_text: Callable[[], str]) -> None:
    client = make_app(log_level="debug").test_client()
    ask(client, "mein geheimes problem")
    assert '"route": "/api/v1/search"' in log_text()
    assert "geheim" not in log_text()


def test_a_search_costs_the_same_queries_whatever_is_found(app: Flask, client: FlaskClient) -> None:
    ask(client, "kita")
    counts = []
    for limit in (1, 10, 50):
        with counted_queries(app) as statements:
            ask(client, "kita", limit=limit)
        counts.append(len(statements))
    assert len(set(counts)) == 1, counts
    assert counts[0] <= 6
