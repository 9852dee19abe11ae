"""The values of an offer in the words of its form, where two versions of it are compared."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from portal.admin.offer_form import COST_KINDS, COST_PER, FREQUENCIES, PHASES, REGISTRATION, WEEKDAYS
from portal.admin.wording import short_day
from portal.content.schema import OfferContent
from portal.editing import offer_lists
from portal.editing.actor import Actor
from portal.extensions import db
from portal.i18n import language_name
from portal.models.enums import Provision
from portal.offers.wording import LABELS

_PROVISIONS = {Provision.YES: "ja", Provision.ON_REQUEST: "auf Anfrage", Provision.NO: "nein"}
_FIXED: dict[Any, str] = {
    word: text
    for words in (LABELS, _PROVISIONS, COST_KINDS, COST_PER, REGISTRATION, FREQUENCIES, WEEKDAYS, PHASES)
    for word, text in words.items()
}


def words_of(actor: Actor, *versions: OfferContent) -> Callable[[Any], str]:
    """What to call a value: the label of a choice, the name of a need or a place, a day as people write it. Five queries."""
    choices = offer_lists.choices(db.session, actor, versions[-1].organization)
    names = {
        **dict(choices.organizations),
        **dict(choices.locations),
        **dict(choices.districts),
        **{code: label for code, label, _situation in choices.needs},
        **offer_lists.titles_of(db.session, sorted({slug for content in versions for slug in content.follow_ups})),
    }
    languages = {code for content in versions for code in content.languages}

    def in_words(value: Any) -> str:
        if isinstance(value, date):
            return short_day(value)
        if value in _FIXED:
            return _FIXED[value]
        if value in languages:
            return language_name(value, "de")
        return names.get(value, str(value))

    return in_words
