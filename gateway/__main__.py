"""`python -m gateway --port 4566 --host 0.0.0.0`: the gateway as a process of its own."""

from __future__ import annotations

import logging
import os
import sys

from awskit.http.server import StartError, inherited_sockets, serve, set_up_logging
from awskit.settings import SettingsError, load
from gateway.app import create_app
from gateway.settings import GatewaySettings


def main(arguments: list[str]) -> None:
    """Serve until SIGTERM or Ctrl-C; exits with 2 and one line where it cannot start."""
    host, port = _options(arguments) if arguments else (None, None)
    try:
        settings = load(GatewaySettings, host=host, port=port)
        set_up_logging("DEBUG" if settings.debug else settings.log_level)
        for name in settings.unknown:
            logging.getLogger("ruststack.gateway").warning(
                "SERVICES names %s, which RustStack does not have: it is left out", name
            )
        # A fleet's supervisor says it itself, once its scripts have been run.
        app = create_app(settings, None if settings.init_state else _say_ready)
        serve(
            app,
            host=settings.host,
            port=settings.port,
            sockets=inherited_sockets(os.environ),
            contexts=app.authority,
            watchdog_seconds=settings.watchdog_seconds,
            date_header=False,  # the services' answers have one
        )
    except (StartError, SettingsError) as error:
        print(f"ruststack gateway: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(2)


def _say_ready() -> None:
    print("Ready.", flush=True)  # noqa: T201


def _options(arguments: list[str]) -> tuple[str | None, int | None]:
    import argparse  # a megabyte, which the fleet's own gateway does without: it is told everything by the environment

    parser = argparse.ArgumentParser(prog="python -m gateway", description="RustStack's gateway")
    parser.add_argument("--host", default=None, help="address to listen on (RUSTSTACK_HOST, default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=None, help="port to listen on (RUSTSTACK_PORT, default 4566)")
    options = parser.parse_args(arguments)
    return options.host, options.port


if __name__ == "__main__":
    main(sys.argv[1:])
