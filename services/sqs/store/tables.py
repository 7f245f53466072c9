"""The schema. `migrations/versions/` builds it; the two are compared in the tests.

A queue's messages hang on its *backlog*, not on the queue: purging or deleting a queue gives up its backlog at once,
whatever the number of messages, and they are swept out piecemeal afterwards.

The indexes' conditions are stated for SQLite alone, though PostgreSQL has them too, by the migrations: an option of its
dialect loads that, 2 MB.
"""

from __future__ import annotations

import sqlalchemy as sa

from awskit.control.kept_clock import clock_table

metadata = sa.MetaData()

# SQLite gives only INTEGER primary keys their own numbering.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# Names are compared byte by byte on both databases.
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

READY, DELAYED, IN_FLIGHT = 0, 1, 2

backlogs = sa.Table(
    "backlogs",
    metadata,
    sa.Column("id", KEY, primary_key=True),
    sa.Column("discarded", sa.SmallInteger, nullable=False),
    sqlite_autoincrement=True,
)

queues = sa.Table(
    "queues",
    metadata,
    sa.Column("id", KEY, primary_key=True),
    sa.Column("account_id", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("name", NAME, nullable=False),
    sa.Column("backlog_id", sa.BigInteger, nullable=False),
    sa.Column("fifo", sa.SmallInteger, nullable=False),
    sa.Column("fair", sa.SmallInteger, nullable=False),
    sa.Column("attributes", sa.Text, nullable=False),
    sa.Column("tags", sa.Text, nullable=False),
    sa.Column("dead_letter_arn", sa.Text),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("modified_at", sa.Double, nullable=False),
    sa.Column("purged_at", sa.Double),
    sa.Column("earlier_deduplication_scope", sa.Text),
    sa.Column("deduplication_scope_changed_at", sa.Double),
    sa.Index("queues_by_name", "account_id", "region", "name", unique=True),
    sa.Index("queues_by_dead_letter_arn", "dead_letter_arn"),
    sqlite_autoincrement=True,
)

deleted_queues = sa.Table(
    "deleted_queues",
    metadata,
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("region", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("deleted_at", sa.Double, nullable=False),
)

# `state` says what a message was last made: READY to be received, DELAYED or IN_FLIGHT until `visible_at`. `turn` is
# the order of the ready ones in a fair queue. `receipt` is the latest receive's. `earlier_receives` were made in other
# queues.
messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", KEY, primary_key=True),
    sa.Column("backlog_id", sa.BigInteger, nullable=False),
    sa.Column("state", sa.SmallInteger, nullable=False),
    sa.Column("turn", sa.BigInteger, nullable=False),
    sa.Column("visible_at", sa.Double, nullable=False),
    sa.Column("sent_at", sa.Double, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("body", sa.Text),
    sa.Column("body_md5", sa.Text, nullable=False),
    sa.Column("attributes", sa.Text),
    sa.Column("trace_header", sa.Text),
    sa.Column("group_id", sa.Text),
    sa.Column("deduplication_id", sa.Text),
    sa.Column("sender_id", sa.Text, nullable=False),
    sa.Column("receive_count", sa.Integer, nullable=False),
    sa.Column("earlier_receives", sa.Integer, nullable=False),
    sa.Column("first_received_at", sa.Double),
    sa.Column("received_at", sa.Double),
    sa.Column("receipt", sa.BigInteger),
    sa.Column("source_arn", sa.Text),
    sqlite_autoincrement=True,
)

sa.Index(
    "messages_ready",
    messages.c.backlog_id,
    messages.c.turn,
    messages.c.visible_at,
    sqlite_where=sa.text("state = 0"),
)
sa.Index(
    "messages_waiting",
    messages.c.backlog_id,
    messages.c.visible_at,
    messages.c.state,
    sqlite_where=sa.text("state > 0"),
)
sa.Index("messages_by_age", messages.c.backlog_id, messages.c.sent_at)
sa.Index(
    "messages_by_group",
    messages.c.backlog_id,
    messages.c.group_id,
    messages.c.turn,
    messages.c.id,
    sqlite_where=sa.text("group_id IS NOT NULL"),
)

# Bodies that would make every change of a message's row costly; such a row's own `body` is NULL.
large_bodies = sa.Table(
    "large_bodies",
    metadata,
    sa.Column("message_key", sa.ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("body", sa.Text, nullable=False),
)

# A FIFO queue's groups that hold messages; nothing of a group is received before `available_at`.
groups = sa.Table(
    "message_groups",
    metadata,
    sa.Column("backlog_id", sa.BigInteger, primary_key=True),
    sa.Column("group_id", sa.Text, primary_key=True),
    sa.Column("available_at", sa.Double, nullable=False),
    sa.Index("message_groups_available", "backlog_id", "available_at"),
)

# What a FIFO queue was sent in the last five minutes; `scope` is the group, or "" where the whole queue is one.
deduplications = sa.Table(
    "deduplications",
    metadata,
    sa.Column("queue_id", sa.BigInteger, primary_key=True),
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("deduplication_id", sa.Text, primary_key=True),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("message_key", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.Double, nullable=False),
    sa.Index("deduplications_by_expiry", "expires_at"),
)

# Answers of ReceiveMessage that a repeated ReceiveRequestAttemptId gets again; `answer` is JSON:
# [[key, receipt, visible_at], ...].
receive_attempts = sa.Table(
    "receive_attempts",
    metadata,
    sa.Column("queue_id", sa.BigInteger, primary_key=True),
    sa.Column("attempt_id", sa.Text, primary_key=True),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("expires_at", sa.Double, nullable=False),
    sa.Index("receive_attempts_by_expiry", "expires_at"),
)

move_tasks = sa.Table(
    "move_tasks",
    metadata,
    sa.Column("id", KEY, primary_key=True),
    sa.Column("task_id", sa.Text, nullable=False, unique=True),
    sa.Column("account_id", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("source_arn", sa.Text, nullable=False),
    sa.Column("destination_arn", sa.Text),
    sa.Column("maximum_per_second", sa.Integer),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("moved", sa.BigInteger, nullable=False),
    sa.Column("to_move", sa.BigInteger, nullable=False),
    sa.Column("failure_reason", sa.Text),
    sa.Column("started_at", sa.Double, nullable=False),
    sa.Index("move_tasks_by_source", "source_arn", "id"),
    sa.Index("move_tasks_by_status", "status"),
    sqlite_autoincrement=True,
)

clock = clock_table(metadata)
