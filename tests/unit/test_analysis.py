"""Words of offers and of questions meet: without endings, with compounds taken apart and typing mistakes put right."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.content.schema import read
from portal.paths import SEARCH
from portal.search.analysis import MAX_TERMS, QueryAnalyser, QueryTerm, Vocabulary, document_terms, quoted, stem
from portal.search.embedded import _expression
from portal.search.engine import Query
from portal.search.features import plain
from portal.search.index_file import COLUMNS
from portal.search.text import words
from tests.conftest import TODAY

KNOWN = """
klasse klassen fahrt schwimm kurs kinder garten kindergarten schule anmeldung beratung stelle familie zentrum eltern
geld hilfe hebamme nachhilfe schwimmkurs kita tafel
""".split()
VOCABULARY = Vocabulary(KNOWN)

anything = st.text(st.characters(exclude_categories=()), max_size=120)
"""Any text at all, lone surrogates too."""
hostile = st.text("\"*^():{}-+ \\\x00';,NEAR AND OR NOT kita tags title a:1 ägя\u200f", max_size=120)
"""Of what means something in the language of the index."""


def analyser(lang: str = "de", known: list[str] | None = None, **changes: object) -> QueryAnalyser:
    """One whose index holds the words above."""
    some = KNOWN if known is None else known
    return QueryAnalyser(lang, Vocabulary(some), {stem(word, lang) for word in some}, **changes)  # type: ignore[arg-type]


# --- Endings ---


@pytest.mark.parametrize(
    ("lang", "forms"),
    [
        ("de", ["klassenfahrt", "klassenfahrten"]),
        ("de", ["schule", "schulen"]),
        ("de", ["kind", "kinder", "kindern", "kindes"]),
        ("en", ["course", "courses"]),
        ("en", ["swimming", "swims"]),
        ("tr", ["kurslar", "kursları", "kurslarına"]),
        ("ar", ["روضة", "الروضة"]),
        ("ar", ["مدرسة", "المدرسة"]),
        ("uk", ["школа", "школи", "школу"]),
        ("ru", ["школа", "школы", "школу"]),
        ("ru", ["курс", "курсы", "курсами"]),
    ],
)
def test_forms_of_a_word_are_one_term(lang: str, forms: list[str]) -> None:
    assert [stem(plain(form), lang) for form in forms] == [stem(plain(forms[0]), lang)] * len(forms)


@pytest.mark.parametrize(
    ("lang", "one", "other"),
    [
        ("de", "schule", "schulden"),
        ("de", "kita", "kino"),
        ("en", "nurse", "nursery"),
        ("tr", "kurs", "kreş"),
        ("ar", "روضة", "رياضة"),
        ("uk", "школа", "шкода"),
        ("ru", "школа", "шкода"),
    ],
)
def test_other_words_are_other_terms(lang: str, one: str, other: str) -> None:
    assert stem(plain(one), lang) != stem(plain(other), lang)


@pytest.mark.parametrize("lang", ["de", "en", "tr", "ar", "uk", "ru", "pl"])
@pytest.mark.parametrize("word", ["kit", "abc", "2026", "123456789", "u3"])
def test_numbers_and_very_short_words_stay_as_they_are(word: str, lang: str) -> None:
    assert stem(word, lang) == word


def test_a_language_without_rules_is_cut() -> None:
    assert (stem("przedszkole", "pl"), stem("przedszkola", "pl")) == ("przeds", "przeds")


# --- Compounds ---


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("klassenfahrt", ["klassen", "fahrt"]),
        ("kinderkurs", ["kinder", "kurs"]),
        ("schulanmeldung", ["schule", "anmeldung"]),
        ("beratungsstelle", ["beratung", "stelle"]),
        ("familienzentrum", ["familie", "zentrum"]),
        ("elterngeld", ["eltern", "geld"]),
        ("elterngeldstelle", ["eltern", "geld", "stelle"]),
        ("familienberatungsstelle", ["familie", "beratung", "stelle"]),
        ("schwimmkurs", ["schwimm", "kurs"]),
    ],
)
def test_a_compound_falls_into_the_words_it_is_made_of(word: str, parts: list[str]) -> None:
    assert VOCABULARY.split(word) == parts


@pytest.mark.parametrize("word", ["fahrt", "xyzfahrt", "klassenxyz", "kurs", "a", "", "geld" * 50, "x" * 500])
def test_what_is_no_compound_of_known_words_stays_whole(word: str) -> None:
    assert VOCABULARY.split(word) == []


@given(st.text("abcdeklmnrst", max_size=40))
def test_the_parts_of_a_compound_are_known_and_stand_in_it_in_their_order(word: str) -> None:
    vocabulary = Vocabulary(["abcd", "dele", "klmn", "rast", "kase"])
    parts = vocabulary.split(word)
    assert [part for part in parts if part not in vocabulary.words] == []
    if parts:
        assert len(parts) in {2, 3}
        assert word.endswith(parts[-1])


# --- Typing mistakes ---


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("kindrgarten", ["kindergarten"]),
        ("kindergarden", ["kindergarten"]),
        ("beratng", ["beratung"]),
        ("anmeldug", ["anmeldung"]),
        ("nachilfe", ["nachhilfe"]),
        ("hebame", ["hebamme"]),
        ("familie", ["familie"]),
    ],
)
def test_a_misspelt_word_is_put_right(typed: str, meant: list[str]) -> None:
    assert VOCABULARY.alike(typed) == meant


@pytest.mark.parametrize("typed", ["qqqq", "xindergarten", "zentralheizung", "kigaplatz"])
def test_a_word_that_is_like_no_other_is_nothing(typed: str) -> None:
    assert VOCABULARY.alike(typed) == []


def test_at_most_two_words_are_offered_for_one() -> None:
    assert Vocabulary(["beratung", "beratungs", "beratunge"]).alike("beratungx") == ["beratung", "beratunge"]
    assert Vocabulary(["beratung", "beratungs"]).alike("beratungx", limit=1) == ["beratung"]


# --- The terms of a text ---


def test_the_terms_of_a_text_stand_in_its_order_and_parts_follow_their_whole() -> None:
    found = document_terms("Die Klassenfahrt, für Kinder!", "de", VOCABULARY)
    assert found == ["die", "klassenfahrt", "klass", "fahrt", "fur", "kind"]


def test_both_spellings_of_an_umlaut_are_one_term() -> None:
    assert document_terms("nächste naechste", "de", None) == ["nach", "nach"]


@pytest.mark.parametrize("lang", ["en", "tr", "ar", "uk", "ru"])
def test_only_german_words_are_taken_apart(lang: str) -> None:
    assert document_terms("klassenfahrt", lang, Vocabulary(KNOWN)) == [stem("klassenfahrt", lang)]


@given(anything, st.sampled_from(["de", "en", "tr", "ar", "uk", "ru"]))
def test_each_word_of_a_text_is_a_term(text: str, lang: str) -> None:
    assert document_terms(text, lang, None) == [stem(word, lang) for word in words(plain(text))]


# --- The terms of a question ---


def test_a_question_is_its_words_without_those_that_say_nothing() -> None:
    known = [*KNOWN, "ich", "brauche", "fur", "uns"]
    found = analyser(known=known, stop_words=["für", "uns", "ich brauche"]).terms("Ich brauche für uns eine Hebamme")
    assert found == [QueryTerm(("hebamm",))]


def test_umlauts_in_stop_words_are_read_as_in_the_question() -> None:
    assert analyser(known=["fur"], stop_words=["für"]).terms("fuer für FÜR") == []


def test_a_word_that_is_asked_twice_counts_once() -> None:
    assert analyser().terms("Kita kita KITA") == [QueryTerm(("kita",))]


def test_numbers_and_single_letters_are_not_looked_for() -> None:
    assert analyser(known=["2026", "a", "kita"]).terms("a 2026 12 kita") == [QueryTerm(("kita",))]


def test_a_synonym_stands_for_the_word_beside_it() -> None:
    with_synonyms = analyser(synonyms={"Kindergarten": ["Kita", "Krippe"]})
    assert with_synonyms.terms("Kindergärten") == with_synonyms.terms("kindergarten")
    assert with_synonyms.terms("kindergarten") == [QueryTerm((stem("kindergarten", "de"), "kita"))]


def test_a_word_that_the_index_does_not_know_is_found_by_its_synonym() -> None:
    assert analyser(synonyms={"Krippe": ["Kita"]}).terms("krippe") == [QueryTerm(("kita",))]


def test_an_unknown_compound_is_found_by_its_parts_a_little_less() -> None:
    assert analyser().terms("klassenfahrt") == [QueryTerm(("klass", "fahrt"), 0.8)]
    assert analyser("en").terms("klassenfahrt") == []


def test_a_misspelt_word_is_found_by_the_right_one_a_little_less() -> None:
    assert analyser().terms("hebame") == [QueryTerm((stem("hebamme", "de"),), 0.8)]


def test_an_unknown_word_is_left_out() -> None:
    assert analyser().terms("xylophon") == []


def test_while_somebody_types_the_last_word_is_a_beginning() -> None:
    assert analyser().terms("kita heb", typing=True) == [QueryTerm(("kita",)), QueryTerm(("heb",), prefix=True)]
    assert analyser().terms("hebamme kita", typing=True)[-1] == QueryTerm(("kita",), prefix=True)
    assert analyser().terms("kita heb") == [QueryTerm(("kita",))]


def test_two_letters_are_no_beginning_of_a_word_yet() -> None:
    assert analyser().terms("kita he", typing=True) == [QueryTerm(("kita",))]


def test_an_endless_question_has_a_limited_number_of_terms() -> None:
    known = [f"wort{chr(97 + number % 26)}{chr(97 + number // 26)}" for number in range(100)]
    assert len(analyser("xx", known).terms(" ".join(known))) <= MAX_TERMS == 12


@given(anything | hostile, st.booleans())
def test_any_question_has_terms_of_letters_and_digits(text: str, typing: bool) -> None:
    for term in analyser().terms(text, typing=typing):
        assert [one for one in term.terms if words(one) != [one]] == []
        assert 0 < term.weight <= 1


def test_the_stop_words_of_the_portal_leave_what_a_family_looks_for() -> None:
    stop_words = read(SEARCH / "stop_words.yaml", dict[str, list[str]])
    assert sorted(stop_words) == ["ar", "de", "en", "ru", "tr", "uk"]
    found = analyser(stop_words=stop_words["de"]).terms("Ich suche für meinen Sohn eine Kita und Nachhilfe, bitte")
    assert found == [QueryTerm(("kita",)), QueryTerm((stem("nachhilfe", "de"),))]


# --- Nothing that a person types is an operator ---


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        f"CREATE VIRTUAL TABLE t USING fts5({', '.join(COLUMNS)}, tags, tokenize = \"unicode61 tokenchars ':-*'\")"
    )
    connection.execute("INSERT INTO t VALUES ('kita', '', '', '', '', 'd:nordstadt')")
    connection.execute("INSERT INTO t VALUES ('', '', '', '', 'hebamme', 'd:westhafen')")
    yield connection
    connection.close()


def matching(index: sqlite3.Connection, terms: list[QueryTerm], **changes: object) -> list[int]:
    query = Query(text="", lang="de", today=TODAY, **changes)  # type: ignore[arg-type]
    found = index.execute("SELECT rowid FROM t WHERE t MATCH ? ORDER BY rowid", (_expression(terms, query),))
    return [rowid for (rowid,) in found]


@given(st.lists(anything | hostile, min_size=1, max_size=6), st.booleans())
@example(['"'], False)
@example(['kita" OR tags:"d'], False)
@example(["*"], True)
@example(["\x00"], False)
@example([""], True)
@example(["NEAR(kita hebamme)", "NOT", "AND"], False)
def test_the_index_accepts_whatever_was_typed(index: sqlite3.Connection, typed: list[str], prefix: bool) -> None:
    assert set(matching(index, [QueryTerm(tuple(typed), prefix=prefix)])) <= {1, 2}


@given(anything | hostile, st.booleans())
def test_the_index_accepts_every_question(index: sqlite3.Connection, text: str, typing: bool) -> None:
    terms = analyser().terms(text, typing=typing)
    if terms:
        assert set(matching(index, terms, spans=((36, 47),), needs=("a_b",), barriers=("kostenlos",))) == set()
        assert set(matching(index, terms)) <= {1, 2}


@given(anything | hostile)
def test_a_quoted_term_is_one_word_in_quotes(text: str) -> None:
    assert quoted(text)[0] == quoted(text)[-1] == '"'
    assert (
        words(quoted(text).replace("_", "")) == [quoted(text)[1:-1].replace("_", "")] or quoted(text).strip('"_') == ""
    )


@pytest.mark.parametrize("typed", ["NOT", "AND", "OR", "NEAR", "tags", "title", "d:westhafen", "kita OR hebamme"])
def test_words_of_the_query_language_are_only_words(index: sqlite3.Connection, typed: str) -> None:
    assert matching(index, [QueryTerm((typed,))]) == []


def test_words_are_looked_for_in_the_texts_and_districts_in_their_own_column(index: sqlite3.Connection) -> None:
    assert matching(index, [QueryTerm(("kita", "hebamme"))]) == [1, 2]
    assert matching(index, [QueryTerm(("heb",), prefix=True)]) == [2]
    assert matching(index, [QueryTerm(("heb",))]) == []
    assert matching(index, [QueryTerm(("kita", "hebamme"))], district="nordstadt") == [1]
    assert matching(index, [QueryTerm(("nordstadt",))]) == []
