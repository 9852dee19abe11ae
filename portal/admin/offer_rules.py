"""What must fit together in the form of an offer, field with field, and whether a day can be meant."""

from __future__ import annotations

from typing import Any

from wtforms import Form, validators

from portal.editing.hours import wrong_with
from portal.models import MAX_AGE_MONTHS
from portal.models.enums import CostKind

MAX_HOURS = 500
"""Letters of opening hours, as in the database."""


def in_our_time(_form: Form, field: Any) -> None:
    """A browser takes "0206" for a year."""
    if field.data and not 1900 <= field.data.year < 2200:
        raise validators.ValidationError("Das Jahr kann nicht stimmen.")


def _age_problem(form: Any) -> tuple[Any, str] | None:
    low, high = (
        months(form.min_age.data, form.min_age_unit.data, 0),
        months(form.max_age.data, form.max_age_unit.data, 11),
    )
    for field, value in ((form.min_age, low), (form.max_age, high)):
        if value is not None and not 0 <= value <= MAX_AGE_MONTHS:
            return field, "Zwischen 0 und 26 Jahren."
    if low is not None and high is not None and low > high:
        return form.max_age, "Das Alter „bis“ ist kleiner als das Alter „von“."
    return None


def _cost_problem(form: Any) -> tuple[Any, str] | None:
    if form.cost_kind.data == CostKind.FIXED and form.cost_amount.cents() is None:
        return form.cost_amount, "Wie viel kostet es? Beispiel: 12,50"
    if form.cost_kind.data == CostKind.UNKNOWN and form.cost_amount.data:
        return (
            form.cost_amount,
            "Hier steht ein Betrag. Kreuze oben „Kostet einen festen Betrag“ an, oder lass ihn weg.",
        )
    return None


def _hours_problem(form: Any) -> tuple[Any, str] | None:
    for row in form.hours:
        if row.form.is_empty:
            continue
        if not row.form.days.data:
            return row.form.days, "An welchen Tagen?"
        if not row.form.start.data or not row.form.end.data:
            return row.form.start, "Von wann bis wann?"
        if not row.form.start.errors and not row.form.end.errors and row.form.start.data >= row.form.end.data:
            return row.form.end, "Das Ende muss nach dem Anfang sein."
    if problem := wrong_with(form.opening_hours.data or ""):
        return form.opening_hours, problem
    lines = [row for row in form.hours if not row.form.is_empty]
    if lines and form.opening_hours.data:
        return form.opening_hours, "Entweder hier oder oben: Beides zusammen geht nicht."
    if lines and not any(row.form.errors for row in lines) and len(form.written_hours()) > MAX_HOURS:
        return lines[-1].form.end, "Das sind zu viele verschiedene Zeiten. Schreib sie unten in „Zu den Zeiten“."
    return None


def _dates_problem(form: Any) -> tuple[Any, str] | None:
    for row in form.schedules:
        line = row.form
        if line.is_empty:
            continue
        if not line.start.data or not line.end.data:
            return line.start, "Von wann bis wann?"
        if not line.start.errors and not line.end.errors and line.start.data >= line.end.data:
            return line.end, "Das Ende muss nach dem Anfang sein."
        if not line.first_on.data:
            return line.first_on, "Wann zum ersten Mal?"
        if line.last_on.data and line.last_on.data < line.first_on.data:
            return line.last_on, "Das letzte Mal liegt vor dem ersten."
    return None


def _validity_problem(form: Any) -> tuple[Any, str] | None:
    if form.valid_from.data and form.valid_to.data and form.valid_from.data > form.valid_to.data:
        return form.valid_to, "Das Ende liegt vor dem Anfang."
    return None


def months(number: int | None, unit: str, rest_of_year: int) -> int | None:
    """An age in months; "bis 6 Jahre" ends with the last month before the seventh birthday."""
    if number is None:
        return None
    return number * 12 + rest_of_year if unit == "years" else number


PROBLEMS = (_age_problem, _cost_problem, _hours_problem, _dates_problem, _validity_problem)
"""Each takes an OfferForm and gives the field that is wrong and the sentence for it, or None."""
