"""What can be made so on purpose: faults, the clock, seeds.

`seed` runs the command that there is for it, in a process of its own: a seed speaks AWS's API as any client does.
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from console.interfaces.credentials import Credentials
from console.interfaces.fleet import FleetClient

_FAULTS = "/_ruststack/faults"
_CLOCK = "/_ruststack/clock"
_SECONDS = 120.0
_MOST_OUTPUT = 64 * 1024


async def faults(fleet: FleetClient) -> list[dict[str, Any]]:
    """The rules, each with its `hits`."""
    answer = await fleet.ask("GET", _FAULTS)
    found: list[dict[str, Any]] = answer["faults"]
    return found


async def add_fault(fleet: FleetClient, rule: dict[str, Any]) -> str:
    """The new rule's id. Raises `ControlError` where it cannot be used."""
    answer = await fleet.ask("POST", _FAULTS, content=rule, accepted=(201,))
    return str(answer["faults"][0]["id"])


async def clear_faults(fleet: FleetClient, rule_id: str = "") -> None:
    """One, or all."""
    await fleet.ask("DELETE", _FAULTS, {"id": rule_id} if rule_id else None)


async def move_clock(fleet: FleetClient, how: str, value: str) -> None:
    """`how` is `advance` (seconds), `set` (a time) or `offset`. Raises `ControlError` where it cannot be so."""
    await fleet.ask("POST", _CLOCK, {how: value})


@dataclass(frozen=True, slots=True)
class SeedRun:
    """What a seed has changed, or would: the lines that the command says."""

    succeeded: bool
    text: str


async def seed(gateway_url: str, credentials: Credentials | None, text: str, *, dry_run: bool) -> SeedRun:
    """Bring the fleet to what `text` says. It may not name files: they would be read from the console's machine."""
    with TemporaryDirectory(prefix="ruststack-seed-") as folder:
        file = Path(folder, "seed.yaml")
        await asyncio.to_thread(file.write_text, text, encoding="utf-8", errors="replace")
        options = ["--no-files", "--endpoint-url", gateway_url, *(["--dry-run"] if dry_run else [])]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ruststack", "seed", str(file), *options),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=_environment(credentials),
        )
        try:
            async with asyncio.timeout(_SECONDS):
                said, _ = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            return SeedRun(False, f"It was not done within {_SECONDS:.0f} s, and was stopped.")
    output = said[:_MOST_OUTPUT].decode("utf-8", "replace").replace(f"{file}", "seed.yaml").strip()
    return SeedRun(process.returncode == 0, output)


def _environment(credentials: Credentials | None) -> dict[str, str]:
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200"}
    if credentials is not None:
        environment["AWS_ACCESS_KEY_ID"] = credentials.access_key_id
        environment["AWS_SECRET_ACCESS_KEY"] = credentials.secret_access_key
        if credentials.session_token:
            environment["AWS_SESSION_TOKEN"] = credentials.session_token
    return environment
