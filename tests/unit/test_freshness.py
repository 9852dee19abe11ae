"""How long the word of an editor counts; the rules alone, without a database."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest

from portal.content.schema import Freshness, Kommune
from portal.editing import links
from portal.editing.freshness import Stage, stage_of
from portal.editing.links import StoredLinks, is_public, is_website, problems_of
from portal.feedback.flood import FloodGuard
from portal.offers.catalogue import fresh_since

DUE = date(2026, 6, 1)


def kommune(*, demo: bool = False, **days: int) -> Kommune:
    line = {"person": "A", "office": "B", "phone": "030 23125 100", "email": "a@b.example", "address": "C"}
    palette = dict.fromkeys(("action", "on_action", "accent", "hued"), "#ffffff")
    return msgspec.convert(
        {
            **dict.fromkeys(("name", "site_name", "data_protection_email", "accessibility_email"), "X"),
            **dict.fromkeys(("quick_exit_url", "logo"), "Y"),
            "languages": ["de"],
            "contact": line,
            "colours": {"light": palette, "dark": palette},
            "demo": demo,
            "freshness": days,
        },
        Kommune,
    )


def test_the_days_are_half_a_year_two_weeks_a_month_two_months() -> None:
    assert msgspec.to_builtins(kommune().freshness) == {}
    rules = kommune().freshness
    assert (rules.review_after_days, rules.warn_before_days, rules.reminder_after_days) == (182, 14, 14)
    assert (rules.note_after_days, rules.hide_after_days, rules.check_links) == (30, 60, False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"note_after_days": 61},
        {"hide_after_days": 29},
        {"hide_after_days": 0},
        {"review_after_days": 14},
        {"warn_before_days": -1},
        {"hide_after_day": 3},
        {"check_links": 1},
    ],
)
def test_days_that_contradict_each_other_stop_the_start(wrong: dict[str, int]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, Freshness, strict=True)


@pytest.mark.parametrize(
    ("days", "stage"),
    [
        (-15, Stage.FRESH),
        (-14, Stage.SOON),
        (-1, Stage.SOON),
        (0, Stage.OVERDUE),
        (29, Stage.OVERDUE),
        (30, Stage.NOTED),
        (59, Stage.NOTED),
        (60, Stage.HIDDEN),
        (4_000, Stage.HIDDEN),
    ],
)
def test_an_offer_grows_stale_step_by_step(days: int, stage: Stage) -> None:
    assert stage_of(DUE, DUE + timedelta(days), kommune()) is stage


def test_the_steps_are_settings() -> None:
    rules = kommune(warn_before_days=0, note_after_days=1, hide_after_days=2)
    found = [stage_of(DUE, DUE + timedelta(day), rules) for day in (-1, 0, 1, 2)]
    assert found == [Stage.FRESH, Stage.OVERDUE, Stage.NOTED, Stage.HIDDEN]


def test_a_demo_is_still_there_in_ten_years() -> None:
    rules = kommune(demo=True)
    assert rules.hide_after_days is None
    assert stage_of(DUE, DUE + timedelta(3_650), rules) is Stage.OVERDUE
    assert fresh_since(DUE, None) == date.min


def test_what_was_never_checked_is_overdue_but_not_hidden_for_it() -> None:
    assert stage_of(None, DUE, kommune()) is Stage.OVERDUE


def test_the_last_day_to_be_found_is_the_one_before_the_sixtieth() -> None:
    assert fresh_since(DUE + timedelta(59), 60) == DUE
    assert fresh_since(DUE + timedelta(60), 60) == DUE + timedelta(1)


# --- numbers and websites ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "right"),
    [
        ("https://verein.example", True),
        ("http://www.verein.example/kurse?ort=1#oben", True),
        ("https://verein.example:8443/", True),
        ("verein.example", False),
        ("ftp://verein.example", False),
        ("https://verein", False),
        ("https://ver ein.example", False),
        ("https://name:wort@verein.example", False),
        ("https://verein.example:99999/", False),
        ("javascript:alert(1)", False),
        ("", False),
    ],
)
def test_the_form_of_a_website(address: str, right: bool) -> None:
    assert is_website(address) is right


def test_problems_are_those_of_the_offer_as_it_is_now() -> None:
    stored = StoredLinks(DUE, {"https://alt.example": "Die Seite gibt es nicht mehr."}, [1])
    assert problems_of("030 23125 100", "https://neu.example", stored) == []
    assert [each.message for each in problems_of("030 23125 100 100 100 100", "https://alt.example", stored)] == [
        "Diese Telefonnummer kann nicht stimmen.",
        "Die Seite gibt es nicht mehr.",
    ]
    assert [each.field for each in problems_of(None, "verein.example", stored)] == ["website"]
    assert problems_of(None, None, stored) == []


@pytest.mark.parametrize(
    ("number", "public"),
    [
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("192.168.0.1", False),
        ("172.16.9.9", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:127.0.0.1", False),
        ("2002:7f00:1::", False),
        ("ff0e::1", False),
        ("9.9.9.9", True),
        ("2620:fe::fe", True),
    ],
)
def test_the_own_network_is_no_website(number: str, public: bool) -> None:
    assert is_public(number) is public


def test_the_same_host_is_asked_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, slept = [100.0], []

    def sleep(seconds: float) -> None:
        slept.append(round(seconds, 3))
        clock[0] += seconds

    monkeypatch.setattr(links.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(links.time, "sleep", sleep)
    found = links._ask_all(
        ["https://a.example/1", "https://a.example/2", "https://b.example/"], lambda address: "weg" * ("1" in address)
    )
    assert found == {"https://a.example/1": "weg"}
    assert slept == [1.0]


# --- floods -----------------------------------------------------------------------------------------------------------


def test_twenty_an_hour_from_one_address_and_sixty_for_one_offer() -> None:
    now = [0.0]
    guard = FloodGuard(lambda: now[0])
    assert [guard.allows("1.2.3.4", 1, DUE) for _number in range(21)] == [True] * 20 + [False]
    assert guard.allows("1.2.3.5", 1, DUE)
    assert [guard.allows(f"2.2.2.{number % 250}", 1, DUE) for number in range(40)] == [True] * 39 + [False]
    assert guard.allows("1.2.3.6", 2, DUE), "another offer"
    now[0] = 3_600.0
    assert guard.allows("1.2.3.4", 1, DUE)


def test_of_an_address_nothing_is_kept_that_could_be_read() -> None:
    guard = FloodGuard(lambda: 0.0)
    guard.allows("198.51.100.7", 1, DUE)
    before = set(guard._seen)
    assert b"198.51.100.7" not in b"".join(before)
    guard.allows("198.51.100.7", 1, DUE + timedelta(1))
    assert not before & set(guard._seen), "another day, another key"


def test_a_flood_of_addresses_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.feedback.flood._MOST_KEYS", 50)
    guard = FloodGuard(lambda: 0.0)
    for number in range(500):
        guard.allows(f"10.0.{number // 250}.{number % 250}", number, DUE)
    assert len(guard._seen) == 50
