"""How well a German word is known, from a short list of everyday words and from how German builds words out of
others."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

EVERYDAY = Path(__file__).with_name("everyday.txt")

KNOWN, DERIVED, COMPOUND, HALF_KNOWN, UNKNOWN = 0.0, 0.25, 0.4, 0.7, 1.0
"""How rare a word is: in the list; in the list but for a prefix or suffix; two words of the list; one of them;
neither."""

MAX_LETTERS = 45
"""What is longer is looked at no closer: no word that families know is."""

_FOLD = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "s"})
_ENDINGS = tuple(
    "erinnen erin innen sten stem ster stes test ten tet end est ern ste ens nen en er es em te st et e n s t".split()
)
_PREFIXES = (
    "zusammen entgegen zwischen auseinander herunter hinaus heraus herein voraus vorbei wieder weiter zuruck hinter"
    " gegen unter durch haupt uber"
    " nach emp ent ver zer miss auf aus ein mit vor weg los bei her hin um un an ab be er ge zu"
).split()
_SUFFIX = re.compile(
    r"(?:lich|ig|isch|ung|bar|los|heit|keit|igkeit|in|chen|lein|schaft|er|nis|sam|haft|voll|ier)(?:e|en|er|es|em|s|n|nen)?$"
)


def _stem(folded: str) -> str:
    """Without up to two endings; three letters stay."""
    for _ in range(2):
        for ending in _ENDINGS:
            if folded.endswith(ending) and len(folded) - len(ending) >= 3:
                folded = folded[: -len(ending)]
                break
        else:
            break
    return folded


@cache
def everyday_words() -> frozenset[str]:
    """The list, as folded words and their stems."""
    lines = EVERYDAY.read_text(encoding="utf-8").splitlines()
    words = [word.lower().translate(_FOLD) for line in lines if not line.startswith("#") for word in line.split()]
    return frozenset(words) | {_stem(word) for word in words}


def _is_everyday(folded: str) -> bool:
    known = everyday_words()
    return folded in known or _stem(folded) in known


@lru_cache(maxsize=50_000)
def rarity(word: str) -> float:
    """From 0 (everybody knows it) to 1 (nothing in it is known). `word` is one run of letters."""
    folded = word.lower().translate(_FOLD)
    if len(folded) <= 2 or (len(folded) <= MAX_LETTERS and _is_everyday(folded)):
        return KNOWN
    if len(folded) > MAX_LETTERS:
        return UNKNOWN
    if _is_derived(folded):
        return DERIVED
    return _rarity_of_compound(folded)


def _is_derived(folded: str) -> bool:
    suffix = _SUFFIX.search(folded)
    if suffix and suffix.start() >= 3 and _is_everyday(folded[: suffix.start()]):
        return True
    for prefix in _PREFIXES:
        rest = folded[len(prefix) :]
        if not folded.startswith(prefix) or len(rest) < 3:
            continue
        # „ab-ge-holt“, „ab-zu-holen“
        if _is_everyday(rest) or (rest[:2] in {"ge", "zu"} and _is_everyday(rest[2:])):
            return True
    return False


def _rarity_of_compound(folded: str) -> float:
    found = UNKNOWN
    for place in range(3, len(folded) - 2):
        first, second = folded[:place], folded[place:]
        # „Geburt-s-tag“, „Familie-n-kasse“
        first_known = _is_everyday(first) or (first[-1] in "sn" and _is_everyday(first[:-1]))
        second_known = _is_everyday(second)
        if first_known and second_known:
            return COMPOUND
        if (first_known or second_known) and place >= 4:
            found = HALF_KNOWN
    return found
