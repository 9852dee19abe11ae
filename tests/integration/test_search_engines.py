"""What every engine of the search promises, asked of both: words and filters find the fitting offers, whatever is typed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.integration.engines import (
    BABIES,
    CLOTHES,
    SPEECH,
    SWIMMING,
    TRIP,
    Setup,
    offer,
    question,
)

# --- words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "text", "first"),
    [
        ("de", "schwimmkurs", SWIMMING),
        ("de", "SCHWIMMKURS", SWIMMING),
        ("en", "swimming", SWIMMING),
        ("tr", "yüzme", SWIMMING),
        ("tr", "YUZME KURSU", SWIMMING),
        ("ar", "سباحه", SWIMMING),
        ("uk", "плавання", SWIMMING),
        ("ru", "плавание", SWIMMING),
        ("de", "logopadie", SPEECH),
        ("en", "speech", SPEECH),
        ("tr", "konuşma", SPEECH),
        ("ar", "النطق", SPEECH),
        ("uk", "логопед", SPEECH),
        ("de", "seepferdchen", SWIMMING),
        ("de", "badehose", CLOTHES),
        ("de", "wir brauchen einen zuschuss", TRIP),
    ],
)
def test_words_of_an_offer_find_it_in_every_language(filled: Setup, lang: str, text: str, first: int) -> None:
    assert filled.found(text, lang) == [first]


@pytest.mark.parametrize(
    ("lang", "text", "first"),
    [
        ("de", "schwimkurs", SWIMMING),
        ("de", "kleiderkamer", CLOTHES),
        ("de", "babymasage", BABIES),
        ("en", "swiming", SWIMMING),
        ("uk", "логопд", SPEECH),
    ],
)
def test_a_slip_of_the_finger_is_forgiven(filled: Setup, lang: str, text: str, first: int) -> None:
    assert filled.found(text, lang)[:1] == [first]


def test_one_of_several_words_is_enough(filled: Setup) -> None:
    assert set(filled.found("schwimmkurs logopädie kleiderkammer")) == {SWIMMING, SPEECH, CLOTHES}
    assert filled.found("meine oma sucht dringend eine kleiderkammer für den opa") == [CLOTHES]
    assert set(filled.found("конвалія логопед плавання", "uk")) == {SPEECH, SWIMMING}


def test_who_has_more_of_the_words_stands_first(empty: Setup) -> None:
    titles = {1: "Kita Sonnenschein", 2: "Kita Mondlicht", 3: "Musik in der Kita Mondlicht"}
    empty.rebuild([each for offer_id, title in titles.items() for each in offer(offer_id, {"de": title})])
    assert empty.found("musik kita mondlicht") == [3, 2, 1]


def test_a_compound_that_no_offer_has_is_found_by_its_parts(filled: Setup) -> None:
    assert filled.found("kinderschwimmkurs") == [SWIMMING]


def test_while_somebody_types_the_beginning_of_a_word_is_enough(filled: Setup) -> None:
    assert filled.found("kleiderk", typing=True) == [CLOTHES]
    assert filled.found("logop", typing=True) == [SPEECH]


@pytest.mark.parametrize("lang", ["en", "tr", "ar", "uk", "ru"])
def test_german_office_words_are_found_from_every_language(filled: Setup, lang: str) -> None:
    assert filled.found("kleiderkammer", lang) == [CLOTHES]


def test_a_german_question_does_not_look_into_other_languages(filled: Setup) -> None:
    assert filled.found("yüzme") == []
    assert filled.found("speech") == []


def test_an_offer_found_in_two_languages_is_there_once(empty: Setup) -> None:
    empty.rebuild(offer(7, {"de": "Kita Sonnenschein", "tr": "Kita Sonnenschein"}))
    assert empty.found("kita sonnenschein", "tr") == [7]


def test_the_title_counts_more_than_the_description(empty: Setup) -> None:
    in_description = offer(8, {"de": "Etwas anderes"}, description="Hier gibt es auch eine Theatergruppe.")
    empty.rebuild([*in_description, *offer(9, {"de": "Theatergruppe"})])
    hits = empty.engine.search(question("theatergruppe"))
    assert [hit.offer_id for hit in hits] == [9, 8]
    assert 0 < hits[1].score < hits[0].score <= 1


# --- filters ------------------------------------------------------------------------------------------------------

EVERYTHING = "familienangebot"
"""A word of every document."""


@pytest.mark.parametrize(
    ("choice", "left"),
    [
        ({}, {SWIMMING, SPEECH, CLOTHES, TRIP, BABIES}),
        ({"spans": ((0, 5),)}, {CLOTHES, TRIP, BABIES}),
        ({"spans": ((48, 59),)}, {SPEECH, CLOTHES, TRIP}),
        ({"spans": ((60, 71),)}, {SWIMMING, SPEECH, CLOTHES, TRIP}),
        ({"spans": ((6, 11), (108, 119))}, {SWIMMING, CLOTHES, TRIP, BABIES}),
        ({"spans": ((252, 263),)}, {CLOTHES, TRIP}),
        ({"needs": ("sportverein",)}, {SWIMMING}),
        ({"needs": ("sprachfoerderung", "tafel_kleidung")}, {SPEECH, CLOTHES}),
        ({"needs": ("gibt_es_nicht",)}, set()),
        ({"life_situations": ("gesundheit",)}, {SPEECH}),
        ({"life_situations": ("gesundheit", "freizeit")}, {SWIMMING, SPEECH}),
        ({"life_phase": "grundschule"}, {SWIMMING}),
        ({"district": "nordstadt"}, {SWIMMING, CLOTHES}),
        ({"district": "ostend"}, {SPEECH, CLOTHES}),
        ({"district": "kreis"}, {SWIMMING, SPEECH, CLOTHES}),
        ({"barriers": ("kostenlos",)}, {SWIMMING, CLOTHES}),
        ({"barriers": ("kostenlos", "stufenlos")}, {SWIMMING}),
        ({"languages": ("ru",)}, {SPEECH}),
        ({"languages": ("ru", "ar")}, {SPEECH, BABIES}),
        ({"district": "nordstadt", "barriers": ("kostenlos",), "spans": ((12, 17),)}, {CLOTHES}),
        ({"today": date(2026, 10, 31)}, {SWIMMING, SPEECH, CLOTHES, BABIES}),
        ({"today": date(2026, 11, 1)}, {SWIMMING, SPEECH, CLOTHES, TRIP, BABIES}),
        ({"today": date(2026, 11, 30)}, {SWIMMING, SPEECH, CLOTHES, TRIP, BABIES}),
        ({"today": date(2026, 12, 1)}, {SWIMMING, SPEECH, CLOTHES, BABIES}),
    ],
    ids=str,
)
def test_every_filter_leaves_what_fits(filled: Setup, choice: dict[str, Any], left: set[int]) -> None:
    assert set(filled.found(EVERYTHING, **choice)) == left


def test_no_more_offers_than_asked_for_and_each_once(empty: Setup) -> None:
    titles = {"de": "Krabbelgruppe", "en": "Krabbelgruppe"}
    empty.rebuild([each for offer_id in range(1, 41) for each in offer(offer_id, titles)])
    assert len(set(empty.found("krabbelgruppe", limit=7))) == 7
    assert len(empty.found("krabbelgruppe", "en", limit=7)) == 7
    assert sorted(empty.found("krabbelgruppe", "en", limit=100)) == list(range(1, 41))


def test_offers_out_of_date_take_no_place_from_the_others(empty: Setup) -> None:
    """The best by words may be over: what is on must still be among the first."""
    past = {"valid_to": date(2026, 1, 1).toordinal()}
    over = [each for offer_id in range(1, 11) for each in offer(offer_id, {"de": "Flohmarkt"}, **past)]
    empty.rebuild([*over, *offer(50, {"de": "Flohmarkt für Kindersachen im Gemeindehaus"})])
    assert empty.found("flohmarkt", limit=5) == [50]


# --- whatever is typed --------------------------------------------------------------------------------------------

HOSTILE = [
    '"',
    '""""',
    "*",
    "schwimmkurs*",
    '"schwimmkurs',
    "NEAR(schwimmkurs kinder, 2)",
    "schwimmkurs NOT kinder",
    "schwimmkurs AND",
    "title : schwimmkurs",
    "{title tags} : x",
    "tags : a",
    "^schwimmkurs",
    "-schwimmkurs",
    "schwimmkurs + kinder",
    "d:* OR n:x",
    "'; DROP TABLE document; --",
    '" OR 1=1 --',
    "%_\\",
    "lang = de OR 1 = 1",
    "x" * 10_000,
    "schwimmkurs " * 1_000,
    "😀😀😀 schwimmkurs 🏊",
    "schwimmkurs плавание سباحة yüzme",
    "\u202eschwimmkurs\u202c",
    "\u200fسباحة\u200e",
    "schwimm\x00kurs",
    "\x00",
    "\ud800",
    "１２３ schwimmkurs",
]


@pytest.mark.parametrize("lang", ["de", "ar"])
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:24]))
def test_whatever_is_typed_gets_an_ordinary_answer(filled: Setup, text: str, lang: str) -> None:
    for typing in (False, True):
        hits = filled.engine.search(question(text, lang, typing=typing))
        assert {hit.offer_id for hit in hits} <= {SWIMMING, SPEECH, CLOTHES, TRIP, BABIES}
        assert all(0 <= hit.score <= 1 for hit in hits)
    assert filled.found("schwimmkurs") == [SWIMMING], "and nothing was broken by it"


@pytest.mark.parametrize("text", ["", "   ", "?!", "…", "der die das und", "12", "x", "\u200f"], ids=ascii)
def test_a_question_without_a_word_finds_nothing(filled: Setup, text: str) -> None:
    assert filled.found(text) == []
    assert filled.found(text, "ar") == []
