"""What the search engines are told of an offer is what the list of offers knows of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import NeedText, Offer, OfferText, Organization
from portal.models.enums import OfferStatus
from portal.offers.catalogue import Catalogue
from portal.offers.filters import AGE_CHOICES, Barrier
from portal.search.documents import DocumentReader, published_ids
from portal.search.engine import EVERYWHERE, FAR_DATE, NO_DATE, Document, ages_reached
from tests.conftest import TODAY


@pytest.fixture(scope="module")
def demo_documents(app: Flask) -> list[Document]:
    with Session(app.extensions["engine"]) as session:
        return [each for part in DocumentReader(session).batches(published_ids(session)) for each in part]


@pytest.fixture(scope="module")
def catalogue(app: Flask) -> Catalogue:
    with Session(app.extensions["engine"]) as session:
        return Catalogue(session, TODAY)


def test_every_published_offer_has_a_document_in_each_of_its_languages(
    app: Flask, demo_documents: list[Document]
) -> None:
    with Session(app.extensions["engine"]) as session:
        texts = session.execute(
            select(OfferText.offer_id, OfferText.lang)
            .join(Offer, Offer.id == OfferText.offer_id)
            .where(Offer.status == "published")
        ).all()
    assert sorted((each.offer_id, each.lang) for each in demo_documents) == sorted(map(tuple, texts))
    assert len(demo_documents) > 400


def test_documents_say_the_same_as_the_catalogue_of_every_offer(
    demo_documents: list[Document], catalogue: Catalogue
) -> None:
    """The engines filter by the documents, the list by the catalogue: they must never disagree."""
    for each in demo_documents:
        place = catalogue.place_of(each.offer_id)
        if place is None:
            assert not each.valid_from <= TODAY.toordinal() <= each.valid_to, "only what is not on today is not in it"
            continue

        def held(masks: dict[Any, int], at: int = place) -> set[str]:
            return {str(key) for key, mask in masks.items() if mask >> at & 1}

        assert set(each.barriers) == held(catalogue.barrier), each.key
        assert set(each.needs) == held(catalogue.need), each.key
        assert tuple(each.needs) == catalogue.needs_of[place], each.key
        assert set(each.languages) == held(catalogue.language), each.key
        assert set(each.life_phases) == held(catalogue.phase), each.key
        assert set(each.life_situations) == held(catalogue.situation), each.key
        inside = set(catalogue.districts) if EVERYWHERE in each.districts else set(each.districts)
        assert inside == held(catalogue.district), each.key
        reached = {age for age in AGE_CHOICES if catalogue.age_mask(age) >> place & 1}
        assert set(ages_reached(each.min_age, each.max_age)) == reached, each.key
        assert each.freshness == catalogue.assured_of[place], each.key


def test_the_demo_has_something_of_everything_that_is_compared(demo_documents: list[Document]) -> None:
    assert {barrier for each in demo_documents for barrier in each.barriers} == {barrier.value for barrier in Barrier}
    assert {EVERYWHERE in each.districts for each in demo_documents} == {True, False}
    assert {each.min_age > 0 for each in demo_documents} == {True, False}


def read_one(session: Session, slug: str) -> dict[str, Document]:
    offer_id = session.execute(select(Offer.id).where(Offer.slug == slug)).scalar_one()
    return {each.lang: each for each in DocumentReader(session).read([offer_id])}


def test_a_document_is_in_its_own_language(app: Flask) -> None:
    with Session(app.extensions["engine"]) as session:
        found = read_one(session, "schwimmkurs-kinder")
        labels = dict(
            session.execute(select(NeedText.lang, NeedText.label).where(NeedText.need_code == "schwimmkurs")).all()
        )
        organization = session.execute(
            select(Organization.name)
            .join(Offer, Offer.organization_id == Organization.id)
            .where(Offer.slug == "schwimmkurs-kinder")
        ).scalar_one()
    assert set(found) == {"de", "en", "tr", "ar", "uk", "ru"}
    assert len({each.title for each in found.values()}) == 6
    for lang, each in found.items():
        assert each.need_words.startswith(f"{labels[lang]}. ")
        assert each.organization == organization
        assert each.key == f"{each.offer_id}-{lang}"


def test_days_and_ages_without_a_limit_are_the_widest(own_app: Flask) -> None:
    with Session(own_app.extensions["engine"]) as session:
        offer = session.execute(select(Offer).where(Offer.slug == "schwimmkurs-kinder")).scalar_one()
        offer.valid_from, offer.valid_to = TODAY, TODAY + timedelta(10)
        offer.min_age_months = offer.max_age_months = offer.assured_on = offer.review_due = None
        session.flush()
        each = read_one(session, "schwimmkurs-kinder")["de"]
        assert (each.valid_from, each.valid_to) == (TODAY.toordinal(), TODAY.toordinal() + 10)
        assert (each.min_age, each.max_age, each.freshness) == (0, 324, NO_DATE)
        offer.valid_from = offer.valid_to = None
        session.flush()
        each = read_one(session, "schwimmkurs-kinder")["de"]
        assert (each.valid_from, each.valid_to) == (NO_DATE, FAR_DATE)


@pytest.mark.parametrize("status", ["draft", "archived"])
def test_what_is_not_published_has_no_document(own_app: Flask, status: str) -> None:
    with Session(own_app.extensions["engine"]) as session:
        offer = session.execute(select(Offer).where(Offer.slug == "schwimmkurs-kinder")).scalar_one()
        offer.status = OfferStatus(status)
        session.flush()
        assert read_one(session, "schwimmkurs-kinder") == {}
        assert offer.id not in published_ids(session)
