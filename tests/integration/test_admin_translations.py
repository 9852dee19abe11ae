"""The pages of translators: side by side, nothing lost, nothing checked that nobody has read; and what families see of it."""

from __future__ import annotations

import io
import re
import threading
import zipfile
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from portal import create_app
from portal.config import SettingsError
from portal.editing import translations
from portal.editing.actor import COMMAND
from portal.editing.text_kinds import KINDS
from portal.extensions import db
from portal.models import AuditEntry, FormDraft, LoginSession, OfferText, User
from portal.models.enums import TextState
from tests.conftest import CheckingClient, counted_queries, make_settings, share_understanding, text_of
from tests.integration.admin import log_in, make_user, page
from tests.integration.filled_forms import filled
from tests.integration.test_translating_providers import KEY, TranslationServer
from tests.integration.translated import (
    MACHINE,
    OUTDATED,
    THINGS,
    URL,
    Thing,
    clear,
    notes,
    prepare,
    publish_offer,
    save_offer,
    texts_in,
)

OFFER = THINGS[0]


@pytest.fixture(autouse=True)
def newest_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a slow machine a catalogue is built beside the requests; here every page is of the newest."""
    monkeypatch.setattr("portal.offers.catalogue._WAIT_FOR", 60)


@pytest.fixture
def filled_app(own_app: Flask) -> Flask:
    return prepare(own_app)


@pytest.fixture
def leyla(filled_app: Flask) -> FlaskClient:
    """Translates into Turkish, and into nothing else."""
    return log_in(filled_app, make_user(filled_app, "uebersetzung", languages=["tr"], name="Leyla"))


@pytest.fixture
def emre(filled_app: Flask) -> FlaskClient:
    return log_in(filled_app, make_user(filled_app, "uebersetzung", languages=["tr"], name="Emre"))


def words(form: dict[str, Any], text: str) -> dict[str, Any]:
    """The form with another text in all fields."""
    return {name: f"{text} {name[2:]}" if name.startswith("t-") else value for name, value in form.items()}


def send(client: FlaskClient, thing: Thing, form: dict[str, Any], **changes: Any) -> Any:
    return client.post(thing.form, data={"do": "save", **form, **changes})


def keep(client: FlaskClient, form: dict[str, Any]) -> Any:
    """What the page sends by itself while somebody types."""
    address = OFFER.form.replace(URL, f"{URL}/zwischenstand")
    return client.post(address, data=form, headers={"HX-Request": "true"})


def said(response: Any) -> str:
    return text_of(page(response).find(".//main"))


def value(response: Any, name: str) -> str:
    return str(filled(response)[f"t-{name}"])


def change_offer(app: Flask, **german: str) -> None:
    with app.app_context():
        save_offer(db.session, OFFER.entity, **german)
        publish_offer(app, db.session, OFFER.entity)
        db.session.commit()


def logged(app: Flask) -> list[tuple[str, str, str, str]]:
    with app.app_context():
        rows = db.session.exec(select(AuditEntry).where(AuditEntry.action == "translated").order_by(AuditEntry.id))  # type: ignore[arg-type]
        return [(row.user, row.kind, row.entity, row.details) for row in rows]


# --- from missing to checked, and what families see after each step ---


@pytest.mark.parametrize("thing", THINGS, ids=str)
def test_every_kind_goes_from_missing_over_machine_to_checked_to_outdated_and_back(
    filled_app: Flask, leyla: FlaskClient, thing: Thing
) -> None:
    thing.remove(filled_app)
    german = getattr(thing.row(filled_app, "de"), thing.field)
    start = german[:20].split("\n")[0].strip("# ")
    shown = thing.public(filled_app)
    assert any(start in text for text in texts_in(shown, "de")), "German, and marked as German"
    form = filled(leyla.get(thing.form))
    assert "checked" not in form, "nobody has checked an empty text"

    assert send(leyla, thing, words(form, "ilk")).status_code == 303
    assert thing.state(filled_app) is TextState.MACHINE
    shown = thing.public(filled_app)
    assert MACHINE in notes(shown)
    assert f"ilk {thing.field}" in text_of(shown)

    again = leyla.get(thing.form)
    assert "automatisch übersetzt" in said(again)
    assert send(leyla, thing, words(filled(again), "iyi"), checked="1").status_code == 303
    assert thing.state(filled_app) is TextState.HUMAN
    assert notes(thing.public(filled_app)) == []
    assert f"iyi {thing.field}" in text_of(thing.public(filled_app))

    thing.change_german(filled_app, f"{german}!", small=True)
    assert thing.state(filled_app) is TextState.HUMAN
    assert notes(thing.public(filled_app)) == []

    thing.change_german(filled_app, "Heute gelbe Quittenmarmelade.")
    assert thing.state(filled_app) is TextState.OUTDATED
    shown = thing.public(filled_app)
    assert notes(shown) == [OUTDATED]
    assert f"iyi {thing.field}" in text_of(shown)
    changed = leyla.get(thing.form)
    assert "veraltet" in said(changed)
    assert "Quittenmarmelade" in " ".join(text_of(piece) for piece in page(changed).iter("ins"))
    assert list(page(changed).iter("del")), "what was taken away is shown, too"
    assert "checked" not in filled(changed)

    assert send(leyla, thing, words(filled(changed), "yeni"), checked="1").status_code == 303
    assert thing.state(filled_app) is TextState.HUMAN
    assert notes(thing.public(filled_app)) == []
    assert not list(page(leyla.get(thing.form)).iter("ins"))
    assert [entry[:3] for entry in logged(filled_app)] == [("Leyla", thing.kind, thing.entity)] * 3


@pytest.mark.parametrize("thing", THINGS, ids=str)
def test_all_workers_show_a_translation_at_once(filled_app: Flask, leyla: FlaskClient, thing: Thing) -> None:
    other = create_app(make_settings(filled_app.extensions["settings"].data_dir))
    other.config.update(TESTING=True, TODAY=filled_app.config["TODAY"])
    other.test_client_class = CheckingClient
    share_understanding(filled_app, other)
    try:
        assert "her yerde" not in text_of(thing.public(other))
        assert send(leyla, thing, words(filled(leyla.get(thing.form)), "her yerde")).status_code == 303
        assert f"her yerde {thing.field}" in text_of(thing.public(other))
    finally:
        other.extensions["engine"].dispose()


def test_a_card_in_a_list_has_the_new_title_too(filled_app: Flask, leyla: FlaskClient) -> None:
    send(leyla, OFFER, words(filled(leyla.get(OFFER.form)), "yepyeni"))
    found = filled_app.test_client().get("/tr/bedarf/stillen_ernaehrung")
    listed = found if found.status_code == 200 else filled_app.test_client().get("/tr/angebote?page=1")
    pages = [listed.text, *(filled_app.test_client().get(f"/tr/angebote?page={n}").text for n in range(1, 8))]
    assert any("yepyeni title" in text for text in pages)


def test_right_to_left_is_written_from_right_to_left(filled_app: Flask, editor: FlaskClient) -> None:
    for thing in THINGS:
        shown = page(editor.get(f"{URL}/ar/{thing.kind}/{thing.entity}"))
        fields = [field for field in shown.iter() if str(field.get("name", "")).startswith("t-")]
        assert fields
        assert {(field.get("lang"), field.get("dir")) for field in fields} == {("ar", "rtl")}
        labelled = {label.get("for") for label in shown.iter("label")}
        assert {field.get("id") for field in fields} <= labelled


# --- whose it is ---


def test_a_translator_of_turkish_does_turkish_only(filled_app: Flask, leyla: FlaskClient) -> None:
    assert leyla.get(f"{URL}/").status_code == 200
    assert [text_of(h) for h in page(leyla.get(f"{URL}/")).iter("h2")] == ["Türkçe"]
    before = OFFER.row(filled_app, "ar").title
    form = filled(leyla.get(OFFER.form))
    for lang in ("ar", "de", "xx", "fr"):
        answers = [
            leyla.get(f"{URL}/{lang}/offer"),
            leyla.get(f"{URL}/{lang}/offer/{OFFER.entity}"),
            leyla.get(f"{URL}/{lang}/xliff"),
            leyla.post(f"{URL}/{lang}/offer/{OFFER.entity}", data=words(form, "x")),
            leyla.post(f"{URL}/zwischenstand/{lang}/offer/{OFFER.entity}", data=form),
            leyla.post(f"{URL}/{lang}/xliff", data={"file": (io.BytesIO(b"<x/>"), "x.xlf")}),
            leyla.post(f"{URL}/{lang}/offer/maschinell"),
        ]
        assert [answer.status_code for answer in answers] == [404] * 7, lang
    assert OFFER.row(filled_app, "ar").title == before
    assert logged(filled_app) == []


def test_an_editor_finds_no_language_that_this_site_has_not(filled_app: Flask, editor: FlaskClient) -> None:
    for address in (
        "xx/offer/still-cafe",
        "fr/offer/still-cafe",
        "de/offer/still-cafe",
        "tr/nichts",
        "tr/offer/nichts",
    ):
        assert editor.get(f"{URL}/{address}").status_code == 404, address
    assert editor.get(f"{URL}/angebot/nichts/sprachen").status_code == 404


def test_a_translator_can_write_and_publish_nothing_else(filled_app: Flask, leyla: FlaskClient) -> None:
    with filled_app.app_context():
        save_offer(db.session, OFFER.entity, summary="Noch nicht freigegeben.")
        db.session.commit()
    form = filled(leyla.get(OFFER.form))
    send(leyla, OFFER, words(form, "yeni"), title="Böse", status="published", **{"t-phone": "110", "summary": "Böse"})
    public = filled_app.test_client().get("/de/angebote/still-cafe").text
    assert "Noch nicht freigegeben" not in public
    assert "Böse" not in public
    for address in ("angebote/", "angebote/still-cafe", "angebote/neu", "traeger", "personen/", "seiten", "aktuell"):
        assert leyla.get(f"/verwaltung/{address}").status_code == 404, address
    for step in ("freigeben", "archivieren", "loeschen", "bestaetigen"):
        assert leyla.post(f"/verwaltung/angebote/still-cafe/schritt/{step}").status_code == 404, step


def test_a_provider_sees_how_far_their_own_offers_are(filled_app: Flask) -> None:
    with filled_app.app_context():
        own = db.session.exec(select(OfferText.offer_id)).first()
        assert own is not None
    mine = log_in(filled_app, make_user(filled_app, "traeger", organizations=[4]))
    others = log_in(filled_app, make_user(filled_app, "traeger", organizations=[1]))
    shown = mine.get(f"{URL}/angebot/still-cafe/sprachen")
    assert "automatisch übersetzt" in said(shown)
    assert "Übersetzen auf" not in said(shown)
    assert others.get(f"{URL}/angebot/still-cafe/sprachen").status_code == 404
    for client in (mine, others):
        assert client.get(OFFER.form).status_code == 404
        assert client.get(f"{URL}/").status_code == 404


def test_a_translator_sees_all_languages_of_an_offer_and_may_write_theirs(leyla: FlaskClient) -> None:
    shown = leyla.get(f"{URL}/angebot/still-cafe/sprachen")
    assert "Still-Café" in text_of(page(shown).find(".//h1"))
    links = [a.get("href") for a in page(shown).iter("a") if "/offer/" in (a.get("href") or "")]
    assert links == [OFFER.form]


# --- overview and lists ---


def test_the_overview_shows_the_numbers_of_the_tables(filled_app: Flask, leyla: FlaskClient) -> None:
    OFFER.remove(filled_app)
    THINGS[1].change_german(filled_app, "Ein neuer Text.")
    with filled_app.app_context():
        counts = translations.overview(db.session, COMMAND, ["tr"])["tr"]
    assert counts["organization"]["outdated"] == 1
    shown = page(leyla.get(f"{URL}/"))
    rows = {text_of(row.find("th")): [text_of(cell) for cell in row.iter("td")] for row in shown.iter("tr")}
    for kind, numbers in counts.items():
        cells = rows[f"{KINDS[kind].label} auf Türkçe"]
        assert [cell.split()[0] for cell in cells] == [
            str(numbers.get(state, 0) or "–") for state in translations.STATES
        ]


def test_a_list_takes_the_same_number_of_queries_for_one_text_and_for_fifty(
    filled_app: Flask, leyla: FlaskClient
) -> None:
    def number(address: str) -> int:
        with counted_queries(filled_app) as asked:
            assert leyla.get(address).status_code == 200
        return len(asked)

    number(f"{URL}/tr/offer")
    many = number(f"{URL}/tr/offer"), number(f"{URL}/")
    assert "104 Texte" in said(leyla.get(f"{URL}/tr/offer?state=machine"))
    few = number(f"{URL}/tr/offer?q=Still-Caf"), number(f"{URL}/")
    assert many == few


def test_lists_are_filtered_and_lead_to_the_form(filled_app: Flask, leyla: FlaskClient) -> None:
    OFFER.remove(filled_app)
    missing = page(leyla.get(f"{URL}/tr/offer?state=missing"))
    links = [a.get("href") for row in missing.iter("tr") for a in row.iter("a")]
    assert OFFER.form in links
    assert len(links) == 3
    assert "1 Text " in said(leyla.get(f"{URL}/tr/offer?state=missing&q=still-CAF")) + " "
    assert "Hier ist nichts." in said(leyla.get(f"{URL}/tr/offer?state=human"))
    # A value that nobody offers is left out.
    assert "106 Texte" in said(leyla.get(f"{URL}/tr/offer?state=quatsch&sort=quatsch&page=0"))


# --- what is wrong, and what must not get lost ---


def test_what_is_wrong_is_said_and_everything_typed_stays(filled_app: Flask, leyla: FlaskClient) -> None:
    change_offer(filled_app, bring="Fragen? 030 23125 106")
    before = OFFER.row(filled_app).title
    form = words(filled(leyla.get(OFFER.form)), "yeni")
    wrong = {"t-title": "ç" * 201, "t-summary": "Bak <script>alert(1)</script>", "t-bring": "Sorular? 030 23125 107"}
    answer = send(leyla, OFFER, form, checked="1", **wrong)
    assert answer.status_code == 422
    problems = [
        text_of(item) for box in page(answer).iter("div") if box.get("role") == "alert" for item in box.iter("li")
    ]
    assert problems == [
        "Titel: Das sind 201 Zeichen; höchstens 200 passen hierher.",
        "Kurz gesagt: Zeichen wie <script> gehören nicht in den Text.",
        "Bitte mitbringen: Das fehlt in der Übersetzung: 030 23125 106.",
    ]
    kept = filled(answer)
    assert {name: kept[name] for name in wrong} == wrong
    assert kept["checked"] == ["1"]
    assert OFFER.row(filled_app).title == before
    # Who has not said that they have checked it, has not said so after a mistake either.
    assert "checked" not in filled(send(leyla, OFFER, form, **wrong))


def test_five_megabytes_are_refused_with_a_sentence(leyla: FlaskClient) -> None:
    answer = leyla.post(
        OFFER.form, data=b"t-title=" + b"x" * 5_200_000, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 413
    assert "Das ist zu viel auf einmal" in said(answer)


def test_hidden_signs_and_line_breaks_of_a_title_are_put_right(filled_app: Flask, leyla: FlaskClient) -> None:
    form = filled(leyla.get(OFFER.form))
    send(leyla, OFFER, form, **{"t-title": " \u202eEmzirme\u200b\r\n kafesi ", "t-summary": "bir\r\niki  \r\n"})
    row = OFFER.row(filled_app)
    assert (row.title, row.summary) == ("Emzirme kafesi", "bir\niki")


def test_two_translators_at_once_see_both_texts_and_the_second_chooses(
    filled_app: Flask, leyla: FlaskClient, emre: FlaskClient
) -> None:
    first, second = filled(leyla.get(OFFER.form)), filled(emre.get(OFFER.form))
    assert send(leyla, OFFER, words(first, "leyla"), checked="1").status_code == 303
    answer = send(emre, OFFER, words(second, "emre"), checked="1")
    assert answer.status_code == 409
    assert "Inzwischen hat jemand anders diese Übersetzung geändert." in said(answer)
    assert value(answer, "title") == "emre title"
    assert "Die andere Fassung: leyla title" in said(answer)
    assert OFFER.row(filled_app).title == "leyla title"
    assert filled(answer)["checked"] == ["1"]
    assert send(emre, OFFER, filled(answer)).status_code == 303
    assert OFFER.row(filled_app).title == "emre title"


def test_a_mistake_or_a_suggestion_does_not_hide_that_somebody_else_has_saved(
    filled_app: Flask, leyla: FlaskClient, emre: FlaskClient
) -> None:
    began = filled(emre.get(OFFER.form))
    send(leyla, OFFER, words(filled(leyla.get(OFFER.form)), "leyla"), checked="1")
    for changes in ({"t-title": ""}, {"do": "machine"}):
        answer = send(emre, OFFER, words(began, "emre"), **changes)
        assert answer.status_code == 422
        assert "Die andere Fassung: leyla summary" in said(answer)


def test_the_same_button_twice_is_no_conflict(leyla: FlaskClient) -> None:
    form = words(filled(leyla.get(OFFER.form)), "yeni")
    assert [send(leyla, OFFER, form, checked="1").status_code for _ in range(2)] == [303, 303]


def test_a_german_text_that_changes_while_somebody_translates_is_shown_to_them(
    filled_app: Flask, leyla: FlaskClient
) -> None:
    OFFER.remove(filled_app)
    form = words(filled(leyla.get(OFFER.form)), "yeni")
    change_offer(filled_app, summary="Jetzt immer am Montag.")
    answer = send(leyla, OFFER, form, checked="1")
    assert answer.status_code == 409
    assert "Der deutsche Text hat sich inzwischen geändert." in said(answer)
    assert "jemand anders" not in said(answer)
    assert "Jetzt immer am Montag." in said(answer)
    assert value(answer, "summary") == "yeni summary"
    assert OFFER.state(filled_app) is None
    assert send(leyla, OFFER, filled(answer)).status_code == 303
    assert OFFER.state(filled_app) is TextState.HUMAN


def test_what_was_typed_is_kept_and_comes_back(filled_app: Flask, leyla: FlaskClient) -> None:
    form = words(filled(leyla.get(OFFER.form)), "yarım")
    kept = keep(leyla, form | {"checked": "1"})
    assert re.search(r"Zwischengespeichert um \d\d:\d\d Uhr", kept.text)
    assert OFFER.row(filled_app).title != "yarım title"
    back = leyla.get(OFFER.form)
    assert "Es ist noch nicht gespeichert." in said(back)
    assert value(back, "title") == "yarım title"
    assert filled(back)["checked"] == ["1"]
    assert send(leyla, OFFER, filled(back)).status_code == 303
    assert OFFER.row(filled_app).title == "yarım title"
    assert "noch nicht gespeichert" not in said(leyla.get(OFFER.form))


def test_what_was_kept_can_be_thrown_away(filled_app: Flask, leyla: FlaskClient) -> None:
    saved = filled(leyla.get(OFFER.form))
    keep(leyla, words(saved, "yarım"))
    assert send(leyla, OFFER, saved, do="discard").status_code == 303
    assert value(leyla.get(OFFER.form), "title") == saved["t-title"]


def test_what_was_kept_does_not_overwrite_what_somebody_else_has_saved_meanwhile(
    filled_app: Flask, leyla: FlaskClient, emre: FlaskClient
) -> None:
    keep(leyla, words(filled(leyla.get(OFFER.form)), "leyla"))
    send(emre, OFFER, words(filled(emre.get(OFFER.form)), "emre"), checked="1")
    back = leyla.get(OFFER.form)
    assert "Inzwischen hat jemand anders diese Übersetzung geändert." in said(back)
    assert (value(back, "title"), "Die andere Fassung: emre title" in said(back)) == ("leyla title", True)
    assert "noch nicht gespeichert" not in said(emre.get(OFFER.form)), "nobody sees what others have not saved"


def test_more_than_fits_is_not_kept_and_that_is_said(filled_app: Flask, leyla: FlaskClient) -> None:
    answer = keep(leyla, {"t-title": "x" * 1_100_000})
    assert (answer.status_code, "zu viel Text" in answer.text) == (200, True)
    with filled_app.app_context():
        assert db.session.exec(select(FormDraft)).all() == []


def test_an_expired_session_loses_nothing(filled_app: Flask) -> None:
    user = make_user(filled_app, "uebersetzung", languages=["tr"], name="Leyla")
    client = log_in(filled_app, user)
    form = words(filled(client.get(OFFER.form)), "uzun")
    with filled_app.app_context():
        for row in db.session.exec(select(LoginSession)):
            db.session.delete(row)
        email = db.session.get_one(User, user).email
        db.session.commit()
    asked = send(client, OFFER, form, checked="1")
    assert asked.status_code == 401
    fields = filled(asked, email=email, password="vier kluge Igel lesen")
    back = client.post("/verwaltung/anmelden", data=fields, follow_redirects=True)
    assert "Hier ist, was du geschrieben hast" in said(back)
    assert value(back, "title") == "uzun title"
    assert OFFER.row(filled_app).title != "uzun title"
    assert send(client, OFFER, filled(back)).status_code == 303
    assert (OFFER.row(filled_app).title, OFFER.state(filled_app)) == ("uzun title", TextState.HUMAN)


# --- to an agency and back ---


def exported(client: FlaskClient, lang: str = "tr", query: str = "") -> ElementTree.Element:
    answer = client.get(f"{URL}/{lang}/xliff{query}")
    assert (answer.status_code, answer.mimetype) == (200, "application/xliff+xml")
    assert re.fullmatch(rf'attachment; filename="texte-{lang}-2026-11-21\.xlf"', answer.headers["Content-Disposition"])
    return ElementTree.fromstring(answer.data)


def units(root: ElementTree.Element) -> dict[str, ElementTree.Element]:
    return {unit.get("resname", ""): unit for unit in root.iter() if unit.tag.endswith("}trans-unit")}


def part(unit: ElementTree.Element, name: str) -> ElementTree.Element:
    return next(child for child in unit if child.tag.endswith("}" + name))


def send_file(client: FlaskClient, content: bytes | ElementTree.Element, lang: str = "tr", **more: str) -> Any:
    data = content if isinstance(content, bytes) else ElementTree.tostring(content, encoding="utf-8")
    # As bytes: the test client would leave a large body behind as an open file.
    boundary, body = encode_multipart({"file": FileStorage(io.BytesIO(data), "zurück.xlf", name="file"), **more})
    return client.post(
        f"{URL}/{lang}/xliff",
        data=body,
        content_type=f"multipart/form-data; boundary={boundary}",
        follow_redirects=True,
    )


def translate_units(root: ElementTree.Element, prefix: str, words: str) -> int:
    """As an agency does; of other units nothing is touched. Returns how many there are."""
    mine = [unit for key, unit in units(root).items() if key.startswith(prefix)]
    for unit in mine:
        part(unit, "target").text = f"{words}: {part(unit, 'source').text}"
        part(unit, "target").set("state", "translated")
    return len(mine)


def test_a_file_for_an_agency_goes_out_and_comes_back(filled_app: Flask, leyla: FlaskClient) -> None:
    root = exported(leyla)
    assert {key.split("/")[0] for key in units(root)} == {thing.kind for thing in THINGS}
    number = sum(translate_units(root, f"{thing.kind}/{thing.entity}/", "ajans") for thing in THINGS)
    answer = send_file(leyla, root, checked="1")
    assert (answer.status_code, f"{number} Texte übernommen." in said(answer)) == (200, True)
    for thing in THINGS:
        assert thing.state(filled_app) is TextState.HUMAN, thing.kind
        assert getattr(thing.row(filled_app), thing.field).startswith("ajans: ")
        assert notes(thing.public(filled_app)) == []
    assert sorted(entry[1] for entry in logged(filled_app)) == sorted(thing.kind for thing in THINGS)
    with filled_app.app_context():
        others = db.session.exec(select(OfferText.state).where(OfferText.lang == "tr", OfferText.offer_id != 7)).all()
    assert set(others) == {TextState.MACHINE}, "what the agency has not touched is not its work"


def test_only_what_is_to_be_done_goes_out_or_everything(filled_app: Flask, leyla: FlaskClient) -> None:
    send(leyla, OFFER, words(filled(leyla.get(OFFER.form)), "iyi"), checked="1")
    todo, everything = units(exported(leyla)), units(exported(leyla, query="?alle=1"))
    own = {f"offer/still-cafe/{name}" for name in ("title", "summary", "description")}
    assert own & set(todo) == set()
    assert own <= set(everything)
    assert set(todo) < set(everything)
    assert part(everything["offer/still-cafe/title"], "target").text == "iyi title"


def test_without_the_tick_what_comes_back_counts_as_by_machine(filled_app: Flask, leyla: FlaskClient) -> None:
    root = exported(leyla)
    translate_units(root, "need/adhs_autismus/", "ajans")
    send_file(leyla, root)
    assert THINGS[3].row(filled_app).label.startswith("ajans: ")
    assert THINGS[3].state(filled_app) is TextState.MACHINE
    assert MACHINE in notes(THINGS[3].public(filled_app))


def test_a_german_text_that_changed_in_between_makes_it_outdated_and_says_so(
    filled_app: Flask, leyla: FlaskClient
) -> None:
    root = exported(leyla)
    translate_units(root, "offer/still-cafe/", "ajans")
    change_offer(filled_app, summary="Heute gelbe Quittenmarmelade.")
    answer = send_file(leyla, root, checked="1")
    title = OFFER.row(filled_app, "de").title
    assert f"{title}: Kurz gesagt: Der deutsche Text wurde seitdem geändert." in said(answer)
    assert OFFER.state(filled_app) is TextState.OUTDATED
    assert notes(OFFER.public(filled_app)) == [OUTDATED]
    shown = leyla.get(OFFER.form)
    assert "Quittenmarmelade" in " ".join(text_of(piece) for piece in page(shown).iter("ins"))


def test_part_of_a_text_is_taken_and_the_rest_stays(filled_app: Flask, leyla: FlaskClient) -> None:
    before = OFFER.row(filled_app).summary
    root = exported(leyla)
    translate_units(root, "offer/still-cafe/title", "ajans")
    assert "1 Text übernommen." in said(send_file(leyla, root, checked="1"))
    row = OFFER.row(filled_app)
    assert (row.title.startswith("ajans: "), row.summary, row.state) == (True, before, TextState.MACHINE)


def test_a_wrong_text_of_an_agency_is_named_by_its_title(filled_app: Flask, leyla: FlaskClient) -> None:
    root = exported(leyla)
    translate_units(root, "need/adhs_autismus/", "ajans")
    part(units(root)["need/adhs_autismus/question"], "target").text = "<b>kalın</b>"
    answer = send_file(leyla, root, checked="1")
    label = THINGS[3].row(filled_app, "de").label
    assert f"{label}: Frage: In der Übersetzung steht HTML (<b>), das es im Deutschen nicht gibt." in said(answer)
    assert "<b>" not in THINGS[3].row(filled_app).question


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Die Datei ist kein gültiges XML."),
        (b"<html></html>", "Die Datei ist kein XLIFF"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><xliff>&a;</xliff>", "aus Gründen der Sicherheit nicht erlaubt"),
        (b" " * (10 * 1024 * 1024 + 1), "Die Datei ist größer als 10 MB."),
        (b" " * (11 * 1024 * 1024), "Das ist zu viel auf einmal"),
    ],
    ids=["empty", "html", "entities", "10 MB and a byte", "11 MB"],
)
def test_a_file_that_cannot_be_used_is_refused_with_a_sentence(
    filled_app: Flask, leyla: FlaskClient, content: bytes, sentence: str
) -> None:
    assert sentence in said(send_file(leyla, content))
    assert logged(filled_app) == []


def test_a_zip_and_another_language_are_refused_with_a_sentence(filled_app: Flask, leyla: FlaskClient) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("texte.xlf", "<xliff/>")
    assert "Vielleicht ist sie beschädigt oder noch gepackt." in said(send_file(leyla, packed.getvalue()))
    arabic = log_in(filled_app, make_user(filled_app, "uebersetzung", languages=["ar"]))
    answer = said(send_file(leyla, exported(arabic, "ar")))
    assert "Die Datei enthält die Sprache „ar“, erwartet wurde „tr“." in answer
    nothing = leyla.post(f"{URL}/tr/xliff", data={}, follow_redirects=True)
    assert "Bitte wähle zuerst eine Datei aus." in said(nothing)
    assert logged(filled_app) == []


# --- by machine ---


@pytest.fixture
def server() -> Iterator[TranslationServer]:
    with TranslationServer() as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.fixture(params=["libretranslate", "deepl"])
def machine_app(request: pytest.FixtureRequest, make_app: Callable[..., Flask], server: TranslationServer) -> Flask:
    """The site with a translation service: a server on this machine that speaks as both do."""
    return prepare(make_app(translate_with=request.param, translate_url=server.url, translate_key=KEY))


def hurry(app: Flask) -> None:
    """The pauses before another attempt need not be waited for."""
    app.extensions["machine"].provider._sleep = lambda _seconds: None


@pytest.fixture
def person(machine_app: Flask) -> FlaskClient:
    hurry(machine_app)
    return log_in(machine_app, make_user(machine_app, "uebersetzung", languages=["tr"], name="Leyla"))


def test_a_suggestion_is_shown_not_saved_and_never_checked(
    machine_app: Flask, person: FlaskClient, server: TranslationServer
) -> None:
    OFFER.remove(machine_app)
    form = filled(person.get(OFFER.form))
    answer = send(person, OFFER, form, do="machine", checked="1", **{"t-summary": "kendi cümlem"})
    assert answer.status_code == 200
    assert value(answer, "summary") == "kendi cümlem", "what a person has typed stays"
    assert value(answer, "title").lower().startswith("tr ")
    assert "checked" not in filled(answer)
    assert OFFER.state(machine_app) is None
    assert len(server.seen) == 1
    assert send(person, OFFER, filled(answer)).status_code == 303
    assert OFFER.state(machine_app) is TextState.MACHINE
    assert MACHINE in notes(OFFER.public(machine_app))


def test_nothing_empty_means_nothing_is_asked(
    machine_app: Flask, person: FlaskClient, server: TranslationServer
) -> None:
    answer = send(person, OFFER, filled(person.get(OFFER.form)), do="machine")
    assert "Kein Feld ist leer" in said(answer)
    assert server.seen == []


def test_of_an_outdated_text_only_what_has_changed_is_suggested(
    machine_app: Flask, person: FlaskClient, server: TranslationServer
) -> None:
    send(person, OFFER, words(filled(person.get(OFFER.form)), "iyi"), checked="1")
    change_offer(machine_app, summary="Wir trinken heute zusammen Tee.")
    answer = send(person, OFFER, filled(person.get(OFFER.form)), do="machine")
    assert value(answer, "summary").lower() == "tr wir trinken heute zusammen tee."
    assert value(answer, "title") == "iyi title"
    assert "checked" not in filled(answer)


def test_the_next_three_are_saved_as_by_machine_and_touch_nothing_else(
    machine_app: Flask, person: FlaskClient, server: TranslationServer
) -> None:
    send(person, THINGS[3], words(filled(person.get(THINGS[3].form)), "insan"), checked="1")
    with machine_app.app_context():
        for row in db.session.exec(select(KINDS["need"].table).where(KINDS["need"].table.state == TextState.MACHINE)):
            if row.lang == "tr":
                db.session.delete(row)
        db.session.commit()
        total = len(db.session.exec(select(KINDS["need"].table).where(KINDS["need"].table.lang == "de")).all())
    shown = person.get(f"{URL}/tr/need?state=missing")
    assert "Die nächsten 3 automatisch übersetzen" in said(shown)
    answer = person.post(f"{URL}/tr/need/maschinell", follow_redirects=True)
    assert f"3 übersetzt, {total - 4} fehlen noch." in said(answer)
    with machine_app.app_context():
        counts = translations.overview(db.session, COMMAND, ["tr"])["tr"]["need"]
    assert counts == {"missing": total - 4, "machine": 3, "human": 1}
    assert THINGS[3].row(machine_app).label == "insan label"
    assert [entry[3] for entry in logged(machine_app)[1:]] == ["tr: automatisch übersetzt"] * 3


def test_what_a_person_writes_while_the_machine_works_is_not_written_over(
    machine_app: Flask, person: FlaskClient, server: TranslationServer
) -> None:
    banner = THINGS[6]
    clear(machine_app, "banner")
    other = log_in(machine_app, make_user(machine_app, "uebersetzung", languages=["tr"], name="Emre"))
    form = words(filled(other.get(banner.form)), "insan")

    def meanwhile(request: Any) -> None:
        assert send(other, banner, form, checked="1").status_code == 303
        body = request.server.seen[-1][3]
        texts = body.get("q") or body["text"]
        libre = {"translatedText": ["makine"] * len(texts)}
        request.send(200, libre if "q" in body else {"translations": [{"text": "makine"} for _ in texts]})

    server.faults.append(meanwhile)
    answer = person.post(f"{URL}/tr/banner/maschinell", follow_redirects=True)
    assert "0 übersetzt" in said(answer)
    assert (banner.row(machine_app).text, banner.state(machine_app)) == ("insan text", TextState.HUMAN)


def test_a_text_that_the_machine_spoils_does_not_stop_the_others(
    machine_app: Flask, person: FlaskClient, server: TranslationServer
) -> None:
    with machine_app.app_context():
        rows = db.session.exec(select(KINDS["life_phase"].table).where(KINDS["life_phase"].table.lang == "tr"))
        for row in rows:
            db.session.delete(row)
        db.session.commit()

    def too_long(request: Any) -> None:
        body = request.server.seen[-1][3]
        texts = [f"tr {text}" + " uzun" * 60 for text in body.get("q") or body["text"]]
        request.send(
            200, {"translatedText": texts} if "q" in body else {"translations": [{"text": text} for text in texts]}
        )

    server.faults += [too_long] * 3
    answer = person.post(f"{URL}/tr/life_phase/maschinell", follow_redirects=True)
    assert "3 übersetzt, 5 fehlen noch." in said(answer)
    assert "höchstens 120 passen hierher" in said(answer)


def down(request: Any) -> None:
    request.send(500, {"error": f"geheim {KEY}"})


def test_a_service_that_is_down_is_told_in_a_sentence_and_nothing_is_lost(
    machine_app: Flask, person: FlaskClient, server: TranslationServer
) -> None:
    OFFER.remove(machine_app)
    server.faults += [down] * 10
    form = words(filled(person.get(OFFER.form)), "kendi") | {"t-description": ""}
    answer = send(person, OFFER, form, do="machine")
    assert answer.status_code == 422
    assert "Der Übersetzungsdienst ist gerade überlastet." in said(answer)
    assert (value(answer, "title"), value(answer, "description")) == ("kendi title", "")
    assert "geheim" not in answer.text
    server.faults += [down] * 10
    answer = person.post(f"{URL}/tr/offer/maschinell", follow_redirects=True)
    assert "Der Übersetzungsdienst ist gerade überlastet." in said(answer)
    assert OFFER.state(machine_app) is None


def test_what_was_done_before_the_service_went_down_stays_done(
    machine_app: Flask, person: FlaskClient, server: TranslationServer
) -> None:
    clear(machine_app, "district")

    def works(request: Any) -> None:
        body = request.server.seen[-1][3]
        texts = [f"tr {text}" for text in body.get("q") or body["text"]]
        request.send(
            200, {"translatedText": texts} if "q" in body else {"translations": [{"text": text} for text in texts]}
        )

    server.faults += [works, *[down] * 10]
    answer = person.post(f"{URL}/tr/district/maschinell", follow_redirects=True)
    assert "1 übersetzt, 8 fehlen noch." in said(answer)
    assert "Der Übersetzungsdienst ist gerade überlastet." in said(answer)


def test_names_of_places_reach_the_service_protected(
    machine_app: Flask, person: FlaskClient, server: TranslationServer
) -> None:
    change_offer(machine_app, summary="Wir treffen uns in Nordstadt und im Familienzentrum Nordstadt am Birkenweg.")
    send(person, OFFER, filled(person.get(OFFER.form), **{"t-summary": ""}), do="machine")
    sent = " ".join(text for *_, body in server.seen for text in (body or {}).get("q", (body or {}).get("text", [])))
    kept = re.findall(r'translate="no">([^<]*)<', sent)
    assert kept == ["Nordstadt", "Familienzentrum Nordstadt", "Birkenweg"]


def test_without_a_service_there_is_no_button_and_a_hint_how_to_get_one(filled_app: Flask, leyla: FlaskClient) -> None:
    OFFER.remove(filled_app)
    assert "TRANSLATE_WITH" in said(leyla.get(f"{URL}/"))
    assert "automatisch vorschlagen" not in said(leyla.get(OFFER.form))
    assert "Die nächsten 3" not in said(leyla.get(f"{URL}/tr/offer?state=missing"))
    answer = leyla.post(f"{URL}/tr/offer/maschinell", follow_redirects=True)
    assert "Der Übersetzungsdienst ist nicht erreichbar." in said(answer)


@pytest.mark.parametrize(
    "settings",
    [
        {"translate_with": "google"},
        {"translate_with": "deepl"},
        {"translate_with": "libretranslate"},
        {"translate_with": "libretranslate", "translate_url": "ftp://host"},
    ],
    ids=["unknown", "no key", "no address", "no web address"],
)
def test_settings_that_do_not_fit_stop_the_start_with_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, settings: dict[str, str]
) -> None:
    with pytest.raises(SettingsError, match="TRANSLATE_WITH, TRANSLATE_URL, TRANSLATE_KEY: "):
        create_app(make_settings(tmp_path_factory.mktemp("data"), **settings))
