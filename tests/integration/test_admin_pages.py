"""Seiten und Lebensphasen: written in the browser, seen as families see them, public at once, and never lost."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from portal.content.load import load_life_phases, load_pages
from portal.content.site import PAGE_SLUGS, PageSource, page_text, read_page
from portal.content.stored import with_stored
from portal.editing import pages, trash
from portal.editing.actor import COMMAND, Actor, NotAllowedError
from portal.editing.pages import LIFE_PHASE, PAGE
from portal.extensions import db
from portal.models import AuditEntry, LifePhaseText, PageText, RoleName, TranslationSource, TrashEntry
from portal.models.enums import LifePhase, TextState
from portal.offers.catalogue import CatalogueHolder
from tests.conftest import TODAY, counted_queries, parse_html, text_of
from tests.integration.admin import log_in, make_user, page

URL = "/verwaltung/seiten"
PROVIDER = Actor(user_id=None, name="Pia", roles=frozenset({RoleName.PROVIDER}))
NEW = {"title": "Ferien & Größe", "description": "Wann frei ist.", "body": "## Ferien\n\nRuft an: {{ kommune.phone }}"}


@pytest.fixture
def filled(own_app: Flask) -> Flask:
    """With pages and life phases in the database, as after the first start."""
    content, languages = own_app.extensions["settings"].content_dir, own_app.extensions["site"].kommune.languages
    with own_app.app_context():
        load_pages(db.session, content / "pages", languages)
        load_life_phases(db.session, content / "life_phases.yaml", languages)
        db.session.commit()
    return own_app


@pytest.fixture
def editor(filled: Flask) -> FlaskClient:
    return log_in(filled, make_user(filled, RoleName.EDITOR, name="Rosa Redaktion"))


def fields_of(response: Any) -> dict[str, str]:
    """What the form would send back unchanged."""
    found = {}
    for field in page(response).iter():
        if not isinstance(field.tag, str) or not field.get("name") or field.get("type") == "checkbox":
            continue
        if field.tag in ("textarea", "input"):
            found[field.get("name")] = (field.text if field.tag == "textarea" else field.get("value")) or ""
    return found


def public(app: Flask, address: str) -> str:
    return text_of(parse_html(app.test_client().get(address).text).find(".//main"))


def logged(app: Flask, kind: str) -> list[tuple[str, str, str]]:
    with app.app_context():
        rows = db.session.exec(select(AuditEntry).where(AuditEntry.kind == kind).order_by(AuditEntry.id))
        return [(row.action, row.user, row.entity) for row in rows]


def test_the_site_is_the_same_from_files_and_from_the_database(own_app: Flask) -> None:
    files = own_app.extensions["site"]
    content, languages = own_app.extensions["settings"].content_dir, files.kommune.languages
    with own_app.app_context():
        assert with_stored(files, CatalogueHolder().get(db.session, TODAY).stored) == files
        load_pages(db.session, content / "pages", languages)
        load_life_phases(db.session, content / "life_phases.yaml", languages)
        db.session.commit()
        stored = CatalogueHolder().get(db.session, TODAY).stored
    assert len(stored.pages) == len(PAGE_SLUGS)
    merged = with_stored(files, stored)
    assert merged.life_phases == files.life_phases
    for key, from_file in files.pages.items():
        from_table = merged.pages[key]
        assert from_table.html == from_file.html
        assert (from_table.title, from_table.description, from_table.state) == (
            from_file.title, from_file.description, from_file.state,
        )  # fmt: skip


def test_a_change_is_public_at_once_for_all_workers_and_outdates_the_translations(
    filled: Flask, editor: FlaskClient
) -> None:
    worker = CatalogueHolder()
    with filled.app_context():
        assert "Kaffee" not in worker.get(db.session, TODAY).stored.pages["impressum"]["de"].body
    data = fields_of(editor.get(f"{URL}/impressum"))
    response = editor.post(f"{URL}/impressum", data={**data, "body": data["body"] + "\n\nEs gibt Kaffee."})
    assert (response.status_code, response.location) == (303, f"{URL}/impressum")
    assert "Es gibt Kaffee." in public(filled, "/de/seite/impressum")
    with filled.app_context():
        assert "Kaffee" in worker.get(db.session, TODAY).stored.pages["impressum"]["de"].body
        assert db.session.get_one(PageText, ("impressum", "tr")).state is TextState.OUTDATED
        assert db.session.get_one(PageText, ("ueber-uns", "tr")).state is TextState.MACHINE
        assert "Kaffee" not in db.session.get_one(TranslationSource, ("page", "impressum", "tr")).fields
    assert logged(filled, "page") == [("changed", "Rosa Redaktion", "impressum")]
    (row,) = [row for row in page(editor.get(URL)).iter("tr") if "Impressum" in text_of(row)]
    assert text_of(row).count("veraltet") == 5


def test_a_form_that_is_sent_back_changes_nothing(filled: Flask, editor: FlaskClient) -> None:
    for address in (*PAGE_SLUGS, "lebensphase/geburt", "lebensphase/kita"):
        assert editor.post(f"{URL}/{address}", data=fields_of(editor.get(f"{URL}/{address}"))).status_code == 303
    assert logged(filled, "page") == logged(filled, "life_phase") == []


def test_a_slip_of_the_pen_outdates_nothing(filled: Flask, editor: FlaskClient) -> None:
    data = fields_of(editor.get(f"{URL}/impressum"))
    editor.post(f"{URL}/impressum", data={**data, "title": "Impressum.", "small": "y"})
    with filled.app_context():
        assert db.session.get_one(PageText, ("impressum", "tr")).state is TextState.MACHINE


def test_the_preview_is_what_families_would_see_and_saves_nothing(filled: Flask, editor: FlaskClient) -> None:
    data = fields_of(editor.get(f"{URL}/impressum"))
    body = "## Neu hier\n\n**Ruft an:** {{ kommune.phone }} <script>alert(1)</script> [x](javascript:alert(1))"
    response = editor.post(f"{URL}/impressum", data={**data, "body": body, "ansehen": "1"})
    assert response.status_code == 200
    (preview,) = [part for part in page(response).iter("section") if part.get("id") == "vorschau"]
    assert text_of(preview.find(".//h2")) == "Neu hier"
    assert text_of(preview.find(".//strong[2]") or preview.findall(".//strong")[1]) == "Ruft an:"
    assert [a.get("href") for a in preview.iter("a")] == ["tel:03023125100"]
    assert preview.find(".//script") is None
    assert fields_of(response)["body"].strip() == body
    assert "Neu hier" not in public(filled, "/de/seite/impressum")
    editor.post(f"{URL}/impressum", data={**data, "body": body})
    saved = parse_html(filled.test_client().get("/de/seite/impressum").text).find(".//article")
    assert [text_of(part) for part in saved.iter("p")] == [text_of(p) for p in preview.find(".//div").iter("p")][1:]


def test_what_was_written_over_can_be_brought_back(filled: Flask, editor: FlaskClient) -> None:
    before = fields_of(editor.get(f"{URL}/impressum"))
    editor.post(f"{URL}/impressum", data={**before, "body": "Alles weg"})
    (link,) = [
        a.get("href") for a in page(editor.get(f"{URL}/impressum")).iter("a") if "frueher=" in (a.get("href") or "")
    ]
    found = fields_of(editor.get(link))
    assert found["body"].strip() == before["body"].strip()
    assert public(filled, "/de/seite/impressum").endswith("Alles weg")
    assert editor.post(f"{URL}/impressum", data=found).status_code == 303
    assert "Alles weg" not in public(filled, "/de/seite/impressum")
    assert len([a for a in page(editor.get(f"{URL}/impressum")).iter("a") if "frueher=" in (a.get("href") or "")]) == 2


def test_an_earlier_text_of_another_page_cannot_be_had(filled: Flask, editor: FlaskClient) -> None:
    data = fields_of(editor.get(f"{URL}/impressum"))
    editor.post(f"{URL}/impressum", data={**data, "body": "Anders"})
    assert editor.get(f"{URL}/datenschutz?frueher=1").status_code == 404
    assert editor.get(f"{URL}/impressum?frueher=1").status_code == 200
    assert editor.get(f"{URL}/impressum?frueher=eins").status_code == 200


def test_the_second_of_two_people_sees_what_the_first_has_saved(filled: Flask, editor: FlaskClient) -> None:
    data = fields_of(editor.get(f"{URL}/impressum"))
    editor.post(f"{URL}/impressum", data={**data, "title": "Erster Titel"})
    response = editor.post(f"{URL}/impressum", data={**data, "title": "Zweiter Titel"})
    assert response.status_code == 422
    assert "Erster Titel" in text_of(page(response))
    assert fields_of(response)["title"] == "Zweiter Titel"
    assert editor.post(f"{URL}/impressum", data=fields_of(response)).status_code == 303
    assert public(filled, "/de/seite/impressum").startswith("Zweiter Titel")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"title": ""}, "Das fehlt noch."),
        ({"body": ""}, "Das fehlt noch."),
        (
            {"body": "Hallo {{ kommune.buergermeister }}"},
            "Diesen Platzhalter gibt es nicht: {{ kommune.buergermeister }}",
        ),
        ({"body": "Hallo {{kommune.name}}"}, "Diesen Platzhalter gibt es nicht"),
        ({"body": "x" * 50_001}, "50.001 Zeichen"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_saved(
    filled: Flask, editor: FlaskClient, changes: dict[str, str], message: str
) -> None:
    data = fields_of(editor.get(f"{URL}/impressum"))
    response = editor.post(f"{URL}/impressum", data={**data, **changes})
    assert response.status_code == 422
    assert message in text_of(page(response))
    assert logged(filled, "page") == []


def test_a_new_page_has_an_address_and_is_in_the_sitemap(filled: Flask, editor: FlaskClient) -> None:
    response = editor.post(f"{URL}/neu", data=NEW)
    assert response.location == f"{URL}/ferien-groesse"
    assert "Ruft an: 030 23125 100" in public(filled, "/de/seite/ferien-groesse")
    assert "Ferien & Größe" in public(filled, "/ar/seite/ferien-groesse")
    assert "/de/seite/ferien-groesse</loc>" in filled.test_client().get("/sitemap.xml").text
    assert editor.post(f"{URL}/neu", data=NEW).location == f"{URL}/ferien-groesse-2"
    assert editor.post(f"{URL}/neu", data={**NEW, "title": "Neu"}).location == f"{URL}/neu-2"
    assert logged(filled, "page")[0] == ("created", "Rosa Redaktion", "ferien-groesse")


def test_a_new_page_goes_to_the_bin_and_comes_back_and_the_four_stay(filled: Flask, editor: FlaskClient) -> None:
    editor.post(f"{URL}/neu", data=NEW)
    assert editor.post(f"{URL}/ferien-groesse/loeschen").status_code == 303
    assert filled.test_client().get("/de/seite/ferien-groesse").status_code == 404
    with filled.app_context():
        entry = db.session.exec(select(TrashEntry)).one()
        assert entry.id is not None
        trash.restore(db.session, COMMAND, entry.id)
        db.session.commit()
    assert "Ferien & Größe" in public(filled, "/de/seite/ferien-groesse")
    assert "Das geht noch nicht." in text_of(page(editor.get(f"{URL}/impressum/loeschen")))
    assert editor.post(f"{URL}/impressum/loeschen").status_code == 404
    assert ("deleted", "Rosa Redaktion", "ferien-groesse") in logged(filled, "page")


def test_a_life_phase_is_changed_everywhere_at_once(filled: Flask, editor: FlaskClient) -> None:
    data = fields_of(editor.get(f"{URL}/lebensphase/geburt"))
    new = {**data, "label": "Rund um den Anfang", "intro": "Euer Kind ist da."}
    assert editor.post(f"{URL}/lebensphase/geburt", data=new).status_code == 303
    assert "Rund um den Anfang" in public(filled, "/de/")
    assert "Euer Kind ist da." in public(filled, "/de/lebensphasen/geburt")
    assert "Rund um den Anfang" in public(filled, "/de/angebote")
    with filled.app_context():
        assert db.session.get_one(LifePhaseText, (LifePhase.BIRTH, "uk")).state is TextState.OUTDATED
    assert logged(filled, "life_phase") == [("changed", "Rosa Redaktion", "geburt")]
    found = page(editor.get(f"{URL}/lebensphase/geburt"))
    assert len([a for a in found.iter("a") if "frueher=" in (a.get("href") or "")]) == 1


def test_pages_cost_no_query_of_their_own(filled: Flask) -> None:
    client = filled.test_client()
    client.get("/de/seite/impressum")
    with counted_queries(filled) as statements:
        client.get("/de/seite/impressum")
    assert len(statements) == 1
    assert "catalogue_state" in statements[0]


def test_the_list_costs_the_same_for_many(filled: Flask, editor: FlaskClient) -> None:
    with counted_queries(filled) as few:
        editor.get(URL)
    with filled.app_context():
        for number in range(30):
            pages.create(db.session, COMMAND, {**NEW, "title": f"Seite {number}"})
        db.session.commit()
    with counted_queries(filled) as many:
        assert "Seite 29" in editor.get(URL).text
    assert len(many) == len(few)


def test_only_editors_write_pages(filled: Flask) -> None:
    provider = log_in(filled, make_user(filled, RoleName.PROVIDER, organizations=[1]))
    for address in ("", "/neu", "/impressum", "/impressum/loeschen", "/lebensphase/geburt"):
        assert provider.get(URL + address).status_code == 404, address
    with filled.app_context():
        for attempt in (
            lambda: pages.overview(db.session, PROVIDER, PAGE),
            lambda: pages.save(db.session, PROVIDER, PAGE, "impressum", {}, base=""),
            lambda: pages.create(db.session, PROVIDER, NEW),
            lambda: pages.delete(db.session, PROVIDER, "impressum"),
            lambda: pages.earlier(db.session, PROVIDER, LIFE_PHASE, "geburt"),
        ):
            with pytest.raises(NotAllowedError):
                attempt()


def test_what_is_not_there_is_not_found(editor: FlaskClient) -> None:
    for address in ("/gibt-es-nicht", "/lebensphase/rente", "/gibt-es-nicht/loeschen"):
        assert editor.get(URL + address).status_code == 404, address


@pytest.mark.parametrize("title", ["Über uns", 'Der "Lotse"', "Ein: Doppelpunkt", '"', "\\ schräg", "# x"])
def test_a_page_as_a_file_reads_as_it_was_written(tmp_path: Any, title: str) -> None:
    for lang, state in (("de", TextState.SOURCE), ("tr", TextState.OUTDATED)):
        source = PageSource(title, title * 2, "Eins\n\n---\n\nZwei", state)
        path = tmp_path / f"x.{lang}.md"
        path.write_text(page_text(source, lang), encoding="utf-8")
        found = read_page(path, lang)
        assert (found.title, found.description, found.state) == (source.title, source.description, source.state)
        assert found.body.strip() == source.body
