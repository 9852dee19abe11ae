"""Offers given out as a table and read in from one: a trial first, only what was confirmed, and nothing is run or lost."""

from __future__ import annotations

import io
import os
import re
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select

from portal.admin import exchange
from portal.content.schema import OfferContent
from portal.editing import workflow
from portal.editing.actor import COMMAND
from portal.editing.versions import find_offer, latest_version, working
from portal.extensions import db
from portal.models import AuditEntry, Location, Offer, OfferText, Organization
from portal.models.enums import OfferStatus, TextState
from portal.tables import Table, read_table, write_csv, write_xlsx
from tests.conftest import counted_queries, text_of
from tests.integration.admin import log_in, make_user, page

START = "/verwaltung/austausch/"
OFFER = "baby-treff-nordstadt"
NEW = {
    "Kennung": "",
    "Träger": "familienbuero",
    "Titel": "Vater-Kind-Frühstück",
    "Art": "Treff oder Gruppe",
    "Kurz gesagt": "Ihr frühstückt zusammen.",
    "Beschreibung": "Kommt einfach vorbei.",
    "Bedarfe": "eltern_kind_gruppe",
    "Lebensphasen": "Kita (3 bis 6)",
    "Telefon": "030 23125 102",
}


def give_out(client: FlaskClient, **form: str) -> Table:
    response = client.post(f"{START}ausgeben", data={"format": "csv", **form})
    assert response.status_code == 200
    return read_table(response.data, "angebote.csv")


def send(client: FlaskClient, data: bytes, name: str = "angebote.csv") -> Any:
    """As a browser sends a file. (werkzeug's own way leaves the temporary file of a long one open.)"""
    head = f'--border\r\nContent-Disposition: form-data; name="table"; filename="{name}"\r\n\r\n'
    body = head.encode() + data + b"\r\n--border--\r\n"
    return client.post(f"{START}einlesen", data=body, content_type="multipart/form-data; boundary=border")


def upload(client: FlaskClient, rows: Sequence[dict[str, str]], columns: Sequence[str] = ()) -> str:
    """The address of the trial of these rows."""
    response = send(client, write_csv(list(columns or rows[0]), rows))
    assert response.status_code == 303, response.text
    return str(response.location)


def outcomes(client: FlaskClient, trial: str) -> list[tuple[str, str, list[str]]]:
    """Heading, outcome and problems of each row that the trial shows."""
    main = page(client.get(trial)).find(".//main")
    found = []
    for section in main.findall("section"):
        problems = [text_of(item) for item in section.findall("ul/li")]
        found.append((text_of(section.find("h2")), text_of(section.find("p/span")), problems))
    return found


def changes(client: FlaskClient, trial: str) -> dict[str, str]:
    """What the trial says of the fields of all rows, deletions and insertions marked."""
    response = client.get(trial)
    text = re.sub(r'<span class="sr-only">.*?</span>', "", response.text)
    text = re.sub(r"<del>(.*?)</del>", r"[-\1-]", re.sub(r"<ins>(.*?)</ins>", r"[+\1+]", text))
    return dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", text, re.DOTALL))


def confirm(client: FlaskClient, trial: str, **form: str) -> str:
    """Take it over; the text of the page that says what has become of it."""
    response = client.post(f"{trial}/uebernehmen", data=form)
    assert response.status_code == 303
    return text_of(page(client.get(response.location)).find(".//main"))


def content_of(app: Flask, slug: str) -> OfferContent:
    with app.app_context():
        return working(db.session, find_offer(db.session, COMMAND, slug)).content


def status_of(app: Flask, slug: str) -> OfferStatus:
    with app.app_context():
        return find_offer(db.session, COMMAND, slug).status


def log(app: Flask, kind: str) -> list[tuple[str, str, str, str]]:
    with app.app_context():
        rows = db.session.execute(select(AuditEntry).where(AuditEntry.kind == kind).order_by(AuditEntry.id)).scalars()
        return [(row.user, row.action, row.label, row.details) for row in rows]


def row_of(table: Table, slug: str = OFFER) -> dict[str, str]:
    return next(dict(row.cells) for row in table.rows if row.cells["Kennung"] == slug)


def uploads(app: Flask) -> list[Path]:
    return sorted((app.extensions["settings"].data_dir / "uploads").iterdir())


# --- giving out -------------------------------------------------------------------------------------------------------


def test_all_offers_are_given_out_with_every_field(own_app: Flask, editor: FlaskClient) -> None:
    response = editor.post(f"{START}ausgeben", data={"format": "csv", "translations": "y"})
    table = read_table(response.data, "x.csv")
    with own_app.app_context():
        assert len(table.rows) == db.session.execute(select(func.count()).select_from(Offer)).scalar_one()
    assert response.headers["Content-Disposition"] == "attachment; filename=angebote-2026-11-21.csv"
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    row = row_of(table)
    now = content_of(own_app, OFFER)
    assert (row["Stand"], row["Träger"], row["Titel"], row["Titel (tr)"]) == (
        "Veröffentlicht",
        now.organization,
        now.text.title,
        now.translations["tr"].title,
    )
    assert "Titel (tr)" not in give_out(editor).columns
    assert log(own_app, "export")[0] == (
        "Mira Yıldız",
        "exported",
        "angebote-2026-11-21.csv",
        f"{len(table.rows)} Zeilen",
    )


def test_only_what_the_list_shows_is_given_out(own_app: Flask, editor: FlaskClient) -> None:
    with own_app.app_context():
        db.session.execute(select(Offer).where(Offer.slug == OFFER)).scalar_one().status = OfferStatus.ARCHIVED
        db.session.commit()
    assert [row.cells["Kennung"] for row in give_out(editor, state="archived").rows] == [OFFER]
    organization = content_of(own_app, OFFER).organization
    mine = give_out(editor, organization=organization, q="baby")
    assert {row.cells["Träger"] for row in mine.rows} == {organization}
    assert OFFER in [row.cells["Kennung"] for row in mine.rows]
    assert len(give_out(editor, gap="phone").rows) < len(give_out(editor).rows)
    form = page(editor.get(f"{START}?q=baby&state=archived&organization=gibt-es-nicht")).find(".//main//form")
    chosen = [option.get("value") for option in form.iter("option") if option.get("selected") is not None]
    assert (form.find(".//input[@id='q']").get("value"), chosen) == ("baby", ["archived", "", ""])


def test_a_newer_version_is_given_out_before_families_see_it(own_app: Flask, editor: FlaskClient) -> None:
    with own_app.app_context():
        offer = find_offer(db.session, COMMAND, OFFER)
        now = working(db.session, offer)
        workflow.save(
            db.session, COMMAND, offer, msgspec.structs.replace(now.content, phone="030 23125 999"), base=now.number
        )
        db.session.commit()
    assert row_of(give_out(editor))["Telefon"] == "030 23125 999"


def test_a_traeger_gives_out_their_own_and_reads_nothing_in(own_app: Flask, provider: FlaskClient) -> None:
    with own_app.app_context():
        mine = db.session.execute(select(Organization.slug).where(Organization.id == 1)).scalar_one()
        number = db.session.execute(select(func.count()).where(Offer.organization_id == 1)).scalar_one()
        other = db.session.execute(select(Organization.slug).where(Organization.id == 2)).scalar_one()
        places = db.session.execute(select(func.count()).where(Location.organization_id == 1)).scalar_one()
    assert page(provider.get(START)).find(".//input[@type='file']") is None
    for table in (give_out(provider), give_out(provider, organization=other)):
        assert [row.cells["Träger"] for row in table.rows] == [mine] * number
    lists = {
        what: read_table(provider.post(f"{START}ausgeben/{what}", data={"format": "xlsx"}).data, what).rows
        for what in ("traeger", "orte")
    }
    assert [row.cells["Kennung"] for row in lists["traeger"]] == [mine]
    assert [row.cells["Träger"] for row in lists["orte"]] == [mine] * places
    assert send(provider, write_csv(list(NEW), [NEW])).status_code == 404
    assert provider.get(f"{START}probe/abc").status_code == 404
    assert provider.post(f"{START}probe/abc/uebernehmen").status_code == 404
    assert provider.post(f"{START}probe/abc/verwerfen").status_code == 404
    assert provider.get(f"{START}ergebnis/abc").status_code == 404


def test_a_translator_sees_none_of_it(translator: FlaskClient) -> None:
    assert translator.get(START).status_code == 404
    assert translator.post(f"{START}ausgeben", data={"format": "csv"}).status_code == 404
    assert translator.post(f"{START}ausgeben/traeger").status_code == 404


def test_organizations_and_places_are_given_out(own_app: Flask, editor: FlaskClient) -> None:
    response = editor.post(f"{START}ausgeben/traeger", data={"format": "csv"})
    assert response.headers["Content-Disposition"] == "attachment; filename=traeger-2026-11-21.csv"
    rows = [row.cells for row in read_table(response.data, "x").rows]
    places = read_table(editor.post(f"{START}ausgeben/orte", data={"format": "xlsx"}).data, "x").rows
    with own_app.app_context():
        [name, kind] = db.session.execute(
            select(Organization.name, Organization.phone).where(Organization.slug == "familienbuero")
        ).one()
        assert len(rows) == db.session.execute(select(func.count()).select_from(Organization)).scalar_one()
        assert len(places) == db.session.execute(select(func.count()).select_from(Location)).scalar_one()
    [office] = [row for row in rows if row["Kennung"] == "familienbuero"]
    assert (office["Name"], office["Art"], office["Telefon"]) == (name, "Kommune", kind or "")
    assert [entry[2] for entry in log(own_app, "export")] == ["traeger-2026-11-21.csv", "orte-2026-11-21.xlsx"]


def test_nothing_in_a_table_is_run(own_app: Flask, editor: FlaskClient) -> None:
    """A title like a formula and a phone number with a plus: text in Excel, and the same again when read in."""
    with own_app.app_context():
        offer = find_offer(db.session, COMMAND, OFFER)
        offer.phone = "+49 30 23125 102"
        db.session.execute(
            OfferText.__table__.update()
            .where(OfferText.offer_id == offer.id, OfferText.lang == "de")
            .values(title="=1+1")
        )
        db.session.commit()
    raw = {kind: editor.post(f"{START}ausgeben", data={"format": kind, "q": OFFER}).data for kind in ("csv", "xlsx")}
    assert '"\'=1+1"' in raw["csv"].decode()
    assert '"\'+49 30 23125 102"' in raw["csv"].decode()
    cells = {cell.value: cell.data_type for cell in load_workbook(io.BytesIO(raw["xlsx"])).active[2]}
    assert (cells["=1+1"], cells["+49 30 23125 102"]) == ("s", "s")
    for kind, data in raw.items():
        trial = send(editor, data, f"angebote.{kind}").location
        assert outcomes(editor, trial) == [("Zeile 2: =1+1", "unverändert", [])]


def test_giving_out_asks_as_often_for_thirty_as_for_one(own_app: Flask, editor: FlaskClient) -> None:
    counts = []
    for q in (OFFER, "e"):
        with counted_queries(own_app) as statements:
            rows = len(give_out(editor, q=q).rows)
        counts.append((rows > 30, len(statements)))
    assert counts[0][0] is False
    assert counts[1][0] is True
    # One set of queries for each hundred offers.
    with_more_than_a_hundred = 12 * (rows > 100)
    assert counts[1][1] == counts[0][1] + with_more_than_a_hundred


# --- the trial --------------------------------------------------------------------------------------------------------


def test_what_was_given_out_comes_back_unchanged(editor: FlaskClient) -> None:
    for kind in ("csv", "xlsx"):
        data = editor.post(f"{START}ausgeben", data={"format": kind, "translations": "y"}).data
        trial = send(editor, data, f"x.{kind}").location
        number = len(read_table(data, "x").rows)
        main = text_of(page(editor.get(trial)).find(".//main"))
        assert (
            f"{number} Zeilen: 0 neu, 0 geändert, {number} unverändert, 0 abgelehnt. Noch ist nichts geändert." in main
        )
        assert "Es gibt nichts zu übernehmen." in main


def test_the_trial_shows_every_difference_and_changes_nothing(own_app: Flask, editor: FlaskClient) -> None:
    before = content_of(own_app, OFFER)
    trial = upload(
        editor, [row_of(give_out(editor)) | {"Telefon": "030 23125 999", "Bitte mitbringen": "Eine Decke."}, NEW]
    )
    assert [(head, outcome) for head, outcome, _problems in outcomes(editor, trial)] == [
        (f"Zeile 2: {before.text.title}", "geändert"),
        ("Zeile 3: Vater-Kind-Frühstück", "neu"),
    ]
    old = changes(editor, f"{trial}?was=ge%C3%A4ndert")
    assert set(old) == {"Telefon", "Bitte mitbringen"}
    assert old["Telefon"].endswith("[+999+]")
    assert changes(editor, f"{trial}?was=neu")["Titel"] == "[+Vater-Kind-Frühstück+]"
    assert content_of(own_app, OFFER) == before
    assert log(own_app, "import") == []


def test_a_row_that_cannot_be_used_says_why(own_app: Flask, editor: FlaskClient) -> None:
    rows = [
        {"Kennung": OFFER, "Telefon": "030 23125 999"},
        {"Kennung": OFFER.upper(), "Telefon": "030 23125 998"},
        {"Kennung": "baby-treff-nordstad"},
        {"Kennung": "tafel-ausgabe", "Träger": "Niemand"},
        NEW | {"Titel": ""},
        NEW | {"Alter von": "6 Jahre", "Alter bis": "3 Jahre"},
        NEW,
        NEW,
    ]
    with own_app.app_context():
        slugs = list(db.session.execute(select(Offer.slug).order_by(Offer.id)).scalars())
    rows[3]["Kennung"] = slugs[-1]
    heads = [*NEW, "Alter von", "Alter bis"]
    filled = [
        row_of(give_out(editor), row["Kennung"].lower()) | row if row["Kennung"].lower() in slugs else row
        for row in rows
    ]
    problems = [found[2] for found in outcomes(editor, upload(editor, filled, heads))]
    assert problems == [
        [],
        ["Kennung: Dieses Angebot steht schon in Zeile 2."],
        [
            "Kennung: „baby-treff-nordstad“ gibt es nicht. Meintest du „baby-treff-nordstadt“? "
            "Lass die Zelle leer, wenn das Angebot neu ist."
        ],
        ["Träger: Träger „Niemand“ gibt es nicht."],
        ["Titel: Das fehlt noch."],
        ["Alter bis: Es ist kleiner als „Alter von“."],
        [],
        ["Dieses Angebot steht schon in Zeile 8."],
    ]


def test_an_offer_does_not_follow_itself(editor: FlaskClient) -> None:
    trial = upload(editor, [{"Kennung": OFFER, "Anschlussangebote": OFFER}])
    assert outcomes(editor, trial)[0][2] == ["Anschlussangebote: Ein Angebot kann nicht auf sich selbst folgen."]


def test_an_unknown_column_is_refused_with_the_nearest_one(own_app: Flask, editor: FlaskClient) -> None:
    for columns, message in (
        (
            ["Kennung", "Telefonn"],
            "Die Spalte „Telefonn“ kennen wir nicht. Meintest du „Telefon“? Benenne sie um oder lösche sie.",
        ),
        (["Kennung", "telefon", "Telefon"], "Die Spalte „Telefon“ gibt es zweimal: Behalte eine davon."),
        (["Telefon"], "Die Spalte „Kennung“ fehlt: Ohne sie ist nicht klar, welche Angebote gemeint sind."),
        (["Kennung"], "In der Tabelle steht noch keine Zeile unter den Namen der Spalten."),
    ):
        response = send(
            editor, write_csv(columns, [{columns[-1]: "x"}] if len(columns) != 1 or columns[0] != "Kennung" else [])
        )
        assert response.status_code == 422
        assert message in text_of(page(response).find(".//main"))
    assert not (own_app.extensions["settings"].data_dir / "uploads").exists()


def test_what_is_no_table_is_refused(editor: FlaskClient) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 50_000_000)
    for data, name, message in (
        (
            b"<!doctype html><table><tr><td>Kennung</td></tr></table>",
            "angebote.xls",
            "Das ist eine Webseite und keine Tabelle",
        ),
        (bomb.getvalue(), "angebote.xlsx", "Die Tabelle ist zu groß"),
        (b"%PDF-1.7", "angebote.pdf", "Das ist keine Tabelle, die wir lesen können"),
        (b"", "leer.csv", "Die Tabelle ist leer"),
    ):
        response = send(editor, data, name)
        assert response.status_code == 422
        assert message in text_of(page(response).find(".//*[@id='feld-table']"))
    assert editor.post(f"{START}einlesen", data={}).status_code == 422
    assert send(editor, b"x" * (11 * 1024 * 1024)).status_code == 413


def test_a_table_of_an_old_windows_program_can_be_read(own_app: Flask, editor: FlaskClient) -> None:
    data = "Kennung;Bitte mitbringen\r\nbaby-treff-nordstadt;Eine große Decke für 5 €\r\n".encode("cp1252")
    confirm(editor, send(editor, data).location)
    assert content_of(own_app, OFFER).text.bring == "Eine große Decke für 5 €"


def test_the_trial_asks_as_often_for_thirty_rows_as_for_one(own_app: Flask, editor: FlaskClient) -> None:
    rows = [dict(row.cells) | {"Bitte mitbringen": "Nichts."} for row in give_out(editor).rows]
    counts = []
    for number in (1, 30):
        trial = upload(editor, rows[:number])
        with counted_queries(own_app) as statements:
            assert len(outcomes(editor, trial)) == number
        counts.append(len(statements))
    assert counts[0] == counts[1]


# --- taking over ------------------------------------------------------------------------------------------------------


def test_a_change_becomes_a_draft_that_families_do_not_see(own_app: Flask, editor: FlaskClient) -> None:
    before = content_of(own_app, OFFER)
    trial = upload(editor, [row_of(give_out(editor)) | {"Telefon": "030 23125 999"}, NEW])
    assert "Fertig: 1 neu, 1 geändert, 0 unverändert." in confirm(editor, trial)
    assert content_of(own_app, OFFER) == msgspec.structs.replace(before, phone="030 23125 999")
    assert "030 23125 999" not in own_app.test_client().get(f"/de/angebote/{OFFER}").text
    made = content_of(own_app, "vater-kind-fruehstueck")
    assert (made.organization, made.phone, status_of(own_app, "vater-kind-fruehstueck")) == (
        "familienbuero",
        "030 23125 102",
        OfferStatus.DRAFT,
    )
    with own_app.app_context():
        version = latest_version(db.session, find_offer(db.session, COMMAND, OFFER).id)
        assert version is not None
        assert (version.number, version.author, version.note) == (2, "Mira Yıldız", "Aus einer Tabelle")
    assert [entry[:2] for entry in log(own_app, "offer")] == [("Mira Yıldız", "changed"), ("Mira Yıldız", "created")]
    assert log(own_app, "import") == [
        (
            "Mira Yıldız",
            "imported",
            "angebote.csv",
            "1 neu, 1 geändert, 0 unverändert, 0 nicht übernommen, 0 veröffentlicht",
        )
    ]


def test_a_missing_column_changes_nothing_and_an_empty_cell_empties(own_app: Flask, editor: FlaskClient) -> None:
    before = content_of(own_app, OFFER)
    assert before.phone
    confirm(editor, upload(editor, [{"Kennung": OFFER, "Telefon": ""}]))
    assert content_of(own_app, OFFER) == msgspec.structs.replace(before, phone=None)


def test_the_same_table_twice_makes_nothing_twice(own_app: Flask, editor: FlaskClient) -> None:
    confirm(editor, upload(editor, [NEW]))
    assert outcomes(editor, upload(editor, [NEW])) == [
        (
            "Zeile 2: Vater-Kind-Frühstück",
            "abgelehnt",
            ["Dieses Angebot gibt es schon: Trage in „Kennung“ „vater-kind-fruehstueck“ ein."],
        )
    ]


def test_published_at_once_is_what_lacks_nothing(own_app: Flask, editor: FlaskClient) -> None:
    lacking = NEW | {"Titel": "Ohne Nummer", "Telefon": ""}
    trial = upload(editor, [row_of(give_out(editor)) | {"Telefon": "030 23125 999"}, NEW, lacking], list(NEW))
    text = confirm(editor, trial, publish="y")
    assert "Fertig: 2 neu, 1 geändert, 0 unverändert. 2 davon sind veröffentlicht." in text
    assert "Zeile 4: Ohne Nummer. Weder eine Telefonnummer noch ein Ort" in text
    assert "030 23125 999" in own_app.test_client().get(f"/de/angebote/{OFFER}").text
    assert own_app.test_client().get("/de/angebote/vater-kind-fruehstueck").status_code == 200
    assert status_of(own_app, "ohne-nummer") == OfferStatus.DRAFT


def test_what_is_archived_stays_archived(own_app: Flask, editor: FlaskClient) -> None:
    with own_app.app_context():
        workflow.archive(db.session, COMMAND, find_offer(db.session, COMMAND, OFFER))
        db.session.commit()
    row = row_of(give_out(editor)) | {"Telefon": "030 23125 999", "Stand": "Veröffentlicht"}
    trial = upload(editor, [row])
    assert "Der Stand lässt sich nicht mit einer Tabelle ändern." in editor.get(trial).text
    assert "Es ist archiviert." in confirm(editor, trial, publish="y")
    assert status_of(own_app, OFFER) == OfferStatus.ARCHIVED


@pytest.mark.parametrize(("form", "state"), [({}, TextState.MACHINE), ({"checked_by_people": "y"}, TextState.HUMAN)])
def test_a_translation_from_a_table_is_of_a_machine_unless_people_checked_it(
    own_app: Flask, editor: FlaskClient, form: dict[str, str], state: TextState
) -> None:
    row = row_of(give_out(editor, translations="y"))
    confirm(editor, upload(editor, [row | {"Titel": "Neuer Treff", "Titel (tr)": "Yeni buluşma"}]), **form)
    now = content_of(own_app, OFFER).translations
    assert (now["tr"].title, now["tr"].state) == ("Yeni buluşma", state)
    # The others say what the German text said before.
    assert {text.state for lang, text in now.items() if lang != "tr"} == {TextState.OUTDATED}


def test_what_somebody_else_changed_after_the_trial_is_left_alone_and_named(
    own_app: Flask, editor: FlaskClient
) -> None:
    table = give_out(editor)
    slugs = [OFFER, next(row.cells["Kennung"] for row in table.rows if row.cells["Kennung"] != OFFER)]
    trial = upload(editor, [row_of(table, slug) | {"Bitte mitbringen": "Ein Lied."} for slug in slugs])
    with own_app.app_context():
        offer = find_offer(db.session, COMMAND, OFFER)
        now = working(db.session, offer)
        workflow.save(
            db.session, COMMAND, offer, msgspec.structs.replace(now.content, phone="030 23125 999"), base=now.number
        )
        db.session.commit()
    text = confirm(editor, trial)
    assert "Fertig: 0 neu, 1 geändert, 0 unverändert." in text
    assert "1 nicht übernommen" in text
    assert "Jemand hat das Angebot nach der Probe geändert. Lies die Tabelle noch einmal ein." in text
    assert content_of(own_app, OFFER).phone == "030 23125 999"
    assert [content_of(own_app, slug).text.bring == "Ein Lied." for slug in slugs] == [False, True]


def test_a_table_from_last_week_does_not_undo_what_was_written_since(own_app: Flask, editor: FlaskClient) -> None:
    old = row_of(give_out(editor))
    confirm(editor, upload(editor, [{"Kennung": OFFER, "Telefon": "030 23125 999"}]))
    [(_title, outcome, [problem])] = outcomes(editor, upload(editor, [old]))
    assert outcome == "abgelehnt"
    assert problem.startswith("Jemand hat das Angebot geändert, seit die Tabelle ausgegeben wurde.")
    [(_title, outcome, _problems)] = outcomes(editor, upload(editor, [old | {"Fassung": ""}]))
    assert outcome == "geändert"


def test_a_long_table_is_taken_in_parts(own_app: Flask, editor: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "PART", 2)
    rows = [NEW | {"Titel": f"Treff {number}"} for number in range(1, 6)]
    trial = upload(editor, rows)
    assert "2 von 5 Zeilen sind fertig." in confirm(editor, trial)
    # Whoever comes back to the trial goes on, and what was ticked at the start stays.
    assert editor.get(trial).location == trial.replace("probe", "ergebnis")
    assert "4 von 5 Zeilen sind fertig." in confirm(editor, trial, publish="y")
    assert "Fertig: 5 neu, 0 geändert, 0 unverändert." in confirm(editor, trial)
    # One click more does nothing.
    assert "Fertig: 5 neu, 0 geändert, 0 unverändert." in confirm(editor, trial)
    assert [status_of(own_app, f"treff-{number}") for number in range(1, 6)] == [OfferStatus.DRAFT] * 5
    assert len(log(own_app, "import")) == 1


# --- the file in between ----------------------------------------------------------------------------------------------


def test_the_table_is_kept_for_its_sender_only_for_an_hour_and_not_after_use(
    own_app: Flask, editor: FlaskClient
) -> None:
    trial = upload(editor, [NEW])
    [kept] = uploads(own_app)
    assert (oct(kept.stat().st_mode)[-3:], oct(kept.parent.stat().st_mode)[-3:]) == ("600", "700")
    assert b"Vater-Kind" in kept.read_bytes()
    other = log_in(own_app, make_user(own_app, "redaktion", name="Olga"))
    for response in (other.get(trial), other.post(f"{trial}/uebernehmen"), other.post(f"{trial}/verwerfen")):
        assert (response.status_code, response.location) == (303, START)
    assert editor.get(trial[:-3] + "AAA").location == START
    confirm(editor, trial)
    assert b"Ihr fr" not in kept.read_bytes()
    os.utime(kept, (time.time() - 3601,) * 2)
    assert editor.get(trial.replace("probe", "ergebnis")).location == START
    assert "Diese Tabelle ist nicht mehr da" in editor.get(START).text
    upload(editor, [NEW | {"Titel": "Noch eins"}])
    assert kept not in uploads(own_app)


def test_a_discarded_table_is_deleted_at_once(own_app: Flask, editor: FlaskClient) -> None:
    trial = upload(editor, [NEW])
    assert editor.post(f"{trial}/verwerfen").location == START
    assert uploads(own_app) == []
    assert editor.post(f"{trial}/uebernehmen").location == START
    assert log(own_app, "offer") == []


def test_a_table_of_excel_goes_the_same_way(own_app: Flask, editor: FlaskClient) -> None:
    response = send(editor, write_xlsx(list(NEW), [NEW], "Angebote"), "neue.xlsx")
    assert "Fertig: 1 neu, 0 geändert, 0 unverändert." in confirm(editor, response.location)
    assert content_of(own_app, "vater-kind-fruehstueck").text.title == "Vater-Kind-Frühstück"
