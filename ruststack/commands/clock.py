"""`ruststack clock ...`."""

from __future__ import annotations

import math
from typing import Annotated

import typer

from ruststack.control_client import ControlClient
from ruststack.options import EndpointUrl
from ruststack.refusal import Refused

app = typer.Typer(no_args_is_help=True)


@app.callback(rich_help_panel="State")
def clock() -> None:
    """The clock of a running fleet."""


@app.command()
def advance(
    seconds: Annotated[float, typer.Argument(help="Seconds, forward.")], endpoint_url: EndpointUrl = ""
) -> None:
    """Move the clock of every service forward: time-outs, retention and TTL come due."""
    if not (seconds >= 0 and math.isfinite(seconds)):
        raise Refused(f"advance takes seconds, forward, not {seconds:g}")
    ControlClient(endpoint_url).ask("POST", "/_ruststack/clock", {"advance": str(seconds)})
    print(f"{seconds:g} s forward")
