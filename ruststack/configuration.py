"""Every setting of the fleet's processes, its value and origin, for `ruststack config`; and names that are none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from awskit.settings import Origin, describe
from console.settings import ConsoleSettings
from gateway.settings import SERVICES, GatewaySettings
from ruststack.packages import default_data_dir
from ruststack.service_packages import service_settings_type
from ruststack.settings import FleetSettings

_PREFIX = "RUSTSTACK_"
_NEAR = 0.75  # of difflib's 1
_BY_FLEET = frozenset(
    {
        *(f"RUSTSTACK_{name.upper()}_URL" for name in SERVICES),
        *("RUSTSTACK_CONSOLE_URL", "RUSTSTACK_CONSOLE_HOST", "RUSTSTACK_CONSOLE_PORT", "RUSTSTACK_GATEWAY_URL"),
        *("RUSTSTACK_LISTEN_FDS", "RUSTSTACK_INIT_STATE", "RUSTSTACK_INIT_DONE", "RUSTSTACK_FLEET"),
    }
)
"""What a fleet tells its processes where nobody else does: they are on sockets of its own."""


def all_settings(environ: Mapping[str, str]) -> Iterator[Origin]:
    """The fleet's, the gateway's, the console's and each service's settings, each once. Raises `SettingsError`.

    Those that a fleet sees to have no value, and `fleet` for their origin, where `environ` does not say otherwise.
    """
    seen: set[str] = set()
    sources: list[type[Any]] = [FleetSettings, GatewaySettings, ConsoleSettings]
    sources += map(service_settings_type, SERVICES)
    for source in sources:
        for setting in describe(source, environ):
            if setting.name not in seen:
                seen.add(setting.name)
                if setting.name == "RUSTSTACK_DATA_DIR":
                    folder = setting.value if setting.origin != "default" else default_data_dir(environ)
                    setting = replace(setting, value=folder.absolute())  # noqa: PLW2901
                is_fleets = setting.name in _BY_FLEET and setting.origin == "default"
                yield replace(setting, value=None, origin="fleet") if is_fleets else setting


def nearest_setting(name: str) -> str | None:
    """The setting that is called so, or nearly so; None where none is."""
    from difflib import get_close_matches

    known = _names(all_settings({}))
    if name in known:
        return name
    # what all begin with makes none of them more alike
    own = sorted(alias for alias in known if alias.startswith(_PREFIX))
    others = [] if name.startswith(_PREFIX) else sorted(known.difference(own))
    bare = {alias.removeprefix(_PREFIX): alias for alias in (*own, *others)}
    close = get_close_matches(name.upper().removeprefix(_PREFIX), bare, n=1, cutoff=_NEAR)
    return bare[close[0]] if close else None


def _names(settings: Iterable[Origin]) -> set[str]:
    return {name for setting in settings for name in (setting.name, *setting.aliases)}
