"""What changed between two texts, and whether it is only a small correction."""

from __future__ import annotations

import random
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.translating.outdated import is_small, what_changed
from portal.translating.worddiff import Kind, Piece, diff_words


def joined(pieces: list[Piece], kind: Kind) -> str:
    return "".join(piece.text for piece in pieces if piece.kind in {Kind.EQUAL, kind})


words = st.lists(st.sampled_from(["der ", "Treff", " ", "\n", "ist", ". ", "um", "10", "Uhr", "für"]), max_size=40).map(
    "".join
)


@given(words | st.text(max_size=80), words | st.text(max_size=80))
def test_the_pieces_are_both_texts_to_the_last_character(old: str, new: str) -> None:
    pieces = diff_words(old, new)
    assert joined(pieces, Kind.INSERT) == new
    assert joined(pieces, Kind.DELETE) == old
    assert all(piece.text for piece in pieces)
    kinds = [piece.kind for piece in pieces]
    assert all(one != other for one, other in pairwise(kinds))
    assert (Kind.INSERT, Kind.DELETE) not in set(pairwise(kinds))


def test_a_changed_word_is_one_deletion_and_one_insertion() -> None:
    assert diff_words("Montags um 10 Uhr.", "Montags um 11 Uhr.") == [
        Piece(Kind.EQUAL, "Montags um "),
        Piece(Kind.DELETE, "10 "),
        Piece(Kind.INSERT, "11 "),
        Piece(Kind.EQUAL, "Uhr."),
    ]


def test_a_new_sentence_is_one_insertion() -> None:
    assert what_changed("Komm vorbei. Bis bald!", "Komm vorbei. Ruf gern an. Bis bald!") == [
        Piece(Kind.EQUAL, "Komm vorbei. "),
        Piece(Kind.INSERT, "Ruf gern an. "),
        Piece(Kind.EQUAL, "Bis bald!"),
    ]


def test_little_words_that_two_sentences_happen_to_share_do_not_cut_the_change_into_crumbs() -> None:
    assert diff_words("Heute malen die Kinder am Tisch.", "Morgen kochen die Eltern am Herd.") == [
        Piece(Kind.DELETE, "Heute malen die Kinder am Tisch"),
        Piece(Kind.INSERT, "Morgen kochen die Eltern am Herd"),
        Piece(Kind.EQUAL, "."),
    ]


def test_equal_texts_are_one_piece_and_empty_ones_none() -> None:
    assert diff_words("a b", "a b") == [Piece(Kind.EQUAL, "a b")]
    assert diff_words("", "") == []


def long_text(seed: int, length: int = 20_000, stop: str = ". ") -> list[str]:
    rng = random.Random(seed)
    return [f"wort{int(rng.paretovariate(1.1))}{stop if number % 12 == 11 else ' '}" for number in range(length)]


def test_twenty_thousand_words_with_changes_everywhere_take_less_than_three_seconds() -> None:
    old = long_text(1)
    new = list(old)
    for number in range(0, len(new), 97):
        new[number] = "neu "
    start = time.perf_counter()
    pieces = diff_words("".join(old), "".join(new))
    assert time.perf_counter() - start < 3
    assert joined(pieces, Kind.INSERT) == "".join(new)
    assert joined(pieces, Kind.DELETE) == "".join(old)
    # Word by word within the sentences: most of the text is equal.
    assert sum(len(piece.text) for piece in pieces if piece.kind is Kind.EQUAL) > 0.9 * len("".join(old))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a " * 20_000, "b " + "a " * 19_999 + "c"),
        ("a b " * 10_000, "b a " * 10_000 + "x"),
        ("a a b " * 7_000, "a b b " * 7_000),
        ("a b " * 20_000, "b a " * 20_000 + "x"),
        ("x " + "a. b! " * 50_000 + "x", "y " + "b? a. " * 50_000 + "y"),
        ("".join(long_text(2)), "".join(long_text(3))),
        ("".join(long_text(4, stop=" ")), "".join(long_text(5, stop=" "))),
        ("x" * 5_000_000, "y" * 5_000_000),
        ("." * 100_000, "!" * 100_000),
    ],
)
def test_hostile_texts_cost_no_more(old: str, new: str) -> None:
    start = time.perf_counter()
    pieces = diff_words(old, new)
    assert time.perf_counter() - start < 3
    assert joined(pieces, Kind.INSERT) == new
    assert joined(pieces, Kind.DELETE) == old


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Komm vorbei, wir sind da", "Komm vorbei: Wir sind da."),
        ("Ein  Treff\nfür Eltern", "Ein Treff für Eltern"),
        ("Die Beratug ist kostenlos.", "Die Beratung ist kostenlos."),
        ("Wir helfen in der Strasse", "Wir helfen in der Straße"),
        ("Termien gibt es am Montag", "Termine gibt es am Montag"),
        ("eltern-Café", "Eltern-Café"),
        ("Ruf an: 030 23125 200", "Ruf an: 030 23125 200."),
        ("gleich", "gleich"),
    ],
)
def test_punctuation_space_and_one_misspelt_word_are_a_small_correction(old: str, new: str) -> None:
    assert is_small(old, new) is True


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Es kostet keine Gebühr", "Es kostet eine Gebühr"),
        ("Das ist deine Sache", "Das ist seine Sache"),
        ("Bring kleine Kinder mit", "Bring keine Kinder mit"),
        ("Um 10 Uhr", "Um 11 Uhr"),
        ("Für 0-3 Jahre", "Für 0 3 Jahre"),
        ("Es kostet 12,50 Euro", "Es kostet 1250 Euro"),
        ("Am Montag", "Am Sonntag"),
        ("Im Juni", "Im Juli"),
        ("Ruf an", "Ruf nicht an"),
        ("Schreib an a@x.example", "Schreib an b@x.example"),
        ("Ruf an", ""),
        ("Die Beratug ist kostenfri", "Die Beratung ist kostenfrei"),
        ("Bis 5 % Rabatt", "Bis 5 Rabatt"),
    ],
)
def test_what_changes_the_meaning_is_not_small(old: str, new: str) -> None:
    assert is_small(old, new) is False
