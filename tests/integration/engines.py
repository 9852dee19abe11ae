"""Documents for tests of the search engines, and each engine set up in the same way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from portal import paths
from portal.content.schema import read
from portal.search.embedded import EmbeddedEngine
from portal.search.engine import EVERYWHERE, FAR_DATE, NO_DATE, Document, Engine, Query
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
