"""Records to the database, in the caller's transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, select

from portal.content.slugs import slugify
from portal.importing.mapping import Mapping
from portal.importing.records import Record
from portal.importing.result import ImportResult, RowResult
from portal.models import (
    District,
    Location,
    Offer,
    OfferAccess,
    OfferLanguage,
    OfferLifePhase,
    OfferLifeSituation,
    OfferNeed,
    OfferText,
    Organization,
)
from portal.models.enums import DistrictKind, OfferStatus, TextState

LANGUAGE = "de"


class Writer:
    """Writes all records, table by table in the order of the foreign keys, so that each table is one batch."""

    def __init__(self, session: Session, mapping: Mapping, status: OfferStatus) -> None:
        self.session, self.mapping, self.status = session, mapping, status
        self.source = mapping.source
        self.taken: dict[Any, set[str]] = {
            table: set(session.exec(select(table.slug)).all()) for table in (Organization, Location, Offer, District)
        }

    def _slug(self, table: Any, *words: str) -> str:
        base = slugify(" ".join(words)) or self.source
        slug, number = base, 2
        while slug in self.taken[table]:
            slug, number = f"{base}-{number}", number + 1
        self.taken[table].add(slug)
        return slug

    def write(self, records: list[Record], result: ImportResult, advance: Any) -> None:
        existing = {
            offer.external_id: offer
            for offer in self.session.exec(select(Offer).where(Offer.source == self.source)).all()
        }
        changed = []
        for record in records:
            offer = existing.get(record.external_id)
            if offer is not None and offer.source_fingerprint == record.fingerprint:
                result.rows.append(RowResult(record.line, record.external_id, "unchanged"))
            else:
                outcome = "imported" if offer is None else "updated"
                result.rows.append(RowResult(record.line, record.external_id, outcome))
                changed.append(record)
        advance(len(records) - len(changed))
        if not changed:
            return
        organizations = self._organizations(changed)
        districts = self._districts(changed)
        locations = self._locations(changed, organizations, districts)
        advance(len(records) - len(changed) // 2)
        self._offers(changed, existing, organizations, locations)
        advance(len(records))

    def _organizations(self, records: list[Record]) -> dict[str, int | None]:
        known = {
            row.external_id: row
            for row in self.session.exec(select(Organization).where(Organization.source == self.source)).all()
        }
        for record in records:
            # Organizations have no id of their own in such files: the same name is the same organization.
            if record.organization not in known:
                known[record.organization] = Organization(
                    slug=self._slug(Organization, record.organization),
                    name=record.organization,
                    kind=self.mapping.organization.kind,
                    source=self.source,
                    external_id=record.organization,
                )
                self.session.add(known[record.organization])
        self.session.flush()
        return {str(name): row.id for name, row in known.items()}

    def _districts(self, records: list[Record]) -> dict[str, int | None]:
        known = {row.name.casefold(): row for row in self.session.exec(select(District)).all()}
        for name in sorted({record.district for record in records if record.district}):
            if name.casefold() not in known:
                known[name.casefold()] = District(
                    slug=self._slug(District, name), name=name[:200], kind=DistrictKind.GEMEINDE, position=1000
                )
                self.session.add(known[name.casefold()])
        self.session.flush()
        return {name: row.id for name, row in known.items()}

    def _locations(
        self, records: list[Record], organizations: dict[str, int | None], districts: dict[str, int | None]
    ) -> dict[str, int | None]:
        known = {
            row.external_id: row
            for row in self.session.exec(select(Location).where(Location.source == self.source)).all()
        }
        for record in records:
            if record.location is None:
                continue
            place = known.get(record.external_id)
            if place is None:
                place = known[record.external_id] = Location(
                    slug=self._slug(Location, record.text["title"], record.location["city"]),
                    source=self.source,
                    external_id=record.external_id,
                    organization_id=organizations[record.organization] or 0,
                    street=record.location["street"],
                )
                self.session.add(place)
            place.organization_id = organizations[record.organization] or 0
            place.district_id = districts.get(record.district.casefold())
            for name, value in record.location.items():
                setattr(place, name, value)
        self.session.flush()
        return {str(external_id): row.id for external_id, row in known.items()}

    def _offers(
        self,
        records: list[Record],
        existing: dict[str | None, Offer],
        organizations: dict[str, int | None],
        locations: dict[str, int | None],
    ) -> None:
        rows = []
        for record in records:
            offer = existing.get(record.external_id)
            if offer is None:
                city = record.location["city"] if record.location else ""
                offer = Offer(
                    slug=self._slug(Offer, record.text["title"], city),
                    status=self.status,
                    source=self.source,
                    external_id=record.external_id,
                    organization_id=organizations[record.organization] or 0,
                    kind=record.offer["kind"],
                )
                self.session.add(offer)
            offer.organization_id = organizations[record.organization] or 0
            offer.location_id = locations.get(record.external_id) if record.location else None
            offer.source_fingerprint = record.fingerprint
            for name, value in record.offer.items():
                setattr(offer, name, value)
            rows.append((record, offer))
        self.session.flush()
        self._clear_parts([offer.id for record, offer in rows if record.external_id in existing])
        for record, offer in rows:
            self._add_parts(record, offer.id or 0)
        self.session.flush()

    def _clear_parts(self, offer_ids: list[int | None]) -> None:
        for part in (OfferNeed, OfferLifePhase, OfferLifeSituation, OfferAccess, OfferLanguage):
            self.session.exec(delete(part).where(part.offer_id.in_(offer_ids)))  # type: ignore[attr-defined]
        for text in self.session.exec(select(OfferText).where(OfferText.offer_id.in_(offer_ids))).all():  # type: ignore[attr-defined]
            if text.lang == LANGUAGE:
                self.session.delete(text)
            else:
                # The source has changed under the translation.
                text.state = TextState.OUTDATED
        self.session.flush()

    def _add_parts(self, record: Record, offer_id: int) -> None:
        add = self.session.add_all
        add([OfferText(offer_id=offer_id, lang=LANGUAGE, state=TextState.SOURCE, **record.text)])
        add(OfferNeed(offer_id=offer_id, need_code=code, position=i) for i, code in enumerate(record.needs))
        add(OfferLifePhase(offer_id=offer_id, life_phase=phase) for phase in record.life_phases)
        add(OfferLifeSituation(offer_id=offer_id, life_situation=value) for value in record.life_situations)
        add(OfferAccess(offer_id=offer_id, access=access) for access in self.mapping.offer.access)
        add(OfferLanguage(offer_id=offer_id, lang=code, position=i) for i, code in enumerate(record.languages))
