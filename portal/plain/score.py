"""How hard a German text is to read: from 1 (very easy) to 7 (very hard), 0 where there is nothing to read.

Each sentence has a handful of properties, all of them counts that grow with difficulty; a linear formula makes a
number of them. Its weights
(weights.json) were fitted to what 267 learners of German said about sentences (tools/plain/fit.py). The hardest
sentence counts for the whole
text: whatever easy things stand around it, that is where a family stops reading. Further hard sentences add a little.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec

from portal.plain.sentences import Sentence, names_in, parts, split
from portal.plain.vocabulary import rarity

WEIGHTS = Path(__file__).with_name("weights.json")

LONG_WORD = 7
"""Letters."""

TITLE_CASE = 0.6
"""Where a larger share of the words is capital, capitals say nothing about names."""

PROPERTIES = ("letters", "rare_letters", "long_words", "small_letters", "no_names")
"""letters: log of the letters, without names · rare_letters: log of the letters of words by how rare these are ·
long_words: how many ·
small_letters: log of the letters of words that are no nouns · no_names: share of the words that are no part of a
name."""

_MORE = 0.1
_NEAR = 0.5
"""How much further hard sentences add, and how near to the hardest they have to be. Both in points of the scale."""


class Weights(msgspec.Struct, forbid_unknown_fields=True):
    """What tools/plain/fit.py wrote. `about` is for people."""

    about: list[str]
    intercept: float
    weights: dict[str, float]


@cache
def load_weights() -> Weights:
    return msgspec.json.decode(WEIGHTS.read_bytes(), type=Weights)


def properties(sentence: Sentence) -> tuple[float, ...]:
    """The values of PROPERTIES for a sentence; all are at least 0."""
    words = sentence.words
    shouted = len(words) > 3 and sum(word.is_capital for word in words) > TITLE_CASE * len(words)
    names = set() if shouted else names_in(sentence)
    letters = rare = long_words = small = 0.0
    for place, word in enumerate(words):
        for part in parts(word.text):
            size = len(part)
            rare += rarity(part) * size
            long_words += size >= LONG_WORD
            if place not in names:
                letters += size
            if shouted or part[0].islower():
                small += size
    return math.log1p(letters), math.log1p(rare), long_words, math.log1p(small), 1 - len(names) / len(words)


def score_sentence(sentence: Sentence) -> float:
    """From 1 to 7."""
    fitted = load_weights()
    values = zip(PROPERTIES, properties(sentence), strict=True)
    return _within_scale(fitted.intercept + sum(fitted.weights[name] * value for name, value in values))


def _within_scale(value: float) -> float:
    """Bend the ends, so that no text leaves the scale and of two texts the harder one still has the larger number."""
    if value < 2:
        return 1 + math.exp(max(value, -30) - 2)
    if value > 6:
        return 7 - math.exp(6 - value)
    return value


def combine(scores: Iterable[float]) -> float:
    """The number of a text from those of its sentences. A further sentence never makes it smaller."""
    scores = list(scores)
    if not scores:
        return 0.0
    hardest = max(scores)
    near = sum(math.exp((score - hardest) / _NEAR) for score in scores)
    return min(7.0, hardest + _MORE * math.log(near))


def score_text(text: str) -> float:
    """From 1 (very easy) to 7 (very hard); 0 for a text without a word. Time grows with the length of the text, no
    faster."""
    return combine(score_sentence(sentence) for sentence in split(text))
