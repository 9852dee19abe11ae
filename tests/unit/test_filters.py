"""What a family has chosen: from the address and back, and nothing that a stranger writes there does harm."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from portal.models.enums import LifePhase, LifeSituation
from portal.offers.filters import (
    AGE_CHOICES,
    MAX_FILTER_AGE,
    MAX_PAGE,
    Barrier,
    Filters,
    ParsedFilters,
    parse_filters,
    positions,
    printable,
)

NEEDS = ("kita_anmeldung", "schulden", "nachhilfe")
DISTRICTS = ("nordstadt", "westhafen", "hinterwiesen")
LANGUAGES = ("ar", "tr", "uk")
NAMES = ("age", "phase", "need", "district", "language", "situation", "barrier", "page")

anything = st.text(st.characters(exclude_categories=()), max_size=300)
"""Any text at all, lone surrogates too."""

some_filters = st.builds(
    Filters,
    age=st.none() | st.integers(0, MAX_FILTER_AGE),
    phase=st.none() | st.sampled_from(LifePhase),
    situations=st.lists(st.sampled_from(LifeSituation), unique=True).map(tuple),
    need=st.none() | st.sampled_from(NEEDS),
    district=st.none() | st.sampled_from(DISTRICTS),
    language=st.none() | st.sampled_from(LANGUAGES),
    barriers=st.lists(st.sampled_from(Barrier), unique=True).map(tuple),
)


def parse(*pairs: tuple[str, str]) -> ParsedFilters:
    return parse_filters(MultiDict(pairs), needs=NEEDS, districts=DISTRICTS, languages=LANGUAGES)


def in_order(filters: Filters) -> Filters:
    """The same choices, those of a group in the order of the domain."""
    return Filters(
        age=filters.age,
        phase=filters.phase,
        situations=tuple(item for item in LifeSituation if item in filters.situations),
        need=filters.need,
        district=filters.district,
        language=filters.language,
        barriers=tuple(item for item in Barrier if item in filters.barriers),
    )


# --- From the address and back ---


@given(some_filters)
def test_choices_survive_the_way_into_the_address_and_back(filters: Filters) -> None:
    assert parse(*filters.to_args()) == ParsedFilters(in_order(filters), 1, ())


@given(some_filters)
def test_equal_choices_give_the_same_address_whatever_their_order(filters: Filters) -> None:
    assert filters.to_args() == in_order(filters).to_args()
    shuffled = list(reversed(filters.to_args()))
    assert parse(*shuffled).filters.to_args() == filters.to_args()


@given(some_filters)
def test_taking_one_choice_away_leaves_all_others(filters: Filters) -> None:
    for name, value in filters.to_args():
        left = [pair for pair in filters.to_args() if pair != (name, value)]
        assert filters.without(name, value).to_args() == left


@given(some_filters)
def test_filters_are_true_when_something_is_chosen(filters: Filters) -> None:
    assert bool(filters) == bool(filters.to_args())


def test_the_address_is_written_in_words_and_has_no_empty_parameters() -> None:
    filters = Filters(
        age=0,
        phase=LifePhase.EARLY_YEARS,
        situations=(LifeSituation.HEALTH, LifeSituation.MATERIAL),
        need="schulden",
        barriers=(Barrier.REMOTE, Barrier.FREE),
    )
    assert filters.to_args() == [
        ("age", "0"),
        ("phase", "fruehe_jahre"),
        ("need", "schulden"),
        ("situation", "materiell"),
        ("situation", "gesundheitlich"),
        ("barrier", "kostenlos"),
        ("barrier", "telefon-online"),
    ]
    assert filters.to_args(age=None, situations=(), need="nachhilfe", barriers=()) == [
        ("phase", "fruehe_jahre"),
        ("need", "nachhilfe"),
    ]
    assert Filters().to_args() == []


def test_every_age_on_offer_can_be_chosen() -> None:
    assert [parse(("age", str(age))).filters.age for age in AGE_CHOICES] == list(AGE_CHOICES)
    assert AGE_CHOICES[:6] == (0, 6, 12, 18, 24, 36)
    assert max(AGE_CHOICES) == MAX_FILTER_AGE == 252


# --- What is not known ---


@pytest.mark.parametrize("age", ["-1", "253", "036", "3.5", "1e1", "３６", "٣٦", "²", "+36", "0x24", "9" * 5000])
def test_what_is_no_age_is_left_out_and_named(age: str) -> None:
    assert parse(("age", age)) == ParsedFilters(Filters(), 1, (printable(age),))


@pytest.mark.parametrize("name", ["phase", "need", "district", "language", "situation", "barrier"])
def test_an_unknown_value_is_left_out_and_named_and_the_others_stay(name: str) -> None:
    parsed = parse(("age", "36"), (name, "gibt es nicht"))
    assert parsed == ParsedFilters(Filters(age=36), 1, ("gibt es nicht",))


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_value_is_no_choice_and_not_worth_a_word(name: str) -> None:
    assert parse((name, "")) == ParsedFilters(Filters(), 1, ())


def test_of_two_choices_where_one_is_possible_the_first_counts() -> None:
    parsed = parse(("need", "schulden"), ("need", "nachhilfe"), ("need", "schulden"))
    assert parsed == ParsedFilters(Filters(need="schulden"), 1, ("nachhilfe",))


def test_the_same_choice_twice_is_one_choice() -> None:
    pairs = [("barrier", "kostenlos"), ("barrier", "ohne-deutsch"), ("barrier", "kostenlos")]
    assert parse(*pairs) == ParsedFilters(Filters(barriers=(Barrier.FREE, Barrier.NO_GERMAN)), 1, ())


def test_of_much_nonsense_only_a_little_is_repeated() -> None:
    parsed = parse(*[("need", f"nix {number}") for number in range(1000)])
    assert parsed == ParsedFilters(Filters(), 1, ("nix 0", "nix 1", "nix 2", "nix 3", "nix 4"))


@pytest.mark.parametrize(
    ("page", "read"),
    [("1", 1), ("7", 7), ("10000", MAX_PAGE), ("10001", MAX_PAGE), ("99999", MAX_PAGE), ("0", 1), ("", 1)],
)
def test_a_page_is_read_within_its_limits(page: str, read: int) -> None:
    assert parse(("page", page)).page == read


@pytest.mark.parametrize("page", ["-1", "1e9", "2.0", "２", "²", " 2", "9" * 400, "eins", "\x00"])
def test_what_is_no_page_leads_to_the_first(page: str) -> None:
    assert parse(("page", page)).page == 1


@given(st.lists(st.tuples(st.sampled_from(NAMES) | anything, anything), max_size=40))
@settings(max_examples=200)
def test_no_address_is_an_error(pairs: list[tuple[str, str]]) -> None:
    parsed = parse(*pairs)
    assert parsed.filters.age is None or 0 <= parsed.filters.age <= MAX_FILTER_AGE
    assert parsed.filters.need in {None, *NEEDS}
    assert parsed.filters.district in {None, *DISTRICTS}
    assert parsed.filters.language in {None, *LANGUAGES}
    assert 1 <= parsed.page <= MAX_PAGE
    assert len(parsed.ignored) <= 5
    assert [ascii(printable(text)) for text in parsed.ignored] == [ascii(text) for text in parsed.ignored]
    assert parse(*parsed.filters.to_args()) == ParsedFilters(in_order(parsed.filters), 1, ())


# --- A stranger's text, shown ---


@given(anything, st.integers(2, 80))
@example("\u202eabc\u202c\u2066x\u2069", 40)
@example("a" * 40 + "b", 40)
def test_a_strangers_text_is_one_short_line_without_hidden_characters(text: str, limit: int) -> None:
    shown = printable(text, limit)
    assert len(shown) <= limit
    # In ASCII: what is compared here may be what no terminal can print.
    assert ascii(shown) == ascii(" ".join(shown.split()))
    assert [ascii(char) for char in shown if unicodedata.category(char).startswith(("C", "Zl", "Zp"))] == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Kita", "Kita"),
        ("  Kita \t\r\n Platz ", "Kita Platz"),
        ("a\x00b\x1b[31mc\x7fd", "a b [31mc d"),
        ("\u202e\u202d\u2066atlantis\u2069\u202c", "atlantis"),
        ("a\u200fb\u200ec\u061cd", "a b c d"),
        ("links\u2028rechts\u2029", "links rechts"),
        ("\u200b\ufeff", ""),
        ("\ud800", ""),
        ("<b>", "<b>"),
        ("مدرسة 😀", "مدرسة 😀"),
        ("x" * 40, "x" * 40),
        ("x" * 41, "x" * 39 + "…"),
        ("x" * 38 + " yz", "x" * 38 + "…"),
        ("x" * 1_000_000, "x" * 39 + "…"),
    ],
)
def test_a_strangers_text_is_shown_like_this(text: str, shown: str) -> None:
    assert ascii(printable(text)) == ascii(shown)


# --- Bits to places ---


@given(st.lists(st.integers(0, 1 << 70), max_size=5), st.integers(0, 300), st.integers(0, 50))
@example([0, 0], 0, 3)
@example([0b1011, 0b100], 3, 20)
@example([1 << 5000, 1], 1, 1)
def test_places_are_those_that_plain_counting_finds(masks: list[int], start: int, count: int) -> None:
    all_places = [place for mask in masks for place in range(mask.bit_length()) if mask >> place & 1]
    assert positions(masks, start, count) == all_places[start : start + count]


def test_places_of_one_mask_after_the_other() -> None:
    assert positions([0b101000, 0b10, 0, 0b1], 0, 10) == [3, 5, 1, 0]
    assert positions([0b101000, 0b10, 0, 0b1], 1, 2) == [5, 1]
    assert positions([], 0, 10) == []
