"""Räume und Ressourcen: what a Träger lends or would do together with others. What its editors write of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portal.editing.directory import Link, Noun
from portal.models import District, Resource, ResourceKind, ResourceLanguage


@dataclass(frozen=True, kw_only=True)
class ResourceFacts:
    """`organization` and `district` are slugs, `languages` BCP 47, `capacity` counts persons. Phone or mail is there."""

    organization: str
    kind: ResourceKind
    title: str
    text: str = ""
    district: str | None = None
    """None: for the whole Kommune."""
    capacity: int | None = None
    conditions: str = ""
    contact: str = ""
    phone: str | None = None
    email: str | None = None
    languages: frozenset[str] = frozenset()


RESOURCE = Noun(
    kind="resource",
    table=Resource,
    facts=ResourceFacts,
    title="title",
    labels={
        "title": "Name",
        "kind": "Art",
        "organization": "Träger",
        "text": "Beschreibung",
        "district": "Wo",
        "capacity": "Personen",
        "languages": "Sprachen",
        "conditions": "Bedingungen",
        "contact": "Wer gibt Auskunft",
        "phone": "Telefon",
        "email": "E-Mail",
    },
    columns=("kind", "title", "text", "capacity", "conditions", "contact", "phone", "email"),
    references={"district": District},
    links={"languages": Link(ResourceLanguage, "resource_id", "lang")},
    searched=("title", "text", "contact"),
)


def matching(kind: str) -> list[Any]:
    """The condition of a list: of this kind; "" for all."""
    return [Resource.kind == kind] if kind else []
