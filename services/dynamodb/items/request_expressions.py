"""Parameters that several item operations share: conditions, projections, keys, and what is returned beside items.

In: an operation's input. Raised: `ValidationException` with DynamoDB's texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from awskit.database import Transaction
from services.dynamodb.expressions import (
    Condition,
    Path,
    Placeholders,
    Projection,
    check_conditional_operator,
    compile_attributes_to_get,
    compile_condition,
    compile_expected,
    compile_projection,
)
from services.dynamodb.items.capacity import Consumption
from services.dynamodb.items.writing import Change
from services.dynamodb.store import items as store
from services.dynamodb.tables.table import Table
from services.dynamodb.values.attribute_values import Item, ValidationException

Input = Mapping[str, Any]

_GIGABYTE: Final = 1024**3


def condition_of(input: Input, placeholders: Placeholders) -> Condition | None:
    """`ConditionExpression`, or the legacy `Expected` with `ConditionalOperator`."""
    text = input.get("ConditionExpression")
    if text is not None:
        return compile_condition("ConditionExpression", text, placeholders)
    expected = input.get("Expected")
    check_conditional_operator(input.get("ConditionalOperator"), expected)
    if expected:
        return compile_expected(expected, input.get("ConditionalOperator"))
    return None


def projection_of(input: Input, placeholders: Placeholders) -> Projection | None:
    """`ProjectionExpression`, or the legacy `AttributesToGet`."""
    text = input.get("ProjectionExpression")
    if text is not None:
        return compile_projection(text, placeholders)
    names = input.get("AttributesToGet")
    return compile_attributes_to_get(names) if names is not None else None


def check_scalar_paths(table: Table, paths: Iterable[Path]) -> None:
    """No path leads into a key attribute: keys are scalars."""
    for path in paths:
        if len(path) > 1:
            name = path[0]
            if name in table.key_names:
                kind = "Key"
            elif name in table.index_key_types:
                kind = "IndexKey"
            else:
                continue
            raise ValidationException(
                "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: "
                f"{kind}: {name}"
            )


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
