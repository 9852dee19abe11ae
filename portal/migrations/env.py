"""Alembic's environment. The connection comes from portal.database, or from the settings for `alembic` itself."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import create_engine
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

import portal.models  # noqa: F401  (fills the metadata)
from portal.config import Settings
from portal.models.base import UtcDateTime


def _render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """A migration is a record: it must not import what the project may rename later."""
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run() -> None:
    connection = context.config.attributes.get("connection")
    if connection is None:
        connection = create_engine(Settings.from_env().sqlalchemy_url).connect()
    if connection.dialect.name == "sqlite":
        # SQLite changes a table by building it anew: with foreign keys on, dropping the old one would delete the rows
        # of all tables that refer to it. It only works before the first statement of a transaction.
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        # Python's driver begins no transaction for DDL by itself: cut off in the middle, half a schema would stay.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        transactional_ddl=True,
        compare_type=True,
        render_item=_render_item,
    )
    with context.begin_transaction():
        context.run_migrations()
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"the migration left rows without their owner: {broken[:5]}")
        connection.commit()
        connection.exec_driver_sql("PRAGMA foreign_keys=ON")


run()
