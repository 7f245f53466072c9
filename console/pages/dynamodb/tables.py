"""The tables of the account in the region; a new one, and one less."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from console.frame.page import FormPageOf, Page, PageOf
from console.frame.routers import page_router
from console.frame.tables import sorted_rows
from console.interfaces.dynamodb.tables import create_table, delete_table, describe_table, list_tables
from console.interfaces.errors import AwsCallError
from console.pages.dynamodb.paths import TableName, crumbs_to, table_url

_ROWS = 30
_SEARCHED = 100
_MOST_SEARCHED = 20

router = page_router()


@router.get("/dynamodb/tables")
async def tables(page: PageOf) -> Response:
    q = page.query.get("q", "")
    token = page.query.get("token", "")
    if not page.state.services["dynamodb"].answers:
        return page.render("dynamodb/tables.html", title="Tables", tables=[], next_token="", q=q)
    names, next_token = await _names(page, q, token)
    found = await asyncio.gather(*(describe_table(page.aws, name) for name in names), return_exceptions=True)
    rows = [one for one in found if not isinstance(one, BaseException)]
    if names and not rows:
        raise next(one for one in found if isinstance(one, BaseException))
    by = {
        "name": lambda one: one.name,
        "items": lambda one: one.items,
        "size": lambda one: one.size,
        "created": lambda one: one.created,
    }
    return page.render(
        "dynamodb/tables.html",
        title="Tables",
        tables=sorted_rows(rows, page.query, by),
        next_token=next_token,
        q=q,
    )


async def _names(page: Page, q: str, token: str) -> tuple[list[str], str]:
    """A page of the names that contain `q`; DynamoDB itself has no such search."""
    if not q:
        return await list_tables(page.aws, token, _ROWS)
    found: list[str] = []
    for _ in range(_MOST_SEARCHED):
        names, token = await list_tables(page.aws, token, _SEARCHED)
        found += [name for name in names if q.casefold() in name.casefold()]
        if not token:
            break
        if len(found) >= _ROWS:
            return found[:_ROWS], found[_ROWS - 1]
    return found[:_ROWS], found[_ROWS - 1] if len(found) > _ROWS else token


_EMPTY = {"name": "", "partition": "id", "partition_type": "S", "sort": "", "sort_type": "S", "further": ""}


@router.get("/dynamodb/create-table")
async def create_form(page: FormPageOf) -> Response:
    return _form(page, _EMPTY)


@router.post("/dynamodb/create-table")
async def create(page: PageOf) -> Response:
    form = await page.form()
    given = {name: str(form.get(name, "")).strip() for name in _EMPTY}
    try:
        await create_table(page.aws, _input(given))
    except (AwsCallError, ValueError) as error:
        return _form(page, given, str(error))
    page.flash(f"The table {given['name']} is being made.")
    return page.redirect(table_url(page, given["name"]))


def _form(page: Page, given: Mapping[str, str], error: str = "") -> Response:
    return page.render(
        "dynamodb/create_table.html",
        title="Create a table",
        crumbs=crumbs_to(page),
        given=given,
        error=error,
        status=400 if error else 200,
    )


def _input(given: Mapping[str, str]) -> dict[str, Any]:
    """CreateTable's. Raises ValueError where the further members are no JSON object."""
    keys = [(given["partition"], given["partition_type"], "HASH")]
    if given["sort"]:
        keys.append((given["sort"], given["sort_type"], "RANGE"))
    further = json.loads(given["further"]) if given["further"] else {}
    if not isinstance(further, dict):
        raise ValueError("what CreateTable is to be given further is an object: { ... }")
    attributes = [{"AttributeName": name, "AttributeType": kind} for name, kind, _ in keys]
    attributes += further.pop("AttributeDefinitions", [])
    wanted: dict[str, Any] = {
        "TableName": given["name"],
        "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, _, kind in keys],
        "AttributeDefinitions": attributes,
        "BillingMode": "PAY_PER_REQUEST",
    }
    return {**wanted, **further}


@router.get("/dynamodb/tables/{table}/delete")
async def ask_delete(page: FormPageOf, table: TableName) -> Response:
    described = await describe_table(page.aws, table)
    return page.confirm(
        title=f"Delete {table}?",
        question="The table goes with all of its items, its indexes and its stream. Its backups stay.",
        button="Delete the table",
        cancel=table_url(page, table),
        hits=(("Table", table), ("Items", f"{described.items:,}")),
        crumbs=crumbs_to(page, table),
        expected=table,
    )


@router.post("/dynamodb/tables/{table}/delete")
async def delete(page: PageOf, table: TableName) -> Response:
    if (await page.form()).get("expected") != table:
        page.flash("Nothing is deleted: the name that was typed is another one.", "error")
        return page.redirect(table_url(page, table))
    await delete_table(page.aws, table)
    page.flash(f"The table {table} is deleted.")
    return page.redirect(page.url("dynamodb", "tables"))
