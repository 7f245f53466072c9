"""What the SQS service reads from its environment, beside what every service reads."""

from __future__ import annotations

from dataclasses import dataclass

from awskit.settings import ServiceSettings, setting


@dataclass(frozen=True)
class SqsSettings(ServiceSettings):
    database_url: str | None = setting(
        None, "RUSTSTACK_SQS_DATABASE_URL", help="SQS's database; without it, sqs.db in the data folder"
    )
    endpoint_strategy: str = setting(
        "", "SQS_ENDPOINT_STRATEGY", help="form of queue URLs: standard, domain, path, dynamic or off"
    )
    localstack_host: str = setting(
        "", "LOCALSTACK_HOST", help="host (and :port) in queue URLs in place of the one the client called"
    )
    delay_recently_deleted: bool = setting(
        False, "SQS_DELAY_RECENTLY_DELETED", help="1: a deleted queue's name cannot be used again for 60 seconds"
    )
    delay_purge_retry: bool = setting(
        False, "SQS_DELAY_PURGE_RETRY", help="1: a queue can be purged only once in 60 seconds"
    )
    maximum_in_flight: int = setting(
        120_000, "RUSTSTACK_SQS_MAXIMUM_IN_FLIGHT", help="messages of one queue that can be in flight at once"
    )
