"""The fleet's own settings: where it listens, where its state and its init scripts are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from awskit.access.modes import parse_mode
from awskit.settings import PORTS, SettingsError, load, setting
from gateway.settings import SERVICES, GatewaySettings

DEFAULT_PORT = 4566
_MOST_REPLICAS = 16
_EVERY_INTERFACE = ("0.0.0.0", "::", "")


@dataclass(frozen=True)
class FleetSettings:
    """What `ruststack up` reads; the command line's options win over the environment."""

    host: str = setting("localhost", "RUSTSTACK_HOST", help="address that the gateway listens on")
    port: int = setting(
        DEFAULT_PORT, "RUSTSTACK_PORT", help="port that the gateway listens on; 0: one that is free", within=PORTS
    )
    gateway_listen: tuple[str, ...] = setting(
        (), "GATEWAY_LISTEN", help="HOST:PORT, or several; RUSTSTACK_HOST and _PORT win"
    )
    data_dir: Path = setting(Path("data"), "RUSTSTACK_DATA_DIR", help="folder of the services' databases and objects")
    persistence: bool = setting(
        True, "RUSTSTACK_PERSISTENCE", "PERSISTENCE", help="0: nothing outlives the process that holds it"
    )
    init_dir: Path = setting(
        Path("/etc/localstack/init"), "RUSTSTACK_INIT_DIR", help="folder of boot.d, start.d, ready.d and shutdown.d"
    )
    init_once: bool = setting(
        False, "RUSTSTACK_INIT_ONCE", help="1: a script of ready.d that has succeeded on a data folder is not run again"
    )
    seeds: tuple[str, ...] = setting(
        (), "RUSTSTACK_SEED", help="YAML files that say what there is to be before the fleet is ready (docs/seeds.md)"
    )
    replicas: tuple[str, ...] = setting(
        (), "RUSTSTACK_REPLICAS", help="how many processes each service is, where it is not one: sqs=3"
    )
    stop_seconds: float = setting(
        9.0, "RUSTSTACK_STOP_SECONDS", help="how long a stop waits for requests in flight before it kills"
    )
    otlp_endpoint: str | None = setting(
        None,
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        help="where OpenTelemetry's spans of what is asked are sent to, by HTTP; needs ruststack[otel]",
    )
    lifeline: Path | None = setting(
        None, "RUSTSTACK_LIFELINE", help="a file: the fleet ends when no process holds a lock (flock) on it any more"
    )

    @property
    def seed_files(self) -> list[str]:
        """`seeds`, wherever they are named from."""
        return [str(Path(file).absolute()) for file in self.seeds]

    @property
    def kept_in(self) -> Path | None:
        """The data folder; None where nothing is kept."""
        return self.data_dir if self.persistence else None


def load_fleet_settings(environ: Mapping[str, str]) -> FleetSettings:
    """Read and check them. Raises `SettingsError`, one line, where one cannot be used."""
    settings = load(FleetSettings, environ)
    enabled_services(environ)
    access_mode(environ)
    _check_fallback(environ)
    listen_addresses(settings, environ)
    replica_counts(settings)
    return settings


def _check_fallback(environ: Mapping[str, str]) -> None:
    """Raises `SettingsError` where RUSTSTACK_FALLBACK_URL, or a bundle for it, cannot be used."""
    given = load(GatewaySettings, environ)
    if given.fallback_urls:
        from awskit.fallback.places import FallbackPlaces
        from awskit.fallback.trust import trusted

        places = FallbackPlaces.of(given.fallback_urls)
        places.refuse(given.own_services)
        trusted(places, given)


def replica_counts(settings: FleetSettings) -> dict[str, int]:
    """How many processes a service is to be, for those that it is said of. Raises `SettingsError`."""
    counts: dict[str, int] = {}
    for text in settings.replicas:
        name, _, number = text.partition("=")
        if name not in SERVICES:
            raise SettingsError(f"RUSTSTACK_REPLICAS: {text!r} names none of {', '.join(SERVICES)}: say sqs=3")
        if not number.isdecimal() or not number.isascii() or not 1 <= int(number[:4]) <= _MOST_REPLICAS:
            raise SettingsError(f"RUSTSTACK_REPLICAS: {text!r}: a service is 1 to {_MOST_REPLICAS} processes")
        if int(number) > 1 and not settings.persistence:
            raise SettingsError(f"RUSTSTACK_REPLICAS: {text!r}: replicas share what is kept, and nothing is to be")
        counts[name] = int(number)
    return counts


def enabled_services(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The services to run, as the gateway reads them: each once, in the order in which they are started."""
    return load(GatewaySettings, environ).enabled


def offers_console(environ: Mapping[str, str]) -> bool:
    """Whether this machine is to have a console of its own: there is to be one, and none is elsewhere."""
    given = load(GatewaySettings, environ)
    return given.console != "0" and not given.console_url


def access_mode(environ: Mapping[str, str]) -> str:
    """`RUSTSTACK_AUTH`'s mode. Raises `SettingsError`, also where the credentials file cannot be used."""
    given = load(GatewaySettings, environ)
    mode = parse_mode(given.auth, given.credentials)
    if mode != "off":
        from awskit.access.credentials_file import load_identities

        load_identities(given.credentials)
    return mode


def unknown_services(environ: Mapping[str, str]) -> tuple[str, ...]:
    """What LocalStack's `SERVICES` names and RustStack does not have."""
    return load(GatewaySettings, environ).unknown


def listen_addresses(settings: FleetSettings, environ: Mapping[str, str]) -> list[tuple[str, int]]:
    """The (host, port) pairs of the gateway, the first of them being the one that is shown."""
    addresses = [_parse_address(text) for text in settings.gateway_listen] or [(settings.host, settings.port)]
    own_host, own_port = "RUSTSTACK_HOST" in environ, "RUSTSTACK_PORT" in environ
    if own_host or own_port:
        host, port = addresses[0]
        return [(settings.host if own_host else host, settings.port if own_port else port)]
    return addresses


def endpoint_url(settings: FleetSettings, environ: Mapping[str, str], port: int | None = None) -> str:
    """Where a client on this machine reaches the gateway; `port` is the one it has, where 0 was asked for."""
    host, asked = listen_addresses(settings, environ)[0]
    port = port or asked
    if host in _EVERY_INTERFACE:
        host = "localhost"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _parse_address(text: str) -> tuple[str, int]:
    host, separator, port = text.rpartition(":")
    if not separator:
        host, port = ("", text) if text.isdigit() else (text, str(DEFAULT_PORT))
    if not port.isdecimal() or not port.isascii() or len(port) > 5 or int(port) not in PORTS:
        raise SettingsError(f"GATEWAY_LISTEN: {text!r} is not HOST:PORT")
    return host.strip("[]") or "0.0.0.0", int(port)
