"""Bedarf: the 47 needs that offers, questions and the Lotse share. Codes are stable."""

from sqlmodel import Field, SQLModel

from portal.models.base import check, enum_type
from portal.models.enums import LifePhase, LifeSituation, LotseFlow, TextState


class Need(SQLModel, table=True):
    __tablename__ = "need"
    __table_args__ = (
        check(
            "typical_age",
            "min_age_months IS NULL OR max_age_months IS NULL OR (min_age_months >= 0 AND min_age_months <= max_age_months)",
        ),
    )

    code: str = Field(primary_key=True, max_length=60)
    position: int = 0
    life_situation: LifeSituation = Field(sa_type=enum_type(LifeSituation, "life_situation"))
    flow: LotseFlow = Field(sa_type=enum_type(LotseFlow, "flow"))
    min_age_months: int | None = None
    max_age_months: int | None = None
    frequent: bool = False


class NeedText(SQLModel, table=True):
    __tablename__ = "need_text"

    need_code: str = Field(foreign_key="need.code", primary_key=True, ondelete="CASCADE", max_length=60)
    lang: str = Field(primary_key=True, max_length=12)
    state: TextState = Field(sa_type=enum_type(TextState, "state"))
    label: str = Field(max_length=200)
    question: str = Field(default="", max_length=300)
    explanation: str = ""


class NeedLifePhase(SQLModel, table=True):
    """In which life phases a need is typical."""

    __tablename__ = "need_life_phase"

    need_code: str = Field(foreign_key="need.code", primary_key=True, ondelete="CASCADE", max_length=60)
    life_phase: LifePhase = Field(sa_type=enum_type(LifePhase, "life_phase"), primary_key=True)


class NeedLifeSituation(SQLModel, table=True):
    """All life situations of a need, the first one included."""

    __tablename__ = "need_life_situation"

    need_code: str = Field(foreign_key="need.code", primary_key=True, ondelete="CASCADE", max_length=60)
    life_situation: LifeSituation = Field(sa_type=enum_type(LifeSituation, "life_situation"), primary_key=True)
