"""The age of a child, as parents type it in six languages; and numbers that are no age."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portal import paths
from portal.search.ages import AgeFinding, Span, find_ages, tokens
from portal.search.lexicon import read_lexicons
from portal.search.text import fold

LEXICONS = read_lexicons(paths.SEARCH / "understanding")
LAST_MONTH = 324

anything = st.text(st.characters(exclude_categories=()), max_size=200)
"""Any text at all, lone surrogates too."""

words_of_ages = st.lists(
    st.sampled_from(
        [
            *(
                "0",
                "1",
                "2",
                "3",
                "12",
                "26",
                "35",
                "999",
                "1234",
                "½",
                "1/2",
                "2,5",
                "-",
                "٣",
                "drei",
                "two",
                "iki",
                "سنتين",
            ),
            *(
                "jahre",
                "monate",
                "wochen",
                "tage",
                "years",
                "weeks",
                "yaşında",
                "aylık",
                "سنين",
                "شهور",
                "років",
                "лет",
            ),
            *(
                "klasse",
                "grade",
                "sınıf",
                "صف",
                "клас",
                "2te",
                "und",
                "bis",
                "halb",
                "fast",
                "seit",
                "ago",
                "sohn",
                "alt",
            ),
            *("schwanger", "ssw", "euro", "linie", "baby", "zweijährige", "половиною", "نص", ",", "."),
        ]
    ),
    max_size=12,
).map(" ".join)


def ages(text: str, lang: str = "de") -> AgeFinding:
    """As the search asks: the language of the page first, then all others."""
    return find_ages(fold(text), [LEXICONS[lang], *(other for code, other in LEXICONS.items() if code != lang)])


def years(first: int, last: int | None = None) -> Span:
    return first * 12, (first if last is None else last) * 12 + 11


def grade(number: int) -> Span:
    return (number + 5) * 12, (number + 6) * 12 + 11


# --- One child ---


@pytest.mark.parametrize(
    ("lang", "text", "span"),
    [
        # German.
        ("de", "3 Jahre", (36, 47)),
        ("de", "10 monate", (10, 10)),
        ("de", "6 wochen", (1, 1)),
        ("de", "kind 0 jahre", (0, 11)),
        ("de", "2 wochen alt", (0, 0)),
        ("de", "baby 3 tage alt", (0, 0)),
        ("de", "18 monate", (18, 18)),
        ("de", "fast 3", (33, 36)),
        ("de", "knapp zwei jahre", (21, 24)),
        ("de", "mein sohn wird bald 4", (45, 48)),
        ("de", "kurz vor 3", (33, 36)),
        ("de", "3j", (36, 47)),
        ("de", "5jähriger", (60, 71)),
        ("de", "3-jährige tochter", (36, 47)),
        ("de", "zweijährige", (24, 35)),
        ("de", "Zehnjährig", (120, 131)),
        ("de", "schwimmkurs für zweijährige", (24, 35)),
        ("de", "schwimmkurs für 4 jährige", (48, 59)),
        ("de", "angebot für 3-Jährige", (36, 47)),
        ("de", "2,5 jahre", (30, 35)),
        ("de", "2.5 Jahre", (30, 35)),
        ("de", "2 1/2", (30, 35)),
        ("de", "2½ Jahre", (30, 35)),
        ("de", "anderthalb jahre", (18, 23)),
        ("de", "ein jahr alt", (12, 23)),
        ("de", "sohn 12", (144, 155)),
        ("de", "sohn (5)", (60, 71)),
        ("de", "kind ist 3", (36, 47)),
        ("de", "ritzt sich die arme 13", (156, 167)),
        ("de", "sohn elf", (132, 143)),
        ("de", "Alter: 4", (48, 59)),
        ("de", "18 jahre", (216, 227)),
        ("de", "26 jahre", (312, 323)),
        # English.
        ("en", "3 years", (36, 47)),
        ("en", "my 4 year old daughter", (48, 59)),
        ("en", "5-year-old", (60, 71)),
        ("en", "swimming lessons for 4 year olds", (48, 59)),
        ("en", "3yo", (36, 47)),
        ("en", "two year old", (24, 35)),
        ("en", "a year old", (12, 23)),
        ("en", "six months old", (6, 6)),
        ("en", "6 weeks old", (1, 1)),
        ("en", "almost 3", (33, 36)),
        ("en", "two and a half years", (30, 35)),
        ("en", "aged 4", (48, 59)),
        ("en", "he’s 7", (84, 95)),
        ("en", "my son is 12", (144, 155)),
        # Turkish.
        ("tr", "3 yaşında", (36, 47)),
        ("tr", "3 YAŞINDA", (36, 47)),
        ("tr", "3 yasinda", (36, 47)),
        ("tr", "5 yaşındaki oğlum", (60, 71)),
        ("tr", "dört yaşında", (48, 59)),
        ("tr", "on iki yaşında", (144, 155)),
        ("tr", "10 aylık bebeğim", (10, 10)),
        ("tr", "6 haftalık", (1, 1)),
        ("tr", "neredeyse 3 yaşında", (33, 36)),
        ("tr", "iki buçuk yaşında", (30, 35)),
        ("tr", "yaşı 5", (60, 71)),
        ("tr", "oğlum 12", (144, 155)),
        # Arabic.
        ("ar", "3 سنين", (36, 47)),
        ("ar", "٣ سنوات", (36, 47)),
        ("ar", "خمس سنوات", (60, 71)),
        ("ar", "١٠ أشهر", (10, 10)),
        ("ar", "٦ أسابيع", (1, 1)),
        ("ar", "عمره سنتين", (24, 35)),
        ("ar", "عمرها سنة", (12, 23)),
        ("ar", "عمره شهرين", (2, 2)),
        ("ar", "عمره سنتين ونص", (30, 35)),
        ("ar", "تقريبا 3 سنين", (33, 36)),
        ("ar", "ابني 12", (144, 155)),
        # Ukrainian.
        ("uk", "3 роки", (36, 47)),
        ("uk", "5 років", (60, 71)),
        ("uk", "п’ять років", (60, 71)),
        ("uk", "10 місяців", (10, 10)),
        ("uk", "6 тижнів", (1, 1)),
        ("uk", "майже 3 роки", (33, 36)),
        ("uk", "дворічна донька", (24, 35)),
        ("uk", "5-річна", (60, 71)),
        ("uk", "їй 2,5", (30, 35)),
        ("uk", "два з половиною роки", (30, 35)),
        ("uk", "синові 12", (144, 155)),
        # Russian.
        ("ru", "3 года", (36, 47)),
        ("ru", "5 лет", (60, 71)),
        ("ru", "5ти лет", (60, 71)),
        ("ru", "трёхлетний", (36, 47)),
        ("ru", "10 месяцев", (10, 10)),
        ("ru", "6 недель", (1, 1)),
        ("ru", "скоро 6", (69, 72)),
        ("ru", "годик", (12, 17)),
        ("ru", "два с половиной года", (30, 35)),
        ("ru", "сыну 12", (144, 155)),
    ],
)
def test_an_age_is_understood_as_it_is_typed(lang: str, text: str, span: Span) -> None:
    assert ages(text, lang) == AgeFinding((span,))


@pytest.mark.parametrize(
    ("lang", "text", "number"),
    [
        ("de", "2. klasse", 2),
        ("de", "6te klasse", 6),
        ("de", "dritte klasse nachhilfe", 3),
        ("de", "Klasse 7", 7),
        ("de", "13. klasse", 13),
        ("en", "2nd grade", 2),
        ("en", "grade 6", 6),
        ("en", "3rd grader", 3),
        ("tr", "2. sınıf", 2),
        ("tr", "3. sınıfa giden kızım", 3),
        ("tr", "birinci sınıf", 1),
        ("ar", "الصف الثاني", 2),
        ("ar", "صف 6", 6),
        ("uk", "2 клас", 2),
        ("uk", "6-й клас", 6),
        ("uk", "перший клас", 1),
        ("ru", "в 3 классе", 3),
        ("ru", "6-й класс", 6),
        ("ru", "второй класс", 2),
    ],
)
def test_a_school_year_is_an_age(lang: str, text: str, number: int) -> None:
    assert ages(text, lang) == AgeFinding((grade(number),))


def test_who_is_in_the_second_year_of_school_is_seven_or_eight() -> None:
    assert (grade(1), grade(2), grade(6)) == ((72, 95), (84, 107), (132, 155))


@pytest.mark.parametrize(
    ("lang", "text", "span"),
    [
        ("de", "neugeborenes", (0, 2)),
        ("de", "baby", (0, 11)),
        ("de", "i-dötzchen", (60, 83)),
        ("de", "Vorschulkind", (60, 83)),
        ("de", "grundschüler", (72, 119)),
        ("de", "siebtklässler", (144, 167)),
        ("de", "teenie", (144, 215)),
        ("de", "kita für kinder unter 3", (0, 35)),
        ("en", "newborn", (0, 2)),
        ("en", "toddler", (12, 35)),
        ("en", "teenager", (144, 215)),
        ("tr", "bebek", (0, 11)),
        ("tr", "yeni doğan", (0, 2)),
        ("ar", "رضيع", (0, 11)),
        ("uk", "немовля", (0, 11)),
        ("uk", "підліток", (144, 215)),
        ("ru", "младенец", (0, 11)),
        ("ru", "подросток", (144, 215)),
    ],
)
def test_a_word_for_children_of_an_age_is_an_age(lang: str, text: str, span: Span) -> None:
    assert ages(text, lang) == AgeFinding((span,))


# --- Before birth ---


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("de", "schwanger"),
        ("de", "bin hochschwanger und allein"),
        ("de", "12 ssw"),
        ("de", "in der 12. woche schwanger"),
        ("en", "pregnant"),
        ("tr", "hamileyim"),
        ("tr", "6 aylık hamile"),
        ("ar", "حامل بالشهر السادس"),
        ("uk", "вагітна 6 місяців"),
        ("ru", "беременна"),
    ],
)
def test_a_pregnancy_is_no_age_of_a_child(lang: str, text: str) -> None:
    assert ages(text, lang) == AgeFinding((), pregnant=True)


def test_who_is_pregnant_may_have_a_child_already() -> None:
    assert ages("schwanger und tochter 3 jahre") == AgeFinding((years(3),), pregnant=True)


# --- More than one child ---


@pytest.mark.parametrize(
    ("lang", "text", "spans"),
    [
        ("de", "tochter 4 sohn 9", (years(4), years(9))),
        ("de", "tochter 3 jahre, baby 8 monate", (years(3), (8, 8))),
        ("de", "sohn 5 jahre, tochter 2. klasse", (years(5), grade(2))),
        ("de", "3-4 jahre", (years(3, 4),)),
        ("de", "3 bis 4 jahre", (years(3, 4),)),
        ("de", "kinder 3 und 7", (years(3, 7),)),
        ("de", "sohn 4 jahre, tochter 4 jahre", (years(4),)),
        ("en", "daughters 4 and 6 years old", (years(4, 6),)),
        ("en", "3-4 years", (years(3, 4),)),
        ("tr", "kızım 4 oğlum 9", (years(4), years(9))),
        ("ar", "عمرها ٤ سنين وابني ٩ سنين", (years(4), years(9))),
        ("uk", "сину 4 роки, доньці 9", (years(4), years(9))),
        ("ru", "дочке 4, сыну 9", (years(4), years(9))),
    ],
)
def test_of_several_children_each_age_is_found(lang: str, text: str, spans: tuple[Span, ...]) -> None:
    assert ages(text, lang) == AgeFinding(spans)


def test_the_whole_is_from_the_youngest_to_the_oldest() -> None:
    assert ages("sohn 9 tochter 4").whole == (48, 119)
    assert ages("wo gibt es hilfe").whole is None


# --- In another language than the page ---


@pytest.mark.parametrize("lang", sorted(LEXICONS))
@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("sohn 5 jahre", years(5)),
        ("daughter 3 years old", years(3)),
        ("oğlum 5 yaşında", years(5)),
        ("عمره 3 سنين", years(3)),
        ("дитині 5 років", years(5)),
        ("сыну 7 лет", years(7)),
        ("klasse 3", grade(3)),
        ("2. sınıf", grade(2)),
        ("bebek", (0, 11)),
    ],
)
def test_an_age_is_understood_on_a_page_of_any_language(lang: str, text: str, span: Span) -> None:
    assert ages(text, lang) == AgeFinding((span,))


def test_german_words_in_a_turkish_line_are_understood() -> None:
    assert ages("5 yaşında oğlum için kita", "de") == AgeFinding((years(5),))
    assert ages("oğlum klasse 3", "tr") == AgeFinding((grade(3),))


@pytest.mark.parametrize("lang", sorted(LEXICONS))
@pytest.mark.parametrize("text", ["schwanger", "hamile", "вагітна", "беременна", "حامل", "pregnant"])
def test_a_pregnancy_is_understood_on_a_page_of_any_language(lang: str, text: str) -> None:
    assert ages(text, lang) == AgeFinding((), pregnant=True)


# --- Whatever is typed ---


@settings(max_examples=300, deadline=None)
@given(anything | words_of_ages, st.sampled_from(sorted(LEXICONS)))
@example("9" * 200, "de")
@example("², ③ jahre Ⅻ klasse", "de")
@example("2 1/2 1/2 ½ ½ jahre", "de")
@example("26 26 26 jahre", "de")
@example("27 bis 3 jahre", "de")
@example("3 bis", "de")
@example("klasse", "de")
def test_any_line_has_ages_of_children_or_none(text: str, lang: str) -> None:
    found = ages(text, lang)
    assert [span for span in found.spans if not 0 <= span[0] <= span[1] <= LAST_MONTH] == []
    assert len(set(found.spans)) == len(found.spans)
    if found.spans:
        assert found.whole == (min(low for low, _ in found.spans), max(high for _, high in found.spans))


@given(st.integers(0, 26), st.sampled_from(["jahre", "years old", "yaşında", "سنوات", "років", "лет"]))
def test_every_age_in_years_up_to_the_end_of_youth_is_understood(number: int, unit: str) -> None:
    assert ages(f"{number} {unit}").spans == (years(number),)


@given(st.integers(0, 48), st.sampled_from(["monate alt", "months old", "aylık", "شهر", "місяців", "месяцев"]))
def test_every_age_in_months_up_to_four_years_is_understood(number: int, unit: str) -> None:
    assert ages(f"{number} {unit}").spans == ((number, number),)


@given(anything)
def test_numbers_and_what_is_glued_to_them_come_apart(text: str) -> None:
    found = tokens(fold(text))
    assert [part for part in found if re.fullmatch(r"[0-9]{1,3}[a-z]+", part)] == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("3j", ["3", "j"]),
        ("2,5 jahre", ["2", "1½", "jahre"]),
        ("2 1/2", ["2", "1½"]),
        ("3-4jahre", ["3", "4", "jahre"]),
        ("12,50 euro", ["12", "50", "euro"]),
    ],
)
def test_a_line_falls_into_numbers_and_words(text: str, parts: list[str]) -> None:
    assert tokens(fold(text)) == parts
