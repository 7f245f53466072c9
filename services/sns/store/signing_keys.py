"""The signing key, made with the schema."""

from __future__ import annotations

import sqlalchemy as sa

from awskit.database import Transaction
from services.sns.messages.signing import SigningKey
from services.sns.store.tables import signing_keys

_NEWEST = (
    sa.select(signing_keys.c.id, signing_keys.c.private_key, signing_keys.c.certificate)
    .order_by(signing_keys.c.created_at.desc())
    .limit(1)
)


def newest(transaction: Transaction) -> SigningKey:
    """The key to sign with."""
    row = transaction.connection.execute(_NEWEST).one()
    return SigningKey(row.id, row.private_key, row.certificate)
