"""Translations side by side with the German text: what is missing, outdated, machine, checked; and writing them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, select
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
    """Somebody else has written this translation since the form was opened; `now` is theirs."""

    def __init__(self, now: dict[str, str]) -> None:
        super().__init__("changed meanwhile")
        self.now = now


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
        """What a form began with."""
        content = json.dumps([self.target, self.state], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()[:32]

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


# --- reading ----------------------------------------------------------------------------------------------------------


def _tables(kind: TextKind, lang: str) -> tuple[Any, Any, Any]:
    """The German rows joined with those of `lang`, the alias of these, and whether there is a row."""
    source = kind.table.__table__
    target = source.alias("target")
    joined = source.outerjoin(target, and_(target.c[kind.key] == source.c[kind.key], target.c.lang == lang))
    if kind.owner is not None:
        joined = joined.join(kind.owner.__table__, kind.owner_key == source.c[kind.key])
    return joined, source, target


def _conditions(kind: TextKind, source: Any, actor: Actor) -> list[Any]:
    conditions = [source.c.lang == SOURCE_LANGUAGE, *kind.only]
    # An empty German text has nothing to translate.
    conditions.append(func.length(source.c[kind.fields[0].name]) > 0)
    return conditions


def overview(session: Session, actor: Actor, languages: Iterable[str]) -> dict[str, dict[str, dict[str, int]]]:
    """Language → kind → state → how many. Two queries a kind."""
    found: dict[str, dict[str, dict[str, int]]] = {lang: {} for lang in languages if actor.translates(lang)}
    for kind in KINDS.values():
        joined, source, _target = _tables(kind, "")
        conditions = _conditions(kind, source, actor)
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
    conditions = _conditions(kind, source, actor)
    if state == MISSING:
        conditions.append(target.c.lang.is_(None))
    elif state:
        conditions.append(target.c.state == TextState(state))
    if q:
        conditions.append(func.lower(kind.title).like(f"%{q.lower().replace('%', '').replace('_', ' ')}%"))
    rows = session.execute(
        select(kind.entity.label("entity"), kind.title.label("title"), target.c.state)
        .select_from(joined)
        .where(*conditions)
        .order_by(kind.title)
        .offset(offset)
        .limit(limit)
    ).all()
    total = session.execute(select(func.count()).select_from(joined).where(*conditions)).scalar_one()
    return list(rows), total


def pairs(
    session: Session, actor: Actor, kind: TextKind, lang: str, entities: Iterable[str] | None = None, state: str = ""
) -> list[Pair]:
    """Things with their German and translated fields; all where `entities` is None. Two queries. Raises NotAllowedError."""
    if not actor.translates(lang):
        raise NotAllowedError(lang)
    joined, source, target = _tables(kind, lang)
    conditions = _conditions(kind, source, actor)
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
    rows = session.execute(select(*columns).select_from(joined).where(*conditions).order_by(kind.title)).all()
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
    if kind is None or lang == SOURCE_LANGUAGE:
        raise NotAllowedError(kind_name)
    found = pairs(session, actor, kind, lang, [entity])
    if not found:
        raise NotAllowedError(entity)
    return found[0]


def states_of(session: Session, kind: TextKind, entity: str) -> dict[str, TextState]:
    """Language → state, of one thing."""
    joined, source, _target = _tables(kind, "")
    other = source.alias("other")
    rows = session.execute(
        select(other.c.lang, other.c.state)
        .select_from(joined.join(other, other.c[kind.key] == source.c[kind.key]))
        .where(source.c.lang == SOURCE_LANGUAGE, kind.entity == entity, other.c.lang != SOURCE_LANGUAGE)
    )
    return {row.lang: row.state for row in rows}


# --- writing ----------------------------------------------------------------------------------------------------------


def write(
    session: Session, actor: Actor, pair: Pair, target: dict[str, str], state: TextState, *, base: str | None = None
) -> None:
    """Save a translation; the caller commits.

    `state` is HUMAN only where a person says that they have checked it. `base` is the fingerprint that the form began
    with; where somebody else has written since, ChangedMeanwhileError is raised. Raises NotAllowedError.
    """
    if not actor.translates(pair.lang):
        raise NotAllowedError(pair.lang)
    if base is not None and base != pair.fingerprint:
        raise ChangedMeanwhileError(pair.target)
    fields = {field.name: target.get(field.name, "") for field in pair.kind.fields}
    if pair.kind.name == "offer":
        offer_translations.write(session, actor, pair.entity, pair.lang, TranslatedTexts(state=state, **fields))
    else:
        _write_row(session, pair, fields, state)
    remember_source(session, pair.kind.name, pair.entity, pair.lang, pair.source)
    audit.record(
        session,
        actor,
        Action.TRANSLATED,
        kind=pair.kind.name,
        entity=pair.entity,
        label=pair.title,
        details=f"{pair.lang}: {STATES[state.value]}",
    )


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
        row = table(**{pair.kind.key: key}, lang=pair.lang, state=state, **fields)
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
