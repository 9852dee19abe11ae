"""Who is there for a matter in a place. Kreis and Gemeinden differ: the nearest level wins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from portal.offers.taxonomy import DistrictInfo
from portal.practitioners.directory_queries import Contact

Districts = Mapping[str, DistrictInfo]
"""By slug, each parent before its children."""


def way_up(districts: Districts, slug: str) -> list[str]:
    """The district itself, what it is a part of, and so on up to the top."""
    found: list[str] = []
    current: str | None = slug
    while current and current in districts and current not in found:
        found.append(current)
        current = districts[current].parent
    return found


def all_below(districts: Districts, slug: str) -> set[str]:
    """All its parts, without itself."""
    found: set[str] = set()
    waiting = list(districts[slug].children)
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += districts[current].children
    return found


@dataclass(frozen=True)
class Placed:
    """A contact and for what it is entered: a district on the way up, or None for the whole Kommune."""

    contact: Contact
    level: int
    """0 is the place itself; what is for the whole Kommune comes after the top of the way."""
    district: str | None


@dataclass(frozen=True)
class Answer:
    """Who is there for one matter in one place; each list the nearest first."""

    deciding: list[Placed]
    """All of the same level."""
    further: list[Placed]
    """They decide as well, but for a wider place, or for everything where somebody is named for this very matter."""
    helping: list[Placed]
    below: list[Contact]
    """Only for parts of the place."""

    @property
    def nobody(self) -> bool:
        return not (self.deciding or self.further or self.helping)

    def speaking(self, lang: str) -> Answer:
        """The same with only those who speak `lang`. Who decides stays: they do so in any language."""
        return Answer(
            self.deciding,
            [item for item in self.further if lang in item.contact.languages],
            [item for item in self.helping if lang in item.contact.languages],
            [contact for contact in self.below if lang in contact.languages],
        )


def place(contact: Contact, way: Sequence[str]) -> Placed | None:
    """Where on the way the contact is entered, nearest first; None: somewhere else."""
    if not contact.districts:
        return Placed(contact, len(way), None)
    for level, slug in enumerate(way):
        if slug in contact.districts:
            return Placed(contact, level, slug)
    return None


def is_for(contact: Contact, need: str) -> bool:
    """Whether it is for this need; "" stands for any."""
    return not need or not contact.needs or need in contact.needs


def answer(contacts: Iterable[Contact], districts: Districts, slug: str, need: str) -> Answer:
    """Who decides about `need` in the district `slug`, and who helps on.

    Somebody who is entered for this very need comes before somebody who is there for everything: a town hall that
    takes any question does not decide about what the Kreis pays. Among them the nearest level wins.
    """
    way, parts = way_up(districts, slug), all_below(districts, slug)
    fitting = [contact for contact in contacts if is_for(contact, need)]
    placed = sorted(
        (item for contact in fitting if (item := place(contact, way))),
        key=lambda item: (item.level, need not in item.contact.needs, item.contact.role.lower(), item.contact.id),
    )
    deciding = _nearest(placed, need)
    return Answer(
        deciding,
        [item for item in placed if item.contact.responsible and item not in deciding],
        [item for item in placed if not item.contact.responsible],
        sorted(
            (contact for contact in fitting if parts.intersection(contact.districts) and not place(contact, way)),
            key=lambda contact: (not contact.responsible, contact.role.lower(), contact.id),
        ),
    )


def _nearest(placed: Sequence[Placed], need: str) -> list[Placed]:
    responsible = [item for item in placed if item.contact.responsible]
    named = [item for item in responsible if need in item.contact.needs]
    candidates = named or responsible
    return [item for item in candidates if item.level == min(other.level for other in candidates)]


def by_level(contacts: Iterable[Contact], districts: Districts, slug: str) -> list[tuple[str | None, list[Contact]]]:
    """Everybody who is there for a place, whatever the matter: by level, the nearest first; who decides comes first."""
    way = way_up(districts, slug)
    levels: dict[int, list[Contact]] = {}
    for contact in contacts:
        if item := place(contact, way):
            levels.setdefault(item.level, []).append(contact)
    return [
        (
            way[level] if level < len(way) else None,
            sorted(found, key=lambda contact: (not contact.responsible, contact.role.lower(), contact.id)),
        )
        for level, found in sorted(levels.items())
    ]


@dataclass(frozen=True)
class Cell:
    """Who decides about a need in a Gemeinde: roles with their Träger, and whether they are entered for that Gemeinde itself."""

    contacts: list[Contact]
    own: bool


def matrix(
    contacts: Iterable[Contact], districts: Districts, columns: Sequence[str], needs: Sequence[str]
) -> dict[str, list[Cell]]:
    """By need, one cell for each of the districts `columns`."""
    responsible = [contact for contact in contacts if contact.responsible]
    placed = {
        slug: [item for contact in responsible if (item := place(contact, way))]
        for slug in columns
        for way in [way_up(districts, slug)]
    }
    table: dict[str, list[Cell]] = {}
    for need in needs:
        table[need] = []
        for slug in columns:
            nearest = _nearest([item for item in placed[slug] if is_for(item.contact, need)], need)
            table[need].append(Cell([item.contact for item in nearest], bool(nearest) and nearest[0].level == 0))
    return table


def columns_of(districts: Districts, top: str) -> list[str]:
    """The Gemeinden of a Kreis, or the parts of whatever else it is; itself where it has none."""
    return list(districts[top].children) or [top]
