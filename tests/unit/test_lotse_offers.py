"""Which real offers stand below a step: for the need, the age, near by, and never nothing where something exists."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from flask import Flask

from portal.extensions import db
from portal.lotse.answers import Child, Month, Value
from portal.lotse.offers import fitting, spans_of
from portal.lotse.schema import OfferRule
from portal.offers.catalogue import Catalogue
from portal.offers.filters import Barrier, positions
from tests.conftest import TODAY


class Little:
    """A catalogue of a few offers: what each has, in the order of the lists."""

    def __init__(self, *offers: dict[str, Any]) -> None:
        self.offer_ids = [100 + place for place in range(len(offers))]
        self.all = (1 << len(offers)) - 1
        self._ages = [offer.get("ages", (0, 999)) for offer in offers]
        self.need = self._by(offers, "needs")
        self.main_need = self._by([{"needs": offer["needs"][:1]} for offer in offers], "needs")
        self.district = self.local_district = self._by(offers, "districts")
        self.language = self._by(offers, "languages")
        self.barrier = self._by(offers, "barriers")

    @staticmethod
    def _by(offers: Iterable[dict[str, Any]], name: str) -> dict[Any, int]:
        masks: dict[Any, int] = {}
        for place, offer in enumerate(offers):
            for value in offer.get(name, ()):
                masks[value] = masks.get(value, 0) | 1 << place
        return masks

    def ages_mask(self, spans: Iterable[tuple[int, int]]) -> int:
        return sum(
            1 << place
            for place, (low, high) in enumerate(self._ages)
            if any(low <= last and first <= high for first, last in spans)
        )

    def place_of(self, offer_id: int) -> int | None:
        return self.offer_ids.index(offer_id) if offer_id in self.offer_ids else None

    places = Catalogue.places


def choose(*offers: dict[str, Any], needs: tuple[str, ...] = ("a",), limit: int = 2, **asked: Any) -> list[int]:
    """Which of these are chosen, by number."""
    question = {"spans": [], "district": None, "lang": "de", **asked}
    if "without" in question:
        question["without"] = [100 + number for number in question["without"]]
    found = fitting(Little(*offers), OfferRule(needs=list(needs), limit=limit), **question)  # type: ignore[arg-type]
    return [offer_id - 100 for offer_id in found]


def offer(*needs: str, **parts: Any) -> dict[str, Any]:
    return {"needs": needs or ("a",), **parts}


def test_only_what_answers_the_need_is_shown_and_no_more_than_the_limit() -> None:
    assert choose(offer("b"), offer("a"), offer("c"), offer("a"), offer("a")) == [1, 3]
    assert choose(offer("a"), offer("a"), offer("a"), limit=1) == [0]
    assert choose(offer("b")) == []


def test_of_several_needs_each_has_its_offer_first() -> None:
    offers = [offer("a"), offer("a"), offer("b"), offer("b")]
    assert choose(*offers, needs=("a", "b")) == [0, 2]
    assert choose(*offers, needs=("b", "a"), limit=3) == [2, 0, 1]
    assert choose(*offers, needs=("b", "a"), limit=1) == [2]
    # One that answers both is not shown twice.
    assert choose(offer("a", "b"), offer("b"), needs=("a", "b"), limit=3) == [0, 1]


def test_what_is_mainly_for_the_need_comes_first() -> None:
    assert choose(offer("b", "a"), offer("a", "b")) == [1]
    assert choose(offer("b", "a")) == [0], "better something beside it than nothing"


def test_what_is_mainly_for_the_need_is_worth_a_way() -> None:
    beside, far = offer("b", "a", districts=["nord"]), offer("a", districts=["sued"])
    assert choose(beside, far, district="nord") == [1]


def test_a_long_list_looks_into_every_district() -> None:
    near, far = offer("a", districts=["nord"]), offer("a", districts=["sued"])
    assert choose(far, near, district="nord", limit=3) == [1]
    assert choose(far, near, district="nord", limit=4) == [1, 0]


def test_the_age_of_a_child_counts_and_is_let_go_where_nothing_would_be_left() -> None:
    small, big = offer("a", ages=(0, 35)), offer("a", ages=(72, 144))
    assert choose(small, big, spans=[(24, 35)]) == [0]
    assert choose(small, big, spans=[(84, 95)]) == [1]
    assert choose(small, big, spans=[(84, 95), (0, 11)]) == [0, 1]
    assert choose(small, big, spans=[(200, 211)]) == [0, 1]
    assert choose(small, big) == [0, 1]


def test_the_district_is_let_go_where_nothing_would_be_left() -> None:
    near, far = offer("a", districts=["nord"]), offer("a", districts=["sued"])
    assert choose(far, near, district="nord") == [1]
    assert choose(far, district="nord") == [0]
    assert choose(far, near, district="atlantis") == [0, 1]


def test_the_district_is_let_go_before_the_age() -> None:
    near_wrong_age = offer("a", districts=["nord"], ages=(72, 144))
    far_right_age = offer("a", districts=["sued"], ages=(0, 35))
    assert choose(near_wrong_age, far_right_age, district="nord", spans=[(24, 35)]) == [1]


def test_what_the_family_wishes_for_comes_before_the_language() -> None:
    plain, free, turkish = offer(), offer(barriers=[Barrier.FREE]), offer(languages=["tr"])
    assert choose(plain, turkish, free, limit=3, wishes=[Barrier.FREE.value], lang="tr") == [2, 1, 0]
    assert choose(plain, turkish, free, limit=3, wishes=["nothing that we know"], lang="tr") == [1, 0, 2]


def test_the_readers_language_comes_first_and_german_is_nothing_special() -> None:
    german, turkish = offer(languages=["de"]), offer(languages=["tr"])
    assert choose(turkish, german, lang="de") == [0, 1]
    assert choose(german, turkish, lang="tr") == [1, 0]


def test_what_was_shown_before_comes_only_where_there_is_nothing_else() -> None:
    assert choose(offer(), offer(), offer(), without=[0]) == [1, 2]
    assert choose(offer(), offer(), without=[0, 1]) == [0, 1]
    assert choose(offer(), without=[0]) == [0]
    assert choose(offer(), offer(), limit=1, without=[0]) == [1]
    # What is mainly for the need comes before what is only new.
    assert choose(offer("a"), offer("b", "a"), limit=1, without=[0]) == [0]
    # An offer that is not published any more is no reason to fail.
    assert choose(offer(), without=[77]) == [0]


@pytest.mark.parametrize(
    ("answers", "spans"),
    [
        ([], []),
        ([None, "ja", ("a", "b"), Month(2027, 1)], []),
        ([Child("", 24, 35)], [(24, 35)]),
        # Not born yet: no age that an offer could be for.
        ([Child("", -9, -1)], []),
        ([Child("", -1, 1)], [(0, 1)]),
        ([(Child("kita", 48, 59), Child("schule", 84, 95)), Child("", 48, 59)], [(48, 59), (84, 95)]),
    ],
)
def test_the_ages_of_all_children_count_once(answers: list[Value], spans: list[tuple[int, int]]) -> None:
    assert spans_of(answers) == spans


def test_positions_are_what_the_little_catalogue_thinks() -> None:
    """The real catalogue chooses places with the same function."""
    assert positions([0b1010, 0b0101], 0, 3) == [1, 3, 0]


def test_in_the_demo_the_offers_are_the_fitting_ones(app: Flask) -> None:
    with app.app_context():
        catalogue = Catalogue(db.session, TODAY)
    slugs = {catalogue.offer_ids[place]: slug for slug, place in catalogue.position.items()}

    def found(*needs: str, **asked: Any) -> list[str]:
        question = {"spans": [], "district": None, "lang": "de", **asked}
        return [slugs[offer_id] for offer_id in fitting(catalogue, OfferRule(needs=list(needs)), **question)]

    assert found("kita_beitrag")[0] == "kita-beitrag-ermaessigung"
    for district in ("nordstadt", "hinterwiesen"):
        for slug in found("eltern_kind_gruppe", district=district):
            assert catalogue.district[district] >> catalogue.position[slug] & 1
    for slug in found("sportverein", spans=[(24, 35)]):
        assert catalogue.age_mask(24) >> catalogue.position[slug] & 1
