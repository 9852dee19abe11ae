"""Real offers for a step: for its needs, the ages of the children, near by, and with what the family wished for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from portal.content.site import SOURCE_LANGUAGE
from portal.lotse.answers import Child, Value
from portal.lotse.schema import OfferRule
from portal.offers.catalogue import Catalogue
from portal.offers.filters import Barrier

SHORT_LIST = 3
"""A longer list is there to choose from, so it may lead farther than to the next streets."""


def spans_of(answers: Iterable[Value]) -> list[tuple[int, int]]:
    """The ages of all children that were named; a child that is not born yet has none."""
    children = [
        child
        for value in answers
        for child in (value if isinstance(value, tuple) else (value,))
        if isinstance(child, Child) and child.high >= 0
    ]
    return sorted({(max(child.low, 0), child.high) for child in children})


def fitting(
    catalogue: Catalogue,
    rule: OfferRule,
    *,
    spans: Sequence[tuple[int, int]],
    district: str | None,
    lang: str,
    wishes: Iterable[str] = (),
    without: Iterable[int] = (),
) -> list[int]:
    """Ids of at most `rule.limit` offers, the best first; those of `without`, shown already, only where there is nothing as good.

    What is mainly for a need comes before what is nearer; a long list may look into every district. The age is let go where
    nothing would be left: a step never ends in nothing that exists.
    """
    asked = 0
    for code in rule.needs:
        asked |= catalogue.need.get(code, 0)
    aged = (asked & catalogue.ages_mask(spans) if spans else asked) or asked
    here = catalogue.district.get(district, catalogue.all) if district else catalogue.all
    shown = 0
    for offer_id in without:
        if (place := catalogue.place_of(offer_id)) is not None:
            shown |= 1 << place
    order = [
        catalogue.all & ~shown,
        *(catalogue.barrier.get(barrier, 0) for barrier in Barrier if barrier.value in set(wishes)),
        *([catalogue.language.get(lang, 0)] if lang != SOURCE_LANGUAGE else []),
        *([catalogue.local_district.get(district, 0)] if district else []),
    ]
    found: list[int] = []

    def take(mask: int, count: int) -> None:
        places = catalogue.places(mask, order, count=count + len(found))
        found.extend([place for place in places if place not in found][: max(count, 0)])

    mainly = 0
    for code in rule.needs:
        # One for each need first, in the order of the rule.
        part = aged & catalogue.need.get(code, 0)
        main = part & catalogue.main_need.get(code, 0)
        mainly |= main
        take((main & here) or main or (part & here) or part, min(1, rule.limit - len(found)))
    take(mainly & here, rule.limit - len(found))
    if rule.limit > SHORT_LIST:
        take(mainly, rule.limit - len(found))
    return [catalogue.offer_ids[place] for place in found]
