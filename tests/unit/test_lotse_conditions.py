"""What flow files may ask: each operator, what is sure and what is only possible, and what nobody knows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.lotse.answers import Child, Month, Value
from portal.lotse.conditions import ConditionError, holds, walk
from portal.lotse.load import conditions_of
from tests.small_flow import real_lotse, scope_of

TWO = Child("", 24, 35)
"""A child of "2 Jahre": anything from 24 to 35 months."""
UNBORN = Child("", -9, -1)


@pytest.mark.parametrize(
    ("condition", "answers", "true"),
    [
        ({"chosen": ["stand", "nichts", "platz"]}, {"stand": "platz"}, True),
        ({"chosen": ["stand", "nichts"]}, {"stand": "platz"}, False),
        ({"chosen": ["stand", "nichts"]}, {}, False),
        ({"chosen": ["wunsch", "nah"]}, {"wunsch": ("frueh", "nah")}, True),
        ({"chosen": ["wunsch", "nah"]}, {"wunsch": ("frueh",)}, False),
        ({"chosen": ["geld", "ja"]}, {"geld": "ja"}, True),
        # An age is no option, whatever it is called.
        ({"chosen": ["kind", ""]}, {"kind": TWO}, False),
        ({"known": "stand"}, {"stand": "nichts"}, True),
        ({"known": "stand"}, {"stand": None}, False),
        ({"unknown": "stand"}, {"stand": None}, True),
        ({"unknown": "stand"}, {}, True),
        ({"unknown": "stand"}, {"stand": "nichts"}, False),
        ({"age": {"of": "kind", "from": 24}}, {"kind": TWO}, True),
        ({"age": {"of": "kind", "from": 25}}, {"kind": TWO}, False),
        ({"age": {"of": "kind", "below": 36}}, {"kind": TWO}, True),
        ({"age": {"of": "kind", "below": 35}}, {"kind": TWO}, False),
        ({"age": {"of": "kind", "from": 24, "below": 36}}, {"kind": TWO}, True),
        ({"age": {"of": "kind"}}, {"kind": TWO}, True),
        ({"age": {"of": "kind", "below": 0}}, {"kind": UNBORN}, True),
        ({"age": {"of": "kind", "below": 12}}, {"kind": None}, False),
        ({"age_possible": {"of": "kind", "from": 35}}, {"kind": TWO}, True),
        ({"age_possible": {"of": "kind", "from": 36}}, {"kind": TWO}, False),
        ({"age_possible": {"of": "kind", "below": 25}}, {"kind": TWO}, True),
        ({"age_possible": {"of": "kind", "below": 24}}, {"kind": TWO}, False),
        ({"age_possible": {"of": "kind", "from": 30, "below": 31}}, {"kind": TWO}, True),
        ({"age_possible": {"of": "kind", "from": 0}}, {"kind": None}, False),
        # In August 2027, nine months from now, the child is 33 to 44 months old.
        ({"age": {"of": "kind", "from": 33, "at": "start"}}, {"kind": TWO, "start": Month(2027, 8)}, True),
        ({"age": {"of": "kind", "from": 34, "at": "start"}}, {"kind": TWO, "start": Month(2027, 8)}, False),
        ({"age_possible": {"of": "kind", "from": 44, "at": "start"}}, {"kind": TWO, "start": Month(2027, 8)}, True),
        ({"age_possible": {"of": "kind", "from": 45, "at": "start"}}, {"kind": TWO, "start": Month(2027, 8)}, False),
        ({"age": {"of": "kind", "from": 0, "at": "start"}}, {"kind": TWO, "start": None}, False),
        # The only child of a list is "the child"; of two nobody can say which is meant.
        ({"age": {"of": "kinder", "from": 24}}, {"kinder": (TWO,)}, True),
        ({"age": {"of": "kinder", "from": 24}}, {"kinder": (TWO, TWO)}, False),
        ({"goes_to": ["kinder", "kita", "schule"]}, {"kinder": (Child("kita", 24, 35),)}, True),
        ({"goes_to": ["kinder", "schule"]}, {"kinder": (Child("kita", 24, 35),)}, False),
        ({"goes_to": ["kind", "unknown"]}, {"kind": TWO}, True),
        ({"any_child": {"of": "kinder", "is": {"age": {"of": "child", "below": 36}}}}, {"kinder": (TWO, UNBORN)}, True),
        ({"any_child": {"of": "kinder", "is": {"age": {"of": "child", "from": 36}}}}, {"kinder": (TWO,)}, False),
        ({"any_child": {"of": "kinder", "is": {"all": []}}}, {"kinder": None}, False),
        ({"children": {"of": "kinder", "from": 2}}, {"kinder": (TWO, TWO)}, True),
        ({"children": {"of": "kinder", "from": 3}}, {"kinder": (TWO, TWO)}, False),
        ({"children": {"of": "kinder", "below": 2}}, {"kinder": (TWO, TWO)}, False),
        ({"children": {"of": "kinder", "below": 2}}, {"kinder": None}, False),
        ({"months_until": {"of": "start", "from": 9, "below": 10}}, {"start": Month(2027, 8)}, True),
        ({"months_until": {"of": "start", "below": 9}}, {"start": Month(2027, 8)}, False),
        ({"months_until": {"of": "start", "below": 0}}, {"start": Month(2026, 10)}, True),
        ({"months_until": {"of": "start", "from": 0}}, {"start": None}, False),
        ({"land": ["NW", "BY"]}, {}, True),
        ({"land": ["BY"]}, {}, False),
        ({"since": "2026-11-21"}, {}, True),
        ({"since": "2026-11-22"}, {}, False),
        ({"all": []}, {}, True),
        ({"any": []}, {}, False),
        ({"all": [{"land": ["NW"]}, {"land": ["BY"]}]}, {}, False),
        ({"any": [{"land": ["NW"]}, {"land": ["BY"]}]}, {}, True),
        ({"not": {"land": ["BY"]}}, {}, True),
        # Not knowing is not "no": who did not say does not have "not chosen" either, as a rule reads it.
        ({"not": {"chosen": ["stand", "nichts"]}}, {"stand": None}, True),
    ],
)
def test_each_operator_says_what_it_means(condition: dict[str, Any], answers: dict[str, Value], true: bool) -> None:
    assert holds(condition, scope_of(**answers)) is true


def test_no_condition_is_always_true() -> None:
    assert holds(None, scope_of()) is True


def test_a_name_stands_for_its_condition() -> None:
    scope = scope_of(named={"hier": {"land": ["NW"]}, "nicht_hier": {"not": {"named": "hier"}}})
    assert (holds({"named": "hier"}, scope), holds({"named": "nicht_hier"}, scope)) == (True, False)


def test_in_a_rule_for_each_child_it_is_that_child() -> None:
    scope = scope_of(kinder=(Child("kita", 24, 35), Child("schule", 84, 95)))
    schule = {"goes_to": ["child", "schule"]}
    assert [holds(schule, scope.with_child(child)) for child in scope.answers["kinder"]] == [False, True]
    assert holds(schule, scope) is False


def test_without_a_land_no_land_is_meant() -> None:
    assert holds({"land": ["NW"]}, scope_of(land=None)) is False


@given(
    low=st.integers(-9, 300),
    length=st.integers(0, 24),
    limits=st.fixed_dictionaries({}, optional={"from": st.integers(-9, 330), "below": st.integers(-9, 330)}),
)
def test_sure_is_where_every_month_fits_and_possible_where_one_does(
    low: int, length: int, limits: dict[str, int]
) -> None:
    scope = scope_of(kind=Child("", low, low + length))
    fits = [
        month >= limits.get("from", month) and month < limits.get("below", month + 1)
        for month in range(low, low + length + 1)
    ]
    assert holds({"age": {"of": "kind", **limits}}, scope) is all(fits)
    # A span that is asked for and has no month in it is possible for nobody.
    if limits.get("from", -10) < limits.get("below", 400):
        assert holds({"age_possible": {"of": "kind", **limits}}, scope) is any(fits)


@pytest.mark.parametrize(
    "nonsense",
    [
        {},
        {"land": ["NW"], "since": "2026-01-01"},
        {"older": 3},
        ["land"],
        "land",
        3,
        {"not": {"foo": 1}},
        {"all": ["x"]},
    ],
)
def test_what_is_no_condition_is_refused(nonsense: Any) -> None:
    with pytest.raises(ConditionError):
        holds(nonsense, scope_of())
    with pytest.raises(ConditionError):
        list(walk(nonsense))


def test_the_refusal_names_what_it_does_not_know() -> None:
    with pytest.raises(ConditionError, match="unknown operator 'older'"):
        holds({"older": 3}, scope_of())


def test_all_parts_of_a_condition_are_walked_through() -> None:
    condition = {
        "all": [
            {"named": "hier"},
            {"not": {"any": [{"known": "ort"}, {"any_child": {"of": "kinder", "is": {"goes_to": ["child", "kita"]}}}]}},
        ]
    }
    assert [name for name, _asked in walk(condition)] == [
        "all", "named", "not", "any", "known", "any_child", "goes_to",
    ]  # fmt: skip
    assert list(walk(None)) == []


@pytest.mark.parametrize("flow", real_lotse().flows)
def test_every_condition_of_every_flow_can_be_asked_when_nothing_is_known(flow: str) -> None:
    file = real_lotse().flows[flow]
    scope = scope_of(as_of=date(2026, 11, 21), named=file.conditions)
    assert {type(holds(condition, scope)) for _where, condition in conditions_of(file)} == {bool}
