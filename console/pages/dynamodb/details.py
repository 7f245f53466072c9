"""What a table is: keys, indexes, sizes, expiry, protection, tags; and its settings changed."""

from __future__ import annotations

import asyncio
import json

from starlette.responses import Response

from console.frame.page import PageOf
from console.frame.routers import page_router
from console.interfaces.dynamodb.tables import (
    describe_table,
    resource_policy,
    set_protection,
    set_stream,
    set_time_to_live,
    tags_of,
    time_to_live,
)
from console.pages.dynamodb.paths import TableName, crumbs_to, table_url, tabs_of

router = page_router()


@router.get("/dynamodb/tables/{table}/details")
async def details(page: PageOf, table: TableName) -> Response:
    described = await describe_table(page.aws, table)
    expiry, tags, policy = await asyncio.gather(
        time_to_live(page.aws, table), tags_of(page.aws, described.arn), resource_policy(page.aws, described.arn)
    )
    return page.render(
        "dynamodb/details.html",
        title=table,
        crumbs=crumbs_to(page),
        tabs=tabs_of(page, table, "details"),
        table=described,
        expiry_attribute=expiry[0],
        expiry_state=expiry[1],
        tags=tags,
        policy=policy,
        description=json.dumps(described.description, indent=2, ensure_ascii=False),
    )


@router.post("/dynamodb/tables/{table}/details")
async def change(page: PageOf, table: TableName) -> Response:
    """One of the forms of the page, by its button's name."""
    form = await page.form()
    if "expiry" in form:
        enabled = form["expiry"] == "on"
        await set_time_to_live(page.aws, table, str(form.get("attribute", "")).strip(), enabled=enabled)
        page.flash("Items expire by it from now on." if enabled else "Items do not expire any more.")
    elif "protection" in form:
        await set_protection(page.aws, table, protected=form["protection"] == "on")
        page.flash(
            "The table cannot be deleted now." if form["protection"] == "on" else "The table can be deleted again."
        )
    elif "stream" in form:
        await set_stream(page.aws, table, str(form.get("view", "")) if form["stream"] == "on" else "")
        page.flash("The stream is on." if form["stream"] == "on" else "The stream is off.")
        return page.redirect(table_url(page, table, "stream"))
    return page.redirect(table_url(page, table, "details"))
