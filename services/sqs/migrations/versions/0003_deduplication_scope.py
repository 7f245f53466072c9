"""Which deduplication scope a queue had before its last change."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("queues", sa.Column("earlier_deduplication_scope", sa.Text))
    op.add_column("queues", sa.Column("deduplication_scope_changed_at", sa.Double))
