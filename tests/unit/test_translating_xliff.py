"""Texts go to an agency as XLIFF and come back checked."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from portal.models.enums import TextState
from portal.translating.units import Unit
from portal.translating.xliff import XliffError, read_xliff, write_xliff

TODAY = date(2026, 11, 21)
NS = "{urn:oasis:names:tc:xliff:document:1.2}"
KEY = "offer/baby-treff/summary"
UNIT = Unit(KEY, "Ein Treff für Eltern.\nRuf an: 030 23125 200.", "", None, note="Kurztext", max_length=100)


def written(*units: Unit, lang: str = "tr") -> bytes:
    return write_xliff(units, target_lang=lang, original="Familienlotse Beispielstadt", today=TODAY)


def returned(
    target: str, state: str = "translated", source: str = UNIT.source, key: str = KEY, lang: str = "tr"
) -> bytes:
    """What an agency sends back for one text; `target` is XML."""
    return (
        f'<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2"><file original="x" source-language="de" '
        f'target-language="{lang}" datatype="plaintext"><body><trans-unit id="{key}"><source>{source}</source>'
        f'<target state="{state}">{target}</target></trans-unit></body></file></xliff>'
    ).encode()


def problems(data: bytes, unit: Unit = UNIT, names: tuple[str, ...] = ()) -> list[str]:
    """The problems of a text that is not accepted."""
    result = read_xliff(data, {unit.key: unit}, "tr", names)
    assert result.accepted == []
    return result.problems


GOOD = "Ebeveynler için.\nTelefon: 030 23125 200."


# --- Writing ---


def units_in(data: bytes) -> list[Element]:
    return list(fromstring(data).iter(f"{NS}trans-unit"))


def test_the_file_is_xliff_1_2_from_german_with_its_day() -> None:
    root = fromstring(written(UNIT))
    assert root.tag == f"{NS}xliff"
    assert root.get("version") == "1.2"
    file = root.find(f"{NS}file")
    assert file is not None
    assert file.attrib == {
        "original": "Familienlotse Beispielstadt",
        "source-language": "de",
        "target-language": "tr",
        "datatype": "plaintext",
        "date": "2026-11-21T00:00:00Z",
    }


def test_a_translator_sees_the_note_the_length_and_what_to_leave_as_it_is() -> None:
    (unit,) = units_in(written(UNIT))
    assert (unit.get("maxwidth"), unit.get("size-unit")) == ("100", "char")
    assert unit.findtext(f"{NS}note") == "Kurztext Höchstens 100 Zeichen. Bitte unverändert lassen: 030 23125 200."


@pytest.mark.parametrize(
    ("state", "attributes", "approved"),
    [
        (None, {"state": "needs-translation"}, None),
        (TextState.OUTDATED, {"state": "needs-translation"}, None),
        (TextState.MACHINE, {"state": "needs-review-translation", "state-qualifier": "mt-suggestion"}, None),
        (TextState.HUMAN, {"state": "final"}, "yes"),
    ],
)
def test_the_state_of_a_text_is_written_in_the_words_of_xliff(
    state: TextState | None, attributes: dict[str, str], approved: str | None
) -> None:
    (unit,) = units_in(written(replace(UNIT, state=state, target="x")))
    target = unit.find(f"{NS}target")
    assert target is not None
    assert target.attrib == attributes
    assert unit.get("approved") == approved


def test_german_originals_and_empty_fields_are_not_sent() -> None:
    assert units_in(written(replace(UNIT, state=TextState.SOURCE), replace(UNIT, source=" \n"))) == []


# --- There and back ---

texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t", exclude_characters="\ufffe\uffff"),
    max_size=60,
)


@given(source=texts.filter(str.strip), target=texts.filter(str.strip), key=texts.filter(str.strip))
def test_every_text_comes_back_as_it_was_written(source: str, target: str, key: str) -> None:
    unit = Unit(key, source, target, TextState.HUMAN)
    # Any text at all may hold a "<b>" or a phone number of its own: what counts here is that the characters survive.
    result = read_xliff(written(unit), {key: replace(unit, source=source)}, "tr")
    if result.problems:
        assert all("HTML" in problem or "fehlt" in problem for problem in result.problems)
    else:
        assert result.accepted == [(key, target)]
    entry = units_in(written(unit))[0]
    assert (entry.get("resname"), entry.findtext(f"{NS}source"), entry.findtext(f"{NS}target")) == (key, source, target)


@pytest.mark.parametrize(
    "text",
    [
        "„Ich möchte\n\n  einen 'Termin'“ & <3 \"x\"",
        "مرحبا \u200f(ABC)\u200f 👩‍👧‍👦 12",
        "Zeile\r\nZeile\rZeile",
        "]]> <!-- x --> &amp;",
        "a\u0085b\u2028c\u00a0d\u00ad",
    ],
)
def test_line_breaks_quotes_emojis_and_arabic_survive(text: str) -> None:
    unit = Unit(KEY, text, text, TextState.HUMAN)
    assert units_in(written(unit))[0].findtext(f"{NS}target") == text


def test_a_text_that_came_back_translated_is_accepted() -> None:
    result = read_xliff(returned(GOOD), {KEY: UNIT}, "tr")
    assert (result.accepted, result.outdated, result.problems) == ([(KEY, GOOD)], [], [])


def test_control_characters_in_german_do_not_make_a_text_look_changed() -> None:
    unit = replace(UNIT, source="Ein\x0b Treff\x00")
    data = written(replace(unit, target="Buluşma", state=TextState.HUMAN))
    assert read_xliff(data, {KEY: unit}, "tr").accepted == [(KEY, "Buluşma")]


# --- XLIFF 2 ---


def version_2(body: str, attributes: str = 'srcLang="de" trgLang="tr"', version: str = "2.0") -> bytes:
    head = f'<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="{version}" {attributes}>'
    return f'{head}<file id="f">{body}</file></xliff>'.encode()


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_xliff_2_is_read_with_its_segments_and_the_space_between_them(version: str) -> None:
    body = (
        f'<unit id="u1" name="{KEY}"><segment state="final"><source>Komm vorbei. </source><target>Uğra. </target></segment>'
        "<ignorable><source> </source></ignorable>"
        '<segment state="translated"><source>Ruf <pc id="1">an</pc>.</source>'
        '<target>Bizi <mrk id="m" type="term">ara</mrk>.</target></segment></unit>'
    )
    unit = replace(UNIT, source="Komm vorbei.  Ruf an.")
    result = read_xliff(version_2(body, version=version), {KEY: unit}, "tr")
    assert (result.accepted, result.problems) == ([(KEY, "Uğra.  Bizi ara.")], [])


def test_sentences_in_another_order_are_put_together_in_that_order() -> None:
    body = (
        f'<unit id="{KEY}"><segment state="final"><source>Eins. </source><target order="2">iki</target></segment>'
        '<segment state="final"><source>Zwei.</source><target order="1">bir </target></segment></unit>'
    )
    assert read_xliff(version_2(body), {KEY: replace(UNIT, source="Eins. Zwei.")}, "tr").accepted == [(KEY, "bir iki")]


def test_a_unit_of_which_a_sentence_is_missing_is_not_accepted() -> None:
    body = (
        f'<unit id="{KEY}"><segment state="final"><source>Eins. </source><target>bir</target></segment>'
        "<segment><source>Zwei.</source></segment></unit>"
    )
    assert problems(version_2(body), replace(UNIT, source="Eins. Zwei.")) == [f"{KEY}: Die Übersetzung ist leer."]


# --- What is not accepted ---


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("", "Die Übersetzung ist leer."),
        (" \n ", "Die Übersetzung ist leer."),
        ("030 23125 200 " + "x" * 90, "Die Übersetzung ist zu lang: 104 Zeichen, erlaubt sind 100."),
        ("Telefon: 030 23125 201.", "In der Übersetzung fehlt: 030 23125 200."),
        ("&lt;script&gt; 030 23125 200", "In der Übersetzung steht HTML (<script>), das es im Deutschen nicht gibt."),
        ("&lt;/A href 030 23125 200", "In der Übersetzung steht HTML (<a>), das es im Deutschen nicht gibt."),
        ("030 23125 200 &#x7f;", "In der Übersetzung stehen unsichtbare Steuerzeichen."),
        (
            '<ph id="1">br</ph> 030 23125 200',
            "In der Übersetzung steht eine Formatierung (<ph>), die es im Deutschen nicht gibt.",
        ),
        ("x" * 20_001, "Der Text ist viel zu lang."),
    ],
)
def test_a_text_with_a_fault_is_not_accepted_and_the_fault_is_named(target: str, sentence: str) -> None:
    assert problems(returned(target)) == [f"{KEY}: {sentence}"]


def test_phone_numbers_may_be_written_with_other_spaces_and_arabic_digits() -> None:
    target = "اتصل: ٠٣٠/٢٣١٢٥-٢٠٠"
    assert read_xliff(returned(target), {KEY: UNIT}, "tr").accepted == [(KEY, target)]


def test_a_name_that_got_lost_is_missed() -> None:
    unit = replace(UNIT, source="Komm ins Haus am Park.")
    data = returned("Parktaki eve gel.", source=unit.source)
    assert problems(data, unit, ("Haus am Park",)) == [f"{KEY}: In der Übersetzung fehlt: Haus am Park."]


def test_a_translation_of_a_german_text_that_has_changed_since_is_returned_as_outdated() -> None:
    result = read_xliff(returned(GOOD), {KEY: replace(UNIT, source=UNIT.source + " Neu.")}, "tr")
    assert (result.accepted, result.outdated) == ([], [(KEY, GOOD)])
    assert result.problems == [f"{KEY}: Der deutsche Text wurde seitdem geändert."]


def test_a_text_that_nobody_knows_any_more_is_named() -> None:
    assert problems(returned(GOOD, key="offer/weg/summary")) == [
        "offer/weg/summary: Diesen Text gibt es hier nicht (mehr)."
    ]


@pytest.mark.parametrize("state", [TextState.MACHINE, TextState.OUTDATED])
@pytest.mark.parametrize("returned_state", ["", "new", "needs-translation"])
def test_what_nobody_touched_does_not_come_back_as_the_work_of_a_person(state: TextState, returned_state: str) -> None:
    unit = replace(UNIT, target=GOOD, state=state)
    assert problems(returned(GOOD, state=returned_state), unit) == [
        f"{KEY}: Die Übersetzung ist noch nicht bearbeitet."
    ]


def test_a_machine_text_that_an_agency_has_approved_is_accepted() -> None:
    unit = replace(UNIT, target=GOOD, state=TextState.MACHINE)
    assert read_xliff(returned(GOOD, state="signed-off"), {KEY: unit}, "tr").accepted == [(KEY, GOOD)]


def test_an_export_that_is_read_back_as_it_is_changes_nothing() -> None:
    machine = Unit("a", "Komm vorbei.", "Uğra.", TextState.MACHINE)
    missing = Unit("b", "Ruf an.", "", None)
    human = Unit("c", "Bis bald.", "Görüşürüz.", TextState.HUMAN)
    result = read_xliff(written(machine, missing, human), {"a": machine, "b": missing, "c": human}, "tr")
    assert (result.accepted, result.outdated) == ([("c", "Görüşürüz.")], [])
    assert result.problems == ["a: Die Übersetzung ist als „noch zu prüfen“ markiert.", "b: Die Übersetzung ist leer."]


def test_of_two_texts_with_one_key_the_first_counts() -> None:
    data = returned(GOOD).replace(b"</body>", returned("Sahte").split(b"<body>")[1].split(b"</body>")[0] + b"</body>")
    result = read_xliff(data, {KEY: UNIT}, "tr")
    assert result.accepted == [(KEY, GOOD)]
    assert result.problems == [f"{KEY}: Der Text kommt in der Datei mehr als einmal vor. Nur der erste zählt."]


# --- Files that are refused ---

BOMB = b"""<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>"""
DTD = "Die Datei enthält eine DTD oder eigene Entitäten; das ist aus Gründen der Sicherheit nicht erlaubt."
NOT_XML = "Die Datei ist kein gültiges XML. Vielleicht ist sie beschädigt oder noch gepackt."
NOT_XLIFF = "Die Datei ist kein XLIFF in Version 1.2, 2.0 oder 2.1."


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (BOMB, DTD),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', DTD),
        (b"", NOT_XML),
        (b"PK\x03\x04zip", NOT_XML),
        (b"<xliff", NOT_XML),
        (b'<?xml version="1.0" encoding="klingon"?><x/>', NOT_XML),
        (b'<?xml version="1.0" encoding="utf-16"?><x/>', NOT_XML),
        (b"<xliff version='1.2'/>", NOT_XLIFF),
        (b"<html xmlns='http://www.w3.org/1999/xhtml'/>", NOT_XLIFF),
        (b" " * (10 * 1024 * 1024 + 1), "Die Datei ist größer als 10 MB."),
        (returned(GOOD, lang="ar"), "Die Datei enthält die Sprache „ar“, erwartet wurde „tr“."),
        (version_2("", 'srcLang="de"'), "Die Datei enthält die Sprache „unbekannt“, erwartet wurde „tr“."),
        (version_2("", 'srcLang="en" trgLang="tr"'), "Die Datei übersetzt nicht aus dem Deutschen, sondern aus „en“."),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(XliffError) as refused:
        read_xliff(data, {KEY: UNIT}, "tr")
    assert str(refused.value) == sentence


def test_a_language_with_its_country_is_the_language() -> None:
    assert read_xliff(returned(GOOD, lang="tr-TR"), {KEY: UNIT}, "tr").accepted == [(KEY, GOOD)]


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: returned(text)))
def test_no_file_makes_the_reader_fall_over(data: bytes) -> None:
    try:
        result = read_xliff(data, {KEY: UNIT}, "tr")
    except XliffError as error:
        assert str(error).endswith(".")
    else:
        assert len(result.accepted) <= 1


def test_deep_and_long_files_are_read_in_seconds() -> None:
    deep = returned("<g>" * 200_000 + "x" + "</g>" * 200_000)
    many = returned(GOOD).replace(
        b"</body>", b'<trans-unit id="?"><source>a</source></trans-unit>' * 100_000 + b"</body>"
    )
    start = time.perf_counter()
    assert problems(deep) == [f"{KEY}: In der Übersetzung fehlt: 030 23125 200."]
    assert len(read_xliff(many, {KEY: UNIT}, "tr").problems) == 501
    assert time.perf_counter() - start < 10
