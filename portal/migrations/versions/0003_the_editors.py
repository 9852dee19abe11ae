"""The editors: people, versions of offers, an audit log that nobody can change, the bin, feedback, pages in the database.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("user", sa.String(length=120), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("entity", sa.String(length=120), nullable=False),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("details", sa.String(length=1000), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
    )
    with op.batch_alter_table("audit_log", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_log_at"), ["at"], unique=False)
        batch_op.create_index("ix_audit_log_kind_entity", ["kind", "entity"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_log_user_id"), ["user_id"], unique=False)

    op.create_table(
        "banner",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_banner_end_after_start")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_banner")),
    )
    op.create_table(
        "life_phase_text",
        sa.Column(
            "phase",
            sa.Enum(
                "schwangerschaft",
                "geburt",
                "fruehe_jahre",
                "kita",
                "einschulung",
                "grundschule",
                "weiterfuehrende_schule",
                "ausbildung",
                name="phase",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
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
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("ages", sa.String(length=120), nullable=False),
        sa.Column("intro", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("phase", "lang", name=op.f("pk_life_phase_text")),
    )
    op.create_table(
        "login_throttle",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_login_throttle")),
    )
    op.create_table(
        "page_text",
        sa.Column("slug", sa.String(length=60), nullable=False),
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
        sa.Column("description", sa.String(length=400), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.CheckConstraint("length(trim(title)) > 0", name=op.f("ck_page_text_title_not_empty")),
        sa.PrimaryKeyConstraint("slug", "lang", name=op.f("pk_page_text")),
    )
    op.create_table(
        "picture",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("webp", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_picture")),
    )
    op.create_table(
        "role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint("name", name=op.f("uq_role_name")),
    )
    op.create_table(
        "translation_source",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("entity", sa.String(length=120), nullable=False),
        sa.Column("lang", sa.String(length=12), nullable=False),
        sa.Column("fields", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "entity", "lang", name=op.f("pk_translation_source")),
    )
    op.create_table(
        "trash",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("entity", sa.String(length=120), nullable=False),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("deleted_by", sa.String(length=120), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trash")),
    )
    with op.batch_alter_table("trash", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trash_deleted_at"), ["deleted_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_trash_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tf_primary_method", sa.String(length=64), nullable=True),
        sa.Column("tf_totp_secret", sa.String(length=255), nullable=True),
        sa.Column("mf_recovery_codes", sa.JSON(), nullable=True),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_user_email_in_small_letters")),
        sa.CheckConstraint("length(trim(name)) > 0", name=op.f("ck_user_name_not_empty")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("email", name=op.f("uq_user_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_user_fs_uniquifier")),
    )
    op.create_table(
        "banner_text",
        sa.Column("banner_id", sa.Integer(), nullable=False),
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
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("link", sa.String(length=300), nullable=False),
        sa.CheckConstraint("length(trim(text)) > 0", name=op.f("ck_banner_text_not_empty")),
        sa.ForeignKeyConstraint(
            ["banner_id"], ["banner.id"], name=op.f("fk_banner_text_banner_id_banner"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("banner_id", "lang", name=op.f("pk_banner_text")),
    )
    op.create_table(
        "form_draft",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(length=80), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("data", sa.String(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_form_draft_user_id_user"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "form", name=op.f("pk_form_draft")),
    )
    op.create_table(
        "login_session",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("data", sa.String(), nullable=False),
        sa.Column("device", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_login_session_user_id_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_session")),
    )
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_login_session_user_id"), ["user_id"], unique=False)

    op.create_table(
        "need_utterance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("need_code", sa.String(length=60), nullable=False),
        sa.Column("lang", sa.String(length=12), nullable=False),
        sa.Column("line", sa.String(length=200), nullable=False),
        sa.Column("added_by", sa.String(length=120), nullable=False),
        sa.CheckConstraint("length(trim(line)) > 0", name=op.f("ck_need_utterance_not_empty")),
        sa.ForeignKeyConstraint(
            ["need_code"], ["need.code"], name=op.f("fk_need_utterance_need_code_need"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need_utterance")),
    )
    with op.batch_alter_table("need_utterance", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_need_utterance_need_code"), ["need_code"], unique=False)

    op.create_table(
        "user_language",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("lang", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_user_language_user_id_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "lang", name=op.f("pk_user_language")),
    )
    op.create_table(
        "user_organization",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_user_organization_organization_id_organization"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_user_organization_user_id_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "organization_id", name=op.f("pk_user_organization")),
    )
    with op.batch_alter_table("user_organization", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_user_organization_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "user_role",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_user_role_role_id_role"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_user_role_user_id_user"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "role_id", name=op.f("pk_user_role")),
    )
    op.create_table(
        "feedback_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "phone",
                "address",
                "times",
                "closed",
                "no_place",
                "cost",
                "language",
                "text",
                name="reason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("lang", sa.String(length=12), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.String(length=120), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offer.id"], name=op.f("fk_feedback_report_offer_id_offer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_report")),
    )
    with op.batch_alter_table("feedback_report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feedback_report_offer_id"), ["offer_id"], unique=False)

    op.create_table(
        "helped_count",
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("yes", sa.Integer(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.CheckConstraint("yes >= 0 AND no >= 0", name=op.f("ck_helped_count_not_negative")),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offer.id"], name=op.f("fk_helped_count_offer_id_offer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("offer_id", "month", name=op.f("pk_helped_count")),
    )
    op.create_table(
        "offer_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("author", sa.String(length=120), nullable=False),
        sa.Column("rejection", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(trim(text)) > 0", name=op.f("ck_offer_comment_not_empty")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user.id"], name=op.f("fk_offer_comment_author_id_user"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offer.id"], name=op.f("fk_offer_comment_offer_id_offer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_comment")),
    )
    with op.batch_alter_table("offer_comment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offer_comment_offer_id"), ["offer_id"], unique=False)

    op.create_table(
        "offer_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "in_review",
                "approved",
                "rejected",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("author", sa.String(length=120), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_offer_version_counts_from_one")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user.id"], name=op.f("fk_offer_version_author_id_user"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offer.id"], name=op.f("fk_offer_version_offer_id_offer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_version")),
        sa.UniqueConstraint("offer_id", "number", name=op.f("uq_offer_version_offer_id_number")),
    )
    with op.batch_alter_table("offer_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offer_version_offer_id"), ["offer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_offer_version_state"), ["state"], unique=False)

    op.create_table(
        "reminder",
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("review_due", sa.Date(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offer.id"], name=op.f("fk_reminder_offer_id_offer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("offer_id", "review_due", "level", name=op.f("pk_reminder")),
    )
    # Not as a batch: that builds the table anew, without its CHECKs.
    op.add_column("offer", sa.Column("picture", sa.String(length=64), nullable=True))
    op.add_column(
        "offer_text", sa.Column("picture_alt", sa.String(length=300), nullable=False, server_default=sa.text("''"))
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_log_is_for_ever() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the audit log cannot be changed'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_log_for_ever BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_log_is_for_ever()"
        )
    else:
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_log_no_{event.lower()} BEFORE {event} ON audit_log "
                "BEGIN SELECT RAISE(ABORT, 'the audit log cannot be changed'); END"
            )
        # INSERT OR REPLACE takes the old row away without asking the trigger for DELETE.
        op.execute(
            "CREATE TRIGGER audit_log_no_replace BEFORE INSERT ON audit_log "
            "WHEN NEW.id IN (SELECT id FROM audit_log) "
            "BEGIN SELECT RAISE(ABORT, 'the audit log cannot be changed'); END"
        )


def downgrade() -> None:
    op.drop_column("offer_text", "picture_alt")
    op.drop_column("offer", "picture")
    op.drop_table("reminder")
    with op.batch_alter_table("offer_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_offer_version_state"))
        batch_op.drop_index(batch_op.f("ix_offer_version_offer_id"))

    op.drop_table("offer_version")
    with op.batch_alter_table("offer_comment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_offer_comment_offer_id"))

    op.drop_table("offer_comment")
    op.drop_table("helped_count")
    with op.batch_alter_table("feedback_report", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feedback_report_offer_id"))

    op.drop_table("feedback_report")
    op.drop_table("user_role")
    with op.batch_alter_table("user_organization", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user_organization_organization_id"))

    op.drop_table("user_organization")
    op.drop_table("user_language")
    with op.batch_alter_table("need_utterance", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_need_utterance_need_code"))

    op.drop_table("need_utterance")
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_login_session_user_id"))

    op.drop_table("login_session")
    op.drop_table("form_draft")
    op.drop_table("banner_text")
    op.drop_table("user")
    with op.batch_alter_table("trash", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trash_organization_id"))
        batch_op.drop_index(batch_op.f("ix_trash_deleted_at"))

    op.drop_table("trash")
    op.drop_table("translation_source")
    op.drop_table("role")
    op.drop_table("picture")
    op.drop_table("page_text")
    op.drop_table("login_throttle")
    op.drop_table("life_phase_text")
    op.drop_table("banner")
    with op.batch_alter_table("audit_log", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_log_user_id"))
        batch_op.drop_index("ix_audit_log_kind_entity")
        batch_op.drop_index(batch_op.f("ix_audit_log_at"))

    op.drop_table("audit_log")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_log_is_for_ever()")
