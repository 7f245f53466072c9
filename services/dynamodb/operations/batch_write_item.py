"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from awskit.database import Transaction
from awskit.service.operation import Input, Output, write_operation
from services.dynamodb.errors import ValidationException
from services.dynamodb.items.capacity import Consumption, describe_all
from services.dynamodb.items.key_checks import NO_MATCH, check_item, check_key
from services.dynamodb.items.returned_metrics import item_collection_metrics
from services.dynamodb.items.writing import Change, Write, check_size
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.tables.table import Table
from services.dynamodb.values.attribute_values import Item, normalize_item

_MOST_REQUESTS: Final = 25
_SEVERAL: Final = (
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
)


@dataclass(slots=True)
class _Request:
    """A put (with its size) or a delete."""

    item: Item
    size: int
    puts: bool


@write_operation("BatchWriteItem")
def batch_write_item(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Up to 25 puts and deletes. All are carried out: no throughput is ever exceeded here."""
    requests = {name: [_read(entry) for entry in entries] for name, entries in input["RequestItems"].items()}
    if sum(map(len, requests.values())) > _MOST_REQUESTS:
        raise ValidationException("Too many items requested for the BatchWriteItem call")
    tables: dict[str, Table] = {}
    for name, entries in requests.items():
        tables[name] = context.runtime.catalog.data_table(transaction, context, name)
        _check(tables[name], entries)
    writer, write = context.runtime.writer, Write(context.now)
    changes: dict[str, list[Change]] = {}
    for name, entries in requests.items():
        table = tables[name]
        changes[name] = [
            writer.put(transaction, table, entry.item, entry.size, write)
            if entry.puts
            else writer.delete(transaction, table, entry.item, write)
            for entry in entries
        ]
    output: Output = {"UnprocessedItems": {}}
    _add_results(transaction, output, input, tables, changes)
    return output


def _read(entry: dict[str, Any]) -> _Request:
    put, delete = entry.get("PutRequest"), entry.get("DeleteRequest")
    if (put is None) == (delete is None):
        raise ValidationException(_SEVERAL)
    if put is not None:
        item = normalize_item(put["Item"])
        return _Request(item, check_size(item), True)
    assert delete is not None
    return _Request(normalize_item(delete["Key"]), 0, False)


def _check(table: Table, entries: list[_Request]) -> None:
    places = set()
    for entry in entries:
        if entry.puts:
            if any(key.type not in entry.item.get(key.name, ()) for key in table.keys):
                raise ValidationException(NO_MATCH)
            check_item(table, entry.item)
        else:
            check_key(table, entry.item)
        places.add(table.place(entry.item))
    if len(places) < len(entries):
        raise ValidationException("Provided list of item keys contains duplicates")


def _add_results(
    transaction: Transaction,
    output: Output,
    input: Input,
    tables: dict[str, Table],
    changes: dict[str, list[Change]],
) -> None:
    wanted = input.get("ReturnConsumedCapacity", "NONE")
    if wanted != "NONE":
        consumed = []
        for name, table in tables.items():
            total = Consumption(table, writes=True)
            for change in changes[name]:
                total.add(change.consumption())
            consumed.append(total)
        output["ConsumedCapacity"] = describe_all(consumed, wanted)
    if input.get("ReturnItemCollectionMetrics", "NONE") == "SIZE":
        metrics: dict[str, list[dict[str, Any]]] = {}
        for name, table in tables.items():
            for change in changes[name]:
                described = item_collection_metrics(transaction, table, change.new or change.old)
                if described is not None and described not in metrics.get(name, ()):
                    metrics.setdefault(name, []).append(described)
        output["ItemCollectionMetrics"] = metrics
