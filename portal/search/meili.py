"""The Meilisearch engine. The text it keeps is analysed by our analyser; filters, typos of its own and speed are its part.

The position in the outbox stands in an index of its own beside the documents, written when they are in: whoever is
interrupted does the last step again, and doing it twice changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import meilisearch
import msgspec
import urllib3
from meilisearch.errors import MeilisearchApiError
from msgspec import Struct

from portal.content.schema import read
from portal.search.analysis import SCHEMA, QueryAnalyser, Vocabulary, document_terms
from portal.search.engine import EVERYWHERE, Document, EngineError, Hit, Query
from portal.search.index_file import fingerprint

DEADLINE = 0.4
"""Seconds: who takes longer is not waited for."""
_BATCH = 5_000
"""Documents in one request; very large ones have made a server hang for minutes."""
_TASK_SECONDS = 300
_MAX_ANSWER = 2_000_000


class _FoundDocument(Struct):
    offer_id: int
    score: float = msgspec.field(name="_rankingScore")


class _Found(Struct):
    hits: list[_FoundDocument]


class _Answers(Struct):
    results: list[_Found]


_decoder = msgspec.json.Decoder(_Answers)


class MeiliEngine:
    """`words` gives the analyser and the vocabulary of a language: those of the embedded index, so that both engines agree."""

    name = "meilisearch"

    def __init__(
        self,
        url: str,
        key: str,
        settings: Path,
        analyser: Callable[[str], QueryAnalyser | None],
        index: str = "offers",
        deadline: float = DEADLINE,
    ) -> None:
        self.index, self._state_index = index, f"{index}_state"
        self._settings_file, self._analyser, self._deadline = settings, analyser, deadline
        # Only for the worker and whoever watches it: it opens a connection a call.
        self._client = meilisearch.Client(url.rstrip("/"), key or None, timeout=30)
        self._quick = meilisearch.Client(url.rstrip("/"), key or None, timeout=1)
        self._url = f"{url.rstrip('/')}/multi-search"
        headers = {"Content-Type": "application/json"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        self._pool = urllib3.PoolManager(
            maxsize=16, headers=headers, retries=False, timeout=urllib3.Timeout(connect=deadline, read=deadline)
        )
        self._threads = ThreadPoolExecutor(max_workers=16, thread_name_prefix="meilisearch")

    # --- reading --------------------------------------------------------------------------------------------------

    def search(self, query: Query) -> list[Hit]:
        """Each word is a query of its own, all in one request: together they would have to be in the same offer."""
        asked = [
            (lang, analyser, term)
            for lang in query.langs
            if (analyser := self._analyser(lang)) is not None
            for term in analyser.terms(query.text, typing=query.typing)
        ]
        if not asked:
            return []
        queries = [
            {
                "indexUid": self.index,
                "q": word,
                "filter": _filters(query, lang),
                "limit": query.limit,
                "attributesToRetrieve": ["offer_id"],
                "showRankingScore": True,
            }
            for lang, _analyser, term in asked
            for word in term.terms
        ]
        answers = iter(self._answers(queries))
        found: dict[str, dict[int, float]] = {}
        whole: dict[str, float] = {}
        for lang, analyser, term in asked:
            weight = analyser.rarity(term)
            whole[lang] = whole.get(lang, 0.0) + weight
            best: dict[int, float] = {}
            for _word in term.terms:
                for hit in next(answers).hits:
                    best[hit.offer_id] = max(best.get(hit.offer_id, 0.0), hit.score)
            sums = found.setdefault(lang, {})
            for offer_id, score in best.items():
                sums[offer_id] = sums.get(offer_id, 0.0) + weight * term.weight * score
        scores: dict[int, float] = {}
        for lang, sums in found.items():
            for offer_id, total in sums.items():
                scores[offer_id] = max(scores.get(offer_id, 0.0), total / whole[lang])
        ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[: query.limit]
        return [Hit(offer_id, score) for offer_id, score in ranked]

    def _answers(self, queries: list[dict[str, Any]]) -> list[_Found]:
        """One answer for each query. Raises EngineError where they do not come in time, or are something else."""
        future = self._threads.submit(self._post, json.dumps({"queries": queries}).encode())
        try:
            answers = future.result(self._deadline)
        except FutureTimeout as error:
            future.cancel()
            raise EngineError(f"no answer within {self._deadline * 1000:.0f} ms") from error
        if len(answers) != len(queries):
            raise EngineError("answers with something else than was asked for")
        if any(not 0 <= hit.score <= 1 for answer in answers for hit in answer.hits):
            raise EngineError("a score out of range")
        return answers

    def _post(self, body: bytes) -> list[_Found]:
        try:
            response = self._pool.request("POST", self._url, body=body, preload_content=False)
            try:
                data = response.read(_MAX_ANSWER)
            finally:
                response.release_conn()
        except urllib3.exceptions.HTTPError as error:
            raise EngineError(f"cannot be reached ({type(error).__name__})") from error
        if response.status != 200:
            raise EngineError(f"answers with status {response.status}")
        try:
            return _decoder.decode(data).results
        except msgspec.DecodeError as error:
            raise EngineError("answers with something else than was asked for") from error

    def position(self) -> int | None:
        try:
            state = self._quick.index(self._state_index).get_document("state")
            self._quick.get_raw_index(self.index)
        except MeilisearchApiError as error:
            if error.code in {"index_not_found", "document_not_found"}:
                return None
            raise EngineError(str(error.code)) from error
        except Exception as error:
            # Whatever stands at the address may answer anything, and the client fails on it in many ways.
            raise EngineError(type(error).__name__) from error
        position = getattr(state, "position", None)
        return position if getattr(state, "schema", None) == SCHEMA and isinstance(position, int) else None

    def stored(self) -> dict[str, str]:
        found: dict[str, str] = {}
        with _errors():
            while True:
                page = self._client.index(self.index).get_documents(
                    {"offset": len(found), "limit": 1000, "fields": ["id", "fingerprint"]}
                )
                if not page.results:
                    return found
                found.update({document.id: document.fingerprint for document in page.results})

    # --- writing --------------------------------------------------------------------------------------------------

    def update(self, offer_ids: Sequence[int], documents: Sequence[Document], position: int) -> None:
        with _errors():
            index, prepared = self._client.index(self.index), self._prepared(documents)
            tasks = []
            if offer_ids:
                tasks.append(index.delete_documents(filter=f"offer_id IN [{', '.join(map(str, offer_ids))}]"))
            if prepared:
                # Asked for at once: the server does one right after the other, so the offers are hardly gone.
                tasks.append(index.add_documents(prepared, primary_key="id"))
            for task in tasks:
                self._wait(task)
            self._write_position(position)

    def rebuild(self, batches: Iterable[Sequence[Document]], position: int) -> None:
        new = f"{self.index}_new"
        with _errors():
            self._forget(new)
            self._wait(self._client.create_index(new, {"primaryKey": "id"}))
            index = self._client.index(new)
            self._wait(index.update_settings(read(self._settings_file, dict[str, Any])))
            waiting: list[dict[str, Any]] = []
            for documents in batches:
                waiting += self._prepared(documents)
                if len(waiting) >= _BATCH:
                    self._wait(index.add_documents(waiting))
                    waiting = []
            if waiting:
                self._wait(index.add_documents(waiting))
            self._ensure(self.index)
            self._wait(self._client.swap_indexes([{"indexes": [self.index, new]}]))
            self._write_position(position)
            self._forget(new)

    def _prepared(self, documents: Sequence[Document]) -> list[dict[str, Any]]:
        """As the index keeps them: text as terms."""
        prepared = []
        for document in documents:
            analyser = self._analyser(document.lang)
            vocabulary: Vocabulary | None = analyser.vocabulary if analyser else None
            fields = msgspec.to_builtins(document)
            for name in ("title", "summary", "description", "organization", "need_words"):
                fields[name] = " ".join(document_terms(fields[name], document.lang, vocabulary))
            place = " ".join(document_terms(fields.pop("place"), document.lang, vocabulary))
            fields["organization"] = f"{fields['organization']} {place}".strip()
            prepared.append({"id": document.key, "fingerprint": fingerprint(document), **fields})
        return prepared

    def _write_position(self, position: int) -> None:
        state = {"id": "state", "position": position, "schema": SCHEMA}
        self._wait(self._client.index(self._state_index).add_documents([state], primary_key="id"))

    def _ensure(self, index: str) -> None:
        try:
            self._client.get_raw_index(index)
        except MeilisearchApiError as error:
            if error.code != "index_not_found":
                raise
            self._wait(self._client.create_index(index, {"primaryKey": "id"}))

    def _forget(self, index: str) -> None:
        try:
            self._client.get_raw_index(index)
        except MeilisearchApiError as error:
            if error.code != "index_not_found":
                raise
            return
        self._wait(self._client.delete_index(index))

    def _wait(self, task: Any) -> None:
        """Until the server has done it. Raises EngineError where it could not."""
        done = self._client.wait_for_task(task.task_uid, timeout_in_ms=_TASK_SECONDS * 1000, interval_in_ms=20)
        if done.status != "succeeded":
            raise EngineError(f"a task ended as {done.status}: {(done.error or {}).get('code')}")


@contextmanager
def _errors() -> Iterator[None]:
    """Errors of the client as EngineError, with their kind and without their text: it may hold an address or a key."""
    try:
        yield
    except MeilisearchApiError as error:
        raise EngineError(str(error.code)) from error
    except EngineError:
        raise
    except Exception as error:
        raise EngineError(type(error).__name__) from error


def _filters(query: Query, lang: str) -> list[Any]:
    """As Meilisearch takes them: a list inside the list means "or"."""
    day = query.today.toordinal()
    found: list[Any] = [
        f"lang = {json.dumps(lang)}",
        f"valid_from <= {day}",
        f"valid_to >= {day}",
    ]
    if query.spans:
        found.append([f"(min_age <= {high} AND max_age >= {low})" for low, high in query.spans])
    for name, values in (
        ("needs", query.needs),
        ("life_situations", query.life_situations),
        ("life_phases", (query.life_phase,) if query.life_phase else ()),
        ("districts", (query.district, EVERYWHERE) if query.district else ()),
        ("languages", query.languages),
    ):
        if values:
            found.append(f"{name} IN [{_listed(values)}]")
    found += [f"barriers = {json.dumps(barrier)}" for barrier in query.barriers]
    return found


def _listed(values: Iterable[str]) -> str:
    return ", ".join(json.dumps(value) for value in values)
