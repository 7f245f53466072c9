"""The fleet's state under a name: `/_ruststack/snapshots`. Raised: `ControlError`, whose text says what cannot be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

from console.interfaces.fleet import FleetClient

_PATH = "/_ruststack/snapshots"
_SECONDS = 600.0

Snapshot = dict[str, Any]


async def list_snapshots(fleet: FleetClient) -> list[Snapshot]:
    """The newest first: `name`, `saved_at`, `version`, `account`, `size`, `services`."""
    answer = await fleet.ask("GET", _PATH)
    found: list[Snapshot] = answer["snapshots"]
    return found


async def save_snapshot(fleet: FleetClient, name: str, account: str, *, replace: bool) -> None:
    """Keep what is there now; of one account alone, if one is given."""
    query = {"name": name, **_options(account, replace=replace)}
    await fleet.ask("POST", _PATH, query, accepted=(201,), timeout=_SECONDS)


async def load_snapshot(fleet: FleetClient, name: str, account: str, *, at_saved_time: bool) -> list[str]:
    """Put it in place of what is there now; the services that it does not have, which are left as they are."""
    query = {**_options(account), **({"clock": "saved"} if at_saved_time else {})}
    answer = await fleet.ask("POST", f"{_PATH}/{quote(name, safe='')}/load", query, timeout=_SECONDS)
    left_alone: list[str] = answer["left_alone"]
    return left_alone


async def delete_snapshot(fleet: FleetClient, name: str) -> None:
    await fleet.ask("DELETE", f"{_PATH}/{quote(name, safe='')}")


async def import_snapshot(fleet: FleetClient, content: bytes, name: str, *, replace: bool) -> str:
    """Make one of a file that was exported; its name."""
    query = {**({"name": name} if name else {}), **_options("", replace=replace)}
    answer = await fleet.ask("POST", f"{_PATH}/file", query, content, accepted=(201,), timeout=_SECONDS)
    return str(answer["name"])


def exported(fleet: FleetClient, name: str) -> AsyncIterator[bytes]:
    """The file, piece by piece."""
    return fleet.pieces(f"{_PATH}/{quote(name, safe='')}/file")


def _options(account: str, *, replace: bool = False) -> dict[str, str]:
    return {**({"account": account} if account else {}), **({"replace": "1"} if replace else {})}
