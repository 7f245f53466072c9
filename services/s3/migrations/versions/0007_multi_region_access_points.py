"""Multi-Region Access Points, and the requests about them that are answered later."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "multi_region_access_points",
        sa.Column("account_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("alias", sa.Text, nullable=False, unique=True),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("public_access_block", sa.Text, nullable=False),
        sa.Column("routes", sa.Text, nullable=False),
        sa.Column("policy", sa.Text),
    )
    op.create_table(
        "multi_region_requests",
        sa.Column("account_id", sa.Text, primary_key=True),
        sa.Column("token", sa.Text, primary_key=True),
        sa.Column("client_token", sa.Text, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("operation", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index("multi_region_requests_client", "multi_region_requests", ["account_id", "client_token"])
