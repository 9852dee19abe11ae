"""Telling the engines of changes: from the outbox, again and again until it is done, whatever happens in between.

Every engine keeps its own position in the outbox. What was not delivered is delivered later; what was delivered twice
changes nothing. An index that is missing, of another make or too far behind is built anew beside the old one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.models import CatalogueState, ChangeKind, Offer, OfferNeed, OutboxEntry
from portal.search.documents import BATCH, DocumentReader, published_ids
from portal.search.embedded import EmbeddedEngine
from portal.search.engine import Document, Engine, EngineError
from portal.search.index_file import fingerprint

log = structlog.get_logger()

POLL_SECONDS = 0.5
_LONGEST_PAUSE = 60.0
KEEP_VERSIONS = 20_000
"""Versions whose entries stay in the outbox; who is further behind builds its index anew."""

Advance = Callable[[int, int], None]


@dataclass
class Check:
    """How an index differs from the database: keys of documents ("offer-language")."""

    missing: list[str] = field(default_factory=list)
    superfluous: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.missing or self.superfluous or self.different)

    @property
    def offer_ids(self) -> list[int]:
        return sorted({int(key.partition("-")[0]) for key in (*self.missing, *self.superfluous, *self.different)})


class Indexer:
    """Brings engines up to date with the database. `embedded` also holds the lock that one process at a time has."""

    def __init__(
        self,
        sessions: Callable[[], Session],
        embedded: EmbeddedEngine,
        others: Sequence[Engine] = (),
        hide_after_days: int | None = None,
    ) -> None:
        self.sessions, self.embedded = sessions, embedded
        self._hide_after_days = hide_after_days
        self.engines: list[Engine] = [embedded, *others]
        self._rest_until: dict[str, float] = {}
        self._failures: dict[str, int] = {}

    # --- steps ----------------------------------------------------------------------------------------------------

    def deliver_all(self, *, wait: bool = False) -> int:
        """Bring every engine up to date that is not resting after a failure. Returns to how many there was something to tell.

        Does nothing where another process is at it, unless told to wait for it.
        """
        return sum(self.deliver_to(engine, wait=wait) for engine in self.engines)

    def deliver_to(self, engine: Engine, *, wait: bool = False) -> bool:
        """Bring one engine up to date, unless it is resting or another process is at it. Returns whether it was told anything."""
        if time.monotonic() < self._rest_until.get(engine.name, 0.0):
            return False
        with self.embedded.lock(engine.name, wait=wait) as mine:
            if not mine:
                return False
            try:
                told = self.deliver(engine)
                self._failures[engine.name] = 0
            except EngineError as error:
                self._rest(engine, str(error))
                return False
            if engine is self.embedded:
                self._prune()
            return told

    def _rest(self, engine: Engine, reason: str) -> None:
        """1, 2, 4 … 60 seconds."""
        failures = self._failures[engine.name] = self._failures.get(engine.name, 0) + 1
        pause = min(_LONGEST_PAUSE, 2.0 ** (failures - 1))
        self._rest_until[engine.name] = time.monotonic() + pause
        log.warning("search index not reached", engine=engine.name, reason=reason, again_in_seconds=pause)

    def deliver(self, engine: Engine) -> bool:
        """Tell one engine all it does not know yet. Returns whether there was anything. Raises EngineError."""
        position = engine.position()
        with self.sessions() as session:
            version = current_version(session)
            if position == version:
                return False
            ids = self._changed(session, position, version)
            if position is None or ids is None:
                self._rebuild(session, engine, version)
                return True
            reader = DocumentReader(session, self._hide_after_days)
            parts = [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)] or [[]]
            for number, part in enumerate(parts, 1):
                # Only with the last part the engine is where the database is.
                engine.update(part, reader.read(part) if part else [], version if number == len(parts) else position)
            return True

    def _changed(self, session: Session, position: int | None, version: int) -> list[int] | None:
        """The offers that the changes after `position` concern; None where only a new index helps."""
        if position is None or position > version:
            # Further than the database: it was put back to an older state.
            return None
        entries = session.execute(
            select(OutboxEntry.version, OutboxEntry.kind, OutboxEntry.entity).where(
                (OutboxEntry.version > position) | (OutboxEntry.kind == ChangeKind.PRUNED)
            )
        ).all()
        by_kind: dict[ChangeKind, set[str]] = {}
        for entry_version, kind, entity in entries:
            if entry_version > version:
                continue
            if kind == ChangeKind.EVERYTHING or (kind == ChangeKind.PRUNED and entry_version > position):
                return None
            by_kind.setdefault(kind, set()).add(entity)
        return sorted(_offers_of(session, by_kind))

    def _rebuild(self, session: Session, engine: Engine, version: int, advance: Advance | None = None) -> int:
        ids = published_ids(session)
        reader = DocumentReader(session, self._hide_after_days)
        engine.rebuild(_counted(reader.batches(ids), len(ids), advance), version)
        return len(ids)

    def reindex(self, advance: Advance | None = None) -> dict[str, int]:
        """Build every index anew, beside the one in use. Returns the number of offers by engine. Raises EngineError."""
        done = {}
        for engine in self.engines:
            with self.embedded.lock(engine.name, wait=True), self.sessions() as session:
                done[engine.name] = self._rebuild(session, engine, current_version(session), advance)
        return done

    def _prune(self) -> None:
        with self.sessions() as session:
            version = current_version(session)
            oldest = session.execute(
                select(OutboxEntry.version).order_by(OutboxEntry.version).limit(1)
            ).scalar_one_or_none()
            if oldest is None or oldest > version - 2 * KEEP_VERSIONS:
                return
            limit = version - KEEP_VERSIONS
            session.execute(delete(OutboxEntry).where(OutboxEntry.version <= limit))  # type: ignore[arg-type]
            session.execute(insert(OutboxEntry).values(version=limit, kind=ChangeKind.PRUNED, entity=""))
            session.commit()

    # --- checking -------------------------------------------------------------------------------------------------

    def check(self, engine: Engine, *, mend: bool = True) -> Check:
        """Compare every document of an engine with the database, and put right what differs. Raises EngineError."""
        with self.embedded.lock(engine.name, wait=True), self.sessions() as session:
            version = current_version(session)
            if engine.position() is None:
                raise EngineError("there is no index yet")
            stored = engine.stored()
            reader = DocumentReader(session, self._hide_after_days)
            found = Check()
            for documents in reader.batches(published_ids(session)):
                for document in documents:
                    kept = stored.pop(document.key, None)
                    if kept is None:
                        found.missing.append(document.key)
                    elif kept != fingerprint(document):
                        found.different.append(document.key)
            found.superfluous = sorted(stored)
            if found and mend:
                ids = found.offer_ids
                for start in range(0, len(ids), BATCH):
                    part = ids[start : start + BATCH]
                    engine.update(part, reader.read(part), version)
            return found

    # --- running --------------------------------------------------------------------------------------------------

    def run(self, stop: threading.Event) -> None:
        """Deliver until told to stop, to each engine in a thread of its own: a slow one does not hold up the other."""
        threads = [
            threading.Thread(target=self._run, args=(engine, stop), name=f"index {engine.name}", daemon=True)
            for engine in self.engines[1:]
        ]
        for thread in threads:
            thread.start()
        self._run(self.embedded, stop)

    def _run(self, engine: Engine, stop: threading.Event) -> None:
        """Nothing that goes wrong ends it."""
        while not stop.is_set():
            try:
                self.deliver_to(engine)
            except SQLAlchemyError as error:
                log.warning("search index waits for the database", reason=type(error).__name__)
                stop.wait(5)
            except Exception:
                log.exception("search index")
                stop.wait(5)
            stop.wait(POLL_SECONDS)


def current_version(session: Session) -> int:
    """The version of the catalogue, which every change of public content raises."""
    return session.execute(select(CatalogueState.version)).scalar_one()


def _offers_of(session: Session, by_kind: dict[ChangeKind, set[str]]) -> set[int]:
    found = {int(entity) for entity in by_kind.get(ChangeKind.OFFER, ())}
    for kind, statement in (
        (ChangeKind.ORGANIZATION, lambda ids: select(Offer.id).where(Offer.organization_id.in_(ids))),
        (ChangeKind.LOCATION, lambda ids: select(Offer.id).where(Offer.location_id.in_(ids))),
    ):
        if entities := by_kind.get(kind):
            found.update(session.execute(statement([int(entity) for entity in entities])).scalars())
    if codes := by_kind.get(ChangeKind.NEED):
        found.update(session.execute(select(OfferNeed.offer_id).where(OfferNeed.need_code.in_(codes))).scalars())
    return found


def _counted(batches: Iterator[list[Document]], total: int, advance: Advance | None) -> Iterator[list[Document]]:
    for number, documents in enumerate(batches, 1):
        yield documents
        if advance:
            advance(min(number * BATCH, total), total)
