"""What parents type, as the search learns it: content/needs/utterances/ and search/crisis.yaml."""

from __future__ import annotations

import re
from pathlib import Path

from portal.content.files import Utterances
from portal.content.load import read_needs
from portal.content.schema import ContentError, Strict, read
from portal.search.model import NONE
from portal.search.training import Lines

ByLanguage = dict[str, list[str]]


class CrisisLines(Strict):
    """search/crisis.yaml: examples for the model that stands behind the reviewed patterns."""

    acute: ByLanguage
    hint: ByLanguage
    harmless: ByLanguage


def read_lines(content: Path, search: Path) -> Lines:
    """Everything that the model learns from. Raises ContentError where a need has no lines or a file does not fit."""
    folder = content / "needs" / "utterances"
    needs: dict[str, ByLanguage] = {}
    words: dict[str, ByLanguage] = {}
    for need in read_needs(content / "needs"):
        utterances = read(folder / f"{need.code}.yaml", Utterances)
        if not any(utterances.lines.values()):
            raise ContentError(f"{folder / need.code}.yaml: there are no lines")
        needs[need.code] = utterances.lines
        words[need.code] = {lang: list(some) for lang, some in utterances.words.items()}
        for lang, texts in need.texts.items():
            told = [texts.label, texts.question, *re.split(r"(?<=[.?!؟])\s+", texts.explanation.strip())]
            told += need.official_terms.get(lang, [])
            words[need.code].setdefault(lang, []).extend(line for line in told if line)
    needs[NONE] = read(folder / f"{NONE}.yaml", Utterances).lines
    crisis = read(search / "crisis.yaml", CrisisLines)

    def flat(by_lang: ByLanguage) -> list[str]:
        return [line for some in by_lang.values() for line in some]

    return Lines(needs, words, flat(crisis.acute), flat(crisis.hint), flat(crisis.harmless))
