"""demo/directory.yaml: loaded, exported, loaded again and exported again it is the same; what is wrong in it is said."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from flask import Flask, request
from sqlalchemy import create_engine, delete, func, select, update
from sqlmodel import Session

from portal import database
from portal.admin.offer_internal import InternalForm
from portal.content.check import check_content
from portal.content.directory import DirectoryFile, directory_text, load_directory
from portal.content.export import export_content
from portal.content.load import load_demo, load_needs
from portal.content.schema import ContentError, read
from portal.extensions import db
from portal.models import ContactPoint, ContactPointDistrict, Offer, OfferInternal, ProfessionalOffer, Resource
from tests.conftest import ROOT, TODAY
from tests.integration.either_database import either_app  # noqa: F401  (a fixture)

CONTENT = ROOT / "content"
FICTION = re.compile(r"030 23125 [0-9]{3}|040 66969 [0-9]{3}|069 90009 [0-9]{3}|0221 4710 [0-9]{3}|089 99998 [0-9]{3}")


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Session]:
    engine = create_engine(f"sqlite:///{tmp_path / 'new.sqlite3'}")
    database.upgrade(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


def counts(session: Session) -> list[int]:
    tables = (ContactPoint, Resource, ProfessionalOffer, OfferInternal, ContactPointDistrict)
    return [session.execute(select(func.count()).select_from(table)).scalar_one() for table in tables]


def test_exported_loaded_and_exported_again_it_is_the_same(either_app: Flask, empty: Session, tmp_path: Path) -> None:  # noqa: F811
    with either_app.app_context():
        export_content(db.session, tmp_path / "out", CONTENT)
        once = (tmp_path / "out/demo/directory.yaml").read_text(encoding="utf-8")
        here = counts(db.session)
        assert here[:4] == [26, 14, 8, 33]
    load_needs(empty, tmp_path / "out/needs")
    assert load_demo(empty, tmp_path / "out/demo", ["de"]) > 100
    assert counts(empty) == here
    assert directory_text(empty) == once
    ours = read(CONTENT / "demo/directory.yaml", DirectoryFile)
    theirs = read(tmp_path / "out/demo/directory.yaml", DirectoryFile)
    assert {item.slug: item.substitute for item in theirs.contact_points} == {
        item.slug: item.substitute for item in ours.contact_points
    }
    assert [vars_of(item) for item in theirs.professional_offers] == sorted(
        (vars_of(item) for item in ours.professional_offers), key=lambda values: values["slug"]
    )
    assert theirs.offers == ours.offers
    assert list(theirs.offers) == sorted(ours.offers)


def vars_of(item: object) -> dict[str, object]:
    values = {name: getattr(item, name) for name in item.__struct_fields__}  # type: ignore[attr-defined]
    return {name: sorted(value) if isinstance(value, list) else value for name, value in values.items()}


def test_what_is_there_stays_and_what_is_missing_is_added(either_app: Flask) -> None:  # noqa: F811
    with either_app.app_context():
        db.session.execute(update(ContactPoint).where(ContactPoint.slug == "elterngeld-stelle").values(role="Anders"))
        db.session.execute(delete(Resource).where(Resource.slug == "spielmobil"))
        assert load_directory(db.session, CONTENT / "demo") == 1
        query = select(ContactPoint.role).where(ContactPoint.slug == "elterngeld-stelle")
        assert db.session.execute(query).scalar_one() == "Anders"
        assert load_directory(db.session, CONTENT / "demo") == 0
        db.session.rollback()


def internal_of(slug: str) -> OfferInternal | None:
    query = select(OfferInternal).join(Offer, Offer.id == OfferInternal.offer_id).where(Offer.slug == slug)
    return db.session.execute(query).scalar_one_or_none()


def test_what_practitioners_read_of_an_offer_comes_with_the_demo(either_app: Flask) -> None:  # noqa: F811
    with either_app.app_context():
        row = internal_of("lernpaten")
        assert row is not None
        assert (row.contact, row.contact_phone, row.contact_email, row.contact_times) == (
            "Vermittlung der Lernpaten",
            "030 23125 626",
            "vermittlung@lernpaten-beispielstadt.example",
            "Do 10 bis 12 Uhr",
        )
        assert (row.deputy, row.deputy_phone, row.deputy_email) == ("Vorstand des Vereins", "030 23125 627", "")
        assert row.referral_route.startswith("Schulen nennen uns keine Kinder: ")
        assert row.admission.startswith("6 bis 15 Jahre, alle Stadtteile. ")
        assert row.updated_by == "", "nobody wrote it"
        assert internal_of("still-cafe") is None


def test_what_is_written_about_an_offer_stays_and_only_offers_without_get_theirs(either_app: Flask) -> None:  # noqa: F811
    with either_app.app_context():
        kept, gone = internal_of("lernpaten"), internal_of("frauenhaus")
        assert kept is not None and gone is not None
        kept.contact, kept.admission = "Anders", ""
        db.session.delete(gone)
        db.session.flush()
        assert load_directory(db.session, CONTENT / "demo") == 1
        assert (kept.contact, kept.admission) == ("Anders", "")
        again = internal_of("frauenhaus")
        assert again is not None and again.contact == "Aufnahme des Frauenhauses"
        db.session.rollback()


def test_a_kommune_without_the_file_has_an_empty_directory(empty: Session, tmp_path: Path) -> None:
    assert load_directory(empty, tmp_path) == 0
    assert directory_text(empty) is None


def test_when_all_is_deleted_the_exported_file_goes(either_app: Flask, tmp_path: Path) -> None:  # noqa: F811
    with either_app.app_context():
        export_content(db.session, tmp_path / "out", CONTENT)
        for table in (ContactPoint, Resource, ProfessionalOffer, OfferInternal):
            db.session.execute(delete(table))
        assert export_content(db.session, tmp_path / "out", CONTENT).removed == 1
        assert not (tmp_path / "out/demo/directory.yaml").exists()
        db.session.rollback()


MISTAKES = {
    "organization: but-stelle": "organization: nirgends",
    "districts: [nordstadt]": "districts: [nordpol]",
    "district: gruental": "district: nordpol",
    "needs: [kita_beitrag]": "needs: [zaubern]",
    "substitute: kita-beitraege": "substitute: niemand",
    "substitute: erziehungs-und-familienberatung": "substitute: schulberatung",
    "slug: spielmobil": "slug: sprachmittlung-pool",
    '    phone: "030 23125 566"\n': "",
    "  lernpaten:": "  lernonkel:",
    "  wohnungsnot-hilfe:": "  still-cafe: {}\n  wohnungsnot-hilfe:",
}


def test_what_is_wrong_in_the_file_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "content"
    shutil.copytree(CONTENT, folder)
    path = folder / "demo/directory.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in MISTAKES.items():
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    assert check_content(folder, TODAY) == [
        f"demo directory {said}"
        for said in (
            "kita-beitraege: unknown need zaubern",
            "bildung-und-teilhabe-antraege: unknown organization nirgends",
            "fruehe-hilfen-lotsin: unknown district nordpol",
            "sprachmittlung-pool: there are two of it",
            "lesepaten-gesucht-und-gefunden: neither a phone number nor a mail address",
            "gemeinsames-sommerfest: unknown district nordpol",
            "kita-anmeldung-stadt: unknown substitute niemand",
            "schulberatung: unknown substitute schulberatung",
            "offers: unknown offer lernonkel",
            "offers: there is nothing about still-cafe",
        )
    ]


def test_a_file_that_names_what_is_not_there_is_not_loaded(either_app: Flask, tmp_path: Path) -> None:  # noqa: F811
    text = (CONTENT / "demo/directory.yaml").read_text(encoding="utf-8")
    (tmp_path / "directory.yaml").write_text(
        text.replace("slug: spielmobil", "slug: rakete").replace("jugendhaus-pier7", "mond"), encoding="utf-8"
    )
    with either_app.app_context():
        with pytest.raises(ContentError, match="rakete refers to 'mond', which is not there"):
            load_directory(db.session, tmp_path)
        db.session.rollback()


def test_what_is_said_about_an_offer_that_is_not_there_is_not_loaded(either_app: Flask, tmp_path: Path) -> None:  # noqa: F811
    path = tmp_path / "directory.yaml"
    path.write_text('offers:\n  rakete:\n    contact: "Bodenstation"\n', encoding="utf-8")
    with either_app.app_context():
        with pytest.raises(ContentError) as error:
            load_directory(db.session, tmp_path)
        assert str(error.value) == f"{path}: offers refers to 'rakete', which is not there"
        db.session.rollback()


def test_what_the_demo_says_of_offers_could_have_been_typed_by_an_editor(app: Flask) -> None:
    """With a contact, a deputy, the way there and who is taken; no word that shames, numbers and addresses as they are."""
    file = read(CONTENT / "demo/directory.yaml", DirectoryFile)
    assert len(file.offers) >= 25
    for slug, item in file.offers.items():
        with app.test_request_context("/", method="POST", data=(fields := msgspec.structs.asdict(item))):
            form = InternalForm(request.form)
            form.validate()
            assert (slug, form.errors) == (slug, {})
            assert vars(form.facts()) == fields, slug
        empty = {name for name, value in fields.items() if not value}
        assert (slug, empty - {"contact_email", "deputy_email"}) == (slug, set())


def test_all_numbers_and_addresses_are_invented() -> None:
    file = read(CONTENT / "demo/directory.yaml", DirectoryFile)
    entries = [*file.contact_points, *file.resources, *file.professional_offers]
    phones = [item.phone for item in entries if item.phone]
    assert [phone for phone in phones if not FICTION.fullmatch(phone)] == []
    assert len(set(phones)) == len(phones)
    assert [item.email for item in entries if item.email and not item.email.endswith(".example")] == []
    websites = [item.website or "" for item in file.professional_offers]
    assert [address for address in websites if address and ".example/" not in address] == []
    offers = file.offers.values()
    numbers = [number for item in offers for number in (item.contact_phone, item.deputy_phone) if number]
    assert [number for number in numbers if not FICTION.fullmatch(number)] == []
    own = [item.contact_phone for item in offers]
    assert len({*own, *phones}) == len(own) + len(phones)
    addresses = [address for item in offers for address in (item.contact_email, item.deputy_email) if address]
    assert [address for address in addresses if not address.endswith(".example")] == []
