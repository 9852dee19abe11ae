"""Wer ist wofür da?, Räume und Ressourcen, Fachtage: what practitioners read, and nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select

from portal.editing import practitioner_links
from portal.editing.actor import COMMAND
from portal.extensions import db
from portal.models import (
    ContactPoint,
    ContactPointNeed,
    ProfessionalOffer,
    ProfessionalOfferKind,
    Resource,
    ResourceKind,
)
from tests.conftest import TODAY, counted_queries, parse_html, text_of
from tests.integration.admin import browser, log_in, make_user

HERE = "/verwaltung/fachkraft/ansprechstellen"
ROOMS = "/verwaltung/fachkraft/raeume"
TRAINING = "/verwaltung/fachkraft/fortbildung"


@pytest.fixture
def practitioner(own_app: Flask) -> FlaskClient:
    return log_in(own_app, make_user(own_app, "fachkraft", name="Nele Kramer", email="nele@kita.example"))


def sections(response: Any) -> dict[str, list[str]]:
    """By the heading (h2) of a section: the titles of the entries below it."""
    assert response.status_code == 200
    found: dict[str, list[str]] = {}
    heading = ""
    for element in parse_html(response.text).find(".//main").iter():
        if element.tag == "h2":
            heading = text_of(element)
        if "entry__title" in (element.get("class") or ""):
            found.setdefault(heading, []).append(text_of(element))
    return found


def entry_of(response: Any, title: str) -> Any:
    entries = [item for item in parse_html(response.text).iter("li") if "entry" in (item.get("class") or "").split()]
    return next(item for item in entries if any(title in text_of(head) for head in item.iter() if head.tag == "h3"))


def facts(entry: Any) -> dict[str, str]:
    return {text_of(row[0]): text_of(row[1]) for row in entry.findall(".//dl/div")}


# --- who is there for what ----------------------------------------------------------------------------------------------


DECIDES = [
    ("nordstadt", "kita_anmeldung", "Kita-Anmeldung"),
    ("hinterwiesen", "kita_anmeldung", "Kita-Anmeldung in Hinterwiesen"),
    ("hinterwiesen", "kinderschutz", "Bezirksdienst für die Gemeinden im Kreis"),
    ("beispielstadt", "kinderschutz", "Bezirksdienst Beispielstadt"),
    ("hinterwiesen", "kita_beitrag", "Kita-Beiträge"),
]


def test_kreis_and_gemeinden_differ(practitioner: FlaskClient) -> None:
    for ort, thema, role in DECIDES:
        found = sections(practitioner.get(f"{HERE}?ort={ort}&thema={thema}"))
        assert next(iter(found.values())) == [f"{role} entscheidet"]


def test_a_wider_level_is_named_and_never_a_refusal(practitioner: FlaskClient) -> None:
    page = practitioner.get(f"{HERE}?ort=hinterwiesen&thema=kita_beitrag")
    assert "Für Hinterwiesen selbst ist dazu keine Stelle eingetragen. Diese gilt für Kreis Beispielland:" in page.text
    nobody = practitioner.get(f"{HERE}?ort=hinterwiesen&thema=haeusliche_gewalt")
    assert "Wer darüber entscheidet, ist noch nicht eingetragen. Diese Stellen wissen weiter:" in nobody.text
    for answer in (page, nobody):
        assert "nicht zuständig" not in answer.text
        last = next(item for item in parse_html(answer.text).iter("div") if "entry__last" in (item.get("class") or ""))
        assert text_of(last).startswith("Passt nichts davon? Frag hier: Familienbüro Beispielstadt 030 23125 100")


def test_an_entry_says_all_that_one_needs_for_the_call(practitioner: FlaskClient) -> None:
    entry = entry_of(practitioner.get(f"{HERE}?ort=mitte&thema=kita_anmeldung"), "Kita-Anmeldung")
    assert text_of(entry.find(".//h3")) == "Kita-Anmeldung entscheidet"
    assert text_of(entry[1]) == "Amt für Jugend und Familie (seine Angebote) Frau Okafor"
    assert entry[1].find("a").get("href") == "/de/traeger/jugendamt"
    links = [link.get("href") for link in entry[2].iter("a")]
    assert links == ["tel:+493023125504", "mailto:kita@stadt-beispielstadt.example"]
    assert facts(entry) == {
        "Erreichbar": "Mo bis Fr 9 bis 12 Uhr, Do auch 14 bis 18 Uhr",
        "Sprachen": "Deutsch, Englisch, Türkisch",
        "Vertretung": "Kita-Beiträge, Amt für Jugend und Familie 030 23125 506",
        "Themen": "Kita-Platz finden",
        "Gilt für": "Beispielstadt",
        "Hinweis": "Vergibt die Plätze der Stadt. Ein Platz mitten im Jahr: hier zuerst anrufen.",
    }
    assert text_of(entry[-1]) == "Stand: 02.11.2026"


def test_who_decides_stays_whatever_the_language(practitioner: FlaskClient) -> None:
    page = practitioner.get(f"{HERE}?ort=nordstadt&thema=kinderschutz&sprache=ar")
    assert list(sections(page).values()) == [
        ["Bezirksdienst Beispielstadt entscheidet"],
        ["Erste Anlaufstelle für alle Fragen"],
    ]
    assert "Arabisch ist hier nicht eingetragen." in page.text
    link = next(a for a in parse_html(page.text).iter("a") if text_of(a) == "Wer übersetzt?")
    assert sections(practitioner.get(link.get("href"))) == {
        "Sprachmittlung": ["Sprachmittlerinnen und Sprachmittler", "Übersetzen am Telefon"]
    }


def test_everything_for_a_district_by_level_to_print(practitioner: FlaskClient) -> None:
    page = practitioner.get(f"{HERE}?ort=nordstadt")
    main = parse_html(page.text).find(".//main")
    assert [text_of(h) for h in main.iter("h3")] == [
        "Für Nordstadt",
        "Für Beispielstadt",
        "Für Kreis Beispielland",
        "Für die ganze Kommune",
    ]
    titles = [text_of(h) for h in main.iter("h4")]
    assert titles[0] == "Lotsin der Frühen Hilfen in der Nordstadt"
    assert "Kita-Anmeldung in Hinterwiesen entscheidet" not in titles
    assert len(titles) == 24


def test_a_word_is_found_and_stands_in_no_address(practitioner: FlaskClient) -> None:
    answer = practitioner.post(HERE, data={"ort": "", "thema": "", "sprache": "", "wort": "okafor"})
    assert answer.status_code == 303
    assert answer.location.startswith(f"{HERE}?wort=")
    assert "okafor" not in answer.location.lower()
    page = practitioner.get(answer.location)
    assert sections(page) == {"Gefunden": ["Kita-Anmeldung entscheidet"]}
    assert parse_html(page.text).find(".//input[@id='wort']").get("value") == "okafor"
    by_house = practitioner.get(practitioner.post(HERE, data={"wort": "kompass anmeldung"}).location)
    assert sections(by_house) == {"Gefunden": ["Anmeldung Erziehungs- und Familienberatung"]}
    chosen = practitioner.post(HERE, data={"ort": "nordstadt", "thema": "hebamme", "sprache": "tr", "wort": " "})
    assert chosen.location == f"{HERE}?ort=nordstadt&thema=hebamme&sprache=tr"


def test_an_address_may_be_mistyped(practitioner: FlaskClient) -> None:
    for query in ("wort=erfunden", "ort=atlantis&thema=zaubern&sprache=<b>", "wort=" + "A" * 3000):
        assert len(sections(practitioner.get(f"{HERE}?{query}"))["Alle Ansprechstellen"]) == 26


def test_the_matrix_names_who_decides_in_each_gemeinde(practitioner: FlaskClient) -> None:
    page = practitioner.get(f"{HERE}/uebersicht?kreis=beispielland")
    table = parse_html(page.text).find(".//table")
    assert [text_of(cell) for cell in table.find("thead").iter("th")] == ["Thema", "Beispielstadt", "Hinterwiesen"]
    rows = {text_of(row.find("th")): row.findall("td") for row in table.iter("tr") if row.find("td") is not None}
    assert len(rows) == 47
    kita = next(cells for name, cells in rows.items() if name.startswith("Kita-Platz"))
    assert [text_of(cell) for cell in kita] == [
        "Kita-AnmeldungAmt für Jugend und Familie",
        "Kita-Anmeldung in HinterwiesenKita Wiesenkinder",
    ]
    assert [cell.get("class") for cell in kita] == [None, None], "both have somebody of their own"
    assert kita[1].find("a").get("href") == f"{HERE}?ort=hinterwiesen&thema=kita_anmeldung"
    parts = practitioner.get(f"{HERE}/uebersicht?kreis=beispielstadt")
    heads = [text_of(cell) for cell in parse_html(parts.text).find(".//thead").iter("th")]
    assert heads == ["Thema", "Mitte", "Nordstadt", "Südstadt", "Westhafen", "Ostend", "Grüntal"]


def test_the_number_of_queries_does_not_grow(own_app: Flask, practitioner: FlaskClient) -> None:
    addresses = [
        HERE,
        f"{HERE}?ort=nordstadt&thema=hebamme",
        f"{HERE}?ort=mitte",
        f"{HERE}/uebersicht",
        ROOMS,
        TRAINING,
    ]
    few = {}
    for address in addresses:
        practitioner.get(address)
        with counted_queries(own_app) as queries:
            practitioner.get(address)
        own = [query for query in queries if "contact_point" in query or "resource" in query or "professional" in query]
        assert len(own) <= 6, address
        few[address] = len(queries)
    with own_app.app_context():
        for number in range(30):
            point = ContactPoint(slug=f"n-{number}", organization_id=1, role=f"Nummer {number}", phone="030 23125 700")
            db.session.add(point)
            db.session.flush()
            assert point.id is not None
            db.session.add(ContactPointNeed(contact_point_id=point.id, need_code="hebamme"))
            db.session.add(
                Resource(
                    slug=f"n-{number}", organization_id=1, kind=ResourceKind.ROOM, title=f"N {number}", phone="110"
                )
            )
            db.session.add(
                ProfessionalOffer(
                    slug=f"n-{number}", organization_id=1, kind=ProfessionalOfferKind.GUIDE, title=f"N {number}"
                )
            )
        db.session.commit()
    for address in addresses:
        with counted_queries(own_app) as queries:
            page = practitioner.get(address)
        assert page.status_code == 200
        assert len(queries) == few[address], address


# --- Räume und Ressourcen -----------------------------------------------------------------------------------------------


FILTERED: list[tuple[str, dict[str, list[str]] | None]] = [
    ("art=raum&personen=100", {"Räume": ["Aula am Nachmittag", "Saal im Dorfgemeinschaftshaus"]}),
    ("art=raum&ort=nordstadt", {"Räume": ["Bewegungsraum mit Küche"]}),
    (
        "art=ausstattung&ort=nordstadt",
        {"Ausstattung": ["Bus mit neun Sitzen", "Spielmobil"]},
    ),
    ("sprache=gsg", {"Sprachmittlung": ["Dolmetschen in Gebärdensprache"]}),
    ("art=kooperation&ort=gruental", {"Kooperation: Wer macht mit?": ["Wer macht mit beim Fest am Bach?"]}),
    ("art=schloss&ort=atlantis&personen=-1&art=raum", None),
]


def test_rooms_and_resources_are_filtered(practitioner: FlaskClient) -> None:
    for asked, found in FILTERED:
        shown = sections(practitioner.get(f"{ROOMS}?{asked}"))
        assert shown == found if found else sum(map(len, shown.values())) == 14, asked


def test_a_room_says_for_how_many_and_on_which_terms(practitioner: FlaskClient) -> None:
    entry = entry_of(practitioner.get(f"{ROOMS}?ort=hinterwiesen&art=raum"), "Saal im Dorfgemeinschaftshaus")
    assert facts(entry) == {
        "Wo": "Hinterwiesen",
        "Für": "100 Personen",
        "Bedingungen": "30 Euro am Tag für Strom und Heizung",
    }
    assert text_of(entry[1]) == "Dorfverein Hinterwiesen e. V. (seine Angebote) Vorstand"


# --- for professionals --------------------------------------------------------------------------------------------------


def test_what_is_to_come_by_date_and_what_is_past_in_the_archive(practitioner: FlaskClient) -> None:
    page = practitioner.get(TRAINING)
    assert sections(page) == {
        "Was kommt": [
            "Arbeitskreis Frühe Hilfen Arbeitskreis",
            "Einfache Sprache in Briefen und Aushängen Schulung",
            "Lotsin oder Lotse sein: Familien gut weitergeben Schulung",
            "Fachtag „Gut ankommen in der Schule“ Fachtag",
        ],
        "Jederzeit": ["Kinderschutz: hinsehen und richtig handeln Schulung"],
        "Handlungshilfen": [
            "Bildung und Teilhabe: So hilfst du beim Antrag Handlungshilfe",
            "Sorge um ein Kind: Schritt für Schritt Handlungshilfe",
        ],
    }
    entry = entry_of(page, "Lotsin oder Lotse sein")
    assert text_of(entry[1]) == "02.02.2027 bis 03.02.2027, jeweils 9 bis 15 Uhr"
    assert facts(entry)["Anmelden bis"] == "22.01.2027"
    past = practitioner.get(f"{TRAINING}?archiv=1")
    assert sections(past) == {"Schon vorbei": ["Fachtag „Viele Sprachen, eine Kita“ Fachtag"]}
    assert sections(practitioner.get(f"{TRAINING}?thema=kinderschutz")) == {
        "Jederzeit": ["Kinderschutz: hinsehen und richtig handeln Schulung"],
        "Handlungshilfen": ["Sorge um ein Kind: Schritt für Schritt Handlungshilfe"],
    }


def test_days_as_a_calendar_file(practitioner: FlaskClient) -> None:
    answer = practitioner.get(f"{TRAINING}/schulung-lotse-sein/termin.ics")
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    event = Calendar.from_ical(answer.data).walk("VEVENT")[0]
    assert str(event["summary"]) == "Lotsin oder Lotse sein: Familien gut weitergeben"
    assert f"{event.decoded('dtstart')} {event.decoded('dtend')}" == "2027-02-02 2027-02-04"
    assert "Anmelden bis 22.01.2027" in str(event["description"])
    assert str(event["location"]) == "VHS, Seminarraum 2"
    assert practitioner.get(f"{TRAINING}/handlungshilfe-but/termin.ics").status_code == 404
    assert practitioner.get(f"{TRAINING}/gibt-es-nicht/termin.ics").status_code == 404


def test_families_see_nothing_of_the_directory(own_app: Flask) -> None:
    client = own_app.test_client()
    with own_app.app_context():
        titles = [
            *db.session.execute(select(ProfessionalOffer.title)).scalars(),
            *db.session.execute(select(Resource.title)).scalars(),
        ]
    public = ["/de/angebote", "/de/traeger/familienbuero", "/de/stadtteile/nordstadt", "/de/menschen", "/sitemap.xml"]
    texts = [client.get(address).text for address in public]
    assert [title for title in titles for text in texts if title in text] == []
    found = client.get("/api/v1/search?q=Fachtag Schulung Lotse").get_data(as_text=True)
    assert "Fachtag" not in found
    assert "schulung-lotse-sein" not in found


def test_only_practitioners_read_it(own_app: Flask, provider: FlaskClient, translator: FlaskClient) -> None:
    for address in (HERE, f"{HERE}/uebersicht", ROOMS, TRAINING, f"{TRAINING}/schulung-lotse-sein/termin.ics"):
        assert provider.get(address).status_code == 404
        assert translator.get(address).status_code == 404
        assert own_app.test_client().get(address).status_code in {302, 303}, "whoever is not logged in is asked to"


def test_a_guest_with_a_secret_link_reads_it_too(own_app: Flask, practitioner: FlaskClient) -> None:
    """Somebody without an account: there is no user at all."""
    with own_app.app_context():
        _link, secret = practitioner_links.create(
            db.session, COMMAND, label="Praxis am Markt", expires_on=TODAY, today=TODAY
        )
        db.session.commit()
    guest = browser(own_app)
    assert guest.post(f"/verwaltung/zugang/{secret}").status_code == 303
    for address in (HERE, f"{HERE}?ort=mitte&thema=hebamme", f"{HERE}/uebersicht", ROOMS, TRAINING):
        page = guest.get(address)
        assert page.status_code == 200, address
        assert "Ändern" not in page.text
    assert guest.get("/verwaltung/ansprechstellen").status_code == 404
