"""`ruststack wait`."""

from __future__ import annotations

import os
import time
from typing import Annotated, Any

import typer

from ruststack.control_client import ControlClient, NoAnswer
from ruststack.fleets.own_fleets import elsewhere
from ruststack.options import EndpointUrl

_POLL_SECONDS = 0.1

app = typer.Typer()


@app.command(rich_help_panel="Run")
def wait(
    timeout: Annotated[float, typer.Option(help="Seconds.")] = 60.0,
    endpoint_url: EndpointUrl = "",
) -> None:
    """Wait until a fleet is ready: every service answers, seeds are in and init scripts have been run.

    Exits with 1 where it is not ready in time, also where something else answers there until then, or where an init
    script has failed.
    """
    client = ControlClient(endpoint_url, timeout=5)
    deadline = time.monotonic() + timeout
    missing = ""
    while True:
        try:
            answer = client.ask("GET", "/_ruststack/ready", accepted=(200, 503), holding="ready")
            missing = _missing(answer)
            if answer["ready"]:
                break
        except NoAnswer as error:
            missing = f"{error}{elsewhere(client.endpoint, os.environ)}"
        if time.monotonic() >= deadline:
            typer.echo(f"ruststack: not ready after {timeout:g} s: {missing}", err=True)
            raise typer.Exit(1)
        time.sleep(min(_POLL_SECONDS, max(0.0, deadline - time.monotonic())))
    failed = [script["name"] for script in answer["init"]["scripts"] if script["state"] == "ERROR"]
    if failed:
        typer.echo(f"ruststack: {client.endpoint} answers, but init scripts failed: {', '.join(failed)}", err=True)
        raise typer.Exit(1)
    print(f"ready: {client.endpoint}")


def _missing(answer: dict[str, Any]) -> str:
    """What is not ready yet."""
    down = [name for name, entry in answer["services"].items() if entry["status"] != "running"]
    if down:
        return f"no answer from {', '.join(down)}"
    running = [script["name"] for script in answer["init"]["scripts"] if script["state"] == "RUNNING"]
    return f"the init script {running[0]} runs" if running else "seeds and init scripts are not done"
