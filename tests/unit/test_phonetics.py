"""German as it sounds, in letters that a parent can read: words of every day, and what holds for any text."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.referrals.phonetics import phonetics

RUSSIAN = """
Guten Tag=Гутен Таг|Guten Abend=Гутен Абенд|Auf Wiedersehen=Ауф Видерзеэн|Danke=Данке|Bitte=Битте|Ja=Я|Nein=Найн
Ich möchte=Их мёхте|Anmeldung=Анмельдунг|Termin=Термин|Sprechen Sie Arabisch?=Шпрехен Зи Арабиш?|wenig=вених
Ist noch ein Platz frei?=Ист нох айн Плац фрай?|Deutsch=Дойч|langsam=лангзам|Straße=Штрасе|Familienzentrum=Фамилиенцентрум
Kindergarten=Киндергартен|Schule=Шуле|Mutter=Муттер|Vater=Фатер|Jugendamt=Югендамт|Eltern=Эльтерн|Hebamme=Хебамме
Beratungsstelle=Бератунгсштелле|Hilfe=Хильфе|Rathaus=Ратхаус|Arzt=Арцт|Wohnung=Вонунг|Geld=Гельд|heute=хойте|Woche=Вохе
Montag=Монтаг|Dienstag=Динстаг|Mittwoch=Миттвох|Donnerstag=Доннерстаг|Freitag=Фрайтаг|Samstag=Замстаг|Sonntag=Зоннтаг
sechs=зекс|acht=ахт|fünf=фюнф|Frühstück=Фрюштюк|Sprachschule=Шпрахшуле|Nachsorge=Нахсорге|Übersetzung=Юберзецунг
Öffnung=Эффнунг|Quelle=Квелле|Bahnhof=Банхоф|gehören=гехёрен|Museum=Музеум|Köln=Кёльн|ADHS=а-де-ха-эсс|AWO=Аво
"""
UKRAINIAN = """
Guten Tag=Ґутен Таґ|Guten Abend=Ґутен Абенд|Danke=Данке|Bitte=Бітте|Ja=Я|Nein=Найн|Ich möchte=Іх мьохте
Anmeldung=Анмельдунґ|Termin=Термін|Sprechen Sie Ukrainisch?=Шпрехен Зі Україніш?|wenig=веніх|Deutsch=Дойч|langsam=ланґзам
Straße=Штрасе|Familienzentrum=Фаміліенцентрум|Kindergarten=Кіндерґартен|Schule=Шуле|Mutter=Муттер|Vater=Фатер
Jugendamt=Юґендамт|jemand=єманд|Eltern=Ельтерн|Hebamme=Гебамме|Beratungsstelle=Бератунґсштелле|Hilfe=Гільфе|Rathaus=Ратгаус
Arzt=Арцт|Wohnung=Вонунґ|Geld=Ґельд|heute=гойте|Woche=Вохе|Montag=Монтаґ|Dienstag=Дінстаґ|Mittwoch=Міттвох
Donnerstag=Доннерстаґ|Freitag=Фрайтаґ|Samstag=Замстаґ|Sonntag=Зоннтаґ|sechs=зекс|acht=ахт|fünf=фюнф|Frühstück=Фрюштюк
Sprachschule=Шпрахшуле|Übersetzung=Юберзецунґ|Öffnung=Еффнунґ|Quelle=Квелле|Bahnhof=Бангоф|Köln=Кьольн|Gesundheit=Ґезундгайт
"""
ARABIC = """
Guten Tag=غوتن تاغ|Danke=دانكه|Bitte=بيته|Ja=يا|Nein=ناين|Ich=إيش|Anmeldung=أنميلدونغ|Termin=تيرمين
Sprechen Sie Arabisch?=شبريشن زي أرابيش؟|noch=نوخ|ein=آين|Platz=بلاتس|frei=فراي|Deutsch=دويتش|langsam=لانغزام|Straße=شتراسه
Kindergarten=كينديرغارتن|Kita=كيتا|Schule=شوله|Mutter=موتر|Vater=فاتر|Jugend=يوغند|Eltern=إيلترن|Hebamme=هيبامه|Beratung=بيراتونغ
Hilfe=هيلفه|Rathaus=راتهاوس|Arzt=أرتست|Wohnung=ڤونونغ|Geld=غيلد|heute=هويته|Woche=ڤوخه|Montag=مونتاغ|Dienstag=دينستاغ
Mittwoch=ميتڤوخ|Freitag=فرايتاغ|Samstag=زامستاغ|Sonntag=زونتاغ|acht=أخت|neun=نوين|zwei=تسڤاي|fünf=فونف|Bahnhof=بانهوف
Haus=هاوس|auf=آوف|Wann=ڤان|kommen=كومن|Köln=كولن|Baby=بيبي|Team=تيم|Zug=تسوغ|Frühstück=فروشتوك
"""


def pairs(table: str) -> list[list[str]]:
    return [pair.split("=") for line in table.split("\n") if line for pair in line.split("|")]


@pytest.mark.parametrize(
    ("lang", "german", "said"),
    [(lang, *pair) for lang, table in (("ru", RUSSIAN), ("uk", UKRAINIAN), ("ar", ARABIC)) for pair in pairs(table)],
)
def test_a_word_is_written_as_it_sounds(lang: str, german: str, said: str) -> None:
    assert phonetics(german, lang) == said


def test_forty_words_a_script_are_looked_at() -> None:
    assert min(len(pairs(table)) for table in (RUSSIAN, UKRAINIAN, ARABIC)) >= 40


@pytest.mark.parametrize("lang", ["de", "en", "tr"])
def test_who_reads_latin_letters_needs_no_other_ones(lang: str) -> None:
    assert phonetics("Guten Tag", lang) == ""


@pytest.mark.parametrize(
    ("german", "said"),
    [
        ("Sport, Spiel, Stadt", "Шпорт, Шпиль, Штат"),
        ("Fenster, Transport", "Фенстер, Транспорт"),
        ("besprechen, verstehen", "бешпрехен, ферштеэн"),
        ("Video, privat, Vater", "Видео, приват, Фатер"),
        ("Chor, China, Fuchs", "Кор, Хина, Фукс"),
        ("Information", "Информацион"),
        ("um 9:30 Uhr, 030 23125 206", "ум 9:30 Ур, 030 23125 206"),
    ],
)
def test_letters_that_depend_on_their_neighbours(german: str, said: str) -> None:
    assert phonetics(german, "ru") == said


def test_names_of_other_languages_go_through_as_well() -> None:
    assert [phonetics(name, "uk") for name in ("Şükran", "Çelik", "Łódź", "Café")] == [
        "Шюкран",
        "Челік",
        "Лодц",
        "Каффе",
    ]


SCRIPTS = {"ru": "CYRILLIC", "uk": "CYRILLIC", "ar": "ARABIC"}
german_text = st.text("abcdefghijklmnopqrstuvwxyzäöüßABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÜ 0123456789-.„“", max_size=60)


@given(st.text(max_size=80), st.sampled_from(sorted(SCRIPTS)))
def test_any_text_can_be_said(text: str, lang: str) -> None:
    assert isinstance(phonetics(text, lang), str)


@given(german_text, st.sampled_from(sorted(SCRIPTS)))
def test_german_letters_become_letters_of_the_script_and_nothing_else(text: str, lang: str) -> None:
    said = phonetics(text, lang)
    assert {unicodedata.name(letter).split()[0] for letter in said if letter.isalpha()} <= {SCRIPTS[lang]}
    assert re.findall(r"\d", said) == re.findall(r"\d", text), "digits stay"


@given(german_text, st.sampled_from(sorted(SCRIPTS)))
def test_what_is_said_is_not_changed_again_and_not_much_longer(text: str, lang: str) -> None:
    said = phonetics(text, lang)
    assert phonetics(said, lang) == said
    # One letter of an abbreviation is a word: Y is "Üpsilon".
    assert len(said) <= 10 * len(text)


@given(st.text("абвгґдежзиіїйклмнопрстуфхцчшщьюяابتثجحخدذرزسشصضطظعغفقكلمنهوي .", max_size=60))
def test_letters_of_other_scripts_stay(text: str) -> None:
    assert {phonetics(text, lang) for lang in SCRIPTS} == {text}
