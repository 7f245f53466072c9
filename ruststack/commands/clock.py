"""`ruststack clock ...`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

import typer

from ruststack.control_client import ControlClient
from ruststack.options import EndpointUrl
from ruststack.refusal import Refused

_PATH = "/_ruststack/clock"

app = typer.Typer(invoke_without_command=True)


@app.callback(rich_help_panel="State")
def clock(context: typer.Context, endpoint_url: EndpointUrl = "") -> None:
    """Read or move the clock of a running fleet: time-outs, retention, TTL go by it."""
    if context.invoked_subcommand is None:
        print(_shown(ControlClient(endpoint_url).ask("GET", _PATH)))


@app.command()
def advance(
    seconds: Annotated[float, typer.Argument(help="Seconds, forward.")], endpoint_url: EndpointUrl = ""
) -> None:
    """Move the clock of every service forward: time-outs, retention and TTL come due."""
    if not (seconds >= 0 and math.isfinite(seconds)):
        raise Refused(f"advance takes seconds, forward, not {seconds:g}")
    ControlClient(endpoint_url).ask("POST", _PATH, {"advance": str(seconds)})
    print(f"{seconds:g} s forward")


@app.command("set")
def set_clock(
    time: Annotated[str, typer.Argument(help="ISO 8601 (UTC unless it says otherwise) or epoch seconds.")],
    endpoint_url: EndpointUrl = "",
) -> None:
    """Put the clock of every service to a time, later or earlier; it goes on from there."""
    print(_shown(ControlClient(endpoint_url).ask("POST", _PATH, {"set": time})))


@app.command()
def reset(endpoint_url: EndpointUrl = "") -> None:
    """Put the clock of every service back to this machine's."""
    print(_shown(ControlClient(endpoint_url).ask("POST", _PATH, {"offset": "0"})))


def _shown(reading: Mapping[str, float]) -> str:
    moment = datetime.fromtimestamp(reading["now"], UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    offset = round(reading["offset"])
    if offset == 0:
        return moment
    return f"{moment} ({abs(offset)} s {'ahead of' if offset > 0 else 'behind'} this machine's)"
