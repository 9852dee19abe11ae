"""The Lotse as families use it: from the home page to a plan, on a phone, with and without scripts."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from portal.content.site import load_site
from portal.lotse.load import Lotse, load_lotse
from tests.conftest import ROOT
from tests.e2e.conftest import PATIENCE, Visit, told
from tests.e2e.test_journeys import TEL

pytestmark = pytest.mark.e2e

FLOWS = ("but", "kita", "baby", "beratung")
MOST_TAPS, MOST_QUESTIONS = 8, 7
TOKEN = re.compile(r"/lotse/schritt\?t=[\w-]{20,}$")
ONE_CHILD = ("wohngeld", "schule:96:107", "fertig", "ausflug")
"""Answers of the flow "but" that lead to a plan."""

WRITTEN = load_site(ROOT / "content")
IN_OWN_WORDS = {
    "de": ("Zauberwort Klassenfahrt für meine Tochter, 8 Jahre", "Zauberwort"),
    "tr": ("Büyülüsöz 8 yaşındaki kızım için sınıf gezisi parası", "Büyülüsöz"),
    "ar": ("سمسمية المال للرحلة المدرسية ابني 8 سنوات", "سمسمية"),
}
ACUTE = {"de": "Mein Mann schlägt mich", "tr": "Kocam beni dövüyor", "ar": "زوجي يضربني"}

FIRST_WORDS_ARE_HELP = """
() => {
  const words = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const around = words.currentNode.parentElement;
    if (words.currentNode.data.trim() && around.checkVisibility()) return around.closest(".emergency") !== null;
  }
  return false;
}
"""
ADDRESSES = "(all) => all.map((one) => ['href', 'src', 'action'].map((name) => one.getAttribute(name)).join(' '))"
with_and_without_script = pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])


@pytest.fixture(scope="module")
def texts() -> Lotse:
    """What the flows say, in all languages."""
    return load_lotse(ROOT / "content" / "lotse", WRITTEN)


def question(page: Page) -> str | None:
    """The id of what is asked; None where the plan is."""
    asked = page.locator("#frage-form input[name=q]")
    if asked.count() == 0:
        expect(page.locator("#plan")).to_be_visible()
        return None
    return asked.get_attribute("value")


def said(page: Page) -> list[str]:
    """What was answered so far, in words."""
    return page.locator(".bubble--said bdi").all_text_contents()


def step(page: Page, tapped: Locator) -> None:
    """Tap, and wait for what comes after it."""
    before = page.url
    tapped.click()
    expect(page).not_to_have_url(before)
    expect(page.locator("#lotse")).to_be_visible()
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)


def answer(page: Page, *values: str) -> None:
    """Answer the question as a finger does."""
    form, send = page.locator("#frage-form"), page.locator("#frage-form button[type=submit]")
    if values[0] in ("?", "-"):
        step(page, page.locator(f"button[name=a][value='{values[0]}']"))
    elif values == ("fertig",):
        step(page, form.locator("button[name=fertig]"))
    elif form.locator("select").count():
        form.locator("select").select_option(values[0])
        step(page, send)
    elif form.locator("input[type=checkbox]").count():
        for value in values:
            form.locator(f"label:has(input[value='{value}'])").click()
        step(page, send)
    else:
        step(page, form.locator(f"button[name=a][value='{values[0]}']"))


def answer_all(page: Page, *answers: str) -> None:
    for values in answers:
        answer(page, *values.split())


def change(page: Page, position: int) -> None:
    """Go back to an answer."""
    if question(page) is None and not page.locator(".bubbles").is_visible():
        page.locator("details:has(.bubbles) > summary").click()
    page.locator(".bubble__edit").nth(position).click()
    expect(page.locator("#frage-form")).to_be_visible()


def say(page: Page, words: str) -> None:
    """A line in own words: at the entry it is open, at a question it is unfolded."""
    if not page.locator("#sagen").is_visible():
        page.locator("details:has(#sagen) > summary").click()
    page.locator("#sagen").fill(words)
    before = page.url
    page.locator("#sagen").press("Enter")
    expect(page).not_to_have_url(before)
    expect(page.locator("#lotse")).to_be_visible()


def verdicts(page: Page) -> list[tuple[str, str]]:
    """What is told of the first child, in the order of the page."""
    lines = page.locator(".child").first.locator(".verdict__line")
    return [(line.locator("strong").inner_text(), line.locator(".verdict").inner_text()) for line in lines.all()]


# To a plan


@with_and_without_script
def test_from_the_home_page_to_a_plan_for_one_child_are_at_most_eight_taps(visit: Visit, script: bool) -> None:
    page = visit("/de/seite/impressum", java_script_enabled=script)
    taps: list[str] = []
    page.expose_function("countTap", lambda name: taps.append(name))
    page.add_init_script("addEventListener('pointerdown', (tap) => window.countTap(tap.target.tagName), true)")
    page.goto("/de/")
    page.locator("main a.tile[href='/de/lotse/but']").click()
    expect(page).to_have_url(re.compile("/de/lotse/but$"))
    answer_all(page, "grundsicherungsgeld", "schule:96:107", "fertig", "ausflug")
    assert question(page) is None
    expect(page).to_have_url(TOKEN)
    expect(page.get_by_role("heading", name="Das könnt ihr jetzt tun")).to_be_visible()
    if script:
        assert 5 <= len(taps) <= MOST_TAPS

    assert verdicts(page)[0] == ("Ausflüge und Klassenfahrten", "wahrscheinlich ja")
    first = page.locator(".step").first
    call = first.locator(".place a[href^='tel:']")
    assert call.get_attribute("href") == "tel:+493023125700"
    expect(call).to_have_text("030 23125 700")
    assert first.locator(".ticks label").all_inner_texts() == [
        "Bescheid vom Jobcenter",
        "Ausweis oder Aufenthaltstitel",
        "Kontonummer (IBAN)",
    ]
    tick = first.get_by_role("checkbox", name="Kontonummer (IBAN)")
    first.locator(".ticks label").last.click()
    expect(tick).to_be_checked()
    expect(page.locator("a[href*='/lotse/plan.pdf?t=']")).to_be_visible()


@with_and_without_script
@pytest.mark.parametrize("lang", IN_OWN_WORDS)
def test_own_words_lead_to_the_flow_with_what_they_say_answered_and_are_kept_nowhere(
    visit: Visit, texts: Lotse, lang: str, script: bool
) -> None:
    line, word = IN_OWN_WORDS[lang]
    page = visit(f"/{lang}/lotse", java_script_enabled=script)
    sent: list[Request] = []
    addresses: list[str] = []
    page.on("request", lambda request: sent.append(request))
    page.on("framenavigated", lambda frame: addresses.append(frame.url))
    say(page, line)
    assert question(page) == "leistung", "who pays is not in the line; all the rest is"
    answer(page, "wohngeld")
    assert question(page) is None
    flow = texts.texts["but", lang]
    assert said(page)[2] == flow.options["bedarf"]["ausflug"]
    assert verdicts(page)[0][0] == flow.entitlements["ausflug"]

    links = page.eval_on_selector_all("[href], [src], [action]", ADDRESSES)
    kept = page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}, history.state, document.title])")
    everything = "\n".join([*addresses, *(request.url for request in sent), *links, kept, page.content()])
    assert len(addresses) >= 2
    assert unquote_plus(everything).casefold().count(word.casefold()) == 0
    page.reload()
    with_the_word = [each.method for each in sent if word in unquote_plus(each.post_data or "")]
    assert with_the_word == ["POST"], "sent once, and not again"
    assert page.context.cookies() == []


def test_what_is_not_understood_leaves_every_way_open(visit: Visit) -> None:
    page = visit("/de/lotse", java_script_enabled=False)
    page.locator("#sagen").fill("asdf qwer")
    page.locator("#sagen").press("Enter")
    expect(page.get_by_role("alert")).to_have_text(re.compile("^Das haben wir nicht verstanden"))
    tiles = page.locator("main a.tile")
    assert [tile.get_attribute("href") for tile in tiles.all()] == [f"/de/lotse/{flow}" for flow in FLOWS]
    tiles.first.click()
    assert question(page) == "leistung"


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("way_out", ["?", "-"], ids=["Weiß ich nicht", "Überspringen"])
def test_who_answers_nothing_gets_a_plan_with_a_person_to_call(visit: Visit, flow: str, way_out: str) -> None:
    page = visit(f"/de/lotse/{flow}", java_script_enabled=flow == "but")
    asked = []
    while (name := question(page)) is not None:
        assert name not in asked, "asked twice"
        assert len(asked) < MOST_QUESTIONS
        asked.append(name)
        answer(page, way_out)
    words = {"?": "Weiß ich nicht", "-": "Übersprungen"}[way_out]
    assert said(page) == [words] * len(asked)
    steps = page.locator(".step")
    assert steps.count() >= 1
    calls = steps.first.locator("a[href^='tel:']")
    assert calls.count() >= 1
    assert TEL.fullmatch(calls.first.get_attribute("href") or "")


# One's mind is changed


@with_and_without_script
def test_every_answer_can_be_changed_and_the_later_ones_stay(visit: Visit, site: str, script: bool) -> None:
    page = visit(f"/de/{told(site, 'but', *ONE_CHILD)}", java_script_enabled=script)
    before = (said(page), verdicts(page), page.locator(".step h3").all_inner_texts())
    assert before[0] == ["Wohngeld", "8 Jahre (Schule)", "Ausflug oder Klassenfahrt"]
    changed = []
    for position in range(len(before[0])):
        change(page, position)
        changed.append(question(page))
        # What was answered is still there: it has only to be sent again.
        step(page, page.locator("#frage-form button[type=submit].btn--primary").last)
        assert question(page) is None, "nothing is asked again"
        assert (said(page), verdicts(page), page.locator(".step h3").all_inner_texts()) == before
    assert changed == ["leistung", "kinder", "bedarf"]

    change(page, 0)
    expect(page.locator("#frage-form input[value=wohngeld]")).to_be_checked()
    page.locator("#frage-form label:has(input[value=wohngeld])").click()
    answer(page, "keine")
    assert question(page) == "einkommen", "only this is new"
    answer(page, "ja")
    assert question(page) is None
    assert said(page) == ["Nichts davon", "Ja", "8 Jahre (Schule)", "Ausflug oder Klassenfahrt"]
    assert verdicts(page)[0] == ("Ausflüge und Klassenfahrten", "vielleicht")


@with_and_without_script
def test_back_leads_to_the_question_before(visit: Visit, script: bool) -> None:
    page = visit("/de/lotse", java_script_enabled=script)
    page.locator("main a.tile[href='/de/lotse/kita']").click()
    answer_all(page, ":24:35", "gemeldet")
    assert question(page) == "wunsch"
    for before in ("stand", "kind"):
        page.go_back()
        expect(page.locator("#frage-form input[name=q]")).to_have_value(before)
    expect(page).to_have_url(re.compile("/de/lotse/kita$"))
    page.go_forward()
    expect(page.locator("#frage-form input[name=q]")).to_have_value("stand")
    assert said(page) == ["2 Jahre"]
    answer(page, "kein_platz")
    assert question(page) == "leistung", "what was brought back is alive"


def test_none_of_these_and_the_others_exclude_each_other(visit: Visit) -> None:
    page = visit("/de/lotse/but")
    for value in ("wohngeld", "kinderzuschlag", "keine"):
        page.locator(f"label:has(input[value={value}])").click()
    checked = page.locator("#frage-form input:checked")
    assert [box.get_attribute("value") for box in checked.all()] == ["keine"]
    page.locator("label:has(input[value=wohngeld])").click()
    assert [box.get_attribute("value") for box in checked.all()] == ["wohngeld"]


# Each kind of question


@with_and_without_script
def test_several_children_are_added_and_removed(visit: Visit, script: bool) -> None:
    page = visit("/de/lotse/but", java_script_enabled=script)
    answer_all(page, "wohngeld", "kita:48:59", "schule:96:107", "schule:180:191")
    chips = page.locator("button[name=weg] bdi")
    assert chips.all_inner_texts() == ["4 Jahre (Kita oder Tagespflege)", "8 Jahre (Schule)", "15 Jahre (Schule)"]
    step(page, page.locator("button[name=weg]").nth(1))
    assert chips.all_inner_texts() == ["4 Jahre (Kita oder Tagespflege)", "15 Jahre (Schule)"]
    answer_all(page, "fertig", "mittagessen")
    assert question(page) is None
    assert page.locator(".child h3").all_inner_texts() == [
        "Für euer Kind: 4 Jahre (Kita oder Tagespflege)",
        "Für euer Kind: 15 Jahre (Schule)",
    ]
    assert verdicts(page)[0] == ("Mittagessen", "wahrscheinlich ja")


@with_and_without_script
def test_a_month_is_chosen_from_a_list_and_a_district_by_a_tap(visit: Visit, texts: Lotse, script: bool) -> None:
    page = visit("/de/lotse/kita", java_script_enabled=script)
    answer_all(page, ":24:35", "gemeldet")
    months = page.locator("#frage-form select option")
    assert months.count() == 24
    value, words = months.nth(5).get_attribute("value"), months.nth(5).inner_text()
    assert value is not None
    answer(page, value)
    assert said(page) == ["2 Jahre", texts.texts["kita", "de"].options["stand"]["gemeldet"], words]
    answer(page, "-")
    assert question(page) == "stadtteil"
    districts = page.locator("#frage-form button[name=a]")
    assert districts.all_inner_texts() == [
        "Mitte",
        "Nordstadt",
        "Südstadt",
        "Westhafen",
        "Ostend",
        "Grüntal",
        "Hinterwiesen",
    ]
    answer(page, "nordstadt")
    assert question(page) is None
    assert said(page)[-1] == "Nordstadt"


# Help first


def expect_help_first(page: Page, lang: str, situation: str) -> None:
    written = next(each for each in WRITTEN.emergency[lang].situations if each.id == situation)
    expect(page.locator(".emergency h2")).to_have_text(written.title)
    assert page.evaluate(FIRST_WORDS_ARE_HELP) is True
    numbers = page.locator(".emergency a[href^='tel:']")
    expected = [f"tel:{WRITTEN.hotlines[line].tel}" for line in written.hotlines]
    assert [one.get_attribute("href") for one in numbers.all()] == expected
    expect(page.locator("[data-quick-exit]")).to_have_count(1)
    expect(page.locator(".emergency [data-quick-exit]")).to_be_in_viewport(ratio=1)
    expect(page.locator(".emergency h2")).to_be_in_viewport(ratio=1)


@with_and_without_script
@pytest.mark.parametrize("lang", ACUTE)
@pytest.mark.parametrize("start", ["lotse", "lotse/kita"], ids=["at the entry", "at a step"])
def test_words_that_tell_of_a_crisis_bring_help_first(visit: Visit, lang: str, start: str, script: bool) -> None:
    page = visit(f"/{lang}/{start}", java_script_enabled=script)
    say(page, ACUTE[lang])
    expect_help_first(page, lang, "gewalt-zuhause")
    expect(page).to_have_url(TOKEN)
    assert question(page) is None, "nobody has to answer anything now"
    assert page.locator(".step").first.locator("a[href^='tel:']").count() >= 1
    change(page, -1)
    assert question(page) == "sorge"
    expect_help_first(page, lang, "gewalt-zuhause")


@with_and_without_script
@pytest.mark.parametrize(
    ("flow", "before", "chosen", "situation"),
    [
        ("beratung", [], "gewalt", "gewalt-zuhause"),
        ("beratung", [], "suizid", "suizid-gedanken"),
        ("baby", [":5:5"], "krise", "baby-schreit"),
        ("baby", ["?"], "geld krise", "baby-schreit"),
    ],
)
def test_an_answer_that_tells_of_a_crisis_brings_help_first_and_nothing_more_is_asked(
    visit: Visit, flow: str, before: list[str], chosen: str, situation: str, script: bool
) -> None:
    page = visit(f"/ar/lotse/{flow}", java_script_enabled=script)
    answer_all(page, *before, chosen)
    expect_help_first(page, "ar", situation)
    assert question(page) is None
    assert page.locator(".step").first.locator("a[href^='tel:']").count() >= 1


# From one flow to another, and out of the browser


@with_and_without_script
def test_another_flow_knows_the_age_already(visit: Visit, site: str, texts: Lotse, script: bool) -> None:
    page = visit(f"/de/{told(site, 'baby', ':5:5', 'gruppe', 'nein', 'nordstadt')}", java_script_enabled=script)
    page.locator(".step a.btn[href*='/lotse/schritt?t=']").click()
    expect(page.locator("h1")).to_have_text(texts.texts["kita", "de"].title)
    assert question(page) == "stand", "not the age"
    assert said(page) == ["5 Monate"]
    asked = [question(page)]
    while question(page) is not None:
        answer(page, "-")
        asked.append(question(page))
    assert "kind" not in asked
    assert "stadtteil" not in asked, "said there too"


def test_the_plan_goes_along_as_paper_calendar_and_picture(visit: Visit, site: str) -> None:
    # Kinderzuschlag is paid from the month of the application: a day to keep in mind.
    page = visit(f"/de/{told(site, 'but', 'keine', 'ja', 'schule:84:95', 'fertig', 'ausflug')}")
    loaded: list[str] = []
    page.on("request", lambda request: None if "/static/" in request.url else loaded.append(request.url))
    fetched = {}
    for kind in ("pdf", "ics"):
        href = page.locator(f"a[href*='/lotse/plan.{kind}?t=']").get_attribute("href")
        got = page.request.get(f"{site}{href}")
        fetched[kind] = (got.status, got.headers["content-type"].partition(";")[0], got.body()[:15])
    assert fetched["pdf"][:2] == (200, "application/pdf")
    assert fetched["pdf"][2].startswith(b"%PDF-")
    assert fetched["ics"] == (200, "text/calendar", b"BEGIN:VCALENDAR")

    picture = page.locator("img.qr")
    assert loaded == [], "the picture is loaded by who wants to see it"
    page.locator("details:has(img.qr) > summary").click()
    expect(picture).to_be_visible()
    picture.scroll_into_view_if_needed()
    # Asked again and again from here: the page itself may not evaluate a text (its policy forbids it).
    for _ in range(PATIENCE // 100):
        if picture.evaluate("(one) => one.naturalWidth > 0"):
            break
        page.wait_for_timeout(100)
    assert picture.evaluate("(one) => one.naturalWidth > 0")
    assert [url.partition("?")[0] for url in loaded] == [f"{site}/de/lotse/plan.svg"]


def test_on_paper_the_plan_is_the_plan_and_not_the_site(visit: Visit, site: str) -> None:
    page = visit(f"/de/{told(site, 'but', *ONE_CHILD)}")
    page.emulate_media(media="print")
    for selector in ("nav.nav", ".head__tools", ".foot__links", "[data-quick-exit]", ".band.keep", "details.keep"):
        expect(page.locator(selector)).to_be_hidden()
    first = page.locator(".step").first
    for shown in (page.locator("h1"), page.locator("#plan"), first.locator(".place a[href^='tel:']")):
        expect(shown).to_be_visible()
    expect(first.locator(".ticks li").first).to_be_visible()


def test_from_arabic_the_same_plan_is_one_tap_away_in_german(visit: Visit, site: str) -> None:
    page = visit(f"/ar/{told(site, 'but', *ONE_CHILD)}", java_script_enabled=False)
    steps, token = page.locator(".step").count(), page.url.partition("?")[2]
    page.locator("main a[hreflang=de]").click()
    expect(page).to_have_url(re.compile(r"/de/lotse/schritt\?t=[\w-]+$"))
    assert page.url.partition("?")[2] == token
    expect(page.locator("html")).to_have_attribute("lang", "de")
    assert page.locator(".step").count() == steps
    assert said(page) == ["Wohngeld", "8 Jahre (Schule)", "Ausflug oder Klassenfahrt"]
