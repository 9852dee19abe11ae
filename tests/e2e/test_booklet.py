"""The booklet in a real browser: chosen, watched while it is drawn, taken along; with JavaScript and without."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from pypdf import PdfReader

from portal import paper
from tests.e2e.conftest import DESKTOP, PHONE, Served, served, watch
from tests.e2e.test_accessibility import Barriers
from tests.e2e.test_editors import follow_invitation
from tests.e2e.test_layout import sideways

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not paper.is_possible(), reason="Pango is missing on this machine"),
]
FORM = "/verwaltung/fachkraft/wegweiser"
DRAWN = 120_000
"""Milliseconds: no booklet takes longer, it is ended then."""


@pytest.fixture(scope="module")
def desk(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(demo_folder, tmp_path_factory.mktemp("booklets") / "data") as running:
        yield running


def test_a_practitioner_prints_the_booklet_of_the_district(browser: Browser, desk: Served) -> None:
    context = browser.new_context(base_url=desk.address, viewport=DESKTOP, color_scheme="light")
    page, problems = context.new_page(), list[str]()
    follow_invitation(page, desk, "noor@familienzentrum.example", "Noor Haddad", "fachkraft")
    watch(page, desk.address.removeprefix("http://"), problems)
    barriers = Barriers()
    page.goto(FORM)
    barriers.look_for(page, "form")
    page.set_viewport_size(PHONE)
    assert sideways(page, PHONE["width"]) == []
    page.get_by_label("Für wo").select_option("nordstadt")
    page.get_by_label("Sprache", exact=True).select_option(label="Türkçe")
    page.get_by_label("Deutsche Titel dazu").check()
    page.get_by_role("button", name="Heft erstellen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Wegweiser Nordstadt")
    # Nothing is pressed: the page asks each second.
    link = page.get_by_role("link", name="Heft herunterladen")
    expect(link).to_be_visible(timeout=DRAWN)
    barriers.look_for(page, "progress")
    assert sideways(page, PHONE["width"]) == []
    assert not barriers, str(barriers)
    with page.expect_download() as waiting:
        link.click()
    assert waiting.value.suggested_filename == "wegweiser-nordstadt-tr.pdf"
    reader = PdfReader(BytesIO(waiting.value.path().read_bytes()))
    assert reader.trailer["/Root"]["/Lang"] == "tr"  # type: ignore[index]
    assert problems == []
    state = context.storage_state()
    context.close()

    plain = browser.new_context(base_url=desk.address, viewport=PHONE, java_script_enabled=False, storage_state=state)
    page = plain.new_page()
    page.goto(FORM)
    page.get_by_label("Für wo").select_option("suedstadt")
    page.get_by_role("button", name="Heft erstellen").click()
    done = page.get_by_role("link", name="Heft herunterladen")
    for _ in range(120):
        if done.count():
            break
        page.get_by_role("link", name="Wie weit ist es?").click()
        page.wait_for_timeout(1000)
    expect(done).to_be_visible()
    plain.close()
