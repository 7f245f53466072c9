"""DynamoDB's first schema; `services/dynamodb/store/schema.py` says what is what."""

from __future__ import annotations

from alembic import op

from services.dynamodb.store.schema import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    metadata.create_all(op.get_bind())
