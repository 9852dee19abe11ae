"""The embedded engine: SQLite FTS5 over analysed text, in a file below DATA_DIR that can be thrown away at any time.

A file is one generation of the index; `current` names the one in use. Readers look at the name before every search, so
a rebuild is a new file and a change of the name. The position in the outbox is kept in the file itself, in the same
transaction as the documents: however the process ends, both are right (docs/adr/0010).
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from portal.search.analysis import SCHEMA, QueryAnalyser, QueryTerm, Vocabulary, quoted
from portal.search.engine import EVERYWHERE, Document, EngineError, Hit, Query, ages_reached
from portal.search.index_file import COLUMNS, Writer, create, langs, table_of

_WEIGHTS = ", ".join(str(weight) for weight in (*COLUMNS.values(), 0.0, 0.0, 0.0))
_READ = 1_500
"""Documents that the words of one search may be in, all in all: ranking reads every one of them."""
_SORTED = 5_000
"""Where even the rarest word is in more documents than this, the first that fit are taken as they come."""


@dataclass
class _State:
    """What a worker keeps of an index in memory."""

    file: str
    position: int
    analysers: dict[str, QueryAnalyser]
    counts: dict[str, dict[str, int]]


class EmbeddedEngine:
    """Safe to be shared by threads and processes; one process at a time may write (`lock`)."""

    name = "embedded"

    def __init__(
        self,
        folder: Path,
        *,
        stop_words: Mapping[str, Collection[str]] | None = None,
        synonyms: Mapping[str, Mapping[str, Collection[str]]] | None = None,
    ) -> None:
        self.folder = folder
        self._stop_words, self._synonyms = dict(stop_words or {}), dict(synonyms or {})
        self._local = threading.local()
        self._state: _State | None = None
        self._loading = threading.Lock()

    # --- reading --------------------------------------------------------------------------------------------------

    def _current(self) -> str | None:
        try:
            return os.readlink(self.folder / "current")
        except OSError:
            return None

    def _connection(self) -> tuple[sqlite3.Connection, str]:
        """This thread's connection to the index in use."""
        for attempt in range(3):
            name = self._current()
            if name is None:
                raise EngineError("there is no index yet")
            kept: tuple[sqlite3.Connection, str] | None = getattr(self._local, "kept", None)
            if kept is not None and kept[1] == name:
                return kept
            if kept is not None:
                kept[0].close()
            try:
                address = f"file:{self.folder / name}?mode=ro"
                connection = sqlite3.connect(address, uri=True, check_same_thread=False, timeout=0.2)
                self._local.kept = (connection, name)
                return connection, name
            except sqlite3.Error as error:
                # Between reading the name and opening the file a rebuild may have taken it away.
                self._local.kept = None
                if attempt == 2:
                    raise EngineError("the index cannot be opened") from error
        raise EngineError("the index cannot be opened")

    def _loaded(self) -> tuple[sqlite3.Connection, _State]:
        connection, name = self._connection()
        try:
            (position,) = connection.execute("SELECT value FROM meta WHERE key = 'position'").fetchone()
            state = self._state
            if state is None or state.file != name or state.position != position:
                with self._loading:
                    state = self._state
                    if state is None or state.file != name or state.position != position:
                        state = self._state = self._load(connection, name, position)
        except (sqlite3.Error, TypeError) as error:
            raise EngineError("the index cannot be read") from error
        return connection, state

    def _load(self, connection: sqlite3.Connection, name: str, position: int) -> _State:
        known: dict[str, dict[str, int]] = {lang: {} for lang in langs(connection)}
        for lang, term, count in connection.execute("SELECT lang, term, documents FROM term WHERE documents > 0"):
            known[lang][term] = count
        spelt: dict[str, list[str]] = {lang: [] for lang in known}
        for lang, word in connection.execute("SELECT lang, word FROM word"):
            spelt[lang].append(word)
        analysers = {
            lang: QueryAnalyser(
                lang, Vocabulary(spelt[lang]), counts, self._stop_words.get(lang, ()), self._synonyms.get(lang)
            )
            for lang, counts in known.items()
        }
        return _State(name, position, analysers, known)

    def search(self, query: Query) -> list[Hit]:
        connection, state = self._loaded()
        best: dict[int, float] = {}
        day = query.today.toordinal()
        for lang in query.langs:
            analyser = state.analysers.get(lang)
            if analyser is None:
                continue
            table = table_of(lang)
            asked = analyser.terms(query.text, typing=query.typing)
            terms, documents = _rare(asked, state.counts[lang])
            if not terms:
                continue
            order = f"ORDER BY bm25({table}, {_WEIGHTS}) " if documents <= _SORTED else ""
            try:
                found = connection.execute(
                    f"SELECT rowid, {', '.join(COLUMNS)} FROM {table} WHERE {table} MATCH ? "  # noqa: S608
                    f"AND valid_from <= ? AND valid_to >= ? {order}LIMIT ?",
                    (_expression(terms, query), day, day, query.limit),
                ).fetchall()
            except sqlite3.Error as error:
                raise EngineError("the index cannot be read") from error
            for offer_id, *columns in found:
                score = _score(asked, columns, analyser)
                best[offer_id] = max(best.get(offer_id, 0.0), score)
        ranked = sorted(best.items(), key=lambda item: (-item[1], item[0]))[: query.limit]
        return [Hit(offer_id, score) for offer_id, score in ranked]

    def analyser(self, lang: str) -> QueryAnalyser | None:
        """How the index in use reads questions in this language; None where it has no text in it."""
        try:
            return self._loaded()[1].analysers.get(lang)
        except EngineError:
            return None

    def position(self) -> int | None:
        if self._current() is None:
            return None
        try:
            connection, _name = self._connection()
            found = dict(connection.execute("SELECT key, value FROM meta").fetchall())
        except (EngineError, sqlite3.Error):
            return None
        return found["position"] if found.get("schema") == SCHEMA else None

    def stored(self) -> dict[str, str]:
        connection, _name = self._connection()
        try:
            return {
                f"{offer_id}-{lang}": fingerprint
                for offer_id, lang, fingerprint in connection.execute(
                    "SELECT offer_id, lang, fingerprint FROM document"
                )
            }
        except sqlite3.Error as error:
            raise EngineError("the index cannot be read") from error

    # --- writing --------------------------------------------------------------------------------------------------

    @contextmanager
    def lock(self, name: str = name, *, wait: bool = False) -> Iterator[bool]:
        """Whether this process may write to the engine `name` now.

        The system gives the lock back when the process ends, however it ends.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / f"{name}.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except OSError:
                yield False
                return
            try:
                yield True
            finally:
                fcntl.flock(file, fcntl.LOCK_UN)

    def update(self, offer_ids: Sequence[int], documents: Sequence[Document], position: int) -> None:
        name = self._current()
        if name is None:
            raise EngineError("there is no index yet")
        try:
            connection = sqlite3.connect(self.folder / name, isolation_level=None, timeout=5)
            try:
                connection.execute("BEGIN IMMEDIATE")
                writer = Writer(connection)
                writer.remove(offer_ids)
                writer.add(documents)
                connection.execute("UPDATE meta SET value = ? WHERE key = 'position'", (position,))
                connection.execute("COMMIT")
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise EngineError("the index cannot be written") from error

    def rebuild(self, batches: Iterable[Sequence[Document]], position: int) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"index-{time.time_ns():x}.sqlite3"
        path = self.folder / name
        try:
            connection = sqlite3.connect(path, isolation_level=None)
            try:
                # Nobody reads this file yet: no journal is needed until it is whole.
                connection.execute("PRAGMA journal_mode=OFF")
                connection.execute("PRAGMA synchronous=OFF")
                connection.execute("BEGIN")
                create(connection)
                writer = Writer(connection)
                for documents in batches:
                    writer.add(documents)
                connection.execute("INSERT INTO meta VALUES ('position', ?), ('schema', ?)", (position, SCHEMA))
                connection.execute("COMMIT")
                connection.execute("PRAGMA journal_mode=WAL")
            finally:
                connection.close()
            with path.open("rb") as file:
                os.fsync(file.fileno())
        except sqlite3.Error as error:
            path.unlink(missing_ok=True)
            raise EngineError("the index cannot be written") from error
        link = self.folder / f"current-{time.time_ns():x}"
        link.symlink_to(name)
        link.replace(self.folder / "current")
        self._remove_old(name)

    def _remove_old(self, current: str) -> None:
        """Older generations, and what a killed rebuild left. Whoever still reads one keeps it open until it is done."""
        for path in self.folder.glob("index-*"):
            if not path.name.startswith(current):
                path.unlink(missing_ok=True)
        for path in self.folder.glob("current-*"):
            path.unlink(missing_ok=True)


def _rare(terms: list[QueryTerm], counts: Mapping[str, int]) -> tuple[list[QueryTerm], int]:
    """The rarest words, as many as _READ allows and at least one; and in how many documents they are together."""
    taken: list[QueryTerm] = []
    total = 0
    for term in sorted(terms, key=lambda term: sum(counts.get(one, 0) for one in term.terms)):
        documents = sum(counts.get(one, 0) for one in term.terms)
        if taken and total + documents > _READ:
            break
        taken.append(term)
        total += documents
    return taken, total


def _expression(terms: list[QueryTerm], query: Query) -> str:
    """An FTS5 expression. Everything in it is quoted, so nothing that a person types is an operator."""
    asked = " OR ".join(quoted(one) + ("*" if term.prefix else "") for term in terms for one in term.terms)
    parts = [f"{{{' '.join(COLUMNS)}}} : ({asked})"]

    def tagged(values: Iterable[str]) -> None:
        parts.append("tags : (" + " OR ".join(f'"{value}"' for value in values) + ")")

    if query.spans:
        tagged(f"a:{age}" for age in sorted({age for low, high in query.spans for age in ages_reached(low, high)}))
    if query.needs:
        tagged(f"n:{code}" for code in query.needs)
    if query.life_situations:
        tagged(f"s:{code}" for code in query.life_situations)
    if query.life_phase:
        tagged([f"p:{query.life_phase}"])
    if query.district:
        tagged([f"d:{query.district}", f"d:{EVERYWHERE}"])
    if query.languages:
        tagged(f"l:{code}" for code in query.languages)
    for barrier in query.barriers:
        tagged([f"b:{barrier}"])
    return " AND ".join(parts)


_SHARE = {"title": 1.0, "needs": 0.75, "organization": 0.85, "summary": 0.6, "body": 0.4}


def _score(terms: list[QueryTerm], columns: Sequence[str], analyser: QueryAnalyser) -> float:
    """How much of the question's weight is in the document, by where it stands: 1 where all is in the title."""
    whole = [f" {text} " for text in columns]
    shares = list(_SHARE.values())
    got = total = 0.0
    for term in terms:
        weight = analyser.rarity(term)
        total += weight
        sought = [f" {one}" if term.prefix else f" {one} " for one in term.terms]
        best = 0.0
        for share, text in zip(shares, whole, strict=True):
            if share > best and any(one in text for one in sought):
                best = share
        got += weight * best * term.weight
    return got / total if total else 0.0
