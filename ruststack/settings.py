"""The fleet's own settings: which processes, where they listen, and where init scripts are found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from awskit.settings import SettingsError, load, setting

SERVICES = ("s3", "dynamodb", "sqs", "sns")
"""The services that are processes of their own, in the order in which they are started."""

# Other names that `SERVICES` may hold: served by one of the four, or by the gateway itself.
_SERVED_BY = {"dynamodbstreams": "dynamodb", "s3control": "s3", "sts": None, "iam": None}
DEFAULT_PORT = 4566


@dataclass(frozen=True)
class FleetSettings:
    """What `ruststack up` reads; the command line's options win over the environment."""

    services: tuple[str, ...] = setting(
        (), "RUSTSTACK_SERVICES", "SERVICES", help="the services to start, separated by commas; empty: all"
    )
    host: str = setting("localhost", "RUSTSTACK_HOST", help="address that the gateway listens on")
    port: int = setting(DEFAULT_PORT, "RUSTSTACK_PORT", help="port that the gateway listens on")
    gateway_listen: tuple[str, ...] = setting(
        (), "GATEWAY_LISTEN", help="HOST:PORT, several separated by commas; RUSTSTACK_HOST and _PORT win"
    )
    data_dir: Path = setting(Path("data"), "RUSTSTACK_DATA_DIR", help="folder of the services' databases and objects")
    persistence: bool = setting(
        True, "RUSTSTACK_PERSISTENCE", "PERSISTENCE", help="0: nothing outlives the process that holds it"
    )
    init_dir: Path = setting(
        Path("/etc/localstack/init"), "RUSTSTACK_INIT_DIR", help="folder of boot.d, start.d, ready.d and shutdown.d"
    )
    stop_seconds: float = setting(
        9.0, "RUSTSTACK_STOP_SECONDS", help="how long a stop waits for requests in flight before it kills"
    )


def load_fleet_settings(environ: Mapping[str, str]) -> FleetSettings:
    """Read and check them. Raises `SettingsError`, one line, where a service's name or an address is unknown."""
    settings = load(FleetSettings, environ)
    enabled_services(settings)
    listen_addresses(settings, environ)
    return settings


def enabled_services(settings: FleetSettings) -> tuple[str, ...]:
    """The services to run, each once, in the order of `SERVICES`."""
    wanted = set()
    for name in settings.services:
        lowered = name.lower()
        if lowered not in SERVICES and lowered not in _SERVED_BY:
            raise SettingsError(f"unknown service {name!r}: there are {', '.join(SERVICES)}")
        wanted.add(_SERVED_BY.get(lowered, lowered))
    return tuple(name for name in SERVICES if not settings.services or name in wanted)


def listen_addresses(settings: FleetSettings, environ: Mapping[str, str]) -> list[tuple[str, int]]:
    """The (host, port) pairs of the gateway, the first of them being the one that is shown."""
    own = "RUSTSTACK_HOST" in environ or "RUSTSTACK_PORT" in environ
    if own or not settings.gateway_listen:
        return [(settings.host, settings.port)]
    return [_parse_address(text) for text in settings.gateway_listen]


def _parse_address(text: str) -> tuple[str, int]:
    host, separator, port = text.rpartition(":")
    if not separator:
        host, port = ("", text) if text.isdigit() else (text, str(DEFAULT_PORT))
    if not port.isdigit() or int(port) > 65_535:
        raise SettingsError(f"GATEWAY_LISTEN: {text!r} is not HOST:PORT")
    return host.strip("[]") or "0.0.0.0", int(port)
