"""What has changed, in words: for practitioners, for a mail, for a feed. In the language of the reader."""

from __future__ import annotations

from portal.i18n import N_, format_day, gettext, list_join, ngettext
from portal.offers.change_fields import Field
from portal.offers.changes import Change, Kind, What
from portal.offers.wording import waiting_text

GROUPS = {
    Kind.NEW: "Neu",
    Kind.CHANGED: "Geändert",
    Kind.PLACES: "Plätze und Wartezeit",
    Kind.ENDED: "Nicht mehr zu finden",
    Kind.SMALL: "Kleine Änderungen",
}
"""For practitioners, in German."""

_FIELDS = {
    Field.TITLE: N_("Name"),
    Field.TEXT: N_("Beschreibung"),
    Field.ORGANIZATION: N_("Träger"),
    Field.PLACE: N_("Ort"),
    Field.AREA: N_("Für welche Stadtteile"),
    Field.TIMES: N_("Zeiten"),
    Field.PERIOD: N_("Zeitraum"),
    Field.AGE: N_("Alter"),
    Field.COST: N_("Kosten"),
    Field.REGISTRATION: N_("Anmeldung"),
    Field.BRING: N_("Was ihr mitbringt"),
    Field.PHONE: N_("Telefon"),
    Field.EMAIL: N_("E-Mail"),
    Field.WEBSITE: N_("Internetseite"),
    Field.LANGUAGES: N_("Sprachen"),
    Field.CHILDCARE: N_("Kinderbetreuung"),
    Field.ACCOMPANIMENT: N_("Begleitung"),
    Field.ACCESS: N_("Art der Hilfe"),
    Field.TOPICS: N_("Themen"),
    Field.FOLLOW_UPS: N_("Wie es weitergeht"),
    Field.PICTURE: N_("Bild"),
}
_WHAT = {
    What.NEW: N_("Neu"),
    What.BACK: N_("Wieder da"),
    What.ARCHIVED: N_("Das gibt es nicht mehr."),
    What.OVER: N_("Das ist zu Ende."),
    What.UNCONFIRMED: N_("Lange nicht geprüft: Die Suche zeigt das nicht mehr."),
    What.FULL: N_("Im Moment ist kein Platz frei."),
}


def sentence(change: Change) -> str:
    """What has happened, in a few words: "Geändert: Telefon, Zeiten"."""
    if change.what == What.CHANGED:
        fields = list_join(gettext(_FIELDS[field]) for field in change.fields)
        words = N_("Kleine Änderungen: %(fields)s") if change.kind == Kind.SMALL else N_("Geändert: %(fields)s")
        return gettext(words) % {"fields": fields}
    if change.what == What.FREE:
        free = ngettext("%(num)s freier Platz", "%(num)s freie Plätze", change.number) % {"num": change.number}
        return gettext("Es gibt wieder: %(places)s") % {"places": free}
    if change.what == What.WAITING:
        return waiting_text(change.number)
    if change.what == What.REPORTED:
        return gettext("Eine Fachkraft hat am %(day)s gemeldet: Hier ist kein Platz frei.") % {
            "day": format_day(change.on)
        }
    return gettext(_WHAT[change.what])


def grouped(changes: list[Change]) -> dict[Kind, list[Change]]:
    """In the order of Kind; groups without any are left out."""
    return {kind: found for kind in Kind if (found := [change for change in changes if change.kind == kind])}
