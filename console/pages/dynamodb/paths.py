"""Where DynamoDB's pages are, the table that an address names, and keys of items in addresses."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Annotated

import orjson
from fastapi import Depends, Request

from console.frame.errors import NoSuchPage
from console.frame.page import Crumb, Page
from console.interfaces.dynamodb.items import Item
from console.interfaces.dynamodb.tables import Key

_TABLE = re.compile(r"[A-Za-z0-9_.-]{1,255}")


async def table_of(request: Request) -> str:
    """Raises `NoSuchPage` where no table can have that name."""
    table: str = request.path_params["table"]
    if not _TABLE.fullmatch(table):
        raise NoSuchPage(f"no table can be called {table!r}")
    return table


TableName = Annotated[str, Depends(table_of)]


def packed_key(key: Item) -> str:
    """An item's key, for an address."""
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def unpacked_key(text: str) -> Item:
    """Raises `NoSuchPage` where it is none."""
    try:
        found = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, orjson.JSONDecodeError, ValueError):
        found = None
    if not isinstance(found, dict):
        raise NoSuchPage("the address names no key of an item")
    key: Item = found
    return key


def key_of(item: Item, keys: Sequence[Key]) -> Item:
    """The item's key, by the table's schema."""
    return {key.name: item[key.name] for key in keys if key.name in item}


def table_url(page: Page, table: str, *below: str) -> str:
    return page.url("dynamodb", "tables", table, *below)


def item_url(page: Page, table: str, key: Item) -> str:
    return page.url("dynamodb", "tables", table, "item", key=packed_key(key))


def crumbs_to(page: Page, table: str = "") -> tuple[Crumb, ...]:
    """What lies above a page of that table."""
    crumbs: list[Crumb] = [("DynamoDB", page.url("dynamodb", "tables"))]
    if table:
        crumbs.append((table, table_url(page, table)))
    return tuple(crumbs)


def tabs_of(page: Page, table: str, current: str) -> list[tuple[str, str, bool]]:
    """The parts of a table's page."""
    parts = (
        ("Items", ""),
        ("PartiQL", "partiql"),
        ("Stream", "stream"),
        ("Details", "details"),
        ("Backups", "backups"),
    )
    return [(label, table_url(page, table, *([name] if name else [])), name == current) for label, name in parts]
