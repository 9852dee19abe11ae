"""The demo Kommune in SQLite and in PostgreSQL: import `either_app` into a module of tests to run them on each."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, make_url, text

from portal import create_app, database
from portal.config import Settings
from portal.content.load import load_demo, load_needs
from portal.extensions import db
from tests.conftest import TODAY, make_settings, share_understanding


@pytest.fixture(
    scope="module",
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)],
)
def either_app(
    request: pytest.FixtureRequest, app: Flask, demo_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """One for all tests of a module: what a test writes it rolls back, or nobody else minds."""
    folder = tmp_path_factory.mktemp("either") / "data"
    if request.param == "sqlite":
        shutil.copytree(demo_folder, folder, symlinks=True)
        settings = make_settings(folder)
    else:
        settings = make_settings(folder, database_url=_new_database(request.getfixturevalue("postgres_url")))
    own = create_app(settings)
    own.config.update(TESTING=True, TODAY=TODAY)
    share_understanding(app, own)
    if request.param == "postgresql":
        with own.app_context():
            _fill(own.extensions["settings"], own.extensions["site"].kommune.languages)
    yield own
    own.extensions["engine"].dispose()


def _new_database(url: str) -> str:
    """A database beside the one that other tests empty."""
    name = f"either_{id(object()):x}"
    # The driver of the settings, as create_app() takes it.
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def _fill(settings: Settings, languages: list[str]) -> None:
    database.upgrade(db.engine)
    load_needs(db.session, settings.content_dir / "needs")
    load_demo(db.session, settings.content_dir / "demo", languages)
    db.session.commit()
