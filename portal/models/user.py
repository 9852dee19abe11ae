"""Who may write: people, what they may do, where they are logged in. Visitors are in no table."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_security import RoleMixin, UserMixin
from sqlalchemy import JSON, Column
from sqlmodel import Field, Relationship, SQLModel

from portal.models.base import UtcDateTime, check, utc_now


class RoleName(StrEnum):
    """What somebody is here for. One person may have several."""

    PROVIDER = "traeger"
    """Writes the offers of their own organizations; somebody else approves them."""
    EDITOR = "redaktion"
    """Writes and approves everything."""
    TRANSLATOR = "uebersetzung"
    """Writes texts in given languages."""
    PRACTITIONER = "fachkraft"
    """Reads what practitioners need to know."""
    PLANNER = "planung"
    """Reads what planners need to know: gaps, feedback, funding."""
    ADMIN = "admin"
    """Invites people and gives them roles."""


class UserRole(SQLModel, table=True):
    __tablename__ = "user_role"

    user_id: int = Field(foreign_key="user.id", primary_key=True, ondelete="CASCADE")
    role_id: int = Field(foreign_key="role.id", primary_key=True, ondelete="CASCADE")


class Role(SQLModel, RoleMixin, table=True):
    __tablename__ = "role"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True, max_length=32)


class User(SQLModel, UserMixin, table=True):
    """Somebody with a log-in. The names of the columns are those that Flask-Security asks for."""

    __tablename__ = "user"
    __table_args__ = (
        check("email_in_small_letters", "email = lower(email)"),
        check("name_not_empty", "length(trim(name)) > 0"),
    )

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(unique=True, max_length=200)
    name: str = Field(max_length=120)
    """As colleagues see it beside what was changed."""
    password: str | None = Field(default=None, max_length=255)
    """None until the invitation has been followed."""
    active: bool = True
    fs_uniquifier: str = Field(unique=True, max_length=64)
    """Inside every session and every link for this person: a new one makes all of them worthless."""
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    last_login_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    tf_primary_method: str | None = Field(default=None, max_length=64)
    tf_totp_secret: str | None = Field(default=None, max_length=255)
    mf_recovery_codes: list[str] | None = Field(default=None, sa_column=Column(JSON))

    roles: list[Role] = Relationship(link_model=UserRole)

    def get_security_payload(self) -> dict[str, Any]:
        return {}


class UserOrganization(SQLModel, table=True):
    """For which organizations a Träger-editor writes."""

    __tablename__ = "user_organization"

    user_id: int = Field(foreign_key="user.id", primary_key=True, ondelete="CASCADE")
    organization_id: int = Field(foreign_key="organization.id", primary_key=True, index=True, ondelete="CASCADE")


class UserLanguage(SQLModel, table=True):
    """In which languages a translator writes (BCP 47)."""

    __tablename__ = "user_language"

    user_id: int = Field(foreign_key="user.id", primary_key=True, ondelete="CASCADE")
    lang: str = Field(primary_key=True, max_length=12)


class LoginSession(SQLModel, table=True):
    """Where somebody is logged in: the browser knows a random word, here is only its hash."""

    __tablename__ = "login_session"

    id: str = Field(primary_key=True, max_length=64)
    """SHA-256 of the word in the cookie, in hex."""
    user_id: int | None = Field(default=None, foreign_key="user.id", index=True, ondelete="CASCADE")
    """None between the password and the second factor, and for guests (portal.auth.guests)."""
    data: str = "{}"
    """JSON: what Flask's session holds."""
    device: str = Field(default="", max_length=80)
    """"Firefox, Windows": so that somebody recognises their own."""
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    seen_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class LoginThrottle(SQLModel, table=True):
    """How often somebody failed lately: for an account and for an address, each as a keyed hash."""

    __tablename__ = "login_throttle"

    key: str = Field(primary_key=True, max_length=64)
    failures: int = 0
    blocked_until: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
