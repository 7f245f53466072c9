"""One item: shown and edited as plain JSON or as DynamoDB's own, checked before it is sent."""

from __future__ import annotations

import hashlib

import orjson
from starlette.responses import Response

from console.frame.page import FormPageOf, Page, PageOf
from console.frame.routers import page_router
from console.interfaces.dynamodb.items import Item, delete_item, get_item, put_item
from console.interfaces.dynamodb.tables import Table, describe_table
from console.interfaces.errors import AwsCallError
from console.pages.dynamodb.item_json import (
    ItemError,
    is_plain,
    parse_plain,
    parse_typed,
    plain_text,
    plain_value,
    typed_text,
)
from console.pages.dynamodb.paths import TableName, crumbs_to, item_url, key_of, table_url, unpacked_key

_CHANGED = (
    "The item has been changed since you have opened it: load the page anew, or send it again to write over that."
)
_GONE = "The item has been deleted since you have opened it: send it again to put it anew."
_EXAMPLES = {"S": '"text"', "N": "1", "B": '"Ynl0ZXM="'}

router = page_router()


@router.get("/dynamodb/tables/{table}/item")
async def show(page: PageOf, table: TableName) -> Response:
    key = page.needed("key")
    form = page.query.get("form", "")
    wanted = unpacked_key(key)
    described = await describe_table(page.aws, table)
    item = await get_item(page.aws, table, wanted)
    if item is None:
        return page.render(
            "frame/failure.html",
            title="There is no such item",
            crumbs=crumbs_to(page, table),
            text=", ".join(plain_value(value) for value in wanted.values()),
            status=404,
        )
    typed = form == "typed" if form else not is_plain(item)
    text = typed_text(item) if typed else plain_text(item)
    return _editor(page, described, wanted, text, typed=typed, digest=_digest(item), item=item)


@router.post("/dynamodb/tables/{table}/item")
async def change(page: PageOf, table: TableName) -> Response:
    key = page.needed("key")
    wanted = unpacked_key(key)
    form = await page.form()
    text, typed, digest = str(form.get("item", "")), form.get("typed") == "1", str(form.get("digest", ""))
    described = await describe_table(page.aws, table)
    before = await get_item(page.aws, table, wanted)
    error, item = "", before
    try:
        item = parse_typed(text) if typed else parse_plain(text, before)
        if digest != _digest(before):
            error, digest = _GONE if before is None else _CHANGED, _digest(before)
        else:
            await put_item(page.aws, table, item)
    except (ItemError, AwsCallError) as refused:
        error = str(refused)
    if error:
        return _editor(page, described, wanted, text, typed=typed, digest=digest, item=before, error=error)
    new_key = key_of(item or {}, described.keys)
    page.flash(
        "The item is put." if new_key == wanted else "It is put under its new key; the item of the old one stays."
    )
    return page.redirect(item_url(page, table, new_key))


@router.get("/dynamodb/tables/{table}/create-item")
async def create_form(page: FormPageOf, table: TableName) -> Response:
    described = await describe_table(page.aws, table)
    members = ",\n".join(f'  "{key.name}": {_EXAMPLES[key.type]}' for key in described.keys)
    return _editor(page, described, None, "{\n" + members + "\n}", typed=False, digest="", item=None)


@router.post("/dynamodb/tables/{table}/create-item")
async def create(page: PageOf, table: TableName) -> Response:
    form = await page.form()
    text, typed = str(form.get("item", "")), form.get("typed") == "1"
    described = await describe_table(page.aws, table)
    # bytes as a key cannot be told from a text in plain JSON, except by the table's schema
    kinds: Item = {key.name: {"B": ""} for key in described.keys if key.type == "B"}
    try:
        item = parse_typed(text) if typed else parse_plain(text, kinds)
        await put_item(page.aws, table, item, only_new_by=described.keys[0].name)
    except (ItemError, AwsCallError) as refused:
        return _editor(page, described, None, text, typed=typed, digest="", item=None, error=str(refused))
    page.flash("The item is put.")
    return page.redirect(item_url(page, table, key_of(item, described.keys)))


@router.get("/dynamodb/tables/{table}/item/delete")
async def ask_delete(page: FormPageOf, table: TableName) -> Response:
    key = page.needed("key")
    wanted = unpacked_key(key)
    return page.confirm(
        title="Delete this item?",
        question="It goes for good.",
        button="Delete",
        cancel=item_url(page, table, wanted),
        hits=(("Table", table), *((name, plain_value(value)) for name, value in wanted.items())),
        crumbs=crumbs_to(page, table),
    )


@router.post("/dynamodb/tables/{table}/item/delete")
async def delete(page: PageOf, table: TableName) -> Response:
    key = page.needed("key")
    await delete_item(page.aws, table, unpacked_key(key))
    page.flash("The item is deleted.")
    return page.redirect(table_url(page, table))


def _editor(
    page: Page,
    table: Table,
    key: Item | None,
    text: str,
    *,
    typed: bool,
    digest: str,
    item: Item | None,
    error: str = "",
) -> Response:
    title = " / ".join(plain_value(value, 60) for value in key.values()) if key is not None else "A new item"
    return page.render(
        "dynamodb/item.html",
        title=title or "An item",
        crumbs=crumbs_to(page, table.name),
        table=table,
        key=key,
        text=text,
        typed=typed,
        digest=digest,
        loses=item is not None and not is_plain(item) and not typed,
        error=error,
        status=400 if error else 200,
    )


def _digest(item: Item | None) -> str:
    """Whether an item is still what it was."""
    return hashlib.sha256(orjson.dumps(item, option=orjson.OPT_SORT_KEYS)).hexdigest()
