"""What is written into a file of the embedded engine: its tables, and the documents in them."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b

import msgspec

from portal.search.analysis import Vocabulary, document_terms
from portal.search.engine import Document, EngineError, ages_reached
from portal.search.features import plain
from portal.search.text import words

COLUMNS = {"title": 8.0, "needs": 4.0, "organization": 4.0, "summary": 3.0, "body": 1.0}
"""The columns that are searched, with their weight."""


def fingerprint(document: Document) -> str:
    """Changes with everything that is in a document."""
    return blake2b(msgspec.json.encode(document), digest_size=8).hexdigest()


def table_of(lang: str) -> str:
    if not (lang.isascii() and lang.replace("-", "").isalnum()):
        raise EngineError("a language is no BCP 47 code")
    return "text_" + lang.replace("-", "_").lower()


def langs(connection: sqlite3.Connection) -> list[str]:
    return [lang for (lang,) in connection.execute("SELECT lang FROM language")]


def create(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID")
    connection.execute("CREATE TABLE language (lang TEXT PRIMARY KEY) WITHOUT ROWID")
    connection.execute(
        "CREATE TABLE document (offer_id INTEGER, lang TEXT, fingerprint TEXT NOT NULL, PRIMARY KEY (offer_id, lang)) "
        "WITHOUT ROWID"
    )
    connection.execute(
        "CREATE TABLE term (lang TEXT, term TEXT, documents INTEGER NOT NULL, PRIMARY KEY (lang, term)) WITHOUT ROWID"
    )
    connection.execute("CREATE TABLE word (lang TEXT, word TEXT, PRIMARY KEY (lang, word)) WITHOUT ROWID")


class Writer:
    """Adds and removes documents inside a transaction of the caller."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.langs = set(langs(connection))
        self._words: dict[str, set[str]] = {}
        self._vocabularies: dict[str, Vocabulary] = {}

    def _table(self, lang: str) -> str:
        table = table_of(lang)
        if lang not in self.langs:
            self.connection.execute(
                f"CREATE VIRTUAL TABLE {table} USING fts5({', '.join(COLUMNS)}, tags, "
                "valid_from UNINDEXED, valid_to UNINDEXED, "
                "tokenize = \"unicode61 remove_diacritics 0 tokenchars '_:-*'\")"
            )
            self.connection.execute("INSERT INTO language VALUES (?)", (lang,))
            self.langs.add(lang)
        return table

    def remove(self, offer_ids: Sequence[int]) -> None:
        lost: Counter[tuple[str, str]] = Counter()
        for offer_id in offer_ids:
            held = self.connection.execute("SELECT lang FROM document WHERE offer_id = ?", (offer_id,)).fetchall()
            for (lang,) in held:
                table = self._table(lang)
                row = self.connection.execute(
                    f"SELECT {', '.join(COLUMNS)} FROM {table} WHERE rowid = ?",  # noqa: S608
                    (offer_id,),
                ).fetchone()
                lost.update((lang, term) for term in set(" ".join(row or ()).split()))
                self.connection.execute(f"DELETE FROM {table} WHERE rowid = ?", (offer_id,))  # noqa: S608
            self.connection.execute("DELETE FROM document WHERE offer_id = ?", (offer_id,))
        self.connection.executemany(
            "UPDATE term SET documents = documents - ? WHERE lang = ? AND term = ?",
            [(count, lang, term) for (lang, term), count in lost.items()],
        )

    def _learn(self, documents: Sequence[Document]) -> None:
        """The words of these documents, before any of them is taken apart: compounds are split on known words."""
        for lang in {document.lang for document in documents}:
            self._table(lang)
            if lang not in self._words:
                rows = self.connection.execute("SELECT word FROM word WHERE lang = ?", (lang,))
                self._words[lang] = {word for (word,) in rows}
        new: set[tuple[str, str]] = set()
        for document in documents:
            known = self._words[document.lang]
            for word in words(plain(" ".join(texts_of(document).values()))):
                if len(word) > 2 and word not in known:
                    known.add(word)
                    new.add((document.lang, word))
        self.connection.executemany("INSERT OR IGNORE INTO word VALUES (?, ?)", sorted(new))
        if new or not self._vocabularies:
            self._vocabularies = {lang: Vocabulary(known) for lang, known in self._words.items()}

    def add(self, documents: Sequence[Document]) -> None:
        self._learn(documents)
        gained: Counter[tuple[str, str]] = Counter()
        rows: dict[str, list[tuple[object, ...]]] = {}
        for document in documents:
            lang = document.lang
            analysed = {
                column: document_terms(text, lang, self._vocabularies.get(lang))
                for column, text in texts_of(document).items()
            }
            gained.update((lang, term) for term in {term for terms in analysed.values() for term in terms})
            values = [" ".join(terms) for terms in analysed.values()]
            rows.setdefault(self._table(lang), []).append(
                (document.offer_id, *values, " ".join(tags_of(document)), document.valid_from, document.valid_to)
            )
        marks = ", ".join("?" * (len(COLUMNS) + 4))
        for table, values_of in rows.items():
            self.connection.executemany(
                f"INSERT INTO {table} (rowid, {', '.join(COLUMNS)}, tags, valid_from, valid_to) VALUES ({marks})",  # noqa: S608
                values_of,
            )
        self.connection.executemany(
            "INSERT INTO document VALUES (?, ?, ?)",
            [(document.offer_id, document.lang, fingerprint(document)) for document in documents],
        )
        self.connection.executemany(
            "INSERT INTO term VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET documents = documents + excluded.documents",
            [(lang, term, count) for (lang, term), count in gained.items()],
        )


def texts_of(document: Document) -> dict[str, str]:
    return {
        "title": document.title,
        "needs": document.need_words,
        "organization": f"{document.organization} {document.place}",
        "summary": document.summary,
        "body": document.description,
    }


def tags_of(document: Document) -> list[str]:
    """What can be filtered by, as words of a column of their own."""
    return [
        *(f"n:{code}" for code in document.needs),
        *(f"s:{code}" for code in document.life_situations),
        *(f"p:{code}" for code in document.life_phases),
        *(f"d:{slug}" for slug in document.districts),
        *(f"b:{barrier}" for barrier in document.barriers),
        *(f"l:{code}" for code in document.languages),
        *(f"a:{age}" for age in ages_reached(document.min_age, document.max_age)),
    ]
