"""Stadtteile: the tree of Sozialräume and who is whose neighbour. Only for editors; the caller commits."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from portal.content.slugs import free_slug, slugify
from portal.editing import audit, directory_users, trash
from portal.editing.actor import Actor, NotAllowedError
from portal.editing.audit import Action
from portal.editing.descriptions import (
    ChangedMeanwhileError,
    InUseError,
    fingerprint,
    read_description,
    write_description,
)
from portal.editing.offer_lists import titles_naming
from portal.models import (
    District,
    DistrictNeighbour,
    DistrictText,
    Location,
    Offer,
    OfferDistrict,
)
from portal.models.enums import DistrictKind

LABELS = {
    "name": "Name",
    "kind": "Art",
    "parent": "Gehört zu",
    "position": "Reihenfolge",
    "latitude": "Breitengrad",
    "longitude": "Längengrad",
    "description": "Beschreibung",
    "neighbours": "Nachbarn",
}
"""The German names of the facts, as the form has them."""
_COLUMNS = ("name", "kind", "position", "latitude", "longitude")


class CircleError(Exception):
    """A district would lie in itself. The message says so to the editor."""


@dataclass(frozen=True, kw_only=True)
class DistrictFacts:
    """What editors write about a district. `parent` and `neighbours` are slugs; coordinates are degrees, both or none."""

    name: str
    kind: DistrictKind
    parent: str | None = None
    position: int = 0
    latitude: float | None = None
    longitude: float | None = None
    description: str = ""
    neighbours: frozenset[str] = frozenset()


@dataclass(frozen=True)
class TreeRow:
    """A district in the tree: `depth` 0 is the top."""

    id: int
    slug: str
    name: str
    kind: DistrictKind
    depth: int
    places: int
    offers: int
    """That are meant for it."""
    neighbours: int


def tree(session: Session) -> list[TreeRow]:
    """All districts, each parent before its children. One query."""
    counts = {
        "places": select(func.count()).where(Location.district_id == District.id),
        "offers": select(func.count()).where(OfferDistrict.district_id == District.id),
        "neighbours": select(func.count()).where(DistrictNeighbour.district_id == District.id),
    }
    rows = session.execute(
        select(
            *(getattr(District, name) for name in ("id", "slug", "name", "kind", "parent_id")),
            *(query.scalar_subquery().label(name) for name, query in counts.items()),
        ).order_by(District.position, District.name)
    ).all()
    children = defaultdict(list)
    for row in rows:
        children[row.parent_id].append(row)
    found: list[TreeRow] = []

    def add(parent_id: int | None, depth: int) -> None:
        for row in children[parent_id]:
            found.append(TreeRow(row.id, row.slug, row.name, row.kind, depth, row.places, row.offers, row.neighbours))
            add(row.id, depth + 1)

    add(None, 0)
    return found


def below(rows: list[TreeRow], slug: str) -> set[str]:
    """A district and all that lies in it."""
    found: set[str] = set()
    depth: int | None = None
    for row in rows:
        if row.slug == slug:
            depth = row.depth
        elif depth is not None and row.depth <= depth:
            break
        if depth is not None:
            found.add(row.slug)
    return found


def find(session: Session, actor: Actor, slug: str) -> District:
    """Raises NotAllowedError where it is not there, or the person is no editor."""
    _only_editors(actor)
    found = session.execute(select(District).where(District.slug == slug)).scalar_one_or_none()
    if found is None:
        raise NotAllowedError(slug)
    return found


def read(session: Session, district: District) -> DistrictFacts:
    assert district.id is not None
    parent = session.get(District, district.parent_id) if district.parent_id else None
    neighbours = session.execute(
        select(District.slug)
        .join(DistrictNeighbour, DistrictNeighbour.neighbour_id == District.id)
        .where(DistrictNeighbour.district_id == district.id)
    ).scalars()
    return DistrictFacts(
        parent=parent.slug if parent else None,
        neighbours=frozenset(neighbours),
        description=read_description(session, DistrictText, {"district_id": district.id}),
        **{name: getattr(district, name) for name in _COLUMNS},
    )


def create(session: Session, actor: Actor, facts: DistrictFacts) -> District:
    """Raises NotAllowedError."""
    _only_editors(actor)
    words = f"stadtteil {facts.name}" if slugify(facts.name) == "neu" else facts.name
    district = District(slug=free_slug(session, District, words), name=facts.name, kind=facts.kind)
    _write(session, district, facts)
    audit.record(session, actor, Action.CREATED, kind="district", entity=district.slug, label=facts.name)
    return district


def change(
    session: Session, actor: Actor, district: District, facts: DistrictFacts, *, base: str, small: bool = False
) -> bool:
    """Write what has changed; its address stays. Returns whether there was anything.

    Raises NotAllowedError, CircleError, or ChangedMeanwhileError where somebody has saved since the form was opened.
    """
    _only_editors(actor)
    now = read(session, district)
    if facts == now:
        return False
    if base != fingerprint(now):
        raise ChangedMeanwhileError(now)
    _write(session, district, facts, small)
    names = [name for name in LABELS if getattr(facts, name) != getattr(now, name)]
    audit.record(session, actor, Action.CHANGED, kind="district", entity=district.slug, label=facts.name,
                 details=", ".join(LABELS[name] for name in names))  # fmt: skip
    return True


def _write(session: Session, district: District, facts: DistrictFacts, small: bool = False) -> None:
    # All of them are held: two people who move two districts into each other at once would both see no circle.
    rows = session.execute(select(District.id, District.slug, District.parent_id).with_for_update()).all()
    ids = {row.slug: row.id for row in rows}
    parents = {row.id: row.parent_id for row in rows}
    parent_id = ids[facts.parent] if facts.parent else None
    _no_circle(district.id, parent_id, parents, facts.name)
    for name in _COLUMNS:
        setattr(district, name, getattr(facts, name))
    district.parent_id = parent_id
    session.add(district)
    session.flush()
    # SQLite holds nobody up before the first write: it is asked once more after it.
    after = {row.id: row.parent_id for row in session.execute(select(District.id, District.parent_id))}
    _no_circle(district.id, parent_id, after, facts.name)
    assert district.id is not None
    _write_neighbours(session, district.id, {ids[slug] for slug in facts.neighbours})
    write_description(session, DistrictText, {"district_id": district.id}, facts.description,
                      kind="district", slug=district.slug, small=small)  # fmt: skip


def _no_circle(district_id: int | None, parent_id: int | None, parents: dict[int, int | None], name: str) -> None:
    above: int | None = parent_id
    for _step in range(len(parents) + 1):
        if above is None:
            return
        if above == district_id:
            break
        above = parents[above]
    raise CircleError(f"„{name}“ kann nicht in sich selbst liegen, und auch nicht in einem seiner eigenen Teile.")


def _write_neighbours(session: Session, district_id: int, wanted: set[int]) -> None:
    """In both directions, so that one lookup finds all neighbours."""
    wanted = wanted - {district_id}
    query = select(DistrictNeighbour).where(
        (DistrictNeighbour.district_id == district_id) | (DistrictNeighbour.neighbour_id == district_id)
    )
    present = {(row.district_id, row.neighbour_id): row for row in session.execute(query).scalars()}
    pairs = {pair for other in wanted for pair in ((district_id, other), (other, district_id))}
    for pair, row in present.items():
        if pair not in pairs:
            session.delete(row)
    session.add_all(DistrictNeighbour(district_id=one, neighbour_id=other) for one, other in pairs - set(present))
    session.flush()


def users_of(session: Session, district: District) -> list[str]:
    """What hangs on it, one line each: its parts, places, offers that are meant for it or will be, the directory."""
    assert district.id is not None
    children = session.execute(select(District.name).where(District.parent_id == district.id).order_by(District.name))
    places = session.execute(
        select(Location).where(Location.district_id == district.id).order_by(Location.name, Location.id)
    ).scalars()
    served = select(OfferDistrict.offer_id).where(
        OfferDistrict.offer_id == Offer.id, OfferDistrict.district_id == district.id
    )
    # "serves" is the only list of a version that holds slugs of districts.
    offers = titles_naming(session, served, "serves", district.slug)
    return [
        *(f"Stadtteil oder Ort darin: {name}" for (name,) in children),
        *(f"Adresse: {place.name or place.street}" for place in places),
        *(f"Angebot: {title}" for title in offers),
        *directory_users.naming_district(session, district.id),
    ]


def delete(session: Session, actor: Actor, district: District) -> None:
    """Into the bin. Raises NotAllowedError, or InUseError with what hangs on it."""
    _only_editors(actor)
    if users := users_of(session, district):
        raise InUseError(users)
    trash.put(
        session,
        actor,
        kind="district",
        entity=district.slug,
        label=district.name,
        rows=[(District, District.id == district.id)],
    )


def names(session: Session) -> list[tuple[str, str]]:
    """Slug and name of all districts, with dashes for how deep they lie, for a list to choose from."""
    return [(row.slug, f"{'– ' * row.depth}{row.name}") for row in tree(session)]


def _only_editors(actor: Any) -> None:
    if not actor.edits_everything:
        raise NotAllowedError("districts")
