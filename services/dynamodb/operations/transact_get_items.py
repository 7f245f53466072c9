"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from awskit.database import Transaction
from awskit.operation import Input, Output, read_operation
from services.dynamodb.expressions import Placeholders, Projection, check_parameters
from services.dynamodb.items import reading, transactions
from services.dynamodb.items.capacity import Consumption, describe_all
from services.dynamodb.items.key_checks import check_key, check_scalar_paths
from services.dynamodb.items.request_expressions import projection_of
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.tables.table import Table
from services.dynamodb.values.attribute_values import Item, normalize_item


@dataclass(frozen=True, slots=True)
class _Get:
    table: Table
    key: Item
    projection: Projection | None


@read_operation("TransactGetItems")
def transact_get_items(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Up to 100 items by their keys, as they were at one moment."""
    gets = [_read(context, entry["Get"], transaction) for entry in input["TransactItems"]]
    for get in gets:
        check_key(get.table, get.key)
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
            responses.append({"Item": get.projection.apply(found.item)})
    output: Output = {"Responses": responses}
    wanted = input.get("ReturnConsumedCapacity", "NONE")
    if wanted != "NONE":
        output["ConsumedCapacity"] = describe_all(consumed.values(), wanted, transactional=True)
    return output


def _read(context: DynamoDbContext, parameters: Input, transaction: Transaction) -> _Get:
    check_parameters(parameters, legacy=(), expressions=("ProjectionExpression",))
    key = normalize_item(parameters["Key"])
    placeholders = Placeholders.of(parameters)
    projection = projection_of(parameters, placeholders)
    placeholders.check_all_used()
    table = context.runtime.catalog.data_table(transaction, context, parameters["TableName"])
    if projection is not None:
        check_scalar_paths(table, projection.paths)
    return _Get(table, key, projection)
