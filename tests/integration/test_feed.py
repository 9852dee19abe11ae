"""The feed of what is new: valid Atom, public facts only, the same for everybody, hardly anything where nothing has changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from flask import Flask
from sqlalchemy import select, update

from portal.database import mark_catalogue_changed
from portal.editing import workflow
from portal.editing.actor import COMMAND
from portal.editing.versions import find_offer
from portal.extensions import db
from portal.models import NoPlaceReport, Offer, OfferText
from tests.conftest import TODAY, counted_queries
from tests.integration.test_changes import LONG_AGO, SLUG, TITLE, at, home_of, november, save

ATOM = "{http://www.w3.org/2005/Atom}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@pytest.fixture
def site(own_app: Flask) -> Iterator[Flask]:
    """The phone number of one offer has changed in November; the offer has no Turkish text any more."""
    with own_app.app_context():
        db.session.execute(update(Offer).values(created_at=LONG_AGO, valid_from=None))
        offer = save(db.session, november(3), phone="030 23125 101", translations={})
        with at(db.session, november(4)):
            workflow.approve(db.session, COMMAND, offer, TODAY, own_app.extensions["plain_words"])
        db.session.commit()
    yield own_app


def feed(app: Flask, address: str = "/de/neues.atom") -> Element:
    response = app.test_client().get(address)
    assert (response.status_code, response.content_type) == (200, "application/atom+xml; charset=utf-8")
    root: Element = fromstring(response.data)
    check_atom(root)
    return root


def check_atom(root: Element) -> None:
    """What RFC 4287 asks for of a feed and its entries."""
    assert root.tag == f"{ATOM}feed"
    for part in (root, *root.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(part.findall(f"{ATOM}{name}")) == 1, name
        moment = datetime.fromisoformat(said(part, "updated"))
        assert moment.tzinfo is not None
        assert said(part, "id").startswith("tag:")
        kinds = [(link.get("rel"), link.get("type"), link.get("hreflang")) for link in part.findall(f"{ATOM}link")]
        assert len(kinds) == len(set(kinds)), "one alternate of each type and language"
        for link in part.findall(f"{ATOM}link"):
            assert str(link.get("href")).startswith("http://localhost/")
    assert root.find(f"{ATOM}author/{ATOM}name") is not None
    ids = [said(entry, "id") for entry in root.findall(f"{ATOM}entry")]
    assert len(ids) == len(set(ids))
    moments = [said(entry, "updated") for entry in root.findall(f"{ATOM}entry")]
    assert moments == sorted(moments, reverse=True)


def said(part: Element, name: str) -> str:
    return (part.findtext(f"{ATOM}{name}") or "").strip()


def entries(root: Element) -> list[tuple[str, str, str]]:
    """Title, language of the title, content."""
    return [
        (said(entry, "title"), entry.find(f"{ATOM}title").get(LANG) or "", said(entry, "content"))  # type: ignore[union-attr]
        for entry in root.findall(f"{ATOM}entry")
    ]


def test_the_feed_tells_what_has_changed_and_leads_there(site: Flask) -> None:
    root = feed(site)
    assert root.get(LANG) == "de"
    assert said(root, "title") == "Neu und geändert: Beispielstadt"
    assert said(root, "id") == "tag:localhost,2026:neues/de/"
    [entry] = root.findall(f"{ATOM}entry")
    assert said(entry, "id") == f"tag:localhost,2026:neues/de//2026-11/{SLUG}/changed-changed"
    assert said(entry, "updated") == said(root, "updated") == "2026-11-04T09:00:00+00:00"
    links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
    assert links == {"self": "http://localhost/de/neues.atom", "alternate": "http://localhost/de/angebote"}
    assert entry.find(f"{ATOM}link").get("href") == f"http://localhost/de/angebote/{SLUG}"  # type: ignore[union-attr]
    [(title, lang, content)] = entries(root)
    assert (title, lang) == (TITLE, "de")
    assert content.startswith("<p>Geändert: Telefon</p>")


def test_the_feed_of_a_district_is_linked_from_its_page(site: Flask) -> None:
    slug, _name = home_of(site)
    page = site.test_client().get(f"/de/stadtteile/{slug}").text
    assert 'type="application/atom+xml" title="Neu und geändert: ' in page
    assert page.count(f'href="/de/stadtteile/{slug}/neues.atom"') == 2
    root = feed(site, f"/de/stadtteile/{slug}/neues.atom")
    assert [title for title, _lang, _content in entries(root)] == [TITLE]
    assert site.test_client().get("/de/stadtteile/gibt-es-nicht/neues.atom").status_code == 404
    assert site.test_client().get("/xx/neues.atom").status_code == 404


def test_without_a_translation_the_german_title_says_that_it_is_german(site: Flask) -> None:
    root = feed(site, "/tr/neues.atom")
    assert root.get(LANG) == "tr"
    [(title, lang, _content)] = entries(root)
    assert (title, lang) == (TITLE, "de")
    with site.app_context():
        offer = find_offer(db.session, COMMAND, SLUG)
        db.session.add(OfferText(offer_id=offer.id, lang="tr", state="human", title="Çocuk yuvası"))
        db.session.commit()
    assert [entry[:2] for entry in entries(feed(site, "/tr/neues.atom"))] == [("Çocuk yuvası", "tr")]


def test_a_hostile_title_is_only_a_title(site: Flask) -> None:
    hostile = '</title><script>alert("1")</script> &amp; ]]> \x07<b>Ö</b>'
    with site.app_context():
        offer = find_offer(db.session, COMMAND, SLUG)
        text = db.session.get_one(OfferText, (offer.id, "de"))
        text.title, text.summary = hostile, hostile
        offer.created_at = november(5)
        fresh = find_offer(db.session, COMMAND, "still-cafe")
        fresh.created_at = november(6)
        db.session.get_one(OfferText, (fresh.id, "de")).summary = hostile
        db.session.commit()
    found = entries(feed(site))
    shown = hostile.replace("\x07", "")
    assert {title for title, _lang, _content in found} >= {shown}
    content = next(content for title, _lang, content in found if title != shown)
    # Escaped once as text of XML, once as text of HTML: no reader sees a tag.
    assert "&lt;/title&gt;&lt;script&gt;" in content
    assert "<script" not in content


def test_a_reader_that_has_it_gets_no_body(site: Flask) -> None:
    client = site.test_client()
    first = client.get("/de/neues.atom")
    assert first.headers["Cache-Control"] == "public, max-age=3600"
    assert first.headers["Last-Modified"] == "Fri, 20 Nov 2026 23:00:00 GMT"
    for known in ({"If-None-Match": first.headers["ETag"]}, {"If-Modified-Since": first.headers["Last-Modified"]}):
        again = client.get("/de/neues.atom", headers=known)
        assert (again.status_code, again.data) == (304, b"")
    other = client.get("/de/neues.atom", headers={"If-None-Match": '"x"'})
    assert other.status_code == 200
    with site.app_context():
        offer = save(db.session, november(10), text_bring="Hausschuhe")
        with at(db.session, november(11)):
            workflow.approve(db.session, COMMAND, offer, TODAY, site.extensions["plain_words"])
        db.session.commit()
    changed = client.get("/de/neues.atom", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert "Geändert: Was ihr mitbringt, Telefon" in changed.text
    # The same entry as before, only newer.
    assert changed.text.count("<entry>") == 1


def test_it_is_made_once_for_all_readers(site: Flask) -> None:
    client = site.test_client()
    client.get("/de/neues.atom")
    with counted_queries(site) as statements:
        client.get("/de/neues.atom")
    assert len(statements) == 1, "only: has anything changed?"
    site.config["TODAY"] = TODAY + timedelta(1)
    with counted_queries(site) as statements:
        client.get("/de/neues.atom")
    assert len(statements) > 1


def test_it_goes_back_sixty_days_and_has_a_hundred_entries(site: Flask) -> None:
    with site.app_context():
        ids = db.session.execute(select(Offer.id).where(Offer.slug != SLUG).order_by(Offer.id)).scalars().all()
        days = {ids[0]: datetime(2026, 9, 22, 9, tzinfo=UTC), ids[1]: datetime(2026, 9, 21, 9, tzinfo=UTC)}
        for offer_id, moment in days.items():
            db.session.execute(update(Offer).where(Offer.id == offer_id).values(created_at=moment))
        db.session.commit()
        [title] = db.session.execute(
            select(OfferText.title).where(OfferText.offer_id == ids[0], OfferText.lang == "de")
        ).scalars()
    client = site.test_client()
    with site.app_context():
        mark_catalogue_changed(db.session)
        db.session.commit()
    assert [entry[0] for entry in entries(feed(site))] == [TITLE, title]
    with site.app_context():
        db.session.execute(update(Offer).values(created_at=november(8)))
        mark_catalogue_changed(db.session)
        db.session.commit()
    assert client.get("/de/neues.atom").text.count("<entry>") == 100


def test_nothing_that_is_not_public_is_in_it(site: Flask) -> None:
    with site.app_context():
        offer = find_offer(db.session, COMMAND, SLUG)
        offer.assured_on, offer.goal = date(2026, 11, 1), "Geheimes Ziel"
        db.session.add(NoPlaceReport(offer_id=offer.id, reported_on=date(2026, 11, 12)))
        save(db.session, november(13), text_title="Geheimer Entwurf")
        db.session.commit()
    response = site.test_client().get("/de/neues.atom")
    assert "Geheim" not in response.text
    assert "gemeldet" not in response.text
    assert "Befehlszeile" not in response.text
    assert "Set-Cookie" not in response.headers


def test_a_feed_without_news_is_valid_too(site: Flask) -> None:
    with site.app_context():
        db.session.execute(update(Offer).values(created_at=LONG_AGO))
        db.session.commit()
    site.config["TODAY"] = date(2027, 3, 3)
    root = feed(site)
    assert entries(root) == []
    assert said(root, "updated") == "2027-02-28T23:00:00+00:00"
