"""The console's settings."""

from __future__ import annotations

from dataclasses import dataclass

from awskit.settings import (
    CONSOLE_HELP,
    CONSOLE_MODES,
    LOG_LEVELS,
    PORTS,
    WATCHDOG_HELP,
    EdgeSettings,
    setting,
)

SERVICES = ("s3", "dynamodb", "sqs", "sns")


@dataclass(frozen=True)
class ConsoleSettings(EdgeSettings):
    """Where the console listens, where the fleet is, and what the console may do."""

    host: str = setting("127.0.0.1", "RUSTSTACK_CONSOLE_HOST", help="address that the console listens on")
    port: int = setting(9005, "RUSTSTACK_CONSOLE_PORT", help="port that the console listens on", within=PORTS)
    gateway_url: str = setting(
        "http://127.0.0.1:4566", "RUSTSTACK_GATEWAY_URL", help="address of the gateway, for the console"
    )
    mode: str = setting("", "RUSTSTACK_CONSOLE", help=CONSOLE_HELP, choices=CONSOLE_MODES)
    idle_seconds: float = setting(
        1800.0, "RUSTSTACK_CONSOLE_IDLE_SECONDS", help="after which a fleet's console ends, until somebody comes"
    )
    persistence: bool = setting(
        True, "RUSTSTACK_PERSISTENCE", "PERSISTENCE", help="0: nothing outlives the process that holds it"
    )
    log_level: str = setting("INFO", "RUSTSTACK_LOG_LEVEL", help="DEBUG, INFO, WARNING or ERROR", choices=LOG_LEVELS)
    debug: bool = setting(False, "RUSTSTACK_DEBUG", "DEBUG", help="1: log every request")
    watchdog_seconds: float = setting(10.0, "RUSTSTACK_WATCHDOG_SECONDS", help=WATCHDOG_HELP)

    @property
    def is_readonly(self) -> bool:
        """Whether pages show and change nothing."""
        return self.mode.lower() == "readonly"

    @property
    def asks_who(self) -> bool:
        """Whether the fleet wants to know who asks: then a key with its secret is asked for."""
        return self.auth.strip().lower() in ("signatures", "enforce")
