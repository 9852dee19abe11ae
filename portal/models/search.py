"""What the search keeps in the database: changes that the engines have still to be told of, and what nobody found."""

from datetime import date
from enum import StrEnum

from sqlmodel import Field, SQLModel

from portal.models.base import check, enum_type


class ChangeKind(StrEnum):
    """What was changed; whoever delivers it finds out which offers that concerns."""

    OFFER = "offer"
    ORGANIZATION = "organization"
    LOCATION = "location"
    NEED = "need"
    EVERYTHING = "everything"
    PRUNED = "pruned"
    """Not a change: entries up to this version have been removed."""


class OutboxEntry(SQLModel, table=True):
    """A change that search engines must be told of, written in the transaction of the change itself.

    `version` is that of the catalogue. Its row is locked until the end of the transaction, so versions become visible
    in their order: who has read up to one has missed nothing.
    """

    __tablename__ = "outbox"

    version: int = Field(primary_key=True)
    kind: ChangeKind = Field(sa_type=enum_type(ChangeKind, "kind"), primary_key=True)
    entity: str = Field(default="", primary_key=True, max_length=60)
    """Its id or code; empty where the kind says it all."""


class SearchGap(SQLModel, table=True):
    """How often in a month families found nothing: groups and codes, never a word of what was typed."""

    __tablename__ = "search_gap"
    __table_args__ = (check("found_nothing", "times >= 1"),)

    month: date = Field(primary_key=True)
    """Its first day."""
    age_group: str = Field(default="", primary_key=True, max_length=32)
    """A life phase by the age that was said; empty where none was."""
    life_situation: str = Field(default="", primary_key=True, max_length=32)
    need_code: str = Field(default="", primary_key=True, max_length=60)
    district: str = Field(default="", primary_key=True, max_length=120)
    """Slug; empty where none was named. No foreign keys: a count outlives what it counted."""
    times: int = 1
