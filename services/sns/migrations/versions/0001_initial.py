"""Topics, subscriptions, the FIFO state, platform objects, SMS, sinks, the delivery log and the outbox."""

import time

import sqlalchemy as sa
from alembic import op

from awskit.outbox import outbox_columns, outbox_indexes
from services.sns.messages.signing import generate_signing_key

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def upgrade() -> None:
    _topics()
    _fifo()
    _platform()
    _sms()
    _deliveries()
    op.create_table("outbox", *outbox_columns(), *outbox_indexes())
    _signing_key()


def _topics() -> None:
    op.create_table(
        "topics",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("arn", sa.Text, nullable=False, unique=True),
        *_text("account_id", "region", "attributes", "tags"),
        sa.Column("data_protection_policy", sa.Text),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("subscriptions_deleted", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Index("topics_by_owner", "account_id", "region", "id"),
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("arn", sa.Text, nullable=False, unique=True),
        *_text("topic_arn", "account_id", "region", "protocol", "endpoint", "attributes", "status"),
        sa.Column("token", sa.Text),
        sa.Column("token_expires_at", sa.Float),
        sa.Column("authenticate_on_unsubscribe", sa.Boolean, nullable=False),
        sa.Column("confirmation_was_authenticated", sa.Boolean, nullable=False),
        *_text("principal", "callback_url"),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Index("subscriptions_by_topic", "topic_arn", "id"),
        sa.Index("subscriptions_by_endpoint", "topic_arn", "protocol", "endpoint"),
        sa.Index("subscriptions_by_owner", "account_id", "region", "id"),
        sa.Index(
            "subscriptions_by_expiry",
            "token_expires_at",
            sqlite_where=sa.text("token_expires_at IS NOT NULL"),
            postgresql_where=sa.text("token_expires_at IS NOT NULL"),
        ),
    )


def _fifo() -> None:
    op.create_table(
        "deduplication",
        sa.Column("topic_arn", sa.Text, primary_key=True),
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("deduplication_id", sa.Text, primary_key=True),
        *_text("message_id", "sequence_number"),
        sa.Column("expires_at", sa.Float, nullable=False),
        sa.Index("deduplication_by_expiry", "topic_arn", "expires_at"),
    )
    op.create_table(
        "archive",
        sa.Column("topic_arn", sa.Text, primary_key=True),
        sa.Column("sequence_number", sa.Text, primary_key=True),
        sa.Column("message", sa.LargeBinary, nullable=False),
        sa.Column("published_at", sa.Float, nullable=False),
        sa.Index("archive_by_time", "topic_arn", "published_at"),
    )


def _platform() -> None:
    op.create_table(
        "platform_applications",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("arn", sa.Text, nullable=False, unique=True),
        *_text("account_id", "region", "attributes"),
        sa.Index("platform_applications_by_owner", "account_id", "region", "id"),
    )
    op.create_table(
        "platform_endpoints",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("arn", sa.Text, nullable=False, unique=True),
        *_text("application_arn", "account_id", "token", "attributes"),
        sa.Index("platform_endpoints_by_application", "application_arn", "id"),
        sa.Index("platform_endpoints_by_token", "application_arn", "token", unique=True),
    )


def _sms() -> None:
    op.create_table(
        "sms_attributes",
        sa.Column("account_id", sa.Text, primary_key=True),
        sa.Column("region", sa.Text, primary_key=True),
        *_text("attributes"),
    )
    op.create_table(
        "sms_sandbox_numbers",
        sa.Column("id", _ID, primary_key=True),
        *_text("account_id", "region", "phone_number", "status", "one_time_password"),
        sa.Index("sms_sandbox_numbers_by_owner", "account_id", "region", "phone_number", unique=True),
    )
    op.create_table(
        "opted_out_numbers",
        sa.Column("id", _ID, primary_key=True),
        *_text("account_id", "region", "phone_number"),
        sa.Index("opted_out_numbers_by_owner", "account_id", "region", "phone_number", unique=True),
    )


def _deliveries() -> None:
    op.create_table(
        "sink_messages",
        sa.Column("id", _ID, primary_key=True),
        *_text("kind", "account_id", "region", "recipient"),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Index("sink_messages_by_kind", "kind", "account_id", "id"),
    )
    op.create_table(
        "delivery_log",
        sa.Column("parcel_id", sa.BigInteger, primary_key=True, autoincrement=False),
        *_text("account_id", "topic_arn", "subscription_arn", "message_id", "destination", "status", "attempts"),
        sa.Column("created_at", sa.Float, nullable=False),
    )


def _signing_key() -> None:
    table = op.create_table(
        "signing_keys",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("private_key", sa.LargeBinary, nullable=False),
        sa.Column("certificate", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
    )
    now = time.time()
    key = generate_signing_key(now)
    row = {"id": key.id, "private_key": key.private_key, "certificate": key.certificate, "created_at": now}
    op.bulk_insert(table, [row])
