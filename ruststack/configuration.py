"""Every setting of the fleet's processes, with its value and origin, for `ruststack config`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from awskit.settings import Origin, describe
from console.settings import ConsoleSettings
from gateway.settings import SERVICES, GatewaySettings
from ruststack.service_packages import service_settings_type
from ruststack.settings import FleetSettings


def all_settings(environ: Mapping[str, str]) -> Iterator[Origin]:
    """The fleet's, the gateway's, the console's and each service's settings, each once. Raises `SettingsError`."""
    seen: set[str] = set()
    sources: list[type[Any]] = [FleetSettings, GatewaySettings, ConsoleSettings]
    sources += map(service_settings_type, SERVICES)
    for source in sources:
        for setting in describe(source, environ):
            if setting.name not in seen:
                seen.add(setting.name)
                yield setting
