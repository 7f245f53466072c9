"""A table's items: put where they are not there, or are there otherwise."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from ruststack.seeds.changes import Change, Resource, Wanted

_READ_AT_ONCE = 100
_WRITTEN_AT_ONCE = 25

Item = dict[str, Any]


_TYPES = frozenset({"S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"})


class Keys(NamedTuple):
    """A table's key, by its attributes' names; `types` are those of its attributes and of its indexes' keys."""

    table: Sequence[str]
    types: Mapping[str, str]


def check(table: Resource, keys: Keys) -> None:
    """Raises `SeedError` where an item cannot be read, or cannot be the table's."""
    for _ in _items(table, keys):
        pass


def changes(table: Wanted, keys: Keys, *, is_there: bool) -> Iterator[Change]:
    """What is to be done until the table holds the items."""
    key = keys.table
    items = _items(table, keys)
    while some := list(islice(items, _READ_AT_ONCE)):
        there = _there(table, key, some) if is_there else {}
        missing = [item for item in some if there.get(_place(item, key)) != _comparable(item)]
        for start in range(0, len(missing), _WRITTEN_AT_ONCE):
            batch = missing[start : start + _WRITTEN_AT_ONCE]
            how = f"put {len(batch)} item{'s' if len(batch) > 1 else ''}"
            yield Change(f"table {table.name}", how, partial(_put, table, batch))


def typed(value: Any) -> dict[str, Any]:
    """A plain value in DynamoDB's JSON. ValueError where there is none for it."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int() | float():
            return {"N": repr(value)}
        case str():
            return {"S": value}
        case bytes():
            return {"B": b64encode(value).decode()}
        case list():
            return {"L": [typed(one) for one in value]}
        case dict():
            return {"M": {name: typed(one) for name, one in value.items()}}
        case frozenset():
            return _typed_set(value)
    raise ValueError(f"{value!r} is no value of DynamoDB's")


def _typed_set(value: frozenset[Any]) -> dict[str, Any]:
    entries = [typed(one) for one in value]
    kinds = {kind for entry in entries for kind in entry}
    if len(kinds) != 1 or not kinds <= {"S", "N", "B"}:
        raise ValueError("a set holds strings, numbers or binary values, and something")
    (kind,) = kinds
    return {f"{kind}S": sorted(entry[kind] for entry in entries)}


def _items(table: Resource, keys: Keys) -> Iterator[Item]:
    key = keys.table
    seen: set[str] = set()
    for where, item in _all(table):
        if any(name not in item for name in key):
            raise table.mistake(f"has no {' and '.join(name for name in key if name not in item)}", *where)
        for name, kind in keys.types.items():
            if name in item and kind not in item[name]:
                raise table.mistake(f"has {name} as {next(iter(item[name]))}, which is a key's, and {kind}", *where)
        place = _place(item, key)
        if place in seen:
            raise table.mistake("has the key of another one", *where)
        seen.add(place)
        yield item


def _all(table: Resource) -> Iterator[tuple[tuple[str | int, ...], Item]]:
    for number, item in enumerate(table.said.get("items", ())):
        yield ("items", number), _typed(table, item, "items", number)
    for number, item in enumerate(table.said.get("typed_items", ())):
        yield ("typed_items", number), _as_typed(table, item, "typed_items", number)
    for number, entry in enumerate(table.said.get("item_files", ())):
        where = ("item_files", number)
        for item in _read(table, table.document.file.parent / entry["path"], number):
            yield where, (_as_typed if entry.get("typed") else _typed)(table, item, *where)


def _as_typed(table: Resource, item: Mapping[str, Any], *where: str | int) -> Item:
    """The item, each of whose values is of DynamoDB's JSON: {"S": "text"}."""
    for name, value in item.items():
        if not isinstance(value, dict) or len(value) != 1 or not value.keys() <= _TYPES:
            raise table.mistake(f'cannot be an item: {name} is not as {{"S": "text"}}', *where)
    return dict(item)


def _typed(table: Resource, item: Mapping[str, Any], *where: str | int) -> Item:
    try:
        return {name: typed(value) for name, value in item.items()}
    except ValueError as error:
        raise table.mistake(f"cannot be an item: {error}", *where) from error


def _read(table: Resource, path: Path, number: int) -> Iterator[Item]:
    """The items of a JSON array, or of a line each."""
    try:
        content = path.read_text(encoding="utf-8")
        if content.lstrip().startswith("["):
            found = json.loads(content)
        else:
            found = [json.loads(line) for line in content.splitlines() if line.strip()]
        for item in found:
            if not isinstance(item, dict):
                raise ValueError("an item is an object")
            yield item
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise table.mistake(f"cannot be read: {reason}", "item_files", number, "path") from error


def _place(item: Item, key: Sequence[str]) -> str:
    return json.dumps([_normal(item[name]) for name in key])


def _comparable(item: Item) -> Any:
    return _normal({"M": item})


def _normal(value: Any) -> Any:
    """A typed value in which equal ones are alike: numbers by value, sets without an order."""
    ((kind, content),) = value.items()
    match kind:
        case "M":
            return kind, sorted((name, _normal(one)) for name, one in content.items())
        case "L":
            return kind, [_normal(one) for one in content]
        case "N":
            return kind, _number(content)
        case "NS":
            return kind, sorted(map(_number, content))
        case "SS" | "BS":
            return kind, sorted(content)
    return kind, content


def _number(text: Any) -> str:
    from decimal import Decimal, InvalidOperation

    try:
        return format(Decimal(str(text)).normalize(), "f")
    except InvalidOperation:
        return str(text)


def _there(table: Wanted, key: Sequence[str], items: Sequence[Item]) -> dict[str, Any]:
    """The items that have the keys of these, by their keys."""
    asked: dict[str, Any] = {
        table.name: {"Keys": [{name: item[name] for name in key} for item in items], "ConsistentRead": True}
    }
    found: dict[str, Any] = {}
    while asked:
        answer = table.client.json(table.place, "dynamodb", "BatchGetItem", {"RequestItems": asked})
        for item in answer["Responses"].get(table.name, ()):
            found[_place(item, key)] = _comparable(item)
        asked = answer.get("UnprocessedKeys") or {}
    return found


def _put(table: Wanted, items: Sequence[Item]) -> None:
    asked: dict[str, Any] = {table.name: [{"PutRequest": {"Item": item}} for item in items]}
    while asked:
        answer = table.client.json(table.place, "dynamodb", "BatchWriteItem", {"RequestItems": asked})
        asked = answer.get("UnprocessedItems") or {}
