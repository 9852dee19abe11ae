"""Changes reach the search: written with the change itself, delivered until every index knows them, whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal import database, models
from portal.models.enums import OfferStatus, TextState
from portal.search import indexing
from portal.search.embedded import EmbeddedEngine
from portal.search.engine import Document, EngineError, Hit, Query
from portal.search.index_file import fingerprint
from portal.search.indexing import Check, Indexer, current_version
from tests.conftest import TODAY

SLUG = "schwimmkurs-kinder"


@pytest.fixture
def session(own_app: Flask) -> Iterator[Session]:
    with Session(own_app.extensions["engine"]) as session:
        yield session


@pytest.fixture
def indexer(own_app: Flask) -> Indexer:
    found: Indexer = own_app.extensions["indexer"]
    return found


def offer(session: Session, slug: str = SLUG) -> models.Offer:
    return session.execute(select(models.Offer).where(models.Offer.slug == slug)).scalar_one()


def title(session: Session, slug: str = SLUG) -> models.OfferText:
    return session.execute(
        select(models.OfferText)
        .join(models.Offer, models.Offer.id == models.OfferText.offer_id)
        .where(models.Offer.slug == slug, models.OfferText.lang == "de")
    ).scalar_one()


def found(app: Flask, question: str, lang: str = "de") -> list[str]:
    answer = app.test_client().get("/api/v1/search", query_string={"q": question, "lang": lang, "limit": 50})
    return [result["slug"] for result in answer.json["results"]]


def by_words(indexer: Indexer, question: str) -> list[int]:
    return [hit.offer_id for hit in indexer.embedded.search(Query(text=question, lang="de", today=TODAY))]


def entries(session: Session, after: int) -> list[tuple[int, str, str]]:
    row = models.OutboxEntry
    rows = session.execute(
        select(row.version, row.kind, row.entity).where(row.version > after).order_by(row.version, row.kind, row.entity)
    )
    return [(version - after, kind.value, entity) for version, kind, entity in rows]


# --- what is written with a change --------------------------------------------------------------------------------


def change_title(session: Session) -> tuple[str, str]:
    title(session).title = "Tauchen"
    return "offer", str(offer(session).id)


def change_status(session: Session) -> tuple[str, str]:
    offer(session).status = OfferStatus.DRAFT
    return "offer", str(offer(session).id)


def delete_offer(session: Session) -> tuple[str, str]:
    gone = offer(session)
    session.delete(gone)
    return "offer", str(gone.id)


def add_need(session: Session) -> tuple[str, str]:
    changed = offer(session).id
    session.add(models.OfferNeed(offer_id=changed, need_code="trauer", position=9))
    return "offer", str(changed)


def add_district(session: Session) -> tuple[str, str]:
    changed = offer(session).id
    session.execute(delete(models.OfferDistrict).where(models.OfferDistrict.offer_id == changed))
    district = session.execute(select(models.District.id).order_by(models.District.id)).scalars().first()
    session.add(models.OfferDistrict(offer_id=changed, district_id=district))
    return "offer", str(changed)


def rename_organization(session: Session) -> tuple[str, str]:
    owner = session.get(models.Organization, offer(session).organization_id)
    assert owner is not None
    owner.name = "Tauchverein"
    return "organization", str(owner.id)


def rename_location(session: Session) -> tuple[str, str]:
    place = session.get(models.Location, offer(session).location_id)
    assert place is not None
    place.name = "Tauchbecken"
    return "location", str(place.id)


def rename_need(session: Session) -> tuple[str, str]:
    text = session.get(models.NeedText, ("schwimmkurs", "de"))
    assert text is not None
    text.label = "Tauchen lernen"
    return "need", "schwimmkurs"


def rename_district(session: Session) -> tuple[str, str]:
    district = session.execute(select(models.District).where(models.District.slug == "nordstadt")).scalar_one()
    district.name = "Nordend"
    return "everything", ""


CHANGES = [
    change_title,
    change_status,
    delete_offer,
    add_need,
    add_district,
    rename_organization,
    rename_location,
    rename_need,
    rename_district,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_is_written_to_the_outbox_in_its_own_transaction(
    session: Session, change: Callable[[Session], tuple[str, str]]
) -> None:
    before = current_version(session)
    expected = change(session)
    session.flush()
    assert entries(session, before) == [], "not before the end: others would wait for it"
    session.commit()
    assert entries(session, before) == [(1, *expected)]
    assert current_version(session) == before + 1


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_was_taken_back_is_not_told(session: Session, change: Callable[[Session], tuple[str, str]]) -> None:
    before = current_version(session)
    change(session)
    session.flush()
    session.rollback()
    session.commit()
    assert (current_version(session), entries(session, before)) == (before, [])


def test_what_is_in_no_document_raises_the_version_and_tells_nothing(session: Session) -> None:
    before = current_version(session)
    session.add(
        models.OrganizationText(organization_id=offer(session).organization_id, lang="xx", state=TextState.SOURCE)
    )
    session.commit()
    assert (current_version(session), entries(session, before)) == (before + 1, [])


def test_versions_go_up_one_by_one_and_name_each_thing_once(session: Session) -> None:
    before, number = current_version(session), str(offer(session).id)
    title(session).title = "Eins"
    offer(session).min_age_months = 61
    title(session).title = "Eins und zwei"
    session.commit()
    code = rename_need(session)[1]
    title(session).title = "Drei"
    session.commit()
    assert entries(session, before) == [(1, "offer", number), (2, "need", code), (2, "offer", number)]


def test_very_many_changes_are_told_as_everything(session: Session) -> None:
    before = current_version(session)
    database.mark_catalogue_changed(session, [(models.ChangeKind.OFFER, str(n)) for n in range(5_000)])
    database.mark_catalogue_changed(session, [(models.ChangeKind.OFFER, str(n)) for n in range(5_001)])
    session.commit()
    assert len(entries(session, before)) == 5_001
    assert entries(session, before)[-1] == (2, "everything", "")


# --- delivering ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_after_any_change_the_index_is_what_the_database_is(
    session: Session, indexer: Indexer, change: Callable[[Session], tuple[str, str]]
) -> None:
    change(session)
    session.commit()
    assert indexer.embedded.position() == current_version(session) - 1
    assert indexer.deliver_all() == 1
    assert indexer.embedded.position() == current_version(session)
    assert indexer.check(indexer.embedded, mend=False) == Check()
    assert indexer.deliver_all() == 0, "there is nothing more to tell"


def test_a_new_title_is_found_and_the_old_one_no_longer(own_app: Flask, session: Session, indexer: Indexer) -> None:
    number = offer(session).id
    title(session).title = "Quastenflosser beobachten"
    session.commit()
    assert by_words(indexer, "quastenflosser") == [], "not before it was delivered"
    indexer.deliver_all()
    assert by_words(indexer, "quastenflosser") == [number]
    assert found(own_app, "quastenflosser beobachten")[0] == SLUG
    title(session).title = "Etwas ganz anderes"
    session.commit()
    indexer.deliver_all()
    assert by_words(indexer, "quastenflosser") == []


def test_an_offer_that_is_no_longer_published_is_not_found(own_app: Flask, session: Session, indexer: Indexer) -> None:
    assert SLUG in found(own_app, "schwimmkurs")
    change_status(session)
    session.commit()
    assert SLUG not in found(own_app, "schwimmkurs"), "at once, whatever the index still says"
    indexer.deliver_all()
    assert SLUG not in found(own_app, "schwimmkurs")
    assert f"{offer(session).id}-de" not in indexer.embedded.stored()


def test_a_deleted_offer_is_forgotten(session: Session, indexer: Indexer) -> None:
    _kind, number = delete_offer(session)
    session.commit()
    indexer.deliver_all()
    assert [key for key in indexer.embedded.stored() if key.startswith(f"{number}-")] == []


def test_the_offers_of_a_renamed_organization_are_found_by_its_new_name(
    own_app: Flask, session: Session, indexer: Indexer
) -> None:
    owner = offer(session).organization_id
    of_owner = select(models.Offer.slug).where(models.Offer.organization_id == owner)
    slugs = set(session.execute(of_owner.where(models.Offer.status == OfferStatus.PUBLISHED)).scalars())
    organization = session.get(models.Organization, owner)
    assert organization is not None
    organization.name = "Quastenflosser gGmbH"
    session.commit()
    indexer.deliver_all()
    assert set(found(own_app, "quastenflosser")) >= slugs


def test_a_need_in_other_words_is_found_by_them(own_app: Flask, session: Session, indexer: Indexer) -> None:
    text = session.get(models.NeedText, ("schwimmkurs", "de"))
    assert text is not None
    text.label = "Quastenflosser"
    session.commit()
    indexer.deliver_all()
    assert SLUG in found(own_app, "quastenflosser")


class FakeEngine:
    """Keeps fingerprints, and fails when it is told to."""

    name = "fake"

    def __init__(self, place: int | None = None) -> None:
        self.place, self.kept, self.failing = place, dict[str, str](), False
        self.calls: list[str] = []

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if self.failing:
            raise EngineError("it is having a bad day")

    def search(self, query: Query) -> list[Hit]:
        return []

    def position(self) -> int | None:
        self._call("position")
        return self.place

    def update(self, offer_ids: Sequence[int], documents: Sequence[Document], position: int) -> None:
        self._call("update")
        gone = {str(each) for each in offer_ids}
        self.kept = {key: value for key, value in self.kept.items() if key.partition("-")[0] not in gone}
        self.kept.update({each.key: fingerprint(each) for each in documents})
        self.place = position

    def rebuild(self, batches: Iterable[Sequence[Document]], position: int) -> None:
        self._call("rebuild")
        self.kept = {each.key: fingerprint(each) for part in batches for each in part}
        self.place = position

    def stored(self) -> dict[str, str]:
        return dict(self.kept)


@pytest.fixture
def fake(own_app: Flask, indexer: Indexer) -> FakeEngine:
    engine = FakeEngine()
    indexer.engines.append(engine)
    indexer.deliver_all()
    engine.calls.clear()
    return engine


def test_a_new_engine_gets_everything(indexer: Indexer, fake: FakeEngine) -> None:
    assert fake.kept == indexer.embedded.stored() != {}
    assert fake.place == indexer.embedded.position()


@pytest.mark.parametrize("off", [+1, +1000])
def test_an_index_ahead_of_the_database_is_built_anew(indexer: Indexer, fake: FakeEngine, off: int) -> None:
    """The database was put back to an older state: nobody knows what the index holds."""
    assert fake.place is not None
    right, fake.place, fake.kept = fake.place, fake.place + off, {"1-xx": "?"}
    indexer.deliver_all()
    assert (fake.calls, fake.place, fake.kept) == (["position", "rebuild"], right, indexer.embedded.stored())


def test_an_index_behind_the_database_is_told_only_what_it_does_not_know(
    session: Session, indexer: Indexer, fake: FakeEngine
) -> None:
    change_title(session)
    session.commit()
    indexer.deliver_all()
    assert fake.calls == ["position", "update"]
    assert fake.kept == indexer.embedded.stored()


def test_a_missing_index_is_built(own_app: Flask, indexer: Indexer, session: Session) -> None:
    (indexer.embedded.folder / "current").unlink()
    assert SLUG in found(own_app, "schwimmkurs"), "without an index needs are found all the same"
    assert indexer.deliver_all() == 1
    assert indexer.check(indexer.embedded, mend=False) == Check()


def test_a_copy_without_links_is_built_anew(indexer: Indexer) -> None:
    """A backup may have made a file of the link."""
    current = indexer.embedded.folder / "current"
    content = current.read_bytes()
    current.unlink()
    current.write_bytes(content)
    assert indexer.embedded.position() is None
    indexer.deliver_all()
    assert indexer.check(indexer.embedded, mend=False) == Check()


def test_a_damaged_index_is_built_anew(indexer: Indexer, own_app: Flask) -> None:
    current = (indexer.embedded.folder / "current").resolve()
    for part in current.parent.glob(f"{current.name}*"):
        part.write_bytes(b"not a database at all" * 500)
    fresh = EmbeddedEngine(indexer.embedded.folder)
    assert fresh.position() is None
    renewed = Indexer(indexer.sessions, fresh)
    assert renewed.deliver_all() == 1
    assert renewed.check(fresh, mend=False) == Check()


# --- engines that fail --------------------------------------------------------------------------------------------


def test_a_failing_engine_is_asked_less_and_less_often(
    indexer: Indexer, fake: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(indexing, "time", SimpleNamespace(monotonic=lambda: now[0]))
    fake.failing, pauses = True, []
    for _ in range(9):
        indexer.deliver_all()
        asked, waited = len(fake.calls), 0
        while len(fake.calls) == asked:
            now[0] += 1
            waited += 1
            before = len(fake.calls)
            indexer.deliver_all()
            if len(fake.calls) > before:
                break
        pauses.append(waited)
        fake.calls.clear()
        # The call that ended the pause failed too, and began the next one.
        indexer._rest_until["fake"], indexer._failures["fake"] = 0.0, len(pauses)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_an_engine_that_recovers_is_told_all_it_has_missed(
    session: Session, indexer: Indexer, fake: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(indexing, "time", SimpleNamespace(monotonic=lambda: now[0]))
    fake.failing = True
    for number in range(3):
        title(session).title = f"Tauchen {number}"
        session.commit()
        assert indexer.deliver_all() == 1, "the other engine goes on"
    assert indexer.embedded.position() == current_version(session)
    assert len(fake.calls) == 1, "it rests"
    fake.failing = False
    now[0] += 1
    assert indexer.deliver_all() == 1
    assert (fake.place, fake.kept) == (current_version(session), indexer.embedded.stored())


# --- pruning ------------------------------------------------------------------------------------------------------


def test_old_entries_are_removed_and_who_needs_them_is_built_anew(
    session: Session, indexer: Indexer, fake: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "KEEP_VERSIONS", 10)
    begin = current_version(session)
    for number in range(30):
        title(session).title = f"Tauchen {number}"
        session.commit()
    indexer.deliver_all()
    end = current_version(session)
    session.rollback()
    kept = session.execute(select(models.OutboxEntry).order_by(models.OutboxEntry.version)).scalars().all()
    assert (kept[0].version, kept[0].kind) == (end - 10, models.ChangeKind.PRUNED)
    assert [entry.version for entry in kept[1:]] == list(range(end - 9, end + 1))
    for place, how in ((end - 10, "update"), (end - 1, "update"), (end - 11, "rebuild"), (begin, "rebuild")):
        fake.place, fake.kept = place, {}
        fake.calls.clear()
        indexer.deliver_all()
        assert fake.calls == ["position", how]
        assert fake.place == end
    indexer.deliver_all()
    again = session.execute(select(models.OutboxEntry).order_by(models.OutboxEntry.version)).scalars().all()
    assert again == kept, "not with every change"


# --- checking -----------------------------------------------------------------------------------------------------


def test_a_check_finds_and_mends_what_differs(session: Session, indexer: Indexer, fake: FakeEngine) -> None:
    right, number = dict(fake.kept), offer(session).id
    del fake.kept[f"{number}-de"]
    fake.kept[f"{number}-tr"] = "0"
    fake.kept["999999-de"] = "1"
    expected = Check(missing=[f"{number}-de"], superfluous=["999999-de"], different=[f"{number}-tr"])
    assert indexer.check(fake, mend=False) == expected
    assert indexer.check(fake) == expected, "looking has mended nothing"
    assert fake.kept == right
    assert indexer.check(fake) == Check()
    assert not Check()


def test_a_check_of_no_index_says_so(indexer: Indexer) -> None:
    with pytest.raises(EngineError, match="there is no index yet"):
        indexer.check(FakeEngine())
