"""The conversation as families see it: from the first line to the last question."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.i18n import LANGUAGES
from portal.lotse import views
from portal.lotse.answers import MAX_CHILDREN
from portal.lotse.state import State
from portal.lotse.suggest import Suggestion
from tests.conftest import TODAY, counted_queries, parse_html, text_of
from tests.integration.lotse_talk import BUT, Talk, state_of, token_of

HTMX = {"HX-Request": "true"}


# --- beginning ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_entry_leads_to_every_flow_in_every_language(client: FlaskClient, lang: str) -> None:
    talk = Talk.at(client, "", lang)
    assert talk.response.status_code == 200
    flows = talk.page.find(".//section[@aria-labelledby='themen']")
    assert [a.get("href") for a in flows.iter("a")] == [
        f"/{lang}/lotse/{flow}" for flow in ("but", "kita", "baby", "beratung")
    ]
    assert talk.page.find(".//form[@class='ask']").get("method") == "post"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("flow", "question"), [("but", "leistung"), ("kita", "kind"), ("baby", "kind"), ("beratung", "sorge")]
)
def test_a_flow_begins_with_its_first_question(client: FlaskClient, lang: str, flow: str, question: str) -> None:
    talk = Talk.at(client, f"/{flow}", lang)
    assert (talk.response.status_code, talk.question, talk.said, talk.note) == (200, question, [], None)
    out = [button for button in talk.page.iter("button") if button.get("value") in {"?", "-"}]
    assert [button.get("value") for button in out] == ["?", "-"], "every question can be left open"


def say(client: FlaskClient, text: str, lang: str = "de", **form: Any) -> Any:
    return client.post(f"/{lang}/lotse", data={"q": text, **form})


@pytest.mark.parametrize(
    ("lang", "line", "flow", "answers"),
    [
        (
            "de",
            "Mein Kind ist 8 Jahre alt und braucht Nachhilfe",
            "but",
            {"bedarf": ["lernfoerderung"], "kinder": ["schule:96:107"]},
        ),
        ("de", "kita platz für 2 jährige in der Nordstadt", "kita", {"kind": ":24:35", "stadtteil": "nordstadt"}),
        ("de", "ich bin schwanger", "baby", {"kind": ":-9:-1"}),
    ],
)
def test_a_line_leads_to_its_flow_and_what_it_says_is_answered(
    app: Flask, client: FlaskClient, lang: str, line: str, flow: str, answers: dict[str, Any]
) -> None:
    response = say(client, line, lang)
    assert response.status_code == 303
    assert response.location.startswith(f"/{lang}/lotse/schritt?t=")
    assert state_of(app, response.location) == State(flow, 1, answers, day=TODAY.toordinal())
    talk = Talk(client, client.get(response.location), lang)
    assert talk.question not in answers


def test_a_line_that_says_nothing_is_asked_for_again(client: FlaskClient) -> None:
    talk = Talk(client, say(client, "asdf qwer"))
    assert talk.response.status_code == 200
    assert talk.note == "Das haben wir nicht verstanden. Versucht es mit anderen Worten, oder tippt ein Thema an."
    for line in ("hallo", "Ich brauche Hilfe!", "mein Kind", "yardım", "помогите", "مساعدة"):
        assert Talk(client, say(client, line)).note == "Erzählt uns ein bisschen mehr, oder tippt ein Thema an.", line
    empty = Talk(client, say(client, "  "))
    assert empty.note == "Bitte wählt eine Antwort aus. Oder tippt auf „Weiß ich nicht“."


def test_where_it_is_not_clear_what_is_meant_the_family_chooses(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {"kind": ":24:35"}
    monkeypatch.setattr(views, "suggest", lambda *_: Suggestion(["kita", "baby"], False, known, wishes=("kostenlos",)))
    response = say(client, "eine Zeile über zwei Dinge")
    assert response.status_code == 303, "to go back or to load again sends the line to nobody"
    talk = Talk(client, client.get(response.location))
    meant = [a.get("href") for a in talk.page.find(".//section[@aria-labelledby='gemeint']").iter("a")]
    assert [state_of(app, href) for href in meant] == [
        State(flow, 1, known, wishes=("kostenlos",), suggested=("kita", "baby"), day=TODAY.toordinal())
        for flow in ("kita", "baby")
    ]
    chosen = talk.follow(meant[0])
    assert (chosen.question, chosen.said, chosen.note) == ("stand", ["2 Jahre"], None)


# --- answering ----------------------------------------------------------------------------------------------------


def test_a_family_answers_until_there_is_a_plan(client: FlaskClient) -> None:
    talk = Talk.at(client, "/but").answer("wohngeld")
    assert (talk.question, talk.said) == ("kinder", ["Wohngeld"])
    talk = talk.answer("schule:96:107")
    assert (talk.question, talk.said) == ("kinder", ["Wohngeld"]), "there may be another child"
    talk = talk.answer(fertig="1")
    assert (talk.question, talk.said) == ("bedarf", ["Wohngeld", "8 Jahre (Schule)"])
    talk = talk.answer("ausflug", "schulbedarf")
    assert talk.question is None
    assert talk.said == ["Wohngeld", "8 Jahre (Schule)", "Ausflug oder Klassenfahrt; Schulsachen"]
    assert talk.titles[0] == "Stellt den Antrag bei der Stadt"
    assert "Für euer Kind: 8 Jahre" in talk.response.text


@pytest.mark.parametrize(("value", "said"), [("?", "Weiß ich nicht"), ("-", "Übersprungen")])
def test_a_family_that_knows_nothing_comes_to_a_plan_too(client: FlaskClient, value: str, said: str) -> None:
    talk = Talk.at(client, "/kita")
    while talk.question:
        talk = talk.answer(value)
    assert set(talk.said) == {said}
    assert len(talk.titles) >= 1


def test_htmx_is_answered_with_the_next_question_and_its_address(app: Flask, client: FlaskClient) -> None:
    start = Talk.at(client, "/but")
    form = {"t": start.token, "q": "leistung", "a": "wohngeld"}
    plain = client.post("/de/lotse/schritt", data=form)
    block = client.post("/de/lotse/schritt", data=form, headers=HTMX)
    assert (block.status_code, block.headers["HX-Push-Url"]) == (200, plain.location)
    assert "HX-Request" in block.headers["Vary"]
    assert "<html" not in block.text
    # The same as on the whole page, and the menu of languages for the new address.
    part = parse_html(f"<!doctype html><title>x</title>{block.text}")
    whole = parse_html(client.get(plain.location).text)
    for place in (".//div[@id='lotse']", ".//ul[@id='languages']"):
        assert text_of(part.find(place)) == text_of(whole.find(place))


def test_children_are_added_and_taken_away_one_by_one(app: Flask, client: FlaskClient) -> None:
    talk = Talk.with_answers(client, "but", {"leistung": ["wohngeld"]})
    talk = talk.answer("kita:36:47").answer("schule:96:107").answer("kita:36:47")
    chips = [text_of(each.find("bdi")) for each in talk.page.iter("button") if each.get("name") == "weg"]
    assert chips == ["3 Jahre (Kita oder Tagespflege)", "8 Jahre (Schule)", "3 Jahre (Kita oder Tagespflege)"]
    response = talk.send(weg="0")
    assert state_of(app, response.location).answers["kinder"] == ["schule:96:107", "kita:36:47"]
    talk = talk.follow(response.location).answer(weg="0").answer(weg="0")
    assert talk.question == "kinder"
    assert state_of(app, f"t={talk.token}").answers == {"leistung": ["wohngeld"]}
    assert Talk(client, talk.send(fertig="1")).note == "Bitte wählt eine Antwort aus. Oder tippt auf „Weiß ich nicht“."


def test_more_children_than_fit_are_told_to_call(client: FlaskClient) -> None:
    """Thirty: the first twelve are taken, then a person helps."""
    talk = Talk.with_answers(client, "but", {"leistung": ["wohngeld"]})
    for _number in range(MAX_CHILDREN):
        talk = talk.answer("kita:36:47")
    for _number in range(30 - MAX_CHILDREN):
        refused = talk.send(a="kita:36:47")
        assert refused.status_code == 400
        assert (
            Talk(client, refused).note == "So viele Kinder passen hier nicht hinein. Ruft uns an, wir rechnen mit euch."
        )
    assert talk.answer(fertig="1").question == "bedarf"


def test_an_answer_is_changed_and_the_later_ones_stay(client: FlaskClient) -> None:
    plan = Talk.with_answers(client, "but", BUT)
    edit = [a.get("href") for a in plan.page.iter("a") if a.get("class") == "bubble__edit"]
    assert len(edit) == 3
    again = plan.follow(edit[0])
    assert (again.question, again.said) == ("leistung", [])
    (checked,) = [box for box in again.page.iter("input") if box.get("checked") is not None]
    assert checked.get("value") == "wohngeld"
    changed = again.answer("sozialhilfe")
    assert (changed.question, changed.said) == (
        None,
        ["Sozialhilfe vom Sozialamt", "8 Jahre (Schule)", "Ausflug oder Klassenfahrt"],
    )
    assert changed.titles[0] == "Meldet die Kosten im Sozialamt"
    # One question more on the way now: it is asked, the others keep their answers.
    more = plan.follow(edit[0]).answer("keine")
    assert more.question == "einkommen"
    assert more.answer("ja").said == ["Nichts davon", "Ja", "8 Jahre (Schule)", "Ausflug oder Klassenfahrt"]


def test_whoever_goes_back_and_answers_an_old_page_is_understood(client: FlaskClient) -> None:
    """The back button shows a question that was answered in between: its form still works."""
    plan = Talk.with_answers(client, "but", BUT)
    response = client.post("/de/lotse/schritt", data={"t": plan.token, "q": "leistung", "a": "asyl"})
    talk = plan.follow(response.location)
    assert talk.said == ["Leistungen für Asylbewerber", "8 Jahre (Schule)", "Ausflug oder Klassenfahrt"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_language_is_changed_and_no_answer_is_lost(app: Flask, client: FlaskClient, lang: str) -> None:
    talk = Talk.with_answers(client, "but", {"leistung": ["wohngeld"], "kinder": ["schule:96:107"]})
    menu = {a.get("hreflang"): a.get("href") for a in talk.page.find(".//ul[@id='languages']").iter("a")}
    other = talk.follow(menu[lang])
    assert (other.lang, other.question, len(other.said)) == (lang, "bedarf", 2)
    assert state_of(app, menu[lang]) == state_of(app, f"t={talk.token}")


def test_before_the_first_answer_the_menu_of_languages_leads_on_as_well(client: FlaskClient) -> None:
    """Nothing was chosen, or the first answer was taken back: the address is that of a step."""
    start = Talk.at(client, "/but")
    for talk in (Talk(client, start.send()), Talk.with_answers(client, "but", {})):
        menu = {a.get("hreflang"): a.get("href") for a in talk.page.find(".//ul[@id='languages']").iter("a")}
        assert talk.follow(menu["tr"]).question == "leistung"


def test_going_on_in_another_flow_the_age_is_known(app: Flask, client: FlaskClient) -> None:
    kita = {"kind": ":24:35", "stand": "zusage", "leistung": ["keine"], "stadtteil": "-"}
    plan = Talk.with_answers(client, "kita", kita)
    assert plan.question is None
    step = next(li for li in plan.page.iter("li") if li.get("class") == "step" and any(
        "/lotse/schritt" in (a.get("href") or "") for a in li.iter("a")
    ))  # fmt: skip
    href = next(a.get("href") for a in step.iter("a") if "/lotse/schritt" in (a.get("href") or ""))
    assert state_of(app, href).flow == "but"
    but = plan.follow(href)
    assert (but.question, but.said) == ("einkommen", ["Nichts davon"])
    but = but.answer("ja")
    assert (but.question, but.said) == ("bedarf", ["Nichts davon", "Ja", "2 Jahre"])


def test_a_line_in_the_middle_adds_to_the_answers(app: Flask, client: FlaskClient) -> None:
    talk = Talk.with_answers(client, "but", {"leistung": ["wohngeld"]})
    response = say(client, "Mein Kind ist 8 Jahre alt und braucht Nachhilfe", t=talk.token)
    assert state_of(app, response.location).answers == {
        "leistung": ["wohngeld"],
        "kinder": ["schule:96:107"],
        "bedarf": ["lernfoerderung"],
    }


def test_a_second_line_keeps_what_the_first_one_wished_for(app: Flask, client: FlaskClient) -> None:
    talk = Talk.with_answers(client, "but", {"leistung": ["wohngeld"]}, wishes=("kostenlos",))
    response = say(client, "Mein Kind ist 8 Jahre alt und braucht Nachhilfe", t=talk.token)
    assert "kostenlos" in state_of(app, response.location).wishes


# --- crisis -------------------------------------------------------------------------------------------------------


def help_is_first(talk: Talk, title: str) -> None:
    assert talk.in_crisis == title
    lotse = talk.page.find(".//div[@id='lotse']")
    first = next(each for each in lotse if isinstance(each.tag, str))
    assert first.get("class") == "emergency", "before the heading, before any question"
    assert any((a.get("href") or "").startswith("tel:") for a in first.iter("a"))


def test_words_of_violence_show_help_before_everything_and_nothing_is_asked(app: Flask, client: FlaskClient) -> None:
    response = say(client, "mein mann schlägt mich")
    assert state_of(app, response.location) == State(
        "beratung", 1, {"sorge": "gewalt"}, crisis="gewalt-zuhause", day=TODAY.toordinal()
    )
    talk = Talk(client, client.get(response.location))
    help_is_first(talk, "Zu Hause tut mir jemand weh")
    assert talk.question is None
    assert len(talk.titles) >= 1


def test_help_stays_whatever_is_answered_after_it(client: FlaskClient) -> None:
    talk = Talk(client, client.get(say(client, "ich will mein baby schütteln").location))
    title = str(talk.in_crisis)
    help_is_first(talk, title)
    while talk.question:
        talk = talk.answer("?")
        help_is_first(talk, title)


def test_help_stays_while_an_answer_before_it_is_changed(client: FlaskClient) -> None:
    plan = Talk.with_answers(client, "baby", {"kind": ":3:3", "thema": ["krise"]})
    edit = next(a.get("href") for a in plan.page.iter("a") if a.get("class") == "bubble__edit")
    again = plan.follow(edit)
    assert again.question == "kind"
    help_is_first(again, "Mein Baby schreit und ich kann nicht mehr")


def test_words_in_the_middle_show_help_and_keep_the_answers(app: Flask, client: FlaskClient) -> None:
    talk = Talk.with_answers(client, "but", {"leistung": ["wohngeld"]})
    response = say(client, "ich will nicht mehr leben", t=talk.token)
    assert state_of(app, response.location).answers["leistung"] == ["wohngeld"]
    help_is_first(Talk(client, client.get(response.location)), "Ich oder mein Kind will nicht mehr leben")


def test_by_htmx_help_comes_first_too(client: FlaskClient) -> None:
    start = Talk.at(client, "/beratung")
    form = {"t": start.token, "q": "sorge", "a": "gewalt"}
    block = client.post("/de/lotse/schritt", data=form, headers=HTMX)
    assert block.text.index('class="emergency"') < block.text.index("<h1")


@pytest.mark.parametrize(
    ("flow", "answers", "value", "title"),
    [
        ("beratung", {}, "gewalt", "Zu Hause tut mir jemand weh"),
        ("beratung", {}, "suizid", "Ich oder mein Kind will nicht mehr leben"),
        ("baby", {"kind": ":3:3"}, "krise", "Mein Baby schreit und ich kann nicht mehr"),
    ],
)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_after_an_answer_that_tells_of_a_crisis_nothing_is_asked(
    client: FlaskClient, lang: str, flow: str, answers: dict[str, Any], value: str, title: str
) -> None:
    talk = Talk.with_answers(client, flow, answers, lang).answer(value)
    assert talk.question is None
    assert len(talk.titles) >= 1
    help_is_first(talk, title if lang == "de" else str(talk.in_crisis))


# --- what it costs ------------------------------------------------------------------------------------------------


def test_a_question_costs_always_the_same_queries(app: Flask, client: FlaskClient) -> None:
    counts = []
    for answers in ({}, {"leistung": ["wohngeld"]}, {"leistung": ["wohngeld"], "kinder": ["schule:96:107"] * 12}):
        token = token_of(app, "but", answers)
        client.get(f"/de/lotse/schritt?t={token}")
        with counted_queries(app) as statements:
            client.get(f"/de/lotse/schritt?t={token}")
        counts.append(len(statements))
    assert len(set(counts)) == 1
    assert counts[0] <= 3


def test_a_baby_that_might_be_shaken_leads_to_help_and_asks_nothing(app: Flask, client: FlaskClient) -> None:
    response = say(client, "hab mein baby geschüttelt")
    state = state_of(app, response.location)
    assert (state.flow, state.crisis, state.answers["thema"]) == ("baby", "baby-schreit", ["krise"])
    talk = Talk(client, client.get(response.location))
    assert talk.question is None
    assert talk.page.find(".//h2[@id='notfall']") is not None
