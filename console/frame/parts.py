"""What all pages of a process share, put together once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from jinja2 import Environment

from awskit.http_client import Upstream
from console.frame.fleet_state import FleetStates
from console.frame.navigation import Entry
from console.frame.rates import Rates
from console.frame.sessions import Sessions
from console.frame.static_files import StaticFile
from console.settings import ConsoleSettings


@dataclass(slots=True)
class Parts:
    """See the module. `stopping` is set when the process ends: what goes on ends then."""

    settings: ConsoleSettings
    gateway: Upstream
    templates: Environment
    static_files: Mapping[str, StaticFile]
    sessions: Sessions
    states: FleetStates
    rates: Rates
    stopping: asyncio.Event
    navigation: tuple[tuple[str, tuple[Entry, ...]], ...] = field(default=())
