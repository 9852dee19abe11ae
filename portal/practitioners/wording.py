"""Values in words, as practitioners read them."""

from __future__ import annotations

from flask import Flask

from portal.editing.reported_gaps import Missing
from portal.i18n import format_month
from portal.models.enums import LifePhase, LifeSituation
from portal.offers.catalogue import Catalogue
from portal.offers.context import catalogue
from portal.offers.filters import Filters
from portal.offers.presentation import filter_words, life_phase
from portal.offers.wording import label
from portal.practitioners.gaps_queries import Line


def filter_label(filters: Filters, current: Catalogue) -> str:
    """A choice of filters in words: "3 Jahre · Nordstadt · kostenlos"."""
    words = filter_words(current)
    chosen = [str(words[name][value]).strip() for name, value in filters.to_args()]
    return " · ".join(chosen) or "Alle Angebote"


def missing_words(missing: Missing) -> list[str]:
    """What "Dafür gibt es nichts" would count, in words."""
    current = catalogue()
    words = filter_words(current)
    named = [("phase", missing.age_group), ("need", missing.need_code), ("district", missing.district)]
    if not missing.need_code:
        named.insert(1, ("situation", missing.life_situation))
    return [str(words[name][value]).strip() for name, value in named if value]


def gap_words(line: Line, current: Catalogue) -> dict[str, str]:
    """A line of the gaps in words, by column. A code that is gone meanwhile is shown as it is."""
    need, district = current.needs.get(line.need_code), current.districts.get(line.district or "")
    phases, situations = set(LifePhase), set(LifeSituation)
    age = life_phase(LifePhase(line.age_group)).label if line.age_group in phases else line.age_group
    situation = label(LifeSituation(line.life_situation)) if line.life_situation in situations else line.life_situation
    return {
        "Bedarf": (need.label("de") if need else line.need_code) or "ohne Angabe",
        "Lebenslage": situation or "ohne Angabe",
        "Alter": "verschieden" if line.age_group is None else age or "ohne Angabe",
        "Ort": "verschieden"
        if line.district is None
        else (district.name if district else line.district) or "ohne Angabe",
    }


def init_app(app: Flask) -> None:
    """As globals: macros do not see what a view passes."""
    app.jinja_env.globals.update(missing_words=missing_words, format_month=format_month)
