"""What the SNS service reads from its environment, beside what every service reads."""

from __future__ import annotations

from dataclasses import dataclass

from awskit.settings import ServiceSettings, setting


@dataclass(frozen=True)
class SnsSettings(ServiceSettings):
    database_url: str | None = setting(
        None, "RUSTSTACK_SNS_DATABASE_URL", help="SNS's database; without it, sns.db in the data folder"
    )
    http_timeout: float = setting(
        15.0, "RUSTSTACK_SNS_HTTP_TIMEOUT", help="seconds that an HTTP/S subscription's endpoint has to answer"
    )
    http_targets: tuple[str, ...] = setting(
        (),
        "RUSTSTACK_SNS_HTTP_TARGETS",
        help="hosts that HTTP/S subscriptions may be sent to, where not to all: localhost,*.test,10.0.0.0/8,::1",
    )
    settle_timeout: float = setting(
        1.0, "RUSTSTACK_SNS_SETTLE_TIMEOUT", help="seconds that Publish waits for the first try of its SQS deliveries"
    )
