"""Sozialraum: a tree of Kreis, Gemeinde and Stadtteil, and which of them are neighbours."""

from sqlmodel import Field, SQLModel

from portal.models.base import check, enum_type
from portal.models.enums import DistrictKind, TextState


class District(SQLModel, table=True):
    __tablename__ = "district"
    __table_args__ = (
        check("not_own_parent", "parent_id IS NULL OR parent_id <> id"),
        check("latitude", "latitude IS NULL OR (latitude >= -90 AND latitude <= 90)"),
        check("longitude", "longitude IS NULL OR (longitude >= -180 AND longitude <= 180)"),
        check("name_not_empty", "length(trim(name)) > 0"),
    )

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True, max_length=120)
    name: str = Field(max_length=200)
    kind: DistrictKind = Field(sa_type=enum_type(DistrictKind, "kind"))
    parent_id: int | None = Field(default=None, foreign_key="district.id", index=True)
    position: int = 0
    latitude: float | None = None
    longitude: float | None = None


class DistrictNeighbour(SQLModel, table=True):
    """Stored in both directions, so that one lookup finds all neighbours."""

    __tablename__ = "district_neighbour"
    __table_args__ = (check("not_itself", "district_id <> neighbour_id"),)

    district_id: int = Field(foreign_key="district.id", primary_key=True, ondelete="CASCADE")
    neighbour_id: int = Field(foreign_key="district.id", primary_key=True, ondelete="CASCADE")


class DistrictText(SQLModel, table=True):
    __tablename__ = "district_text"

    district_id: int = Field(foreign_key="district.id", primary_key=True, ondelete="CASCADE")
    lang: str = Field(primary_key=True, max_length=12)
    state: TextState = Field(sa_type=enum_type(TextState, "state"))
    description: str = ""
