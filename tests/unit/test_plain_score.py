"""The number beside each text: it follows human ratings, and no layout makes a hard text look easy."""

from __future__ import annotations

import csv

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from portal.cli import main
from portal.plain import score
from portal.plain.score import score_text
from portal.plain.sentences import split
from portal.plain.vocabulary import COMPOUND, DERIVED, KNOWN, UNKNOWN, rarity
from tests.conftest import SHARED_DATA

RATINGS = SHARED_DATA / "textcomplexity_de19_half"
HARD = (
    "Die Gewährung von Leistungen setzt eine rechtzeitige Antragstellung durch die Erziehungsberechtigten voraus, wobei die"
    " wirtschaftlichen Verhältnisse durch geeignete Unterlagen nachzuweisen sind."
)
EASY = "Ihr stellt einen Antrag. Wir helfen euch dabei. Bringt den Ausweis mit."

needs_ratings = pytest.mark.skipif(
    not RATINGS.is_dir(), reason="the ratings of TextComplexityDE19 are not on this machine"
)


def rows(name: str) -> list[dict[str, str]]:
    with (RATINGS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def scores(*lines: str) -> list[str]:
    return CliRunner().invoke(main, ["text", "score"], input="\n".join(lines).encode()).stdout.splitlines()


# --- Figures ---


@needs_ratings
def test_the_score_follows_human_ratings_better_than_the_number_of_words() -> None:
    ratings = rows("ratings.csv")
    human = [float(row["MOS_Complexity"]) for row in ratings]
    ours = spearmanr([score_text(row["Sentence"]) for row in ratings], human)[0]
    words = spearmanr([len(row["Sentence"].split()) for row in ratings], human)[0]
    assert ours >= 0.78
    assert ours >= words + 0.05


@needs_ratings
def test_simplified_texts_are_judged_easier() -> None:
    pairs = rows("parallel_corpus.csv")
    easier = sum(score_text(row["Simplification"]) < score_text(row["Original_Sentence"]) for row in pairs)
    assert easier / len(pairs) >= 0.97


def test_no_weight_makes_what_is_hard_easier() -> None:
    fitted = score.load_weights()
    assert set(fitted.weights) == set(score.PROPERTIES)
    assert min(fitted.weights.values()) > 0


# --- What cannot be cheated ---

WORDS = HARD.split(" ")
BREAKS = ["\n", "\n\n", "\r\n", "\n- ", "\n• ", "\n* ", "\n# ", "\n\n## ", "\n1. ", " • ", "\n– ", "\u2028", "\n> "]


@given(st.lists(st.sampled_from(["", *BREAKS]), min_size=len(WORDS), max_size=len(WORDS)))
def test_layout_inside_a_sentence_changes_nothing(breaks: list[str]) -> None:
    laid_out = "".join(mark + " " + word for mark, word in zip(breaks, WORDS, strict=True))
    assert score_text(laid_out) == score_text(HARD)


@given(
    st.lists(
        st.sampled_from(["Ja.", "Gut so.", "Das ist gut.", "-", "•", "# Info.", "", "Hallo!", "…", "1."]), max_size=80
    ),
    st.integers(0, 80),
)
def test_filling_a_text_up_with_easy_lines_never_makes_it_easier(filler: list[str], place: int) -> None:
    lines = [*filler[:place], HARD, *filler[place:]]
    assert score_text("\n".join(lines)) >= score_text(HARD)


@given(st.sets(st.integers(1, len(HARD) - 1)), st.sampled_from(["\u00ad", "\u200b", "·", "\u2060"]))
def test_soft_hyphens_and_mediopunkt_change_nothing(places: set[int], mark: str) -> None:
    inside = {place for place in places if HARD[place - 1].isalpha() and HARD[place].isalpha()}
    split_up = "".join((mark if place in inside else "") + letter for place, letter in enumerate(HARD))
    assert score_text(split_up) == score_text(HARD)


def test_a_colon_does_not_help_to_cut_a_sentence_into_a_list() -> None:
    whole = "Wichtig ist: " + HARD
    cut = "Wichtig ist:\n- " + HARD.replace(" durch ", "\n- durch ")
    assert score_text(cut) == score_text(whole)


def test_capitals_do_not_make_names() -> None:
    assert score_text(HARD.upper()) >= score_text(HARD)
    assert score_text(HARD.title()) >= score_text(HARD)


@given(st.text(max_size=300), st.text(max_size=100))
def test_any_text_has_a_number_on_the_scale_and_more_text_is_never_easier(text: str, more: str) -> None:
    number = score_text(text)
    assert number == 0 or 1 < number <= 7
    assert score_text(text + ".\n\n" + "Das ist gut.") >= min(number, 7)
    assert score_text(more) == score_text(more)


def test_an_honest_list_is_not_one_long_sentence() -> None:
    items = ["Ausweis von Mutter oder Vater", "Geburtsurkunde", "Brief vom Jobcenter", "Rechnung der Schule", "3 Fotos"]
    honest = "Bringt bitte mit:\n" + "\n".join("- " + item for item in items) + "\nFehlt etwas? Kommt trotzdem."
    assert len(split(honest)) == 1 + len(items) + 2
    assert score_text(honest) < score_text("Bringt bitte mit " + ", ".join(items) + ".")


def test_easy_is_easier_than_hard() -> None:
    assert score_text(EASY) < 1.6
    assert score_text(HARD) > 3.5


# --- Sentences and words ---


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Kommt z. B. am Montag. Das geht.", 2),
        ("Am 1. Mai ist zu. Am 18. Geburtstag endet es.", 2),
        ("Für Kinder unter 3. Bringt ein Tuch mit.", 2),
        ("Dr. Demir hilft euch um 9.30 Uhr.", 1),
        ("Wirklich? Ja! Kommt.", 3),
        ("Die Stiftung „Mutter und Kind“. Wichtig ist das.", 2),
        ("...!!! ---", 0),
        ("", 0),
    ],
)
def test_where_a_sentence_ends(text: str, sentences: int) -> None:
    assert len(split(text)) == sentences


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Kind", KNOWN),
        ("kindlich", DERIVED),
        ("abgeholt", DERIVED),
        ("Kinderbett", KNOWN),
        ("Sommerkleid", COMPOUND),
        ("Adiabate", UNKNOWN),
    ],
)
def test_how_rare_a_word_is(word: str, expected: float) -> None:
    assert rarity(word) == expected


# --- portal text score ---


def test_one_number_for_each_line() -> None:
    numbers = scores(EASY, "", HARD, "   ", "123")
    assert [float(number) > 0 for number in numbers] == [True, False, True, False, True]
    assert float(numbers[0]) < float(numbers[2])
    assert numbers[1] == "0.0000"


@pytest.mark.parametrize(
    ("given_bytes", "lines"),
    [
        (b"", 0),
        (b"\n", 1),
        (b"Ja.\nNein.", 2),
        (b"Ja.\r\nNein.\r\n", 2),
        (b"a\x0bb\x0cc\x1cd\x85e\rf\n", 1),
        ("a\u2028b\u2029c\n".encode(), 1),
        (b"\xff\xfe\x00Hallo\n", 1),
        ("😀 👨‍👩‍👧\n".encode(), 1),
        (b"Wort " * 50_000 + b"\n", 1),
        (b"x" * 500_000, 1),
    ],
)
def test_as_many_numbers_as_lines_whatever_comes(given_bytes: bytes, lines: int) -> None:
    result = CliRunner().invoke(main, ["text", "score"], input=given_bytes)
    assert result.exit_code == 0
    numbers = result.stdout.splitlines()
    assert len(numbers) == lines
    assert all(0 <= float(number) <= 7 for number in numbers)
