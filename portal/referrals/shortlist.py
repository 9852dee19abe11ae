"""Merkzettel: the ids of offers, in the order of whoever collects them, as they stand in an address ("12.45.7")."""

from __future__ import annotations

from collections.abc import Iterable

MOST = 30
"""Offers. More is no help for a family, and a stranger could ask for more than a page can show."""
_LONGEST = 2**31 - 1


def parse_ids(text: str) -> tuple[int, ...]:
    """The ids in `text`, each once, at most MOST; what is no id is left out."""
    parts = text[: MOST * 12].split(".")
    return distinct(
        number for part in parts if part.isascii() and part.isdigit() and 0 < (number := int(part)) <= _LONGEST
    )


def distinct(ids: Iterable[int]) -> tuple[int, ...]:
    """Each once, in their order, at most MOST."""
    return tuple(dict.fromkeys(ids))[:MOST]


def has_more(text: str) -> bool:
    """Whether a list in an address is longer than MOST."""
    return text.count(".") >= MOST


def join_ids(ids: Iterable[int]) -> str:
    return ".".join(map(str, ids))
