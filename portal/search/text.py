"""Folding text of six languages and three scripts to what a search can compare. No Flask and no database here."""

from __future__ import annotations

import re
import unicodedata

_SPECIAL = str.maketrans(
    {
        # Turkish: both letters i become one. After case folding "İ" is "i" with a dot of its own, which is dropped below.
        "ı": "i",
        "ß": "ss",
        "æ": "ae",
        "ø": "o",
        "đ": "d",
        "ł": "l",
        # Arabic, Persian, Urdu and Kurdish keyboards write these letters differently; so do people in a hurry.
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ٱ": "ا",
        "ى": "ي",
        "ی": "ي",
        "ئ": "ي",
        "ؤ": "و",
        "ة": "ه",
        "ک": "ك",
        "ـ": "",
        "ء": "",
        # Cyrillic.
        "ё": "е",
        "ґ": "г",
        # An apostrophe inside a Ukrainian or Turkish word is no border of words; nor is it where it was left out.
        "'": "",
        "’": "",
        "ʼ": "",
        "`": "",
        "´": "",
    }
)
_KEEPS_MARK = {"й", "ї"}
"""Letters with a mark that is part of the letter: й is not и, ї is not і."""
_WORD = re.compile(r"\w+")


class _Folded(dict[int, str]):
    """What each character becomes, found out when it is first met."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = self._fold(chr(code))
        return folded

    @staticmethod
    def _fold(char: str) -> str:
        if char in _KEEPS_MARK:
            return char
        special = char.translate(_SPECIAL)
        if special != char:
            return special
        category = unicodedata.category(char)
        if category == "Nd":
            return str(unicodedata.digit(char))
        if category[0] == "Z" or category == "Cc":
            return " "
        if category[0] in "CM":
            return ""
        parts = (part for part in unicodedata.normalize("NFD", char) if not unicodedata.combining(part))
        return "".join(parts).translate(_SPECIAL)


_FOLDED = _Folded()


def fold(text: str) -> str:
    """Small letters without diacritics, one spelling for what keyboards spell differently, single spaces.

    ä, ö, ü become a, o, u; digits of all scripts become 0–9; control and formatting characters (direction marks, null
    bytes) become nothing or a space. Punctuation stays.
    """
    return " ".join(unicodedata.normalize("NFKC", text.replace("´", "")).casefold().translate(_FOLDED).split())


def words(folded: str) -> list[str]:
    """The words of a folded text: runs of letters and digits."""
    return _WORD.findall(folded)
