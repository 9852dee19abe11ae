"""A cry for help is recognised in every language, and what only sounds like one is not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from portal import paths
from portal.i18n import LANGUAGES
from portal.search.crisis import ACUTE, HINT, Crisis, find_crisis, judge
from portal.search.lexicon import Lexicon, LexiconFile, read_lexicons
from portal.search.text import fold
from tests.conftest import ROOT

LEXICONS = read_lexicons(paths.SEARCH / "understanding")
SEED_LINES = ROOT.parent / "shared" / "domain"
LONGEST = 200
"""Characters of a line; more are cut off before anybody reads it."""


def crisis(text: str, lang: str = "de") -> Crisis | None:
    """By the patterns, in the order in which the search asks the languages."""
    return find_crisis(fold(text), [LEXICONS[lang], *(other for code, other in LEXICONS.items() if code != lang)])


def level(text: str, lang: str = "de") -> str | None:
    found = crisis(text, lang)
    return found.level if found else None


def listed(name: str) -> Iterator[tuple[str, Any]]:
    for lang, lexicon in LEXICONS.items():
        for entry in getattr(lexicon.file.crisis, name):
            yield lang, entry


@cache
def situations() -> list[str]:
    content = YAML(typ="safe").load((paths.CONTENT / "emergency.de.yaml").read_text(encoding="utf-8"))
    return [situation["id"] for situation in content["situations"]]


def seed_lines(kind: str) -> dict[str, list[str]]:
    files = sorted(SEED_LINES.glob("utterances.*.yaml"))
    if not files:
        pytest.skip(f"the seed lines are not there: {SEED_LINES}")
    return {lang: lines for file in files for lang, lines in read_yaml(file)[kind].items()}


@cache
def read_yaml(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


# --- The reviewed files ---


def test_there_are_patterns_for_every_language_of_the_portal() -> None:
    assert sorted(LEXICONS) == sorted(LANGUAGES)


@pytest.mark.parametrize("lang", sorted(LEXICONS))
@pytest.mark.parametrize("wanted", [ACUTE, HINT])
def test_every_example_is_recognised_as_what_it_is_listed_under(lang: str, wanted: str) -> None:
    lines = [line for code, entry in listed(wanted) if code == lang for line in entry.examples]
    assert len(lines) >= 20
    assert [(line, level(line, lang)) for line in lines if level(line, lang) != wanted] == []


@pytest.mark.parametrize("lang", sorted(LEXICONS))
def test_no_line_that_is_listed_as_harmless_is_acute(lang: str) -> None:
    lines = LEXICONS[lang].file.crisis.not_acute
    assert len(lines) >= 60
    assert [line for line in lines if level(line, lang) == ACUTE] == []


@pytest.mark.parametrize("name", [ACUTE, HINT])
def test_every_situation_is_on_the_emergency_page(name: str) -> None:
    assert {entry.situation for _lang, entry in listed(name)} <= set(situations())


@pytest.mark.parametrize("lang", sorted(LEXICONS))
def test_every_situation_of_the_emergency_page_can_be_recognised_in_every_language(lang: str) -> None:
    assert sorted({entry.situation for code, entry in listed(ACUTE) if code == lang}) == sorted(situations())


# --- The seed lines ---


@pytest.mark.parametrize("lang", sorted(LEXICONS))
def test_every_cry_for_help_of_the_seed_lines_is_acute(lang: str) -> None:
    lines = seed_lines("crisis_yes")[lang]
    assert len(lines) >= 15
    assert [line for line in lines if level(line, lang) != ACUTE] == []


@pytest.mark.parametrize("lang", sorted(LEXICONS))
def test_no_harmless_seed_line_is_acute(lang: str) -> None:
    lines = seed_lines("crisis_no")[lang]
    assert len(lines) >= 20
    assert [line for line in lines if level(line, lang) == ACUTE] == []


# --- In the words of families ---


@pytest.mark.parametrize(
    ("lang", "text", "situation"),
    [
        ("de", "mein mann schlägt mich", "gewalt-zuhause"),
        ("de", "hilfe mein mann schlägt mich 3 kinder", "gewalt-zuhause"),
        ("en", "my husband hits me", "gewalt-zuhause"),
        ("tr", "eşim beni dövüyor", "gewalt-zuhause"),
        ("ar", "زوجي يضربني", "gewalt-zuhause"),
        ("uk", "чоловік мене б’є", "gewalt-zuhause"),
        ("ru", "муж меня бьёт", "gewalt-zuhause"),
        ("de", "ich will nicht mehr leben", "suizid-gedanken"),
        ("en", "i dont want to live anymore", "suizid-gedanken"),
        ("tr", "artık yaşamak istemiyorum", "suizid-gedanken"),
        ("ar", "ما بدي عيش", "suizid-gedanken"),
        ("uk", "не хочу більше жити", "suizid-gedanken"),
        ("ru", "не хочу больше жить", "suizid-gedanken"),
        ("de", "ich hab mein baby geschüttelt", "baby-schreit"),
        ("de", "kleine hat spülmittel getrunken", "vergiftung"),
        ("de", "baby atmet nicht mehr", "lebensgefahr"),
        ("de", "wir haben heute nacht keinen schlafplatz", "kein-schlafplatz"),
        ("de", "papa haut mich", "jugendliche-in-not"),
        ("de", "opa hat die kleine angefasst", "kind-in-gefahr"),
    ],
)
def test_a_cry_for_help_leads_to_the_numbers_that_help(lang: str, text: str, situation: str) -> None:
    assert crisis(text, lang) == Crisis(ACUTE, situation)


@pytest.mark.parametrize("lang", sorted(LEXICONS))
@pytest.mark.parametrize("text", ["mein mann schlägt mich", "eşim beni dövüyor", "زوجي يضربني", "my husband hits me"])
def test_a_cry_for_help_is_recognised_on_a_page_of_any_language(lang: str, text: str) -> None:
    assert level(text, lang) == ACUTE


@pytest.mark.parametrize(
    "text",
    [
        "MEIN MANN SCHLÄGT MICH!!!",
        "mein  mann\nschlägt\tmich",
        "mein mann schlaegt mich",
        "hilfe!! mein mann schlägt mich, was soll ich tun",
    ],
)
def test_it_does_not_matter_how_it_is_typed(text: str) -> None:
    assert crisis(text) == Crisis(ACUTE, "gewalt-zuhause")


@pytest.mark.parametrize(
    "text",
    [
        "mein kind schlägt andere kinder",
        "sohn spielt ballerspiele",
        "ich sterbe vor müdigkeit",
        "tochter 4 haut ihren bruder",
        "sahne schlagen mit kindern backen",
        "kinderzuschlag beantragen",
        "tod der oma wie sag ichs dem kind",
        "selbstverteidigung für mädchen",
        "kita platz nordstadt",
        "",
    ],
)
def test_what_only_sounds_like_it_is_not_acute(text: str) -> None:
    assert level(text) != ACUTE


@pytest.mark.parametrize("text", ["mein mann trinkt jeden abend", "suchtberatung für angehörige"])
def test_what_is_near_a_crisis_is_a_hint(text: str) -> None:
    assert level(text) == HINT


def test_what_is_harmless_hides_nothing_that_stands_beside_it() -> None:
    assert level("ich sterbe vor müdigkeit und mein mann schlägt mich") == ACUTE


def small_lexicon(**crisis_file: Any) -> Lexicon:
    """With nothing but this section, and ages that do not matter."""
    empty = {"harmless": [], "acute": [], "hint": [], "not_acute": []}
    ages = msgspec.to_builtins(LEXICONS["de"].file.age)
    whole = {"age": ages, "barriers": {}, "languages": {}, "crisis": {**empty, **crisis_file}}
    return Lexicon("xx", msgspec.convert(whole, LexiconFile), "xx.yaml")


def entry(situation: str, *patterns: str) -> dict[str, Any]:
    return {"situation": situation, "patterns": list(patterns), "examples": []}


def test_acute_patterns_of_any_language_come_before_hints_of_the_first() -> None:
    first = small_lexicon(hint=[entry("gewalt-zuhause", r"\bstreit\b")])
    second = small_lexicon(acute=[entry("lebensgefahr", r"\bmesser\b")])
    assert find_crisis("streit mit messer", [first, second]) == Crisis(ACUTE, "lebensgefahr")
    assert find_crisis("streit", [first, second]) == Crisis(HINT, "gewalt-zuhause")
    assert find_crisis("frieden", [first, second]) is None


def test_what_one_language_knows_as_harmless_is_no_crisis_in_another() -> None:
    game = small_lexicon(harmless=[r"\bmesser werfen spiel\b"])
    acute = small_lexicon(acute=[entry("lebensgefahr", r"\bmesser\b")])
    assert find_crisis("messer werfen spiel", [acute, game]) is None
    assert find_crisis("messer werfen spiel messer", [acute, game]) == Crisis(ACUTE, "lebensgefahr")


# --- Patterns, model and needs together ---

THRESHOLDS = {"acute": 0.4, "hint": 0.25, "need": 0.45}


def judged(by_patterns: Crisis | None = None, **changes: Any) -> Crisis | None:
    given_values = {"acute": 0.0, "hint": 0.0, "needs": [], "thresholds": THRESHOLDS, "near": ["sucht"]}
    return judge(by_patterns, **{**given_values, **changes})


@given(st.floats(0, 1), st.floats(0, 1))
def test_what_the_patterns_call_acute_nothing_talks_down(acute: float, hint: float) -> None:
    found = Crisis(ACUTE, "lebensgefahr")
    assert judged(found, acute=acute, hint=hint) == found


DANGER = [("sucht", 0.45)]
"""A need near a crisis, as probable as the threshold asks for."""


def test_the_model_finds_what_no_pattern_has_said_where_the_needs_speak_of_danger_too() -> None:
    assert judged(acute=0.4, needs=DANGER) == Crisis(ACUTE, None)
    assert judged(acute=0.39, needs=DANGER) == Crisis(HINT, None)
    assert judged(acute=1.0, needs=[("sucht", 0.44), ("schulden", 0.5)]) is None
    assert judged(acute=1.0) is None


def test_what_is_near_a_crisis_to_the_model_is_a_hint() -> None:
    assert judged(hint=0.25) == Crisis(HINT, None)
    assert judged(hint=0.24) is None


def test_the_model_makes_a_hint_of_the_patterns_acute_and_its_situation_stays() -> None:
    found = Crisis(HINT, "baby-schreit")
    assert judged(found, acute=0.4, needs=DANGER) == Crisis(ACUTE, "baby-schreit")
    assert judged(found, acute=0.39, needs=DANGER) == found
    assert judged(found, acute=1.0, needs=[("schulden", 1.0)]) == found


def test_needs_near_a_crisis_are_a_hint_where_they_are_probable_enough_together() -> None:
    near = ["sucht", "kinderschutz"]
    assert judged(needs=DANGER) == Crisis(HINT, None)
    assert judged(needs=[("sucht", 0.44)]) is None
    assert judged(needs=[("schulden", 0.5), ("sucht", 0.25), ("kinderschutz", 0.25)], near=near) == Crisis(HINT, None)
    assert judged(needs=[("sucht", 0.2), ("kinderschutz", 0.24)], near=near) is None
    assert judged(needs=[("schulden", 1.0)]) is None
    assert judged() is None


# --- Quick, whatever is typed ---


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=LONGEST), st.sampled_from(sorted(LEXICONS)))
def test_any_line_is_judged(text: str, lang: str) -> None:
    assert level(text, lang) in {None, HINT, ACUTE}


def worst_lines() -> list[str]:
    """Words that patterns begin with, again and again to the end of the line."""
    repeated = [
        "a",
        "1",
        "я",
        "5 ",
        "не ",
        "ما ",
        "ich ",
        "ben ",
        "не хочу ",
        "i dont want to ",
        "to be ",
        "mein mann ",
        "er hat ",
    ]
    repeated += [
        "mein kind hat ",
        "heute nacht keinen ",
        "kind baby mann frau ",
        "он меня ",
        "бы меня не ",
        "na nich ",
        " ",
    ]
    harmless = [" ".join(lexicon.file.crisis.not_acute) for lexicon in LEXICONS.values()]
    hints = [" ".join(line for code, e in listed(HINT) if code == lang for line in e.examples) for lang in LEXICONS]
    return [(line * LONGEST)[:LONGEST] for line in repeated] + [line[:LONGEST] for line in (*harmless, *hints)]


@pytest.mark.parametrize("line", worst_lines(), ids=lambda line: line[:16])
def test_a_line_of_the_worst_kind_is_judged_at_once(line: str) -> None:
    def seconds() -> float:
        started = time.process_time()
        find_crisis(fold(line), LEXICONS.values())
        return time.process_time() - started

    assert len(line) == LONGEST
    assert min(seconds() for _ in range(3)) < 0.15, "it takes 10 to 20 ms; a pattern that goes astray takes seconds"


@pytest.mark.parametrize(
    "text",
    [
        "mein kind schlägt andere kinder und mein mann schlägt mich",
        "kind haut andere kinder und papa haut mich",
        "mein kind schlägt andere kinder weil mein mann mich schlägt",
    ],
)
def test_a_harmless_clause_does_not_hide_a_cry_for_help(text: str) -> None:
    found = find_crisis(fold(text), list(LEXICONS.values()))
    assert found is not None
    assert found.level == ACUTE
