"""The console, put together: what all pages share, every page of `console.pages`, and what stands before them.

`create_app(settings)` handles exchanges, and of ASGI the lifespan. A page is added as a file below `pages/` with a
`router` (`console.frame.routers`); nothing else is edited.
"""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
from collections.abc import Callable, Iterator

from fastapi import APIRouter, FastAPI

from awskit import __version__
from awskit.http.asgi import AsgiHandler, Receive, Scope, Send
from awskit.http.browsers import Browsers
from awskit.http_client import AddressError, HttpClient
from awskit.settings import SettingsError
from console import pages
from console.frame.failures import add_failures
from console.frame.fleet_state import FleetStates
from console.frame.guard import Guard
from console.frame.idle import Idle
from console.frame.navigation import sections
from console.frame.parts import Parts
from console.frame.rates import Rates
from console.frame.rendering import create_environment
from console.frame.routers import PAGES
from console.frame.sessions import Sessions
from console.frame.static_files import load_static_files
from console.settings import ConsoleSettings

_RESTART_SECONDS = 5.0


class Console:
    """What answers every request that comes to the console."""

    def __init__(self, settings: ConsoleSettings, on_idle: Callable[[], None] | None = None) -> None:
        """`on_idle` is called once nobody has come for `settings.idle_seconds`. Raises `SettingsError`."""
        self._on_idle = on_idle
        self._client = HttpClient()
        self._idle = Idle(settings.idle_seconds)
        try:
            gateway = self._client.upstream(settings.gateway_url, restart_seconds=_RESTART_SECONDS)
        except AddressError as error:
            raise SettingsError(f"RUSTSTACK_GATEWAY_URL: {error}") from error
        static_files = load_static_files()
        self._parts = Parts(
            settings,
            gateway,
            create_environment(static_files),
            static_files,
            Sessions(),
            FleetStates(),
            Rates(),
            asyncio.Event(),
        )
        app = FastAPI(
            title="RustStack console",
            version=__version__,
            docs_url=None,
            redoc_url=None,
            openapi_url=None,
            redirect_slashes=False,
        )
        app.state.parts = self._parts
        add_failures(app)
        registered = set()
        for router in routers():
            # as they are: what includes a router keeps each of its routes twice
            app.router.routes.extend(router.routes)
            registered |= {str(getattr(route, "path", "")).removeprefix(PAGES) for route in router.routes}
        self._parts.navigation = sections(frozenset(registered), readonly=settings.is_readonly)
        guarded = Guard(app, Browsers.of(settings), self._idle, readonly=settings.is_readonly)
        self.handle = AsgiHandler(guarded)

    def stopping(self) -> None:
        """The server has been told to stop."""
        self._parts.stopping.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI's lifespan."""
        watching: asyncio.Task[None] | None = None
        while (await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
            if self._on_idle is not None:
                watching = asyncio.get_running_loop().create_task(self._idle.watch(self._on_idle))
        if watching is not None:
            watching.cancel()
        await self._client.close()
        await send({"type": "lifespan.shutdown.complete"})


def create_app(settings: ConsoleSettings, on_idle: Callable[[], None] | None = None) -> Console:
    """The console's application. Raises `SettingsError`."""
    return Console(settings, on_idle)


def routers() -> Iterator[APIRouter]:
    """Of every module of `console.pages`: its `router` and its `bare_router`."""
    for found in sorted(pkgutil.walk_packages(pages.__path__, f"{pages.__name__}."), key=lambda module: module.name):
        module = importlib.import_module(found.name)
        for name in ("bare_router", "router"):
            router = getattr(module, name, None)
            if isinstance(router, APIRouter):
                yield router
