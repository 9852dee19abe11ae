"""A Kommune that is written down as files: its districts, organizations, places, offers and their pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

import msgspec
from PIL import Image, UnidentifiedImageError
from sqlalchemy import select
from sqlmodel import Session

from portal.content.files import AnyOfferFile, read_offers
from portal.content.schema import (
    ContentError,
    DemoTexts,
    DistrictFile,
    OfferContent,
    OfferTexts,
    OrganizationFile,
    TranslatedTexts,
    read,
)
from portal.content.site import SOURCE_LANGUAGE
from portal.content.store import Names, UnknownReferenceError, write_content
from portal.models import (
    District,
    DistrictNeighbour,
    DistrictText,
    FollowUp,
    Location,
    Offer,
    Organization,
    OrganizationText,
    Picture,
)
from portal.models.enums import TextState


class DemoLoader:
    """Loads what the database does not have yet. The order follows the foreign keys; the caller commits."""

    def __init__(self, session: Session, folder: Path, languages: Iterable[str]) -> None:
        self.session = session
        self.folder = folder
        self.translations = {
            lang: read(path, DemoTexts)
            for lang in languages
            if lang != SOURCE_LANGUAGE and (path := folder / f"texts.{lang}.yaml").exists()
        }
        self.districts = self._known(District)
        self.organizations = self._known(Organization)
        self.locations = self._known(Location)
        self.offers = self._known(Offer)
        self.organization_phones: dict[str, str | None] = {}
        self.names = Names(session)

    def load(self) -> int:
        """Returns the number of new offers. Raises ContentError where a file refers to something that is not there."""
        self._load_districts(read(self.folder / "districts.yaml", list[DistrictFile]))
        self._load_organizations(read(self.folder / "organizations.yaml", list[OrganizationFile]))
        self._load_pictures()
        offers = [offer for offer in read_offers(self.folder / "offers") if offer.slug not in self.offers]
        for offer in offers:
            self._load_offer(offer)
        for offer in offers:
            self.session.add_all(
                FollowUp(
                    offer_id=self.offers[offer.slug],
                    next_offer_id=self._find(self.offers, slug, f"offer {offer.slug}"),
                    position=position,
                )
                for position, slug in enumerate(offer.follow_ups)
            )
        self.session.flush()
        return len(offers)

    def _known(self, table: type[District | Organization | Location | Offer]) -> dict[str, int]:
        return {row.slug: row.id for row in self.session.execute(select(table.slug, table.id))}

    def _find(self, known: dict[str, int], slug: str, where: str) -> int:
        if slug not in known:
            raise ContentError(f"{self.folder}: {where} refers to {slug!r}, which is not there")
        return known[slug]

    def _add(self, row: District | Organization | Location | Offer) -> int:
        self.session.add(row)
        self.session.flush()
        assert row.id is not None
        return row.id

    def _load_districts(self, districts: list[DistrictFile]) -> None:
        new = [item for item in districts if item.slug not in self.districts]
        for position, item in enumerate(districts):
            if item.slug in self.districts:
                continue
            self.districts[item.slug] = self._add(
                District(
                    slug=item.slug,
                    name=item.name,
                    kind=item.kind,
                    parent_id=self._find(self.districts, item.parent, f"district {item.slug}") if item.parent else None,
                    position=position,
                    latitude=item.lat,
                    longitude=item.lon,
                )
            )
            for lang, state, text in self._texts("districts", item.slug, item.text.description):
                self.session.add(
                    DistrictText(district_id=self.districts[item.slug], lang=lang, state=state, description=text)
                )
        pairs = {
            tuple(sorted((self.districts[item.slug], self._find(self.districts, slug, f"district {item.slug}"))))
            for item in new
            for slug in item.neighbours
        }
        for one, other in sorted(pairs):
            self.session.add(DistrictNeighbour(district_id=one, neighbour_id=other))
            self.session.add(DistrictNeighbour(district_id=other, neighbour_id=one))

    def _texts(self, section: str, slug: str, german: str) -> Iterable[tuple[str, TextState, str]]:
        yield SOURCE_LANGUAGE, TextState.SOURCE, german
        for lang, texts in self.translations.items():
            if translated := getattr(texts, section).get(slug):
                yield lang, translated.state or texts.state, translated.description

    def _load_organizations(self, organizations: list[OrganizationFile]) -> None:
        for item in organizations:
            self.organization_phones[item.slug] = item.phone
            if item.slug not in self.organizations:
                self._load_organization(item)
            for place in item.locations:
                if place.key in self.locations:
                    continue
                where = f"location {place.key}"
                self.locations[place.key] = self._add(
                    Location(
                        slug=place.key,
                        organization_id=self.organizations[item.slug],
                        district_id=self._find(self.districts, place.district, where) if place.district else None,
                        name=place.name,
                        street=place.street,
                        house_number=place.house_number,
                        postal_code=place.postal_code,
                        city=place.city,
                        latitude=place.lat,
                        longitude=place.lon,
                        step_free=place.step_free,
                        bus_stop=place.bus_stop,
                        source=place.source,
                        external_id=place.external_id,
                    )
                )

    def _load_organization(self, item: OrganizationFile) -> None:
        self.organizations[item.slug] = self._add(
            Organization(
                slug=item.slug,
                name=item.name,
                kind=item.kind,
                phone=item.phone,
                email=item.email,
                website=item.website,
                source=item.source,
                external_id=item.external_id,
            )
        )
        for lang, state, text in self._texts("organizations", item.slug, item.text.description):
            self.session.add(
                OrganizationText(
                    organization_id=self.organizations[item.slug], lang=lang, state=state, description=text
                )
            )

    def _load_pictures(self) -> None:
        known = set(self.session.execute(select(Picture.sha256)).scalars())
        for path in sorted((self.folder / "pictures").glob("*.webp")):
            if path.stem in known:
                continue
            data = path.read_bytes()
            if hashlib.sha256(data).hexdigest() != path.stem:
                raise ContentError(
                    f"{path}: this is not the picture that its name says; only the portal writes pictures"
                )
            try:
                with Image.open(BytesIO(data), formats=["WEBP"]) as image:
                    width, height = image.size
            except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
                raise ContentError(f"{path}: this is no WebP picture") from error
            self.session.add(Picture(sha256=path.stem, webp=data, width=width, height=height))

    def _load_offer(self, item: AnyOfferFile) -> None:
        own_phone = self.organization_phones.get(item.organization) if item.phone is msgspec.UNSET else item.phone
        content = msgspec.structs.replace(
            OfferContent(**{name: getattr(item, name) for name in OfferContent.__struct_fields__}),
            phone=own_phone,
            translations={
                lang: TranslatedTexts(
                    state=translated.state or texts.state,
                    **{name: getattr(translated, name) for name in OfferTexts.__struct_fields__},
                )
                for lang, texts in self.translations.items()
                if (translated := texts.offers.get(item.slug))
            },
        )
        offer = Offer(
            slug=item.slug,
            status=item.status,
            organization_id=0,
            kind=item.kind,
            source=item.source,
            external_id=item.external_id,
        )
        try:
            write_content(self.session, offer, content, self.names, follow_ups=False)
        except UnknownReferenceError as error:
            raise ContentError(f"{self.folder}: offer {item.slug}: {error}") from error
        assert offer.id is not None
        self.offers[item.slug] = offer.id
