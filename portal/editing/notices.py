"""A short mail to whoever wrote an offer, when the Redaktion has decided about it; and to the Redaktion when one waits."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session

from portal.editing.actor import Actor
from portal.editing.offer_lists import titles_of
from portal.models import Offer, OfferVersion, Role, RoleName, User, UserRole

_MOST = 20
"""Mails for one step: in a large Redaktion not everybody need be told."""


@dataclass(frozen=True)
class Notice:
    to: str
    subject: str
    text: str


def about_step(session: Session, actor: Actor, offer: Offer, step: str, link: str, reason: str = "") -> list[Notice]:
    """Who is told of a step ("freigeben", "ablehnen", "einreichen") by somebody else. Nobody is told what they did themselves."""
    title = titles_of(session, [offer.slug]).get(offer.slug, offer.slug)
    if step == "einreichen":
        text = f"{actor.name} hat das Angebot „{title}“ zur Freigabe gegeben.\n\nAnsehen und freigeben:\n{link}\n"
        return [
            Notice(email, f"Zur Freigabe: {title}", f"Hallo {name},\n\n{text}")
            for name, email in _editors(session, but_not=actor.user_id)
        ]
    author = _author(session, offer, but_not=actor.user_id) if step in ("freigeben", "ablehnen") else None
    if author is None:
        return []
    name, email = author
    if step == "freigeben":
        text = f"dein Angebot „{title}“ ist jetzt veröffentlicht. Familien sehen es.\n\nAnsehen:\n{link}\n"
        return [Notice(email, f"Veröffentlicht: {title}", f"Hallo {name},\n\n{text}")]
    text = (
        f"{actor.name} hat dein Angebot „{title}“ angesehen und eine Bitte:\n\n{reason.strip()}\n\n"
        f"Bitte ändere es und gib es noch einmal zur Freigabe:\n{link}\n"
    )
    return [Notice(email, f"Bitte noch einmal ansehen: {title}", f"Hallo {name},\n\n{text}")]


def _author(session: Session, offer: Offer, but_not: int | None) -> tuple[str, str] | None:
    """Who wrote what was decided about. Approving may add a version of its own, so the one before it counts as well."""
    rows = session.execute(
        select(OfferVersion.author_id, User.name, User.email, User.active)
        .outerjoin(User, User.id == OfferVersion.author_id)
        .where(OfferVersion.offer_id == offer.id)
        .order_by(OfferVersion.number.desc())
        .limit(2)
    )
    return next(((row.name, row.email) for row in rows if row.active and row.author_id != but_not), None)


def _editors(session: Session, but_not: int | None) -> list[tuple[str, str]]:
    rows = session.execute(
        select(User.name, User.email)
        .join(UserRole, UserRole.user_id == User.id)
        .join(Role, Role.id == UserRole.role_id)
        .where(Role.name == RoleName.EDITOR, User.active, User.password.is_not(None), User.id != but_not)
        .order_by(User.id)
        .limit(_MOST)
    )
    return [(row.name, row.email) for row in rows]
