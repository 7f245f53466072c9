"""The tables of `dynamodb.db`. `migrations/` creates what is described here.

Rows that belong to a DynamoDB table carry its `table_id`, a number that is never used twice, so that deleting a table
frees its name at once and its rows are swept later (`purges`).
"""

from __future__ import annotations

import sqlalchemy as sa

from awskit.control.kept_clock import clock_table
from awskit.outbox import outbox_table
from awskit.sinks.store import sink_table

metadata = sa.MetaData()

# the database numbers its rows
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# names are in the order of their characters' codes, whatever the database's own
_NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

tables = sa.Table(
    "tables",
    metadata,
    sa.Column("table_id", _NUMBER, primary_key=True, autoincrement=True),
    sa.Column("account_id", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("name", _NAME, nullable=False),
    sa.Column("definition", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("account_id", "region", "name"),
    sqlite_autoincrement=True,
)

statistics = sa.Table(
    "statistics",
    metadata,
    sa.Column("table_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("index_number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("item_count", sa.BigInteger, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

items = sa.Table(
    "items",
    metadata,
    sa.Column("table_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.LargeBinary, primary_key=True),
    sa.Column("sort", sa.LargeBinary, primary_key=True),
    sa.Column("size", sa.Integer, nullable=False),
    # what the item counts for in a page of 1 MB
    sa.Column("page_size", sa.Integer, nullable=False),
    sa.Column("item", sa.LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

index_entries = sa.Table(
    "index_entries",
    metadata,
    sa.Column("table_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("index_number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.LargeBinary, primary_key=True),
    sa.Column("sort", sa.LargeBinary, primary_key=True),
    # equal index keys are in the order of the hash over the whole primary key
    sa.Column("tie", sa.LargeBinary, primary_key=True),
    sa.Column("item_hash", sa.LargeBinary, nullable=False),
    sa.Column("item_sort", sa.LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

expirations = sa.Table(
    "expirations",
    metadata,
    sa.Column("expires_at", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("table_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.LargeBinary, primary_key=True),
    sa.Column("sort", sa.LargeBinary, primary_key=True),
    sqlite_with_rowid=False,
)

history = sa.Table(
    "history",
    metadata,
    sa.Column("table_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.LargeBinary, primary_key=True),
    sa.Column("sort", sa.LargeBinary, primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("changed_at", sa.Double, nullable=False),
    # the item as it was before the change; NULL where there was none
    sa.Column("item", sa.LargeBinary),
    sa.Index("history_by_time", "table_id", "changed_at"),
    sqlite_with_rowid=False,
)

item_versions = sa.Table(
    "item_versions",
    metadata,
    # of tables with replicas alone
    sa.Column("table_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.LargeBinary, primary_key=True),
    sa.Column("sort", sa.LargeBinary, primary_key=True),
    # microseconds since the epoch, and the region where it was written
    sa.Column("written_at", sa.BigInteger, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    # the item's key, where what was written is that there is no item
    sa.Column("deleted", sa.LargeBinary),
    sqlite_with_rowid=False,
)

purges = sa.Table(
    "purges",
    metadata,
    sa.Column("table_id", sa.BigInteger, primary_key=True, autoincrement=False),
    # -1: the whole table
    sa.Column("index_number", sa.Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

streams = sa.Table(
    "streams",
    metadata,
    sa.Column("stream_id", _NUMBER, primary_key=True, autoincrement=True),
    sa.Column("account_id", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("table_name", sa.Text, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("definition", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("account_id", "region", "table_name", "label"),
    sqlite_autoincrement=True,
)

shards = sa.Table(
    "shards",
    metadata,
    sa.Column("stream_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("shard_number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("shard_id", sa.Text, nullable=False),
    sa.Column("parent_shard_id", sa.Text),
    sa.Column("opened_at", sa.Double, nullable=False),
    sa.Column("closed_at", sa.Double),
    sa.Column("first_sequence", sa.BigInteger, nullable=False),
    sa.Column("next_sequence", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

stream_records = sa.Table(
    "stream_records",
    metadata,
    sa.Column("stream_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("shard_number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("record", sa.LargeBinary, nullable=False),
    sa.Index("stream_records_by_time", "created_at"),
    sqlite_with_rowid=False,
)

backups = sa.Table(
    "backups",
    metadata,
    sa.Column("backup_id", _NUMBER, primary_key=True, autoincrement=True),
    sa.Column("account_id", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("table_name", sa.Text, nullable=False),
    sa.Column("arn", sa.Text, nullable=False, unique=True),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("definition", sa.LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

backup_items = sa.Table(
    "backup_items",
    metadata,
    sa.Column("backup_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.LargeBinary, primary_key=True),
    sa.Column("sort", sa.LargeBinary, primary_key=True),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("page_size", sa.Integer, nullable=False),
    sa.Column("item", sa.LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

documents = sa.Table(
    "documents",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("region", sa.Text, primary_key=True),
    sa.Column("name", _NAME, primary_key=True),
    sa.Column("document", sa.LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("region", sa.Text, primary_key=True),
    sa.Column("token", sa.Text, primary_key=True),
    sa.Column("request_hash", sa.LargeBinary, nullable=False),
    sa.Column("output", sa.LargeBinary, nullable=False),
    sa.Column("used_at", sa.Double, nullable=False, index=True),
    sqlite_with_rowid=False,
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("job_id", _NUMBER, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("account_id", sa.Text, nullable=False),
    # the table that is read as it was; its rows stay until the job is over
    sa.Column("table_id", sa.BigInteger),
    sa.Column("document", sa.LargeBinary, nullable=False),
    # the process that is at work on it, and until when it may be thought to be
    sa.Column("claimed_by", sa.Text),
    sa.Column("claimed_until", sa.Double, nullable=False),
    sqlite_autoincrement=True,
)

clock = clock_table(metadata)

outbox = outbox_table(metadata)

# writes on their way to the other replicas of global tables
replication = outbox_table(metadata, "replication")

sink_messages = sink_table(metadata)
