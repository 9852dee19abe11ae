"""A search text as one opaque word: the same for equal texts, unreadable, and only for a week."""

from __future__ import annotations

import base64
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.sealing import BadTokenError, ExpiredTokenError
from portal.search.tokens import KEEP_DAYS, MAX_CHARACTERS, MAX_WITHOUT, SearchTokens
from tests.conftest import TODAY

TOKENS = SearchTokens(b"k" * 40)
NOTHING: frozenset[str] = frozenset()
"""Taken away."""
days = st.dates(date(2026, 1, 1), date(2040, 12, 31))
findings = st.frozensets(
    st.sampled_from(["age", "pregnant", "district"])
    | st.from_regex(r"(need|barrier|language):[a-z_-]{1,50}", fullmatch=True),
    max_size=MAX_WITHOUT,
)
"""Keys of what was understood, as a reader takes them away."""


def raw(token: str) -> bytes:
    return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))


def word(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


# --- There and back ---


@given(st.text(max_size=MAX_CHARACTERS), days)
@example("", TODAY)
@example("\x00\r\n", TODAY)
@example("😀" * MAX_CHARACTERS, TODAY)
@example("Wo finde ich eine Kita für mein Kind? روضة", TODAY)
def test_any_text_comes_back_as_it_was_but_for_null_bytes(text: str, day: date) -> None:
    assert TOKENS.open(TOKENS.seal(text, day), day) == (text.replace("\0", " "), NOTHING)


@given(st.text(max_size=MAX_CHARACTERS), days)
def test_a_token_can_stand_in_an_address(text: str, day: date) -> None:
    token = TOKENS.seal(text, day)
    assert token.isascii()
    assert token.replace("-", "").replace("_", "").isalnum()
    assert len(token) < 1500, "no longer than any browser and proxy can carry"


def test_a_long_text_is_cut_at_the_limit() -> None:
    token = TOKENS.seal("ä" * 5000, TODAY)
    assert TOKENS.open(token, TODAY) == ("ä" * MAX_CHARACTERS, NOTHING)


def test_half_a_character_does_no_harm() -> None:
    assert TOKENS.open(TOKENS.seal("a\ud800b", TODAY), TODAY) == ("a?b", NOTHING)


@given(st.text(max_size=MAX_CHARACTERS), findings)
@example("schwimmkurs 4 jahre", frozenset({"age"}))
@example("a\0age", NOTHING)
@example("", frozenset({"age", "need:schwimmkurs"}))
def test_what_was_taken_away_comes_back_with_the_text(text: str, without: frozenset[str]) -> None:
    assert TOKENS.open(TOKENS.seal(text, TODAY, without), TODAY) == (text.replace("\0", " "), without)


@given(st.text(max_size=MAX_CHARACTERS))
def test_no_text_takes_anything_away_by_itself(text: str) -> None:
    assert TOKENS.open(TOKENS.seal(f"{text}\0age\0district", TODAY), TODAY)[1] == NOTHING


def test_of_too_many_findings_the_first_are_kept() -> None:
    many = [f"need:{number:03}" for number in range(100)]
    assert TOKENS.open(TOKENS.seal("kita", TODAY, reversed(many)), TODAY) == ("kita", frozenset(many[:12]))
    assert MAX_WITHOUT == 12


@given(st.text(max_size=MAX_CHARACTERS), st.frozensets(st.sampled_from([f"need:{'x' * 54}{n}" for n in range(20)])))
@example("😀" * MAX_CHARACTERS, frozenset(f"need:{'x' * 54}{n}" for n in range(20)))
def test_the_longest_token_opens_again(text: str, without: frozenset[str]) -> None:
    token = TOKENS.seal(text, TODAY, without)
    assert len(token) < 2500
    assert TOKENS.open(token, TODAY) == (text.replace("\0", " "), frozenset(sorted(without)[:MAX_WITHOUT]))


# --- Equal texts share an address ---


@given(st.text(max_size=50), st.text(max_size=50))
@example("a\0b", "a b")
def test_equal_texts_of_a_day_have_equal_tokens_and_others_have_not(one: str, other: str) -> None:
    again = SearchTokens(b"k" * 40)
    assert TOKENS.seal(one, TODAY) == again.seal(one, TODAY)
    assert (TOKENS.seal(one, TODAY) == again.seal(other, TODAY)) == (one.replace("\0", " ") == other.replace("\0", " "))


@given(st.text(max_size=50), findings, findings)
def test_with_something_taken_away_it_is_another_address(text: str, one: frozenset[str], other: frozenset[str]) -> None:
    assert (TOKENS.seal(text, TODAY, one) == TOKENS.seal(text, TODAY, other)) == (one == other)


@given(st.lists(st.sampled_from(["age", "district", "need:a", "need:b"]), max_size=8))
def test_it_does_not_matter_in_which_order_things_were_taken_away(without: list[str]) -> None:
    assert TOKENS.seal("kita", TODAY, without) == TOKENS.seal("kita", TODAY, sorted(set(without), reverse=True))


def test_the_next_day_has_another_token() -> None:
    assert TOKENS.seal("kita", TODAY) != TOKENS.seal("kita", TODAY + timedelta(1))


# --- Nothing readable ---


@given(st.text(min_size=3, max_size=MAX_CHARACTERS))
@example("mein mann schlägt mich")
@example("a" * MAX_CHARACTERS)
def test_nothing_of_the_text_or_the_day_is_readable(text: str) -> None:
    sealed = raw(TOKENS.seal(text, TODAY))
    assert len(sealed) == 16 + 3 + len(text.encode()), "a tag and the encrypted day and text, nothing else"
    assert TODAY.toordinal().to_bytes(3, "big") + text.encode() not in sealed
    assert text.encode() not in sealed
    assert text.encode()[::-1] not in sealed


def test_nothing_of_what_was_taken_away_is_readable() -> None:
    sealed = raw(TOKENS.seal("kita", TODAY, ["need:haeusliche_gewalt"]))
    assert b"need" not in sealed
    assert b"haeusliche_gewalt" not in sealed
    assert len(sealed) == 16 + 3 + len(b"kita\0need:haeusliche_gewalt")


def test_texts_that_begin_alike_do_not_show_it() -> None:
    one, other = raw(TOKENS.seal("a" * 100 + "x", TODAY)), raw(TOKENS.seal("a" * 100 + "y", TODAY))
    equal = sum(a == b for a, b in zip(one, other, strict=True))
    assert equal < 10, "of 120 bytes, only what is equal by chance"


# --- Only for a week ---


@pytest.mark.parametrize("age", range(-1, KEEP_DAYS + 1))
def test_a_token_works_for_a_week(age: int) -> None:
    assert TOKENS.open(TOKENS.seal("kita", TODAY), TODAY + timedelta(age)) == ("kita", NOTHING)


@pytest.mark.parametrize("age", [-400, -2, KEEP_DAYS + 1, 30, 36_500])
def test_a_token_expires(age: int) -> None:
    token = TOKENS.seal("kita", TODAY)
    with pytest.raises(ExpiredTokenError):
        TOKENS.open(token, TODAY + timedelta(age))


def test_tokens_are_kept_for_seven_days() -> None:
    assert KEEP_DAYS == 7


# --- Forged ---


@given(st.text(max_size=60), st.data())
def test_a_token_with_one_bit_changed_is_refused(text: str, data: st.DataObject) -> None:
    sealed = bytearray(raw(TOKENS.seal(text, TODAY)))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit >> 3] ^= 1 << (bit & 7)
    with pytest.raises(BadTokenError):
        TOKENS.open(word(bytes(sealed)), TODAY)


@given(st.text(max_size=60), st.data())
def test_a_cut_token_is_refused(text: str, data: st.DataObject) -> None:
    token = TOKENS.seal(text, TODAY)
    length = data.draw(st.integers(0, len(token) - 1))
    with pytest.raises(BadTokenError):
        TOKENS.open(token[:length], TODAY)
    with pytest.raises(BadTokenError):
        TOKENS.open(token[len(token) - length :], TODAY)


@given(st.text(st.characters(exclude_categories=()), max_size=200) | st.text("abcXYZ019-_=", max_size=200))
@example("")
@example("=")
@example("A")
@example("A" * 1500)
@example("A" * 1_000_000)
@example("ü")
@example("\x00")
def test_any_other_text_is_refused_and_nothing_else_happens(token: str) -> None:
    with pytest.raises(BadTokenError):
        TOKENS.open(token, TODAY)


@given(st.text(max_size=60))
def test_a_token_of_another_installation_is_refused(text: str) -> None:
    with pytest.raises(BadTokenError):
        SearchTokens(b"j" * 40).open(TOKENS.seal(text, TODAY), TODAY)


@pytest.mark.parametrize("noise", ["!", " ", "\n", "%00", ".", "<!!>", "." * 400, "===="])
def test_a_token_with_something_in_between_is_refused(noise: str) -> None:
    """One text has one address: nothing can be hidden in a link that still works."""
    token = TOKENS.seal("kita", TODAY)
    with pytest.raises(BadTokenError):
        TOKENS.open(token[:7] + noise + token[7:], TODAY)
