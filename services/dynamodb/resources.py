"""What an operation's input is about, in a word: the table's name, or several of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MEMBERS = ("TableArn", "ResourceArn", "StreamArn", "BackupArn", "GlobalTableName", "TargetTableName", "ExportArn",
            "ImportArn", "SourceTableName", "SourceTableArn")  # fmt: skip
_MOST_TABLES = 5


def resource_of(input: Mapping[str, Any]) -> str:
    """The table's name, those of a batch's or a transaction's tables (`A,B`); "" where none is named."""
    named = input.get("TableName")
    if named is not None:
        return _name(named)
    items = input.get("RequestItems")
    if items is not None:
        return ",".join(_name(name) for name in list(items)[:_MOST_TABLES])
    transacted = input.get("TransactItems")
    if transacted is not None:
        actions = [action for item in transacted if item for action in item.values() if action]
        tables = dict.fromkeys(_name(action.get("TableName") or "") for action in actions)
        return ",".join(list(tables)[:_MOST_TABLES])
    return next((_name(input[member]) for member in _MEMBERS if input.get(member) is not None), "")


def _name(table: str) -> str:
    """`Orders` of `arn:aws:dynamodb:us-east-1:000000000000:table/Orders/stream/...`."""
    return table.partition(":table/")[2].partition("/")[0] if table.startswith("arn:") else table
