"""Texts to and from machines and agencies: what goes out, what comes back, and what may be saved of it."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session

from portal.content.site import unknown_placeholder
from portal.editing import translations
from portal.editing.actor import Actor
from portal.editing.text_kinds import KINDS, TextKind
from portal.editing.translations import MISSING, Pair
from portal.models import District, Location, Organization
from portal.models.enums import TextState
from portal.translating.facts import added_tags, missing_facts
from portal.translating.glossary import Glossary
from portal.translating.protect import translate_units
from portal.translating.providers import Provider, ProviderError, Reason
from portal.translating.units import Unit
from portal.translating.xliff_read import XliffResult

AT_ONCE = 3
"""Things by machine in one request: each takes a second or two."""
MOST_TRIED = 3 * AT_ONCE
"""Where the service has nothing usable for some things, those after them get their turn."""


@dataclass(frozen=True)
class Machine:
    """The translation service of this installation, where there is one, and the words that it must use."""

    provider: Provider | None
    glossary: Glossary


def proper_names(session: Session) -> list[str]:
    """What is never translated: districts; organizations, streets and places whose name is more than a plain word."""
    districts = session.execute(select(District.name)).scalars()
    others = {
        (name or "").strip()
        for column in (Organization.name, Location.street, Location.city, Location.name)
        for name in session.execute(select(column).distinct()).scalars()
    }
    return sorted({*districts, *(name for name in others if _is_proper(name))})


_STREET = re.compile(r"\w+(?:straße|weg|platz|allee|gasse|ring|ufer|damm|markt)", re.IGNORECASE)


def _is_proper(name: str) -> bool:
    """A single noun ("Gesundheitsamt", "Markt") is a word like others; "AWO", "Nord-West" and "Birkenweg" are names."""
    plain = name.isalpha() and not any(sign.isupper() for sign in name[1:])
    return bool(name) and (not plain or _STREET.fullmatch(name) is not None)


def suggest(session: Session, machine: Machine, pair: Pair, values: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """The form with a machine's text in each field that is empty or whose German text has changed; and what to look at.

    What a person has typed stays. Raises ProviderError.
    """
    if machine.provider is None:
        raise ProviderError(Reason.UNREACHABLE)
    units = [unit for unit in pair.units() if _wants_machine(pair, unit.key.rsplit("/", 1)[1], values)]
    if not units:
        return values, ["Kein Feld ist leer, und auf Deutsch hat sich nichts geändert."]
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
    return bool(pair.made_from) and name in pair.stale_fields and values[name] == pair.target.get(name)


def translate_missing(
    session: Session, actor: Actor, machine: Machine, kind: TextKind, lang: str, at_once: int = AT_ONCE
) -> tuple[int, int, list[str]]:
    """Translate a few things that have no translation; how many were done, how many are left, what went wrong.

    Raises ProviderError where there is nothing at all. The caller commits.
    """
    missing = translations.pairs(session, actor, kind, lang, state=MISSING)
    made: list[tuple[Pair, dict[str, str]]] = []
    problems: list[str] = []
    for pair in missing[:MOST_TRIED]:
        try:
            filled, found = suggest(session, machine, pair, {})
        except ProviderError as error:
            if not made:
                raise
            problems.append(str(error))
            break
        wrong = problems_with(pair, filled)
        problems += [f"{pair.title}: {problem}" for problem in dict.fromkeys(found + wrong)]
        if not wrong:
            made.append((pair, filled))
        if len(made) == at_once:
            break
    done = _write_missing(session, actor, made)
    return done, len(missing) - done, problems


def _write_missing(session: Session, actor: Actor, made: list[tuple[Pair, dict[str, str]]]) -> int:
    """Written only after the last answer has come, so that no lock waits for the service. Returns how many were.

    Where a person has written something meanwhile, or the German text is another one, theirs stays.
    """
    done = 0
    for pair, filled in made:
        now = translations.pairs(session, actor, pair.kind, pair.lang, [pair.entity], state=MISSING)
        if now and now[0].source == pair.source:
            translations.write(session, actor, now[0], filled, TextState.MACHINE)
            done += 1
    return done


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
            found.append(f"{field.label}: Zeichen wie <{tags[0]}> gehören nicht in den Text.")
    if pair.kind.name == "page" and (unknown := unknown_placeholder(values.get("body", ""))):
        found.append(f"Text: „{unknown}“ ist kein Platzhalter dieser Seite.")
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

    `state` is HUMAN where the person who reads it in says that people have checked it. Returns how many texts were taken;
    what was not is added to the problems of `result`.
    """
    by_thing: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for key, text in (*result.accepted, *result.outdated):
        owner, rest = key.split("/", 1)
        entity, name = rest.rsplit("/", 1)
        by_thing[owner, entity][name] = text
    taken = 0
    for kind_name, kind in KINDS.items():
        entities = [entity for name, entity in by_thing if name == kind_name]
        if not entities:
            continue
        for pair in translations.pairs(session, actor, kind, lang, entities):
            texts = by_thing[kind_name, pair.entity]
            if problem := _reason_against(pair, texts, state):
                result.problems.append(f"{kind_name}/{pair.entity}/{kind.fields[0].name}: {problem}")
                continue
            made_from = _made_from(pair, texts, result.sources)
            now = _state_after(pair, texts, made_from, state)
            # Where the German text is gone, so is its translation.
            words = {name: texts.get(name, pair.target[name]) for name, source in pair.source.items() if source}
            if translations.write(session, actor, pair, words, now, made_from=made_from):
                taken += len(texts)
    return taken


def _reason_against(pair: Pair, texts: dict[str, str], state: TextState) -> str:
    """Why this of an agency is not taken; "" where it is."""
    first = pair.kind.fields[0]
    if not texts.get(first.name, pair.target.get(first.name)):
        return f"„{first.label}“ fehlt in der Datei. Darum wurde nichts davon übernommen."
    changed = any(pair.target.get(name) != text for name, text in texts.items())
    if changed and pair.state is TextState.HUMAN and state is not TextState.HUMAN:
        return "Hier hat schon ein Mensch übersetzt. Was niemand geprüft hat, ersetzt das nicht."
    return ""


def _made_from(pair: Pair, texts: dict[str, str], sources: dict[str, str]) -> dict[str, str]:
    """The German text that each field was translated from: of the file, or what was known before."""
    known = {**pair.source, **pair.made_from}
    return {
        name: sources.get(f"{pair.kind.name}/{pair.entity}/{name}", text) if name in texts else known[name]
        for name, text in pair.source.items()
    }


def _state_after(pair: Pair, texts: dict[str, str], made_from: dict[str, str], state: TextState) -> TextState:
    if pair.state is TextState.HUMAN and all(pair.target[name] == text for name, text in texts.items()):
        return TextState.HUMAN
    if pair.stale_fields - set(texts) or any(made_from[name] != pair.source[name] for name in texts):
        return TextState.OUTDATED
    # Checked as a whole only where the agency has sent every field of it.
    whole = all(name in texts for name, source in pair.source.items() if source.strip())
    if state is TextState.HUMAN and not whole and pair.state is not TextState.HUMAN:
        return TextState.MACHINE
    return state
