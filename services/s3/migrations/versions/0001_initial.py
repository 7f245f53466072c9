"""Buckets, their configurations, object versions, multipart uploads and parts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from awskit.outbox import outbox_columns, outbox_indexes

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "buckets",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("versioning", sa.Text, nullable=False),
        sa.Column("object_lock", sa.Boolean, nullable=False),
        sa.Column("ownership", sa.Text, nullable=False),
        sa.Column("configured", sa.Text, nullable=False),
    )
    op.create_table(
        "bucket_configurations",
        sa.Column("bucket_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
    )
    _create_objects()
    _create_uploads()
    _create_annotations_and_accounts()
    op.create_table("outbox", *outbox_columns(), *outbox_indexes())


def _create_objects() -> None:
    op.create_table(
        "objects",
        sa.Column("bucket_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("version_order", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("version_id", sa.Text, nullable=False),
        sa.Column("is_latest", sa.Boolean, nullable=False),
        sa.Column("is_delete_marker", sa.Boolean, nullable=False),
        sa.Column("last_modified", sa.Float, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("storage_class", sa.Text, nullable=False),
        sa.Column("owner_id", sa.Text, nullable=False),
        sa.Column("checksum", sa.Text),
        sa.Column("attributes", sa.Text, nullable=False),
        sa.Column("tags", sa.Text),
        sa.Column("acl", sa.Text),
        sa.Column("body_id", sa.Text),
        sa.Column("part_count", sa.Integer),
        sa.Column("data", sa.LargeBinary),
    )
    current = sa.text("is_latest AND NOT is_delete_marker")
    columns = ["bucket_id", "key", "is_latest", "is_delete_marker"]
    op.create_index("objects_current", "objects", columns, sqlite_where=current, postgresql_where=current)
    with_body = sa.text("body_id IS NOT NULL")
    op.create_index("objects_body", "objects", ["body_id"], sqlite_where=with_body, postgresql_where=with_body)


def _create_annotations_and_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.Text, primary_key=True),
        sa.Column("public_access_block", sa.Text),
    )
    op.create_table(
        "object_annotations",
        sa.Column("bucket_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("version_order", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("last_modified", sa.Float, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("checksum", sa.Text, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )


def _create_uploads() -> None:
    op.create_table(
        "uploads",
        sa.Column("upload_id", sa.Text, primary_key=True),
        sa.Column("bucket_id", sa.Integer, nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("initiated_at", sa.Float, nullable=False),
        sa.Column("owner_id", sa.Text, nullable=False),
        sa.Column("initiator_id", sa.Text, nullable=False),
        sa.Column("storage_class", sa.Text, nullable=False),
        sa.Column("checksum_algorithm", sa.Text),
        sa.Column("checksum_type", sa.Text),
        sa.Column("attributes", sa.Text, nullable=False),
        sa.Column("tags", sa.Text),
        sa.Column("acl", sa.Text),
        sa.Column("completed", sa.Text),
        sa.Column("completed_at", sa.Float),
    )
    op.create_index("uploads_by_key", "uploads", ["bucket_id", "key", "upload_id"])
    op.create_table(
        "parts",
        sa.Column("body_id", sa.Text, primary_key=True),
        sa.Column("part_number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("last_modified", sa.Float, nullable=False),
        sa.Column("checksum", sa.Text),
        sa.Column("position", sa.BigInteger),
        sa.Column("blob", sa.Text),
        sa.Column("data", sa.LargeBinary),
    )
    with_blob = sa.text("blob IS NOT NULL")
    op.create_index("parts_blob", "parts", ["blob"], sqlite_where=with_blob, postgresql_where=with_blob)
