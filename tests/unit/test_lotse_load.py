"""Reading content/lotse/: what refers to something that is not there stops the start, with the file and the reason."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from portal.content.schema import ContentError, FactFile
from portal.lotse.load import FactBook, load_lotse
from portal.paths import CONTENT
from tests.small_flow import FLOW, SHARED, TEXTS, real_lotse, real_site

FACT = "kita_1_3"
"""One of the real facts: the small flow speaks of it here."""

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The small flow as files."""
    flow = deepcopy(FLOW)
    flow["entitlements"][0]["lines"] = [{"fact": FACT}]
    del flow["questions"][0]["takes"]
    files: dict[str, Any] = {
        "lotse.yaml": {"flows": ["klein"], "as_of": "2026-11-21"},
        "places.yaml": {"amt": {"name": "Amt", "phone": "030 23125 700"}},
        "common/text.de.yaml": SHARED,
        "klein/flow.yaml": flow,
        "klein/text.de.yaml": TEXTS,
    }
    for name, content in files.items():
        write(tmp_path / name, content)
    return tmp_path


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(content, file)


def change(path: Path, how: Change) -> None:
    content = YAML(typ="safe").load(path.read_text("utf-8"))
    how(content)
    write(path, content)


def refusal(folder: Path) -> str:
    with pytest.raises(ContentError) as refused:
        load_lotse(folder, real_site())
    return str(refused.value)


def test_the_small_flow_can_be_read(folder: Path) -> None:
    lotse = load_lotse(folder, real_site())
    assert (list(lotse.flows), list(lotse.texts), lotse.as_of) == (["klein"], [("klein", "de")], date(2026, 11, 21))
    assert lotse.flow_of_need == {"kita_anmeldung": "klein"}


def test_a_need_leads_to_the_first_flow_that_names_it() -> None:
    lotse = real_lotse()
    assert list(lotse.flows) == ["but", "kita", "baby", "beratung"]
    assert {flow: lotse.flow_of_need[flow] for flow in ("but_mittagessen", "kita_beitrag", "hebamme", "medien")} == {
        "but_mittagessen": "but",
        "kita_beitrag": "kita",
        "hebamme": "baby",
        "medien": "beratung",
    }


def step(**parts: Any) -> Change:
    return lambda flow: flow["steps"][0].update(parts)


def question(number: int, **parts: Any) -> Change:
    return lambda flow: flow["questions"][number].update(parts)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (question(1, id="kind"), "two questions have the same id"),
        (question(3, ask_if={"known": "nix"}), "question wunsch: there is no question 'nix'"),
        (question(3, ask_if={"named": "nix"}), "question wunsch: there is no condition 'nix'"),
        (question(3, ask_if={"chosen": ["stand", "nix"]}), "question wunsch: stand has no option nix"),
        (question(3, ask_if={"chosen": ["kind", "nix"]}), "question wunsch: chosen cannot be asked of 'kind'"),
        (question(3, ask_if={"age": {"of": "stand"}}), "question wunsch: age cannot be asked of 'stand'"),
        (
            question(3, ask_if={"months_until": {"of": "kind"}}),
            "question wunsch: months_until cannot be asked of 'kind'",
        ),
        (
            question(3, ask_if={"age": {"of": "kind", "at": "stand"}}),
            "question wunsch: months_until cannot be asked of 'stand'",
        ),
        (question(3, ask_if={"children": {"of": "kind"}}), "question wunsch: children cannot be asked of 'kind'"),
        (question(3, ask_if={"older": 3}), "question wunsch: unknown operator 'older'"),
        (question(3, ask_if={"known": "kind", "unknown": "kind"}), "question wunsch: one operator each"),
        (question(3, ask_if={"age": ["kind"]}), "question wunsch: age: ['kind'] is not what it takes"),
        (question(3, ask_if={"not": {"all": [{"known": "nix"}]}}), "question wunsch: there is no question 'nix'"),
        (question(2, options=[]), "question stand has no options"),
        (question(0, groups=[]), "question kind has no ages"),
        (question(0, takes=["nix"]), "question kind takes nix, which nobody asks"),
        (
            lambda flow: flow["questions"][2]["options"][2].update(crisis="nix"),
            "option stand.krise: no emergency situation 'nix'",
        ),
        (
            lambda flow: flow["questions"][2]["options"][1].update(when={"known": "nix"}),
            "option stand.platz: there is no question",
        ),
        (lambda flow: flow["conditions"].update(neu={"known": "nix"}), "conditions.neu: there is no question 'nix'"),
        (
            lambda flow: flow["entitlements"][0].update(wanted={"known": "nix"}),
            "entitlement platz: there is no question 'nix'",
        ),
        (
            lambda flow: flow["entitlements"][0]["verdicts"][0].update(when={"known": "nix"}),
            "entitlement platz: there is no question",
        ),
        (lambda flow: flow["entitlements"][0].update(lines=[{"fact": "nix"}]), "platz: there is no fact 'nix'"),
        (lambda flow: flow["entitlements"][0].update(for_each="nix"), "platz: there is no question 'nix'"),
        (lambda flow: flow["entitlements"][0].update(for_each="stand"), "platz: 'stand' is not about children"),
        (step(lines=[{"slot": "note"}]), "anmelden: a line is a text or a fact"),
        (step(lines=[{"text": "ohne_termin", "fact": FACT}]), "anmelden: a line is a text or a fact"),
        (step(when={"known": "nix"}), "step anmelden: there is no question 'nix'"),
        (step(place="nix"), "step anmelden: there is no place 'nix'"),
        (step(places=[["nix", {"known": "kind"}]]), "step anmelden: there is no place 'nix'"),
        (step(hotlines=["nix"]), "step anmelden: there is no hotline 'nix'"),
        (step(flow="nix"), "step anmelden: there is no flow 'nix' to go on with"),
        (step(flow="klein"), "step anmelden: there is no flow 'klein' to go on with"),
        (step(dates=[{"id": "frist", "base": "kind"}]), "step anmelden: 'kind' is no month"),
        (step(dates=[{"id": "frist", "base": "nix"}]), "step anmelden: 'nix' is no month"),
        (step(documents=[{"id": "ausweis", "when": {"known": "nix"}}]), "anmelden: there is no question 'nix'"),
        (step(offers=[{"needs": ["kita_anmeldung"], "at": "kind"}]), "anmelden: 'kind' is no month"),
        (
            step(offers=[{"needs": ["kita_anmeldung"], "when": {"known": "nix"}}]),
            "anmelden: there is no question 'nix'",
        ),
        # Texts: every key, and none too many.
        (step(id="anders"), "no text steps.anders; nobody needs steps.anmelden"),
        (step(lines=[{"text": "neu"}]), "no text lines.neu; nobody needs lines.ohne_termin"),
        (step(documents=[{"id": "pass"}]), "no shared text documents.pass"),
        (step(dates=[]), "nobody needs dates.frist; nobody needs dates.frist_vorbei"),
    ],
)
def test_a_flow_with_a_wrong_reference_is_refused(folder: Path, wrong: Change, reason: str) -> None:
    change(folder / "klein" / "flow.yaml", wrong)
    message = refusal(folder)
    assert message.startswith(f"{folder / 'klein'}: ")
    assert reason in message


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (lambda flow: flow.update(title="x"), "title"),
        (lambda flow: flow.update(version=0), "$.version"),
        (lambda flow: flow.update(questions=[]), "$.questions"),
        (lambda flow: flow.update(steps=[]), "$.steps"),
        (lambda flow: flow.update(id="Groß"), "$.id"),
        (question(0, kind="number"), "$.questions[0].kind"),
        (lambda flow: flow["entitlements"][0].update(verdicts=[]), "$.entitlements[0].verdicts"),
        (step(offers=[{"needs": []}]), "$.steps[0].offers[0].needs"),
        (step(offers=[{"needs": ["a"], "limit": 9}]), "$.steps[0].offers[0].limit"),
    ],
)
def test_a_flow_of_another_shape_is_refused_with_the_field(folder: Path, wrong: Change, field: str) -> None:
    change(folder / "klein" / "flow.yaml", wrong)
    message = refusal(folder)
    assert message.startswith(f"{folder / 'klein' / 'flow.yaml'}: ")
    assert field in message


@pytest.mark.parametrize(
    "name", ["lotse.yaml", "places.yaml", "common/text.de.yaml", "klein/flow.yaml", "klein/text.de.yaml"]
)
def test_a_file_that_is_missing_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert refusal(folder) == f"{folder / name} is missing."


def test_a_flow_in_a_folder_of_another_name_is_refused(folder: Path) -> None:
    change(folder / "klein" / "flow.yaml", lambda flow: flow.update(id="gross"))
    assert refusal(folder) == f"{folder / 'klein' / 'flow.yaml'}: id: it must be 'klein', as its folder"


@pytest.mark.parametrize("place", [{"name": "Amt"}, {"phone": "030 23125 700"}, {"address": "Rathausplatz 1"}, {}])
def test_a_place_without_a_person_to_call_is_refused(folder: Path, place: dict[str, str]) -> None:
    write(folder / "places.yaml", {"amt": place})
    assert refusal(folder) == f"{folder / 'places.yaml'}: amt needs an offer, or a name and a phone number"


def test_a_language_is_read_where_there_is_a_file_of_it(folder: Path) -> None:
    write(folder / "klein" / "text.tr.yaml", {**TEXTS, "title": "Bir yer"})
    assert load_lotse(folder, real_site()).texts["klein", "tr"].title == "Bir yer"


def test_what_is_not_german_may_be_missing_and_is_found_by_the_check(folder: Path) -> None:
    write(folder / "klein" / "text.tr.yaml", {**TEXTS, "lines": {}})
    assert load_lotse(folder, real_site()).texts["klein", "tr"].lines == {}


def test_the_real_content_is_read_from_any_folder(tmp_path: Path) -> None:
    shutil.copytree(CONTENT / "lotse", tmp_path / "lotse")
    assert load_lotse(tmp_path / "lotse", real_site()) == real_lotse()


def test_ids_are_never_made_of_words_that_are_shown() -> None:
    """Nothing is keyed on a text: an id has small letters, figures and lines."""
    for flow in real_lotse().flows.values():
        ids = [each.id for each in [*flow.questions, *flow.entitlements, *flow.steps]]
        assert [each for each in ids if not re.fullmatch("[a-z0-9_]+", each)] == []


# --- facts --------------------------------------------------------------------------------------------------------


def fact(name: str, valid_from: str, valid_to: str | None = None, series: str | None = None) -> FactFile:
    return FactFile(
        id=name, needs=[], statement={"de": name}, legal_basis="§ 1", valid_from=date.fromisoformat(valid_from),
        checked="", checked_as_of="", recheck_by=date(2027, 1, 1), confidence="high", series=series,
        valid_to=date.fromisoformat(valid_to) if valid_to else None,
    )  # fmt: skip


BOOK = FactBook(
    [
        fact("geld_2025", "2025-01-01", "2025-12-31", "geld"),
        fact("geld_2026", "2026-01-01", series="geld"),
        fact("geld_2027", "2027-01-01", series="geld"),
        fact("recht", "2026-08-01"),
        fact("vorbei", "2020-01-01", "2026-07-31"),
    ]
)


@pytest.mark.parametrize(
    ("name", "day", "found"),
    [
        ("geld", "2024-12-31", None),
        ("geld", "2025-01-01", "geld_2025"),
        ("geld", "2025-12-31", "geld_2025"),
        ("geld", "2026-01-01", "geld_2026"),
        ("geld", "2026-12-31", "geld_2026"),
        # The newest that is in force: nobody has to write an end into the one before.
        ("geld", "2027-01-01", "geld_2027"),
        # By its own name it stays what it is.
        ("geld_2026", "2027-06-01", "geld_2026"),
        ("geld_2025", "2026-01-01", None),
        ("recht", "2026-07-31", None),
        ("recht", "2026-08-01", "recht"),
        ("vorbei", "2026-07-31", "vorbei"),
        ("vorbei", "2026-08-01", None),
    ],
)
def test_of_a_fact_the_one_that_is_in_force_on_the_day_is_taken(name: str, day: str, found: str | None) -> None:
    there = BOOK.at(name, date.fromisoformat(day))
    assert (there.id if there else None) == found


def test_a_fact_that_nobody_has_written_is_not_there() -> None:
    assert ("geld" in BOOK, "geld_2026" in BOOK, "nix" in BOOK) == (True, True, False)
    with pytest.raises(KeyError):
        BOOK.at("nix", date(2026, 11, 21))
