"""A search text as one opaque word: the same for equal texts, unreadable, and only for a week."""

from __future__ import annotations

import base64
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.search.tokens import KEEP_DAYS, MAX_CHARACTERS, BadTokenError, ExpiredTokenError, SearchTokens
from tests.conftest import TODAY

TOKENS = SearchTokens(b"k" * 40)
days = st.dates(date(2026, 1, 1), date(2040, 12, 31))


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
def test_any_text_comes_back_as_it_was(text: str, day: date) -> None:
    assert TOKENS.open(TOKENS.seal(text, day), day) == text


@given(st.text(max_size=MAX_CHARACTERS), days)
def test_a_token_can_stand_in_an_address(text: str, day: date) -> None:
    token = TOKENS.seal(text, day)
    assert token.isascii()
    assert token.replace("-", "").replace("_", "").isalnum()
    assert len(token) < 1500, "no longer than any browser and proxy can carry"


def test_a_long_text_is_cut_at_the_limit() -> None:
    token = TOKENS.seal("ä" * 5000, TODAY)
    assert TOKENS.open(token, TODAY) == "ä" * MAX_CHARACTERS


def test_half_a_character_does_no_harm() -> None:
    assert TOKENS.open(TOKENS.seal("a\ud800b", TODAY), TODAY) == "a?b"


# --- Equal texts share an address ---


@given(st.text(max_size=50), st.text(max_size=50))
def test_equal_texts_of_a_day_have_equal_tokens_and_others_have_not(one: str, other: str) -> None:
    again = SearchTokens(b"k" * 40)
    assert TOKENS.seal(one, TODAY) == again.seal(one, TODAY)
    assert (TOKENS.seal(one, TODAY) == again.seal(other, TODAY)) == (one == other)


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


def test_texts_that_begin_alike_do_not_show_it() -> None:
    one, other = raw(TOKENS.seal("a" * 100 + "x", TODAY)), raw(TOKENS.seal("a" * 100 + "y", TODAY))
    equal = sum(a == b for a, b in zip(one, other, strict=True))
    assert equal < 10, "of 120 bytes, only what is equal by chance"


# --- Only for a week ---


@pytest.mark.parametrize("age", range(-1, KEEP_DAYS + 1))
def test_a_token_works_for_a_week(age: int) -> None:
    assert TOKENS.open(TOKENS.seal("kita", TODAY), TODAY + timedelta(age)) == "kita"


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
