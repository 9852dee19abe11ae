"""A CSV file to rows of clean cells. What the file is not, is said before a row is used."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from portal.importing.mapping import Mapping

MAX_BYTES = 50 * 1024 * 1024
MAX_CELL = 10_000
# What a spreadsheet would run. A dash alone, "-/-" or "+49 30" is none.
_FORMULA = re.compile(r"^(?:[=@]|[+\-](?=[A-Za-z@=(]))")


class ImportFileError(Exception):
    """The file as a whole cannot be used. The message says why and what would help."""


def read_rows(path: Path, mapping: Mapping) -> Iterator[tuple[int, dict[str, str], str]]:
    """Line number, cleaned cells by column, and what is wrong with the row as a whole ("" where nothing is)."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise ImportFileError(f"The file has {size // 2**20} MB; at most {MAX_BYTES // 2**20} MB are read. Split it.")
    if b"\0" in path.read_bytes()[:4096]:
        raise ImportFileError("This is not a text file. Save the table as CSV first.")
    columns, shape = mapping.file.columns, mapping.file
    try:
        with path.open(encoding=shape.encoding, newline="") as file:
            reader = csv.reader(file, delimiter=shape.delimiter, strict=True)
            header = [cell.strip() for cell in next(reader, [])]
            if header != columns:
                raise ImportFileError(_header_problem(header, columns, shape.delimiter))
            for cells in reader:
                if not any(cell.strip() for cell in cells):
                    continue
                line = reader.line_num
                if len(cells) != len(columns):
                    yield line, {}, f"it has {len(cells)} cells instead of {len(columns)}"
                    continue
                row = {column: clean_cell(cell) for column, cell in zip(columns, cells, strict=True)}
                yield line, row, _row_problem(row)
    except UnicodeDecodeError as error:
        raise ImportFileError(
            f"The file is not {shape.encoding}: byte {error.start} cannot be read. Save it as UTF-8."
        ) from error
    except csv.Error as error:
        raise ImportFileError(f"The file is not a proper CSV file: {error}.") from error


def _header_problem(header: list[str], columns: list[str], delimiter: str) -> str:
    if len(header) == 1 and len(columns) > 1:
        return f"The columns are not separated by {delimiter!r}. Is this the right file and mapping?"
    missing = [column for column in columns if column not in header]
    extra = [column[:40] for column in header if column not in columns]
    return (
        "The columns are not those of the mapping."
        + (f" Missing: {', '.join(missing)}." if missing else "")
        + (f" Unknown: {', '.join(extra[:10])}." if extra else "")
        + ("" if missing or extra else " Their order differs.")
    )


def _row_problem(row: dict[str, str]) -> str:
    for column, cell in row.items():
        if len(cell) > MAX_CELL:
            return f"{column} is longer than {MAX_CELL} characters"
        if _FORMULA.match(cell):
            return f"{column} looks like a formula"
    return ""


def clean_cell(cell: str) -> str:
    """One line of visible text: no control characters, no direction overrides, single spaces."""
    visible = "".join(" " if unicodedata.category(char)[0] == "C" else char for char in cell)
    return " ".join(visible.split())
