"""A flow that is small enough to be read at once, and the real ones, for the tests of the Lotse."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from functools import cache
from typing import Any

import msgspec

from portal.content.site import SiteContent, load_site
from portal.lotse.answers import Value
from portal.lotse.conditions import Scope
from portal.lotse.load import Lotse, load_lotse
from portal.lotse.schema import FlowFile, FlowTexts, PlaceFile, Question, SharedTexts
from portal.paths import CONTENT
from tests.conftest import TODAY

FLOW: dict[str, Any] = {
    "id": "klein",
    "version": 3,
    "icon": "baby",
    "needs": ["kita_anmeldung"],
    "conditions": {
        "schwanger": {"age": {"of": "kind", "below": 0}},
        "geboren": {"age_possible": {"of": "kind", "from": 0}},
    },
    "questions": [
        {
            "id": "kind",
            "kind": "age",
            "takes": ["kinder"],
            "groups": [{"id": "kind", "years": [1, 3], "spans": [[-9, -1], [0, 11]]}],
        },
        {"id": "termin", "kind": "month", "months": 9, "ask_if": {"named": "schwanger"}},
        {
            "id": "stand",
            "kind": "choice",
            "ask_if": {"named": "geboren"},
            "options": [
                {"id": "nichts"},
                {"id": "platz", "when": {"age": {"of": "kind", "from": 12}}},
                {"id": "krise", "crisis": "suizid-gedanken"},
            ],
        },
        {
            "id": "wunsch",
            "kind": "several",
            "options": [{"id": "nah"}, {"id": "frueh"}, {"id": "egal", "alone": True}],
        },
        {"id": "ort", "kind": "district", "ask_if": {"chosen": ["wunsch", "nah"]}},
    ],
    "entitlements": [
        {
            "id": "platz",
            "wanted": {"chosen": ["wunsch", "frueh"]},
            "verdicts": [
                {"verdict": "likely", "reason": "alt_genug", "when": {"age": {"of": "kind", "from": 12}}},
                {"verdict": "unlikely", "reason": "noch_nicht", "when": {"named": "schwanger"}},
                {"verdict": "maybe", "reason": "offen"},
            ],
            "lines": [{"fact": "recht"}],
            "documents": [{"id": "ausweis"}],
            "offers": [{"needs": ["kita_anmeldung"]}],
        }
    ],
    "steps": [
        {
            "id": "anmelden",
            "place": "amt",
            "lines": [{"text": "ohne_termin"}],
            "documents": [{"id": "ausweis"}],
            "dates": [{"id": "frist", "base": "termin", "months": -1, "late": "frist_vorbei"}],
            "offers": [{"needs": ["kita_anmeldung"]}],
        },
        {
            "id": "reden",
            "when": {"chosen": ["stand", "krise"]},
            "hotlines": ["h_telefonseelsorge"],
            "offers": [{"needs": ["kita_anmeldung"]}],
        },
    ],
}

TEXTS: dict[str, Any] = {
    "title": "Ein Platz",
    "tile": "Kita",
    "intro": "Wenige Fragen.",
    "questions": {
        "kind": {"ask": "Wie alt?", "why": "Darum."},
        "termin": {"ask": "Wann?", "why": "Darum."},
        "stand": {"ask": "Wie weit?", "why": "Darum."},
        "wunsch": {"ask": "Was?", "why": "Darum."},
        "ort": {"ask": "Wo?", "why": "Darum."},
    },
    "options": {
        "stand": {"nichts": "Nichts", "platz": "Ein Platz", "krise": "Nicht mehr leben"},
        "wunsch": {"nah": "In der Nähe", "frueh": "Früh", "egal": "Nichts davon"},
    },
    "entitlements": {"platz": "Ein Platz"},
    "reasons": {"alt_genug": "Alt genug.", "noch_nicht": "Noch nicht.", "offen": "Offen."},
    "steps": {"anmelden": {"title": "Meldet euch an"}, "reden": {"title": "Redet mit jemandem"}},
    "lines": {"ohne_termin": "Ohne Termin."},
    "dates": {"frist": "Bis dahin", "frist_vorbei": "Jetzt gleich"},
    "state": "source",
}

SHARED: dict[str, Any] = {
    "places": {"amt": "Das Amt"},
    "documents": {"ausweis": "Ausweis"},
    "groups": {},
    "state": "source",
}


def make_flow(**changes: Any) -> FlowFile:
    """The small flow with other parts."""
    return msgspec.convert({**deepcopy(FLOW), **changes}, FlowFile)


def make_question(**parts: Any) -> Question:
    return msgspec.convert({"id": "frage", **parts}, Question)


def make_lotse(flow: FlowFile, *, languages: list[str], **texts: dict[str, Any]) -> Lotse:
    """A Lotse with one flow. `texts` are words of one language that are not as the German ones."""
    return Lotse(
        flows={flow.id: flow},
        texts={(flow.id, lang): msgspec.convert({**TEXTS, **texts.get(lang, {})}, FlowTexts) for lang in languages},
        shared={lang: msgspec.convert(SHARED, SharedTexts) for lang in languages},
        places={"amt": PlaceFile(name="Amt", phone="030 23125 700"), "kita": PlaceFile(offer="kita-regenbogen")},
        as_of=TODAY,
        vague=frozenset(),
        flow_of_need=dict.fromkeys(flow.needs, flow.id),
    )


def scope_of(*, as_of: date = TODAY, land: str | None = "NW", named: Any = None, **answers: Value) -> Scope:
    """What conditions are asked about, with these answers."""
    return Scope(answers, as_of, land, named or {})


@cache
def real_site() -> SiteContent:
    return load_site(CONTENT)


@cache
def real_lotse() -> Lotse:
    return load_lotse(CONTENT / "lotse", real_site())
