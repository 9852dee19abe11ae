"""Months, each given by its first day."""

from __future__ import annotations

from datetime import date, timedelta


def month_before(day: date) -> date:
    """Of the month that this day is in."""
    return (day.replace(day=1) - timedelta(1)).replace(day=1)


def end_of(month: date) -> date:
    """Its last day."""
    return (month + timedelta(31)).replace(day=1) - timedelta(1)


def last_months(day: date, number: int) -> list[date]:
    """So many, the newest first: the month that this day is in."""
    found = [day.replace(day=1)]
    while len(found) < number:
        found.append(month_before(found[-1]))
    return found
