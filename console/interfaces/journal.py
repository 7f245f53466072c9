"""What was asked of the services, and the ways of messages: `/_ruststack/requests` and `/_ruststack/trace/ID`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import quote

from console.interfaces.errors import ControlError
from console.interfaces.fleet import FleetClient

Entry = dict[str, Any]
_PATH = "/_ruststack/requests"


async def requests(fleet: FleetClient, filters: Mapping[str, str], limit: int) -> list[Entry]:
    """The last ones that fit `filters`, the newest first. ControlError 409 where no journal is kept."""
    answer = await fleet.ask("GET", _PATH, {**filters, "limit": str(limit)})
    found: list[Entry] = answer["requests"]
    return found[::-1]


def follow(fleet: FleetClient, filters: Mapping[str, str]) -> AsyncIterator[Entry | None]:
    """Those that come, one by one; None where none has come for long."""
    return fleet.follow(_PATH, {**filters, "limit": "0", "follow": "1"})


async def trace(fleet: FleetClient, reference: str) -> list[Entry]:
    """All that is remembered of a request, a message or a trace header, in the order of time."""
    try:
        answer = await fleet.ask("GET", f"/_ruststack/trace/{quote(reference, safe='')}")
    except ControlError as error:
        if error.status == 404:
            return []
        raise
    found: list[Entry] = answer["trace"]
    return found
