"""The remarks beside a German text: each kind on a sentence that has it, and silence on one that only looks like it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal import paths
from portal.content.schema import ContentError, OfferFile, read
from portal.plain.check import Finding, check_text, replace
from portal.plain.words import PlainWords, load_words

WORDS = load_words(paths.CONTENT)


def found(text: str, kind: str) -> list[str]:
    return [finding.excerpt for finding in check_text(text, WORDS).findings if finding.kind == kind]


def only(text: str, kind: str) -> Finding:
    (finding,) = [finding for finding in check_text(text, WORDS).findings if finding.kind == kind]
    return finding


@pytest.mark.parametrize(
    ("kind", "text", "excerpts"),
    [
        ("passive", "Die Kosten werden vom Amt bezahlt.", ["werden vom Amt bezahlt"]),
        ("passive", "Der Beitrag wurde neu festgesetzt.", ["wurde neu festgesetzt"]),
        ("passive", "Ihr meldet euch an, damit ein Platz angeboten wird.", ["angeboten wird"]),
        ("passive", "Die Unterlagen sind vorzulegen.", ["sind vorzulegen"]),
        ("passive", "Euer Kind wird im Sommer 6 Jahre alt.", []),
        ("passive", "Wir werden euch gern helfen.", []),
        ("passive", "Ihr werdet viel gewinnen und genießen.", []),
        ("passive", "Das Haus ist gut zu finden.", []),
        ("passive", "Ihr habt den Antrag bezahlt.", []),
        (
            "nominal_style",
            "Die Festsetzung und Vollstreckung ist unsere Aufgabe.",
            ["Festsetzung und Vollstreckung"],
        ),
        ("nominal_style", "Die Wohnung ist nah, die Beratung ist kostenlos, die Anmeldung ist einfach.", []),
        ("official_word", "Kommt zu den Sprechzeiten.", ["Sprechzeiten"]),
        ("official_word", "Ihr könnt das Angebot in Anspruch nehmen.", ["in Anspruch nehmen"]),
        ("official_word", "Ein erforderlicher Nachweis fehlt.", ["erforderlicher"]),
        ("official_word", "Ihr habt ein Recht darauf.", []),
        ("official_word", "Die Sprechzeit-Uhr geht nach.", []),
        ("rare_word", "Die Diagnostik ist multidimensional.", ["multidimensional"]),
        ("rare_word", "Kommt am Donnerstagnachmittag in das Familienzentrum.", []),
        ("abbreviation", "Bringt z. B. Obst mit.", ["z. B."]),
        ("abbreviation", "Bringt z.B. Obst mit.", ["z.B."]),
        ("abbreviation", "Der Zug hält um 9.30 Uhr.", []),
        ("no_digits", "Die Gruppe hat sieben Kinder.", ["sieben"]),
        ("no_digits", "Die Gruppe hat 7 Kinder. Gebt acht!", []),
        ("sie_form", "Hier können Sie Ihre Fragen stellen.", ["Sie", "Ihre"]),
        ("sie_form", "Frau Demir hilft. Sie spricht Türkisch. Wir mögen sie und ihre Ruhe.", []),
    ],
)
def test_each_kind_is_found_where_it_is_and_nowhere_else(kind: str, text: str, excerpts: list[str]) -> None:
    assert found(text, kind) == excerpts


def test_a_long_sentence_is_named_with_its_length() -> None:
    text = "Kurz. " + " ".join(["Wir", *["gehen"] * 16]) + "."
    finding = only(text, "long_sentence")
    assert (finding.start, finding.end) == (6, len(text))
    assert finding.message == "Dieser Satz hat 17 Wörter. Mach 2 Sätze daraus."
    assert found(" ".join(["Wir", *["gehen"] * 15]) + ".", "long_sentence") == []


def test_a_long_sentence_stays_long_in_lines() -> None:
    words = ["Wir", *["gehen"] * 16]
    assert len(found("\n\n- ".join(words) + ".", "long_sentence")) == 1


@pytest.mark.parametrize(
    ("text", "excerpt"),
    [
        ("Für sozial schwache Menschen.", "sozial schwache"),
        ("Hilfe für Problemfamilien.", "Problemfamilien"),
        ("Hilfe für Problem-Familien.", "Problem-Familien"),
        ("Hilfe für Problem·familien.", "Problem·familien"),
        ("Hilfe für Pro\u00adblem\u00adfamilien.", "Pro\u00adblem\u00adfamilien"),
        ("Der Stadtteil ist ein sozialer\nBrennpunkt.", "sozialer\nBrennpunkt"),
        ("Für BILDUNGSFERNE Eltern.", "BILDUNGSFERNE"),
        ("Dafür sind wir nicht zuständig.", "nicht zuständig"),
    ],
)
def test_words_that_shame_block_however_they_are_written(text: str, excerpt: str) -> None:
    report = check_text(text, WORDS)
    assert [(f.excerpt, f.blocks) for f in report.findings if f.kind == "shaming"] == [(excerpt, True)]
    assert report.blocks


@pytest.mark.parametrize(
    "text", ["Ihr seid sozial und stark.", "Das ist ein Problem für viele Familien.", "Ruf die zuständige Stelle an."]
)
def test_words_that_shame_nobody_do_not_block(text: str) -> None:
    assert not check_text(text, WORDS).blocks


@pytest.mark.parametrize(
    ("text", "kind", "after"),
    [
        ("Kommt unverzüglich.", "official_word", "Kommt sofort."),
        ("Unverzüglich kommen!", "official_word", "Sofort kommen!"),
        ("Die erforderlichen Papiere.", "official_word", "Die nötigen Papiere."),
        ("Alle Unterlagen fristgerecht bringen.", "official_word", "Alle Unterlagen rechtzeitig bringen."),
        ("Bringt z. B. Obst mit.", "abbreviation", "Bringt zum Beispiel Obst mit."),
        ("Mit Obst usw.", "abbreviation", "Mit Obst und so weiter."),
        ("Wir sind vier.", "no_digits", "Wir sind 4."),
        ("Fragt das Jugendamt.", "official_word", "Fragt das Jugendamt (Amt, das Eltern und Kindern hilft)."),
    ],
)
def test_one_click_puts_the_simple_word_in_its_place(text: str, kind: str, after: str) -> None:
    assert replace(text, only(text, kind)) == after


def test_a_name_of_the_law_is_explained_once_and_then_left_alone() -> None:
    text = "Fragt das Jugendamt. Das Jugendamt hilft."
    finding = only(text, "official_word")
    assert (finding.start, finding.end) == (10, 19)
    assert found(replace(text, finding), "official_word") == []
    assert found("Das Jugendamt (ein Amt für Familien) hilft. Das Jugendamt hilft gern.", "official_word") == []


def test_a_finding_of_another_text_is_refused() -> None:
    finding = only("Kommt unverzüglich.", "official_word")
    with pytest.raises(ValueError, match="has changed"):
        replace("Kommt bitte unverzüglich.", finding)


def test_levels() -> None:
    assert check_text("Wir helfen euch. Kommt vorbei.", WORDS).level == "leicht"
    hard = (
        "Die Gewährung von Leistungen setzt eine rechtzeitige Antragstellung durch die Erziehungsberechtigten voraus, wobei die"
        " Anspruchsvoraussetzungen durch geeignete Unterlagen nachzuweisen sind."
    )
    assert check_text(hard, WORDS).level == "schwer"
    assert (
        check_text("Die Inanspruchnahme erfolgt nach vorheriger telefonischer Terminvereinbarung.", WORDS).level
        == "geht"
    )
    assert check_text("", WORDS).score == 0


def test_the_demo_is_easy_and_hears_few_remarks() -> None:
    offers = [
        offer
        for path in sorted((paths.CONTENT / "demo" / "offers").glob("*.yaml"))
        for offer in read(path, list[OfferFile])
    ]
    reports = [check_text(offer.text.description, WORDS) for offer in offers]
    assert len(reports) > 50
    assert [report.level for report in reports].count("schwer") == 0
    assert [report.level for report in reports].count("leicht") >= 0.85 * len(reports)
    assert sum(len(report.findings) for report in reports) <= 1.5 * len(reports)
    assert not any(report.blocks for report in reports)


@given(
    st.text(st.sampled_from("aeilnrstuS .,:-\n\u00ad·•ß0Ü"), max_size=200),
    st.sampled_from(["", " Sprechzeiten ", " z. B. ", " Problem·familie "]),
)
def test_places_are_exact_in_any_text(text: str, word: str) -> None:
    whole = text + word + text
    for finding in check_text(whole, WORDS).findings:
        assert whole[finding.start : finding.end] == finding.excerpt != ""
        assert (
            replace(whole, finding)
            == whole[: finding.start] + (finding.suggestion or finding.excerpt) + whole[finding.end :]
        )


def test_words_said_twice_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / "words.yaml").write_text(
        "official: {Antrag: a}\nadjectives: {antrag: b}\nexplain: {}\nabbreviations: {}\n", encoding="utf-8"
    )
    (folder / "shaming.yaml").write_text("- {words: [Assi], why: So nicht.}\n", encoding="utf-8")
    with pytest.raises(ContentError, match="there twice"):
        load_words(tmp_path)


def test_every_official_word_is_found_by_its_own_pattern() -> None:
    def missed(words: PlainWords) -> list[str]:
        return [word for word in words.official if not words.official_pattern.search(word)]

    assert missed(WORDS) == []
    assert len(WORDS.official) + len(WORDS.adjectives) >= 150
