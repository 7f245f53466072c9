"""The schema, as `migrations/versions` makes it.

The indexes' conditions are stated for SQLite alone, though PostgreSQL has them too, by the migrations: an option of its
dialect loads that, 2 MB.
"""

from __future__ import annotations

import sqlalchemy as sa

from awskit.control.kept_clock import clock_table
from awskit.outbox import outbox_table

metadata = sa.MetaData()

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

topics = sa.Table(
    "topics",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("arn", sa.Text, nullable=False, unique=True),
    sa.Column("account_id", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("attributes", sa.Text, nullable=False),
    sa.Column("tags", sa.Text, nullable=False),
    sa.Column("data_protection_policy", sa.Text),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("subscriptions_deleted", sa.Integer, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Index("topics_by_owner", "account_id", "region", "id"),
)

subscriptions = sa.Table(
    "subscriptions",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("arn", sa.Text, nullable=False, unique=True),
    sa.Column("topic_arn", sa.Text, nullable=False),
    sa.Column("account_id", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("protocol", sa.Text, nullable=False),
    sa.Column("endpoint", sa.Text, nullable=False),
    sa.Column("attributes", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("token", sa.Text),
    sa.Column("token_expires_at", sa.Float),
    sa.Column("authenticate_on_unsubscribe", sa.Boolean, nullable=False),
    sa.Column("confirmation_was_authenticated", sa.Boolean, nullable=False),
    sa.Column("principal", sa.Text, nullable=False),
    sa.Column("callback_url", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Index("subscriptions_by_topic", "topic_arn", "id"),
    sa.Index("subscriptions_by_endpoint", "topic_arn", "protocol", "endpoint"),
    sa.Index("subscriptions_by_owner", "account_id", "region", "id"),
    sa.Index(
        "subscriptions_by_expiry",
        "token_expires_at",
        sqlite_where=sa.text("token_expires_at IS NOT NULL"),
    ),
)

deduplication = sa.Table(
    "deduplication",
    metadata,
    sa.Column("topic_arn", sa.Text, primary_key=True),
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("deduplication_id", sa.Text, primary_key=True),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("sequence_number", sa.Text, nullable=False),
    sa.Column("expires_at", sa.Float, nullable=False),
    sa.Index("deduplication_by_expiry", "topic_arn", "expires_at"),
)

archive = sa.Table(
    "archive",
    metadata,
    sa.Column("topic_arn", sa.Text, primary_key=True),
    sa.Column("sequence_number", sa.Text, primary_key=True),
    sa.Column("message", sa.LargeBinary, nullable=False),
    sa.Column("published_at", sa.Float, nullable=False),
    sa.Index("archive_by_time", "topic_arn", "published_at"),
)

platform_applications = sa.Table(
    "platform_applications",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("arn", sa.Text, nullable=False, unique=True),
    sa.Column("account_id", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("attributes", sa.Text, nullable=False),
    sa.Index("platform_applications_by_owner", "account_id", "region", "id"),
)

platform_endpoints = sa.Table(
    "platform_endpoints",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("arn", sa.Text, nullable=False, unique=True),
    sa.Column("application_arn", sa.Text, nullable=False),
    sa.Column("account_id", sa.Text, nullable=False),
    sa.Column("token", sa.Text, nullable=False),
    sa.Column("attributes", sa.Text, nullable=False),
    sa.Index("platform_endpoints_by_application", "application_arn", "id"),
    sa.Index("platform_endpoints_by_token", "application_arn", "token", unique=True),
)

sms_attributes = sa.Table(
    "sms_attributes",
    metadata,
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("region", sa.Text, primary_key=True),
    sa.Column("attributes", sa.Text, nullable=False),
)

sms_sandbox_numbers = sa.Table(
    "sms_sandbox_numbers",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("account_id", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("phone_number", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("one_time_password", sa.Text, nullable=False),
    sa.Index("sms_sandbox_numbers_by_owner", "account_id", "region", "phone_number", unique=True),
)

opted_out_numbers = sa.Table(
    "opted_out_numbers",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("account_id", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("phone_number", sa.Text, nullable=False),
    sa.Index("opted_out_numbers_by_owner", "account_id", "region", "phone_number", unique=True),
)

sink_messages = sa.Table(
    "sink_messages",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("account_id", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("recipient", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Index("sink_messages_by_kind", "kind", "account_id", "id"),
)

delivery_log = sa.Table(
    "delivery_log",
    metadata,
    sa.Column("parcel_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("account_id", sa.Text, nullable=False),
    sa.Column("topic_arn", sa.Text, nullable=False),
    sa.Column("subscription_arn", sa.Text, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("destination", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("attempts", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
)

signing_keys = sa.Table(
    "signing_keys",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("private_key", sa.LargeBinary, nullable=False),
    sa.Column("certificate", sa.LargeBinary, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
)

outbox = outbox_table(metadata)

clock = clock_table(metadata)
