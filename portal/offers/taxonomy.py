"""Needs and districts with their words and their tree, as a catalogue keeps them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import District, DistrictNeighbour, Need, NeedLifePhase, NeedText
from portal.models.enums import DistrictKind, LifePhase, LifeSituation, TextState

SOURCE_LANGUAGE = "de"


@dataclass(frozen=True)
class NeedInfo:
    code: str
    life_situation: LifeSituation
    flow: str
    frequent: bool
    life_phases: frozenset[LifePhase]
    texts: dict[str, tuple[str, str, str, TextState]]
    """By language: label, question, explanation, state."""
    min_age_months: int | None = None
    max_age_months: int | None = None
    """Of a child that typically has it; None where it is not bound to an age."""

    def label(self, lang: str) -> str:
        return (self.texts.get(lang) or self.texts[SOURCE_LANGUAGE])[0]


@dataclass
class DistrictInfo:
    id: int
    slug: str
    name: str
    kind: DistrictKind
    parent: str | None
    latitude: float | None
    longitude: float | None
    children: list[str] = field(default_factory=list)
    neighbours: list[str] = field(default_factory=list)


def read_needs(session: Session) -> dict[str, NeedInfo]:
    texts: dict[str, dict[str, tuple[str, str, str, TextState]]] = defaultdict(dict)
    for row in session.execute(
        select(
            NeedText.need_code, NeedText.lang, NeedText.label, NeedText.question, NeedText.explanation, NeedText.state
        )
    ):
        texts[row.need_code][row.lang] = (row.label, row.question, row.explanation, row.state)
    phases: dict[str, set[LifePhase]] = defaultdict(set)
    for code, phase in session.execute(select(NeedLifePhase.need_code, NeedLifePhase.life_phase)):
        phases[code].add(phase)
    return {
        row.code: NeedInfo(
            row.code,
            row.life_situation,
            row.flow,
            row.frequent,
            frozenset(phases[row.code]),
            texts[row.code],
            row.min_age_months,
            row.max_age_months,
        )
        for row in session.execute(
            select(
                Need.code, Need.life_situation, Need.flow, Need.frequent, Need.min_age_months, Need.max_age_months
            ).order_by(Need.position, Need.code)
        )
    }


def read_districts(session: Session) -> dict[str, DistrictInfo]:
    """All districts, each parent before its children."""
    rows = session.execute(
        select(
            District.id,
            District.slug,
            District.name,
            District.kind,
            District.parent_id,
            District.latitude,
            District.longitude,
        ).order_by(District.position, District.name)
    ).all()
    slugs = {row.id: row.slug for row in rows}
    children = defaultdict(list)
    for row in rows:
        children[row.parent_id].append(row)
    found: dict[str, DistrictInfo] = {}

    def add(row: Any) -> None:
        parent = slugs.get(row.parent_id)
        found[row.slug] = DistrictInfo(row.id, row.slug, row.name, row.kind, parent, row.latitude, row.longitude)
        for child in children[row.id]:
            found[row.slug].children.append(child.slug)
            add(child)

    for row in children[None]:
        add(row)
    for district_id, neighbour_id in session.execute(
        select(DistrictNeighbour.district_id, DistrictNeighbour.neighbour_id)
    ):
        found[slugs[district_id]].neighbours.append(slugs[neighbour_id])
    return found
