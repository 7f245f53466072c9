"""Items as people write them: plain JSON, and DynamoDB's own.

In: a text. Out: an item as DynamoDB has it (`{"id": {"S": "1"}}`); the other way round a text. `ItemError`, one line,
where the text is no item. Numbers keep every digit. Plain JSON has neither sets nor bytes: what was one in the edited
item stays one.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from console.interfaces.dynamodb.items import Item, Value

_SETS = ("SS", "NS", "BS")
_MOST_LEVELS = 40


class ItemError(ValueError):
    """The text is no item; says where and why."""


class _Number(str):
    """A number's digits, as they were written."""

    __slots__ = ()


def parse_plain(text: str, before: Item | None = None) -> Item:
    """Of plain JSON; `before` is the item that it is a new version of."""
    found = _object_of(text)
    return {name: _typed(value, (before or {}).get(name), 0) for name, value in found.items()}


def parse_typed(text: str) -> Item:
    """Of DynamoDB JSON."""
    found = _object_of(text)
    for name, value in found.items():
        if not isinstance(value, dict) or len(value) != 1:
            raise ItemError(f'the attribute {name!r} is no DynamoDB JSON: say {{"S": "text"}}, {{"N": "1"}} and so on')
    item: Item = json.loads(text)
    return item


def plain_text(item: Item) -> str:
    """An item as plain JSON, indented."""
    return _written({name: item[name] for name in item}, 0)


def plain_value(value: Value, most: int = 200) -> str:
    """One value in a line: a text without quotes, anything else as plain JSON."""
    kind, content = next(iter(value.items()), ("NULL", True))
    if kind in ("S", "N", "B"):
        said = str(content)
    elif kind == "BOOL":
        said = "true" if content else "false"
    elif kind == "NULL":
        said = "null"
    else:
        said = " ".join(_written_value(value, 0, levels=3).split())
    return said if len(said) <= most else f"{said[:most]}…"


def typed_text(item: Item) -> str:
    """An item as DynamoDB JSON, indented: each value in one line that has no others in it."""
    return _typed_members(item, 0)


def _typed_members(attributes: Mapping[str, Value], level: int) -> str:
    if not attributes:
        return "{}"
    space = "  " * (level + 1)
    lines = [
        f"{space}{json.dumps(name, ensure_ascii=False)}: {_typed_value(value, level + 1)}"
        for name, value in attributes.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n" + "  " * level + "}"


def _typed_value(value: Value, level: int) -> str:
    kind, content = next(iter(value.items()))
    if kind == "M":
        return f'{{"M": {_typed_members(content, level)}}}'
    if kind == "L" and content:
        space = "  " * (level + 1)
        parts = ",\n".join(space + _typed_value(one, level + 1) for one in content)
        return '{"L": [\n' + parts + "\n" + "  " * level + "]}"
    return json.dumps(value, ensure_ascii=False)


def is_plain(item: Item) -> bool:
    """Whether plain JSON says all of it: no sets, no bytes."""
    return all(_is_plain(value) for value in item.values())


def _is_plain(value: Value) -> bool:
    kind, content = next(iter(value.items()))
    if kind == "L":
        return all(_is_plain(one) for one in content)
    if kind == "M":
        return all(_is_plain(one) for one in content.values())
    return kind not in ("B", *_SETS)


def _object_of(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text, parse_int=_Number, parse_float=_Number, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise ItemError(f"line {error.lineno}, column {error.colno}: {error.msg}") from error
    except RecursionError:
        raise ItemError("it has too many levels") from None
    if not isinstance(found, dict):
        raise ItemError("an item is an object: { ... }")
    return found


def _no_number(text: str) -> Any:
    raise ItemError(f"{text} is no number of DynamoDB's")


def _typed(value: Any, before: Value | None, level: int) -> Value:
    if level > _MOST_LEVELS:
        raise ItemError("it has too many levels")
    kind, content = _kind_and_content(before)
    if isinstance(value, _Number):
        return {"N": str(value)}
    if isinstance(value, str):
        return {"B": _bytes(value)} if kind == "B" else {"S": value}
    if isinstance(value, bool):
        return {"BOOL": value}
    if value is None:
        return {"NULL": True}
    if isinstance(value, dict):
        inner = content if kind == "M" else {}
        return {"M": {name: _typed(one, inner.get(name), level + 1) for name, one in value.items()}}
    if kind in _SETS and value:
        return {kind: [_bytes(str(one)) if kind == "BS" else str(one) for one in value]}
    parts = content if kind == "L" else []
    return {
        "L": [_typed(one, parts[place] if place < len(parts) else None, level + 1) for place, one in enumerate(value)]
    }


def _kind_and_content(value: Value | None) -> tuple[str, Any]:
    return next(iter(value.items())) if value else ("", None)


def _bytes(text: str) -> str:
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ItemError(f"{text[:40]!r} is no base64, which bytes are written in") from error
    return text


def _written(attributes: Mapping[str, Value], level: int, levels: int = 100) -> str:
    if not attributes:
        return "{}"
    if level >= levels:
        return "{…}"
    space = "  " * (level + 1)
    lines = [
        f"{space}{json.dumps(name, ensure_ascii=False)}: {_written_value(value, level + 1, levels)}"
        for name, value in attributes.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n" + "  " * level + "}"


def _written_value(value: Value, level: int, levels: int = 100) -> str:
    kind, content = next(iter(value.items()))
    if kind == "N":
        return str(content)
    if kind == "M":
        return _written(content, level, levels)
    if kind in ("L", *_SETS):
        if kind == "L":
            parts = [_written_value(one, level + 1, levels) for one in content]
        else:
            parts = [str(one) if kind == "NS" else json.dumps(one, ensure_ascii=False) for one in content]
        if level >= levels:
            return "[…]"
        space = "  " * (level + 1)
        return "[\n" + ",\n".join(space + part for part in parts) + "\n" + "  " * level + "]" if parts else "[]"
    if kind == "NULL":
        return "null"
    return json.dumps(content, ensure_ascii=False)
