"""Values of the domain in words: ages, costs, waiting times, dates, opening hours. In the reader's language."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any

import opening_hours

from portal.i18n import (
    N_,
    format_clock,
    format_day,
    format_euro,
    format_weekday,
    gettext,
    list_join,
    ngettext,
)
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
from portal.offers.queries import Date

LABELS: dict[Any, str] = {
    LifeSituation.MATERIAL: N_("Geld und Wohnen"),
    LifeSituation.SOCIAL: N_("Familie und Alltag"),
    LifeSituation.CULTURAL: N_("Lernen, Sprache und Freizeit"),
    LifeSituation.HEALTH: N_("Gesundheit"),
    OfferKind.COUNSELLING: N_("Beratung"),
    OfferKind.ACCOMPANIMENT: N_("Begleitung"),
    OfferKind.EDUCATION: N_("Lernen und Betreuung"),
    OfferKind.SOCIAL_PARTICIPATION: N_("Treff oder Gruppe"),
    OfferKind.HEALTH_PROMOTION: N_("Hilfe für die Gesundheit"),
    OfferKind.INFORMATION: N_("Information"),
    OfferKind.MATERIAL_HELP: N_("Geld oder Sachen"),
    Access.CENTRAL: N_("an einem Ort in der Stadt"),
    Access.IN_DISTRICT: N_("bei euch im Stadtteil"),
    Access.OUTREACH: N_("kommt zu euch nach Hause"),
    Access.MOBILE: N_("ist unterwegs und kommt in eure Nähe"),
    Access.DIGITAL: N_("online"),
    Access.PHONE: N_("am Telefon"),
    Barrier.FREE: N_("kostenlos"),
    Barrier.NO_REGISTRATION: N_("ohne Anmeldung"),
    Barrier.NO_GERMAN: N_("Deutsch nicht nötig"),
    Barrier.STEP_FREE: N_("ohne Stufen"),
    Barrier.ACCOMPANIED: N_("jemand geht mit"),
    Barrier.REMOTE: N_("online oder am Telefon"),
    Registration.NONE: N_("Ihr braucht keine Anmeldung."),
    Registration.REQUIRED: N_("Bitte meldet euch vorher an."),
    Registration.APPOINTMENT: N_("Bitte macht vorher einen Termin aus."),
    Registration.UNKNOWN: N_("Bitte fragt nach, ob ihr euch anmelden müsst."),
    StepFree.YES: N_("Ohne Stufen: gut mit Kinderwagen und Rollstuhl."),
    StepFree.PARTLY: N_("Zum Teil ohne Stufen. Ruft vorher an, wenn ihr Hilfe braucht."),
    StepFree.NO: N_("Es gibt Stufen. Ruft vorher an, wenn ihr Hilfe braucht."),
}
_PROVISIONS = {
    "interpreter": {
        Provision.YES: N_("Jemand übersetzt für euch."),
        Provision.ON_REQUEST: N_("Jemand übersetzt, wenn ihr vorher Bescheid sagt."),
    },
    "childcare": {
        Provision.YES: N_("Eure Kinder werden in der Zeit betreut."),
        Provision.ON_REQUEST: N_("Eure Kinder werden betreut, wenn ihr vorher Bescheid sagt."),
    },
    "accompaniment": {
        Provision.YES: N_("Jemand geht mit euch mit."),
        Provision.ON_REQUEST: N_("Jemand geht mit euch mit, wenn ihr vorher fragt."),
    },
}
_COST_PER = {
    CostPer.ONCE: N_("einmal"),
    CostPer.SESSION: N_("jedes Mal"),
    CostPer.MONTH: N_("im Monat"),
    CostPer.COURSE: N_("für den ganzen Kurs"),
}
_WEEKDAYS = list(Weekday)
_EVERY_WEEK = {
    Weekday.MONDAY: N_("Jeden Montag"),
    Weekday.TUESDAY: N_("Jeden Dienstag"),
    Weekday.WEDNESDAY: N_("Jeden Mittwoch"),
    Weekday.THURSDAY: N_("Jeden Donnerstag"),
    Weekday.FRIDAY: N_("Jeden Freitag"),
    Weekday.SATURDAY: N_("Jeden Samstag"),
    Weekday.SUNDAY: N_("Jeden Sonntag"),
}


def label(value: Any) -> str:
    """The words for a value of a closed vocabulary, in the reader's language."""
    return gettext(LABELS[value])


def age_text(months: int) -> str:
    """One age: months below 2 years, years above."""
    if months < 24:
        return ngettext("%(num)s Monat", "%(num)s Monate", months) % {"num": months}
    return ngettext("%(num)s Jahr", "%(num)s Jahre", months // 12) % {"num": months // 12}


def _age_from(months: int) -> str:
    # 12 months are said as 1 year: "1 bis 6 Jahre" reads more easily than "12 Monate bis 6 Jahre".
    if months < 24 and months != 12:
        return ngettext("ab %(num)s Monat", "ab %(num)s Monaten", months) % {"num": months}
    return ngettext("ab %(num)s Jahr", "ab %(num)s Jahren", months // 12) % {"num": months // 12}


def _age_to(months: int) -> str:
    if months < 24:
        return ngettext("bis %(num)s Monat", "bis %(num)s Monate", months) % {"num": months}
    return ngettext("bis %(num)s Jahr", "bis %(num)s Jahre", months // 12) % {"num": months // 12}


def age_range(low: int | None, high: int | None) -> str:
    """For which ages an offer is. The upper end is included: 83 months are "bis 6 Jahre" (until the 7th birthday)."""
    if not low:
        return gettext("für jedes Alter") if high is None else _age_to(high)
    if high is None:
        return _age_from(low)
    if low == high or (low >= 24 and low // 12 == high // 12):
        return age_text(low)
    if high < 24:
        return ngettext("%(first)s bis %(num)s Monat", "%(first)s bis %(num)s Monate", high) % {
            "first": low,
            "num": high,
        }
    if low >= 24 or low == 12:
        return ngettext("%(first)s bis %(num)s Jahr", "%(first)s bis %(num)s Jahre", high // 12) % {
            "first": low // 12,
            "num": high // 12,
        }
    return f"{_age_from(low)} {_age_to(high)}"


def cost_text(offer: Any) -> str:
    """What it costs, in a few words."""
    if offer.cost_kind == CostKind.FREE:
        return gettext("kostenlos")
    if offer.cost_kind == CostKind.FIXED:
        amount = format_euro(offer.cost_cents)
        return gettext("%(amount)s %(per)s") % {"amount": amount, "per": gettext(_COST_PER[offer.cost_per])}
    if offer.cost_kind == CostKind.INCOME_BASED:
        return gettext("je nach Einkommen")
    return gettext("Kosten bitte erfragen")


def provision_text(name: str, value: Provision | None) -> str | None:
    """The sentence for something provided; None where it is not, or nobody knows."""
    sentence = _PROVISIONS[name].get(value) if value else None
    return gettext(sentence) if sentence else None


def waiting_text(weeks: int) -> str:
    if weeks == 0:
        return gettext("Keine Wartezeit")
    if weeks >= 9:
        months = round(weeks / 4.345)
        return gettext("Wartezeit: etwa %(time)s") % {
            "time": ngettext("%(num)s Monat", "%(num)s Monate", months) % {"num": months}
        }
    return gettext("Wartezeit: etwa %(time)s") % {
        "time": ngettext("%(num)s Woche", "%(num)s Wochen", weeks) % {"num": weeks}
    }


def places_text(free: int) -> str:
    if free == 0:
        return gettext("Im Moment ist kein Platz frei. Ihr könnt euch auf die Warteliste setzen lassen.")
    return ngettext("%(num)s freier Platz", "%(num)s freie Plätze", free) % {"num": free}


def date_text(item: Date) -> str:
    """A regular date in words, e.g. "Jeden Dienstag, 09:30 bis 11:00 Uhr"."""
    day = format_weekday(_WEEKDAYS.index(item.weekday))
    if item.frequency == Frequency.WEEKLY:
        rhythm = gettext(_EVERY_WEEK[item.weekday])
    elif item.frequency == Frequency.FORTNIGHTLY:
        rhythm = gettext("Alle 2 Wochen: %(day)s") % {"day": day}
    elif item.frequency == Frequency.MONTHLY:
        rhythm = gettext("Einmal im Monat: %(day)s") % {"day": day}
    else:
        rhythm = gettext("Am %(day)s") % {"day": format_day(item.first_on)}
    times = gettext("%(start)s bis %(end)s Uhr") % {
        "start": format_clock(item.start_time),
        "end": format_clock(item.end_time),
    }
    return f"{rhythm}, {times}"


def next_dates_text(item: Date, after: date) -> str | None:
    """The next dates in words: one where it is every week, three where nobody can count along; None where it has ended."""
    found: list[date] = []
    for _ in range(1 if item.frequency in (Frequency.WEEKLY, Frequency.ONCE) else 3):
        following = next_occurrence(item, found[-1] + timedelta(1) if found else after)
        if following is None:
            break
        found.append(following)
    if not found or item.frequency == Frequency.ONCE:
        return None
    if len(found) == 1:
        return gettext("Nächstes Mal: %(day)s") % {"day": format_day(found[0])}
    return gettext("Die nächsten Termine: %(days)s") % {"days": list_join([format_day(day) for day in found], "; ")}


def next_occurrence(item: Date, after: date) -> date | None:
    """The next day on or after `after` on which it takes place; None where it has ended."""
    weekday = _WEEKDAYS.index(item.weekday)
    if item.frequency == Frequency.ONCE:
        found: date | None = item.first_on if item.first_on >= after else None
    elif item.frequency == Frequency.MONTHLY:
        assert item.week_of_month is not None
        start = max(after, item.first_on)
        found = None
        for step in range(3):
            year, month = divmod(start.year * 12 + start.month - 1 + step, 12)
            candidate = _nth_weekday(year, month + 1, weekday, item.week_of_month)
            if candidate >= start:
                found = candidate
                break
    else:
        first = item.first_on + timedelta((weekday - item.first_on.weekday()) % 7)
        period = 7 if item.frequency == Frequency.WEEKLY else 14
        missed = max(0, (after - first).days)
        found = first + timedelta(-(-missed // period) * period)
    return None if found is None or (item.last_on and found > item.last_on) else found


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    days = [
        day
        for day in calendar.Calendar().itermonthdates(year, month)
        if day.month == month and day.weekday() == weekday
    ]
    return days[nth] if nth < 0 else days[nth - 1]


@dataclass(frozen=True)
class OpenDay:
    """One weekday of the opening hours."""

    name: str
    is_today: bool
    times: list[str]
    """e.g. ["09:00–12:00"]; empty where closed."""


def opening_week(expression: str, day: date) -> list[OpenDay]:
    """When it is open in the week of `day`, Monday first, with the public holidays of that week. Empty without hours."""
    if not expression:
        return []
    week = _open_times(expression, day - timedelta(day.weekday()), "DE")
    return [OpenDay(format_weekday(number), number == day.weekday(), list(times)) for number, times in enumerate(week)]


def usual_week(expression: str, day: date, width: str = "wide") -> list[tuple[str, str]]:
    """Opening hours for paper, which is read in other weeks, too: without the holidays of any.

    Days that follow each other with the same times are one line: [("Montag–Freitag", "09:00–12:00")]. `day` matters for
    hours that change with the season.
    """
    if not expression:
        return []
    week = _open_times(expression, day - timedelta(day.weekday()), None)
    lines = []
    for times, days in groupby(enumerate(week), key=lambda item: item[1]):
        if times:
            numbers = [number for number, _times in days]
            names = [format_weekday(number, width) for number in dict.fromkeys((numbers[0], numbers[-1]))]
            lines.append(("–".join(names), ", ".join(times)))
    return lines


@lru_cache(maxsize=4096)
def _open_times(expression: str, monday: date, country: str | None) -> tuple[tuple[str, ...], ...]:
    """The times of each day of this week, with the public holidays of the country. Remembered: a booklet asks 300 times."""
    hours = opening_hours.OpeningHours(expression, country=country)
    week = []
    for number in range(7):
        start = datetime.combine(monday + timedelta(number), datetime.min.time())
        week.append(
            tuple(
                f"{begin:%H:%M}–{_end_of_day(end, start)}"
                for begin, end, state, _comment in hours.intervals(start, start + timedelta(1))
                if state == opening_hours.State.OPEN
            )
        )
    return tuple(week)


def _end_of_day(end: datetime, start: datetime) -> str:
    return "24:00" if end - start >= timedelta(1) else f"{end:%H:%M}"


def always_open(expression: str) -> bool:
    return expression.strip() == "24/7"
