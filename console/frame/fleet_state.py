"""What every page says of the fleet itself, asked once for all pages of a second or two."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from awskit.fallback.places import EVERYTHING_ELSE
from awskit.wire.service_names import signing_names
from console.interfaces.errors import ControlError, FleetAway
from console.interfaces.fleet import FleetClient
from console.settings import SERVICES

_FRESH_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class ServiceState:
    """One service: `running`, `failing` (its data cannot be written), `unavailable`, or `off` (not in `SERVICES`)."""

    name: str
    status: str
    pid: int | None = None
    faults: tuple[str, ...] = ()
    instances: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def answers(self) -> bool:
        return self.status in ("running", "failing")


@dataclass(frozen=True, slots=True)
class Standby:
    """Another emulator, for the services that RUSTSTACK_FALLBACK_URL calls `name`: `*` is all that are not the fleet's.

    `signing_names` are those that the journal has of these services.
    """

    name: str
    address: str
    answers: bool
    signing_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FleetState:
    """Every service by its name, other emulators, and the clock that they go by."""

    services: Mapping[str, ServiceState]
    clock_offset: float = 0.0
    is_away: bool = False
    standbys: tuple[Standby, ...] = ()

    @property
    def now(self) -> float:
        """The fleet's time, in epoch seconds."""
        return time.time() + self.clock_offset


class FleetStates:
    """See the module."""

    def __init__(self) -> None:
        self._state: FleetState | None = None
        self._asked = 0.0

    def forget(self) -> None:
        """Something of it has just been changed."""
        self._state = None

    async def current(self, fleet: FleetClient) -> FleetState:
        if self._state is None or time.monotonic() - self._asked > _FRESH_SECONDS:
            self._state = await self._ask(fleet)
            self._asked = time.monotonic()
        return self._state

    @staticmethod
    async def _ask(fleet: FleetClient) -> FleetState:
        try:
            health = await fleet.health()
        except (FleetAway, ControlError):
            return FleetState({name: ServiceState(name, "unavailable") for name in SERVICES}, is_away=True)
        try:
            offset = (await fleet.clock())["offset"]
        except (FleetAway, ControlError):
            offset = 0.0  # who may not read the clock sees the usual time
        services = {name: _service(name, health["services"].get(name)) for name in SERVICES}
        standbys = tuple(_standby(name, entry) for name, entry in health.get("fallback", {}).items())
        return FleetState(services, offset, standbys=standbys)


def _service(name: str, entry: Mapping[str, Any] | None) -> ServiceState:
    if entry is None:
        return ServiceState(name, "off")
    faults = tuple(str(fault) for fault in entry.get("faults", ()))
    return ServiceState(name, entry["status"], entry.get("pid"), faults, entry.get("instances", {}))


def _standby(name: str, entry: Mapping[str, Any]) -> Standby:
    # `cloudwatch` is called `monitoring` in signatures, and in the journal
    names = () if name == EVERYTHING_ELSE else tuple(sorted(signing_names(name) - {name})) or (name,)
    return Standby(name, entry["address"], entry["status"] == "running", names)
