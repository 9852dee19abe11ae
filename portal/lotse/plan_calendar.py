"""The days of a plan as a calendar file (RFC 5545), to keep in the phone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b

from icalendar import Alarm, Event

from portal.lotse.presentation import ShownDate, ShownPlan, ShownStep
from portal.offers.calendar_file import empty_calendar

_REMIND = timedelta(days=-3)


def build(plan: ShownPlan, today: date) -> bytes:
    """All days of the plan that are still to come, as all-day events with a reminder three days before."""
    calendar = empty_calendar()
    for step in plan.steps:
        for day in step.dates:
            if not day.passed:
                calendar.add_component(_event(step, day, today))
    return bytes(calendar.to_ical())


def _event(step: ShownStep, day: ShownDate, today: date) -> Event:
    first = max(day.first, today)
    event = Event()
    # The same day of the same step is the same event, however often it is fetched. It tells nothing of the family.
    key = blake2b(f"{step.id} {day.first} {day.last}".encode(), digest_size=12).hexdigest()
    event.add("uid", f"{key}@familienlotse")
    event.add("dtstamp", datetime.combine(today, time(), UTC))
    event.add("summary", day.text.text)
    event.add("dtstart", first)
    event.add("dtend", (day.last if not day.month_only else first) + timedelta(days=1))
    lines = [step.title.text]
    if day.month_only:
        lines.append(day.day)
    if step.place is not None and step.place.offer.phone:
        lines.append(f"{step.place.title}, Tel. {step.place.offer.phone}")
    event.add("description", "\n".join(lines))
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", day.text.text)
    alarm.add("trigger", _REMIND)
    event.add_component(alarm)
    return event
