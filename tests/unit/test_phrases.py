"""What a parent can say at the phone: short, polite, fitting to the offer."""

from __future__ import annotations

import re

import pytest

from portal.i18n import LANGUAGES
from portal.models.enums import Provision, Registration
from portal.referrals import phrases
from portal.referrals.phrases import phrase


def german(lang: str, registration: Registration, *spoken: str, interpreter: Provision | None = None) -> str:
    return phrase(
        lang, title="Krabbelgruppe", registration=registration, spoken=list(spoken), interpreter=interpreter
    ).german


def test_who_has_to_register_asks_for_a_place() -> None:
    assert german("tr", Registration.REQUIRED, "de", "tr") == (
        "Guten Tag. Ich spreche wenig Deutsch. Spricht bei Ihnen jemand Türkisch? "
        "Ich möchte mich für „Krabbelgruppe“ anmelden. Ist noch ein Platz frei?"
    )


@pytest.mark.parametrize(
    ("registration", "wish"),
    [
        (Registration.NONE, "Ich interessiere mich für „Krabbelgruppe“. Findet das diese Woche statt?"),
        (Registration.APPOINTMENT, "Ich möchte einen Termin für „Krabbelgruppe“. Wann kann ich kommen?"),
        (Registration.UNKNOWN, "Ich habe eine Frage zu „Krabbelgruppe“. Muss ich mich anmelden?"),
    ],
)
def test_each_way_to_take_part_has_its_own_sentence(registration: Registration, wish: str) -> None:
    assert german("de", registration) == f"Guten Tag. {wish}"


def test_where_nobody_speaks_the_language_one_asks_for_help_or_for_slow_speech() -> None:
    assert "Bitte sprechen Sie langsam." in german("ar", Registration.NONE, "de", "en")
    assert "Ich brauche jemanden, der übersetzt." in german(
        "ar", Registration.NONE, "de", interpreter=Provision.ON_REQUEST
    )


def test_every_language_of_the_site_can_be_asked_for() -> None:
    assert phrases._SPEAKS_MINE.keys() == LANGUAGES.keys() - {"de"}


def test_no_sentence_has_more_than_ten_words() -> None:
    for registration in Registration:
        for sentence in re.split(r"(?<=[.?]) ", german("uk", registration, "uk")):
            assert len(sentence.split()) <= 10, sentence


def test_the_title_stays_german_and_is_harmless_in_the_translation() -> None:
    said = phrase("ar", title="Spiel & <b>Spaß</b>", registration=Registration.NONE, spoken=[], interpreter=None)
    assert '<bdi lang="de" dir="ltr">Spiel &amp; &lt;b&gt;Spaß&lt;/b&gt;</bdi>' in said.own
    assert "„Spiel & <b>Spaß</b>“" in said.german


def test_only_who_reads_other_letters_gets_the_sound() -> None:
    said = {
        lang: phrase(lang, title="Treff", registration=Registration.NONE, spoken=[], interpreter=None).sound
        for lang in LANGUAGES
    }
    assert {lang for lang, sound in said.items() if sound} == {"ar", "uk", "ru"}
    assert said["ru"].startswith("Гутен Таг. Их шпрехе вених Дойч.")


def test_a_language_of_which_we_have_no_texts_yet_gets_the_german_alone() -> None:
    said = phrase("fr", title="Treff", registration=Registration.NONE, spoken=["fr"], interpreter=None)
    assert (said.own, said.sound) == ("", "")
    assert said.german.startswith("Guten Tag. Ich spreche wenig Deutsch. Bitte sprechen Sie langsam. ")
