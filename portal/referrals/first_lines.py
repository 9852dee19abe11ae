"""What can stand above a Merkzettel that is handed on: fixed sentences, so that nobody writes about a child."""

from __future__ import annotations

from portal.i18n import N_

FIRST_LINES = {
    "gesprochen": N_("Darüber haben wir gesprochen."),
    "vielleicht": N_("Vielleicht ist hier etwas für euch dabei."),
    "anrufen": N_("Ruft dort an. Ihr könnt sagen, dass wir euch das gegeben haben."),
    "gemeinsam": N_("Wir können dort auch gemeinsam anrufen."),
    "wiederkommen": N_("Kommt wieder, wenn etwas nicht klappt. Wir helfen euch."),
}
"""By the key that is stored and stands in addresses. Keys are for ever; the msgids are German."""


def checked_key(key: str) -> str:
    """The key, if there is such a sentence; else nothing."""
    return key if key in FIRST_LINES else ""
