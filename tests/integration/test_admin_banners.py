""" "Aktuell": on every page, in the reader's language, only between its days, at once for all, and harmless."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from portal.editing import banners, trash
from portal.editing.actor import COMMAND, Actor, NotAllowedError
from portal.editing.banners import BannerFacts, is_link
from portal.editing.descriptions import ChangedMeanwhileError
from portal.extensions import db
from portal.models import AuditEntry, Banner, BannerText, RoleName, TrashEntry
from portal.models.enums import TextState
from tests.conftest import TODAY, counted_queries, parse_html, text_of
from tests.integration.admin import log_in, make_user, page

PROVIDER = Actor(user_id=None, name="Pia", roles=frozenset({RoleName.PROVIDER}))
URL = "/verwaltung/aktuell"


@pytest.fixture
def editor(own_app: Flask) -> FlaskClient:
    return log_in(own_app, make_user(own_app, RoleName.EDITOR, name="Rosa Redaktion"))


def add(app: Flask, text: str, *, first: int = 0, last: int = 7, **more: Any) -> int:
    """A banner from so many days after today to so many."""
    with app.app_context():
        facts = BannerFacts(text=text, starts_on=TODAY + timedelta(first), ends_on=TODAY + timedelta(last), **more)
        banner = banners.create(db.session, COMMAND, facts)
        db.session.commit()
        assert banner.id is not None
        return banner.id


def shown(app: Flask, address: str = "/de/") -> list[Any]:
    document = parse_html(app.test_client().get(address).text)
    return [box for box in document.iter() if isinstance(box.tag, str) and box.get("role") == "note"]


def words(app: Flask, address: str = "/de/") -> list[str]:
    return [text_of(box) for box in shown(app, address)]


FORM = {
    "text": "Das Familienbüro ist am Freitag zu.",
    "link": "/de/sofort-hilfe",
    "starts_on": TODAY.isoformat(),
    "ends_on": (TODAY + timedelta(3)).isoformat(),
    "text_tr": "Aile bürosu cuma günü kapalı.",
}


def logged(app: Flask, action: str) -> list[str]:
    with app.app_context():
        rows = db.session.exec(select(AuditEntry).where(AuditEntry.kind == "banner", AuditEntry.action == action))
        return [f"{row.user}: {row.label}" for row in rows]


def test_what_an_editor_writes_is_on_every_page_at_once(own_app: Flask, editor: FlaskClient) -> None:
    assert words(own_app) == []
    response = editor.post(f"{URL}/neu", data=FORM)
    assert (response.status_code, response.location) == (303, URL)
    for address in (
        "/de/",
        "/de/angebote",
        "/de/sofort-hilfe",
        "/de/seite/impressum",
        "/de/lotse",
        "/de/gibt-es-nicht",
    ):
        assert words(own_app, address) == [FORM["text"]], address
    assert logged(own_app, "created") == [f"Rosa Redaktion: {FORM['text']}"]


def test_another_worker_sees_it_without_a_restart(own_app: Flask) -> None:
    from portal.offers.catalogue import CatalogueHolder

    assert words(own_app) == []
    other_worker = CatalogueHolder()
    with own_app.app_context():
        assert other_worker.get(db.session, TODAY).stored.banners == []
    add(own_app, "Heute zu")
    with own_app.app_context():
        assert [banner.texts["de"][0] for banner in other_worker.get(db.session, TODAY).stored.banners] == ["Heute zu"]


def test_it_is_in_the_readers_language_else_in_german_and_says_so(own_app: Flask, editor: FlaskClient) -> None:
    editor.post(f"{URL}/neu", data=FORM)
    (turkish,) = shown(own_app, "/tr/")
    assert text_of(turkish) == FORM["text_tr"]
    assert turkish.get("lang") is None
    assert turkish.find(".//a").get("href") == "/tr/sofort-hilfe"
    (arabic,) = shown(own_app, "/ar/")
    assert (text_of(arabic), arabic.get("lang"), arabic.get("dir")) == (FORM["text"], "de", "ltr")


@pytest.mark.parametrize(
    ("first", "last", "seen"), [(0, 0, True), (-5, 0, True), (0, 5, True), (1, 5, False), (-5, -1, False)]
)
def test_it_is_seen_only_between_its_days(own_app: Flask, first: int, last: int, seen: bool) -> None:
    add(own_app, "Hinweis", first=first, last=last)
    assert words(own_app) == (["Hinweis"] if seen else [])


def test_two_are_seen_at_most_the_urgent_one_first(own_app: Flask) -> None:
    add(own_app, "Alt", first=-3)
    add(own_app, "Dringend", first=-4, urgent=True)
    add(own_app, "Neu", first=-1)
    assert words(own_app) == ["Dringend", "Neu"]


def test_it_costs_no_query(own_app: Flask) -> None:
    client = own_app.test_client()
    client.get("/de/angebote")
    with counted_queries(own_app) as before:
        client.get("/de/angebote")
    add(own_app, "Eins")
    add(own_app, "Zwei")
    client.get("/de/angebote")
    with counted_queries(own_app) as after:
        assert "Zwei" in client.get("/de/angebote").text
    assert len(after) == len(before)


def test_a_page_is_shown_even_where_the_database_cannot_be_asked(own_app: Flask) -> None:
    with own_app.test_request_context("/de/"):
        from portal.offers import context

        db.session.connection().exec_driver_sql("ALTER TABLE catalogue_state RENAME TO away")
        assert context.banners() == []
        db.session.rollback()


def test_no_script_and_no_html_comes_through(own_app: Flask, editor: FlaskClient) -> None:
    editor.post(f"{URL}/neu", data={**FORM, "text": "<script>alert(1)</script><b>fett</b>", "link": ""})
    (box,) = shown(own_app)
    assert text_of(box) == "<script>alert(1)</script><b>fett</b>"
    assert box.find(".//script") is None
    assert box.find(".//b") is None


@pytest.mark.parametrize(
    ("link", "fine"),
    [
        ("https://stadt.example/ferien?x=1", True),
        ("/de/angebote", True),
        ("/", True),
        ("http://stadt.example", False),
        ("javascript:alert(1)", False),
        ("//boese.example", False),
        ("/\\boese.example", False),
        ("https://stadt.example@boese.example/", False),
        ("https://stadt.example/ x", False),
        ("data:text/html,x", False),
        ("angebote", False),
        ("/de/x\n", False),
    ],
)
def test_a_link_leads_to_https_or_to_this_site(link: str, fine: bool) -> None:
    assert is_link(link) is fine


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"text": ""}, "Das fehlt noch."),
        ({"text": "x" * 201}, "201 Zeichen"),
        ({"ends_on": ""}, "Ohne ein Ende"),
        ({"ends_on": (TODAY - timedelta(1)).isoformat()}, "vor dem ersten Tag"),
        (
            {"starts_on": (TODAY - timedelta(9)).isoformat(), "ends_on": (TODAY - timedelta(2)).isoformat()},
            "schon vorbei",
        ),
        ({"ends_on": (TODAY + timedelta(367)).isoformat()}, "mehr als ein Jahr"),
        ({"ends_on": "irgendwann"}, "Datum"),
        ({"link": "javascript:alert(1)"}, "Nur https://"),
        ({"link": "/de/gibt/es/nicht"}, "gibt es hier nicht"),
        ({"link": "/verwaltung/aktuell"}, "gibt es hier nicht"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_typed_is_lost(
    own_app: Flask, editor: FlaskClient, changes: dict[str, str], message: str
) -> None:
    response = editor.post(f"{URL}/neu", data={**FORM, **changes})
    assert response.status_code == 422
    assert message in text_of(page(response))
    if "text" not in changes:
        assert FORM["text"] in response.text
    assert words(own_app) == []


def test_a_translation_counts_as_checked_only_where_a_person_says_so(own_app: Flask, editor: FlaskClient) -> None:
    editor.post(f"{URL}/neu", data=FORM)

    def state() -> TextState:
        with own_app.app_context():
            return db.session.get_one(BannerText, (1, "tr")).state

    assert state() is TextState.MACHINE
    base = base_of(editor)
    assert editor.post(f"{URL}/1", data={**FORM, "base": base, "checked": "y"}).status_code == 303
    assert state() is TextState.HUMAN
    editor.post(f"{URL}/1", data={**FORM, "text": "Das Familienbüro ist am Montag zu.", "base": base_of(editor)})
    assert state() is TextState.OUTDATED


def base_of(editor: FlaskClient) -> str:
    document = page(editor.get(f"{URL}/1"))
    (field,) = [each for each in document.iter("input") if each.get("name") == "base"]
    return str(field.get("value"))


def test_a_slip_of_the_pen_leaves_translations_as_they_are(own_app: Flask, editor: FlaskClient) -> None:
    editor.post(f"{URL}/neu", data={**FORM, "checked": "y"})
    editor.post(
        f"{URL}/1", data={**FORM, "text": "Das Familienbüro ist am Freitag zu!", "small": "y", "base": base_of(editor)}
    )
    with own_app.app_context():
        assert db.session.get_one(BannerText, (1, "tr")).state is TextState.HUMAN
    assert logged(own_app, "changed") == ["Rosa Redaktion: Das Familienbüro ist am Freitag zu!"]


def test_the_second_of_two_people_sees_what_the_first_has_saved(own_app: Flask, editor: FlaskClient) -> None:
    editor.post(f"{URL}/neu", data=FORM)
    base = base_of(editor)
    assert editor.post(f"{URL}/1", data={**FORM, "text": "Erste", "base": base}).status_code == 303
    response = editor.post(f"{URL}/1", data={**FORM, "text": "Zweite", "base": base})
    assert response.status_code == 422
    assert "Erste" in text_of(page(response))
    assert "Zweite" in response.text
    assert words(own_app) == ["Erste"]


def test_what_was_deleted_can_be_brought_back(own_app: Flask, editor: FlaskClient) -> None:
    editor.post(f"{URL}/neu", data=FORM)
    assert editor.get(f"{URL}/1/loeschen").status_code == 200
    assert words(own_app) == [FORM["text"]]
    assert editor.post(f"{URL}/1/loeschen").status_code == 303
    assert words(own_app) == []
    assert logged(own_app, "deleted") == [f"Rosa Redaktion: {FORM['text']}"]
    with own_app.app_context():
        entry = db.session.exec(select(TrashEntry)).one()
        assert entry.id is not None
        trash.restore(db.session, COMMAND, entry.id)
        db.session.commit()
    assert words(own_app) == [FORM["text"]]
    assert words(own_app, "/tr/") == [FORM["text_tr"]]


def test_the_list_says_what_is_current_planned_and_over(own_app: Flask, editor: FlaskClient) -> None:
    add(own_app, "Gestern", first=-9, last=-1)
    add(own_app, "Morgen", first=1)
    add(own_app, "Jetzt")
    table = page(editor.get(URL)).find(".//tbody")
    assert [text_of(row.find("th")) for row in table] == ["Jetzt", "Morgen", "Gestern"]
    rows = [text_of(row) for row in table]
    assert [("jetzt zu sehen" in row, "geplant" in row, "vorbei" in row) for row in rows] == [
        (True, False, False), (False, True, False), (False, False, True),
    ]  # fmt: skip


def test_the_list_costs_the_same_for_many(own_app: Flask, editor: FlaskClient) -> None:
    add(own_app, "Eins")
    with counted_queries(own_app) as one:
        editor.get(URL)
    for number in range(30):
        add(own_app, f"Hinweis {number}")
    with counted_queries(own_app) as many:
        editor.get(URL)
    assert len(many) == len(one)


def test_only_editors_write_on_every_page(own_app: Flask) -> None:
    add(own_app, "Hinweis")
    provider = log_in(own_app, make_user(own_app, RoleName.PROVIDER, organizations=[1]))
    for address in (URL, f"{URL}/neu", f"{URL}/1", f"{URL}/1/loeschen"):
        assert provider.get(address).status_code == 404, address
    with own_app.app_context():
        banner = db.session.get_one(Banner, 1)
        facts = banners.read(db.session, banner)
        for attempt in (
            lambda: banners.create(db.session, PROVIDER, facts),
            lambda: banners.change(db.session, PROVIDER, banner, facts, base=facts.base),
            lambda: banners.delete(db.session, PROVIDER, banner),
            lambda: banners.list_banners(db.session, PROVIDER),
        ):
            with pytest.raises(NotAllowedError):
                attempt()


def test_a_banner_that_is_not_there_is_not_found(editor: FlaskClient) -> None:
    assert editor.get(f"{URL}/99").status_code == 404


def test_saving_over_somebody_is_refused_by_the_service_too(own_app: Flask) -> None:
    add(own_app, "Hinweis")
    with own_app.app_context():
        banner = db.session.get_one(Banner, 1)
        facts = banners.read(db.session, banner)
        with pytest.raises(ChangedMeanwhileError):
            banners.change(db.session, COMMAND, banner, BannerFacts(**{**vars(facts), "text": "x"}), base="")
