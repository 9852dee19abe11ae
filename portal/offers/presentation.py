"""How values of the domain read to a family: ages, costs, dates, opening hours, phone numbers. Used by the templates."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

import opening_hours
import phonenumbers
from flask import Flask, request, url_for
from markupsafe import Markup, escape
from werkzeug.local import LocalProxy

from portal import i18n
from portal.content.schema import LifePhaseTexts
from portal.content.site import SiteContent, translate
from portal.i18n import N_, format_clock, format_day, format_euro, format_weekday, gettext, language_name, ngettext
from portal.models.enums import (
    Access,
    CostKind,
    CostPer,
    Frequency,
    LifePhase,
    LifeSituation,
    OfferKind,
    Provision,
    Registration,
    StepFree,
    TextState,
    Weekday,
)
from portal.offers.catalogue import Catalogue
from portal.offers.context import site, today
from portal.offers.filters import Barrier
from portal.offers.queries import Date

LABELS: dict[Any, str] = {
    LifeSituation.MATERIAL: N_("Geld und Wohnen"),
    LifeSituation.SOCIAL: N_("Familie und Alltag"),
    LifeSituation.CULTURAL: N_("Lernen, Sprache und Freizeit"),
    LifeSituation.HEALTH: N_("Gesundheit"),
    OfferKind.COUNSELLING: N_("Beratung"),
    OfferKind.ACCOMPANIMENT: N_("Begleitung"),
    OfferKind.EDUCATION: N_("Kurs oder Lern-Angebot"),
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
    Barrier.NO_GERMAN: N_("ohne Deutsch"),
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
_WEEK_OF_MONTH = {
    1: N_("Jeden ersten %(day)s im Monat"),
    2: N_("Jeden zweiten %(day)s im Monat"),
    3: N_("Jeden dritten %(day)s im Monat"),
    4: N_("Jeden vierten %(day)s im Monat"),
    -1: N_("Jeden letzten %(day)s im Monat"),
}
_ICON_OF_PHASE = {
    LifePhase.PREGNANCY: "pregnancy",
    LifePhase.BIRTH: "baby",
    LifePhase.EARLY_YEARS: "toddler",
    LifePhase.KITA: "blocks",
    LifePhase.SCHOOL_START: "school-start",
    LifePhase.PRIMARY_SCHOOL: "book",
    LifePhase.SECONDARY_SCHOOL: "backpack",
    LifePhase.TRAINING: "briefcase",
}
_ICON_OF_SITUATION = {
    LifeSituation.MATERIAL: "coins",
    LifeSituation.SOCIAL: "home-heart",
    LifeSituation.CULTURAL: "speech",
    LifeSituation.HEALTH: "heart",
}


def label(value: Any) -> str:
    """The words for a value of a closed vocabulary, in the reader's language."""
    return gettext(LABELS[value])


def age_text(months: int) -> str:
    """One age: months below 2 years, years above."""
    if months < 24:
        return ngettext("%(num)s Monat", "%(num)s Monate", months) % {"num": months}
    years = months // 12
    return ngettext("%(num)s Jahr", "%(num)s Jahre", years) % {"num": years}


def age_range(low: int | None, high: int | None) -> str:
    """For which ages an offer is. The upper end is included: 83 months are "bis 6 Jahre" (until the 7th birthday)."""
    if not low and high is None:
        return gettext("für jedes Alter")
    if high is None:
        return gettext("ab %(age)s") % {"age": age_text(low or 0)}
    if not low:
        return gettext("bis %(age)s") % {"age": age_text(high)}
    if low == high:
        return age_text(low)
    if low >= 24 and high >= 24:
        first, last = low // 12, high // 12
        if first == last:
            return age_text(low)
        return gettext("%(first)s bis %(last)s Jahre") % {"first": first, "last": last}
    if high < 24:
        return gettext("%(first)s bis %(last)s Monate") % {"first": low, "last": high}
    return gettext("%(first)s bis %(last)s") % {"first": age_text(low), "last": age_text(high)}


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
        rhythm = gettext("Jeden %(day)s") % {"day": day}
    elif item.frequency == Frequency.FORTNIGHTLY:
        rhythm = gettext("Alle 2 Wochen am %(day)s") % {"day": day}
    elif item.frequency == Frequency.MONTHLY and item.week_of_month:
        rhythm = gettext(_WEEK_OF_MONTH[item.week_of_month]) % {"day": day}
    else:
        rhythm = gettext("Am %(day)s") % {"day": format_day(item.first_on)}
    times = gettext("%(start)s bis %(end)s Uhr") % {
        "start": format_clock(item.start_time),
        "end": format_clock(item.end_time),
    }
    return f"{rhythm}, {times}"


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
    hours = opening_hours.OpeningHours(expression, country="DE")
    monday = day - timedelta(day.weekday())
    week = []
    for number in range(7):
        start = datetime.combine(monday + timedelta(number), datetime.min.time())
        times = [
            f"{begin:%H:%M}–{_end_of_day(end, start)}"
            for begin, end, state, _comment in hours.intervals(start, start + timedelta(1))
            if state == opening_hours.State.OPEN
        ]
        week.append(OpenDay(format_weekday(number), number == day.weekday(), times))
    return week


def _end_of_day(end: datetime, start: datetime) -> str:
    return "24:00" if end - start >= timedelta(1) else f"{end:%H:%M}"


def always_open(expression: str) -> bool:
    return expression.strip() == "24/7"


@cache
def tel(phone: str) -> str:
    """The number as a tel: link needs it; short national numbers stay as they are."""
    try:
        parsed = phonenumbers.parse(phone, "DE")
    except phonenumbers.NumberParseException:
        return "".join(char for char in phone if char.isdigit() or char == "+")
    digits = "".join(char for char in phone if char.isdigit())
    if len(digits) <= 6:
        return digits
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def phone_link(phone: str, css_class: str = "tel") -> Markup:
    """A number to tap, in the right order inside right-to-left text too."""
    return Markup('<a class="{}" href="tel:{}"><bdi dir="ltr">{}</bdi></a>').format(css_class, tel(phone), phone)


def address_lines(place: Any) -> list[str]:
    """Street and city. House number 0 means that there is none."""
    number = place.house_number if place.house_number not in ("0", "") else ""
    return [f"{place.street} {number}".strip(), f"{place.postal_code} {place.city}".strip()]


def map_url(place: Any) -> str:
    """OpenStreetMap at the place; only a link, nothing of it is loaded."""
    if place.latitude is not None:
        return (
            f"https://www.openstreetmap.org/?mlat={place.latitude}&mlon={place.longitude}"
            f"#map=17/{place.latitude}/{place.longitude}"
        )
    return "https://www.openstreetmap.org/search?query=" + quote(", ".join(address_lines(place)))


def route_url(place: Any) -> str:
    """How to get there; the visitor's own position is asked by their map, never by this site."""
    target = f"{place.latitude},{place.longitude}" if place.latitude is not None else ", ".join(address_lines(place))
    return "https://www.openstreetmap.org/directions?" + urlencode({"to": target})


def list_url(filters: Any, **changes: Any) -> str:
    """The address of the list with these filters; `page` and single filters may be changed."""
    page = changes.pop("page", None)
    args = filters.to_args(**changes)
    if page and page > 1:
        args.append(("page", str(page)))
    return url_for("offers.offer_list") + ("?" + urlencode(args) if args else "")


def paragraphs(text: str) -> Markup:
    """Plain text with blank lines as paragraphs; everything in it is shown as text."""
    parts = [part.strip() for part in text.split("\n\n") if part.strip()]
    return Markup("").join(Markup("<p>{}</p>").format(escape(part)) for part in parts)


def text_attributes(lang: str) -> Markup:
    """`lang` and `dir` for a text that is in another language than the page; nothing where it is not."""
    if lang == i18n.current_language().code:
        return Markup("")
    direction = i18n.LANGUAGES[lang].direction if lang in i18n.LANGUAGES else "auto"
    return Markup(' lang="{}" dir="{}"').format(lang, direction)


def spoken(codes: Sequence[str]) -> list[str]:
    """The names of languages, in the reader's language."""
    return [language_name(code, i18n.current_language().code) for code in codes]


def other_languages(languages: list[str]) -> list[tuple[i18n.Language, str]]:
    """The same page in each language; where no route matched, the home page."""
    links = []
    for code in languages:
        language = i18n.LANGUAGES[code]
        if request.endpoint and request.view_args is not None and "language" in (request.url_rule.arguments if request.url_rule else ()):
            args: list[tuple[str, str]] = list(request.args.items(multi=True)) if request.endpoint == "offers.offer_list" else []
            if request.endpoint == "search.results" and (token := request.args.get("t")):
                args = [("t", token)]
            link = url_for(request.endpoint, language=language, **request.view_args)
            links.append((language, link + ("?" + urlencode(args) if args else "")))
        else:
            links.append((language, url_for("offers.home", language=language)))
    return links


def offer_url(slug: str) -> str:
    """The address of an offer. Written out, because a list has many: url_for() takes longer than the rest of a card."""
    return f"/{i18n.current_language().code}/angebote/{slug}"


def chosen_word(name: str, value: str, catalogue: Catalogue) -> str:
    """A chosen filter in words."""
    lang = i18n.current_language().code
    if name == "age":
        return age_text(int(value))
    if name == "phase":
        return life_phase(LifePhase(value)).label
    if name == "need":
        return catalogue.needs[value].label(lang)
    if name == "district":
        return catalogue.districts[value].name
    if name == "language":
        return language_name(value, lang)
    return label(LifeSituation(value) if name == "situation" else Barrier(value))


def life_phase(phase: LifePhase) -> LifePhaseTexts:
    """The words of a life phase, in the reader's language."""
    return site().life_phase(phase, i18n.current_language().code)


def safe_url(address: str) -> str:
    """A web address for a link; anything but http and https leads nowhere."""
    return address if address.startswith(("https://", "http://")) else "#"


def shown_url(address: str) -> str:
    """A web address as people read it, shortened."""
    short = address.removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")
    return short if len(short) <= 60 else short[:59] + "…"


def capfirst(text: str) -> str:
    return text[:1].upper() + text[1:]


def init_app(app: Flask, content: SiteContent) -> None:
    """Give all of this to the templates, as globals: macros do not see what a view passes."""
    public = app.extensions["settings"].public_url.rstrip("/")
    app.jinja_env.filters.update(capfirst=capfirst, safe_url=safe_url, shown_url=shown_url)
    app.jinja_env.filters["extract"] = lambda key, mapping: mapping[key]
    app.jinja_env.globals.update(
        Barrier=Barrier,
        LifePhase=LifePhase,
        LifeSituation=LifeSituation,
        Registration=Registration,
        TextState=TextState,
        address_lines=address_lines,
        age_option=lambda value: age_text(int(value)),
        age_range=age_range,
        age_text=age_text,
        always_open=always_open,
        barrier_option=lambda value: label(Barrier(value)),
        chosen_word=chosen_word,
        cost_text=cost_text,
        date_text=date_text,
        format_day=format_day,
        kommune=content.kommune,
        label=label,
        language=LocalProxy(i18n.current_language),
        language_name=lambda code: language_name(code, i18n.current_language().code),
        life_phase=life_phase,
        list_url=list_url,
        map_url=map_url,
        next_occurrence=next_occurrence,
        offer_url=offer_url,
        opening_week=opening_week,
        other_languages=lambda: other_languages(content.kommune.languages),
        paragraphs=paragraphs,
        phase_icon=_ICON_OF_PHASE.__getitem__,
        phase_option=lambda value: life_phase(LifePhase(value)).label,
        phone_link=phone_link,
        places_text=places_text,
        provision_text=provision_text,
        public_url=lambda: public or request.url_root.rstrip("/"),
        route_url=route_url,
        situation_icon=_ICON_OF_SITUATION.__getitem__,
        situation_option=lambda value: label(LifeSituation(value)),
        spoken=spoken,
        tel=tel,
        text_attributes=text_attributes,
        today=today,
        translate=lambda texts, checked=None: translate(texts, i18n.current_language().code, checked),
        waiting_text=waiting_text,
    )
