"""S3's tables. Keys are stored as bytes, so that every database orders them as S3 does: by UTF-8, unsigned.

`objects` holds one row per version. `version_order` grows with age, so that the primary key lists a key's versions
newest first. Bodies are in `data` while they are small, in the blob `body_id` where they are not, and, for an object
uploaded in parts, in the rows of `parts` whose `body_id` is the upload's id (`part_count` is then set).

The indexes' conditions are stated for SQLite alone, though PostgreSQL has them too, by the migrations: an option of its
dialect loads that, 2 MB.
"""

from __future__ import annotations

import sqlalchemy as sa

from awskit.control.kept_clock import clock_table
from awskit.outbox import outbox_table
from awskit.sinks.store import sink_table

metadata = sa.MetaData()

buckets = sa.Table(
    "buckets",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("account_id", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    # "" (never enabled), "Enabled" or "Suspended"
    sa.Column("versioning", sa.Text, nullable=False),
    sa.Column("object_lock", sa.Boolean, nullable=False),
    # the object ownership setting; "" where its controls were deleted
    sa.Column("ownership", sa.Text, nullable=False),
    # the kinds of configuration that the bucket has, so that a request looks up only those: ",cors,policy,"
    sa.Column("configured", sa.Text, nullable=False),
)

configurations = sa.Table(
    "bucket_configurations",
    metadata,
    sa.Column("bucket_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, primary_key=True),
    # the configuration's id, of which a bucket may have several of some kinds; "" for the others
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("document", sa.Text, nullable=False),
)

objects = sa.Table(
    "objects",
    metadata,
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
    # "ALGORITHM:TYPE:value"
    sa.Column("checksum", sa.Text),
    # JSON of what GetObject gives back: headers, metadata, encryption, lock
    sa.Column("attributes", sa.Text, nullable=False),
    sa.Column("tags", sa.Text),
    sa.Column("acl", sa.Text),
    sa.Column("body_id", sa.Text),
    sa.Column("part_count", sa.Integer),
    sa.Column("data", sa.LargeBinary),
    sa.Index(
        "objects_current",
        "bucket_id",
        "key",
        # SQLite looks these up in the table where the index has them in its condition alone
        "is_latest",
        "is_delete_marker",
        sqlite_where=sa.text("is_latest AND NOT is_delete_marker"),
    ),
    sa.Index(
        "objects_body",
        "body_id",
        sqlite_where=sa.text("body_id IS NOT NULL"),
    ),
)

uploads = sa.Table(
    "uploads",
    metadata,
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
    # the answer of the completion, so that a repeated one is answered alike
    sa.Column("completed", sa.Text),
    sa.Column("completed_at", sa.Float),
    sa.Index("uploads_by_key", "bucket_id", "key", "upload_id"),
)

parts = sa.Table(
    "parts",
    metadata,
    sa.Column("body_id", sa.Text, primary_key=True),
    sa.Column("part_number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("etag", sa.Text, nullable=False),
    sa.Column("last_modified", sa.Float, nullable=False),
    sa.Column("checksum", sa.Text),
    # where in the whole the part begins, once the upload is complete
    sa.Column("position", sa.BigInteger),
    sa.Column("blob", sa.Text),
    sa.Column("data", sa.LargeBinary),
    sa.Index(
        "parts_blob",
        "blob",
        sqlite_where=sa.text("blob IS NOT NULL"),
    ),
)

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("public_access_block", sa.Text),
)

access_points = sa.Table(
    "access_points",
    metadata,
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("region", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    # of a bucket's form, and like buckets' names everybody's
    sa.Column("alias", sa.Text, nullable=False, unique=True),
    sa.Column("bucket", sa.Text, nullable=False),
    sa.Column("bucket_account_id", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    # "" where requests may come from the internet
    sa.Column("vpc_id", sa.Text, nullable=False),
    sa.Column("public_access_block", sa.Text, nullable=False),
    sa.Column("policy", sa.Text),
    sa.Column("scope", sa.Text),
    sa.Column("tags", sa.Text),
    sa.Index("access_points_bucket", "bucket"),
)

multi_region_access_points = sa.Table(
    "multi_region_access_points",
    metadata,
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("alias", sa.Text, nullable=False, unique=True),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("public_access_block", sa.Text, nullable=False),
    # JSON: its buckets in their order, each with its region, its account and its traffic dial
    sa.Column("routes", sa.Text, nullable=False),
    sa.Column("policy", sa.Text),
)

multi_region_requests = sa.Table(
    "multi_region_requests",
    metadata,
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("token", sa.Text, primary_key=True),
    sa.Column("client_token", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("operation", sa.Text, nullable=False),
    # JSON: the request's parameters
    sa.Column("document", sa.Text, nullable=False),
    sa.Index("multi_region_requests_client", "account_id", "client_token"),
)

object_annotations = sa.Table(
    "object_annotations",
    metadata,
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

inventory_marks = sa.Table(
    "inventory_marks",
    metadata,
    sa.Column("bucket_id", sa.Integer, primary_key=True, autoincrement=False),
    # the configuration's id
    sa.Column("name", sa.Text, primary_key=True),
    # when the latest report's scan began; before the first one, when the configuration was put
    sa.Column("since", sa.Float, nullable=False),
    sa.Column("delivered", sa.Boolean, nullable=False),
)

database_identity = sa.Table("database_identity", metadata, sa.Column("id", sa.Text, primary_key=True))

outbox = outbox_table(metadata)

clock = clock_table(metadata)

sink_messages = sink_table(metadata)
