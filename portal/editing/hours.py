"""Opening hours between the form (days, from, to) and the syntax of OpenStreetMap, which the database holds."""

from __future__ import annotations

import re
from dataclasses import dataclass

import opening_hours

DAYS = {
    "Mo": "Montag",
    "Tu": "Dienstag",
    "We": "Mittwoch",
    "Th": "Donnerstag",
    "Fr": "Freitag",
    "Sa": "Samstag",
    "Su": "Sonntag",
}
_ORDER = list(DAYS)
_HOLIDAYS = "PH off"
_DAYS = "(?:Mo|Tu|We|Th|Fr|Sa|Su)(?:-(?:Mo|Tu|We|Th|Fr|Sa|Su))?"
_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_SPAN = f"{_CLOCK}-{_CLOCK}"
_RULE = re.compile(f"({_DAYS}(?:,{_DAYS})*) ({_SPAN}(?:,{_SPAN})*)")


@dataclass(frozen=True)
class Span:
    """The same hours on some days of the week."""

    days: tuple[str, ...]
    """Keys of DAYS, in the order of the week."""
    start: str
    end: str
    """"HH:MM"."""


def read_hours(text: str) -> tuple[list[Span], bool] | None:
    """The spans, and whether it is closed on public holidays. None where the text says more than the form can.

    A later rule takes the place of an earlier one for the same day, holidays included; the form knows no such order.
    """
    rules = [part.strip() for part in text.split(";") if part.strip()]
    closed_on_holidays = rules[-1:] == [_HOLIDAYS] and len(rules) > 1
    spans: list[Span] = []
    told: set[str] = set()
    for rule in rules[:-1] if closed_on_holidays else rules:
        match = _RULE.fullmatch(rule)
        days = _days(match[1]) if match else ()
        if match is None or told.intersection(days):
            return None
        told.update(days)
        for span in match[2].split(","):
            start, end = span.split("-")
            if start >= end:
                return None
            spans.append(Span(days, start, end))
    return spans, closed_on_holidays


def write_hours(spans: list[Span], closed_on_holidays: bool) -> str:
    """In the syntax of OpenStreetMap; empty without spans. Days with the same hours share a rule."""
    by_day: dict[str, list[str]] = {}
    for span in spans:
        for day in span.days:
            by_day.setdefault(day, []).append(f"{span.start}-{span.end}")
    by_hours: dict[str, list[str]] = {}
    for day in _ORDER:
        if hours := by_day.get(day):
            by_hours.setdefault(",".join(sorted(set(hours))), []).append(day)
    rules = [f"{_short(days)} {hours}" for hours, days in by_hours.items()]
    if rules and closed_on_holidays:
        rules.append(_HOLIDAYS)
    return "; ".join(rules)


def wrong_with(text: str) -> str:
    """Why these hours cannot be understood, for the editor; empty where they can."""
    if not text:
        return ""
    try:
        opening_hours.OpeningHours(text, country="DE")
    except opening_hours.ParserError:
        return "Diese Zeiten werden nicht verstanden. Beispiel: Mo-Fr 09:00-12:00; PH off"
    return ""


def _days(text: str) -> tuple[str, ...]:
    found: set[str] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        start, end = _ORDER.index(first), _ORDER.index(last or first)
        found.update(_ORDER[start : end + 1] if start <= end else _ORDER[start:] + _ORDER[: end + 1])
    return tuple(day for day in _ORDER if day in found)


def _short(days: list[str]) -> str:
    """ "Mo-Fr", "Mo,We"."""
    runs: list[list[str]] = []
    for day in days:
        if runs and _ORDER.index(day) == _ORDER.index(runs[-1][-1]) + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ",".join(
        run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(run) for run in runs
    )
