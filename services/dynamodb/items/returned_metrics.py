"""What is returned beside items where a request asks for it: `ConsumedCapacity` and `ItemCollectionMetrics`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from awskit.database.transactions import Transaction
from services.dynamodb.items.capacity import Consumption
from services.dynamodb.items.writing import Change
from services.dynamodb.store import items as store
from services.dynamodb.tables.table import Table
from services.dynamodb.values.attribute_values import Item

Input = Mapping[str, Any]

_GIGABYTE: Final = 1024**3


def add_consumed_capacity(output: dict[str, Any], input: Input, consumed: Consumption) -> None:
    """`ConsumedCapacity`, where the request asks for it."""
    wanted = input.get("ReturnConsumedCapacity", "NONE")
    if wanted != "NONE":
        output["ConsumedCapacity"] = consumed.describe(wanted, name=input.get("TableName"))


def add_write_results(transaction: Transaction, output: dict[str, Any], input: Input, change: Change) -> None:
    """`ConsumedCapacity` and `ItemCollectionMetrics` of a single write, where the request asks for them."""
    if input.get("ReturnConsumedCapacity", "NONE") != "NONE":
        add_consumed_capacity(output, input, change.consumption())
    if input.get("ReturnItemCollectionMetrics", "NONE") == "SIZE":
        metrics = item_collection_metrics(transaction, change.table, change.new or change.old)
        if metrics is not None:
            output["ItemCollectionMetrics"] = metrics


def item_collection_metrics(transaction: Transaction, table: Table, item: Item | None) -> dict[str, Any] | None:
    """The size of the item's collection, for tables with local secondary indexes."""
    if item is None or all(index.is_global for index in table.indexes):
        return None
    size = store.collection_size(transaction, table.table_id, table.place(item)[0])
    lower = size // _GIGABYTE
    return {
        "ItemCollectionKey": {table.partition_key.name: item[table.partition_key.name]},
        "SizeEstimateRangeGB": [lower, lower + 1],
    }
