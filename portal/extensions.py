"""The extensions, made without an app; create_app() binds them."""

import sqlite3
from typing import Any

from flask import Flask, current_app, g
from flask_htmx import HTMX
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine
from sqlmodel import Session

THREADS = 16
"""Of each worker; as many connections to the database may be open."""


class Database:
    """One engine an app, one session an application context.

    Flask-SQLAlchemy-Lite does the same, and starts a thread at the end of every request to close asynchronous
    sessions that nobody has: 0.5 ms of a page (docs/adr/0002).
    """

    def init_app(self, app: Flask, url: str, **options: Any) -> None:
        app.extensions["engine"] = create_engine(url, **options)

        @app.teardown_appcontext
        def close_session(_error: BaseException | None) -> None:
            if (session := g.pop("session", None)) is not None:
                session.close()

    @property
    def engine(self) -> Engine:
        engine: Engine = current_app.extensions["engine"]
        return engine

    @property
    def session(self) -> Session:
        """The session of this context; what is not committed is rolled back at its end."""
        if "session" not in g:
            g.session = Session(self.engine)
        session: Session = g.session
        return session


db = Database()
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
