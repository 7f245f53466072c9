"""`python -m gateway --port 4566 --host 0.0.0.0`: the gateway as a process of its own."""

from __future__ import annotations

import argparse
import gc
import os
import sys

from awskit.serving import StartError, inherited_sockets, serve, set_up_logging
from awskit.settings import SettingsError, load
from gateway.app import create_app
from gateway.http_protocol import GatewayHttpProtocol
from gateway.settings import GatewaySettings


def main(arguments: list[str] | None = None) -> None:
    """Serve until SIGTERM or Ctrl-C; exits 2 with one line where it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m gateway", description="RustStack's gateway")
    parser.add_argument("--host", default=None, help="address to listen on (RUSTSTACK_HOST, default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=None, help="port to listen on (RUSTSTACK_PORT, default 4566)")
    options = parser.parse_args(arguments)
    try:
        settings = load(GatewaySettings, host=options.host, port=options.port)
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
            http=GatewayHttpProtocol,
            date_header=False,  # the services' answers have one
        )
    except (StartError, SettingsError) as error:
        print(f"ruststack gateway: {error}", file=sys.stderr)  # noqa: T201
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
