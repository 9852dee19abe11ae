"""Merkzettel without a server: ids in an address, codes that can be read out, pages that carry a list on."""

from __future__ import annotations

import math

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal.i18n import LANGUAGES
from portal.referrals import codes
from portal.referrals.carrying import Carrier
from portal.referrals.codes import ALPHABET, LENGTH, new_code, read_code, shown, spelled
from portal.referrals.opening import MISSES, MISSES_PER_ADDRESS, MISSES_PER_NETWORK
from portal.referrals.queries import letters
from portal.referrals.shortlist import MOST, join_ids, parse_ids

codes_of_ours = st.text(ALPHABET, min_size=LENGTH, max_size=LENGTH)
ids = st.lists(st.integers(1, 2**31 - 1), unique=True, max_size=MOST)

# --- ids --------------------------------------------------------------------------------------------------------------


@given(ids)
def test_what_is_written_into_an_address_is_read_from_it(numbers: list[int]) -> None:
    assert parse_ids(join_ids(numbers)) == tuple(numbers)


@given(st.text(max_size=500))
def test_whatever_stands_in_an_address_there_are_at_most_thirty_different_ids(text: str) -> None:
    found = parse_ids(text)
    assert len(found) == len(set(found)) <= MOST
    assert all(0 < number < 2**31 for number in found)
    assert parse_ids(join_ids(found)) == found


def test_the_31st_offer_and_what_is_no_number_are_left_out() -> None:
    assert parse_ids(join_ids(range(1, 40))) == tuple(range(1, 31))
    assert parse_ids("3.x.-4..3.٣.0.5") == (3, 5)
    assert parse_ids("") == ()


# --- codes ------------------------------------------------------------------------------------------------------------


def test_no_code_has_a_vowel_or_two_signs_that_look_alike() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET) == 22
    assert not set(ALPHABET) & set("AEIOUY")
    for alike in ("B8", "S5", "Z2", "G6", "O0QD", "1IL7", "UV"):
        assert sum(sign in ALPHABET for sign in alike) == 1, alike


def test_new_codes_have_six_signs_and_none_comes_twice() -> None:
    made = [new_code() for _number in range(200)]
    assert all(read_code(code) == code for code in made)
    assert len(set(made)) == 200


@given(codes_of_ours, st.sampled_from([" ", "-", ".", "  "]), st.booleans())
def test_a_code_may_be_typed_in_small_letters_and_with_gaps(code: str, gap: str, small: bool) -> None:
    typed = f" {code[:3]}{gap}{code[3:]} "
    assert read_code(typed.lower() if small else typed) == code


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("BSZGOO", "8526DD"),
        ("bszg0q", "8526DD"),
        ("uvc 234", "VVC234"),
        ("2O0 QDD", "2DDDDD"),
        (shown("234CDF"), "234CDF"),
    ],
)
def test_a_sign_of_no_code_is_taken_for_the_one_that_looks_like_it(typed: str, code: str) -> None:
    assert read_code(typed) == code


@pytest.mark.parametrize(
    "typed", ["", "234CD", "234CDFH", "1I L234", "l34cdf", "234CD€", "２３４CDF", "ß34CDF", "2" * 10_000]
)
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert read_code(typed) is None


@given(st.text(max_size=80))
def test_whatever_is_typed_becomes_a_code_or_none(typed: str) -> None:
    found = read_code(typed)
    assert found is None or (len(found) == LENGTH and set(found) <= set(ALPHABET))


def test_a_code_is_shown_in_two_groups_and_spelled_for_screen_readers() -> None:
    assert shown("234CDF") == "234 CDF"
    assert spelled("234CDF") == "2, 3, 4, C, D, F"


def test_the_figures_of_the_docstring_are_right() -> None:
    """10,000 lists alive, two workers, 30 days."""
    text, many = " ".join((codes.__doc__ or "").split()), len(ALPHABET) ** LENGTH
    assert f"{many:,} codes, {math.log2(many):.1f} bits" in text
    assert f"one try in {round(many / 10_000):,} is a hit" in text
    one, hundred = MISSES_PER_ADDRESS * 2 * 30, 160 * 2 * 30
    assert hundred == (MISSES + 100) * 2 * 30, "60, and then one from each of the hundred, for each worker"
    network = MISSES_PER_NETWORK * 2 * 30
    for tries, chance in ((one, "5 %"), (hundred, "57 %"), (network, "80 %")):
        hit = 1 - (1 - 10_000 / many) ** tries
        assert f"{tries:,} tries" in text
        assert f"{round(hit * 100)} %" == chance
        assert chance in text
    assert f"one of {round(many / hundred, -2):,.0f} cases" in text


def test_letters_are_sorted_as_people_do() -> None:
    assert sorted(["Zoo", "Ärzte", "apfel", "Öl", "Oma"], key=letters) == ["apfel", "Ärzte", "Öl", "Oma", "Zoo"]


# --- the link that grows ----------------------------------------------------------------------------------------------


@pytest.fixture
def carrier() -> Carrier:
    return Carrier((12, 45), ["de", "ar"])


@pytest.mark.parametrize(
    ("address", "carried"),
    [
        ("/de/", "/de/?m=12.45"),
        ("/de/angebote", "/de/angebote?m=12.45"),
        ("/ar/angebote?age=36&page=2#results", "/ar/angebote?age=36&page=2&m=12.45#results"),
        ("/verwaltung/fachkraft/suche", "/verwaltung/fachkraft/suche?m=12.45"),
        # These are nobody's pages that could show it.
        ("/verwaltung/angebote", "/verwaltung/angebote"),
        ("/static/abc/site.css", "/static/abc/site.css"),
        ("/fr/angebote", "/fr/angebote"),
        ("/devil/angebote", "/devil/angebote"),
        ("/bilder/a.webp", "/bilder/a.webp"),
        ("//de.example/de/", "//de.example/de/"),
        ("https://a.example/de/", "https://a.example/de/"),
        ("tel:+4930", "tel:+4930"),
        ("#inhalt", "#inhalt"),
        # Not twice.
        ("/de/merkzettel?m=3", "/de/merkzettel?m=3"),
        ("/de/merkzettel/blatt?sprache=ar&m=3", "/de/merkzettel/blatt?sprache=ar&m=3"),
    ],
)
def test_only_our_own_pages_get_the_list_and_only_once(carrier: Carrier, address: str, carried: str) -> None:
    assert carrier.address(address) == carried
    assert carrier.address(carried) == carried


def test_links_forms_and_the_number_of_a_page_get_the_list(app: Flask, carrier: Carrier) -> None:
    page = (
        '<link rel="alternate" href="/de/angebote"><img src="/de/x"><a class="chip" href="/de/angebote?a=1&amp;b=2">x</a>'
        '<a data-alone href="/de/merkzettel">leer</a><form action="/de/suche" method="post"></form>'
        '<form action="https://a.example/"></form><form method="get"></form><span class="n" data-count hidden></span>'
        '<a href="/de/"title="x" data-href="/de/b">y</a>'
    )
    hidden = '<input type="hidden" name="m" value="12.45">'
    assert carrier.page(page) == (
        '<link rel="alternate" href="/de/angebote"><img src="/de/x"><a class="chip" '
        'href="/de/angebote?a=1&amp;b=2&amp;m=12.45">x</a>'
        f'<a data-alone href="/de/merkzettel">leer</a><form action="/de/suche" method="post">{hidden}</form>'
        f'<form action="https://a.example/"></form><form method="get">{hidden}</form><span class="n" data-count>2</span>'
        '<a href="/de/?m=12.45"title="x" data-href="/de/b">y</a>'
    )


def test_merken_becomes_the_list_with_one_more_and_says_so_where_it_is_on_it(carrier: Carrier) -> None:
    link = (
        '<a class="merken" rel="nofollow" href="/de/merkzettel?m={}" data-keep="{}"><svg></svg><span>{}</span>'
        '<span class="sr-only">: A</span></a>'
    )
    page = link.format(7, 7, "Merken") + link.format(45, 45, "Merken")
    assert carrier.page(page) == link.format("12.45.7", 7, "Merken") + link.format("12.45", 45, "Gemerkt")


@given(st.text(max_size=200))
def test_a_page_without_a_tag_of_ours_is_left_as_it_is(text: str) -> None:
    carrier = Carrier((1,), list(LANGUAGES))
    if not any(word in text for word in ("<a", "<form", "<span")):
        assert carrier.page(text) == text
