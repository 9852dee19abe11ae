"""What only practitioners read of an offer: whom a colleague calls, and how somebody gets in.

There are no versions of it: it is not approved by anybody and no family reads it. The log says who has changed which
field, never what was in it: a person who was named here and asks to be forgotten is forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from portal.editing import audit
from portal.editing.actor import Actor, NotAllowedError
from portal.editing.audit import Action
from portal.editing.descriptions import ChangedMeanwhileError, fingerprint
from portal.editing.offer_lists import titles_of
from portal.editing.versions import lock
from portal.models import Offer, OfferInternal

LABELS = {
    "contact": "Ansprechperson",
    "contact_phone": "Telefon",
    "contact_email": "E-Mail-Adresse",
    "contact_times": "Erreichbar",
    "deputy": "Vertretung",
    "deputy_phone": "Telefon der Vertretung",
    "deputy_email": "E-Mail-Adresse der Vertretung",
    "referral_route": "Weg dorthin",
    "admission": "Wer aufgenommen wird",
}
"""The German names of the fields of InternalFacts."""


@dataclass(frozen=True, kw_only=True)
class InternalFacts:
    """Plain text, as in OfferInternal. All empty: nothing is kept."""

    contact: str = ""
    contact_phone: str = ""
    contact_email: str = ""
    contact_times: str = ""
    deputy: str = ""
    deputy_phone: str = ""
    deputy_email: str = ""
    referral_route: str = ""
    admission: str = ""


def read(session: Session, offer: Offer) -> InternalFacts:
    row = session.get(OfferInternal, offer.id)
    return InternalFacts(**{name: getattr(row, name) for name in LABELS}) if row else InternalFacts()


def last_change(session: Session, offer: Offer) -> OfferInternal | None:
    """For who has written it last, and when (`updated_by`, `updated_at`); None where there is nothing."""
    return session.get(OfferInternal, offer.id)


def save(session: Session, actor: Actor, offer: Offer, facts: InternalFacts, *, base: str) -> bool:
    """False where nothing has changed. `base` is the fingerprint of what the form began with. The caller commits.

    Raises NotAllowedError, and ChangedMeanwhileError with what is there now.
    """
    if not actor.edits(offer.organization_id):
        raise NotAllowedError(offer.slug)
    lock(session, offer)
    row = session.get(OfferInternal, offer.id, populate_existing=True)
    now = read(session, offer)
    if fingerprint(now) != base:
        raise ChangedMeanwhileError(now)
    changed = [label for name, label in LABELS.items() if getattr(now, name) != getattr(facts, name)]
    if not changed:
        return False
    if facts == InternalFacts():
        session.delete(row)
    else:
        row = row or OfferInternal(offer_id=offer.id or 0)
        for name in LABELS:
            setattr(row, name, getattr(facts, name))
        row.updated_by = actor.name
        session.add(row)
    title = titles_of(session, [offer.slug]).get(offer.slug, offer.slug)
    audit.record(session, actor, Action.CHANGED, kind="offer", entity=offer.slug, label=title,
                 details=f"Für Fachkräfte: {', '.join(changed)}")  # fmt: skip
    return True


def take_along(session: Session, actor: Actor, offer: Offer, made: Offer) -> None:
    """A copy of an offer begins with the same contact and the same way in; attachments stay, they name the other one."""
    facts = read(session, offer)
    if facts != InternalFacts():
        session.add(OfferInternal(offer_id=made.id or 0, **vars(facts), updated_by=actor.name))
