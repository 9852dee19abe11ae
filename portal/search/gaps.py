"""What families looked for and did not find, counted for planning: groups and codes, never a text, never fewer than 5."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.models import ReportedGap, SearchGap
from portal.models.enums import LifePhase

LEAST_SHOWN = 5
"""Fewer could be one family."""

_GROUPS = (
    (11, LifePhase.BIRTH),
    (35, LifePhase.EARLY_YEARS),
    (59, LifePhase.KITA),
    (83, LifePhase.SCHOOL_START),
    (131, LifePhase.PRIMARY_SCHOOL),
    (191, LifePhase.SECONDARY_SCHOOL),
    (10_000, LifePhase.TRAINING),
)
"""Last month of age, life phase."""


class Gap(NamedTuple):
    times: int
    age_group: str
    life_situation: str
    need_code: str
    district: str


def age_group(spans: Sequence[tuple[int, int]], *, pregnant: bool = False) -> str:
    """The life phase of the (youngest) child; empty where no age was said."""
    if not spans:
        return LifePhase.PREGNANCY.value if pregnant else ""
    youngest = min(low for low, _high in spans)
    return next(phase.value for last, phase in _GROUPS if youngest <= last)


def count_gap(
    session: Session, *, today: date, age_group: str, life_situation: str, need_code: str, district: str
) -> None:
    """Count once that somebody looked for this and found nothing, and commit."""
    count_once(
        session,
        SearchGap,
        today=today,
        age_group=age_group,
        life_situation=life_situation,
        need_code=need_code,
        district=district,
    )
    session.commit()


def count_once(session: Session, table: type[SearchGap] | type[ReportedGap], *, today: date, **groups: str) -> None:
    """One more of the month of `today`. `groups` are the other columns of the key. The caller commits."""
    key = {"month": today.replace(day=1), **groups}
    raised = update(table).filter_by(**key).values(times=table.times + 1)
    if not session.execute(raised).rowcount:
        try:
            with session.begin_nested():
                session.add(table(**key))
        except IntegrityError:
            # Somebody else has counted the first one just now.
            session.execute(raised)


def gaps(session: Session, since: date | None = None) -> list[Gap]:
    """The sums over all months (from the one of `since` on) that are not too few to be shown, the highest first."""
    total = func.sum(SearchGap.times)
    columns = (SearchGap.age_group, SearchGap.life_situation, SearchGap.need_code, SearchGap.district)
    statement = select(total, *columns).group_by(*columns).having(total >= LEAST_SHOWN).order_by(total.desc(), *columns)
    if since is not None:
        statement = statement.where(SearchGap.month >= since.replace(day=1))
    return [Gap(*row) for row in session.execute(statement)]
