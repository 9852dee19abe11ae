"""What a parent can say at the phone: short German sentences, what they mean, and how they sound.

The German is said to an office, so it says "Sie". What is read beside it is its translation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from portal.content.site import SOURCE_LANGUAGE
from portal.i18n import N_, translations_for
from portal.models.enums import Provision, Registration
from portal.referrals.phonetics import phonetics

_HELLO = N_("Guten Tag.")
_LITTLE_GERMAN = N_("Ich spreche wenig Deutsch.")
_SPEAKS_MINE = {
    "en": N_("Spricht bei Ihnen jemand Englisch?"),
    "tr": N_("Spricht bei Ihnen jemand Türkisch?"),
    "ar": N_("Spricht bei Ihnen jemand Arabisch?"),
    "uk": N_("Spricht bei Ihnen jemand Ukrainisch?"),
    "ru": N_("Spricht bei Ihnen jemand Russisch?"),
}
"""By what the family reads. Whole sentences: the name of a language is bent differently in each."""
_SLOWLY = N_("Bitte sprechen Sie langsam.")
_INTERPRETER = N_("Ich brauche jemanden, der übersetzt.")
_WISH = {
    Registration.NONE: (N_("Ich interessiere mich für „%(title)s“."), N_("Findet das diese Woche statt?")),
    Registration.REQUIRED: (N_("Ich möchte mich für „%(title)s“ anmelden."), N_("Ist noch ein Platz frei?")),
    Registration.APPOINTMENT: (N_("Ich möchte einen Termin für „%(title)s“."), N_("Wann kann ich kommen?")),
    Registration.UNKNOWN: (N_("Ich habe eine Frage zu „%(title)s“."), N_("Muss ich mich anmelden?")),
}


@dataclass(frozen=True)
class Phrase:
    """Some sentences, one after the other."""

    german: str
    own: Markup
    """What it means, in the family's language, the title of the offer marked as German; empty for German, and where
    nobody has translated the sentences."""
    sound: str
    """In the family's letters; empty where they are Latin ones."""


def phrase(
    lang: str, *, title: str, registration: Registration, spoken: Sequence[str], interpreter: Provision | None
) -> Phrase:
    """What to say about an offer with this German `title`, where these languages are spoken (BCP 47)."""
    before: tuple[str, ...] = (_HELLO,)
    if lang != SOURCE_LANGUAGE:
        before = (_HELLO, _LITTLE_GERMAN, _language_wish(lang, spoken, interpreter))
    sentences = (*before, *_WISH[registration])
    german = _said(sentences, SOURCE_LANGUAGE, title).unescape()
    own = Markup("")
    if _said(sentences, lang, title).unescape() != german:
        own = _said(sentences, lang, Markup('<bdi lang="de" dir="ltr">{}</bdi>').format(title))
    return Phrase(german, own, phonetics(german, lang))


def _language_wish(lang: str, spoken: Sequence[str], interpreter: Provision | None) -> str:
    if lang in spoken and lang in _SPEAKS_MINE:
        return _SPEAKS_MINE[lang]
    return _INTERPRETER if interpreter in (Provision.YES, Provision.ON_REQUEST) else _SLOWLY


def _said(sentences: Sequence[str], lang: str, title: str) -> Markup:
    translated = (escape(translations_for(lang).gettext(sentence)) for sentence in sentences)
    return Markup(" ").join(each % {"title": title} if "%(" in each else each for each in translated)
