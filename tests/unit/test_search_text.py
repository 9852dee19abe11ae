"""What a search compares: one spelling for what keyboards, countries and hurried people spell differently."""

from __future__ import annotations

import time
import unicodedata
from zlib import crc32

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portal.search.features import MAX_WORDS, features, plain
from portal.search.script import latin
from portal.search.text import fold, words

anything = st.text(st.characters(exclude_categories=()), max_size=300)
"""Any text at all, lone surrogates too."""

SIX_SCRIPTS = st.text("aßäİıIŞğ ёйїґЄЇэщ أإآىةؤئءـًٱکی٣۳۰ '’ʼ\u200f\x00\t½ﬁǅ😀-,.", max_size=200)
"""Of the letters that folding has an opinion on, often several in a row."""


# --- Folding ---


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Kita für Größere", "kita fur grossere"),
        ("STRASSE Straße", "strasse strasse"),
        ("ÄÖÜ äöü", "aou aou"),
        ("A\u0308rger", "arger"),
        ("Café CRÈME naïve", "cafe creme naive"),
        ("Łódź Đorđe smørrebrød Ærø", "lodz dorde smorrebrod aero"),
        ("Çocuğum için YÜZME kursu şart", "cocugum icin yuzme kursu sart"),
        ("IŞIK Işık ışık İŞ iş", "isik isik isik is is"),
        ("Ребёнок ЁЛКА", "ребенок елка"),
        ("Київ їжак, Ґанок і Йосип", "київ їжак, ганок і йосип"),
        ("Мой май", "мой май"),
        ("أريد إلى آخر ٱلبيت", "اريد الي اخر البيت"),
        ("روضة مدرسة", "روضه مدرسه"),
        ("مستشفى", "مستشفي"),
        ("مسؤول رئيس", "مسوول رييس"),
        ("مَدْرَسَةٌ", "مدرسه"),
        ("مـــدرسة", "مدرسه"),
        ("شيء جزء", "شي جز"),
        ("کودک فارسی", "كودك فارسي"),
    ],
)
def test_letters_with_marks_become_plain_ones_in_all_six_languages(typed: str, folded: str) -> None:
    assert fold(typed) == folded


def test_the_four_letters_i_of_turkish_are_one() -> None:
    assert {fold(letter) for letter in ("i", "ı", "I", "İ", "i\u0307")} == {"i"}


@pytest.mark.parametrize(("letter", "other"), [("й", "и"), ("ї", "і"), ("Й", "И"), ("Ї", "І")])
def test_ukrainian_and_russian_letters_that_only_look_marked_stay_apart(letter: str, other: str) -> None:
    assert fold(letter) == letter.lower()
    assert fold(other) == other.lower()


@pytest.mark.parametrize("two", ["й", "ї", "Й", "Ї"])
def test_a_letter_of_two_characters_is_the_same_letter(two: str) -> None:
    assert fold(unicodedata.normalize("NFD", two)) == fold(two)


@pytest.mark.parametrize("apostrophe", ["'", "’", "ʼ", "`", "´", "＇"])
def test_an_apostrophe_does_not_divide_a_word(apostrophe: str) -> None:
    assert words(fold(f"п{apostrophe}ять Nordstadt{apostrophe}ta")) == ["пять", "nordstadtta"]


@pytest.mark.parametrize(
    "digits",
    ["0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९", "０１２３４５６７８９", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"],
)
def test_digits_of_every_script_are_the_same_digits(digits: str) -> None:
    assert fold(digits) == "0123456789"


@pytest.mark.parametrize(
    "mark", "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200c\u200d\ufeff\xad"
)
def test_marks_that_nobody_sees_are_dropped_inside_a_word(mark: str) -> None:
    assert fold(f"ki{mark}ta") == "kita"


@pytest.mark.parametrize(
    "gap", ["\x00", "\t", "\n", "\r\n", "\x0b", "\x1f", "\x7f", "\x85", "\xa0", "\u2003", "\u2028", "  "]
)
def test_control_characters_and_all_kinds_of_spaces_are_one_space(gap: str) -> None:
    assert fold(f"kita{gap}platz") == "kita platz"
    assert fold(f"{gap}kita{gap}") == "kita"


@pytest.mark.parametrize(("typed", "folded"), [("", ""), (" ", ""), ("\x00\u200f", ""), ("\ud800", ""), ("😀", "😀")])
def test_nothing_stays_nothing(typed: str, folded: str) -> None:
    assert fold(typed) == folded


def test_punctuation_stays_for_those_who_read_numbers() -> None:
    assert fold("2,5 Jahre – 3-4?") == "2,5 jahre – 3-4?"


@given(anything | SIX_SCRIPTS)
@example("ΐ")
@example("ŉ")
@example("ﷺ")
@example("ǰ")
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(anything | SIX_SCRIPTS)
@example("İIÅ")
@example("𝐀Ⅻ")
def test_no_letter_stays_large(text: str) -> None:
    assert fold(text) == fold(text).casefold()
    assert [char for char in fold(text) if unicodedata.category(char) == "Lu"] == []


@given(anything | SIX_SCRIPTS)
def test_no_control_or_formatting_character_and_no_double_space_is_left(text: str) -> None:
    folded = fold(text)
    assert [char for char in folded if unicodedata.category(char)[0] == "C"] == []
    assert folded == " ".join(folded.split(" ")).strip()
    assert "  " not in folded


@given(anything | SIX_SCRIPTS)
def test_large_and_small_letters_are_equal(text: str) -> None:
    """For what has a small letter of its own; Turkish and German have letters that do not come back from large ones."""
    assert fold(text.casefold()) == fold(text)


@given(anything | SIX_SCRIPTS)
def test_composed_and_decomposed_letters_are_equal(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


# --- Words ---


def test_words_are_runs_of_letters_and_digits() -> None:
    assert words(fold("Kita-Platz (U3), 2. Klasse: 12 €!")) == ["kita", "platz", "u3", "2", "klasse", "12"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Wo finde ich eine Hebamme?", ["wo", "finde", "ich", "eine", "hebamme"]),
        ("where’s the nearest midwife", ["wheres", "the", "nearest", "midwife"]),
        ("Çocuğumun yaşı 3'tür", ["cocugumun", "yasi", "3tur"]),
        ("أين أجد قابلة؟", ["اين", "اجد", "قابله"]),
        ("Де знайти акушерку, п’ять днів?", ["де", "знайти", "акушерку", "пять", "днів"]),
        ("Где найти акушерку — ещё вчера", ["где", "найти", "акушерку", "еще", "вчера"]),
    ],
)
def test_a_line_of_each_language_falls_into_its_words(line: str, found: list[str]) -> None:
    assert words(fold(line)) == found


@given(anything)
def test_words_hold_nothing_that_divides_words(text: str) -> None:
    found = words(fold(text))
    assert [word for word in found if not word or word.split() != [word]] == []
    assert words(" ".join(found)) == found


def test_a_long_text_takes_no_longer_for_each_letter_than_a_short_one() -> None:
    def seconds(text: str) -> float:
        best = 9.0
        for _ in range(3):
            started = time.process_time()
            words(fold(text))
            best = min(best, time.process_time() - started)
        return best

    line = "Çocuğum 3 yaşında, ребёнку п’ять років, مَدْرَسَةٌ für Größere… \u0301\u0301\u0301 \u200f"
    short, long = seconds(line * 400), seconds(line * 4000)
    assert long < 40 * max(short, 0.0005), "ten times the text, and generously four times as much again"
    assert long < 2.0


# --- Features ---


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("nächste", "naechste"),
        ("Möbel", "moebel"),
        ("für", "fuer"),
        ("Übermut", "uebermut"),
        ("GRÜN Größe", "gruen groesse"),
        ("fünfjährige", "fuenfjaehrige"),
    ],
)
def test_who_writes_ae_for_an_umlaut_writes_the_same_word(one: str, other: str) -> None:
    assert plain(one) == plain(other)
    assert features(one) == features(other)


@pytest.mark.parametrize("word", ["neue", "treue", "quelle", "bauen", "freuen", "abenteuer"])
def test_ue_after_a_e_or_q_is_no_umlaut(word: str) -> None:
    assert plain(word) == word


def test_a_word_is_counted_whole_and_in_pieces_with_its_borders() -> None:
    pieces = [
        "=kita",
        "<k",
        "ki",
        "it",
        "ta",
        "a>",
        "<ki",
        "kit",
        "ita",
        "ta>",
        "<kit",
        "kita",
        "ita>",
        "<kita",
        "kita>",
    ]
    assert features("Kita") == {crc32(piece.encode()): 1 for piece in pieces}


def test_a_word_that_comes_twice_counts_twice() -> None:
    once = features("kita")
    assert features("kita, Kita!") == {number: 2 * times for number, times in once.items()}


def test_the_order_of_words_does_not_count() -> None:
    assert features("kein geld für die klassenfahrt") == features("für die klassenfahrt geld kein")


@pytest.mark.parametrize("text", ["", "  ", "?!…", "\x00", "\u200f", "😀"])
def test_a_text_without_a_word_has_no_features(text: str) -> None:
    assert features(text) == {}


def test_only_the_first_words_of_an_endless_line_are_read() -> None:
    first = " ".join(f"wort{number}" for number in range(MAX_WORDS))
    assert features(f"{first} danach") == features(first)
    assert sum(features("a" * 1_000_000).values()) < 250


@given(anything)
def test_any_text_has_features_or_none_and_nothing_breaks(text: str) -> None:
    found = features(text)
    assert bool(found) == bool(words(plain(text)))
    assert [number for number, times in found.items() if not 0 <= number < 2**32 or times < 1] == []


@given(anything)
def test_the_plain_spelling_is_of_folded_text(text: str) -> None:
    assert plain(text) == plain(fold(text))


# --- Other scripts as Latin letters ---


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("Нордштадт", "nordschtadt"),
        ("Вестхафен", "westhafen"),
        ("Гольм", "golm"),
        ("Вельтен", "welten"),
        ("نوردن", "nurdn"),
        ("بون", "bun"),
        ("Київ", "kijiw"),
        ("Цех", "zeh"),
    ],
)
def test_names_in_other_scripts_are_spelt_as_a_german_would(name: str, read: str) -> None:
    assert latin(fold(name)) == read


@pytest.mark.parametrize("name", ["nordstadt", "am alten markt", "koln 2", ""])
def test_latin_names_stay_as_they_are(name: str) -> None:
    assert latin(name) == name


@settings(max_examples=50)
@given(st.text("абвгдежзийклмнопрстуфхцчшщъыьэюяіїєابتثجحخدذرزسشصضطظعغفقكلمنهويپچگژ", max_size=40))
def test_every_letter_of_both_scripts_has_a_latin_spelling(text: str) -> None:
    assert latin(text).isascii()
    assert latin(text) == latin(text).lower()
