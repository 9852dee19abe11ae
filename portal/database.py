"""Bringing the schema up to date, and telling all workers that public content has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, event, text, update
from sqlalchemy.orm import Session

from portal import models, paths

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATION_LOCK = 4_711_2026
"""Any fixed number: the PostgreSQL advisory lock that keeps two starting portals from migrating at once."""

_CATALOGUE_TABLES = {
    getattr(models, name).__tablename__ for name in models.__all__ if name[0].isupper() and name != "MAX_AGE_MONTHS"
}


# Alembic is imported where it is used: a worker that only serves starts a quarter of a second sooner without it.


def alembic_config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(paths.MIGRATIONS))
    return config


def current_revision(engine: Engine) -> str | None:
    """The revision the database is at; None where it has never been migrated."""
    from alembic.runtime.migration import MigrationContext

    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: Engine) -> bool:
    """Migrate to the newest revision. Returns whether there was anything to do."""
    from alembic import command
    from alembic.script import ScriptDirectory

    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if current_revision(engine) == head:
        return False
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _MIGRATION_LOCK})
            connection.commit()
        config = alembic_config()
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
            connection.commit()
        finally:
            if connection.dialect.name == "postgresql":
                connection.rollback()
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _MIGRATION_LOCK})
                connection.commit()
    return True


def mark_catalogue_changed(session: Session) -> None:
    """Count a change of public content, in the transaction of the change itself."""
    session.connection().execute(update(models.CatalogueState).values(version=models.CatalogueState.version + 1))


def watch_changes() -> None:
    """From now on every session of this process counts its changes of public content. Calling it again does nothing."""
    for name, listener in (
        ("after_flush", _note_changes),
        ("before_commit", _count_changes),
        ("after_rollback", _forget_changes),
    ):
        if not event.contains(Session, name, listener):
            event.listen(Session, name, listener)


def _note_changes(session: Session, _context: Any) -> None:
    for instance in (*session.new, *session.dirty, *session.deleted):
        if getattr(instance, "__tablename__", None) in _CATALOGUE_TABLES:
            session.info["catalogue_changed"] = True
            return


def _count_changes(session: Session) -> None:
    """Once a transaction, so that a long import does not write the counter with every row."""
    session.flush()
    if session.info.pop("catalogue_changed", False):
        mark_catalogue_changed(session)


def _forget_changes(session: Session) -> None:
    session.info.pop("catalogue_changed", None)
