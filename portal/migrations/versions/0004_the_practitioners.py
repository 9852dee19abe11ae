"""The practitioners: shared Merkzettel, what only they read of an offer, secret links, the directory, reports with one tap.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "practitioner_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(trim(label)) > 0", name=op.f("ck_practitioner_link_label_not_empty")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practitioner_link")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_practitioner_link_secret_hash")),
    )
    op.create_table(
        "reported_gap",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("age_group", sa.String(length=32), nullable=False),
        sa.Column("life_situation", sa.String(length=32), nullable=False),
        sa.Column("need_code", sa.String(length=60), nullable=False),
        sa.Column("district", sa.String(length=120), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.CheckConstraint("times >= 1", name=op.f("ck_reported_gap_somebody_said_so")),
        sa.PrimaryKeyConstraint(
            "month", "age_group", "life_situation", "need_code", "district", name=op.f("pk_reported_gap")
        ),
    )
    op.create_table(
        "shared_shortlist",
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("lang", sa.String(length=12), nullable=False),
        sa.Column("first_line", sa.String(length=32), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.CheckConstraint("length(code) = 6", name=op.f("ck_shared_shortlist_code_length")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_shared_shortlist")),
    )
    with op.batch_alter_table("shared_shortlist", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shared_shortlist_expires_on"), ["expires_on"], unique=False)

    op.create_table(
        "contact_point",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=200), nullable=False),
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("responsible", sa.Boolean(), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("email", sa.String(length=200), nullable=True),
        sa.Column("times", sa.String(length=300), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("substitute_id", sa.Integer(), nullable=True),
        sa.Column("assured_on", sa.Date(), nullable=True),
        sa.CheckConstraint("length(trim(role)) > 0", name=op.f("ck_contact_point_role_not_empty")),
        sa.CheckConstraint("phone IS NOT NULL OR email IS NOT NULL", name=op.f("ck_contact_point_reachable")),
        sa.CheckConstraint(
            "substitute_id IS NULL OR substitute_id <> id", name=op.f("ck_contact_point_not_own_substitute")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_contact_point_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(
            ["substitute_id"],
            ["contact_point.id"],
            name=op.f("fk_contact_point_substitute_id_contact_point"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_point")),
        sa.UniqueConstraint("slug", name=op.f("uq_contact_point_slug")),
    )
    with op.batch_alter_table("contact_point", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_point_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "digest",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("sent_for", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_digest_user_id_user"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_digest")),
    )
    op.create_table(
        "professional_offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "fachtag",
                "schulung",
                "arbeitskreis",
                "handlungshilfe",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.String(length=4000), nullable=False),
        sa.Column("audience", sa.String(length=200), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("times", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=300), nullable=False),
        sa.Column("register_by", sa.Date(), nullable=True),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("email", sa.String(length=200), nullable=True),
        sa.Column("website", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "ends_on IS NULL OR (starts_on IS NOT NULL AND starts_on <= ends_on)",
            name=op.f("ck_professional_offer_end_after_start"),
        ),
        sa.CheckConstraint("length(trim(title)) > 0", name=op.f("ck_professional_offer_title_not_empty")),
        sa.CheckConstraint(
            "register_by IS NULL OR starts_on IS NULL OR register_by <= starts_on",
            name=op.f("ck_professional_offer_register_before"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_professional_offer_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_professional_offer")),
        sa.UniqueConstraint("slug", name=op.f("uq_professional_offer_slug")),
    )
    with op.batch_alter_table("professional_offer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_professional_offer_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "resource",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "raum",
                "sprachmittlung",
                "ausstattung",
                "mitarbeit",
                "kooperation",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("conditions", sa.String(length=500), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("email", sa.String(length=200), nullable=True),
        sa.Column("assured_on", sa.Date(), nullable=True),
        sa.CheckConstraint("capacity IS NULL OR capacity >= 1", name=op.f("ck_resource_capacity")),
        sa.CheckConstraint("length(trim(title)) > 0", name=op.f("ck_resource_title_not_empty")),
        sa.CheckConstraint("phone IS NOT NULL OR email IS NOT NULL", name=op.f("ck_resource_reachable")),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_resource_district_id_district"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_resource_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource")),
        sa.UniqueConstraint("slug", name=op.f("uq_resource_slug")),
    )
    with op.batch_alter_table("resource", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_resource_district_id"), ["district_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_resource_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "saved_filter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("query", sa.String(length=1000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_saved_filter_user_id_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filter")),
    )
    with op.batch_alter_table("saved_filter", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_saved_filter_user_id"), ["user_id"], unique=False)

    op.create_table(
        "user_district",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_user_district_district_id_district"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_user_district_user_id_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "district_id", name=op.f("pk_user_district")),
    )
    with op.batch_alter_table("user_district", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_user_district_district_id"), ["district_id"], unique=False)

    op.create_table(
        "contact_point_district",
        sa.Column("contact_point_id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_point_id"],
            ["contact_point.id"],
            name=op.f("fk_contact_point_district_contact_point_id_contact_point"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["district_id"],
            ["district.id"],
            name=op.f("fk_contact_point_district_district_id_district"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("contact_point_id", "district_id", name=op.f("pk_contact_point_district")),
    )
    with op.batch_alter_table("contact_point_district", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_point_district_district_id"), ["district_id"], unique=False)

    op.create_table(
        "contact_point_language",
        sa.Column("contact_point_id", sa.Integer(), nullable=False),
        sa.Column("lang", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_point_id"],
            ["contact_point.id"],
            name=op.f("fk_contact_point_language_contact_point_id_contact_point"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("contact_point_id", "lang", name=op.f("pk_contact_point_language")),
    )
    op.create_table(
        "contact_point_need",
        sa.Column("contact_point_id", sa.Integer(), nullable=False),
        sa.Column("need_code", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_point_id"],
            ["contact_point.id"],
            name=op.f("fk_contact_point_need_contact_point_id_contact_point"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["need_code"], ["need.code"], name=op.f("fk_contact_point_need_need_code_need"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("contact_point_id", "need_code", name=op.f("pk_contact_point_need")),
    )
    with op.batch_alter_table("contact_point_need", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_point_need_need_code"), ["need_code"], unique=False)

    op.create_table(
        "professional_offer_need",
        sa.Column("professional_offer_id", sa.Integer(), nullable=False),
        sa.Column("need_code", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["need_code"], ["need.code"], name=op.f("fk_professional_offer_need_need_code_need"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["professional_offer_id"],
            ["professional_offer.id"],
            name=op.f("fk_professional_offer_need_professional_offer_id_professional_offer"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("professional_offer_id", "need_code", name=op.f("pk_professional_offer_need")),
    )
    with op.batch_alter_table("professional_offer_need", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_professional_offer_need_need_code"), ["need_code"], unique=False)

    op.create_table(
        "resource_language",
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.Column("lang", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resource.id"], name=op.f("fk_resource_language_resource_id_resource"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("resource_id", "lang", name=op.f("pk_resource_language")),
    )
    op.create_table(
        "no_place_report",
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offer.id"], name=op.f("fk_no_place_report_offer_id_offer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("offer_id", "reported_on", name=op.f("pk_no_place_report")),
    )
    op.create_table(
        "offer_attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("added_on", sa.Date(), nullable=False),
        sa.Column("added_by", sa.String(length=120), nullable=False),
        sa.CheckConstraint("length(trim(title)) > 0", name=op.f("ck_offer_attachment_title_not_empty")),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offer.id"], name=op.f("fk_offer_attachment_offer_id_offer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_attachment")),
    )
    with op.batch_alter_table("offer_attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offer_attachment_offer_id"), ["offer_id"], unique=False)

    op.create_table(
        "offer_internal",
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("contact_phone", sa.String(length=40), nullable=False),
        sa.Column("contact_email", sa.String(length=200), nullable=False),
        sa.Column("contact_times", sa.String(length=300), nullable=False),
        sa.Column("deputy", sa.String(length=200), nullable=False),
        sa.Column("deputy_phone", sa.String(length=40), nullable=False),
        sa.Column("deputy_email", sa.String(length=200), nullable=False),
        sa.Column("referral_route", sa.String(length=2000), nullable=False),
        sa.Column("admission", sa.String(length=2000), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offer.id"], name=op.f("fk_offer_internal_offer_id_offer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("offer_id", name=op.f("pk_offer_internal")),
    )
    op.create_table(
        "shared_shortlist_offer",
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["code"],
            ["shared_shortlist.code"],
            name=op.f("fk_shared_shortlist_offer_code_shared_shortlist"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offer.id"], name=op.f("fk_shared_shortlist_offer_offer_id_offer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("code", "position", name=op.f("pk_shared_shortlist_offer")),
    )
    with op.batch_alter_table("shared_shortlist_offer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shared_shortlist_offer_offer_id"), ["offer_id"], unique=False)

    with op.batch_alter_table("offer_version", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_offer_version_in_force"), ["offer_id", "state", "number", "created_at"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("offer_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_offer_version_in_force"))

    with op.batch_alter_table("shared_shortlist_offer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_shared_shortlist_offer_offer_id"))

    op.drop_table("shared_shortlist_offer")
    op.drop_table("offer_internal")
    with op.batch_alter_table("offer_attachment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_offer_attachment_offer_id"))

    op.drop_table("offer_attachment")
    op.drop_table("no_place_report")
    op.drop_table("resource_language")
    with op.batch_alter_table("professional_offer_need", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_professional_offer_need_need_code"))

    op.drop_table("professional_offer_need")
    with op.batch_alter_table("contact_point_need", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_point_need_need_code"))

    op.drop_table("contact_point_need")
    op.drop_table("contact_point_language")
    with op.batch_alter_table("contact_point_district", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_point_district_district_id"))

    op.drop_table("contact_point_district")
    with op.batch_alter_table("user_district", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user_district_district_id"))

    op.drop_table("user_district")
    with op.batch_alter_table("saved_filter", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_saved_filter_user_id"))

    op.drop_table("saved_filter")
    with op.batch_alter_table("resource", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_resource_organization_id"))
        batch_op.drop_index(batch_op.f("ix_resource_district_id"))

    op.drop_table("resource")
    with op.batch_alter_table("professional_offer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_professional_offer_organization_id"))

    op.drop_table("professional_offer")
    op.drop_table("digest")
    with op.batch_alter_table("contact_point", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_point_organization_id"))

    op.drop_table("contact_point")
    with op.batch_alter_table("shared_shortlist", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_shared_shortlist_expires_on"))

    op.drop_table("shared_shortlist")
    op.drop_table("reported_gap")
    op.drop_table("practitioner_link")
