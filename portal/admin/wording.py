"""Days and times as editors read them, in the time of the Kommune."""

from __future__ import annotations

from datetime import date, datetime

from portal.offers.context import BERLIN


def local_time(moment: datetime) -> str:
    """ "21.11.2026, 14:03"."""
    return f"{moment.astimezone(BERLIN):%d.%m.%Y, %H:%M}"


def local_day(moment: datetime) -> str:
    return f"{moment.astimezone(BERLIN):%d.%m.%Y}"


def short_day(day: date) -> str:
    """ "21.11.2026"."""
    return f"{day:%d.%m.%Y}"
