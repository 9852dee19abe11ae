"""The search of practitioners: the box and the engine of families, more rows, one order. No Flask, no SQL."""

from __future__ import annotations

from dataclasses import dataclass, replace

from portal.editing.reported_gaps import Missing, missing
from portal.offers.catalogue import Catalogue
from portal.offers.filters import MAX_FILTER_AGE, Filters
from portal.search.gaps import age_group
from portal.search.service import Found, Question, Searcher

PAGE = 20
MOST_BY_WORDS = 100
"""Results of a question: what comes after them fits badly."""
MOST_CHILDREN = 6
FOR_ALL, FOR_EACH = 10, 6
"""Offers shown for all of several children, and for each of them, before "all"."""


@dataclass(frozen=True)
class Result:
    """A page of results. `found` is None where nothing was typed, only chosen."""

    ids: list[int]
    count: int
    page: int
    pages: int
    found: Found | None = None


def find_by_choice(catalogue: Catalogue, filters: Filters, page: int) -> Result:
    """What fits the choices, in the order of the lists."""
    mask = catalogue.match(filters)
    count = mask.bit_count()
    page, pages, start = _cut(page, count)
    return Result(catalogue.ids(mask, filters=filters, start=start, count=PAGE), count, page, pages)


def find_by_words(searcher: Searcher, catalogue: Catalogue, question: Question, page: int) -> Result:
    """What fits the words and the choices of a question, whose limit is how many there can be at most."""
    found = searcher.search(question, catalogue)
    page, pages, start = _cut(page, len(found.ranked))
    ids = [item.offer_id for item in found.ranked[start : start + PAGE]]
    return Result(ids, len(found.ranked), page, pages, found)


def _cut(page: int, count: int) -> tuple[int, int, int]:
    """The page that there is, how many there are, and where it starts."""
    pages = max(1, -(-count // PAGE))
    page = min(page, pages)
    return page, pages, (page - 1) * PAGE


def missing_here(catalogue: Catalogue, filters: Filters, found: Found | None = None) -> Missing:
    """What "Dafür gibt es nichts" would count for this search: groups and codes of what was chosen or understood."""
    spans = [(filters.age, filters.age)] if filters.age is not None else []
    group, need, district = age_group(spans), filters.need or "", filters.district or ""
    if found:
        understood = found.understood
        group = age_group(understood.ages.spans, pregnant=understood.ages.pregnant)
        need = understood.needs[0][0] if understood.needs else ""
        district = understood.district or ""
    return missing(
        catalogue,
        age_group=group or (filters.phase.value if filters.phase else ""),
        life_situation=filters.situations[0].value if filters.situations else "",
        need_code=need,
        district=district,
    )


# --- several children -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Child:
    """An age in months (the form offers AGE_CHOICES) and perhaps a need. No name, no note: there is no room for one."""

    age: int
    need: str = ""

    @property
    def arg(self) -> str:
        """As it stands in the address."""
        return f"{self.age}:{self.need}" if self.need else str(self.age)


def parse_children(values: list[str], catalogue: Catalogue) -> list[Child]:
    """From the address ("30:sprache"), at most MOST_CHILDREN. What is no age or need of ours is left out."""
    found = []
    for value in values[: MOST_CHILDREN * 2]:
        age, _, need = value.partition(":")
        if age in _AGES:
            found.append(Child(int(age), need if need in catalogue.needs else ""))
    return found[:MOST_CHILDREN]


_AGES = {str(age) for age in range(MAX_FILTER_AGE + 1)}


@dataclass(frozen=True)
class ForChild:
    child: Child
    filters: Filters
    """What leads to all that fits this child."""
    ids: list[int]
    count: int
    """How many fit this child alone, without those that fit all."""


@dataclass(frozen=True)
class ForChildren:
    ids: list[int]
    """What fits all of them: of several children FOR_ALL, of one PAGE."""
    count: int
    each: list[ForChild]


def find_for_children(catalogue: Catalogue, children: list[Child], common: Filters) -> ForChildren:
    """First what fits all of them, then for each what fits beside it. Twins are one child here."""
    chosen = [replace(common, age=child.age, need=child.need or None) for child in dict.fromkeys(children)]
    masks = [catalogue.match(filters) for filters in chosen]
    together = catalogue.match(common)
    for mask in masks:
        together &= mask
    each = []
    for child, filters, mask in zip(dict.fromkeys(children), chosen, masks, strict=True):
        own = mask & ~together if len(chosen) > 1 else 0
        ids = catalogue.ids(own, filters=filters, count=FOR_EACH)
        each.append(ForChild(child, filters, ids, own.bit_count()))
    # Without a need that all share, what is near comes first.
    needs = {filters.need for filters in chosen}
    order = replace(common, need=needs.pop() if len(needs) == 1 else None)
    shown = catalogue.ids(together, filters=order, count=FOR_ALL if len(chosen) > 1 else PAGE)
    return ForChildren(shown, together.bit_count(), each)
