"""The way of an offer: every save is a version, families see the last approved one, and two at once lose nothing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import msgspec
import pytest
from flask import Flask
from sqlalchemy import select
from sqlmodel import Session

from portal.content.schema import OfferContent, OfferTexts, TranslatedTexts
from portal.content.store import Names, from_json, read_content, write_content
from portal.editing import offer_bulk, offer_translations, workflow
from portal.editing.actor import COMMAND, Actor, NotAllowedError
from portal.editing.offer_deletion import delete_offer
from portal.editing.versions import (
    BEFORE,
    ConflictError,
    comments_of,
    find_offer,
    latest_version,
    read_version,
    versions_of,
    working,
)
from portal.editing.workflow import NotReadyError
from portal.extensions import db
from portal.models import AuditEntry, FollowUp, Location, Offer, OfferVersion, Organization, RoleName, VersionState
from portal.models.enums import OfferKind, OfferStatus, TextState
from tests.conftest import TODAY
from tests.integration.either_database import either_app

__all__ = ["either_app"]
EDITOR = Actor(user_id=None, name="Mira", roles=frozenset({RoleName.EDITOR}))
PROVIDER = Actor(user_id=None, name="Pavel", roles=frozenset({RoleName.PROVIDER}), organizations=frozenset({1}))
NEW = OfferContent(
    organization="familienbuero",
    kind=OfferKind("soziale_teilhabe"),
    text=OfferTexts(title="Spiel am Bach", summary="Ihr spielt zusammen.", description="Kommt einfach vorbei."),
    needs=["eltern_kind_gruppe"],
    life_phases=["kita"],
    phone="030 23125 100",
)


@pytest.fixture
def session(either_app: Flask) -> Iterator[Session]:
    """Nothing of it stays."""
    with either_app.app_context():
        yield db.session
        db.session.rollback()


@pytest.fixture
def words(either_app: Flask) -> Any:
    return either_app.extensions["plain_words"]


def of_familienbuero(session: Session) -> Offer:
    """A public offer of the first organization, from a file: without any version."""
    query = select(Offer).where(Offer.organization_id == 1, Offer.status == OfferStatus.PUBLISHED).order_by(Offer.id)
    return session.execute(query.limit(1)).scalar_one()


def named(content: OfferContent, title: str) -> OfferContent:
    return msgspec.structs.replace(content, text=msgspec.structs.replace(content.text, title=title))


def public_title(session: Session, offer: Offer) -> str:
    """What the tables hold, which is what families see."""
    assert offer.id is not None
    return read_content(session, offer.id).text.title


def write_title(session: Session, actor: Actor, offer: Offer, title: str) -> OfferVersion | None:
    now = working(session, offer)
    return workflow.save(session, actor, offer, named(now.content, title), base=now.number)


def states(session: Session, offer: Offer) -> list[tuple[int, str, str, str]]:
    """Number, state, author and note, the oldest first."""
    assert offer.id is not None
    return [(row.number, row.state.value, row.author, row.note) for row in reversed(versions_of(session, offer.id))]


def entries(session: Session, slug: str) -> list[str]:
    session.flush()
    query = select(AuditEntry.action).where(AuditEntry.kind == "offer", AuditEntry.entity == slug)
    return list(session.execute(query.order_by(AuditEntry.id)).scalars())


def import_title(session: Session, offer: Offer, title: str) -> None:
    """What an import does: it writes the tables, and knows nothing of versions."""
    assert offer.id is not None
    before = read_content(session, offer.id)
    write_content(session, offer, named(before, title), Names(session), before=before)


# --- a new offer ------------------------------------------------------------------------------------------------------


def test_a_new_offer_is_a_draft_with_a_first_version(session: Session) -> None:
    offer = workflow.create(session, PROVIDER, NEW)
    assert (offer.slug, offer.status) == ("spiel-am-bach", OfferStatus.DRAFT)
    assert states(session, offer) == [(1, "draft", "Pavel", "")]
    assert working(session, offer).content == read_version(session, offer.id, 1)
    assert entries(session, offer.slug) == ["created"]


def test_two_of_the_same_title_have_two_addresses(session: Session) -> None:
    assert [workflow.create(session, EDITOR, NEW).slug for _ in range(3)] == [
        "spiel-am-bach",
        "spiel-am-bach-2",
        "spiel-am-bach-3",
    ]


def test_nobody_writes_for_an_organization_of_others(session: Session) -> None:
    for organization in ("klinikum", "gibt-es-nicht"):
        with pytest.raises(NotAllowedError):
            workflow.create(session, PROVIDER, msgspec.structs.replace(NEW, organization=organization))
    offer = workflow.create(session, PROVIDER, NEW)
    with pytest.raises(NotAllowedError):
        workflow.save(session, PROVIDER, offer, msgspec.structs.replace(NEW, organization="klinikum"), base=1)


def test_every_save_is_a_version_and_a_draft_is_in_the_tables_at_once(session: Session) -> None:
    offer = workflow.create(session, PROVIDER, NEW)
    for number, title in ((2, "Zwei"), (3, "Drei")):
        version = write_title(session, PROVIDER, offer, title)
        assert version is not None and version.number == number
        assert public_title(session, offer) == title
    assert states(session, offer) == [(number, "draft", "Pavel", "") for number in (1, 2, 3)]
    assert [read_version(session, offer.id, number).text.title for number in (1, 2, 3)] == [
        "Spiel am Bach",
        "Zwei",
        "Drei",
    ]


def test_nothing_changed_is_no_version(session: Session) -> None:
    offer = workflow.create(session, PROVIDER, NEW)
    assert write_title(session, PROVIDER, offer, "Spiel am Bach") is None
    assert states(session, offer) == [(1, "draft", "Pavel", "")]
    assert entries(session, offer.slug) == ["created"]


# --- approval ---------------------------------------------------------------------------------------------------------


def test_from_draft_to_the_public_page(session: Session, words: Any) -> None:
    offer = workflow.create(session, PROVIDER, NEW)
    workflow.submit(session, PROVIDER, offer, words)
    assert (offer.status, working(session, offer).state) == (OfferStatus.IN_REVIEW, VersionState.IN_REVIEW)
    with pytest.raises(NotAllowedError):
        workflow.approve(session, PROVIDER, offer, TODAY, words)
    workflow.approve(session, EDITOR, offer, TODAY, words, review_after=timedelta(100))
    assert (offer.status, working(session, offer).is_public) == (OfferStatus.PUBLISHED, True)
    assert (offer.assured_on, offer.review_due) == (TODAY, TODAY + timedelta(100))
    assert states(session, offer) == [
        (1, "in_review", "Pavel", ""),
        (2, "approved", "Mira", "Als geprüft vermerkt"),
    ]
    assert entries(session, offer.slug) == ["created", "submitted", "published"]


def test_families_see_the_approved_version_while_a_newer_one_is_written(session: Session, words: Any) -> None:
    offer = of_familienbuero(session)
    before = public_title(session, offer)
    write_title(session, PROVIDER, offer, "Neuer Titel")
    assert (public_title(session, offer), offer.status) == (before, OfferStatus.PUBLISHED)
    assert working(session, offer).content.text.title == "Neuer Titel"
    workflow.submit(session, PROVIDER, offer, words)
    assert (public_title(session, offer), offer.status) == (before, OfferStatus.PUBLISHED)
    workflow.approve(session, EDITOR, offer, TODAY, words)
    assert public_title(session, offer) == "Neuer Titel"
    numbers = [(number, state, note) for number, state, _author, note in states(session, offer)]
    assert numbers[:2] == [(1, "approved", BEFORE), (2, numbers[1][1], "")]
    assert numbers[-1][1] == "approved"


def test_after_approval_no_version_appears_that_nobody_wrote(session: Session, words: Any) -> None:
    """Needs of two life situations: however the form ordered them, the tables hold the same."""
    offer = workflow.create(
        session, EDITOR, msgspec.structs.replace(NEW, assured_on=TODAY, review_due=date(2030, 1, 1))
    )
    workflow.approve(session, EDITOR, offer, TODAY, words)
    write_title(session, EDITOR, offer, "Zwei")
    workflow.approve(session, EDITOR, offer, TODAY, words)
    workflow.confirm(session, EDITOR, offer, TODAY + timedelta(5))
    write_title(session, EDITOR, offer, "Drei")
    assert [note for _number, _state, _author, note in states(session, offer)] == ["", "", ""]


def test_an_offer_that_is_due_is_checked_by_who_publishes_it(session: Session, words: Any) -> None:
    offer = workflow.create(
        session, EDITOR, msgspec.structs.replace(NEW, assured_on=date(2026, 1, 1), review_due=TODAY)
    )
    workflow.approve(session, EDITOR, offer, TODAY, words, review_after=timedelta(30))
    assert (offer.assured_on, offer.review_due) == (TODAY, TODAY + timedelta(30))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"phone": None}, "Weder eine Telefonnummer noch ein Ort"),
        ({"phone": "ruf an"}, "Die Telefonnummer kann nicht stimmen."),
        ({"needs": []}, "Kein Bedarf ist angekreuzt"),
        ({"life_phases": []}, "Keine Lebensphase ist angekreuzt."),
        ({"picture": "a" * 64}, "Zum Bild fehlt, was darauf zu sehen ist."),
        ({"text": OfferTexts(title="T", description="d")}, "„Kurz gesagt“ fehlt"),
        ({"text": OfferTexts(title="T", summary="s")}, "Die Beschreibung fehlt."),
    ],
)
def test_what_is_missing_keeps_it_from_the_public_page(
    session: Session, words: Any, changes: dict[str, Any], sentence: str
) -> None:
    offer = workflow.create(session, EDITOR, msgspec.structs.replace(NEW, **changes))
    for step in (
        lambda: workflow.submit(session, EDITOR, offer, words),
        lambda: workflow.approve(session, EDITOR, offer, TODAY, words),
    ):
        with pytest.raises(NotReadyError) as refused:
            step()
        assert [problem for problem in refused.value.problems if problem.startswith(sentence)]
    assert offer.status == OfferStatus.DRAFT
    assert entries(session, offer.slug) == ["created"]


@pytest.mark.parametrize("field", list(OfferTexts.__struct_fields__))
def test_a_shaming_word_in_any_german_field_blocks_and_says_why(session: Session, words: Any, field: str) -> None:
    text = msgspec.structs.replace(NEW.text, **{field: "Für Brennpunkt-Familien und Asoziale"})
    picture = "a" * 64 if field == "picture_alt" else None
    offer = workflow.create(session, EDITOR, msgspec.structs.replace(NEW, text=text, picture=picture))
    with pytest.raises(NotReadyError) as refused:
        workflow.approve(session, EDITOR, offer, TODAY, words)
    assert [problem for problem in refused.value.problems if "beschämt Familien" in problem]
    assert offer.status == OfferStatus.DRAFT


def test_handed_back_with_a_reason(session: Session, words: Any) -> None:
    offer = workflow.create(session, PROVIDER, NEW)
    with pytest.raises(NotAllowedError):
        workflow.reject(session, EDITOR, offer, "Noch gar nicht eingereicht")
    workflow.submit(session, PROVIDER, offer, words)
    with pytest.raises(NotAllowedError):
        workflow.reject(session, PROVIDER, offer, "Ich selbst")
    for empty in ("", "  \n "):
        with pytest.raises(ValueError, match="empty"):
            workflow.reject(session, EDITOR, offer, empty)
    workflow.reject(session, EDITOR, offer, " Die Zeiten fehlen. ")
    assert (offer.status, working(session, offer).state) == (OfferStatus.DRAFT, VersionState.REJECTED)
    (comment,) = comments_of(session, offer.id)
    assert (comment.text, comment.author, comment.rejection, comment.version) == ("Die Zeiten fehlen.", "Mira", True, 1)
    assert entries(session, offer.slug) == ["created", "submitted", "rejected"]
    write_title(session, PROVIDER, offer, "Mit Zeiten")
    workflow.submit(session, PROVIDER, offer, words)
    workflow.approve(session, EDITOR, offer, TODAY, words)
    assert public_title(session, offer) == "Mit Zeiten"


def test_a_rejected_change_leaves_the_public_page_as_it_is(session: Session, words: Any) -> None:
    offer = of_familienbuero(session)
    before = public_title(session, offer)
    write_title(session, PROVIDER, offer, "Neu")
    workflow.submit(session, PROVIDER, offer, words)
    workflow.reject(session, EDITOR, offer, "Nein")
    assert (public_title(session, offer), offer.status) == (before, OfferStatus.PUBLISHED)


def test_nobody_approves_what_they_have_not_read(session: Session, words: Any) -> None:
    offer = workflow.create(session, PROVIDER, NEW)
    workflow.submit(session, PROVIDER, offer, words)
    read = working(session, offer).number
    write_title(session, PROVIDER, offer, "Inzwischen anders")
    workflow.submit(session, PROVIDER, offer, words)
    with pytest.raises(ConflictError, match="Inzwischen hat Pavel Fassung 2 gespeichert"):
        workflow.approve(session, EDITOR, offer, TODAY, words, number=read)
    with pytest.raises(ConflictError):
        workflow.reject(session, EDITOR, offer, "Nein", number=read)
    assert offer.status == OfferStatus.IN_REVIEW
    workflow.approve(session, EDITOR, offer, TODAY, words, number=2)
    assert offer.status == OfferStatus.PUBLISHED


def test_what_families_see_already_is_not_handed_in_again(session: Session, words: Any) -> None:
    for offer in (of_familienbuero(session), workflow.create(session, PROVIDER, NEW)):
        if offer.status != OfferStatus.PUBLISHED:
            workflow.approve(session, EDITOR, offer, TODAY, words)
        before = states(session, offer)
        with pytest.raises(NotReadyError, match="nichts freizugeben"):
            workflow.submit(session, PROVIDER, offer, words)
        assert (states(session, offer), working(session, offer).is_public) == (before, True)


# --- history ----------------------------------------------------------------------------------------------------------


def test_an_older_version_comes_back_as_the_newest(session: Session) -> None:
    offer = workflow.create(session, PROVIDER, NEW)
    write_title(session, PROVIDER, offer, "Zwei")
    workflow.restore(session, PROVIDER, offer, 1, 2)
    assert states(session, offer)[-1] == (3, "draft", "Pavel", "Fassung 1 wiederhergestellt")
    assert working(session, offer).content == read_version(session, offer.id, 1)
    assert workflow.restore(session, PROVIDER, offer, 1, 3) is None
    with pytest.raises(NotAllowedError):
        workflow.restore(session, PROVIDER, offer, 99, 3)
    with pytest.raises(NotAllowedError):
        read_version(session, offer.id, 10**30)


def test_an_import_in_between_is_kept_as_a_version(session: Session, words: Any) -> None:
    offer = of_familienbuero(session)
    write_title(session, EDITOR, offer, "Von Hand")
    workflow.approve(session, EDITOR, offer, TODAY, words)
    known = working(session, offer).number
    import_title(session, offer, "Aus der Tabelle")
    now = working(session, offer)
    assert (now.content.text.title, now.number, now.author) == ("Aus der Tabelle", known + 1, "")
    write_title(session, EDITOR, offer, "Wieder von Hand")
    assert [note for _n, _s, _a, note in states(session, offer)].count(BEFORE) == 2
    assert read_version(session, offer.id, known + 1).text.title == "Aus der Tabelle"
    assert read_version(session, offer.id, known + 2).text.title == "Wieder von Hand"


def test_who_wrote_while_an_import_came_sees_both(session: Session, words: Any) -> None:
    offer = of_familienbuero(session)
    write_title(session, EDITOR, offer, "Von Hand")
    workflow.approve(session, EDITOR, offer, TODAY, words)
    form = working(session, offer)
    import_title(session, offer, "Aus der Tabelle")
    with pytest.raises(ConflictError) as conflict:
        workflow.save(session, EDITOR, offer, named(form.content, "Meiner"), base=form.number)
    assert (conflict.value.latest.author, conflict.value.latest.note) == ("", BEFORE)
    assert from_json(conflict.value.latest.content).text.title == "Aus der Tabelle"


def test_an_import_while_a_newer_version_is_written_is_not_lost(session: Session, words: Any) -> None:
    offer = of_familienbuero(session)
    write_title(session, PROVIDER, offer, "In Arbeit")
    import_title(session, offer, "Aus der Tabelle")
    assert working(session, offer).content.text.title == "In Arbeit"
    workflow.approve(session, EDITOR, offer, TODAY, words)
    assert public_title(session, offer) == "In Arbeit"
    titles = [read_version(session, offer.id, number).text.title for number, *_rest in states(session, offer)]
    assert "Aus der Tabelle" in titles
    assert titles[-1] == "In Arbeit"
    assert latest_version(session, offer.id).state == VersionState.APPROVED  # type: ignore[union-attr]


def test_a_translation_is_kept_whatever_is_being_written(session: Session, words: Any) -> None:
    offer = of_familienbuero(session)
    write_title(session, PROVIDER, offer, "In Arbeit")
    offer_translations.write(
        session, EDITOR, offer.slug, "vi", TranslatedTexts(title="Trò chơi", state=TextState.HUMAN)
    )
    before = len(states(session, offer))
    workflow.approve(session, EDITOR, offer, TODAY, words)
    assert read_content(session, offer.id).translations["vi"].title == "Trò chơi"
    assert [note for _n, _s, _a, note in states(session, offer)[before:]].count(BEFORE) == 0


def test_a_changed_text_makes_its_translations_outdated_and_a_slip_of_the_pen_does_not(session: Session) -> None:
    offer = of_familienbuero(session)
    content = working(session, offer).content
    assert content.translations["tr"].state != TextState.OUTDATED
    workflow.save(session, EDITOR, offer, named(content, "Mit i-Punkt"), base=0, small=True)
    assert working(session, offer).content.translations["tr"].state == content.translations["tr"].state
    write_title(session, EDITOR, offer, "Ganz anders")
    assert {text.state for text in working(session, offer).content.translations.values()} == {TextState.OUTDATED}


# --- archive, confirm, copy, delete -----------------------------------------------------------------------------------


def test_archived_and_back_it_is_a_draft(session: Session, words: Any) -> None:
    offer = of_familienbuero(session)
    with pytest.raises(NotAllowedError):
        workflow.unarchive(session, PROVIDER, offer)
    workflow.archive(session, PROVIDER, offer)
    workflow.archive(session, PROVIDER, offer)
    assert offer.status == OfferStatus.ARCHIVED
    with pytest.raises(NotReadyError, match="archiviert"):
        workflow.submit(session, PROVIDER, offer, words)
    with pytest.raises(NotAllowedError):
        workflow.confirm(session, PROVIDER, offer, TODAY)
    workflow.unarchive(session, PROVIDER, offer)
    assert (offer.status, working(session, offer).state) == (OfferStatus.DRAFT, VersionState.DRAFT)
    assert entries(session, offer.slug) == ["archived", "restored"]
    workflow.submit(session, PROVIDER, offer, words)
    workflow.approve(session, EDITOR, offer, TODAY, words)
    assert offer.status == OfferStatus.PUBLISHED


def test_still_right_is_no_new_version_and_is_not_undone_by_what_is_being_written(session: Session, words: Any) -> None:
    offer = of_familienbuero(session)
    write_title(session, PROVIDER, offer, "In Arbeit")
    before = len(states(session, offer))
    workflow.confirm(session, PROVIDER, offer, TODAY + timedelta(3), review_after=timedelta(90))
    assert len(states(session, offer)) == before
    workflow.approve(session, EDITOR, offer, TODAY + timedelta(4), words)
    assert (offer.assured_on, offer.review_due) == (TODAY + timedelta(3), TODAY + timedelta(93))
    assert "confirmed" in entries(session, offer.slug)


def test_a_copy_is_a_draft_that_nobody_has_checked(session: Session) -> None:
    offer = of_familienbuero(session)
    made = workflow.copy(session, PROVIDER, offer)
    content, source = working(session, made).content, working(session, offer).content
    assert (made.slug == offer.slug, made.status) == (False, OfferStatus.DRAFT)
    assert content.text.title == f"{source.text.title} (Kopie)"
    assert (content.assured_on, content.review_due, content.free_places) == (None, None, None)
    assert content.translations == source.translations
    assert len(workflow.copy(session, PROVIDER, workflow.create(session, PROVIDER, named(NEW, "x" * 200))).slug) <= 120


def deleted_follow_up(session: Session) -> tuple[Offer, str]:
    """An offer whose newest version names a follow-up that somebody has deleted meanwhile."""
    offer = of_familienbuero(session)
    after = workflow.create(session, EDITOR, named(NEW, "Danach"))
    now = working(session, offer)
    content = msgspec.structs.replace(now.content, follow_ups=[after.slug])
    workflow.save(session, EDITOR, offer, content, base=now.number)
    slug = after.slug
    delete_offer(session, EDITOR, after, "Danach")
    session.flush()
    return offer, slug


def test_a_follow_up_that_was_deleted_meanwhile_is_named_and_nothing_breaks(session: Session, words: Any) -> None:
    offer, gone = deleted_follow_up(session)
    with pytest.raises(NotReadyError, match=f"Das gibt es nicht mehr: {gone}"):
        workflow.approve(session, EDITOR, offer, TODAY, words)
    copied = workflow.copy(session, EDITOR, offer)
    assert working(session, copied).content.follow_ups == []
    number = working(session, offer).number
    workflow.save(
        session, EDITOR, offer, msgspec.structs.replace(working(session, offer).content, follow_ups=[]), base=number
    )
    workflow.restore(session, EDITOR, offer, number, number + 1)
    assert working(session, offer).content.follow_ups == []
    workflow.approve(session, EDITOR, offer, TODAY, words)
    assert offer.status == OfferStatus.PUBLISHED


def test_a_version_with_a_place_and_a_need_that_are_gone_comes_back_without_them(session: Session) -> None:
    offer = workflow.create(session, EDITOR, NEW)
    version = latest_version(session, offer.id)
    assert version is not None
    lost = msgspec.structs.replace(NEW, location="abgerissen", needs=["eltern_kind_gruppe", "vergessen"])
    version.content = msgspec.json.encode(lost).decode()
    session.flush()
    workflow.save(session, EDITOR, offer, named(NEW, "Zwei"), base=1)
    made = workflow.restore(session, EDITOR, offer, 1, working(session, offer).number)
    assert made is not None
    assert made.note == "Fassung 1 wiederhergestellt, ohne: vergessen, abgerissen"
    assert working(session, offer).content == NEW


def test_an_offer_with_a_place_that_others_point_to_is_deleted_whole(session: Session) -> None:
    row = session.execute(select(FollowUp).order_by(FollowUp.next_offer_id).limit(1)).scalar_one()
    offer = session.get_one(Offer, row.next_offer_id)
    slug = offer.slug
    with pytest.raises(NotAllowedError):
        delete_offer(session, Actor(user_id=None, name="X", roles=frozenset({RoleName.PROVIDER})), offer, "X")
    delete_offer(session, EDITOR, offer, "X")
    with pytest.raises(NotAllowedError):
        find_offer(session, EDITOR, slug)
    assert entries(session, slug) == ["deleted"]


def test_a_comment_of_somebody_else_is_not_allowed(session: Session) -> None:
    stranger = Actor(user_id=None, name="X", roles=frozenset({RoleName.PROVIDER}), organizations=frozenset({2}))
    with pytest.raises(NotAllowedError):
        workflow.comment(session, stranger, of_familienbuero(session), "Hallo")


@pytest.mark.parametrize("slug", ["", "gibt-es-nicht", "nul\x00", "%", "neu", "mehrere", "x" * 5000])
def test_addresses_that_nobody_has(session: Session, slug: str) -> None:
    with pytest.raises(NotAllowedError):
        find_offer(session, COMMAND, slug)


def test_bulk_does_what_it_can_and_says_the_rest(session: Session, words: Any) -> None:
    ready = workflow.create(session, EDITOR, named(NEW, "Fertig"))
    unready = workflow.create(session, EDITOR, msgspec.structs.replace(NEW, phone=None))
    slugs = [unready.slug, ready.slug, "gibt-es-nicht", "nul\x00"]
    done, refused = offer_bulk.apply(session, EDITOR, "publish", slugs, TODAY, words, review_after=timedelta(30))
    assert (done, [title for title, _why in refused]) == (1, ["Spiel am Bach"])
    assert (ready.status, unready.status) == (OfferStatus.PUBLISHED, OfferStatus.DRAFT)
    # Nothing of this is kept before the end: what fails later undoes all of it.
    slug = ready.slug
    session.rollback()
    with pytest.raises(NotAllowedError):
        find_offer(session, EDITOR, slug)


# --- at the same moment -----------------------------------------------------------------------------------------------


def at_once(app: Flask, *tasks: Any) -> list[str]:
    """Each in a thread and a transaction of its own, begun together. The names of what they raised, "" where nothing."""
    barrier = Barrier(len(tasks), timeout=20)

    def run(task: Any) -> str:
        with app.app_context():
            try:
                task(db.session, barrier)
                db.session.commit()
            except (ConflictError, NotAllowedError, NotReadyError) as error:
                return type(error).__name__
        return ""

    with ThreadPoolExecutor(len(tasks)) as threads:
        return sorted(threads.map(run, tasks))


def test_two_saves_at_the_same_moment_end_as_one_version_and_one_conflict(either_app: Flask) -> None:
    with either_app.app_context():
        slug = workflow.create(db.session, EDITOR, NEW).slug
        db.session.commit()

    def save(title: str) -> Any:
        def task(session: Session, barrier: Barrier) -> None:
            offer = find_offer(session, EDITOR, slug)
            content = named(working(session, offer).content, title)
            barrier.wait()
            workflow.save(session, EDITOR, offer, content, base=1)

        return task

    assert at_once(either_app, save("A"), save("B"), save("C")) == ["", "ConflictError", "ConflictError"]
    with either_app.app_context():
        assert [number for number, *_rest in states(db.session, find_offer(db.session, EDITOR, slug))] == [1, 2]


def test_who_saves_while_it_is_published_does_not_change_the_public_page(either_app: Flask, words: Any) -> None:
    """The one has read "draft" before the other published: the words must not slip into the tables."""
    checked = msgspec.structs.replace(NEW, assured_on=TODAY, review_due=TODAY + timedelta(30))
    with either_app.app_context():
        slug = workflow.create(db.session, EDITOR, named(checked, "Freigegeben")).slug
        db.session.commit()
    with either_app.app_context():
        offer = find_offer(db.session, EDITOR, slug)
        assert offer.status == OfferStatus.DRAFT
        with ThreadPoolExecutor(1) as other:

            def publish() -> None:
                with either_app.app_context():
                    workflow.approve(db.session, EDITOR, find_offer(db.session, EDITOR, slug), TODAY, words)
                    db.session.commit()

            other.submit(publish).result(20)
        workflow.save(db.session, PROVIDER, offer, named(checked, "Nicht freigegeben"), base=1)
        db.session.commit()
    with either_app.app_context():
        offer = find_offer(db.session, EDITOR, slug)
        assert (offer.status, public_title(db.session, offer)) == (OfferStatus.PUBLISHED, "Freigegeben")


def test_two_approvals_and_two_new_offers_at_the_same_moment(either_app: Flask, words: Any) -> None:
    with either_app.app_context():
        slug = workflow.create(db.session, EDITOR, named(NEW, "Doppelt")).slug
        db.session.commit()

    def approve(session: Session, barrier: Barrier) -> None:
        offer = find_offer(session, EDITOR, slug)
        barrier.wait()
        workflow.approve(session, EDITOR, offer, TODAY, words)

    def create(session: Session, barrier: Barrier) -> None:
        session.execute(select(Organization.id)).all()
        session.rollback()
        barrier.wait()
        workflow.create(session, EDITOR, named(NEW, "Doppelt"))

    assert at_once(either_app, approve, approve, create, create) == ["", "", "", ""]
    with either_app.app_context():
        found = db.session.execute(select(Offer.slug).where(Offer.slug.like("doppelt%")).order_by(Offer.slug)).scalars()
        assert list(found) == ["doppelt", "doppelt-2", "doppelt-3"]
        assert db.session.execute(select(Location.id).limit(1)).first() is not None
