"""The closed vocabularies of the domain (docs/glossary.md). The values are what the database, the files and the addresses hold."""

from enum import StrEnum


class LifePhase(StrEnum):
    """Lebensphase: where in a childhood a family stands."""

    PREGNANCY = "schwangerschaft"
    BIRTH = "geburt"
    EARLY_YEARS = "fruehe_jahre"
    KITA = "kita"
    SCHOOL_START = "einschulung"
    PRIMARY_SCHOOL = "grundschule"
    SECONDARY_SCHOOL = "weiterfuehrende_schule"
    TRAINING = "ausbildung"


class LifeSituation(StrEnum):
    """Lebenslage: exactly four; an offer may have several."""

    MATERIAL = "materiell"
    SOCIAL = "sozial"
    CULTURAL = "kulturell"
    HEALTH = "gesundheitlich"


class OfferKind(StrEnum):
    """Art of an offer."""

    COUNSELLING = "beratung"
    ACCOMPANIMENT = "begleitung"
    EDUCATION = "bildung"
    SOCIAL_PARTICIPATION = "soziale_teilhabe"
    HEALTH_PROMOTION = "gesundheitsfoerderung"
    INFORMATION = "information"
    MATERIAL_HELP = "materielle_hilfe"


class Access(StrEnum):
    """Zugang: how a family and an offer come together."""

    CENTRAL = "zentral"
    IN_DISTRICT = "im_sozialraum"
    OUTREACH = "aufsuchend"
    MOBILE = "mobil"
    DIGITAL = "digital"
    PHONE = "telefonisch"


class TextState(StrEnum):
    """How far a text can be trusted (design §5). A missing text has no row."""

    SOURCE = "source"
    HUMAN = "human"
    MACHINE = "machine"
    OUTDATED = "outdated"


class OfferStatus(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class CostKind(StrEnum):
    FREE = "free"
    FIXED = "fixed"
    INCOME_BASED = "income_based"
    UNKNOWN = "unknown"


class CostPer(StrEnum):
    ONCE = "once"
    SESSION = "session"
    MONTH = "month"
    COURSE = "course"


class Registration(StrEnum):
    NONE = "none"
    REQUIRED = "required"
    APPOINTMENT = "appointment"
    UNKNOWN = "unknown"


class Provision(StrEnum):
    """Whether an offer provides something; None in the database means that nobody has said yet."""

    YES = "yes"
    ON_REQUEST = "on_request"
    NO = "no"


class StepFree(StrEnum):
    YES = "yes"
    PARTLY = "partly"
    NO = "no"


class Frequency(StrEnum):
    ONCE = "once"
    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY = "monthly"


class Weekday(StrEnum):
    MONDAY = "mo"
    TUESDAY = "tu"
    WEDNESDAY = "we"
    THURSDAY = "th"
    FRIDAY = "fr"
    SATURDAY = "sa"
    SUNDAY = "su"


class DistrictKind(StrEnum):
    KREIS = "kreis"
    GEMEINDE = "gemeinde"
    STADTTEIL = "stadtteil"


class OrganizationKind(StrEnum):
    MUNICIPALITY = "kommune"
    NON_PROFIT = "freier_traeger"
    ASSOCIATION = "verein"
    CHURCH = "kirche"
    HEALTH = "gesundheit"
    SCHOOL = "schule"
    KITA = "kita"
    EDUCATION = "bildung"


class LotseFlow(StrEnum):
    """Where the Lotse leads from a need."""

    BUT = "but"
    KITA = "kita"
    COUNSELLING = "beratung"
    EMERGENCY = "notfall"
