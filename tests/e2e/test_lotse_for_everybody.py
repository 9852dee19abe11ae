"""The Lotse for those with little data, without a mouse, without eyes or without letters: bytes, focus, voice, axe."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.e2e.conftest import DESKTOP, PHONE, Visit, open_everything, told
from tests.e2e.test_accessibility import Barriers
from tests.e2e.test_first_visit import Traffic
from tests.e2e.test_layout import sideways
from tests.e2e.test_lotse_journeys import ONE_CHILD, TOKEN, answer, expect_help_first, question, said

pytestmark = pytest.mark.e2e

LANGS = ["de", "en", "tr", "ar", "uk", "ru"]
MOST_BYTES = 12_000
WALKS = {
    "but": ["wohngeld", "schule:96:107", "fertig", "ausflug teilhabe", "nordstadt"],
    "kita": [":24:35", "kein_platz", "grundsicherungsgeld", "nordstadt"],
    "baby": [":-9:-1", "geld papiere hebamme", "?", "keine", "ja", "nordstadt"],
    "beratung": ["erziehung", ":36:59", "?", "ja", "nordstadt"],
}
"""One way through each flow, to the plan."""

VOICES = """
(langs) => {
  window.spoken = [];
  const voices = langs.map((lang) => ({ lang, name: lang, voiceURI: lang, default: false, localService: true }));
  Object.defineProperty(window, "speechSynthesis", { value: {
    getVoices: () => voices,
    addEventListener() {},
    cancel() {},
    speak(said) { window.spoken.push([said.lang, said.text]); },
  } });
  window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
}
"""


def walk(page: Page, flow: str) -> list[str | None]:
    """Go the way of a flow; returns what was asked."""
    asked = []
    for values in WALKS[flow]:
        asked.append(question(page))
        answer(page, *values.split())
    assert question(page) is None, "the way leads to the plan"
    return asked


# One tap, one small answer


@pytest.mark.parametrize("flow", WALKS)
@pytest.mark.parametrize("lang", ["de", "uk"])
def test_a_tap_is_one_small_request_and_the_focus_goes_to_what_is_new(
    browser: Browser, site: str, flow: str, lang: str
) -> None:
    context = browser.new_context(viewport=PHONE, base_url=site)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"/{lang}/lotse/{flow}", wait_until="networkidle")
    page.evaluate("window.sameDocument = true")
    traffic = Traffic()
    traffic.listen(context.new_cdp_session(page))
    addresses, large = {page.url}, []
    for values in WALKS[flow]:
        before = set(traffic.finished)
        traffic.addresses.clear()
        answer(page, *values.split())
        page.wait_for_load_state("networkidle")
        asked = [address for address in traffic.addresses if "/static/" not in address]
        assert asked == [f"{site}/{lang}/lotse/schritt"], "no answer in an address, and one request"
        size = sum(bytes_ for id_, bytes_ in traffic.finished.items() if id_ not in before)
        assert size > 500, "it is counted"
        if size > MOST_BYTES:
            large.append(f"{values}: {size:.0f} bytes")
        focused = page.evaluate("document.activeElement.id")
        assert focused == ("plan" if question(page) is None else "frage")
        expect(page.locator(f"#{focused}")).to_be_in_viewport()
        expect(page).to_have_url(TOKEN)
        addresses.add(page.url)
    assert question(page) is None
    assert len(addresses) == 1 + len(WALKS[flow]), "each step has an address of its own"
    assert page.evaluate("window.sameDocument") is True
    assert (large, traffic.failed, traffic.complaints) == ([], [], [])
    context.close()


def test_an_impatient_finger_answers_once(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport=PHONE, base_url=site)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto("/de/lotse/beratung")
    held: list[Route] = []
    page.route("**/lotse/schritt", lambda route: held.append(route))
    button = page.locator("button[name=a][value=trauer]")
    with page.expect_request("**/lotse/schritt"):
        button.click()
    button.click()
    page.locator("button[name=a][value=schule]").click()
    page.wait_for_timeout(200)
    assert len(held) == 1
    with page.expect_response("**/lotse/schritt"):
        held[0].continue_()
    expect(page.locator("#frage-form input[name=q]")).to_have_value("weg")
    assert len(held) == 1
    assert len(said(page)) == 1
    context.close()


@pytest.mark.parametrize("javascript", [True, False])
def test_after_a_wrong_answer_the_reason_is_read_aloud_and_the_question_is_still_there(
    browser: Browser, site: str, javascript: bool
) -> None:
    # A context of its own: that of `visit` takes the 400 of a refused answer for a fault.
    context = browser.new_context(base_url=site, java_script_enabled=javascript)
    page = context.new_page()
    page.goto("/de/lotse/but", wait_until="networkidle")
    page.locator("#frage-form button[type=submit]").click()
    expect(page.get_by_role("alert")).to_have_text(re.compile("^Bitte wählt eine Antwort aus"))
    assert question(page) == "leistung"
    answer(page, "wohngeld")
    assert question(page) == "kinder"
    context.close()


@pytest.mark.parametrize("lang", ["de", "ar"])
def test_in_a_crisis_the_focus_goes_to_the_help_and_not_past_it(visit: Visit, lang: str) -> None:
    page = visit(f"/{lang}/lotse/beratung")
    answer(page, "gewalt")
    expect_help_first(page, lang, "gewalt-zuhause")
    assert page.evaluate("document.activeElement.closest('.emergency') !== null"), "or nobody hears of it"


# Keyboard


def tab_to(page: Page, wanted: Locator) -> None:
    """By the Tab key, from where the focus is."""
    expect(wanted).to_have_count(1)
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("(element) => element === document.activeElement"):
            expect(wanted).to_be_in_viewport()
            return
    raise AssertionError("the keyboard does not lead there")


def press(page: Page, wanted: Locator, key: str) -> None:
    """Go there, press a key, and wait for what comes."""
    tab_to(page, wanted)
    before = page.url
    page.keyboard.press(key)
    expect(page).not_to_have_url(before)
    expect(page.locator("#lotse")).to_be_visible()
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)


def test_a_whole_conversation_needs_no_mouse(visit: Visit) -> None:
    page = visit("/de/")
    press(page, page.locator("main a.tile[href='/de/lotse/but']"), "Enter")
    send = page.locator("#frage-form .btn--primary")
    tab_to(page, page.locator("input[value=wohngeld]"))
    page.keyboard.press("Space")
    press(page, send, "Enter")
    press(page, page.locator("button[value='schule:96:107']"), "Space")
    press(page, page.locator("button[name=fertig]"), "Enter")
    tab_to(page, page.locator("input[value=ausflug]"))
    page.keyboard.press("Space")
    tab_to(page, page.locator("input[value=teilhabe]"))
    page.keyboard.press("Space")
    press(page, send, "Enter")
    press(page, page.locator("button[name=a][value=nordstadt]"), "Space")
    assert question(page) is None
    expect(page.locator("#plan")).to_be_focused()
    assert said(page)[1:] == ["8 Jahre (Schule)", "Ausflug oder Klassenfahrt; Verein, Musik oder Ferien", "Nordstadt"]
    tab_to(page, page.locator("details:has(.bubbles) > summary"))
    page.keyboard.press("Enter")
    press(page, page.locator(".bubble__edit").first, "Enter")
    assert question(page) == "leistung"


# Read aloud


@pytest.mark.parametrize("voices", [[], ["en-GB", "fr-FR"]], ids=["no voice", "other voices"])
def test_without_a_voice_for_the_language_nothing_is_read_aloud(visit: Visit, voices: list[str]) -> None:
    page = visit("/de/seite/impressum")
    page.add_init_script(f"({VOICES})({voices})")
    page.goto("/tr/lotse/but")
    expect(page.locator("[data-speak]")).to_be_hidden()
    answer(page, "wohngeld")
    expect(page.locator("[data-speak]")).to_be_hidden()


@pytest.mark.parametrize(("lang", "voice"), [("de", "de-DE"), ("ar", "ar-SA"), ("uk", "uk-UA")])
def test_with_a_voice_the_question_and_its_answers_are_read_aloud(visit: Visit, lang: str, voice: str) -> None:
    page = visit(f"/{lang}/seite/impressum")
    page.add_init_script(f"({VOICES})({['en-GB', voice]})")
    page.goto(f"/{lang}/lotse/but")
    for _ in range(2):
        button = page.locator("[data-speak]")
        expect(button).to_be_visible()
        asked = page.locator("#frage").inner_text()
        first = page.locator("#frage-form .answers").first.locator("label, button").first.inner_text()
        page.evaluate("window.spoken = []")
        button.click()
        ((spoken_lang, spoken),) = page.evaluate("window.spoken")
        assert spoken_lang == voice
        assert spoken.startswith(asked)
        assert spoken.count(first) >= 1
        assert spoken.casefold().count("option>") == 0
        answer(page, "wohngeld") if question(page) == "leistung" else None


def test_without_a_script_no_button_is_shown_that_needs_one(visit: Visit, site: str) -> None:
    page = visit("/de/lotse/but", java_script_enabled=False)
    for path in ("lotse/but", told(site, "but", *ONE_CHILD)):
        page.goto(f"/de/{path}")
        buttons = page.locator("main :is([data-speak], [data-print], [data-share])")
        assert buttons.count() >= 1
        assert [one.get_attribute("class") for one in buttons.all() if one.is_visible()] == []


def test_the_plan_is_handed_on_where_the_browser_can_do_that(visit: Visit, site: str) -> None:
    page = visit("/de/seite/impressum")
    page.goto(f"/de/{(plan := told(site, 'but', *ONE_CHILD))}")
    assert page.evaluate("navigator.share === undefined"), "else this test would see nothing"
    expect(page.locator("main [data-share]")).to_be_hidden()
    page.add_init_script("navigator.share = async (what) => { window.shared = what }")
    page.reload()
    page.locator("main [data-share]").click()
    assert page.evaluate("window.shared.url").endswith(f"/de/{plan}")


# axe


@pytest.mark.parametrize("lang", LANGS)
def test_axe_finds_no_barrier_in_any_step_of_any_flow(visit: Visit, lang: str) -> None:
    page, found = visit(f"/{lang}/lotse", color_scheme="light", reduced_motion="reduce"), Barriers()
    found.look_for(page, "entry")
    for flow, answers in WALKS.items():
        page.goto(f"/{lang}/lotse/{flow}")
        for values in answers:
            open_everything(page)
            found.look_for(page, f"{flow}: {question(page)}")
            answer(page, *values.split())
        assert question(page) is None
        open_everything(page)
        found.look_for(page, f"{flow}: plan")
    assert not found, str(found)


@pytest.mark.parametrize(
    ("lang", "options"),
    [
        ("tr", {"color_scheme": "dark"}),
        ("ar", {"viewport": DESKTOP}),
        ("ru", {"viewport": DESKTOP, "color_scheme": "dark"}),
    ],
    ids=["dark", "wide", "wide and dark"],
)
def test_axe_finds_no_barrier_in_the_dark_and_on_wide_screens(visit: Visit, lang: str, options: dict[str, Any]) -> None:
    page, found = visit(f"/{lang}/lotse/but", reduced_motion="reduce", **options), Barriers()
    for values in WALKS["but"]:
        found.look_for(page, f"{question(page)}")
        answer(page, *values.split())
    open_everything(page)
    found.look_for(page, "plan")
    page.goto(f"/{lang}/lotse/beratung")
    answer(page, "gewalt")
    found.look_for(page, "crisis")
    assert not found, str(found)


@pytest.mark.parametrize("lang", ["de", "ar", "ru"])
def test_no_step_scrolls_sideways_on_the_smallest_screen(visit: Visit, lang: str) -> None:
    page, wide = visit(f"/{lang}/lotse", viewport={"width": 320, "height": 640}), []
    for flow, answers in WALKS.items():
        page.goto(f"/{lang}/lotse/{flow}")
        for values in [*answers, ""]:
            open_everything(page)
            wide += [f"{flow}, {question(page)}: {what}" for what in sideways(page, 320)]
            if values:
                answer(page, *values.split())
    assert not wide, "\n".join(wide)
