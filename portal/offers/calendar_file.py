"""The regular dates of an offer as a calendar file (RFC 5545), to keep in the phone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Event, Timezone, vRecur

from portal.models.enums import Frequency
from portal.offers.context import BERLIN
from portal.offers.presentation import address_lines
from portal.offers.queries import Date, OfferPage
from portal.offers.wording import next_occurrence


def empty_calendar() -> Calendar:
    """With what every file of ours begins with."""
    calendar = Calendar()
    calendar.add("prodid", "-//Familienlotse//DE")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    return calendar


def build(page: OfferPage, site_url: str, today: date) -> bytes:
    """All dates of the offer that are still to come, each as a repeating event in the time of Berlin."""
    calendar = empty_calendar()
    calendar.add_component(Timezone.from_tzid("Europe/Berlin"))
    for number, item in enumerate(page.dates):
        if (first := next_occurrence(item, max(today, item.first_on))) is not None:
            calendar.add_component(_event(page, item, first, number, site_url))
    return bytes(calendar.to_ical())


def _event(page: OfferPage, item: Date, first: date, number: int, site_url: str) -> Event:
    event = Event()
    event.add("uid", f"{page.offer.slug}-{number}@familienlotse")
    event.add("dtstamp", page.offer.updated_at.astimezone(UTC))
    event.add("summary", page.text.title)
    event.add("dtstart", datetime.combine(first, item.start_time, BERLIN))
    event.add("dtend", datetime.combine(first, item.end_time, BERLIN))
    if item.frequency is not Frequency.ONCE:
        event.add("rrule", _recurrence(item))
    if page.offer.street:
        event.add("location", ", ".join(address_lines(page.offer)))
    lines = [page.text.summary, page.text.registration_note, page.text.times_note]
    if page.offer.phone:
        lines.append(f"Tel. {page.offer.phone}")
    event.add("description", "\n".join(line for line in lines if line))
    event.add("url", f"{site_url}/{page.text.lang}/angebote/{page.offer.slug}")
    return event


def _recurrence(item: Date) -> vRecur:
    rule: dict[str, object] = {"FREQ": "WEEKLY", "BYDAY": item.weekday.value.upper()}
    if item.frequency is Frequency.FORTNIGHTLY:
        rule["INTERVAL"] = 2
    if item.frequency is Frequency.MONTHLY:
        rule |= {"FREQ": "MONTHLY", "BYDAY": f"{item.week_of_month}{item.weekday.value.upper()}"}
    if item.last_on:
        # RFC 5545: where the start has a time zone, the end of the rule is in UTC.
        rule["UNTIL"] = (datetime.combine(item.last_on, item.end_time, BERLIN) + timedelta(minutes=1)).astimezone(UTC)
    return vRecur(rule)
