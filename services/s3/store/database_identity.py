"""Which database this is, for the folder of the objects' bytes to name."""

from __future__ import annotations

import sqlalchemy as sa

from awskit.database import Transaction
from services.s3.store.tables import database_identity

_ID = sa.select(database_identity.c.id)


def database_id(transaction: Transaction) -> str:
    """The id that its migration gave it."""
    return str(transaction.connection.execute(_ID).scalar_one())
