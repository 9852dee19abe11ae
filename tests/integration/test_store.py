"""An offer is read whole and written whole: what is written is read as the same, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlmodel import Session

from portal.content.schema import Cost, Internal, OfferContent, OfferTexts, Schedule, TranslatedTexts
from portal.content.slugs import free_slug, slugify
from portal.content.store import (
    Names,
    UnknownReferenceError,
    from_json,
    read_content,
    read_contents,
    to_json,
    without_gone,
    write_content,
)
from portal.extensions import db
from portal.models import District, FollowUp, Need, Offer, OfferText, OutboxEntry
from portal.models.enums import CostKind, Frequency, OfferKind, TextState, Weekday
from tests.conftest import TODAY, counted_queries
from tests.integration.either_database import either_app

__all__ = ["either_app"]
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def session(either_app: Flask) -> Iterator[Session]:
    """Nothing of it stays."""
    with either_app.app_context():
        yield db.session
        db.session.rollback()


def ids(session: Session) -> list[int]:
    return list(session.execute(select(Offer.id).order_by(Offer.id)).scalars())


def first(session: Session) -> Offer:
    return session.execute(select(Offer).order_by(Offer.id).limit(1)).scalar_one()


def other_than(content: OfferContent) -> OfferContent:
    """Everything that can be different."""
    return msgspec.structs.replace(
        content,
        organization="klinikum",
        kind=next(kind for kind in OfferKind if kind != content.kind),
        text=OfferTexts(
            title="„Ganz“ <b>anders</b> 👶🏽", summary="s", description="d\n\ne", bring="b", picture_alt="p"
        ),
        translations={"ar": TranslatedTexts(title="مجموعة", state=TextState.OUTDATED)},
        location=None,
        serves=["suedstadt", "nordstadt"],
        city_wide=not content.city_wide,
        needs=list(reversed(content.needs)),
        life_phases=[],
        life_situations=[],
        access=[],
        min_age_months=0,
        max_age_months=324,
        cost=Cost(kind=CostKind.UNKNOWN),
        languages=["tr", "de"],
        opening_hours="Mo-Fr 09:00-12:00; PH off",
        schedules=[
            Schedule(
                frequency=Frequency.MONTHLY,
                weekday=Weekday.SUNDAY,
                week_of_month=-1,
                start="00:00",
                end="23:59",
                first_on=TODAY,
                last_on=TODAY,
            )
        ],
        waiting_weeks=0,
        free_places=0,
        availability_as_of=TODAY,
        valid_from=TODAY,
        valid_to=TODAY,
        phone="112",
        email=None,
        website=None,
        picture="a" * 64,
        follow_ups=[],
        internal=Internal(funding_until=TODAY, goal="Ziel"),
    )


def test_every_offer_is_read_with_its_words(session: Session) -> None:
    found = read_contents(session, ids(session))
    assert len(found) == session.execute(select(func.count()).select_from(Offer)).scalar_one() > 100
    texts = session.execute(select(func.count()).select_from(OfferText)).scalar_one()
    assert sum(1 + len(content.translations) for content in found.values()) == texts


def test_what_is_written_is_read_as_the_same(session: Session) -> None:
    """Every offer of the demo, written as a new one."""
    names = Names(session)
    found = read_contents(session, ids(session))
    made = {}
    for number, content in found.items():
        copy = Offer(slug=f"copy-{number}", organization_id=0, kind=content.kind)
        write_content(session, copy, content, names)
        assert copy.id is not None
        made[number] = copy.id
    again = read_contents(session, list(made.values()))
    for number, content in found.items():
        assert again[made[number]] == content, content.text.title


def test_everything_can_be_changed_and_changed_back(session: Session) -> None:
    offer = first(session)
    assert offer.id is not None
    before = read_content(session, offer.id)
    changed = other_than(before)
    write_content(session, offer, changed, Names(session), before=before)
    session.expire_all()
    # Districts come in the order of the Kommune.
    assert read_content(session, offer.id) == msgspec.structs.replace(changed, serves=["nordstadt", "suedstadt"])
    write_content(session, offer, before, Names(session), before=changed)
    session.expire_all()
    assert read_content(session, offer.id) == before


def test_a_content_survives_as_text(session: Session) -> None:
    for content in read_contents(session, ids(session)).values():
        assert from_json(to_json(content)) == content
        assert from_json(to_json(other_than(content))) == other_than(content)


def test_the_number_of_queries_does_not_grow_with_the_offers(either_app: Flask, session: Session) -> None:
    every = ids(session)
    with counted_queries(either_app) as one:
        read_contents(session, every[:1])
    with counted_queries(either_app) as many:
        read_contents(session, every)
    assert len(one) == len(many) == 10
    with counted_queries(either_app) as none:
        assert read_contents(session, []) == {}
    assert none == []


@pytest.mark.parametrize(
    ("changes", "tables"),
    [
        ({}, set()),
        ({"phone": "112"}, {"offer"}),
        ({"text": OfferTexts(title="Anders")}, {"offer", "offer_text"}),
        ({"needs": [], "languages": ["vi"]}, {"offer", "offer_need", "offer_language"}),
    ],
)
def test_only_what_has_changed_is_written(
    either_app: Flask, session: Session, changes: dict[str, object], tables: set[str]
) -> None:
    offer = first(session)
    assert offer.id is not None
    before = read_content(session, offer.id)
    names = Names(session)
    write_content(session, offer, before, names, before=before)
    with counted_queries(either_app) as statements:
        write_content(session, offer, msgspec.structs.replace(before, **changes), names, before=before)
    written = [one.replace("DELETE FROM", "DELETE").replace("INSERT INTO", "INSERT") for one in statements]
    assert {one.split()[1] for one in written if not one.startswith("SELECT")} == tables


def test_new_words_alone_count_as_a_change_of_the_offer(session: Session) -> None:
    """The list of editors and the map of the site tell when an offer was changed."""
    offer = first(session)
    assert offer.id is not None
    offer.updated_at = LONG_AGO
    session.flush()
    before = read_content(session, offer.id)
    write_content(session, offer, before, Names(session), before=before)
    assert offer.updated_at == LONG_AGO
    after = msgspec.structs.replace(before, text=msgspec.structs.replace(before.text, bring="Eine Decke"))
    write_content(session, offer, after, Names(session), before=before)
    session.refresh(offer)
    assert offer.updated_at > LONG_AGO


def test_the_search_is_told_of_new_words(either_app: Flask) -> None:
    with either_app.app_context():
        offer = first(db.session)
        assert offer.id is not None
        before = read_content(db.session, offer.id)
        newest = db.session.execute(select(func.coalesce(func.max(OutboxEntry.version), 0))).scalar_one()
        for after in (
            msgspec.structs.replace(before, text=msgspec.structs.replace(before.text, bring="Eine Decke")),
            before,
        ):
            write_content(db.session, offer, after, Names(db.session), before=read_content(db.session, offer.id))
            db.session.commit()
        told = db.session.execute(select(OutboxEntry).where(OutboxEntry.version > newest)).scalars().all()
        assert {(entry.kind.value, entry.entity) for entry in told} == {("offer", str(offer.id))}
        assert len(told) == 2


@pytest.mark.parametrize("field", ["organization", "location", "serves", "follow_ups"])
def test_what_is_not_there_cannot_be_named(session: Session, field: str) -> None:
    offer = first(session)
    assert offer.id is not None
    before = read_content(session, offer.id)
    wrong = "gibt-es-nicht" if field in ("organization", "location") else ["gibt-es-nicht"]
    with pytest.raises(UnknownReferenceError, match="gibt-es-nicht"):
        write_content(session, offer, msgspec.structs.replace(before, **{field: wrong}), Names(session), before=before)


def test_what_was_deleted_meanwhile_is_taken_out_and_named(session: Session) -> None:
    number = session.execute(select(FollowUp.offer_id).order_by(FollowUp.offer_id).limit(1)).scalar_one()
    content = read_content(session, number)
    assert without_gone(session, content) == (content, [])
    more = msgspec.structs.replace(
        content,
        location="kein-ort",
        serves=["nordstadt", "atlantis"],
        needs=[*content.needs, "kein_bedarf"],
        follow_ups=["kein-angebot", *content.follow_ups],
    )
    found, gone = without_gone(session, more)
    assert found == msgspec.structs.replace(content, location=None, serves=["nordstadt"])
    assert sorted(gone) == ["atlantis", "kein-angebot", "kein-ort", "kein_bedarf"]
    assert session.execute(select(func.count()).select_from(Need)).scalar_one() > 20


# --- names in addresses -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "slug"),
    [
        ("Spiel & Spaß am Fluss", "spiel-spass-am-fluss"),
        ("Crème brûlée", "creme-brulee"),
        ("مجموعة", ""),
        ("--- !!! ---", ""),
        ("A" * 200, "a" * 100),
        ("<script>alert(1)</script>", "script-alert-1-script"),
        ("../../etc/passwd", "etc-passwd"),
    ],
)
def test_slugs(words: str, slug: str) -> None:
    assert slugify(words) == slug


@pytest.mark.parametrize("word", ["neu", "Neu!", "mehrere"])
def test_no_offer_takes_an_address_of_the_editors_pages(session: Session, word: str) -> None:
    assert free_slug(session, Offer, word) == f"{slugify(word)}-2"


def test_a_slug_that_is_taken_gets_a_number(session: Session) -> None:
    offer = first(session)
    assert free_slug(session, Offer, offer.slug) == f"{offer.slug}-2"
    assert free_slug(session, Offer, "مجموعة") == "offer"
    assert free_slug(session, District, "Nordstadt") == "nordstadt-2"
