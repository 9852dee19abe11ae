"""An indexer that is killed, or not alone, and its commands: in the end the index is what the database is."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import create_engine, delete, select
from sqlalchemy.orm import Session

from portal import models
from portal.cli import main
from portal.extensions import db
from portal.search.documents import published_ids
from portal.search.embedded import EmbeddedEngine
from portal.search.engine import Query
from portal.search.gaps import count_gap
from portal.search.indexing import Check, Indexer, current_version
from tests.conftest import ROOT, TODAY

CHILD = """
import sys
from pathlib import Path

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from portal import database, extensions, models
from portal.search.documents import published_ids
from portal.search.embedded import EmbeddedEngine
from portal.search.indexing import Indexer, current_version

folder, last = Path(sys.argv[1]), int(sys.argv[2])
database.watch_changes()
engine = create_engine(f"sqlite:///{folder / 'familienlotse.sqlite3'}")
indexer = Indexer(lambda: Session(engine), EmbeddedEngine(folder / "search"))
print("ready", flush=True)
with Session(engine) as session:
    texts = session.execute(select(models.OfferText).where(models.OfferText.lang == "de")).scalars().all()
    while (version := current_version(session)) < last:
        for number in range(20):
            texts[(version * 20 + number) % len(texts)].title = f"Wortschatz{version}"
        session.commit()
        if version % 4 == 0:
            indexer.deliver_all(wait=True)
        if version % 40 == 0:
            indexer.reindex()
"""


def data(app: Flask) -> Path:
    folder: Path = app.extensions["settings"].data_dir
    return folder


def test_whenever_the_indexer_is_killed_the_index_becomes_right(own_app: Flask) -> None:
    """1,200 changes, twenty in a transaction."""
    moments = random.Random(8).choices(range(1, 900), k=8)
    indexer: Indexer = own_app.extensions["indexer"]
    with Session(own_app.extensions["engine"]) as session:
        last = current_version(session) + 60
    killed = 0
    while True:
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(data(own_app)), str(last)], cwd=ROOT, stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        if moments:
            try:
                child.wait(moments.pop() / 1000)
            except subprocess.TimeoutExpired:
                child.kill()
                killed += 1
        child.wait()
        child.stdout.close()
        # Half-done work must not hinder anybody who reads meanwhile.
        assert indexer.embedded.search(Query(text="frauenhaus", lang="tr", today=TODAY)) is not None
        if child.returncode == 0:
            break
    assert killed >= 4
    indexer.deliver_all(wait=True)
    with Session(own_app.extensions["engine"]) as session:
        assert indexer.embedded.position() == current_version(session) == last
    assert indexer.check(indexer.embedded, mend=False) == Check()
    left = {path.name.split("-")[0] for path in indexer.embedded.folder.iterdir()}
    assert left == {"embedded.lock", "current", "index"}
    indexer.reindex()
    generations = {path.name.split(".")[0] for path in indexer.embedded.folder.glob("index-*")}
    assert len(generations) == 1, "nothing is left of what was interrupted"


# --- several at once ----------------------------------------------------------------------------------------------


@pytest.fixture
def second(own_app: Flask) -> Iterator[Indexer]:
    """What another process would have."""
    engine = create_engine(own_app.extensions["settings"].sqlalchemy_url)
    yield Indexer(lambda: Session(engine), EmbeddedEngine(data(own_app) / "search"))
    engine.dispose()


def change(app: Flask, words: str) -> None:
    with Session(app.extensions["engine"]) as session:
        text = session.execute(select(models.OfferText).where(models.OfferText.lang == "de").limit(1)).scalar_one()
        text.title = words
        session.commit()


def test_only_one_delivers_at_a_time(own_app: Flask, second: Indexer) -> None:
    change(own_app, "Quastenflosser")
    indexer: Indexer = own_app.extensions["indexer"]
    with second.embedded.lock() as mine:
        assert mine is True
        assert indexer.deliver_all() == 0
        with indexer.embedded.lock() as also_mine:
            assert also_mine is False
    assert indexer.deliver_all() == 1
    assert second.deliver_all() == 0, "it was told already"


def test_who_waits_goes_on_when_the_other_is_done(own_app: Flask, second: Indexer) -> None:
    change(own_app, "Quastenflosser")
    indexer: Indexer = own_app.extensions["indexer"]
    told: list[int] = []
    waiting = threading.Thread(target=lambda: told.append(indexer.deliver_all(wait=True)))
    with second.embedded.lock():
        waiting.start()
        time.sleep(0.2)
        assert told == []
    waiting.join(20)
    assert told == [1]


def test_two_indexers_at_once_leave_one_right_index(own_app: Flask, second: Indexer) -> None:
    indexer: Indexer = own_app.extensions["indexer"]
    stop = threading.Event()
    runners = [threading.Thread(target=each.run, args=(stop,)) for each in (indexer, second)]
    for runner in runners:
        runner.start()
    for number in range(20):
        change(own_app, f"Quastenflosser {number}")
    change(own_app, "Qwolmfratz")
    deadline = time.monotonic() + 30
    query = Query(text="qwolmfratz", lang="de", today=TODAY)
    while not indexer.embedded.search(query) and time.monotonic() < deadline:
        time.sleep(0.05)
    stop.set()
    for runner in runners:
        runner.join(20)
    assert len(second.embedded.search(query)) == 1, "and within seconds"
    assert indexer.check(indexer.embedded, mend=False) == Check()


def test_what_goes_wrong_does_not_end_the_indexer(
    own_app: Flask, monkeypatch: pytest.MonkeyPatch, second: Indexer
) -> None:
    stop, calls = threading.Event(), []

    def fails(_engine: object) -> int:
        calls.append(1)
        if len(calls) == 3:
            stop.set()
        raise RuntimeError("anything")

    monkeypatch.setattr(second, "deliver_to", fails)
    monkeypatch.setattr(stop, "wait", lambda _seconds: None)
    second.run(stop)
    assert len(calls) == 3


# --- commands -----------------------------------------------------------------------------------------------------

Run = Callable[..., Result]


@pytest.fixture
def run(own_app: Flask) -> Iterator[Run]:
    """`portal …` on the data of own_app."""
    before = structlog.get_config()
    settings = {"DATA_DIR": str(data(own_app)), "SECRET_KEY": "x" * 40, "LOG_LEVEL": "error"}
    yield lambda *words, **env: CliRunner().invoke(main, words, env={**settings, **env})
    structlog.configure(**before)


def spoil(app: Flask) -> None:
    """Make one document of the index superfluous: deleted behind the back of the outbox."""
    with Session(app.extensions["engine"]) as session:
        number = session.execute(select(models.Offer.id).where(models.Offer.slug == "buecherbus")).scalar_one()
        session.execute(
            delete(models.OfferText).where(models.OfferText.offer_id == number, models.OfferText.lang == "tr")
        )
        session.commit()


def test_portal_reindex_builds_the_index_anew(own_app: Flask, run: Run) -> None:
    before = (data(own_app) / "search" / "current").readlink()
    spoil(own_app)
    result = run("reindex")
    with Session(own_app.extensions["engine"]) as session:
        offers = len(published_ids(session))
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, f"embedded: {offers} offers.")
    assert (data(own_app) / "search" / "current").readlink() != before
    indexer: Indexer = own_app.extensions["indexer"]
    assert indexer.check(indexer.embedded, mend=False) == Check()


def test_portal_search_check_says_what_differs_and_mends_it(own_app: Flask, run: Run) -> None:
    clean = "embedded: 0 missing, 0 superfluous, 0 different."
    assert (run("search", "check").exit_code, run("search", "check").stdout.strip()) == (0, clean)
    spoil(own_app)
    result = run("search", "check", "--no-mend")
    assert (result.exit_code, result.stdout.strip()) == (1, "embedded: 0 missing, 1 superfluous, 0 different.")
    result = run("search", "check")
    assert (result.exit_code, result.stdout.strip()) == (0, "embedded: 0 missing, 1 superfluous, 0 different (mended).")
    assert run("search", "check", "--no-mend").stdout.strip() == clean


def test_portal_search_check_without_an_index_is_one_sentence(own_app: Flask, run: Run) -> None:
    (data(own_app) / "search" / "current").unlink()
    result = run("search", "check")
    assert (result.exit_code, result.output.strip()) == (1, "Error: embedded: there is no index yet")


@pytest.mark.parametrize("command", [("reindex",), ("search", "check"), ("search", "gaps")], ids=" ".join)
def test_commands_on_an_empty_database_end_in_one_sentence(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    result = run(*command, DATA_DIR=str(tmp_path / "new"))
    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert result.output.strip().splitlines()[-1].startswith("Error: ")


def test_portal_reindex_names_an_engine_that_fails(own_app: Flask, run: Run) -> None:
    result = run("reindex", MEILI_URL="http://127.0.0.1:1")
    assert result.exit_code == 1
    assert result.output.strip().splitlines()[-1].startswith("Error: The search engine failed: ")


def test_portal_search_gaps_shows_what_was_looked_for_in_vain(own_app: Flask, run: Run) -> None:
    def count(times: int, **key: Any) -> None:
        with own_app.app_context():
            for _ in range(times):
                count_gap(db.session, **{"age_group": "", "life_situation": "", "need_code": "", "district": "", **key})
            db.session.commit()

    with Session(own_app.extensions["engine"]) as session:
        session.execute(delete(models.SearchGap))
        session.commit()
    head = "times\tage\tlife situation\tneed\tdistrict"
    assert run("search", "gaps").stdout.splitlines() == [head, "Nothing was looked for in vain 5 times or more."]
    count(4, today=date(2026, 11, 3), need_code="schwimmkurs")
    count(3, today=date(2026, 10, 3), age_group="kita", district="ostend")
    count(4, today=date(2026, 11, 3), age_group="kita", district="ostend")
    assert run("search", "gaps").stdout.splitlines() == [head, "7\tkita\t-\t-\tostend"]


def test_portal_needs_test_says_what_is_understood(run: Run) -> None:
    result = run("needs", "test", "schwimmkurs für meine 6 jahre alte tochter, kostenlos")
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert lines[0].split("  ")[-1] == "schwimmkurs"
    assert [line for line in lines if line.startswith(("Crisis: no", "Age: ", "Wishes: "))][1:] == [
        "Age: 72–83 months",
        "Wishes: kostenlos",
    ]
    assert lines[-1].strip().split()[1] == "schwimmkurs:", "the nearest lines"
    assert "Crisis: acute" in run("needs", "test", "kocam beni dövüyor", "--lang", "tr").stdout
