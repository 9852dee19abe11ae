"""Translations side by side with the German text: what is missing, outdated, machine, checked; and writing them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlmodel import Session

from portal.content.schema import TranslatedTexts
from portal.editing import audit, offer_translations
from portal.editing.actor import Actor, NotAllowedError
from portal.editing.audit import Action
from portal.editing.text_kinds import KINDS, TextKind
from portal.models import TranslationSource
from portal.models.base import utc_now
from portal.models.enums import TextState
from portal.offers.taxonomy import SOURCE_LANGUAGE
from portal.translating.units import Unit

MISSING = "missing"
STATES = {
    MISSING: "fehlt",
    TextState.OUTDATED.value: "veraltet",
    TextState.MACHINE.value: "automatisch übersetzt",
    TextState.HUMAN.value: "von einem Menschen geprüft",
}
"""In the order in which they want attention."""


class ChangedMeanwhileError(Exception):
    """The German text or the translation was changed since the form was opened."""


@dataclass(frozen=True)
class Pair:
    """One thing in German and in another language."""

    kind: TextKind
    entity: str
    title: str
    lang: str
    source: dict[str, str]
    target: dict[str, str]
    state: TextState | None
    """None: there is no translation."""
    made_from: dict[str, str]
    """The German text that the translation was made from, as far as it is known."""

    @property
    def fingerprint(self) -> str:
        """What a form began with: hashes of the German text, of the translation, and of its state."""
        return ".".join(_hash(part) for part in (self.source, self.target, self.state))

    def changed_since(self, base: str) -> set[str]:
        """Which of "source", "target", "state" are not what a form began with; all where `base` is no fingerprint."""
        now, began = self.fingerprint.split("."), base.split(".")
        if len(began) != len(now):
            return set(_PARTS)
        return {name for name, old, new in zip(_PARTS, began, now, strict=True) if old != new}

    @property
    def stale_fields(self) -> set[str]:
        """The fields with another German text than the translation was made from; all where nobody knows that one.

        None unless the translation is outdated.
        """
        if self.state is not TextState.OUTDATED:
            return set()
        return {name for name, text in self.source.items() if text and self.made_from.get(name, "") != text}

    def units(self) -> Iterator[Unit]:
        """Its fields, as they are exchanged with agencies and machines."""
        for field in self.kind.fields:
            if self.source.get(field.name, "").strip():
                yield Unit(
                    key=f"{self.kind.name}/{self.entity}/{field.name}",
                    source=self.source[field.name],
                    target=self.target.get(field.name, ""),
                    state=self.state,
                    note=f"{self.title}: {field.label}",
                    max_length=field.max_length,
                )


_PARTS = ("source", "target", "state")


def _hash(part: object) -> str:
    return hashlib.sha256(json.dumps(part, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:20]


# --- reading ----------------------------------------------------------------------------------------------------------


def _tables(kind: TextKind, lang: str) -> tuple[Any, Any, Any]:
    """The German rows joined with those of `lang`, the alias of these, and whether there is a row."""
    source = kind.table.__table__
    target = source.alias("target")
    joined = source.outerjoin(target, and_(target.c[kind.key] == source.c[kind.key], target.c.lang == lang))
    if kind.owner is not None:
        joined = joined.join(kind.owner.__table__, kind.owner_key == source.c[kind.key])
    return joined, source, target


def _conditions(kind: TextKind, source: Any) -> list[Any]:
    # An empty German text has nothing to translate.
    return [source.c.lang == SOURCE_LANGUAGE, *kind.only, func.length(source.c[kind.fields[0].name]) > 0]


def overview(session: Session, actor: Actor, languages: Iterable[str]) -> dict[str, dict[str, dict[str, int]]]:
    """Language → kind → state → how many. Two queries a kind."""
    found: dict[str, dict[str, dict[str, int]]] = {lang: {} for lang in languages if actor.translates(lang)}
    for kind in KINDS.values():
        joined, source, _target = _tables(kind, "")
        conditions = _conditions(kind, source)
        total = session.execute(select(func.count()).select_from(joined).where(*conditions)).scalar_one()
        other = source.alias("other")
        rows = session.execute(
            select(other.c.lang, other.c.state, func.count())
            .select_from(joined.join(other, other.c[kind.key] == source.c[kind.key]))
            .where(*conditions, other.c.lang != SOURCE_LANGUAGE)
            .group_by(other.c.lang, other.c.state)
        ).all()
        for lang, counts in found.items():
            states = {row[1].value: row[2] for row in rows if row[0] == lang}
            counts[kind.name] = {MISSING: total - sum(states.values()), **states}
    return found


def list_texts(
    session: Session, actor: Actor, kind: TextKind, lang: str, *, state: str, q: str, offset: int, limit: int
) -> tuple[list[Any], int]:
    """Rows with `entity`, `title` and `state` (None: missing), what wants attention first. Two queries."""
    if not actor.translates(lang):
        raise NotAllowedError(lang)
    joined, source, target = _tables(kind, lang)
    conditions = _conditions(kind, source)
    if state == MISSING:
        conditions.append(target.c.lang.is_(None))
    elif state:
        conditions.append(target.c.state == TextState(state))
    if q:
        conditions.append(func.lower(kind.title).contains(q.lower(), autoescape=True))
    wanted = [target.c.state == TextState(name) for name in STATES if name != MISSING]
    attention = case((target.c.lang.is_(None), 0), *((test, place) for place, test in enumerate(wanted, start=1)))
    rows = session.execute(
        select(kind.entity.label("entity"), kind.title.label("title"), target.c.state)
        .select_from(joined)
        .where(*conditions)
        .order_by(attention, func.lower(kind.title), kind.entity)
        .offset(offset)
        .limit(limit)
    ).all()
    total = session.execute(select(func.count()).select_from(joined).where(*conditions)).scalar_one()
    return list(rows), total


def pairs(
    session: Session, actor: Actor, kind: TextKind, lang: str, entities: Iterable[str] | None = None, state: str = ""
) -> list[Pair]:
    """Things in German and translated; all where `entities` is None. Two queries. Raises NotAllowedError."""
    if not actor.translates(lang):
        raise NotAllowedError(lang)
    joined, source, target = _tables(kind, lang)
    conditions = _conditions(kind, source)
    if entities is not None:
        conditions.append(kind.entity.in_(list(entities)))
    if state == MISSING:
        conditions.append(target.c.lang.is_(None))
    elif state:
        conditions.append(target.c.state == TextState(state))
    columns = [kind.entity.label("entity"), kind.title.label("title"), target.c.state.label("state")]
    for field in kind.fields:
        columns += [
            source.c[field.name].label(f"source_{field.name}"),
            target.c[field.name].label(f"target_{field.name}"),
        ]
    query = select(*columns).select_from(joined).where(*conditions).order_by(kind.title, kind.entity)
    rows = session.execute(query).all()
    made_from = _made_from(session, kind, lang, [str(row.entity) for row in rows])
    return [
        Pair(
            kind=kind,
            entity=str(row.entity),
            title=row.title,
            lang=lang,
            source={field.name: getattr(row, f"source_{field.name}") for field in kind.fields},
            target={field.name: getattr(row, f"target_{field.name}") or "" for field in kind.fields},
            state=row.state,
            made_from=made_from.get(str(row.entity), {}),
        )
        for row in rows
    ]


def _made_from(session: Session, kind: TextKind, lang: str, entities: list[str]) -> dict[str, dict[str, str]]:
    query = select(TranslationSource.entity, TranslationSource.fields).where(
        TranslationSource.kind == kind.name, TranslationSource.lang == lang
    )
    if len(entities) <= 100:
        query = query.where(TranslationSource.entity.in_(entities))
    return {row.entity: json.loads(row.fields) for row in session.execute(query)}


def find_pair(session: Session, actor: Actor, kind_name: str, entity: str, lang: str) -> Pair:
    """Raises NotAllowedError where there is none, or not for this person."""
    kind = KINDS.get(kind_name)
    # PostgreSQL refuses to look for some signs at all.
    if kind is None or lang == SOURCE_LANGUAGE or not entity.isprintable():
        raise NotAllowedError(kind_name)
    found = pairs(session, actor, kind, lang, [entity])
    if not found:
        raise NotAllowedError(entity)
    return found[0]


def states_of(session: Session, kind: TextKind, entity: str) -> tuple[str, dict[str, TextState]]:
    """The German title of one thing, and language → state. Raises NotAllowedError where there is nothing to translate."""
    if not entity.isprintable():
        raise NotAllowedError(entity)
    joined, source, _target = _tables(kind, "")
    other = source.alias("other")
    rows = session.execute(
        select(kind.title.label("title"), other.c.lang, other.c.state)
        .select_from(joined.join(other, other.c[kind.key] == source.c[kind.key]))
        .where(*_conditions(kind, source), kind.entity == entity)
    ).all()
    if not rows:
        raise NotAllowedError(entity)
    return rows[0].title, {row.lang: row.state for row in rows if row.lang != SOURCE_LANGUAGE}


# --- writing ----------------------------------------------------------------------------------------------------------


def write(
    session: Session,
    actor: Actor,
    pair: Pair,
    target: dict[str, str],
    state: TextState,
    *,
    base: str | None = None,
    made_from: dict[str, str] | None = None,
) -> bool:
    """Save a translation; the caller commits. Returns whether there was anything new.

    `state` is HUMAN only where a person says that they have checked it. `base` is the fingerprint that the form began
    with; where it is another one now, ChangedMeanwhileError is raised. `made_from`: the German text, where it is not
    today's. Raises NotAllowedError.
    """
    if not actor.translates(pair.lang):
        raise NotAllowedError(pair.lang)
    fields = {field.name: target.get(field.name, "") for field in pair.kind.fields}
    if fields == pair.target and state is pair.state:
        return False
    if base is not None and pair.changed_since(base):
        raise ChangedMeanwhileError
    if pair.kind.name == "offer":
        offer_translations.write(session, actor, pair.entity, pair.lang, TranslatedTexts(state=state, **fields))
    else:
        _write_row(session, pair, fields, state)
    remember_source(session, pair.kind.name, pair.entity, pair.lang, made_from or pair.source)
    audit.record(
        session,
        actor,
        Action.TRANSLATED,
        kind=pair.kind.name,
        entity=pair.entity,
        label=pair.title,
        details=f"{pair.lang}: {STATES[state.value]}",
    )
    return True


def _write_row(session: Session, pair: Pair, fields: dict[str, str], state: TextState) -> None:
    table = pair.kind.table
    joined, source, _target = _tables(pair.kind, pair.lang)
    key = session.execute(
        select(source.c[pair.kind.key])
        .select_from(joined)
        .where(source.c.lang == SOURCE_LANGUAGE, pair.kind.entity == pair.entity)
    ).scalar_one()
    row = session.get(table, {pair.kind.key: key, "lang": pair.lang})
    if row is None:
        # What is no text, such as the address that a banner leads to, is that of the German row.
        german = session.get_one(table, {pair.kind.key: key, "lang": SOURCE_LANGUAGE})
        row = table(**german.model_dump() | {"lang": pair.lang})
    for name, value in fields.items():
        setattr(row, name, value)
    row.state = state
    session.add(row)


def remember_source(session: Session, kind: str, entity: str, lang: str, source: dict[str, str]) -> None:
    """Which German text a translation was made from."""
    key = {"kind": kind, "entity": entity, "lang": lang}
    kept = session.get(TranslationSource, key) or TranslationSource(**key, fields="")
    kept.fields = json.dumps(source, ensure_ascii=False)
    kept.updated_at = utc_now()
    session.add(kept)
