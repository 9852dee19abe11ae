"""Makes the parts of the search for an app: understanding, engines, ranking, the indexer."""

from __future__ import annotations

import threading
from pathlib import Path

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
from portal.search.service import Engines, Searcher
from portal.search.understanding import Understanding

Synonyms = dict[str, list[str]]


def model_path(data_dir: Path | None) -> Path:
    """A Kommune's own model in DATA_DIR, where it has trained one; else the one that came with the portal."""
    own = data_dir / "model.npz" if data_dir else None
    return own if own and own.exists() else paths.SEARCH / "model.npz"


def init_app(app: Flask, settings: Settings, site: SiteContent) -> None:
    """Raises ContentError where the data of the search cannot be used."""
    try:
        model = NeedModel.load(model_path(settings.data_dir))
    except ModelError as error:
        raise ContentError(str(error)) from error
    synonyms = {path.stem: read(path, Synonyms) for path in sorted((paths.SEARCH / "synonyms").glob("*.yaml"))}
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
    situations = {situation.id: situation.needs for situation in site.emergency["de"].situations}
    app.extensions["searcher"] = Searcher(
        Understanding.load(paths.SEARCH, model),
        Engines(embedded, meili),
        Searcher.rules_from(paths.SEARCH),
        situations,
    )
    engine = app.extensions["engine"]
    app.extensions["indexer"] = Indexer(lambda: Session(engine), embedded, [meili] if meili else [])


def start_indexing(app: Flask) -> None:
    """A thread that brings the indexes up to date for as long as this process lives."""
    indexer: Indexer = app.extensions["indexer"]
    threading.Thread(target=indexer.run, args=(threading.Event(),), name="indexer", daemon=True).start()
