"""What a change of the German text means for its translations."""

from __future__ import annotations

import re
import unicodedata

from rapidfuzz.distance import OSA

from portal.translating.worddiff import Piece, diff_words

_DASH_BETWEEN_NUMBERS = re.compile(r"(?<=\d)\s*[-–—]\s*(?=\d)")
_MEANING = frozenset("%&@#/*")
"""Signs that Unicode calls punctuation, and that say something all the same."""
_DECIDES = re.compile(r"(?:k|m|d|s|kl)?(?:ein|eur|unser|ihr)(?:e[mnrs]?)?|nicht|nichts|nie|immer|ohne|oder|aber")
"""One letter makes "eine" of "keine" and "deine" of "meine": never a matter of spelling."""


def what_changed(old_source: str, new_source: str) -> list[Piece]:
    """The German text before and after, word by word, for the side-by-side page."""
    return diff_words(old_source, new_source)


def is_small(old: str, new: str) -> bool:
    """Whether the change is only punctuation, white space, or the spelling of one word.

    A suggestion for an editor, who decides whether the translations stay as they are. Numbers, times, prices, addresses
    and the little words that turn a sentence round ("kein", "nicht") are never small. Nor is it small when all text is gone.
    """
    before, after = _words(old), _words(new)
    if len(before) != len(after) or (new.strip() == "") != (old.strip() == ""):
        return False
    different = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
    return not different or (len(different) == 1 and _is_spelling(*different[0]))


def _words(text: str) -> list[str]:
    """The words without the punctuation around and in them; in numbers and addresses it stays."""
    joined = _DASH_BETWEEN_NUMBERS.sub("-", unicodedata.normalize("NFC", text))
    return [word for raw in joined.split() if (word := _bare(raw))]


def _bare(raw: str) -> str:
    if any(sign.isdigit() or sign in "@" for sign in raw) or "://" in raw:
        return raw.strip(".,;:!?\"'()[]„“”‚‘’«»–—… ")
    return "".join(sign for sign in raw if sign in _MEANING or not unicodedata.category(sign).startswith("P"))


def _is_spelling(old: str, new: str) -> bool:
    if old.casefold() == new.casefold():
        return True
    if not (old.isalpha() and new.isalpha()) or any(_DECIDES.fullmatch(word.casefold()) for word in (old, new)):
        return False
    if unicodedata.normalize("NFC", old.replace("ß", "ss")) == new.replace("ß", "ss"):
        return True
    return min(len(old), len(new)) >= 5 and OSA.distance(old.casefold(), new.casefold(), score_cutoff=1) <= 1
