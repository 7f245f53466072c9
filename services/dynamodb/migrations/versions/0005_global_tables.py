"""Which write of an item of a global table is the last, and writes on their way to other regions."""

import sqlalchemy as sa
from alembic import op

from awskit.outbox import outbox_columns, outbox_indexes

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "item_versions",
        sa.Column("table_id", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("sort", sa.LargeBinary, nullable=False),
        sa.Column("written_at", sa.BigInteger, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("deleted", sa.LargeBinary),
        sa.PrimaryKeyConstraint("table_id", "hash", "sort"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "item_versions_deleted",
        "item_versions",
        ["written_at"],
        sqlite_where=sa.text("deleted IS NOT NULL"),
        postgresql_where=sa.text("deleted IS NOT NULL"),
    )
    op.create_table("replication", *outbox_columns(), *outbox_indexes("replication"))
