"""Serve an ASGI application on a port, a unix socket or sockets handed down, until the process is told to stop.

Apart from `awskit.service.service_process`, which knows databases, so that the gateway does not carry SQLAlchemy in
its memory.
"""

from __future__ import annotations

import contextlib
import gc
import linecache
import logging
import resource
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from operator import methodcaller
from time import time
from types import FrameType
from typing import Any

from awskit.http.connection import HttpProtocol, Occasions
from awskit.http.patience import Limits
from awskit.http.plain_requests import PlainRequests
from awskit.http.tls import Contexts
from awskit.http.uvicorn_parts import Config, Server
from awskit.process import memory
from awskit.process.log_lines import Repetitions, ShortTraces
from awskit.process.storage_faults import fault_of
from awskit.process.watchdog import Watchdog

_GRACE_SECONDS = 5
_BACKLOG = 2048
_DESCRIPTORS = 16_384
_OTHER_DESCRIPTORS = 128  # databases, objects, listening sockets
_TICKS = 5  # of uvicorn's, a tenth of a second each, between two of the watchdog's
_TICKS_TO_TIDY = 150  # between two times that a busy process gives memory back
_COLLECT_AFTER = 5_000  # objects more than before: less than a megabyte, seven times Python's own


class StartError(Exception):
    """The process cannot start; the text is one line for the person who started it."""


def set_up_logging(level: str, prefix: str = "") -> None:
    """One line an entry on stderr: time, level, logger, text."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(ShortTraces(f"{prefix}%(asctime)s %(levelname)s %(name)s: %(message)s", in_words=fault_of))
    handler.addFilter(Repetitions())
    logging.basicConfig(level=level.upper(), handlers=[handler])
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it has eleven lines for a new database
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it has a line for every delivery to a subscriber


def inherited_sockets(environ: Mapping[str, str]) -> list[socket.socket] | None:
    """The listening sockets that a supervisor has handed down by `RUSTSTACK_LISTEN_FDS`; None where there is none."""
    descriptors = environ.get("RUSTSTACK_LISTEN_FDS")
    return [socket.socket(fileno=int(number)) for number in descriptors.split(",")] if descriptors else None


def serve(
    app: Any,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    uds: str | None = None,
    sockets: list[socket.socket] | None = None,
    watchdog_seconds: float = 0,
    **options: Any,
) -> None:
    """Serve `app` until SIGTERM or SIGINT; returns once requests in flight have ended and the application is shut down.

    `sockets` that listen already are used in place of an address. `watchdog_seconds` is how long the event loop may be
    deaf before the process ends (see `awskit.process.watchdog`). `options` go to uvicorn's configuration. Raises
    `StartError` where the address is in use or the application fails to start.
    """
    _spare_the_collector()
    _raise_descriptor_limit()
    server = _QuietServer(configure(app, host=host, port=port, uds=uds, **options), Watchdog(watchdog_seconds))
    try:
        server.run(sockets)
    except SystemExit as error:
        raise StartError(f"cannot listen on {uds or f'{host}:{port}'}") from error
    if not server.started:
        raise StartError("the application did not start; the log says why")


def _spare_the_collector() -> None:
    """What has been imported stays: the collector need not look at it again, nor look for more with every request."""
    linecache.clearcache()  # anyio has read its own source to be imported
    gc.collect()
    gc.freeze()
    gc.enable()  # a fleet's services, and who starts one by itself, have it off until here
    gc.set_threshold(_COLLECT_AFTER, 10, 10)


class _QuietServer(Server):
    """uvicorn's server, except that being told to stop is not an error: the process goes on to exit with 0."""

    def __init__(self, config: Config, watchdog: Watchdog) -> None:
        super().__init__(config)
        self._watchdog = watchdog
        self._second = 0
        self._tidied = 0

    async def main_loop(self) -> None:
        self._watchdog.start()
        try:
            await super().main_loop()
        finally:
            self._watchdog.stop()

    async def on_tick(self, counter: int) -> bool:
        if counter % _TICKS == 0:
            self._watchdog.beat()
        if counter % _TICKS_TO_TIDY == 0:
            self._tidy()
        second = int(time())
        changed, self._second = second != self._second, second
        return await super().on_tick(0 if changed else 1)  # the answers' date is of this second, not of one before

    def _tidy(self) -> None:
        """Keep what busy times leave in memory from piling up; nothing where there was no request."""
        answered = self.server_state.total_requests
        if answered != self._tidied:
            self._tidied = answered
            memory.give_back()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        stopping = getattr(self.config.app, "stopping", None)
        if stopping is not None:
            stopping()
        await super().shutdown(sockets)


def _limits() -> Limits:
    """How long and how many: each connection may need another one, to a service, and a service has files open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    descriptors = _DESCRIPTORS if soft == resource.RLIM_INFINITY else soft
    usual = Limits()
    return replace(usual, connections=max(1, min(usual.connections, (descriptors - _OTHER_DESCRIPTORS) // 2)))


def _raise_descriptor_limit() -> None:
    """To what the process may have at most, since many systems still begin with 1,024; at least it is tried."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(_DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


_text = methodcaller("decode", "latin-1")


def configure(app: Any, *, limits: Limits | None = None, contexts: Contexts | None = None, **options: Any) -> Config:
    """How every RustStack process uses uvicorn; `options` win. `limits` are the clients', `contexts` those of TLS.

    `app.server`, where there is one, is what its answers say in `Server`; `app.reads_text` is whether it takes headers
    as text, not as bytes.
    """
    configuration: dict[str, Any] = {
        "loop": "uvloop",
        "http": partial(
            HttpProtocol,
            limits=limits or _limits(),
            occasions=Occasions(),
            plain_requests=PlainRequests(_text if getattr(app, "reads_text", False) else bytes),
            contexts=contexts,
        ),
        "ws": "none",
        "interface": "asgi3",
        "lifespan": "on",
        "log_config": None,
        "access_log": False,
        "server_header": False,  # uvicorn's own
        "headers": [("server", app.server)] if getattr(app, "server", None) else [],
        "proxy_headers": False,
        "backlog": _BACKLOG,
        "timeout_graceful_shutdown": _GRACE_SECONDS,
        **options,
    }
    return Config(app, **configuration)
