"""What the page of a Merkzettel shows, in the order that its reader wants. A fixed number of queries, however long it is."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.models import Offer
from portal.offers.catalogue import Catalogue, published_on
from portal.offers.queries import Card, cards

OWN, BY_NAME, BY_PLACE, BY_AGE = "", "az", "ort", "alter"
SORTS = (OWN, BY_NAME, BY_PLACE, BY_AGE)
"""As they stand in an address. OWN is the order in which somebody has collected."""

_offer = Offer.__table__.c
_PHONES = select(_offer.id, _offer.phone).where(
    _offer.id.in_(bindparam("ids", expanding=True)), published_on(bindparam("today"))
)


@dataclass(frozen=True)
class Entry:
    """One offer of a Merkzettel. `card` is None where the offer is not there any more."""

    offer_id: int
    card: Card | None
    phone: str


def entries(session: Session, ids: Sequence[int], lang: str, today: date) -> list[Entry]:
    """One for each id, in this order. Two queries."""
    if not ids:
        return []
    phones = {row.id: row.phone for row in session.execute(_PHONES, {"ids": ids, "today": today})}
    found = {card.row.id: card for card in cards(session, [i for i in ids if i in phones], lang)}
    return [Entry(offer_id, found.get(offer_id), phones.get(offer_id) or "") for offer_id in ids]


def in_order(found: Sequence[Entry], sort: str, catalogue: Catalogue) -> list[Entry]:
    """Sorted; what is not there any more stands at the end. Any `sort` that is not of SORTS means OWN."""
    key = _KEYS.get(sort)
    if key is None:
        return list(found)
    there = [entry for entry in found if entry.card]
    there.sort(key=lambda entry: (*key(entry.card, catalogue), letters(entry.card.title)))  # type: ignore[arg-type, union-attr]
    return there + [entry for entry in found if not entry.card]


def letters(text: str) -> str:
    """For sorting: ä beside a, capital letters beside small ones."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in parts if not unicodedata.combining(char))


def _place(card: Card, catalogue: Catalogue) -> tuple[Any, ...]:
    name = catalogue.district_name(card.row.district_id) or ("" if card.row.city_wide else card.row.city) or ""
    # What is everywhere comes last.
    return (name == "", letters(name))


def _age(card: Card, _catalogue: Catalogue) -> tuple[Any, ...]:
    low, high = card.row.min_age_months, card.row.max_age_months
    return (low or 0, 12_000 if high is None else high)


_KEYS: dict[str, Callable[[Card, Catalogue], tuple[Any, ...]]] = {
    BY_NAME: lambda _card, _catalogue: (),
    BY_PLACE: _place,
    BY_AGE: _age,
}
