"""What is handed over: a Merkzettel under a short code, and what practitioners have said with one tap. No name, no typed word."""

from datetime import date

from sqlmodel import Field, SQLModel

from portal.models.base import check


class SharedShortlist(SQLModel, table=True):
    """A Merkzettel that somebody has handed on. It holds offers, a language, a fixed sentence, and the day of its end."""

    __tablename__ = "shared_shortlist"
    __table_args__ = (check("code_length", "length(code) = 6"),)

    code: str = Field(primary_key=True, max_length=6)
    """Of portal.referrals.codes.ALPHABET."""
    lang: str = Field(max_length=12)
    """BCP 47: what the family reads."""
    first_line: str = Field(default="", max_length=32)
    """The key of one of the fixed sentences; empty for none."""
    expires_on: date = Field(index=True)
    """The last day on which it opens."""


class SharedShortlistOffer(SQLModel, table=True):
    __tablename__ = "shared_shortlist_offer"

    code: str = Field(foreign_key="shared_shortlist.code", primary_key=True, max_length=6, ondelete="CASCADE")
    position: int = Field(primary_key=True)
    offer_id: int = Field(foreign_key="offer.id", index=True, ondelete="CASCADE")


class ReportedGap(SQLModel, table=True):
    """ "Dafür gibt es nichts": how often in a month practitioners have said so. Groups and codes, as in SearchGap."""

    __tablename__ = "reported_gap"
    __table_args__ = (check("somebody_said_so", "times >= 1"),)

    month: date = Field(primary_key=True)
    """Its first day."""
    age_group: str = Field(default="", primary_key=True, max_length=32)
    life_situation: str = Field(default="", primary_key=True, max_length=32)
    need_code: str = Field(default="", primary_key=True, max_length=60)
    district: str = Field(default="", primary_key=True, max_length=120)
    """Slug; empty for the whole Kommune. No foreign keys: a count outlives what it counted."""
    times: int = 1


class NoPlaceReport(SQLModel, table=True):
    """ "Hier ist kein Platz frei": on which days practitioners have said so. One a day and offer; nobody knows who."""

    __tablename__ = "no_place_report"

    offer_id: int = Field(foreign_key="offer.id", primary_key=True, ondelete="CASCADE")
    reported_on: date = Field(primary_key=True)
