"""What both search engines promise of changes: documents are replaced, removed and rebuilt under the eyes of readers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from portal.search.embedded import EmbeddedEngine
from portal.search.engine import Document, EngineError
from portal.search.index_file import fingerprint
from tests.integration.engines import (
    CLOTHES,
    DOCUMENTS,
    SPEECH,
    SWIMMING,
    Setup,
    document,
    offer,
    question,
)


def test_without_an_index_an_engine_says_so(empty: Setup) -> None:
    assert empty.engine.position() is None
    with pytest.raises(EngineError):
        empty.engine.stored()


def test_an_index_knows_its_position_and_every_document(own: Setup) -> None:
    assert own.engine.position() == 1
    assert own.engine.stored() == {each.key: fingerprint(each) for each in DOCUMENTS}


def test_a_fingerprint_changes_with_every_field() -> None:
    one = document(1, "de", "Titel")
    other: dict[str, Any] = {str: "anders", int: 17, list: ["anders"]}
    for field in msgspec.structs.fields(Document):
        value = other[type(getattr(one, field.name))]
        assert fingerprint(msgspec.structs.replace(one, **{field.name: value})) != fingerprint(one), field.name


def test_an_update_replaces_all_documents_of_an_offer(own: Setup) -> None:
    changed = document(SPEECH, "de", "Zungenbrecher üben", needs=["sprachfoerderung"])
    own.update([SPEECH], [changed], 2)
    assert own.found("zungenbrecher") == [SPEECH]
    assert own.found("logopädie") == []
    assert own.found("логопед", "uk") == [], "the languages that are gone are gone"
    assert own.engine.position() == 2
    assert {key for key in own.engine.stored() if key.startswith(f"{SPEECH}-")} == {f"{SPEECH}-de"}


def test_an_update_without_documents_removes_an_offer(own: Setup) -> None:
    own.update([CLOTHES], [], 5)
    assert own.found("kleiderkammer") == []
    assert own.engine.position() == 5
    assert f"{CLOTHES}-de" not in own.engine.stored()


def test_an_update_of_nothing_only_moves_the_position(own: Setup) -> None:
    before = own.engine.stored()
    own.update([], [], 9)
    assert (own.engine.position(), own.engine.stored()) == (9, before)


def test_an_update_told_twice_changes_nothing(own: Setup) -> None:
    added = offer(20, {"de": "Nachtwanderung", "tr": "Gece yürüyüşü"})
    own.update([20], added, 2)
    once = own.engine.stored()
    own.update([20], added, 2)
    assert own.engine.stored() == once
    assert own.found("nachtwanderung") == [20]


def test_a_new_word_can_be_found_and_misspelt_at_once(own: Setup) -> None:
    own.update([21], offer(21, {"de": "Trommelworkshop"}), 2)
    assert own.found("trommelworkshop") == [21]
    assert own.found("tromelworkshop") == [21]


def test_a_rebuild_leaves_nothing_of_before(own: Setup) -> None:
    own.rebuild(offer(30, {"de": "Waldgruppe"}), 12)
    assert own.found("waldgruppe") == [30]
    assert own.found("schwimmkurs") == []
    assert (own.engine.position(), list(own.engine.stored())) == (12, ["30-de"])


def test_a_rebuild_of_nothing_is_an_empty_index(own: Setup) -> None:
    own.rebuild([], 3)
    assert (own.engine.position(), own.engine.stored(), own.found("schwimmkurs")) == (3, {}, [])


@pytest.fixture
def reading(own: Setup) -> Iterator[list[object]]:
    """Two readers that ask again and again; what they got, errors included."""
    answers: list[object] = []
    stop = threading.Event()

    def read_on() -> None:
        while not stop.is_set():
            try:
                answers.append(tuple(own.found("schwimmkurs")))
            except Exception as error:
                answers.append(repr(error))

    readers = [threading.Thread(target=read_on) for _ in range(2)]
    for reader in readers:
        reader.start()
    yield answers
    stop.set()
    for reader in readers:
        reader.join()


def test_whoever_reads_notices_nothing_of_a_rebuild(own: Setup, reading: list[object]) -> None:
    for position in range(2, 8):
        own.rebuild(DOCUMENTS, position)
    assert len(reading) > 5
    assert set(reading) == {(SWIMMING,)}


def test_a_rebuild_between_two_steps_of_a_reader_is_not_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The embedded engine looks up the name of the index, and then opens it: by then it may be gone."""
    reader, writer = EmbeddedEngine(tmp_path), EmbeddedEngine(tmp_path)
    writer.rebuild([DOCUMENTS], 1)
    look_up = reader._current

    def look_up_just_before_a_rebuild() -> str | None:
        name = look_up()
        monkeypatch.undo()
        writer.rebuild([DOCUMENTS], 2)
        return name

    monkeypatch.setattr(reader, "_current", look_up_just_before_a_rebuild)
    assert [hit.offer_id for hit in reader.search(question("schwimmkurs"))] == [SWIMMING]


def test_whoever_reads_goes_on_during_updates(own: Setup, reading: list[object]) -> None:
    for position in range(2, 8):
        own.update([CLOTHES], offer(CLOTHES, {"de": f"Kleiderkammer {position}"}), position)
    assert len(reading) > 5
    assert set(reading) == {(SWIMMING,)}
