"""DynamoDB's first schema; `services/dynamodb/store/schema.py` says what is what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    _create_tables()
    _create_streams()
    _create_others()


def _create_tables() -> None:
    op.create_table(
        "tables",
        sa.Column("table_id", _NUMBER, nullable=False),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("definition", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("table_id"),
        sa.UniqueConstraint("account_id", "region", "name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "statistics",
        sa.Column("table_id", sa.BigInteger, nullable=False),
        sa.Column("index_number", sa.Integer, nullable=False),
        sa.Column("item_count", sa.BigInteger, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("table_id", "index_number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "items",
        sa.Column("table_id", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("sort", sa.LargeBinary, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("page_size", sa.Integer, nullable=False),
        sa.Column("item", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("table_id", "hash", "sort"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "index_entries",
        sa.Column("table_id", sa.BigInteger, nullable=False),
        sa.Column("index_number", sa.Integer, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("sort", sa.LargeBinary, nullable=False),
        sa.Column("tie", sa.LargeBinary, nullable=False),
        sa.Column("item_hash", sa.LargeBinary, nullable=False),
        sa.Column("item_sort", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("table_id", "index_number", "hash", "sort", "tie"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "expirations",
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("table_id", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("sort", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("expires_at", "table_id", "hash", "sort"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "history",
        sa.Column("table_id", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("sort", sa.LargeBinary, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.Double, nullable=False),
        sa.Column("item", sa.LargeBinary),
        sa.PrimaryKeyConstraint("table_id", "hash", "sort", "sequence"),
        sqlite_with_rowid=False,
    )
    op.create_index("history_by_time", "history", ["table_id", "changed_at"])
    op.create_table(
        "purges",
        sa.Column("table_id", sa.BigInteger, nullable=False),
        sa.Column("index_number", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("table_id", "index_number"),
        sqlite_with_rowid=False,
    )


def _create_streams() -> None:
    op.create_table(
        "streams",
        sa.Column("stream_id", _NUMBER, nullable=False),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("table_name", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("definition", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("stream_id"),
        sa.UniqueConstraint("account_id", "region", "table_name", "label"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "shards",
        sa.Column("stream_id", sa.BigInteger, nullable=False),
        sa.Column("shard_number", sa.Integer, nullable=False),
        sa.Column("shard_id", sa.Text, nullable=False),
        sa.Column("parent_shard_id", sa.Text),
        sa.Column("opened_at", sa.Double, nullable=False),
        sa.Column("closed_at", sa.Double),
        sa.Column("first_sequence", sa.BigInteger, nullable=False),
        sa.Column("next_sequence", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("stream_id", "shard_number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "stream_records",
        sa.Column("stream_id", sa.BigInteger, nullable=False),
        sa.Column("shard_number", sa.Integer, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("record", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("stream_id", "shard_number", "sequence"),
        sqlite_with_rowid=False,
    )
    op.create_index("stream_records_by_time", "stream_records", ["created_at"])


def _create_others() -> None:
    op.create_table(
        "backups",
        sa.Column("backup_id", _NUMBER, nullable=False),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("table_name", sa.Text, nullable=False),
        sa.Column("arn", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("definition", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("backup_id"),
        sa.UniqueConstraint("arn"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "backup_items",
        sa.Column("backup_id", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("sort", sa.LargeBinary, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("page_size", sa.Integer, nullable=False),
        sa.Column("item", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("backup_id", "hash", "sort"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "documents",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("kind", "account_id", "region", "name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tokens",
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("request_hash", sa.LargeBinary, nullable=False),
        sa.Column("output", sa.LargeBinary, nullable=False),
        sa.Column("used_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "region", "token"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_tokens_used_at", "tokens", ["used_at"])
    op.create_table(
        "jobs",
        sa.Column("job_id", _NUMBER, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("table_id", sa.BigInteger),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("claimed_by", sa.Text),
        sa.Column("claimed_until", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("job_id"),
        sqlite_autoincrement=True,
    )
