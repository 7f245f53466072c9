"""What a fleet was started with, so that somebody who asks for another one at its place can be told so.

In: the environment. Out: settings as text, the same for all ways to say the same. What only the services themselves
read is not among them.
"""

from __future__ import annotations

from collections.abc import Mapping

from awskit.settings import ServiceSettings, describe
from gateway.settings import GatewaySettings
from ruststack.settings import (
    FleetSettings,
    access_mode,
    enabled_services,
    listen_addresses,
    load_fleet_settings,
    replica_counts,
)

_KINDS = (FleetSettings, GatewaySettings, ServiceSettings)
_HOSTS = ("RUSTSTACK_HOST", "GATEWAY_LISTEN")
_SERVICES = ("RUSTSTACK_SERVICES", "SERVICES")
_COMPARED = frozenset(
    {
        *_HOSTS,
        *_SERVICES,
        *("RUSTSTACK_REPLICAS", "RUSTSTACK_AUTH", "RUSTSTACK_CREDENTIALS", "RUSTSTACK_CONSOLE", "RUSTSTACK_JOURNAL"),
        *("RUSTSTACK_FALLBACK_URL", "RUSTSTACK_FALLBACK_CA_BUNDLE", "RUSTSTACK_FALLBACK_VERIFY"),
        *("RUSTSTACK_INIT_DIR", "RUSTSTACK_SYNCHRONOUS", "RUSTSTACK_DEBUG"),
        *("RUSTSTACK_LOG_LEVEL", "RUSTSTACK_HOSTNAME", "LOCALSTACK_HOST", "RUSTSTACK_ALLOWED_HOSTS"),
        *("EXTRA_CORS_ALLOWED_ORIGINS", "DISABLE_CORS_CHECKS", "RUSTSTACK_TRUSTED_PROXIES"),
    }
)


def started_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """By the variable's first name. Raises `SettingsError`."""
    found = {
        setting.name: _text(setting.value)
        for kind in _KINDS
        for setting in describe(kind, environ)
        if setting.name in _COMPARED
    }
    settings = load_fleet_settings(environ)
    hosts = ",".join(sorted({host for host, _ in listen_addresses(settings, environ)}))
    services = ",".join(enabled_services(environ)) or "none"
    replicas = ",".join(f"{name}={count}" for name, count in sorted(replica_counts(settings).items()) if count > 1)
    return {
        **found,
        **dict.fromkeys(_HOSTS, hosts),
        **dict.fromkeys(_SERVICES, services),
        "RUSTSTACK_REPLICAS": replicas or "one of each",
        "RUSTSTACK_AUTH": access_mode(environ),
        "RUSTSTACK_CONSOLE": found["RUSTSTACK_CONSOLE"].lower() or "1",
    }


def other_setting(started: Mapping[str, str], environ: Mapping[str, str]) -> tuple[str, str, str] | None:
    """The first variable that `environ` has otherwise than a fleet was started with: its name, there, and here.

    What `environ` does not speak of may be anything.
    """
    wanted = started_settings(environ)
    spoken_of = {setting.name for kind in _KINDS for setting in describe(kind, environ) if setting.origin != "default"}
    for name in sorted(spoken_of.intersection(wanted, started)):
        if wanted[name] != started[name]:
            return name, started[name], wanted[name]
    return None


def misspelt_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Which variables are nearly settings, and which settings those are."""
    usual = {name for kind in _KINDS for setting in describe(kind, {}) for name in (setting.name, *setting.aliases)}
    strange = [name for name in environ if name.startswith("RUSTSTACK_") and name not in usual]
    if not strange:
        return {}
    from ruststack.configuration import nearest_setting  # which reads the services' own, too

    found = {name: nearest_setting(name) for name in strange}
    return {name: meant for name, meant in found.items() if meant is not None and meant != name}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(int(value))
    return ",".join(map(str, value)) if isinstance(value, tuple) else "" if value is None else str(value)
