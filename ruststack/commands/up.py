"""`ruststack up`: this process becomes the fleet's supervisor."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from ruststack.fleets.foreground import become_fleet, set_defaults
from ruststack.options import DataDir, Services, set_environment
from ruststack.settings import DEFAULT_PORT

app = typer.Typer()


@app.command(rich_help_panel="Run")
def up(
    services: Services = None,
    port: Annotated[int | None, typer.Option(help="The gateway's port (default 4566).")] = None,
    host: Annotated[str | None, typer.Option(help="The gateway's address (default localhost).")] = None,
    data_dir: DataDir = None,
    replicas: Annotated[str | None, typer.Option(help="Processes of a service, where not one: sqs=3.")] = None,
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="In the background; returns once it is ready.")
    ] = False,
    timeout: Annotated[float, typer.Option(help="Seconds that --detach waits for that.")] = 120.0,
) -> None:
    """Run the fleet, in the foreground unless -d says otherwise.

    Every option but -d is a variable too: see `ruststack config`.
    """
    set_environment(SERVICES=services, PORT=port, HOST=host, DATA_DIR=data_dir, REPLICAS=replicas)
    if not detach:
        become_fleet()
    _start_in_background(timeout)


def _start_in_background(timeout: float) -> None:
    from ruststack import banner
    from ruststack.fleets import background
    from ruststack.fleets.own_fleets import refuse_another, running_fleet, seed_command
    from ruststack.fleets.started_settings import misspelt_settings
    from ruststack.progress import progress
    from ruststack.settings import access_mode, enabled_services, load_fleet_settings, offers_console

    record = running_fleet(None, os.environ)
    if record is not None:
        refuse_another(record, os.environ)
        print(f"it runs already: {record.endpoint}, pid {record.pid}")
        files = load_fleet_settings(os.environ).seed_files
        if files:
            print(f"RUSTSTACK_SEED is not applied again: `{seed_command(record, files)}` does that")
        return
    for name, meant in misspelt_settings(os.environ).items():
        typer.echo(f"ruststack: {name} is no setting; did you mean {meant}?", err=True)
    set_defaults()
    services = enabled_services(os.environ)
    with progress("RustStack starts"):
        process, log = background.start(os.environ)
        record = background.wait_until_ready(process, log, timeout, os.environ)
    data_dir = Path(record.data_dir) if record.data_dir is not None else None
    colours, auth = banner.wants_colours(os.environ), access_mode(os.environ)
    console = offers_console(os.environ)
    print(banner.ready(record.endpoint, data_dir, services, colours=colours, auth=auth, console=console))
    port = "" if record.port == DEFAULT_PORT else f" --port {record.port}"
    print(f"Ready. Its log: `ruststack logs -f{port}`; its end: `ruststack stop{port}`.")
