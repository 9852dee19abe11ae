"""Bedarfe and how parents ask for them: written by editors, right in the search at once."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from portal.content.load import load_utterances
from portal.editing import needs, trash, utterances
from portal.editing.actor import COMMAND, Actor, NotAllowedError
from portal.editing.needs import code_from
from portal.extensions import db
from portal.models import AuditEntry, Need, NeedText, NeedUtterance, RoleName, TranslationSource, TrashEntry
from portal.models.enums import TextState
from portal.offers.catalogue import CatalogueHolder
from portal.search.added import ALL_WORDS, SAME, AddedLines, put_first
from portal.search.service import Question
from tests.conftest import TODAY, counted_queries, parse_html, text_of
from tests.integration.admin import log_in, make_user, page

URL = "/verwaltung/bedarfe"
PROVIDER = Actor(user_id=None, name="Pia", roles=frozenset({RoleName.PROVIDER}))
NEW = {
    "label": "Zahnspange bezahlen",
    "question": "Wer bezahlt die Zahnspange?",
    "explanation": "Die Krankenkasse bezahlt fast alles. Den Rest könnt ihr später zurückbekommen.",
    "life_situation": "gesundheitlich",
    "life_situations": ["materiell"],
    "life_phases": ["grundschule"],
    "min_age": "8",
    "max_age": "14",
    "flow": "beratung",
    "position": "3",
}


@pytest.fixture
def editor(own_app: Flask) -> FlaskClient:
    return log_in(own_app, make_user(own_app, RoleName.EDITOR, name="Rosa Redaktion"))


def logged(app: Flask, kind: str) -> list[tuple[str, str, str]]:
    with app.app_context():
        rows = db.session.exec(select(AuditEntry).where(AuditEntry.kind == kind).order_by(AuditEntry.id))
        return [(row.action, row.user, row.entity) for row in rows]


def fields_of(response: Any) -> dict[str, Any]:
    """What the form would send back unchanged."""
    found: dict[str, Any] = {}
    for field in page(response).iter():
        name = field.get("name") if isinstance(field.tag, str) else None
        if name is None:
            continue
        if field.tag == "textarea":
            found[name] = field.text or ""
        elif field.tag == "select":
            found[name] = next(each.get("value") for each in field.iter("option") if each.get("selected") is not None)
        elif field.get("type") == "checkbox":
            if field.get("checked") is not None:
                found.setdefault(name, []).append(field.get("value"))
        elif field.tag == "input":
            found[name] = field.get("value") or ""
    return found


def first_need(app: Flask, text: str, lang: str = "de") -> str | None:
    """What the search takes a line for, in a worker that begins now."""
    with app.test_request_context(f"/{lang}/"):
        current = CatalogueHolder().get(db.session, TODAY)
        question = Question(text=text, lang=lang, today=TODAY)
        found = app.extensions["searcher"].get().understand(question, current).needs
        return found[0][0] if found else None


# --- Needs ---


def test_the_list_has_all_needs_with_their_offers(editor: FlaskClient) -> None:
    rows = list(page(editor.get(URL)).find(".//tbody"))
    assert len(rows) == 47
    (row,) = list(page(editor.get(f"{URL}?q=hebamme")).find(".//tbody"))
    cells = [text_of(cell) for cell in row]
    assert cells[1].startswith("Hebamme und Hilfe beim Stillen")
    assert cells[2] == "Gesundheitlich"
    assert int(cells[3]) >= 2
    assert cells[4] == "alle"
    assert len(list(page(editor.get(f"{URL}?lage=gesundheitlich")).find(".//tbody"))) in range(2, 30)


def test_a_form_that_is_sent_back_changes_nothing(own_app: Flask, editor: FlaskClient) -> None:
    for code in ("hebamme", "kita_anmeldung", "sucht"):
        response = editor.post(f"{URL}/{code}", data=fields_of(editor.get(f"{URL}/{code}")))
        assert response.status_code == 303
    assert logged(own_app, "need") == []


def test_a_change_is_public_at_once_and_its_translations_are_outdated(own_app: Flask, editor: FlaskClient) -> None:
    assert "Das bezahlt jede Kasse" not in own_app.test_client().get("/de/bedarf/hebamme").text
    data = fields_of(editor.get(f"{URL}/hebamme"))
    before = data["question"]
    response = editor.post(f"{URL}/hebamme", data={**data, "explanation": "Das bezahlt jede Kasse.", "max_age": "2"})
    assert (response.status_code, response.location) == (303, URL)
    assert "Das bezahlt jede Kasse" in own_app.test_client().get("/de/bedarf/hebamme").text
    with own_app.app_context():
        assert db.session.get_one(Need, "hebamme").max_age_months == 35
        for lang in ("en", "tr", "ar", "uk", "ru"):
            assert db.session.get_one(NeedText, ("hebamme", lang)).state is TextState.OUTDATED
            assert before in db.session.get_one(TranslationSource, ("need", "hebamme", lang)).fields
    assert logged(own_app, "need") == [("changed", "Rosa Redaktion", "hebamme")]
    (row,) = list(page(editor.get(f"{URL}?q=hebamme")).find(".//tbody"))
    assert "veraltet" in text_of(row)


def test_a_slip_of_the_pen_outdates_nothing(own_app: Flask, editor: FlaskClient) -> None:
    data = fields_of(editor.get(f"{URL}/hebamme"))
    editor.post(f"{URL}/hebamme", data={**data, "question": data["question"] + "?", "small": "y"})
    with own_app.app_context():
        assert db.session.get_one(NeedText, ("hebamme", "tr")).state is TextState.MACHINE


def test_the_second_of_two_people_sees_what_the_first_has_saved(own_app: Flask, editor: FlaskClient) -> None:
    data = fields_of(editor.get(f"{URL}/hebamme"))
    editor.post(f"{URL}/hebamme", data={**data, "label": "Hebamme eins"})
    response = editor.post(f"{URL}/hebamme", data={**data, "label": "Hebamme zwei"})
    assert response.status_code == 422
    assert "Hebamme eins" in text_of(page(response))
    assert 'value="Hebamme zwei"' in response.text
    again = editor.post(f"{URL}/hebamme", data={**fields_of(response), "label": "Hebamme zwei"})
    assert again.status_code == 303
    with own_app.app_context():
        assert db.session.get_one(NeedText, ("hebamme", "de")).label == "Hebamme zwei"


def test_a_new_need_stands_where_it_should_and_is_found_by_its_question(own_app: Flask, editor: FlaskClient) -> None:
    response = editor.post(f"{URL}/neu", data=NEW)
    assert (response.status_code, response.location) == (303, f"{URL}/zahnspange_bezahlen/saetze")
    with own_app.app_context():
        order = [row.code for row in needs.list_needs(db.session, COMMAND, ["de"])]
        facts = needs.read(db.session, db.session.get_one(Need, "zahnspange_bezahlen"))
    assert order.index("zahnspange_bezahlen") == 2
    assert len(order) == len(set(order)) == 48
    assert (facts.min_age, facts.max_age, facts.position) == (8, 14, 3)
    assert sorted(facts.life_situations) == ["gesundheitlich", "materiell"]
    assert own_app.test_client().get("/tr/bedarf/zahnspange_bezahlen").status_code == 200
    assert first_need(own_app, "wer bezahlt die zahnspange") == "zahnspange_bezahlen"
    assert ("created", "Rosa Redaktion", "zahnspange_bezahlen") in logged(own_app, "need")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"label": ""}, "Das fehlt noch."),
        ({"code": "hebamme"}, "Dieses Kürzel gibt es schon."),
        ({"code": "neu"}, "Dieses Kürzel gibt es schon."),
        ({"code": "Zahn Spange"}, "Nur kleine Buchstaben"),
        ({"max_age": ""}, "beide"),
        ({"max_age": "3"}, "kleiner als das Alter davor"),
        ({"max_age": "99"}, "von 0 bis 27"),
        ({"life_situation": "egal"}, "gültig"),
        ({"explanation": "x" * 3001}, "3.001 Zeichen"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_saved(
    own_app: Flask, editor: FlaskClient, changes: dict[str, str], message: str
) -> None:
    response = editor.post(f"{URL}/neu", data={**NEW, **changes})
    assert response.status_code == 422
    assert message in text_of(page(response))
    assert NEW["question"] in response.text
    assert logged(own_app, "need") == []


@pytest.mark.parametrize(
    ("label", "code"),
    [("Größe & Maß", "groesse_mass"), ("Вода", "bedarf"), ("x" * 99, "x" * 60), ("a - b", "a_b")],
)
def test_a_code_is_made_of_the_name(label: str, code: str) -> None:
    assert code_from(label) == code


def test_a_need_that_is_used_stays_and_says_by_whom(own_app: Flask, editor: FlaskClient) -> None:
    response = editor.get(f"{URL}/hebamme/loeschen")
    assert "Angebot: " in text_of(page(response))
    assert editor.post(f"{URL}/hebamme/loeschen").status_code == 422
    with own_app.app_context():
        assert db.session.get(Need, "hebamme") is not None


def test_a_need_that_the_emergency_page_names_stays(own_app: Flask, editor: FlaskClient) -> None:
    text = text_of(page(editor.get(f"{URL}/haeusliche_gewalt/loeschen")))
    assert "Sofort-Hilfe: " in text


def test_a_need_without_offers_goes_to_the_bin_and_comes_back_whole(own_app: Flask, editor: FlaskClient) -> None:
    editor.post(f"{URL}/neu", data=NEW)
    assert editor.post(f"{URL}/zahnspange_bezahlen/loeschen").status_code == 303
    assert own_app.test_client().get("/de/bedarf/zahnspange_bezahlen").status_code == 404
    assert first_need(own_app, "wer bezahlt die zahnspange") != "zahnspange_bezahlen"
    with own_app.app_context():
        entry = db.session.exec(select(TrashEntry)).one()
        assert entry.id is not None
        trash.restore(db.session, COMMAND, entry.id)
        db.session.commit()
    assert own_app.test_client().get("/de/bedarf/zahnspange_bezahlen").status_code == 200
    assert first_need(own_app, "wer bezahlt die zahnspange") == "zahnspange_bezahlen"


def test_the_list_costs_the_same_for_many(own_app: Flask, editor: FlaskClient) -> None:
    with counted_queries(own_app) as few:
        editor.get(f"{URL}?q=hebamme")
    with counted_queries(own_app) as many:
        editor.get(URL)
    assert len(many) == len(few)


# --- So fragen Eltern ---


def test_a_new_line_is_found_at_once_by_all_workers(own_app: Flask, editor: FlaskClient) -> None:
    line = "der schnulli muss weg"
    assert first_need(own_app, line) != "erziehungsberatung"
    worker = CatalogueHolder()
    with own_app.test_request_context("/de/"):
        worker.get(db.session, TODAY)
    response = editor.post(f"{URL}/erziehungsberatung/saetze", data={"lang": "de", "lines": line})
    assert response.status_code == 303
    with own_app.test_request_context("/de/"):
        current = worker.get(db.session, TODAY)
        searcher = own_app.extensions["searcher"].get()
        for asked in (line, "Der Schnulli muss weg!", "DER  SCHNULLI   MUSS WEG"):
            needs_found = searcher.understand(Question(text=asked, lang="de", today=TODAY), current).needs
            assert needs_found[0] == ("erziehungsberatung", SAME)
        without = Question(text=line, lang="de", today=TODAY, without=frozenset({"need:erziehungsberatung"}))
        assert "erziehungsberatung" not in dict(searcher.understand(without, current).needs)
    text = text_of(parse_html(own_app.test_client().post("/de/suche", data={"q": line}, follow_redirects=True).text))
    assert "Erziehungsberatung" in text
    assert logged(own_app, "utterance") == [("created", "Rosa Redaktion", "erziehungsberatung")]


def test_many_lines_are_pasted_at_once_and_those_that_are_there_are_not_added_again(
    own_app: Flask, editor: FlaskClient
) -> None:
    with own_app.app_context():
        load_utterances(db.session, own_app.extensions["settings"].content_dir / "needs" / "utterances")
        db.session.commit()
        before = utterances.count_by_language(db.session, "hebamme")["tr"]
    lines = "ebe bulamıyorum şimdi\n\n  ebe   bulamıyorum şimdi \nyeni doğdu ebe nerede\nEBE BULAMIYORUM ŞIMDI"
    response = editor.post(f"{URL}/hebamme/saetze", data={"lang": "tr", "lines": lines}, follow_redirects=True)
    assert "2 neu; die Suche findet sie ab jetzt." in text_of(page(response))
    with own_app.app_context():
        assert utterances.count_by_language(db.session, "hebamme")["tr"] == before + 2
    again = editor.post(
        f"{URL}/hebamme/saetze", data={"lang": "tr", "lines": "yeni doğdu ebe nerede"}, follow_redirects=True
    )
    assert "Nichts war neu. 1 gab es hier schon." in text_of(page(again))


def test_a_line_that_another_need_has_too_is_added_and_named(own_app: Flask, editor: FlaskClient) -> None:
    editor.post(f"{URL}/hebamme/saetze", data={"lang": "de", "lines": "Wer hilft mir jetzt"})
    response = editor.post(
        f"{URL}/wohnen/saetze", data={"lang": "de", "lines": "wer hilft mir jetzt"}, follow_redirects=True
    )
    assert "„wer hilft mir jetzt“ steht auch bei: Hebamme und Hilfe beim Stillen." in text_of(page(response))


@pytest.mark.parametrize(
    ("lines", "message"),
    [("", "Das fehlt noch."), ("x" * 201, "länger als 200 Zeichen"), ("\n".join(map(str, range(501))), "501 Zeilen")],
)
def test_lines_that_cannot_be_are_said(editor: FlaskClient, lines: str, message: str) -> None:
    response = editor.post(f"{URL}/hebamme/saetze", data={"lang": "de", "lines": lines})
    assert response.status_code == 422
    assert message in text_of(page(response))


def test_lines_are_searched_and_removed_and_can_come_back(own_app: Flask, editor: FlaskClient) -> None:
    editor.post(
        f"{URL}/hebamme/saetze", data={"lang": "de", "lines": "schnulli eins hier\nschnulli zwei da\nganz anders 100%"}
    )
    found = page(editor.get(f"{URL}/hebamme/saetze?q=schnulli&sprache=de"))
    boxes = [field.get("value") for field in found.iter("input") if field.get("name") == "id"]
    assert len(boxes) == 2
    assert (
        len([1 for f in page(editor.get(f"{URL}/hebamme/saetze?q=0%25")).iter("input") if f.get("name") == "id"]) == 1
    )
    # The id of another need's line does nothing here.
    editor.post(f"{URL}/wohnen/saetze/entfernen", data={"id": boxes})
    assert first_need(own_app, "schnulli eins hier") == "hebamme"
    assert editor.post(f"{URL}/hebamme/saetze/entfernen", data={"id": boxes}).status_code == 303
    with own_app.app_context():
        added = select(NeedUtterance.line).where(NeedUtterance.added_by != "")
        assert db.session.exec(added).all() == ["ganz anders 100%"]
        entry = db.session.exec(select(TrashEntry)).one()
        assert entry.id is not None
        trash.restore(db.session, COMMAND, entry.id)
        db.session.commit()
    assert first_need(own_app, "schnulli eins hier") == "hebamme"
    assert ("deleted", "Rosa Redaktion", "hebamme") in logged(own_app, "utterance")


def test_only_editors_write_needs_and_lines(own_app: Flask) -> None:
    provider = log_in(own_app, make_user(own_app, RoleName.PROVIDER, organizations=[1]))
    for address in ("", "/neu", "/hebamme", "/hebamme/loeschen", "/hebamme/saetze"):
        assert provider.get(URL + address).status_code == 404, address
    assert provider.post(f"{URL}/hebamme/saetze/entfernen").status_code == 404
    with own_app.app_context():
        for attempt in (
            lambda: needs.find(db.session, PROVIDER, "hebamme"),
            lambda: needs.list_needs(db.session, PROVIDER, ["de"]),
            lambda: utterances.add_lines(db.session, PROVIDER, "hebamme", "de", ["x"]),
            lambda: utterances.remove_lines(db.session, PROVIDER, "hebamme", [1]),
        ):
            with pytest.raises(NotAllowedError):
                attempt()


def test_a_need_that_is_not_there_is_not_found(editor: FlaskClient) -> None:
    assert editor.get(f"{URL}/zaubern").status_code == 404
    assert editor.get(f"{URL}/zaubern/saetze").status_code == 404


# --- How lines are found ---

LINES = [
    ("hebamme", "de", "Nabel nässt acht Tage alt"),
    ("wohnen", "de", "Vermieter hat gekündigt"),
    ("schulden", "de", "hilfe"),
    ("hebamme", "ar", "أين أجد قابلة قريبة"),
]
STOP_WORDS = {"de": ["hat", "der", "uns", "die", "alt"], "ar": []}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("nabel nässt acht tage alt", [("hebamme", SAME)]),
        ("unser Vermieter hat uns gestern die Wohnung gekündigt!", [("wohnen", ALL_WORDS)]),
        ("die vermieter kündigt", []),
        ("hilfe", [("schulden", SAME)]),
        ("hilfe bei der steuer", []),
        ("اين اجد قابله قريبه", [("hebamme", SAME)]),
        ("", []),
        ("???", []),
    ],
)
def test_a_line_is_found_whole_or_by_all_its_words(asked: str, found: list[tuple[str, float]]) -> None:
    assert AddedLines(LINES, STOP_WORDS).find(asked) == found


def test_nothing_is_found_where_nothing_was_added() -> None:
    assert AddedLines([]).find("hilfe") == []


def test_what_was_found_comes_before_what_the_model_thinks() -> None:
    assert put_first([("a", 0.85)], [("b", 0.99), ("a", 0.5), ("c", 0.1)]) == [("a", 0.85), ("b", 0.85), ("c", 0.1)]
    assert put_first([], [("b", 0.99)]) == [("b", 0.99)]
