"""From answers to the next question and to the plan: nothing else than the answers decides."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.lotse.answers import Child, Month, Raw
from portal.lotse.check import LONGEST
from portal.lotse.engine import Path, PlannedDate, find_path, make_plan, plan_date
from portal.lotse.schema import DateRule, FlowFile
from portal.lotse.walk import samples
from tests.conftest import TODAY
from tests.small_flow import make_flow, real_lotse, scope_of

FLOW = make_flow()
REAL = list(real_lotse().flows.values())


def walk(answers: dict[str, Raw], at: str = "", flow: FlowFile = FLOW, as_of: date = TODAY) -> Path:
    return find_path(flow, answers, as_of=as_of, land="NW", at=at)


def behind_and_altogether(path: Path) -> tuple[int, int]:
    """How many questions are behind, and how many there are if nothing changes."""
    return len(path.answered), len(path.answered) + len(path.later) + (path.open is not None)


def ids(path: Path) -> tuple[list[str], str | None, list[str]]:
    """What was asked, what is open, and what comes after it."""
    return (
        [each.question.id for each in path.answered],
        path.open.question.id if path.open else None,
        [each.question.id for each in path.later],
    )


def facts_of(path: Path) -> Any:
    """All that a path says, as something that can be compared."""
    return ids(path), [(each.raw, each.value) for each in path.answered], dict(path.scope.answers), path.crisis


# --- the way through the questions --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "asked", "open_one"),
    [
        ({}, [], "kind"),
        ({"kind": ":24:35"}, ["kind"], "stand"),
        ({"kind": ":-9:-1"}, ["kind"], "termin"),
        # Not known: it may be born or not, so nothing is asked that stands on it.
        ({"kind": "?"}, ["kind"], "wunsch"),
        ({"kind": "-"}, ["kind"], "wunsch"),
        ({"kind": ":24:35", "stand": "platz"}, ["kind", "stand"], "wunsch"),
        ({"kind": ":24:35", "stand": "platz", "wunsch": ["frueh"]}, ["kind", "stand", "wunsch"], None),
        ({"kind": ":24:35", "stand": "platz", "wunsch": ["frueh", "nah"]}, ["kind", "stand", "wunsch"], "ort"),
        ({"kind": "?", "wunsch": "-"}, ["kind", "wunsch"], None),
        # Answers that come before their question wait for it.
        ({"wunsch": ["nah"], "ort": "nordstadt"}, [], "kind"),
        ({"wunsch": ["nah"], "ort": "nordstadt", "kind": "?"}, ["kind", "wunsch", "ort"], None),
    ],
)
def test_what_is_asked_next_depends_on_what_was_answered(
    answers: dict[str, Raw], asked: list[str], open_one: str | None
) -> None:
    assert ids(walk(answers)) == (asked, open_one, [])


@pytest.mark.parametrize(
    "raw", ["nonsense", "", ":12", ":900:911", ":35:24", "2026-05", ["nothing"], [], [":24:35"], ":24:35 ", "ja"]
)
def test_an_answer_that_does_not_fit_is_asked_for_again(raw: Raw) -> None:
    path = walk({"kind": raw})
    assert ids(path) == ([], "kind", [])
    assert path.open is not None
    assert path.open.raw is None


def test_an_option_that_can_no_longer_be_chosen_is_asked_for_again() -> None:
    """A place is offered from the first birthday on."""
    answers: dict[str, Raw] = {"stand": "platz", "wunsch": ["egal"]}
    assert ids(walk({**answers, "kind": ":12:23"})) == (["kind", "stand", "wunsch"], None, [])
    path = walk({**answers, "kind": ":0:11"})
    assert ids(path) == (["kind"], "stand", [])
    assert path.open is not None
    assert [option.id for option in path.open.options] == ["nichts", "krise"]


def test_changing_an_early_answer_keeps_the_later_ones_that_still_apply() -> None:
    before: dict[str, Raw] = {"kind": ":24:35", "stand": "platz", "wunsch": ["nah"], "ort": "nordstadt"}
    changed = walk({**before, "kind": ":36:47"})
    assert ids(changed) == (["kind", "stand", "wunsch", "ort"], None, [])
    assert [each.raw for each in changed.answered] == [":36:47", "platz", ["nah"], "nordstadt"]


def test_an_answer_that_is_not_on_the_path_counts_for_nothing_and_comes_back() -> None:
    before: dict[str, Raw] = {"kind": ":24:35", "stand": "platz", "wunsch": ["frueh"]}
    pregnant = {**before, "kind": ":-9:-1", "termin": "2027-02"}
    path = walk(pregnant)
    assert ids(path) == (["kind", "termin", "wunsch"], None, [])
    assert "stand" not in path.scope.answers
    assert make_plan(FLOW, path) == make_plan(FLOW, walk({"kind": ":-9:-1", "termin": "2027-02", "wunsch": ["frueh"]}))
    assert facts_of(walk({**pregnant, "kind": ":24:35"})) == facts_of(walk(before))


def test_a_question_that_is_asked_again_stands_before_the_later_answers() -> None:
    answers: dict[str, Raw] = {"kind": ":24:35", "stand": "platz", "wunsch": ["frueh"]}
    path = walk(answers, at="stand")
    assert ids(path) == (["kind"], "stand", ["wunsch"])
    assert path.open is not None
    assert path.open.raw == "platz"
    assert behind_and_altogether(path) == (1, 3)
    # While it is open, neither it nor what comes after it is known.
    assert dict(path.scope.answers) == {"kind": Child("", 24, 35)}


@pytest.mark.parametrize("at", ["termin", "ort", "nothing", "kind; drop"])
def test_to_ask_again_what_is_not_on_the_path_changes_nothing(at: str) -> None:
    answers: dict[str, Raw] = {"kind": ":24:35", "stand": "platz", "wunsch": ["frueh"]}
    assert facts_of(walk(answers, at=at)) == facts_of(walk(answers))


# --- what another flow knows --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "child"),
    [
        ({"kinder": ["kita:24:35"]}, Child("", 24, 35)),
        ({"kinder": [":-9:-1"]}, Child("", -9, -1)),
        # An answer of its own is better.
        ({"kinder": ["kita:24:35"], "kind": ":12:23"}, Child("", 12, 23)),
    ],
)
def test_the_age_of_the_only_child_is_not_asked_twice(answers: dict[str, Raw], child: Child) -> None:
    assert walk(answers).scope.answers["kind"] == child


@pytest.mark.parametrize("kinder", [["kita:24:35", "schule:72:83"], "?", "-", ["nonsense"], [], "kita"])
def test_of_several_children_or_none_the_age_is_asked(kinder: Raw) -> None:
    assert ids(walk({"kinder": kinder})) == ([], "kind", [])


def test_the_children_of_one_age_are_taken_too_unless_it_is_not_born() -> None:
    but = real_lotse().flows["but"]
    answers: dict[str, Raw] = {"leistung": ["wohngeld"]}
    assert ids(walk({**answers, "kind": ":24:35"}, flow=but)) == (["leistung", "kinder"], "bedarf", [])
    assert ids(walk({**answers, "kind": ":-9:-1"}, flow=but)) == (["leistung"], "kinder", [])


# --- crisis -------------------------------------------------------------------------------------------------------


def test_after_a_crisis_nothing_more_is_asked() -> None:
    path = walk({"kind": ":24:35", "stand": "krise"})
    assert (ids(path), path.crisis) == ((["kind", "stand"], None, []), "suizid-gedanken")
    assert [step.step.id for step in make_plan(FLOW, path).steps] == ["anmelden", "reden"]


def test_an_answer_after_a_crisis_does_not_hide_it() -> None:
    path = walk({"kind": ":24:35", "stand": "krise", "wunsch": ["egal"]})
    assert (ids(path), path.crisis) == ((["kind", "stand"], None, []), "suizid-gedanken")


def test_help_stays_while_an_answer_before_the_crisis_is_changed() -> None:
    path = walk({"kind": ":24:35", "stand": "krise"}, at="kind")
    assert (ids(path)[1], path.crisis) == ("kind", "suizid-gedanken")


# --- the plan -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "verdict", "reason", "told"),
    [
        ({"kind": ":12:23", "stand": "nichts", "wunsch": ["egal"]}, "likely", "alt_genug", True),
        ({"kind": ":0:11", "stand": "nichts", "wunsch": ["egal"]}, "maybe", "offen", True),
        # Nobody is told where to apply for what will hardly be paid.
        ({"kind": ":-9:-1", "termin": "-", "wunsch": ["egal"]}, "unlikely", "noch_nicht", False),
        ({"kind": "?", "wunsch": ["egal"]}, "maybe", "offen", True),
    ],
)
def test_the_first_verdict_that_fits_is_given(answers: dict[str, Raw], verdict: str, reason: str, told: bool) -> None:
    (judged,) = make_plan(FLOW, walk(answers)).judged
    assert (judged.verdict, judged.reason, judged.wanted) == (verdict, reason, False)
    assert (bool(judged.lines), bool(judged.documents), bool(judged.offers)) == (told, told, told)


def test_what_was_wished_for_is_marked() -> None:
    (judged,) = make_plan(FLOW, walk({"kind": "?", "wunsch": ["frueh"]})).judged
    assert judged.wanted is True


def test_where_no_verdict_fits_nothing_is_said() -> None:
    entitlement = {"id": "x", "verdicts": [{"verdict": "likely", "reason": "r", "when": {"land": ["BY"]}}]}
    flow = make_flow(entitlements=[entitlement])
    assert make_plan(flow, walk({"kind": "?", "wunsch": "?"}, flow=flow)).judged == []


def test_every_child_is_judged_on_its_own() -> None:
    but = real_lotse().flows["but"]
    answers: dict[str, Raw] = {
        "leistung": ["wohngeld"],
        "kinder": ["kita:36:47", "schule:96:107"],
        "bedarf": ["schulbedarf"],
    }
    plan = make_plan(but, walk(answers, flow=but))
    assert [(each.child, each.verdict) for each in plan.judged if each.entitlement.id == "schulbedarf"] == [
        (Child("kita", 36, 47), "unlikely"),
        (Child("schule", 96, 107), "likely"),
    ]


def test_the_first_place_that_fits_is_shown_and_no_document_twice() -> None:
    step = {
        "id": "s",
        "place": "amt",
        "places": [["kita", {"chosen": ["wunsch", "nah"]}], ["mehr", {"chosen": ["wunsch", "nah", "frueh"]}]],
        "documents": [{"id": "ausweis"}, {"id": "konto", "when": {"land": ["BY"]}}, {"id": "ausweis"}],
    }
    flow = make_flow(steps=[step])

    def place(*wishes: str) -> str | None:
        return make_plan(flow, walk({"kind": "?", "wunsch": sorted(wishes), "ort": "-"}, flow=flow)).steps[0].place

    assert (place("nah", "frueh"), place("frueh"), place("egal")) == ("kita", "mehr", "amt")
    assert make_plan(flow, walk({"kind": "?", "wunsch": "-"}, flow=flow)).steps[0].documents == ["ausweis"]


# --- days ---------------------------------------------------------------------------------------------------------


def planned(as_of: date, answers: dict[str, Any], **rule: Any) -> PlannedDate | None:
    return plan_date(msgspec.convert({"id": "tag", **rule}, DateRule), scope_of(as_of=as_of, **answers))


@pytest.mark.parametrize(
    ("as_of", "rule", "first", "last"),
    [
        (date(2026, 11, 21), {"base": "today"}, date(2026, 11, 21), date(2026, 11, 21)),
        (date(2026, 11, 21), {"base": "today", "weeks": 2}, date(2026, 12, 5), date(2026, 12, 5)),
        (date(2026, 11, 30), {"base": "today", "months": 3}, date(2027, 2, 28), date(2027, 2, 28)),
        (date(2027, 11, 30), {"base": "today", "months": 3}, date(2028, 2, 29), date(2028, 2, 29)),
        (date(2028, 2, 29), {"base": "today", "months": 12}, date(2029, 2, 28), date(2029, 2, 28)),
        (date(2026, 12, 31), {"base": "today", "months": 1}, date(2027, 1, 31), date(2027, 1, 31)),
        (date(2026, 11, 21), {"base": "month_end"}, date(2026, 11, 30), date(2026, 11, 30)),
        (date(2026, 11, 30), {"base": "month_end"}, date(2026, 11, 30), date(2026, 11, 30)),
        (date(2028, 2, 1), {"base": "month_end"}, date(2028, 2, 29), date(2028, 2, 29)),
    ],
)
def test_days_from_today_know_long_and_short_months(as_of: date, rule: dict[str, Any], first: date, last: date) -> None:
    assert planned(as_of, {}, **rule) == PlannedDate("tag", first, last, month_only=False)


def test_from_a_month_only_the_month_is_known() -> None:
    answers = {"termin": Month(2027, 3)}
    found = planned(TODAY, answers, base="termin", months=-1)
    assert found == PlannedDate("tag", date(2027, 2, 1), date(2027, 2, 28), month_only=True)
    found = planned(TODAY, answers, base="termin", months=-2, through_months=-1)
    assert found == PlannedDate("tag", date(2027, 1, 1), date(2027, 2, 28), month_only=True)
    # Weeks before a month are counted from its first day.
    found = planned(TODAY, answers, base="termin", weeks=-6)
    assert found == PlannedDate("tag", date(2027, 1, 18), date(2027, 1, 18), month_only=False)


@pytest.mark.parametrize(
    ("answers", "first"),
    [
        ({"kind": Child("", 3, 3)}, date(2026, 8, 1)),
        ({"kind": Child("", 0, 0)}, date(2026, 11, 1)),
        ({"kind": Child("", 11, 11)}, date(2025, 12, 1)),
        ({"kind": Child("", -9, -1), "termin": Month(2027, 2)}, date(2027, 2, 1)),
        ({"kind": None, "termin": Month(2027, 2)}, date(2027, 2, 1)),
    ],
)
def test_birth_is_counted_back_from_the_age_or_is_the_month_that_it_is_expected_in(
    answers: dict[str, Any], first: date
) -> None:
    found = planned(TODAY, answers, base="birth", months=0, late="vorbei")
    assert found is not None
    assert found.first == first


@pytest.mark.parametrize(
    "answers",
    # Two years old says nothing of the month; and a month that was asked for something else is no birth of a born child.
    [{}, {"kind": None}, {"kind": Child("", 24, 35)}, {"kind": Child("", 24, 35), "start": Month(2027, 8)}],
)
def test_where_birth_is_not_known_there_is_no_day(answers: dict[str, Any]) -> None:
    assert planned(TODAY, answers, base="birth", months=2) is None


def test_a_day_that_has_passed_is_left_out_or_said_in_other_words() -> None:
    answers = {"kind": Child("", 6, 6)}  # born in May 2026
    assert planned(TODAY, answers, base="birth", months=5) is None
    late = planned(TODAY, answers, base="birth", months=5, late="gleich")
    assert late == PlannedDate("gleich", date(2026, 10, 1), date(2026, 10, 31), month_only=True, passed=True)
    # The month that we are in is not over before its last day.
    still = PlannedDate("tag", date(2026, 11, 1), date(2026, 11, 30), month_only=True)
    assert planned(TODAY, answers, base="birth", months=6, late="gleich") == still
    assert planned(date(2026, 11, 30), answers, base="birth", months=6, late="gleich") == still


def test_without_an_answer_there_is_no_day() -> None:
    assert planned(TODAY, {"termin": None}, base="termin", months=-1) is None
    assert planned(TODAY, {}, base="termin", months=-1) is None


# --- for all answers there are ------------------------------------------------------------------------------------

numbers = st.integers(-12, 400).map(str) | st.from_regex(r"\A\d{0,4}\Z")
raws = st.one_of(
    st.sampled_from(["?", "-", "ja", "nein", "", "egal", "nordstadt", "krise"]),
    st.sampled_from([option.id for flow in REAL for question in flow.questions for option in question.options]),
    st.text(max_size=12),
    st.builds(
        lambda place, low, high: f"{place}:{low}:{high}", st.sampled_from(["", "kita", "schule", "x"]), numbers, numbers
    ),
    st.builds(lambda low, more: f":{low}:{low + more}", st.integers(-9, 324), st.integers(0, 12)),
    st.builds(lambda year, month: f"{year:04d}-{month:02d}", st.integers(0, 9999), st.integers(0, 13)),
)
any_answers = st.dictionaries(
    st.sampled_from(sorted({question.id for flow in REAL for question in flow.questions})) | st.text(max_size=5),
    raws | st.lists(raws, max_size=14),
    max_size=12,
)


@pytest.mark.parametrize("flow", REAL, ids=lambda flow: flow.id)
@settings(deadline=None, max_examples=80)
@given(answers=any_answers, at=st.text(max_size=3) | st.sampled_from(["kind", "kinder", "leistung", "sorge", "wunsch"]))
def test_no_answers_whatever_break_a_conversation(flow: FlowFile, answers: dict[str, Raw], at: str) -> None:
    path = walk(answers, at, flow)
    behind, altogether = behind_and_altogether(path)
    assert 0 <= behind <= altogether <= LONGEST
    make_plan(flow, path)
    # Only the answers decide: neither their order nor the time before does.
    again = walk(dict(reversed(list(answers.items()))), at, flow)
    assert facts_of(again) == facts_of(path)
    assert make_plan(flow, again) == make_plan(flow, path)


@pytest.mark.parametrize(
    ("flow", "answers"),
    [
        ("kita", {"kind": ":24:35", "stand": "gemeldet", "wunsch": "0001-01", "leistung": "?", "stadtteil": "?"}),
        ("baby", {"kind": ":-9:-1", "thema": ["geld"], "termin": "9999-12", "leistung": "?", "dolmetscher": "?"}),
    ],
)
def test_a_month_far_away_breaks_no_plan(flow: str, answers: dict[str, Raw]) -> None:
    """Nobody is offered it, and yet a plan is made of whatever the token holds."""
    file = real_lotse().flows[flow]
    make_plan(file, walk(answers, flow=file))


@pytest.mark.parametrize("flow", REAL, ids=lambda flow: flow.id)
@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_whoever_changes_an_answer_and_changes_it_back_is_where_they_were(flow: FlowFile, data: st.DataObject) -> None:
    answers: dict[str, Raw] = {}
    while (path := walk(answers, flow=flow)).open is not None:
        answers[path.open.question.id] = data.draw(st.sampled_from(samples(path.open, TODAY)))
    changed = data.draw(st.sampled_from(path.answered))
    other = {**answers, changed.question.id: data.draw(st.sampled_from(samples(changed, TODAY)))}
    path_now = walk(other, flow=flow)
    # What is still asked and can still be chosen has kept its answer.
    for each in path_now.answered:
        assert each.raw == other[each.question.id]
    if path_now.open is not None and path_now.open.question.id in answers:
        offered = {option.id for option in path_now.open.options}
        raw = answers[path_now.open.question.id]
        assert not set([raw] if isinstance(raw, str) else raw) <= offered
    # What is not asked any more does not count.
    on_path: dict[str, Raw] = {each.question.id: each.raw for each in path_now.answered if each.raw is not None}
    assert make_plan(flow, path_now) == make_plan(flow, walk(on_path, flow=flow))
    assert facts_of(walk({**other, changed.question.id: answers[changed.question.id]}, flow=flow)) == facts_of(path)
