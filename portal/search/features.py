"""A line of text as numbers: which words and which pieces of words are in it. The same for training and for asking."""

from __future__ import annotations

import re
from collections import Counter
from zlib import crc32

from portal.search.text import fold, words

_DIGRAPHS = re.compile(r"(?<![aeq])(ae|oe|ue)")
_SPELT = {"ae": "a", "oe": "o", "ue": "u"}
_LONGEST = 5
MAX_WORDS = 60
"""Of a line; a search text has at most 200 characters."""


def plain(text: str) -> str:
    """Folded, and with ae, oe, ue as a, o, u: on a keyboard without umlauts people write "naechste"."""
    return _DIGRAPHS.sub(lambda match: _SPELT[match[0]], fold(text))


def features(text: str) -> Counter[int]:
    """How often each feature is in the text: whole words, and their pieces of 2 to 5 characters, borders included.

    A feature is the CRC-32 of its UTF-8 bytes: two of 100,000 may share a number, which does no harm.
    """
    found: Counter[int] = Counter()
    for word in words(plain(text))[:MAX_WORDS]:
        found[crc32(f"={word}".encode())] += 1
        framed = f"<{word[:40]}>"
        for size in range(2, _LONGEST + 1):
            for start in range(len(framed) - size + 1):
                found[crc32(framed[start : start + size].encode())] += 1
    return found
