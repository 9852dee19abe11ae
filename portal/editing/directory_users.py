"""What of the directory hangs on a Träger, a district or a need: asked before one of these goes, moved when two become one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import Session

from portal.editing.contact_points import CONTACT_POINT
from portal.editing.directory import Noun
from portal.editing.professional_offers import PROFESSIONAL_OFFER
from portal.editing.resources import RESOURCE
from portal.models import District

_NOUNS = ((CONTACT_POINT, "Ansprechstelle"), (RESOURCE, "Raum oder Ressource"), (PROFESSIONAL_OFFER, "Für Fachkräfte"))


def of_organization(session: Session, organization_id: int) -> list[str]:
    """What the directory has of a Träger, one line each. Three queries."""
    found = []
    for noun, words in _NOUNS:
        found += _lines(session, noun, words, noun.table.organization_id == organization_id)
    return found


def move(session: Session, from_id: int, to_id: int) -> None:
    """Everything of one Träger becomes that of another."""
    for noun, _words in _NOUNS:
        for row in session.execute(select(noun.table).where(noun.table.organization_id == from_id)).scalars():
            row.organization_id = to_id


def naming_district(session: Session, district_id: int) -> list[str]:
    """What is for this district, one line each. Without it that would be for the whole Kommune, so it may not go before."""
    found = []
    for noun, words in _NOUNS:
        conditions = [_linked(noun, name, district_id) for name, link in noun.links.items() if link.target is District]
        if "district" in noun.references:
            conditions.append(noun.table.district_id == district_id)
        if conditions:
            found += _lines(session, noun, words, or_(*conditions))
    return found


def naming_need(session: Session, code: str) -> list[str]:
    """What is for this need, one line each. Without it a contact point would be for everything."""
    found = []
    for noun, words in _NOUNS:
        if "needs" in noun.links:
            found += _lines(session, noun, words, _linked(noun, "needs", code))
    return found


def _linked(noun: Noun, name: str, value: Any) -> Any:
    link = noun.links[name]
    owners = select(getattr(link.table, link.owner)).where(getattr(link.table, link.value) == value)
    return noun.table.id.in_(owners)


def _lines(session: Session, noun: Noun, words: str, condition: Any) -> list[str]:
    title = getattr(noun.table, noun.title)
    rows = session.execute(select(title).where(condition).order_by(func.lower(title), noun.table.id))
    return [f"{words}: {name}" for name in rows.scalars()]
