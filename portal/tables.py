"""Tables that editors bring from a spreadsheet and take back to it: CSV and Excel (.xlsx), as text.

Nothing that a table holds is run: a text that a spreadsheet would take for a formula gets an apostrophe before it in
CSV and is a plain text in Excel. Reading takes that apostrophe away, so a table that was written here comes back with
the same texts. What no file can carry is left out when writing: control characters, and the return of "\\r\\n".
"""

from __future__ import annotations

import csv
import io
import re
import threading
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from portal.importing.reading import clean_cell

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 20_000
MAX_COLUMNS = 200
MAX_CELL = 20_000
"""Characters."""

_MAX_UNPACKED = 100_000_000
_MAX_RATIO = 150
"""Unpacked bytes for one packed byte. Tables of people reach 50, a zip bomb 1000."""
_MAX_TAGS = 2_500_000
"""XML tags in an Excel file, four to six for each cell: reading takes seconds, and memory where they stand in one row."""
_MAX_PLACES = 5_000_000
"""Rows and cells that an Excel sheet claims to have, the empty ones too."""

_unpacking = threading.Lock()
"""One Excel file at a time in a process: one that was made to harm takes some hundred megabytes."""

_DELIMITERS = ";,\t"
_RISKY = re.compile(r"'*(?:\s*[=+\-@＝＋－＠]|[\t\r\n])")
"""How a text begins that a spreadsheet may run, with the apostrophes that it may have before it."""
_NOT_CARRIED = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot hold."""

_TOO_LARGE = (
    f"Die Tabelle ist zu groß: Höchstens {MAX_ROWS // 1000}.000 Zeilen und {MAX_COLUMNS} Spalten gehen, "
    "teile sie in mehrere Dateien."
)
_TOO_MANY_CELLS = (
    "Die Tabelle hat zu viele Zellen: In einer Excel-Datei gehen etwa 400.000, "
    "teile sie in mehrere Dateien oder speichere sie als CSV."
)
_BROKEN = "Die Datei ist beschädigt: Öffne sie in Excel und speichere sie neu als „Excel-Arbeitsmappe (.xlsx)“."
_NO_TABLE = "Das ist keine Tabelle, die wir lesen können: Speichere sie als Excel-Arbeitsmappe (.xlsx) oder als CSV."


class TableError(Exception):
    """The table cannot be used as a whole. The message is one German sentence for the editor: why, and what helps."""


@dataclass(frozen=True)
class Row:
    """One row. `line` is the number that a spreadsheet shows at its left edge; `cells` has every column of the table."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Table:
    """Column names from the first row that is not blank, and the rows below it that are not blank."""

    columns: list[str]
    rows: list[Row]


# --- Reading ---


def read_table(data: bytes, name: str) -> Table:
    """The table in an uploaded file, told by its content; `name` is only for the messages. Raises TableError.

    CSV may be UTF-8 or Windows-1252, with semicolons, commas or tabs. Of Excel the first visible sheet is read, each
    cell as an editor would type it: 2026-11-21, 2026-11-21 14:30, 14:30, 12,5 (a comma, as German Excel writes it into
    CSV), 12 for 12.0, 04103 for a number shown with five digits, ja and nein. Texts keep their line breaks and outer
    blanks.
    """
    try:
        if len(data) > MAX_BYTES:
            raise TableError(f"Die Datei ist zu groß: Höchstens {MAX_BYTES // 2**20} MB gehen, teile die Tabelle auf.")
        if not data.startswith(b"PK\x03\x04"):
            return _table(_csv_records(data))
        with _unpacking:
            return _table(_xlsx_records(data))
    except TableError as error:
        raise TableError(f"„{clean_cell(name)[:80]}“: {error}") from error.__cause__


def _table(records: Iterable[list[str]]) -> Table:
    columns: list[str] = []
    rows: list[Row] = []
    for line, record in enumerate(records, 1):
        if not any(cell.strip() for cell in record):
            continue
        cells = [_read_text(cell) for cell in record]
        if not columns:
            columns = _header(cells)
            continue
        if len(rows) == MAX_ROWS:
            raise TableError(_TOO_LARGE)
        rows.append(Row(line, _row(line, columns, cells)))
    if not columns:
        raise TableError("Die Tabelle ist leer: In der ersten Zeile müssen die Namen der Spalten stehen.")
    return Table(columns, rows)


def _header(cells: list[str]) -> list[str]:
    names = [clean_cell(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    if len(names) > MAX_COLUMNS:
        raise TableError(_TOO_LARGE)
    for number, name in enumerate(names, 1):
        if not name:
            raise TableError(
                f"Die Spalte {get_column_letter(number)} hat keinen Namen: Schreibe ihn in die erste Zeile."
            )
        if name in names[: number - 1]:
            raise TableError(f"Die Spalte „{name[:80]}“ gibt es zweimal: Gib jeder Spalte einen eigenen Namen.")
    return names


def _row(line: int, columns: list[str], cells: list[str]) -> dict[str, str]:
    if any(cell.strip() for cell in cells[len(columns) :]):
        raise TableError(f"Zeile {line} hat mehr Zellen als die erste Zeile: Gib jeder Spalte einen Namen.")
    cells = cells[: len(columns)] + [""] * (len(columns) - len(cells))
    for column, cell in zip(columns, cells, strict=True):
        if len(cell) > MAX_CELL:
            raise TableError(
                f"In Zeile {line} ist „{column[:80]}“ zu lang: Höchstens {MAX_CELL // 1000}.000 Zeichen gehen."
            )
    return dict(zip(columns, cells, strict=True))


def _read_text(cell: str) -> str:
    # Some programs write the return of a line break into Excel files in this spelling.
    text = _carried(cell.replace("_x000D_\n", "\n"))
    return text[1:] if text.startswith("'") and _RISKY.match(text) else text


def _carried(text: str) -> str:
    return _NOT_CARRIED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _csv_records(data: bytes) -> Iterator[list[str]]:
    """The cells of each record, blank ones too, so that they can be counted as a spreadsheet counts its rows."""
    text = _decoded(data)
    hint = re.match(r"sep=([;,\t])\r?\n", text)
    text = text[hint.end() :] if hint else text
    # A tie goes to the first: a table of one column, say.
    delimiter = hint[1] if hint else max(_DELIMITERS, key=lambda candidate: _width(text, candidate))
    line = 0
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            line += 1
            yield cells
    except csv.Error as error:
        raise TableError(
            f"Ab Zeile {line + 1} passen die Anführungszeichen nicht zusammen: Speichere die Tabelle neu als CSV."
        ) from error


def _width(text: str, delimiter: str) -> int:
    """Into how many cells this delimiter divides the first record that is not blank."""
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            # To another delimiter ";;" is a cell with a text.
            if any(cell.strip(" ;,\t") for cell in cells):
                return len(cells)
    except csv.Error:
        # Said when the table is read.
        pass
    return 0


def _decoded(data: bytes) -> str:
    start = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise TableError(
                "Die Tabelle ist mit einem Passwort geschützt: Nimm es in Excel heraus und speichere sie neu."
            )
        raise TableError(
            "Das ist eine alte Excel-Datei: Öffne sie in Excel und speichere sie als Arbeitsmappe (.xlsx)."
        )
    if start.startswith(b"<"):
        raise TableError(
            "Das ist eine Webseite und keine Tabelle, auch wenn Excel sie öffnet: "
            "Speichere sie dort als Excel-Arbeitsmappe (.xlsx)."
        )
    if b"\0" in data or start.startswith(b"%PDF"):
        raise TableError(_NO_TABLE)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise TableError("Umlaute lassen sich nicht lesen: Speichere die Tabelle als „CSV UTF-8“.") from error


# --- Excel ---


def _xlsx_records(data: bytes) -> Iterator[list[str]]:
    _check_archive(data)
    places = 0
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        try:
            sheet = next(sheet for sheet in book.worksheets if sheet.sheet_state == "visible")
            # What the file says about its size may be wrong.
            sheet.reset_dimensions()
            for cells in sheet.iter_rows():
                places += 1 + len(cells)
                if places > _MAX_PLACES:
                    raise TableError(_TOO_LARGE)
                yield [_cell_text(cell) for cell in cells]
        finally:
            book.close()
    except TableError:
        raise
    except Exception as error:
        # Inside of a file that only looks like Excel anything may be wrong, and openpyxl raises as it comes.
        raise TableError(_BROKEN) from error


def _check_archive(data: bytes) -> None:
    """Stops a file that would unpack to too much, or that is no Excel file, before openpyxl opens it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            names = {member.filename for member in members}
            if "xl/workbook.xml" not in names:
                raise TableError(_NO_TABLE if "mimetype" not in names else _open_document(archive))
            unpacked = sum(member.file_size for member in members)
            if unpacked > _MAX_UNPACKED or unpacked > _MAX_RATIO * len(data):
                raise TableError(_TOO_LARGE)
            tags = 0
            for member in members:
                if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                    raise TableError(_BROKEN)
                with archive.open(member) as file:
                    while block := file.read(1 << 20):
                        tags += block.count(b"<")
            if tags > _MAX_TAGS:
                raise TableError(_TOO_MANY_CELLS)
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, ValueError, EOFError) as error:
        raise TableError(_BROKEN) from error


def _open_document(archive: zipfile.ZipFile) -> str:
    with archive.open("mimetype") as file:
        if b"opendocument" in file.read(200):
            return "Das ist eine Datei von LibreOffice: Speichere die Tabelle dort als „Excel 2007-365 (.xlsx)“."
    return _NO_TABLE


def _cell_text(cell: Any) -> str:
    """A value of openpyxl as an editor would type it."""
    match cell.value:
        case None:
            return ""
        case bool():
            return "ja" if cell.value else "nein"
        case int() | float():
            return _number(cell.value, cell.number_format)
        case datetime() as moment:
            return moment.strftime("%Y-%m-%d" if moment.time() == time() else f"%Y-%m-%d {_clock(moment)}")
        case date() as day:
            return day.isoformat()
        case time() as clock:
            return clock.strftime(_clock(clock))
        case timedelta() as duration:
            minutes = round(duration.total_seconds() / 60)
            return f"{minutes // 60:02}:{minutes % 60:02}"
        case value:
            return str(value)


def _clock(moment: datetime | time) -> str:
    return "%H:%M:%S" if moment.second else "%H:%M"


def _number(value: float, shown_as: str | None) -> str:
    if isinstance(value, float) and not (value.is_integer() and abs(value) < 1e15):
        # As many digits as Excel shows: 0,3 and not 0,30000000000000004.
        return f"{value:.15g}".replace(".", ",")
    digits = str(int(value))
    return digits.zfill(len(shown_as)) if shown_as and set(shown_as) == {"0"} else digits


# --- Writing ---


def write_csv(columns: list[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    """As German Excel opens it: UTF-8 with BOM, semicolons. A missing cell is empty. Raises TableError for a long one."""
    file = io.StringIO(newline="")
    # All cells in quotes: no comma or tab in one of them can be taken for the delimiter.
    writer = csv.writer(file, delimiter=";", quoting=csv.QUOTE_ALL)
    for record in _written(columns, rows):
        writer.writerow(f"'{text}" if _RISKY.match(text) else text for text in record)
    return file.getvalue().encode("utf-8-sig")


def write_xlsx(columns: list[str], rows: Iterable[Mapping[str, str]], title: str) -> bytes:
    """An Excel file of one sheet in which every cell is a text. Raises TableError for a cell that is too long."""
    records = list(_written(columns, rows))
    book = Workbook(write_only=True)
    sheet = book.create_sheet((clean_cell(re.sub(r"[\[\]:*?/\\]", " ", title)).strip("'") or "Tabelle")[:31])
    sheet.freeze_panes = "A2"
    for number in range(len(columns)):
        longest = max(len(line) for record in records[:200] for line in record[number].split("\n"))
        dimension = sheet.column_dimensions[get_column_letter(number + 1)]
        dimension.width = min(max(longest + 2, 10), 60)
        # Also for what is typed below the table: "0341 …" stays a text.
        dimension.number_format = "@"
    header, body = _text_cells(sheet, columns), _text_cells(sheet, columns)
    for cell in header:
        cell.font = Font(bold=True)
    for number, record in enumerate(records):
        # The same cells again for each row: to make one takes longer than to write it.
        cells = body if number else header
        for cell, text in zip(cells, record, strict=True):
            # Only what reading would take an apostrophe from gets one more: nothing runs here anyway.
            cell.value = f"'{text}" if text.startswith("'") and _RISKY.match(text) else text
            # openpyxl takes "=1" for a formula and "#N/A" for an error.
            cell.data_type = "s"
        sheet.append(cells)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _text_cells(sheet: Any, columns: list[str]) -> list[Any]:
    cells = [WriteOnlyCell(sheet) for _ in columns]
    for cell in cells:
        cell.number_format = "@"
    return cells


def _written(columns: list[str], rows: Iterable[Mapping[str, str]]) -> Iterator[list[str]]:
    """The header and the rows, of texts that a file can carry."""
    yield [_carried(column) for column in columns]
    for number, row in enumerate(rows, 2):
        record = [_carried(row.get(column, "")) for column in columns]
        if any(len(text) > MAX_CELL for text in record):
            raise TableError(f"Zeile {number} hat einen Text von mehr als {MAX_CELL // 1000}.000 Zeichen: Kürze ihn.")
        yield record
