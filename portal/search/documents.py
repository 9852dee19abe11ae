"""Documents for the engines, read from the database: one for each published offer and language. No Flask here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import (
    MAX_AGE_MONTHS,
    Location,
    NeedText,
    Offer,
    OfferAccess,
    OfferDistrict,
    OfferLanguage,
    OfferLifePhase,
    OfferLifeSituation,
    OfferNeed,
    OfferText,
    Organization,
)
from portal.models.enums import Access, CostKind, OfferStatus, Provision, Registration, StepFree
from portal.offers.filters import Barrier
from portal.offers.taxonomy import DistrictInfo, read_districts
from portal.search.engine import EVERYWHERE, FAR_DATE, NO_DATE, Document

BATCH = 500
"""Offers that are read together."""

_PARTS = {
    "needs": (OfferNeed.offer_id, OfferNeed.need_code, OfferNeed.position),
    "situations": (OfferLifeSituation.offer_id, OfferLifeSituation.life_situation, OfferLifeSituation.life_situation),
    "phases": (OfferLifePhase.offer_id, OfferLifePhase.life_phase, OfferLifePhase.life_phase),
    "access": (OfferAccess.offer_id, OfferAccess.access, OfferAccess.access),
    "languages": (OfferLanguage.offer_id, OfferLanguage.lang, OfferLanguage.position),
    "districts": (OfferDistrict.offer_id, OfferDistrict.district_id, OfferDistrict.district_id),
}


def published_ids(session: Session) -> list[int]:
    """The offers that have documents. Their days of validity are in the documents: a day may pass without any change."""
    return list(
        session.execute(select(Offer.id).where(Offer.status == OfferStatus.PUBLISHED).order_by(Offer.id)).scalars()
    )


class DocumentReader:
    """Reads documents of one state of the database: needs and districts are read once."""

    def __init__(self, session: Session, hide_after_days: int | None = None) -> None:
        """`hide_after_days` without a check an offer is not found any more (None: that never happens)."""
        self.session = session
        self._hide_after_days = hide_after_days
        districts = read_districts(session)
        self._slugs = {info.id: slug for slug, info in districts.items()}
        self._up = {slug: _ancestors(slug, districts) for slug in districts}
        self._down = {slug: _descendants(slug, districts) for slug in districts}
        self._names = {slug: info.name for slug, info in districts.items()}
        self._need_words: dict[tuple[str, str], str] = {
            (row.need_code, row.lang): f"{row.label}. {row.question}"
            for row in session.execute(select(NeedText.need_code, NeedText.lang, NeedText.label, NeedText.question))
        }

    def batches(self, ids: Sequence[int]) -> Iterator[list[Document]]:
        """The documents of these offers, those that are published, BATCH offers at a time."""
        for start in range(0, len(ids), BATCH):
            yield self.read(ids[start : start + BATCH])

    def read(self, ids: Sequence[int]) -> list[Document]:
        rows = {row.id: row for row in self.session.execute(_offers(ids))}
        if not rows:
            return []
        parts = {name: self._part(columns, rows) for name, columns in _PARTS.items()}
        texts = self.session.execute(
            select(OfferText.__table__).where(OfferText.offer_id.in_(rows)).order_by(OfferText.offer_id, OfferText.lang)
        )
        shared = {
            offer_id: self._shared(row, {name: found.get(offer_id, []) for name, found in parts.items()})
            for offer_id, row in rows.items()
        }
        return [self._document(text, rows[text.offer_id], shared[text.offer_id]) for text in texts]

    def _part(self, columns: tuple[Any, Any, Any], rows: dict[int, Any]) -> dict[int, list[Any]]:
        owner, value, order = columns
        found = defaultdict(list)
        for offer_id, item in self.session.execute(select(owner, value).where(owner.in_(rows)).order_by(owner, order)):
            found[offer_id].append(item)
        return found

    def _shared(self, row: Any, parts: dict[str, list[Any]]) -> dict[str, Any]:
        """What a document says in every language."""
        return {
            "needs": list(parts["needs"]),
            "life_situations": [situation.value for situation in parts["situations"]],
            "life_phases": [phase.value for phase in parts["phases"]],
            "districts": self._districts(row, parts["districts"]),
            "barriers": _barriers(row, parts["access"]),
            "languages": list(parts["languages"]),
            "min_age": row.min_age_months or 0,
            "max_age": MAX_AGE_MONTHS if row.max_age_months is None else row.max_age_months,
            "valid_from": row.valid_from.toordinal() if row.valid_from else NO_DATE,
            "valid_to": self._last_day(row),
            "freshness": row.assured_on.toordinal() if row.assured_on else NO_DATE,
        }

    def _last_day(self, row: Any) -> int:
        """The last day on which it is found: of its validity, or before nobody has checked it for too long."""
        last = row.valid_to.toordinal() if row.valid_to else FAR_DATE
        if self._hide_after_days is not None and row.review_due:
            last = min(last, row.review_due.toordinal() + self._hide_after_days - 1)
        return last

    def _districts(self, row: Any, serves: list[int]) -> list[str]:
        """Where it takes place, with all that this is a part of; whom it is meant for, with all parts; as in the catalogue."""
        found: dict[str, None] = {}
        if row.district_id is not None:
            found.update(dict.fromkeys(self._up[self._slugs[row.district_id]]))
        for district_id in serves:
            slug = self._slugs[district_id]
            found.update(dict.fromkeys((*self._up[slug], *self._down[slug])))
        if row.city_wide:
            found[EVERYWHERE] = None
        return list(found)

    def _document(self, text: Any, row: Any, shared: dict[str, Any]) -> Document:
        place = [row.place or "", self._names.get(self._slugs.get(row.district_id, ""), "")]
        return Document(
            offer_id=text.offer_id,
            lang=text.lang,
            title=text.title,
            summary=text.summary,
            description=text.description,
            organization=row.organization,
            place=" ".join(word for word in place if word),
            need_words=" ".join(self._need_words.get((code, text.lang), "") for code in shared["needs"]),
            **shared,
        )


def _offers(ids: Sequence[int]) -> Any:
    return (
        select(
            Offer.id,
            Offer.min_age_months,
            Offer.max_age_months,
            Offer.cost_kind,
            Offer.registration,
            Offer.no_german_needed,
            Offer.accompaniment,
            Offer.city_wide,
            Offer.valid_from,
            Offer.valid_to,
            Offer.assured_on,
            Offer.review_due,
            Organization.name.label("organization"),
            Location.name.label("place"),
            Location.district_id,
            Location.step_free,
        )
        .join(Organization, Organization.id == Offer.organization_id)
        .outerjoin(Location, Location.id == Offer.location_id)
        .where(Offer.id.in_(ids), Offer.status == OfferStatus.PUBLISHED)
    )


def _barriers(row: Any, access: Iterable[Access]) -> list[str]:
    """What does not stand in the way; the same rules as in the catalogue (a test compares them)."""
    absent = {
        Barrier.FREE: row.cost_kind == CostKind.FREE,
        Barrier.NO_REGISTRATION: row.registration == Registration.NONE,
        Barrier.NO_GERMAN: row.no_german_needed,
        Barrier.STEP_FREE: row.step_free == StepFree.YES,
        Barrier.ACCOMPANIED: row.accompaniment in (Provision.YES, Provision.ON_REQUEST),
        Barrier.REMOTE: bool({Access.DIGITAL, Access.PHONE} & set(access)),
    }
    return [barrier.value for barrier, gone in absent.items() if gone]


def _ancestors(slug: str, districts: dict[str, DistrictInfo]) -> list[str]:
    found = []
    current: str | None = slug
    while current and current not in found:
        found.append(current)
        current = districts[current].parent
    return found


def _descendants(slug: str, districts: dict[str, DistrictInfo]) -> list[str]:
    found = []
    for child in districts[slug].children:
        found += [child, *_descendants(child, districts)]
    return found


def day_number(day: date) -> int:
    return day.toordinal()
