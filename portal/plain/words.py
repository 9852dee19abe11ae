"""The words of content/plain/: what is official, what shames, what needs an explanation. Compiled once into one
pattern for each list."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from portal.content.schema import ContentError, Line, Strict, read

Forms = dict[Line, str]

_ENDINGS = "(?P<ending>e|en|er|es|em|n|s)?"


class WordsFile(Strict):
    """content/plain/words.yaml"""

    official: Forms
    adjectives: Forms
    explain: Forms
    abbreviations: Forms


class ShamingFile(Strict):
    """One entry of content/plain/shaming.yaml"""

    words: Annotated[list[Line], Meta(min_length=1)]
    why: Line
    instead: str = ""


@dataclass(frozen=True)
class Shaming:
    instead: str
    why: str


@dataclass(frozen=True)
class PlainWords:
    """Each pattern has a group `form`, most have one `ending`; the dictionaries are asked with `key(form)`."""

    official: dict[str, str]
    official_pattern: re.Pattern[str]
    adjectives: dict[str, str]
    adjectives_pattern: re.Pattern[str]
    explain: dict[str, str]
    explain_pattern: re.Pattern[str]
    abbreviations: dict[str, str]
    abbreviations_pattern: re.Pattern[str]
    shaming: dict[str, Shaming]
    shaming_pattern: re.Pattern[str]


def key(form: str) -> str:
    """How a form is looked up: small letters, one space, no hyphen."""
    return " ".join(form.lower().replace("|", "").replace("-", "").split())


def load_words(content_dir: Path) -> PlainWords:
    """Read and compile content/plain/. Raises ContentError where a file is missing, does not fit, or says two
    things about a word."""
    folder = content_dir / "plain"
    file = read(folder / "words.yaml", WordsFile)
    shaming = read(folder / "shaming.yaml", list[ShamingFile])
    rules = [(word, Shaming(entry.instead, entry.why)) for entry in shaming for word in entry.words]
    _refuse_doubles(folder / "words.yaml", [*file.official, *file.adjectives, *file.explain])
    _refuse_doubles(folder / "shaming.yaml", [word for word, _ in rules])
    return PlainWords(
        official={key(word): simple for word, simple in file.official.items()},
        official_pattern=_pattern(file.official),
        adjectives={key(word): simple for word, simple in file.adjectives.items()},
        adjectives_pattern=_pattern(file.adjectives),
        explain={key(word): meaning for word, meaning in file.explain.items()},
        explain_pattern=_pattern(file.explain),
        abbreviations={_without_spaces(short): long for short, long in file.abbreviations.items()},
        abbreviations_pattern=_abbreviations_pattern(file.abbreviations),
        shaming={key(word): rule for word, rule in rules},
        shaming_pattern=_pattern([word for word, _ in rules]),
    )


def _refuse_doubles(path: Path, words: list[str]) -> None:
    seen: set[str] = set()
    for word in words:
        if key(word) in seen:
            raise ContentError(f"{path}: {word!r} is there twice.")
        seen.add(key(word))


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Whole words only, the longest first. A space stands for any space, a bar for an optional hyphen, a hyphen
    for itself or nothing."""
    forms = sorted(words, key=len, reverse=True)
    escaped = [
        re.escape(form).replace(r"\ ", r"\s+").replace(r"\|", "[-‐‑]?").replace(r"\-", "[-‐‑]?") for form in forms
    ]
    return re.compile(rf"(?<![\w-])(?P<form>{'|'.join(escaped)}){_ENDINGS}(?![\w-])", re.IGNORECASE)


def _without_spaces(short: str) -> str:
    return "".join(short.split())


def _abbreviations_pattern(words: Iterable[str]) -> re.Pattern[str]:
    """With or without the spaces; small and capital letters matter: „Min.“ is no „min.“."""
    forms = sorted(words, key=len, reverse=True)
    escaped = [re.escape(form).replace(r"\ ", r"\s?") for form in forms]
    return re.compile(rf"(?<![\w.-])(?P<form>{'|'.join(escaped)})")
