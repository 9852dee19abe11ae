"""How well the search understands families, in figures: 479 lines that were written apart from what the model learns from.

`pytest tests/integration/test_search_quality.py -rP` prints the table; `python tools/bench/search_quality.py` does it for
both engines. A line fails no test by itself: what counts is how many are right, and the floors below hold that.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields
from typing import Any

import pytest
from flask import Flask

from portal import paths
from portal.content.load import read_needs
from portal.content.utterances import read_lines as read_training_lines
from portal.i18n import LANGUAGES
from portal.models import MAX_AGE_MONTHS
from portal.offers.filters import Barrier
from portal.search.text import fold, words
from tools.bench import search_quality
from tools.bench.search_quality import ALL, Answer, Line, Row


@dataclass(frozen=True)
class Least:
    """What must at least be reached; the names are those of the figures."""

    hit1: float
    hit3: float
    acute_found: float
    ages_right: float


@dataclass(frozen=True)
class Most:
    """What may at most happen."""

    false_alarms: int
    outside_age: int


# Measured on the demo Kommune with the embedded engine, minus two to three points. A language other than German has 64
# lines, seven of them of somebody in danger: one line more or less is 1.6 points of a hit and 14 of a danger that was seen,
# so the floor of danger is what was measured, and a ceiling is mostly one line above it.
# Who makes the search better raises the floor; nobody lowers one without a reason in the commit.
FLOORS = {
    ALL: Least(hit1=0.90, hit3=0.94, acute_found=0.86, ages_right=0.90),
    "de": Least(hit1=0.93, hit3=0.94, acute_found=0.90, ages_right=0.88),
    "en": Least(hit1=0.86, hit3=0.90, acute_found=1.0, ages_right=0.97),
    "tr": Least(hit1=0.97, hit3=0.97, acute_found=0.85, ages_right=0.94),
    "ar": Least(hit1=0.89, hit3=0.94, acute_found=0.71, ages_right=0.89),
    "uk": Least(hit1=0.84, hit3=0.89, acute_found=1.0, ages_right=0.97),
    "ru": Least(hit1=0.86, hit3=0.89, acute_found=1.0, ages_right=0.74),
}
STYLE_FLOORS = {
    "keywords": 0.95,
    "question": 0.95,
    "story": 0.90,
    "typo": 0.90,
    "official": 0.97,
    "word": 0.97,
}
"""Of each way to write, how many lines must have a right offer among the first three."""
CEILINGS = {
    ALL: Most(false_alarms=4, outside_age=3),
    "de": Most(false_alarms=3, outside_age=1),
    "en": Most(false_alarms=1, outside_age=1),
    "tr": Most(false_alarms=1, outside_age=1),
    "ar": Most(false_alarms=1, outside_age=2),
    "uk": Most(false_alarms=1, outside_age=1),
    "ru": Most(false_alarms=1, outside_age=2),
}
"""Lines that alarm though nobody is in danger, and lines with an offer for another age among the first five."""


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    return search_quality.read_lines()


@pytest.fixture(scope="module")
def answers(app: Flask, lines: list[Line]) -> list[Answer]:
    return search_quality.ask_all(app.test_client(), lines)


@pytest.fixture(scope="module")
def rows(answers: list[Answer]) -> dict[tuple[str, str], Row]:
    return {(row.lang, row.style): row for row in search_quality.rows(answers, "embedded")}


def said(answers: list[Answer]) -> str:
    """The lines behind a figure, for whoever has to mend it."""
    return "\n".join(
        f"  {a.line.lang} {a.line.q!r}: {', '.join(need['code'] for need in a.understood['needs']) or 'no need'}; "
        f"age {a.age}; crisis {a.understood['crisis']}; outside the age: {', '.join(a.outside_age) or 'none'}"
        for a in answers
    )


# --- what the search promises -------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", FLOORS)
@pytest.mark.parametrize("figure", [field.name for field in fields(Least)])
def test_lines_are_understood_as_often_as_was_reached_before(
    rows: dict[tuple[str, str], Row], answers: list[Answer], lang: str, figure: str
) -> None:
    least, reached = getattr(FLOORS[lang], figure), getattr(rows[lang, ALL], figure)
    missed = [a for a in answers if lang in (ALL, a.line.lang) and _wrong(a, figure)]
    assert reached >= least, f"{figure} is {reached:.3f}; not right:\n{said(missed)}"


@pytest.mark.parametrize("style", STYLE_FLOORS)
def test_every_way_to_write_is_understood(rows: dict[tuple[str, str], Row], answers: list[Answer], style: str) -> None:
    reached = rows[ALL, style].hit3
    missed = [a for a in answers if a.line.style == style and _wrong(a, "hit3")]
    assert reached is not None
    assert reached >= STYLE_FLOORS[style], f"hit3 is {reached:.3f}; not right:\n{said(missed)}"


def _wrong(answer: Answer, figure: str) -> bool:
    line = answer.line
    if figure == "acute_found":
        return line.crisis == "acute" and not answer.acute
    if figure == "ages_right":
        return line.age_months is not None and answer.age != line.age_months
    last = {"hit1": 1, "hit3": 3}[figure]
    return bool(line.needs) and (answer.rank is None or answer.rank > last)


@pytest.mark.parametrize("lang", CEILINGS)
def test_harmless_lines_alarm_nobody_but_these_few(
    rows: dict[tuple[str, str], Row], answers: list[Answer], lang: str
) -> None:
    alarms = [a for a in answers if lang in (ALL, a.line.lang) and a.acute and a.line.crisis != "acute"]
    count = rows[lang, ALL].false_alarms
    assert count == len(alarms)
    assert count <= CEILINGS[lang].false_alarms, said(alarms)


@pytest.mark.parametrize("lang", CEILINGS)
def test_the_first_offers_take_a_child_of_the_age_that_was_said(
    rows: dict[tuple[str, str], Row], answers: list[Answer], lang: str
) -> None:
    outside = [a for a in answers if lang in (ALL, a.line.lang) and a.outside_age]
    count = rows[lang, ALL].outside_age
    assert count == len(outside)
    assert count <= CEILINGS[lang].outside_age, said(outside)


def test_an_age_that_was_understood_is_never_passed_over_in_silence(answers: list[Answer]) -> None:
    told = [a for a in answers if a.age == a.line.age_months and not _says_so(a)]
    assert {a.line.q: a.outside_age for a in told if a.outside_age} == {}


def _says_so(answer: Answer) -> bool:
    """The page tells the family that these offers are for another age, or that nothing was found but people."""
    return "age" in answer.understood["loosened"] or answer.understood["fallback"]


def test_nobody_is_left_without_a_result(answers: list[Answer]) -> None:
    assert [answer.line.q for answer in answers if not answer.results] == []


def test_who_is_in_danger_is_never_told_that_nothing_was_found(answers: list[Answer]) -> None:
    assert [a.line.q for a in answers if a.line.crisis == "acute" and a.understood["fallback"]] == []


def test_the_table_can_be_read(rows: dict[tuple[str, str], Row]) -> None:
    table = search_quality.table([row for row in rows.values() if ALL in (row.lang, row.style)])
    print("\n".join(table))
    assert len(table) == 2 + 1 + len(LANGUAGES) + len(STYLE_FLOORS)
    assert {line.count("|") for line in table} == {15}


# --- the set of lines ---------------------------------------------------------------------------------------------


def test_the_set_has_so_many_lines_of_each_language_and_style(lines: list[Line]) -> None:
    assert Counter(line.lang for line in lines) == {"de": 159, "en": 64, "tr": 64, "ar": 64, "uk": 64, "ru": 64}
    by_style = {"keywords": 82, "question": 82, "story": 82, "typo": 82, "official": 76, "word": 75}
    assert Counter(line.style for line in lines) == by_style
    assert {line.lang for line in lines} == set(LANGUAGES)
    assert set(FLOORS) == set(CEILINGS) == {ALL, *LANGUAGES}
    assert set(STYLE_FLOORS) == set(by_style)


def test_the_set_has_so_many_lines_of_danger_in_each_language(lines: list[Line]) -> None:
    assert Counter(line.crisis for line in lines) == {"none": 401, "acute": 50, "hint": 28}
    acute = Counter(line.lang for line in lines if line.crisis == "acute")
    assert acute == {"de": 15, "en": 7, "tr": 7, "ar": 7, "uk": 7, "ru": 7}
    assert [line.q for line in lines if line.crisis != "none" and not line.needs] == []


def test_every_need_is_asked_for_four_times_and_once_in_german(lines: list[Line]) -> None:
    known = {need.code for need in read_needs(paths.CONTENT / "needs")}
    asked = Counter(code for line in lines for code in line.needs)
    assert set(asked) == known
    assert [code for code, times in asked.items() if times < 4] == []
    assert {code for line in lines if line.lang == "de" for code in line.needs} == known


def test_no_line_stands_twice_and_each_can_be_asked(lines: list[Line]) -> None:
    texts = Counter(fold(line.q) for line in lines)
    assert [text for text, times in texts.items() if times > 1] == []
    assert [line.q for line in lines if not line.q.strip() or len(line.q) > 200] == []


def test_ages_districts_and_wishes_of_the_set_exist(app: Flask, lines: list[Line]) -> None:
    slugs = {line.district for line in lines if line.district}
    with app.test_request_context():
        from portal.offers.context import catalogue

        assert slugs <= set(catalogue().districts)
    assert {value for line in lines for value in line.barriers} <= {barrier.value for barrier in Barrier}
    ages = [line.age_months for line in lines if line.age_months]
    assert len(ages) == 165
    assert [age for age in ages if not 0 <= age[0] <= age[1] <= MAX_AGE_MONTHS] == []


def test_the_model_has_not_learned_the_lines_by_heart(lines: list[Line]) -> None:
    """Short ones are bound to stand in both: there is one word for a Frauenhaus."""
    training = read_training_lines(paths.CONTENT, paths.SEARCH)
    learned = [*training.acute, *training.hint, *training.harmless]
    for source in (training.needs, training.words):
        learned += [line for by_lang in source.values() for some in by_lang.values() for line in some]
    known = {_bare(line) for line in learned}
    assert [line.q for line in lines if len(words(line.q)) > 3 and _bare(line.q) in known] == []
    assert sum(_bare(line.q) in known for line in lines) <= 75
    longer = {text for text in known if text.count(" ") >= 3}
    parts = [text for line in lines for text in _runs_of_words(_bare(line.q)) if text in longer]
    assert len(parts) <= 5, parts


def _runs_of_words(text: str) -> set[str]:
    """Every part of a text that begins and ends with a whole word."""
    found = text.split()
    return {" ".join(found[begin:end]) for begin in range(len(found)) for end in range(begin + 1, len(found) + 1)}


def _bare(text: str) -> str:
    return " ".join(words(fold(text)))


# --- the figures --------------------------------------------------------------------------------------------------


def answer(line: dict[str, Any], *results: dict[str, Any], **understood: Any) -> Answer:
    facts = {"lang": "de", "style": "word", "q": "x", "needs": ["a"], "crisis": "none", **line}
    blank = {"crisis": None, "age_months_min": None, "age_months_max": None}
    return Answer(Line(**facts), {**blank, **understood}, list(results))


def result(*needs: str, low: int | None = None, high: int | None = None) -> dict[str, Any]:
    return {"slug": "-".join(needs), "needs": list(needs), "min_age_months": low, "max_age_months": high}


def test_figures_are_shares_of_the_lines_that_can_be_right() -> None:
    found = search_quality.row(
        [
            answer({}, result("b", "a")),
            answer({"needs": ["a", "c"]}, result("b"), result("b"), result("c")),
            answer({}, *[result("b")] * 3, result("a")),
            answer({}),
            answer({"needs": []}, result("a"), crisis="acute"),
            answer({"crisis": "acute"}, result("a"), crisis="acute"),
            answer({"crisis": "acute"}, result("a"), crisis="hint"),
            answer({"crisis": "hint"}, result("a"), crisis="acute"),
        ]
    )
    assert (found.lines, found.empty) == (8, 1)
    assert (found.hit1, found.hit3) == (4 / 7, 5 / 7)
    assert found.mrr == pytest.approx((4 + 1 / 3 + 1 / 4) / 7)
    assert (found.acute_found, found.false_alarms, found.hint_seen) == (0.5, 2, 1.0)


def test_ages_of_results_are_compared_with_the_age_that_was_said() -> None:
    three = {"age_months": (36, 47)}
    right = {"age_months_min": 36, "age_months_max": 47}
    takes = [result("a"), result("a", low=47), result("a", high=36), result("a", low=0, high=300)]
    found = search_quality.row(
        [
            answer(three, *takes, **right),
            answer(three, *takes, result("a", low=48)),
            answer(three, result("a", high=35), **right),
            answer(three, *takes, result("a"), result("a", low=48), **right),
            answer({}, result("a", low=48), **right),
        ]
    )
    assert (found.outside_age, found.ages_right, found.ages_invented) == (2, 0.75, 1)


def test_a_figure_without_lines_is_no_number() -> None:
    found = search_quality.row([answer({"needs": []}, result("a"))])
    assert (found.hit1, found.hit3, found.mrr, found.acute_found, found.ages_right) == (None,) * 5
