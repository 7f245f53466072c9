"""`python -m gateway --port 4566 --host 0.0.0.0`: the gateway as a process of its own."""

from __future__ import annotations

import gc
import os
import sys

import click  # as uvicorn has it in memory already; argparse would be another megabyte

from awskit.serving import StartError, inherited_sockets, serve, set_up_logging
from awskit.settings import SettingsError, load
from gateway.app import create_app
from gateway.settings import GatewaySettings


@click.command()
@click.option("--host", default=None, help="Address to listen on (RUSTSTACK_HOST, default 127.0.0.1).")
@click.option("--port", type=int, default=None, help="Port to listen on (RUSTSTACK_PORT, default 4566).")
def main(host: str | None, port: int | None) -> None:
    """RustStack's gateway. It serves until SIGTERM or Ctrl-C, and exits with 2 and one line where it cannot start."""
    try:
        settings = load(GatewaySettings, host=host, port=port)
        set_up_logging("DEBUG" if settings.debug else settings.log_level)
        app = create_app(settings)
        # What has been imported stays: the collector need not look at it again with every request.
        gc.collect()
        gc.freeze()
        serve(
            app,
            host=settings.host,
            port=settings.port,
            sockets=inherited_sockets(os.environ),
            date_header=False,  # the services' answers have one
        )
    except (StartError, SettingsError) as error:
        click.echo(f"ruststack gateway: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main(prog_name="python -m gateway")
