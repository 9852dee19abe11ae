"""Languages: which one a visitor gets, and that every word of the site is there in each of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, time
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from babel.support import NullTranslations
from flask import Flask
from hypothesis import example, given
from hypothesis import strategies as st

from portal import i18n, paths
from portal.content.schema import ContentError
from portal.i18n import LANGUAGES, preferred_language, translations_for
from tests.conftest import ROOT

TRANSLATED = [code for code in LANGUAGES if code != "de"]
ALL = list(LANGUAGES)

# --- Which language a visitor gets ---


@pytest.mark.parametrize(
    ("header", "lang"),
    [
        ("tr", "tr"),
        ("tr-TR,tr;q=0.9,de;q=0.5", "tr"),
        ("TR-tr", "tr"),
        ("fr,ar;q=0.7", "ar"),
        ("de;q=0.1,uk;q=0.8", "uk"),
        ("de;q=0.8,uk;q=0.8", "de"),
        ("uk;q=0.8,de;q=0.8", "uk"),
        ("en;q=0.9,ru", "ru"),
        ("zh-Hant-TW, ru ; q=0.3", "ru"),
        ("de;q=0,en;q=0.001", "en"),
        ("en;q=0", "de"),
        ("fr", "de"),
        ("*", "de"),
        ("", "de"),
        ("q=1", "de"),
        ("en_US", "de"),
        ("tr;q=viel", "de"),
        ("français", "de"),
    ],
)
def test_the_language_that_a_browser_likes_best_is_chosen(header: str, lang: str) -> None:
    assert preferred_language(header, ALL) == lang


def test_where_nothing_fits_the_first_language_of_the_kommune_is_chosen() -> None:
    assert preferred_language("fr", ["uk", "de"]) == "uk"
    assert preferred_language("tr,de;q=0.1", ["uk", "de"]) == "de"


@given(st.lists(st.sampled_from(ALL), min_size=1, unique=True), st.text(st.characters(exclude_categories=())))
@example(["de", "ar"], "de," * 100_000 + "ar")
@example(["de"], "\x00;q=,;;,=,*;q=1e9")
def test_no_header_is_an_error(available: list[str], header: str) -> None:
    assert preferred_language(header, available) in available


@given(st.lists(st.tuples(st.sampled_from([*ALL, "fr", "zh-Hans", "*"]), st.integers(0, 1000)), max_size=8))
def test_of_all_wishes_the_strongest_that_can_be_fulfilled_counts(wishes: list[tuple[str, int]]) -> None:
    header = ", ".join(f"{code};q={weight / 1000:.3f}" for code, weight in wishes)
    possible = [(weight, code) for code, weight in wishes if code in ALL and weight]
    strongest = max((weight for weight, _code in possible), default=0)
    expected = next((code for weight, code in possible if weight == strongest), "de")
    assert preferred_language(header, ALL) == expected


def test_a_language_that_the_site_does_not_speak_stops_the_start() -> None:
    with pytest.raises(ContentError) as caught:
        i18n.init_app(Flask("test"), ["de", "fr", "en", "pl"])
    assert str(caught.value) == "kommune.yaml: languages: the site does not speak fr, pl yet"


def test_the_site_speaks_six_languages_and_one_of_them_from_right_to_left() -> None:
    assert ALL == ["de", "en", "tr", "ar", "uk", "ru"]
    assert [code for code in ALL if LANGUAGES[code].direction == "rtl"] == ["ar"]


# --- Every word is there ---


@pytest.fixture(scope="module")
def texts() -> Catalog:
    """What stands in the code and the templates today, read as `make messages` reads it."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found = Catalog()
    keywords = {**DEFAULT_KEYWORDS, "N_": None}
    extracted = extract_from_dir(ROOT, methods, options, keywords, directory_filter=is_ours)
    for _file, _line, message, _comments, context in extracted:
        found.add(message, context=context)
    return found


def is_ours(folder: str) -> bool:
    first = Path(folder).relative_to(ROOT).parts[0]
    return first in {"portal", "templates"}


def catalogue(lang: str) -> Catalog:
    path = paths.TRANSLATIONS / lang / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        return read_po(file, locale=lang)


def messages(found: Catalog) -> Iterator[Message]:
    return (message for message in found if message.id)


def test_the_texts_are_found_in_code_and_templates(texts: Catalog) -> None:
    keys = {message.id for message in messages(texts)}
    assert len(keys) > 200
    assert "Geld und Wohnen" in keys, "a word of the code, marked with N_()"
    assert "Was braucht mein Kind?" in keys, "a word of the templates"
    assert ("%(num)s Angebot", "%(num)s Angebote") in keys, "a word with a number"


@pytest.mark.parametrize("lang", TRANSLATED)
def test_every_text_is_in_every_catalogue_and_no_other(texts: Catalog, lang: str) -> None:
    expected, found = {m.id for m in messages(texts)}, {m.id for m in messages(catalogue(lang))}
    assert sorted(map(str, expected - found)) == [], "missing"
    assert sorted(map(str, found - expected)) == [], "not used any more"
    assert list(catalogue(lang).obsolete) == []


@pytest.mark.parametrize("lang", TRANSLATED)
def test_every_text_is_translated_in_every_form(lang: str) -> None:
    found = catalogue(lang)
    incomplete = [
        message.id
        for message in messages(found)
        if not all(text.strip() for text in forms(message))
        or (message.pluralizable and len(forms(message)) != found.num_plurals)
    ]
    assert incomplete == []
    assert [message.id for message in messages(found) if message.fuzzy] == []


def forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


@pytest.mark.parametrize("lang", TRANSLATED)
def test_every_form_keeps_the_placeholders(lang: str) -> None:
    def placeholders(text: str) -> list[str]:
        return sorted(re.findall(r"%\(\w+\)[a-z]|%%|%(?!\()", text))

    for message in messages(catalogue(lang)):
        german = message.id[-1] if message.pluralizable else message.id
        for number, text in enumerate(forms(message)):
            wanted = placeholders(german)
            if lang == "ar" and message.pluralizable and number in (1, 2) and "%(num)s" not in text:
                # Arabic has words of its own for one and two of a thing: no number stands beside them.
                wanted = [each for each in wanted if each != "%(num)s"]
            assert placeholders(text) == wanted, (german, text)


@pytest.mark.parametrize("lang", TRANSLATED)
def test_no_translation_brings_markup_or_hidden_characters_of_its_own(lang: str) -> None:
    for message in messages(catalogue(lang)):
        german = message.id[-1] if message.pluralizable else message.id
        for text in forms(message):
            assert re.findall(r"</?\w+[^>]*>", text) == re.findall(r"</?\w+[^>]*>", german), text
            assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\ufeff]", text), text
            assert text == text.strip(), text


# --- Numbers ---


def offers(lang: str, number: int) -> str:
    form = translations_for(lang).ngettext("%(num)s Angebot", "%(num)s Angebote", number)
    return form % {"num": number}


def test_german_needs_no_catalogue() -> None:
    assert type(translations_for("de")) is NullTranslations
    assert [offers("de", number) for number in (0, 1, 2)] == ["0 Angebote", "1 Angebot", "2 Angebote"]


@pytest.mark.parametrize("number", [0, 1, 2, 3, 11, 100])
def test_every_form_of_a_number_in_arabic_shows_the_number(number: int) -> None:
    assert re.findall(r"\d+", offers("ar", number)) == [str(number)]


def test_arabic_has_six_forms() -> None:
    assert catalogue("ar").num_plurals == 6

    def months(number: int) -> str:
        return translations_for("ar").ngettext("%(num)s Monat", "%(num)s Monate", number) % {"num": number}

    assert {number: months(number) for number in (0, 1, 2, 3, 10, 11, 99, 100)} == {
        0: "0 شهر",
        1: "شهر واحد (1)",
        2: "شهرين (2)",
        3: "3 أشهر",
        10: "10 أشهر",
        11: "11 شهرًا",
        99: "99 شهرًا",
        100: "100 شهر",
    }


def test_turkish_has_one_form() -> None:
    assert catalogue("tr").num_plurals == 1
    assert [offers("tr", number).replace(str(number), "#") for number in (0, 1, 2, 5, 21)] == [
        "# yardım ve etkinlik"
    ] * 5


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("ru", ("предложение", "предложения", "предложений")),
        ("uk", ("пропозиція", "пропозиції", "пропозицій")),
    ],
)
def test_russian_and_ukrainian_decline_as_they_should(lang: str, words: tuple[str, str, str]) -> None:
    one, few, many = words
    for number, word in {
        0: many,
        1: one,
        2: few,
        4: few,
        5: many,
        11: many,
        12: many,
        14: many,
        20: many,
        21: one,
        22: few,
        25: many,
        101: one,
        111: many,
    }.items():
        assert offers(lang, number) == f"{number} {word}"


def test_english_has_two_forms() -> None:
    assert [offers("en", number) for number in (0, 1, 2)] == ["0 offers", "1 offer", "2 offers"]


# --- Days, times, names ---


@pytest.mark.parametrize(
    ("lang", "day", "monday"),
    [
        ("de", "5. Oktober 2026", "Montag"),
        ("en", "5 October 2026", "Monday"),
        ("tr", "5 Ekim 2026", "Pazartesi"),
        ("ar", "5 أكتوبر 2026", "الاثنين"),
        ("uk", "5 жовтня 2026\u202fр.", "понеділок"),
        ("ru", "5 октября 2026\u202fг.", "понедельник"),
    ],
)
def test_days_are_written_in_words_with_the_digits_of_every_sign(lang: str, day: str, monday: str) -> None:
    token = i18n._current.set(LANGUAGES[lang])
    try:
        assert i18n.format_day(date(2026, 10, 5)) == day
        assert i18n.format_weekday(0) == monday
        assert i18n.format_clock(time(9, 5)) == "09:05"
        assert i18n.format_clock(time(23, 59)) == "23:59"
    finally:
        i18n._current.reset(token)


@pytest.mark.parametrize(
    ("code", "lang", "name"),
    [
        ("tr", "de", "Türkisch"),
        ("de", "tr", "Almanca"),
        ("ar", "ar", "العربية"),
        ("kmr", "de", "Kurdisch"),
        ("uk", "en", "Ukrainian"),
        ("xx", "de", "xx"),
        ("", "de", ""),
        ("<b>", "de", "<b>"),
    ],
)
def test_a_language_is_named_in_the_language_of_the_reader(code: str, lang: str, name: str) -> None:
    assert i18n.language_name(code, lang) == name
