"""Cyrillic and Arabic letters as Latin ones, roughly.

Names of districts are Latin on every sign, and people write them as they hear them.
"""

from __future__ import annotations

import re
from functools import lru_cache

_SPELT = """
а a б b в w г g д d е e ж sch з s и i й j к k л l м m н n о o п p р r с s т t у u ф f х h ц z ч tsch ш sch щ sch ъ _ ы y ь _
э e ю ju я ja і i ї ji є je ґ g
ا a ب b ت t ث th ج dsch ح h خ ch د d ذ d ر r ز s س s ش sch ص s ض d ط t ظ s ع a غ gh ف f ق k ك k ل l م m ن n ه h و u ي i
پ p چ tsch گ g ژ sch
""".split()
"""Letter and spelling in turn; _ for nothing."""
_TABLE = str.maketrans(
    {letter: spelt.replace("_", "") for letter, spelt in zip(_SPELT[::2], _SPELT[1::2], strict=True)}
)


_LETTERS = {
    "latin": re.compile(r"[a-z]"),
    "cyrillic": re.compile(r"[\u0400-\u052f]"),
    "arabic": re.compile(r"[\u0600-\u06ff]"),
}


def scripts(folded: str) -> frozenset[str]:
    """The scripts whose letters are in a folded text."""
    return frozenset(name for name, letters in _LETTERS.items() if letters.search(folded))


@lru_cache(maxsize=4096)
def latin(word: str) -> str:
    """A folded word in Latin letters, spelt as a German would; Latin words stay as they are."""
    return word if word.isascii() else word.translate(_TABLE)
