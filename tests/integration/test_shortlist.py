"""The Merkzettel without an account, a cookie or a script: "Merken" everywhere, a link that grows, a page that sorts."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.extensions import db
from portal.models import Offer
from portal.models.enums import OfferStatus
from portal.referrals.shortlist import MOST
from tests.conftest import counted_queries, parse_html, text_of

SLUGS = ("kita-suedwind", "baby-treff-nordstadt", "frauenhaus")


@pytest.fixture
def ids(app: Flask) -> dict[str, int]:
    with app.app_context():
        rows = db.session.execute(select(Offer.slug, Offer.id).where(Offer.slug.in_(SLUGS)))
        return {row.slug: row.id for row in rows}


def keep_links(text: str) -> dict[int, Any]:
    return {int(a.get("data-keep")): a for a in parse_html(text).iter("a") if a.get("data-keep")}


def shown(text: str) -> list[str]:
    """The titles on a Merkzettel, from top to bottom; "-" for what is gone."""
    entries = [li for li in parse_html(text).iter("li") if li.get("data-offer")]
    return [text_of(li.find("h2/a")) if li.find("h2/a") is not None else "-" for li in entries]


def follow(client: FlaskClient, page: str, words: str) -> str:
    """The page behind the first link with these words."""
    link = next(a for a in parse_html(page).iter("a") if text_of(a).startswith(words))
    answer = client.get(link.get("href"), follow_redirects=True)
    assert answer.status_code == 200
    return str(answer.text)


# --- "Merken" ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["angebote", "traeger/klinikum", "stadtteile/nordstadt", "bedarf/but_klassenfahrt", "lebensphasen/kita"],
)
def test_every_card_has_merken_with_the_name_of_its_offer(client: FlaskClient, address: str) -> None:
    document = parse_html(client.get(f"/de/{address}").text)
    offers = [
        card
        for card in document.iter("li")
        if card.find("ul[@class='facts']") is not None and card.get("class") == "card"
    ]
    assert len(offers) >= 1
    for card in offers:
        title = text_of(next(part for part in card if part.get("class") == "card__title"))
        assert [text_of(a) for a in card.findall("a")] == [f"Merken: {title}"]


def test_merken_stands_on_the_offer_beside_its_phone_number(client: FlaskClient, ids: dict[str, int]) -> None:
    document = parse_html(client.get("/ar/angebote/baby-treff-nordstadt").text)
    ways = next(part for part in document.iter("div") if part.get("class") == "offer__ways")
    links = [a.get("href") for a in ways.iter("a")]
    assert links[0].startswith("tel:")
    assert links[-1] == f"/ar/merkzettel?m={ids['baby-treff-nordstadt']}"


def test_search_results_and_the_plan_of_the_lotse_have_merken(client: FlaskClient) -> None:
    found = client.post("/de/suche", data={"q": "Kita Platz"}, follow_redirects=True).text
    assert len(keep_links(found)) >= 3


def test_a_german_card_on_an_arabic_page_says_merken_in_arabic(client: FlaskClient) -> None:
    page = parse_html(client.get("/ar/traeger/kleiderkammer").text)
    for card in page.iter("li"):
        if (card.get("class") or "") == "card" and card.get("lang") == "de":
            link = next(a for a in card.iter("a") if a.get("data-keep"))
            assert (link.get("lang"), link.get("dir")) == ("ar", "rtl")


# --- the link that grows ----------------------------------------------------------------------------------------------


def test_the_list_grows_over_search_list_offer_and_another_language(client: FlaskClient, ids: dict[str, int]) -> None:
    found = client.post("/de/suche", data={"q": "Kita Platz"}, follow_redirects=True).text
    first, second = list(keep_links(found))[:2]
    page = client.get(keep_links(found)[first].get("href")).text
    assert len(shown(page)) == 1
    page = follow(client, page, "Alle Angebote")
    assert (
        keep_links(page)[second].get("href") == f"/de/merkzettel?m={first}.{second}"
        if second in keep_links(page)
        else True
    )
    page = client.get(f"/de/angebote/baby-treff-nordstadt?m={first}.{second}").text
    third = ids["baby-treff-nordstadt"]
    page = client.get(keep_links(page)[third].get("href")).text
    assert len(shown(page)) == 3
    arabic = next(a for a in parse_html(page).iter("a") if a.get("hreflang") == "ar").get("href")
    assert arabic == f"/ar/merkzettel?m={first}.{second}.{third}"
    page = client.get(arabic).text
    assert len(shown(page)) == 3
    home = client.get(f"/ar/?m={first}.{second}.{third}").text
    assert text_of(next(span for span in parse_html(home).iter("span") if "data-count" in span.attrib)) == "3"


def test_a_search_that_is_sent_off_keeps_the_list(client: FlaskClient) -> None:
    page = parse_html(client.get("/de/suche?m=3.5").text)
    form = next(form for form in page.iter("form") if form.get("role") == "search")
    sent = {field.get("name"): field.get("value") for field in form.iter("input") if field.get("name")}
    assert sent["m"] == "3.5"
    answer = client.post(form.get("action"), data={**sent, "q": "Kita Platz"})
    assert parse_qs(urlsplit(answer.location).query)["m"] == ["3.5"]
    results = client.get(answer.location).text
    assert [int(a.get("href").rpartition(".")[2]) for a in keep_links(results).values()] == list(keep_links(results))
    assert all(a.get("href").startswith("/de/merkzettel?m=3.5.") for a in keep_links(results).values())


def test_the_conversation_of_the_lotse_keeps_the_list(client: FlaskClient) -> None:
    page = client.get("/de/lotse/but?m=3.5").text
    hidden = dict(re.findall(r'<input type="hidden" name="([tqm])" value="([^"]+)">', page))
    assert hidden["m"] == "3.5"
    answer = client.post("/de/lotse/schritt", data={**hidden, "a": "wohngeld"})
    assert parse_qs(urlsplit(answer.location).query)["m"] == ["3.5"]


def test_blocks_and_addresses_for_htmx_carry_the_list(client: FlaskClient) -> None:
    answer = client.get("/de/angebote?age=36&need=&m=901.902", headers={"HX-Request": "true"})
    assert answer.headers["HX-Push-Url"] == "/de/angebote?age=36&m=901.902"
    assert "<html" not in answer.text
    links = re.findall(r'<a class="merken"[^>]* href="([^"]+)" data-keep="(\d+)"', answer.text)
    assert len(links) >= 3
    assert [href for href, _id in links] == [f"/de/merkzettel?m=901.902.{number}" for _href, number in links]
    assert 'href="/ar/angebote?age=36&amp;m=901.902"' in answer.text, "the menu of languages"


def test_an_offer_on_the_list_says_gemerkt(client: FlaskClient, ids: dict[str, int]) -> None:
    own = ids["baby-treff-nordstadt"]
    link = keep_links(client.get(f"/de/angebote/baby-treff-nordstadt?m={own}.3").text)[own]
    assert (text_of(link).split(":")[0], link.get("href")) == ("Gemerkt", f"/de/merkzettel?m={own}.3")


def test_a_list_is_in_no_search_engine_and_in_no_address_for_others(client: FlaskClient) -> None:
    answer = client.get("/de/angebote/baby-treff-nordstadt?m=3.5")
    assert answer.headers["X-Robots-Tag"] == "noindex"
    document = parse_html(answer.text)
    alternates = [link.get("href") for link in document.iter("link") if link.get("rel") == "alternate"]
    assert len(alternates) == 6
    shared = [
        a.get("data-url") or a.get("data-copy") for a in document.iter() if a.get("data-url") or a.get("data-copy")
    ]
    assert len(shared) == 2
    assert not [address for address in alternates + shared if "m=" in address]
    plain = client.get("/de/angebote/baby-treff-nordstadt")
    assert "X-Robots-Tag" not in plain.headers
    assert plain.headers["ETag"] != answer.headers["ETag"]
    assert "m=3.5" not in plain.text, "nothing of it was kept"


@pytest.mark.parametrize("m", ["", "x", "-1", '"><script>', "0", "9" * 30, "...."])
def test_what_is_no_list_changes_nothing(client: FlaskClient, m: str) -> None:
    plain = client.get("/de/angebote")
    assert client.get("/de/angebote", query_string={"m": m}).data == plain.data


def test_a_list_is_cleaned_before_it_is_carried(client: FlaskClient) -> None:
    page = client.get("/de/", query_string={"m": '3.<b>.5."x'}).text
    assert 'href="/de/angebote?m=3.5"' in page
    assert "<b>" not in page


def test_the_editors_pages_carry_nothing(app: Flask) -> None:
    page = FlaskClient(app, app.response_class).get("/verwaltung/anmelden?m=3.5")
    assert page.status_code == 200
    assert "m=3" not in page.text


# --- the page ---------------------------------------------------------------------------------------------------------


def test_an_empty_merkzettel_explains_itself(client: FlaskClient) -> None:
    main = text_of(parse_html(client.get("/de/merkzettel").text).find(".//main"))
    assert (
        "Hier ist noch nichts. Tippt bei einem Angebot auf „Merken“. Dann steht es hier, mit der Telefonnummer." in main
    )


def test_the_page_shows_the_offers_in_the_own_order_with_their_numbers(
    client: FlaskClient, ids: dict[str, int]
) -> None:
    one, two, three = (ids[slug] for slug in SLUGS)
    page = client.get(f"/de/merkzettel?m={two}.{three}.{one}")
    assert page.headers["Cache-Control"] == "no-store"
    order = [int(li.get("data-offer")) for li in parse_html(page.text).iter("li") if li.get("data-offer")]
    assert order == [two, three, one]
    for entry in parse_html(page.text).iter("li"):
        if entry.get("data-offer"):
            assert [a.get("href")[:8] for a in entry.iter("a") if a.get("href").startswith("tel:")] == ["tel:+493"]
    assert "3 Angebote" in text_of(parse_html(page.text).find(".//p[@id='zahl']"))


def test_up_down_and_away_are_links_to_the_changed_list(client: FlaskClient, ids: dict[str, int]) -> None:
    page = client.get("/de/merkzettel?m=1.2.3").text
    links = [
        (a.get("data-change"), a.get("data-id"), a.get("href"))
        for a in parse_html(page).iter("a")
        if a.get("data-change") in {"up", "down", "away"}
    ]
    assert links == [
        ("down", "1", "/de/merkzettel?m=2.1.3"),
        ("away", None, "/de/merkzettel?m=2.3"),
        ("up", "2", "/de/merkzettel?m=2.1.3"),
        ("down", "2", "/de/merkzettel?m=1.3.2"),
        ("away", None, "/de/merkzettel?m=1.3"),
        ("up", "3", "/de/merkzettel?m=1.3.2"),
        ("away", None, "/de/merkzettel?m=1.2"),
    ]


def test_it_is_sorted_by_name_place_and_age_and_back(client: FlaskClient) -> None:
    own = shown(client.get("/de/merkzettel?m=9.3.14.1.7").text)
    page = client.get("/de/merkzettel?m=9.3.14.1.7").text
    by_name = follow(client, page, "A bis Z")
    assert shown(by_name) == sorted(own, key=str.casefold)
    assert shown(by_name) != own
    for words in ("Nach Ort", "Nach Alter"):
        assert sorted(shown(follow(client, page, words))) == sorted(own)
    assert shown(follow(client, by_name, "Eigene Reihenfolge")) == own
    assert 'data-change="up"' not in by_name, "only the own order can be changed by hand"


def test_three_offers_are_seen_at_a_glance_and_need_no_sorting(client: FlaskClient) -> None:
    def has_choice(query: str) -> bool:
        return 'data-change="sort"' in client.get(f"/de/merkzettel?{query}").text

    assert [has_choice("m=1.2.3"), has_choice("m=1.2.3.4"), has_choice("m=1.2&sort=az")] == [False, True, True]


def test_by_age_the_youngest_come_first(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        ages = {row.id: row.min_age_months for row in db.session.execute(select(Offer.id, Offer.min_age_months))}
    page = client.get("/de/merkzettel?m=9.3.14.1.7&sort=alter").text
    order = [int(li.get("data-offer")) for li in parse_html(page).iter("li") if li.get("data-offer")]
    assert [ages[each] or 0 for each in order] == sorted(ages[each] or 0 for each in (9, 3, 14, 1, 7))


def test_what_is_gone_is_said_and_can_be_taken_away(own_app: Flask, ids: dict[str, int]) -> None:
    with own_app.app_context():
        db.session.get_one(Offer, ids["kita-suedwind"]).status = OfferStatus.DRAFT
        db.session.commit()
    page = own_app.test_client().get(f"/de/merkzettel?m={ids['kita-suedwind']}.999999.{ids['frauenhaus']}").text
    assert shown(page)[:2] == ["-", "-"]
    assert page.count("Dieses Angebot gibt es nicht mehr.") == 2
    assert "Kita Südwind" not in page
    assert f'href="/de/merkzettel?m=999999.{ids["frauenhaus"]}"' in page
    assert f'name="liste" value="{ids["frauenhaus"]}"' in page, "only what there is, is handed on"


def test_thirty_offers_fit_and_the_next_one_is_told_so(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        every = list(db.session.scalars(select(Offer.id).order_by(Offer.id).limit(MOST + 1)))
    full = ".".join(map(str, every[:MOST]))
    page = client.get(f"/de/merkzettel?m={full}").text
    assert len(shown(page)) == MOST
    assert "Nehmt erst etwas weg." not in text_of(parse_html(page).find(".//main"))
    page = client.get(f"/de/merkzettel?m={full}.{every[MOST]}").text
    assert len(shown(page)) == MOST
    assert "Auf den Merkzettel passen 30 Angebote. Nehmt erst etwas weg." in text_of(parse_html(page).find(".//main"))


def test_the_list_of_a_browser_comes_by_post_and_is_answered_with_the_part(client: FlaskClient) -> None:
    page = client.post("/de/merkzettel", data={"liste": "3.1", "sort": "az"}, headers={"HX-Request": "true"})
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
    assert "<html" not in page.text
    order = re.findall(r'data-offer="(\d+)"', page.text)
    assert sorted(order) == ["1", "3"]
    assert 'href="/de/angebote/' in page.text
    assert not re.search(r'href="/de/angebote/[^"]*m=', page.text), "in no address"


def test_alles_loeschen_leads_to_an_empty_list(client: FlaskClient) -> None:
    page = client.get("/de/merkzettel?m=1.2").text
    link = next(a for a in parse_html(page).iter("a") if "data-clear" in a.attrib)
    assert (text_of(link), link.get("href")) == ("Ja, alles löschen", "/de/merkzettel")


def test_thirty_offers_take_as_many_queries_as_one(app: Flask, client: FlaskClient) -> None:
    counts = []
    for address in ("/tr/merkzettel?m=1", "/tr/merkzettel?m=" + ".".join(map(str, range(1, 31)))):
        client.get(address)
        with counted_queries(app) as statements:
            client.get(address)
        counts.append(len(statements))
        assert not [statement for statement in statements if not statement.lstrip().startswith("SELECT")]
    assert counts[0] == counts[1] <= 4


def test_the_worker_is_asked_for_anew_each_time_and_knows_the_files_of_this_version(client: FlaskClient) -> None:
    answer = client.get("/merkzettel-worker.js")
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("text/javascript", "no-cache")
    assert re.match(r'const PREFIX = "/static/[0-9a-f]{12}/";\n', answer.text)
