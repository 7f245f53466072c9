"""A table's items, as a grid: scanned or queried, filtered, chosen and deleted."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

from starlette.responses import Response

from console.frame.page import Page, PageOf
from console.frame.routers import page_router
from console.interfaces.dynamodb.items import Found, Item, Search, delete_items, search
from console.interfaces.dynamodb.tables import Table, describe_table
from console.interfaces.errors import AwsCallError
from console.pages.dynamodb.item_json import plain_value
from console.pages.dynamodb.paths import (
    TableName,
    crumbs_to,
    item_url,
    key_of,
    packed_key,
    table_url,
    tabs_of,
    unpacked_key,
)
from console.pages.dynamodb.searching import (
    CONDITIONS,
    FILTERS,
    SORT_CONDITIONS,
    TYPES,
    FilterFields,
    SearchError,
    search_of,
)

_ROWS = 50
_COLUMNS = 12
_LOOKED_AT = 500
_SEARCH_SECONDS = 0.05
_SHOWN = 20

router = page_router()


@router.get("/dynamodb/tables/{table}")
async def items(page: PageOf, table: TableName) -> Response:
    token = page.query.get("token", "")
    described = await describe_table(page.aws, table)
    error = ""
    found = Found((), 0, None)
    try:
        wanted = search_of(described, page.query)
        found = await _found(page, wanted, unpacked_key(token) if token else None)
    except SearchError as refused:
        error = str(refused)
    except AwsCallError as refused:
        error = str(refused)
    index = page.query.get("index", "")
    return page.render(
        "dynamodb/items.html",
        title=table,
        crumbs=crumbs_to(page),
        tabs=tabs_of(page, table, ""),
        table=described,
        keys=described.keys_of(index),
        columns=columns_of(found.items, described, index),
        rows=[
            (packed_key(key_of(one, described.keys)), item_url(page, table, key_of(one, described.keys)), one)
            for one in found.items
        ],
        plain_value=plain_value,
        scanned=found.scanned,
        next_token=packed_key(found.next_key) if found.next_key is not None else "",
        filters=[FilterFields.at(page.query, number) for number in range(FILTERS)],
        is_query=page.query.get("mode") == "query",
        sort_conditions=SORT_CONDITIONS,
        conditions=CONDITIONS,
        types=TYPES,
        error=error,
        status=400 if error else 200,
    )


async def _found(page: Page, wanted: Search, start: Item | None) -> Found:
    """A page of rows: where a filter lets few through, what is found in an instant."""
    if not wanted.filter:
        return await search(page.aws, wanted, start, _ROWS)
    until = time.monotonic() + _SEARCH_SECONDS
    items: list[Item] = []
    scanned = 0
    while True:
        found = await search(page.aws, wanted, start, _LOOKED_AT)
        items += found.items
        scanned += found.scanned
        start = found.next_key
        if start is None or len(items) >= _ROWS or time.monotonic() > until:
            return Found(items, scanned, start)


def columns_of(items: Sequence[Item], table: Table, index: str) -> list[str]:
    """The attributes that are shown: the keys, then those that most items have."""
    first = list(dict.fromkeys(key.name for key in (*table.keys, *table.keys_of(index))))
    counted = Counter(name for item in items for name in item)
    others = [name for name, _ in counted.most_common() if name not in first]
    return [*first, *others[: _COLUMNS - len(first)]]


@router.post("/dynamodb/tables/{table}/delete-items")
async def delete_chosen(page: PageOf, table: TableName) -> Response:
    form = await page.form()
    keys = [unpacked_key(str(key)) for key in form.getlist("key")]
    if not keys:
        page.flash("Nothing is chosen: check what is to be deleted.", "info")
        return page.redirect(table_url(page, table))
    if "confirmed" in form:
        deleted = await delete_items(page.aws, table, keys)
        page.flash(f"{deleted:,} item{'s are' if deleted != 1 else ' is'} deleted.")
        return page.redirect(table_url(page, table))
    hits = [("Item", ", ".join(plain_value(value) for value in key.values())) for key in keys[:_SHOWN]]
    if len(keys) > _SHOWN:
        hits.append(("and", f"{len(keys) - _SHOWN:,} more"))
    return page.confirm(
        title=f"Delete from {table}?",
        question="These items go.",
        button="Delete",
        cancel=table_url(page, table),
        hits=tuple(hits),
        crumbs=crumbs_to(page, table),
        hidden=(*(("key", packed_key(key)) for key in keys), ("confirmed", "1")),
    )
