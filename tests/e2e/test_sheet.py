"""The referral sheet and the poster in a real browser: on the screen, on a phone, and on paper."""

from __future__ import annotations

import io

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.e2e.conftest import DESKTOP, Visit

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("lang", ["tr", "ar"])
def test_the_sheet_fits_a_phone(visit: Visit, lang: str) -> None:
    page = visit(f"/de/merkzettel/blatt?m=1.4.9&sprache={lang}")
    expect(page.locator(".item")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_on_a_screen_arabic_stands_on_the_right_and_german_on_the_left(visit: Visit) -> None:
    page = visit("/de/merkzettel/blatt?m=1.4.9&sprache=ar", viewport=DESKTOP)
    own = page.locator(".item__words > .side--own").first.bounding_box()
    german = page.locator(".item__words > .side--german").first.bounding_box()
    assert own is not None
    assert german is not None
    assert own["x"] > german["x"] + german["width"] / 2
    assert own["width"] > german["width"]


def test_in_the_dark_the_sheet_is_still_black_on_white(visit: Visit) -> None:
    page = visit("/de/merkzettel/blatt?m=1.4.9&sprache=tr", color_scheme="dark")
    expect(page.locator(".sheet")).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(page.locator(".item__title").first).to_have_css("color", "rgb(0, 0, 0)")


def test_on_paper_there_is_the_sheet_and_nothing_of_the_site(visit: Visit) -> None:
    page = visit("/de/merkzettel/blatt?m=1.4.9&sprache=tr", viewport=DESKTOP)
    page.emulate_media(media="print")
    for gone in (".head", ".foot", ".sheet-tools"):
        expect(page.locator(gone).first).to_be_hidden()
    reader = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    text = "".join(each.extract_text() for each in reader.pages)
    assert "030 23125 200" in text
    assert "Ich spreche wenig Deutsch." in text


@pytest.mark.parametrize("lang", ["tr", "ar"])
def test_a_browser_prints_three_offers_on_two_pages(visit: Visit, lang: str) -> None:
    page = visit(f"/de/merkzettel/blatt?m=1.4.9&sprache={lang}", viewport=DESKTOP)
    assert len(PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages) == 2


@pytest.mark.parametrize("form", ["a4", "a6", "karten"])
def test_a_phone_shows_the_poster_up_to_its_last_line(visit: Visit, form: str) -> None:
    page = visit(f"/de/plakat/ansicht?fuer=kita&format={form}")
    poster = page.locator(".poster").first.bounding_box()
    assert poster is not None
    for part in (".poster__code svg", ".poster__address", ".poster__contact"):
        box = page.locator(part).first.bounding_box()
        assert box is not None
        assert box["x"] >= poster["x"]
        assert box["x"] + box["width"] <= poster["x"] + poster["width"] <= 360
        assert box["y"] + box["height"] <= poster["y"] + poster["height"], part


def test_each_language_of_the_sheet_is_one_line_on_a_phone(visit: Visit) -> None:
    page = visit("/de/merkzettel?m=1.4.9")
    rows = page.locator(".sheet-links li")
    expect(rows).to_have_count(6)
    heights = [box["height"] for row in rows.all() if (box := row.bounding_box())]
    assert [44 <= height < 60 for height in heights] == [True] * 6


def test_the_poster_of_the_chooser_is_one_page_on_paper(visit: Visit) -> None:
    page = visit("/de/plakat", viewport=DESKTOP)
    page.get_by_label("Für wen?").select_option("kita")
    page.get_by_label("10 kleine Karten zum Mitnehmen").check()
    page.get_by_role("button", name="Ansehen").click()
    expect(page.locator(".poster")).to_have_count(10)
    assert len(PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages) == 1
