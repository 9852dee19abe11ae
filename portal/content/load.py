"""Bringing content/ into a database: the needs always, the demo Kommune where the database has no offers yet."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec
from sqlmodel import Session, select

from portal.content.schema import (
    ContentError,
    DemoTexts,
    DistrictFile,
    NeedFile,
    OfferContent,
    OfferFile,
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
    Need,
    NeedLifePhase,
    NeedLifeSituation,
    NeedText,
    Offer,
    Organization,
    OrganizationText,
)
from portal.models.enums import OfferStatus, TextState


def read_needs(folder: Path) -> list[NeedFile]:
    """All need files, in the order of content/needs/order.yaml. Raises ContentError."""
    order = read(folder / "order.yaml", list[str])
    found = {path.stem for path in folder.glob("*.yaml")} - {"order"}
    if found != set(order):
        raise ContentError(
            f"{folder / 'order.yaml'}: it must name each need once; differs in {sorted(found ^ set(order))}"
        )
    needs = [read(folder / f"{code}.yaml", NeedFile) for code in order]
    for need in needs:
        if SOURCE_LANGUAGE not in need.texts:
            raise ContentError(f"{folder / need.code}.yaml: the German texts are missing")
    return needs


def load_needs(session: Session, folder: Path) -> int:
    """Add the needs, and the languages of needs, that the database does not have; what it has stays as it is.

    Returns how many needs and texts were added; the caller commits.
    """
    known = set(session.exec(select(Need.code)).all())
    texts_known = set(session.exec(select(NeedText.need_code, NeedText.lang)).all())
    added = 0
    for position, need in enumerate(read_needs(folder)):
        for lang in need.texts:
            if need.code in known and (need.code, lang) not in texts_known:
                session.add(_need_text(need, lang))
                added += 1
        if need.code in known:
            continue
        ages = need.typical_age_years
        session.add(
            Need(
                code=need.code,
                position=position,
                life_situation=need.life_situations[0],
                flow=need.lotse,
                min_age_months=ages[0] * 12 if ages else None,
                max_age_months=ages[1] * 12 + 11 if ages else None,
                frequent=need.frequent,
            )
        )
        session.flush()
        session.add_all(_need_text(need, lang) for lang in need.texts)
        session.add_all(NeedLifePhase(need_code=need.code, life_phase=phase) for phase in need.life_phases)
        session.add_all(
            NeedLifeSituation(need_code=need.code, life_situation=situation) for situation in need.life_situations
        )
        added += 1
    return added


def _need_text(need: NeedFile, lang: str) -> NeedText:
    texts = need.texts[lang]
    return NeedText(
        need_code=need.code,
        lang=lang,
        state=TextState.SOURCE if lang == SOURCE_LANGUAGE else texts.state,
        label=texts.label,
        question=texts.question,
        explanation=texts.explanation,
    )


class DemoLoader:
    """Loads a Kommune that is written down as files. The order follows the foreign keys; the caller commits."""

    def __init__(self, session: Session, folder: Path, languages: Iterable[str]) -> None:
        self.session = session
        self.folder = folder
        self.translations = {
            lang: read(path, DemoTexts)
            for lang in languages
            if lang != SOURCE_LANGUAGE and (path := folder / f"texts.{lang}.yaml").exists()
        }
        self.districts: dict[str, int] = {}
        self.organizations: dict[str, int] = {}
        self.organization_phones: dict[str, str | None] = {}
        self.names = Names(session)
        self.offers: dict[str, int] = {}

    def load(self) -> int:
        """Returns the number of offers. Raises ContentError where a file refers to something that is not there."""
        self._load_districts(read(self.folder / "districts.yaml", list[DistrictFile]))
        self._load_organizations(read(self.folder / "organizations.yaml", list[OrganizationFile]))
        offers = [
            offer for path in sorted((self.folder / "offers").glob("*.yaml")) for offer in read(path, list[OfferFile])
        ]
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
        for position, item in enumerate(districts):
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
            for item in districts
            for slug in item.neighbours
        }
        for one, other in sorted(pairs):
            self.session.add(DistrictNeighbour(district_id=one, neighbour_id=other))
            self.session.add(DistrictNeighbour(district_id=other, neighbour_id=one))

    def _texts(self, section: str, slug: str, german: str) -> Iterable[tuple[str, TextState, str]]:
        yield SOURCE_LANGUAGE, TextState.SOURCE, german
        for lang, texts in self.translations.items():
            if translated := getattr(texts, section).get(slug):
                yield lang, texts.state, translated.description

    def _load_organizations(self, organizations: list[OrganizationFile]) -> None:
        for item in organizations:
            self.organization_phones[item.slug] = item.phone
            self.organizations[item.slug] = self._add(
                Organization(
                    slug=item.slug,
                    name=item.name,
                    kind=item.kind,
                    phone=item.phone,
                    email=item.email,
                    website=item.website,
                )
            )
            for lang, state, text in self._texts("organizations", item.slug, item.text.description):
                self.session.add(
                    OrganizationText(
                        organization_id=self.organizations[item.slug], lang=lang, state=state, description=text
                    )
                )
            for place in item.locations:
                self._add(
                    Location(
                        slug=place.key,
                        organization_id=self.organizations[item.slug],
                        district_id=self._find(self.districts, place.district, f"location {place.key}"),
                        name=place.name,
                        street=place.street,
                        house_number=place.house_number,
                        postal_code=place.postal_code,
                        city=place.city,
                        latitude=place.lat,
                        longitude=place.lon,
                        step_free=place.step_free,
                        bus_stop=place.bus_stop,
                    )
                )

    def _load_offer(self, item: OfferFile) -> None:
        content = msgspec.structs.replace(
            OfferContent(**{name: getattr(item, name) for name in OfferContent.__struct_fields__}),
            phone=item.phone or self.organization_phones.get(item.organization),
            translations={
                lang: TranslatedTexts(
                    state=texts.state, **{name: getattr(translated, name) for name in OfferTexts.__struct_fields__}
                )
                for lang, texts in self.translations.items()
                if (translated := texts.offers.get(item.slug))
            },
        )
        offer = Offer(slug=item.slug, status=OfferStatus.PUBLISHED, organization_id=0, kind=item.kind)
        try:
            write_content(self.session, offer, content, self.names, follow_ups=False)
        except UnknownReferenceError as error:
            raise ContentError(f"{self.folder}: offer {item.slug}: {error}") from error
        assert offer.id is not None
        self.offers[item.slug] = offer.id


def load_demo(session: Session, folder: Path, languages: Iterable[str]) -> int:
    """Load the demo Kommune into a database without offers. Returns the number of offers, 0 where there were some."""
    if session.exec(select(Offer.id).limit(1)).first() is not None:
        return 0
    return DemoLoader(session, folder, languages).load()
