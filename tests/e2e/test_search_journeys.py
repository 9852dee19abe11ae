"""The search as families use it: results while one types, findings to tap away, help first in an emergency."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, Route, expect

from portal.content.site import load_site
from tests.conftest import ROOT
from tests.e2e.conftest import DESKTOP, NEUTRAL, PHONE, Visit, asked
from tests.e2e.test_accessibility import Barriers
from tests.e2e.test_journeys import can_be_called, number, open_card
from tests.e2e.test_layout import digits_run_to_the_right, sideways

pytestmark = pytest.mark.e2e

TOKEN = re.compile(r"/de/suche\?t=[\w-]{20,}$")
PAUSE = 350
"""Milliseconds without a letter after which the results come."""

ACUTE = {"de": "Mein Mann schlägt mich", "ar": "زوجي يضربني", "tr": "Kocam beni dövüyor"}
HINT = {"de": "mein Mann ist oft betrunken", "ar": "زوجي يشرب كثيرا", "tr": "kocam çok içiyor"}
HARMLESS = {
    "de": ["Kita Platz", "mein Sohn schlägt andere Kinder", "bin todmüde", "in der Nordstadt was mit Baby"],
    "ar": ["مكان في الحضانة", "دورة سباحة لابني"],
    "tr": ["kızım için yüzme kursu", "oğlum çok yaramaz"],
}
NOTHING = "hallo"
"""Names no need, and is no word of any offer."""
LANGS = ["de", "ar", "tr"]

ADDRESSES = "(all) => all.map((one) => ['href', 'src', 'action'].map((name) => one.getAttribute(name)).join(' '))"
STANDS_FIRST = """
(box) => [...document.querySelectorAll("#results :is(.card, .chip, .results__count)")].every((other) =>
  other.getBoundingClientRect().top >= box.getBoundingClientRect().bottom)
"""


def box(page: Page) -> Locator:
    return page.get_by_role("searchbox")


def status(page: Page) -> Locator:
    return page.locator("main").get_by_role("status")


def titles(page: Page) -> list[str]:
    return page.locator("#results .card__title").all_inner_texts()


def chips(page: Page) -> list[str]:
    """What was understood, in words."""
    return [" ".join(chip.split()) for chip in page.locator("ul[aria-labelledby=verstanden] a").all_inner_texts()]


def write(page: Page, text: str) -> None:
    """Type, and wait until the results of all of it are there."""
    with page.expect_response(lambda got: got.request.method == "POST" and got.ok):
        box(page).fill(text)
    expect(page).to_have_url(re.compile(r"/suche\?t="))
    expect(page.locator("#results > *")).not_to_have_count(0)
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)


# Results while one types


@pytest.mark.parametrize("start", ["/de/", "/de/suche"], ids=["on the home page", "on the page of results"])
def test_results_come_once_the_typing_pauses_and_not_with_every_letter(visit: Visit, start: str) -> None:
    page = visit(start)
    page.clock.install()
    page.clock.pause_at("2126-11-21")
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    for letter in "Schwimmkurs":
        box(page).press(letter)
        page.clock.run_for(PAUSE - 1)
    assert sent == []
    with page.expect_response("**/de/suche"):
        page.clock.run_for(1)
    page.clock.resume()
    expect(status(page)).to_have_text(re.compile(r"^\d+ Angebote gefunden$"))
    expect(page).to_have_url(TOKEN)
    assert [request.post_data for request in sent] == ["q=Schwimmkurs"]
    expect(box(page)).to_be_focused()
    expect(box(page)).to_have_value("Schwimmkurs")
    expect(page.locator("#results .found__title").first).to_have_text("Schwimmen lernen")


def test_one_question_is_on_its_way_at_a_time_and_the_last_one_is_answered(browser: Browser, site: str) -> None:
    page = browser.new_page(viewport=PHONE)  # type: ignore[arg-type]
    page.goto(f"{site}/de/")
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        held.append(route)
        if len(held) > 1:
            route.continue_()

    page.route("**/de/suche", hold_the_first)
    with page.expect_request("**/de/suche"):
        box(page).fill("Hebamme")
    with page.expect_event("requestfailed") as given_up, page.expect_response("**/de/suche"):
        box(page).fill("Schwimmkurs")
    assert given_up.value.post_data == "q=Hebamme"
    expect(page.locator("#results .found__title").first).to_have_text("Schwimmen lernen")
    assert [route.request.post_data for route in held] == ["q=Hebamme", "q=Schwimmkurs"]
    page.context.close()


@pytest.mark.parametrize("start", ["/de/", "/de/suche"], ids=["on the home page", "on the page of results"])
def test_a_reload_shows_what_came_while_typing_and_so_does_the_way_back_from_an_offer(visit: Visit, start: str) -> None:
    page = visit(start)
    write(page, "Kita Platz")
    before, understood, count = titles(page), chips(page), status(page).inner_text()
    assert understood == ["Entfernen: Kita-Platz finden"]
    page.reload()
    assert (titles(page), chips(page), status(page).inner_text()) == (before, understood, count)
    expect(box(page)).to_have_value("Kita Platz")
    open_card(page)
    page.go_back()
    expect(page).to_have_url(TOKEN)
    expect(page.locator("#results .card__title")).to_have_text(before)
    expect(box(page)).to_have_value("Kita Platz")


@pytest.mark.parametrize("half", ["Heba", "Klassenfa", "Schwi"])
def test_a_word_that_is_not_finished_shows_the_same_after_a_reload(visit: Visit, half: str) -> None:
    page = visit("/de/")
    write(page, half)
    before = titles(page)
    page.reload()
    assert titles(page) == before


def test_typing_replaces_the_address_and_adds_no_step_to_the_way_back(visit: Visit) -> None:
    page = visit("/de/sofort-hilfe")
    page.goto("/de/")
    steps = page.evaluate("history.length")
    write(page, "Heb")
    first = page.url
    write(page, "amme")
    assert page.url != first
    assert page.evaluate("history.length") == steps
    page.go_back()
    expect(page).to_have_url(re.compile("/de/sofort-hilfe$"))


@pytest.mark.parametrize("start", ["/de/", "/de/suche"], ids=["on the home page", "on the page of results"])
def test_no_typed_word_stands_in_an_address_or_stays_in_the_browser(visit: Visit, start: str) -> None:
    page = visit(start)
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.on("framenavigated", lambda frame: addresses.append(frame.url))
    write(page, "Kita Zauberwort")
    expect(page).to_have_url(TOKEN)
    links = page.eval_on_selector_all("[href], [src], [action]", ADDRESSES)
    kept = page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}, history.state, document.title])")
    page.reload()
    open_card(page)
    everything = "\n".join([*addresses, *links, kept]).lower()
    assert len(addresses) >= 3
    assert everything.count("zauberwort") == 0
    assert page.context.cookies() == []


def test_an_emptied_box_takes_the_results_away(visit: Visit) -> None:
    page = visit("/de/suche")
    write(page, "Hebamme")
    box(page).fill("")
    expect(page.locator("#results > *")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/de/suche$"))


def test_another_language_keeps_what_was_typed_a_moment_ago(visit: Visit) -> None:
    page = visit("/de/")
    write(page, "Hebamme")
    page.locator("details.menu summary").click()
    page.get_by_role("link", name="Türkçe").click()
    expect(page.locator("html")).to_have_attribute("lang", "tr")
    expect(box(page)).to_have_value("Hebamme")
    assert page.locator("#results .card").count() > 0


@pytest.mark.parametrize("start", ["/de/", "/de/suche"], ids=["on the home page", "on the page of results"])
def test_the_number_of_results_is_read_aloud_while_one_types(visit: Visit, start: str) -> None:
    """WCAG 4.1.3 with technique ARIA22: the status is there before the message, and the message is put into it."""
    page = visit(start)
    expect(status(page)).to_have_count(1)
    status(page).evaluate("(element) => { element.isTheFirst = true }")
    write(page, "Schwimmkurs")
    expect(status(page)).to_have_text(re.compile(r"^\d+ Angebote gefunden$"))
    assert status(page).evaluate("(element) => element.isTheFirst === true"), "it was replaced, nobody reads it aloud"


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def found(visit: Visit, request: pytest.FixtureRequest) -> Page:
    """The results of a question that was typed at home and sent with Enter."""
    page = visit("/de/", java_script_enabled=request.param)
    box(page).fill("Schwimmkurs 6 Jahre")
    box(page).press("Enter")
    expect(page).to_have_url(TOKEN)
    expect(box(page)).to_have_value("Schwimmkurs 6 Jahre")
    return page


def test_enter_leads_to_results_and_a_card_leads_to_the_offer(found: Page) -> None:
    assert chips(found) == ["Entfernen: 6 Jahre", "Entfernen: Schwimmen lernen"]
    count = number(status(found).inner_text())
    assert 0 < found.locator("#results .card").count() <= count
    assert found.locator("#results .why").first.inner_text().split(":")[-1].strip() == "passt für 6 Jahre"
    open_card(found)
    can_be_called(found)


def test_a_chip_that_is_tapped_is_gone_until_everything_is_set_back(found: Page) -> None:
    before, count = (titles(found), chips(found), status(found).inner_text()), number(status(found).inner_text())
    assert found.get_by_text("passt für 6 Jahre").count() > 0
    found.get_by_role("link", name="Entfernen: 6 Jahre").click()
    expect(found.get_by_role("link", name="Alles zurücksetzen")).to_be_visible()
    assert chips(found) == ["Entfernen: Schwimmen lernen", "Alles zurücksetzen"]
    assert found.get_by_text("passt für 6 Jahre").count() == 0
    assert number(status(found).inner_text()) >= count
    expect(box(found)).to_have_value("Schwimmkurs 6 Jahre")
    expect(found).to_have_url(TOKEN)
    found.get_by_role("link", name="Entfernen: Schwimmen lernen").click()
    expect(found.get_by_role("link", name="Entfernen: Schwimmen lernen")).to_have_count(0)
    found.get_by_role("link", name="Alles zurücksetzen").click()
    expect(found.get_by_role("link", name="Alles zurücksetzen")).to_have_count(0)
    assert (titles(found), chips(found), status(found).inner_text()) == before


@pytest.mark.parametrize("question", ["Kita Platz", "Hebamme", "Klassenfahrt"])
def test_every_further_choice_leaves_as_many_results_as_it_says(visit: Visit, site: str, question: str) -> None:
    page = visit(f"/de/{asked(site, question)}", java_script_enabled=False)
    everything, address = number(status(page).inner_text()), page.url
    choices = page.locator("section[aria-labelledby=enger] a")
    wrong = []
    assert choices.count() > 0
    for position in range(choices.count()):
        name, promise = choices.nth(position).locator("bdi").inner_text(), choices.nth(position).locator(".count")
        left = number(promise.inner_text())
        assert 0 < left < everything
        choices.nth(position).click()
        expect(page.get_by_role("link", name=f"Entfernen: {name}")).to_have_count(1)
        if number(status(page).inner_text()) != left:
            wrong.append(f"{name}: {left} promised, {status(page).inner_text()}")
        if name == "kostenlos":
            cards = page.locator("#results .card")
            assert cards.count() == cards.filter(has=page.get_by_text("kostenlos", exact=True)).count() > 0
        page.goto(address)
    assert wrong == []


# Help first


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("script", [True, False], ids=["while typing", "without script"])
def test_in_an_emergency_help_stands_before_every_result(visit: Visit, lang: str, script: bool) -> None:
    written = load_site(ROOT / "content")
    page = visit(f"/{lang}/", java_script_enabled=script)
    if script:
        write(page, ACUTE[lang])
    else:
        box(page).fill(ACUTE[lang])
        box(page).press("Enter")
    situation = next(each for each in written.emergency[lang].situations if each.id == "gewalt-zuhause")
    emergency = page.locator("#results > .emergency:first-child")
    expect(emergency.get_by_role("heading", level=2)).to_have_text(situation.title)
    numbers = emergency.locator("a[href^='tel:']")
    expected = [f"tel:{written.hotlines[line].tel}" for line in situation.hotlines]
    assert [one.get_attribute("href") for one in numbers.all()] == expected
    spoken = "(all) => all.map((one) => one.closest('[lang]').lang + ' ' + getComputedStyle(one).direction)"
    expected_way = f"{lang} {'rtl' if lang == 'ar' else 'ltr'}"
    assert set(page.eval_on_selector_all("#results .emergency :is(h2, p)", spoken)) == {expected_way}
    if script:
        assert [one.inner_text() for one in numbers.all() if not digits_run_to_the_right(one)] == []
    assert page.locator("#results .card").count() > 0, "the results stay"
    assert emergency.evaluate(STANDS_FIRST) is True


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("enter", [True, False], ids=["after Enter", "while typing"])
def test_seite_schnell_verlassen_leaves_for_good(visit: Visit, lang: str, enter: bool) -> None:
    page = visit(f"/{lang}/menschen")
    weather = "<!doctype html><title>Wetter</title><h1>Wetter</h1>"
    page.route(f"{NEUTRAL}**", lambda route: route.fulfill(content_type="text/html", body=weather))
    page.goto(f"/{lang}/")
    write(page, ACUTE[lang])
    if enter:
        with page.expect_navigation(wait_until="load"):
            box(page).press("Enter")
    page.locator(".emergency [data-quick-exit]").click()
    page.wait_for_url(NEUTRAL)
    expect(page.get_by_role("heading")).to_have_text("Wetter")
    page.go_back()
    expect(page).not_to_have_url(re.compile("/suche"))
    assert page.locator(".emergency").count() == 0


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("start", ["", "suche"], ids=["on the home page", "on the page of results"])
def test_in_an_emergency_help_and_the_way_out_are_seen_without_scrolling(visit: Visit, lang: str, start: str) -> None:
    page = visit(f"/{lang}/{start}")
    write(page, ACUTE[lang])
    expect(page.locator(".emergency [data-quick-exit]")).to_be_in_viewport(ratio=1)
    expect(page.locator(".emergency h2")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("lang", LANGS)
def test_near_an_emergency_one_calm_line_names_somebody_to_talk_to(visit: Visit, site: str, lang: str) -> None:
    page = visit(f"/{lang}/{asked(site, HINT[lang])}")
    assert page.locator(".emergency, [data-quick-exit]").count() == 0
    calm = page.locator("#results .calm")
    expect(calm).to_have_count(1)
    numbers = calm.locator("a[href^='tel:']")
    expect(numbers).to_have_count(1)
    assert len((numbers.get_attribute("href") or "").removeprefix("tel:")) > 3, "not the police, not the ambulance"
    assert digits_run_to_the_right(numbers)
    assert page.locator("#results .card").count() > 0


@pytest.mark.parametrize("lang", LANGS)
def test_ordinary_questions_alarm_nobody(visit: Visit, site: str, lang: str) -> None:
    page = visit(f"/{lang}/", java_script_enabled=False)
    alarmed = []
    for line in HARMLESS[lang]:
        page.goto(f"/{lang}/{asked(site, line)}")
        assert page.locator("#results .card").count() > 0
        if page.locator(".emergency, .calm, [data-quick-exit]").count():
            alarmed.append(line)
    assert alarmed == []


@pytest.mark.parametrize("lang", LANGS)
def test_where_nothing_is_found_people_with_phone_numbers_are(visit: Visit, site: str, lang: str) -> None:
    page = visit(f"/{lang}/{asked(site, NOTHING)}")
    if lang == "de":
        expect(status(page)).to_have_text("Dafür haben wir gerade nichts gefunden.")
    assert page.locator("#results :is(.found, .emergency, .calm)").count() == 0
    people = page.locator("#results a[href^='tel:']")
    assert people.count() == 1 + 3, "the Kommune and three places"
    assert [person.inner_text() for person in people.all() if not digits_run_to_the_right(person)] == []


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("😀😀🎉", "😀😀🎉"),
        ("?!?! ... ---", "?!?! ... ---"),
        ("Kita\0Platz\0", "Kita Platz"),
        ("\u202eztalP atiK\u202c \u200f", "ztalP atiK"),
        ("\"'`<b>Kita</b>&amp;\\' OR 1=1 --", "\"'`<b>Kita</b>&amp;\\' OR 1=1 --"),
        ('* NEAR("kita") ^title: {a b} -" (', '* NEAR("kita") ^title: {a b} -" ('),
        ("{{ 7*7 }} %s %(x)s ${x}", "{{ 7*7 }} %s %(x)s ${x}"),
    ],
)
def test_nonsense_gives_an_ordinary_page(visit: Visit, typed: str, shown: str) -> None:
    page = visit("/de/", java_script_enabled=False)
    box(page).fill(typed)
    with page.expect_response(TOKEN) as answer:
        box(page).press("Enter")
    assert answer.value.status == 200
    expect(box(page)).to_have_value(shown)
    assert page.locator("#results b, #results script").count() == 0
    assert page.locator("#results .card, #results a[href^='tel:']").count() > 0, "offers, or people"
    assert page.locator(".emergency, .calm").count() == 0, "nobody is in danger"


def test_of_a_pasted_letter_the_beginning_is_read(visit: Visit) -> None:
    page = visit("/de/", java_script_enabled=False)
    box(page).fill("Kita Platz " * 1000)
    box(page).press("Enter")
    expect(page).to_have_url(TOKEN)
    assert box(page).input_value() == ("Kita Platz " * 1000)[:200].strip()
    assert chips(page) == ["Entfernen: Kita-Platz finden"]


def test_nonsense_that_comes_while_typing_does_no_harm(visit: Visit) -> None:
    page = visit("/de/")
    for text in ("\u200f\u200f", "😀", "\"'<b>*", "x" * 10_000, "Schwimmkurs"):
        with page.expect_response("**/de/suche") as answer:
            box(page).fill(text)
        assert answer.value.status == 200
        expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
    expect(page.locator("#results .found__title").first).to_have_text("Schwimmen lernen")


# For everybody


def test_a_search_needs_no_mouse(visit: Visit) -> None:
    page = visit("/de/")
    tab_to(page, box(page))
    page.keyboard.type("Schwimmkurs 6 Jahre")
    page.keyboard.press("Enter")
    expect(page).to_have_url(TOKEN)
    expect(page.get_by_role("link", name="Entfernen: 6 Jahre")).to_be_visible()
    tab_to(page, page.locator("ul[aria-labelledby=verstanden] a").first)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Alles zurücksetzen")).to_be_visible()
    assert chips(page) == ["Entfernen: Schwimmen lernen", "Alles zurücksetzen"]


def tab_to(page: Page, wanted: Locator) -> None:
    for _ in range(30):
        page.keyboard.press("Tab")
        if wanted.evaluate("(element) => element === document.activeElement"):
            expect(wanted).to_be_in_viewport()
            return
    raise AssertionError("the keyboard does not lead there")


def pages_of_a_search(site: str, lang: str) -> dict[str, str]:
    questions = {"results": "Kita Platz", "crisis": ACUTE[lang], "hint": HINT[lang], "nothing found": NOTHING}
    return {name: f"/{lang}/{asked(site, question)}" for name, question in questions.items()}


@pytest.mark.parametrize("lang", LANGS)
def test_axe_finds_no_barrier_in_a_search(visit: Visit, site: str, lang: str) -> None:
    page, barriers = visit(f"/{lang}/", reduced_motion="reduce"), Barriers()
    pages = {"typed at home": f"/{lang}/", **pages_of_a_search(site, lang)}
    for name, path in pages.items():
        page.goto(path)
        if name == "typed at home":
            write(page, "Kita Platz")
        for width, size in (("phone", PHONE), ("desktop", DESKTOP)):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                barriers.look_for(page, f"{name}, {width}, {scheme}")
    assert not barriers, str(barriers)


@pytest.mark.parametrize("lang", LANGS)
def test_no_search_scrolls_sideways(visit: Visit, site: str, lang: str) -> None:
    page, wide = visit(f"/{lang}/"), []
    for name, path in pages_of_a_search(site, lang).items():
        page.set_viewport_size({"width": 320, "height": 640})
        page.goto(path)
        wide += [f"{name}, 320 px: {what}" for what in sideways(page, 320)]
        page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
        page.evaluate("document.documentElement.style.fontSize = '400%'")
        wide += [f"{name}, letters at 400 %: {what}" for what in sideways(page, DESKTOP["width"])]
    assert not wide, "\n".join(wide)
