"""What became of every row."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class RowResult:
    line: int
    external_id: str
    outcome: str
    """imported, updated, unchanged or rejected."""
    reason: str = ""


@dataclass
class ImportResult:
    rows: list[RowResult] = field(default_factory=list)

    def count(self, outcome: str) -> int:
        return sum(row.outcome == outcome for row in self.rows)

    @property
    def rejected(self) -> list[RowResult]:
        return [row for row in self.rows if row.outcome == "rejected"]


def write_report(result: ImportResult, path: Path) -> None:
    """What became of every row, as CSV. Cells that a spreadsheet would take for a formula get an apostrophe."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["line", "id", "outcome", "reason"])
        for row in result.rows:
            cells = (str(row.line), row.external_id, row.outcome, row.reason)
            writer.writerow("'" + cell if cell[:1] in "=+-@" and cell else cell for cell in cells)
