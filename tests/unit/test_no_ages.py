"""Numbers that are no age of a child: how long something lasts, grown-ups, prices, house numbers; in six languages."""

from __future__ import annotations

import pytest

from portal.search.ages import AgeFinding
from tests.unit.test_ages import LEXICONS, ages, years

# --- How long something lasts ---


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("de", "seit 3 jahren"),
        ("de", "vor 3 jahren getrennt"),
        ("de", "in 2 wochen"),
        ("de", "nach 2 jahren elternzeit"),
        ("de", "noch 2 jahre"),
        ("de", "kita 3 jahre warten"),
        ("de", "wir sind 2 jahre in deutschland"),
        ("de", "3 tage klassenfahrt"),
        ("de", "7 tage"),
        ("en", "3 weeks ago"),
        ("en", "3 years ago"),
        ("en", "in 2 weeks"),
        ("en", "we live here for 2 years"),
        ("en", "2 years waiting"),
        ("tr", "3 yıldır bekliyoruz"),
        ("tr", "3 ay önce"),
        ("tr", "2 hafta sonra"),
        ("ar", "قبل 3 سنوات"),
        ("ar", "منذ ٣ سنوات"),
        ("ar", "بعد 2 أسابيع"),
        ("ar", "منذ سنتين"),
        ("uk", "3 роки тому"),
        ("uk", "через 2 тижні"),
        ("uk", "3 роки чекаємо"),
        ("ru", "3 года назад"),
        ("ru", "через 3 месяца"),
        ("ru", "живём 3 года в Германии"),
        ("ru", "3 года в очереди"),
    ],
)
def test_how_long_something_lasts_is_no_age(lang: str, text: str) -> None:
    assert ages(text, lang) == AgeFinding()


@pytest.mark.parametrize("lang", sorted(LEXICONS))
@pytest.mark.parametrize(
    "text",
    [
        "seit 3 jahren",
        "in 2 wochen",
        "3 weeks ago",
        "for 3 years",
        "3 ay önce",
        "قبل 3 سنوات",
        "3 роки тому",
        "3 года назад",
    ],
)
def test_how_long_something_lasts_is_no_age_on_a_page_of_another_language_either(lang: str, text: str) -> None:
    assert ages(text, lang) == AgeFinding()


def test_beside_a_duration_an_age_is_found() -> None:
    assert ages("wohne seit 2 jahren hier, sohn 4 jahre") == AgeFinding((years(4),))


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("de", "ich bin 35 jahre"),
        ("de", "mutter 35 jahre alt"),
        ("de", "bin 40"),
        ("de", "27 jahre"),
        ("en", "i am 35 years old"),
        ("tr", "35 yaşındayım"),
        ("ar", "عمري 35 سنة"),
        ("uk", "мені 35 років"),
        ("ru", "мне 35 лет"),
    ],
)
def test_the_age_of_a_grown_up_is_no_age_of_a_child(lang: str, text: str) -> None:
    assert ages(text, lang) == AgeFinding()


@pytest.mark.parametrize(
    "text",
    [
        "kita 200 euro im monat",
        "kind 50 euro",
        "sohn 3 mal die woche",
        "ich habe 3 kinder",
        "two kids",
        "linie 3",
        "sgb 8",
        "116117",
        "plz 12345",
        "kind 2024",
        "klasse 14",
        "Hauptstraße 12 spielgruppe",
        "spielgruppe Hauptstraße 12",
        "treff in der schulstr. 7",
        "beratung Alter Weg 3",
        "um 15 uhr",
        "5 min",
        "zwei",
        "7",
        "kinder",
        "",
    ],
)
def test_a_number_that_is_no_age_is_left_alone(text: str) -> None:
    assert ages(text) == AgeFinding()
