"""A practitioner between two groups: from the search box to a sheet with three offers in two languages."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import DESKTOP, PATIENCE, PHONE, Served, open_everything, served, watch
from tests.e2e.test_accessibility import Barriers
from tests.e2e.test_editors import follow_invitation
from tests.e2e.test_layout import sideways

pytestmark = pytest.mark.e2e

HERE = "/verwaltung/fachkraft"
QUESTION = "Sprachförderung 3 Jahre Nordstadt"
MOST_TAPS = 6
MOST_SECONDS = 60


@pytest.fixture(scope="module")
def house(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A site that these tests write to."""
    with served(demo_folder, tmp_path_factory.mktemp("practitioners") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def states(browser: Browser, house: Served) -> dict[str, Any]:
    """The cookies of a practitioner and of a planner who have followed their invitation."""
    found = {}
    for role, name in (("fachkraft", "Ines Maurer"), ("planung", "Paul Plan")):
        context = browser.new_context(base_url=house.address, viewport=DESKTOP)
        follow_invitation(context.new_page(), house, f"{role}@kita.example", name, role)
        found[role] = dict(context.storage_state())
        context.close()
    return found


@pytest.fixture
def practitioner(browser: Browser, house: Served, states: dict[str, Any]) -> Iterator[Page]:
    """A page of a practitioner at a desk; what goes wrong in the browser meanwhile fails the test at its end."""
    problems: list[str] = []
    context = browser.new_context(base_url=house.address, viewport=DESKTOP, storage_state=states["fachkraft"])
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    watch(page, house.address.removeprefix("http://"), problems)
    yield page
    context.close()
    assert not problems, "\n".join(problems)


class Finger:
    """Counts taps, and how long it takes until the end."""

    def __init__(self) -> None:
        self.taps, self.begun = 0, time.monotonic()

    def tap(self, target: Locator) -> None:
        self.taps += 1
        target.click()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.begun


def collect(page: Page, finger: Finger) -> list[str]:
    """The first three results go on the Merkzettel, and it is opened. Returns their titles."""
    keeps = page.locator("main button.merken")
    expect(keeps.nth(2)).to_be_visible()
    titles = []
    for number in range(3):
        keep = keeps.nth(number)
        titles.append(keep.locator(".sr-only").inner_text().removeprefix(":").strip())
        finger.tap(keep)
        expect(keep).to_have_attribute("aria-pressed", "true")
    finger.tap(page.locator("[data-shortlist]"))
    return titles


def print_sheet(page: Page, finger: Finger, titles: list[str]) -> None:
    """One tap more: the sheet in Turkish and German, ready for the printer."""
    finger.tap(page.get_by_role("link", name="Türkçe + Deutsch").first)
    expect(page.get_by_role("heading", level=1, name="Blatt zum Mitgeben")).to_be_visible()
    sheet = page.locator("main")
    for title in titles:
        expect(sheet.get_by_text(title).first).to_be_visible()
    assert sheet.locator('[lang="tr"]').count() >= 3, "the family's language"
    assert sheet.locator('[lang="de"]').count() >= 3, "and German beside it"
    assert page.pdf(format="A4").startswith(b"%PDF"), "it is printed"
    assert finger.taps <= MOST_TAPS
    assert finger.seconds <= MOST_SECONDS


def test_from_the_search_of_practitioners_to_a_printed_sheet_in_six_taps(practitioner: Page) -> None:
    page = practitioner
    page.goto(HERE)
    finger = Finger()
    expect(page.locator("#frage")).to_be_focused()
    page.keyboard.type(QUESTION)
    finger.tap(page.get_by_role("button", name="Suchen"))
    expect(page.get_by_role("link", name="Entfernen: Nordstadt")).to_be_visible()
    titles = collect(page, finger)
    print_sheet(page, finger, titles)


def test_from_the_public_search_to_a_printed_sheet_in_six_taps(browser: Browser, house: Served) -> None:
    problems: list[str] = []
    context = browser.new_context(base_url=house.address, viewport=PHONE)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    watch(page, house.address.removeprefix("http://"), problems)
    page.goto("/de/suche")
    finger = Finger()
    page.locator("#frage").fill(QUESTION)
    with page.expect_response(lambda answer: answer.request.method == "POST" and "/suche" in answer.url):
        finger.tap(page.get_by_role("button", name="Suchen"))
    titles = collect(page, finger)
    print_sheet(page, finger, titles)
    context.close()
    assert not problems, "\n".join(problems)


def test_filters_are_chosen_without_leaving_the_page_and_the_keyboard_stays_where_it_was(practitioner: Page) -> None:
    page = practitioner
    page.goto(HERE)
    before = page.locator("#treffer-titel").inner_text()
    need = page.locator("#filter-need")
    need.focus()
    need.select_option("sprachfoerderung")
    expect(page.get_by_role("link", name="Entfernen: Hilfe beim Sprechen und bei Deutsch")).to_be_visible()
    expect(page.locator("#filter-need")).to_be_focused()
    assert page.url.endswith(f"{HERE}?need=sprachfoerderung")
    assert page.locator("#treffer-titel").inner_text() != before
    assert page.locator("main button.merken").count() >= 3, "also what has come later can be kept"
    expect(page.locator("#anzahl")).to_have_text(page.locator("#treffer-titel").inner_text())


def test_a_report_and_a_kept_choice_are_one_tap_each(practitioner: Page) -> None:
    page = practitioner
    page.goto(f"{HERE}?need=trauer&district=nordstadt")
    page.get_by_role("button", name="Dafür gibt es nichts").click()
    expect(page.get_by_role("status").filter(has_text="Danke. Das ist gezählt.")).to_be_visible()
    page.get_by_role("button", name="Diese Auswahl merken").click()
    expect(page.get_by_role("link", name="Trauer um einen lieben Menschen · Nordstadt", exact=True)).to_be_visible()
    page.goto(f"{HERE}/angebote/baby-treff-nordstadt")
    page.get_by_role("button", name="Hier ist kein Platz frei").click()
    page.get_by_role("button", name="Doch wieder Plätze").click()
    expect(page.get_by_role("button", name="Hier ist kein Platz frei")).to_be_visible()


def test_a_finger_hits_what_is_kept_and_called_on_a_phone(
    browser: Browser, house: Served, states: dict[str, Any]
) -> None:
    context = browser.new_context(base_url=house.address, viewport=PHONE, storage_state=states["fachkraft"])
    page = context.new_page()
    page.goto(HERE)
    for target in ("button.merken", ".hit__title a", ".hit__how a[href^='tel:']"):
        box = page.locator("main .hit").locator(target).first.bounding_box()
        assert box is not None
        assert box["height"] >= 43.9, target
    context.close()


PAGES = {
    "search": HERE,
    "search with filters": f"{HERE}?need=sprachfoerderung&district=nordstadt&barrier=kostenlos",
    "search with nothing left": f"{HERE}?age=252&phase=schwangerschaft&need=kita_anmeldung",
    "children, none yet": f"{HERE}/kinder",
    "children": f"{HERE}/kinder?kind=30:sprachfoerderung&kind=72&district=nordstadt",
    "offer": f"{HERE}/angebote/baby-treff-nordstadt",
    "gaps": f"{HERE}/luecken",
}


@pytest.mark.parametrize(("viewport", "scheme"), [(PHONE, "light"), (DESKTOP, "dark")], ids=["phone", "desk, dark"])
def test_axe_finds_no_barrier_and_nothing_is_wider_than_the_screen(
    browser: Browser, house: Served, states: dict[str, Any], viewport: dict[str, int], scheme: Any
) -> None:
    context = browser.new_context(
        base_url=house.address,
        viewport=viewport,
        color_scheme=scheme,
        storage_state=states["planung"],  # type: ignore[arg-type]
    )
    context.set_default_timeout(PATIENCE)
    page, found = context.new_page(), Barriers()
    for name, path in PAGES.items():
        page.goto(path)
        open_everything(page)
        found.look_for(page, name)
        assert not sideways(page, viewport["width"]), name
    context.close()
    assert not found, str(found)
