"""Offers given out as a table and read back from one: first a trial that changes nothing, then what was confirmed.

What a row is compared with, and what a table holds, is what editors work on: the newest version of an offer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import select
from sqlmodel import Session

from portal.content.schema import OfferContent, OfferTexts
from portal.editing import audit
from portal.editing.actor import Actor, NotAllowedError
from portal.editing.audit import Action
from portal.editing.differences import Difference, differences
from portal.editing.exchange_cells import nearest, quoted
from portal.editing.exchange_columns import (
    SLUG,
    STATUS,
    VERSION,
    RowError,
    columns,
    from_row,
    problems_of,
    to_row,
)
from portal.editing.exchange_stored import Identity, Stored, identities, identity, known, read_stored
from portal.editing.offer_lists import STATES
from portal.models import Need, Offer
from portal.models.enums import LifeSituation, TextState
from portal.tables import Row, Table, TableError

_BLANK = OfferContent(organization="", kind="", text=OfferTexts(title=""))  # type: ignore[arg-type]
"""What a new offer is compared with."""


# --- giving out -------------------------------------------------------------------------------------------------------


def offer_rows(
    session: Session, ids: Sequence[int], languages: Sequence[str]
) -> tuple[list[str], list[dict[str, str]]]:
    """The names of the columns and the rows of these offers. Whoever asks has made sure that they may be seen."""
    found = columns(known(session), languages)
    rows = [
        {SLUG: item.slug, STATUS: STATES[item.status], VERSION: item.version, **to_row(item.content, found)}
        for item in read_stored(session, ids)
    ]
    return [SLUG, STATUS, VERSION, *(column.head for column in found)], rows


def record_export(session: Session, actor: Actor, name: str, number: int) -> None:
    """The entry for a table that was given out; the caller commits."""
    audit.record(session, actor, Action.EXPORTED, kind="export", label=name, details=f"{number} Zeilen")


# --- the trial --------------------------------------------------------------------------------------------------------


class Outcome(StrEnum):
    NEW = "neu"
    CHANGED = "geändert"
    SAME = "unverändert"
    REFUSED = "abgelehnt"


@dataclass(frozen=True)
class Planned:
    """What becomes of a row. `before` and `content` are there for what is new or changed."""

    line: int
    slug: str
    """Empty for a new offer."""
    title: str
    outcome: Outcome
    problems: list[str] = field(default_factory=list)
    note: str = ""
    before: OfferContent = _BLANK
    content: OfferContent = _BLANK
    number: int = 0
    """Of the version that `before` is."""

    @property
    def changes(self) -> list[Difference]:
        return differences(self.before, self.content)


def check_columns(session: Session, table: Table, languages: Sequence[str]) -> Table:
    """The table with the names of its columns as we write them. Raises TableError for one that we do not know."""
    heads = [SLUG, STATUS, VERSION, *(column.head for column in columns(known(session), languages))]
    spelt = {head.casefold(): head for head in heads}
    names = [spelt.get(name.casefold(), "") for name in table.columns]
    free = [head for head in heads if head not in names]
    for name, head in zip(table.columns, names, strict=True):
        if not head:
            raise TableError(
                f"Die Spalte {quoted(name)} kennen wir nicht.{nearest(name, free)} Benenne sie um oder lösche sie."
            )
        if names.count(head) > 1:
            raise TableError(f"Die Spalte „{head}“ gibt es zweimal: Behalte eine davon.")
    if SLUG not in names and not {"Titel", "Träger", "Art"} <= set(names):
        raise TableError(
            "Die Spalte „Kennung“ fehlt: Ohne sie ist nicht klar, welche Angebote gemeint sind. "
            "Für neue Angebote genügen Titel, Träger und Art."
        )
    pairs = list(zip(table.columns, names, strict=True))
    return Table(names, [Row(row.line, {head: row.cells[name] for name, head in pairs}) for row in table.rows])


def versions_now(session: Session, table: Table) -> dict[str, str]:
    """The versions of the offers that a table names, by slug."""
    return {item.slug: item.version for item in _named(session, table.rows).values()}


def _named(session: Session, rows: Iterable[Row]) -> dict[str, Stored]:
    """The offers that rows name, by slug."""
    slugs = sorted({_slug(row) for row in rows} - {""})
    ids: list[int] = []
    for start in range(0, len(slugs), 500):
        ids += session.execute(select(Offer.id).where(Offer.slug.in_(slugs[start : start + 500]))).scalars()
    return {item.slug: item for item in read_stored(session, ids)}


def _slug(row: Row) -> str:
    return row.cells.get(SLUG, "").strip().lower()


class Trial:
    """Reads rows against the database. `seen` are the versions at the first look: what has changed since is refused."""

    def __init__(
        self,
        session: Session,
        actor: Actor,
        languages: Sequence[str],
        today: date,
        *,
        seen: Mapping[str, str],
        checked_by_people: bool = False,
    ) -> None:
        """`checked_by_people`: translations in the table are no work of machines. Raises NotAllowedError."""
        if not actor.edits_everything:
            raise NotAllowedError("exchange")
        self._session, self._today, self._seen = session, today, seen
        self._state = TextState.HUMAN if checked_by_people else TextState.MACHINE
        self._known = known(session)
        self._columns = columns(self._known, languages)
        self._situations = {
            row.code: row.life_situation for row in session.execute(select(Need.code, Need.life_situation))
        }
        self._there = identities(session)
        self._new: dict[Identity, int] = {}

    def plan(self, rows: Sequence[Row], all_rows: Sequence[Row]) -> list[Planned]:
        """What becomes of `rows`, in their order; `all_rows` is the whole table."""
        stored = _named(self._session, rows)
        first: dict[str, int] = {}
        for row in all_rows:
            first.setdefault(_slug(row), row.line)
        return [self._plan_row(row, stored.get(_slug(row)), first[_slug(row)]) for row in rows]

    def _plan_row(self, row: Row, now: Stored | None, first: int) -> Planned:
        slug = _slug(row)
        title = now.content.text.title if now else row.cells.get("Titel", "").strip()
        try:
            if slug and first != row.line:
                raise RowError([f"Kennung: Dieses Angebot steht schon in Zeile {first}."])
            if slug and now is None:
                raise RowError([self._unknown(row.cells[SLUG])])
            return self._planned(row, now) if now else self._planned_new(row)
        except RowError as error:
            return Planned(row.line, slug, title, Outcome.REFUSED, error.problems)

    def _unknown(self, cell: str) -> str:
        hint = nearest(cell, self._known.offers.names)
        return f"Kennung: {quoted(cell)} gibt es nicht.{hint} Lass die Zelle leer, wenn das Angebot neu ist."

    def _planned(self, row: Row, now: Stored) -> Planned:
        content = self._completed(from_row(row.cells, now.content, self._columns, self._state), now.content)
        title = content.text.title or now.content.text.title
        note = ""
        if (status := row.cells.get(STATUS, "").strip()) and status.casefold() != STATES[now.status].casefold():
            note = "Der Stand lässt sich nicht mit einer Tabelle ändern."
        if content == now.content:
            return Planned(row.line, now.slug, title, Outcome.SAME, note=note)
        self._check_age(row, now)
        self._check(content, now)
        return Planned(row.line, now.slug, title, Outcome.CHANGED, [], note, now.content, content, now.number)

    def _check_age(self, row: Row, now: Stored) -> None:
        """Whether somebody has changed the offer since the table was given out, or since the trial."""
        given_out = row.cells.get(VERSION, "").strip()
        if self._seen.get(now.slug, now.version) != now.version:
            raise RowError(["Jemand hat das Angebot nach der Probe geändert. Lies die Tabelle noch einmal ein."])
        if given_out and given_out != now.version:
            raise RowError(
                [
                    "Jemand hat das Angebot geändert, seit die Tabelle ausgegeben wurde. Gib sie neu aus. Oder leere hier "
                    "die Zelle „Fassung“: Dann gilt, was in der Zeile steht."
                ]
            )

    def _planned_new(self, row: Row) -> Planned:
        content = self._completed(from_row(row.cells, _BLANK, self._columns, self._state), _BLANK)
        self._check(content, None)
        if there := self._there.get(identity(content)):
            raise RowError([f"Dieses Angebot gibt es schon: Trage in „Kennung“ {quoted(there)} ein."])
        if (line := self._new.setdefault(identity(content), row.line)) and line != row.line:
            raise RowError([f"Dieses Angebot steht schon in Zeile {line}."])
        return Planned(row.line, "", content.text.title, Outcome.NEW, content=content)

    def _completed(self, content: OfferContent, before: OfferContent) -> OfferContent:
        """As the form does it: the life situation follows from the needs, the day of the places is today."""
        changes: dict[str, Any] = {}
        if content != before and not content.life_situations:
            found = {self._situations[code] for code in content.needs if code in self._situations}
            changes["life_situations"] = sorted(found, key=list(LifeSituation).index)
        places = (content.free_places, content.waiting_weeks)
        if (
            places != (before.free_places, before.waiting_weeks)
            and content.availability_as_of == before.availability_as_of
        ):
            changes["availability_as_of"] = None if places == (None, None) else self._today
        return msgspec.structs.replace(content, **changes)

    def _check(self, content: OfferContent, now: Stored | None) -> None:
        problems = problems_of(content)
        if now and now.slug in content.follow_ups:
            problems.append("Anschlussangebote: Ein Angebot kann nicht auf sich selbst folgen.")
        if problems:
            raise RowError(problems)
