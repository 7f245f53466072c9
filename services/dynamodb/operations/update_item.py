"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.service.operation import Input, Output, write_operation
from services.dynamodb.errors import ValidationException, counted
from services.dynamodb.expressions import (
    Condition,
    Placeholders,
    Update,
    check_parameters,
    compile_attribute_updates,
    compile_update,
)
from services.dynamodb.items.key_checks import check_key, check_scalar_paths, check_update
from services.dynamodb.items.request_expressions import condition_of
from services.dynamodb.items.returned_metrics import add_write_results
from services.dynamodb.items.writing import Change, Write
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.values.attribute_values import Item, normalize_item

_LEGACY = ("AttributeUpdates", "Expected")
_EXPRESSIONS = ("UpdateExpression", "ConditionExpression")


@write_operation("UpdateItem")
def update_item(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Change attributes of the item with a key, or make that item."""
    try:
        key, update, condition = _read(input)
    except ValidationException as error:
        raise counted(error) from None
    runtime = context.runtime
    table = runtime.catalog.data_table(transaction, context, input["TableName"])
    check_key(table, key)
    if update is not None:
        check_update(table, update)
    if condition is not None:
        check_scalar_paths(table, condition.paths)
    write = Write(context.now, condition, input.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD")
    change = runtime.writer.update(transaction, table, key, update, write)
    output: Output = {}
    attributes = returned_attributes(input.get("ReturnValues", "NONE"), change, update)
    if attributes:
        output["Attributes"] = attributes
    add_write_results(transaction, output, input, change)
    return output


def _read(input: Input) -> tuple[Item, Update | None, Condition | None]:
    """What the request says, as far as that can be told without the table: the key, the update, the condition."""
    check_parameters(input, legacy=_LEGACY, expressions=_EXPRESSIONS)
    key = normalize_item(input["Key"])
    placeholders = Placeholders.of(input, named=False)
    update = _update_of(input, placeholders)
    condition = condition_of(input, placeholders)
    placeholders.check_all_used()
    return key, update, condition


def _update_of(input: Input, placeholders: Placeholders) -> Update | None:
    text = input.get("UpdateExpression")
    if text is not None:
        return compile_update(text, placeholders)
    updates = input.get("AttributeUpdates")
    return compile_attribute_updates(updates) if updates else None


def returned_attributes(return_values: str, change: Change, update: Update | None) -> Item | None:
    """What `ReturnValues` asks for."""
    if return_values == "NONE":
        return None
    item = change.old if return_values.endswith("OLD") else change.new
    if item is None or return_values.startswith("ALL"):
        return item
    return update.updated_attributes(item) if update is not None else None
