"""The routes of `/_ruststack/snapshots`: see `gateway.control.snapshots`, which says what they take and answer."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import FastAPI, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from awskit.snapshots.refusals import SnapshotError, Unusable
from gateway.control.parameters import READS_BODY
from gateway.control.snapshots import PATH, FleetSnapshots

_CLOCKS = ("kept", "saved")

Account = Annotated[str | None, Query(alias="account", description="only this account")]


def add_snapshots(app: FastAPI, snapshots: FleetSnapshots) -> None:
    """Add them."""
    app.add_exception_handler(SnapshotError, _refused)

    @app.get(PATH)
    async def listed() -> Response:
        return JSONResponse({"snapshots": await snapshots.listed()})

    @app.post(PATH)
    async def save(name: str, account_id: Account = None, replace: bool = False) -> Response:
        return JSONResponse(await snapshots.save(name, account_id, replace=replace), 201)

    @app.post(f"{PATH}/file", openapi_extra=READS_BODY)
    async def take_in(request: Request, name: str | None = None, replace: bool = False) -> Response:
        return JSONResponse(await snapshots.take_in(request.stream(), name, replace=replace), 201)

    @app.post(f"{PATH}/{{name}}/load")
    async def load(name: str, account_id: Account = None, clock: str = "kept") -> Response:
        if clock not in _CLOCKS:
            raise Unusable(f"clock is one of {', '.join(_CLOCKS)}")
        return JSONResponse(await snapshots.load(name, account_id, clock))

    @app.delete(f"{PATH}/{{name}}")
    async def delete(name: str) -> Response:
        await snapshots.delete(name)
        return JSONResponse({"deleted": name})

    @app.get(f"{PATH}/{{name}}/file")
    async def export(name: str) -> Response:
        size, pieces = await snapshots.exported(name)
        disposition = f"attachment; filename={quote(name)}.tar"
        headers = {"Content-Length": str(size), "Content-Disposition": disposition}
        return StreamingResponse(pieces, media_type="application/x-tar", headers=headers)


async def _refused(request: Any, error: Exception) -> Response:
    status = error.status if isinstance(error, SnapshotError) else 500
    return JSONResponse({"message": str(error)}, status)
