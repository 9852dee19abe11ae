"""The form of an offer: its fields, each with a sentence of help and an example."""

from __future__ import annotations

import re
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    FormField,
    IntegerField,
    RadioField,
    SelectField,
    validators,
)
from wtforms.fields import HiddenField

from portal.admin.forms import (
    AdminForm,
    ChoiceChecks,
    LineField,
    TextField,
    email_rule,
    options,
    phone_rule,
    website_rule,
)
from portal.admin.offer_rules import MAX_HOURS, PROBLEMS, in_our_time
from portal.editing.hours import DAYS, Span, write_hours
from portal.i18n import language_name
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
    Weekday,
)
from portal.offers.wording import LABELS

SPOKEN = (
    "de",
    "en",
    "tr",
    "ar",
    "uk",
    "ru",
    "pl",
    "ro",
    "bg",
    "fa",
    "ku",
    "fr",
    "es",
    "it",
    "el",
    "sq",
    "sr",
    "hr",
    "vi",
    "gsg",
)
"""Languages that somebody may speak there; "gsg" is German sign language. An import may have brought others: they stay."""
_CLOCK = validators.Regexp(r"^([01]\d|2[0-3]):[0-5]\d$", message="Eine Uhrzeit wie 09:30.")
_UNITS = [("years", "Jahre"), ("months", "Monate")]
MAX_ROWS = 30
TEXT_ROWS = {
    "title": 1,
    "summary": 2,
    "description": 8,
    "times_note": 2,
    "cost_note": 2,
    "registration_note": 2,
    "bring": 2,
    "picture_alt": 1,
}
"""The German texts that are looked at while they are written, and how many lines they get."""
COST_KINDS = {
    CostKind.FREE: "Kostenlos",
    CostKind.FIXED: "Kostet einen festen Betrag",
    CostKind.INCOME_BASED: "Hängt vom Einkommen ab",
    CostKind.UNKNOWN: "Noch nicht bekannt",
}
COST_PER = {
    CostPer.ONCE: "einmal",
    CostPer.SESSION: "jedes Mal",
    CostPer.MONTH: "im Monat",
    CostPer.COURSE: "für den ganzen Kurs",
}
REGISTRATION = {
    Registration.NONE: "Einfach kommen",
    Registration.REQUIRED: "Mit Anmeldung",
    Registration.APPOINTMENT: "Mit Termin",
    Registration.UNKNOWN: "Noch nicht bekannt",
}
_PROVISIONS = [
    ("", "nicht gesagt"),
    (Provision.YES, "ja"),
    (Provision.ON_REQUEST, "auf Anfrage"),
    (Provision.NO, "nein"),
]
FREQUENCIES = {
    Frequency.WEEKLY: "jede Woche",
    Frequency.FORTNIGHTLY: "alle zwei Wochen",
    Frequency.MONTHLY: "jeden Monat",
    Frequency.ONCE: "einmal",
}
_WEEKS = [("1", "am ersten"), ("2", "am zweiten"), ("3", "am dritten"), ("4", "am vierten"), ("-1", "am letzten")]
WEEKDAYS = dict(zip(Weekday, DAYS.values(), strict=True))
PHASES = {
    LifePhase.PREGNANCY: "Schwangerschaft",
    LifePhase.BIRTH: "Geburt",
    LifePhase.EARLY_YEARS: "0 bis 3 Jahre",
    LifePhase.KITA: "Kita (3 bis 6)",
    LifePhase.SCHOOL_START: "Einschulung",
    LifePhase.PRIMARY_SCHOOL: "Grundschule",
    LifePhase.SECONDARY_SCHOOL: "Weiterführende Schule",
    LifePhase.TRAINING: "Ausbildung",
}


def _choices(words: dict[Any, str]) -> Any:
    return options((value.value, text) for value, text in words.items())


class AmountField(LineField):
    """Euros as people write them: "12", "12,50"."""

    def cents(self) -> int | None:
        match = re.fullmatch(r"(\d{1,5})(?:[.,](\d{1,2}))?\s*(?:€|Euro)?", self.data or "")
        return int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0")) if match else None


class HoursForm(AdminForm):
    """A line of opening hours."""

    days = ChoiceChecks("Tage", choices=options(DAYS.items()))
    start = LineField("von", max_length=5, extra=[_CLOCK])
    end = LineField("bis", max_length=5, extra=[_CLOCK])

    @property
    def is_empty(self) -> bool:
        return not (self.days.data or self.start.data or self.end.data)


class DateRowForm(AdminForm):
    """A regular date."""

    frequency = SelectField("Wie oft", default=Frequency.WEEKLY.value, choices=_choices(FREQUENCIES))
    week = SelectField("Woche", choices=options(_WEEKS), default="1")
    weekday = SelectField("Tag", default=Weekday.MONDAY.value, choices=_choices(WEEKDAYS))
    start = LineField("von", max_length=5, extra=[_CLOCK])
    end = LineField("bis", max_length=5, extra=[_CLOCK])
    first_on = DateField("zum ersten Mal am", [validators.Optional(), in_our_time])
    last_on = DateField("zum letzten Mal am", [validators.Optional(), in_our_time])

    @property
    def is_empty(self) -> bool:
        return not (self.start.data or self.end.data or self.first_on.data)


class OfferForm(AdminForm):
    """Names are those of OfferContent where there is one field for one."""

    base = HiddenField(default="0")

    organization = SelectField("Träger", description="Wer das Angebot macht. Beispiel: Familienzentrum Nordstadt")
    title = LineField(
        "Titel",
        max_length=200,
        required=True,
        description="So kurz, dass man ihn rufen kann. Beispiel: Baby-Treff Nordstadt",
    )
    summary = TextField(
        "Kurz gesagt",
        max_length=400,
        description="Für Listen: Was bekommt die Familie? Beispiel: Ihr trefft andere Eltern mit Baby.",
    )
    description = TextField(
        "Beschreibung",
        max_length=5000,
        description="Was passiert dort? Beispiel: Ihr kommt einfach vorbei. Eine Leerzeile beginnt einen Absatz.",
    )
    kind = SelectField(
        "Art",
        choices=options((kind.value, LABELS[kind]) for kind in OfferKind),
        description="Was trifft es am besten? Beispiel: Treff oder Gruppe",
    )

    needs = ChoiceChecks(
        "Wobei hilft es?",
        description="Danach suchen Familien. Kreuze das Wichtigste an: eins bis vier genügen. Beispiel: Kita-Platz finden",
    )
    life_phases = ChoiceChecks(
        "Für welche Lebensphase?",
        choices=_choices(PHASES),
        description="Mehrere sind möglich. Beispiel: Geburt und 0 bis 3 Jahre",
    )
    min_age = IntegerField(
        "Alter von", [validators.Optional()], description="Leer, wenn es keine Grenze gibt. Beispiel: 3 Monate"
    )
    min_age_unit = SelectField("Einheit (von)", default="years", choices=options(_UNITS))
    max_age = IntegerField(
        "Alter bis", [validators.Optional()], description="Dieses Alter zählt noch mit. Beispiel: 6 Jahre"
    )
    max_age_unit = SelectField("Einheit (bis)", default="years", choices=options(_UNITS))
    life_situations = ChoiceChecks(
        "Lebenslage",
        choices=options((item.value, LABELS[item]) for item in LifeSituation),
        description="Leer lassen: Dann folgt sie aus dem, wobei es hilft.",
    )

    location = SelectField(
        "Ort",
        default="",
        validate_choice=True,
        description="Eine Adresse dieses Trägers. Beispiel: Familienzentrum Nordstadt, Birkenweg 14",
    )
    access = ChoiceChecks(
        "Wie kommen Familie und Angebot zusammen?",
        choices=options((item.value, LABELS[item]) for item in Access),
        description="Beispiel: bei euch im Stadtteil, am Telefon",
    )
    city_wide = BooleanField(
        "Für alle Familien, egal wo sie wohnen", description="Sonst kreuze unten die Stadtteile an."
    )
    serves = ChoiceChecks("Für diese Stadtteile", description="Leer, wenn der Stadtteil des Ortes gemeint ist.")

    hours = FieldList(FormField(HoursForm), max_entries=MAX_ROWS)
    closed_on_holidays = BooleanField("An Feiertagen geschlossen", description="Gilt für alle gesetzlichen Feiertage.")
    opening_hours = LineField(
        "Besondere Öffnungszeiten",
        max_length=MAX_HOURS,
        description="Nur, was oben nicht geht, in der Schreibweise von OpenStreetMap. Die Redaktion hilft dir dabei. "
        "Beispiel: Mo-Fr 09:00-12:00; Jul-Aug off",
    )
    by_appointment = BooleanField(
        "Nur mit Termin", description="Die Öffnungszeiten sagen dann, wann jemand ans Telefon geht."
    )
    schedules = FieldList(FormField(DateRowForm), max_entries=MAX_ROWS)
    times_note = TextField(
        "Zu den Zeiten",
        max_length=500,
        description="Was die Zeiten nicht sagen. Beispiel: In den Ferien fällt der Treff aus.",
    )
    valid_from = DateField(
        "Gibt es ab", [validators.Optional(), in_our_time], description="Leer, wenn es das Angebot schon gibt."
    )
    valid_to = DateField(
        "Gibt es bis",
        [validators.Optional(), in_our_time],
        description="Danach verschwindet es von der Seite. Leer, wenn es bleibt.",
    )

    cost_kind = RadioField("Was kostet es?", choices=_choices(COST_KINDS), default=CostKind.UNKNOWN.value)
    cost_amount = AmountField(
        "Betrag in Euro", max_length=12, description="Nur bei einem festen Betrag. Beispiel: 12,50"
    )
    cost_per = SelectField(
        "Wie oft zu zahlen?", default=CostPer.ONCE.value, choices=_choices(COST_PER), description="Beispiel: jedes Mal"
    )
    cost_note = TextField("Zu den Kosten", max_length=500, description="Beispiel: Geschwister zahlen nichts.")
    education_package = BooleanField(
        "Das Bildungspaket kann zahlen", description="Wenn Bildung und Teilhabe (BuT) die Kosten übernehmen kann."
    )
    registration = RadioField(
        "Muss man sich anmelden?", choices=_choices(REGISTRATION), default=Registration.UNKNOWN.value
    )
    registration_note = TextField(
        "Zur Anmeldung", max_length=500, description="Der erste Schritt. Beispiel: Ruft an und fragt nach Frau Yılmaz."
    )
    bring = TextField(
        "Bitte mitbringen",
        max_length=500,
        description="Beispiel: eine Decke und etwas zu trinken. Leer, wenn nichts nötig ist.",
    )

    phone = LineField(
        "Telefon", max_length=40, extra=[phone_rule], description="Wo wirklich jemand abhebt. Beispiel: 030 23125 102"
    )
    email = LineField("E-Mail", max_length=200, extra=[email_rule], description="Beispiel: treff@fz-nordstadt.example")
    website = LineField(
        "Internetseite",
        max_length=500,
        extra=[website_rule],
        description="Am besten die Seite genau dieses Angebots. Beispiel: https://fz-nordstadt.example/treff",
    )
    first_contact = BooleanField(
        "Hier kann man mit jeder Frage kommen", description="Das Angebot steht dann auch unter „Hier hilft ein Mensch“."
    )

    languages = ChoiceChecks(
        "Diese Sprachen spricht dort jemand",
        choices=options((code, language_name(code, "de")) for code in SPOKEN),
        description="Nur, was in der Regel klappt. Beispiel: Deutsch, Türkisch",
    )
    no_german_needed = BooleanField(
        "Man muss kein Deutsch können", description="Zum Beispiel, weil man zusammen kocht oder spielt."
    )
    interpreter = SelectField(
        "Wird gedolmetscht?", default="", choices=options(_PROVISIONS), description="Auch am Telefon oder per Video."
    )
    childcare = SelectField(
        "Werden Kinder betreut?", default="", choices=options(_PROVISIONS), description="Während die Eltern dort sind."
    )
    accompaniment = SelectField(
        "Geht jemand mit?",
        default="",
        choices=options(_PROVISIONS),
        description="Zum Beispiel zum Amt oder zum ersten Besuch.",
    )

    waiting_weeks = IntegerField(
        "Wartezeit in Wochen",
        [validators.Optional(), validators.NumberRange(0, 520, "Zwischen 0 und 520 Wochen.")],
        description="0, wenn man gleich kommen kann. Leer, wenn es niemand weiß.",
    )
    free_places = IntegerField(
        "Freie Plätze",
        [validators.Optional(), validators.NumberRange(0, 10_000, "Zwischen 0 und 10.000.")],
        description="Leer, wenn nicht gezählt wird. Der Tag der Änderung steht dabei.",
    )

    follow_ups = ChoiceChecks(
        "Wie kann es danach weitergehen?",
        description="Anschlussangebote: Wohin geht eine Familie als Nächstes? Beispiel: vom Baby-Treff in die Krabbelgruppe.",
    )
    follow_up_search = LineField(
        "Anschlussangebot suchen", max_length=100, description="Ein Wort aus dem Titel. Beispiel: Krabbel"
    )

    picture_alt = LineField(
        "Was ist auf dem Bild?",
        max_length=300,
        description="Für Menschen, die es nicht sehen. Beispiel: Zwei Mütter mit Babys auf einer Matte",
    )

    funding_until = DateField(
        "Finanziert bis", [validators.Optional(), in_our_time], description="Nur intern: Familien sehen es nicht."
    )
    goal = TextField("Ziel", max_length=1000, description="Nur intern. Beispiel: Familien im 1. Jahr früh erreichen")

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        for problem_of in PROBLEMS:
            if problem := problem_of(self):
                field, message = problem
                field.errors = [*field.errors, message]
                valid = False
        return valid

    def written_hours(self) -> str:
        """The lines of opening hours in the syntax of OpenStreetMap."""
        spans = [
            Span(tuple(row.form.days.data), row.form.start.data, row.form.end.data)
            for row in self.hours
            if not row.form.is_empty
        ]
        return write_hours(spans, bool(self.closed_on_holidays.data))

    @property
    def errors_of_rows(self) -> list[str]:
        """What is wrong in lines of hours and dates, for the summary above the form."""
        return [
            f"{f.label.text}: {' '.join(f.errors)}"
            for rows in (self.hours, self.schedules)
            for row in rows
            for f in row.form
            if f.errors
        ]
