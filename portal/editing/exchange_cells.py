"""How one value of an offer is written into a cell of a table, and read back from what an editor has made of it.

Every cell says what the form says, in German; reading takes the code of a value as well. `CellError` is one German
sentence for the editor.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import SimpleNamespace
from typing import Any

from rapidfuzz import fuzz, process
from wtforms.validators import ValidationError

from portal.admin.forms import clean_line
from portal.admin.offer_form import DateRowForm
from portal.admin.offer_rules import months
from portal.content.schema import Schedule
from portal.models import MAX_AGE_MONTHS
from portal.models.enums import Frequency, Weekday

_SEPARATORS = re.compile(r"[;\n]")
_FORMULA = re.compile(r"\s*(?:[=@＝＠]|[+\-＋－][\w.]*\()")
_EXCEL_ERROR = re.compile(r"#(?:REF|BEZUG|NAME|VALUE|WERT|DIV/0|NULL|NUM|ZAHL|N/A|NV)[!?]?")
_YES = {"ja", "j", "x", "1", "yes", "true", "wahr"}
_NO = {"", "nein", "n", "0", "no", "false", "falsch"}
_MAX_SHOWN = 60
_NEAR = 70
"""From here on two words are much alike (0-100)."""


class CellError(Exception):
    """What stands in a cell cannot be used. The message is for the editor."""


@dataclass(frozen=True)
class Cell:
    """`write` makes the text of a cell, `read` the value of a cleaned text ("" too); it raises CellError."""

    write: Callable[[Any], str]
    read: Callable[[str], Any]


def quoted(text: str) -> str:
    """A text of a stranger inside a sentence of ours."""
    line = clean_line(text) or ""
    return f"„{line[: _MAX_SHOWN - 1]}…“" if len(line) > _MAX_SHOWN else f"„{line}“"


def nearest(text: str, words: Iterable[str]) -> str:
    """The sentence that names the word that was probably meant, with a blank before it; "" where none is near."""
    found = process.extractOne(
        text.casefold(), {word: word.casefold() for word in words}, scorer=fuzz.ratio, score_cutoff=_NEAR
    )
    return f" Meintest du {quoted(found[2])}?" if found else ""


class Names:
    """What may be named in a cell: each thing by its code, or by its name where no other has the same."""

    def __init__(self, what: str, pairs: Iterable[tuple[str, str]]) -> None:
        """`what` is the German noun; `pairs` are codes and names."""
        self.what = what
        self.names = dict(pairs)
        self._codes: dict[str, str] = {}
        twice: set[str] = set()
        for code, name in self.names.items():
            key = name.casefold()
            if self._codes.setdefault(key, code) != code:
                twice.add(key)
        for key in twice:
            del self._codes[key]
        self._codes |= {code.casefold(): code for code in self.names}

    def find(self, text: str) -> str:
        """The code. Raises CellError, with the nearest name."""
        found = self._codes.get(text.casefold())
        if found is None:
            if all(part.strip().casefold() in self._codes for part in text.split(",")):
                raise CellError(f"{quoted(text)}: Trenne mehrere mit einem Semikolon.")
            raise CellError(
                f"{self.what} {quoted(text)} gibt es nicht.{nearest(text, [*self.names.values(), *self.names])}"
            )
        return found


# --- texts ------------------------------------------------------------------------------------------------------------


def text_cell(max_length: int, *, lines: bool = False, rule: Callable[[Any, Any], None] | None = None) -> Cell:
    """A text of one line, or of several. `rule` is one of the form (portal.admin.forms)."""

    def read(cell: str) -> str:
        text = cell if lines else " ".join(cell.split())
        if len(text) > max_length:
            raise CellError(f"Das sind {len(text)} Zeichen; höchstens {max_length} passen hierher.")
        if _EXCEL_ERROR.match(text):
            raise CellError(f"Hier steht ein Fehler aus der Tabelle: {quoted(text)}. Schreibe den Text selbst.")
        if _FORMULA.match(text):
            raise CellError(f"{quoted(text)} sieht aus wie eine Formel. Schreibe den Text selbst.")
        if rule is not None:
            try:
                rule(None, SimpleNamespace(data=text))
            except ValidationError as error:
                raise CellError(str(error)) from error
        return text

    return Cell(str, read)


def optional(cell: Cell) -> Cell:
    """An empty cell is None."""
    return Cell(
        lambda value: "" if value is None else cell.write(value), lambda text: cell.read(text) if text else None
    )


# --- one of a closed list, or several ---------------------------------------------------------------------------------


def choice_cell(names: Names, make: Callable[[str], Any] = str, empty: Any = "") -> Cell:
    """A code, written as its name where that can be read back."""
    return Cell(
        lambda value: names.names.get(value, value) if value else "",
        lambda text: make(names.find(text)) if text else empty,
    )


def code_cell(names: Names) -> Cell:
    """A slug, written as it is: names of people may be the same, addresses are not."""
    return Cell(str, lambda text: names.find(text) if text else "")


def several(cell: Cell, order: Iterable[Any] = ()) -> Cell:
    """Several values with semicolons between them. `order` is that of a closed list; else they stay as they are written."""
    places = {value: place for place, value in enumerate(order)}

    def read(text: str) -> list[Any]:
        parts = [part.strip() for part in _SEPARATORS.split(text)]
        values = list(dict.fromkeys(cell.read(part) for part in parts if part))
        return sorted(values, key=places.__getitem__) if places else values

    return Cell(lambda values: "; ".join(cell.write(value) for value in values), read)


def enum_words(choices: Any) -> list[tuple[str, str]]:
    """Codes and words of a field of the form; its empty choice is the empty cell."""
    return [(choice.value, choice.label) for choice in choices if choice.value]


def enum_cell(what: str, choices: Any, kind: type[StrEnum], empty: Any = "") -> Cell:
    """`choices` are those of the field of the form."""
    return choice_cell(Names(what, enum_words(choices)), kind, empty)


# --- numbers, days, ages ----------------------------------------------------------------------------------------------


def _read_yes(text: str) -> bool:
    word = text.casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise CellError(f"{quoted(text)} ist weder „ja“ noch „nein“.")


YES_NO = Cell(lambda value: "ja" if value else "nein", _read_yes)


def number_cell(highest: int) -> Cell:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,7}", text) or int(text) > highest:
            raise CellError(f"{quoted(text)} ist keine ganze Zahl zwischen 0 und {highest}.")
        return int(text)

    return optional(Cell(str, read))


def _read_euros(text: str) -> float:
    match = re.fullmatch(r"([0-9]{1,5})(?:[.,]([0-9]{1,2}))?\s*(?:€|Euro|EUR)?", text)
    if match is None:
        raise CellError(f"{quoted(text)} ist kein Betrag in Euro. Beispiel: 12,50")
    return (int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0"))) / 100


EUROS = optional(Cell(lambda value: f"{value:.2f}".replace(".", ","), _read_euros))


def _read_day(text: str) -> date:
    match = re.fullmatch(r"([0-9]{1,2})\.\s?([0-9]{1,2})\.\s?([0-9]{4})", text)
    iso = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", text)
    parts = [int(part) for part in (match.group(3, 2, 1) if match else iso.groups() if iso else ())]
    try:
        # A typist makes "0206" of 2026 at times.
        if parts and 1900 <= parts[0] < 2200:
            return date(*parts)
    except ValueError:
        pass
    raise CellError(f"{quoted(text)} ist kein Tag. Beispiel: 21.11.2026")


def _write_day(day: date) -> str:
    return f"{day.day:02}.{day.month:02}.{day.year:04}"


DAY = optional(Cell(_write_day, _read_day))


def age_cell(rest_of_year: int) -> Cell:
    """A number with its unit: "3 Monate", "6 Jahre". `rest_of_year` as in months(): 11 for "bis", 0 for "von"."""

    def write(value: int) -> str:
        years, rest = divmod(value, 12)
        # Below two years parents count in months.
        if rest == rest_of_year and (years >= 2 or value == 0):
            return f"{years} Jahre"
        return "1 Monat" if value == 1 else f"{value} Monate"

    def read(text: str) -> int:
        match = re.fullmatch(r"([0-9]{1,3})\s*(j|jahre?n?|m|monate?n?)\.?", text.casefold())
        if match is None:
            raise CellError(f"{quoted(text)} ist kein Alter mit Einheit. Beispiel: 3 Monate oder 6 Jahre")
        age = months(int(match[1]), "years" if match[2].startswith("j") else "months", rest_of_year) or 0
        if age > MAX_AGE_MONTHS:
            raise CellError("Das Alter liegt zwischen 0 und 26 Jahren.")
        return age

    return optional(Cell(write, read))


# --- regular dates ----------------------------------------------------------------------------------------------------

_row = DateRowForm()
_FREQUENCIES = dict(enum_words(_row.frequency.choices))
_WEEKS = dict(enum_words(_row.week.choices))
_WEEKDAYS = dict(enum_words(_row.weekday.choices))
_DAY = r"[0-9]{1,2}\.\s?[0-9]{1,2}\.\s?[0-9]{4}|[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9]"


def _any_of(words: dict[str, str]) -> str:
    return "|".join(re.escape(word) for word in words.values())


_SCHEDULE = re.compile(
    rf"(?P<frequency>{_any_of(_FREQUENCIES)})\s+(?:(?P<week>{_any_of(_WEEKS)})|am)\s+(?P<weekday>{_any_of(_WEEKDAYS)})"
    rf",?\s+(?P<start>{_CLOCK})\s*(?:[-–]|bis)\s*(?P<end>{_CLOCK})(?:\s+Uhr)?,?"
    rf"\s+(?:ab|am)\s+(?P<first>{_DAY})(?:,?\s+bis\s+(?P<last>{_DAY}))?",
    re.IGNORECASE,
)
SCHEDULE_EXAMPLE = "jede Woche am Dienstag, 09:30–11:00 Uhr, ab 01.09.2026 bis 22.12.2026"


def _code(words: dict[str, str], text: str) -> str:
    return next(code for code, word in words.items() if word.casefold() == text.casefold())


def _write_schedule(item: Schedule) -> str:
    once = item.frequency == Frequency.ONCE
    week = _WEEKS[str(item.week_of_month)] if item.week_of_month is not None else "am"
    last = f" bis {_write_day(item.last_on)}" if item.last_on else ""
    return (
        f"{_FREQUENCIES[item.frequency]} {week} {_WEEKDAYS[item.weekday]}, {item.start}–{item.end} Uhr, "
        f"{'am' if once else 'ab'} {_write_day(item.first_on)}{last}"
    )


def _read_schedule(text: str) -> Schedule:
    match = _SCHEDULE.fullmatch(" ".join(text.split()))
    if match is None:
        raise CellError(f"{quoted(text)} ist kein Termin. Beispiel: {SCHEDULE_EXAMPLE}")
    frequency = Frequency(_code(_FREQUENCIES, match["frequency"]))
    start, end = match["start"].zfill(5), match["end"].zfill(5)
    first, last = _read_day(match["first"]), DAY.read(match["last"] or "")
    if (frequency == Frequency.MONTHLY) != bool(match["week"]):
        raise CellError(f"{quoted(text)}: „am ersten“ bis „am letzten“ gehört zu „jeden Monat“ und nur dorthin.")
    if start >= end:
        raise CellError(f"{quoted(text)}: Das Ende muss nach dem Anfang sein.")
    if last is not None and last < first:
        raise CellError(f"{quoted(text)}: Das letzte Mal liegt vor dem ersten.")
    return Schedule(
        frequency=frequency,
        weekday=Weekday(_code(_WEEKDAYS, match["weekday"])),
        start=start,
        end=end,
        first_on=first,
        last_on=last,
        week_of_month=int(_code(_WEEKS, match["week"])) if match["week"] else None,
    )


def _write_schedules(items: list[Schedule]) -> str:
    return "\n".join(_write_schedule(item) for item in items)


def _read_schedules(text: str) -> list[Schedule]:
    return [_read_schedule(part) for part in _SEPARATORS.split(text) if part.strip()]


SCHEDULES = Cell(_write_schedules, _read_schedules)
