"""What the municipality itself says: pages, life phases, what parents type, the banner, pictures."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from portal.models.base import UtcDateTime, check, enum_type, utc_now
from portal.models.enums import LifePhase, TextState


class PageText(SQLModel, table=True):
    """A page in one language. Where there is none, the file below content/pages/ is shown."""

    __tablename__ = "page_text"
    __table_args__ = (check("title_not_empty", "length(trim(title)) > 0"),)

    slug: str = Field(primary_key=True, max_length=60)
    lang: str = Field(primary_key=True, max_length=12)
    state: TextState = Field(sa_type=enum_type(TextState, "state"))
    title: str = Field(max_length=200)
    description: str = Field(default="", max_length=400)
    body: str = ""
    """Markdown, with placeholders such as {{ kommune.phone }}."""


class LifePhaseText(SQLModel, table=True):
    __tablename__ = "life_phase_text"

    phase: LifePhase = Field(sa_type=enum_type(LifePhase, "phase"), primary_key=True)
    lang: str = Field(primary_key=True, max_length=12)
    state: TextState = Field(sa_type=enum_type(TextState, "state"))
    label: str = Field(max_length=120)
    ages: str = Field(max_length=120)
    intro: str = ""


class NeedUtterance(SQLModel, table=True):
    """A line as parents type it, that leads to a need."""

    __tablename__ = "need_utterance"
    __table_args__ = (check("not_empty", "length(trim(line)) > 0"),)

    id: int | None = Field(default=None, primary_key=True)
    need_code: str = Field(foreign_key="need.code", index=True, ondelete="CASCADE", max_length=60)
    lang: str = Field(max_length=12)
    line: str = Field(max_length=200)
    added_by: str = Field(default="", max_length=120)


class Banner(SQLModel, table=True):
    """ "Aktuell": a few words on every page, until a day."""

    __tablename__ = "banner"
    __table_args__ = (check("end_after_start", "starts_on <= ends_on"),)

    id: int | None = Field(default=None, primary_key=True)
    urgent: bool = False
    starts_on: date
    ends_on: date


class BannerText(SQLModel, table=True):
    __tablename__ = "banner_text"
    __table_args__ = (check("not_empty", "length(trim(text)) > 0"),)

    banner_id: int = Field(foreign_key="banner.id", primary_key=True, ondelete="CASCADE")
    lang: str = Field(primary_key=True, max_length=12)
    state: TextState = Field(sa_type=enum_type(TextState, "state"))
    text: str = Field(max_length=300)
    link: str = Field(default="", max_length=300)
    """An address on this site or https://; empty for none."""


class Picture(SQLModel, table=True):
    """A picture of an offer, always made anew from what was sent (portal.media)."""

    __tablename__ = "picture"

    sha256: str = Field(primary_key=True, max_length=64)
    webp: bytes
    width: int
    height: int
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
