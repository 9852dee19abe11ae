"""The Merkzettel in a browser: collect, sort, hand on, look at it without a connection, delete it all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from tests.e2e.conftest import PATIENCE, PHONE, Visit, asked, open_everything
from tests.e2e.test_accessibility import Barriers

pytestmark = pytest.mark.e2e


def kept(page: Page) -> list[int]:
    """What the browser has stored under the one name that is used."""
    stored = page.evaluate("JSON.stringify({...localStorage})")
    items = json.loads(stored)
    assert set(items) <= {"merkzettel"}
    return list(json.loads(items.get("merkzettel", "[]")))


def named(word: str, title: str) -> re.Pattern[str]:
    """What a button that has only `word` on it is called. A browser may put a space before the colon."""
    return re.compile(rf"^{word} ?: {re.escape(title)}$")


def merken(page: Page) -> Locator:
    return page.locator("button.merken")


def count(page: Page) -> Locator:
    return page.locator("[data-count]")


def titles(page: Page) -> list[str]:
    expect(page.locator("#merkzettel")).not_to_have_attribute("aria-busy", "true")
    return page.locator(".noted .card__title").all_inner_texts()


@pytest.fixture
def quiet_context(browser: Browser, site: str) -> Iterator[BrowserContext]:
    """A visitor whose lost connection is no mistake of the site: what the console says is not looked at."""
    context = browser.new_context(base_url=site, viewport=PHONE)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


def collect(page: Page, number: int = 3) -> list[str]:
    """Tap "Merken" on the first cards of the page. Returns the titles."""
    found = []
    for place in range(number):
        card = page.locator(".card").nth(place)
        button = card.locator("button.merken")
        expect(button).to_have_attribute("aria-pressed", "false")
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
        found.append(card.locator(".card__title").inner_text())
    return found


# --- collecting -------------------------------------------------------------------------------------------------------


def test_merken_on_a_search_then_sort_remove_undo_and_hand_on(visit: Visit, site: str, browser: Browser) -> None:
    page = visit(f"/de/{asked(site, 'Kita Platz')}")
    found = collect(page, 4)
    expect(count(page)).to_have_text("4")
    expect(page.locator(".said")).to_have_text("Gemerkt. Angebote auf dem Merkzettel: 4")
    assert len(kept(page)) == 4

    page.get_by_role("link", name="Merkzettel").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Merkzettel")
    expect(page.locator(".noted > li")).to_have_count(4)
    assert titles(page) == found
    assert urlsplit(page.url).query == "", "what one has collected is in no address"

    page.get_by_role("link", name=f"Nach unten: {found[0]}").click()
    expect(page.locator(".noted .card__title").first).to_have_text(found[1])
    expect(page.get_by_role("link", name=f"Nach unten: {found[0]}")).to_be_focused()
    assert titles(page) == [found[1], found[0], *found[2:]]

    page.get_by_role("link", name="A bis Z").click()
    expect(page.get_by_role("link", name="A bis Z")).to_have_attribute("aria-current", "true")
    assert titles(page) == sorted(found, key=str.casefold)
    page.get_by_role("link", name="Eigene Reihenfolge").click()
    expect(page.get_by_role("link", name="Eigene Reihenfolge")).to_have_attribute("aria-current", "true")
    assert titles(page) == [found[1], found[0], *found[2:]]

    page.get_by_role("link", name=named("Wegnehmen", found[0])).click()
    expect(page.locator(".noted > li")).to_have_count(3)
    expect(count(page)).to_have_text("3")
    page.get_by_role("button", name="Rückgängig").click()
    expect(page.locator(".noted > li")).to_have_count(4)
    assert titles(page) == [found[1], found[0], *found[2:]]

    page.get_by_label("In welcher Sprache?").select_option("tr")
    page.get_by_label("Ruft dort an.").check()
    page.get_by_role("button", name="Code bekommen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Euer Code")
    code = page.locator(".code__signs").inner_text()
    assert len(code) == 7
    assert code[3] == " "
    expect(page.locator("img.qr")).to_have_js_property("complete", True)
    assert page.locator("img.qr").evaluate("(picture) => picture.naturalWidth") >= 80

    # Another phone, by hand and in small letters.
    other = visit("/tr/merkzettel")
    other.locator("#code").fill(code.lower())
    other.locator(".code-form button").click()
    expect(other.locator(".noted > li")).to_have_count(4)
    assert kept(other) == []
    other.locator("[data-take]").click()
    expect(count(other)).to_have_text("4")
    expect(other.locator(".noted > li")).to_have_count(4)
    assert kept(other) == kept(page)
    for each in (page, other):
        assert each.context.cookies() == []


def test_merken_on_an_offer_and_away_again(visit: Visit) -> None:
    page = visit("/de/angebote/baby-treff-nordstadt")
    button = merken(page)
    expect(button).to_have_accessible_name(named("Merken", "Baby-Treff Nordstadt"))
    button.focus()
    page.keyboard.press("Space")
    expect(button).to_have_accessible_name(named("Gemerkt", "Baby-Treff Nordstadt"))
    page.reload()
    expect(merken(page)).to_have_attribute("aria-pressed", "true")
    merken(page).click()
    expect(count(page)).to_be_hidden()
    assert kept(page) == []


def test_cards_that_come_later_can_be_kept_too(visit: Visit) -> None:
    page = visit("/de/angebote", viewport={"width": 1280, "height": 900})
    with page.expect_response(lambda answer: "kostenlos" in answer.url):
        page.get_by_label("kostenlos").check()
    expect(page.locator("a.merken")).to_have_count(0)
    merken(page).nth(2).click()
    expect(count(page)).to_have_text("1")


def test_two_tabs_show_the_same(visit: Visit) -> None:
    page = visit("/de/angebote")
    other = page.context.new_page()
    other.goto("/de/angebote")
    collect(page, 2)
    expect(count(other)).to_have_text("2")
    expect(merken(other).first).to_have_attribute("aria-pressed", "true")


def test_the_31st_offer_is_refused_with_a_sentence(visit: Visit) -> None:
    page = visit("/de/angebote")
    page.evaluate("localStorage.setItem('merkzettel', JSON.stringify([...Array(30).keys()].map((n) => 9001 + n)))")
    page.reload()
    merken(page).first.click()
    expect(page.locator(".said")).to_have_text("Der Merkzettel ist voll. Nehmt erst etwas weg.")
    assert len(kept(page)) == 30


@pytest.mark.parametrize("stored", ["kein JSON", "{}", '[1, "x", -4, 1, null]', "7"])
def test_whatever_is_stored_the_page_works(visit: Visit, stored: str) -> None:
    page = visit("/de/angebote")
    page.evaluate("(text) => localStorage.setItem('merkzettel', text)", stored)
    page.reload()
    before = int(count(page).inner_text() or 0) if count(page).is_visible() else 0
    assert before in (0, 1)
    merken(page).nth(5).click()
    expect(count(page)).to_have_text(str(before + 1))


# --- without a script, without storage --------------------------------------------------------------------------------


def test_without_a_script_the_link_grows(visit: Visit) -> None:
    page = visit("/de/angebote", java_script_enabled=False)
    for number in (1, 2, 3):
        page.locator("a.merken").nth(number * 2).click()
        expect(page.locator(".noted > li")).to_have_count(number)
        if number < 3:
            page.get_by_role("link", name="Alle Angebote").click()
    expect(count(page)).to_have_text("3")
    page.get_by_role("link", name="Nach unten").first.click()
    page.get_by_role("link", name="Wegnehmen").first.click()
    expect(page.locator(".noted > li")).to_have_count(2)
    page.locator("summary", has_text="Alles löschen").click()
    page.get_by_role("link", name="Ja, alles löschen").click()
    expect(page.locator(".noted")).to_have_count(0)
    assert urlsplit(page.url).query == ""


FORBIDDEN = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('', 'SecurityError'); } })"
FULL = "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); }"


@pytest.mark.parametrize("script", [FORBIDDEN, FULL], ids=["forbidden", "full"])
def test_where_nothing_can_be_stored_the_link_is_used(visit: Visit, script: str) -> None:
    page = visit("/de/angebote")
    page.context.add_init_script(script)
    page.reload()
    page.locator(".merken").first.click()
    expect(page.locator(".noted > li")).to_have_count(1)
    page.get_by_role("link", name="Alle Angebote").click()
    page.locator(".merken").nth(3).click()
    expect(page.locator(".noted > li")).to_have_count(2)
    expect(count(page)).to_have_text("2")


# --- without a connection ---------------------------------------------------------------------------------------------


def cached(page: Page) -> list[str]:
    """The paths that the browser keeps for later, without the files of the site."""
    paths = page.evaluate(
        """async () => {
          const found = [];
          for (const name of await caches.keys()) {
            for (const request of await (await caches.open(name)).keys()) {
              const { pathname, search } = new URL(request.url);
              found.push(pathname + search);
            }
          }
          return found;
        }"""
    )
    return sorted(path for path in paths if not path.startswith("/static/"))


def test_who_wants_it_sees_the_list_and_its_offers_without_a_connection(quiet_context: BrowserContext) -> None:
    page = quiet_context.new_page()
    page.goto("/de/angebote")
    found = collect(page, 2)
    hrefs = [page.locator(".card__title a").nth(n).get_attribute("href") or "" for n in range(3)]
    page.goto("/de/merkzettel")
    expect(page.locator(".noted > li")).to_have_count(2)
    assert cached(page) == [], "nothing unless somebody wants it"
    page.get_by_label("Auch ohne Internet ansehen").check()
    expect(page.locator(".said")).to_have_text("Der Merkzettel geht jetzt auch ohne Internet.")
    wanted = sorted([*hrefs[:2], "/de/merkzettel", "/de/merkzettel?liste", "/merkzettel-worker.js?wanted"])
    assert cached(page) == wanted
    page.goto("/de/bedarf")
    page.goto(hrefs[2])
    assert cached(page) == wanted, "nothing else that is read is kept"

    quiet_context.set_offline(True)
    page.goto("/de/merkzettel")
    expect(page.locator(".noted > li")).to_have_count(2)
    assert titles(page) == found
    expect(page.locator(".noted a[href^='tel:']")).to_have_count(2)
    page.get_by_role("link", name=named("Wegnehmen", found[0])).click()
    expect(page.locator(".noted > li")).to_have_count(1)
    page.locator(".card__title a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(found[1])
    with pytest.raises(Exception, match="ERR_"):
        page.goto("/de/bedarf")

    quiet_context.set_offline(False)
    page.goto("/de/merkzettel")
    expect(page.locator(".noted > li")).to_have_count(1)
    expect(page.get_by_label("Auch ohne Internet ansehen")).to_be_checked()
    page.get_by_label("Auch ohne Internet ansehen").uncheck()
    expect(page.locator(".said")).to_have_text("Ohne Internet geht der Merkzettel jetzt nicht mehr.")
    assert cached(page) == []
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0


def test_nothing_behind_the_log_in_is_ever_kept(quiet_context: BrowserContext) -> None:
    """Not even where a page asks for it, and the worker answers for none of it."""
    page = quiet_context.new_page()
    page.goto("/de/angebote")
    collect(page, 1)
    page.goto("/de/merkzettel")
    page.get_by_label("Auch ohne Internet ansehen").check()
    expect(page.locator(".said")).to_have_text("Der Merkzettel geht jetzt auch ohne Internet.")
    kept = page.evaluate(
        """async () => {
          const { active } = await navigator.serviceWorker.ready;
          const channel = new MessageChannel();
          const done = new Promise((resolve) => { channel.port1.onmessage = (event) => resolve(event.data); });
          const urls = ["/de/merkzettel", "/verwaltung/anmelden", "//evil.example/x"];
          active.postMessage({ urls, list: { path: "/de/merkzettel", ids: [1], sort: "" } }, [channel.port2]);
          return done;
        }"""
    )
    assert kept is True
    assert cached(page) == ["/de/merkzettel", "/de/merkzettel?liste", "/merkzettel-worker.js?wanted"]
    assert page.goto("/de/merkzettel").from_service_worker is True  # type: ignore[union-attr]
    assert page.goto("/verwaltung/anmelden").from_service_worker is False  # type: ignore[union-attr]


def test_alles_loeschen_asks_once_and_leaves_nothing(quiet_context: BrowserContext) -> None:
    page = quiet_context.new_page()
    page.goto("/de/angebote")
    collect(page, 2)
    page.goto("/de/merkzettel")
    page.get_by_label("Auch ohne Internet ansehen").check()
    expect(page.locator(".said")).to_have_text("Der Merkzettel geht jetzt auch ohne Internet.")
    expect(page.get_by_role("link", name="Ja, alles löschen")).to_be_hidden()
    page.locator("summary", has_text="Alles löschen").click()
    page.get_by_role("link", name="Ja, alles löschen").click()
    expect(page.locator("#merkzettel")).to_contain_text("Alles ist gelöscht.")
    expect(count(page)).to_be_hidden()
    assert page.evaluate("localStorage.length") == 0
    assert cached(page) == []
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
    assert quiet_context.cookies() == []
    page.reload()
    expect(page.locator("#merkzettel")).to_contain_text("Hier ist noch nichts.")


def test_a_new_version_of_the_site_takes_over_what_was_kept(quiet_context: BrowserContext, site: str) -> None:
    page = quiet_context.new_page()
    page.goto("/de/angebote")
    collect(page, 1)
    page.goto("/de/merkzettel")
    page.get_by_label("Auch ohne Internet ansehen").check()
    expect(page.locator(".said")).to_have_text("Der Merkzettel geht jetzt auch ohne Internet.")
    before = cached(page)
    # As if it had been kept with other files.
    page.evaluate(
        """async () => {
          const [name] = await caches.keys();
          const old = await caches.open("merkzettel /static/000000000000/");
          await old.put("/merkzettel-worker.js?wanted", await (await caches.open(name)).match("/merkzettel-worker.js?wanted"));
          await caches.delete(name);
          await (await navigator.serviceWorker.getRegistration("/")).unregister();
        }"""
    )
    assert cached(page) == ["/merkzettel-worker.js?wanted"]
    # The worker goes with the last page that it looks after.
    page.goto("about:blank")
    page.goto("/de/angebote")
    page.evaluate(
        """async () => {
          const made = await navigator.serviceWorker.register("/merkzettel-worker.js", { scope: "/" });
          const worker = made.installing || made.waiting || made.active;
          await new Promise((done) => {
            const look = () => { if (worker.state === "activated") done(); };
            worker.addEventListener("statechange", look);
            look();
          });
        }"""
    )
    assert cached(page) == before
    assert (
        page.evaluate("caches.keys().then((names) => names.filter((name) => name.includes('000000000000')).length)")
        == 0
    )


def test_without_a_connection_and_without_the_wish_the_page_says_so(quiet_context: BrowserContext) -> None:
    page = quiet_context.new_page()
    page.goto("/de/angebote")
    collect(page, 1)

    def lost(route: Route) -> None:
        if route.request.method == "POST":
            route.abort()
        else:
            route.continue_()

    page.route("**/de/merkzettel", lost)
    page.goto("/de/merkzettel")
    expect(page.locator("#merkzettel")).to_contain_text("Gerade gibt es keine Verbindung. Euer Merkzettel ist noch da.")
    assert len(kept(page)) == 1


# --- for everybody ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["de", "en", "tr", "ar", "uk", "ru"])
def test_on_the_smallest_phone_nothing_is_cut_off(visit: Visit, lang: str) -> None:
    page = visit(f"/{lang}/angebote", viewport={"width": 320, "height": 640})
    collect(page, 3)
    page.goto(f"/{lang}/merkzettel")
    expect(page.locator(".noted > li")).to_have_count(3)
    for _page in ("own", "handed on"):
        open_everything(page)
        assert page.evaluate("document.documentElement.scrollWidth") == 320
        if page.locator(".share-form button").count():
            page.locator(".share-form button").click()
            expect(page.locator(".code__signs")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_a_script_makes_of_the_pages_has_no_barriers(visit: Visit, scheme: str) -> None:
    page, found = visit("/de/angebote", color_scheme=scheme), Barriers()
    collect(page, 2)
    found.look_for(page, "list")
    page.goto("/de/merkzettel")
    expect(page.locator(".noted > li")).to_have_count(2)
    open_everything(page)
    found.look_for(page, "Merkzettel")
    page.locator("[data-change=away]").first.click()
    expect(page.get_by_role("button", name="Rückgängig")).to_be_focused()
    found.look_for(page, "taken away")
    page.goto("/de/merkzettel/22")
    found.look_for(page, "unknown code")
    assert not found, str(found)
