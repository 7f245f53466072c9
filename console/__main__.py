"""`python -m console --port 9005 --host 0.0.0.0`: the console as a process of its own."""

from __future__ import annotations

import os
import signal
import sys

from awskit.http.server import StartError, inherited_sockets, serve, set_up_logging
from awskit.settings import SettingsError, load
from console.app import create_app
from console.settings import ConsoleSettings


def main(arguments: list[str]) -> None:
    """Serve until SIGTERM, Ctrl-C or, in a fleet, until nobody has come for long; exits with 2 where it cannot."""
    host, port = _options(arguments) if arguments else (None, None)
    try:
        settings = load(ConsoleSettings, host=host, port=port)
        set_up_logging("DEBUG" if settings.debug else settings.log_level)
        sockets = inherited_sockets(os.environ)
        # Whoever has handed a socket down starts the console again when somebody comes.
        app = create_app(settings, on_idle=_end if sockets else None)
        serve(
            app,
            host=settings.host,
            port=settings.port,
            sockets=sockets,
            watchdog_seconds=settings.watchdog_seconds,
            loop="asyncio",  # 2 MB less than uvloop, whose speed no page needs
        )
    except (StartError, SettingsError) as error:
        print(f"ruststack console: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(2)


def _end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def _options(arguments: list[str]) -> tuple[str | None, int | None]:
    import argparse

    parser = argparse.ArgumentParser(prog="python -m console", description="RustStack's console in the browser")
    parser.add_argument("--host", default=None, help="address to listen on (RUSTSTACK_CONSOLE_HOST, default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=None, help="port to listen on (RUSTSTACK_CONSOLE_PORT)")
    options = parser.parse_args(arguments)
    return options.host, options.port


if __name__ == "__main__":
    main(sys.argv[1:])
