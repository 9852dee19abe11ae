"""Words of law and of offices that have one fixed translation: content/translating/glossary.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from portal.content.schema import ContentError, Line, Strict, read

_Language = Annotated[str, Meta(pattern="^(en|tr|ar|uk|ru)$")]


class TermFile(Strict):
    german: Annotated[list[Line], Meta(min_length=1)]
    """Words or groups of words in the form of a dictionary; other forms are found by their endings."""
    terms: dict[_Language, Line]
    """One translation for each language."""
    unsure: list[_Language] = []
    """Languages whose term somebody still has to check."""


class GlossaryFile(Strict):
    terms: list[TermFile]


@dataclass(frozen=True)
class Found:
    """A term in a German text: characters `start` to `end`, as they stand there."""

    start: int
    end: int
    text: str
    german: str
    term: str
    unsure: bool

    @property
    def plural(self) -> bool:
        """Whether the form could be a plural; the genitive ("des Kindergeldes") is not."""
        noun = self.german.split()[-1]
        genitive = {noun + "s", noun + "es"} if noun[-1] not in "aeiou" else set()
        return self.text.split()[-1] not in {noun} | genitive


class Glossary:
    """All terms. Reading is done once; looking is by one pattern for all words."""

    def __init__(self, terms: list[TermFile]) -> None:
        """Raises ValueError where a German word has two entries."""
        self._terms = terms
        words = [german for entry in terms for german in entry.german]
        if twice := sorted({word for word in words if words.count(word) > 1}):
            raise ValueError(f"two entries for {', '.join(twice)}")

    def find(self, text: str, language: str) -> list[Found]:
        """Terms with a translation into `language`, in the order of the text; of two that overlap the longer one."""
        return [found for found in self._found(text, language) if found.term]

    def _found(self, text: str, language: str) -> Iterator[Found]:
        pattern, entries = self._lookup
        for match in pattern.finditer(text):
            german, entry = entries[int((match.lastgroup or "w0")[1:])]
            term = entry.terms.get(language, "")
            yield Found(match.start(), match.end(), match[0], german, term, language in entry.unsure)

    @cached_property
    def _lookup(self) -> tuple[re.Pattern[str], list[tuple[str, TermFile]]]:
        entries = [(german, entry) for entry in self._terms for german in entry.german]
        entries.sort(key=lambda pair: (-len(pair[0]), pair[0]))
        groups = [f"(?P<w{number}>{_forms(german)})" for number, (german, _) in enumerate(entries)]
        # A part of a compound is another word: "Kindergeldantrag", "Kita-Platz".
        return re.compile(rf"(?<![\w-])(?:{'|'.join(groups) or '(?!)'})(?![\w-])"), entries


def load_glossary(path: Path) -> Glossary:
    """Raises ContentError with the path and the field where the file does not fit."""
    try:
        return Glossary(read(path, GlossaryFile).terms)
    except ValueError as error:
        raise ContentError(f"{path}: {error}") from error


def _forms(german: str) -> str:
    """A pattern for the forms of a word, of all words where there are several."""
    words = german.split(" ")
    last = len(words) - 1
    return r"\s+".join(_noun(word) if number == last else _other(word) for number, word in enumerate(words))


def _noun(word: str) -> str:
    """Genitive, dative and plural by their usual endings, with the umlaut of "Jugendämter" and the -en of "Familienzentren"."""
    if word.endswith("um"):
        return rf"{re.escape(word[:-2])}(?:ums?|en)"
    if word.endswith("e"):
        return rf"{re.escape(word)}n?"
    return rf"{_with_umlaut(word)}(?:e?s|e?n|e|ern?|nen)?"


def _with_umlaut(word: str) -> str:
    """The last a, o or u may have its umlaut; in "au" the a has it."""
    match = re.search(r"(au|[aou])[^aeiouäöü]*$", word)
    if match is None or match[1].isupper():
        return re.escape(word)
    umlauts = {"a": "[aä]", "o": "[oö]", "u": "[uü]", "au": "(?:au|äu)"}
    return re.escape(word[: match.start()]) + umlauts[match[1]] + re.escape(word[match.end(1) :])


def _other(word: str) -> str:
    """Before the noun: adjectives in each case ("Frühen Hilfen"), at the start large or small; "und" as it is."""
    stem = re.sub(r"e[rs]?$", "", word)
    if stem == word:
        return re.escape(word)
    first = f"[{stem[0].upper()}{stem[0].lower()}]" if stem[:1].isalpha() else re.escape(stem[:1])
    return rf"{first}{re.escape(stem[1:])}e[nmrs]?"
