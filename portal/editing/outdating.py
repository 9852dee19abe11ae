"""What a change of a German text means for its translations: they are outdated, and what they were made from is kept."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from portal.models import TranslationSource
from portal.models.enums import TextState
from portal.offers.taxonomy import SOURCE_LANGUAGE


def outdate(session: Session, table: Any, owner: dict[str, Any], before: dict[str, str], kind: str, entity: str) -> int:
    """Mark the translations of one thing as outdated. `owner` is its part of the key, `before` the German text that was.

    Returns how many there are.
    """
    conditions = [getattr(table, name) == value for name, value in owner.items()]
    query = select(table).where(*conditions, table.lang != SOURCE_LANGUAGE, table.state != TextState.OUTDATED)
    outdated = list(session.execute(query).scalars())
    for text in outdated:
        text.state = TextState.OUTDATED
        key = {"kind": kind, "entity": entity, "lang": text.lang}
        if session.get(TranslationSource, key) is None:
            session.add(TranslationSource(**key, fields=json.dumps(before, ensure_ascii=False)))
    return len(outdated)
