"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.operation import Input, Output, write_operation
from services.dynamodb.errors import ValidationException
from services.dynamodb.expressions import Placeholders, check_parameters
from services.dynamodb.items.key_checks import check_key, check_scalar_paths
from services.dynamodb.items.request_expressions import condition_of
from services.dynamodb.items.returned_metrics import add_write_results
from services.dynamodb.items.writing import Write
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.values.attribute_values import normalize_item


@write_operation("DeleteItem")
def delete_item(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Delete the item with a key; nothing happens where there is none."""
    check_parameters(input, legacy=("Expected",), expressions=("ConditionExpression",))
    key = normalize_item(input["Key"])
    return_values = input.get("ReturnValues", "NONE")
    if return_values not in ("NONE", "ALL_OLD"):
        raise ValidationException("ReturnValues can only be ALL_OLD or NONE")
    placeholders = Placeholders.of(input)
    condition = condition_of(input, placeholders)
    placeholders.check_all_used()
    runtime = context.runtime
    table = runtime.catalog.data_table(transaction, context, input["TableName"])
    check_key(table, key)
    if condition is not None:
        check_scalar_paths(table, condition.paths)
    write = Write(context.now, condition, input.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD")
    change = runtime.writer.delete(transaction, table, key, write)
    output: Output = {}
    if return_values == "ALL_OLD" and change.old is not None:
        output["Attributes"] = change.old
    add_write_results(transaction, output, input, change)
    return output
