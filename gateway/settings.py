"""The gateway's settings."""

from __future__ import annotations

from dataclasses import dataclass

from awskit.settings import WATCHDOG_HELP, EdgeSettings, SettingsError, setting

SERVICES = ("s3", "dynamodb", "sqs", "sns")
_SERVED_BY = {"dynamodbstreams": "dynamodb", "s3control": "s3", "sts": None, "iam": None}


@dataclass(frozen=True)
class GatewaySettings(EdgeSettings):
    """Where the gateway listens, which services there are, and where they are."""

    services: tuple[str, ...] = setting(
        (), "RUSTSTACK_SERVICES", "SERVICES", help="the services that are enabled, separated by commas; empty: all"
    )
    host: str = setting("127.0.0.1", "RUSTSTACK_HOST", help="address that the gateway listens on")
    port: int = setting(4566, "RUSTSTACK_PORT", help="port that the gateway listens on")
    listen_fds: tuple[str, ...] = setting(
        (), "RUSTSTACK_LISTEN_FDS", help="descriptors of listening sockets handed down, instead of host and port"
    )
    s3_url: str = setting("http://127.0.0.1:9001", "RUSTSTACK_S3_URL", help="address(es) of the S3 service")
    dynamodb_url: str = setting(
        "http://127.0.0.1:9004", "RUSTSTACK_DYNAMODB_URL", help="address(es) of the DynamoDB service"
    )
    sqs_url: str = setting("http://127.0.0.1:9002", "RUSTSTACK_SQS_URL", help="address(es) of the SQS service")
    sns_url: str = setting("http://127.0.0.1:9003", "RUSTSTACK_SNS_URL", help="address(es) of the SNS service")
    localstack_host: str = setting(
        "",
        "RUSTSTACK_HOSTNAME",
        "LOCALSTACK_HOST",
        help="host name whose subdomains are buckets and services too",
    )
    init_state: str = setting("", "RUSTSTACK_INIT_STATE", help="file that says how far the init scripts are")
    log_level: str = setting("INFO", "RUSTSTACK_LOG_LEVEL", help="DEBUG, INFO, WARNING or ERROR")
    debug: bool = setting(False, "RUSTSTACK_DEBUG", "DEBUG", help="1: log every request")
    watchdog_seconds: float = setting(10.0, "RUSTSTACK_WATCHDOG_SECONDS", help=WATCHDOG_HELP)

    @property
    def enabled(self) -> tuple[str, ...]:
        """The services to pass requests to, each once. Raises `SettingsError` where `services` names an unknown one."""
        wanted: set[str] = set()
        for name in self.services:
            lowered = name.lower()
            if lowered not in SERVICES and lowered not in _SERVED_BY:
                raise SettingsError(f"unknown service {name!r}: there are {', '.join(SERVICES)}")
            wanted.add(_SERVED_BY.get(lowered, lowered) or "")
        return tuple(name for name in SERVICES if not self.services or name in wanted)

    def url(self, service: str) -> str:
        """The address(es) of `service`."""
        return {"s3": self.s3_url, "dynamodb": self.dynamodb_url, "sqs": self.sqs_url, "sns": self.sns_url}[service]
