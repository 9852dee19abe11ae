"""What families see: every page in every language, with the right words, counts and fallbacks."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from portal.i18n import LANGUAGES
from portal.models.enums import LifePhase
from tests.conftest import parse_html, text_of

PAGES = [
    "",
    "angebote",
    "angebote?need=kita_anmeldung&age=36&barrier=kostenlos",
    "angebote/kita-regenbogen",
    "angebote/kleiderkammer-gruental",
    "angebote/frauenhaus",
    "traeger/klinikum",
    "bedarf",
    "bedarf/but_klassenfahrt",
    "bedarf/haeusliche_gewalt",
    "stadtteile",
    "stadtteile/nordstadt",
    "stadtteile/beispielland",
    "menschen",
    "sofort-hilfe",
    "suche",
    "seite/ueber-uns",
    "seite/barrierefreiheit",
    "seite/datenschutz",
    "seite/impressum",
    *(f"lebensphasen/{phase.value}" for phase in LifePhase),
]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_every_page_answers_in_every_language(client: FlaskClient, lang: str, path: str) -> None:
    """The checking client looks at language, direction, headings, ids, policy and the phone number at the end."""
    response = client.get(f"/{lang}/{path}")
    assert response.status_code == 200
    assert "Beispielstadt" in response.text


@pytest.mark.parametrize(
    ("accepted", "lang"),
    [("tr-TR,tr;q=0.9,de;q=0.5", "tr"), ("fr,ar;q=0.7", "ar"), ("fr", "de"), ("", "de"), ("de;q=0.1,uk;q=0.8", "uk")],
)
def test_the_first_visit_leads_to_the_language_of_the_browser(client: FlaskClient, accepted: str, lang: str) -> None:
    response = client.get("/", headers={"Accept-Language": accepted})
    assert (response.status_code, response.location) == (302, f"/{lang}/")
    assert "Accept-Language" in response.headers["Vary"]


@pytest.mark.parametrize(
    "path",
    [
        "/xx/",
        "/de/angebote/gibt-es-nicht",
        "/de/bedarf/nix",
        "/de/stadtteile/atlantis",
        "/de/traeger/niemand",
        "/de/lebensphasen/rente",
        "/de/seite/geheim",
        "/tr/nix",
        "/de/angebote/%00",
        "/de/angebote/" + "a" * 10_000,
    ],
)
def test_an_unknown_address_is_a_kind_404(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    page = parse_html(response.text)
    assert page.find(".//main//form") is not None, "a way on: the question"


def test_the_error_page_speaks_the_language_of_the_address(client: FlaskClient) -> None:
    assert 'lang="tr"' in client.get("/tr/nix").text


def test_home_asks_the_question_and_shows_all_ways_in(client: FlaskClient) -> None:
    page = parse_html(client.get("/de/").text)
    assert text_of(page.find(".//h1")) == "Was braucht mein Kind?"
    form = page.find(".//form[@role='search']")
    assert form.get("method") == "post"
    links = [a.get("href") for a in page.findall(".//main//a")]
    for phase in LifePhase:
        assert f"/de/lebensphasen/{phase.value}" in links
    assert len([link for link in links if link.startswith("/de/bedarf/")]) == 8
    assert "/de/sofort-hilfe" in links
    assert "/de/menschen" in links


def test_an_offer_says_everything_a_family_must_know(client: FlaskClient) -> None:
    page = parse_html(client.get("/de/angebote/baby-treff-nordstadt").text)
    terms = [text_of(dt) for dt in page.findall(".//dt")]
    assert terms == [
        "So könnt ihr mitmachen",
        "Wann",
        "Wo",
        "Was kostet es?",
        "Sprachen",
        "Bitte mitbringen",
        "Was es euch leichter macht",
        "Kontakt",
    ]
    links = [a.get("href") for a in page.findall(".//main//a")]
    assert "tel:+493023125212" in links
    assert any(link.startswith("https://www.openstreetmap.org/directions?to=") for link in links)
    assert any(link.startswith("https://www.openstreetmap.org/?mlat=") for link in links)
    assert "/de/angebote/baby-treff-nordstadt/termine.ics" in links
    assert any(link.startswith("mailto:?subject=") for link in links), "sharing works without script"
    assert "/de/angebote/krabbelgruppe-suedstadt" in links, "what comes next"
    assert "/de/angebote/still-cafe" in links, "where families come from"
    assert "Zuletzt geprüft: 12. Oktober 2026." in text_of(page)


def test_a_missing_translation_is_shown_in_german_and_says_so(client: FlaskClient) -> None:
    page = parse_html(client.get("/ar/angebote/kleiderkammer-gruental").text)
    title = page.find(".//h1")
    assert (title.get("lang"), title.get("dir")) == ("de", "ltr")
    assert text_of(title) == "Kleiderkammer Grüntal für Kinder und Babys"
    note = page.find(".//p[@class='note']")
    assert note is not None


def test_a_machine_translation_says_so_and_the_source_does_not(client: FlaskClient) -> None:
    assert "automatically translated" in client.get("/en/angebote/kita-regenbogen").text
    assert "automatisch übersetzt" not in client.get("/de/angebote/kita-regenbogen").text


def test_phone_numbers_are_isolated_in_right_to_left_text(client: FlaskClient) -> None:
    page = parse_html(client.get("/ar/angebote/kita-regenbogen").text)
    numbers = [a for a in page.findall(".//a") if a.get("href", "").startswith("tel:")]
    assert len(numbers) >= 3
    for link in numbers:
        assert link.find(".//bdi[@dir='ltr']") is not None


def test_nothing_internal_is_on_a_public_page(client: FlaskClient, app) -> None:
    from sqlmodel import select

    from portal.extensions import db
    from portal.models import Offer

    with app.app_context():
        rows = db.session.exec(select(Offer.slug, Offer.goal).where(Offer.goal != "")).all()
    assert len(rows) > 60
    for slug, goal in rows:
        assert goal not in client.get(f"/de/angebote/{slug}").text


def test_the_district_page_shows_neighbours_and_never_only_the_nearest(client: FlaskClient) -> None:
    page = parse_html(client.get("/de/stadtteile/westhafen").text)
    headings = [text_of(h) for h in page.findall(".//h2")]
    assert "In der Nachbarschaft" in headings
    neighbours = {a.get("href") for a in page.findall(".//section//h3/a")}
    assert "/de/stadtteile/mitte" in neighbours
    assert len(neighbours) >= 2


def test_places_to_walk_to_have_an_address_a_phone_and_languages(client: FlaskClient) -> None:
    page = parse_html(client.get("/de/menschen").text)
    cards = page.findall(".//main//li[@class='card']")
    assert len(cards) == 7
    for card in cards:
        assert any(a.get("href", "").startswith("tel:") for a in card.findall(".//a"))


def test_the_emergency_page_shows_numbers_before_anything_else(client: FlaskClient) -> None:
    page = parse_html(client.get("/de/sofort-hilfe").text)
    links = [a.get("href") for a in page.findall(".//main//a")]
    assert links[0] == "https://www.wetteronline.de/", "leaving quickly comes first"
    assert links[1:3] == ["tel:112", "tel:110"]
    assert links[3:11] == [f"#{section.get('id')}" for section in page.findall(".//main//section/h2")], (
        "one tap to each case"
    )
    for number in ("tel:116016", "tel:116111", "tel:116123", "tel:08001110550", "tel:022819240"):
        assert number in links
    assert "tel:03019240" not in links, "the poison number of another Land"
    assert "0800 19 210 00" not in text_of(page), "that hotline is for professionals only"


@pytest.mark.parametrize("path", ["bedarf/haeusliche_gewalt", "angebote/frauenhaus", "angebote/kinderschutz-beratung"])
def test_a_sensitive_page_can_be_left_quickly(client: FlaskClient, path: str) -> None:
    page = parse_html(client.get(f"/tr/{path}").text)
    assert page.find(".//a[@data-quick-exit]") is not None


def test_a_page_about_violence_shows_numbers_before_offers_and_rights(client: FlaskClient) -> None:
    page = parse_html(client.get("/de/bedarf/haeusliche_gewalt").text)
    links = [a.get("href") for a in page.findall(".//main//a")]
    assert links.index("tel:116016") < links.index("/de/angebote/frauenhaus")
    assert "Bescheid" not in text_of(page.find(".//main"))


def test_the_municipality_can_be_called_from_its_own_pages(client: FlaskClient) -> None:
    page = parse_html(client.get("/ar/seite/impressum").text)
    links = [a.get("href") for a in page.findall(".//main//a")]
    assert "tel:03023125100" in links
    assert "mailto:familienbuero@beispielstadt.example" in links


def test_a_card_says_that_somebody_speaks_the_readers_language(client: FlaskClient) -> None:
    assert "dilinizi konuşan biri var" in client.get("/tr/angebote?language=tr").text
    assert "jemand spricht" not in client.get("/de/angebote?language=de").text


def test_a_need_page_names_rights_with_their_law(client: FlaskClient) -> None:
    page = parse_html(client.get("/de/bedarf/but_teilhabe").text)
    rights = page.find(".//section[@class='rights']")
    assert "15 Euro" in text_of(rights)
    assert "§ 28 Abs. 7 SGB II" in text_of(rights)
    assert "Unverbindlich" in text_of(rights)


def test_the_calendar_file_repeats_in_the_time_of_berlin(client: FlaskClient) -> None:
    from icalendar import Calendar

    response = client.get("/de/angebote/baby-treff-nordstadt/termine.ics")
    assert response.mimetype == "text/calendar"
    events = Calendar.from_ical(response.data).walk("VEVENT")
    assert len(events) == 1
    assert events[0]["RRULE"].to_ical() == b"FREQ=WEEKLY;BYDAY=TU"
    assert events[0]["DTSTART"].dt.isoformat() == "2026-11-24T09:30:00+01:00"
    assert events[0]["LOCATION"] == "Birkenweg 14, 00102 Beispielstadt"


def test_no_calendar_without_dates(client: FlaskClient) -> None:
    assert client.get("/de/angebote/frauenhaus/termine.ics").status_code == 404


def test_sitemap_and_robots(client: FlaskClient) -> None:
    sitemap = client.get("/sitemap.xml").text
    assert "<loc>http://localhost/de/angebote/kita-regenbogen</loc>" in sitemap
    assert client.get("/robots.txt").text.splitlines()[1:4] == [
        "Disallow: /*/suche",
        "Disallow: /*/lotse/schritt",
        "Disallow: /*/lotse/plan",
    ]


def test_pages_are_compressed_for_those_who_can_read_it(client: FlaskClient) -> None:
    import gzip

    packed = client.get("/de/", headers={"Accept-Encoding": "br, gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Was braucht mein Kind?" in gzip.decompress(packed.data).decode()
    assert "Content-Encoding" not in client.get("/de/", headers={"Accept-Encoding": "gzip;q=0"}).headers


def test_a_page_seen_before_is_not_sent_again(client: FlaskClient) -> None:
    first = client.get("/de/")
    again = client.get("/de/", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get("/tr/", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_health_says_how_the_portal_is(client: FlaskClient) -> None:
    response = client.get("/healthz")
    assert response.json == {
        "status": "ok",
        "database": {"engine": "sqlite", "state": "ok"},
        "search": {"engine": "embedded", "embedded": {"state": "ok", "changes_behind": 0}},
        "published_offers": 106,
    }
