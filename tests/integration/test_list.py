"""The list of offers: filters, counts, order, pages, and what a stranger may put into its address."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.extensions import db
from portal.models.enums import LifePhase, LifeSituation
from portal.offers.catalogue import Catalogue
from portal.offers.filters import AGE_CHOICES, AGE_SPANS, Barrier, Filters
from tests.conftest import TODAY, counted_queries, parse_html, text_of


@pytest.fixture(scope="module")
def catalogue(app: Flask) -> Catalogue:
    with app.app_context():
        return Catalogue(db.session, TODAY)


def shown_count(text: str) -> int:
    status = parse_html(text).find(".//p[@role='status']")
    return int(text_of(status).split()[0])


def options(text: str, name: str) -> dict[str, int]:
    """The count that each value of a select promises."""
    select = parse_html(text).find(f".//select[@name='{name}']")
    found = {}
    for option in select.iter("option"):
        if option.get("value"):
            found[option.get("value")] = int(text_of(option).rpartition("(")[2].rstrip(")"))
    return found


@pytest.mark.parametrize("name", ["age", "phase", "need", "district", "language"])
def test_every_count_beside_a_filter_is_what_choosing_it_shows(client: FlaskClient, name: str) -> None:
    start = "/de/angebote?barrier=kostenlos"
    promised = options(client.get(start).text, name)
    assert len(promised) >= 7
    for value, count in promised.items():
        assert shown_count(client.get(f"{start}&{name}={value}").text) == count


@pytest.mark.parametrize("name", ["situation", "barrier"])
def test_every_count_beside_a_box_is_what_ticking_it_shows(client: FlaskClient, name: str) -> None:
    page = parse_html(client.get("/de/angebote?age=48").text)
    for label in page.findall(f".//fieldset[@id='facet-{name}']/label"):
        value = label.find("input").get("value")
        count = int(text_of(label.find("span[@class='count']")).split()[0])
        assert shown_count(client.get(f"/de/angebote?age=48&{name}={value}").text) == count


filters = st.builds(
    Filters,
    age=st.none() | st.sampled_from(AGE_CHOICES),
    phase=st.none() | st.sampled_from(LifePhase),
    situations=st.lists(st.sampled_from(LifeSituation), max_size=2, unique=True).map(tuple),
    need=st.none() | st.sampled_from(["kita_anmeldung", "schulden", "nachhilfe"]),
    district=st.none() | st.sampled_from(["nordstadt", "hinterwiesen", "beispielstadt"]),
    language=st.none() | st.sampled_from(["ar", "tr"]),
    barriers=st.lists(st.sampled_from(Barrier), max_size=2, unique=True).map(tuple),
)


@given(filters)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_masks_find_what_plain_sql_finds(app: Flask, catalogue: Catalogue, chosen: Filters) -> None:
    with app.app_context():
        expected = offers_by_sql(chosen)
        found = set(catalogue.ids(catalogue.match(chosen), filters=chosen, count=1000))
    assert found == expected


def offers_by_sql(chosen: Filters) -> set[int]:
    """The same question, asked of the database in the plainest words."""
    from sqlalchemy import text

    wheres, values = ["o.status = 'published'"], {}
    if chosen.age is not None:
        wheres.append("coalesce(o.min_age_months, 0) <= :age_last AND coalesce(o.max_age_months, 999) >= :age")
        values["age"], values["age_last"] = chosen.age, AGE_SPANS[chosen.age]
    if chosen.phase:
        wheres.append("EXISTS (SELECT 1 FROM offer_life_phase p WHERE p.offer_id = o.id AND p.life_phase = :phase)")
        values["phase"] = chosen.phase.value
    if chosen.situations:
        names = ", ".join(f"'{item.value}'" for item in chosen.situations)
        wheres.append(
            f"EXISTS (SELECT 1 FROM offer_life_situation s WHERE s.offer_id = o.id AND s.life_situation IN ({names}))"
        )
    if chosen.need:
        wheres.append("EXISTS (SELECT 1 FROM offer_need n WHERE n.offer_id = o.id AND n.need_code = :need)")
        values["need"] = chosen.need
    if chosen.language:
        wheres.append("EXISTS (SELECT 1 FROM offer_language l WHERE l.offer_id = o.id AND l.lang = :lang)")
        values["lang"] = chosen.language
    if chosen.district:
        inside = "SELECT id FROM inside"
        wheres.append(
            f"(o.city_wide OR l.district_id IN ({inside}) OR EXISTS (SELECT 1 FROM offer_district d "
            f"WHERE d.offer_id = o.id AND (d.district_id IN ({inside}) OR d.district_id IN (SELECT id FROM above))))"
        )
        values["district"] = chosen.district
    for barrier in chosen.barriers:
        wheres.append(
            {
                Barrier.FREE: "o.cost_kind = 'free'",
                Barrier.NO_REGISTRATION: "o.registration = 'none'",
                Barrier.NO_GERMAN: "o.no_german_needed",
                Barrier.STEP_FREE: "l.step_free = 'yes'",
                Barrier.ACCOMPANIED: "o.accompaniment IN ('yes', 'on_request')",
                Barrier.REMOTE: "EXISTS (SELECT 1 FROM offer_access a WHERE a.offer_id = o.id "
                "AND a.access IN ('digital', 'telefonisch'))",
            }[barrier]
        )
    values.setdefault("district", "")
    statement = f"""
        WITH RECURSIVE inside(id) AS (
            SELECT id FROM district WHERE slug = :district
            UNION SELECT c.id FROM district c JOIN inside i ON c.parent_id = i.id
        ), above(id) AS (
            SELECT parent_id FROM district WHERE slug = :district
            UNION SELECT d.parent_id FROM district d JOIN above a ON d.id = a.id WHERE d.parent_id IS NOT NULL
        )
        SELECT o.id FROM offer o LEFT JOIN location l ON l.id = o.location_id WHERE {" AND ".join(wheres)}
    """
    return {row.id for row in db.session.execute(text(statement), values)}


def test_offers_mainly_for_the_need_and_in_the_district_come_first(app: Flask, catalogue: Catalogue) -> None:
    chosen = Filters(need="erziehungsberatung", district="westhafen")
    ids = catalogue.ids(catalogue.match(chosen), filters=chosen, count=3)
    slugs = {catalogue.offer_ids[place]: slug for slug, place in catalogue.position.items()}
    assert slugs[ids[0]] == "erziehungsberatung-westhafen"


def test_two_years_are_all_months_from_24_to_35(client: FlaskClient) -> None:
    """Kita Wiesenkinder takes children from 30 months: it is for a child of 2 years, not for one of 1 year."""
    for age, listed in ((24, True), (18, False)):
        page = client.get(f"/de/angebote?age={age}&need=kita_anmeldung&district=hinterwiesen").text
        assert ("/de/angebote/kita-wiesenkinder" in page) is listed


def test_the_pages_of_the_list_show_every_offer_once(client: FlaskClient) -> None:
    seen = []
    for page in range(1, 7):
        document = parse_html(client.get(f"/de/angebote?page={page}").text)
        seen += [a.get("href") for a in document.findall(".//h2[@class='card__title']/a")]
    assert len(seen) == len(set(seen)) == 106


def test_a_page_after_the_last_shows_the_last(client: FlaskClient) -> None:
    assert client.get("/de/angebote?page=999").text.count('class="card"') == 106 - 100


def test_choices_are_chips_that_lead_back_without_them(client: FlaskClient) -> None:
    document = parse_html(client.get("/de/angebote?age=36&barrier=kostenlos&barrier=ohne-deutsch").text)
    chips = {text_of(a): a.get("href") for a in document.findall(".//ul[@class='chips']/li/a")}
    assert chips == {
        "Entfernen: 3 Jahre": "/de/angebote?barrier=kostenlos&barrier=ohne-deutsch",
        "Entfernen: kostenlos": "/de/angebote?age=36&barrier=ohne-deutsch",
        "Entfernen: Deutsch nicht nötig": "/de/angebote?age=36&barrier=kostenlos",
        "Alles zurücksetzen": "/de/angebote",
    }


def test_unknown_values_are_left_out_and_named(client: FlaskClient) -> None:
    response = client.get("/de/angebote?need=zaubern&barrier=kostenlos&barrier=nix&age=-3&district=%E2%80%AEatlantis")
    note = parse_html(response.text).find(".//p[@class='note']")
    assert text_of(note) == ("Das kennen wir nicht und haben es weggelassen: -3, zaubern, atlantis, nix")
    assert shown_count(response.text) == shown_count(client.get("/de/angebote?barrier=kostenlos").text)


@pytest.mark.parametrize(
    "query",
    [
        "need=" + "x" * 10_000,
        "age=%00&page=%00",
        "page=-1",
        "page=1e9",
        "page=" + "9" * 400,
        "need=<script>alert(1)</script>",
        "need=%ff%fe",
        "&&&===&need",
        "barrier=" + "&barrier=".join(["kostenlos"] * 500),
        "district=' OR 1=1 --",
        "age=３６",
    ],
)
def test_nothing_in_the_address_breaks_the_list(client: FlaskClient, query: str) -> None:
    response = client.get(f"/ar/angebote?{query}")
    assert response.status_code == 200
    assert "<script>alert" not in response.text
    assert len(response.text) < 60_000


def test_an_htmx_answer_is_the_results_with_their_new_counts(client: FlaskClient) -> None:
    query = "age=36&phase=&need=&district=&language=&barrier=kostenlos"
    response = client.get(f"/de/angebote?{query}", headers={"HX-Request": "true"})
    assert response.text.lstrip().startswith('<div id="results"')
    assert "<html" not in response.text
    assert response.text.count("hx-swap-oob") == 10
    assert response.headers["HX-Push-Url"] == "/de/angebote?age=36&barrier=kostenlos"
    assert "HX-Request" in response.headers.getlist("Vary")


def test_a_restored_history_entry_gets_the_whole_page(client: FlaskClient) -> None:
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert "<html" in client.get("/de/angebote", headers=headers).text


def test_one_card_and_twenty_cost_the_same_queries(app: Flask, client: FlaskClient) -> None:
    counts = {}
    for path in ("/de/angebote?need=schreibaby", "/de/angebote"):
        client.get(path)
        with counted_queries(app) as statements:
            client.get(path)
        counts[path] = len(statements)
    assert counts == {"/de/angebote?need=schreibaby": 2, "/de/angebote": 2}


@pytest.mark.parametrize(
    ("path", "most"),
    [("/de/", 1), ("/de/angebote/kita-regenbogen", 10), ("/de/menschen", 5), ("/de/bedarf/kita_anmeldung", 2)],
)
def test_pages_ask_the_database_few_questions(app: Flask, client: FlaskClient, path: str, most: int) -> None:
    client.get(path)
    with counted_queries(app) as statements:
        client.get(path)
    assert len(statements) <= most


def test_a_get_writes_nothing(app: Flask, client: FlaskClient) -> None:
    with counted_queries(app) as statements:
        for path in ("/", "/de/", "/de/angebote", "/de/angebote/kita-regenbogen", "/de/suche", "/de/menschen"):
            client.get(path)
    assert [s for s in statements if not s.lstrip().upper().startswith(("SELECT", "WITH"))] == []


def test_a_change_is_on_the_page_at_once(own_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalogue in memory notices a commit of any process, through the counter in the database."""
    # A machine so busy that a small catalogue takes long shows the old one for a moment: not what this is about.
    monkeypatch.setattr("portal.offers.catalogue._WAIT_FOR", 60)
    from sqlmodel import select

    from portal.models import Offer
    from portal.models.enums import OfferStatus

    client = own_app.test_client()
    assert client.get("/de/angebote/kita-regenbogen").status_code == 200
    with own_app.app_context():
        offer = db.session.exec(select(Offer).where(Offer.slug == "kita-regenbogen")).one()
        offer.status = OfferStatus.ARCHIVED
        db.session.commit()
    assert client.get("/de/angebote/kita-regenbogen").status_code == 404
    assert shown_count(client.get("/de/angebote").text) == 105


def test_offers_outside_their_time_are_not_shown(own_app: Flask) -> None:
    from datetime import timedelta

    from sqlmodel import select

    from portal.models import Offer

    client = own_app.test_client()
    with own_app.app_context():
        offers = {o.slug: o for o in db.session.exec(select(Offer)).all()}
        offers["kita-regenbogen"].valid_from = TODAY + timedelta(1)
        offers["kita-suedwind"].valid_to = TODAY - timedelta(1)
        offers["kita-hafenkieker"].valid_from = offers["kita-hafenkieker"].valid_to = TODAY
        db.session.commit()
    assert client.get("/de/angebote/kita-regenbogen").status_code == 404
    assert client.get("/de/angebote/kita-suedwind").status_code == 404
    assert client.get("/de/angebote/kita-hafenkieker").status_code == 200
    own_app.config["TODAY"] = TODAY + timedelta(1)
    assert client.get("/de/angebote/kita-regenbogen").status_code == 200
