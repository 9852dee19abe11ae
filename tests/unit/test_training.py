"""From lines that parents type to a model file and back: what is learnt, kept, compared and refused."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from portal.search.model import FORMAT, ModelError, NearestLine, NeedModel
from portal.search.training import Lines, Report, cross_validate, save, train

SPORT = [
    "schwimmkurs für kinder",
    "kind soll schwimmen lernen",
    "seepferdchen kurs",
    "wo schwimmen lernen",
    "schwimmkurs anfänger",
]
MONEY = [
    "kein geld für die klassenfahrt",
    "klassenfahrt bezahlen",
    "wer zahlt die klassenfahrt",
    "klassenfahrt zu teuer",
]
SPORT_TR = ["yüzme kursu", "çocuk yüzme öğrensin", "yüzme dersi nerede"]
NOTHING = ["wie wird das wetter", "hallo", "pizza bestellen", "wetter morgen", "guten tag hallo"]
ACUTE = ["mein mann schlägt mich", "er schlägt mich jeden tag", "papa schlägt mich"]
HINT = ["frauenhaus nummer", "angst vor meinem mann", "frauenhaus finden"]
HARMLESS = ["sahne schlagen", "kind schlägt purzelbaum", "vorschlag machen"]


def lines(**changes: Any) -> Lines:
    values: dict[str, Any] = {
        "needs": {
            "schwimmkurs": {"de": SPORT, "tr": SPORT_TR},
            "but_klassenfahrt": {"de": MONEY},
            "none": {"de": NOTHING},
        },
        "words": {"schwimmkurs": {"de": ["bronzeabzeichen"]}, "but_klassenfahrt": {"de": ["skilager"]}},
        "acute": ACUTE,
        "hint": HINT,
        "harmless": HARMLESS,
    }
    return Lines(**deepcopy({**values, **changes}))


@pytest.fixture(scope="module")
def arrays() -> dict[str, Any]:
    return train(lines())


@pytest.fixture(scope="module")
def model(arrays: dict[str, Any]) -> NeedModel:
    return NeedModel(arrays)


@pytest.fixture(scope="module")
def file(arrays: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same model as it is written. Copy it to spoil it."""
    path = tmp_path_factory.mktemp("model") / "deep" / "model.npz"
    save(arrays, path)
    return path


# --- What is learnt ---


@pytest.mark.parametrize(
    ("text", "need"),
    [
        ("schwimmkurs", "schwimmkurs"),
        ("SCHWIMMEN LERNEN", "schwimmkurs"),
        ("schwimkurs anfaenger", "schwimmkurs"),
        ("yüzme kursu arıyorum", "schwimmkurs"),
        ("yuzme", "schwimmkurs"),
        ("geld für klassenfahrt", "but_klassenfahrt"),
        ("klassenfahrten", "but_klassenfahrt"),
        ("skilager", "but_klassenfahrt"),
        ("bronzeabzeichen", "schwimmkurs"),
    ],
)
def test_a_line_like_those_that_were_learnt_has_their_need(model: NeedModel, text: str, need: str) -> None:
    found = model.guess(text)
    assert found.needs[0][0] == need
    assert found.needs[0][1] > found.none


@pytest.mark.parametrize("text", ["wetter", "hallo", "pizza"])
def test_a_line_that_speaks_of_no_need_is_none(model: NeedModel, text: str) -> None:
    found = model.guess(text)
    assert found.none > max(chance for _code, chance in found.needs)


@pytest.mark.parametrize("text", ["schwimmkurs", "hallo", "", "qqq", "мама", "x" * 5000])
def test_the_chances_of_all_needs_and_of_none_are_one(model: NeedModel, text: str) -> None:
    found = model.guess(text)
    assert sum(chance for _code, chance in found.needs) + found.none == pytest.approx(1)
    assert [code for code, _chance in found.needs if code == "none"] == []
    assert [chance for _code, chance in found.needs] == sorted((chance for _c, chance in found.needs), reverse=True)
    assert 0 <= found.acute <= 1
    assert 0 <= found.hint <= 1


def test_a_cry_for_help_and_what_is_near_one_are_told_from_all_else(model: NeedModel) -> None:
    def lowest(kind: str, some: list[str]) -> float:
        return min(getattr(model.guess(line), kind) for line in some)

    def highest(kind: str, some: list[str]) -> float:
        return max(getattr(model.guess(line), kind) for line in some)

    assert lowest("acute", ACUTE) > 0.5 > highest("acute", [*HARMLESS, *HINT, *SPORT, *NOTHING])
    assert lowest("hint", HINT) > 0.5 > highest("hint", [*HARMLESS, *ACUTE, *SPORT, *NOTHING])


def test_a_hint_is_told_from_all_else_however_rare_hints_are() -> None:
    """They are one line in a hundred of the portal's own."""
    places = [f"{first}{second}" for first in ("nord", "süd", "ost", "west", "alt") for second in range(60)]
    needs = {code: {"de": [f"{code} {place}" for place in places]} for code in ("turnen", "kita", "none")}
    rare = NeedModel(train(lines(needs=needs, words={})))
    assert min(rare.guess(line).hint for line in HINT) > 0.25
    assert max(rare.guess(line).hint for line in ("kita nord1", "turnen ost7", *HARMLESS)) < 0.1


def test_without_examples_nothing_is_a_crisis() -> None:
    calm = NeedModel(train(lines(acute=[], hint=[], harmless=[])))
    found = calm.guess(ACUTE[0])
    assert (found.acute < 0.001, found.hint < 0.001) == (True, True)


def test_sharper_means_surer() -> None:
    soft, sharp = (NeedModel(train(lines(), sharpness=sharpness)).guess("schwimmkurs") for sharpness in (1.0, 9.0))
    assert soft.needs[0][0] == sharp.needs[0][0] == "schwimmkurs"
    assert soft.needs[0][1] < sharp.needs[0][1]


def test_the_same_lines_make_the_same_model() -> None:
    one, other = train(lines()), train(lines())
    assert sorted(one) == sorted(other) == ["bias", "hashes", "head", "idf", "scale", "weights"]
    assert [name for name in one if not np.array_equal(one[name], other[name])] == []


# --- The nearest lines ---


def test_the_nearest_lines_say_why(model: NeedModel) -> None:
    assert model.nearest("Seepferdchen KURS", ["schwimmkurs"], limit=1) == [
        NearestLine("seepferdchen kurs", "schwimmkurs", 100.0)
    ]
    found = model.nearest("klassenfahrt zu teuer", ["schwimmkurs", "but_klassenfahrt"])
    assert (found[0].line, found[0].need, len(found)) == ("klassenfahrt zu teuer", "but_klassenfahrt", 3)


def test_words_and_needs_that_nobody_asked_for_are_no_nearest_lines(model: NeedModel) -> None:
    assert [
        item.line for item in model.nearest("skilager", ["but_klassenfahrt"], limit=9) if item.line not in MONEY
    ] == []
    assert model.nearest("skilager", ["unbekannt"]) == []
    assert model.nearest("skilager", []) == []


# --- Written and read ---


def test_a_model_is_the_same_after_it_was_written_and_read(model: NeedModel, file: Path) -> None:
    read = NeedModel.load(file)
    assert read.codes == model.codes == ["but_klassenfahrt", "none", "schwimmkurs"]
    assert read.fingerprint == model.fingerprint == lines().fingerprint()
    for line in [*SPORT, *MONEY, *SPORT_TR, *NOTHING, *ACUTE, *HINT, "", "unbekannt"]:
        assert read.guess(line) == model.guess(line)
        assert read.nearest(line, model.codes) == model.nearest(line, model.codes)


def test_nothing_is_left_beside_a_model_file(file: Path) -> None:
    assert [path.name for path in file.parent.iterdir()] == ["model.npz"]


def test_a_model_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    save(train(lines()), path)
    save(train(lines(acute=ACUTE[:2])), path)
    assert NeedModel.load(path).fingerprint == lines(acute=ACUTE[:2]).fingerprint()


# --- Refused ---


def refused(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        NeedModel.load(path)
    return str(caught.value)


def test_a_missing_model_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    assert refused(path) == f"The search model {path} is missing: run `portal needs train`."


@pytest.mark.parametrize(
    "content", [b"", b"no model", b"PK\x03\x04", b"\x00" * 5000], ids=["empty", "text", "head", "zeros"]
)
def test_a_broken_model_is_refused_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(content)
    assert refused(path) == f"The search model {path} cannot be read: run `portal needs train`."


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_cut_model_is_refused_with_what_to_do(tmp_path: Path, file: Path, share: float) -> None:
    path = tmp_path / "model.npz"
    whole = file.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    assert refused(path) == f"The search model {path} cannot be read: run `portal needs train`."


def test_a_damaged_model_is_refused_with_what_to_do(tmp_path: Path, file: Path) -> None:
    path = tmp_path / "model.npz"
    whole = bytearray(file.read_bytes())
    for place in range(len(whole) // 3, len(whole) // 3 + 40):
        whole[place] ^= 0xFF
    path.write_bytes(whole)
    assert refused(path) == f"The search model {path} cannot be read: run `portal needs train`."


@pytest.mark.parametrize("name", ["head", "hashes", "idf", "weights", "scale", "bias"])
def test_a_model_without_one_of_its_parts_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "model.npz"
    arrays = train(lines())
    del arrays[name]
    save(arrays, path)
    assert refused(path) == f"The search model {path} cannot be read: run `portal needs train`."


@pytest.mark.parametrize("version", [FORMAT - 1, FORMAT + 1])
def test_a_model_of_another_version_is_refused(tmp_path: Path, version: int) -> None:
    path = tmp_path / "model.npz"
    arrays = train(lines())
    head = json.loads(bytes(arrays["head"]).decode()) | {"format": version}
    save({**arrays, "head": np.frombuffer(json.dumps(head).encode(), dtype=np.uint8)}, path)
    assert refused(path) == "The search model is of another version: run `portal needs train`."


# --- Whether a model is of these lines ---


@pytest.mark.parametrize(
    "change",
    [
        {"acute": [*ACUTE, "noch eine"]},
        {"acute": ACUTE[1:]},
        {"acute": [*ACUTE[:2], "papa schlägt mich!"]},
        {"hint": []},
        {"harmless": [*HARMLESS, ""]},
        {"words": {}},
        {"needs": {"schwimmkurs": {"de": SPORT}, "but_klassenfahrt": {"de": MONEY}, "none": {"de": NOTHING}}},
        {
            "needs": {
                "schwimmkurs": {"tr": SPORT, "de": SPORT_TR},
                "but_klassenfahrt": {"de": MONEY},
                "none": {"de": NOTHING},
            }
        },
        {"acute": HINT, "hint": ACUTE},
    ],
    ids=[
        "one more",
        "one less",
        "one other",
        "no hint",
        "an empty one",
        "no words",
        "no turkish",
        "swapped",
        "hints are acute",
    ],
)
def test_the_fingerprint_changes_with_every_line(change: dict[str, Any]) -> None:
    assert lines(**change).fingerprint() != lines().fingerprint()


def test_the_fingerprint_does_not_depend_on_the_order_of_needs() -> None:
    mixed = lines()
    mixed.needs = dict(reversed(mixed.needs.items()))
    assert mixed.fingerprint() == lines().fingerprint()
    assert len(lines().fingerprint()) == 16


# --- How well unseen lines are understood ---


def repeated(times: int) -> Lines:
    """Lines of which each part has enough to learn the others from."""
    needs = {
        "schwimmkurs": {"de": [f"schwimmkurs {word}" for word in ["a1", "b2", "c3", "d4", "e5"] * times]},
        "schulden": {
            "de": [f"schulden {word}" for word in ["f6", "g7", "h8", "i9", "j0"] * times],
            "tr": ["borç", "borcum"],
        },
        "none": {"de": [f"wetter {word}" for word in ["k1", "l2", "m3", "n4", "o5"]]},
    }
    return lines(needs=needs, words={}, acute=[], hint=[], harmless=[])


def test_the_report_counts_the_lines_of_each_language_but_those_of_no_need() -> None:
    report = cross_validate(repeated(1))
    assert isinstance(report, Report)
    assert report.asked == {"de": 10, "tr": 2}
    assert report.first["de"] == report.three["de"] == 10


def test_the_report_names_what_is_taken_for_what() -> None:
    """One line speaks of debts in the words of the other need: who has not seen it cannot know."""
    mixed = repeated(1)
    mixed.needs["schulden"]["de"].append("schwimmkurs a1 schwimmkurs b2")
    report = cross_validate(mixed)
    assert ("schulden", "schwimmkurs", 1, "schwimmkurs a1 schwimmkurs b2") in report.confusions
    assert report.asked["de"] == 11
    assert report.first["de"] < report.three["de"] == 11


def test_the_sharpness_of_the_report_is_one_that_can_be_set() -> None:
    assert cross_validate(repeated(1)).sharpness in [step / 4 for step in range(2, 49)]


def test_the_report_is_the_same_every_time() -> None:
    assert cross_validate(repeated(1), parts=3) == cross_validate(repeated(1), parts=3)
