"""The search: an outbox for the engines, and counts of what nobody found.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "offer",
                "organization",
                "location",
                "need",
                "everything",
                "pruned",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("entity", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("version", "kind", "entity", name=op.f("pk_outbox")),
    )
    op.create_table(
        "search_gap",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("age_group", sa.String(length=32), nullable=False),
        sa.Column("life_situation", sa.String(length=32), nullable=False),
        sa.Column("need_code", sa.String(length=60), nullable=False),
        sa.Column("district", sa.String(length=120), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.CheckConstraint("times >= 1", name=op.f("ck_search_gap_found_nothing")),
        sa.PrimaryKeyConstraint(
            "month", "age_group", "life_situation", "need_code", "district", name=op.f("pk_search_gap")
        ),
    )


def downgrade() -> None:
    op.drop_table("search_gap")
    op.drop_table("outbox")
