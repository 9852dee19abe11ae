"""The bin: whatever was deleted comes back whole for 30 days, on both databases, and a conflict loses nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, func, insert, select, text
from sqlalchemy.engine import Engine
from sqlmodel import Session, SQLModel

from portal import database, models
from portal.auth.setup import moment
from portal.content.load import load_demo, load_needs
from portal.content.store import from_json, read_content, to_json
from portal.editing import trash
from portal.editing.actor import COMMAND, Actor, NotAllowedError
from portal.editing.trash import CannotRestoreError
from portal.extensions import db
from portal.models import (
    AuditEntry,
    District,
    DistrictNeighbour,
    FollowUp,
    Location,
    Offer,
    OfferDistrict,
    Organization,
    RoleName,
    TrashEntry,
)
from portal.models.base import utc_now
from tests.conftest import ROOT, TODAY, counted_queries
from tests.integration.filled_forms import alerts, table

CONTENT = ROOT / "content"
EDITOR = Actor(user_id=None, name="Rosa Redaktion", roles=frozenset({RoleName.EDITOR}))
OFFER = "baby-treff-nordstadt"


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The demo Kommune in each kind of database."""
    folder: Path = tmp_path_factory.mktemp("trash")
    url = f"sqlite:///{folder / 'test.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url").replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url)
    if request.param == "postgresql":
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
    database.upgrade(engine)
    with Session(engine) as session:
        load_needs(session, CONTENT / "needs")
        load_demo(session, CONTENT / "demo", ["de", "tr", "ar"])
        session.commit()
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """What a test does is undone at its end."""
    with Session(engine) as session:
        yield session
        session.rollback()


def find(session: Session, table: Any, slug: str) -> Any:
    return session.execute(select(table).where(table.slug == slug)).scalar_one()


def everything(session: Session) -> dict[str, set[str]]:
    """All rows of all tables but the bin and the log."""
    session.expire_all()
    return {
        table.name: {json.dumps([str(value) for value in row]) for row in session.execute(select(table))}
        for table in SQLModel.metadata.sorted_tables
        if table.name not in {"trash", "audit_log", "catalogue_state", "outbox"}
    }


def bin_offer(session: Session, slug: str = OFFER, actor: Actor = EDITOR) -> TrashEntry:
    offer = find(session, Offer, slug)
    entry = trash.put(
        session,
        actor,
        kind="offer",
        entity=slug,
        label="Baby-Treff",
        rows=[(Offer, Offer.id == offer.id)],
        organization_id=offer.organization_id,
    )
    session.flush()
    return entry


def with_all_kinds_of_rows(session: Session) -> None:
    """Give the offer at least one row in every table that hangs on it."""
    offer = find(session, Offer, OFFER)
    other = session.execute(select(Offer.id).where(Offer.id != offer.id).order_by(Offer.id).limit(1)).scalar_one()
    session.execute(insert(models.User), [{"email": "a@x.example", "name": "Ada", "fs_uniquifier": "u" * 32,
                                           "active": True, "created_at": utc_now()}])  # fmt: skip
    user = session.execute(select(models.User.id)).scalars().first()
    rows: list[Any] = [
        models.OfferVersion(offer_id=offer.id, number=1, content="{}", author_id=user, author="Ada"),
        models.OfferComment(offer_id=offer.id, version=1, author_id=user, author="Ada", text="Gut so"),
        models.Reminder(offer_id=offer.id, review_due=date(2026, 12, 1), level=1),
        models.FeedbackReport(offer_id=offer.id, reason="phone", lang="tr", reported_on=date(2026, 11, 1)),
        models.HelpedCount(offer_id=offer.id, month=date(2026, 11, 1), yes=3, no=1),
        models.TranslationSource(kind="offer", entity=OFFER, lang="tr", fields='{"title": "Treff"}'),
        models.OfferDistrict(offer_id=offer.id, district_id=find(session, District, "gruental").id),
    ]
    # What only practitioners read, and what they have said or handed on.
    rows += [
        models.OfferInternal(offer_id=offer.id, contact="Koordination", updated_by="Ada"),
        models.OfferAttachment(offer_id=offer.id, title="Bogen", pdf=bytes(range(256)), size=256, added_on=TODAY),
        models.NoPlaceReport(offer_id=offer.id, reported_on=TODAY),
        models.SharedShortlist(code="ABC234", lang="tr", expires_on=TODAY),
        models.SharedShortlistOffer(code="ABC234", position=1, offer_id=offer.id),
    ]
    present = session.execute(select(FollowUp.offer_id, FollowUp.next_offer_id)).all()
    rows += [
        FollowUp(offer_id=one, next_offer_id=two, position=7)
        for one, two in ((offer.id, other), (other, offer.id))
        if (one, two) not in present
    ]
    session.add_all(rows)
    session.flush()


def test_an_offer_comes_back_with_every_row_that_hung_on_it(session: Session) -> None:
    with_all_kinds_of_rows(session)
    hanging = {
        table.name
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table.name == "offer"
    }
    offer_id = find(session, Offer, OFFER).id
    before = everything(session)
    content = to_json(read_content(session, offer_id))
    entry = bin_offer(session)
    kept = {name for name, _rows in json.loads(entry.content)["rows"]}
    assert kept == {"offer", "translation_source", *hanging}, "the test gives it a row in each table"
    assert session.execute(select(Offer.id).where(Offer.slug == OFFER)).all() == []
    assert everything(session) != before

    back = trash.restore(session, EDITOR, entry.id)
    session.flush()
    assert (back.kind, back.entity, back.label, back.without) == ("offer", OFFER, "Baby-Treff", ())
    assert everything(session) == before
    assert from_json(to_json(read_content(session, offer_id))) == from_json(content)
    assert session.get(TrashEntry, entry.id) is None


def test_an_organization_a_place_and_a_district_come_back(session: Session) -> None:
    organization = Organization(slug="neu", name="Neu", kind="verein", phone="030 23125 111")
    district = District(slug="neuland", name="Neuland", kind="stadtteil", parent_id=find(session, District, "mitte").id)
    session.add_all([organization, district])
    session.flush()
    session.add_all(
        [
            Location(slug="neu-ort", organization_id=organization.id, district_id=district.id, street="Weg"),
            models.OrganizationText(organization_id=organization.id, lang="de", state="source", description="Wir."),
            models.DistrictText(district_id=district.id, lang="tr", state="human", description="Biz."),
            DistrictNeighbour(district_id=district.id, neighbour_id=find(session, District, "mitte").id),
            DistrictNeighbour(district_id=find(session, District, "mitte").id, neighbour_id=district.id),
        ]
    )
    session.flush()
    before = everything(session)
    place = find(session, Location, "neu-ort")
    kept = [
        trash.put(session, EDITOR, kind="location", entity="neu-ort", label="Ort", rows=[(Location, Location.id == place.id)]),
        trash.put(session, EDITOR, kind="organization", entity="neu", label="Neu",
                  rows=[(Organization, Organization.id == organization.id)]),
        trash.put(session, EDITOR, kind="district", entity="neuland", label="Neuland",
                  rows=[(District, District.id == district.id)]),
    ]  # fmt: skip
    session.flush()
    with pytest.raises(CannotRestoreError) as error:
        trash.restore(session, EDITOR, kept[0].id)
    assert str(error.value) == (
        "Zu „Ort“ gehört ein Träger: „Neu“. Das liegt auch im Papierkorb. Hole es zuerst zurück."
    )
    for entry in reversed(kept):
        trash.restore(session, EDITOR, entry.id)
    session.flush()
    assert everything(session) == before


def test_a_new_row_that_took_the_number_of_a_deleted_one_stays_what_it_is(session: Session) -> None:
    """SQLite gives the number of a deleted row to the next new one."""
    offer_id = find(session, Offer, OFFER).id
    content = read_content(session, offer_id)
    texts = session.execute(select(func.count()).where(models.OfferText.offer_id == offer_id)).scalar_one()
    entry = bin_offer(session)
    session.add(Offer(id=offer_id, slug="ganz-neu", organization_id=1, kind="beratung"))
    session.flush()
    trash.restore(session, EDITOR, entry.id)
    session.flush()
    back = find(session, Offer, OFFER)
    assert back.id != offer_id
    assert find(session, Offer, "ganz-neu").id == offer_id
    assert read_content(session, back.id) == content
    found = select(func.count()).where(models.OfferText.offer_id == back.id)
    assert session.execute(found).scalar_one() == texts


def test_a_link_to_a_deleted_thing_never_becomes_a_link_to_the_next_one_with_its_number(session: Session) -> None:
    first = find(session, Offer, OFFER)
    second = find(session, Offer, "logopaedie-sprechstunde")
    third = session.execute(
        select(Offer).where(Offer.id.not_in([first.id, second.id])).order_by(Offer.id).limit(1)
    ).scalar_one()
    session.execute(FollowUp.__table__.delete().where(FollowUp.offer_id == first.id))
    session.add(FollowUp(offer_id=first.id, next_offer_id=second.id, position=0))
    session.add(FollowUp(offer_id=first.id, next_offer_id=third.id, position=1))
    session.flush()
    taken = second.id
    one = bin_offer(session)
    bin_offer(session, "logopaedie-sprechstunde")
    session.add(Offer(id=taken, slug="ganz-neu", organization_id=1, kind="beratung"))
    session.flush()
    back = trash.restore(session, EDITOR, one.id)
    session.flush()
    found = find(session, Offer, OFFER)
    links = session.execute(select(FollowUp.next_offer_id).where(FollowUp.offer_id == found.id)).scalars().all()
    assert links == [third.id]
    assert back.without == ("ein Angebot (logopaedie-sprechstunde)",)
    entry = session.execute(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).scalar_one()
    assert (entry.action, entry.entity, entry.details) == (
        "undeleted",
        OFFER,
        "ohne: ein Angebot (logopaedie-sprechstunde)",
    )


def test_an_old_page_never_brings_back_something_else_than_it_shows(session: Session) -> None:
    """The number of an entry that is gone may be that of another one now."""
    entry = bin_offer(session)
    with pytest.raises(NotAllowedError):
        trash.restore(session, EDITOR, entry.id, entity="logopaedie-sprechstunde")
    assert trash.restore(session, EDITOR, entry.id, entity=OFFER).entity == OFFER


def test_after_something_came_back_new_rows_get_numbers_of_their_own(session: Session) -> None:
    """PostgreSQL counts in a sequence that knows nothing of rows put back with their numbers."""
    highest = session.execute(select(func.max(Organization.id))).scalar_one()
    organization = Organization(id=highest + 5, slug="voraus", name="Voraus", kind="verein")
    session.add(organization)
    session.flush()
    entry = trash.put(session, EDITOR, kind="organization", entity="voraus", label="Voraus",
                      rows=[(Organization, Organization.id == organization.id)])  # fmt: skip
    session.flush()
    trash.restore(session, EDITOR, entry.id)
    made = [Organization(slug=f"n{number}", name="N", kind="verein") for number in range(8)]
    session.add_all(made)
    session.flush()
    ids = [item.id for item in made]
    assert min(ids) > highest + 5
    assert len(set(ids)) == 8


def test_the_same_slug_again_is_said_and_loses_nothing(session: Session) -> None:
    entry = bin_offer(session)
    session.add(Offer(slug=OFFER, organization_id=1, kind="beratung"))
    session.flush()
    before, kept = everything(session), entry.content
    with pytest.raises(CannotRestoreError) as error:
        trash.restore(session, EDITOR, entry.id)
    assert str(error.value) == (
        "„Baby-Treff“ kann gerade nicht zurück: Inzwischen gibt es etwas Neues mit demselben Kürzel "
        "(baby-treff-nordstadt). Hier bleibt alles aufgehoben."
    )
    assert everything(session) == before
    assert session.get(TrashEntry, entry.id).content == kept


def test_any_other_conflict_is_said_and_loses_nothing(session: Session) -> None:
    session.add(Organization(slug="q", name="Q", kind="verein", source="liste", external_id="7"))
    session.flush()
    entry = trash.put(
        session, EDITOR, kind="organization", entity="q", label="Q", rows=[(Organization, Organization.slug == "q")]
    )
    session.add(Organization(slug="r", name="R", kind="verein", source="liste", external_id="7"))
    session.flush()
    before = everything(session)
    with pytest.raises(CannotRestoreError, match="an seiner Stelle"):
        trash.restore(session, EDITOR, entry.id)
    assert everything(session) == before
    session.execute(Organization.__table__.delete().where(Organization.slug == "r"))
    session.expire_all()
    assert trash.restore(session, EDITOR, entry.id).label == "Q"


def test_what_a_thing_cannot_be_without_is_named(session: Session) -> None:
    organization = Organization(slug="o", name="O", kind="verein")
    session.add(organization)
    session.flush()
    place = Location(slug="p", organization_id=organization.id, street="Weg")
    session.add(place)
    session.flush()
    entry = trash.put(
        session, EDITOR, kind="location", entity="p", label="Weg 1", rows=[(Location, Location.id == place.id)]
    )
    session.execute(Organization.__table__.delete().where(Organization.slug == "o"))
    with pytest.raises(CannotRestoreError) as error:
        trash.restore(session, EDITOR, entry.id)
    assert str(error.value) == ("Zu „Weg 1“ gehört ein Träger (o). Das gibt es nicht mehr, auch nicht im Papierkorb.")


def test_a_place_that_is_gone_is_left_out_where_it_may_be_missing(session: Session) -> None:
    offer = find(session, Offer, OFFER)
    place = Location(slug="p", organization_id=offer.organization_id, street="Weg")
    session.add(place)
    session.flush()
    offer.location_id, offer.phone = place.id, "030 23125 100"
    session.flush()
    entry = bin_offer(session)
    session.execute(Location.__table__.delete().where(Location.slug == "p"))
    back = trash.restore(session, EDITOR, entry.id)
    assert back.without == ("ein Ort (p)",)
    assert find(session, Offer, OFFER).location_id is None


def test_for_30_days_and_not_an_hour_longer(session: Session) -> None:
    entry = bin_offer(session)
    entry.deleted_at = utc_now() - timedelta(days=30) + timedelta(minutes=5)
    session.flush()
    assert [row.entity for row in trash.entries(session, EDITOR)] == [OFFER]
    trash.sweep(session)
    session.expire_all()
    entry = session.get(TrashEntry, entry.id)
    entry.deleted_at = utc_now() - timedelta(days=30, minutes=5)
    session.flush()
    assert trash.entries(session, EDITOR) == []
    with pytest.raises(NotAllowedError):
        trash.restore(session, EDITOR, entry.id)
    bin_offer(session, "logopaedie-sprechstunde")
    kept = session.execute(select(TrashEntry.entity)).scalars().all()
    assert kept == ["logopaedie-sprechstunde"], "swept with the next thing that is thrown away"


@pytest.mark.parametrize(
    ("gone", "left"),
    [({}, 30), ({"hours": 1}, 30), ({"days": 1}, 29), ({"days": 29, "hours": 23}, 1), ({"days": 30}, 0)],
)
def test_days_left_are_counted_in_days_that_have_begun(gone: dict[str, int], left: int) -> None:
    now = utc_now()
    assert trash.days_left(now - timedelta(**gone), now) == left


def test_a_traeger_editor_sees_and_restores_only_what_was_theirs(session: Session) -> None:
    offer = find(session, Offer, OFFER)
    mine = Actor(
        user_id=1, name="Toni", roles=frozenset({RoleName.PROVIDER}), organizations=frozenset({offer.organization_id})
    )
    other = Actor(
        user_id=2,
        name="Olga",
        roles=frozenset({RoleName.PROVIDER}),
        organizations=frozenset({offer.organization_id + 1}),
    )
    reader = Actor(
        user_id=3, name="Rita", roles=frozenset({RoleName.TRANSLATOR}), organizations=frozenset({offer.organization_id})
    )
    entry = bin_offer(session)
    free = trash.put(session, EDITOR, kind="district", entity="x", label="X", rows=[(District, District.slug == "x")])
    session.flush()
    assert [row.entity for row in trash.entries(session, mine)] == [OFFER]
    assert (trash.count(session, mine), trash.count(session, other), trash.count(session, EDITOR)) == (1, 0, 2)
    for actor in (other, reader):
        with pytest.raises(NotAllowedError):
            trash.restore(session, actor, entry.id)
    with pytest.raises(NotAllowedError):
        trash.restore(session, mine, free.id)
    assert trash.restore(session, mine, entry.id).entity == OFFER


def test_only_the_first_of_two_people_brings_it_back(engine: Engine) -> None:
    with Session(engine) as setup:
        setup.add(Organization(slug="zwei", name="Zwei", kind="verein"))
        setup.flush()
        entry = trash.put(setup, COMMAND, kind="organization", entity="zwei", label="Zwei",
                          rows=[(Organization, Organization.slug == "zwei")])  # fmt: skip
        setup.commit()
        number = entry.id
    with Session(engine) as first, Session(engine) as second:
        # The second one has read it before the first one brings it back.
        seen = second.get(TrashEntry, number)
        assert seen is not None
        assert seen.label == "Zwei"
        trash.restore(first, EDITOR, number)
        first.commit()
        with pytest.raises(NotAllowedError):
            trash.restore(second, EDITOR, number)
        second.rollback()
        names = second.execute(select(Organization.name).where(Organization.slug == "zwei")).scalars().all()
        assert names == ["Zwei"]
        second.execute(Organization.__table__.delete().where(Organization.slug == "zwei"))
        second.commit()


def test_a_failed_return_leaves_nothing_half_done(engine: Engine) -> None:
    """Also where the connection ends before the commit."""
    with Session(engine) as setup:
        entry = bin_offer(setup)
        setup.commit()
        number = entry.id
    with Session(engine) as lost:
        trash.restore(lost, EDITOR, number)
        lost.flush()
    with Session(engine) as session:
        assert session.execute(select(Offer.id).where(Offer.slug == OFFER)).all() == []
        assert session.execute(select(OfferDistrict).limit(1)).first() is not None
        assert trash.restore(session, EDITOR, number).entity == OFFER
        session.commit()
        assert session.execute(select(Offer.slug).where(Offer.slug == OFFER)).scalar_one() == OFFER


# --- the page ---------------------------------------------------------------------------------------------------------

HERE = "/verwaltung/papierkorb"


def throw_away(app: Flask, *slugs: str) -> list[int]:
    """Delete offers, as their page does. Returns the numbers of the entries."""
    with app.app_context():
        made = [bin_offer(db.session, slug) for slug in slugs]
        db.session.commit()
        return [entry.id for entry in made]


def test_the_page_says_what_by_whom_when_and_for_how_long(own_app: Flask, editor: FlaskClient) -> None:
    assert "Der Papierkorb ist leer." in editor.get(HERE).text
    (number,) = throw_away(own_app, OFFER)
    with own_app.app_context():
        entry = db.session.get_one(TrashEntry, number)
        entry.deleted_at = utc_now() - timedelta(days=28, hours=1)
        when = moment(entry.deleted_at)
        db.session.commit()
    rows = table(editor.get(HERE))
    assert rows == [["Baby-Treff", "Angebot", "Rosa Redaktion", when, "2 Tage", "Zurückholen"]]


def test_one_click_and_families_see_it_again(own_app: Flask, editor: FlaskClient) -> None:
    (number,) = throw_away(own_app, OFFER)
    assert editor.get(f"/de/angebote/{OFFER}").status_code == 404
    version = catalogue_version(own_app)
    answer = editor.post(f"{HERE}/{number}/zurueckholen", data={"entity": OFFER})
    assert (answer.status_code, answer.location) == (303, HERE)
    assert alerts(editor.get(HERE)) == ["„Baby-Treff“ ist wieder da."]
    assert editor.get(f"/de/angebote/{OFFER}").status_code == 200
    assert OFFER in editor.get("/de/angebote?district=nordstadt").text
    assert catalogue_version(own_app) > version
    with own_app.app_context():
        told = select(models.OutboxEntry.kind, models.OutboxEntry.entity).where(models.OutboxEntry.version > version)
        offer_id = find(db.session, Offer, OFFER).id
        assert ("offer", str(offer_id)) in {tuple(row) for row in db.session.execute(told)}, "the search is told"
        entry = db.session.execute(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).scalar_one()
        assert (entry.user, entry.action, entry.kind, entry.entity) == ("Mira Yıldız", "undeleted", "offer", OFFER)
    assert editor.post(f"{HERE}/{number}/zurueckholen", data={"entity": OFFER}).status_code == 404


def catalogue_version(app: Flask) -> int:
    with app.app_context():
        return db.session.execute(select(models.CatalogueState.version)).scalar_one()


def test_a_conflict_is_said_on_the_page_and_it_stays_in_the_bin(own_app: Flask, editor: FlaskClient) -> None:
    (number,) = throw_away(own_app, OFFER)
    with own_app.app_context():
        db.session.add(Offer(slug=OFFER, organization_id=1, kind="beratung"))
        db.session.commit()
        before = db.session.execute(select(func.max(AuditEntry.id))).scalar_one()
    assert editor.post(f"{HERE}/{number}/zurueckholen", data={"entity": OFFER}).status_code == 303
    page = editor.get(HERE)
    assert alerts(page)[0].startswith("„Baby-Treff“ kann gerade nicht zurück")
    assert [row[0] for row in table(page)] == ["Baby-Treff"]
    with own_app.app_context():
        assert db.session.execute(select(func.max(AuditEntry.id))).scalar_one() == before


def test_a_traeger_editor_finds_only_their_own_there(own_app: Flask, provider: FlaskClient) -> None:
    with own_app.app_context():
        mine = db.session.execute(select(Offer.slug).where(Offer.organization_id == 1).limit(1)).scalar_one()
    first, second = throw_away(own_app, mine, OFFER)
    rows = table(provider.get(HERE))
    assert len(rows) == 1
    assert provider.post(f"{HERE}/{second}/zurueckholen", data={"entity": OFFER}).status_code == 404
    assert provider.post(f"{HERE}/{first}/zurueckholen").status_code == 404, "not without saying what"
    assert provider.post(f"{HERE}/{first}/zurueckholen", data={"entity": mine}).status_code == 303
    with own_app.app_context():
        assert find(db.session, Offer, mine).organization_id == 1


def test_the_number_of_queries_does_not_grow_with_the_bin(own_app: Flask, editor: FlaskClient) -> None:
    def fill(count: int) -> None:
        with own_app.app_context():
            for number in range(count):
                db.session.add(TrashEntry(kind="offer", entity=f"o{number}", label="O", content="{}"))
            db.session.commit()

    fill(1)
    with counted_queries(own_app) as one:
        assert len(table(editor.get(HERE))) == 1
    fill(59)
    with counted_queries(own_app) as many:
        page = editor.get(HERE)
    assert len(table(page)) == 50
    assert "Seite 1 von 2" in page.text
    assert len(many) == len(one)
