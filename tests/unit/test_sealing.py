"""The opaque word in an address: who may open it, and until when."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.sealing import BadTokenError, ExpiredTokenError, Seal

DAY = date(2026, 11, 21)
SECRET = b"s" * 40
SEAL = Seal(SECRET, "a purpose", keep_days=30)
TOKEN = SEAL.close(b"what was said", DAY)


def test_what_was_closed_is_opened_with_the_day_on_which_it_was_made() -> None:
    assert SEAL.open(TOKEN, DAY) == (b"what was said", DAY)


@given(message=st.binary(max_size=500), later=st.integers(0, 30))
def test_every_message_comes_back_as_it_was(message: bytes, later: int) -> None:
    assert SEAL.open(SEAL.close(message, DAY), DAY + timedelta(later)) == (message, DAY)


def test_the_same_message_has_the_same_word_on_the_same_day_only() -> None:
    assert SEAL.close(b"what was said", DAY) == TOKEN
    assert SEAL.close(b"what was said", DAY + timedelta(1)) != TOKEN
    assert SEAL.close(b"what was said!", DAY) != TOKEN


def test_nothing_can_be_read_in_it() -> None:
    assert b"said" not in TOKEN.encode()
    assert TOKEN.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    "other", [Seal(SECRET, "another purpose", 30), Seal(b"t" * 40, "a purpose", 30)], ids=["purpose", "secret"]
)
def test_it_is_nothing_to_another_purpose_or_installation(other: Seal) -> None:
    with pytest.raises(BadTokenError):
        other.open(TOKEN, DAY)


@pytest.mark.parametrize("end", range(len(TOKEN)))
def test_a_cut_word_is_refused(end: int) -> None:
    with pytest.raises(BadTokenError):
        SEAL.open(TOKEN[:end], DAY)


@pytest.mark.parametrize("place", range(len(TOKEN) - 1))
def test_a_word_with_another_letter_is_refused(place: int) -> None:
    """But for its last letter: some of its bits stand for nothing."""
    forged = TOKEN[:place] + ("A" if TOKEN[place] != "A" else "B") + TOKEN[place + 1 :]
    with pytest.raises(BadTokenError):
        SEAL.open(forged, DAY)


@pytest.mark.parametrize(
    "token", ["", "A", "AAAA", "ä" * 40, "!" * 40, "A" * 2501, TOKEN + "A" * 4, " " + TOKEN, "=" * 8]
)
def test_nonsense_is_refused(token: str) -> None:
    with pytest.raises(BadTokenError):
        SEAL.open(token, DAY)


@given(token=st.text(max_size=120))
def test_no_text_whatever_is_taken_for_a_word_of_ours(token: str) -> None:
    with pytest.raises(BadTokenError):
        SEAL.open(token, DAY)


@pytest.mark.parametrize("later", [-1, 0, 1, 30])
def test_it_works_from_the_day_before_to_the_last_day(later: int) -> None:
    """The day before: two servers may not agree on midnight."""
    assert SEAL.open(TOKEN, DAY + timedelta(later)) == (b"what was said", DAY)


@pytest.mark.parametrize("later", [-2, 31, 3650])
def test_before_and_after_it_has_expired(later: int) -> None:
    with pytest.raises(ExpiredTokenError):
        SEAL.open(TOKEN, DAY + timedelta(later))
