"""Bringing the schema up to date, and telling workers and search engines that public content has changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, event, insert, text, update
from sqlalchemy.orm import Session

from portal import models, paths

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATION_LOCK = 4_711_2026
"""Any fixed number: the PostgreSQL advisory lock that keeps two starting portals from migrating at once."""

_KIND_OF_TABLE: dict[str, tuple[models.ChangeKind, str] | None] = {
    "offer": (models.ChangeKind.OFFER, "id"),
    "offer_text": (models.ChangeKind.OFFER, "offer_id"),
    "offer_need": (models.ChangeKind.OFFER, "offer_id"),
    "offer_life_phase": (models.ChangeKind.OFFER, "offer_id"),
    "offer_life_situation": (models.ChangeKind.OFFER, "offer_id"),
    "offer_access": (models.ChangeKind.OFFER, "offer_id"),
    "offer_language": (models.ChangeKind.OFFER, "offer_id"),
    "offer_district": (models.ChangeKind.OFFER, "offer_id"),
    "organization": (models.ChangeKind.ORGANIZATION, "id"),
    "location": (models.ChangeKind.LOCATION, "id"),
    # Its place in the tree is in the documents of all its parts; it is hardly ever changed.
    "district": (models.ChangeKind.EVERYTHING, ""),
    "need": (models.ChangeKind.NEED, "code"),
    "need_text": (models.ChangeKind.NEED, "need_code"),
    # Public, but in no document of the search.
    "offer_schedule": None,
    "follow_up": None,
    "organization_text": None,
    "district_text": None,
    "district_neighbour": None,
    "need_life_phase": None,
    "need_life_situation": None,
    "page_text": None,
    "life_phase_text": None,
    "need_utterance": None,
    "banner": None,
    "banner_text": None,
}
"""The tables of public content: what the search engines are told of a change, and the column that says of which."""

_TOO_MANY = 5_000
"""So many changes in one transaction are told as "everything"."""


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


def mark_catalogue_changed(
    session: Session, changes: Iterable[tuple[models.ChangeKind, str]] = ((models.ChangeKind.EVERYTHING, ""),)
) -> None:
    """Count a change of public content, and write what was changed to the outbox, in the transaction of the change itself."""
    connection = session.connection()
    state = models.CatalogueState
    version = connection.execute(
        update(state).values(version=state.version + 1).returning(state.version)  # type: ignore[arg-type]
    ).scalar_one()
    rows = [{"version": version, "kind": kind, "entity": entity} for kind, entity in sorted(set(changes))]
    if len(rows) > _TOO_MANY:
        rows = [{"version": version, "kind": models.ChangeKind.EVERYTHING, "entity": ""}]
    if rows:
        connection.execute(insert(models.OutboxEntry), rows)


def begin_writing(session: Session) -> None:
    """Before a savepoint that may be the first write: SQLite begins a transaction only with a write, so such a savepoint
    would be one of its own, and stay when the rest is rolled back."""
    state = models.CatalogueState
    session.execute(update(state).values(version=state.version))  # type: ignore[arg-type]


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
        table = getattr(instance, "__tablename__", None)
        if table in _KIND_OF_TABLE:
            changes: set[tuple[models.ChangeKind, str]] = session.info.setdefault("changes", set())
            if named := _KIND_OF_TABLE[table]:
                kind, column = named
                changes.add((kind, str(getattr(instance, column)) if column else ""))


def _count_changes(session: Session) -> None:
    """Once a transaction, so that a long import does not write the counter with every row."""
    if session.in_nested_transaction():
        return
    session.flush()
    changes = session.info.pop("changes", None)
    if changes is not None:
        mark_catalogue_changed(session, changes)


def _forget_changes(session: Session) -> None:
    # After a savepoint that was rolled back, what was noted before it still counts; too much does no harm.
    if not session.in_nested_transaction():
        session.info.pop("changes", None)
