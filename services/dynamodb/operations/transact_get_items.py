"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation
from services.dynamodb.expressions import Placeholders, Projection
from services.dynamodb.items import reading, transactions
from services.dynamodb.items.capacity import Consumption, describe_all
from services.dynamodb.items.key_checks import check_key, check_scalar_paths
from services.dynamodb.items.request_expressions import projection_of
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.tables.table import Table
from services.dynamodb.values.attribute_values import Item, normalize_item


@dataclass(frozen=True, slots=True)
class _Request:
    """What the request says of a read, as far as that can be told without its table."""

    parameters: Input
    key: Item
    projection: Projection | None


@dataclass(frozen=True, slots=True)
class _Get:
    table: Table
    key: Item
    projection: Projection | None


@read_operation("TransactGetItems")
def transact_get_items(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Up to 100 items by their keys, as they were at one moment."""
    requests = [_read(entry["Get"]) for entry in input["TransactItems"]]
    gets = [_get(context, request, transaction) for request in requests]
    transactions.check_each(gets, lambda get: check_key(get.table, get.key))
    transactions.check_distinct((get.table, get.key) for get in gets)
    responses: list[dict[str, Any]] = []
    consumed: dict[int, Consumption] = {}
    for get in gets:
        found = reading.get(transaction, get.table, get.key)
        total = consumed.setdefault(get.table.table_id, Consumption(get.table))
        size = found.size if found is not None else 0
        total.add(reading.get_consumption(get.table, size, consistent=True, factor=transactions.FACTOR))
        if found is None:
            responses.append({})
        elif get.projection is None:
            responses.append({"Item": orjson.Fragment(found.json)})
        else:
            projected = get.projection.apply(found.item)
            responses.append({"Item": projected} if projected else {})
    output: Output = {"Responses": responses}
    wanted = input.get("ReturnConsumedCapacity", "NONE")
    if wanted != "NONE":
        output["ConsumedCapacity"] = describe_all(consumed.values(), wanted, transactional=True)
    return output


def _read(parameters: Input) -> _Request:
    key = normalize_item(parameters["Key"])
    placeholders = Placeholders.of(parameters)
    projection = projection_of(parameters, placeholders)
    if projection is not None:
        placeholders.check_all_used()  # where there is no expression, names are let pass
    return _Request(parameters, key, projection)


def _get(context: DynamoDbContext, request: _Request, transaction: Transaction) -> _Get:
    table = context.runtime.catalog.data_table(transaction, context, request.parameters["TableName"])
    if request.projection is not None:
        check_scalar_paths(table, request.projection.paths)
    return _Get(table, request.key, request.projection)
