"""The directory of those who act: institutions and roles, what they lend, what is on for professionals. For practitioners only."""

from datetime import date
from enum import StrEnum

from sqlmodel import Field, SQLModel

from portal.models.base import check, enum_type


class ContactPoint(SQLModel, table=True):
    """Ansprechstelle: a role in an institution, for topics and districts. The person in it may change; the role stays."""

    __tablename__ = "contact_point"
    __table_args__ = (
        check("role_not_empty", "length(trim(role)) > 0"),
        check("not_own_substitute", "substitute_id IS NULL OR substitute_id <> id"),
        check("reachable", "phone IS NOT NULL OR email IS NOT NULL"),
    )

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True, max_length=120)
    organization_id: int = Field(foreign_key="organization.id", index=True)
    role: str = Field(max_length=200)
    """"Koordination Frühe Hilfen", "Kita-Anmeldung"."""
    person: str = Field(default="", max_length=200)
    responsible: bool = False
    """Zuständig: decides by law in these districts. Else somebody who knows the matter and helps on."""
    phone: str | None = Field(default=None, max_length=40)
    email: str | None = Field(default=None, max_length=200)
    times: str = Field(default="", max_length=300)
    note: str = Field(default="", max_length=1000)
    substitute_id: int | None = Field(default=None, foreign_key="contact_point.id", ondelete="SET NULL")
    assured_on: date | None = None
    """When somebody last made sure that this is right."""


class ContactPointNeed(SQLModel, table=True):
    """A topic of a contact point. None at all: for everything."""

    __tablename__ = "contact_point_need"

    contact_point_id: int = Field(foreign_key="contact_point.id", primary_key=True, ondelete="CASCADE")
    need_code: str = Field(foreign_key="need.code", primary_key=True, index=True, max_length=60, ondelete="CASCADE")


class ContactPointDistrict(SQLModel, table=True):
    """Where a contact point is for: a district and all of its parts. None at all: for the whole Kommune."""

    __tablename__ = "contact_point_district"

    contact_point_id: int = Field(foreign_key="contact_point.id", primary_key=True, ondelete="CASCADE")
    district_id: int = Field(foreign_key="district.id", primary_key=True, index=True, ondelete="CASCADE")


class ContactPointLanguage(SQLModel, table=True):
    __tablename__ = "contact_point_language"

    contact_point_id: int = Field(foreign_key="contact_point.id", primary_key=True, ondelete="CASCADE")
    lang: str = Field(primary_key=True, max_length=12)
    """BCP 47."""


class ResourceKind(StrEnum):
    """What somebody has for others."""

    ROOM = "raum"
    INTERPRETER = "sprachmittlung"
    EQUIPMENT = "ausstattung"
    STAFF = "mitarbeit"
    COOPERATION = "kooperation"


class Resource(SQLModel, table=True):
    """Räume und Ressourcen: who lends a room, an interpreter, a van, and who would like to do something together."""

    __tablename__ = "resource"
    __table_args__ = (
        check("title_not_empty", "length(trim(title)) > 0"),
        check("capacity", "capacity IS NULL OR capacity >= 1"),
        check("reachable", "phone IS NOT NULL OR email IS NOT NULL"),
    )

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True, max_length=120)
    organization_id: int = Field(foreign_key="organization.id", index=True)
    kind: ResourceKind = Field(sa_type=enum_type(ResourceKind, "kind"))
    title: str = Field(max_length=200)
    text: str = Field(default="", max_length=2000)
    district_id: int | None = Field(default=None, foreign_key="district.id", index=True, ondelete="SET NULL")
    """None: for the whole Kommune."""
    capacity: int | None = None
    """Persons."""
    conditions: str = Field(default="", max_length=500)
    """What it costs, when it can be had."""
    contact: str = Field(default="", max_length=200)
    phone: str | None = Field(default=None, max_length=40)
    email: str | None = Field(default=None, max_length=200)
    assured_on: date | None = None


class ResourceLanguage(SQLModel, table=True):
    """Of an interpreter: what is spoken (BCP 47)."""

    __tablename__ = "resource_language"

    resource_id: int = Field(foreign_key="resource.id", primary_key=True, ondelete="CASCADE")
    lang: str = Field(primary_key=True, max_length=12)


class ProfessionalOfferKind(StrEnum):
    CONFERENCE = "fachtag"
    TRAINING = "schulung"
    NETWORK = "arbeitskreis"
    GUIDE = "handlungshilfe"


class ProfessionalOffer(SQLModel, table=True):
    """Something for professionals: a Fachtag, a Schulung, an Arbeitskreis, a Handlungshilfe."""

    __tablename__ = "professional_offer"
    __table_args__ = (
        check("title_not_empty", "length(trim(title)) > 0"),
        check("end_after_start", "ends_on IS NULL OR (starts_on IS NOT NULL AND starts_on <= ends_on)"),
        check("register_before", "register_by IS NULL OR starts_on IS NULL OR register_by <= starts_on"),
    )

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True, max_length=120)
    organization_id: int = Field(foreign_key="organization.id", index=True)
    kind: ProfessionalOfferKind = Field(sa_type=enum_type(ProfessionalOfferKind, "kind"))
    title: str = Field(max_length=200)
    text: str = Field(default="", max_length=4000)
    audience: str = Field(default="", max_length=200)
    """"Fachkräfte in Kitas"."""
    starts_on: date | None = None
    """None: at any time (a Handlungshilfe)."""
    ends_on: date | None = None
    """The last day; None: one day only."""
    times: str = Field(default="", max_length=200)
    place: str = Field(default="", max_length=300)
    register_by: date | None = None
    contact: str = Field(default="", max_length=200)
    phone: str | None = Field(default=None, max_length=40)
    email: str | None = Field(default=None, max_length=200)
    website: str | None = Field(default=None, max_length=500)


class ProfessionalOfferNeed(SQLModel, table=True):
    __tablename__ = "professional_offer_need"

    professional_offer_id: int = Field(foreign_key="professional_offer.id", primary_key=True, ondelete="CASCADE")
    need_code: str = Field(foreign_key="need.code", primary_key=True, index=True, max_length=60, ondelete="CASCADE")
