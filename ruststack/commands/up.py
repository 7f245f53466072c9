"""`ruststack up`: this process becomes the fleet's supervisor."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from ruststack.options import DataDir, Services, set_environment
from ruststack.packages import default_data_dir, python_command

# glibc's malloc: one arena however many threads. The buffers of large bodies, up to 512 KB each, are used again:
# mapping them anew each time costs more than what is done with them.
_ALLOCATOR = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "1048576", "MALLOC_TRIM_THRESHOLD_": "1048576"}
app = typer.Typer()


@app.command(rich_help_panel="Run")
def up(
    services: Services = None,
    port: Annotated[int | None, typer.Option(help="The gateway's port (default 4566).")] = None,
    host: Annotated[str | None, typer.Option(help="The gateway's address (default localhost).")] = None,
    data_dir: DataDir = None,
) -> None:
    """Run the fleet here, in the foreground. Every option is a variable too: see `ruststack config`."""
    set_environment(SERVICES=services, PORT=port, HOST=host, DATA_DIR=data_dir)
    for name, value in _ALLOCATOR.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("RUSTSTACK_DATA_DIR", str(default_data_dir(os.environ)))
    # A fresh interpreter: the supervisor is what the services are forked from, and is to be small.
    os.execv(sys.executable, python_command("ruststack.fleet"))
