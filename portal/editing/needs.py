"""Bedarfe: what families need, in German; their words in other languages are translations. Only for editors."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import delete, func, select
from sqlmodel import Session

from portal.content.slugs import slugify
from portal.editing import audit, directory_users, trash
from portal.editing.actor import Actor, NotAllowedError
from portal.editing.audit import Action
from portal.editing.descriptions import ChangedMeanwhileError, InUseError, fingerprint
from portal.editing.offer_lists import titles_naming
from portal.editing.outdating import outdate
from portal.editing.utterances import add_lines
from portal.models import (
    Need,
    NeedLifePhase,
    NeedLifeSituation,
    NeedText,
    Offer,
    OfferNeed,
)
from portal.models.enums import LifePhase, LifeSituation, LotseFlow, OfferStatus, TextState
from portal.offers.taxonomy import SOURCE_LANGUAGE

LABELS = {
    "label": "Name",
    "question": "Frage",
    "explanation": "Erklärung",
    "life_situation": "Wichtigste Lebenslage",
    "life_situations": "Lebenslagen",
    "life_phases": "Lebensphasen",
    "min_age": "Alter von",
    "max_age": "Alter bis",
    "frequent": "Häufig gefragt",
    "flow": "Lotse",
    "position": "Platz in der Liste",
}
"""The German names of the facts, as the form has them."""
_WORDS = ("label", "question", "explanation")
_LONGEST_CODE = 60


class CodeTakenError(Exception):
    """There is a need with this code already."""


@dataclass(frozen=True, kw_only=True)
class NeedFacts:
    """What editors write about a need. Ages are whole years, both or none; `position` counts from 1."""

    label: str
    question: str
    explanation: str
    life_situation: LifeSituation
    life_situations: frozenset[LifeSituation]
    """With the main one."""
    life_phases: frozenset[LifePhase]
    flow: LotseFlow
    min_age: int | None = None
    max_age: int | None = None
    frequent: bool = False
    position: int = 1


@dataclass(frozen=True)
class NeedRow:
    """A need in the list."""

    code: str
    label: str
    question: str
    life_situation: LifeSituation
    frequent: bool
    position: int
    """Counted from 1."""
    offers: int
    """Published ones."""
    missing: tuple[str, ...]
    """Languages without a text."""
    outdated: tuple[str, ...]


def list_needs(
    session: Session, actor: Actor, languages: Collection[str], *, q: str = "", situation: str = ""
) -> list[NeedRow]:
    """In their order. Two queries. Raises NotAllowedError."""
    _only_editors(actor)
    published = (
        select(func.count())
        .select_from(OfferNeed)
        .join(Offer, Offer.id == OfferNeed.offer_id)
        .where(OfferNeed.need_code == Need.code, Offer.status == OfferStatus.PUBLISHED)
        .scalar_subquery()
    )
    states: dict[str, dict[str, TextState]] = defaultdict(dict)
    words = {}
    for text in session.execute(select(NeedText.__table__)):
        states[text.need_code][text.lang] = text.state
        if text.lang == SOURCE_LANGUAGE:
            words[text.need_code] = text
    rows = session.execute(
        select(Need.code, Need.life_situation, Need.frequent, published.label("offers")).order_by(
            Need.position, Need.code
        )
    )
    found = [
        NeedRow(
            row.code,
            words[row.code].label,
            words[row.code].question,
            row.life_situation,
            row.frequent,
            place,
            row.offers,
            tuple(lang for lang in languages if lang not in states[row.code]),
            tuple(lang for lang in languages if states[row.code].get(lang) == TextState.OUTDATED),
        )
        for place, row in enumerate(rows, start=1)
    ]
    asked = q.casefold()
    return [
        row
        for row in found
        if asked in f"{row.label} {row.question} {row.code}".casefold() and situation in ("", row.life_situation)
    ]


def find(session: Session, actor: Actor, code: str) -> Need:
    """Raises NotAllowedError where it is not there, or the person is no editor."""
    _only_editors(actor)
    need = session.get(Need, code)
    if need is None:
        raise NotAllowedError(code)
    return need


def read(session: Session, need: Need) -> NeedFacts:
    text = session.get_one(NeedText, (need.code, SOURCE_LANGUAGE))
    phases = session.execute(select(NeedLifePhase.life_phase).where(NeedLifePhase.need_code == need.code)).scalars()
    situations = session.execute(
        select(NeedLifeSituation.life_situation).where(NeedLifeSituation.need_code == need.code)
    ).scalars()
    return NeedFacts(
        **{name: getattr(text, name) for name in _WORDS},
        life_situation=need.life_situation,
        life_situations=frozenset(situations) | {need.life_situation},
        life_phases=frozenset(phases),
        flow=need.flow,
        min_age=None if need.min_age_months is None else need.min_age_months // 12,
        max_age=None if need.max_age_months is None else need.max_age_months // 12,
        frequent=need.frequent,
        position=_order(session).index(need.code) + 1,
    )


def create(session: Session, actor: Actor, facts: NeedFacts, code: str = "") -> Need:
    """A new need; its name and its question are the first lines with which parents find it.

    `code` is made of the name where it is empty. Raises NotAllowedError or CodeTakenError.
    """
    _only_editors(actor)
    code = code or code_from(facts.label)
    if session.get(Need, code) is not None or code == "neu":
        raise CodeTakenError(code)
    need = Need(code=code, position=10**6, life_situation=facts.life_situation, flow=facts.flow)
    session.add(need)
    session.flush()
    session.add(NeedText(need_code=code, lang=SOURCE_LANGUAGE, state=TextState.SOURCE, label=facts.label))
    _write(session, need, facts)
    add_lines(session, actor, code, SOURCE_LANGUAGE, [line for line in (facts.question, facts.label) if line])
    audit.record(session, actor, Action.CREATED, kind="need", entity=code, label=facts.label)
    return need


def code_from(label: str) -> str:
    """Small ASCII letters and digits with _ between words, as in all addresses of needs."""
    return re.sub("-+", "_", slugify(label))[:_LONGEST_CODE].strip("_") or "bedarf"


def change(session: Session, actor: Actor, need: Need, facts: NeedFacts, *, base: str, small: bool = False) -> bool:
    """Write what has changed; its code stays. Returns whether there was anything.

    Where German words have changed, translations are outdated, unless only a slip of the pen was put right (`small`).
    Raises NotAllowedError, or ChangedMeanwhileError where somebody has saved since the form was opened.
    """
    _only_editors(actor)
    now = read(session, need)
    facts = replace(facts, life_situations=facts.life_situations | {facts.life_situation})
    if facts == now:
        return False
    if base != fingerprint(now):
        raise ChangedMeanwhileError(now)
    before = {name: getattr(now, name) for name in _WORDS}
    _write(session, need, facts)
    if not small and any(getattr(facts, name) != value for name, value in before.items()):
        outdate(session, NeedText, {"need_code": need.code}, before, "need", need.code)
    names = [label for name, label in LABELS.items() if getattr(facts, name) != getattr(now, name)]
    audit.record(
        session, actor, Action.CHANGED, kind="need", entity=need.code, label=facts.label, details=", ".join(names)
    )
    return True


def _write(session: Session, need: Need, facts: NeedFacts) -> None:
    text = session.get_one(NeedText, (need.code, SOURCE_LANGUAGE))
    for name in _WORDS:
        setattr(text, name, getattr(facts, name))
    need.life_situation, need.flow, need.frequent = facts.life_situation, facts.flow, facts.frequent
    need.min_age_months = None if facts.min_age is None else facts.min_age * 12
    need.max_age_months = None if facts.max_age is None else facts.max_age * 12 + 11
    session.flush()
    for table, column, values in (
        (NeedLifePhase, "life_phase", facts.life_phases),
        (NeedLifeSituation, "life_situation", facts.life_situations | {facts.life_situation}),
    ):
        session.execute(delete(table).where(table.need_code == need.code))
        session.add_all(table(need_code=need.code, **{column: value}) for value in sorted(values))
    _put_at(session, need.code, facts.position)
    session.flush()


def _order(session: Session) -> list[str]:
    return list(session.execute(select(Need.code).order_by(Need.position, Need.code)).scalars())


def _put_at(session: Session, code: str, position: int) -> None:
    """Let the need be the n-th, and the others keep their order."""
    order = _order(session)
    wanted = [other for other in order if other != code]
    wanted.insert(max(0, position - 1), code)
    if wanted == order and position <= len(order):
        return
    places = {code: place for place, code in enumerate(wanted)}
    for need in session.execute(select(Need)).scalars():
        need.position = places[need.code]


def users_of(session: Session, need: Need, named_elsewhere: Mapping[str, str]) -> list[str]:
    """What needs it, one line each: offers, their versions in work, the directory, and what `named_elsewhere` says by code."""
    named = select(OfferNeed.offer_id).where(OfferNeed.offer_id == Offer.id, OfferNeed.need_code == need.code)
    # "needs" is the only list of a version that holds codes of needs.
    offers = titles_naming(session, named, "needs", need.code)
    found = [f"Angebot: {title}" for title in offers]
    found += directory_users.naming_need(session, need.code)
    if need.code in named_elsewhere:
        found.insert(0, named_elsewhere[need.code])
    return found


def delete_need(session: Session, actor: Actor, need: Need, named_elsewhere: Mapping[str, str]) -> None:
    """Into the bin with its words and lines. Raises NotAllowedError, or InUseError with what needs it."""
    _only_editors(actor)
    if users := users_of(session, need, named_elsewhere):
        raise InUseError(users)
    label = session.get_one(NeedText, (need.code, SOURCE_LANGUAGE)).label
    trash.put(session, actor, kind="need", entity=need.code, label=label, rows=[(Need, Need.code == need.code)])


def _only_editors(actor: Actor) -> None:
    if not actor.edits_everything:
        raise NotAllowedError("needs")
