"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import orjson

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation
from services.dynamodb.errors import ValidationException
from services.dynamodb.expressions import Placeholders, Projection, check_parameters
from services.dynamodb.items import reading
from services.dynamodb.items.capacity import Consumption, describe_all
from services.dynamodb.items.key_checks import check_key, check_scalar_paths
from services.dynamodb.items.request_expressions import projection_of
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.tables.table import Table
from services.dynamodb.values.attribute_values import Item, normalize_item

_MOST_KEYS: Final = 100
_LARGEST_ANSWER: Final = 16 * 1024 * 1024
_LARGEST_FROM_PARTITION: Final = 1424 * 1024
"""AWS's page says 1 MB; what it answers tells that it is a little more. A table counts as one partition here."""


@dataclass(slots=True)
class _Request:
    name: str
    parameters: Input
    keys: list[Item]
    projection: Projection | None
    table: Table | None = None


@read_operation("BatchGetItem")
def batch_get_item(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Up to 100 items by their keys; those beyond 16 MB are left unprocessed."""
    requests = [_read(name, parameters) for name, parameters in _checked(input).items()]
    for request in requests:
        keys = [orjson.dumps(key, option=orjson.OPT_SORT_KEYS) for key in request.keys]
        if len(set(keys)) < len(keys):
            raise ValidationException("Provided list of item keys contains duplicates")
    for request in requests:
        request.table = context.runtime.catalog.data_table(transaction, context, request.name)
        for key in request.keys:
            check_key(request.table, key)
        if request.projection is not None:
            check_scalar_paths(request.table, request.projection.paths)
    return _answer(transaction, input, requests)


def _checked(input: Input) -> dict[str, Any]:
    items: dict[str, Any] = input["RequestItems"]
    for parameters in items.values():
        check_parameters(parameters, legacy=("AttributesToGet",), expressions=("ProjectionExpression",))
    if sum(len(parameters["Keys"]) for parameters in items.values()) > _MOST_KEYS:
        raise ValidationException("Too many items requested for the BatchGetItem call")
    return items


def _read(name: str, parameters: Input) -> _Request:
    keys = [normalize_item(key) for key in parameters["Keys"]]
    placeholders = Placeholders.of(parameters)
    projection = projection_of(parameters, placeholders)
    placeholders.check_all_used()
    return _Request(name, parameters, keys, projection)


def _answer(transaction: Transaction, input: Input, requests: list[_Request]) -> Output:
    responses: dict[str, list[Any]] = {}
    unprocessed: dict[str, Any] = {}
    consumed: list[Consumption] = []
    size = 0
    for request in requests:
        assert request.table is not None
        consistent = request.parameters.get("ConsistentRead", False)
        consumption = Consumption(request.table)
        before = size
        items = responses[request.name] = []
        for number, key in enumerate(request.keys):
            found = reading.get(transaction, request.table, key, consistent=consistent)
            most = min(_LARGEST_ANSWER, before + _LARGEST_FROM_PARTITION)
            if found is not None and size + found.size > most:
                left = request.keys[number:]
                unprocessed[request.name] = {**request.parameters, "Keys": left}
                for _ in left:  # a key that was looked at in vain costs the least unit
                    consumption.add(reading.get_consumption(request.table, 0, consistent=consistent))
                break
            found_size = found.size if found is not None else 0
            size += found_size
            consumption.add(reading.get_consumption(request.table, found_size, consistent=consistent))
            if found is not None:
                projection = request.projection
                items.append(orjson.Fragment(found.json) if projection is None else projection.apply(found.item))
        consumed.append(consumption)
    output: Output = {"Responses": responses, "UnprocessedKeys": unprocessed}
    wanted = input.get("ReturnConsumedCapacity", "NONE")
    if wanted != "NONE":
        output["ConsumedCapacity"] = describe_all(consumed, wanted)
    return output
