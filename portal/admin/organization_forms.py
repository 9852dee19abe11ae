"""The forms for organizations and their places."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, Form, SelectField
from wtforms.validators import ValidationError

from portal.admin.forms import AdminForm, LineField, TextField, email_rule, options, phone_rule, website_rule
from portal.admin.place_fields import LATITUDES, LONGITUDES, DegreeField, both_or_none
from portal.editing.organizations import OrganizationFacts
from portal.editing.places import PlaceFacts
from portal.models.enums import OrganizationKind, StepFree

KINDS = {
    OrganizationKind.MUNICIPALITY: "Kommune",
    OrganizationKind.NON_PROFIT: "Freier Träger",
    OrganizationKind.ASSOCIATION: "Verein",
    OrganizationKind.CHURCH: "Kirche",
    OrganizationKind.HEALTH: "Gesundheit",
    OrganizationKind.SCHOOL: "Schule",
    OrganizationKind.KITA: "Kita",
    OrganizationKind.EDUCATION: "Bildung",
}
STEP_FREE = {StepFree.YES: "Ja", StepFree.PARTLY: "Zum Teil", StepFree.NO: "Nein"}

LONGEST_DESCRIPTION = 5_000
SMALL_HELP = (
    "Nur ankreuzen, wenn sich am Inhalt nichts ändert: Dann bleiben die Übersetzungen aktuell. "
    "Beispiel: „Bratung“ wird zu „Beratung“."
)


def not_blank(_form: Form, field: Any) -> None:
    """Blanks alone are nothing."""
    if not field.data:
        raise ValidationError("Das fehlt noch.")


class OrganizationForm(AdminForm):
    name = LineField(
        "Name",
        max_length=300,
        required=True,
        extra=[not_blank],
        description="So, wie er am Haus steht. Beispiel: Familienzentrum Nordstadt e. V.",
    )
    kind = SelectField(
        "Art",
        [not_blank],
        choices=options([("", "Bitte wählen"), *KINDS.items()]),
        description="Wer dahintersteht. Beispiel: Ein Familienzentrum der Caritas ist ein freier Träger.",
    )
    phone = LineField(
        "Telefon", max_length=40, extra=[phone_rule], description="Mit Vorwahl. Beispiel: 030 23125 100",
        render_kw={"inputmode": "tel", "autocomplete": "off"},
    )  # fmt: skip
    email = LineField(
        "E-Mail", max_length=200, extra=[email_rule], description="Eine Adresse, die jemand liest. Beispiel: info@verein.example",
        render_kw={"inputmode": "email", "autocomplete": "off"},
    )  # fmt: skip
    website = LineField(
        "Webseite", max_length=500, extra=[website_rule], description="Beginnt mit https:// Beispiel: https://verein.example",
        render_kw={"inputmode": "url", "autocomplete": "off"},
    )  # fmt: skip
    description = TextField(
        "Beschreibung auf Deutsch",
        max_length=LONGEST_DESCRIPTION,
        description="Zwei oder drei kurze Sätze in einfacher Sprache. Beispiel: Wir helfen Familien in der Nordstadt. "
        "Ihr könnt einfach vorbeikommen.",
        render_kw={"data-plain": "", "lang": "de"},
    )
    small = BooleanField("Nur ein Schreibfehler", description=SMALL_HELP)
    anyway = BooleanField(
        "Das ist ein anderer Träger, trotzdem neu anlegen",
        description="Nur ankreuzen, wenn keiner aus der Liste gemeint ist. Beispiel: zwei Vereine mit fast demselben Namen.",
    )

    def facts(self) -> OrganizationFacts:
        """What was typed. Only after validate()."""
        return OrganizationFacts(
            name=self.name.data,
            kind=OrganizationKind(self.kind.data),
            phone=self.phone.data or None,
            email=self.email.data or None,
            website=self.website.data or None,
            description=self.description.data or "",
        )


class PlaceForm(AdminForm):
    name = LineField(
        "Name des Ortes",
        max_length=300,
        description="Darf leer bleiben. Beispiel: Familienzentrum Nordstadt, Eingang Hof",
    )
    street = LineField(
        "Straße", max_length=200, required=True, extra=[not_blank], description="Ohne Hausnummer. Beispiel: Nordring"
    )
    house_number = LineField("Hausnummer", max_length=20, description="Beispiel: 12 a", render_kw={"class": "short"})
    postal_code = LineField(
        "Postleitzahl",
        max_length=10,
        description="Fünf Ziffern. Beispiel: 00102",
        render_kw={"class": "short", "inputmode": "numeric"},
    )
    city = LineField("Stadt oder Dorf", max_length=120, description="Beispiel: Beispielstadt")
    district = SelectField(
        "Stadtteil", choices=[], description="Damit Familien sehen, was in ihrer Nähe ist. Beispiel: Nordstadt"
    )
    latitude = DegreeField(
        "Breitengrad", limits=LATITUDES, description="Für die Karte. Du kannst es leer lassen. Beispiel: 51,1745"
    )
    longitude = DegreeField(
        "Längengrad", limits=LONGITUDES, description="Für die Karte. Du kannst es leer lassen. Beispiel: 10,4520"
    )
    step_free = SelectField(
        "Ohne Stufen erreichbar",
        choices=options([("", "Noch nicht bekannt"), *STEP_FREE.items()]),
        description="Kommt man mit Kinderwagen oder Rollstuhl hinein? Beispiel: Nur der Hintereingang hat eine Rampe: zum Teil.",
    )
    bus_stop = LineField("Haltestelle", max_length=200, description="Mit der Linie. Beispiel: Nordmarkt (Bus 1 und 9)")

    def validate_postal_code(self, field: Any) -> None:
        if field.data and not (len(field.data) == 5 and field.data.isascii() and field.data.isdigit()):
            raise ValidationError("Eine Postleitzahl hat fünf Ziffern. Beispiel: 00102")

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        fields = super().validate(*args, **kwargs)
        return both_or_none(self) and fields

    def facts(self) -> PlaceFacts:
        """What was typed. Only after validate()."""
        lines = {
            name: self[name].data or ""
            for name in ("name", "street", "house_number", "postal_code", "city", "bus_stop")
        }
        return PlaceFacts(
            district=self.district.data or None,
            latitude=self.latitude.data,
            longitude=self.longitude.data,
            step_free=StepFree(self.step_free.data) if self.step_free.data else None,
            **lines,
        )
