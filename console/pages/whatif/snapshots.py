"""Snapshots: saved, loaded, deleted, written into a file and taken from one."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import Depends
from starlette.datastructures import UploadFile
from starlette.responses import Response, StreamingResponse

from console.frame.errors import NoSuchPage
from console.frame.page import Crumb, FormPageOf, Page, PageOf
from console.frame.routers import page_router
from console.frame.segments import segment
from console.interfaces.errors import ControlError
from console.interfaces.snapshots import (
    Snapshot,
    delete_snapshot,
    exported,
    import_snapshot,
    list_snapshots,
    load_snapshot,
    save_snapshot,
)

SnapshotName = Annotated[str, Depends(segment("name", 200))]

router = page_router()


@router.get("/snapshots")
async def snapshots(page: PageOf) -> Response:
    return await _page(page, "")


@router.post("/snapshots")
async def save(page: PageOf) -> Response:
    form = await page.form()
    name = str(form.get("name", "")).strip()
    account = page.scope.account if form.get("account") else ""
    try:
        await save_snapshot(page.fleet, name, account, replace=bool(form.get("replace")))
    except ControlError as error:
        return await _page(page, str(error))
    page.flash(f"The snapshot {name} is saved.")
    return page.redirect(page.url("snapshots"))


@router.post("/snapshots/import")
async def take_in(page: PageOf) -> Response:
    form = await page.form()
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return await _page(page, "Choose a file that was exported.")
    given = str(form.get("name", "")).strip()
    try:
        name = await import_snapshot(page.fleet, await file.read(), given, replace=bool(form.get("replace")))
    except ControlError as error:
        return await _page(page, str(error))
    page.flash(f"The snapshot {name} is here now; it is not loaded.")
    return page.redirect(page.url("snapshots"))


@router.get("/snapshots/{name}/file")
async def download(page: PageOf, name: SnapshotName) -> Response:
    await _found(page, name)
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name)}.tar"}
    return StreamingResponse(exported(page.fleet, name), media_type="application/x-tar", headers=headers)


@router.get("/snapshots/{name}/load")
async def ask_load(page: FormPageOf, name: SnapshotName) -> Response:
    return page.render(
        "whatif/load_snapshot.html",
        title="Load a snapshot",
        crumbs=_crumbs(page),
        snapshot=await _found(page, name),
    )


@router.post("/snapshots/{name}/load")
async def load(page: PageOf, name: SnapshotName) -> Response:
    form = await page.form()
    account = page.scope.account if form.get("account") else ""
    left_alone = await load_snapshot(page.fleet, name, account, at_saved_time=bool(form.get("clock")))
    page.parts.states.forget()
    rest = f" Not in it, and left as they are: {', '.join(left_alone)}." if left_alone else ""
    page.flash(f"The snapshot {name} is loaded.{rest}")
    return page.redirect(page.url("snapshots"))


@router.get("/snapshots/{name}/delete")
async def ask_delete(page: FormPageOf, name: SnapshotName) -> Response:
    found = await _found(page, name)
    return page.confirm(
        title="Delete a snapshot",
        question="The snapshot is deleted; what is in the fleet stays. This cannot be undone.",
        hits=(("Snapshot", name), ("Bytes", f"{found['size']:,}")),
        button="Delete snapshot",
        cancel=page.url("snapshots"),
        crumbs=_crumbs(page),
    )


@router.post("/snapshots/{name}/delete")
async def delete(page: PageOf, name: SnapshotName) -> Response:
    await delete_snapshot(page.fleet, name)
    page.flash(f"The snapshot {name} is deleted.")
    return page.redirect(page.url("snapshots"))


def _crumbs(page: Page) -> tuple[Crumb, ...]:
    return (("Snapshots", page.url("snapshots")),)


async def _found(page: Page, name: str) -> Snapshot:
    found = next((one for one in await list_snapshots(page.fleet) if one["name"] == name), None)
    if found is None:
        raise NoSuchPage(f"There is no snapshot {name}.")
    return found


async def _page(page: Page, error: str) -> Response:
    return page.render(
        "whatif/snapshots.html",
        title="Snapshots",
        snapshots=await list_snapshots(page.fleet),
        error=error,
        status=400 if error else 200,
    )
