"""The proof of the flows: every path leads to help, and each way to break one is found. And `portal lotse …`."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest
from click.testing import CliRunner, Result
from ruamel.yaml import YAML

from portal.cli import main
from portal.content.schema import FactFile
from portal.content.site import SiteContent
from portal.lotse import commands
from portal.lotse.check import Report, check_flow
from portal.lotse.load import Lotse
from portal.lotse.walk import all_paths
from portal.paths import CONTENT
from tests.conftest import TODAY
from tests.small_flow import FLOW, SHARED, TEXTS, make_flow, make_lotse, real_lotse, real_site

# --- the real flows, as of the day on which they were last read through -------------------------------------------


@pytest.mark.parametrize("name", real_lotse().flows)
def test_every_path_of_every_flow_leads_to_help(name: str) -> None:
    lotse, site = real_lotse(), real_site()
    slugs, needs = commands._offers(CONTENT, "demo", lotse.as_of)
    report = check_flow(lotse, lotse.flows[name], site, as_of=lotse.as_of, needs_with_offers=needs, offers=slugs)
    assert report.problems == []
    assert [fact.id for fact in report.due] == []
    assert report.paths > 500
    assert 1 <= report.shortest <= 3
    assert 4 <= report.longest <= 7


def test_the_flows_are_the_four_that_were_promised() -> None:
    assert list(real_lotse().flows) == ["but", "kita", "baby", "beratung"]


def test_every_flow_is_in_every_language_of_the_site() -> None:
    lotse, site = real_lotse(), real_site()
    wanted = {(flow, lang) for flow in lotse.flows for lang in site.kommune.languages}
    assert set(lotse.texts) == wanted
    assert set(lotse.shared) == set(site.kommune.languages)


def test_behind_every_place_is_somebody_with_a_phone() -> None:
    can_be_called, _needs = commands.offers_of_demo(CONTENT / "demo")
    places = real_lotse().places
    silent = [name for name, place in places.items() if not (place.phone or place.offer in can_be_called)]
    assert silent == []


# --- a small flow, broken in each way -----------------------------------------------------------------------------

LANGUAGES = ["de", "tr"]


def small_site(**fact: Any) -> SiteContent:
    """The real site in two languages, with the one fact that the small flow speaks of."""
    right = FactFile(
        id="recht", needs=[], statement={"de": "Das steht euch zu."}, legal_basis="§ 1", valid_from=date(2026, 1, 1),
        checked="", checked_as_of="", recheck_by=TODAY, confidence="high",
    )  # fmt: skip
    site = real_site()
    kommune = msgspec.structs.replace(site.kommune, languages=LANGUAGES)
    return replace(site, kommune=kommune, facts=[msgspec.structs.replace(right, **fact)])


def check(lotse: Lotse, site: SiteContent | None = None, as_of: date = TODAY, offers: tuple[str, ...] = ()) -> Report:
    (flow,) = lotse.flows.values()
    return check_flow(
        lotse, flow, site or small_site(), as_of=as_of, needs_with_offers={"kita_anmeldung"}, offers=offers
    )


def changed(change: Callable[[dict[str, Any]], object], **texts: dict[str, Any]) -> Lotse:
    flow = deepcopy(FLOW)
    change(flow)
    return make_lotse(msgspec.convert(flow, type(make_flow())), languages=LANGUAGES, **texts)


def test_the_small_flow_is_without_a_fault() -> None:
    report = check(make_lotse(make_flow(), languages=LANGUAGES))
    assert (report.problems, report.due) == ([], [])
    assert (report.shortest, report.longest) == (2, 4)
    assert report.paths == sum(1 for _ in all_paths(make_flow(), as_of=TODAY, land="NW"))


def test_all_paths_are_walked() -> None:
    """All ages and options; of several, each alone, each two together, and "weiß ich nicht"."""
    flow = make_flow(questions=FLOW["questions"][:1])
    assert [answers["kind"] for answers, _path in all_paths(flow, as_of=TODAY, land="NW")] == [
        ":-9:-1", ":0:11", ":12:23", ":24:35", ":36:47", "?",
    ]  # fmt: skip
    flow = make_flow(questions=[{"id": "wunsch", "kind": "several", "options": FLOW["questions"][3]["options"]}])
    assert [answers["wunsch"] for answers, _path in all_paths(flow, as_of=TODAY, land="NW")] == [
        ["egal"], ["frueh"], ["nah"], ["frueh", "nah"], "?",
    ]  # fmt: skip


def never(part: dict[str, Any]) -> None:
    part["when"] = {"land": ["BY"]}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda flow: flow["steps"][0].update(offers=[]), "step anmelden: no offer that exists"),
        (lambda flow: flow["steps"][0].update(offers=[{"needs": ["schulden"]}]), "step anmelden: no offer that exists"),
        (
            lambda flow: flow["steps"][0]["offers"][0].update(when={"known": "kind"}),
            "step anmelden: no offer that exists",
        ),
        (lambda flow: flow["steps"][0].pop("place"), "step anmelden: nobody to call"),
        (lambda flow: flow["steps"][1].pop("hotlines"), "step reden: nobody to call"),
        (
            lambda flow: flow["steps"][1].update(when={"all": [{"known": "kind"}, {"unknown": "kind"}]}),
            "nobody ever comes to step reden",
        ),
        (
            lambda flow: flow["questions"][1].update(ask_if={"age": {"of": "kind", "from": 300}}),
            "nobody ever comes to question termin",
        ),
        (
            lambda flow: flow["questions"][2]["options"][1].update(when={"age": {"of": "kind", "from": 300}}),
            "nobody ever comes to option stand.platz",
        ),
        (
            lambda flow: flow["entitlements"][0]["verdicts"][0].update(when={"age": {"of": "kind", "from": 300}}),
            "nobody ever comes to verdict platz: likely (alt_genug)",
        ),
        # What comes after a verdict for everybody is never given.
        (
            lambda flow: flow["entitlements"][0]["verdicts"].insert(0, {"verdict": "maybe", "reason": "offen"}),
            "nobody ever comes to verdict platz: likely (alt_genug)",
        ),
        (lambda flow: flow["steps"][0]["offers"][0]["needs"].append("nix"), "step anmelden: no offer for the need nix"),
    ],
)  # fmt: skip
def test_each_fault_is_found(change: Callable[[dict[str, Any]], object], problem: str) -> None:
    assert problem in check(changed(change)).problems


def test_a_place_that_is_a_published_offer_is_right() -> None:
    lotse = changed(lambda flow: flow["steps"][0].update(place="kita"))
    lotse.shared["de"].places["kita"] = lotse.shared["tr"].places["kita"] = "Die Kita"
    assert check(lotse, offers=("kita-regenbogen",)).problems == []
    assert check(lotse).problems == ["place kita: there is no published offer 'kita-regenbogen' that can be called"]


def test_a_dead_end_is_found_with_the_answers_that_lead_there() -> None:
    problems = check(changed(lambda flow: flow["steps"][0].update(when={"known": "kind"}))).problems
    assert "a dead end with {'kind': '?', 'wunsch': '?'}" in problems
    assert {problem.partition(", ")[0] for problem in problems} == {"a dead end with {'kind': '?'"}


def test_a_step_that_only_leads_on_to_another_flow_is_no_end() -> None:
    problems = check(changed(lambda flow: flow["steps"][0].update(flow="but", place=None))).problems
    assert "a dead end with {'kind': '?', 'wunsch': '?'}" in problems


def test_more_steps_than_a_family_can_do_are_found() -> None:
    steps = [{**FLOW["steps"][0], "id": "anmelden", "dates": []} for _number in range(10)]
    problems = check(changed(lambda flow: flow.update(steps=steps))).problems
    assert "10 steps, more than a family can do with {'kind': '?', 'wunsch': '?'}" in problems


def more(*, questions: int) -> Callable[[dict[str, Any]], None]:
    def change(flow: dict[str, Any]) -> None:
        flow["questions"] = [{"id": "kind", "kind": "yes_no"}] + [
            {"id": f"frage_{number}", "kind": "yes_no"} for number in range(1, questions)
        ]
        flow["conditions"] = {}
        flow["entitlements"] = []
        del flow["steps"][1]
        flow["steps"][0]["dates"] = []

    return change


def test_too_many_questions_are_found() -> None:
    report = check(changed(more(questions=8)))
    assert (report.shortest, report.longest) == (8, 8)
    assert "8 questions on the longest path, at most 7" in report.problems
    assert "8 questions on the shortest path, at most 3" in report.problems
    assert "3 questions on the shortest path, at most 3" not in check(changed(more(questions=3))).problems


@pytest.mark.parametrize(
    ("fact", "problem"),
    [
        ({"confidence": "low"}, "fact recht is low: it may not be shown"),
        ({"confidence": "?"}, "fact recht is ?: it may not be shown"),
        ({"valid_from": TODAY + timedelta(1)}, f"fact recht is not in force on {TODAY}"),
        ({"valid_to": TODAY - timedelta(1)}, f"fact recht is not in force on {TODAY}"),
    ],
)
def test_a_fact_that_may_not_be_shown_is_found(fact: dict[str, Any], problem: str) -> None:
    assert check(make_lotse(make_flow(), languages=LANGUAGES), small_site(**fact)).problems == [problem]


@pytest.mark.parametrize("confidence", ["high", "medium"])
def test_a_fact_that_is_sure_enough_is_right(confidence: str) -> None:
    assert check(make_lotse(make_flow(), languages=LANGUAGES), small_site(confidence=confidence)).problems == []


def test_a_fact_is_due_the_day_after_it_was_to_be_checked() -> None:
    lotse = make_lotse(make_flow(), languages=LANGUAGES)
    assert [fact.id for fact in check(lotse, as_of=TODAY).due] == []
    assert [fact.id for fact in check(lotse, as_of=TODAY + timedelta(1)).due] == ["recht"]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ({"lines": {}}, "tr: no text lines.ohne_termin"),
        ({"lines": {"ohne_termin": " "}}, "tr: the lines.ohne_termin is empty"),
        ({"options": {**TEXTS["options"], "stand": {"nichts": "Hiç"}}}, "tr: no text options.stand.krise"),
        ({"reasons": {**TEXTS["reasons"], "alt": "Eski"}}, "tr: nobody needs reasons.alt"),
        ({"questions": {"kind": TEXTS["questions"]["kind"]}}, "tr: no text questions.ort"),
    ],
)
def test_a_text_that_is_missing_in_turkish_is_found(words: dict[str, Any], problem: str) -> None:
    assert problem in check(changed(lambda flow: None, tr=words)).problems


def test_a_language_without_any_text_is_found() -> None:
    assert check(make_lotse(make_flow(), languages=["de"])).problems == ["tr: there is no text file"]


def test_the_flow_must_hold_in_every_land_that_it_asks_about() -> None:
    """Beispielstadt is in NW: elsewhere this flow would end in nothing."""
    lotse = changed(lambda flow: flow["steps"][0].update(when={"not": {"land": ["BY"]}}))
    assert "a dead end with {'kind': '?', 'wunsch': '?'}" in check(lotse).problems


# --- the commands -------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A content folder with the small flow, in German only."""
    content = tmp_path / "content"
    content.mkdir()
    for path in CONTENT.iterdir():
        if path.name not in {"lotse", "kommune.yaml"}:
            (content / path.name).symlink_to(path)
    kommune = (
        (CONTENT / "kommune.yaml").read_text("utf-8").replace("languages: [de, en, tr, ar, uk, ru]", "languages: [de]")
    )
    (content / "kommune.yaml").write_text(kommune, "utf-8")
    flow = deepcopy(FLOW)
    flow["entitlements"][0]["lines"] = [{"fact": "kita_1_3"}]
    del flow["questions"][0]["takes"]
    files = {
        "lotse.yaml": {"flows": ["klein"], "as_of": "2026-11-21"},
        "places.yaml": {"amt": {"name": "Amt", "phone": "030 23125 700"}},
        "common/text.de.yaml": SHARED,
        "klein/flow.yaml": flow,
        "klein/text.de.yaml": TEXTS,
    }
    for name, inside in files.items():
        path = content / "lotse" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8") as file:
            YAML(typ="safe").dump(inside, file)
    return content


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["lotse", *words], env={"CONTENT_DIR": str(folder)})


def test_a_flow_without_a_fault_is_reported_and_ends_with_0(folder: Path) -> None:
    result = run(folder, "check", "--as-of", "2026-11-21")
    paths = sum(1 for _ in all_paths(make_flow(), as_of=TODAY, land="NW"))
    assert (result.exit_code, result.output) == (0, f"klein: {paths} paths, 2 to 4 questions\n")


def test_a_fault_is_reported_and_ends_with_1(folder: Path) -> None:
    flow = folder / "lotse" / "klein" / "flow.yaml"
    flow.write_text(flow.read_text("utf-8").replace("krise]", "platz]").replace("- krise\n", "- platz\n"), "utf-8")
    content = YAML(typ="safe").load(flow.read_text("utf-8"))
    content["steps"][0]["offers"] = []
    with flow.open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(content, file)
    result = run(folder, "check", "--as-of", "2026-11-21")
    assert result.exit_code == 1
    assert result.output.splitlines()[1:] == ["  wrong: step anmelden: no offer that exists"]


def test_facts_that_are_due_are_reported_and_end_with_1(folder: Path) -> None:
    (fact,) = (fact for fact in real_site().facts if fact.id == "kita_1_3")
    result = run(folder, "check", "--as-of", str(fact.recheck_by + timedelta(1)))
    assert result.exit_code == 1
    assert f"  due: fact kita_1_3 was to be checked again by {fact.recheck_by}" in result.output.splitlines()


@pytest.mark.parametrize("words", [("check", "--flow", "nix"), ("graph", "nix")])
def test_a_flow_that_there_is_not_is_answered_with_those_that_there_are(folder: Path, words: tuple[str, ...]) -> None:
    result = run(folder, *words)
    assert (result.exit_code, result.output) == (1, "Error: There is no flow 'nix'; there are klein.\n")


def test_a_flow_that_cannot_be_read_is_named(folder: Path) -> None:
    (folder / "lotse" / "klein" / "flow.yaml").unlink()
    result = run(folder, "check")
    assert (result.exit_code, result.output) == (1, f"Error: {folder / 'lotse' / 'klein' / 'flow.yaml'} is missing.\n")


@pytest.mark.parametrize("name", real_lotse().flows)
def test_the_picture_of_a_flow_names_all_questions_and_ends(name: str) -> None:
    result = run(CONTENT, "graph", name)
    assert result.exit_code == 0
    root = ElementTree.fromstring(result.output)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    shown = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    flow, texts = real_lotse().flows[name], real_lotse().texts[name, "de"]
    assert shown[0] == f"{texts.title} ({name}, Version {flow.version})"
    ids = [each.id for each in [*flow.questions, *flow.entitlements, *flow.steps]]
    assert [each for each in ids if each not in shown] == []
    # Nothing runs out of the picture.
    height = float(root.attrib["height"])
    assert [element.text for element in root.iter() if float(element.attrib.get("y", 0)) > height] == []


def test_the_picture_can_be_written_into_a_file(folder: Path, tmp_path: Path) -> None:
    result = run(folder, "graph", "klein", "--output", str(tmp_path / "klein.svg"))
    assert (result.exit_code, result.output) == (0, "")
    assert (tmp_path / "klein.svg").read_text("utf-8") == run(folder, "graph", "klein").output.removesuffix("\n")
