"""Whoever may log in: inviting, changing, shutting out. Every change is recorded. Callers commit where nothing else is said."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from datetime import timedelta

from flask import current_app
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, func, select

from portal.auth import codes, passwords
from portal.auth.access import actor_of
from portal.auth.service import is_admin
from portal.auth.sessions import revoke_sessions
from portal.auth.throttle import use_once
from portal.editing.actor import COMMAND, Actor
from portal.editing.audit import Action, record
from portal.extensions import db
from portal.models import Organization, Role, RoleName, User, UserLanguage, UserOrganization, UserRole
from portal.models.base import utc_now

ROLE_WORDS = {
    RoleName.PROVIDER: "Träger",
    RoleName.EDITOR: "Redaktion",
    RoleName.TRANSLATOR: "Übersetzung",
    RoleName.PRACTITIONER: "Fachkraft",
    RoleName.PLANNER: "Planung",
    RoleName.ADMIN: "Verwaltung der Personen",
}


_TAKEN = "Mit dieser E-Mail-Adresse gibt es schon jemanden."


class PersonError(Exception):
    """Something about a person cannot be as asked: a field of the form, and a sentence."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


def anybody(session: Session) -> bool:
    return session.exec(select(User.id).limit(1)).first() is not None


def invite(
    *,
    by: Actor,
    email: str,
    name: str,
    roles: Collection[RoleName],
    organizations: Iterable[int] = (),
    languages: Iterable[str] = (),
) -> User:
    """A new person without a password, who gets in by a link. Raises PersonError."""
    user = User(email=_free_email(email), name=_name(name), fs_uniquifier=secrets.token_hex(32))
    db.session.add(user)
    try:
        db.session.flush()
    except IntegrityError as error:
        # Two clicks at the same moment.
        db.session.rollback()
        raise PersonError("email", _TAKEN) from error
    _assign(user, roles, organizations, languages)
    _note(by, Action.INVITED, user, _in_words(roles))
    return user


def change(
    user: User,
    *,
    by: Actor,
    email: str,
    name: str,
    roles: Collection[RoleName],
    organizations: Iterable[int] = (),
    languages: Iterable[str] = (),
) -> None:
    """Raises PersonError. Whoever becomes admin without a second step has to log in anew, and sets it up then. Another
    address ends every session, and every link that is on its way to the old one."""
    was_admin = is_admin(user)
    if was_admin and RoleName.ADMIN not in roles:
        _not_the_last_admin(user)
    before = {"Name": user.name, **_rights(user)}
    if email.strip().lower() != user.email:
        user.email = _free_email(email)
        # A link that went to the old address, perhaps a stranger's, opens nothing any more.
        user.fs_uniquifier = secrets.token_hex(32)
        revoke_sessions(user.id or 0)
    user.name = _name(name)
    _assign(user, roles, organizations, languages)
    after = {"Name": user.name, **_rights(user)}
    if RoleName.ADMIN in roles and not was_admin and not codes.has_second_factor(user):
        revoke_sessions(user.id or 0)
    _note(by, Action.CHANGED, user, "; ".join(f"{key}: {text}" for key, text in after.items() if before[key] != text))


def deactivate(user: User, *, by: Actor) -> None:
    """Shut out, and log out everywhere at once. What they wrote stays. Raises PersonError for the last admin."""
    if is_admin(user):
        _not_the_last_admin(user)
    user.active = False
    revoke_sessions(user.id or 0)
    _note(by, Action.DEACTIVATED, user)


def reactivate(user: User, *, by: Actor) -> None:
    user.active = True
    _note(by, Action.RESTORED, user, "wieder freigeschaltet")


def renew_access(user: User, *, by: Actor) -> None:
    """Everything that opened the door is worth nothing any more; a new invitation does. Raises PersonError."""
    if is_admin(user):
        _not_the_last_admin(user)
    user.password = None
    user.fs_uniquifier = secrets.token_hex(32)
    codes.turn_off(user)
    revoke_sessions(user.id or 0)
    _note(by, Action.INVITED, user, "Zugang zurückgesetzt")


def revoke_all(user: User, *, by: Actor, but: str = "") -> int:
    """Log out everywhere (but in one session). Returns in how many places."""
    ended = revoke_sessions(user.id or 0, but=but)
    _note(by, Action.REVOKED, user, f"an {ended} Orten abgemeldet")
    return ended


def revoke_one(user: User, session_id: str, *, by: Actor) -> None:
    if revoke_sessions(user.id or 0, only=session_id):
        _note(by, Action.REVOKED, user, "an einem Ort abgemeldet")


def accept_invitation(user: User, *, name: str, password: str) -> None:
    """Commits."""
    user.name = _name(name)
    passwords.set_password(user, password)
    revoke_sessions(user.id or 0)
    _note(actor_of(user), Action.CHANGED, user, "Einladung angenommen")
    db.session.commit()


def first_admin(*, name: str, email: str, password: str) -> User | None:
    """The person who invites all others. None where somebody else was quicker. Commits."""
    if anybody(db.session) or not use_once("first admin", until=utc_now() + timedelta(days=1)):
        return None
    user = invite(by=COMMAND, email=email, name=name, roles={RoleName.ADMIN})
    passwords.set_password(user, password)
    db.session.commit()
    return user


def rename(user: User, name: str) -> None:
    user.name = _name(name)
    _note(actor_of(user), Action.CHANGED, user, "eigener Name")


def turn_on_second_step(user: User, secret: str) -> list[str]:
    """Returns the recovery codes, to be shown once. Commits."""
    shown = codes.turn_on(user, secret)
    _note(actor_of(user), Action.CHANGED, user, "zweiter Schritt eingerichtet")
    db.session.commit()
    return shown


def turn_off_second_step(user: User) -> None:
    """Raises PersonError for somebody who must have one."""
    if is_admin(user):
        raise PersonError("", "Wer Personen verwaltet, braucht den zweiten Schritt.")
    codes.turn_off(user)
    _note(actor_of(user), Action.CHANGED, user, "zweiter Schritt ausgeschaltet")


def new_recovery_codes(user: User) -> list[str]:
    shown = codes.new_recovery_codes(user)
    _note(actor_of(user), Action.CHANGED, user, "neue Wiederherstellungs-Codes")
    return shown


def _assign(user: User, roles: Collection[RoleName], organizations: Iterable[int], languages: Iterable[str]) -> None:
    if not roles:
        raise PersonError("roles", "Wähle mindestens eine Aufgabe.")
    chosen = set(organizations) if RoleName.PROVIDER in roles else set()
    spoken = set(languages) if RoleName.TRANSLATOR in roles else set()
    if RoleName.PROVIDER in roles and not chosen:
        raise PersonError("organizations", "Für welche Träger? Wähle mindestens einen.")
    if RoleName.TRANSLATOR in roles and not spoken:
        raise PersonError("languages", "In welche Sprachen? Wähle mindestens eine.")
    if len(db.session.exec(select(Organization.id).where(col(Organization.id).in_(chosen))).all()) != len(chosen):
        raise PersonError("organizations", "Einen dieser Träger gibt es nicht mehr.")
    if spoken - set(current_app.extensions["site"].kommune.languages):
        raise PersonError("languages", "Eine dieser Sprachen spricht die Seite nicht.")
    user.roles = [_role(role) for role in sorted(set(roles))]
    db.session.flush()
    db.session.exec(delete(UserOrganization).where(col(UserOrganization.user_id) == user.id))
    db.session.exec(delete(UserLanguage).where(col(UserLanguage.user_id) == user.id))
    db.session.add_all(UserOrganization(user_id=user.id or 0, organization_id=each) for each in sorted(chosen))
    db.session.add_all(UserLanguage(user_id=user.id or 0, lang=each) for each in sorted(spoken))


def _role(name: RoleName) -> Role:
    found = db.session.exec(select(Role).where(Role.name == name.value)).first()
    if found is None:
        found = Role(name=name.value)
        db.session.add(found)
    return found


def _free_email(email: str) -> str:
    small = email.strip().lower()
    if not small.isascii() or " " in small:
        raise PersonError("email", "Bitte schreib die Adresse ohne Umlaute und Leerzeichen.")
    if db.session.exec(select(User.id).where(User.email == small)).first() is not None:
        raise PersonError("email", _TAKEN)
    return small


def _name(name: str) -> str:
    clean = " ".join("".join(char for char in name if char.isprintable()).split())
    if not clean:
        raise PersonError("name", "Bitte gib einen Namen an.")
    return clean[:120]


def _not_the_last_admin(user: User) -> None:
    others = db.session.exec(
        select(func.count())
        .select_from(UserRole)
        .join(Role, col(Role.id) == col(UserRole.role_id))
        .join(User, col(User.id) == col(UserRole.user_id))
        .where(Role.name == RoleName.ADMIN.value, User.active, col(User.password).is_not(None), User.id != user.id)
    ).one()
    if not others:
        raise PersonError(
            "roles", "Das ist die letzte Person, die andere einladen kann. Lade zuerst jemand zweites ein."
        )


def _rights(user: User) -> dict[str, str]:
    """What the record says of somebody, by the name of the thing."""
    actor = actor_of(user)
    return {
        "E-Mail-Adresse": user.email,
        "Aufgaben": _in_words(actor.roles),
        "Träger": ", ".join(str(number) for number in sorted(actor.organizations)) or "keine",
        "Sprachen": ", ".join(sorted(actor.languages)) or "keine",
    }


def _in_words(roles: Iterable[RoleName]) -> str:
    return ", ".join(ROLE_WORDS[role] for role in sorted(roles))


def _note(by: Actor, action: Action, user: User, details: str = "") -> None:
    db.session.add(user)
    db.session.flush()
    record(db.session, by, action, kind="user", entity=user.id or "", label=user.name, details=details)
