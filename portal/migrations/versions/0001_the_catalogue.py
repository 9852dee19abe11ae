"""the catalogue

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "catalogue_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_catalogue_state_single_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_state")),
    )
    op.create_table(
        "district",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "kreis", "gemeinde", "stadtteil", name="kind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.CheckConstraint(
            "latitude IS NULL OR (latitude >= -90 AND latitude <= 90)", name=op.f("ck_district_latitude")
        ),
        sa.CheckConstraint("length(trim(name)) > 0", name=op.f("ck_district_name_not_empty")),
        sa.CheckConstraint(
            "longitude IS NULL OR (longitude >= -180 AND longitude <= 180)", name=op.f("ck_district_longitude")
        ),
        sa.CheckConstraint("parent_id IS NULL OR parent_id <> id", name=op.f("ck_district_not_own_parent")),
        sa.ForeignKeyConstraint(["parent_id"], ["district.id"], name=op.f("fk_district_parent_id_district")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_district")),
        sa.UniqueConstraint("slug", name=op.f("uq_district_slug")),
    )
    op.create_index(op.f("ix_district_parent_id"), "district", ["parent_id"], unique=False)

    op.create_table(
        "need",
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "life_situation",
            sa.Enum(
                "materiell",
                "sozial",
                "kulturell",
                "gesundheitlich",
                name="life_situation",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "flow",
            sa.Enum(
                "but", "kita", "beratung", "notfall", name="flow", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("min_age_months", sa.Integer(), nullable=True),
        sa.Column("max_age_months", sa.Integer(), nullable=True),
        sa.Column("frequent", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "min_age_months IS NULL OR max_age_months IS NULL OR (min_age_months >= 0 AND min_age_months <= max_age_months)",
            name=op.f("ck_need_typical_age"),
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_need")),
    )
    op.create_table(
        "organization",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "kommune",
                "freier_traeger",
                "verein",
                "kirche",
                "gesundheit",
                "schule",
                "kita",
                "bildung",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("email", sa.String(length=200), nullable=True),
        sa.Column("website", sa.String(length=500), nullable=True),
        sa.Column("source", sa.String(length=60), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.CheckConstraint("(source IS NULL) = (external_id IS NULL)", name=op.f("ck_organization_source_with_id")),
        sa.CheckConstraint("length(trim(name)) > 0", name=op.f("ck_organization_name_not_empty")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
        sa.UniqueConstraint("slug", name=op.f("uq_organization_slug")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_organization_source_external_id")),
    )
    op.create_table(
        "district_neighbour",
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("neighbour_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("district_id <> neighbour_id", name=op.f("ck_district_neighbour_not_itself")),
        sa.ForeignKeyConstraint(
            ["district_id"],
            ["district.id"],
            name=op.f("fk_district_neighbour_district_id_district"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["neighbour_id"],
            ["district.id"],
            name=op.f("fk_district_neighbour_neighbour_id_district"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("district_id", "neighbour_id", name=op.f("pk_district_neighbour")),
    )
    op.create_table(
        "district_text",
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("lang", sa.String(length=12), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "source",
                "human",
                "machine",
                "outdated",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("description", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_district_text_district_id_district"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("district_id", "lang", name=op.f("pk_district_text")),
    )
    op.create_table(
        "location",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("street", sa.String(length=200), nullable=False),
        sa.Column("house_number", sa.String(length=20), nullable=False),
        sa.Column("postal_code", sa.String(length=10), nullable=False),
        sa.Column("city", sa.String(length=120), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column(
            "step_free",
            sa.Enum("yes", "partly", "no", name="step_free", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("bus_stop", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name=op.f("ck_location_both_coordinates")),
        sa.CheckConstraint("(source IS NULL) = (external_id IS NULL)", name=op.f("ck_location_source_with_id")),
        sa.CheckConstraint(
            "latitude IS NULL OR (latitude >= -90 AND latitude <= 90)", name=op.f("ck_location_latitude")
        ),
        sa.CheckConstraint("length(trim(street)) > 0", name=op.f("ck_location_street_not_empty")),
        sa.CheckConstraint(
            "longitude IS NULL OR (longitude >= -180 AND longitude <= 180)", name=op.f("ck_location_longitude")
        ),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_location_district_id_district")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_location_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location")),
        sa.UniqueConstraint("slug", name=op.f("uq_location_slug")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_location_source_external_id")),
    )
    op.create_index(op.f("ix_location_district_id"), "location", ["district_id"], unique=False)
    op.create_index(op.f("ix_location_organization_id"), "location", ["organization_id"], unique=False)

    op.create_table(
        "need_life_phase",
        sa.Column("need_code", sa.String(length=60), nullable=False),
        sa.Column(
            "life_phase",
            sa.Enum(
                "schwangerschaft",
                "geburt",
                "fruehe_jahre",
                "kita",
                "einschulung",
                "grundschule",
                "weiterfuehrende_schule",
                "ausbildung",
                name="life_phase",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["need_code"], ["need.code"], name=op.f("fk_need_life_phase_need_code_need"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("need_code", "life_phase", name=op.f("pk_need_life_phase")),
    )
    op.create_table(
        "need_life_situation",
        sa.Column("need_code", sa.String(length=60), nullable=False),
        sa.Column(
            "life_situation",
            sa.Enum(
                "materiell",
                "sozial",
                "kulturell",
                "gesundheitlich",
                name="life_situation",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["need_code"], ["need.code"], name=op.f("fk_need_life_situation_need_code_need"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("need_code", "life_situation", name=op.f("pk_need_life_situation")),
    )
    op.create_table(
        "need_text",
        sa.Column("need_code", sa.String(length=60), nullable=False),
        sa.Column("lang", sa.String(length=12), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "source",
                "human",
                "machine",
                "outdated",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("question", sa.String(length=300), nullable=False),
        sa.Column("explanation", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["need_code"], ["need.code"], name=op.f("fk_need_text_need_code_need"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("need_code", "lang", name=op.f("pk_need_text")),
    )
    op.create_table(
        "organization_text",
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("lang", sa.String(length=12), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "source",
                "human",
                "machine",
                "outdated",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("description", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_organization_text_organization_id_organization"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "lang", name=op.f("pk_organization_text")),
    )
    op.create_table(
        "offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "in_review",
                "published",
                "archived",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=True),
        sa.Column("city_wide", sa.Boolean(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "beratung",
                "begleitung",
                "bildung",
                "soziale_teilhabe",
                "gesundheitsfoerderung",
                "information",
                "materielle_hilfe",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("min_age_months", sa.Integer(), nullable=True),
        sa.Column("max_age_months", sa.Integer(), nullable=True),
        sa.Column(
            "cost_kind",
            sa.Enum(
                "free",
                "fixed",
                "income_based",
                "unknown",
                name="cost_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("cost_cents", sa.Integer(), nullable=True),
        sa.Column(
            "cost_per",
            sa.Enum(
                "once",
                "session",
                "month",
                "course",
                name="cost_per",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("education_package", sa.Boolean(), nullable=False),
        sa.Column(
            "registration",
            sa.Enum(
                "none",
                "required",
                "appointment",
                "unknown",
                name="registration",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("no_german_needed", sa.Boolean(), nullable=False),
        sa.Column(
            "interpreter",
            sa.Enum(
                "yes", "on_request", "no", name="interpreter", native_enum=False, create_constraint=True, length=32
            ),
            nullable=True,
        ),
        sa.Column(
            "childcare",
            sa.Enum("yes", "on_request", "no", name="childcare", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column(
            "accompaniment",
            sa.Enum(
                "yes", "on_request", "no", name="accompaniment", native_enum=False, create_constraint=True, length=32
            ),
            nullable=True,
        ),
        sa.Column("first_contact", sa.Boolean(), nullable=False),
        sa.Column("opening_hours", sa.String(length=500), nullable=False),
        sa.Column("by_appointment", sa.Boolean(), nullable=False),
        sa.Column("waiting_weeks", sa.Integer(), nullable=True),
        sa.Column("free_places", sa.Integer(), nullable=True),
        sa.Column("availability_as_of", sa.Date(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("assured_on", sa.Date(), nullable=True),
        sa.Column("review_due", sa.Date(), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("email", sa.String(length=200), nullable=True),
        sa.Column("website", sa.String(length=500), nullable=True),
        sa.Column("funding_until", sa.Date(), nullable=True),
        sa.Column("goal", sa.String(), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("source_fingerprint", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(cost_kind = 'fixed') = (cost_cents IS NOT NULL)", name=op.f("ck_offer_amount_iff_fixed")),
        sa.CheckConstraint("(cost_kind = 'fixed') = (cost_per IS NOT NULL)", name=op.f("ck_offer_per_iff_fixed")),
        sa.CheckConstraint(
            "status <> 'published' OR phone IS NOT NULL OR location_id IS NOT NULL", name=op.f("ck_offer_reachable")
        ),
        sa.CheckConstraint("(source IS NULL) = (external_id IS NULL)", name=op.f("ck_offer_source_with_id")),
        sa.CheckConstraint(
            "assured_on IS NULL OR review_due IS NULL OR assured_on <= review_due",
            name=op.f("ck_offer_review_after_check"),
        ),
        sa.CheckConstraint("cost_cents IS NULL OR cost_cents >= 0", name=op.f("ck_offer_amount_not_negative")),
        sa.CheckConstraint("free_places IS NULL OR free_places >= 0", name=op.f("ck_offer_free_places")),
        sa.CheckConstraint(
            "max_age_months IS NULL OR (max_age_months >= 0 AND max_age_months <= 324)", name=op.f("ck_offer_max_age")
        ),
        sa.CheckConstraint(
            "min_age_months IS NULL OR (min_age_months >= 0 AND min_age_months <= 324)", name=op.f("ck_offer_min_age")
        ),
        sa.CheckConstraint(
            "min_age_months IS NULL OR max_age_months IS NULL OR min_age_months <= max_age_months",
            name=op.f("ck_offer_age_order"),
        ),
        sa.CheckConstraint("phone IS NULL OR length(trim(phone)) >= 3", name=op.f("ck_offer_phone_not_empty")),
        sa.CheckConstraint(
            "valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to", name=op.f("ck_offer_valid_order")
        ),
        sa.CheckConstraint(
            "waiting_weeks IS NULL OR (waiting_weeks >= 0 AND waiting_weeks <= 520)",
            name=op.f("ck_offer_waiting_weeks"),
        ),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_offer_location_id_location")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_offer_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        sa.UniqueConstraint("slug", name=op.f("uq_offer_slug")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_offer_source_external_id")),
    )
    op.create_index(op.f("ix_offer_location_id"), "offer", ["location_id"], unique=False)
    op.create_index(op.f("ix_offer_organization_id"), "offer", ["organization_id"], unique=False)
    op.create_index(op.f("ix_offer_status"), "offer", ["status"], unique=False)

    op.create_table(
        "follow_up",
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("next_offer_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("offer_id <> next_offer_id", name=op.f("ck_follow_up_not_itself")),
        sa.ForeignKeyConstraint(
            ["next_offer_id"], ["offer.id"], name=op.f("fk_follow_up_next_offer_id_offer"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offer.id"], name=op.f("fk_follow_up_offer_id_offer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("offer_id", "next_offer_id", name=op.f("pk_follow_up")),
    )
    op.create_index(op.f("ix_follow_up_next_offer_id"), "follow_up", ["next_offer_id"], unique=False)

    op.create_table(
        "offer_access",
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column(
            "access",
            sa.Enum(
                "zentral",
                "im_sozialraum",
                "aufsuchend",
                "mobil",
                "digital",
                "telefonisch",
                name="access",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offer.id"], name=op.f("fk_offer_access_offer_id_offer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("offer_id", "access", name=op.f("pk_offer_access")),
    )
    op.create_table(
        "offer_district",
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_offer_district_district_id_district")),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offer.id"], name=op.f("fk_offer_district_offer_id_offer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("offer_id", "district_id", name=op.f("pk_offer_district")),
    )
    op.create_index(op.f("ix_offer_district_district_id"), "offer_district", ["district_id"], unique=False)

    op.create_table(
        "offer_language",
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("lang", sa.String(length=12), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offer.id"], name=op.f("fk_offer_language_offer_id_offer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("offer_id", "lang", name=op.f("pk_offer_language")),
    )
    op.create_table(
        "offer_life_phase",
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column(
            "life_phase",
            sa.Enum(
                "schwangerschaft",
                "geburt",
                "fruehe_jahre",
                "kita",
                "einschulung",
                "grundschule",
                "weiterfuehrende_schule",
                "ausbildung",
                name="life_phase",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offer.id"], name=op.f("fk_offer_life_phase_offer_id_offer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("offer_id", "life_phase", name=op.f("pk_offer_life_phase")),
    )
    op.create_table(
        "offer_life_situation",
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column(
            "life_situation",
            sa.Enum(
                "materiell",
                "sozial",
                "kulturell",
                "gesundheitlich",
                name="life_situation",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offer.id"], name=op.f("fk_offer_life_situation_offer_id_offer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("offer_id", "life_situation", name=op.f("pk_offer_life_situation")),
    )
    op.create_table(
        "offer_need",
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("need_code", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["need_code"], ["need.code"], name=op.f("fk_offer_need_need_code_need")),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offer.id"], name=op.f("fk_offer_need_offer_id_offer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("offer_id", "need_code", name=op.f("pk_offer_need")),
    )
    op.create_index(op.f("ix_offer_need_need_code"), "offer_need", ["need_code"], unique=False)

    op.create_table(
        "offer_schedule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column(
            "frequency",
            sa.Enum(
                "once",
                "weekly",
                "fortnightly",
                "monthly",
                name="frequency",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "weekday",
            sa.Enum(
                "mo",
                "tu",
                "we",
                "th",
                "fr",
                "sa",
                "su",
                name="weekday",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("week_of_month", sa.Integer(), nullable=True),
        sa.Column("start_time", sa.Time(), nullable=False),
        sa.Column("end_time", sa.Time(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(frequency = 'monthly') = (week_of_month IS NOT NULL)", name=op.f("ck_offer_schedule_week_iff_monthly")
        ),
        sa.CheckConstraint("end_time > start_time", name=op.f("ck_offer_schedule_end_after_start")),
        sa.CheckConstraint("last_on IS NULL OR first_on <= last_on", name=op.f("ck_offer_schedule_last_after_first")),
        sa.CheckConstraint(
            "week_of_month IS NULL OR week_of_month IN (-1, 1, 2, 3, 4)", name=op.f("ck_offer_schedule_week_of_month")
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offer.id"], name=op.f("fk_offer_schedule_offer_id_offer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_schedule")),
    )
    op.create_index(op.f("ix_offer_schedule_offer_id"), "offer_schedule", ["offer_id"], unique=False)

    op.create_table(
        "offer_text",
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("lang", sa.String(length=12), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "source",
                "human",
                "machine",
                "outdated",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.String(length=400), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("registration_note", sa.String(), nullable=False),
        sa.Column("bring", sa.String(), nullable=False),
        sa.Column("cost_note", sa.String(), nullable=False),
        sa.Column("times_note", sa.String(), nullable=False),
        sa.CheckConstraint("length(trim(title)) > 0", name=op.f("ck_offer_text_title_not_empty")),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offer.id"], name=op.f("fk_offer_text_offer_id_offer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("offer_id", "lang", name=op.f("pk_offer_text")),
    )
    # Each worker compares this counter to know whether its catalogue is old.
    op.execute("INSERT INTO catalogue_state (id, version) VALUES (1, 1)")


def downgrade() -> None:
    op.drop_table("offer_text")
    op.drop_index(op.f("ix_offer_schedule_offer_id"), table_name="offer_schedule")

    op.drop_table("offer_schedule")
    op.drop_index(op.f("ix_offer_need_need_code"), table_name="offer_need")

    op.drop_table("offer_need")
    op.drop_table("offer_life_situation")
    op.drop_table("offer_life_phase")
    op.drop_table("offer_language")
    op.drop_index(op.f("ix_offer_district_district_id"), table_name="offer_district")

    op.drop_table("offer_district")
    op.drop_table("offer_access")
    op.drop_index(op.f("ix_follow_up_next_offer_id"), table_name="follow_up")

    op.drop_table("follow_up")
    op.drop_index(op.f("ix_offer_status"), table_name="offer")
    op.drop_index(op.f("ix_offer_organization_id"), table_name="offer")
    op.drop_index(op.f("ix_offer_location_id"), table_name="offer")

    op.drop_table("offer")
    op.drop_table("organization_text")
    op.drop_table("need_text")
    op.drop_table("need_life_situation")
    op.drop_table("need_life_phase")
    op.drop_index(op.f("ix_location_organization_id"), table_name="location")
    op.drop_index(op.f("ix_location_district_id"), table_name="location")

    op.drop_table("location")
    op.drop_table("district_text")
    op.drop_table("district_neighbour")
    op.drop_table("organization")
    op.drop_table("need")
    op.drop_index(op.f("ix_district_parent_id"), table_name="district")

    op.drop_table("district")
    op.drop_table("catalogue_state")
