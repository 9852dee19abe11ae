"""All answers so far in one word: they come back as they were, and nobody else's word is taken for one."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.lotse.answers import MAX_CHILDREN
from portal.lotse.state import KEEP_DAYS, LotseTokens, State
from portal.sealing import BadTokenError, ExpiredTokenError, Seal
from tests.small_flow import real_lotse

DAY = date(2026, 11, 21)
SECRET = b"s" * 40
TOKENS = LotseTokens(SECRET)

texts = st.text(max_size=20)
states = st.builds(
    State,
    flow=texts,
    version=st.integers(0, 1000),
    answers=st.dictionaries(texts, texts | st.lists(texts, max_size=5), max_size=12),
    at=texts,
    wishes=st.lists(texts, max_size=3).map(tuple),
    crisis=texts,
)


@given(state=states)
def test_a_state_comes_back_as_it_was(state: State) -> None:
    assert TOKENS.open(TOKENS.seal(state, DAY), DAY) == (state, DAY + timedelta(KEEP_DAYS))


@given(answers=st.dictionaries(texts, texts, max_size=5))
def test_the_order_of_answers_makes_no_other_word(answers: dict[str, str]) -> None:
    turned = dict(reversed(list(answers.items())))
    assert TOKENS.seal(State("but", 1, answers), DAY) == TOKENS.seal(State("but", 1, turned), DAY)


def test_it_can_be_opened_for_thirty_days() -> None:
    token = TOKENS.seal(State("but", 1, {}), DAY)
    assert TOKENS.open(token, DAY + timedelta(30)) == (State("but", 1, {}), date(2026, 12, 21))
    with pytest.raises(ExpiredTokenError):
        TOKENS.open(token, DAY + timedelta(31))


@pytest.mark.parametrize(
    "inside",
    [
        b"",
        b"\xc1",
        msgspec.msgpack.encode([]),
        msgspec.msgpack.encode({"flow": "but"}),
        msgspec.msgpack.encode(["but", "1", {}]),
        msgspec.msgpack.encode(["but", 1, {"kind": 3}]),
        msgspec.msgpack.encode(["but", 1, {"kinder": [3]}]),
        msgspec.msgpack.encode(["but", 1, {"kinder": {"a": "b"}}]),
        msgspec.msgpack.encode(["but", 1, {f"frage_{number}": "?" for number in range(41)}]),
    ],
)
def test_a_word_with_another_shape_inside_is_refused(inside: bytes) -> None:
    """Of an older portal, for example: the seal is right, what is in it is not."""
    token = Seal(SECRET, "lotse answers", KEEP_DAYS).close(inside, DAY)
    with pytest.raises(BadTokenError):
        TOKENS.open(token, DAY)


def test_a_search_text_is_no_state() -> None:
    with pytest.raises(BadTokenError):
        TOKENS.open(Seal(SECRET, "search text", KEEP_DAYS).close(msgspec.msgpack.encode(["but", 1, {}]), DAY), DAY)


def test_the_longest_talk_there_can_be_fits_into_an_address() -> None:
    answers: dict[str, str | list[str]] = {}
    for flow in real_lotse().flows.values():
        for question in flow.questions:
            answers[question.id] = sorted(option.id for option in question.options) or "2027-12"
    answers["kinder"] = ["ausbildung:216:299"] * MAX_CHILDREN
    state = State(
        "beratung", 999, answers, "stadtteil", ("kostenlos", "ohne-anmeldung", "stufenlos"), "jugendliche-in-not"
    )
    assert TOKENS.open(TOKENS.seal(state, DAY), DAY)[0] == state


def test_an_answer_more_and_one_less_leave_the_others_alone() -> None:
    state = State("but", 1, {"kinder": [":12:23"]}, "kinder", ("kostenlos",), "?")
    more = state.with_answer("bedarf", ["ausflug"])
    assert more == State("but", 1, {"kinder": [":12:23"], "bedarf": ["ausflug"]}, "", ("kostenlos",), "?")
    assert more.without("kinder", at="kinder") == State(
        "but", 1, {"bedarf": ["ausflug"]}, "kinder", ("kostenlos",), "?"
    )
    assert state.answers == {"kinder": [":12:23"]}


# --- days that pass -----------------------------------------------------------------------------------------------


def test_a_child_gets_older_while_a_link_lies_in_a_drawer() -> None:
    told = State("baby", 1, {"kind": ":1:1", "kinder": ["kita:36:47"], "thema": ["geld"]}).on(date(2026, 11, 21))
    assert told.day == date(2026, 11, 21).toordinal()
    assert told.on(date(2026, 11, 30)).answers == told.answers, "the month is the same"
    later = told.on(date(2026, 12, 15))
    assert later.answers == {"kind": ":2:2", "kinder": ["kita:37:48"], "thema": ["geld"]}
    assert later.on(date(2027, 1, 3)).answers["kind"] == ":3:3", "opened twice, aged once"
    assert later.on(date(2026, 12, 15)) == later


def test_a_child_that_is_not_born_yet_is_told_by_the_month_of_its_birth() -> None:
    told = State("baby", 1, {"kind": ":-9:-1", "termin": "2027-03"}).on(date(2026, 11, 21))
    assert told.on(date(2026, 12, 15)).answers == told.answers


def test_nobody_gets_older_than_we_know() -> None:
    told = State("but", 1, {"kinder": ["schule:300:323"]}).on(date(2026, 11, 21))
    assert told.on(date(2027, 11, 21)).answers == {"kinder": ["schule:312:324"]}
