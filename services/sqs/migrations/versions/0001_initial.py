"""SQS's first schema; `services/sqs/store/tables.py` says what is what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    _create_queues()
    _create_messages()
    _create_fifo()
    _create_move_tasks()


def _create_queues() -> None:
    op.create_table(
        "backlogs",
        sa.Column("id", KEY, nullable=False),
        sa.Column("discarded", sa.SmallInteger, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "queues",
        sa.Column("id", KEY, nullable=False),
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
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("queues_by_dead_letter_arn", "queues", ["dead_letter_arn"])
    op.create_index("queues_by_name", "queues", ["account_id", "region", "name"], unique=True)
    op.create_table(
        "deleted_queues",
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("deleted_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "region", "name"),
    )


def _create_messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", KEY, nullable=False),
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
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("messages_by_age", "messages", ["backlog_id", "sent_at"])
    op.create_index(
        "messages_by_group",
        "messages",
        ["backlog_id", "group_id", "turn", "id"],
        sqlite_where=sa.text("group_id IS NOT NULL"),
        postgresql_where=sa.text("group_id IS NOT NULL"),
    )
    op.create_index(
        "messages_ready",
        "messages",
        ["backlog_id", "turn", "visible_at"],
        sqlite_where=sa.text("state = 0"),
        postgresql_where=sa.text("state = 0"),
    )
    op.create_index(
        "messages_waiting",
        "messages",
        ["backlog_id", "visible_at", "state"],
        sqlite_where=sa.text("state > 0"),
        postgresql_where=sa.text("state > 0"),
    )
    op.create_table(
        "large_bodies",
        sa.Column("message_key", KEY, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["message_key"], ["messages.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("message_key"),
    )


def _create_fifo() -> None:
    op.create_table(
        "message_groups",
        sa.Column("backlog_id", sa.BigInteger, nullable=False),
        sa.Column("group_id", sa.Text, nullable=False),
        sa.Column("available_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("backlog_id", "group_id"),
    )
    op.create_index("message_groups_available", "message_groups", ["backlog_id", "available_at"])
    op.create_table(
        "deduplications",
        sa.Column("queue_id", sa.BigInteger, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("deduplication_id", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("message_key", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("queue_id", "scope", "deduplication_id"),
    )
    op.create_index("deduplications_by_expiry", "deduplications", ["expires_at"])
    op.create_table(
        "receive_attempts",
        sa.Column("queue_id", sa.BigInteger, nullable=False),
        sa.Column("attempt_id", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("queue_id", "attempt_id"),
    )
    op.create_index("receive_attempts_by_expiry", "receive_attempts", ["expires_at"])


def _create_move_tasks() -> None:
    op.create_table(
        "move_tasks",
        sa.Column("id", KEY, nullable=False),
        sa.Column("task_id", sa.Text, nullable=False),
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
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("task_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("move_tasks_by_source", "move_tasks", ["source_arn", "id"])
    op.create_index("move_tasks_by_status", "move_tasks", ["status"])
