"""The ways of a family through the site, first without any script."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from tests.e2e.conftest import NEUTRAL, Visit, open_everything

pytestmark = pytest.mark.e2e

TEL = re.compile(r"tel:\+?\d{3,15}")


def number(text: str) -> int:
    """The first number in a text."""
    match = re.search(r"\d+", text)
    assert match is not None, f"no number in {text!r}"
    return int(match[0])


def promised(select: Locator, value: str) -> int:
    """The count in brackets behind a choice."""
    label = select.locator(f"option[value='{value}']").inner_text()
    return number(label.rpartition("(")[2])


def can_be_called(page: Page) -> None:
    """The offer shows a number to tap, and the number tapped is the number shown."""
    call = page.locator(".offer__ways a[href^='tel:']")
    expect(call).to_be_visible()
    href = call.get_attribute("href") or ""
    assert TEL.fullmatch(href)
    digits = re.sub(r"\D", "", call.inner_text())
    assert re.sub(r"\D", "", href).removeprefix("49") == digits.removeprefix("0")


def open_card(page: Page, position: int = 0) -> str:
    """Follow a card; returns its title, which the page of the offer bears too."""
    card = page.locator("main .card__title a").nth(position)
    title = card.inner_text()
    card.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    return title


# Without script


@pytest.fixture
def plain(visit: Visit) -> Page:
    """The home page in a browser that runs no script."""
    page = visit("/de/", java_script_enabled=False)
    assert page.locator("html.js").count() == 0
    return page


def test_a_question_leads_to_a_phone_number(plain: Page) -> None:
    plain.get_by_role("searchbox").fill("Kita Platz")
    plain.get_by_role("button", name="Suchen").click()
    expect(plain).to_have_url(re.compile(r"/de/suche\?t=[\w-]+$"))
    assert "Kita" not in plain.url
    expect(plain.get_by_role("searchbox")).to_have_value("Kita Platz")
    found = plain.get_by_role("heading", name=re.compile(r"Angebote? gefunden$"))
    # A group shows its best offers; a link leads to the rest of them.
    cards = plain.locator("main .card").count()
    assert 0 < cards <= number(found.inner_text())
    assert plain.locator("main .found a.more").count() or cards == number(found.inner_text())
    title = open_card(plain)
    assert "Kita" in title
    can_be_called(plain)


def test_what_is_typed_is_found_in_the_language_it_is_typed_in(visit: Visit) -> None:
    page = visit("/tr/", java_script_enabled=False)
    page.get_by_role("searchbox").fill("Kita yeri")
    page.get_by_role("searchbox").press("Enter")
    open_card(page)
    expect(page.locator("html")).to_have_attribute("lang", "tr")
    can_be_called(page)


def test_a_life_phase_leads_over_a_need_to_an_offer(plain: Page) -> None:
    plain.locator("a.tile[href='/de/lebensphasen/kita']").click()
    expect(plain).to_have_url(re.compile(r"/de/lebensphasen/kita$"))
    need = plain.locator(".columns .links a").first
    count = number(need.locator(".count").inner_text())
    need.click()
    expect(plain).to_have_url(re.compile(r"/de/angebote\?phase=kita&need=\w+$"))
    assert number(plain.locator("#count").inner_text()) == count
    open_card(plain)
    can_be_called(plain)


def test_a_frequent_need_leads_to_an_offer(plain: Page) -> None:
    need = plain.locator("section[aria-labelledby=oft] ul a").first
    words = need.inner_text()
    need.click()
    expect(plain.get_by_role("heading", level=1)).to_have_text(words)
    open_card(plain)
    can_be_called(plain)


def test_filters_work_as_a_form_and_keep_their_state(plain: Page) -> None:
    plain.goto("/de/angebote")
    everything = number(plain.locator("#count").inner_text())
    plain.locator("details.filters summary").click()
    plain.locator("#filter-age").select_option("36")
    plain.locator("#filter-barrier-kostenlos").check()
    plain.get_by_role("button", name="Angebote zeigen").click()

    chips = plain.locator("ul.chips[aria-label='Eure Auswahl'] a")
    assert [chip.inner_text().replace("\n", " ").strip() for chip in chips.all()] == [
        "Entfernen: 3 Jahre",
        "Entfernen: kostenlos",
        "Alles zurücksetzen",
    ]
    count = number(plain.locator("#count").inner_text())
    assert 0 < count < everything
    plain.locator("details.filters summary").click()
    expect(plain.locator("#filter-age")).to_have_value("36")
    expect(plain.locator("#filter-barrier-kostenlos")).to_be_checked()
    expect(plain.locator("#filter-barrier-stufenlos")).not_to_be_checked()
    assert promised(plain.locator("#filter-age"), "36") == count

    more = promised(plain.locator("#filter-need"), "kita_anmeldung")
    plain.locator("#filter-need").select_option("kita_anmeldung")
    plain.get_by_role("button", name="Angebote zeigen").click()
    assert number(plain.locator("#count").inner_text()) == more
    assert chips.count() == 4


def test_a_chip_takes_its_choice_back(plain: Page) -> None:
    plain.goto("/de/angebote?age=36")
    only_age = plain.locator("#count").inner_text()
    plain.goto("/de/angebote?age=36&barrier=kostenlos")
    both = plain.locator("#count").inner_text()
    assert both != only_age
    plain.get_by_role("link", name="Entfernen: kostenlos").click()
    expect(plain).to_have_url(re.compile(r"/de/angebote\?age=36$"))
    assert plain.locator("#count").inner_text() == only_age
    plain.get_by_role("link", name="Alles zurücksetzen").click()
    expect(plain).to_have_url(re.compile(r"/de/angebote$"))


def test_another_language_shows_the_same_offer(plain: Page) -> None:
    plain.goto("/de/angebote/baby-treff-nordstadt")
    german = plain.get_by_role("heading", level=1).inner_text()
    number_there = plain.locator(".offer__ways a[href^='tel:']").get_attribute("href")
    titles = set()
    for name, lang in (("Türkçe", "tr"), ("العربية", "ar"), ("Русский", "ru"), ("Deutsch", "de")):
        plain.locator("details.menu summary").click()
        plain.locator(".menu__list").get_by_role("link", name=name).click()
        expect(plain).to_have_url(re.compile(f"/{lang}/angebote/baby-treff-nordstadt$"))
        expect(plain.locator("html")).to_have_attribute("lang", lang)
        assert plain.locator(".offer__ways a[href^='tel:']").get_attribute("href") == number_there
        titles.add(plain.get_by_role("heading", level=1).inner_text())
    assert len(titles) == 4
    assert german in titles


def test_another_language_keeps_the_filters_and_the_question(plain: Page) -> None:
    plain.goto("/de/angebote?age=36&barrier=kostenlos")
    plain.locator("details.menu summary").click()
    plain.get_by_role("link", name="Türkçe").click()
    expect(plain).to_have_url(re.compile(r"/tr/angebote\?age=36&barrier=kostenlos$"))
    plain.goto("/de/")
    plain.get_by_role("searchbox").fill("Kita Platz")
    plain.get_by_role("button", name="Suchen").click()
    plain.locator("details.menu summary").click()
    plain.get_by_role("link", name="Türkçe").click()
    expect(plain.locator("html")).to_have_attribute("lang", "tr")
    expect(plain.get_by_role("searchbox")).to_have_value("Kita Platz")


def test_help_in_an_emergency_is_one_tap_away_from_every_page(visit: Visit, kinds: dict[str, str]) -> None:
    page = visit("/ar/", java_script_enabled=False)
    for path in kinds.values():
        page.goto(f"/ar/{path}")
        expect(page.locator("header .btn--urgent")).to_be_in_viewport(ratio=1)
    page.goto("/ar/")
    page.locator("header .btn--urgent").click()
    expect(page).to_have_url(re.compile(r"/ar/sofort-hilfe$"))
    for phone in ("112", "110"):
        expect(page.locator(f".call[href='tel:{phone}']")).to_be_in_viewport(ratio=1)


# With script: quicker, and the same


def test_an_answer_is_three_taps_away_on_a_phone(visit: Visit) -> None:
    page = visit("/de/", has_touch=True, is_mobile=True)
    page.locator("section[aria-labelledby=oft] ul a").first.tap()
    page.locator("main .card__title a").first.tap()
    can_be_called(page)
    page.locator(".offer__ways a[href^='tel:']").tap(trial=True)


def choose(page: Page, query: str, selector: str, value: str | None = None) -> None:
    """Make a choice and wait for its results."""
    with page.expect_response(lambda response: "hx-request" in response.request.headers):
        if value is None:
            page.locator(selector).click()
        else:
            page.locator(selector).select_option(value)
    page.wait_for_url(f"**/de/angebote{query}")
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)


def test_a_choice_shows_its_results_without_loading_the_page_again(visit: Visit) -> None:
    page = visit("/de/angebote")
    loaded: list[str] = []

    def note(request: Request) -> None:
        # The icons of new cards are asked for again, and come from the cache.
        if "/static/" not in request.url:
            loaded.append(request.resource_type)

    page.on("request", note)
    page.evaluate("window.sameDocument = true")
    open_everything(page)
    status, cards = page.locator("#count"), page.locator("#results .card")

    age = promised(page.locator("#filter-age"), "36")
    page.locator("#filter-age").focus()
    choose(page, "?age=36", "#filter-age", "36")
    expect(status).to_have_text(f"{age} Angebote")
    expect(cards).to_have_count(min(age, 20))
    expect(page.locator("#filter-age")).to_be_focused()
    expect(page.locator("#filter-age")).to_have_value("36")

    free = number(page.locator("label.check:has(#filter-barrier-kostenlos) .count").inner_text())
    choose(page, "?age=36&barrier=kostenlos", "#filter-barrier-kostenlos")
    expect(status).to_have_text(f"{free} Angebote")
    expect(page.locator("#filter-barrier-kostenlos")).to_be_focused()
    expect(page.locator("#filter-barrier-kostenlos")).to_be_checked()
    assert promised(page.locator("#filter-age"), "36") == free, "the counts beside the other choices are new too"
    assert free < age

    choose(page, "?barrier=kostenlos", "#filter-age", "")
    choose(page, "", "#filter-barrier-kostenlos")
    assert page.url.endswith("/de/angebote")
    assert page.evaluate("window.sameDocument") is True
    assert loaded == ["xhr"] * 4
    assert page.locator("#results").count() == 1
    assert page.locator(".field").count() == 7


def test_the_button_below_the_filters_leads_to_the_results_that_are_there_already(visit: Visit) -> None:
    page = visit("/de/angebote")
    page.locator("details.filters summary").click()
    choose(page, "?age=36", "#filter-age", "36")
    count = number(page.locator("#count").inner_text())
    button = page.get_by_role("button", name="Angebote zeigen")
    expect(button).to_have_text(f"{count} Angebote zeigen")
    expect(button).to_be_in_viewport(ratio=1)
    page.evaluate("window.sameDocument = true")
    button.click()
    expect(page.locator("#filter-age")).to_be_hidden()
    expect(page.locator("#results")).to_be_focused()
    assert page.evaluate("window.sameDocument") is True
    assert page.url.endswith("/de/angebote?age=36")


def test_another_language_keeps_what_was_chosen_a_moment_ago(visit: Visit) -> None:
    page = visit("/de/angebote")
    open_everything(page)
    choose(page, "?age=36", "#filter-age", "36")
    count = number(page.locator("#count").inner_text())
    page.locator("details.menu summary").click()
    page.get_by_role("link", name="Türkçe").click()
    page.wait_for_url("**/tr/angebote?age=36")
    assert number(page.locator("#count").inner_text()) == count


def test_back_and_forward_lead_through_the_choices(visit: Visit) -> None:
    page = visit("/de/angebote")
    status, age = page.locator("#count"), page.locator("#filter-age")
    open_everything(page)
    before = status.inner_text()
    choose(page, "?age=36", "#filter-age", "36")
    with_age = status.inner_text()
    choose(page, "?age=36&barrier=kostenlos", "#filter-barrier-kostenlos")
    with_both = status.inner_text()
    assert len({before, with_age, with_both}) == 3

    page.go_back()
    page.wait_for_url("**/de/angebote?age=36")
    expect(status).to_have_text(with_age)
    expect(age).to_have_value("36")
    expect(page.locator("#filter-barrier-kostenlos")).not_to_be_checked()
    page.go_back()
    page.wait_for_url("**/de/angebote")
    expect(status).to_have_text(before)
    expect(age).to_have_value("")
    page.go_forward()
    page.wait_for_url("**/de/angebote?age=36")
    expect(status).to_have_text(with_age)
    expect(age).to_have_value("36")

    # What was brought back is alive.
    open_everything(page)
    choose(page, "?age=36&barrier=kostenlos", "#filter-barrier-kostenlos")
    expect(status).to_have_text(with_both)


def test_back_from_an_offer_leads_to_the_results_as_they_were(visit: Visit) -> None:
    page = visit("/de/angebote")
    open_everything(page)
    choose(page, "?age=36", "#filter-age", "36")
    before = page.locator("#results .card__title").all_inner_texts()
    open_card(page, 2)
    page.go_back()
    page.wait_for_url("**/de/angebote?age=36")
    expect(page.locator("#results .card__title")).to_have_text(before)
    expect(page.locator("#filter-age")).to_have_value("36")


def test_what_is_typed_stands_in_no_address(visit: Visit) -> None:
    page = visit("/de/")
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request))
    page.get_by_role("searchbox").fill("Trennung")
    page.get_by_role("searchbox").press("Enter")
    expect(page).to_have_url(re.compile(r"/de/suche\?t=[\w-]+$"))
    traces = page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}, history.state, document.title])")
    assert "trennung" not in "\n".join([*(request.url for request in sent), traces]).lower()
    open_card(page)
    pages = [request for request in sent if request.resource_type in {"document", "xhr", "fetch"}]
    *searches, card = pages
    assert {(request.method, urlsplit(request.url).path) for request in searches} == {("POST", "/de/suche")}
    assert card.method == "GET"
    assert card.is_navigation_request()
    assert [request.all_headers().get("referer") for request in pages] == [None] * len(pages)


# Away from here


@pytest.mark.parametrize("path", ["sofort-hilfe", "angebote/frauenhaus", "bedarf/haeusliche_gewalt"])
@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_sensitive_page_is_left_at_one_tap(visit: Visit, path: str, script: bool) -> None:
    page = visit("/tr/", java_script_enabled=script)
    asked: list[Request] = []

    def answer(route) -> None:  # type: ignore[no-untyped-def]
        asked.append(route.request)
        route.fulfill(status=200, content_type="text/html", body="<!doctype html><title>Wetter</title><h1>Wetter</h1>")

    page.route(f"{NEUTRAL}**", answer)
    page.goto(f"/tr/{path}")
    way_out = page.locator("[data-quick-exit]")
    expect(way_out).to_be_in_viewport(ratio=1)
    page.locator("main h2").last.scroll_into_view_if_needed()
    expect(way_out).to_be_in_viewport(ratio=1)
    way_out.click()
    page.wait_for_url(NEUTRAL)
    expect(page.get_by_role("heading")).to_have_text("Wetter")
    assert len(asked) == 1
    assert "referer" not in asked[0].all_headers(), "they do not learn where the visitor comes from"
    if script:
        page.go_back()
        assert page.url.endswith("/tr/"), "back leads past the page that was left"
