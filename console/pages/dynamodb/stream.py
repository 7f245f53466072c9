"""A table's stream: what has changed, and what changes, as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from starlette.responses import Response

from console.frame.events import event, event_stream
from console.frame.page import Page, PageOf
from console.frame.routers import page_router
from console.interfaces.dynamodb.streams import Change, StreamReader
from console.interfaces.dynamodb.tables import Table, describe_table
from console.interfaces.errors import AwsCallError, FleetAway
from console.pages.dynamodb.item_json import plain_text, plain_value
from console.pages.dynamodb.paths import TableName, crumbs_to, item_url, tabs_of

_SHOWN = 100
_ASK_SECONDS = 1.0
_ROWS = "dynamodb/stream_rows.html"

router = page_router()


@router.get("/dynamodb/tables/{table}/stream")
async def stream(page: PageOf, table: TableName) -> Response:
    described = await describe_table(page.aws, table)
    changes: list[Change] = []
    if described.stream_arn:
        changes = await StreamReader(page.aws, described.stream_arn, from_now=False).read()
        changes.sort(key=lambda one: (one.at or 0.0, one.sequence), reverse=True)
    return page.render(
        "dynamodb/stream.html",
        title=table,
        crumbs=crumbs_to(page),
        tabs=tabs_of(page, table, "stream"),
        table=described,
        changes=changes[:_SHOWN],
        count=len(changes),
        **_of_rows(page, described),
    )


@router.get("/dynamodb/tables/{table}/stream/events")
async def events(page: PageOf, table: TableName) -> Response:
    described = await describe_table(page.aws, table)
    return event_stream(_changes(page, described), page.parts.stopping)


async def _changes(page: Page, table: Table) -> AsyncGenerator[bytes, None]:
    reader = StreamReader(page.aws, table.stream_arn, from_now=True)
    template = page.parts.templates.get_template(_ROWS)
    while True:
        try:
            changes = await reader.read()
        except (AwsCallError, FleetAway):
            return  # the browser asks again
        if changes:
            changes.sort(key=lambda one: (one.at or 0.0, one.sequence))
            yield event("rows", template.render(page=page, changes=changes, **_of_rows(page, table)))
        await asyncio.sleep(_ASK_SECONDS)


def _of_rows(page: Page, table: Table) -> dict[str, Any]:
    """What the rows' template calls."""
    return {
        "plain_value": plain_value,
        "plain_text": plain_text,
        "url_of": lambda change: item_url(page, table.name, change.keys),
    }
