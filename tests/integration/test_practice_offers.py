"""An offer as practitioners read it, "Hier ist kein Platz frei", and what families and editors see of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from portal.editing import no_place
from portal.editing.actor import Actor, NotAllowedError
from portal.extensions import db
from portal.feedback.flood import DAY, FloodGuard
from portal.models import AuditEntry, NoPlaceReport, Offer, OfferAttachment, RoleName
from portal.models.enums import OfferStatus
from portal.offers.queries import NO_PLACE_DAYS
from portal.practitioners import taps
from tests.conftest import TODAY, counted_queries, text_of
from tests.integration.admin import page
from tests.integration.either_database import either_app as either_app
from tests.integration.practice import (
    HERE,
    add_internal,
    add_reports,
    change_offer,
    everything,
    flashes,
    guest,
    offer_id,
    practitioner,
    reported_days,
)

OFFER = "still-cafe"
PAGE = f"{HERE}/angebote/{OFFER}"
PUBLIC = f"/de/angebote/{OFFER}"


@pytest.fixture
def client(own_app: Flask) -> FlaskClient:
    return practitioner(own_app)


def facts(response: Any) -> dict[str, str]:
    return {
        text_of(group.find("dt")): " ".join(" ".join(group.find("dd").itertext()).split())
        for group in page(response).iter("div")
        if group.find("dt") is not None
    }


def hint(app: Flask, path: str = PUBLIC) -> str:
    """What families read."""
    found = [text_of(part) for part in page(app.test_client().get(path)).iter("p") if part.get("id") == "kein-platz"]
    return found[0] if found else ""


# --- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_has_what_colleagues_need(own_app: Flask, client: FlaskClient) -> None:
    add_internal(
        own_app,
        OFFER,
        contact="Koordination Frühe Hilfen",
        contact_phone="030 23125 401",
        contact_email="fh@stadt.example",
        contact_times="Mo–Do 8–12 Uhr",
        deputy="Familienbüro",
        deputy_phone="030 23125 402",
        referral_route="Anruf genügt.\nKein Formular.",
        admission="Alle Mütter mit Baby.",
    )
    with own_app.app_context():
        number = offer_id(OFFER)
        db.session.add(
            OfferAttachment(offer_id=number, title="Flyer", pdf=b"%PDF", size=186_000, added_on=date(2026, 11, 2))
        )
        db.session.add(AuditEntry(user="Mira Yıldız", action="confirmed", kind="offer", entity=OFFER, label=OFFER))
        db.session.commit()
    change_offer(own_app, OFFER, assured_on=date(2026, 10, 1))
    answer = client.get(PAGE)
    assert facts(answer) | {
        "Ansprechstelle": "Koordination Frühe Hilfen 030 23125 401 fh@stadt.example",
        "Erreichbar": "Mo–Do 8–12 Uhr",
        "Vertretung": "Familienbüro 030 23125 402",
        "So kommt eine Familie hierher": "Anruf genügt. Kein Formular.",
        "Wer aufgenommen wird": "Alle Mütter mit Baby.",
        "Formulare und Flyer": "Flyer (PDF, 182 kB, vom 02.11.2026)",
    } == facts(answer)
    assert "bestätigt am 01.10.2026 von Mira Yıldız" in text_of(page(answer))


def test_nothing_of_it_is_on_the_page_of_families(own_app: Flask) -> None:
    add_internal(
        own_app, OFFER, contact="Frau Geheim", referral_route="Nur über das Jugendamt", admission="Nur Erstgebärende"
    )
    shown = own_app.test_client().get(PUBLIC).text
    for words in ("Frau Geheim", "Nur über das Jugendamt", "Nur Erstgebärende"):
        assert words not in shown


def test_an_offer_without_anything_for_practitioners_says_whom_to_call(client: FlaskClient) -> None:
    assert "Für dieses Angebot hat der Träger noch nichts für Fachkräfte eingetragen. Ruf dort an:" in text_of(
        page(client.get(PAGE))
    )


def test_what_is_not_public_is_not_there(own_app: Flask, client: FlaskClient) -> None:
    change_offer(own_app, OFFER, status=OfferStatus.ARCHIVED)
    assert client.get(PAGE).status_code == 404
    assert client.post(f"{PAGE}/kein-platz").status_code == 404
    assert client.get(f"{HERE}/angebote/gibt-es-nicht").status_code == 404


def test_a_fixed_number_of_queries(own_app: Flask, client: FlaskClient) -> None:
    client.get(PAGE)
    numbers = []
    for reports in (range(1, 2), range(2, 60)):
        add_reports(own_app, OFFER, *reports)
        with counted_queries(own_app) as statements:
            client.get(PAGE)
        numbers.append(len(statements))
    assert numbers[0] == numbers[1] <= 24


# --- "Hier ist kein Platz frei" ---------------------------------------------------------------------------------------


def test_one_tap_says_that_no_place_is_free_and_another_takes_it_back(own_app: Flask, client: FlaskClient) -> None:
    assert "Hier ist kein Platz frei" in client.get(PAGE).text
    answer = client.post(f"{PAGE}/kein-platz", data={"do": "melden"})
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert reported_days(own_app, OFFER) == [TODAY]
    shown = client.get(PAGE)
    assert flashes(shown) == ["Danke. Familien sehen nun einen Hinweis mit dem Datum von heute."]
    assert "kein Platz, gemeldet am 21.11.2026" in text_of(page(shown))
    assert "Doch wieder Plätze" in shown.text
    client.post(f"{PAGE}/kein-platz", data={"do": "zurueck"})
    assert reported_days(own_app, OFFER) == []


def test_once_a_day_and_offer(own_app: Flask, client: FlaskClient) -> None:
    for _ in range(3):
        client.post(f"{PAGE}/kein-platz")
    assert reported_days(own_app, OFFER) == [TODAY]


def test_only_the_report_of_today_is_taken_back(own_app: Flask, client: FlaskClient) -> None:
    add_reports(own_app, OFFER, 0, 1, 5)
    client.post(f"{PAGE}/kein-platz", data={"do": "zurueck"})
    assert reported_days(own_app, OFFER) == [TODAY - timedelta(5), TODAY - timedelta(1)]


def test_the_reports_of_90_days_are_listed(own_app: Flask, client: FlaskClient) -> None:
    add_reports(own_app, OFFER, 0, 12, 90, 91)
    days = [text_of(day) for day in page(client.get(PAGE)).iter("li") if text_of(day).count(".") == 2]
    assert days == ["21.11.2026", "09.11.2026", "23.08.2026"]


def test_too_many_reports_in_an_hour_are_refused(own_app: Flask, client: FlaskClient) -> None:
    with own_app.app_context():
        public = select(Offer.slug).where(Offer.status == OfferStatus.PUBLISHED).order_by(Offer.id).limit(31)
        slugs = list(db.session.exec(public))
    for slug in slugs:
        client.post(f"{HERE}/angebote/{slug}/kein-platz")
    assert [len(reported_days(own_app, slug)) for slug in slugs] == [1] * 30 + [0]


def test_a_link_that_got_into_wrong_hands_makes_not_every_offer_look_full(own_app: Flask) -> None:
    """Whoever waits each time for an hour to pass."""
    clock, stranger = [0.0], Actor(user_id=None, name="Praxis", roles=frozenset({RoleName.PRACTITIONER}), guest=True)
    own_app.extensions["taps"] = FloodGuard(clock=lambda: clock[0], keep=DAY)
    with own_app.app_context():
        counted = []
        for _hour in range(6):
            counted.append([taps.allowed(stranger, "no place") for _time in range(31)].count(True))
            clock[0] += 3601
    assert counted == [30, 30, 0, 0, 0, 0]


def test_families_read_it_with_its_day(own_app: Flask) -> None:
    change_offer(own_app, OFFER, assured_on=date(2026, 9, 1), availability_as_of=None)
    assert hint(own_app) == ""
    add_reports(own_app, OFFER, 1)
    assert hint(own_app) == (
        "Eine Fachkraft hat am 20. November 2026 gemeldet: Hier ist gerade kein Platz frei. "
        "Fragt trotzdem nach der Warteliste."
    )


@pytest.mark.parametrize(
    ("days_ago", "assured", "availability", "shown"),
    [
        (0, None, None, True),
        (NO_PLACE_DAYS, None, None, True),
        (NO_PLACE_DAYS + 1, None, None, False),
        (5, 6, None, True),
        (5, 5, None, True),
        (5, 4, None, False),
        (5, None, 6, True),
        (5, None, 4, False),
        (5, 20, 4, False),
        (5, 4, 20, False),
    ],
)
def test_it_is_news_for_30_days_or_until_somebody_says_something_newer(
    own_app: Flask, days_ago: int, assured: int | None, availability: int | None, shown: bool
) -> None:
    def day(ago: int | None) -> date | None:
        return None if ago is None else TODAY - timedelta(ago)

    change_offer(own_app, OFFER, assured_on=day(assured), availability_as_of=day(availability))
    add_reports(own_app, OFFER, days_ago)
    assert bool(hint(own_app)) is shown


def test_editors_see_it_beside_what_families_say(own_app: Flask, editor: FlaskClient) -> None:
    assert "Kein Platz frei</h2>" not in editor.get("/verwaltung/rueckmeldungen").text
    add_reports(own_app, OFFER, 0, 3, 40)
    rows = [text_of(row) for row in page(editor.get("/verwaltung/rueckmeldungen")).iter("tr")]
    assert [row for row in rows if row.startswith("Still-Café")] == [
        "Still-Café GrüntalFamilienzentrum Grüntal221.11.2026"
    ]


def test_a_provider_sees_only_reports_of_their_own_offers(own_app: Flask, provider: FlaskClient) -> None:
    with own_app.app_context():
        own = db.session.exec(select(Offer.slug).where(Offer.organization_id == 1).order_by(Offer.id)).first() or ""
        assert db.session.exec(select(Offer.organization_id).where(Offer.slug == OFFER)).one() != 1
    add_reports(own_app, OFFER, 0)
    add_reports(own_app, own, 0)
    shown = provider.get("/verwaltung/rueckmeldungen").text
    assert f"/verwaltung/angebote/{own}" in shown
    assert OFFER not in shown


def test_nobody_can_say_who_reported_it(own_app: Flask, client: FlaskClient) -> None:
    """In the whole database there is one row more, of an offer and a day."""
    with own_app.app_context():
        before = everything("no_place_report")
    client.post(f"{PAGE}/kein-platz", data={"do": "melden", "grund": "Mutter von Mia war unfreundlich", "name": "Ines"})
    with own_app.app_context():
        assert everything("no_place_report") == before, "no audit entry, no name, no word"
        report = db.session.exec(select(NoPlaceReport)).one()
        assert report.model_dump() == {"offer_id": offer_id(OFFER), "reported_on": TODAY}


def test_a_guest_of_a_house_reports_as_well_and_nobody_knows_which_house(own_app: Flask) -> None:
    client = guest(own_app)
    with own_app.app_context():
        before = everything("no_place_report")
    client.post(f"{PAGE}/kein-platz", data={"do": "melden"})
    assert reported_days(own_app, OFFER) == [TODAY]
    with own_app.app_context():
        assert everything("no_place_report") == before


def test_it_works_on_both_databases(either_app: Flask) -> None:
    somebody = Actor(user_id=None, name="Praxis", roles=frozenset({RoleName.PRACTITIONER}), guest=True)
    with either_app.app_context():
        number = offer_id(OFFER)
        for _ in range(2):
            no_place.report(db.session, somebody, offer_id=number, today=TODAY)
        no_place.report(db.session, somebody, offer_id=number, today=TODAY - timedelta(1))
        assert no_place.days_of(db.session, number, since=TODAY - timedelta(9)) == [TODAY, TODAY - timedelta(1)]
        planner = Actor(user_id=1, name="Plan", roles=frozenset({RoleName.PLANNER}))
        rows = no_place.most_reported(db.session, planner, since=TODAY - timedelta(9))
        assert [(row.slug, row.days, row.newest) for row in rows] == [(OFFER, 2, TODAY)]
        no_place.take_back(db.session, somebody, offer_id=number, today=TODAY)
        assert no_place.days_of(db.session, number, since=TODAY) == []
        db.session.rollback()


@pytest.mark.parametrize("role", [RoleName.PROVIDER, RoleName.TRANSLATOR])
def test_who_does_not_practise_reports_nothing(own_app: Flask, role: RoleName) -> None:
    somebody = Actor(user_id=1, name="X", roles=frozenset({role}))
    with own_app.app_context():
        for act in (no_place.report, no_place.take_back):
            with pytest.raises(NotAllowedError):
                act(db.session, somebody, offer_id=offer_id(OFFER), today=TODAY)


def test_the_log_says_neither_who_nor_what(make_app: Callable[..., Flask], log_text: Callable[[], str]) -> None:
    client = practitioner(make_app(log_level="info"))
    client.post(f"{PAGE}/kein-platz", data={"do": "melden"})
    assert "kein-platz" in log_text(), "the route is there"
    assert OFFER not in log_text()
    assert "Ines" not in log_text()
