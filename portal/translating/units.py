"""What is translated: one field of one thing, in one language."""

from __future__ import annotations

from dataclasses import dataclass

from portal.models.enums import TextState


@dataclass(frozen=True)
class Unit:
    """A German text and what there is of it in one other language."""

    key: str
    """Stable, and the same in each language: "offer/baby-treff-nordstadt/summary"."""
    source: str
    target: str
    """Empty where there is no translation yet."""
    state: TextState | None
    """Of the target. None: missing. SOURCE: this is the German text itself, there is nothing to translate."""
    note: str = ""
    """German, for the translator: what the field is called, and who reads it."""
    max_length: int | None = None
    """In characters."""
