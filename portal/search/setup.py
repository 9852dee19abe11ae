"""Makes the parts of the search for an app: understanding, engines, ranking, the indexer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import structlog
from flask import Flask
from sqlalchemy.orm import Session

from portal import paths
from portal.config import Settings
from portal.content.schema import ContentError, read
from portal.content.site import SiteContent
from portal.search.embedded import EmbeddedEngine
from portal.search.indexing import Indexer
from portal.search.meili import MeiliEngine
from portal.search.model import ModelError, NeedModel
from portal.search.ranking import Ranking
from portal.search.service import Engines, Searcher
from portal.search.understanding import Understanding

log = structlog.get_logger()

Synonyms = dict[str, list[str]]


def model_path(data_dir: Path | None) -> Path:
    """A Kommune's own model in DATA_DIR, where it has trained one; else the one that came with the portal."""
    own = data_dir / "model.npz" if data_dir else None
    return own if own and own.exists() else paths.SEARCH / "model.npz"


class LazySearcher:
    """Made when it is first asked for: 1,400 patterns take a second to compile, and a page of offers needs none of them."""

    def __init__(self, make: Callable[[], Searcher]) -> None:
        self._make, self._lock = make, threading.Lock()
        self._searcher: Searcher | None = None

    def get(self) -> Searcher:
        if self._searcher is None:
            with self._lock:
                if self._searcher is None:
                    self._searcher = self._make()
        return self._searcher


def init_app(app: Flask, settings: Settings, site: SiteContent) -> None:
    """Raises ContentError where the data of the search cannot be used."""
    path = model_path(settings.data_dir)
    if not path.exists():
        raise ContentError(f"The search model {path} is missing: run `portal needs train`.")
    synonyms = {each.stem: read(each, Synonyms) for each in sorted((paths.SEARCH / "synonyms").glob("*.yaml"))}
    embedded = EmbeddedEngine(
        settings.data_dir / "search",
        stop_words=read(paths.SEARCH / "stop_words.yaml", dict[str, list[str]]),
        synonyms=synonyms,
    )
    meili = None
    if settings.meili_url:
        meili = MeiliEngine(
            settings.meili_url, settings.meili_key, paths.SEARCH / "meilisearch.yaml", embedded.analyser
        )
    engines = Engines(embedded, meili)
    rules = read(paths.SEARCH / "ranking.yaml", Ranking)
    situations = {situation.id: situation.needs for situation in site.emergency["de"].situations}

    def make() -> Searcher:
        try:
            model = NeedModel.load(path)
        except ModelError as error:
            if path == model_path(None):
                raise ContentError(str(error)) from error
            log.warning("own model not used", reason=str(error))
            model = NeedModel.load(model_path(None))
        return Searcher(Understanding.load(paths.SEARCH, model), engines, rules, situations)

    app.extensions["engines"] = engines
    app.extensions["searcher"] = LazySearcher(make)
    engine = app.extensions["engine"]
    app.extensions["indexer"] = Indexer(
        lambda: Session(engine), embedded, [meili] if meili else [], site.kommune.hide_after_days
    )


def start_working(app: Flask) -> None:
    """In the background of a serving process: make the search ready, then keep the indexes up to date."""

    def work() -> None:
        try:
            app.extensions["searcher"].get()
        except Exception:
            log.exception("the search cannot be made ready")
        app.extensions["indexer"].run(threading.Event())

    threading.Thread(target=work, name="search", daemon=True).start()
