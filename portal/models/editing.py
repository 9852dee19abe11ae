"""What the work of editors leaves behind: versions, drafts, comments, the audit log, the bin, reminders, feedback."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from portal.models.base import UtcDateTime, check, enum_type, utc_now


class VersionState(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    REJECTED = "rejected"


class OfferVersion(SQLModel, table=True):
    """An offer as it was saved once. The public page shows the last approved one, which is also in the tables of the offer."""

    __tablename__ = "offer_version"
    __table_args__ = (
        UniqueConstraint("offer_id", "number"),
        check("counts_from_one", "number >= 1"),
        # Which version was in force when, without reading the contents.
        Index("ix_offer_version_in_force", "offer_id", "state", "number", "created_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    offer_id: int = Field(foreign_key="offer.id", index=True, ondelete="CASCADE")
    number: int
    state: VersionState = Field(default=VersionState.DRAFT, sa_type=enum_type(VersionState, "state"), index=True)
    content: str
    """JSON of portal.editing.content.OfferContent."""
    author_id: int | None = Field(default=None, foreign_key="user.id", ondelete="SET NULL")
    author: str = Field(default="", max_length=120)
    """The name as it was then; empty where it came from a file."""
    note: str = Field(default="", max_length=300)
    """What was changed, or "Fassung 3 wiederhergestellt"."""
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class OfferComment(SQLModel, table=True):
    """What editors say to each other about an offer, a reason for a rejection included."""

    __tablename__ = "offer_comment"
    __table_args__ = (check("not_empty", "length(trim(text)) > 0"),)

    id: int | None = Field(default=None, primary_key=True)
    offer_id: int = Field(foreign_key="offer.id", index=True, ondelete="CASCADE")
    version: int
    author_id: int | None = Field(default=None, foreign_key="user.id", ondelete="SET NULL")
    author: str = Field(max_length=120)
    rejection: bool = False
    text: str = Field(max_length=2000)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class FormDraft(SQLModel, table=True):
    """What somebody has typed into a form and not saved yet, sent every few seconds; it need not be right."""

    __tablename__ = "form_draft"

    user_id: int = Field(foreign_key="user.id", primary_key=True, ondelete="CASCADE")
    form: str = Field(primary_key=True, max_length=80)
    """"offer/12", "offer/new"."""
    base: int = 0
    """The number of the version that the form began with; 0 for a new one."""
    data: str
    """JSON: names and values as the browser sent them."""
    saved_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class AuditEntry(SQLModel, table=True):
    """Who did what when. Triggers in the database refuse to change or delete a row."""

    __tablename__ = "audit_log"
    __table_args__ = (Index("ix_audit_log_kind_entity", "kind", "entity"),)

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime, index=True)
    user_id: int | None = Field(default=None, index=True)
    """No foreign key: an entry outlives whom it names."""
    user: str = Field(default="", max_length=120)
    action: str = Field(max_length=40)
    kind: str = Field(max_length=40)
    entity: str = Field(default="", max_length=120)
    label: str = Field(default="", max_length=300)
    details: str = Field(default="", max_length=1000)


class TrashEntry(SQLModel, table=True):
    """Something that was deleted, whole, so that it can be put back for 30 days."""

    __tablename__ = "trash"

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=40)
    entity: str = Field(max_length=120)
    label: str = Field(max_length=300)
    organization_id: int | None = Field(default=None, index=True)
    """Whose it was, so that a Träger-editor finds their own."""
    content: str
    deleted_by: str = Field(default="", max_length=120)
    deleted_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime, index=True)


class Reminder(SQLModel, table=True):
    """A mail that asked whether an offer is still right; one of each kind for each review date."""

    __tablename__ = "reminder"

    offer_id: int = Field(foreign_key="offer.id", primary_key=True, ondelete="CASCADE")
    review_due: date = Field(primary_key=True)
    level: int = Field(primary_key=True)
    sent_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class FeedbackReason(StrEnum):
    """What families can say is wrong: chosen, never typed, so nobody writes about a child."""

    PHONE = "phone"
    ADDRESS = "address"
    TIMES = "times"
    CLOSED = "closed"
    NO_PLACE = "no_place"
    COST = "cost"
    LANGUAGE = "language"
    TEXT = "text"


class FeedbackReport(SQLModel, table=True):
    """ "Etwas stimmt nicht": one line in the inbox of the editors."""

    __tablename__ = "feedback_report"

    id: int | None = Field(default=None, primary_key=True)
    offer_id: int = Field(foreign_key="offer.id", index=True, ondelete="CASCADE")
    reason: FeedbackReason = Field(sa_type=enum_type(FeedbackReason, "reason"))
    lang: str = Field(max_length=12)
    """In which language the page was read: a wrong text is wrong there."""
    reported_on: date
    """A day and no time: nobody can be found by it."""
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    done_by: str = Field(default="", max_length=120)
    note: str = Field(default="", max_length=500)


class HelpedCount(SQLModel, table=True):
    """ "Hat das geholfen?", counted by month."""

    __tablename__ = "helped_count"
    __table_args__ = (check("not_negative", "yes >= 0 AND no >= 0"),)

    offer_id: int = Field(foreign_key="offer.id", primary_key=True, ondelete="CASCADE")
    month: date = Field(primary_key=True)
    """Its first day."""
    yes: int = 0
    no: int = 0


class TranslationSource(SQLModel, table=True):
    """The German fields that a translation was made from, so that an outdated one can show what has changed since."""

    __tablename__ = "translation_source"

    kind: str = Field(primary_key=True, max_length=20)
    """"offer", "organization", "district", "need", "page", "life_phase", "banner"."""
    entity: str = Field(primary_key=True, max_length=120)
    """Slug, code or id."""
    lang: str = Field(primary_key=True, max_length=12)
    fields: str
    """JSON: the German text by the name of the field."""
    updated_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime, sa_column_kwargs={"onupdate": utc_now})
