"""Träger and Einrichtungen, and the places where they can be found."""

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from portal.models.base import check, enum_type
from portal.models.enums import OrganizationKind, StepFree, TextState


class Organization(SQLModel, table=True):
    __tablename__ = "organization"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        check("name_not_empty", "length(trim(name)) > 0"),
        check("source_with_id", "(source IS NULL) = (external_id IS NULL)"),
    )

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True, max_length=120)
    name: str = Field(max_length=300)
    kind: OrganizationKind = Field(sa_type=enum_type(OrganizationKind, "kind"))
    phone: str | None = Field(default=None, max_length=40)
    email: str | None = Field(default=None, max_length=200)
    website: str | None = Field(default=None, max_length=500)
    source: str | None = Field(default=None, max_length=60)
    external_id: str | None = Field(default=None, max_length=200)


class OrganizationText(SQLModel, table=True):
    __tablename__ = "organization_text"

    organization_id: int = Field(foreign_key="organization.id", primary_key=True, ondelete="CASCADE")
    lang: str = Field(primary_key=True, max_length=12)
    state: TextState = Field(sa_type=enum_type(TextState, "state"))
    description: str = ""


class Location(SQLModel, table=True):
    """Ort: an address to walk to."""

    __tablename__ = "location"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        check("latitude", "latitude IS NULL OR (latitude >= -90 AND latitude <= 90)"),
        check("longitude", "longitude IS NULL OR (longitude >= -180 AND longitude <= 180)"),
        check("both_coordinates", "(latitude IS NULL) = (longitude IS NULL)"),
        check("street_not_empty", "length(trim(street)) > 0"),
        check("source_with_id", "(source IS NULL) = (external_id IS NULL)"),
    )

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True, max_length=120)
    organization_id: int = Field(foreign_key="organization.id", index=True)
    district_id: int | None = Field(default=None, foreign_key="district.id", index=True)
    name: str = Field(default="", max_length=300)
    street: str = Field(max_length=200)
    house_number: str = Field(default="", max_length=20)
    postal_code: str = Field(default="", max_length=10)
    city: str = Field(default="", max_length=120)
    latitude: float | None = None
    longitude: float | None = None
    step_free: StepFree | None = Field(default=None, sa_type=enum_type(StepFree, "step_free"))
    bus_stop: str = Field(default="", max_length=200)
    source: str | None = Field(default=None, max_length=60)
    external_id: str | None = Field(default=None, max_length=200)
