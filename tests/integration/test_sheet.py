"""The referral sheet: a page and a PDF, the family's language and German side by side, nothing about anybody."""

from __future__ import annotations

import io
import re
import threading
from collections import Counter
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import paper
from portal.i18n import LANGUAGES, translations_for
from portal.models import Offer
from portal.referrals import sheet as sheets
from portal.referrals.first_lines import FIRST_LINES
from portal.referrals.sharing import share
from tests.conftest import TODAY, counted_queries, parse_html, text_of

THREE = ("schwangerschaftsberatung", "baby-treff-nordstadt", "kleiderkammer-gruental")
"""One with an appointment, one that is walked into, one that is German only."""


@pytest.fixture
def ids(app: Flask) -> dict[str, int]:
    with Session(app.extensions["engine"]) as session:
        return {row.slug: row.id for row in session.execute(select(Offer.slug, Offer.id)) if row.id}


@pytest.fixture
def three(ids: dict[str, int]) -> str:
    return ".".join(str(ids[slug]) for slug in THREE)


def sheet_of(client: FlaskClient, query: str, lang: str = "de") -> Any:
    response = client.get(f"/{lang}/merkzettel/blatt?{query}")
    assert response.status_code == 200
    return parse_html(response.text)


def pdf_of(client: FlaskClient, query: str) -> PdfReader:
    if not paper.is_possible():
        pytest.skip("Pango is not installed: the portal offers no PDF then")
    response = client.get(f"/de/merkzettel/blatt.pdf?{query}")
    assert (response.status_code, response.mimetype) == (200, "application/pdf")
    return PdfReader(io.BytesIO(response.data))


def by_class(element: Any, name: str) -> list[Any]:
    return [each for each in element.iter() if isinstance(each.tag, str) and name in (each.get("class") or "").split()]


def test_the_sheet_has_the_offers_in_their_order_in_both_languages(client: FlaskClient, three: str) -> None:
    page = sheet_of(client, f"m={three}&sprache=tr")
    items = by_class(page, "item")
    assert [text_of(each.find(".//h2")).partition(" (")[0] for each in items] == [
        "Hamilelik danışmanlığı",
        "Baby-Treff Nordstadt: bebekli ailelerin buluşması",
        "Kleiderkammer Grüntal für Kinder und Babys",
    ]
    own, german = by_class(items[0], "side--own")[0], by_class(items[0], "side--german")[0]
    assert (german.get("lang"), german.get("dir")) == ("de", "ltr")
    assert "030 23125 200" in text_of(own)
    assert "Rat bei allen Fragen rund um die Schwangerschaft." in text_of(german)
    assert "Was kostet es? Kostenlos" in text_of(german)
    assert "Bitte mitbringen: Den Mutterpass, wenn du schon einen hast." in text_of(german)


def test_what_can_be_said_fits_the_offer(client: FlaskClient, three: str) -> None:
    said = [text_of(each) for each in by_class(sheet_of(client, f"m={three}&sprache=ru"), "say")]
    assert "Ich möchte einen Termin für „Schwangerschaftsberatung“. Wann kann ich kommen?" in said[0]
    assert "Spricht bei Ihnen jemand Russisch?" in said[0]
    assert "Шприхт бай Инен еманд Русиш" in said[0].replace("сс", "с")
    assert "Гутен Таг. Их шпрехе вених Дойч." in said[1]


def test_a_text_that_is_not_translated_is_marked_as_german(client: FlaskClient, ids: dict[str, int]) -> None:
    (item,) = by_class(sheet_of(client, f"m={ids['kleiderkammer-gruental']}&sprache=ar"), "item")
    title = item.find(".//h2")
    assert (title.get("lang"), title.get("dir")) == ("de", "ltr")
    note = translations_for("ar").gettext("Text auf Deutsch")
    assert f"({note})" in text_of(by_class(item, "side--own")[0])


def test_a_machine_translation_says_so(client: FlaskClient, three: str) -> None:
    note = translations_for("tr").gettext("automatisch übersetzt")
    assert f"({note})" in text_of(by_class(sheet_of(client, f"m={three}&sprache=tr"), "item")[0])


def test_in_german_there_is_one_language(client: FlaskClient, three: str) -> None:
    page = sheet_of(client, f"m={three}&sprache=de", "tr")
    (sheet,) = by_class(page, "sheet")
    assert (page.get("lang"), sheet.get("lang")) == ("tr", "de")
    assert by_class(page, "side--meaning") == []


def test_right_to_left_is_on_the_right_and_numbers_are_not_turned(client: FlaskClient, three: str) -> None:
    (sheet,) = by_class(sheet_of(client, f"m={three}&sprache=ar"), "sheet")
    assert (sheet.get("lang"), sheet.get("dir")) == ("ar", "rtl")
    phones = by_class(sheet, "phone")
    assert [each.find("bdi").get("dir") for each in phones] == ["ltr"] * len(phones)


def test_the_first_line_is_one_of_the_fixed_ones(client: FlaskClient, three: str) -> None:
    page = sheet_of(client, f"m={three}&sprache=de&satz=anrufen")
    assert FIRST_LINES["anrufen"] in text_of(by_class(page, "sheet")[0])
    free = client.get(f"/de/merkzettel/blatt?m={three}&satz=Für+Ayşe").text
    assert "Ayşe" not in free


def test_a_code_stands_for_its_list_its_language_and_its_line(own_app: Flask, ids: dict[str, int]) -> None:
    with Session(own_app.extensions["engine"]) as session:
        wanted = [ids[slug] for slug in THREE]
        made = share(session, ids=wanted, lang="uk", first_line="gesprochen", today=TODAY, days=30)
    client = own_app.test_client()
    (sheet,) = by_class(sheet_of(client, f"code={made.code}"), "sheet")
    assert sheet.get("lang") == "uk"
    assert len(by_class(sheet, "item")) == 3
    assert FIRST_LINES["gesprochen"] in text_of(by_class(sheet, "side--german")[0])


def test_unknown_codes_cannot_be_tried_without_end(own_app: Flask) -> None:
    client = own_app.test_client()
    answers = [client.get("/de/merkzettel/blatt?code=BCDFGH").status_code for _ in range(11)]
    assert answers == [404] * 10 + [429]


def test_a_code_that_is_too_old_leads_to_a_field_for_another_one(own_app: Flask) -> None:
    page = parse_html(own_app.test_client().get("/tr/merkzettel/blatt?code=BCDFGH").text)
    assert [each.get("action") for each in by_class(page, "code-form")] == ["/tr/merkzettel/code"]


def test_on_a_phone_one_taps_on_the_number_and_comes_back_to_the_list(client: FlaskClient, three: str) -> None:
    page = sheet_of(client, f"m={three}&sprache=ar", "ar")
    (sheet,) = by_class(page, "sheet")
    phones = [each.find(".//a").get("href") for each in by_class(sheet, "phone")]
    assert phones[0] == "tel:+493023125200"
    assert len(phones) == len(by_class(sheet, "phone"))
    assert by_class(sheet, "sheet__foot")[0].find(".//a").get("href") == "tel:+493023125100"
    assert by_class(page, "crumbs")[0].find(".//a").get("href").startswith("/ar/merkzettel")


def test_each_language_says_in_its_own_words_when_it_was_checked(client: FlaskClient, three: str) -> None:
    (item, *_others) = by_class(sheet_of(client, f"m={three}&sprache=tr"), "item")
    said = [text_of(by_class(item, f"side--{side}")[0]) for side in ("own", "german")]
    assert [("Son kontrol" in each, "Zuletzt geprüft" in each) for each in said] == [(True, False), (False, True)]


def test_the_plus_stands_between_the_two_languages_whatever_their_direction(client: FlaskClient, three: str) -> None:
    chips = [text_of(each) for each in by_class(sheet_of(client, f"m={three}&sprache=ar", "ar"), "chip")]
    assert chips[0] == "العربية + Deutsch"
    assert all(
        "+" not in text_of(span)
        for each in by_class(sheet_of(client, f"m={three}&sprache=ar", "ar"), "chip")
        for span in each.iter("span")
    )


@pytest.mark.parametrize("query", ["", "m=", "m=0", "m=999999", "m=abc"])
def test_without_an_offer_there_is_no_sheet(client: FlaskClient, query: str) -> None:
    assert client.get(f"/de/merkzettel/blatt?{query}").status_code == 404
    assert client.get(f"/de/merkzettel/blatt.pdf?{query}").status_code == 404


def test_offers_that_are_gone_are_counted(client: FlaskClient, three: str) -> None:
    page = sheet_of(client, f"m={three}.999998.999999&sprache=de")
    assert "2 Angebote gibt es nicht mehr." in text_of(by_class(page, "sheet")[0])


def test_thirty_offers_are_drawn_and_the_rest_is_told(client: FlaskClient, ids: dict[str, int]) -> None:
    many = ".".join(map(str, sorted(ids.values())[:31]))
    page = sheet_of(client, f"m={many}&sprache=de")
    assert len(by_class(page, "item")) == 30
    assert "Auf dieses Blatt passen 30 Angebote." in text_of(by_class(page, "sheet")[0])
    reader = pdf_of(client, f"m={many}&sprache=de")
    assert 5 <= len(reader.pages) <= 30


def test_thirty_offers_cost_the_queries_of_one(app: Flask, client: FlaskClient, ids: dict[str, int]) -> None:
    counts = []
    for number in (1, 30):
        some = ".".join(map(str, sorted(ids.values())[:number]))
        client.get(f"/de/merkzettel/blatt?m={some}&sprache=tr")
        with counted_queries(app) as statements:
            client.get(f"/de/merkzettel/blatt?m={some}&sprache=tr")
        counts.append(len([each for each in statements if each.startswith("SELECT")]))
    assert counts[0] == counts[1] <= 6


def test_nobody_keeps_a_sheet(client: FlaskClient, three: str) -> None:
    for path in ("blatt", "blatt.pdf"):
        headers = client.get(f"/de/merkzettel/{path}?m={three}&sprache=de").headers
        assert (headers["Cache-Control"], headers["X-Robots-Tag"]) == ("no-store", "noindex")


@pytest.mark.parametrize("lang", list(LANGUAGES))
def test_three_offers_are_a_tagged_pdf_of_two_pages_at_most(client: FlaskClient, three: str, lang: str) -> None:
    reader = pdf_of(client, f"m={three}&sprache={lang}")
    catalog = reader.root_object
    assert len(reader.pages) <= 2
    assert catalog["/MarkInfo"]["/Marked"].value is True
    assert catalog["/Lang"] == lang
    assert str(reader.metadata.title).endswith("Familienlotse Beispielstadt")
    kinds = set(roles(catalog["/StructTreeRoot"]))
    assert {"/H1", "/H2", "/H3", "/Figure"} <= kinds


def wordy(ids: dict[str, int]) -> str:
    return ".".join(str(ids[slug]) for slug in (*THREE[:2], "hebammen-vermittlung"))


@pytest.mark.parametrize("lang", list(LANGUAGES))
def test_wordy_offers_are_laid_out_once(
    client: FlaskClient, ids: dict[str, int], lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice takes twice as long, and a sheet is to be there in 200 ms."""
    if not paper.is_possible():
        pytest.skip("Pango is not installed: the portal offers no PDF then")
    library = paper._weasyprint()[0]
    rounds: list[int] = []
    render = library.HTML.render

    def counted(html: Any, **more: Any) -> Any:
        rounds.append(len(more["stylesheets"]))
        return render(html, **more)

    monkeypatch.setattr(library.HTML, "render", counted)
    assert len(pdf_of(client, f"m={wordy(ids)}&sprache={lang}").pages) == 2
    assert rounds == ([1] if lang == "de" else [2]), "with the tight style at once, but for German alone"


def test_inside_a_line_there_is_no_element_without_a_reason(client: FlaskClient, ids: dict[str, int]) -> None:
    three = wordy(ids)
    for lang in ("tr", "ar"):
        (sheet,) = by_class(sheet_of(client, f"m={three}&sprache={lang}"), "sheet")
        assert [each for each in sheet.iter("span") if not each.attrib] == [], "each is laid out, drawn and tagged"
    german = by_class(sheet_of(client, f"m={three}&sprache=tr"), "side--german")
    assert [each for side in german for each in side.iter("bdi") if "dir" in each.attrib] == []


def roles(node: Any) -> list[str]:
    """The kinds of all elements of a structure tree."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        return [kind for each in node for kind in roles(each)]
    if not hasattr(node, "get"):
        return []
    own = [str(node["/S"])] if "/S" in node else []
    return own + (roles(node["/K"]) if "/K" in node else [])


@pytest.mark.parametrize("lang", ["tr", "ar"])
def test_a_sheet_of_three_offers_is_small(client: FlaskClient, three: str, lang: str) -> None:
    if not paper.is_possible():
        pytest.skip("Pango is not installed: the portal offers no PDF then")
    assert len(client.get(f"/de/merkzettel/blatt.pdf?m={three}&sprache={lang}").data) <= 200_000


def test_phone_numbers_are_in_the_right_order_inside_arabic(client: FlaskClient, three: str) -> None:
    text = " ".join(page.extract_text() for page in pdf_of(client, f"m={three}&sprache=ar").pages)
    text = re.sub(r"\s+", " ", text)
    assert "030 23125 200" in text
    assert "030 23125 100" in text, "the person who helps with anything"


def test_only_so_many_are_drawn_at_once(client: FlaskClient, three: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if not paper.is_possible():
        pytest.skip("Pango is not installed: the portal offers no PDF then")
    monkeypatch.setattr(paper, "_seats", threading.BoundedSemaphore(1))
    with paper._seats:
        assert client.get(f"/de/merkzettel/blatt.pdf?m={three}").status_code == 503
    assert client.get(f"/de/merkzettel/blatt.pdf?m={three}").status_code == 200


def test_one_address_alone_cannot_take_all_places(
    client: FlaskClient, three: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn_at: list[int] = []

    def draw(_sheet: Any) -> bytes:
        drawn_at.append(paper._drawing["203.0.113.5"])
        return b"%PDF"

    def ask(address: str) -> int:
        path = f"/de/merkzettel/blatt.pdf?m={three}"
        return client.get(path, environ_base={"REMOTE_ADDR": address}).status_code

    monkeypatch.setattr(paper, "is_possible", lambda: True)
    monkeypatch.setattr(sheets, "pdf", draw)
    monkeypatch.setattr(paper, "_drawing", Counter({"203.0.113.5": paper.MOST_OF_ONE - 1}))
    assert ask("203.0.113.5") == 200
    assert drawn_at == [paper.MOST_OF_ONE]
    paper._drawing["203.0.113.5"] = paper.MOST_OF_ONE
    assert ask("203.0.113.5") == 503
    assert ask("198.51.100.7") == 200, "a family elsewhere"
    assert dict(paper._drawing) == {"203.0.113.5": paper.MOST_OF_ONE}, "the family is forgotten"


def test_without_pango_the_page_is_still_there(
    client: FlaskClient, three: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paper, "is_possible", lambda: False)
    page = sheet_of(client, f"m={three}&sprache=tr")
    assert by_class(page, "item")
    assert client.get(f"/de/merkzettel/blatt.pdf?m={three}").status_code == 404


def test_the_language_of_the_family_is_one_tap_away(client: FlaskClient, three: str) -> None:
    page = sheet_of(client, f"m={three}&sprache=tr&satz=anrufen")
    (chips,) = by_class(page, "chips")
    assert [text_of(each) for each in chips.iter("a") if each.get("aria-current")] == ["Türkçe + Deutsch"]
    (arabic,) = [each for each in chips.iter("a") if text_of(each).startswith("العربية")]
    assert arabic.get("href") == f"/de/merkzettel/blatt?m={three}&sprache=ar&satz=anrufen"
