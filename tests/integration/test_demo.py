"""Beispielstadt is what the demo promises: rich enough that a Familienzentrum would nod."""

from __future__ import annotations

import re
from collections import Counter
from itertools import product
from pathlib import Path

import pytest
from flask import Flask
from sqlmodel import func, select

from portal.extensions import db
from portal.models import (
    District,
    FollowUp,
    Need,
    Offer,
    OfferDistrict,
    OfferLifePhase,
    OfferLifeSituation,
    OfferNeed,
    OfferText,
    Organization,
)
from portal.models.enums import DistrictKind, LifePhase, LifeSituation
from tests.conftest import ROOT

FICTION = re.compile(r"030 23125 \d{3}|040 66969 \d{3}|069 90009 \d{3}|0221 4710 \d{3}|089 99998 \d{3}")


@pytest.fixture(autouse=True)
def in_context(app: Flask):  # type: ignore[no-untyped-def]
    with app.app_context():
        yield


def count(table: type) -> int:
    return db.session.exec(select(func.count()).select_from(table)).one()


def test_there_is_enough_of_everything() -> None:
    assert count(Offer) == 106
    assert count(Organization) == 41
    assert count(FollowUp) >= 100
    parents = set(db.session.exec(select(District.parent_id)).all())
    leaves = [d for d in db.session.exec(select(District)).all() if d.id not in parents]
    assert len(leaves) == 7
    assert [d.slug for d in leaves if d.kind is DistrictKind.GEMEINDE] == ["hinterwiesen"]


def test_every_need_is_answered_and_the_frequent_ones_in_several_districts() -> None:
    covered = Counter(db.session.exec(select(OfferNeed.need_code)).all())
    assert set(covered) == set(db.session.exec(select(Need.code)).all())
    assert len(covered) == 47
    for code in ("kita_anmeldung", "erziehungsberatung", "sprachfoerderung", "kinderzuschlag", "schulden"):
        districts = db.session.exec(
            select(OfferDistrict.district_id)
            .join(OfferNeed, OfferNeed.offer_id == OfferDistrict.offer_id)
            .where(OfferNeed.need_code == code)
            .distinct()
        ).all()
        assert len(districts) >= 2, code


def test_every_cell_of_phase_and_situation_is_filled_but_two() -> None:
    filled = set(
        db.session.exec(
            select(OfferLifePhase.life_phase, OfferLifeSituation.life_situation).join(
                OfferLifeSituation, OfferLifeSituation.offer_id == OfferLifePhase.offer_id
            )
        ).all()
    )
    assert set(product(LifePhase, LifeSituation)) - filled == {
        (LifePhase.PREGNANCY, LifeSituation.CULTURAL),
        (LifePhase.SCHOOL_START, LifeSituation.HEALTH),
    }


def test_every_offer_is_there_in_six_languages_but_two() -> None:
    languages = Counter(db.session.exec(select(OfferText.offer_id)).all())
    slugs = dict(db.session.exec(select(Offer.id, Offer.slug)).all())
    assert {slugs[i] for i, n in languages.items() if n != 6} == {"kleiderkammer-gruental", "jugendraum-hinterwiesen"}
    assert set(languages.values()) == {1, 6}


def test_phone_numbers_are_from_the_ranges_for_fiction() -> None:
    numbers = [*db.session.exec(select(Offer.phone)).all(), *db.session.exec(select(Organization.phone)).all()]
    assert [number for number in numbers if number and not FICTION.fullmatch(number)] == []
    texts = Path(ROOT / "content" / "demo").rglob("*.yaml")
    for path in texts:
        for number in re.findall(r"\b0\d{2,4} \d{4,6} \d{3}\b", path.read_text(encoding="utf-8")):
            assert FICTION.fullmatch(number), f"{path.name}: {number}"


def test_addresses_of_the_web_end_in_example() -> None:
    for table in (Offer, Organization):
        for website in db.session.exec(select(table.website)).all():
            assert website is None or re.fullmatch(r"https://[a-z0-9.-]+\.example(/.*)?", website), website
        for email in db.session.exec(select(table.email)).all():
            assert email is None or email.endswith(".example"), email


def test_loading_twice_changes_nothing(own_app: Flask) -> None:
    from portal.content.load import load_demo, load_needs

    with own_app.app_context():
        content = own_app.extensions["settings"].content_dir
        assert load_demo(db.session, content / "demo", ["de", "tr"]) == 0
        assert load_needs(db.session, content / "needs") == 0
