"""Editors at work in a real browser: five minutes for an offer, and nothing that they typed is ever lost."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import DESKTOP, PATIENCE, PHONE, Served, open_everything, served, watch
from tests.e2e.test_accessibility import Barriers
from tests.e2e.test_layout import sideways

pytestmark = pytest.mark.e2e

PASSWORD = "vier kluge Igel lesen"
MOST_INTERACTIONS = 25
OFFER = "/verwaltung/angebote/baby-treff-nordstadt"


@pytest.fixture(scope="module")
def desk(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A site that these tests write to."""
    with served(demo_folder, tmp_path_factory.mktemp("editors") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def log_in_state(browser: Browser, desk: Served) -> dict[str, Any]:
    """The cookies of an editor who has followed their invitation."""
    context = browser.new_context(base_url=desk.address, viewport=DESKTOP)
    follow_invitation(context.new_page(), desk, "jana@stadt.example", "Jana Redaktion", "redaktion")
    state = context.storage_state()
    context.close()
    return dict(state)


def follow_invitation(page: Page, desk: Served, email: str, name: str, role: str) -> None:
    printed = desk.command("user", "invite", "--email", email, "--name", name, "--role", role)
    link = re.search(r"/verwaltung/einladung/\S+", printed)
    assert link, printed
    page.goto(link[0])
    page.get_by_label("Neues Passwort").fill(PASSWORD)
    page.get_by_role("button", name="Konto anlegen").click()
    page.wait_for_url("**/verwaltung/konto*")


@pytest.fixture
def context(browser: Browser, desk: Served, log_in_state: dict[str, Any]) -> Iterator[BrowserContext]:
    made = browser.new_context(base_url=desk.address, viewport=DESKTOP, storage_state=log_in_state)  # type: ignore[arg-type]
    made.set_default_timeout(PATIENCE)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, desk: Served) -> Iterator[Page]:
    """A page of an editor; what goes wrong in the browser meanwhile fails the test at its end."""
    problems: list[str] = []
    opened = context.new_page()
    watch(opened, desk.address.removeprefix("http://"), problems)
    yield opened
    assert not problems, "\n".join(problems)


class Hand:
    """Counts what a person does: every click, every field filled, every choice."""

    def __init__(self, page: Page) -> None:
        self.page, self.done = page, 0

    def click(self, role: Any, name: str) -> None:
        self.done += 1
        self.page.locator("main").get_by_role(role, name=name, exact=True).first.click()

    def fill(self, label: str, text: str) -> None:
        self.done += 1
        self.page.get_by_label(re.compile(rf"^{re.escape(label)}( \(nötig\))?$")).first.fill(text)

    def choose(self, label: str, choice: str) -> None:
        self.done += 1
        self.page.get_by_label(label, exact=True).first.select_option(label=choice)

    def tick(self, label: str) -> None:
        self.done += 1
        self.page.get_by_label(label, exact=True).first.check()


def test_a_newcomer_publishes_an_offer_in_two_languages(page: Page, desk: Served) -> None:
    page.goto("/verwaltung/")
    hand = Hand(page)
    hand.click("link", "Neues Angebot")
    hand.choose("Träger", "Familienzentrum Nordstadt")
    hand.fill("Titel", "Trommeln für alle")
    hand.fill("Kurz gesagt", "Ihr trommelt zusammen. Kinder und Eltern machen mit.")
    hand.fill("Beschreibung", "Kommt einfach vorbei. Trommeln sind da. Danach gibt es Tee.")
    hand.choose("Art", "Treff oder Gruppe")
    hand.tick("Andere Eltern und Kinder treffen")
    hand.tick("Kita (3 bis 6)")
    hand.fill("Alter von", "3")
    hand.fill("Alter bis", "6")
    hand.tick("Kostenlos")
    hand.tick("Einfach kommen")
    hand.fill("Telefon", "030 23125 102")
    hand.click("button", "Speichern und veröffentlichen")
    expect(page.get_by_text("Veröffentlicht. Familien sehen es jetzt.")).to_be_visible()
    hand.click("link", "Übersetzungen")
    page.wait_for_url("**/sprachen")
    hand.click("link", "Übersetzen auf Türkçe")
    hand.fill("Titel (Türkçe)", "Herkes için davul")
    hand.fill("Kurz gesagt (Türkçe)", "Birlikte davul çalarsınız. Çocuklar ve anne babalar katılır.")
    hand.fill("Beschreibung (Türkçe)", "Davullar hazır. Gelmeniz yeter. Sonra çay içilir.")
    hand.tick("Ich kann diese Sprache gut und habe alles gelesen und geprüft")
    hand.click("button", "Speichern")
    expect(page.get_by_text("Gespeichert.", exact=True)).to_be_visible()
    assert hand.done <= MOST_INTERACTIONS, f"{hand.done} interactions"
    family = page.context.browser.new_page(base_url=desk.address)  # type: ignore[union-attr]
    family.goto("/tr/angebote/trommeln-fuer-alle")
    expect(family.get_by_role("heading", level=1)).to_have_text("Herkes için davul")
    expect(family.get_by_text("3-6 yaş")).to_be_visible()
    assert "otomatik" not in family.inner_text("article"), "a person has checked it"
    family.close()


def wait_until_kept(page: Page) -> None:
    expect(page.locator("#zwischenstand")).to_contain_text("Zwischengespeichert")


def test_what_was_typed_survives_a_closed_tab(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/verwaltung/angebote/krabbelgruppe-suedstadt")
    page.get_by_label("Zu den Zeiten").fill("Im August ist Pause.")
    wait_until_kept(page)
    page.close()
    again = context.new_page()
    again.goto("/verwaltung/angebote/krabbelgruppe-suedstadt")
    expect(again.get_by_label("Zu den Zeiten")).to_have_value("Im August ist Pause.")
    expect(again.get_by_text("Es ist noch nicht gespeichert.")).to_be_visible()
    again.get_by_role("button", name="Verwerfen und den gespeicherten Stand zeigen").click()
    expect(again.get_by_label("Zu den Zeiten")).not_to_have_value("Im August ist Pause.")


def test_what_was_typed_without_a_line_is_sent_when_it_is_back(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(OFFER)
    context.set_offline(True)
    page.get_by_label("Bitte mitbringen").fill("Eine Decke, auch ohne Netz.")
    expect(page.locator("#keine-verbindung")).to_be_visible()
    context.set_offline(False)
    wait_until_kept(page)
    expect(page.locator("#keine-verbindung")).to_be_hidden()
    page.reload()
    expect(page.get_by_label("Bitte mitbringen")).to_have_value("Eine Decke, auch ohne Netz.")
    page.get_by_role("button", name="Verwerfen und den gespeicherten Stand zeigen").click()


def test_a_tab_that_was_closed_without_a_line_has_lost_nothing(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(OFFER)
    context.set_offline(True)
    page.get_by_label("Bitte mitbringen").fill("Nur hier im Browser.")
    expect(page.locator("#keine-verbindung")).to_be_visible()
    page.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto(OFFER)
    expect(again.get_by_label("Bitte mitbringen")).to_have_value("Nur hier im Browser.")
    wait_until_kept(again)
    again.reload()
    again.get_by_role("button", name="Verwerfen und den gespeicherten Stand zeigen").click()


def test_an_ended_log_in_loses_nothing(browser: Browser, desk: Served) -> None:
    context = browser.new_context(base_url=desk.address, viewport=DESKTOP)
    page = context.new_page()
    follow_invitation(page, desk, "lena@stadt.example", "Lena", "redaktion")
    page.goto(OFFER)
    with sqlite3.connect(desk.folder / "familienlotse.sqlite3") as database:
        database.execute("DELETE FROM login_session WHERE user_id = (SELECT id FROM user WHERE name = 'Lena')")
    page.get_by_label("Zu den Kosten").fill("Tee kostet 50 Cent.")
    expect(page.locator("#abgemeldet")).to_be_visible()
    with context.expect_page() as opened:
        page.get_by_role("link", name="Im neuen Fenster anmelden").click()
    log_in(opened.value, "lena@stadt.example")
    page.get_by_label("Zu den Kosten").press_sequentially("!")
    wait_until_kept(page)
    expect(page.locator("#abgemeldet")).to_be_hidden()
    # And the same with the button: the log-in page brings the words back.
    with sqlite3.connect(desk.folder / "familienlotse.sqlite3") as database:
        database.execute("DELETE FROM login_session WHERE user_id = (SELECT id FROM user WHERE name = 'Lena')")
    page.get_by_label("Zu den Kosten").fill("Tee kostet 1 Euro.", timeout=PATIENCE)
    page.get_by_role("button", name="Speichern", exact=True).click()
    log_in(page, "lena@stadt.example")
    expect(page.get_by_label("Zu den Kosten")).to_have_value("Tee kostet 1 Euro.")
    page.get_by_role("button", name="Verwerfen und den gespeicherten Stand zeigen").click()
    context.close()


def log_in(page: Page, email: str) -> None:
    page.get_by_label("E-Mail").fill(email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Anmelden").click()
    page.wait_for_url(lambda url: "anmelden" not in url)


def test_two_editors_at_once_keep_both_texts(context: BrowserContext, browser: Browser, desk: Served) -> None:
    mine = context.new_page()
    mine.goto("/verwaltung/angebote/kleiderkammer-gruental")
    other = browser.new_context(base_url=desk.address, viewport=DESKTOP)
    theirs = other.new_page()
    follow_invitation(theirs, desk, "kim@stadt.example", "Kim", "redaktion")
    theirs.goto("/verwaltung/angebote/kleiderkammer-gruental")
    theirs.get_by_label("Kurz gesagt").fill("Kims Satz: Kleider für Kinder.")
    theirs.get_by_label("Bitte mitbringen").fill("Kims Tasche.")
    theirs.get_by_role("button", name="Speichern", exact=True).click()
    expect(theirs.get_by_text("Gespeichert.", exact=True)).to_be_visible()
    mine.get_by_label("Kurz gesagt").fill("Mein Satz: Hosen und Jacken.")
    mine.get_by_role("button", name="Speichern", exact=True).click()
    expect(mine.get_by_role("heading", level=1)).to_contain_text("Zwei haben geschrieben")
    both = mine.get_by_role("group", name="Kurz gesagt")
    expect(both.locator("ins").first).to_contain_text("Mein")
    expect(both.locator("del").first).to_contain_text("Kims")
    mine.get_by_role("button", name="So speichern").click()
    expect(mine.get_by_label("Kurz gesagt")).to_have_value("Mein Satz: Hosen und Jacken.")
    expect(mine.get_by_label("Bitte mitbringen")).to_have_value("Kims Tasche.")
    mine.get_by_role("link", name="Verlauf").click()
    expect(mine.get_by_role("row").filter(has_text="Kim")).to_have_count(1)
    other.close()


def test_a_hard_word_gives_way_to_a_simple_one_with_one_click(page: Page) -> None:
    page.goto("/verwaltung/angebote/neu")
    field = page.get_by_label("Kurz gesagt")
    field.fill("😀 Die Antragstellung erfolgt unverzüglich.")
    expect(page.locator("#pruefung-summary")).to_contain_text("zu lesen")
    page.get_by_role("button", name="„sofort“ nehmen").click()
    expect(field).to_have_value("😀 Die Antragstellung erfolgt sofort.")
    page.get_by_label("Beschreibung").fill("Für sozial schwache Familien.")
    expect(page.locator("#pruefung-description .findings__blocks")).to_have_count(1)
    wait_until_kept(page)
    page.reload()
    page.get_by_role("button", name="Verwerfen und den gespeicherten Stand zeigen").click()


def test_times_are_checked_while_they_are_typed(page: Page) -> None:
    page.goto("/verwaltung/angebote/neu")
    page.get_by_label("Titel").fill("Zeiten")
    page.get_by_role("button", name="Öffnungszeiten dazu").click()
    row = page.get_by_role("group", name="Öffnungszeiten 1")
    row.get_by_label("Mo").check()
    row.get_by_label("von").fill("12:00")
    row.get_by_label("bis").fill("09:00")
    expect(page.locator("#zwischenstand")).to_contain_text("Das Ende muss nach dem Anfang sein.")
    row.get_by_label("bis").fill("14:00")
    expect(page.locator("#zwischenstand")).not_to_contain_text("Das Ende muss")
    expect(page.get_by_label("Titel")).to_have_value("Zeiten")
    row.get_by_role("button", name="Weg").click()
    expect(page.get_by_role("group", name="Öffnungszeiten 1")).to_have_count(0)
    page.reload()
    page.get_by_role("button", name="Verwerfen und den gespeicherten Stand zeigen").click()


def test_the_preview_shows_a_phone_in_any_language(page: Page) -> None:
    page.goto(OFFER)
    page.get_by_label("Titel").fill("Baby-Treff, noch nicht gespeichert")
    page.get_by_role("button", name="Vorschau").click()
    frame = page.frame_locator("iframe.phone")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Baby-Treff, noch nicht gespeichert")
    page.get_by_role("link", name="العربية").click()
    expect(frame.locator("html")).to_have_attribute("dir", "rtl")
    page.goto(OFFER)
    page.get_by_role("button", name="Verwerfen und den gespeicherten Stand zeigen").click()


def test_everything_works_without_a_script(browser: Browser, desk: Served, log_in_state: dict[str, Any]) -> None:
    context = browser.new_context(
        base_url=desk.address,
        viewport=PHONE,  # type: ignore[arg-type]
        java_script_enabled=False,
        storage_state=log_in_state,  # type: ignore[arg-type]
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto("/verwaltung/angebote/neu")
    page.get_by_label("Träger", exact=True).select_option(label="Familienbüro Beispielstadt")
    page.get_by_role("button", name="Orte des gewählten Trägers zeigen").click()
    page.get_by_label("Ort", exact=True).select_option(index=1)
    page.get_by_label("Titel").fill("Ohne Skript")
    page.get_by_label("Kurz gesagt").fill("Die Antragstellung ist leicht.")
    page.get_by_label("Beschreibung").fill("Kommt vorbei.")
    page.get_by_label("Andere Eltern und Kinder treffen").check()
    page.get_by_label("Geburt", exact=True).check()
    page.get_by_role("button", name="Öffnungszeiten dazu").click()
    row = page.get_by_role("group", name="Öffnungszeiten 1")
    row.get_by_label("Di").check()
    row.get_by_label("von").fill("10:00")
    row.get_by_label("bis").fill("12:00")
    page.get_by_role("button", name="Speichern und veröffentlichen").click()
    expect(page.get_by_text("Veröffentlicht. Familien sehen es jetzt.")).to_be_visible()
    page.goto("/de/angebote/ohne-skript")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ohne Skript")
    expect(page.get_by_text("10:00").first).to_be_visible()
    context.close()


def admin_pages(page: Page) -> list[str]:
    """Every page of the menu, and one of each kind behind it."""
    page.goto("/verwaltung/")
    links = page.locator("nav[aria-label=Verwaltung] a").evaluate_all("all => all.map((a) => a.getAttribute('href'))")
    return [
        *links,
        "/verwaltung/konto",
        "/verwaltung/angebote/neu",
        "/verwaltung/angebote?q=gibtesnicht",
        OFFER,
        f"{OFFER}/verlauf/",
        f"{OFFER}/vorschau/?sprache=tr",
        "/verwaltung/uebersetzungen/angebot/baby-treff-nordstadt/sprachen",
        "/verwaltung/uebersetzungen/tr/offer",
        "/verwaltung/uebersetzungen/ar/offer/baby-treff-nordstadt",
        "/verwaltung/uebersetzungen/uk/need/kita_anmeldung",
        "/verwaltung/ansprechstellen/kita-anmeldung-stadt",
        "/verwaltung/raeume/neu",
        "/verwaltung/fortbildung/schulung-lotse-sein",
        "/verwaltung/fachkraft/ansprechstellen?ort=hinterwiesen&thema=kita_beitrag&sprache=tr",
        "/verwaltung/fachkraft/ansprechstellen?ort=nordstadt",
        "/verwaltung/fachkraft/ansprechstellen/uebersicht",
        "/verwaltung/fachkraft/fortbildung?archiv=1",
    ]


@pytest.fixture(scope="module")
def admin_state(browser: Browser, desk: Served) -> dict[str, Any]:
    """The cookies of an admin: with the second step set up, and a version, a comment and a deleted thing to look at."""
    context = browser.new_context(base_url=desk.address, viewport=DESKTOP)
    page = context.new_page()
    printed = desk.command("user", "invite", "--email", "admin@stadt.example", "--name", "Ada Admin", "--role", "admin")
    link = re.search(r"/verwaltung/einladung/\S+", printed)
    assert link, printed
    page.goto(link[0])
    page.get_by_label("Neues Passwort").fill(PASSWORD)
    page.get_by_role("button", name="Konto anlegen").click()
    secret = page.locator("[data-secret], code").first.inner_text().replace(" ", "")
    page.get_by_label("Code aus der App").fill(code_of(secret))
    page.locator("main form button.btn--primary").click()
    page.goto(OFFER)
    page.get_by_label("Bemerkung für die Kolleginnen").fill("Bitte noch die Ferien nennen.")
    page.get_by_role("button", name="Bemerkung speichern").click()
    page.get_by_label("Bitte mitbringen").fill("Warme Socken für das Baby.")
    page.get_by_role("button", name="Speichern", exact=True).click()
    state = context.storage_state()
    context.close()
    return dict(state)


def code_of(secret: str) -> str:
    from passlib.totp import TOTP

    return str(TOTP(key=secret, format="base32").generate().token)


@pytest.mark.parametrize(
    "options",
    [
        {"viewport": DESKTOP, "color_scheme": "light"},
        {"viewport": PHONE, "color_scheme": "light"},
        {"viewport": DESKTOP, "color_scheme": "dark"},
    ],
    ids=["wide", "phone", "dark"],
)
def test_axe_finds_no_barrier_on_any_page_of_editors(
    browser: Browser, desk: Served, admin_state: dict[str, Any], options: dict[str, Any]
) -> None:
    context = browser.new_context(base_url=desk.address, storage_state=admin_state, **options)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE)
    page, found = context.new_page(), Barriers()
    paths = admin_pages(page)
    assert len(paths) >= 24, paths
    for path in paths:
        response = page.goto(path)
        assert response is not None
        assert response.status == 200, path
        open_everything(page)
        found.look_for(page, path)
        assert not sideways(page, options["viewport"]["width"]), path
    context.close()
    assert not found, str(found)


@pytest.mark.parametrize("path", ["anmelden", "passwort-vergessen"])
def test_axe_finds_no_barrier_before_the_log_in(browser: Browser, desk: Served, path: str) -> None:
    page, found = browser.new_page(base_url=desk.address, viewport=PHONE), Barriers()  # type: ignore[arg-type]
    page.goto(f"/verwaltung/{path}")
    found.look_for(page, path)
    page.close()
    assert not found, str(found)
