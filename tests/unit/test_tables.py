"""Tables from and for spreadsheets: what is read, what is refused, and that nothing is lost or run on the way."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from portal.tables import MAX_BYTES, MAX_CELL, Row, Table, TableError, read_table, write_csv, write_xlsx

Rows = list[dict[str, str]]
DAY = date(2026, 11, 21)


def workbook(rows: list[list[Any]], formats: dict[str, str] | None = None) -> bytes:
    """A file as Excel has it, with typed cells."""
    book = Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    for place, shown_as in (formats or {}).items():
        sheet[place].number_format = shown_as
    return saved(book)


def saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def rezipped(data: bytes, changes: dict[str, Callable[[bytes], bytes]]) -> bytes:
    """The same archive with some members changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, changes.get(name, bytes)(old.read(name)))
    return file.getvalue()


def archive(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in members.items():
            new.writestr(name, content)
    return file.getvalue()


def shared_strings(sheet: bytes, strings: bytes) -> bytes:
    """A file as Excel itself writes it: the texts in a list of their own, the cells with numbers into it."""
    main, office = (
        f"http://schemas.openxmlformats.org/{name}/2006".encode() for name in ("spreadsheetml", "officeDocument")
    )
    package = b"http://schemas.openxmlformats.org/package/2006"
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml."
    parts = {"workbook": "sheet.main", "worksheets/sheet1": "worksheet", "sharedStrings": "sharedStrings"}
    types = b"".join(
        b'<Override PartName="/xl/%s.xml" ContentType="%s%s+xml"/>' % (part.encode(), kind, name.encode())
        for part, name in parts.items()
    )
    relation = b'<Relationship Id="r%d" Type="%s/relationships/%s" Target="%s"/>'
    relations = b'<Relationships xmlns="%s/relationships">%s</Relationships>'
    return archive(
        **{
            "[Content_Types].xml": b'<Types xmlns="%s/content-types">%s</Types>' % (package, types),
            "_rels/.rels": relations % (package, relation % (1, office, b"officeDocument", b"xl/workbook.xml")),
            "xl/_rels/workbook.xml.rels": relations
            % (
                package,
                relation % (1, office, b"worksheet", b"worksheets/sheet1.xml")
                + relation % (2, office, b"sharedStrings", b"sharedStrings.xml"),
            ),
            "xl/workbook.xml": b'<workbook xmlns="%s/main" xmlns:r="%s/relationships"><sheets>'
            b'<sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>' % (main, office),
            "xl/worksheets/sheet1.xml": b'<worksheet xmlns="%s/main"><sheetData>%s</sheetData></worksheet>'
            % (main, sheet),
            "xl/sharedStrings.xml": b'<sst xmlns="%s/main">%s</sst>' % (main, strings),
        }
    )


def refusal(data: bytes, name: str = "tabelle") -> str:
    with pytest.raises(TableError) as caught:
        read_table(data, name)
    return str(caught.value)


def texts(table: Table) -> list[list[str]]:
    return [list(row.cells.values()) for row in table.rows]


# --- CSV ---

WANTED = Table(["Titel", "Straße"], [Row(2, {"Titel": "Café, Spiel; Spaß", "Straße": "Größe 1"})])


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_csv_is_read_in_the_spellings_of_all_programs(delimiter: str, encoding: str, newline: str) -> None:
    text = f'Titel{delimiter}Straße{newline}"Café, Spiel; Spaß"{delimiter}Größe 1{newline}'
    assert read_table(text.encode(encoding), "a.csv") == WANTED


def test_a_delimiter_inside_of_quotes_divides_nothing() -> None:
    assert read_table(b'"a,b,c,d";e\n1;2\n', "a.csv") == Table(["a,b,c,d", "e"], [Row(2, {"a,b,c,d": "1", "e": "2"})])
    assert read_table(b'eine Spalte\n"1;2,3\t4"\n', "a.csv").rows[0].cells == {"eine Spalte": "1;2,3\t4"}


def test_the_hint_that_excel_writes_is_followed_and_not_counted() -> None:
    assert read_table(b"sep=,\r\na;x,b\r\n1,2\r\n", "a.csv") == Table(["a;x", "b"], [Row(2, {"a;x": "1", "b": "2"})])


def test_quotes_and_line_breaks_belong_to_the_cell() -> None:
    data = b'a;b\r\n"sie sagt ""ja""";"eins\r\n\r\nzwei"\r\n'
    assert texts(read_table(data, "a.csv")) == [['sie sagt "ja"', "eins\n\nzwei"]]


def test_lines_are_counted_as_a_spreadsheet_counts_them() -> None:
    data = b'\n;;\na;b\n\n"1\n2";x\n; \n3\n'
    assert read_table(data, "a.csv").rows == [Row(5, {"a": "1\n2", "b": "x"}), Row(7, {"a": "3", "b": ""})]
    filled = workbook([[], [], ["a", "b"], [], ["1", "x"], [None, " "], ["3"]])
    assert read_table(filled, "a.xlsx").rows == [Row(5, {"a": "1", "b": "x"}), Row(7, {"a": "3", "b": ""})]


def test_a_header_without_rows_is_a_table() -> None:
    assert read_table(b"a;b\n", "a.csv") == read_table(workbook([["a", "b"]]), "a.xlsx") == Table(["a", "b"], [])


def test_names_of_columns_are_one_line_of_visible_text() -> None:
    assert read_table('" Titel \n\u200bdeutsch ";b;;\n1;2\n'.encode(), "a.csv").columns == ["Titel deutsch", "b"]


# --- Excel ---


@pytest.mark.parametrize(
    ("value", "shown_as", "text"),
    [
        ("Text", "General", "Text"),
        (12, "General", "12"),
        (12.0, "0.00", "12"),
        (12.5, "0.00", "12,5"),
        (-0.25, "General", "-0,25"),
        (0.1 + 0.2, "General", "0,3"),
        (493023125000.0, "0", "493023125000"),
        (1e20, "General", "1e+20"),
        (4103, "00000", "04103"),
        (80331, "00000", "80331"),
        (DAY, "DD.MM.YYYY", "2026-11-21"),
        (datetime.combine(DAY, time()), "DD.MM.YYYY", "2026-11-21"),
        (datetime.combine(DAY, time(14, 30)), "DD.MM.YYYY HH:MM", "2026-11-21 14:30"),
        (datetime.combine(DAY, time(14, 30, 5)), "DD.MM.YYYY HH:MM:SS", "2026-11-21 14:30:05"),
        (time(9, 5), "HH:MM", "09:05"),
        (timedelta(hours=26, minutes=30), "[h]:mm", "26:30"),
        (True, "General", "ja"),
        (False, "General", "nein"),
        ("+49 30 23125000", "@", "+49 30 23125000"),
        ("'+49 30 23125000", "@", "+49 30 23125000"),
        ("  außen  ", "@", "  außen  "),
        ("eins_x000D_\nzwei", "@", "eins\nzwei"),
    ],
)
def test_a_value_becomes_the_text_that_an_editor_would_type(value: Any, shown_as: str, text: str) -> None:
    data = workbook([["Spalte", "b"], [value, "x"]], {"A2": shown_as})
    assert texts(read_table(data, "a.xlsx")) == [[text, "x"]]


def test_texts_that_stand_in_a_list_of_their_own_are_found() -> None:
    sheet = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>%d</v></c></row>' % (n + 1, n + 1, n) for n in range(3))
    strings = b"<si><t>Titel</t></si><si><r><t>fett</t></r><r><t xml:space='preserve'> und mager</t></r></si><si><t>x</t></si>"
    assert texts(read_table(shared_strings(sheet, strings), "a.xlsx")) == [["fett und mager"], ["x"]]


def test_of_a_formula_the_value_is_read_that_was_last_seen() -> None:
    def with_result(sheet: bytes) -> bytes:
        assert b"<f>1+1</f><v" in sheet
        return re.sub(rb"<f>1\+1</f><v ?/>(</v>)?", b"<f>1+1</f><v>2</v>", sheet)

    data = rezipped(workbook([["a"], ["=1+1"]]), {"xl/worksheets/sheet1.xml": with_result})
    assert texts(read_table(data, "a.xlsx")) == [["2"]]


def test_the_first_sheet_that_can_be_seen_is_read() -> None:
    book = Workbook()
    book.active.append(["versteckt"])
    book.active.sheet_state = "hidden"
    for word in ("erste", "zweite"):
        book.create_sheet().append([word])
    assert read_table(saved(book), "a.xlsx").columns == ["erste"]


def test_a_sheet_that_lies_about_its_size_is_read_as_it_is() -> None:
    data = workbook([["a", "b"], ["1", "2"], ["3", "4"]])
    for size in (b"A1", b"A1:XFD1048576"):
        lying = rezipped(data, {"xl/worksheets/sheet1.xml": lambda xml, size=size: xml.replace(b"A1:B3", size)})
        assert texts(read_table(lying, "a.xlsx")) == [["1", "2"], ["3", "4"]]


def test_cells_that_were_only_coloured_are_no_columns() -> None:
    book = Workbook()
    book.active.append(["a", "b"])
    book.active.append(["1", "2"])
    book.active["ZZ2"].number_format = "0.00"
    book.active["B3000"].number_format = "0.00"
    assert read_table(saved(book), "a.xlsx") == Table(["a", "b"], [Row(2, {"a": "1", "b": "2"})])


# --- There and back again ---

DANGEROUS = st.text("=+-@'\t\r\n \xa0＝aA1;,\"|_x", max_size=12)
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=40)
CARRIED = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters=[chr(n) for n in range(32)] + ["\ufffe", "\uffff"])
    | st.sampled_from("\t\n"),
    max_size=40,
)
PHONE = "+49 30 23125-000"


def rows_of(cells: st.SearchStrategy[str]) -> st.SearchStrategy[Rows]:
    """With a first column that is never blank: a blank row is no row."""
    row = st.fixed_dictionaries({"Nr": st.just("x"), "Text": cells, "Ende": cells})
    return st.lists(row, max_size=4)


def example_row(text: str) -> Rows:
    return [{"Nr": "x", "Text": text, "Ende": text}]


def written(kind: str, rows: Rows) -> bytes:
    columns = ["Nr", "Text", "Ende"]
    return write_csv(columns, rows) if kind == "csv" else write_xlsx(columns, rows, "Angebote")


def read_back(kind: str, rows: Rows) -> Rows:
    table = read_table(written(kind, rows), f"a.{kind}")
    assert table.columns == ["Nr", "Text", "Ende"]
    return [row.cells for row in table.rows]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@settings(max_examples=150, deadline=None)
@given(rows=rows_of(CARRIED | DANGEROUS.map(lambda text: text.replace("\r", ""))))
@example(rows=example_row(PHONE))
@example(rows=example_row("'+49 30"))
@example(rows=example_row("''=1"))
@example(rows=example_row("'s Lädle"))
@example(rows=example_row(" \n\t@SUM(A1)"))
@example(rows=example_row("#N/A"))
@example(rows=example_row("007"))
@example(rows=example_row("  zwei\n\nAbsätze  "))
def test_a_table_comes_back_with_the_same_texts(kind: str, rows: Rows) -> None:
    assert read_back(kind, rows) == rows


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@settings(max_examples=100, deadline=None)
@given(rows=rows_of(ANYTHING | DANGEROUS))
@example(rows=example_row("a\r\nb\rc\0d\x1be\ud800f\uffff"))
def test_what_no_file_can_carry_is_left_out_once_and_for_all(kind: str, rows: Rows) -> None:
    once = read_back(kind, rows)
    assert read_back(kind, once) == once
    for row, before in zip(once, rows, strict=True):
        lost = {char for char in before["Text"] if char not in row["Text"]}
        assert not [char for char in lost if char.isprintable() and char != "\ufffe"]


def test_line_breaks_of_all_systems_become_one() -> None:
    for kind in ("csv", "xlsx"):
        assert read_back(kind, example_row("a\r\nb\rc\nd\0")) == example_row("a\nb\nc\nd")


def test_csv_that_went_through_excel_comes_back_too() -> None:
    # Excel shows the apostrophe of a CSV file as part of the text, and saves it so.
    through_excel = workbook([["Telefon"], ["'" + PHONE]])
    assert texts(read_table(through_excel, "a.xlsx")) == [[PHONE]]


# --- What spreadsheets get ---


def test_csv_is_what_german_excel_opens() -> None:
    assert write_csv(["Titel", "Ort"], [{"Titel": 'Spiel; "Spaß"', "Ort": ""}, {"Titel": "x"}]) == (
        "\ufeff" + '"Titel";"Ort"\r\n"Spiel; ""Spaß""";""\r\n"x";""\r\n'
    ).encode("utf-8")


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\rx", "\tx", "  =cmd|' /C calc'!A0", "\xa0=1", "＝1", "'=1", "\n=1"],
)
def test_no_cell_of_a_csv_file_is_a_formula(text: str) -> None:
    line = write_csv(["a"], [{"a": text}]).decode("utf-8-sig").split("\r\n", 1)[1]
    assert line.startswith("\"'")
    assert not re.match(r"\s*[=+\-@＝\t]", line.strip('"'))


def test_the_name_of_a_column_is_no_formula_either() -> None:
    assert write_csv(["=1"], []).decode("utf-8-sig") == '"\'=1"\r\n'
    assert read_table(write_csv(["=1"], []), "a.csv").columns == ["=1"]


def test_every_cell_of_an_excel_file_is_a_text() -> None:
    data = write_xlsx(
        ["a", "=b"], [{"a": text, "=b": "12"} for text in ("=1+1", "+49 30", "#REF!", "007", "TRUE")], "x"
    )
    sheet = load_workbook(io.BytesIO(data)).active
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert {(cell.data_type, cell.number_format) for cell in cells} == {("s", "@")}
    assert [cell.value for cell in cells[2::2]] == ["=1+1", "+49 30", "#REF!", "007", "TRUE"]
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        tags = {
            element.tag.split("}")[1]
            for element in ElementTree.fromstring(file.read("xl/worksheets/sheet1.xml")).iter()
        }
    assert "f" not in tags


def test_an_excel_file_is_pleasant_to_work_with() -> None:
    rows = [{"Nr": "1", "Titel": "x" * 30 + "\n" + "y" * 5, "Text": "z" * 500}]
    sheet = load_workbook(io.BytesIO(write_xlsx(["Nr", "Titel", "Text"], rows, "Angebote: [Stand] 11/2026?"))).active
    assert sheet.title == "Angebote Stand 11 2026"
    assert sheet.freeze_panes == "A2"
    assert [[cell.font.b for cell in row] for row in sheet.iter_rows()] == [[True] * 3, [False] * 3]
    assert [sheet.column_dimensions[letter].width for letter in "ABC"] == [10, 32, 60]
    assert [sheet.column_dimensions[letter].number_format for letter in "ABC"] == ["@"] * 3


@pytest.mark.parametrize(("title", "shown"), [("", "Tabelle"), ("'x'", "x"), ("a" * 40, "a" * 31), ("[]", "Tabelle")])
def test_any_title_becomes_one_that_excel_takes(title: str, shown: str) -> None:
    assert load_workbook(io.BytesIO(write_xlsx(["a"], [], title))).sheetnames == [shown]


def test_a_text_that_could_not_be_read_again_is_not_written() -> None:
    for write in (write_csv, lambda columns, rows: write_xlsx(columns, rows, "x")):
        assert read_table(write(["a"], [{"a": "x" * MAX_CELL}]), "a").rows[0].cells["a"] == "x" * MAX_CELL
        with pytest.raises(TableError) as caught:
            write(["a"], [{"a": "x"}, {"a": "x" * (MAX_CELL + 1)}])
        assert str(caught.value) == "Zeile 3 hat einen Text von mehr als 20.000 Zeichen: Kürze ihn."


# --- What is refused, and what the editor reads ---

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)
NO_TABLE = "Das ist keine Tabelle, die wir lesen können: Speichere sie als Excel-Arbeitsmappe (.xlsx) oder als CSV."
WEB_PAGE = (
    "Das ist eine Webseite und keine Tabelle, auch wenn Excel sie öffnet: Speichere sie dort als "
    "Excel-Arbeitsmappe (.xlsx)."
)
BROKEN = "Die Datei ist beschädigt: Öffne sie in Excel und speichere sie neu als „Excel-Arbeitsmappe (.xlsx)“."
TOO_LARGE = "Die Tabelle ist zu groß: Höchstens 20.000 Zeilen und 200 Spalten gehen, teile sie in mehrere Dateien."
EMPTY = "Die Tabelle ist leer: In der ersten Zeile müssen die Namen der Spalten stehen."


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("leer.csv", b"", EMPTY),
        ("leer.csv", b"\xef\xbb\xbf\r\n;;\r\n", EMPTY),
        ("leer.xlsx", workbook([]), EMPTY),
        (
            "alt.xls",
            OLE + "Workbook".encode("utf-16-le"),
            "Das ist eine alte Excel-Datei: Öffne sie in Excel und speichere sie als Arbeitsmappe (.xlsx).",
        ),
        (
            "geheim.xlsx",
            OLE + "EncryptedPackage".encode("utf-16-le"),
            "Die Tabelle ist mit einem Passwort geschützt: Nimm es in Excel heraus und speichere sie neu.",
        ),
        (
            "tabelle.ods",
            archive(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"),
            "Das ist eine Datei von LibreOffice: Speichere die Tabelle dort als „Excel 2007-365 (.xlsx)“.",
        ),
        ("export.xls", b"\xef\xbb\xbf\n<html><table><tr><td>a</td></tr></table></html>", WEB_PAGE),
        ("export.xls", b'<?xml version="1.0"?><Workbook/>', WEB_PAGE),
        ("brief.docx", archive(**{"word/document.xml": b"<x/>"}), NO_TABLE),
        ("alt.xlsb", archive(**{"xl/workbook.bin": b"x"}), NO_TABLE),
        ("a.csv", b"%PDF-1.7 x", NO_TABLE),
        ("a.csv", b"\x89PNG\r\n\x1a\n\0\0\0", NO_TABLE),
        ("a.csv", "a;b\n1;2".encode("utf-16"), NO_TABLE),
        ("a.xlsx", b"PK\x03\x04" + bytes(100), BROKEN),
        ("a.xlsx", archive(**{"xl/workbook.xml": b"<x"}), BROKEN),
        ("a.xlsx", workbook([["a"], ["b"]])[:-200], BROKEN),
        (
            "a.csv",
            b"a;b\n\x81;\x8d\xff\n",
            "Umlaute lassen sich nicht lesen: Speichere die Tabelle als „CSV UTF-8“.",
        ),
        (
            "a.csv",
            b'a;b\n1;2\n3;"4\n5;6\n',
            "Ab Zeile 3 passen die Anführungszeichen nicht zusammen: Speichere die Tabelle neu als CSV.",
        ),
        ("a.csv", b"a;;c\n1;2;3\n", "Die Spalte B hat keinen Namen: Schreibe ihn in die erste Zeile."),
        ("a.csv", b"a; a \n1;2\n", "Die Spalte „a“ gibt es zweimal: Gib jeder Spalte einen eigenen Namen."),
        ("a.csv", b"a;b\n1;2\n2;3;4\n", "Zeile 3 hat mehr Zellen als die erste Zeile: Gib jeder Spalte einen Namen."),
        (
            "a.csv",
            b"Titel;b\n1;2\n" + b"x" * 20_001 + b";1\n",
            "In Zeile 3 ist „Titel“ zu lang: Höchstens 20.000 Zeichen gehen.",
        ),
        ("a.csv", b"a\n" + b"x\n" * 20_001, TOO_LARGE),
        ("a.csv", b";".join(b"s%d" % n for n in range(201)), TOO_LARGE),
        ("a.xlsx", workbook([[f"s{n}" for n in range(201)]]), TOO_LARGE),
        (
            "a.csv",
            b"a\n" * (MAX_BYTES // 2 + 1),
            "Die Datei ist zu groß: Höchstens 10 MB gehen, teile die Tabelle auf.",
        ),
    ],
)
def test_the_editor_reads_why_and_what_would_help(name: str, data: bytes, message: str) -> None:
    assert refusal(data, name) == f"„{name}“: {message}"


def test_the_largest_table_is_read() -> None:
    assert len(read_table(b"a;b\n" + b"x;y\n" * 20_000, "a.csv").rows) == 20_000
    assert len(read_table(b";".join(b"s%d" % n for n in range(200)), "a.csv").columns) == 200


def test_the_name_of_the_file_is_shown_as_one_short_line() -> None:
    assert refusal(b"", "x\r\n\u202ey" + "z" * 300) == f"„x y{'z' * 77}“: {EMPTY}"


# --- Files that were made to harm ---


def test_a_zip_bomb_is_not_unpacked() -> None:
    sheet = b"<worksheet>" + b" " * 150_000_000
    assert refusal(rezipped(workbook([["a"]]), {"xl/worksheets/sheet1.xml": lambda _: sheet})).endswith(TOO_LARGE)
    small = b"<worksheet>" + b" " * 20_000_000
    assert refusal(rezipped(workbook([["a"]]), {"xl/worksheets/sheet1.xml": lambda _: small})).endswith(TOO_LARGE)


def test_a_zip_bomb_that_lies_about_its_size_is_not_unpacked_either() -> None:
    sheet = b"<worksheet>" + b" " * 150_000_000
    data = bytearray(rezipped(workbook([["a"]]), {"xl/worksheets/sheet1.xml": lambda _: sheet}))
    real, at = len(sheet).to_bytes(4, "little"), 0
    while (at := data.find(real, at)) >= 0:
        data[at : at + 4] = (1000).to_bytes(4, "little")
    assert refusal(bytes(data)).endswith(BROKEN)


def test_entities_that_grow_are_not_followed() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'

    def infected(xml: bytes) -> bytes:
        return bomb + xml.split(b"?>", 1)[-1].replace(b"<v>", b"<v>&b;", 1)

    data = workbook([["a"], [1]])
    for member in ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels"):
        assert refusal(rezipped(data, {member: infected})).endswith(BROKEN), member
    row, strings = b'<row r="1"><c r="A1" t="s"><v>0</v></c></row>', b"<si><t>&b;</t></si>"
    listed = shared_strings(row, strings.replace(b"&b;", b"a"))
    assert read_table(listed, "a.xlsx").columns == ["a"]
    infected_list = rezipped(listed, {"xl/sharedStrings.xml": lambda xml: bomb + xml.replace(b"<t>a", b"<t>&b;")})
    assert refusal(infected_list).endswith(BROKEN)


def test_a_sheet_with_places_far_away_is_stopped() -> None:
    def far(xml: bytes) -> bytes:
        return xml.replace(b'<row r="2"', b'<row r="99999999999"')

    def wide(xml: bytes) -> bytes:
        rows = b"".join(b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (n, n) for n in range(2, 1000))
        return re.sub(rb'<row r="2".*?</row>', rows, xml)

    data = workbook([["a"], ["b"]])
    assert refusal(rezipped(data, {"xl/worksheets/sheet1.xml": far})).endswith(TOO_LARGE)
    assert refusal(rezipped(data, {"xl/worksheets/sheet1.xml": wide})) == (
        "„tabelle“: Zeile 2 hat mehr Zellen als die erste Zeile: Gib jeder Spalte einen Namen."
    )
    empty = rezipped(data, {"xl/worksheets/sheet1.xml": lambda xml: wide(xml).replace(b"<v>1</v>", b"")})
    assert refusal(empty).endswith(TOO_LARGE)


def test_more_cells_than_can_be_read_in_seconds_are_refused_unread() -> None:
    message = (
        "Die Tabelle hat zu viele Zellen: In einer Excel-Datei gehen etwa 400.000, "
        "teile sie in mehrere Dateien oder speichere sie als CSV."
    )
    # What cannot be packed makes the file large enough to pass as an honest one.
    honest = random.Random(5).randbytes(100_000)
    data = workbook([["a"]])
    many = rezipped(data, {"xl/worksheets/sheet1.xml": lambda _: b"<worksheet>" + b"<c/>" * 2_500_000})
    file = io.BytesIO(many)
    with zipfile.ZipFile(file, "a") as opened:
        opened.writestr("xl/media/picture.jpg", honest)
    assert refusal(file.getvalue()) == f"„tabelle“: {message}"


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=200) | st.binary(max_size=200).map(lambda rest: b"PK\x03\x04" + rest))
def test_any_bytes_end_in_a_table_or_in_a_sentence(data: bytes) -> None:
    try:
        assert read_table(data, "x").columns
    except TableError as error:
        assert re.fullmatch(r"„x“: [^.]+(\.xlsx[^.]*|\.000[^.]*)*\.", str(error))
