"""What families looked for in vain is counted for planning: groups and codes, and never so few that it could be one family."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, event, select
from sqlalchemy.orm import Session

from portal.models import MAX_AGE_MONTHS, SearchGap
from portal.models.enums import LifePhase
from portal.search.gaps import LEAST_SHOWN, Gap, age_group, count_gap, gaps
from tests.conftest import TODAY


def group(first: int, last: int | None = None) -> str:
    return age_group([(first, first if last is None else last)])


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A database with nothing in it but the counters, as several workers share it."""
    created = create_engine(f"sqlite:///{tmp_path / 'gaps.sqlite3'}", connect_args={"timeout": 30})
    SearchGap.metadata.create_all(created, tables=[SearchGap.__table__])  # type: ignore[attr-defined]
    yield created
    created.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as opened:
        yield opened


def count(session: Session, times: int = 1, **changes: Any) -> None:
    key = {"age_group": "kita", "life_situation": "kita", "need_code": "kita_anmeldung", "district": "nordstadt"}
    for _ in range(times):
        count_gap(session, **{"today": TODAY, **key, **changes})


def counted(session: Session) -> list[tuple[date, str, int]]:
    columns = (SearchGap.month, SearchGap.need_code, SearchGap.times)
    return [tuple(row) for row in session.execute(select(*columns).order_by(*columns))]  # type: ignore[call-overload]


# --- The group of an age ---


@pytest.mark.parametrize(
    ("first", "last", "phase"),
    [
        (0, 11, LifePhase.BIRTH),
        (12, 35, LifePhase.EARLY_YEARS),
        (36, 59, LifePhase.KITA),
        (60, 83, LifePhase.SCHOOL_START),
        (84, 131, LifePhase.PRIMARY_SCHOOL),
        (132, 191, LifePhase.SECONDARY_SCHOOL),
        (192, MAX_AGE_MONTHS, LifePhase.TRAINING),
    ],
)
def test_each_age_is_counted_in_its_phase_of_life(first: int, last: int, phase: LifePhase) -> None:
    assert (group(first), group(last)) == (phase.value, phase.value)


def test_of_a_span_and_of_several_children_the_youngest_counts() -> None:
    assert group(35, 47) == "fruehe_jahre"
    assert age_group([(144, 155), (36, 47), (84, 95)]) == "kita"


def test_before_birth_is_a_group_of_its_own_where_no_child_was_spoken_of() -> None:
    assert age_group([], pregnant=True) == "schwangerschaft"
    assert age_group([(36, 47)], pregnant=True) == "kita"


def test_where_no_age_was_said_there_is_no_group() -> None:
    assert age_group([]) == ""


@given(st.lists(st.tuples(st.integers(0, MAX_AGE_MONTHS), st.integers(0, MAX_AGE_MONTHS)), max_size=5), st.booleans())
def test_every_age_has_a_group_and_it_is_no_exact_age(spans: list[tuple[int, int]], pregnant: bool) -> None:
    assert age_group(spans, pregnant=pregnant) in {"", *(phase.value for phase in LifePhase)}


# --- Counting ---


def test_the_same_gap_of_a_month_is_one_counter(session: Session) -> None:
    count(session, 3)
    count(session, 2, today=date(2026, 11, 1))
    assert counted(session) == [(date(2026, 11, 1), "kita_anmeldung", 5)]


@pytest.mark.parametrize(
    "change",
    [
        {"age_group": "geburt"},
        {"life_situation": "geld"},
        {"need_code": "schulden"},
        {"district": "westhafen"},
        {"today": date(2026, 12, 1)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_differs_in_one_thing_is_another_counter(session: Session, change: dict[str, Any]) -> None:
    count(session)
    count(session, **change)
    assert [times for _month, _need, times in counted(session)] == [1, 1]


def test_a_gap_without_anything_known_is_counted_too(session: Session) -> None:
    count(session, 5, age_group="", life_situation="", need_code="", district="")
    assert gaps(session) == [Gap(5, "", "", "", "")]


def test_what_was_counted_stays_counted(session: Session) -> None:
    count_gap(session, today=TODAY, age_group="", life_situation="", need_code="", district="")
    session.rollback()
    assert counted(session) == [(date(2026, 11, 1), "", 1)]


def test_only_groups_and_codes_are_kept() -> None:
    columns = {column.name for column in SearchGap.__table__.columns}  # type: ignore[attr-defined]
    assert columns == {"month", "age_group", "life_situation", "need_code", "district", "times"}


# --- Summing ---


def test_months_are_summed_and_the_highest_come_first(session: Session) -> None:
    count(session, 3)
    count(session, 4, today=date(2026, 12, 24))
    count(session, 6, need_code="schulden")
    count(session, 9, district="")
    assert gaps(session) == [
        Gap(9, "kita", "kita", "kita_anmeldung", ""),
        Gap(7, "kita", "kita", "kita_anmeldung", "nordstadt"),
        Gap(6, "kita", "kita", "schulden", "nordstadt"),
    ]


def test_equal_counts_stand_in_a_fixed_order(session: Session) -> None:
    for code in ("c", "a", "b"):
        count(session, 5, need_code=code)
    assert [gap.need_code for gap in gaps(session)] == ["a", "b", "c"]


@pytest.mark.parametrize(("times", "shown"), [(1, []), (4, []), (5, [5]), (6, [6])])
def test_fewer_than_five_are_never_shown(session: Session, times: int, shown: list[int]) -> None:
    count(session, times)
    assert [gap.times for gap in gaps(session)] == shown
    assert LEAST_SHOWN == 5


def test_fewer_than_five_since_a_month_are_not_shown_although_there_were_more_before(session: Session) -> None:
    count(session, 10, today=date(2026, 10, 31))
    count(session, 4, today=date(2026, 11, 1))
    assert [gap.times for gap in gaps(session)] == [14]
    assert gaps(session, since=date(2026, 11, 1)) == []


def test_a_month_counts_whole_whatever_day_of_it_is_asked_for(session: Session) -> None:
    count(session, 5, today=date(2026, 11, 2))
    assert [gap.times for gap in gaps(session, since=date(2026, 11, 30))] == [5]
    assert gaps(session, since=date(2026, 12, 1)) == []


# --- Two at once ---


def test_a_counter_that_somebody_else_has_just_begun_is_raised(session: Session) -> None:
    """Between looking and beginning it, another worker has counted the first one."""
    count(session)
    session.expunge_all()
    missed: list[bool] = []

    @event.listens_for(session, "do_orm_execute")
    def miss_once(state: Any) -> Any:
        if state.is_update and not missed:
            missed.append(True)
            return state.invoke_statement(statement=state.statement.where(SearchGap.times < 0))
        return None

    count(session)
    assert missed == [True]
    assert counted(session) == [(date(2026, 11, 1), "kita_anmeldung", 2)]


def test_counters_in_several_workers_lose_nothing(engine: Engine) -> None:
    together = threading.Barrier(2)
    problems: list[BaseException] = []

    def work() -> None:
        try:
            together.wait()
            for _ in range(15):
                with Session(engine) as own:
                    count(own)
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    with Session(engine) as session:
        assert counted(session) == [(date(2026, 11, 1), "kita_anmeldung", 30)]
