"""Poster, leaflets and cards for a waiting room, and the short addresses that their codes hold."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
import segno
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from portal import paper
from portal.i18n import translations_for
from portal.models.enums import LifePhase
from portal.referrals import posters
from portal.referrals.posters import MODULE, QUIET, Format, Poster
from tests.conftest import parse_html, text_of
from tests.integration.practice import guest, planner, practitioner
from tests.integration.test_sheet import by_class


def test_the_short_address_leads_to_the_life_phase_in_the_own_language(client: FlaskClient) -> None:
    response = client.get("/l/kita", headers={"Accept-Language": "uk,de;q=0.5"})
    assert (response.status_code, response.location) == (302, "/uk/lebensphasen/kita")
    assert "Accept-Language" in response.headers["Vary"]
    assert client.get("/l/kita").location == "/de/lebensphasen/kita"


def test_the_short_address_leads_to_the_offers_for_an_age(client: FlaskClient) -> None:
    assert client.get("/a/36", headers={"Accept-Language": "ar"}).location == "/ar/angebote?age=36"


@pytest.mark.parametrize("path", ["/l/rente", "/a/253", "/de/plakat/ansicht", "/de/plakat.pdf?fuer=-1"])
def test_for_nobody_there_is_nothing(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_chooser_asks_once_for_whom(client: FlaskClient) -> None:
    page = parse_html(client.get("/de/plakat").text)
    values = [each.get("value") for each in page.find(".//select").iter("option")]
    assert values[: len(LifePhase)] == [phase.value for phase in LifePhase]
    assert "36" in values


@pytest.mark.parametrize("lang", ["de", "ar"])
def test_every_page_leads_to_it(client: FlaskClient, lang: str) -> None:
    links = by_class(parse_html(client.get(f"/{lang}/merkzettel").text), "foot__links")[0].iter("a")
    assert f"/{lang}/plakat" in [each.get("href") for each in links]


@pytest.mark.parametrize("visitor", [practitioner, planner, guest])
def test_the_menu_of_practitioners_leads_to_it(own_app: Flask, visitor: Callable[[Flask], FlaskClient]) -> None:
    page = parse_html(visitor(own_app).get("/verwaltung/fachkraft").text)
    menu = by_class(page, "admin__menu")[0].iter("a")
    assert "/de/plakat" in [each.get("href") for each in menu if text_of(each) == "Plakat und Karten"]


def test_the_question_stands_there_in_each_language_that_was_chosen(client: FlaskClient) -> None:
    page = parse_html(client.get("/de/plakat/ansicht?fuer=kita&sprache=de&sprache=ar").text)
    lines = by_class(page, "poster__question")
    assert [(each.get("lang"), each.get("dir")) for each in lines] == [("de", "ltr"), ("ar", "rtl")]
    assert text_of(lines[0]).startswith("Was braucht mein Kind?")
    assert text_of(lines[1]).startswith(translations_for("ar").gettext("Was braucht mein Kind?"))


def test_who_is_pregnant_is_asked_for_herself(client: FlaskClient) -> None:
    page = parse_html(client.get("/de/plakat/ansicht?fuer=schwangerschaft&sprache=de").text)
    assert text_of(by_class(page, "poster__question")[0]).startswith("Was brauche ich jetzt?")


@pytest.mark.parametrize(("form", "copies"), [("a4", 1), ("a6", 4), ("karten", 10)])
def test_each_format_fills_one_page(client: FlaskClient, form: str, copies: int) -> None:
    page = parse_html(client.get(f"/de/plakat/ansicht?fuer=36&format={form}").text)
    assert len(by_class(page, "poster")) == copies
    if not paper.is_possible():
        pytest.skip("Pango is not installed: the portal offers no PDF then")
    reader = PdfReader(io.BytesIO(client.get(f"/de/plakat.pdf?fuer=36&format={form}").data))
    assert len(reader.pages) == 1
    assert reader.root_object["/MarkInfo"]["/Marked"].value is True
    assert "030 23125 100" in re.sub(r"\s+", " ", reader.pages[0].extract_text())


@pytest.mark.parametrize("form", list(Format))
def test_the_code_holds_exactly_the_short_address_and_is_large_enough(
    make_app: Callable[..., Flask], form: Format
) -> None:
    app = make_app(public_url="https://familienlotse.beispielstadt-am-see.example")
    with app.test_request_context("/de/plakat"):
        asked = Poster(LifePhase.SECONDARY_SCHOOL, None, form, ["de"])
        made = posters.code(asked, for_page=True)
    address = "https://familienlotse.beispielstadt-am-see.example/l/weiterfuehrende_schule"
    expected = segno.make_qr(address, error="m", boost_error=False, mask=2)
    modules = expected.symbol_size(border=QUIET)[0]
    assert made.width / modules >= MODULE
    assert matrix_of(str(made.picture)) == {
        (x + QUIET, y + QUIET) for y, row in enumerate(expected.matrix) for x, dark in enumerate(row) if dark
    }


def matrix_of(svg: str) -> set[tuple[int, int]]:
    """The dark modules of a drawn code: it is made of moves and horizontal lines."""
    (lines,) = re.findall(r' d="([^"]+)"', svg)
    dark, x, y = set(), 0.0, 0.0
    for command, numbers in re.findall(r"([Mmh])([^Mmh]*)", lines):
        values = [float(number) for number in re.findall(r"-?\d*\.?\d+", numbers)]
        if command == "M":
            x, y = values
        elif command == "m":
            x, y = x + values[0], y + values[1]
        else:
            dark |= {(int(x) + step, int(y)) for step in range(int(values[0]))}
            x += values[0]
    return dark
