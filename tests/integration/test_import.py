"""Other people's CSV files: every row ends as imported, unchanged or rejected, and no file breaks what is there."""

from __future__ import annotations

import csv
import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlmodel import Session, SQLModel, select

from portal import create_app, database, paths
from portal.cli import main
from portal.content.load import load_needs
from portal.content.schema import ContentError
from portal.extensions import db
from portal.importing.csv_import import import_file
from portal.importing.mapping import Mapping, find_mapping
from portal.importing.reading import MAX_BYTES, MAX_CELL, ImportFileError
from portal.importing.result import ImportResult, RowResult, write_report
from portal.models import (
    District,
    Location,
    Need,
    Offer,
    OfferLanguage,
    OfferLifePhase,
    OfferLifeSituation,
    OfferNeed,
    OfferText,
    Organization,
)
from portal.models.enums import CostKind, LifePhase, LifeSituation, OfferStatus, Registration, StepFree, TextState
from tests.conftest import SHARED_DATA, TODAY, CheckingClient, make_settings, parse_html, text_of

IMPORTS = paths.CONTENT / "imports"
KITAS = find_mapping("kitas_sh", IMPORTS)
ADVICE = find_mapping("beratungsstellen_erlangen", IMPORTS)

KITA = {
    "id": "1",
    "name": "Kita Sonne",
    "traeger": "Gemeinde Musterdorf",
    "strasse": "Dorfstraße",
    "hausnr": "7",
    "plz": "24000",
    "ort": "Musterdorf",
    "kreis": "Kreis Muster",
    "lat": "54.1",
    "lon": "9.7",
    "alter_von_monate": "12",
    "alter_bis_monate": "83",
    "oeffnet": "07:30",
    "schliesst": "16:00",
    "paed_konzept": "Waldkita",
    "barrierefrei": "True",
    "integrativ": "False",
    "flexible_zeiten": "False",
    "sprachen": "Deutsch, Dansk",
    "religion": "",
}
ADVICE_ROW = {
    **dict.fromkeys(ADVICE.file.columns, ""),
    "beratungsfeld": "Erziehungsberatung",
    "stelle": "Rat und Tat",
    "kostenfrei": "ja",
    "telefon": "09131 123456",
}
WHOLE_FILE = {
    "wrong delimiter": "The columns are not separated by ';'. Is this the right file and mapping?",
    "tabs": "The columns are not separated by ';'. Is this the right file and mapping?",
    "latin-1": "The file is not utf-8-sig: byte 217 cannot be read. Save it as UTF-8.",
    "UTF-16": "This is not a text file. Save the table as CSV first.",
    "ZIP": "This is not a text file. Save the table as CSV first.",
    "51 MB": "The file has 51 MB; at most 50 MB are read. Split it.",
    "empty": f"The columns are not those of the mapping. Missing: {', '.join(KITAS.file.columns)}.",
    "other order": "The columns are not those of the mapping. Their order differs.",
    "other columns": "The columns are not those of the mapping. Missing: traeger. Unknown: verein.",
    "no header": "The columns are not those of the mapping. Missing: id, name, ",
    "unbalanced quotes": "The file is not a proper CSV file: unexpected end of data.",
    "text after a quote": "The file is not a proper CSV file: ';' expected after '\"'.",
    "endless cell": "The file is not a proper CSV file: field larger than field limit (131072).",
    "latin-1 in the last row": "The file is not utf-8-sig: byte ",
}
"""Files that cannot be used as a whole, and what is said about them."""


def kita(**changes: str) -> dict[str, str]:
    assert changes.keys() <= KITA.keys()
    return {**KITA, **changes}


def advice(**changes: str) -> dict[str, str]:
    assert changes.keys() <= ADVICE_ROW.keys()
    return {**ADVICE_ROW, **changes}


def write(path: Path, rows: list[dict[str, str]], delimiter: str = ";", encoding: str = "utf-8-sig") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def run(app: Flask, path: Path, mapping: Mapping = KITAS, **options: Any) -> ImportResult:
    """As `portal import csv` does it."""
    with app.app_context():
        result = import_file(db.session, path, mapping, lambda _done, _total: None, **options)
        db.session.commit()
    return result


def run_rows(app: Flask, folder: Path, *rows: dict[str, str], **options: Any) -> list[RowResult]:
    return run(app, write(folder / "kitas.csv", list(rows)), **options).rows


def dump(app: Flask) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    with app.extensions["engine"].connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(table.select())), key=repr)
            for table in SQLModel.metadata.sorted_tables
        }


@dataclass
class Imported:
    """One offer as it is in the database."""

    offer: Offer
    place: Location | None
    organization: Organization
    text: OfferText
    needs: list[str]
    languages: list[str]


def imported(session: Session, external_id: str, source: str = "kitas-sh") -> Imported:
    offer = session.exec(select(Offer).where(Offer.source == source, Offer.external_id == external_id)).one()
    organization = session.get(Organization, offer.organization_id)
    text = session.get(OfferText, (offer.id, "de"))
    assert organization
    assert text
    needs = select(OfferNeed.need_code).where(OfferNeed.offer_id == offer.id).order_by(OfferNeed.position)
    languages = select(OfferLanguage.lang).where(OfferLanguage.offer_id == offer.id).order_by(OfferLanguage.position)
    return Imported(
        offer,
        session.get(Location, offer.location_id) if offer.location_id else None,
        organization,
        text,
        list(session.exec(needs).all()),
        list(session.exec(languages).all()),
    )


@pytest.fixture(scope="session")
def new_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a new installation: the needs, and no offer yet."""
    folder = tmp_path_factory.mktemp("new")
    app = create_app(make_settings(folder))
    with app.app_context():
        database.upgrade(db.engine)
        load_needs(db.session, paths.CONTENT / "needs")
        db.session.commit()
    app.extensions["engine"].dispose()
    return folder


def copied(folder: Path, target: Path) -> Iterator[Flask]:
    shutil.copytree(folder, target)
    app = create_app(make_settings(target))
    app.config.update(TESTING=True, TODAY=TODAY)
    app.test_client_class = CheckingClient
    yield app
    app.extensions["engine"].dispose()


@pytest.fixture
def new_app(new_folder: Path, tmp_path: Path) -> Iterator[Flask]:
    yield from copied(new_folder, tmp_path / "data")


# --- The Kitas of Schleswig-Holstein ---


def real(name: str) -> Path:
    path = SHARED_DATA / name
    if not path.is_file():
        pytest.skip(f"the file {name} is not here")
    return path


@dataclass
class KitaImport:
    app: Flask
    path: Path
    result: ImportResult
    raw: list[dict[str, str]]
    """The rows of the file as they are."""


@pytest.fixture(scope="module")
def kitas(new_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KitaImport]:
    """The whole file in a database. Nobody may write to it."""
    path = real("kitas_schleswig_holstein/kitas_sh.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        raw = list(csv.DictReader(file, delimiter=";"))
    for app in copied(new_folder, tmp_path_factory.mktemp("kitas") / "data"):
        yield KitaImport(app, path, run(app, path), raw)


def good(raw: list[dict[str, str]]) -> list[dict[str, str]]:
    return [row for row in raw if not row["name"].startswith("Dummy-Einrichtung") and row["id"] != "1061"]


def squeezed(text: str) -> str:
    return " ".join(text.split())


def test_every_kita_of_the_file_is_imported_or_rejected_with_its_reason(kitas: KitaImport) -> None:
    outcomes = {name: kitas.result.count(name) for name in ("imported", "updated", "unchanged", "rejected")}
    assert len(kitas.result.rows) == len(kitas.raw) == 1870
    assert outcomes == {"imported": 1856, "updated": 0, "unchanged": 0, "rejected": 14}
    reasons = [(row.line, row.external_id, row.reason) for row in kitas.result.rejected]
    assert [reason for reason in reasons if "placeholder" not in reason[2]] == [
        (875, "1061", "the ages are the wrong way round: 36 to 0 months")
    ]
    assert {reason[2] for reason in reasons} == {
        "it is a placeholder of the source, not a Kita",
        "the ages are the wrong way round: 36 to 0 months",
    }
    assert [row.line for row in kitas.result.rows] == list(range(2, 1872)), "in the order of the file"


def test_the_same_file_again_changes_nothing(kitas: KitaImport) -> None:
    before = dump(kitas.app)
    again = run(kitas.app, kitas.path)
    assert (again.count("unchanged"), again.count("rejected"), len(again.rows)) == (1856, 14, 1870)
    assert dump(kitas.app) == before
    assert len(before["offer"]) == 1856


def test_ages_of_kitas_are_the_months_of_the_file(kitas: KitaImport) -> None:
    with kitas.app.app_context():
        found = db.session.exec(select(Offer.external_id, Offer.min_age_months, Offer.max_age_months)).all()
    expected = {
        row["id"]: tuple(int(row[name]) if row[name] else None for name in ("alter_von_monate", "alter_bis_monate"))
        for row in good(kitas.raw)
    }
    assert {external_id: (low, high) for external_id, low, high in found} == expected
    assert expected["3115"] == (12, 83)
    assert expected["282"] == (None, None), "no age in the file is no limit"


def test_a_house_number_that_is_none_is_gone(kitas: KitaImport) -> None:
    with kitas.app.app_context():
        found = dict(db.session.exec(select(Location.external_id, Location.house_number)).all())
    no_number = {row["id"] for row in good(kitas.raw) if not re.search("[1-9]", row["hausnr"])}
    assert len(no_number) == 16
    assert {external_id for external_id, number in found.items() if number == ""} == no_number
    assert {row["id"]: squeezed(row["hausnr"]) for row in good(kitas.raw) if row["id"] not in no_number} == {
        external_id: number for external_id, number in found.items() if number
    }


def test_missing_coordinates_stay_missing(kitas: KitaImport) -> None:
    with kitas.app.app_context():
        found = db.session.exec(select(Location.external_id, Location.latitude, Location.longitude)).all()
    assert {external_id: (lat, lon) for external_id, lat, lon in found} == {
        row["id"]: (float(row["lat"]), float(row["lon"])) if row["lat"] and row["lon"] else (None, None)
        for row in good(kitas.raw)
    }
    assert sum(lat is None for _id, lat, _lon in found) > 90


def test_names_have_no_blanks_around_or_within(kitas: KitaImport) -> None:
    with kitas.app.app_context():
        places = {place.external_id: place for place in db.session.exec(select(Location)).all()}
        statement = select(Offer.external_id, OfferText.title, Organization.name).where(
            OfferText.offer_id == Offer.id, Organization.id == Offer.organization_id
        )
        found = {external_id: (title, name) for external_id, title, name in db.session.exec(statement).all()}
    for row in good(kitas.raw):
        assert found[row["id"]] == (squeezed(row["name"]), squeezed(row["traeger"]))
        place = places[row["id"]]
        assert (place.name, place.street, place.postal_code, place.city) == tuple(
            squeezed(row[name]) for name in ("name", "strasse", "plz", "ort")
        )


def test_opening_hours_of_kitas_are_those_of_the_file(kitas: KitaImport) -> None:
    with kitas.app.app_context():
        found = dict(db.session.exec(select(Offer.external_id, Offer.opening_hours)).all())
    assert found == {row["id"]: f"Mo-Fr {row['oeffnet']}-{row['schliesst']}; PH off" for row in good(kitas.raw)}
    assert found["3573"] == "Mo-Fr 07:30-16:00; PH off"


def test_equal_names_are_one_organization_and_one_district(kitas: KitaImport) -> None:
    with kitas.app.app_context():
        organizations = db.session.exec(select(Organization.name)).all()
        districts = db.session.exec(select(District.name)).all()
        slugs = db.session.exec(select(Offer.slug)).all()
    assert sorted(organizations) == sorted({squeezed(row["traeger"]) for row in good(kitas.raw)})
    assert len(districts) == len({squeezed(row["ort"]).casefold() for row in good(kitas.raw)})
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug) for slug in slugs)


def test_a_kita_of_the_file_has_everything_that_the_file_says(kitas: KitaImport) -> None:
    with kitas.app.app_context():
        found = imported(db.session, "3115")
        offer, place, text = found.offer, found.place, found.text
        phases = set(
            db.session.exec(select(OfferLifePhase.life_phase).where(OfferLifePhase.offer_id == offer.id)).all()
        )
        situations = set(
            db.session.exec(
                select(OfferLifeSituation.life_situation).where(OfferLifeSituation.offer_id == offer.id)
            ).all()
        )
        assert place is not None
        assert (offer.slug, offer.status) == ("die-weltentdecker-kita-kastorf-kastorf", OfferStatus.PUBLISHED)
        assert (offer.cost_kind, offer.registration) == (CostKind.INCOME_BASED, Registration.REQUIRED)
        assert found.organization.name == "Kindergarten Zweckverband Stecknitz"
        assert (place.street, place.house_number, place.city) == ("Ratzeburger Straße", "29", "Kastorf")
        assert (place.latitude, place.longitude, place.step_free) == (53.744712, 10.580749, StepFree.YES)
        assert (text.title, text.state) == ('"Die Weltentdecker" Kita Kastorf', TextState.SOURCE)
        assert text.summary == "Kita in Kastorf. Träger: Kindergarten Zweckverband Stecknitz."
        assert "Konzept" not in text.description, "the file names none"
        assert (found.needs, found.languages) == (["kita_anmeldung"], [])
        assert phases == {LifePhase.EARLY_YEARS, LifePhase.KITA}
        assert situations == {LifeSituation.SOCIAL, LifeSituation.CULTURAL}
        danish = imported(db.session, "5032")
        assert danish.languages == ["da"]
        assert danish.place is not None
        assert danish.place.step_free is None, "the source does not say no"


def test_families_find_the_kitas_on_the_site(kitas: KitaImport) -> None:
    client = kitas.app.test_client()
    page = parse_html(client.get("/de/angebote/die-tummetotts-waldkindergarten-rd-rendsburg").text)
    assert text_of(page.find(".//h1")) == '"Die Tummetotts"/Waldkindergarten (RD)'
    main = text_of(page.find(".//main"))
    assert "Im Gerhardshain" in main
    assert "24768 Rendsburg" in main
    assert "Im Gerhardshain 0" not in main
    listed = parse_html(client.get("/de/angebote?age=24&need=kita_anmeldung").text)
    fitting = sum(
        not row["alter_von_monate"] or (int(row["alter_von_monate"]) <= 35 and int(row["alter_bis_monate"]) >= 24)
        for row in good(kitas.raw)
    )
    assert int(text_of(listed.find(".//p[@role='status']")).split()[0]) == fitting


# --- The counselling offers of Erlangen ---


def test_counselling_offers_come_in_as_drafts_that_nobody_sees_yet(new_app: Flask) -> None:
    path = real("beratungsstellen_erlangen/beratungsstellen_erlangen.csv")
    result = run(new_app, path, ADVICE)
    assert (len(result.rows), result.count("imported")) == (26, 21)
    unreachable = "it has neither a phone number nor an address: families could not reach it"
    no_need = "none of the needs fits it; the mapping decides which do"
    assert [(row.line, row.external_id, row.reason) for row in result.rejected] == [
        (19, "Hilfe bei hauslicher Gewalt | SRP (Social Responsibility Practitioners)", unreachable),
        (21, "Demenzberatung | Verein Dreycedern e.V. Erlangen", no_need),
        (22, "Hospitzbegleitung | Hospiz Verein Erlangen e.V.", no_need),
        (24, "Integrationsberatung und Migrationsberatung | AWO", unreachable),
        (25, "Integrationsberatung | Caritas", unreachable),
    ]
    with new_app.app_context():
        offers = db.session.exec(select(Offer)).all()
    assert {offer.status for offer in offers} == {OfferStatus.DRAFT}
    client = new_app.test_client()
    assert {client.get(f"/de/angebote/{offer.slug}").status_code for offer in offers} == {404}

    before = dump(new_app)
    again = run(new_app, path, ADVICE)
    assert (again.count("unchanged"), again.count("rejected")) == (21, 5)
    assert dump(new_app) == before


def test_a_counselling_offer_has_its_address_its_phone_and_its_needs(new_app: Flask) -> None:
    run(new_app, real("beratungsstellen_erlangen/beratungsstellen_erlangen.csv"), ADVICE)
    with new_app.app_context():
        family = imported(
            db.session, "Familienberatung | Integrierte Beratungsstelle der Stadt Erlangen", "beratungsstellen-erlangen"
        )
        assert family.place is not None
        assert (family.place.street, family.place.house_number, family.place.postal_code, family.place.city) == (
            "Karl-Zucker-Straße",
            "10",
            "91052",
            "Erlangen",
        )
        assert (family.offer.phone, family.offer.email) == ("09131 862295", "familienberatung@stadt.erlangen.de")
        assert (family.offer.cost_kind, family.needs) == (CostKind.FREE, ["erziehungsberatung"])
        midwives = imported(
            db.session,
            "Schwangerschaft, Geburtsvorbereitung, Geburt, Betreuung | Hebammenzentrale Erlangen",
            "beratungsstellen-erlangen",
        )
        assert midwives.needs == ["schwangerschaftsberatung", "hebamme"]
        assert (midwives.offer.email, midwives.text.cost_note) == (None, "Die Krankenkasse zahlt.")
        refuge = imported(db.session, "Hilfe bei hauslicher Gewalt | Frauenhaus Erlangen", "beratungsstellen-erlangen")
        assert (refuge.place, refuge.offer.phone) == (None, "09131 25878")
        adhd = imported(
            db.session,
            "ADHS, Konzentrationsschwierigkeiten | ADHS Netzwerk Nürnberg-Fürth-Erlangen",
            "beratungsstellen-erlangen",
        )
        assert adhd.offer.website == "http://www.adhs-netzwerk-nuernberg-fuerth-erlangen.de/"


# --- Files that cannot be used at all ---


def unusable(name: str, path: Path) -> Path:
    rows = [kita(), kita(id="2", name="Kita Mond")]
    write(path, rows)
    text = path.read_text(encoding="utf-8")
    if name == "wrong delimiter":
        write(path, rows, ",")
    elif name == "tabs":
        write(path, rows, "\t")
    elif name == "latin-1":
        path.write_bytes(text.removeprefix("\ufeff").encode("latin-1"))
    elif name == "latin-1 in the last row":
        many = [kita(id=str(number)) for number in range(3000)]
        path = write(path, many)
        path.write_bytes(path.read_bytes() + "9999;Kita Käfer".encode("latin-1"))
    elif name == "UTF-16":
        path.write_text(text, encoding="utf-16")
    elif name == "ZIP":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("xl/workbook.xml", "<workbook/>")
    elif name == "51 MB":
        with path.open("wb") as file:
            file.truncate(51 * 2**20)
    elif name == "empty":
        path.write_bytes(b"")
    elif name == "other order":
        write(path, [dict(reversed(row.items())) for row in rows])
    elif name == "other columns":
        path.write_text(text.replace("traeger", "verein", 1), encoding="utf-8")
    elif name == "no header":
        path.write_text("\n".join(text.splitlines()[1:]), encoding="utf-8")
    elif name == "unbalanced quotes":
        path.write_text(text.replace(";Kita Mond;", ';"Kita Mond;'), encoding="utf-8")
    elif name == "text after a quote":
        path.write_text(text.replace(";Kita Mond;", ';"Kita" Mond;'), encoding="utf-8")
    elif name == "endless cell":
        write(path, [*rows, kita(id="3", religion="x" * 200_000)])
    return path


@pytest.mark.parametrize("name", WHOLE_FILE)
def test_a_file_that_is_not_what_it_should_be_leaves_the_database_as_it_was(
    own_app: Flask, tmp_path: Path, name: str
) -> None:
    path = unusable(name, tmp_path / "kitas.csv")
    before = dump(own_app)
    with pytest.raises(ImportFileError) as caught:
        run(own_app, path)
    assert str(caught.value).startswith(WHOLE_FILE[name])
    assert dump(own_app) == before


def test_files_up_to_the_limit_are_read(new_app: Flask, tmp_path: Path) -> None:
    path = write(tmp_path / "kitas.csv", [kita()])
    blank = b" " * 99_999 + b"\n"
    with path.open("ab") as file:
        file.write((blank * 600)[: MAX_BYTES - path.stat().st_size])
    assert path.stat().st_size == MAX_BYTES == 50 * 2**20
    assert [row.outcome for row in run(new_app, path).rows] == ["imported"]


def test_a_header_without_rows_is_an_empty_result(own_app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "kitas.csv"
    path.write_text(";".join(KITAS.file.columns) + "\r\n\r\n", encoding="utf-8")
    before = dump(own_app)
    assert run(own_app, path).rows == []
    assert dump(own_app) == before


# --- Rows that cannot be used ---


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": " "}, "it has no id"),
        ({"name": ""}, "it has no name"),
        ({"name": "\u202e\u200b\x07 "}, "it has no name"),
        ({"traeger": ""}, "it has no organization"),
        ({"strasse": ""}, "it has neither a phone number nor an address: families could not reach it"),
        ({"name": "Dummy-Einrichtung 5"}, "it is a placeholder of the source, not a Kita"),
        ({"alter_von_monate": "84"}, "the ages are the wrong way round: 84 to 83 months"),
        ({"alter_bis_monate": "0"}, "the ages are the wrong way round: 12 to 0 months"),
        ({"alter_von_monate": "-1"}, "'-1' is not an age in months from 0 to 324"),
        ({"alter_bis_monate": "325"}, "'325' is not an age in months from 0 to 324"),
        ({"alter_bis_monate": "3,5"}, "'3,5' is not an age in months from 0 to 324"),
        ({"alter_bis_monate": "sechs"}, "'sechs' is not an age in months from 0 to 324"),
        ({"alter_bis_monate": "８３"}, "'８３' is not an age in months from 0 to 324"),
        ({"alter_bis_monate": "8²"}, "'8²' is not an age in months from 0 to 324"),
        ({"alter_bis_monate": "9" * 5000}, "'99999999999999999999' is not an age in months from 0 to 324"),
        ({"paed_konzept": "x" * 10_001}, "paed_konzept is longer than 10000 characters"),
        ({"name": "=1+1"}, "name looks like a formula"),
        ({"name": ' \t=HYPERLINK("https://x.example")'}, "name looks like a formula"),
        ({"ort": "@SUM(A1:A9)"}, "ort looks like a formula"),
        ({"id": "+cmd|' /C calc'!A0"}, "id looks like a formula"),
        ({"religion": "-cmd|' /C calc'!A0"}, "religion looks like a formula"),
        ({"kreis": "=cmd|' /C calc'!A0"}, "kreis looks like a formula"),
    ],
    ids=lambda value: f"{value:.40}" if isinstance(value, str) else "",
)
def test_a_bad_row_is_rejected_with_its_reason_and_the_others_are_in(
    new_app: Flask, tmp_path: Path, changes: dict[str, str], reason: str
) -> None:
    rows = run_rows(new_app, tmp_path, kita(id="8"), kita(**{"id": "bad", **changes}), kita(id="9"))
    assert [(row.line, row.outcome, row.reason) for row in rows] == [
        (2, "imported", ""),
        (3, "rejected", reason),
        (4, "imported", ""),
    ]
    with new_app.app_context():
        assert sorted(db.session.exec(select(Offer.external_id)).all()) == ["8", "9"]
        assert sorted(db.session.exec(select(Location.external_id)).all()) == ["8", "9"]
        assert db.session.exec(select(Organization.name)).all() == ["Gemeinde Musterdorf"]
        assert db.session.exec(select(District.name)).all() == ["Musterdorf"]


def test_a_row_with_too_few_or_too_many_cells_is_rejected(new_app: Flask, tmp_path: Path) -> None:
    path = write(tmp_path / "kitas.csv", [kita(id="8"), kita(id="9")])
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    lines[2:2] = ["2;Kita Mond", ";".join("x" * 21), "  ", ";" * 19]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert [(row.line, row.outcome, row.reason) for row in run(new_app, path).rows] == [
        (2, "imported", ""),
        (3, "rejected", "it has 2 cells instead of 20"),
        (4, "rejected", "it has 21 cells instead of 20"),
        (7, "imported", ""),
    ]


def test_of_equal_ids_the_first_counts(new_app: Flask, tmp_path: Path) -> None:
    rows = run_rows(new_app, tmp_path, kita(name="Eins"), kita(name="Zwei"), kita(id=" 1 ", name="Drei"))
    assert [(row.line, row.outcome, row.reason) for row in rows] == [
        (2, "imported", ""),
        (3, "rejected", "the same id as in line 2"),
        (4, "rejected", "the same id as in line 2"),
    ]
    with new_app.app_context():
        assert imported(db.session, "1").text.title == "Eins"


def test_ids_that_begin_alike_for_long_do_not_stop_the_others(new_app: Flask, tmp_path: Path) -> None:
    rows = run_rows(new_app, tmp_path, kita(id="a" * 200 + "1"), kita(id="a" * 200 + "2"), kita(id="9"))
    assert [row.line for row in rows] == [2, 3, 4]
    assert rows[2].outcome == "imported"
    with new_app.app_context():
        titles = db.session.exec(select(OfferText.title)).all()
    assert len(titles) == sum(row.outcome == "imported" for row in rows), "each imported row is an offer of its own"


def test_a_long_cell_within_the_limit_is_imported_whole(new_app: Flask, tmp_path: Path) -> None:
    concept = "x" * MAX_CELL
    assert [row.outcome for row in run_rows(new_app, tmp_path, kita(paed_konzept=concept))] == ["imported"]
    with new_app.app_context():
        assert concept in imported(db.session, "1").text.description


@pytest.mark.parametrize(
    ("mapping", "row"),
    [
        (KITAS, kita(hausnr="9" * 9999, plz="9" * 9999)),
        (KITAS, kita(**dict.fromkeys(("name", "traeger", "strasse", "ort", "sprachen", "religion"), "w" * 9999))),
        (KITAS, kita(oeffnet="08:00-09:00," * 100 + "10:00")),
        (ADVICE, advice(beschreibung="Erziehung" * 1000)),
        (ADVICE, advice(web="https://x.example/" + "a" * 9000)),
        (ADVICE, advice(email="rat@" + "a" * 9000 + ".example")),
        (ADVICE, advice(telefon="09131 123456 ext. 1234567")),
        (ADVICE, advice(adresse="Weg" * 2000 + " 5, 91052 " + "Erlangen" * 400)),
    ],
    ids=["numbers", "names", "hours", "description", "website", "email", "phone", "address"],
)
def test_what_is_written_fits_its_column_on_postgresql_too(
    new_app: Flask, tmp_path: Path, mapping: Mapping, row: dict[str, str]
) -> None:
    """SQLite takes any length; PostgreSQL would refuse the whole import for one long cell."""
    path = write(tmp_path / "long.csv", [row], mapping.file.delimiter, mapping.file.encoding)
    assert [row.outcome for row in run(new_app, path, mapping).rows] == ["imported"]
    written = dump(new_app)
    too_long = [
        f"{table.name}.{column.name}: {len(value)} characters, {limit} fit"
        for table in SQLModel.metadata.sorted_tables
        for values in written[table.name]
        for column, value in zip(table.columns, values, strict=True)
        if isinstance(value, str) and (limit := getattr(column.type, "length", None)) and len(value) > limit
    ]
    assert too_long == []


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"hausnr": "0"}, "house_number", ""),
        ({"hausnr": "-/-"}, "house_number", ""),
        ({"hausnr": " 10 a "}, "house_number", "10 a"),
        ({"lat": ""}, "longitude", None),
        ({"lon": "0"}, "latitude", None),
        ({"lat": "91"}, "latitude", None),
        ({"lat": "nan"}, "latitude", None),
        ({"lat": "54,1"}, "latitude", None),
        ({"lon": "-181"}, "longitude", None),
        ({"barrierefrei": "False"}, "step_free", None),
        ({"strasse": "  Am \u00a0 Deich\t"}, "street", "Am Deich"),
    ],
    ids=str,
)
def test_a_place_holds_only_what_is_known(
    new_app: Flask, tmp_path: Path, changes: dict[str, str], field: str, value: object
) -> None:
    assert [row.outcome for row in run_rows(new_app, tmp_path, kita(**changes))] == ["imported"]
    with new_app.app_context():
        assert getattr(imported(db.session, "1").place, field) == value


@pytest.mark.parametrize(("opens", "closes"), [("", ""), ("früh", "spät"), ("07:30", "abends"), ("; 24/7", "")])
def test_hours_that_cannot_be_read_are_left_out(new_app: Flask, tmp_path: Path, opens: str, closes: str) -> None:
    run_rows(new_app, tmp_path, kita(oeffnet=opens, schliesst=closes))
    with new_app.app_context():
        offer = imported(db.session, "1").offer
        assert offer.opening_hours == ""
        slug = offer.slug
    assert new_app.test_client().get(f"/de/angebote/{slug}").status_code == 200


@pytest.mark.parametrize(
    ("column", "field", "texts"),
    [
        (
            "telefon",
            "phone",
            {"09131 / 86–2295": "09131 862295", "+49 (0)9131 862295": "09131 862295", "nachfragen": None},
        ),
        ("email", "email", {"a@b.example": "a@b.example", "a@b": None, "WechatID": None, "a b@c.example": None}),
        (
            "web",
            "website",
            {"https://x.example/a?b=1": "https://x.example/a?b=1", "x.example": None, "javascript:alert(1)": None},
        ),
    ],
)
def test_contacts_are_taken_only_where_they_are_some(
    new_app: Flask, tmp_path: Path, column: str, field: str, texts: dict[str, str | None]
) -> None:
    address = "Ratweg 5, 91052 Erlangen"
    rows = [
        advice(**{"stelle": f"Stelle {number}", "adresse": address, column: text}) for number, text in enumerate(texts)
    ]
    run(new_app, write(tmp_path / "advice.csv", rows, ",", "utf-8"), ADVICE)
    with new_app.app_context():
        for number, value in enumerate(texts.values()):
            found = imported(db.session, f"Erziehungsberatung | Stelle {number}", "beratungsstellen-erlangen")
            assert getattr(found.offer, field) == value


# --- What a stranger may write into a cell ---


def test_hidden_characters_do_not_get_into_the_database(new_app: Flask, tmp_path: Path) -> None:
    hidden = "\u202e\u202d\u2066\u2069\u200f\u061c\x07\x1b\x7f\x85\u200b\ufeff\r\n\t\u2028"
    rows = run_rows(
        new_app,
        tmp_path,
        kita(**{name: f"{hidden}{KITA[name]}{hidden}" for name in KITA}),
        kita(id="2", name="Kita\u202eknaB\u202c Süd", religion="a\x01b"),
    )
    assert [(row.external_id, row.outcome) for row in rows] == [("1", "imported"), ("2", "imported")]
    with new_app.app_context():
        found = imported(db.session, "1")
        assert found.place is not None
        assert (found.text.title, found.organization.name, found.place.street) == (
            "Kita Sonne",
            "Gemeinde Musterdorf",
            "Dorfstraße",
        )
        assert (found.offer.opening_hours, found.languages) == ("Mo-Fr 07:30-16:00; PH off", ["de", "da"])
        assert imported(db.session, "2").text.title == "Kita knaB Süd"
        slug = found.offer.slug
    written = repr(dump(new_app)["offer_text"]) + repr(dump(new_app)["location"]) + repr(dump(new_app)["organization"])
    assert not re.search(r"\\u20|\\u06|\\x|\\ufeff|\\t|\\r", written.replace("\\n\\n", ""))
    page = new_app.test_client().get(f"/de/angebote/{slug}").text
    assert not set(hidden) & set(page) - set("\r\n\t")


def test_html_in_every_field_is_shown_as_text(new_app: Flask, tmp_path: Path) -> None:
    html = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;{{ 7*7 }}"
    numbers = {"alter_von_monate", "alter_bis_monate"}
    rows = run_rows(new_app, tmp_path, kita(**{name: html + name for name in KITA if name not in numbers}))
    assert [row.outcome for row in rows] == ["imported"]
    with new_app.app_context():
        found = imported(db.session, html + "id")
        slug, organization = found.offer.slug, found.organization.slug
        district = db.session.exec(select(District.slug)).one()
        assert found.offer.opening_hours == ""
        assert found.languages == []
    client = new_app.test_client()
    for path in (
        f"de/angebote/{slug}",
        f"ar/angebote/{slug}",
        f"de/traeger/{organization}",
        f"de/stadtteile/{district}",
        "de/stadtteile",
        f"de/angebote?district={district}",
        "de/bedarf/kita_anmeldung",
        "de/lebensphasen/kita",
    ):
        response = client.get(f"/{path}")
        assert response.status_code == 200, path
        page = parse_html(response.text)
        assert [text for script in page.iter("script") if (text := (script.text or "").strip())] == [], path
        assert [img.get("src") for img in page.iter("img") if img.get("src") == "x"] == [], path
        assert "{{ 7*7 }}" in text_of(page.find(".//body")), f"{path}: shown, and not calculated"
    offer = parse_html(client.get(f"/de/angebote/{slug}").text)
    assert text_of(offer.find(".//h1")) == html + "name"
    main = text_of(offer.find(".//main"))
    for name in ("name", "traeger", "strasse", "ort", "paed_konzept", "religion"):
        assert html + name in main, f"{name} is shown, as text"


# --- The next run ---


def test_what_an_editor_has_written_survives_an_unchanged_file(new_app: Flask, tmp_path: Path) -> None:
    run_rows(new_app, tmp_path, kita())
    with new_app.app_context():
        found = imported(db.session, "1")
        assert found.place is not None
        found.offer.phone, found.offer.opening_hours = "030 23125 117", "Mo-Th 08:00-15:00"
        found.text.title, found.text.bring = "Kita Sonnenschein", "Hausschuhe"
        found.place.step_free = StepFree.PARTLY
        db.session.add(OfferLanguage(offer_id=found.offer.id, lang="tr", position=9))
        db.session.commit()
    before = dump(new_app)
    rows = run_rows(new_app, tmp_path, kita(), kita(id="2"))
    assert [row.outcome for row in rows] == ["unchanged", "imported"]
    after = dump(new_app)
    for table in ("offer", "offer_text", "offer_language", "location", "organization", "district"):
        assert set(before[table]) <= set(after[table]), table


def test_a_changed_row_brings_its_changes_and_keeps_the_address_of_the_page(new_app: Flask, tmp_path: Path) -> None:
    run_rows(new_app, tmp_path, kita(), kita(id="2", name="Kita Mond"))
    with new_app.app_context():
        slug = imported(db.session, "1").offer.slug
        mond = dump(new_app)
    rows = run_rows(
        new_app,
        tmp_path,
        kita(
            name="Kita Sonne und Mond",
            traeger="AWO",
            hausnr="8",
            alter_von_monate="6",
            schliesst="17:00",
            sprachen="Deutsch, Türkçe",
        ),
        kita(id="2", name="Kita Mond"),
    )
    assert [row.outcome for row in rows] == ["updated", "unchanged"]
    with new_app.app_context():
        found = imported(db.session, "1")
        assert found.place is not None
        assert (found.offer.slug, found.text.title, found.organization.name) == (slug, "Kita Sonne und Mond", "AWO")
        assert (found.offer.min_age_months, found.offer.opening_hours) == (6, "Mo-Fr 07:30-17:00; PH off")
        assert (found.place.house_number, found.languages, found.needs) == ("8", ["de", "tr"], ["kita_anmeldung"])
        assert len(db.session.exec(select(Offer)).all()) == 2
        assert len(db.session.exec(select(Location)).all()) == 2
        assert imported(db.session, "2").offer.model_dump() == dict(
            zip(Offer.__table__.columns.keys(), next(row for row in mond["offer"] if "2" in row), strict=True)
        )
    page = parse_html(new_app.test_client().get(f"/de/angebote/{slug}").text)
    assert text_of(page.find(".//h1")) == "Kita Sonne und Mond"


def test_a_changed_row_does_not_publish_what_an_editor_has_taken_back(new_app: Flask, tmp_path: Path) -> None:
    run_rows(new_app, tmp_path, kita())
    with new_app.app_context():
        imported(db.session, "1").offer.status = OfferStatus.ARCHIVED
        db.session.commit()
    assert [row.outcome for row in run_rows(new_app, tmp_path, kita(name="Kita Neu"))] == ["updated"]
    with new_app.app_context():
        found = imported(db.session, "1")
        assert (found.offer.status, found.text.title) == (OfferStatus.ARCHIVED, "Kita Neu")


def test_a_translation_of_a_changed_row_is_outdated_and_kept(new_app: Flask, tmp_path: Path) -> None:
    run_rows(new_app, tmp_path, kita(), kita(id="2"))
    with new_app.app_context():
        for external_id in ("1", "2"):
            offer_id = imported(db.session, external_id).offer.id
            db.session.add(OfferText(offer_id=offer_id, lang="tr", state=TextState.HUMAN, title="Güneş Kreşi"))
        db.session.commit()
    run_rows(new_app, tmp_path, kita(name="Kita Neu"), kita(id="2"))
    with new_app.app_context():
        states = {
            external_id: db.session.get(OfferText, (imported(db.session, external_id).offer.id, "tr"))
            for external_id in ("1", "2")
        }
        assert {key: (text.state, text.title) for key, text in states.items() if text} == {
            "1": (TextState.OUTDATED, "Güneş Kreşi"),
            "2": (TextState.HUMAN, "Güneş Kreşi"),
        }


def test_a_row_that_has_gone_bad_leaves_its_offer_as_it_was(new_app: Flask, tmp_path: Path) -> None:
    run_rows(new_app, tmp_path, kita())
    before = dump(new_app)
    rows = run_rows(new_app, tmp_path, kita(name="Kita Neu", alter_von_monate="900"))
    assert [row.outcome for row in rows] == ["rejected"]
    assert dump(new_app) == before


def test_an_import_does_not_touch_the_offers_of_others(own_app: Flask, tmp_path: Path) -> None:
    before = dump(own_app)
    same = kita(id="kita-regenbogen", name="Kita Regenbogen", traeger="Kita Regenbogen", ort="Nordstadt")
    run_rows(own_app, tmp_path, same)
    after = dump(own_app)
    for table in before:
        if table != "catalogue_state":
            assert set(before[table]) <= set(after[table]), table
    assert before["district"] == after["district"], "a Stadtteil of this name is there already"
    with own_app.app_context():
        assert imported(db.session, "kita-regenbogen").offer.slug == "kita-regenbogen-nordstadt"
        assert imported(db.session, "kita-regenbogen").organization.slug == "kita-regenbogen-2"


def test_imported_offers_are_on_the_site_at_once(own_app: Flask, tmp_path: Path) -> None:
    client = own_app.test_client()
    assert client.get("/healthz").json["published_offers"] == 106
    assert client.get("/de/angebote/kita-sonne-musterdorf").status_code == 404
    run_rows(own_app, tmp_path, kita())
    assert client.get("/de/angebote/kita-sonne-musterdorf").status_code == 200
    assert client.get("/healthz").json["published_offers"] == 107


# --- What became of every row ---


def test_the_report_quotes_what_a_spreadsheet_would_run(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    ids = ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", 'a;"b"', "Käfer", ""]
    rows = [RowResult(number, text, "rejected", "=why") for number, text in enumerate(ids, 2)]
    write_report(ImportResult(rows), path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf"), "so that a spreadsheet reads umlauts"
    with path.open(encoding="utf-8-sig", newline="") as file:
        read = list(csv.reader(file, delimiter=";"))
    assert read == [
        ["line", "id", "outcome", "reason"],
        ["2", "'=1+1", "rejected", "'=why"],
        ["3", "'@SUM(A1)", "rejected", "'=why"],
        ["4", "'+cmd|' /C calc'!A0", "rejected", "'=why"],
        ["5", "'-2+3+cmd|' /C calc'!A0", "rejected", "'=why"],
        ["6", 'a;"b"', "rejected", "'=why"],
        ["7", "Käfer", "rejected", "'=why"],
        ["8", "", "rejected", "'=why"],
    ]


# --- The command ---


def portal(app: Flask, *arguments: str | Path, **changes: str) -> Result:
    """`portal …` with the data folder of `app`."""
    environ = dict.fromkeys(("DATABASE_URL", "CONTENT_DIR", "PUBLIC_URL", "MEILI_URL", "MEILI_KEY"), "")
    environ |= {"DATA_DIR": str(app.extensions["settings"].data_dir), "SECRET_KEY": "x" * 40, "LOG_LEVEL": "error"}
    return CliRunner().invoke(main, [str(argument) for argument in arguments], env={**environ, **changes})


def test_the_command_tries_imports_and_says_what_became_of_every_row(own_app: Flask, tmp_path: Path) -> None:
    path = write(tmp_path / "kitas.csv", [kita(), kita(id="=2"), kita(id="3", name="")])
    report = tmp_path / "report.csv"
    lines = ["  line 3: rejected: id looks like a formula", "  line 4: rejected: it has no name"]
    before = dump(own_app)

    tried = portal(own_app, "import", "csv", path, "--mapping", "kitas_sh", "--dry-run", "--report", report)
    assert (tried.exit_code, tried.stdout.splitlines()) == (
        0,
        [*lines, "3 rows: 1 imported, 0 updated, 0 unchanged, 2 rejected. Dry run: nothing was changed."],
    )
    assert dump(own_app) == before
    assert report.read_text(encoding="utf-8-sig").splitlines() == [
        "line;id;outcome;reason",
        "2;1;imported;",
        "3;'=2;rejected;id looks like a formula",
        "4;3;rejected;it has no name",
    ]

    mapping = IMPORTS / "kitas_sh.yaml"
    done = portal(own_app, "import", "csv", path, "--mapping", mapping, "--status", "draft")
    assert (done.exit_code, done.stdout.splitlines()) == (
        0,
        [*lines, "3 rows: 1 imported, 0 updated, 0 unchanged, 2 rejected."],
    )
    with own_app.app_context():
        assert imported(db.session, "1").offer.status is OfferStatus.DRAFT

    again = portal(own_app, "import", "csv", path, "--mapping", "kitas_sh")
    assert again.stdout.splitlines()[-1] == "3 rows: 0 imported, 0 updated, 1 unchanged, 2 rejected."


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        ("kitas_sh", "Error: The columns are not separated by ';'. Is this the right file and mapping?"),
        ("gibt_es_nicht", f"Error: {IMPORTS / 'gibt_es_nicht.yaml'} is missing."),
    ],
)
def test_the_command_ends_with_one_sentence_where_it_cannot_import(
    own_app: Flask, tmp_path: Path, mapping: str, sentence: str
) -> None:
    path = write(tmp_path / "kitas.csv", [kita()], ",")
    before = dump(own_app)
    result = portal(own_app, "import", "csv", path, "--mapping", mapping)
    assert (result.exit_code, result.stderr.splitlines()) == (1, [sentence])
    assert dump(own_app) == before


def test_a_report_that_cannot_be_written_is_said_before_anything_is_changed(own_app: Flask, tmp_path: Path) -> None:
    path = write(tmp_path / "kitas.csv", [kita()])
    report = tmp_path / "no such folder" / "report.csv"
    before = dump(own_app)
    result = portal(own_app, "import", "csv", path, "--mapping", "kitas_sh", "--report", report)
    assert isinstance(result.exception, SystemExit), "a sentence, not a traceback"
    assert result.exit_code != 0
    assert str(report) in result.stderr
    assert dump(own_app) == before


def test_a_database_that_cannot_be_reached_is_said_in_one_sentence(own_app: Flask, tmp_path: Path) -> None:
    path = write(tmp_path / "kitas.csv", [kita()])
    nowhere = "postgresql://nobody@127.0.0.1:1/none?connect_timeout=2"
    result = portal(own_app, "import", "csv", path, "--mapping", "kitas_sh", DATABASE_URL=nowhere)
    assert isinstance(result.exception, SystemExit), "a sentence, not a traceback"
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: The database cannot be reached: ")


def test_the_command_names_only_the_first_rejected_rows(own_app: Flask, tmp_path: Path) -> None:
    path = write(tmp_path / "kitas.csv", [kita(name="") for _ in range(25)])
    lines = portal(own_app, "import", "csv", path, "--mapping", "kitas_sh", "--dry-run").stdout.splitlines()
    assert len(lines) == 22
    assert lines[20] == "  … and 5 more (all of them: --report FILE)"


# --- Mappings ---


@pytest.mark.parametrize("path", sorted(IMPORTS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_mapping_can_be_used(path: Path, app: Flask) -> None:
    mapping = find_mapping(path.stem, IMPORTS)
    assert find_mapping(str(path), IMPORTS) == mapping
    with app.app_context():
        known = set(db.session.exec(select(Need.code)).all())
    assert {*mapping.offer.needs, *(code for rule in mapping.offer.need_rules for code in rule.needs)} <= known


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('title: "{name}"', 'title: "{nmae}"', "the file has no column nmae"),
        ("{column: name, pattern", "{column: nmae, pattern", "the file has no column nmae"),
        ("encoding: utf-8-sig", "encoding: utf-9", "unknown encoding: utf-9"),
        ('"^Dummy-Einrichtung"', '"^(Dummy"', "missing ), unterminated subpattern at position 1"),
        ("cost_kind: income_based", "cost_kind: fixed", "cost_kind fixed needs an amount"),
        ("status: published", "status: publik", "Invalid enum value 'publik' - at `$.status`"),
        ("source: kitas-sh", "sauce: kitas-sh", "unknown field `sauce`"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused_by_name(tmp_path: Path, old: str, new: str, problem: str) -> None:
    text = (IMPORTS / "kitas_sh.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "mapping.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        find_mapping(str(path), IMPORTS)
    assert str(caught.value).startswith(f"{path}: ")
    assert problem in str(caught.value)


def test_an_improved_mapping_brings_its_improvement_with_the_next_run(new_app: Flask, tmp_path: Path) -> None:
    run_rows(new_app, tmp_path, kita())
    text = (IMPORTS / "kitas_sh.yaml").read_text(encoding="utf-8")
    better = tmp_path / "better.yaml"
    better.write_text(text.replace("registration: required", "registration: none"), encoding="utf-8")
    path = write(tmp_path / "kitas.csv", [kita()])
    assert [row.outcome for row in run(new_app, path, find_mapping(str(better), IMPORTS)).rows] == ["updated"]
    with new_app.app_context():
        assert imported(db.session, "1").offer.registration is Registration.NONE
