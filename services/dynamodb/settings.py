"""DynamoDB's settings."""

from __future__ import annotations

from dataclasses import dataclass

from awskit.settings import ServiceSettings, setting


@dataclass(frozen=True)
class DynamoDbSettings(ServiceSettings):
    """What the DynamoDB service reads beside what every service does."""

    database_url: str | None = setting(
        None, "RUSTSTACK_DYNAMODB_DATABASE_URL", help="database instead of dynamodb.db: postgresql+psycopg://..."
    )
    status_delay: float = setting(
        0.0,
        "RUSTSTACK_DYNAMODB_STATUS_DELAY",
        help="seconds that tables and indexes stay CREATING, UPDATING and DELETING",
    )
    replication_lag: float = setting(
        0.0,
        "RUSTSTACK_REPLICATION_LAG",
        help="seconds of the clock that a write to a global table takes to its other regions, at least",
    )
