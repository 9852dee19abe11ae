"""An offer to what its form shows, and a form that is right back to an offer."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

import msgspec

from portal.admin.forms import options
from portal.admin.offer_form import SPOKEN, DateRowForm, OfferForm
from portal.admin.offer_rules import months
from portal.content.schema import Cost, Internal, OfferContent, OfferTexts, Schedule
from portal.editing.hours import read_hours, write_hours
from portal.editing.offer_lists import Choices
from portal.i18n import language_name
from portal.models.enums import Access, CostKind, CostPer, Frequency, LifePhase, LifeSituation, Weekday


def _age(months: int | None, rest_of_year: int) -> tuple[int | None, str]:
    if months is None:
        return None, "years"
    years, rest = divmod(months, 12)
    # Below two years parents count in months.
    return (years, "years") if rest == rest_of_year and (years >= 2 or months == 0) else (months, "months")


def set_choices(form: OfferForm, choices: Choices, follow_ups: dict[str, str], keep: OfferContent | None) -> None:
    """What can be chosen. What the offer has already can always be kept, also where nobody would offer it any more."""
    form.organization.choices = options(choices.organizations)
    locations = [("", "kein fester Ort"), *choices.locations]
    form.needs.choices = options((code, label) for code, label, _situation in choices.needs)
    form.serves.choices = options(choices.districts)
    form.follow_ups.choices = options(follow_ups.items())
    if keep is not None:
        others = [code for code in keep.languages if code not in SPOKEN]
        form.languages.choices = [
            *form.languages.choices,
            *options((code, language_name(code, "de")) for code in others),
        ]
        if keep.location and keep.location not in dict(locations):
            locations.append((keep.location, f"{keep.location} (anderer Träger)"))
    form.location.choices = options(locations)


def to_data(content: OfferContent) -> dict[str, Any]:
    """What the form shows of an offer."""
    same = {name: getattr(content, name) for name in OfferContent.__struct_fields__ if name in OfferForm.__dict__}
    hours = read_hours(content.opening_hours)
    min_age, min_unit = _age(content.min_age_months, 0)
    max_age, max_unit = _age(content.max_age_months, 11)
    amount = content.cost.amount_eur
    return {
        **same,
        **{name: getattr(content.text, name) for name in OfferTexts.__struct_fields__},
        "location": content.location or "",
        "min_age": min_age,
        "min_age_unit": min_unit,
        "max_age": max_age,
        "max_age_unit": max_unit,
        "hours": [{"days": list(span.days), "start": span.start, "end": span.end} for span in hours[0]]
        if hours
        else [],
        "closed_on_holidays": bool(hours and hours[1]),
        "opening_hours": "" if hours else content.opening_hours,
        "schedules": [
            {
                "frequency": item.frequency,
                "week": str(item.week_of_month or 1),
                "weekday": item.weekday,
                "start": item.start,
                "end": item.end,
                "first_on": item.first_on,
                "last_on": item.last_on,
            }
            for item in content.schedules
        ],
        "cost_kind": content.cost.kind,
        "cost_amount": "" if amount is None else f"{amount:.2f}".removesuffix(".00").replace(".", ","),
        "cost_per": content.cost.per,
        "funding_until": content.internal.funding_until,
        "goal": content.internal.goal,
        **{name: getattr(content, name) or "" for name in ("interpreter", "childcare", "accompaniment")},
    }


def to_content(form: OfferForm, before: OfferContent | None, situations: dict[str, str], today: date) -> OfferContent:
    """The offer that a valid form describes. What the form does not hold (translations, dates of review) stays."""
    texts = {name: getattr(form, name).data or "" for name in OfferTexts.__struct_fields__}
    needs = _in_old_order(form.needs.data or [], before.needs if before else [])
    places = form.free_places.data
    waiting = form.waiting_weeks.data
    said_before = before is not None and (before.free_places, before.waiting_weeks) == (places, waiting)
    fresh = None if places is None and waiting is None else today
    fields: dict[str, Any] = {
        "organization": form.organization.data,
        "kind": form.kind.data,
        "text": texts,
        "location": form.location.data or None,
        "serves": _in_old_order(form.serves.data or [], before.serves if before else []),
        "needs": needs,
        "life_phases": _in_order_of(LifePhase, form.life_phases.data or []),
        "life_situations": _in_order_of(
            LifeSituation,
            form.life_situations.data or [situations[code] for code in needs if code in situations],
        ),
        "access": _in_order_of(Access, form.access.data or []),
        "min_age_months": months(form.min_age.data, form.min_age_unit.data, 0),
        "max_age_months": months(form.max_age.data, form.max_age_unit.data, 11),
        "cost": _cost(form),
        "registration": form.registration.data,
        "languages": _in_old_order(form.languages.data or [], before.languages if before else []),
        "opening_hours": form.opening_hours.data or _hours(form, before.opening_hours if before else ""),
        "schedules": [_schedule(row.form) for row in form.schedules if not row.form.is_empty],
        "waiting_weeks": waiting,
        "free_places": places,
        "availability_as_of": before.availability_as_of if said_before and before else fresh,
        "valid_from": form.valid_from.data,
        "valid_to": form.valid_to.data,
        "follow_ups": _in_old_order(form.follow_ups.data or [], before.follow_ups if before else []),
        "internal": Internal(funding_until=form.funding_until.data, goal=form.goal.data or ""),
        "picture": before.picture if before else None,
    }
    for name in ("city_wide", "education_package", "no_german_needed", "first_contact", "by_appointment"):
        fields[name] = bool(getattr(form, name).data)
    for name in ("phone", "email", "website", "interpreter", "childcare", "accompaniment"):
        fields[name] = getattr(form, name).data or None
    if before is not None:
        fields |= {
            "translations": before.translations,
            "assured_on": before.assured_on,
            "review_due": before.review_due,
        }
    return msgspec.convert(msgspec.to_builtins(fields), OfferContent, strict=False)


def _in_old_order(chosen: list[str], old: list[str]) -> list[str]:
    """Boxes have no order of their own: what was first stays first."""
    return [*(item for item in old if item in chosen), *(item for item in chosen if item not in old)]


def _in_order_of(vocabulary: type[StrEnum], chosen: list[str]) -> list[str]:
    """As the database gives them back."""
    return [item.value for item in vocabulary if item.value in chosen]


def _cost(form: OfferForm) -> Cost:
    kind = CostKind(form.cost_kind.data)
    if kind != CostKind.FIXED:
        return Cost(kind=kind)
    return Cost(kind=kind, amount_eur=(form.cost_amount.cents() or 0) / 100, per=CostPer(form.cost_per.data))


def _hours(form: OfferForm, before: str) -> str:
    """What the lines say; as it was written before where that says the same."""
    written = form.written_hours()
    old = read_hours(before)
    return before if old and write_hours(*old) == written else written


def _schedule(line: DateRowForm) -> Schedule:
    frequency = Frequency(line.frequency.data)
    return Schedule(
        frequency=frequency,
        weekday=Weekday(line.weekday.data),
        start=line.start.data,
        end=line.end.data,
        first_on=line.first_on.data,
        last_on=line.last_on.data,
        week_of_month=int(line.week.data) if frequency == Frequency.MONTHLY else None,
    )
