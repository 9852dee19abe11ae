"""Whatever a stranger sends to the Lotse: a clear sentence and a way on, nothing kept, nothing written down."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.lotse.state import KEEP_DAYS, LotseTokens, State
from portal.sealing import Seal
from tests.conftest import TODAY
from tests.integration.lotse_talk import Talk, token_of

BAD = "Dieser Link ist nicht vollständig. Bitte fangt noch einmal an."
EXPIRED = "Dieser Link ist abgelaufen. Bitte fangt noch einmal an."
GONE = "Dieses Gespräch gibt es nicht mehr. Bitte fangt noch einmal an."
NOT_HERE = "Diese Antwort gibt es hier nicht. Bitte wählt noch einmal."
NOTHING = "Bitte wählt eine Antwort aus. Oder tippt auf „Weiß ich nicht“."
NO_AGE = "Dieses Alter kennen wir nicht. Bitte tippt ein Alter an."
NO_MONTH = "Dieser Monat passt hier nicht. Bitte wählt einen Monat aus der Liste."
NOT_BOTH = "„Nichts davon“ passt nicht zu einer anderen Antwort. Bitte wählt noch einmal."
OUT_OF_ORDER = "Diese Frage kommt gerade nicht vor. Hier geht es weiter."
NEWER = "Wir haben die Fragen verbessert. Schaut bitte noch einmal durch, ob alles stimmt."

ANSWERS: dict[str, Any] = {"leistung": ["wohngeld"], "kinder": ["schule:96:107"]}


# --- tokens -------------------------------------------------------------------------------------------------------


def foreign(app: Flask) -> str:
    return LotseTokens(b"y" * 40).seal(State("but", 1, ANSWERS), TODAY)


def of_a_search(app: Flask) -> str:
    """Sealed here, for something else."""
    return Seal(app.config["SECRET_KEY"], "search text", 30).close(b"kita", TODAY)


def of_another_shape(app: Flask) -> str:
    return Seal(app.config["SECRET_KEY"], "lotse answers", KEEP_DAYS).close(msgspec.msgpack.encode({"a": 1}), TODAY)


TOKENS: list[tuple[str, Callable[[Flask], str], int, str]] = [
    ("none", lambda app: "", 400, BAD),
    ("nonsense", lambda app: "nonsense", 400, BAD),
    ("not ASCII", lambda app: "Ärger", 400, BAD),
    ("too long", lambda app: "A" * 5000, 400, BAD),
    ("cut", lambda app: token_of(app, "but", ANSWERS)[:-5], 400, BAD),
    ("forged", lambda app: "A" + token_of(app, "but", ANSWERS)[1:], 400, BAD),
    ("foreign", foreign, 400, BAD),
    ("search", of_a_search, 400, BAD),
    ("shape", of_another_shape, 400, BAD),
    ("expired", lambda app: token_of(app, "but", ANSWERS, day=TODAY - timedelta(31)), 410, EXPIRED),
    ("of tomorrow's tomorrow", lambda app: token_of(app, "but", ANSWERS, day=TODAY + timedelta(2)), 410, EXPIRED),
    ("flow that is gone", lambda app: token_of(app, "umzug", ANSWERS, version=1), 410, GONE),
]
tokens = pytest.mark.parametrize(
    ("make", "status", "sentence"), [each[1:] for each in TOKENS], ids=[each[0] for each in TOKENS]
)


@tokens
def test_a_word_that_cannot_be_opened_says_so_and_begins_anew(
    app: Flask, client: FlaskClient, make: Callable[[Flask], str], status: int, sentence: str
) -> None:
    token = make(app)
    for response in (
        client.get("/de/lotse/schritt", query_string={"t": token}),
        client.post("/de/lotse/schritt", data={"t": token, "q": "leistung", "a": "wohngeld"}),
        *(client.get(f"/de/lotse/plan.{kind}", query_string={"t": token}) for kind in ("pdf", "ics", "svg")),
    ):
        talk = Talk(client, response)
        assert (response.status_code, talk.note) == (status, sentence)
        assert talk.links("/de/lotse/but") == ["/de/lotse/but"], "a way on"
        assert response.headers["Cache-Control"] == "no-store"


@tokens
@pytest.mark.parametrize("line", ["", "hallo", "kita platz", "mein mann schlägt mich"])
@pytest.mark.parametrize("htmx", [False, True])
def test_a_line_beside_such_a_word_is_a_line_at_the_beginning(
    app: Flask,
    client: FlaskClient,
    make: Callable[[Flask], str],
    status: int,
    sentence: str,
    line: str,
    htmx: bool,
) -> None:
    headers = {"HX-Request": "true"} if htmx else {}
    response = client.post("/de/lotse", data={"q": line, "t": make(app)}, headers=headers)
    alone = client.post("/de/lotse", data={"q": line}, headers=headers)
    assert (response.status_code, response.location) == (alone.status_code, alone.location)
    assert response.status_code in {200, 303}


def test_the_last_day_of_a_word(app: Flask, client: FlaskClient) -> None:
    talk = Talk.with_answers(client, "but", ANSWERS, day=TODAY - timedelta(30))
    assert (talk.response.status_code, talk.question, talk.note) == (200, "bedarf", None)


def test_a_word_of_an_older_version_is_opened_and_says_so(app: Flask, client: FlaskClient) -> None:
    flow = app.extensions["lotse"].flows["but"]
    # In that version there was an option and a group of children that there are no more.
    old = {"leistung": ["buergergeld"], "kinder": ["hort:96:107"], "bedarf": ["ausflug"], "frage": "weg"}
    talk = Talk.with_answers(client, "but", {"leistung": ["wohngeld"], **ANSWERS}, version=flow.version + 1)
    assert (talk.response.status_code, talk.question, talk.note) == (200, "bedarf", NEWER)
    # Who answers has seen it.
    assert talk.answer("ausflug").note is None
    talk = Talk.with_answers(client, "but", old, version=flow.version + 1)
    assert (talk.response.status_code, talk.question, talk.note) == (200, "leistung", NEWER)
    talk = talk.answer("wohngeld")
    assert (talk.response.status_code, talk.question, talk.said) == (200, "kinder", ["Wohngeld"])


def test_before_anything_was_answered_no_version_matters(app: Flask, client: FlaskClient) -> None:
    assert Talk.with_answers(client, "but", {}, version=99).note is None


# --- answers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flow", "answers", "question", "sent", "sentence"),
    [
        ("but", {}, "leistung", [], NOTHING),
        ("but", {}, "leistung", [""], NOTHING),
        ("but", {}, "leistung", ["lottogewinn"], NOT_HERE),
        ("but", {}, "leistung", ["keine", "wohngeld"], NOT_BOTH),
        ("but", {"leistung": "?"}, "kinder", ["schule:-1:-1"], NO_AGE),
        ("but", {"leistung": "?"}, "kinder", ["schule:200:211"], NO_AGE),
        ("but", {"leistung": "?"}, "kinder", ["schule:2400:2411"], NOT_HERE),
        ("but", {"leistung": "?"}, "kinder", ["200"], NOT_HERE),
        ("but", {"leistung": "?"}, "kinder", ["arbeit:96:107"], NO_AGE),
        ("kita", {}, "kind", ["-1"], NOT_HERE),
        ("kita", {}, "kind", [":-1:-1"], NO_AGE),
        ("kita", {"kind": ":24:35", "stand": "gemeldet"}, "wunsch", ["2026-10"], NO_MONTH),
        ("kita", {"kind": ":24:35", "stand": "gemeldet"}, "wunsch", ["2026-13"], NO_MONTH),
        ("kita", {"kind": ":24:35", "stand": "gemeldet"}, "wunsch", ["9999-12"], NO_MONTH),
        ("beratung", {"sorge": "schulden", "dolmetscher": "-"}, "stadtteil", ["atlantis"], NOT_HERE),
        ("beratung", {"sorge": "schulden"}, "dolmetscher", ["vielleicht"], NOT_HERE),
        # Out of order: a question that comes later, one that is not asked, one that there is not, none.
        ("but", {}, "bedarf", ["ausflug"], OUT_OF_ORDER),
        ("but", {"leistung": ["wohngeld"]}, "einkommen", ["ja"], OUT_OF_ORDER),
        ("but", {}, "nix", ["ja"], OUT_OF_ORDER),
        ("but", {}, "", ["ja"], OUT_OF_ORDER),
    ],
)
def test_what_is_no_answer_is_said_and_the_question_stays(
    app: Flask, client: FlaskClient, flow: str, answers: dict[str, Any], question: str, sent: list[str], sentence: str
) -> None:
    before = Talk.with_answers(client, flow, answers)
    form = {"t": before.token, "q": question, "a": sent}
    response = client.post("/de/lotse/schritt", data=form)
    talk = Talk(client, response)
    assert (response.status_code, talk.note) == (400, sentence)
    assert (talk.question, talk.said, talk.token) == (before.question, before.said, before.token)
    block = client.post("/de/lotse/schritt", data=form, headers={"HX-Request": "true"})
    assert (block.status_code, sentence in block.text) == (400, True)


@pytest.mark.parametrize("number", ["1", "-1", "x", "٣", "9" * 5000, "1.0"])
def test_a_child_that_is_not_there_cannot_be_taken_away(client: FlaskClient, number: str) -> None:
    talk = Talk.with_answers(client, "but", ANSWERS, at="kinder")
    response = talk.send(weg=number)
    assert (response.status_code, Talk(client, response).note) == (400, NOT_HERE)


@pytest.mark.parametrize("path", ["/nix", "/but/mehr", "/plan.exe", "/%00", "/" + "a" * 3000])
def test_an_address_that_there_is_not_is_answered_with_a_page(client: FlaskClient, path: str) -> None:
    assert client.get(f"/de/lotse{path}").status_code == 404


@pytest.mark.parametrize("host", ["a" * 64, "a" * 3000, 'evil"<b>', "ä.example", ""])
@pytest.mark.parametrize("path", ["schritt", "plan.svg"])
def test_a_host_that_is_none_breaks_nothing(client: FlaskClient, host: str, path: str) -> None:
    token = token_of(client.application, "but", {**ANSWERS, "bedarf": ["ausflug"]})
    response = client.open(f"/de/lotse/{path}?t={token}", headers={"Host": host})
    assert response.status_code in {200, 400}
    assert "<b>" not in response.text


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_nothing_else_can_be_done_with_a_step(client: FlaskClient, method: str) -> None:
    assert getattr(client, method)("/de/lotse/schritt").status_code == 405


some_text = st.text(max_size=8) | st.sampled_from(
    ["?", "-", "", "ja", "wohngeld", "kita:36:47", "0", "ausflug", "2027-01"]
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    flow=st.sampled_from(["but", "kita", "baby", "beratung"]),
    answers=st.dictionaries(
        st.sampled_from(
            ["leistung", "kinder", "kind", "stand", "thema", "sorge", "bedarf", "wunsch", "dolmetscher", "stadtteil"]
        ),
        st.sampled_from(["?", "-", ":24:35", "nordstadt", "2027-03"]) | st.lists(some_text, max_size=3),
    ),
    at=st.sampled_from(["", "kinder", "kind", "leistung", "nix"]),
    form=st.dictionaries(st.sampled_from(["q", "weg", "fertig"]), some_text),
    question=st.sampled_from(["leistung", "kinder", "kind", "thema", "sorge", "stadtteil"]),
    sent=st.lists(some_text, max_size=3),
    htmx=st.booleans(),
)
def test_no_form_whatever_breaks_a_page(
    app: Flask,
    client: FlaskClient,
    flow: str,
    answers: dict[str, Any],
    at: str,
    form: dict[str, str],
    question: str,
    sent: list[str],
    htmx: bool,
) -> None:
    headers = {"HX-Request": "true"} if htmx else {}
    data = {"q": question, **form, "a": sent, "t": token_of(app, flow, answers, at=at)}
    response = client.post("/de/lotse/schritt", data=data, headers=headers)
    assert response.status_code in ({200, 400} if htmx else {303, 400})
    if response.status_code == 303:
        assert client.get(response.location).status_code == 200


# --- nothing is kept ----------------------------------------------------------------------------------------------


def dump(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "familienlotse.sqlite3") as connection:
        return list(connection.iterdump())


def talk_about_a_secret(client: FlaskClient) -> None:
    """A whole conversation with everything that can go wrong in it."""
    client.post("/de/lotse", data={"q": "mein geheimnis: mein mann schlägt mich"})
    client.post("/de/lotse", data={"q": "geheimnis"}, headers={"HX-Request": "true"})
    talk = Talk.at(client, "/but").answer("wohngeld")
    client.post("/de/lotse", data={"q": "geheimnis nachhilfe 8 jahre", "t": talk.token})
    talk.send(a="geheimnis")
    client.post("/de/lotse/schritt", data={"t": "geheimnis", "q": "geheimnis", "a": "geheimnis"})
    client.get("/de/lotse/schritt?t=geheimnis")
    plan = talk.answer("schule:96:107").answer(fertig="1").answer("ausflug")
    for kind in ("ics", "svg"):
        assert client.get(f"/de/lotse/plan.{kind}?t={plan.token}").status_code == 200
    Talk.with_answers(client, "beratung", {}).answer("gewalt")


def test_nothing_of_a_conversation_is_stored(own_app: Flask, tmp_path: Path) -> None:
    client = own_app.test_client()
    before = dump(tmp_path / "data")
    talk_about_a_secret(client)
    assert dump(tmp_path / "data") == before


def test_nothing_of_a_conversation_is_in_the_log(make_app: Callable[..., Flask], log_text: Callable[[], str]) -> None:
    talk_about_a_secret(make_app(log_level="debug").test_client())
    log = log_text()
    assert log.count('"route": "/<lang:language>/lotse/schritt"') >= 10
    for word in ("geheim", "wohngeld", "gewalt", "schule", "t=", "127.0.0.1"):
        assert word not in log.lower(), word


@pytest.mark.parametrize("path", ["", "/but", "/schritt", "/plan.ics", "/plan.svg"])
def test_no_page_of_it_is_kept_in_a_cache_and_nobody_gets_a_cookie(client: FlaskClient, path: str) -> None:
    """Not in the browser's own either: a phone is shared."""
    token = token_of(client.application, "but", {**ANSWERS, "bedarf": ["ausflug"]})
    response = client.get(f"/de/lotse{path}?t={token}")
    assert (response.status_code, response.headers["Cache-Control"]) == (200, "no-store")
    assert "Set-Cookie" not in response.headers


def test_a_page_with_answers_is_not_for_search_engines_and_tells_nothing_in_an_address(client: FlaskClient) -> None:
    talk = Talk.with_answers(client, "but", ANSWERS)
    assert talk.page.find(".//meta[@name='robots']").get("content") == "noindex"
    for element in talk.page.iter():
        for name in ("href", "src", "action", "hx-post"):
            address = element.get(name) if isinstance(element.tag, str) else None
            assert "wohngeld" not in (address or "")
            # The name of the style sheet is a hash: any digits may be in it.
            assert (address or "").startswith("/static/") or "96" not in (address or "").partition("t=")[0]
