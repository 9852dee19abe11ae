"""Who hands over leaves nothing behind: after a whole run of the journeys neither the database nor the log knows a typed word."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import DESKTOP, PATIENCE, PHONE, Served, served, watch
from tests.e2e.test_editors import follow_invitation

pytestmark = pytest.mark.e2e

HERE = "/verwaltung/fachkraft"
TYPED = {
    "families, while they search": "Ardahan stottert Schwimmbadstraße",
    "families, to the Lotse": "Miroslav braucht einen Schulranzen",
    "practitioners, while they search": "Kimberley Ohrenschützer Sprachförderung",
    "a code that does not exist": "ZZ7KX4",
}
"""The first word is a name that stands nowhere else."""


@pytest.fixture(scope="module")
def house(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A site that writes down as much as it ever does."""
    folder = tmp_path_factory.mktemp("nothing_kept") / "data"
    with served(demo_folder, folder, LOG_LEVEL="debug") as running:
        yield running


def shapes(words: str) -> set[bytes]:
    """The words, and the name alone, as they could stand somewhere: in small letters, in an address, in base64."""
    found: set[bytes] = set()
    for text in {words, words.lower(), words.split()[0], words.split()[0].lower()}:
        raw = text.encode()
        found |= {raw, text.encode("utf-16-le"), quote(text).encode(), quote_plus(text).encode()}
        found.add(base64.b64encode(raw).rstrip(b"="))
    return found


def places(folder: Path, words: str) -> list[str]:
    """In which files the words stand: the whole data folder, and the log beside it."""
    return [
        path.name
        for path in sorted(folder.parent.rglob("*"))
        if path.is_file() and any(shape in path.read_bytes() for shape in shapes(words))
    ]


def test_what_somebody_typed_would_be_found(tmp_path: Path) -> None:
    """The test itself can fail."""
    words = TYPED["families, to the Lotse"]
    (tmp_path / "data").mkdir()
    (tmp_path / "data.log").write_text(f"GET /de/suche?q={quote(words)}")
    (tmp_path / "data" / "x.sqlite3").write_bytes(b"\0\1" + words.lower().encode())
    assert places(tmp_path / "data", words) == ["x.sqlite3", "data.log"]
    assert places(tmp_path / "data", TYPED["families, while they search"]) == []


def family(page: Page) -> str:
    """Search, keep, share, print; ask the Lotse; type a wrong code. Returns the code that was made."""
    page.goto("/de/")
    page.locator("#frage").fill(TYPED["families, while they search"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/suche?t=*")
    page.goto("/de/angebote?need=sprachfoerderung")
    for number in range(3):
        page.locator("main button.merken").nth(number).click()
    page.goto("/de/lotse")
    page.locator("#sagen").fill(TYPED["families, to the Lotse"])
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.goto("/de/merkzettel")
    expect(page.locator("main .card")).to_have_count(3)
    page.locator("input[name=code]").fill(TYPED["a code that does not exist"])
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.goto("/de/merkzettel")
    expect(page.locator("main .card")).to_have_count(3)
    page.get_by_role("button", name="Code bekommen").click()
    page.wait_for_url("**/merkzettel/*neu=1")
    code = page.url.rsplit("/", 1)[1].removesuffix("?neu=1")
    page.goto(f"/m/{code}")
    page.get_by_role("link", name="Türkçe + Deutsch").first.click()
    expect(page.get_by_role("heading", level=1, name="Blatt zum Mitgeben")).to_be_visible()
    return code


def practitioner(page: Page, house: Served) -> None:
    """Search, several children, an offer, both reports with one tap, a kept choice."""
    follow_invitation(page, house, "ines@kita.example", "Ines Maurer", "fachkraft")
    page.goto(HERE)
    page.locator("#frage").fill(TYPED["practitioners, while they search"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/fachkraft?t=*")
    page.goto(f"{HERE}/kinder?kind=30:sprachfoerderung&kind=72&district=nordstadt")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto(f"{HERE}?need=trauer&district=nordstadt")
    page.get_by_role("button", name="Dafür gibt es nichts").click()
    expect(page.get_by_role("status").filter(has_text="Danke. Das ist gezählt.")).to_be_visible()
    page.get_by_role("button", name="Diese Auswahl merken").click()
    expect(page.get_by_role("link", name="Trauer um einen lieben Menschen · Nordstadt", exact=True)).to_be_visible()
    page.goto(f"{HERE}/angebote/baby-treff-nordstadt")
    page.get_by_role("button", name="Hier ist kein Platz frei").click()
    expect(page.get_by_role("button", name="Doch wieder Plätze")).to_be_visible()


def test_after_a_whole_run_neither_database_nor_log_knows_a_typed_word(browser: Browser, house: Served) -> None:
    problems: list[str] = []
    for size, run in ((PHONE, family), (DESKTOP, practitioner)):
        context = browser.new_context(base_url=house.address, viewport=size)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        watch(page, house.address.removeprefix("http://"), problems)
        if run is family:
            code = family(page)
            assert context.cookies() == [], "visitors get no cookie"
        else:
            practitioner(page, house)
        context.close()
    log = (house.folder.parent / f"{house.folder.name}.log").read_text("utf-8")
    assert log.count("\n") > 20, "something was written down at all"
    assert code not in log, "nor which Merkzettel somebody has opened"
    assert {who: places(house.folder, words) for who, words in TYPED.items()} == {who: [] for who in TYPED}
    assert not [problem for problem in problems if "404" not in problem], "\n".join(problems)
