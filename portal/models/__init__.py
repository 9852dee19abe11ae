"""The tables. One noun a file; no feature is imported here."""

from portal.models.district import District, DistrictNeighbour, DistrictText
from portal.models.need import Need, NeedLifePhase, NeedLifeSituation, NeedText
from portal.models.offer import (
    MAX_AGE_MONTHS,
    CatalogueState,
    FollowUp,
    Offer,
    OfferAccess,
    OfferDistrict,
    OfferLanguage,
    OfferLifePhase,
    OfferLifeSituation,
    OfferNeed,
    OfferSchedule,
    OfferText,
)
from portal.models.organization import Location, Organization, OrganizationText
from portal.models.search import ChangeKind, OutboxEntry, SearchGap

__all__ = [
    "MAX_AGE_MONTHS",
    "CatalogueState",
    "ChangeKind",
    "District",
    "DistrictNeighbour",
    "DistrictText",
    "FollowUp",
    "Location",
    "Need",
    "NeedLifePhase",
    "NeedLifeSituation",
    "NeedText",
    "Offer",
    "OfferAccess",
    "OfferDistrict",
    "OfferLanguage",
    "OfferLifePhase",
    "OfferLifeSituation",
    "OfferNeed",
    "OfferSchedule",
    "OfferText",
    "Organization",
    "OrganizationText",
    "OutboxEntry",
    "SearchGap",
]
