"""The forms of the directory: Ansprechstellen, Räume und Ressourcen, offers for professionals."""

from __future__ import annotations

from datetime import date
from typing import Any

from wtforms import BooleanField, DateField, Form, IntegerField, SelectField, validators

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
from portal.admin.organization_forms import not_blank
from portal.editing.contact_points import ContactPointFacts
from portal.editing.professional_offers import ProfessionalOfferFacts
from portal.editing.resources import ResourceFacts
from portal.models import ProfessionalOfferKind, ResourceKind

RESOURCE_KINDS = {
    ResourceKind.ROOM: "Raum",
    ResourceKind.INTERPRETER: "Sprachmittlung",
    ResourceKind.EQUIPMENT: "Ausstattung",
    ResourceKind.STAFF: "Mitarbeit",
    ResourceKind.COOPERATION: "Kooperation gesucht",
}
PROFESSIONAL_KINDS = {
    ProfessionalOfferKind.CONFERENCE: "Fachtag",
    ProfessionalOfferKind.TRAINING: "Schulung",
    ProfessionalOfferKind.NETWORK: "Arbeitskreis",
    ProfessionalOfferKind.GUIDE: "Handlungshilfe",
}
_MOST_PERSONS = 100_000


def in_our_time(_form: Form, field: Any) -> None:
    """A slip of the pen in the year is found here, not by the readers."""
    if field.data and not date(2000, 1, 1) <= field.data <= date(2100, 1, 1):
        raise validators.ValidationError("Dieses Jahr kann nicht stimmen. Beispiel: 12.03.2027")


def _phone(**kwargs: Any) -> LineField:
    return LineField(
        "Telefon",
        max_length=40,
        extra=[phone_rule],
        description="Die Nummer, unter der wirklich jemand abhebt. Beispiel: 030 23125 100",
        render_kw={"inputmode": "tel", "autocomplete": "off"},
        **kwargs,
    )


def _email() -> LineField:
    return LineField(
        "E-Mail",
        max_length=200,
        extra=[email_rule],
        description="Am besten ein Postfach der Stelle, nicht einer Person. Beispiel: kita@stadt.example",
        render_kw={"inputmode": "email", "autocomplete": "off"},
    )


def _day(label: str, description: str) -> DateField:
    return DateField(label, [validators.Optional(), in_our_time], description=description)


class EntryForm(AdminForm):
    """What the three share. `layout` has the names of the fields, row by row."""

    layout: tuple[tuple[str, ...], ...] = ()
    ways: tuple[str, ...] = ("phone", "email")
    """One of these must be there: nobody can ask an entry that has none."""

    organization = SelectField(
        "Träger", [not_blank], choices=[], description="Wer das verantwortet. Beispiel: Familienzentrum Nordstadt"
    )

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        fields = super().validate(*args, **kwargs)
        if fields and not any(self[name].data for name in self.ways):
            labels = " oder ".join(self[name].label.text for name in self.ways)
            self[self.ways[0]].errors = [f"Es fehlt ein Weg dorthin: {labels}."]
            return False
        return fields


class ContactPointForm(EntryForm):
    layout = (
        ("role",),
        ("organization", "person"),
        ("responsible",),
        ("needs",),
        ("districts",),
        ("phone", "email"),
        ("times",),
        ("languages",),
        ("substitute",),
        ("note",),
    )

    role = LineField(
        "Aufgabe",
        max_length=200,
        required=True,
        extra=[not_blank],
        description="Wofür diese Stelle da ist: Die Aufgabe bleibt, auch wenn die Person wechselt. Beispiel: Kita-Anmeldung",
    )
    person = LineField(
        "Person",
        max_length=200,
        description="Wer gerade dort sitzt; darf leer bleiben. Beispiel: Frau Petersen, Zimmer 12",
    )
    responsible = BooleanField(
        "Diese Stelle entscheidet",
        description="Nur, wenn sie nach dem Gesetz darüber entscheidet oder den Antrag bearbeitet. Beispiel: Das Jugendamt "
        "entscheidet über den Unterhaltsvorschuss, eine Beratungsstelle hilft weiter.",
    )
    needs = ChoiceChecks(
        "Themen", description="Wofür jemand hier richtig ist. Ohne Haken: für alles. Beispiel: Kita-Platz finden"
    )
    districts = ChoiceChecks(
        "Wo",
        description="Ein Haken gilt auch für alle Teile darunter. Ohne Haken: für die ganze Kommune. Beispiel: nur Hinterwiesen",
    )
    phone = _phone()
    email = _email()
    times = LineField(
        "Erreichbar",
        max_length=300,
        description="Wann jemand da ist. Beispiel: Mo bis Do 9 bis 12 Uhr, sonst Anrufbeantworter",
    )
    languages = ChoiceChecks("Sprachen", description="In denen man hier sprechen kann. Beispiel: Deutsch, Türkisch")
    substitute = SelectField(
        "Vertretung",
        choices=[],
        description="Wen man anruft, wenn hier niemand da ist. Beispiel: Familienbüro: Erste Anlaufstelle",
    )
    note = TextField(
        "Hinweis",
        max_length=1000,
        description="Was Fachkräfte wissen sollten. Nie etwas über eine Familie. Beispiel: Unterlagen gern vorher per Mail.",
    )

    def facts(self) -> ContactPointFacts:
        """What was typed. Only after validate()."""
        return ContactPointFacts(
            organization=self.organization.data,
            role=self.role.data,
            person=self.person.data or "",
            responsible=bool(self.responsible.data),
            phone=self.phone.data or None,
            email=self.email.data or None,
            times=self.times.data or "",
            note=self.note.data or "",
            substitute=self.substitute.data or None,
            needs=frozenset(self.needs.data or ()),
            districts=frozenset(self.districts.data or ()),
            languages=frozenset(self.languages.data or ()),
        )


class ResourceForm(EntryForm):
    layout = (
        ("title",),
        ("kind", "organization"),
        ("text",),
        ("district", "capacity"),
        ("languages",),
        ("conditions",),
        ("contact",),
        ("phone", "email"),
    )

    title = LineField(
        "Name", max_length=200, required=True, extra=[not_blank], description="Beispiel: Bewegungsraum mit Küche"
    )
    kind = SelectField(
        "Art",
        [not_blank],
        choices=options([("", "Bitte wählen"), *RESOURCE_KINDS.items()]),
        description="Beispiel: Ein Transporter ist Ausstattung, „Wer macht mit beim Sommerfest?“ eine Kooperation.",
    )
    text = TextField(
        "Beschreibung",
        max_length=2000,
        description="Was man damit machen kann. Beispiel: 60 m², Matten und Stühle, ein Waschraum nebenan.",
    )
    district = SelectField(
        "Wo", choices=[], description="Wo es steht, oder für wen es gedacht ist. Beispiel: Nordstadt"
    )
    capacity = IntegerField(
        "Personen",
        [validators.Optional(), validators.NumberRange(1, _MOST_PERSONS, "Hier passt eine Zahl von 1 bis 100000.")],
        description="Für wie viele es reicht; darf leer bleiben. Beispiel: 30",
    )
    languages = ChoiceChecks("Sprachen", description="Bei Sprachmittlung: welche. Beispiel: Arabisch, Ukrainisch")
    conditions = TextField(
        "Bedingungen",
        max_length=500,
        description="Was es kostet, wann es geht. Beispiel: kostenlos, werktags ab 16 Uhr",
    )
    contact = LineField(
        "Wer gibt Auskunft", max_length=200, description="Besser eine Aufgabe als ein Name. Beispiel: Hausleitung"
    )
    phone = _phone()
    email = _email()

    def facts(self) -> ResourceFacts:
        """What was typed. Only after validate()."""
        return ResourceFacts(
            organization=self.organization.data,
            kind=ResourceKind(self.kind.data),
            title=self.title.data,
            text=self.text.data or "",
            district=self.district.data or None,
            capacity=self.capacity.data,
            conditions=self.conditions.data or "",
            contact=self.contact.data or "",
            phone=self.phone.data or None,
            email=self.email.data or None,
            languages=frozenset(self.languages.data or ()),
        )


class ProfessionalOfferForm(EntryForm):
    layout = (
        ("title",),
        ("kind", "organization"),
        ("audience",),
        ("text",),
        ("needs",),
        ("starts_on", "ends_on", "register_by"),
        ("times",),
        ("place",),
        ("contact",),
        ("phone", "email"),
        ("website",),
    )
    ways = ("phone", "email", "website")

    title = LineField(
        "Titel",
        max_length=200,
        required=True,
        extra=[not_blank],
        description="Beispiel: Fachtag „Übergang Kita – Schule“",
    )
    kind = SelectField(
        "Art",
        [not_blank],
        choices=options([("", "Bitte wählen"), *PROFESSIONAL_KINDS.items()]),
        description="Eine Handlungshilfe ist etwas zum Lesen. Beispiel: Ablauf bei Sorge um ein Kind",
    )
    audience = LineField("Für wen", max_length=200, description="Beispiel: Fachkräfte in Kitas und Kindertagespflege")
    text = TextField(
        "Beschreibung",
        max_length=4000,
        description="Worum es geht, in wenigen Sätzen. Beispiel: Vorträge, dann drei Gruppen.",
    )
    needs = ChoiceChecks("Themen", description="Worum es geht. Beispiel: Schulanmeldung")
    starts_on = _day("Erster Tag", "Leer: jederzeit. Beispiel: 12.03.2027")
    ends_on = _day("Letzter Tag", "Nur, wenn es länger als einen Tag dauert. Beispiel: 13.03.2027")
    register_by = _day("Anmelden bis", "Der letzte Tag dafür. Beispiel: 01.03.2027")
    times = LineField("Uhrzeit", max_length=200, description="Beispiel: 9 bis 16 Uhr, ab 8.30 Uhr Kaffee")
    place = LineField(
        "Ort", max_length=300, description="Mit Adresse, oder „online“. Beispiel: Rathaus, Rathausplatz 1"
    )
    contact = LineField(
        "Wer gibt Auskunft", max_length=200, description="Besser eine Aufgabe als ein Name. Beispiel: Fachberatung Kita"
    )
    phone = _phone()
    email = _email()
    website = LineField(
        "Webseite",
        max_length=500,
        extra=[website_rule],
        description="Wo man mehr liest oder sich anmeldet. Beispiel: https://vhs.example/fachtag",
        render_kw={"inputmode": "url", "autocomplete": "off"},
    )

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        fields = super().validate(*args, **kwargs)
        first, last, until = self.starts_on.data, self.ends_on.data, self.register_by.data
        if last and not self.ends_on.errors and (first is None or last < first):
            self.ends_on.errors = ["Das ist vor dem ersten Tag." if first else "Es fehlt der erste Tag."]
        if until and first and not self.register_by.errors and until > first:
            self.register_by.errors = ["Das ist nach dem ersten Tag."]
        return fields and not self.ends_on.errors and not self.register_by.errors

    def facts(self) -> ProfessionalOfferFacts:
        """What was typed. Only after validate()."""
        return ProfessionalOfferFacts(
            organization=self.organization.data,
            kind=ProfessionalOfferKind(self.kind.data),
            title=self.title.data,
            text=self.text.data or "",
            audience=self.audience.data or "",
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            times=self.times.data or "",
            place=self.place.data or "",
            register_by=self.register_by.data,
            contact=self.contact.data or "",
            phone=self.phone.data or None,
            email=self.email.data or None,
            website=self.website.data or None,
            needs=frozenset(self.needs.data or ()),
        )
