"""CSV files of other people to offers. Read everything, then write everything, in the caller's transaction.

A file that is not what it claims to be raises ImportFileError before anything is written; a single bad row is
rejected with its line and the reason, and the others go on.
"""

from __future__ import annotations

from pathlib import Path

from sqlmodel import Session, select

from portal.importing.mapping import Mapping, fill
from portal.importing.progress import Advance
from portal.importing.reading import read_rows
from portal.importing.records import Record, RowError, to_record
from portal.importing.result import ImportResult, RowResult
from portal.importing.writer import Writer
from portal.models import Need
from portal.models.enums import OfferStatus

MAX_ID = 200
"""Characters of an id; what follows is cut off, so ids that begin alike for so long are the same."""


def import_file(
    session: Session, path: Path, mapping: Mapping, advance: Advance, *, status: OfferStatus | None = None
) -> ImportResult:
    """Import the file; the caller commits, or rolls back to leave the database as it was. Raises ImportFileError."""
    needs = set(session.exec(select(Need.code)).all())
    result = ImportResult()
    records: list[Record] = []
    lines: dict[str, int] = {}
    rows = list(read_rows(path, mapping))
    for done, (line, row, problem) in enumerate(rows, 1):
        external_id = fill(mapping.id, row)[:MAX_ID] if row else ""
        try:
            if problem:
                raise RowError(problem)
            if not external_id:
                raise RowError("it has no id")
            if external_id in lines:
                raise RowError(f"the same id as in line {lines[external_id]}")
            lines[external_id] = line
            records.append(to_record(line, external_id, row, mapping, needs))
        except RowError as error:
            result.rows.append(RowResult(line, external_id, "rejected", str(error)))
        if done % 100 == 0 or done == len(rows):
            advance(done, len(rows) * 2)
    Writer(session, mapping, status or mapping.status).write(
        records, result, lambda n: advance(len(rows) + n, len(rows) * 2)
    )
    result.rows.sort(key=lambda row: row.line)
    return result
