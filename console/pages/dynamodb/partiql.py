"""PartiQL: a SELECT is in the address, anything else is sent."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from starlette.responses import Response

from console.frame.page import Page, PageOf
from console.frame.routers import page_router
from console.interfaces.dynamodb.items import Item, execute_statement
from console.interfaces.dynamodb.tables import describe_table
from console.interfaces.errors import AwsCallError
from console.pages.dynamodb.item_json import plain_value
from console.pages.dynamodb.paths import TableName, crumbs_to, item_url, key_of, tabs_of

_ROWS = 50
_COLUMNS = 14
_SELECT = re.compile(r"\s*select\b", re.IGNORECASE)

router = page_router()


@router.get("/dynamodb/tables/{table}/partiql")
async def select(page: PageOf, table: TableName) -> Response:
    statement = page.query.get("statement", "")
    token = page.query.get("token", "")
    if not statement:
        return await _answer(page, table, f'SELECT * FROM "{table}"', None, "")
    if not _SELECT.match(statement):
        return await _answer(
            page, table, statement, None, "", "Only a SELECT can be in an address: run it by the button."
        )
    return await _run(page, table, statement, token)


@router.post("/dynamodb/tables/{table}/partiql")
async def run(page: PageOf, table: TableName) -> Response:
    statement = str((await page.form()).get("statement", ""))
    if _SELECT.match(statement):
        return page.redirect(page.url("dynamodb", "tables", table, "partiql", statement=statement))
    return await _run(page, table, statement, "")


async def _run(page: Page, table: str, statement: str, token: str) -> Response:
    most = _ROWS if _SELECT.match(statement) else None
    try:
        found, next_token = await execute_statement(page.aws, statement, token, most)
    except AwsCallError as error:
        return await _answer(page, table, statement, None, "", str(error))
    return await _answer(page, table, statement, found, next_token)


async def _answer(
    page: Page, table: str, statement: str, found: Sequence[Item] | None, next_token: str, error: str = ""
) -> Response:
    described = await describe_table(page.aws, table)
    names = [key.name for key in described.keys]
    counted = Counter(name for item in found or () for name in item)
    columns = [name for name in names if name in counted]
    columns += [name for name, _ in counted.most_common() if name not in columns]
    rows = []
    for item in found or ():
        whole = all(name in item for name in names)
        rows.append((item_url(page, table, key_of(item, described.keys)) if whole else "", item))
    return page.render(
        "dynamodb/partiql.html",
        title=table,
        crumbs=crumbs_to(page),
        tabs=tabs_of(page, table, "partiql"),
        table=described,
        statement=statement,
        was_run=found is not None,
        columns=columns[:_COLUMNS],
        rows=rows,
        next_token=next_token,
        plain_value=plain_value,
        error=error,
        status=400 if error else 200,
    )
