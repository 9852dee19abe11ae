"""Angebot (HSDS: service): what a family can use. The tables around it hold what an offer has several of."""

from datetime import date, datetime, time

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from portal.models.base import UtcDateTime, check, enum_type, utc_now
from portal.models.enums import (
    Access,
    CostKind,
    CostPer,
    Frequency,
    LifePhase,
    LifeSituation,
    OfferKind,
    OfferStatus,
    Provision,
    Registration,
    TextState,
    Weekday,
)

MAX_AGE_MONTHS = 324
"""27 years: the end of the oldest right that the portal speaks of (SGB VIII: young people up to 27)."""


class Offer(SQLModel, table=True):
    __tablename__ = "offer"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        check("min_age", f"min_age_months IS NULL OR (min_age_months >= 0 AND min_age_months <= {MAX_AGE_MONTHS})"),
        check("max_age", f"max_age_months IS NULL OR (max_age_months >= 0 AND max_age_months <= {MAX_AGE_MONTHS})"),
        check("age_order", "min_age_months IS NULL OR max_age_months IS NULL OR min_age_months <= max_age_months"),
        check("amount_iff_fixed", "(cost_kind = 'fixed') = (cost_cents IS NOT NULL)"),
        check("amount_not_negative", "cost_cents IS NULL OR cost_cents >= 0"),
        check("per_iff_fixed", "(cost_kind = 'fixed') = (cost_per IS NOT NULL)"),
        check("valid_order", "valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to"),
        check("review_after_check", "assured_on IS NULL OR review_due IS NULL OR assured_on <= review_due"),
        check("waiting_weeks", "waiting_weeks IS NULL OR (waiting_weeks >= 0 AND waiting_weeks <= 520)"),
        check("free_places", "free_places IS NULL OR free_places >= 0"),
        # Never digital only (design §5): a published offer has a phone number or an address to walk to.
        check("reachable", "status <> 'published' OR phone IS NOT NULL OR location_id IS NOT NULL"),
        check("phone_not_empty", "phone IS NULL OR length(trim(phone)) >= 3"),
        check("source_with_id", "(source IS NULL) = (external_id IS NULL)"),
    )

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True, max_length=120)
    status: OfferStatus = Field(default=OfferStatus.DRAFT, sa_type=enum_type(OfferStatus, "status"), index=True)
    organization_id: int = Field(foreign_key="organization.id", index=True)
    location_id: int | None = Field(default=None, foreign_key="location.id", index=True)
    city_wide: bool = False
    """Meant for the whole Kommune, wherever the family lives."""
    kind: OfferKind = Field(sa_type=enum_type(OfferKind, "kind"))

    min_age_months: int | None = None
    max_age_months: int | None = None
    """Both in whole months of the child's age, both included; None means no limit."""

    cost_kind: CostKind = Field(default=CostKind.UNKNOWN, sa_type=enum_type(CostKind, "cost_kind"))
    cost_cents: int | None = None
    """Euro cents, only where cost_kind is fixed."""
    cost_per: CostPer | None = Field(default=None, sa_type=enum_type(CostPer, "cost_per"))
    education_package: bool = False
    """Can be paid with Bildung und Teilhabe."""

    registration: Registration = Field(default=Registration.UNKNOWN, sa_type=enum_type(Registration, "registration"))
    no_german_needed: bool = False
    interpreter: Provision | None = Field(default=None, sa_type=enum_type(Provision, "interpreter"))
    childcare: Provision | None = Field(default=None, sa_type=enum_type(Provision, "childcare"))
    accompaniment: Provision | None = Field(default=None, sa_type=enum_type(Provision, "accompaniment"))
    first_contact: bool = False
    """A place to simply walk in and be helped with anything ("Hier hilft dir ein Mensch")."""

    opening_hours: str = Field(default="", max_length=500)
    """OpenStreetMap opening_hours syntax, e.g. "Mo-Fr 09:00-12:00; PH off"."""
    by_appointment: bool = False
    """Nur nach Termin."""
    waiting_weeks: int | None = None
    free_places: int | None = None
    availability_as_of: date | None = None

    valid_from: date | None = None
    valid_to: date | None = None
    assured_on: date | None = None
    """HSDS assured_date: when somebody last made sure that all of this is right."""
    review_due: date | None = None

    phone: str | None = Field(default=None, max_length=40)
    email: str | None = Field(default=None, max_length=200)
    website: str | None = Field(default=None, max_length=500)
    picture: str | None = Field(default=None, max_length=64)
    """Its key in the table of pictures. No foreign key: to add one, SQLite would build this table anew without its CHECKs."""

    # Internal: for planners; no public page, feed or search document may show these.
    funding_until: date | None = None
    goal: str = ""

    source: str | None = Field(default=None, max_length=60)
    external_id: str | None = Field(default=None, max_length=200)
    source_fingerprint: str | None = Field(default=None, max_length=64)
    """SHA-256 of the imported row: the same row again changes nothing, not even what an editor has written since."""
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime, sa_column_kwargs={"onupdate": utc_now})


class OfferText(SQLModel, table=True):
    """The words of an offer in one language (BCP 47)."""

    __tablename__ = "offer_text"
    __table_args__ = (check("title_not_empty", "length(trim(title)) > 0"),)

    offer_id: int = Field(foreign_key="offer.id", primary_key=True, ondelete="CASCADE")
    lang: str = Field(primary_key=True, max_length=12)
    state: TextState = Field(sa_type=enum_type(TextState, "state"))
    title: str = Field(max_length=200)
    summary: str = Field(default="", max_length=400)
    description: str = ""
    registration_note: str = ""
    bring: str = ""
    cost_note: str = ""
    times_note: str = ""
    picture_alt: str = Field(default="", max_length=300)
    """What the picture shows, for those who do not see it."""


class OfferNeed(SQLModel, table=True):
    """Which needs an offer answers; position 0 is what it is mainly for."""

    __tablename__ = "offer_need"

    offer_id: int = Field(foreign_key="offer.id", primary_key=True, ondelete="CASCADE")
    need_code: str = Field(foreign_key="need.code", primary_key=True, index=True, max_length=60)
    position: int = 0


class OfferLifePhase(SQLModel, table=True):
    __tablename__ = "offer_life_phase"

    offer_id: int = Field(foreign_key="offer.id", primary_key=True, ondelete="CASCADE")
    life_phase: LifePhase = Field(sa_type=enum_type(LifePhase, "life_phase"), primary_key=True)


class OfferLifeSituation(SQLModel, table=True):
    __tablename__ = "offer_life_situation"

    offer_id: int = Field(foreign_key="offer.id", primary_key=True, ondelete="CASCADE")
    life_situation: LifeSituation = Field(sa_type=enum_type(LifeSituation, "life_situation"), primary_key=True)


class OfferAccess(SQLModel, table=True):
    __tablename__ = "offer_access"

    offer_id: int = Field(foreign_key="offer.id", primary_key=True, ondelete="CASCADE")
    access: Access = Field(sa_type=enum_type(Access, "access"), primary_key=True)


class OfferLanguage(SQLModel, table=True):
    """A language that somebody there speaks (BCP 47)."""

    __tablename__ = "offer_language"

    offer_id: int = Field(foreign_key="offer.id", primary_key=True, ondelete="CASCADE")
    lang: str = Field(primary_key=True, max_length=12)
    position: int = 0


class OfferDistrict(SQLModel, table=True):
    """For whom an offer is meant: the districts it serves, wherever it takes place."""

    __tablename__ = "offer_district"

    offer_id: int = Field(foreign_key="offer.id", primary_key=True, ondelete="CASCADE")
    district_id: int = Field(foreign_key="district.id", primary_key=True, index=True)


class OfferSchedule(SQLModel, table=True):
    """A regular date, in local time (Europe/Berlin)."""

    __tablename__ = "offer_schedule"
    __table_args__ = (
        check("end_after_start", "end_time > start_time"),
        check("last_after_first", "last_on IS NULL OR first_on <= last_on"),
        check("week_iff_monthly", "(frequency = 'monthly') = (week_of_month IS NOT NULL)"),
        check("week_of_month", "week_of_month IS NULL OR week_of_month IN (-1, 1, 2, 3, 4)"),
    )

    id: int | None = Field(default=None, primary_key=True)
    offer_id: int = Field(foreign_key="offer.id", index=True, ondelete="CASCADE")
    frequency: Frequency = Field(sa_type=enum_type(Frequency, "frequency"))
    weekday: Weekday = Field(sa_type=enum_type(Weekday, "weekday"))
    week_of_month: int | None = None
    start_time: time
    end_time: time
    first_on: date
    last_on: date | None = None


class FollowUp(SQLModel, table=True):
    """Anschlussangebot: what comes after an offer."""

    __tablename__ = "follow_up"
    __table_args__ = (check("not_itself", "offer_id <> next_offer_id"),)

    offer_id: int = Field(foreign_key="offer.id", primary_key=True, ondelete="CASCADE")
    next_offer_id: int = Field(foreign_key="offer.id", primary_key=True, index=True, ondelete="CASCADE")
    position: int = 0


class CatalogueState(SQLModel, table=True):
    """One row that counts the changes of public content, so that each worker knows when its catalogue is old."""

    __tablename__ = "catalogue_state"
    __table_args__ = (check("single_row", "id = 1"),)

    id: int = Field(default=1, primary_key=True)
    version: int = 0
