"""Files that editors' work is read from and written back to: offers of every status, what parents type."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from portal.content.schema import (
    ContentError,
    OfferContent,
    OfferFile,
    Slug,
    Strict,
    read,
    read_yaml,
)
from portal.models.enums import OfferStatus


class UnfinishedOfferFile(OfferContent, kw_only=True):
    """An offer that no family sees: much of it may be open."""

    slug: Slug
    status: OfferStatus
    source: str | None = None
    external_id: str | None = None
    phone: str | UnsetType | None = UNSET  # type: ignore[assignment]


AnyOfferFile = OfferFile | UnfinishedOfferFile


class Utterances(Strict):
    """content/needs/utterances/<code>.yaml"""

    lines: dict[str, list[str]]
    """By language, as parents type them: each a whole thing that somebody could ask."""
    words: dict[str, list[str]] = {}
    """Words and fragments that point to this need and to no other."""


def read_offers(folder: Path) -> list[AnyOfferFile]:
    """All offers in the files of a folder. Raises ContentError."""
    found: list[AnyOfferFile] = []
    for path in sorted(folder.glob("*.yaml")):
        raw = read_yaml(path)
        if not (isinstance(raw, list) and any(_is_unfinished(item) for item in raw)):
            found += read(path, list[OfferFile])
            continue
        for number, item in enumerate(raw):
            shape: Any = UnfinishedOfferFile if _is_unfinished(item) else OfferFile
            try:
                found.append(msgspec.convert(item, shape))
            except msgspec.ValidationError as error:
                raise ContentError(f"{path}: offer {number + 1}: {error}") from error
    return found


def _is_unfinished(item: Any) -> bool:
    return isinstance(item, dict) and item.get("status", OfferStatus.PUBLISHED) != OfferStatus.PUBLISHED
