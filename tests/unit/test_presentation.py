"""How values read to a family: ages, costs, dates, opening hours, phone numbers, addresses, maps."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, time, timedelta
from types import SimpleNamespace
from typing import Any

import html5lib
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markupsafe import Markup

from portal import i18n
from portal.models.enums import (
    Access,
    CostKind,
    CostPer,
    Frequency,
    LifeSituation,
    OfferKind,
    Provision,
    Registration,
    StepFree,
    Weekday,
)
from portal.offers.filters import Barrier
from portal.offers.presentation import (
    address_lines,
    capfirst,
    map_url,
    paragraphs,
    phone_link,
    route_url,
    safe_url,
    shown_url,
    spoken,
    tel,
    text_attributes,
)
from portal.offers.queries import Date
from portal.offers.wording import (
    OpenDay,
    age_range,
    age_text,
    always_open,
    cost_text,
    date_text,
    label,
    next_dates_text,
    next_occurrence,
    opening_week,
    places_text,
    provision_text,
    usual_week,
    waiting_text,
)
from tests.conftest import TODAY


@contextmanager
def reading(lang: str) -> Iterator[None]:
    """As somebody who reads the site in `lang`."""
    token = i18n._current.set(i18n.LANGUAGES[lang])
    try:
        yield
    finally:
        i18n._current.reset(token)


# --- Ages ---


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (None, None, "für jedes Alter"),
        (0, None, "für jedes Alter"),
        (None, 0, "bis 0 Monate"),
        (None, 1, "bis 1 Monat"),
        (0, 12, "bis 12 Monate"),
        (0, 23, "bis 23 Monate"),
        (0, 24, "bis 2 Jahre"),
        (0, 35, "bis 2 Jahre"),
        (None, 36, "bis 3 Jahre"),
        (1, None, "ab 1 Monat"),
        (6, None, "ab 6 Monaten"),
        (12, None, "ab 1 Jahr"),
        (18, None, "ab 18 Monaten"),
        (24, None, "ab 2 Jahren"),
        (1, 1, "1 Monat"),
        (12, 12, "12 Monate"),
        (1, 6, "1 bis 6 Monate"),
        (12, 18, "12 bis 18 Monate"),
        (12, 24, "1 bis 2 Jahre"),
        (12, 83, "1 bis 6 Jahre"),
        (11, 83, "ab 11 Monaten bis 6 Jahre"),
        (18, 36, "ab 18 Monaten bis 3 Jahre"),
        (24, 24, "2 Jahre"),
        (24, 35, "2 Jahre"),
        (24, 36, "2 bis 3 Jahre"),
        (36, 83, "3 bis 6 Jahre"),
        (216, 324, "18 bis 27 Jahre"),
    ],
)
def test_ages_are_said_in_months_below_two_years_and_in_years_above(
    low: int | None, high: int | None, words: str
) -> None:
    assert age_range(low, high) == words


@pytest.mark.parametrize(
    ("months", "words"),
    [(0, "0 Monate"), (1, "1 Monat"), (23, "23 Monate"), (24, "2 Jahre"), (35, "2 Jahre"), (252, "21 Jahre")],
)
def test_one_age_in_words(months: int, words: str) -> None:
    assert age_text(months) == words


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", "1 to 6 years"),
        ("tr", "1-6 yaş"),
        ("ru", "от 1 до 6 лет"),
        ("uk", "від 1 до 6 років"),
        ("ar", "من عمر 1 إلى 6 سنوات"),
    ],
)
def test_ages_are_said_in_the_language_of_the_reader(lang: str, words: str) -> None:
    with reading(lang):
        assert age_range(12, 83) == words


@given(st.none() | st.integers(0, 324), st.none() | st.integers(0, 324), st.sampled_from(sorted(i18n.LANGUAGES)))
def test_every_age_can_be_said_in_every_language(low: int | None, high: int | None, lang: str) -> None:
    if low is not None and high is not None and low > high:
        low, high = high, low
    with reading(lang):
        words = age_range(low, high)
    assert words
    assert "%" not in words


# --- Costs, provisions, waiting, places ---


def cost(kind: CostKind, cents: int | None = None, per: CostPer | None = None) -> Any:
    return SimpleNamespace(cost_kind=kind, cost_cents=cents, cost_per=per)


@pytest.mark.parametrize(
    ("offer", "words"),
    [
        (cost(CostKind.FREE), "kostenlos"),
        (cost(CostKind.INCOME_BASED), "je nach Einkommen"),
        (cost(CostKind.UNKNOWN), "Kosten bitte erfragen"),
        (cost(CostKind.FIXED, 0, CostPer.ONCE), "0\u00a0€ einmal"),
        (cost(CostKind.FIXED, 250, CostPer.SESSION), "2,50\u00a0€ jedes Mal"),
        (cost(CostKind.FIXED, 2500, CostPer.MONTH), "25\u00a0€ im Monat"),
        (cost(CostKind.FIXED, 123_456, CostPer.COURSE), "1.234,56\u00a0€ für den ganzen Kurs"),
        (cost(CostKind.FIXED, 5, CostPer.ONCE), "0,05\u00a0€ einmal"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_costs_are_said_in_a_few_words(offer: Any, words: str) -> None:
    assert cost_text(offer) == words


def test_an_amount_is_written_as_the_reader_is_used_to_with_digits_of_the_price_tag() -> None:
    with reading("en"):
        assert cost_text(cost(CostKind.FIXED, 123_450, CostPer.MONTH)) == "1,234.50\u00a0€ a month"
    with reading("ar"):
        amount = cost_text(cost(CostKind.FIXED, 2500, CostPer.MONTH))
    assert "25" in amount


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("interpreter", Provision.YES, "Jemand übersetzt für euch."),
        ("interpreter", Provision.ON_REQUEST, "Jemand übersetzt, wenn ihr vorher Bescheid sagt."),
        ("childcare", Provision.YES, "Eure Kinder werden in der Zeit betreut."),
        ("accompaniment", Provision.ON_REQUEST, "Jemand geht mit euch mit, wenn ihr vorher fragt."),
        ("interpreter", Provision.NO, None),
        ("childcare", None, None),
    ],
)
def test_what_is_provided_is_a_sentence_and_what_is_not_is_not_mentioned(
    name: str, value: Provision | None, words: str | None
) -> None:
    assert provision_text(name, value) == words


@pytest.mark.parametrize(
    ("weeks", "words"),
    [
        (0, "Keine Wartezeit"),
        (1, "Wartezeit: etwa 1 Woche"),
        (8, "Wartezeit: etwa 8 Wochen"),
        (9, "Wartezeit: etwa 2 Monate"),
        (13, "Wartezeit: etwa 3 Monate"),
        (26, "Wartezeit: etwa 6 Monate"),
        (52, "Wartezeit: etwa 12 Monate"),
    ],
)
def test_waiting_is_said_in_weeks_and_from_nine_on_in_months(weeks: int, words: str) -> None:
    assert waiting_text(weeks) == words


@pytest.mark.parametrize(
    ("free", "words"),
    [
        (0, "Im Moment ist kein Platz frei. Ihr könnt euch auf die Warteliste setzen lassen."),
        (1, "1 freier Platz"),
        (4, "4 freie Plätze"),
    ],
)
def test_free_places_are_counted_and_none_leads_to_the_waiting_list(free: int, words: str) -> None:
    assert places_text(free) == words


@pytest.mark.parametrize("lang", i18n.LANGUAGES)
def test_every_value_of_a_closed_vocabulary_has_its_words(lang: str) -> None:
    values = [*LifeSituation, *OfferKind, *Access, *Barrier, *Registration, *StepFree]
    german = [label(value) for value in values]
    with reading(lang):
        words = [label(value) for value in values]
    assert all(words)
    if lang != "de":
        # "online" and "Information" are the same word in more than one language.
        same = {one for one, other in zip(german, words, strict=True) if one == other}
        assert same <= {"online", "Information"}


# --- Dates ---

TUESDAYS = Date(Frequency.WEEKLY, Weekday.TUESDAY, None, time(9, 30), time(11), date(2026, 9, 1), None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Jeden Dienstag, 09:30 bis 11:00 Uhr"),
        ({"weekday": Weekday.SUNDAY}, "Jeden Sonntag, 09:30 bis 11:00 Uhr"),
        ({"frequency": Frequency.FORTNIGHTLY}, "Alle 2 Wochen: Dienstag, 09:30 bis 11:00 Uhr"),
        ({"frequency": Frequency.MONTHLY, "week_of_month": -1}, "Einmal im Monat: Dienstag, 09:30 bis 11:00 Uhr"),
        ({"frequency": Frequency.ONCE}, "Am 1. September 2026, 09:30 bis 11:00 Uhr"),
        ({"start_time": time(0, 0), "end_time": time(23, 59)}, "Jeden Dienstag, 00:00 bis 23:59 Uhr"),
    ],
)
def test_a_regular_date_is_said_in_words(changes: dict[str, Any], words: str) -> None:
    assert date_text(replace(TUESDAYS, **changes)) == words


def test_a_regular_date_is_said_in_other_languages() -> None:
    with reading("en"):
        assert date_text(TUESDAYS) == "Every Tuesday, 09:30 to 11:00"
        assert date_text(replace(TUESDAYS, frequency=Frequency.ONCE)) == "On 1 September 2026, 09:30 to 11:00"
    with reading("ar"):
        assert "09:30" in date_text(TUESDAYS)
        assert "2026" in date_text(replace(TUESDAYS, frequency=Frequency.ONCE))


@pytest.mark.parametrize(
    ("changes", "after", "words"),
    [
        ({}, TODAY, "Nächstes Mal: 24. November 2026"),
        ({}, date(2026, 11, 24), "Nächstes Mal: 24. November 2026"),
        ({}, date(2026, 8, 1), "Nächstes Mal: 1. September 2026"),
        ({"last_on": date(2026, 11, 23)}, TODAY, None),
        (
            {"frequency": Frequency.FORTNIGHTLY},
            TODAY,
            "Die nächsten Termine: 24. November 2026; 8. Dezember 2026; 22. Dezember 2026",
        ),
        (
            {"frequency": Frequency.MONTHLY, "week_of_month": -1},
            TODAY,
            "Die nächsten Termine: 24. November 2026; 29. Dezember 2026; 26. Januar 2027",
        ),
        (
            {"frequency": Frequency.MONTHLY, "week_of_month": 1, "last_on": date(2027, 1, 5)},
            TODAY,
            "Die nächsten Termine: 1. Dezember 2026; 5. Januar 2027",
        ),
        (
            {"frequency": Frequency.MONTHLY, "week_of_month": 1, "last_on": date(2026, 12, 24)},
            TODAY,
            "Nächstes Mal: 1. Dezember 2026",
        ),
        ({"frequency": Frequency.ONCE, "first_on": date(2026, 12, 1)}, TODAY, None),
    ],
)
def test_the_next_dates_are_named_where_nobody_can_count_along(
    changes: dict[str, Any], after: date, words: str | None
) -> None:
    assert next_dates_text(replace(TUESDAYS, **changes), after) == words


some_dates = st.builds(
    Date,
    frequency=st.sampled_from([Frequency.WEEKLY, Frequency.FORTNIGHTLY, Frequency.MONTHLY]),
    weekday=st.sampled_from(Weekday),
    week_of_month=st.sampled_from([1, 2, 3, 4, -1]),
    start_time=st.just(time(9)),
    end_time=st.just(time(10)),
    first_on=st.dates(date(2023, 1, 1), date(2029, 12, 31)),
    last_on=st.none() | st.dates(date(2023, 1, 1), date(2031, 12, 31)),
).filter(lambda item: item.last_on is None or item.last_on >= item.first_on)


def takes_place(item: Date, day: date) -> bool:
    """The calendar on the wall: is there a cross on this day?"""
    if day < item.first_on or (item.last_on and day > item.last_on):
        return False
    if day.weekday() != list(Weekday).index(item.weekday):
        return False
    if item.frequency is Frequency.FORTNIGHTLY:
        first = next(d for n in range(7) if (d := item.first_on + timedelta(n)).weekday() == day.weekday())
        return (day - first).days % 14 == 0
    if item.frequency is Frequency.MONTHLY:
        if item.week_of_month == -1:
            return day.day > calendar.monthrange(day.year, day.month)[1] - 7
        return (day.day - 1) // 7 + 1 == item.week_of_month
    return True


@given(some_dates, st.dates(date(2022, 6, 1), date(2032, 6, 1)))
@example(replace(TUESDAYS, frequency=Frequency.MONTHLY, week_of_month=-1), date(2026, 12, 30))
@example(replace(TUESDAYS, frequency=Frequency.FORTNIGHTLY, first_on=date(2026, 8, 31)), date(2026, 9, 2))
def test_the_next_day_is_the_one_that_the_calendar_on_the_wall_shows(item: Date, after: date) -> None:
    start = max(after, item.first_on)
    crosses = (day for n in range(70) if takes_place(item, day := start + timedelta(n)))
    assert next_occurrence(item, after) == next(crosses, None)


@given(st.dates(date(2025, 1, 1), date(2027, 1, 1)), st.dates(date(2025, 1, 1), date(2027, 1, 1)))
def test_what_is_once_is_next_until_its_day_is_over(day: date, after: date) -> None:
    once = replace(TUESDAYS, frequency=Frequency.ONCE, first_on=day)
    assert next_occurrence(once, after) == (day if day >= after else None)


# --- Opening hours ---

WEEK = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"]


def week(expression: str, day: date = TODAY) -> dict[str, list[str]]:
    """The open days of the week."""
    return {item.name: item.times for item in opening_week(expression, day) if item.times}


def on(days: list[str], times: str) -> dict[str, list[str]]:
    return {day: [times] for day in days}


def test_the_week_begins_on_monday_and_knows_today() -> None:
    assert opening_week("Mo,We 09:00-12:00,14:00-17:30; Sa 10:00-13:00", TODAY) == [
        OpenDay("Montag", False, ["09:00–12:00", "14:00–17:30"]),
        OpenDay("Dienstag", False, []),
        OpenDay("Mittwoch", False, ["09:00–12:00", "14:00–17:30"]),
        OpenDay("Donnerstag", False, []),
        OpenDay("Freitag", False, []),
        OpenDay("Samstag", True, ["10:00–13:00"]),
        OpenDay("Sonntag", False, []),
    ]


@pytest.mark.parametrize("number", range(7))
def test_every_day_of_a_week_shows_the_same_week(number: int) -> None:
    shown = opening_week("Mo-Fr 08:00-12:00", date(2026, 11, 16) + timedelta(number))
    assert [item.name for item in shown] == WEEK
    assert [item.is_today for item in shown].index(True) == number
    assert [item.times for item in shown] == [["08:00–12:00"]] * 5 + [[], []]


def test_without_hours_there_is_no_week() -> None:
    assert opening_week("", TODAY) == []


def test_a_public_holiday_in_the_week_is_closed() -> None:
    """Friday, 25 December 2026."""
    opened = week("Mo-Fr 09:00-12:00; PH off", date(2026, 12, 23))
    assert opened == on(WEEK[:4], "09:00–12:00")


def test_who_works_on_a_public_holiday_is_open() -> None:
    assert week("Mo-Fr 09:00-12:00", date(2026, 12, 23)) == on(WEEK[:5], "09:00–12:00")
    assert week("PH 10:00-11:00", date(2026, 12, 23)) == on(["Freitag", "Samstag"], "10:00–11:00")


def test_a_week_across_the_turn_of_the_year_has_new_years_day_closed() -> None:
    assert week("Mo-Fr 09:00-12:00; PH off", date(2026, 12, 31)) == on(WEEK[:4], "09:00–12:00")


@pytest.mark.parametrize(
    ("hours", "lines"),
    [
        (
            "Mo-Th 08:00-12:00,13:00-16:00; Fr 08:00-12:00; PH off",
            [("Montag–Donnerstag", "08:00–12:00, 13:00–16:00"), ("Freitag", "08:00–12:00")],
        ),
        ("Tu 09:00-11:00, Th 09:00-11:00", [("Dienstag", "09:00–11:00"), ("Donnerstag", "09:00–11:00")]),
        ("Sa 22:00-24:00", [("Samstag", "22:00–24:00")]),
        ("", []),
    ],
)
@pytest.mark.parametrize("day", [TODAY, date(2026, 12, 25)], ids=["any day", "at Christmas"])
def test_hours_on_paper_are_those_of_any_week(hours: str, lines: list[tuple[str, str]], day: date) -> None:
    assert usual_week(hours, day) == lines


def test_who_is_there_on_holidays_has_no_such_hours_on_paper() -> None:
    assert usual_week("We 09:00-12:00; PH 10:00-11:00", date(2026, 12, 25)) == [("Mittwoch", "09:00–12:00")]


def test_hours_on_paper_have_short_names_where_there_is_little_room() -> None:
    assert usual_week("Mo-Fr 09:00-12:00", TODAY, "abbreviated") == [("Mo–Fr", "09:00–12:00")]


def test_always_open_is_every_day_from_midnight_to_midnight() -> None:
    assert week("24/7") == on(WEEK, "00:00–24:00")
    assert always_open("24/7")
    assert always_open(" 24/7 ")
    assert not always_open("Mo-Su 00:00-23:00")
    assert not always_open("")


def test_over_midnight_is_split_where_the_day_ends() -> None:
    assert week("Fr 22:00-02:00") == {"Freitag": ["22:00–24:00"], "Samstag": ["00:00–02:00"]}
    assert week("Su 22:00-02:00") == {"Montag": ["00:00–02:00"], "Sonntag": ["22:00–24:00"]}


@pytest.mark.parametrize("monday", [date(2026, 3, 23), date(2026, 10, 19)])
def test_when_the_clocks_change_the_hours_do_not(monday: date) -> None:
    assert week("Mo-Su 01:00-04:00; 09:00-17:00", monday) == week("Mo-Su 01:00-04:00; 09:00-17:00", TODAY)
    assert week("24/7", monday) == on(WEEK, "00:00–24:00")


def test_only_what_is_open_for_sure_is_shown_as_open() -> None:
    assert week('Mo 09:00-12:00; Tu 09:00-12:00 unknown "bitte anrufen"') == {"Montag": ["09:00–12:00"]}


def test_the_week_is_in_the_language_of_the_reader() -> None:
    with reading("tr"):
        assert next(iter(week("Mo 09:00-12:00").items())) == ("Pazartesi", ["09:00–12:00"])


# --- Phone numbers ---


@pytest.mark.parametrize(
    ("written", "dialled"),
    [
        ("030 23125 117", "+493023125117"),
        ("(030) 23125-117", "+493023125117"),
        ("09131 / 86–2295", "+499131862295"),
        ("+49 30 23125 117", "+493023125117"),
        ("0049 30 23125117", "+493023125117"),
        ("0179 / 416 4852", "+491794164852"),
        ("0800 111 0 550", "+498001110550"),
        ("+90 212 555 55 55", "+902125555555"),
        ("112", "112"),
        ("110", "110"),
        ("116 117", "116117"),
        ("116 016", "116016"),
        ("115", "115"),
        ("nach Vereinbarung", ""),
        ("", ""),
    ],
)
def test_a_number_is_dialled_as_the_phone_needs_it(written: str, dialled: str) -> None:
    assert tel(written) == dialled


@given(st.text(max_size=60))
def test_whatever_stands_where_a_number_should_be_a_link_holds_only_digits(text: str) -> None:
    assert set(tel(text)) <= set("+0123456789")


def test_a_number_to_tap_keeps_its_order_inside_right_to_left_text() -> None:
    assert phone_link("030 23125 117") == Markup(
        '<a class="tel" href="tel:+493023125117"><bdi dir="ltr">030 23125 117</bdi></a>'
    )
    assert phone_link("112", "button") == Markup('<a class="button" href="tel:112"><bdi dir="ltr">112</bdi></a>')


def test_a_number_is_shown_as_text_whatever_is_in_it() -> None:
    link = phone_link('112<script>"')
    assert link == Markup('<a class="tel" href="tel:112"><bdi dir="ltr">112&lt;script&gt;&#34;</bdi></a>')


# --- Web addresses ---


@pytest.mark.parametrize("address", ["https://fz.example/baby?a=1#b", "http://fz.example"])
def test_a_web_address_is_a_link(address: str) -> None:
    assert safe_url(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "\tjavascript:alert(1)",
        "java\nscript:alert(1)",
        "javascript://https://x.example/%0aalert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "//x.example",
        "/de/",
        "fz.example",
        "mailto:a@b.example",
        "",
    ],
)
def test_anything_but_a_web_address_leads_nowhere(address: str) -> None:
    assert safe_url(address) == "#"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://www.fz.example/", "fz.example"),
        ("http://fz.example/baby-treff", "fz.example/baby-treff"),
        ("https://fz.example/" + "a" * 49, "fz.example/" + "a" * 49),
        ("https://fz.example/" + "a" * 50, "fz.example/" + "a" * 48 + "…"),
    ],
)
def test_a_web_address_is_shown_as_people_say_it(address: str, shown: str) -> None:
    assert shown_url(address) == shown


# --- Places ---


def place(**changes: Any) -> Any:
    fields: dict[str, Any] = {
        "street": "Birkenweg",
        "house_number": "14",
        "postal_code": "00102",
        "city": "Beispielstadt",
        "latitude": 52.5,
        "longitude": 13.25,
    }
    return SimpleNamespace(**{**fields, **changes})


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({}, ["Birkenweg 14", "00102 Beispielstadt"]),
        ({"house_number": "0"}, ["Birkenweg", "00102 Beispielstadt"]),
        ({"house_number": ""}, ["Birkenweg", "00102 Beispielstadt"]),
        ({"house_number": "10 a"}, ["Birkenweg 10 a", "00102 Beispielstadt"]),
        ({"house_number": "100"}, ["Birkenweg 100", "00102 Beispielstadt"]),
        ({"postal_code": ""}, ["Birkenweg 14", "Beispielstadt"]),
        ({"city": ""}, ["Birkenweg 14", "00102"]),
    ],
)
def test_an_address_has_two_lines_and_no_number_where_there_is_none(changes: dict[str, str], lines: list[str]) -> None:
    assert address_lines(place(**changes)) == lines


def test_a_map_shows_the_place_and_the_way_leads_there() -> None:
    assert map_url(place()) == "https://www.openstreetmap.org/?mlat=52.5&mlon=13.25#map=17/52.5/13.25"
    assert route_url(place()) == "https://www.openstreetmap.org/directions?to=52.5%2C13.25"


def test_a_place_on_the_equator_and_in_greenwich_is_a_place() -> None:
    here = place(latitude=0.0, longitude=0.0)
    assert map_url(here) == "https://www.openstreetmap.org/?mlat=0.0&mlon=0.0#map=17/0.0/0.0"
    assert route_url(here) == "https://www.openstreetmap.org/directions?to=0.0%2C0.0"


def test_without_coordinates_the_map_searches_the_address() -> None:
    nowhere = place(latitude=None, longitude=None, street="Große Straße & Weg", house_number="0")
    assert map_url(nowhere) == (
        "https://www.openstreetmap.org/search?query=Gro%C3%9Fe%20Stra%C3%9Fe%20%26%20Weg%2C%2000102%20Beispielstadt"
    )
    assert route_url(nowhere) == (
        "https://www.openstreetmap.org/directions?to=Gro%C3%9Fe+Stra%C3%9Fe+%26+Weg%2C+00102+Beispielstadt"
    )


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
@example('"><script>alert(1)</script>')
@example("#map=1/2/3&to=elsewhere")
def test_no_address_breaks_out_of_a_link_to_the_map(street: str) -> None:
    for url in (map_url(place(street=street, latitude=None)), route_url(place(street=street, latitude=None))):
        head, _, query = url.partition("?")
        assert head in {"https://www.openstreetmap.org/search", "https://www.openstreetmap.org/directions"}
        assert not set(query) & set("\"'<># \n&?")


# --- Texts ---


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Eins.\n\nZwei.", "<p>Eins.</p><p>Zwei.</p>"),
        ("Eins.\nNoch eins.", "<p>Eins.\nNoch eins.</p>"),
        ("\n\n Eins. \n\n\n\n Zwei.\n\n", "<p>Eins.</p><p>Zwei.</p>"),
        ("", ""),
        (" \n\n ", ""),
        ('<b>fett</b> & "so" {{ x }}', "<p>&lt;b&gt;fett&lt;/b&gt; &amp; &#34;so&#34; {{ x }}</p>"),
    ],
)
def test_blank_lines_make_paragraphs_and_everything_else_is_text(text: str, html: str) -> None:
    shown = paragraphs(text)
    assert shown == html
    assert isinstance(shown, Markup)


@given(st.text("abc <>&\"'/!-=\n", max_size=120))
@example("</p><script>alert(1)</script>")
@example("<!-- <img src=x onerror=alert(1)>")
def test_a_text_is_nothing_but_paragraphs(text: str) -> None:
    fragment = html5lib.parseFragment(str(paragraphs(text)), namespaceHTMLElements=False)
    assert {element.tag for element in fragment.iter()} <= {"DOCUMENT_FRAGMENT", "p"}
    assert "".join("".join(fragment.itertext()).split()) == "".join(text.split())


def test_a_text_in_another_language_says_which_and_in_which_direction() -> None:
    assert text_attributes("de") == ""
    assert text_attributes("ar") == Markup(' lang="ar" dir="rtl"')
    with reading("ar"):
        assert text_attributes("de") == Markup(' lang="de" dir="ltr"')
        assert text_attributes("ar") == ""
    assert text_attributes('fa"x') == Markup(' lang="fa&#34;x" dir="auto"')


def test_languages_are_named_in_the_language_of_the_reader() -> None:
    assert spoken(["de", "tr", "kmr", "xx"]) == ["Deutsch", "Türkisch", "Kurdisch", "xx"]
    with reading("en"):
        assert spoken(["ar", "uk"]) == ["Arabic", "Ukrainian"]


@pytest.mark.parametrize(("text", "shown"), [("für alle", "Für alle"), ("", ""), ("ß", "SS"), ("ABC", "ABC")])
def test_a_sentence_begins_with_a_capital(text: str, shown: str) -> None:
    assert capfirst(text) == shown
