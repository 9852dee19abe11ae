"""Opening hours: what an editor clicks together is what the database holds, and what the database holds is kept."""

from __future__ import annotations

import random

import opening_hours
import pytest

from portal.editing.hours import DAYS, Span, read_hours, write_hours, wrong_with


def some_spans(seed: int) -> list[Span]:
    """Lines as somebody may fill them in: any days, any hours, in any order, also twice the same."""
    rand = random.Random(seed)
    spans = []
    for _ in range(rand.randint(1, 6)):
        days = tuple(day for day in DAYS if rand.random() < 0.4) or ("We",)
        start = rand.randint(0, 22 * 4)
        end = rand.randint(start + 1, 23 * 4 + 3)
        spans.append(Span(days, *(f"{quarter // 4:02}:{quarter % 4 * 15:02}" for quarter in (start, end))))
    return spans


def by_day(spans: list[Span]) -> dict[str, set[tuple[str, str]]]:
    """When somebody is there on each day, however the lines are cut."""
    return {day: {(span.start, span.end) for span in spans if day in span.days} for day in DAYS}


@pytest.mark.parametrize("seed", range(200))
def test_what_is_written_is_read_as_the_same_and_written_as_the_same(seed: int) -> None:
    spans, closed = some_spans(seed), seed % 2 == 0
    text = write_hours(spans, closed)
    found = read_hours(text)
    assert found is not None
    assert by_day(found[0]) == by_day(spans)
    assert found[1] is closed
    assert write_hours(*found) == text
    assert wrong_with(text) == ""


@pytest.mark.parametrize("seed", range(0, 200, 10))
def test_openstreetmap_understands_the_same(seed: int) -> None:
    """An own eye: the library that the public page asks."""
    from datetime import datetime, timedelta

    spans = some_spans(seed)
    public = opening_hours.OpeningHours(write_hours(spans, closed_on_holidays=False))
    monday = datetime(2026, 11, 23)  # noqa: DTZ001  (local time, as on a door)
    for quarter in range(7 * 24 * 4):
        moment = monday + timedelta(minutes=15 * quarter)
        day, clock = list(DAYS)[moment.weekday()], f"{moment:%H:%M}"
        open_now = any(day in span.days and span.start <= clock < span.end for span in spans)
        assert public.is_open(moment) == open_now, moment


@pytest.mark.parametrize(
    ("text", "spans", "closed"),
    [
        ("Mo-Fr 09:00-12:00", [Span(("Mo", "Tu", "We", "Th", "Fr"), "09:00", "12:00")], False),
        ("Mo,We 09:00-12:00; PH off", [Span(("Mo", "We"), "09:00", "12:00")], True),
        ("Sa-Mo 10:00-11:00", [Span(("Mo", "Sa", "Su"), "10:00", "11:00")], False),
        ("Tu 08:00-10:00,14:00-16:00", [Span(("Tu",), "08:00", "10:00"), Span(("Tu",), "14:00", "16:00")], False),
        ("", [], False),
        (" ; ", [], False),
    ],
)
def test_read(text: str, spans: list[Span], closed: bool) -> None:
    assert read_hours(text) == (spans, closed)


@pytest.mark.parametrize(
    "text",
    [
        "24/7",
        "Mo-Fr 09:00+",
        "Jul-Aug off",
        "Mo-Fr 09:00-12:00; Jul-Aug off",
        "Mo 22:00-02:00",
        "Mo-Su 00:00-24:00",
        "Mo 12:00-12:00",
        "Mo 9:00-12:00",
        "Mo 09:00-25:00",
        "MoTu 09:00-12:00",
        "Mo, 09:00-12:00",
        "Mo[1] 09:00-12:00",
        "PH off",
        # A later rule takes the place of an earlier one: on Mondays only the afternoon.
        "Mo-Fr 09:00-12:00; Mo 14:00-16:00",
        # On a holiday that is a Monday it is open: the last rule counts.
        "PH off; Mo-Fr 09:00-12:00",
        "Mo 09:00-12:00; PH off; PH off",
        "kein Wort davon",
        "Mo ٠٩:٠٠-١٢:٠٠",
    ],
)
def test_what_the_form_could_not_show_without_changing_it_stays_text(text: str) -> None:
    assert read_hours(text) is None


def test_days_with_the_same_hours_share_a_rule() -> None:
    spans = [Span(("Mo",), "09:00", "12:00"), Span(("Th", "Tu"), "09:00", "12:00"), Span(("We",), "09:00", "12:00")]
    assert write_hours(spans, closed_on_holidays=True) == "Mo-Th 09:00-12:00; PH off"


def test_without_lines_there_is_nothing_to_be_closed() -> None:
    assert write_hours([], closed_on_holidays=True) == ""


@pytest.mark.parametrize("text", ["Mo-Fr 09:00-12:00; Jul-Aug off", "24/7", ""])
def test_special_times_that_openstreetmap_knows(text: str) -> None:
    assert wrong_with(text) == ""


@pytest.mark.parametrize("text", ["morgens", "Mo-Fr 9 bis 12", "<script>", "Mo" * 100])
def test_special_times_that_nobody_knows_are_said_to_be_so(text: str) -> None:
    assert wrong_with(text) == "Diese Zeiten werden nicht verstanden. Beispiel: Mo-Fr 09:00-12:00; PH off"
