"""Names for addresses: small ASCII letters, digits and hyphens."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

_ASCII = {ord(char): spelt for char, spelt in zip("äöüßæøå", ("ae", "oe", "ue", "ss", "ae", "oe", "aa"), strict=True)}


def slugify(text: str) -> str:
    """Small ASCII letters, digits and hyphens, as in all addresses."""
    folded = text.lower().translate(_ASCII)
    ascii_text = unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")[:100].strip("-")


_RESERVED = {"neu", "mehrere", "lebensphase"}
"""Words that addresses of the editors' pages have in the place of a slug."""


def free_slug(session: Session, table: Any, words: str) -> str:
    """A slug that no row of `table` has yet."""
    base = slugify(words) or table.__tablename__
    taken = _RESERVED | set(session.execute(select(table.slug).where(table.slug.like(f"{base}%"))).scalars())
    slug, number = base, 2
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    return slug
