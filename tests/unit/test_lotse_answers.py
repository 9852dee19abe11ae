"""What counts as an answer: only what was offered; and what a token holds is read with the same care."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.lotse.answers import (
    LAST_MONTH,
    MAX_CHILDREN,
    AnswerError,
    Child,
    Month,
    Raw,
    check_offered,
    month_of,
    offered_children,
    offered_months,
    options_of,
    read_value,
)
from portal.lotse.schema import Question
from tests.conftest import TODAY
from tests.small_flow import make_question

CHOICE = make_question(kind="choice", options=[{"id": "a"}, {"id": "b"}])
SEVERAL = make_question(kind="several", options=[{"id": "a"}, {"id": "b"}, {"id": "nichts", "alone": True}])
YES_NO = make_question(kind="yes_no")
AGE = make_question(kind="age", groups=[{"id": "kind", "years": [0, 2], "spans": [[-9, -1]]}])
CHILDREN = make_question(kind="children", groups=[{"id": "kita", "years": [3, 4]}, {"id": "schule", "years": [6, 6]}])
MONTH = make_question(kind="month", months=3)
DISTRICT = make_question(kind="district")
ALL = [CHOICE, SEVERAL, YES_NO, AGE, CHILDREN, MONTH, DISTRICT]


def check(question: Question, *sent: str, options: tuple[str, ...] | None = None) -> Raw:
    offered = [option.id for option in question.options] if options is None else options
    return check_offered(question, sent, options=offered, districts=["nordstadt"], as_of=TODAY)


@pytest.mark.parametrize("question", ALL, ids=lambda question: question.kind)
@pytest.mark.parametrize("raw", ["?", "-"])
def test_every_question_can_be_left_open(question: Question, raw: str) -> None:
    assert check(question, raw) == raw
    assert read_value(question, raw) is None


@pytest.mark.parametrize(
    ("question", "sent", "raw", "value"),
    [
        (CHOICE, ["a"], "a", "a"),
        (SEVERAL, ["b", "a", "b"], ["a", "b"], ("a", "b")),
        (SEVERAL, ["nichts"], ["nichts"], ("nichts",)),
        (YES_NO, ["ja"], "ja", "ja"),
        (AGE, [":12:23"], ":12:23", Child("", 12, 23)),
        (AGE, [":-9:-1"], ":-9:-1", Child("", -9, -1)),
        (CHILDREN, ["kita:36:47"], "kita:36:47", None),
        (MONTH, ["2026-11"], "2026-11", Month(2026, 11)),
        (MONTH, ["2027-01"], "2027-01", Month(2027, 1)),
        (DISTRICT, ["nordstadt"], "nordstadt", "nordstadt"),
        # What was left empty beside an answer does not count.
        (CHOICE, ["", "a"], "a", "a"),
    ],
)
def test_what_was_offered_is_an_answer(question: Question, sent: list[str], raw: Raw, value: Any) -> None:
    assert check(question, *sent) == raw
    if question is not CHILDREN:
        assert read_value(question, raw) == value


@pytest.mark.parametrize(
    ("question", "sent", "reason"),
    [
        *((question, [], "nothing") for question in ALL),
        *((question, ["", ""], "nothing") for question in ALL),
        (CHOICE, ["c"], "unknown_answer"),
        (CHOICE, ["A"], "unknown_answer"),
        (CHOICE, ["a" * 10_000], "unknown_answer"),
        (SEVERAL, ["a", "c"], "unknown_answer"),
        (SEVERAL, ["a", "?"], "unknown_answer"),
        (SEVERAL, ["a", "nichts"], "not_both"),
        (YES_NO, ["vielleicht"], "unknown_answer"),
        (AGE, [":-1:-1"], "age"),
        (AGE, [":0:35"], "age"),
        (AGE, ["kita:12:23"], "age"),
        (AGE, [":24:12"], "age"),
        (AGE, [":-10:-1"], "age"),
        (AGE, [":325:325"], "age"),
        (AGE, [":2400:2411"], "unknown_answer"),
        (AGE, ["200"], "unknown_answer"),
        (AGE, ["-1"], "unknown_answer"),
        (CHILDREN, ["kita:72:83"], "age"),
        (CHILDREN, ["arbeit:36:47"], "age"),
        (CHILDREN, [":36:47"], "age"),
        (CHILDREN, ["kita"], "unknown_answer"),
        (MONTH, ["2026-10"], "month"),
        (MONTH, ["2027-02"], "month"),
        (MONTH, ["2026-13"], "month"),
        (MONTH, ["2026-00"], "month"),
        (MONTH, ["0000-01"], "month"),
        (MONTH, ["morgen"], "month"),
        (DISTRICT, ["atlantis"], "unknown_answer"),
    ],
)
def test_what_was_not_offered_is_refused_with_a_reason(question: Question, sent: list[str], reason: str) -> None:
    with pytest.raises(AnswerError) as refused:
        check(question, *sent)
    assert refused.value.reason == reason


def test_an_option_that_cannot_be_chosen_now_is_refused() -> None:
    with pytest.raises(AnswerError, match="unknown_answer"):
        check(CHOICE, "b", options=("a",))
    with pytest.raises(AnswerError, match="unknown_answer"):
        check(SEVERAL, "a", "b", options=("a",))


@pytest.mark.parametrize(
    ("question", "raw", "reason"),
    [
        (CHOICE, "gone", "unknown_answer"),
        (CHOICE, ["a"], "unknown_answer"),
        (SEVERAL, "a", "unknown_answer"),
        (SEVERAL, [], "unknown_answer"),
        (SEVERAL, ["a", "gone"], "unknown_answer"),
        (YES_NO, "a", "unknown_answer"),
        (AGE, ":-1", "unknown_answer"),
        (AGE, [":12:23"], "unknown_answer"),
        (AGE, f":0:{LAST_MONTH + 1}", "age"),
        (CHILDREN, "kita:36:47", "unknown_answer"),
        (CHILDREN, [], "unknown_answer"),
        (CHILDREN, ["kita:36:47"] * (MAX_CHILDREN + 1), "unknown_answer"),
        (CHILDREN, ["kita:36:47", "?"], "unknown_answer"),
        # A group that this version of the flow does not have any more.
        (CHILDREN, ["hort:36:47"], "unknown_answer"),
        (MONTH, "2026-13", "month"),
        (DISTRICT, ["nordstadt"], "unknown_answer"),
    ],
)
def test_what_a_token_holds_is_refused_where_it_does_not_fit_any_more(
    question: Question, raw: Raw, reason: str
) -> None:
    with pytest.raises(AnswerError) as refused:
        read_value(question, raw)
    assert refused.value.reason == reason


def test_as_many_children_as_a_family_may_name_are_read() -> None:
    assert read_value(CHILDREN, ["kita:36:47"] * MAX_CHILDREN) == (Child("kita", 36, 47),) * MAX_CHILDREN


def test_a_child_whose_place_is_not_known_is_read() -> None:
    """So it comes from another flow, which asked for the age only."""
    assert read_value(CHILDREN, [":36:47"]) == (Child("", 36, 47),)


@pytest.mark.parametrize("question", ALL, ids=lambda question: question.kind)
@given(
    sent=st.lists(
        st.text(max_size=10) | st.sampled_from(["?", "a", "ja", ":12:23", "2026-11", "kita:36:47"]), max_size=4
    )
)
def test_whatever_a_stranger_sends_is_read_again_or_refused(question: Question, sent: list[str]) -> None:
    try:
        raw = check(question, *sent)
    except AnswerError as error:
        assert error.reason in {"nothing", "unknown_answer", "not_both", "age", "month"}
    else:
        read_value(question, [raw] if question is CHILDREN and raw not in {"?", "-"} else raw)  # type: ignore[list-item]


def test_ages_are_offered_by_group_from_young_to_old() -> None:
    assert offered_children(AGE) == {
        "kind": [Child("", -9, -1), Child("", 0, 11), Child("", 12, 23), Child("", 24, 35)],
    }
    assert offered_children(CHILDREN) == {
        "kita": [Child("kita", 36, 47), Child("kita", 48, 59)],
        "schule": [Child("schule", 72, 83)],
    }
    months = make_question(kind="age", groups=[{"id": "kind", "months": [0, 2]}])
    assert [child.key for child in offered_children(months)["kind"]] == [":0:0", ":1:1", ":2:2"]


def test_months_are_offered_from_this_one_on() -> None:
    assert offered_months(MONTH, TODAY) == [Month(2026, 11), Month(2026, 12), Month(2027, 1)]


@given(later=st.integers(-300, 300))
def test_a_month_later_and_how_many_months_that_is_are_the_same(later: int) -> None:
    month = month_of(TODAY, later)
    assert month.months_after(TODAY) == later
    assert 1 <= month.month <= 12


def test_only_options_are_options() -> None:
    assert options_of("ja") == {"ja"}
    assert options_of(("a", "b")) == {"a", "b"}
    assert options_of((Child("", 1, 2),)) == set()
    assert options_of(Month(2026, 1)) == options_of(None) == options_of(Child("", 1, 2)) == set()
