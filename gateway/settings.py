"""The gateway's settings."""

from __future__ import annotations

from dataclasses import dataclass

from awskit.settings import (
    CONSOLE_HELP,
    CONSOLE_MODES,
    LOG_LEVELS,
    PORTS,
    WATCHDOG_HELP,
    EdgeSettings,
    SettingsError,
    setting,
)

SERVICES = ("s3", "dynamodb", "sqs", "sns")
_SERVED_BY = {"dynamodbstreams": "dynamodb", "s3control": "s3", "sts": None, "iam": None}


@dataclass(frozen=True)
class GatewaySettings(EdgeSettings):
    """Where the gateway listens, which services there are, and where they are."""

    services: tuple[str, ...] = setting(
        (), "RUSTSTACK_SERVICES", help="the services that are enabled, separated by commas; empty: all"
    )
    localstack_services: tuple[str, ...] = setting(
        (), "SERVICES", help="the same as LocalStack has it (s3,lambda or s3:4572): what is not here is left out"
    )
    host: str = setting("127.0.0.1", "RUSTSTACK_HOST", help="address that the gateway listens on")
    port: int = setting(4566, "RUSTSTACK_PORT", help="port that the gateway listens on", within=PORTS)
    listen_fds: tuple[str, ...] = setting(
        (), "RUSTSTACK_LISTEN_FDS", help="descriptors of listening sockets handed down, instead of host and port"
    )
    s3_url: str = setting("http://127.0.0.1:9001", "RUSTSTACK_S3_URL", help="address(es) of the S3 service")
    dynamodb_url: str = setting(
        "http://127.0.0.1:9004", "RUSTSTACK_DYNAMODB_URL", help="address(es) of the DynamoDB service"
    )
    sqs_url: str = setting("http://127.0.0.1:9002", "RUSTSTACK_SQS_URL", help="address(es) of the SQS service")
    sns_url: str = setting("http://127.0.0.1:9003", "RUSTSTACK_SNS_URL", help="address(es) of the SNS service")
    console: str = setting("", "RUSTSTACK_CONSOLE", help=CONSOLE_HELP, choices=CONSOLE_MODES)
    console_url: str = setting("", "RUSTSTACK_CONSOLE_URL", help="address of the console; empty: there is none")
    localstack_host: str = setting(
        "",
        "RUSTSTACK_HOSTNAME",
        "LOCALSTACK_HOST",
        help="host name whose subdomains are buckets and services too",
    )
    tls_dir: str = setting(
        "",
        "RUSTSTACK_TLS_DIR",
        help="folder of the authority for https (a fleet's: the user's data folder; else gone with the process)",
    )
    init_done: str = setting(
        "", "RUSTSTACK_INIT_DONE", help="file that says which init scripts have succeeded (RUSTSTACK_INIT_ONCE)"
    )
    init_state: str = setting("", "RUSTSTACK_INIT_STATE", help="file that says how far the init scripts are")
    log_level: str = setting("INFO", "RUSTSTACK_LOG_LEVEL", help="DEBUG, INFO, WARNING or ERROR", choices=LOG_LEVELS)
    debug: bool = setting(False, "RUSTSTACK_DEBUG", "DEBUG", help="1: log every request")
    watchdog_seconds: float = setting(10.0, "RUSTSTACK_WATCHDOG_SECONDS", help=WATCHDOG_HELP)

    @property
    def enabled(self) -> tuple[str, ...]:
        """The services to pass requests to, each once. Raises `SettingsError` where `services` names an unknown one."""
        for name in self.services:
            if not _is_known(name):
                raise SettingsError(f"unknown service {name!r}: there are {', '.join(SERVICES)}")
        named = self.services or self.localstack_services
        wanted = {_SERVED_BY.get(name, name) for name in map(_plain_name, named)}
        return tuple(name for name in SERVICES if not named or name in wanted)

    @property
    def own_services(self) -> frozenset[str]:
        """What no other emulator stands in for. Raises as `enabled` does."""
        return frozenset(("sts", *self.enabled))

    @property
    def unknown(self) -> tuple[str, ...]:
        """What `SERVICES` names and is not here."""
        return tuple(name for name in self.localstack_services if not self.services and not _is_known(name))

    def url(self, service: str) -> str:
        """The address(es) of `service`."""
        return {"s3": self.s3_url, "dynamodb": self.dynamodb_url, "sqs": self.sqs_url, "sns": self.sns_url}[service]


def _plain_name(text: str) -> str:
    """`S3:4572` is how LocalStack's first versions were told a port as well."""
    return text.partition(":")[0].strip().lower()


def _is_known(text: str) -> bool:
    name = _plain_name(text)
    return name in SERVICES or name in _SERVED_BY
