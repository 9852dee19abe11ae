"""Träger and Orte as tables, to look at: what is changed there is not read back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, func, select
from sqlmodel import Session

from portal.admin.organization_forms import KINDS, STEP_FREE
from portal.editing.actor import Actor
from portal.editing.places import LABELS
from portal.models import District, Location, Offer, Organization, OrganizationText
from portal.offers.taxonomy import SOURCE_LANGUAGE

Rows = tuple[list[str], list[dict[str, str]]]
"""The names of the columns, and the rows."""


def organization_rows(session: Session, actor: Actor) -> Rows:
    """The organizations that somebody writes for. One query."""
    offers = select(Offer.organization_id, func.count().label("number")).group_by(Offer.organization_id).subquery()
    text = and_(OrganizationText.organization_id == Organization.id, OrganizationText.lang == SOURCE_LANGUAGE)
    query = (
        select(Organization.__table__, OrganizationText.description, offers.c.number)
        .outerjoin(OrganizationText, text)
        .outerjoin(offers, offers.c.organization_id == Organization.id)
        .where(*_mine(actor))
        .order_by(func.lower(Organization.name), Organization.id)
    )
    rows = [
        {
            "Kennung": row.slug,
            "Name": row.name,
            "Art": KINDS[row.kind],
            "Telefon": row.phone,
            "E-Mail": row.email,
            "Internetseite": row.website,
            "Beschreibung": row.description,
            "Angebote": row.number or 0,
        }
        for row in session.execute(query)
    ]
    return _texts(["Kennung", "Name", "Art", "Telefon", "E-Mail", "Internetseite", "Beschreibung", "Angebote"], rows)


def place_rows(session: Session, actor: Actor) -> Rows:
    """The places of the organizations that somebody writes for. One query."""
    query = (
        select(
            Location.__table__,
            Organization.slug.label("organization"),
            Organization.name.label("organization_name"),
            District.name.label("district"),
        )
        .join(Organization, Organization.id == Location.organization_id)
        .outerjoin(District, District.id == Location.district_id)
        .where(*_mine(actor))
        .order_by(func.lower(Organization.name), Location.id)
    )
    rows = []
    for row in session.execute(query):
        facts = {label: getattr(row, name) for name, label in LABELS.items()}
        facts |= {LABELS["step_free"]: STEP_FREE[row.step_free] if row.step_free else ""}
        rows.append({"Kennung": row.slug, "Träger": row.organization, "Träger (Name)": row.organization_name} | facts)
    return _texts(["Kennung", "Träger", "Träger (Name)", *LABELS.values()], rows)


def _mine(actor: Actor) -> list[Any]:
    return [] if actor.edits_everything else [Organization.id.in_(actor.organizations)]


def _texts(columns: list[str], rows: Sequence[dict[str, Any]]) -> Rows:
    """Numbers as German spreadsheets have them."""

    def text(value: Any) -> str:
        return str(value).replace(".", ",") if isinstance(value, float) else "" if value is None else str(value)

    return columns, [{name: text(value) for name, value in row.items()} for row in rows]
