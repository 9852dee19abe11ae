"""What changed from one text to the next, word by word. For translations that are outdated and for the history of offers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz.distance import LCSseq

_WORD = re.compile(r"\w+(?:[-’']\w+)*\s*|\s+|[^\w\s]\s*")
"""Space belongs to the word before it."""
_SENTENCE = re.compile(r"[^.!?\n]*[.!?\n]+\s*|[^.!?\n]+\s*")
_MAX_PAIRS = 500_000_000
"""Old words × new words that are compared at once: a bit each, 60 MB and about 0.1 s. Above, whole sentences are compared.

The longest common subsequence of rapidfuzz is bounded like this for every text; difflib took 40 s for 2,000 words out of
two that repeat.
"""
_MIN_COMMON = 4
"""Letters. A "der" that both sentences happen to have, between changes, would only cut the changes into crumbs."""


class Kind(StrEnum):
    EQUAL = "equal"
    INSERT = "insert"
    DELETE = "delete"


@dataclass(frozen=True)
class Piece:
    """A part of the old text, the new text or both. Never empty."""

    kind: Kind
    text: str


def diff_words(old: str, new: str) -> list[Piece]:
    """The pieces in the order of reading, a deletion before what stands in its place.

    Equal and inserted pieces joined are `new`, equal and deleted pieces joined are `old`, to the last character. Two
    pieces of one kind never follow each other. Where a very long text has changed in very many places, whole sentences
    (or, at worst, everything between the first and the last change) count as changed.
    """
    return list(_merged(_diff(_WORD.findall(old), _WORD.findall(new), by_sentence=True)))


def _diff(old: Sequence[str], new: Sequence[str], by_sentence: bool) -> Iterator[Piece]:
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    yield Piece(Kind.EQUAL, "".join(old[:start]))
    yield from _diff_middle(old[start : len(old) - end], new[start : len(new) - end], by_sentence)
    yield Piece(Kind.EQUAL, "".join(old[len(old) - end :]))


def _diff_middle(old: Sequence[str], new: Sequence[str], by_sentence: bool) -> Iterator[Piece]:
    if len(old) * len(new) <= _MAX_PAIRS:
        for same, olds, news in _matched(old, new):
            if same and sum(map(str.isalnum, "".join(olds))) >= _MIN_COMMON:
                yield Piece(Kind.EQUAL, "".join(olds))
            else:
                yield from _replaced(olds, news)
    elif by_sentence:
        yield from _diff_sentences("".join(old), "".join(new))
    else:
        yield from _replaced(old, new)


def _diff_sentences(old: str, new: str) -> Iterator[Piece]:
    """Sentence by sentence; and where sentences were replaced, word by word within them."""
    olds, news = _SENTENCE.findall(old), _SENTENCE.findall(new)
    if len(olds) * len(news) > _MAX_PAIRS:
        yield from _replaced(olds, news)
        return
    for same, before, after in _matched(olds, news):
        if same:
            yield Piece(Kind.EQUAL, "".join(before))
        else:
            yield from _diff(_WORD.findall("".join(before)), _WORD.findall("".join(after)), by_sentence=False)


def _matched(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[bool, Sequence[str], Sequence[str]]]:
    """Whether they are the same, a stretch of the old and one of the new. Same and changed stretches take turns."""
    # Numbers instead of words: what is compared are hashes, and those of small numbers are never the same by chance.
    numbers = {word: number for number, word in enumerate(dict.fromkeys([*old, *new]))}
    start_old = start_new = 0
    for block in LCSseq.opcodes([numbers[word] for word in old], [numbers[word] for word in new]):
        if block.tag == "equal":
            yield False, old[start_old : block.src_start], new[start_new : block.dest_start]
            yield True, old[block.src_start : block.src_end], new[block.dest_start : block.dest_end]
            start_old, start_new = block.src_end, block.dest_end
    yield False, old[start_old:], new[start_new:]


def _replaced(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    yield Piece(Kind.DELETE, "".join(old))
    yield Piece(Kind.INSERT, "".join(new))


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """How many words at the start are the same."""
    for number, (one, other) in enumerate(zip(old, new, strict=False)):
        if one != other:
            return number
    return min(len(old), len(new))


def _merged(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Join neighbours: between two equal pieces at most one deletion, then at most one insertion."""
    texts = dict.fromkeys(Kind, "")
    for piece in pieces:
        if not piece.text:
            continue
        changing = piece.kind is not Kind.EQUAL
        if texts[Kind.EQUAL] if changing else texts[Kind.DELETE] or texts[Kind.INSERT]:
            yield from _flushed(texts)
            texts = dict.fromkeys(Kind, "")
        texts[piece.kind] += piece.text
    yield from _flushed(texts)


def _flushed(texts: dict[Kind, str]) -> Iterator[Piece]:
    for kind in (Kind.EQUAL, Kind.DELETE, Kind.INSERT):
        if texts[kind]:
            yield Piece(kind, texts[kind])
