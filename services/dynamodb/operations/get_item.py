"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html"""

from __future__ import annotations

import orjson

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation
from services.dynamodb.expressions import Placeholders, check_parameters
from services.dynamodb.items import reading
from services.dynamodb.items.key_checks import check_key, check_scalar_paths
from services.dynamodb.items.request_expressions import projection_of
from services.dynamodb.items.returned_metrics import add_consumed_capacity
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.values.attribute_values import normalize_item


@read_operation("GetItem")
def get_item(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """One item by its key."""
    check_parameters(input, legacy=("AttributesToGet",), expressions=("ProjectionExpression",))
    key = normalize_item(input["Key"])
    placeholders = Placeholders.of(input)
    projection = projection_of(input, placeholders)
    placeholders.check_all_used()
    table = context.runtime.catalog.data_table(transaction, context, input["TableName"])
    check_key(table, key)
    if projection is not None:
        check_scalar_paths(table, projection.paths)
    found = reading.get(transaction, table, key, consistent=input.get("ConsistentRead", False))
    output: Output = {}
    if found is not None:
        output["Item"] = orjson.Fragment(found.json) if projection is None else projection.apply(found.item)
    if "ReturnConsumedCapacity" in input:
        size = found.size if found is not None else 0
        consistent = input.get("ConsistentRead", False)
        add_consumed_capacity(output, input, reading.get_consumption(table, size, consistent=consistent))
    return output
