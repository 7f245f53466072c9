"""Access points of buckets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_points",
        sa.Column("account_id", sa.Text, primary_key=True),
        sa.Column("region", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("alias", sa.Text, nullable=False, unique=True),
        sa.Column("bucket", sa.Text, nullable=False),
        sa.Column("bucket_account_id", sa.Text, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("vpc_id", sa.Text, nullable=False),
        sa.Column("public_access_block", sa.Text, nullable=False),
        sa.Column("policy", sa.Text),
        sa.Column("scope", sa.Text),
        sa.Column("tags", sa.Text),
    )
    op.create_index("access_points_bucket", "access_points", ["bucket"])
