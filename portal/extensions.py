"""The extensions, made without an app; create_app() binds them."""

import sqlite3
from typing import Any

import sqlmodel
from flask_htmx import HTMX
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.engine import Engine

db = SQLAlchemy(session_options={"class_": sqlmodel.Session})
htmx = HTMX()


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: object) -> None:
    """WAL lets readers go on while one writes; foreign keys are off in SQLite unless asked for."""
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA busy_timeout=5000")
    # SQLite's own lower() knows ASCII only: "Логопед" and "Ärztin" would not be found in small letters.
    connection.create_function(
        "lower", 1, lambda text: text.lower() if isinstance(text, str) else text, deterministic=True
    )
