"""Families as they live in Germany, and what the law gives them: tests/data/households/<flow>.yaml, judged by the law."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path as File

import pytest

from portal.content.schema import FactFile, Strict, read
from portal.content.site import SiteContent, load_site
from portal.lotse.answers import DONT_KNOW, SKIPPED, Raw, check_offered
from portal.lotse.engine import Judged, Path, Plan, PlannedDate, PlannedStep, find_path, make_plan
from portal.lotse.load import FactBook, Lotse, load_lotse
from portal.lotse.schema import LineRule, QuestionKind, Verdict
from tests.conftest import ROOT, TODAY

CONTENT = ROOT / "content"
HOUSEHOLDS = ROOT / "tests" / "data" / "households"
FEWEST = {"but": 30, "kita": 14, "baby": 10, "beratung": 10}
TRAPS = """
    trap_buergergeld trap_familienkasse_but trap_ein_euro trap_versetzung trap_nur_leistung trap_einzelantraege
    trap_keine_rueckwirkung trap_schulbedarf_alt trap_schulbuecher trap_kita_frei_automatisch trap_kita_essen trap_kita_job
    trap_wunschkita trap_24_abs5 trap_ganztag_alle trap_ganztag_frei trap_uvg_698 trap_uvg_unveraendert trap_kiz_plus25
    trap_kinderkrank trap_kinderschutzhotline trap_116016_alt trap_sucht_kosten trap_bzga trap_bmfsfj trap_35a
    trap_elternzeit_schrift trap_elterngeld_200 trap_bumuki trap_u10
""".split()
"""What others get wrong again and again. Each must be looked for, in a household or in all texts (IN_ALL_TEXTS)."""
FAMILY = "familie"
"""In the place of a child, where a verdict is about all of them."""


class Expect(Strict):
    steps: list[str]
    """In their order."""
    verdicts: dict[str, dict[str, str]] = {}
    """By child and benefit: verdict and reason. Exactly these."""
    dates: dict[str, list[str]] = {}
    """By step: text and days. Exactly these."""
    places: dict[str, str] = {}
    documents: dict[str, list[str]] = {}
    """By step, or by "benefit child"."""
    lines: dict[str, list[str]] = {}
    """The same: sentences of the flow and facts (the names of their series), in their order."""
    shown: list[str] = []
    """Facts by their own id: of a series, the one that is in force."""
    hidden: list[str] = []
    legal: dict[str, str] = {}
    overdue: list[str] = []
    """All facts shown whose day of checking has passed."""
    contains: list[str] = []
    lacks: list[str] = []
    """Words that the plan must not say; "5 Euro" is not found in "15 Euro"."""
    crisis: str | None = None
    hotlines: list[str] = []
    """The first numbers below the first step, where that matters."""


class Household(Strict):
    name: str
    answers: dict[str, Raw]
    """In the order in which they are asked: all of these are asked, and nothing else."""
    basis: str
    expect: Expect
    land: str | None = "NW"
    day: date = TODAY
    """Facts have days: amounts of another school year, a right that is not there yet."""
    known: dict[str, Raw] = {}
    """From another flow, before this one began."""
    trap: list[str] = []


@cache
def households(flow: str) -> list[Household]:
    files = [HOUSEHOLDS / f"{flow}.yaml", HOUSEHOLDS / f"{flow}_more.yaml"]
    return [each for file in files if file.exists() for each in read(file, list[Household])]


ALL = [(flow, each) for flow in FEWEST for each in households(flow)]
every_household = pytest.mark.parametrize(
    ("flow", "household"), [pytest.param(flow, each, id=f"{flow}: {each.name}") for flow, each in ALL]
)


@pytest.fixture(scope="module")
def site() -> SiteContent:
    return load_site(CONTENT)


@pytest.fixture(scope="module")
def lotse(site: SiteContent) -> Lotse:
    return load_lotse(CONTENT / "lotse", site)


@pytest.fixture(scope="module")
def facts(site: SiteContent) -> FactBook:
    return FactBook(site.facts)


# --- What a plan says, as a household file writes it ---


def walked(lotse: Lotse, flow: str, household: Household) -> Path:
    answers = {**household.known, **household.answers}
    return find_path(lotse.flows[flow], answers, as_of=household.day, land=household.land)


def outcomes(plan: Plan) -> list[Judged | PlannedStep]:
    return [*plan.judged, *plan.steps]


def facts_shown(plan: Plan, facts: FactBook, day: date) -> dict[str, FactFile]:
    """As the page shows them: in force on the day, and sure enough."""
    found = [facts.at(line.fact, day) for each in outcomes(plan) for line in each.lines if line.fact]
    return {fact.id: fact for fact in found if fact is not None and fact.may_be_shown}


def verdicts_of(plan: Plan) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for each in plan.judged:
        child = each.child.key if each.child else FAMILY
        found.setdefault(child, {})[each.entitlement.id] = f"{each.verdict} {each.reason}"
    return found


def day_of(planned: PlannedDate) -> str:
    first, last = (f"{day:%Y-%m}" if planned.month_only else f"{day:%Y-%m-%d}" for day in (planned.first, planned.last))
    return f"{planned.text} {first}" if first == last else f"{planned.text} {first} bis {last}"


def documents_of(plan: Plan) -> dict[str, list[str]]:
    judged = {
        f"{each.entitlement.id} {each.child.key if each.child else FAMILY}": each.documents for each in plan.judged
    }
    return judged | {each.step.id: each.documents for each in plan.steps}


def lines_of(plan: Plan) -> dict[str, list[str]]:
    judged = {f"{each.entitlement.id} {each.child.key if each.child else FAMILY}": each.lines for each in plan.judged}
    rules = judged | {each.step.id: each.lines for each in plan.steps}
    return {name: [rule.text or rule.fact or "" for rule in found] for name, found in rules.items()}


def words_of(lotse: Lotse, site: SiteContent, facts: FactBook, flow: str, plan: Plan, day: date) -> str:
    """All German words of the plan, as the page puts them together."""
    own, shared = lotse.texts[flow, "de"], lotse.shared["de"]

    def line(rule: LineRule) -> str:
        if rule.text is not None:
            return own.lines[rule.text]
        fact = facts.at(rule.fact, day) if rule.fact else None
        return fact.statement["de"] if fact is not None and fact.may_be_shown else ""

    def parts() -> Iterator[str]:
        for each in outcomes(plan):
            if isinstance(each, Judged):
                yield from (own.entitlements[each.entitlement.id], own.reasons[each.reason])
            else:
                yield from (own.steps[each.step.id].title, own.steps[each.step.id].text)
                yield shared.places[each.place] if each.place else ""
                yield from (own.dates[planned.text] for planned in each.dates)
                for name in each.step.hotlines:
                    yield from (
                        site.hotlines[name].number,
                        site.hotlines[name].name["de"],
                        site.hotlines[name].cost["de"],
                    )
            yield from map(line, each.lines)
            yield from (shared.documents[name] for name in each.documents)

    return one_line("\n".join(part for part in parts() if part))


def one_line(text: str) -> str:
    return re.sub(r"[ \t\u00a0\u202f]+", " ", text)


def says(text: str, word: str) -> bool:
    """Whether the word stands there, not only as the end of another: "5 Euro" is not in "15 Euro"."""
    return re.search(rf"(?<![\w.,]){re.escape(word)}", text) is not None


# --- The households ---


@every_household
def test_a_household_is_asked_just_these_questions_and_no_others(lotse: Lotse, flow: str, household: Household) -> None:
    path = walked(lotse, flow, household)
    asked = [each.question for each in path.answered]
    taken = [each.id for each in asked if each.id not in household.answers and set(each.takes) & household.known.keys()]
    assert path.open is None, path.open
    assert [each.id for each in asked if each.id not in taken] == list(household.answers)


@every_household
def test_each_answer_of_a_household_is_one_that_can_be_tapped(lotse: Lotse, flow: str, household: Household) -> None:
    for asked in walked(lotse, flow, household).answered:
        raw = household.answers.get(asked.question.id)
        if raw is None or raw in (DONT_KNOW, SKIPPED):
            continue
        sent = [raw] if isinstance(raw, str) else raw
        one_by_one = [[each] for each in sent] if asked.question.kind is QuestionKind.CHILDREN else [sent]
        for values in one_by_one:
            offered = check_offered(
                asked.question,
                values,
                options=[option.id for option in asked.options],
                districts=["nordstadt", "suedstadt", "mitte"],
                as_of=household.day,
            )
            assert offered in (sorted(values), values[0]), asked.question.id


@every_household
def test_a_household_gets_what_the_law_gives(lotse: Lotse, flow: str, household: Household) -> None:
    plan = make_plan(lotse.flows[flow], walked(lotse, flow, household))
    assert verdicts_of(plan) == household.expect.verdicts, household.basis


@every_household
def test_a_household_is_told_its_steps_in_order(lotse: Lotse, flow: str, household: Household) -> None:
    path = walked(lotse, flow, household)
    plan = make_plan(lotse.flows[flow], path)
    expect = household.expect
    assert [each.step.id for each in plan.steps] == expect.steps
    assert path.crisis == expect.crisis
    places = {each.step.id: each.place for each in plan.steps}
    assert {step: places[step] for step in expect.places} == expect.places
    if expect.hotlines:
        assert plan.steps[0].step.hotlines[: len(expect.hotlines)] == expect.hotlines


@every_household
def test_a_household_is_told_its_days(lotse: Lotse, flow: str, household: Household) -> None:
    plan = make_plan(lotse.flows[flow], walked(lotse, flow, household))
    days = {each.step.id: [day_of(planned) for planned in each.dates] for each in plan.steps if each.dates}
    assert days == household.expect.dates, household.basis


@every_household
def test_a_household_is_told_what_to_bring(lotse: Lotse, flow: str, household: Household) -> None:
    documents = documents_of(make_plan(lotse.flows[flow], walked(lotse, flow, household)))
    expected = household.expect.documents
    assert {name: documents[name] for name in expected} == expected


@every_household
def test_a_household_is_told_what_concerns_it_and_nothing_else(lotse: Lotse, flow: str, household: Household) -> None:
    lines = lines_of(make_plan(lotse.flows[flow], walked(lotse, flow, household)))
    expected = household.expect.lines
    assert {name: lines[name] for name in expected} == expected


@every_household
def test_a_household_is_shown_the_facts_that_are_in_force_for_it(
    lotse: Lotse, facts: FactBook, flow: str, household: Household
) -> None:
    expect = household.expect
    shown = facts_shown(make_plan(lotse.flows[flow], walked(lotse, flow, household)), facts, household.day)
    assert [name for name in expect.shown if name not in shown] == []
    assert [name for name in expect.hidden if name in shown] == []
    assert {name: shown[name].legal_basis for name in expect.legal} == expect.legal
    overdue = sorted(name for name, fact in shown.items() if fact.recheck_by < household.day)
    assert overdue == sorted(expect.overdue)


@every_household
def test_a_household_reads_these_words_and_not_those(
    lotse: Lotse, site: SiteContent, facts: FactBook, flow: str, household: Household
) -> None:
    plan = make_plan(lotse.flows[flow], walked(lotse, flow, household))
    text = words_of(lotse, site, facts, flow, plan, household.day)
    assert [word for word in household.expect.contains if not says(text, word)] == []
    assert [word for word in household.expect.lacks if says(text, word)] == []


@every_household
def test_a_household_is_told_no_way_to_what_will_hardly_be_paid(lotse: Lotse, flow: str, household: Household) -> None:
    plan = make_plan(lotse.flows[flow], walked(lotse, flow, household))
    for each in plan.judged:
        if each.verdict is Verdict.UNLIKELY:
            assert (each.lines, each.documents, each.offers) == ([], [], []), each.entitlement.id


@every_household
def test_a_household_names_only_facts_and_traps_that_exist(facts: FactBook, flow: str, household: Household) -> None:
    """A misspelt id would never be shown, and so be "hidden" for ever."""
    expect = household.expect
    assert [name for name in [*expect.shown, *expect.hidden, *expect.overdue] if name not in facts] == []
    assert set(household.trap) <= set(TRAPS)


def test_there_are_enough_households_and_each_has_a_name_of_its_own() -> None:
    for flow, fewest in FEWEST.items():
        names = [each.name for each in households(flow)]
        assert len(names) == len(set(names)) >= fewest, flow
    assert len(ALL) >= 64


# --- The traps that lie in words, wherever they stand ---


@cache
def german_texts() -> dict[str, str]:
    """Every German text of the Lotse, the facts, the numbers and the emergency page, by where it stands."""
    site = load_site(CONTENT)
    lotse = load_lotse(CONTENT / "lotse", site)
    found = {f"fact {fact.id}": f"{fact.statement['de']} ({fact.legal_basis})" for fact in site.facts}
    for line in site.hotlines.values():
        texts = [each["de"] for each in (line.name, line.for_whom, line.hours, line.cost, line.languages)]
        found[f"hotline {line.id}"] = " ".join([line.number, line.tel, *texts])
    emergency = site.emergency["de"]
    found["emergency"] = emergency.intro
    found |= {f"emergency {each.id}": f"{each.title} {each.text}" for each in emergency.situations}
    for folder in (*lotse.flows, "common"):
        found |= dict(leaves(folder, read(CONTENT / "lotse" / folder / "text.de.yaml", dict)))
    return {where: one_line(text) for where, text in found.items()}


def leaves(where: str, node: object) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(f"{where}.{key}", value)
    elif isinstance(node, str):
        yield where, node


IN_ALL_TEXTS = {  # What nobody may write anywhere; numbers with and without their blanks.
    "trap_bzga": ["BZgA", "Bundeszentrale für gesundheitliche Aufklärung"],
    "trap_bmfsfj": ["BMFSFJ"],
    "trap_116016_alt": ["08000 116 016", "08000116016"],
    "trap_kinderschutzhotline": ["0800 19 210 00", "08001921000"],
    "trap_uvg_698": ["698"],
    "trap_uvg_unveraendert": [
        "358 Euro",
        "428 Euro",
        "523 Euro",
        "356 Euro",
        "429 Euro",
        "524 Euro",
        "halbe Kindergeld",
    ],
    "trap_kiz_plus25": ["322 Euro", "plus 25 Euro"],
    "trap_elterngeld_200": ["200.000", "300.000", "250.000", "150.000"],
    "trap_elternzeit_schrift": ["mit Unterschrift", "schriftlich beim Arbeitgeber"],
    "trap_u10": ["U10", "U11", "U1 bis U11"],
    "trap_schulbedarf_alt": ["103 Euro", "51,50", "116 Euro", "58 Euro", "174 Euro"],
    "trap_ein_euro": ["1 Euro"],
}


@pytest.mark.parametrize("trap", sorted(IN_ALL_TEXTS))
def test_no_text_anywhere_says_what_is_wrong(trap: str) -> None:
    found = [(where, word) for where, text in german_texts().items() for word in IN_ALL_TEXTS[trap] if says(text, word)]
    assert found == []


def test_no_number_that_costs_money_is_called_free_of_charge(site: SiteContent) -> None:
    """trap_sucht_kosten: a call to 01806 costs 20 cents."""
    costly = {line.id: line.cost["de"] for line in site.hotlines.values() if line.tel.startswith("018")}
    assert costly == {"h_sucht": "20 Cent für jeden Anruf"}
    assert {line.tel[:5] for line in site.hotlines.values() if line.cost["de"].startswith("kostenlos")} >= {"08001"}


def test_the_numbers_for_violence_parents_and_children_are_the_ones_that_are_theirs(site: SiteContent) -> None:
    """trap_116016_alt, trap_kinderschutzhotline."""
    numbers = {name: site.hotlines[name].number for name in ("h_116016", "h_elterntelefon", "h_116111")}
    assert numbers == {"h_116016": "116 016", "h_elterntelefon": "0800 111 0 550", "h_116111": "116 111"}


def test_the_old_name_of_the_benefit_never_stands_alone() -> None:
    """trap_buergergeld: since 2026-07-01 it is Grundsicherungsgeld; letters still carry the old name."""
    with_old = {where: text for where, text in german_texts().items() if says(text, "Bürgergeld")}
    assert [where for where, text in with_old.items() if not says(text, "Grundsicherungsgeld")] == []
    options = [f"{flow}.options.leistung.grundsicherungsgeld" for flow in ("but", "kita", "baby")]
    assert [where for where in options if not says(with_old.get(where, ""), "früher Bürgergeld")] == []


def test_only_the_whole_day_is_paragraph_24_4_and_only_information_and_notice_are_24_6(site: SiteContent) -> None:
    """trap_24_abs5: counted anew since 2026-08-01."""
    since = {fact.id: fact.legal_basis.partition("(bis")[0] for fact in site.facts}
    cited = {part: sorted(name for name, basis in since.items() if f"§ 24 Abs. {part}" in basis) for part in (4, 5, 6)}
    assert cited == {
        4: ["ganztag_2026", "ganztag_ferien", "ganztag_steps"],
        5: [],
        6: ["kita_advice", "kita_notice_general", "kita_notice_nrw", "kita_steps"],
    }


def test_the_15_days_for_a_sick_child_end_with_2026(facts: FactBook) -> None:
    """trap_kinderkrank."""
    last, first = date(2026, 12, 31), date(2027, 1, 1)
    fact = facts.at("kinderkrankengeld_2026", last)
    assert fact is not None and says(fact.statement["de"], "2026 für jedes Kind bis zu 15 Tage")
    assert facts.at("kinderkrankengeld_2026", first) is None
    others = [
        where for where, text in german_texts().items() if says(text, "15 Tage") and "kinderkrankengeld" not in where
    ]
    assert others == []


def test_elterngeld_ends_at_175000_euro_and_elternzeit_needs_no_paper(facts: FactBook) -> None:
    """trap_elterngeld_200, trap_elternzeit_schrift."""
    limit, leave = facts.at("elterngeld_income_limit", date(2026, 11, 21)), facts.at("elternzeit", date(2026, 11, 21))
    assert limit is not None and says(limit.statement["de"], "175.000 Euro")
    assert leave is not None and says(leave.statement["de"], "ab dem 1. Mai 2025 geboren sind, reicht eine E-Mail")
    assert facts.at("elternzeit", date(2025, 4, 30)) is None


IN_TESTS = {
    *("trap_sucht_kosten", "trap_116016_alt", "trap_kinderschutzhotline", "trap_buergergeld", "trap_24_abs5"),
    *("trap_kinderkrank", "trap_elterngeld_200", "trap_elternzeit_schrift"),
}


def test_every_trap_is_looked_for() -> None:
    covered = {trap for _flow, each in ALL for trap in each.trap} | IN_ALL_TEXTS.keys() | IN_TESTS
    assert sorted(covered) == sorted(TRAPS)
    assert len(set(TRAPS)) == 30


def test_no_household_file_lies_beside_the_flows(lotse: Lotse) -> None:
    assert {path.name.partition(".")[0].removesuffix("_more") for path in File(HOUSEHOLDS).glob("*")} == {*lotse.flows}
