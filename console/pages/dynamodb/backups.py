"""A table's backups: made, restored, deleted; and points in time."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.responses import Response

from console.frame.page import FormPageOf, PageOf
from console.frame.routers import page_router
from console.interfaces.dynamodb.backups import (
    create_backup,
    delete_backup,
    list_backups,
    point_in_time,
    restore_backup,
    restore_to_point,
    set_point_in_time,
)
from console.interfaces.dynamodb.tables import describe_table
from console.pages.dynamodb.paths import TableName, crumbs_to, table_url, tabs_of

router = page_router()


@router.get("/dynamodb/tables/{table}/backups")
async def backups(page: PageOf, table: TableName) -> Response:
    return page.render(
        "dynamodb/backups.html",
        title=table,
        crumbs=crumbs_to(page),
        tabs=tabs_of(page, table, "backups"),
        table=await describe_table(page.aws, table),
        backups=await list_backups(page.aws, table),
        times=await point_in_time(page.aws, table),
    )


@router.post("/dynamodb/tables/{table}/backups")
async def change(page: PageOf, table: TableName) -> Response:
    """One of the forms of the page, by its button's name."""
    form = await page.form()
    target = str(form.get("target", "")).strip()
    if "backup" in form:
        name = str(form.get("name", "")).strip()
        await create_backup(page.aws, table, name)
        page.flash(f"The backup {name} is there.")
    elif "restore" in form:
        await restore_backup(page.aws, str(form["restore"]), target)
        page.flash(f"It is being restored as {target}.", url=table_url(page, target))
    elif "restore_time" in form:
        said = str(form.get("moment", "")).strip()
        moment = datetime.fromisoformat(said).replace(tzinfo=UTC).timestamp() if said else None
        await restore_to_point(page.aws, table, target, moment)
        page.flash(f"It is being restored as {target}.", url=table_url(page, target))
    elif "times" in form:
        await set_point_in_time(page.aws, table, enabled=form["times"] == "on")
        page.flash("Points in time are kept." if form["times"] == "on" else "No points in time are kept any more.")
    return page.redirect(table_url(page, table, "backups"))


@router.get("/dynamodb/tables/{table}/backups/delete")
async def ask_delete(page: FormPageOf, table: TableName) -> Response:
    arn = page.needed("arn")
    name = page.query.get("name", "")
    return page.confirm(
        title="Delete this backup?",
        question="It cannot be restored any more.",
        button="Delete the backup",
        cancel=table_url(page, table, "backups"),
        hits=(("Backup", name), ("ARN", arn)),
        crumbs=crumbs_to(page, table),
    )


@router.post("/dynamodb/tables/{table}/backups/delete")
async def delete(page: PageOf, table: TableName) -> Response:
    arn = page.needed("arn")
    await delete_backup(page.aws, arn)
    page.flash("The backup is deleted.")
    return page.redirect(table_url(page, table, "backups"))
