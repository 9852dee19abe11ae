"""What every engine of the search promises, asked of both: documents in, the fitting offers out, whatever is typed."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from portal import paths
from portal.content.schema import read
from portal.search.embedded import EmbeddedEngine, fingerprint
from portal.search.engine import EVERYWHERE, FAR_DATE, NO_DATE, Document, Engine, EngineError, Query
from portal.search.meili import MeiliEngine
from tests.conftest import TODAY

SWIMMING, SPEECH, CLOTHES, TRIP, BABIES = 1, 2, 3, 4, 5
MAX_AGE = 324


def document(offer_id: int, lang: str, title: str, **changes: Any) -> Document:
    fields: dict[str, Any] = {
        "summary": "Familienangebot",
        "description": "",
        "organization": "",
        "place": "",
        "need_words": "",
        "needs": [],
        "life_situations": [],
        "life_phases": [],
        "districts": [],
        "barriers": [],
        "languages": [],
        "min_age": 0,
        "max_age": MAX_AGE,
        "valid_from": NO_DATE,
        "valid_to": FAR_DATE,
        "freshness": NO_DATE,
    }
    return Document(offer_id=offer_id, lang=lang, title=title, **{**fields, **changes})


def offer(offer_id: int, titles: dict[str, str], **changes: Any) -> list[Document]:
    return [document(offer_id, lang, title, **changes) for lang, title in titles.items()]


DOCUMENTS = [
    *offer(
        SWIMMING,
        {
            "de": "Schwimmkurs für Kinder",
            "en": "Swimming lessons for children",
            "tr": "Çocuklar için yüzme kursu",
            "ar": "دورة سباحة للأطفال",
            "uk": "Курс плавання для дітей",
            "ru": "Курс плавания для детей",
        },
        needs=["schwimmkurs", "sportverein"],
        life_situations=["freizeit"],
        life_phases=["grundschule"],
        districts=["nordstadt", "kreis"],
        barriers=["kostenlos", "stufenlos"],
        languages=["de", "tr"],
        min_age=60,
        max_age=120,
        organization="Seepferdchen Verein",
    ),
    *offer(
        SPEECH,
        {
            "de": "Logopädie-Sprechstunde",
            "en": "Speech therapy",
            "tr": "Konuşma terapisi",
            "ar": "علاج النطق",
            "uk": "Логопед",
            "ru": "Логопедическая консультация",
        },
        needs=["sprachfoerderung"],
        life_situations=["gesundheit"],
        life_phases=["kita"],
        districts=["ostend", "kreis"],
        barriers=["stufenlos"],
        languages=["de", "ru"],
        min_age=24,
        max_age=72,
    ),
    *offer(
        CLOTHES,
        {"de": "Kleiderkammer"},
        needs=["tafel_kleidung"],
        districts=[EVERYWHERE],
        barriers=["kostenlos", "ohne-anmeldung"],
        description="Auch ein Schwimmanzug und eine Badehose sind oft da.",
    ),
    *offer(
        TRIP,
        {"de": "Zuschuss für die Klassenfahrt", "en": "Money for the class trip"},
        needs=["but_klassenfahrt"],
        valid_from=date(2026, 11, 1).toordinal(),
        valid_to=date(2026, 11, 30).toordinal(),
    ),
    *offer(BABIES, {"de": "Babymassage"}, min_age=0, max_age=11, languages=["ar"]),
]


class Setup:
    """An engine, and the embedded one that reads the questions for it."""

    def __init__(self, engine: Engine, embedded: EmbeddedEngine) -> None:
        self.engine = engine
        self._all = [embedded] if engine is embedded else [embedded, engine]

    def rebuild(self, documents: Sequence[Document], position: int = 1) -> None:
        for engine in self._all:
            engine.rebuild(iter([documents[:3], documents[3:]]), position)

    def update(self, offer_ids: Sequence[int], documents: Sequence[Document], position: int) -> None:
        for engine in self._all:
            engine.update(offer_ids, documents, position)

    def found(self, text: str, lang: str = "de", **changes: Any) -> list[int]:
        return [hit.offer_id for hit in self.engine.search(question(text, lang, **changes))]


def question(text: str, lang: str = "de", **changes: Any) -> Query:
    return Query(**{"text": text, "lang": lang, "today": TODAY, **changes})


def make(kind: str, request: pytest.FixtureRequest, folder: Path) -> Setup:
    embedded = EmbeddedEngine(folder, stop_words=read(paths.SEARCH / "stop_words.yaml", dict[str, list[str]]))
    if kind == "embedded":
        return Setup(embedded, embedded)
    server = request.getfixturevalue("meili_server")
    settings = paths.SEARCH / "meilisearch.yaml"
    # On a machine that is busy with other tests the server may take longer than a family would wait.
    name = f"offers_{uuid4().hex}"
    return Setup(MeiliEngine(server.url, server.key, settings, embedded.analyser, index=name, deadline=20), embedded)


@pytest.fixture(
    scope="module", params=["embedded", pytest.param("meilisearch", marks=pytest.mark.xdist_group("meilisearch"))]
)
def kind(request: pytest.FixtureRequest) -> str:
    """Every test that needs an engine is run with each."""
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def filled(kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Setup:
    """An engine that knows DOCUMENTS, for reading only."""
    setup = make(kind, request, tmp_path_factory.mktemp("search"))
    setup.rebuild(DOCUMENTS)
    return setup


@pytest.fixture
def empty(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Setup:
    """An engine without an index."""
    return make(kind, request, tmp_path / "search")


@pytest.fixture
def own(empty: Setup) -> Setup:
    """An engine that knows DOCUMENTS, to be changed."""
    empty.rebuild(DOCUMENTS)
    return empty


# --- words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "text", "first"),
    [
        ("de", "schwimmkurs", SWIMMING),
        ("de", "SCHWIMMKURS", SWIMMING),
        ("en", "swimming", SWIMMING),
        ("tr", "yüzme", SWIMMING),
        ("tr", "YUZME KURSU", SWIMMING),
        ("ar", "سباحه", SWIMMING),
        ("uk", "плавання", SWIMMING),
        ("ru", "плавание", SWIMMING),
        ("de", "logopadie", SPEECH),
        ("en", "speech", SPEECH),
        ("tr", "konuşma", SPEECH),
        ("ar", "النطق", SPEECH),
        ("uk", "логопед", SPEECH),
        ("de", "seepferdchen", SWIMMING),
        ("de", "badehose", CLOTHES),
        ("de", "wir brauchen einen zuschuss", TRIP),
    ],
)
def test_words_of_an_offer_find_it_in_every_language(filled: Setup, lang: str, text: str, first: int) -> None:
    assert filled.found(text, lang) == [first]


@pytest.mark.parametrize(
    ("lang", "text", "first"),
    [
        ("de", "schwimkurs", SWIMMING),
        ("de", "kleiderkamer", CLOTHES),
        ("de", "babymasage", BABIES),
        ("en", "swiming", SWIMMING),
        ("uk", "логопд", SPEECH),
    ],
)
def test_a_slip_of_the_finger_is_forgiven(filled: Setup, lang: str, text: str, first: int) -> None:
    assert filled.found(text, lang)[:1] == [first]


def test_one_of_several_words_is_enough(filled: Setup) -> None:
    assert set(filled.found("schwimmkurs logopädie kleiderkammer")) == {SWIMMING, SPEECH, CLOTHES}
    assert filled.found("meine oma sucht dringend eine kleiderkammer für den opa") == [CLOTHES]
    assert set(filled.found("конвалія логопед плавання", "uk")) == {SPEECH, SWIMMING}


def test_who_has_more_of_the_words_stands_first(empty: Setup) -> None:
    titles = {1: "Kita Sonnenschein", 2: "Kita Mondlicht", 3: "Musik in der Kita Mondlicht"}
    empty.rebuild([each for offer_id, title in titles.items() for each in offer(offer_id, {"de": title})])
    assert empty.found("musik kita mondlicht") == [3, 2, 1]


def test_a_compound_that_no_offer_has_is_found_by_its_parts(filled: Setup) -> None:
    assert filled.found("kinderschwimmkurs") == [SWIMMING]


def test_while_somebody_types_the_beginning_of_a_word_is_enough(filled: Setup) -> None:
    assert filled.found("kleiderk", typing=True) == [CLOTHES]
    assert filled.found("logop", typing=True) == [SPEECH]


@pytest.mark.parametrize("lang", ["en", "tr", "ar", "uk", "ru"])
def test_german_office_words_are_found_from_every_language(filled: Setup, lang: str) -> None:
    assert filled.found("kleiderkammer", lang) == [CLOTHES]


def test_a_german_question_does_not_look_into_other_languages(filled: Setup) -> None:
    assert filled.found("yüzme") == []
    assert filled.found("speech") == []


def test_an_offer_found_in_two_languages_is_there_once(empty: Setup) -> None:
    empty.rebuild(offer(7, {"de": "Kita Sonnenschein", "tr": "Kita Sonnenschein"}))
    assert empty.found("kita sonnenschein", "tr") == [7]


def test_the_title_counts_more_than_the_description(empty: Setup) -> None:
    in_description = offer(8, {"de": "Etwas anderes"}, description="Hier gibt es auch eine Theatergruppe.")
    empty.rebuild([*in_description, *offer(9, {"de": "Theatergruppe"})])
    hits = empty.engine.search(question("theatergruppe"))
    assert [hit.offer_id for hit in hits] == [9, 8]
    assert 0 < hits[1].score < hits[0].score <= 1


# --- filters ------------------------------------------------------------------------------------------------------

EVERYTHING = "familienangebot"
"""A word of every document."""


@pytest.mark.parametrize(
    ("choice", "left"),
    [
        ({}, {SWIMMING, SPEECH, CLOTHES, TRIP, BABIES}),
        ({"spans": ((0, 5),)}, {CLOTHES, TRIP, BABIES}),
        ({"spans": ((48, 59),)}, {SPEECH, CLOTHES, TRIP}),
        ({"spans": ((60, 71),)}, {SWIMMING, SPEECH, CLOTHES, TRIP}),
        ({"spans": ((6, 11), (108, 119))}, {SWIMMING, CLOTHES, TRIP, BABIES}),
        ({"spans": ((252, 263),)}, {CLOTHES, TRIP}),
        ({"needs": ("sportverein",)}, {SWIMMING}),
        ({"needs": ("sprachfoerderung", "tafel_kleidung")}, {SPEECH, CLOTHES}),
        ({"needs": ("gibt_es_nicht",)}, set()),
        ({"life_situations": ("gesundheit",)}, {SPEECH}),
        ({"life_situations": ("gesundheit", "freizeit")}, {SWIMMING, SPEECH}),
        ({"life_phase": "grundschule"}, {SWIMMING}),
        ({"district": "nordstadt"}, {SWIMMING, CLOTHES}),
        ({"district": "ostend"}, {SPEECH, CLOTHES}),
        ({"district": "kreis"}, {SWIMMING, SPEECH, CLOTHES}),
        ({"barriers": ("kostenlos",)}, {SWIMMING, CLOTHES}),
        ({"barriers": ("kostenlos", "stufenlos")}, {SWIMMING}),
        ({"languages": ("ru",)}, {SPEECH}),
        ({"languages": ("ru", "ar")}, {SPEECH, BABIES}),
        ({"district": "nordstadt", "barriers": ("kostenlos",), "spans": ((12, 17),)}, {CLOTHES}),
        ({"today": date(2026, 10, 31)}, {SWIMMING, SPEECH, CLOTHES, BABIES}),
        ({"today": date(2026, 11, 1)}, {SWIMMING, SPEECH, CLOTHES, TRIP, BABIES}),
        ({"today": date(2026, 11, 30)}, {SWIMMING, SPEECH, CLOTHES, TRIP, BABIES}),
        ({"today": date(2026, 12, 1)}, {SWIMMING, SPEECH, CLOTHES, BABIES}),
    ],
    ids=str,
)
def test_every_filter_leaves_what_fits(filled: Setup, choice: dict[str, Any], left: set[int]) -> None:
    assert set(filled.found(EVERYTHING, **choice)) == left


def test_no_more_offers_than_asked_for_and_each_once(empty: Setup) -> None:
    titles = {"de": "Krabbelgruppe", "en": "Krabbelgruppe"}
    empty.rebuild([each for offer_id in range(1, 41) for each in offer(offer_id, titles)])
    assert len(set(empty.found("krabbelgruppe", limit=7))) == 7
    assert len(empty.found("krabbelgruppe", "en", limit=7)) == 7
    assert sorted(empty.found("krabbelgruppe", "en", limit=100)) == list(range(1, 41))


def test_offers_out_of_date_take_no_place_from_the_others(empty: Setup) -> None:
    """The best by words may be over: what is on must still be among the first."""
    past = {"valid_to": date(2026, 1, 1).toordinal()}
    over = [each for offer_id in range(1, 11) for each in offer(offer_id, {"de": "Flohmarkt"}, **past)]
    empty.rebuild([*over, *offer(50, {"de": "Flohmarkt für Kindersachen im Gemeindehaus"})])
    assert empty.found("flohmarkt", limit=5) == [50]


# --- whatever is typed --------------------------------------------------------------------------------------------

HOSTILE = [
    '"',
    '""""',
    "*",
    "schwimmkurs*",
    '"schwimmkurs',
    "NEAR(schwimmkurs kinder, 2)",
    "schwimmkurs NOT kinder",
    "schwimmkurs AND",
    "title : schwimmkurs",
    "{title tags} : x",
    "tags : a",
    "^schwimmkurs",
    "-schwimmkurs",
    "schwimmkurs + kinder",
    "d:* OR n:x",
    "'; DROP TABLE document; --",
    '" OR 1=1 --',
    "%_\\",
    "lang = de OR 1 = 1",
    "x" * 10_000,
    "schwimmkurs " * 1_000,
    "😀😀😀 schwimmkurs 🏊",
    "schwimmkurs плавание سباحة yüzme",
    "\u202eschwimmkurs\u202c",
    "\u200fسباحة\u200e",
    "schwimm\x00kurs",
    "\x00",
    "\ud800",
    "１２３ schwimmkurs",
]


@pytest.mark.parametrize("lang", ["de", "ar"])
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:24]))
def test_whatever_is_typed_gets_an_ordinary_answer(filled: Setup, text: str, lang: str) -> None:
    for typing in (False, True):
        hits = filled.engine.search(question(text, lang, typing=typing))
        assert {hit.offer_id for hit in hits} <= {SWIMMING, SPEECH, CLOTHES, TRIP, BABIES}
        assert all(0 <= hit.score <= 1 for hit in hits)
    assert filled.found("schwimmkurs") == [SWIMMING], "and nothing was broken by it"


@pytest.mark.parametrize("text", ["", "   ", "?!", "…", "der die das und", "12", "x", "\u200f"], ids=ascii)
def test_a_question_without_a_word_finds_nothing(filled: Setup, text: str) -> None:
    assert filled.found(text) == []
    assert filled.found(text, "ar") == []


# --- changes ------------------------------------------------------------------------------------------------------


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
