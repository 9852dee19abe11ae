"""Real offers for a step: for its needs, the ages of the children, near by, and with what the family wished for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from portal.lotse.answers import Child, Value
from portal.lotse.schema import OfferRule
from portal.offers.catalogue import Catalogue
from portal.offers.filters import Barrier


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

    The district is let go where nothing would be left, then the age: a step never ends in nothing that exists.
    """
    asked = 0
    for code in rule.needs:
        asked |= catalogue.need.get(code, 0)
    aged = asked & catalogue.ages_mask(spans) if spans else asked
    near = aged & catalogue.district.get(district, 0) if district else aged
    mask = near or aged or asked
    shown = 0
    for offer_id in without:
        if (place := catalogue.place_of(offer_id)) is not None:
            shown |= 1 << place
    wished = [catalogue.barrier.get(barrier, 0) for barrier in Barrier if barrier.value in set(wishes)]
    speaking = [catalogue.language.get(lang, 0)] if lang != "de" else []
    local = [catalogue.local_district.get(district, 0)] if district else []
    # What is mainly for the need comes before what is only new.
    rest = [catalogue.all & ~shown, *wished, *speaking, *local]
    found: list[int] = []
    for code in rule.needs:
        # One for each need first, in the order of the rule.
        part = mask & catalogue.need.get(code, 0)
        places = catalogue.places(part, [catalogue.main_need.get(code, 0), *rest], count=len(found) + 1)
        found += [place for place in places if place not in found][: 1 if len(found) < rule.limit else 0]
    mainly = 0
    for code in rule.needs:
        mainly |= catalogue.main_need.get(code, 0)
    places = catalogue.places(mask, [mainly, *rest], count=rule.limit + len(found))
    found += [place for place in places if place not in found][: rule.limit - len(found)]
    return [catalogue.offer_ids[place] for place in found]
