"""Protokoll: who did what when. Everybody of the Redaktion can read it, nobody can change it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, select, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

from portal import database
from portal.admin.audit import ACTIONS, KINDS
from portal.editing import audit_list
from portal.editing.actor import COMMAND, Actor
from portal.editing.audit import Action, record
from portal.editing.audit_list import AuditFilter
from portal.extensions import db
from portal.models import AuditEntry, RoleName, User
from tests.conftest import counted_queries, parse_html
from tests.integration.admin import make_user
from tests.integration.filled_forms import alerts, table

HERE = "/verwaltung/protokoll"
ANNA = Actor(user_id=77, name="Anna Ernst", roles=frozenset({RoleName.EDITOR}))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url = f"sqlite:///{tmp_path / 'test.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url").replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url)
    if request.param == "postgresql":
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
    database.upgrade(engine)
    with Session(engine) as session:
        record(session, ANNA, Action.CREATED, kind="offer", entity="treff", label="Treff")
        record(session, ANNA, Action.CHANGED, kind="offer", entity="treff", label="Treff", details="Titel")
        session.commit()
    yield engine
    engine.dispose()


@pytest.mark.parametrize(
    "attempt",
    [
        "UPDATE audit_log SET \"user\" = 'niemand'",
        "UPDATE audit_log SET details = '' WHERE id = 1",
        "DELETE FROM audit_log",
        "DELETE FROM audit_log WHERE id = 2",
    ],
)
def test_nobody_can_change_or_delete_a_line(engine: Engine, attempt: str) -> None:
    with Session(engine) as session:
        before = session.execute(text("SELECT * FROM audit_log ORDER BY id")).all()
        with pytest.raises(DatabaseError, match="the audit log cannot be changed"):
            session.execute(text(attempt))
        session.rollback()
        assert session.execute(text("SELECT * FROM audit_log ORDER BY id")).all() == before
        assert len(before) == 2


def test_nobody_can_empty_it_on_postgresql(engine: Engine) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite knows no TRUNCATE")
    with Session(engine) as session, pytest.raises(DatabaseError, match="the audit log cannot be changed"):
        session.execute(text("TRUNCATE audit_log"))


def test_nobody_can_change_it_through_the_models_either(engine: Engine) -> None:
    with Session(engine) as session:
        entry = session.get_one(AuditEntry, 1)
        entry.user = "niemand"
        with pytest.raises(DatabaseError, match="the audit log cannot be changed"):
            session.flush()
        session.rollback()
        session.delete(session.get_one(AuditEntry, 1))
        with pytest.raises(DatabaseError, match="the audit log cannot be changed"):
            session.flush()


def test_a_line_is_written_with_what_it_tells_of_or_not_at_all(engine: Engine) -> None:
    with Session(engine) as session:
        record(session, ANNA, Action.DELETED, kind="offer", entity="treff")
        session.flush()
        session.rollback()
        assert len(session.execute(select(AuditEntry.id)).all()) == 2


def test_days_are_days_in_germany(engine: Engine) -> None:
    moments = [datetime(2026, 1, 9, 22, 59, tzinfo=UTC), datetime(2026, 1, 9, 23, 0, tzinfo=UTC),
               datetime(2026, 1, 10, 22, 59, tzinfo=UTC), datetime(2026, 1, 10, 23, 0, tzinfo=UTC)]  # fmt: skip
    with Session(engine) as session:
        for number, moment in enumerate(moments):
            session.add(AuditEntry(at=moment, user_id=5, user="X", action="changed", kind="page", entity=str(number)))
        session.flush()
        day = date(2026, 1, 10)

        def found(**wanted: date) -> list[str]:
            return [entry.entity for entry in audit_list.page(session, AuditFilter(person="5", **wanted))[0]]

        assert found(first=day, last=day) == ["2", "1"]
        assert found(first=day) == ["3", "2", "1"]
        assert found(last=day) == ["2", "1", "0"]


def test_every_action_has_german_words() -> None:
    assert set(ACTIONS) == set(Action)
    assert len(set(ACTIONS.values())) == len(ACTIONS)


@pytest.fixture
def written(own_app: Flask) -> Flask:
    """Some lines, the last one the newest."""
    with own_app.app_context():
        session = db.session
        session.add(User(id=77, email="anna@x.example", name="Anna Ernst-Neu", fs_uniquifier="u" * 32))
        session.flush()
        record(session, ANNA, Action.CREATED, kind="organization", entity="klinikum", label="Klinikum Beispielstadt")
        record(
            session,
            ANNA,
            Action.CHANGED,
            kind="organization",
            entity="weg",
            label="Gibt es nicht mehr",
            details="Name, Telefon",
        )
        record(session, COMMAND, Action.IMPORTED, kind="import", label="liste.csv", details="12 neu")
        record(session, ANNA, Action.CHANGED, kind="location", entity="kompass-mitte", label="Kompass")
        record(session, ANNA, Action.CONFIRMED, kind="offer", entity="baby-treff-nordstadt", label="<b>Baby</b> 100 %")
        record(session, ANNA, Action.CHANGED, kind="district", entity="mitte", label="Mitte")
        session.commit()
    return own_app


def test_the_newest_comes_first_in_german_words(written: Flask, editor: FlaskClient) -> None:
    rows = [
        row[1:]
        for row in table(editor.get(HERE))
        if row[1] in {"Anna Ernst", "Befehlszeile"} and "Person" not in row[3]
    ]
    assert rows == [
        ["Anna Ernst", "geändert", "Stadtteil: Mitte", ""],
        ["Anna Ernst", "als richtig bestätigt", "Angebot: <b>Baby</b> 100 %", ""],
        ["Anna Ernst", "geändert", "Ort: Kompass", ""],
        ["Befehlszeile", "eingelesen", "Einlesen: liste.csv", "12 neu"],
        ["Anna Ernst", "geändert", "Träger: Gibt es nicht mehr", "Name, Telefon"],
        ["Anna Ernst", "angelegt", "Träger: Klinikum Beispielstadt", ""],
    ]


def test_what_is_still_there_can_be_reached(written: Flask, editor: FlaskClient) -> None:
    body = parse_html(editor.get(f"{HERE}?person=77").text).find(".//tbody")
    links = [link.get("href") for link in body.iter("a")]
    assert links == [
        "/verwaltung/stadtteile/mitte",
        "/verwaltung/angebote/baby-treff-nordstadt",
        "/verwaltung/traeger/beratungsstelle-kompass/orte/kompass-mitte",
        "/verwaltung/traeger/klinikum",
    ]
    for link in links:
        assert editor.get(link).status_code == 200


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("person=77&kind=organization", ["Gibt es nicht mehr", "Klinikum Beispielstadt"]),
        ("person=77&action=created", ["Klinikum Beispielstadt"]),
        ("q=KLINIKUM", ["Klinikum Beispielstadt"]),
        ("q=100+%25", ["<b>Baby</b> 100 %"]),
        ("q=telefon", ["Gibt es nicht mehr"]),
        ("q=gibtesnicht", []),
        ("kind=import&action=deleted", []),
        ("person=77&bis=2020-01-01", []),
        ("kind=import&von=2020-01-01", ["liste.csv"]),
        ("kind=import&von=2099-01-01", []),
        ("kind=import&person=4711", ["liste.csv"]),
        ("kind=import&person=befehl", ["liste.csv"]),
        ("kind=import&person=77", []),
    ],
)
def test_filters(written: Flask, editor: FlaskClient, asked: str, found: list[str]) -> None:
    assert [row[3].partition(": ")[2] for row in table(editor.get(f"{HERE}?{asked}"))] == found


@pytest.mark.parametrize("day", ["gestern", "2026-02-30", "20261121", "0001-01-01", "9999-12-31", "2026-W01-1"])
def test_a_day_that_does_not_exist_is_said(editor: FlaskClient, day: str) -> None:
    page = editor.get(f"{HERE}?von={day}")
    assert page.status_code == 200
    assert alerts(page) == ["Das ist kein Tag, den es gibt. Beispiel: 2026-11-21. Gezeigt wird ohne diesen Tag."]


def test_pages_of_50(own_app: Flask, editor: FlaskClient) -> None:
    with own_app.app_context():
        for number in range(120):
            record(db.session, ANNA, Action.CHANGED, kind="page", entity=f"s{number}", label=f"Seite {number}")
        db.session.commit()
    first, third = editor.get(f"{HERE}?kind=page"), editor.get(f"{HERE}?kind=page&page=3")
    assert [row[3] for row in table(first)] == [f"Seite: Seite {number}" for number in range(119, 69, -1)]
    assert [row[3] for row in table(third)] == [f"Seite: Seite {number}" for number in range(19, -1, -1)]
    assert "120 Einträge" in first.text
    assert "Seite 3 von 3" in third.text
    assert 'href="?kind=page&amp;page=2"' in first.text


def test_people_are_links_only_for_admins(own_app: Flask, editor: FlaskClient, admin: FlaskClient) -> None:
    user_id = make_user(own_app, "redaktion", name="Uta Unter")
    address = f"/verwaltung/personen/{user_id}"
    assert f'href="{address}"' not in editor.get(f"{HERE}?kind=user").text
    assert f'href="{address}"' in admin.get(f"{HERE}?kind=user").text


def test_the_number_of_queries_does_not_grow_with_the_list(own_app: Flask, editor: FlaskClient) -> None:
    def add(count: int) -> None:
        with own_app.app_context():
            for number in range(count):
                record(db.session, ANNA, Action.CHANGED, kind="offer", entity=f"o{number}", label="O")
            db.session.commit()

    add(1)
    with counted_queries(own_app) as one:
        assert len(table(editor.get(f"{HERE}?kind=offer"))) == 1
    add(30)
    with counted_queries(own_app) as many:
        assert len(table(editor.get(f"{HERE}?kind=offer"))) == 31
    assert len(many) == len(one)


def test_it_can_only_be_read(editor: FlaskClient) -> None:
    for method in ("post", "put", "delete", "patch"):
        assert getattr(editor, method)(HERE).status_code in {404, 405}
    assert "<form" in editor.get(HERE).text
    forms = parse_html(editor.get(HERE).text).findall(".//main//form")
    assert [form.get("method") for form in forms] == ["get"]


def test_nouns_have_german_words() -> None:
    assert {"offer", "organization", "location", "district", "need", "page", "banner", "user"} <= set(KINDS)
