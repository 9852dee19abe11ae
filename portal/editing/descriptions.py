"""The German description of an organization or a district, and what its change means for the translations.

Also: how two people who edit the same thing at once are told of each other.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sqlmodel import Session

from portal.editing.outdating import outdate
from portal.models.enums import TextState
from portal.offers.taxonomy import SOURCE_LANGUAGE


class ChangedMeanwhileError(Exception):
    """Somebody else has saved since this form was opened. `now` is what is there now, of the type that was to be saved."""

    def __init__(self, now: Any) -> None:
        super().__init__("changed meanwhile")
        self.now = now


class InUseError(Exception):
    """It cannot be deleted: `users` names what needs it, one line each."""

    def __init__(self, users: list[str]) -> None:
        super().__init__("; ".join(users))
        self.users = users


def fingerprint(facts: Any) -> str:
    """A short hash of a dataclass of plain values: what a form began with."""
    values = {name: sorted(value) if isinstance(value, frozenset) else value for name, value in vars(facts).items()}
    return hashlib.sha256(json.dumps(values, ensure_ascii=False, sort_keys=True, default=str).encode()).hexdigest()[:32]


def read_description(session: Session, table: Any, owner: dict[str, int]) -> str:
    """The German text; "" where there is none. `owner` is the other half of the key: {"district_id": 3}."""
    row = session.get(table, {**owner, "lang": SOURCE_LANGUAGE})
    return row.description if row else ""


def write_description(
    session: Session,
    table: Any,
    owner: dict[str, int],
    description: str,
    *,
    kind: str,
    slug: str,
    small: bool = False,
) -> None:
    """Write the German text. Its translations are outdated then, unless only a slip of the pen was put right (`small`).

    What a translation was made from is kept, so that translators see what has changed since.
    """
    row = session.get(table, {**owner, "lang": SOURCE_LANGUAGE})
    before = row.description if row else ""
    if description == before:
        return
    if row is None:
        row = table(**owner, lang=SOURCE_LANGUAGE, state=TextState.SOURCE)
        session.add(row)
    row.description = description
    if not small:
        outdate(session, table, owner, {"description": before}, kind, slug)
