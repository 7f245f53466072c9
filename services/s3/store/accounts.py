"""What an account has besides buckets: its public access block."""

from __future__ import annotations

from typing import Any

import orjson
import sqlalchemy as sa

from awskit.database import Transaction
from awskit.database.engines import insert
from services.s3.store import buckets
from services.s3.store.buckets import Bucket
from services.s3.store.tables import accounts

BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
"""The members of a PublicAccessBlockConfiguration."""

_GET = sa.select(accounts.c.public_access_block).where(accounts.c.account_id == sa.bindparam("account"))
_INSERT = insert(accounts)
_PUT = _INSERT.on_conflict_do_update(
    index_elements=["account_id"], set_={"public_access_block": _INSERT.excluded.public_access_block}
)


def public_access_block(transaction: Transaction, account_id: str) -> dict[str, Any] | None:
    """The account's own block, None where it has none."""
    text = transaction.connection.execute(_GET, {"account": account_id}).scalar()
    return None if text is None else orjson.loads(text)


def effective_block(transaction: Transaction, bucket: Bucket) -> dict[str, bool]:
    """What of public access is blocked for a bucket, by its own configuration or by its account's."""
    own = buckets.configuration(transaction, bucket, "public_access_block") or {}
    account = public_access_block(transaction, bucket.account_id) or {}
    return {name: bool(own.get(name) or account.get(name)) for name in BLOCKS}


def set_public_access_block(transaction: Transaction, account_id: str, block: dict[str, Any] | None) -> None:
    """Put the block in place of the one before; None takes it away."""
    text = None if block is None else orjson.dumps(block).decode()
    transaction.connection.execute(_PUT, {"account_id": account_id, "public_access_block": text})
