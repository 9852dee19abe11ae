"""From what was understood in a line to the flow and to answers: what is not sure is asked, and a crisis is never presumed."""

from __future__ import annotations

import pytest

from portal.lotse.answers import AnswerError, read_value
from portal.lotse.suggest import Suggestion, answer_of_crisis, known_answers, suggest
from portal.offers.filters import Barrier
from portal.search.ages import AgeFinding, Span
from portal.search.understanding import Understood
from tests.small_flow import real_lotse

LOTSE = real_lotse()


def understood(
    *needs: tuple[str, float], ages: tuple[Span, ...] = (), pregnant: bool = False, **rest: object
) -> Understood:
    return Understood(ages=AgeFinding(ages, pregnant), needs=list(needs), **rest)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("needs", "flows"),
    [
        ([("but_klassenfahrt", 0.9)], ["but"]),
        ([("kita_anmeldung", 0.9)], ["kita"]),
        ([("hebamme", 0.9)], ["baby"]),
        ([("trennung", 0.9)], ["beratung"]),
        # Several needs: the flow to which most of it leads.
        ([("kita_anmeldung", 0.3), ("trennung", 0.25), ("schulden", 0.25)], ["beratung", "kita"]),
        ([("kita_anmeldung", 0.65), ("but_mittagessen", 0.4)], ["kita", "but"]),
        # Hardly probable is not mentioned.
        ([("kita_anmeldung", 0.5), ("but_mittagessen", 0.07)], ["kita"]),
    ],
)
def test_the_needs_of_a_line_lead_to_their_flow(needs: list[tuple[str, float]], flows: list[str]) -> None:
    found = suggest(LOTSE, understood(*needs))
    assert (found.flows, found.clear) == (flows, True)


@pytest.mark.parametrize(
    "needs",
    [
        [("kita_anmeldung", 0.3)],
        [("kita_anmeldung", 0.3), ("but_mittagessen", 0.2)],
        # Probable, and the other one nearly as much.
        [("kita_anmeldung", 0.5), ("but_mittagessen", 0.4)],
    ],
)
def test_where_it_is_not_clear_the_family_chooses(needs: list[tuple[str, float]]) -> None:
    assert suggest(LOTSE, understood(*needs)).clear is False


def test_a_line_about_nothing_leads_nowhere() -> None:
    assert suggest(LOTSE, understood()) == Suggestion([], False)
    # A district and a wish alone say not what it is about.
    found = suggest(LOTSE, understood(district="nordstadt", barriers=(Barrier.FREE,)))
    assert (found.flows, found.answers, found.wishes) == ([], {}, (Barrier.FREE.value,))


def test_whoever_is_pregnant_is_led_to_the_flow_of_the_baby() -> None:
    found = suggest(LOTSE, understood(pregnant=True))
    assert (found.flows, found.clear, found.answers) == (["baby"], False, {"kind": ":-9:-1"})


@pytest.mark.parametrize(("age", "flows"), [((0, 11), ["baby"]), ((3, 3), ["baby"]), ((12, 23), []), ((0, 35), [])])
def test_a_child_below_one_year_is_a_baby(age: Span, flows: list[str]) -> None:
    assert suggest(LOTSE, understood(ages=(age,))).flows == flows


@pytest.mark.parametrize(
    ("ages", "pregnant", "kind"),
    [
        (((24, 35),), False, ":24:35"),
        (((24, 24),), False, ":24:24"),
        # Of two children nobody knows which is meant.
        (((24, 35), (60, 71)), False, None),
        ((), True, ":-9:-1"),
        # Pregnant, and a child of two: it is about that one or the other.
        (((24, 35),), True, ":24:35"),
        ((), False, None),
        # No child any more.
        (((400, 411),), False, None),
    ],
)
def test_an_age_is_kept_where_one_child_was_spoken_of(ages: tuple[Span, ...], pregnant: bool, kind: str | None) -> None:
    found = known_answers(LOTSE.flows["kita"], understood(ages=ages, pregnant=pregnant))
    assert found.get("kind") == kind


@pytest.mark.parametrize(
    ("ages", "kinder"),
    [
        (((96, 107),), ["schule:96:107"]),
        (((84, 84), (168, 179)), ["schule:84:84", "schule:168:179"]),
        # Six years: in Kita or in school. Fifteen: in school or at work.
        (((72, 83),), None),
        (((180, 191),), None),
        (((96, 107), (36, 47)), None),
        ((), None),
    ],
)
def test_children_are_at_school_only_at_the_ages_at_which_all_are(
    ages: tuple[Span, ...], kinder: list[str] | None
) -> None:
    assert known_answers(LOTSE.flows["but"], understood(ages=ages)).get("kinder") == kinder


def test_what_a_line_is_about_answers_the_question_what_for() -> None:
    found = suggest(LOTSE, understood(("but_klassenfahrt", 0.6), ("nachhilfe", 0.3), district="nordstadt"))
    assert found.answers["bedarf"] == ["ausflug", "lernfoerderung"]
    assert found.answers["stadtteil"] == "nordstadt"


@pytest.mark.parametrize(
    ("needs", "sorge"), [(["trennung", "schulden"], "trennung"), (["schulden", "trennung"], "schulden")]
)
def test_of_one_choice_the_most_probable_need_decides(needs: list[str], sorge: str) -> None:
    found = known_answers(LOTSE.flows["beratung"], understood((needs[0], 0.6), (needs[1], 0.3)))
    assert found["sorge"] == sorge


@pytest.mark.parametrize("need", ["haeusliche_gewalt", "kinderschutz", "schreibaby", "eltern_psyche", "kinder_psyche"])
def test_a_crisis_is_never_presumed(need: str) -> None:
    chosen = set()
    for raw in suggest(LOTSE, understood((need, 0.99), ages=((3, 3),))).answers.values():
        chosen |= {raw} if isinstance(raw, str) else set(raw)
    crises = {
        option.id
        for flow in LOTSE.flows.values()
        for question in flow.questions
        for option in question.options
        if option.crisis
    }
    assert chosen & crises == set()


def test_what_the_family_wishes_for_comes_along() -> None:
    found = suggest(LOTSE, understood(("kita_anmeldung", 0.9), barriers=(Barrier.FREE, Barrier.NO_GERMAN)))
    assert found.wishes == (Barrier.FREE.value, Barrier.NO_GERMAN.value)


@pytest.mark.parametrize("need", sorted({need for flow in LOTSE.flows.values() for need in flow.needs}))
def test_every_need_leads_to_a_flow_and_what_is_answered_fits_its_questions(need: str) -> None:
    found = suggest(LOTSE, understood((need, 1.0), ages=((96, 107),)))
    assert found.flows[0] == LOTSE.flow_of_need[need] or need in LOTSE.flows[found.flows[0]].needs
    assert found.clear is True
    for question in LOTSE.flows[found.flows[0]].questions:
        if question.id in found.answers:
            try:
                read_value(question, found.answers[question.id])
            except AnswerError as error:
                pytest.fail(f"{question.id}: {found.answers[question.id]} is refused: {error.reason}")


@pytest.mark.parametrize(
    ("situation", "answer"),
    [
        ("gewalt-zuhause", ("beratung", "sorge", "gewalt")),
        ("suizid-gedanken", ("beratung", "sorge", "suizid")),
        ("baby-schreit", ("baby", "thema", ["krise"])),
        ("vergiftung", None),
        ("?", None),
    ],
)
def test_a_crisis_that_was_told_is_an_answer_where_a_flow_knows_it(situation: str, answer: object) -> None:
    assert answer_of_crisis(LOTSE, situation) == answer
