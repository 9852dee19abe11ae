""" "Für Fachkräfte": what only practitioners read of an offer. Written by its editors, on no public page,
in no table, and in one file only: demo/directory.yaml of `portal content export`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session, col, select

from portal.content.directory import DirectoryFile
from portal.content.export import export_content
from portal.content.schema import read
from portal.editing import internal, trash, workflow
from portal.editing.actor import COMMAND, Actor, NotAllowedError
from portal.editing.descriptions import ChangedMeanwhileError, fingerprint
from portal.editing.internal import InternalFacts
from portal.editing.offer_deletion import delete_offer
from portal.editing.versions import find_offer, working
from portal.extensions import db
from portal.models import AuditEntry, Offer, OfferInternal, OfferVersion, RoleName, TrashEntry
from tests.conftest import ROOT
from tests.integration.admin import browser, log_in, make_user
from tests.integration.either_database import either_app
from tests.integration.filled_forms import alerts, errors, filled

__all__ = ["either_app"]
OFFER = "still-cafe"
PAGE = f"/verwaltung/angebote/{OFFER}/fachkraefte"
FACTS = InternalFacts(
    contact="Koordination Frühe Hilfen",
    contact_phone="030 23125 987",
    contact_email="koordination@verein.example",
    contact_times="dienstags von 9 bis 11 Uhr",
    deputy="Leitung Familienzentrum",
    deputy_phone="030 23125 988",
    deputy_email="leitung@verein.example",
    referral_route="Kurz anrufen. Zum ersten Treffen kommen wir in die Kita.",
    admission="Familien mit Kindern bis 3 Jahre.",
)
EDITOR = Actor(user_id=None, name="Rosa Redaktion", roles=frozenset({RoleName.EDITOR}))


def write(session: Session, slug: str = OFFER, facts: InternalFacts = FACTS) -> Offer:
    offer = find_offer(session, COMMAND, slug)
    base = fingerprint(internal.read(session, offer))
    assert internal.save(session, EDITOR, offer, facts, base=base)
    return offer


def kept(session: Session) -> OfferInternal | None:
    query = select(OfferInternal).join(Offer, col(Offer.id) == OfferInternal.offer_id).where(Offer.slug == OFFER)
    return session.exec(query).one_or_none()


def entries(app: Flask) -> list[tuple[str, str, str, str]]:
    with app.app_context():
        query = select(AuditEntry).where(col(AuditEntry.kind) != "user").order_by(col(AuditEntry.id))
        return [(row.action, row.entity, row.user, row.details) for row in db.session.exec(query)]


def test_an_editor_writes_it_and_finds_it_again(own_app: Flask, editor: FlaskClient) -> None:
    answer = editor.post(PAGE, data=filled(editor.get(PAGE), **vars(FACTS)), follow_redirects=True)
    assert alerts(answer) == ["Gespeichert. Fachkräfte lesen es jetzt."]
    shown = filled(answer)
    assert {name: shown[name] for name in vars(FACTS)} == vars(FACTS)
    assert "Zuletzt von Mira Yıldız" in answer.text
    assert f'href="{PAGE}"' in editor.get(f"/verwaltung/angebote/{OFFER}").text


def test_the_log_names_the_fields_and_never_what_is_in_them(own_app: Flask, editor: FlaskClient) -> None:
    form = filled(editor.get(PAGE), contact=FACTS.contact, referral_route=FACTS.referral_route)
    editor.post(PAGE, data=form)
    assert entries(own_app) == [("changed", OFFER, "Mira Yıldız", "Für Fachkräfte: Ansprechperson, Weg dorthin")]
    log = editor.get("/verwaltung/protokoll").text
    assert FACTS.contact not in log


def test_saving_what_is_there_already_changes_nothing(own_app: Flask, editor: FlaskClient) -> None:
    with own_app.app_context():
        write(db.session)
        db.session.commit()
    before = entries(own_app)
    answer = editor.post(PAGE, data=filled(editor.get(PAGE)), follow_redirects=True)
    assert alerts(answer) == ["Es war nichts zu ändern."]
    assert entries(own_app) == before


def test_what_is_emptied_is_kept_nowhere(own_app: Flask, editor: FlaskClient) -> None:
    """A person who was named and asks to be forgotten is forgotten: in no version, no log, no bin."""
    editor.post(PAGE, data=filled(editor.get(PAGE), contact="Frau Musterfrau"))
    editor.post(PAGE, data=filled(editor.get(PAGE), contact=""))
    with own_app.app_context():
        assert kept(db.session) is None
        for model, text in ((OfferVersion, "content"), (TrashEntry, "content"), (AuditEntry, "details")):
            assert [row for row in db.session.exec(select(model)) if "Musterfrau" in getattr(row, text)] == []


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("contact_phone", "anrufen", "Das kann keine Telefonnummer sein. Beispiel: 030 23125 100"),
        ("deputy_email", "leitung(at)verein", "Das kann keine E-Mail-Adresse sein. Beispiel: info@verein.example"),
        ("contact", "x" * 201, "Das sind 201 Zeichen; höchstens 200 passen hierher."),
        ("admission", "x" * 2001, "Das sind 2.001 Zeichen; höchstens 2.000 passen hierher."),
    ],
)
def test_what_cannot_be_is_said_and_nothing_typed_is_lost(
    editor: FlaskClient, field: str, typed: str, said: str
) -> None:
    answer = editor.post(PAGE, data=filled(editor.get(PAGE), **{**vars(FACTS), field: typed}))
    assert answer.status_code == 422
    assert errors(answer) == {field: said}
    shown = filled(answer)
    assert {name: shown[name] for name in vars(FACTS)} == {**vars(FACTS), field: typed}


@pytest.mark.parametrize("field", ["contact", "deputy", "contact_times", "referral_route", "admission"])
def test_no_word_that_shames_is_written_for_practitioners_either(editor: FlaskClient, field: str) -> None:
    answer = editor.post(PAGE, data=filled(editor.get(PAGE), **{field: "Nur für Problemfamilien."}))
    assert answer.status_code == 422
    assert set(errors(answer)) == {field}


def test_every_field_has_help_and_two_say_never_about_a_family(editor: FlaskClient) -> None:
    page = editor.get(PAGE).text
    for name in vars(FACTS):
        assert f'id="{name}-hilfe"' in page, name
    assert page.count("Nie etwas über eine Familie.") == 2


def test_of_two_people_at_once_the_second_sees_what_the_first_has_saved(own_app: Flask, editor: FlaskClient) -> None:
    mine = filled(editor.get(PAGE), contact="Koordination", deputy="Leitung")
    with own_app.app_context():
        write(db.session, facts=InternalFacts(contact="Familienbüro"))
        db.session.commit()
    answer = editor.post(PAGE, data=mine)
    assert answer.status_code == 422
    assert "Inzwischen hat jemand anderes gespeichert" in answer.text
    assert "<dt>Ansprechperson</dt><dd>Familienbüro</dd>" in answer.text
    again = filled(answer)
    assert (again["contact"], again["deputy"]) == ("Koordination", "Leitung")
    assert editor.post(PAGE, data=again).status_code == 303
    with own_app.app_context():
        row = kept(db.session)
        assert row is not None
        assert (row.contact, row.deputy, row.updated_by) == ("Koordination", "Leitung", "Mira Yıldız")


# --- who may ----------------------------------------------------------------------------------------------------------


def test_a_provider_writes_it_for_own_offers_only(own_app: Flask, provider: FlaskClient) -> None:
    with own_app.app_context():
        own = db.session.exec(select(Offer.slug).where(Offer.organization_id == 1).order_by(Offer.slug)).first()
        other = db.session.exec(select(Offer.slug).where(Offer.organization_id != 1).order_by(Offer.slug)).first()
        write(db.session, other or "")
        db.session.commit()
    mine, theirs = (f"/verwaltung/angebote/{slug}/fachkraefte" for slug in (own, other))
    assert provider.post(mine, data=filled(provider.get(mine), contact="Büro")).status_code == 303
    assert provider.get(theirs).status_code == 404
    assert provider.post(theirs, data={"contact": "Büro"}).status_code == 404
    for page in ("anlagen/neu", "anlagen/1/loeschen"):
        assert provider.get(f"{theirs}/{page}").status_code == 404


@pytest.mark.parametrize("role", ["fachkraft", "planung", "uebersetzung"])
def test_who_reads_it_does_not_write_it(own_app: Flask, role: str) -> None:
    client = log_in(own_app, make_user(own_app, role, languages=["tr"]))
    assert client.get(PAGE).status_code == 404
    assert client.post(PAGE, data={"contact": "Büro"}).status_code == 404


def test_the_service_asks_who_it_is(own_app: Flask) -> None:
    with own_app.app_context():
        offer = find_offer(db.session, COMMAND, OFFER)
        reader = Actor(user_id=1, name="", roles=frozenset({RoleName.PRACTITIONER}))
        with pytest.raises(NotAllowedError):
            internal.save(db.session, reader, offer, FACTS, base=fingerprint(InternalFacts()))


def test_families_read_none_of_it(own_app: Flask) -> None:
    """Neither on the page of the offer, nor in lists, the search, its documents, or the interface for programs."""
    with own_app.app_context():
        write(db.session)
        db.session.commit()
    client = browser(own_app)
    for path in (
        f"/de/angebote/{OFFER}", f"/tr/angebote/{OFFER}", "/de/angebote", "/de/suche", "/api/v1/search?q=stillen",
        "/sitemap.xml",
    ):  # fmt: skip
        answer = client.get(path)
        for text in vars(FACTS).values():
            assert text not in answer.text, f"{text} on {path}"


def test_only_the_file_of_the_administration_holds_it(own_app: Flask, editor: FlaskClient, tmp_path: Path) -> None:
    folder = tmp_path / "given"
    with own_app.app_context():
        write(db.session)
        db.session.commit()
        export_content(db.session, folder, ROOT / "content")
    directory = folder / "demo/directory.yaml"
    assert msgspec.structs.asdict(read(directory, DirectoryFile).offers[OFFER]) == vars(FACTS)
    given = "".join(path.read_text("utf-8") for path in folder.rglob("*.yaml") if path != directory)
    assert "Still-Café" in given
    table = editor.post("/verwaltung/austausch/ausgeben", data={"format": "csv"}).get_data(as_text=True)
    for text in vars(FACTS).values():
        assert text not in given
        assert text not in table


# --- on both databases ------------------------------------------------------------------------------------------------


def test_it_goes_to_the_bin_and_back_with_its_offer(either_app: Flask) -> None:
    with either_app.app_context():
        offer = write(db.session)
        delete_offer(db.session, EDITOR, offer, "Still-Café")
        number = offer.id
        db.session.flush()
        assert db.session.get(OfferInternal, number) is None
        entry = db.session.exec(select(TrashEntry).where(TrashEntry.entity == OFFER)).one()
        trash.restore(db.session, EDITOR, entry.id or 0)
        back = find_offer(db.session, EDITOR, OFFER)
        assert internal.read(db.session, back) == FACTS
        assert getattr(internal.last_change(db.session, back), "updated_by", "") == "Rosa Redaktion"
        db.session.rollback()


def test_a_copy_begins_with_the_same_contact(either_app: Flask) -> None:
    with either_app.app_context():
        offer = write(db.session)
        made = workflow.copy(db.session, EDITOR, offer)
        db.session.flush()
        assert internal.read(db.session, made) == FACTS
        assert internal.save(db.session, EDITOR, made, InternalFacts(), base=fingerprint(FACTS))
        assert internal.read(db.session, offer) == FACTS
        db.session.rollback()


def test_a_version_that_is_restored_leaves_it_alone(either_app: Flask) -> None:
    with either_app.app_context():
        offer = write(db.session)
        now: Any = working(db.session, offer)
        text = msgspec.structs.replace(now.content.text, title="Neuer Titel")
        workflow.save(db.session, EDITOR, offer, msgspec.structs.replace(now.content, text=text), base=now.number)
        assert internal.read(db.session, offer) == FACTS
        db.session.rollback()


def test_who_began_with_something_else_is_told(either_app: Flask) -> None:
    with either_app.app_context():
        offer = write(db.session)
        with pytest.raises(ChangedMeanwhileError) as error:
            internal.save(db.session, EDITOR, offer, InternalFacts(contact="Büro"), base=fingerprint(InternalFacts()))
        assert error.value.now == FACTS
        db.session.rollback()
