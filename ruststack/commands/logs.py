"""`ruststack logs`."""

from __future__ import annotations

import os
import sys
import time
from collections import deque
from pathlib import Path
from typing import Annotated

import typer

from ruststack.fleets.fleet_record import is_running
from ruststack.fleets.own_fleets import known_fleet
from ruststack.options import Port
from ruststack.refusal import Refused

_POLL_SECONDS = 0.2

app = typer.Typer()


@app.command(rich_help_panel="Look")
def logs(
    port: Port = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the fleet ends, or Ctrl-C.")] = False,
    lines: Annotated[int | None, typer.Option("--lines", "-n", help="Only so many from the end.")] = None,
) -> None:
    """What a fleet in the background (`up -d`) has logged, also once it has ended."""
    if lines is not None and lines < 0:
        raise Refused(f"--lines takes a number of lines, not {lines}")
    record = known_fleet(port, os.environ)
    if record.log is None:
        raise Refused(f"the fleet on port {record.port} runs in the foreground: its log is where it was started")
    try:
        with Path(record.log).open(encoding="utf-8", errors="replace") as log:
            sys.stdout.writelines(log if lines is None else deque(log, lines))
            while follow:
                sys.stdout.flush()
                goes_on = is_running(record, os.environ)  # asked before reading: its last lines are not missed
                sys.stdout.writelines(log)
                if not goes_on:
                    break
                time.sleep(_POLL_SECONDS)
            sys.stdout.flush()
    except KeyboardInterrupt:
        return
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads any more: `| head`
    except OSError as error:
        raise Refused(f"the log {record.log} cannot be read: {error.strerror}") from error
