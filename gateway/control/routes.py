"""The control interface, on FastAPI: what people and test suites ask for, under `/_ruststack/` and `/_localstack/`.

Imported when something is first asked of it: see `gateway.control.probes`, which answers the rest.
"""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query, Request
from fastapi.responses import JSONResponse, Response

from awskit import __version__
from gateway.control.faults import FaultRules, add_faults
from gateway.control.fleet import Fleet, FleetError, no_such_service
from gateway.control.init_state import init_state
from gateway.control.journal import Journals, add_journal
from gateway.control.parameters import add_refusals, known_parameters, reads
from gateway.control.snapshot_routes import add_snapshots
from gateway.control.snapshots import FleetSnapshots
from gateway.control.trail import add_trail
from gateway.proxy.fallback import Fallback

Service = Annotated[str | None, Query(description="only this service")]
AccountId = Annotated[str | None, Query(alias="account", description="only this account")]


def create_control(fleet: Fleet, fallback: Fallback, init_state_file: str, stopping: asyncio.Event) -> FastAPI:
    """The FastAPI application.

    `init_state_file` is the path of the file that says how far the init scripts are. `stopping` is set when the gateway
    ends: answers that go on end then.
    """
    app = FastAPI(
        title="RustStack",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        dependencies=[Depends(known_parameters)],
    )
    add_refusals(app)
    app.add_exception_handler(FleetError, _fleet_error)
    app.middleware("http")(_answer_pages)
    _add_ruststack(app, fleet)
    add_faults(app, FaultRules(fleet, stopping))
    add_trail(app, fleet)
    add_snapshots(app, FleetSnapshots(fleet))
    add_journal(app, Journals(fleet, fallback, stopping))
    _add_localstack(app, fleet, lambda: init_state(init_state_file))
    return app


def _add_ruststack(app: FastAPI, fleet: Fleet) -> None:
    @app.post("/_ruststack/reset")
    async def reset(service: Service = None, account_id: AccountId = None) -> Response:
        if service is not None and service not in fleet.names:
            return JSONResponse({"message": no_such_service(service, fleet.names)}, 400)
        return JSONResponse({"status": "reset", "services": await fleet.reset(service, account_id)})

    @app.get("/_ruststack/storage")
    async def storage() -> Response:
        return JSONResponse(await fleet.storage())

    @app.get("/_ruststack/clock", openapi_extra=reads(("advance", "set", "offset")))
    async def time_with_parameters() -> Response:
        """One without any is a probe (`gateway.control.probes`)."""
        return JSONResponse({"message": "a GET of the clock takes no parameters: POST moves it"}, 400)

    @app.post("/_ruststack/clock")
    async def move_clock(advance: str | None = None, set: str | None = None, offset: str | None = None) -> Response:
        given = {"advance": advance, "set": set, "offset": offset}
        try:
            asked = {name: value for name, value in given.items() if value is not None}
            return JSONResponse(await fleet.move_clock(asked))
        except ValueError as error:
            return JSONResponse({"message": str(error)}, 400)


def _add_localstack(app: FastAPI, fleet: Fleet, state_of_init: Callable[[], dict[str, Any]]) -> None:
    started = monotonic()
    in_container = Path("/.dockerenv").exists()

    @app.get("/_localstack/info")
    async def info() -> Response:
        return JSONResponse(
            {
                "version": __version__,
                "edition": "community",
                "is_license_activated": False,
                "system": platform.platform(terse=True),
                "is_docker": in_container,
                "server_time_utc": datetime.now(UTC).isoformat(timespec="seconds"),
                "uptime": int(monotonic() - started),
            }
        )

    @app.get("/_localstack/init")
    async def init() -> Response:
        return JSONResponse(state_of_init())

    @app.get("/_localstack/init/{stage}")
    async def init_stage(stage: str) -> Response:
        state = state_of_init()
        wanted = stage.upper()
        if wanted not in state["completed"]:
            return JSONResponse({"message": f"no such stage: {stage}"}, 404)
        scripts = [script for script in state["scripts"] if script["stage"] == wanted]
        return JSONResponse({"completed": state["completed"][wanted], "scripts": scripts})

    @app.post("/_localstack/state/reset")
    async def reset() -> Response:
        await fleet.reset(None, None)
        return Response()

    @app.post("/_localstack/state/{service}/reset")
    async def reset_service(service: str) -> Response:
        if service not in fleet.names:
            return JSONResponse({"message": f"no such service: {service}"}, 404)
        await fleet.reset(service, None)
        return Response()


async def _answer_pages(request: Request, handle: Callable[[Request], Awaitable[Response]]) -> Response:
    """Let the page that asked see the answer: those that may not ask have been refused before."""
    response = await handle(request)
    if "origin" in request.headers:
        response.headers["access-control-allow-origin"] = "*"
    return response


async def _fleet_error(request: Any, error: Exception) -> Response:
    return JSONResponse({"message": str(error)}, 503)
