"""Seiten und Lebensphasen: the German texts; the other languages are translations. Only for editors.

Every text that is written over is kept in the bin, so that it can be brought back.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from portal.content.site import PAGE_SLUGS
from portal.content.slugs import free_slug, slugify
from portal.editing import audit, trash
from portal.editing.actor import Actor, NotAllowedError
from portal.editing.audit import Action
from portal.editing.descriptions import ChangedMeanwhileError, fingerprint
from portal.editing.outdating import outdate
from portal.editing.text_kinds import KINDS, TextKind
from portal.models import PageText, TrashEntry
from portal.models.base import utc_now
from portal.models.enums import LifePhase, TextState
from portal.offers.taxonomy import SOURCE_LANGUAGE

PAGE, LIFE_PHASE = KINDS["page"], KINDS["life_phase"]

_LONGEST_SLUG = 50

Words = dict[str, str]
"""By the names of the fields of a TextKind."""


@dataclass(frozen=True)
class TextRow:
    """A page or a life phase in the list."""

    key: str
    title: str
    states: dict[str, TextState]
    """By language; a missing one is not in it."""


def overview(session: Session, actor: Actor, kind: TextKind) -> list[TextRow]:
    """One query. Raises NotAllowedError."""
    _only_editors(actor)
    table = kind.table
    key = getattr(table, kind.key)
    title = getattr(table, kind.fields[0].name)
    states: dict[str, dict[str, TextState]] = defaultdict(dict)
    titles = {}
    for name, lang, state, words in session.execute(select(key, table.lang, table.state, title)):
        states[name][lang] = state
        if lang == SOURCE_LANGUAGE:
            titles[name] = words
    order = list(LifePhase) if kind is LIFE_PHASE else [*PAGE_SLUGS, *sorted(set(titles) - set(PAGE_SLUGS))]
    return [TextRow(str(name), titles[name], states[name]) for name in order if name in titles]


def find(session: Session, actor: Actor, kind: TextKind, key: str) -> Any:
    """The row of the German text. Raises NotAllowedError where it is not there, or the person is no editor."""
    _only_editors(actor)
    if kind is LIFE_PHASE and key not in list(LifePhase):
        raise NotAllowedError(key)
    row = session.get(kind.table, {kind.key: key, "lang": SOURCE_LANGUAGE})
    if row is None:
        raise NotAllowedError(key)
    return row


def read(kind: TextKind, row: Any) -> SimpleNamespace:
    """Its words, as a form has them."""
    return SimpleNamespace(**{field.name: getattr(row, field.name) for field in kind.fields})


def save(
    session: Session, actor: Actor, kind: TextKind, key: str, words: Words, *, base: str, small: bool = False
) -> bool:
    """Write the German text; its translations are outdated then, unless only a slip of the pen was put right (`small`).

    Returns whether anything has changed. Raises NotAllowedError, or ChangedMeanwhileError where somebody has saved since
    the form was opened.
    """
    row = find(session, actor, kind, key)
    now = read(kind, row)
    if vars(now) == words:
        return False
    if base != fingerprint(now):
        raise ChangedMeanwhileError(now)
    _keep(session, actor, kind, key, row)
    for name, value in words.items():
        setattr(row, name, value)
    if not small:
        outdate(session, kind.table, {kind.key: key}, vars(now), kind.name, key)
    names = [field.label for field in kind.fields if words[field.name] != getattr(now, field.name)]
    audit.record(
        session, actor, Action.CHANGED, kind=kind.name, entity=key, label=_title(kind, row), details=", ".join(names)
    )
    return True


def _keep(session: Session, actor: Actor, kind: TextKind, key: str, row: Any) -> None:
    """The text that is written over, in the form in which the bin keeps everything."""
    kept = {column.name: _plain(getattr(row, column.name)) for column in row.__table__.columns}
    session.add(
        TrashEntry(
            kind=kind.name,
            entity=key,
            label=f"{_title(kind, row)} (früherer Text)"[:300],
            content=json.dumps({"main": row.__tablename__, "rows": [[row.__tablename__, [kept]]], "names": {}}),
            deleted_by=actor.name,
        )
    )


def _plain(value: Any) -> Any:
    return getattr(value, "value", value)


def _title(kind: TextKind, row: Any) -> str:
    title: str = getattr(row, kind.fields[0].name)
    return title


def earlier(session: Session, actor: Actor, kind: TextKind, key: str) -> list[TrashEntry]:
    """The German texts of the last 30 days that were written over, the newest first. Raises NotAllowedError."""
    find(session, actor, kind, key)
    entries = session.execute(
        select(TrashEntry)
        .where(TrashEntry.kind == kind.name, TrashEntry.entity == key, TrashEntry.deleted_at > utc_now() - trash.KEEP)
        .order_by(TrashEntry.deleted_at.desc(), TrashEntry.id.desc())
        .limit(20)
    ).scalars()
    return [entry for entry in entries if _german(entry) is not None]


def earlier_words(session: Session, actor: Actor, kind: TextKind, key: str, entry_id: int) -> Words:
    """One of them, for the form. Raises NotAllowedError where there is none."""
    for entry in earlier(session, actor, kind, key):
        row = _german(entry)
        if entry.id == entry_id and row is not None:
            return {field.name: row.get(field.name, "") for field in kind.fields}
    raise NotAllowedError(str(entry_id))


def _german(entry: TrashEntry) -> dict[str, Any] | None:
    rows = dict(json.loads(entry.content)["rows"]).get(json.loads(entry.content)["main"], [])
    return next((row for row in rows if row.get("lang") == SOURCE_LANGUAGE), None)


# --- Pages alone come and go ---


def create(session: Session, actor: Actor, words: Words) -> PageText:
    """A new page, with an address made of its title. Raises NotAllowedError."""
    _only_editors(actor)
    slug = free_slug(session, PageText, slugify(words["title"])[:_LONGEST_SLUG] or "seite")
    page = PageText(slug=slug, lang=SOURCE_LANGUAGE, state=TextState.SOURCE, **words)
    session.add(page)
    audit.record(session, actor, Action.CREATED, kind="page", entity=page.slug, label=page.title)
    return page


def may_go(slug: str) -> bool:
    """Four pages are linked below every page, and the law wants most of them."""
    return slug not in PAGE_SLUGS


def delete(session: Session, actor: Actor, slug: str) -> None:
    """Into the bin, in all languages. Raises NotAllowedError, also for one of the four."""
    row = find(session, actor, PAGE, slug)
    if not may_go(slug):
        raise NotAllowedError(slug)
    trash.put(session, actor, kind="page", entity=slug, label=row.title, rows=[(PageText, PageText.slug == slug)])


def _only_editors(actor: Actor) -> None:
    if not actor.edits_everything:
        raise NotAllowedError("pages")
