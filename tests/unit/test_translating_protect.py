"""Names, numbers and the glossary's words survive a machine translation, or the editor is told."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.content.schema import ContentError
from portal.models.enums import TextState
from portal.translating.facts import FactKind, find_facts, missing_facts
from portal.translating.glossary import Glossary, TermFile, load_glossary
from portal.translating.protect import Translated, protect, restore, translate_units
from portal.translating.units import Unit
from tests.conftest import ROOT

GLOSSARY = load_glossary(ROOT / "content" / "translating" / "glossary.yaml")
EMPTY = Glossary([])


class Service:
    """What a service does to texts, as a function of one text. Keeps what was sent."""

    name = "Versuch"

    def __init__(self, does: Callable[[str], str]) -> None:
        self.does = does
        self.sent: list[str] = []

    def translate(self, texts: list[str], source: str, target: str) -> list[str]:
        self.sent += texts
        return [self.does(text) for text in texts]

    def languages(self) -> set[str]:
        return {"en"}


def with_o(text: str) -> str:
    """A "translation": an o after every word. Marked parts are left alone, as both services do."""
    parts = re.split(r"(<span.*?</span>)", text)
    return "".join(
        part if part.startswith("<span") else re.sub(r"(?<!&)\b[^\W\d_]+", r"\g<0>o", part) for part in parts
    )


def translated(
    source: str, does: Callable[[str], str] = with_o, names: tuple[str, ...] = (), target: str = "en", **unit: int
) -> Translated:
    (answer,) = translate_units([Unit("k", source, "", None, **unit)], Service(does), GLOSSARY, names, target)
    return answer


# --- Facts ---


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("Ruf an: 030 23125 200.", [(FactKind.PHONE, "030 23125 200")]),
        (
            "+49 30 23125-200 oder (030) 23125200",
            [(FactKind.PHONE, "+49 30 23125-200"), (FactKind.PHONE, "(030) 23125200")],
        ),
        ("Die 116 117 oder 110.", [(FactKind.PHONE, "116 117"), (FactKind.PHONE, "110")]),
        (
            "info@haus.example, www.haus.example/x",
            [(FactKind.EMAIL, "info@haus.example"), (FactKind.WEB, "www.haus.example/x")],
        ),
        ("Siehe https://haus.example/a?b=1.", [(FactKind.WEB, "https://haus.example/a?b=1")]),
        ("Am 3.12.2026 um 15:30 Uhr", [(FactKind.DATE, "3.12.2026"), (FactKind.TIME, "15:30")]),
        ("12,50 Euro oder 1.200 €", [(FactKind.AMOUNT, "12,50"), (FactKind.AMOUNT, "1.200 €")]),
        (
            "Hauptstraße 5a, 00101 Beispielstadt",
            [(FactKind.PLACE, "Hauptstraße 5a"), (FactKind.PLACE, "00101 Beispielstadt")],
        ),
        (
            "Klingel bei „Beratung“ im «Haus Sonne»",
            [(FactKind.QUOTED, "„Beratung“"), (FactKind.QUOTED, "«Haus Sonne»")],
        ),
        ("Sag: „Ich möchte einen Termin.“ Oder: „Wir nehmen niemanden mehr“", []),
        ("Ein Kita-Platz für 2 Kinder ab 3 Jahren, von 14 bis 16 Uhr", []),
    ],
)
def test_what_must_stay_is_found(text: str, facts: list[tuple[FactKind, str]]) -> None:
    assert [(fact.kind, fact.text) for fact in find_facts(text)] == facts


def test_names_are_found_as_whole_words_also_in_the_genitive_and_the_longer_one_wins() -> None:
    names = ["Park", "Haus am Park", "AWO", " "]
    found = find_facts("Das Haus am Park, AWOs Parkplatz, die AWO-Gruppe im Park.", names)
    assert [(fact.start, fact.text) for fact in found] == [(4, "Haus am Park"), (18, "AWO"), (38, "AWO"), (52, "Park")]


def test_a_person_may_write_times_in_another_way_but_not_a_machine() -> None:
    assert missing_facts("Um 15:30 Uhr", "At 3:30 pm") == []
    assert missing_facts("Um 15:30 Uhr", "At 3:30 pm", strict=True) == ["15:30"]


@pytest.mark.parametrize(
    "text",
    ["a" * 200_000, "A" * 200_000, "A-" * 100_000, "0" * 200_000, "a.a" * 60_000, "„" * 100_000, "110 " * 50_000],
)
def test_a_field_full_of_one_letter_takes_no_minutes(text: str) -> None:
    start = time.perf_counter()
    find_facts(text, ["A", "Haus"])
    assert time.perf_counter() - start < 5


# --- The glossary ---


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Das Jugendamt hilft.", [("Jugendamt", "youth welfare office", False)]),
        ("Die Hilfe des Jugendamtes", [("Jugendamtes", "youth welfare office", False)]),
        ("In den Jugendämtern", [("Jugendämtern", "youth welfare office", True)]),
        ("Eine Hebamme, zwei Hebammen", [("Hebamme", "midwife", False), ("Hebammen", "midwife", True)]),
        ("Mit Frühen Hilfen", [("Frühen Hilfen", "early support services", False)]),
        ("bei häuslicher Gewalt", [("häuslicher Gewalt", "domestic violence", False)]),
        ("Alle Familienzentren", [("Familienzentren", "family centre", True)]),
        ("im Sozialpädiatrischen Zentrum", [("Sozialpädiatrischen Zentrum", "social paediatric centre", False)]),
        ("Kitas", [("Kitas", "daycare centre", True)]),
        (
            "Bildungs- und Teilhabepaket",
            [("Bildungs- und Teilhabepaket", "education and participation benefits", False)],
        ),
        ("Kindergeldantrag, Kita-Platz, kindergeld, Landesjugendamt", []),
    ],
)
def test_german_forms_of_a_term_are_found_and_compounds_are_not(text: str, found: list[tuple[str, str, bool]]) -> None:
    assert [(term.text, term.term, term.plural) for term in GLOSSARY.find(text, "en")] == found


def test_every_term_of_our_glossary_finds_itself_in_all_five_languages() -> None:
    for entry in GLOSSARY._terms:
        assert set(entry.terms) == {"en", "tr", "ar", "uk", "ru"}
        for german in entry.german:
            for language, term in entry.terms.items():
                (found,) = GLOSSARY.find(f"Frag nach: {german}.", language)
                assert (found.text, found.term, found.plural) == (german, term, False)
                assert found.unsure == (language in entry.unsure)


def test_a_language_without_terms_finds_none() -> None:
    assert GLOSSARY.find("Kindergeld", "pl") == []


def test_a_glossary_with_a_misspelt_field_or_a_double_word_is_refused_with_its_path(tmp_path: Path) -> None:
    path = tmp_path / "glossary.yaml"
    path.write_text('terms:\n  - {german: ["Kita"], terms: {pl: "x"}}\n', encoding="utf-8")
    with pytest.raises(ContentError, match=r"glossary\.yaml.*\$\.terms"):
        load_glossary(path)
    path.write_text(
        "terms:\n  - {german: [Kita], terms: {en: a}}\n  - {german: [Kita], terms: {en: b}}\n", encoding="utf-8"
    )
    with pytest.raises(ContentError, match=r"glossary\.yaml: two entries for Kita"):
        load_glossary(path)


# --- Before ---


def test_what_is_sent_has_the_names_in_spans_and_the_rest_escaped() -> None:
    line = protect("Spiel & Spaß im Haus am Park <3", EMPTY, ["Haus am Park"], "en")
    assert line.html == 'Spiel &amp; Spaß im <span id="p1" translate="no">Haus am Park</span> &lt;3'


def test_a_name_wins_over_a_term_and_a_longer_term_over_a_quotation() -> None:
    line = protect("Die Bundesstiftung „Mutter und Kind“ und das Jugendamt Mitte", GLOSSARY, ["Jugendamt Mitte"], "en")
    assert [part.replacement for part in line.parts] == ["federal foundation Mother and Child", "Jugendamt Mitte"]


def test_a_term_in_quotation_marks_is_translated() -> None:
    assert translated("Das Geld für „Bildung und Teilhabe“").target == (
        "Daso Geldo füro „education and participation benefits“"
    )


# --- Afterwards ---


def test_names_numbers_and_terms_are_put_back() -> None:
    answer = translated(
        "Kindergeld gibt es im Haus am Park. Frag das Jugendamt: 030 23125 200.", names=("Haus am Park",)
    )
    assert answer.target == "Child benefit gibto eso imo Haus am Park. Frago daso youth welfare office: 030 23125 200."
    assert (answer.problems, answer.state) == ([], TextState.MACHINE)


def test_a_turkish_term_at_the_start_of_a_sentence_has_its_own_capital() -> None:
    glossary = Glossary([TermFile(german=["Widerspruch"], terms={"tr": "itiraz"})])
    (answer,) = translate_units([Unit("k", "Widerspruch", "", None)], Service(with_o), glossary, [], "tr")
    assert answer.target == "İtiraz"


def test_line_breaks_and_indents_stay_and_nothing_without_words_is_sent() -> None:
    service = Service(with_o)
    unit = Unit("k", "Hallo\n\n  du\r\n030 23125 200\nKindergeld\n", "", None)
    (answer,) = translate_units([unit], service, GLOSSARY, [], "en")
    assert answer.target == "Halloo\n\n  duo\r\n030 23125 200\nChild benefit\n"
    assert service.sent == ["Hallo", "  du"]


def test_equal_lines_are_sent_once_and_empty_texts_not_at_all() -> None:
    service = Service(with_o)
    answers = translate_units(
        [Unit("a", "Hallo", "", None), Unit("b", "", "", None), Unit("c", "Hallo", "", None)], service, EMPTY, [], "en"
    )
    assert [answer.target for answer in answers] == ["Halloo", "", "Halloo"]
    assert [answer.problems for answer in answers] == [[], [], []]
    assert service.sent == ["Hallo"]


@pytest.mark.parametrize(
    "answer",
    [
        'Call <span id="p1" translate="no">030 23125 200</span> now',
        'Call <span translate="no" id=p1>etwas anderes</span> now',
        "Call <SPAN ID='p1'></SPAN> now",
        'Call< span id = "p1" >030</ span >now',
        'Call <span id="p1">030</span> <span id="p1">030</span> now',
        "Call 030 23125 200 now",
        'Call <span id="p1">030</span><span id="p9"></span> now',
    ],
)
def test_a_damaged_placeholder_is_repaired(answer: str) -> None:
    line = protect("Ruf jetzt 030 23125 200 an", EMPTY, [], "en")
    assert restore(answer, line) == ("Call 030 23125 200 now", [])


def test_a_term_of_which_only_the_span_was_lost_is_put_in_place_of_the_german_word() -> None:
    line = protect("Frag das Jugendamt heute", GLOSSARY, [], "en")
    assert restore("Ask the Jugendamt today", line) == ("Ask the youth welfare office today", [])
    assert restore("Ask the Youth Welfare Office today", line) == ("Ask the youth welfare office today", [])


@pytest.mark.parametrize(
    ("does", "problem"),
    [
        (
            lambda text: "Call now",
            "„030 23125 200“ fehlt in der automatischen Übersetzung. Sie wurde deshalb verworfen.",
        ),
        (
            lambda text: f"{text} or {text}",
            "„030 23125 200“ steht mehrfach in der automatischen Übersetzung. Sie wurde deshalb verworfen.",
        ),
        (lambda text: "", "„030 23125 200“ fehlt in der automatischen Übersetzung. Sie wurde deshalb verworfen."),
        (lambda text: text, "Der Übersetzungsdienst hat den Text auf Deutsch zurückgeschickt."),
        (lambda text: with_o(text) + "<b>x</b>", "In der automatischen Übersetzung steht fremdes HTML (<b>)."),
        (
            lambda text: with_o(text) + "&lt;script&gt;",
            "In der automatischen Übersetzung steht fremdes HTML (<script>).",
        ),
        (lambda text: with_o(text) + "\x00", "In der automatischen Übersetzung stehen unsichtbare Steuerzeichen."),
    ],
)
def test_a_text_that_cannot_be_repaired_is_thrown_away_with_its_reason(
    does: Callable[[str], str], problem: str
) -> None:
    answer = translated("Ruf heute bitte an: 030 23125 200", does)
    assert answer.target == ""
    assert problem in answer.problems


def test_an_empty_answer_is_named() -> None:
    assert translated("Komm vorbei", lambda text: " ") == Translated(
        Unit("k", "Komm vorbei", "", None), "", ["Der Übersetzungsdienst hat keinen Text geschickt."]
    )


def test_an_address_is_the_same_in_both_languages() -> None:
    address = "AWO Beispielstadt, Hauptstraße 5, 00101 Beispielstadt, info@awo.example"
    assert translated(address, lambda text: text, names=("AWO Beispielstadt",)).target == address


def test_a_short_text_may_be_the_same_in_both_languages() -> None:
    assert translated("Yoga Café", lambda text: text).target == "Yoga Café"


@pytest.mark.parametrize(
    ("source", "does", "problem"),
    [
        ("Von 14 bis 16 Uhr", lambda text: "From 2 to 4 pm", "Diese Zahlen fehlen in der Übersetzung: 14, 16."),
        ("Von 14 bis 16 Uhr", lambda text: "From 2 to 4 pm", "Diese Zahlen stehen nur in der Übersetzung: 2, 4."),
        ("Komm", lambda text: "come " * 10, "Die Übersetzung ist auffällig lang."),
        ("Zwei Hebammen", with_o, "„Hebammen“ wurde mit „midwife“ übersetzt. Bitte die Form prüfen."),
        ("Komm vorbei zum Treff", with_o, "Die Übersetzung ist zu lang: 25 Zeichen, erlaubt sind 20."),
    ],
)
def test_a_doubtful_text_is_kept_and_the_editor_is_asked_to_look(
    source: str, does: Callable[[str], str], problem: str
) -> None:
    answer = translated(source, does, max_length=20 if "Treff" in source else 1000)
    assert answer.target != ""
    assert problem in answer.problems


def test_digits_of_other_scripts_are_the_same_numbers() -> None:
    assert translated("Von 14 bis 16 Uhr", lambda text: "من ١٤ إلى ١٦", target="ar").problems == []


def test_a_term_that_is_not_sure_is_shown_to_the_editor() -> None:
    glossary = Glossary([TermFile(german=["Mutterschutz"], terms={"uk": "захист"}, unsure=["uk"])])
    (answer,) = translate_units(
        [Unit("k", "Frag nach dem Mutterschutz", "", None)], Service(with_o), glossary, [], "uk"
    )
    assert answer.target == "Frago nacho demo захист"
    assert answer.problems == ["„захист“ für „Mutterschutz“ ist im Glossar noch nicht sicher. Bitte prüfen."]


def test_nothing_that_a_service_does_makes_a_text_human_checked() -> None:
    assert {translated("Komm vorbei", does).state for does in (with_o, lambda text: "")} == {TextState.MACHINE}
    with pytest.raises(AttributeError):
        translated("Komm vorbei").state = TextState.HUMAN  # type: ignore[misc]


pieces = st.lists(
    st.sampled_from(
        [
            "Haus am Park",
            "030 23125 200",
            "Kindergeld",
            " ",
            "\n",
            "komm",
            ".",
            "<",
            "&",
            "&amp;",
            "</span>",
            "12,50 €",
            "😀",
            "ع",
        ]
    ),
    max_size=15,
).map("".join)


@given(pieces | st.text(max_size=40))
def test_a_service_that_changes_nothing_gives_the_text_back_with_its_names_and_numbers(text: str) -> None:
    (answer,) = translate_units([Unit("k", text, "", None)], Service(lambda sent: sent), EMPTY, ["Haus am Park"], "en")
    if answer.target:
        assert answer.target == re.sub(r"[\ue000-\uf8ff]", "", text)
    else:
        assert answer.problems or not text.strip() or len(text) < 3


@given(pieces, st.text(max_size=60))
def test_whatever_a_service_answers_the_result_has_all_names_or_is_empty(text: str, reply: str) -> None:
    (answer,) = translate_units([Unit("k", text, "", None)], Service(lambda sent: reply), EMPTY, ["Haus am Park"], "en")
    if answer.target:
        assert missing_facts(text, answer.target, ["Haus am Park"], strict=True) == []
