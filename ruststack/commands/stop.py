"""`ruststack stop`."""

from __future__ import annotations

import os
import signal
from typing import Annotated

import typer

from ruststack.fleets.background import wait_until_ended
from ruststack.fleets.own_fleets import none_there, running_fleet
from ruststack.options import Port
from ruststack.refusal import Refused

app = typer.Typer()


@app.command(rich_help_panel="Run")
def stop(
    port: Port = None,
    timeout: Annotated[float, typer.Option(help="Seconds until what still runs is killed.")] = 15.0,
) -> None:
    """Stop a fleet of yours: requests in flight are answered, data stays. Done at once where none runs."""
    record = running_fleet(port, os.environ)
    if record is None:
        print(none_there(port, os.environ))
        return
    try:
        os.kill(record.pid, signal.SIGTERM)
        if not wait_until_ended(record, timeout, os.environ):
            os.kill(record.pid, signal.SIGKILL)  # its children end with it
            wait_until_ended(record, timeout, os.environ)
    except ProcessLookupError:
        wait_until_ended(record, timeout, os.environ)
    except PermissionError as error:
        raise Refused(f"process {record.pid} belongs to another user") from error
    print(f"stopped: {record.endpoint}")
