"""What only practitioners read of an offer, and how they come to read it. No public page, feed or search document shows it."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from portal.models.base import UtcDateTime, check, utc_now


class OfferInternal(SQLModel, table=True):
    """Whom a colleague calls, and how somebody gets in."""

    __tablename__ = "offer_internal"

    offer_id: int = Field(foreign_key="offer.id", primary_key=True, ondelete="CASCADE")
    contact: str = Field(default="", max_length=200)
    """A person or, better, a role: "Koordination Frühe Hilfen"."""
    contact_phone: str = Field(default="", max_length=40)
    contact_email: str = Field(default="", max_length=200)
    contact_times: str = Field(default="", max_length=300)
    """When this contact can be reached."""
    deputy: str = Field(default="", max_length=200)
    deputy_phone: str = Field(default="", max_length=40)
    deputy_email: str = Field(default="", max_length=200)
    referral_route: str = Field(default="", max_length=2000)
    """How a family comes here through a practitioner."""
    admission: str = Field(default="", max_length=2000)
    """Whom the offer takes, and whom not."""
    updated_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime, sa_column_kwargs={"onupdate": utc_now})
    updated_by: str = Field(default="", max_length=120)


class OfferAttachment(SQLModel, table=True):
    """A form or a flyer (PDF) that practitioners print or send on."""

    __tablename__ = "offer_attachment"
    __table_args__ = (check("title_not_empty", "length(trim(title)) > 0"),)

    id: int | None = Field(default=None, primary_key=True)
    offer_id: int = Field(foreign_key="offer.id", index=True, ondelete="CASCADE")
    title: str = Field(max_length=120)
    pdf: bytes
    size: int
    """Bytes."""
    added_on: date
    added_by: str = Field(default="", max_length=120)


class PractitionerLink(SQLModel, table=True):
    """A secret address that the Kommune gives to a house (a Praxis, a school): whoever opens it reads what practitioners read."""

    __tablename__ = "practitioner_link"
    __table_args__ = (check("label_not_empty", "length(trim(label)) > 0"),)

    id: int | None = Field(default=None, primary_key=True)
    label: str = Field(max_length=120)
    """Whom it was given to: a house, not a person."""
    secret_hash: str = Field(unique=True, max_length=64)
    """SHA-256 of the secret, in hex: 256 random bits need no slow hash."""
    expires_on: date
    """The last day on which it opens."""
    created_by: str = Field(default="", max_length=120)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class SavedFilter(SQLModel, table=True):
    """A choice of filters that a practitioner comes back to. It has no name of its own: nobody types a word about a child."""

    __tablename__ = "saved_filter"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user.id", index=True, ondelete="CASCADE")
    query: str = Field(max_length=1000)
    """The filters as they stand in an address, in the one order that Filters.to_args() gives them."""
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class UserDistrict(SQLModel, table=True):
    """The districts that a practitioner or planner works in."""

    __tablename__ = "user_district"

    user_id: int = Field(foreign_key="user.id", primary_key=True, ondelete="CASCADE")
    district_id: int = Field(foreign_key="district.id", primary_key=True, index=True, ondelete="CASCADE")


class Digest(SQLModel, table=True):
    """Who wants a mail once a month: what has changed in their districts."""

    __tablename__ = "digest"

    user_id: int = Field(foreign_key="user.id", primary_key=True, ondelete="CASCADE")
    sent_for: date | None = None
    """The first day of the last month that was told."""
