""" "Dafür gibt es nichts": what practitioners miss, counted by month for planning. Chosen, never typed.

As with portal.editing.no_place there is no entry in the audit log: only groups and codes are kept, and nobody can say
afterwards who looked for what, or for whom.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from portal.editing.actor import Actor, NotAllowedError
from portal.models import ReportedGap
from portal.models.enums import LifePhase, LifeSituation
from portal.offers.catalogue import Catalogue
from portal.search.gaps import count_once

_PHASES = {phase.value for phase in LifePhase}
_SITUATIONS = {situation.value for situation in LifeSituation}


@dataclass(frozen=True, kw_only=True)
class Missing:
    """What there is nothing for. Each is a code of ours, or empty; all of them empty says nothing."""

    age_group: str = ""
    """A life phase."""
    life_situation: str = ""
    need_code: str = ""
    district: str = ""
    """Slug."""

    def __bool__(self) -> bool:
        return bool(self.age_group or self.life_situation or self.need_code or self.district)


def missing(catalogue: Catalogue, *, age_group: str, life_situation: str, need_code: str, district: str) -> Missing:
    """From what a form sends: whatever is no code of ours is left out. A need brings its own life situation."""
    need = catalogue.needs.get(need_code)
    situation = need.life_situation.value if need else life_situation
    return Missing(
        age_group=age_group if age_group in _PHASES else "",
        life_situation=situation if situation in _SITUATIONS else "",
        need_code=need_code if need else "",
        district=district if district in catalogue.districts else "",
    )


def report(session: Session, actor: Actor, what: Missing, today: date) -> None:
    """Count one more. Raises NotAllowedError; ValueError where nothing at all was chosen."""
    if not actor.practises:
        raise NotAllowedError("gap")
    if not what:
        raise ValueError("nothing is missing")
    count_once(session, ReportedGap, today=today, **vars(what))
