"""One order for what is found: what a family needs before what only has its words, near before far, fresh before old."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal import paths
from portal.content.schema import ContentError, read
from portal.offers.filters import positions
from portal.search.engine import Hit
from portal.search.ranking import Ranked, Ranker, Ranking
from tests.conftest import TODAY

RULES = read(paths.SEARCH / "ranking.yaml", Ranking)
"""Those of the portal: what is promised here holds with the weights that it runs with."""
FRESH = TODAY.toordinal() - 10


@dataclass(frozen=True)
class Offered:
    """What the ranking looks at of an offer."""

    needs: tuple[str, ...] = ("kita",)
    ages: tuple[int | None, int | None] = (None, None)
    assured: int = FRESH
    local: str = ""
    serves: str = ""
    city_wide: bool = False


@dataclass
class SmallCatalogue:
    """As portal.offers.catalogue.Catalogue keeps offers, of a few that a test names. The n-th has the id 100 + n."""

    offers: Sequence[Offered]
    offer_ids: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.offer_ids = [100 + place for place in range(len(self.offers))]
        self.needs_of = [offer.needs for offer in self.offers]
        self.ages_of = [offer.ages for offer in self.offers]
        self.assured_of = [offer.assured for offer in self.offers]
        self.city_wide = self.mask(offer.city_wide for offer in self.offers)
        codes = {code for offer in self.offers for code in offer.needs}
        self.need = {code: self.mask(code in offer.needs for offer in self.offers) for code in codes}
        self.main_need = {code: self.mask(offer.needs[:1] == (code,) for offer in self.offers) for code in codes}
        self.local_district = {
            name: self.mask(offer.local == name for offer in self.offers) for name in ("nord", "west")
        }
        self.district = {
            name: local | self.mask(offer.serves == name for offer in self.offers) | self.city_wide
            for name, local in self.local_district.items()
        }

    @staticmethod
    def mask(fits: Iterable[bool]) -> int:
        return sum(1 << place for place, fit in enumerate(fits) if fit)

    def place_of(self, offer_id: int) -> int | None:
        return offer_id - 100 if offer_id in self.offer_ids else None

    @property
    def with_age_limit(self) -> int:
        return self.mask(limits != (None, None) for limits in self.ages_of)

    def ages_mask(self, spans: Iterable[tuple[int, int]]) -> int:
        asked = list(spans)
        return self.mask(
            any((low is None or low <= last) and (high is None or first <= high) for first, last in asked)
            for low, high in self.ages_of
        )

    def places(self, mask: int, preferences: Iterable[int], *, start: int = 0, count: int) -> list[int]:
        masks = [mask]
        for preferred in preferences:
            masks = [part for each in masks for part in (each & preferred, each & ~preferred)]
        return positions(masks, start, count)


def ranker(*offers: Offered, rules: Ranking = RULES, **asked: Any) -> Ranker:
    question = {"needs": [("kita", 0.9)], "spans": (), "district": None, "today": TODAY, **asked}
    return Ranker(rules, SmallCatalogue(offers), **question)  # type: ignore[arg-type]


def rank(*offers: Offered, texts: dict[int, float] | None = None, limit: int = 20, **asked: Any) -> list[Ranked]:
    """All offers, `texts` being how much the words fit, by place."""
    return ranker(*offers, **asked).rank({place: (texts or {}).get(place, 0.0) for place in range(len(offers))}, limit)


def order(*offers: Offered, **asked: Any) -> list[int]:
    return [item.place for item in rank(*offers, **asked)]


# --- What comes before what: each pair in both orders, so that the place in the catalogue decides nothing ---


@pytest.mark.parametrize(
    ("better", "worse", "asked"),
    [
        pytest.param(Offered(("kita", "geld")), Offered(("geld", "kita")), {}, id="mainly for the need"),
        pytest.param(
            Offered(("geld", "kita")), Offered(("tafel",)), {"texts": {0: 0.3, 1: 0.3}}, id="also for the need"
        ),
        pytest.param(
            Offered(("kita",)),
            Offered(("geld",)),
            {"needs": [("kita", 0.7), ("geld", 0.2)]},
            id="the more probable need",
        ),
        pytest.param(
            Offered(ages=(36, 71)), Offered(ages=(None, None)), {"spans": ((36, 47),)}, id="made for this age"
        ),
        pytest.param(Offered(ages=(None, None)), Offered(ages=(40, 50)), {"spans": ((36, 47),)}, id="for all ages"),
        pytest.param(
            Offered(ages=(0, None)), Offered(ages=(None, 40)), {"spans": ((36, 47),)}, id="for the whole year"
        ),
        pytest.param(Offered(local="nord"), Offered(local="west"), {"district": "nord"}, id="in the district"),
        pytest.param(Offered(local="nord"), Offered(serves="nord"), {"district": "nord"}, id="before what comes there"),
        pytest.param(
            Offered(serves="nord"), Offered(city_wide=True), {"district": "nord"}, id="before what is for all"
        ),
        pytest.param(Offered(assured=FRESH), Offered(assured=FRESH - 700), {}, id="fresher"),
        pytest.param(Offered(assured=FRESH - 3000), Offered(assured=0), {}, id="some day before never"),
    ],
)
def test_the_better_fit_comes_first(better: Offered, worse: Offered, asked: dict[str, Any]) -> None:
    assert order(better, worse, **asked) == [0, 1]
    assert order(worse, better, **asked) == [1, 0]


def test_more_of_the_words_come_first_where_all_else_is_equal() -> None:
    assert order(Offered(), Offered(), Offered(), texts={0: 0.1, 1: 0.9, 2: 0.5}) == [1, 2, 0]


def test_what_is_needed_comes_before_what_is_near_fresh_and_has_the_words() -> None:
    needed = Offered(("kita",), assured=0)
    other = Offered(("tafel",), local="nord", ages=(36, 47))
    assert order(other, needed, texts={0: 0.7}, spans=((36, 47),), district="nord") == [1, 0]


def test_without_an_age_the_ages_of_offers_do_not_matter() -> None:
    first, second = rank(Offered(ages=(36, 71)), Offered(ages=(None, None)))
    assert first.score == second.score


def test_of_several_children_one_for_whom_it_is_made_is_enough() -> None:
    two = rank(Offered(ages=(96, 119)), Offered(ages=(None, None)), spans=((36, 47), (96, 107)))
    assert [item.place for item in two] == [0, 1]


def test_what_was_assured_tomorrow_is_no_fresher_than_what_was_assured_today() -> None:
    today = TODAY.toordinal()
    first, second = rank(Offered(assured=today), Offered(assured=today + 30))
    assert first.score == second.score


def test_after_a_year_freshness_is_a_half() -> None:
    def freshness(days: int) -> float:
        aged = rank(Offered(assured=TODAY.toordinal() - days))[0].score
        return (aged - rank(Offered(assured=0))[0].score) / RULES.weights.freshness

    assert RULES.fresh_days == 365
    assert [round(freshness(days), 2) for days in (0, 365, 730)] == [1.0, 0.5, 0.25]


def test_the_score_is_the_sum_of_its_parts() -> None:
    (item,) = rank(
        Offered(("geld", "kita"), ages=(36, 47), assured=TODAY.toordinal(), local="nord"),
        texts={0: 0.5},
        spans=((36, 47),),
        district="nord",
    )
    weights = RULES.weights
    parts = [0.9 * RULES.secondary_need * weights.need, 0.5 * weights.text, weights.age, weights.district]
    assert item == Ranked(0, 100, pytest.approx(sum(parts) + weights.freshness, abs=1e-4), "kita", 0.5)


def test_the_need_that_an_offer_is_here_for_is_the_one_it_fits_best() -> None:
    needs = [("kita", 0.5), ("geld", 0.4)]
    found = rank(Offered(("geld", "kita")), Offered(("kita", "geld")), Offered(("tafel",)), texts={2: 1.0}, needs=needs)
    assert {item.place: item.need for item in found} == {0: "geld", 1: "kita", 2: None}


# --- Words alone ---


def test_words_alone_are_enough_only_where_enough_of_them_fit() -> None:
    least = RULES.least_text
    found = rank(*[Offered(("tafel",))] * 3, texts={0: least - 0.01, 1: least, 2: 0.0})
    assert [(item.place, item.need) for item in found] == [(1, None)]


def test_what_is_needed_comes_whatever_its_words() -> None:
    assert order(Offered(("kita",)), Offered(("geld", "kita")), texts={}) == [0, 1]


def test_without_a_need_the_words_decide() -> None:
    assert order(*[Offered(("tafel",))] * 3, texts={0: 0.4, 1: 0.2, 2: 0.9}, needs=[]) == [2, 0]


# --- Variety ---


def test_where_two_needs_are_equally_probable_the_first_results_are_for_both() -> None:
    offers = [Offered(("kita",), assured=TODAY.toordinal())] * 4 + [Offered(("geld",), assured=FRESH - 500)] * 4
    found = rank(*offers, needs=[("kita", 0.45), ("geld", 0.45)])
    assert [item.need for item in found[:2]] == ["kita", "geld"]
    assert sorted(item.need or "" for item in found[:4]) == ["geld", "geld", "kita", "kita"]
    assert sorted(item.place for item in found) == list(range(8))


def test_where_one_need_is_clear_it_fills_the_first_results() -> None:
    offers = [Offered(("geld",))] * 3 + [Offered(("kita",))] * 3
    assert order(*offers, needs=[("kita", 0.95), ("geld", 0.05)])[:3] == [3, 4, 5]


def test_without_variety_the_order_is_that_of_the_scores() -> None:
    offers = [Offered(("kita",))] * 3 + [Offered(("geld",), assured=0)] * 3
    rules = msgspec.structs.replace(RULES, variety=0.0)
    assert order(*offers, needs=[("kita", 0.45), ("geld", 0.45)], rules=rules) == [0, 1, 2, 3, 4, 5]


# --- Which offers are looked at ---


def candidates(*offers: Offered, mask: int | None = None, hits: Sequence[Hit] = (), **asked: Any) -> dict[int, float]:
    return ranker(*offers, **asked).candidates((1 << len(offers)) - 1 if mask is None else mask, hits)


def test_offers_come_by_need_and_by_words() -> None:
    found = candidates(Offered(("kita",)), Offered(("tafel",)), Offered(("geld",)), hits=[Hit(101, 0.8)])
    assert found == {0: 0.0, 1: 0.8}


def test_the_words_of_an_offer_that_comes_by_its_need_count_too() -> None:
    assert candidates(Offered(("kita",)), hits=[Hit(100, 0.6)]) == {0: 0.6}


def test_what_does_not_fit_the_filters_does_not_come() -> None:
    assert candidates(Offered(), Offered(), mask=0b10, hits=[Hit(100, 1.0)]) == {1: 0.0}
    assert candidates(Offered(), mask=0) == {}


def test_an_offer_that_is_not_published_any_more_does_not_come() -> None:
    assert candidates(Offered(("tafel",)), hits=[Hit(999, 1.0)]) == {}


def test_of_very_many_offers_the_nearest_that_are_mainly_for_the_need_are_looked_at() -> None:
    rules = msgspec.structs.replace(RULES, candidates=2)
    offers = [
        Offered(("geld", "kita"), local="nord"),
        Offered(),
        Offered(),
        Offered(local="nord"),
        Offered(local="nord"),
    ]
    assert sorted(candidates(*offers, rules=rules, district="nord")) == [3, 4]


def test_of_very_many_offers_those_made_for_an_age_are_looked_at() -> None:
    rules = msgspec.structs.replace(RULES, candidates=1)
    assert sorted(candidates(Offered(ages=(None, None)), Offered(ages=(36, 71)), rules=rules, spans=((36, 47),))) == [1]


# --- Always the same ---


def test_equal_offers_stand_in_the_order_of_the_catalogue() -> None:
    assert order(*[Offered()] * 6) == [0, 1, 2, 3, 4, 5]


offers_of_all_kinds = st.builds(
    Offered,
    needs=st.lists(st.sampled_from(["kita", "geld", "tafel"]), unique=True).map(tuple),
    ages=st.sampled_from([(None, None), (0, 35), (36, 71), (None, 100), (50, None)]),
    assured=st.sampled_from([0, FRESH, FRESH - 400]),
    local=st.sampled_from(["", "nord", "west"]),
    serves=st.sampled_from(["", "nord"]),
    city_wide=st.booleans(),
)


@given(
    st.lists(st.tuples(offers_of_all_kinds, st.floats(0, 1)), max_size=12),
    st.integers(0, 15),
    st.sampled_from([[], [("kita", 0.9)], [("kita", 0.5), ("geld", 0.5)]]),
    st.randoms(use_true_random=False),
)
def test_the_order_is_the_same_every_time_and_nobody_comes_twice(
    offers: list[tuple[Offered, float]], limit: int, needs: list[tuple[str, float]], shuffle: Any
) -> None:
    texts = {place: text for place, (_offer, text) in enumerate(offers)}
    mixed = list(texts.items())
    shuffle.shuffle(mixed)
    asked = ranker(*(offer for offer, _text in offers), needs=needs, spans=((36, 47),), district="nord")
    found = asked.rank(texts, limit)
    assert asked.rank(dict(mixed), limit) == found
    assert len({item.offer_id for item in found}) == len(found) <= limit
    assert [item.offer_id for item in found] == [100 + item.place for item in found]
    longer = asked.rank(texts, limit + 5)
    assert longer[: len(found)] == found, "a longer list begins as a shorter one"


def test_nothing_is_nothing() -> None:
    assert rank() == []
    assert order(Offered(), limit=0) == []


# --- The file ---


@pytest.mark.parametrize(
    "change",
    [
        {"variety": 1.5},
        {"fresh_days": 0},
        {"candidates": 0},
        {"least_text": -0.1},
        {"weights": {"need": 1.0}},
        {"other": 1},
    ],
    ids=lambda change: next(iter(change)),
)
def test_rules_that_make_no_sense_are_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    path = tmp_path / "ranking.yaml"
    path.write_text(json.dumps(msgspec.to_builtins(RULES)), encoding="utf-8")
    assert read(path, Ranking) == RULES
    path.write_text(json.dumps({**msgspec.to_builtins(RULES), **change}), encoding="utf-8")
    with pytest.raises(ContentError):
        read(path, Ranking)


def test_the_day_of_today_is_handed_in() -> None:
    old = Offered(assured=TODAY.toordinal())
    scores = [rank(old, today=TODAY + timedelta(days))[0].score for days in (0, 365)]
    assert round(scores[0] - scores[1], 4) == round(RULES.weights.freshness / 2, 4)
