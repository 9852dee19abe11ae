"""Texts to and from machines and agencies: what goes out, what comes back, and what may be saved of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session

from portal.editing import translations
from portal.editing.actor import Actor
from portal.editing.text_kinds import KINDS, TextKind
from portal.editing.translations import MISSING, Pair
from portal.models import Location, Organization
from portal.models.enums import TextState
from portal.translating.facts import added_tags, missing_facts
from portal.translating.glossary import Glossary
from portal.translating.protect import translate_units
from portal.translating.providers import Provider, ProviderError, Reason
from portal.translating.units import Unit
from portal.translating.xliff_read import XliffResult

AT_ONCE = 3
"""Things by machine in one request: each takes a second or two."""


@dataclass(frozen=True)
class Machine:
    """The translation service of this installation, where there is one, and the words that it must use."""

    provider: Provider | None
    glossary: Glossary


def proper_names(session: Session) -> list[str]:
    """What is never translated: organizations, streets and places whose name is more than one word or has a capital inside."""
    rows = session.execute(select(Organization.name)).scalars().all()
    places = session.execute(select(Location.street, Location.city, Location.name)).all()
    names = {*rows, *(value for place in places for value in place)}
    # A single plain noun ("Gesundheitsamt") is a word like others.
    return sorted(name for name in names if name and (" " in name.strip() or "-" in name))


def suggest(session: Session, machine: Machine, pair: Pair, values: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """The form with a machine's text in each field that is empty or whose German text has changed; and what to look at.

    What a person has typed stays. Raises ProviderError.
    """
    if machine.provider is None:
        raise ProviderError(Reason.UNREACHABLE)
    units = [unit for unit in pair.units() if _wants_machine(pair, unit.key.rsplit("/", 1)[1], values)]
    made = translate_units(units, machine.provider, machine.glossary, proper_names(session), pair.lang)
    filled, hints = dict(values), []
    for item in made:
        name = item.unit.key.rsplit("/", 1)[1]
        label = pair.kind.field(name).label
        if item.target:
            filled[name] = item.target
        hints += [f"{label}: {problem}" for problem in item.problems]
    return filled, hints


def _wants_machine(pair: Pair, name: str, values: dict[str, str]) -> bool:
    if not values.get(name):
        return True
    changed = pair.made_from.get(name, pair.source[name]) != pair.source[name]
    return changed and values[name] == pair.target.get(name)


def translate_missing(
    session: Session, actor: Actor, machine: Machine, kind: TextKind, lang: str, at_once: int = AT_ONCE
) -> tuple[int, int, list[str]]:
    """Translate a few things that have no translation; how many were done, how many are left, what went wrong.

    Raises ProviderError. The caller commits.
    """
    missing = translations.pairs(session, actor, kind, lang, state=MISSING)
    done, problems = 0, []
    for pair in missing[:at_once]:
        filled, hints = suggest(session, machine, pair, {})
        problems += [f"{pair.title}: {hint}" for hint in hints]
        if not filled.get(kind.fields[0].name):
            continue
        translations.write(session, actor, pair, filled, TextState.MACHINE)
        done += 1
    return done, len(missing) - done, problems


def problems_with(pair: Pair, values: dict[str, str]) -> list[str]:
    """Why a translation cannot be saved like this, for the translator."""
    found = []
    for field in pair.kind.fields:
        text, source = values.get(field.name, ""), pair.source.get(field.name, "")
        if len(text) > field.max_length:
            found.append(f"{field.label}: Das sind {len(text)} Zeichen; höchstens {field.max_length} passen hierher.")
        if text and not source:
            found.append(f"{field.label}: Auf Deutsch steht hier nichts. Schreib es zuerst auf Deutsch.")
        lost = missing_facts(source, text) if text else []
        if lost:
            found.append(f"{field.label}: Das fehlt in der Übersetzung: {', '.join(lost)}.")
        if tags := added_tags(source, text):
            found.append(f"{field.label}: Zeichen wie {tags[0]} gehören nicht in den Text.")
    if not values.get(pair.kind.fields[0].name, "").strip():
        found.append(f"{pair.kind.fields[0].label} fehlt noch.")
    return found


def all_units(session: Session, actor: Actor, lang: str, *, everything: bool) -> list[Unit]:
    """All texts of a language, or those that no person has checked."""
    return [
        unit
        for kind in KINDS.values()
        for pair in translations.pairs(session, actor, kind, lang)
        if everything or pair.state is not TextState.HUMAN
        for unit in pair.units()
    ]


def take_back(session: Session, actor: Actor, lang: str, result: XliffResult, state: TextState) -> int:
    """Save what an agency translated. Texts of a German text that has changed since are saved as outdated.

    `state` is HUMAN where the person who reads it in says that people have checked it. Returns how many texts were taken.
    """
    by_thing: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    outdated: set[tuple[str, str]] = set()
    for texts, is_old in ((result.accepted, False), (result.outdated, True)):
        for key, text in texts:
            owner, rest = key.split("/", 1)
            entity, name = rest.rsplit("/", 1)
            by_thing[owner, entity][name] = text
            if is_old:
                outdated.add((owner, entity))
    taken = 0
    for kind_name, kind in KINDS.items():
        entities = [entity for name, entity in by_thing if name == kind_name]
        if not entities:
            continue
        for pair in translations.pairs(session, actor, kind, lang, entities):
            texts_of = by_thing[kind_name, pair.entity]
            merged = {**pair.target, **texts_of}
            if not merged.get(kind.fields[0].name):
                result.problems.append(
                    f"{kind_name}/{pair.entity}: {kind.fields[0].label} fehlt, darum nicht übernommen."
                )
                continue
            # Checked as a whole only where the agency has sent every field of it.
            whole = all(field.name in texts_of for field in kind.fields if pair.source.get(field.name))
            now = TextState.OUTDATED if (kind_name, pair.entity) in outdated else state
            if now == TextState.HUMAN and not whole and pair.state is not TextState.HUMAN:
                now = TextState.MACHINE
            translations.write(session, actor, pair, merged, now)
            taken += len(texts_of)
    return taken
