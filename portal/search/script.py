"""Cyrillic and Arabic letters as Latin ones, roughly: names of districts are Latin on every sign, and people write them as they hear them."""

from __future__ import annotations

from functools import lru_cache

_CYRILLIC = dict(
    zip(
        "абвгдежзийклмнопрстуфхцчшщъыьэюяіїєґ",
        "a b w g d e sch s i j k l m n o p r s t u f h z tsch sch sch _ y _ e ju ja i ji je g".split(),
        strict=True,
    )
)
_ARABIC = dict(
    zip(
        "ابتثجحخدذرزسشصضطظعغفقكلمنهويپچگژ",
        "a b t th dsch h ch d d r s s sch s d t s a gh f k k l m n h u i p tsch g sch".split(),
        strict=True,
    )
)
_TABLE = str.maketrans({letter: spelt.replace("_", "") for letter, spelt in {**_CYRILLIC, **_ARABIC}.items()})


@lru_cache(maxsize=4096)
def latin(word: str) -> str:
    """A folded word in Latin letters, spelt as a German would; Latin words stay as they are."""
    return word if word.isascii() else word.translate(_TABLE)
