"""Stadtteile: a tree without circles, neighbours in both directions, and nothing deleted that something hangs on."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlmodel import Session

from portal.editing import districts, workflow
from portal.editing.actor import COMMAND, Actor, NotAllowedError
from portal.editing.descriptions import InUseError, fingerprint
from portal.editing.districts import CircleError, DistrictFacts
from portal.editing.versions import working
from portal.extensions import db
from portal.models import AuditEntry, District, DistrictNeighbour, DistrictText, Offer, RoleName, TrashEntry
from portal.models.enums import DistrictKind, TextState
from tests.conftest import counted_queries
from tests.integration.filled_forms import alerts, errors, filled, table

HERE = "/verwaltung/stadtteile"
NEW = {
    "name": "Südhang",
    "kind": "stadtteil",
    "parent": "beispielstadt",
    "position": "7",
    "latitude": "51,15",
    "longitude": "10.45",
    "neighbours": ["suedstadt", "mitte"],
    "description": "Hier wohnen viele Familien.",
}


def find(slug: str) -> Any:
    return db.session.execute(select(District).where(District.slug == slug)).scalar_one_or_none()


def facts(slug: str) -> DistrictFacts:
    return districts.read(db.session, find(slug))


def change(slug: str, **changes: Any) -> bool:
    now = facts(slug)
    return districts.change(
        db.session, COMMAND, find(slug), DistrictFacts(**{**vars(now), **changes}), base=fingerprint(now)
    )


def last_entry(app: Flask) -> tuple[str, str, str, str, str]:
    with app.app_context():
        entry = db.session.execute(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).scalar_one()
        return entry.user, entry.action, entry.kind, entry.entity, entry.details


def pairs(slug: str) -> set[tuple[str, str]]:
    """Who is whose neighbour, as the rows have it, for all pairs in which this district is."""
    names = {row.id: row.slug for row in db.session.execute(select(District.id, District.slug))}
    rows = db.session.execute(select(DistrictNeighbour.district_id, DistrictNeighbour.neighbour_id))
    return {pair for one, other in rows if slug in (pair := (names[one], names[other]))}


def test_the_tree_shows_each_part_below_what_it_belongs_to(editor: FlaskClient) -> None:
    rows = table(editor.get(HERE))
    assert [row[0] for row in rows] == [
        "Kreis Beispielland",
        "–\u00a0Beispielstadt".replace("\u00a0", " "),
        *(f"– – {name}" for name in ("Mitte", "Nordstadt", "Südstadt", "Westhafen", "Ostend", "Grüntal")),
        "– Hinterwiesen",
    ]
    assert [row[1] for row in rows[:3]] == ["Kreis", "Stadt oder Gemeinde", "Stadtteil"]
    assert rows[2][4] == "6"


def test_a_new_district_is_there_for_families_at_once(own_app: Flask, editor: FlaskClient) -> None:
    answer = editor.post(f"{HERE}/neu", data=NEW)
    assert (answer.status_code, answer.location) == (303, HERE)
    assert alerts(editor.get(HERE)) == ["„Südhang“ ist angelegt."]
    assert last_entry(own_app) == ("Mira Yıldız", "created", "district", "suedhang", "")
    with own_app.app_context():
        assert facts("suedhang") == DistrictFacts(
            name="Südhang",
            kind=DistrictKind.STADTTEIL,
            parent="beispielstadt",
            position=7,
            latitude=51.15,
            longitude=10.45,
            description="Hier wohnen viele Familien.",
            neighbours=frozenset({"mitte", "suedstadt"}),
        )
        assert pairs("suedhang") == {
            ("suedhang", "mitte"),
            ("mitte", "suedhang"),
            ("suedhang", "suedstadt"),
            ("suedstadt", "suedhang"),
        }
    assert "Hier wohnen viele Familien." in editor.get("/de/stadtteile/suedhang").text


def test_neighbours_are_kept_in_both_directions(own_app: Flask, editor: FlaskClient) -> None:
    form = filled(editor.get(f"{HERE}/nordstadt"))
    assert sorted(form["neighbours"]) == ["mitte", "ostend", "westhafen"]
    editor.post(f"{HERE}/nordstadt", data={**form, "neighbours": ["mitte", "gruental"]})
    with own_app.app_context():
        assert pairs("nordstadt") == {
            ("nordstadt", "mitte"),
            ("mitte", "nordstadt"),
            ("nordstadt", "gruental"),
            ("gruental", "nordstadt"),
        }
    assert last_entry(own_app)[1:] == ("changed", "district", "nordstadt", "Nachbarn")
    form = filled(editor.get(f"{HERE}/nordstadt"))
    editor.post(f"{HERE}/nordstadt", data={name: value for name, value in form.items() if name != "neighbours"})
    with own_app.app_context():
        assert pairs("nordstadt") == set()


@pytest.mark.parametrize("parent", ["beispielland", "beispielstadt", "mitte"])
def test_a_district_never_lies_in_itself_or_below_itself(own_app: Flask, editor: FlaskClient, parent: str) -> None:
    """Neither by the form nor past it."""
    form = filled(editor.get(f"{HERE}/beispielland"))
    answer = editor.post(f"{HERE}/beispielland", data={**form, "parent": parent})
    assert (answer.status_code, set(errors(answer))) == (422, {"parent"})
    with own_app.app_context():
        with pytest.raises(CircleError):
            change("beispielland", parent=parent)
        db.session.rollback()
        assert facts("beispielland").parent is None


def test_a_circle_is_seen_at_the_last_moment_too(own_app: Flask) -> None:
    """Somebody else has moved the other one a moment ago, after the first look."""
    with own_app.app_context():
        change("westhafen", parent="ostend")
        db.session.commit()
        base = fingerprint(facts("ostend"))
        wanted = DistrictFacts(**{**vars(facts("ostend")), "parent": "westhafen"})
        with pytest.raises(CircleError) as error:
            districts.change(db.session, COMMAND, find("ostend"), wanted, base=base)
        assert (
            str(error.value)
            == "„Ostend“ kann nicht in sich selbst liegen, und auch nicht in einem seiner eigenen Teile."
        )


def test_a_move_in_the_tree_is_seen_on_the_public_pages(own_app: Flask, editor: FlaskClient) -> None:
    editor.post(f"{HERE}/hinterwiesen", data=filled(editor.get(f"{HERE}/hinterwiesen"), parent="beispielstadt"))
    assert last_entry(own_app)[4] == "Gehört zu"
    rows = [row[0] for row in table(editor.get(HERE))]
    assert "– – Hinterwiesen" in rows
    assert editor.get("/de/stadtteile/hinterwiesen").status_code == 200


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": " "}, {"name": "Das fehlt noch."}),
        ({"position": "-1"}, {"position": "Hier passt eine Zahl von 0 bis 100000. Beispiel: 10"}),
        ({"position": "vorn"}, {"position": "Hier passt eine ganze Zahl. Beispiel: 10"}),
        ({"position": "99999999999999999999"}, {"position": "Hier passt eine Zahl von 0 bis 100000. Beispiel: 10"}),
        ({"latitude": "3"}, {"latitude": "Das liegt nicht in Deutschland: Hier passen Zahlen von 47 bis 56."}),
        ({"longitude": ""}, {"longitude": "Es fehlt die zweite Zahl: Bitte beide angeben oder beide leer lassen."}),
        ({"kind": "planet"}, {"kind": "Keine gültige Auswahl."}),
        ({"parent": "atlantis"}, {"parent": "Keine gültige Auswahl."}),
    ],
)
def test_bad_input_is_said_in_sentences(
    own_app: Flask, editor: FlaskClient, changes: dict[str, str], said: dict[str, str]
) -> None:
    answer = editor.post(f"{HERE}/neu", data={**NEW, **changes})
    assert (answer.status_code, errors(answer)) == (422, said)
    assert filled(answer)["description"] == NEW["description"]
    with own_app.app_context():
        assert find("suedhang") is None


def test_a_district_is_not_its_own_neighbour(own_app: Flask, editor: FlaskClient) -> None:
    form = filled(editor.get(f"{HERE}/mitte"))
    answer = editor.post(f"{HERE}/mitte", data={**form, "neighbours": ["mitte", "nordstadt"]})
    assert (answer.status_code, set(errors(answer))) == (422, {"neighbours"})
    with own_app.app_context():
        change("mitte", neighbours=frozenset({"mitte", "nordstadt"}))
        assert pairs("mitte") == {("mitte", "nordstadt"), ("nordstadt", "mitte")}


def test_new_german_words_make_the_translations_outdated(own_app: Flask, editor: FlaskClient) -> None:
    def states() -> dict[str, TextState]:
        with own_app.app_context():
            rows = db.session.execute(
                select(DistrictText.lang, DistrictText.state).where(DistrictText.district_id == find("mitte").id)
            )
            return {row.lang: row.state for row in rows}

    before = states()
    page = editor.get(f"{HERE}/mitte")
    editor.post(f"{HERE}/mitte", data=filled(page, description="Rathaus und Bücherei.", small="y"))
    assert states() == before
    editor.post(f"{HERE}/mitte", data=filled(editor.get(f"{HERE}/mitte"), description="Alles ist neu."))
    assert states() == {lang: TextState.SOURCE if lang == "de" else TextState.OUTDATED for lang in before}
    assert set(before) == {"de", "en", "tr", "ar", "uk", "ru"}


def test_two_people_at_once_both_are_kept_and_the_second_chooses(editor: FlaskClient) -> None:
    address = f"{HERE}/mitte"
    one, two = filled(editor.get(address)), filled(editor.get(address))
    editor.post(address, data={**one, "name": "Zentrum"})
    refused = editor.post(address, data={**two, "name": "Innenstadt", "neighbours": ["nordstadt"]})
    assert refused.status_code == 422
    assert "Zentrum" in alerts(refused)[-1]
    assert "Grüntal" in alerts(refused)[-1]
    assert filled(refused)["name"] == "Innenstadt"
    assert editor.post(address, data=filled(refused)).status_code == 303
    assert filled(editor.get(address))["neighbours"] == ["nordstadt"]


@pytest.mark.parametrize(
    ("slug", "named"),
    [
        ("beispielstadt", "Stadtteil oder Ort darin: Nordstadt"),
        ("nordstadt", "Adresse: Familienzentrum Nordstadt"),
        ("mitte", "Angebot: "),
    ],
)
def test_what_something_hangs_on_cannot_be_deleted_and_it_is_named(
    own_app: Flask, editor: FlaskClient, slug: str, named: str
) -> None:
    for answer in (editor.get(f"{HERE}/{slug}/loeschen"), editor.post(f"{HERE}/{slug}/loeschen")):
        assert named in alerts(answer)[-1]
    assert answer.status_code == 422
    with own_app.app_context():
        assert find(slug) is not None
        assert db.session.execute(select(TrashEntry.id)).all() == []


def test_an_offer_that_will_be_meant_for_it_counts_too(own_app: Flask, editor: FlaskClient) -> None:
    editor.post(f"{HERE}/neu", data=NEW)
    with own_app.app_context():
        assert districts.users_of(db.session, find("suedhang")) == []
        offer = db.session.execute(select(Offer).order_by(Offer.id).limit(1)).scalar_one()
        now = working(db.session, offer)
        content = msgspec.structs.replace(now.content, serves=[*now.content.serves, "suedhang"])
        workflow.save(db.session, COMMAND, offer, content, base=now.number)
        db.session.commit()
        with pytest.raises(InUseError) as error:
            districts.delete(db.session, COMMAND, find("suedhang"))
        assert error.value.users == [f"Angebot: {now.content.text.title}"]


def test_one_that_nothing_hangs_on_goes_to_the_bin_and_comes_back(own_app: Flask, editor: FlaskClient) -> None:
    editor.post(f"{HERE}/neu", data=NEW)
    with own_app.app_context():
        before, links = facts("suedhang"), pairs("suedhang")
    assert editor.post(f"{HERE}/suedhang/loeschen").location == HERE
    assert last_entry(own_app)[1:4] == ("deleted", "district", "suedhang")
    assert editor.get("/de/stadtteile/suedhang").status_code == 404
    with own_app.app_context():
        number = db.session.execute(select(TrashEntry.id)).scalar_one()
    editor.post(f"/verwaltung/papierkorb/{number}/zurueckholen", data={"entity": "suedhang"})
    with own_app.app_context():
        assert (facts("suedhang"), pairs("suedhang")) == (before, links)
    assert editor.get("/de/stadtteile/suedhang").status_code == 200


def test_only_editors_write_them(own_app: Flask) -> None:
    provider = Actor(user_id=1, name="P", roles=frozenset({RoleName.PROVIDER}), organizations=frozenset({1}))
    with own_app.app_context():
        session: Session = db.session
        now = facts("mitte")
        for attempt in (
            lambda: districts.find(session, provider, "mitte"),
            lambda: districts.create(session, provider, now),
            lambda: districts.change(session, provider, find("mitte"), now, base=""),
            lambda: districts.delete(session, provider, find("mitte")),
        ):
            with pytest.raises(NotAllowedError):
                attempt()


def test_the_number_of_queries_does_not_grow_with_the_list(own_app: Flask, editor: FlaskClient) -> None:
    with counted_queries(own_app) as few:
        editor.get(HERE)
    with own_app.app_context():
        for number in range(30):
            db.session.add(District(slug=f"d{number}", name=f"D{number}", kind="stadtteil", parent_id=1))
        db.session.commit()
    with counted_queries(own_app) as many:
        assert len(table(editor.get(HERE))) == 39
    assert len(many) == len(few)
