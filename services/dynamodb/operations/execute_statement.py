"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.service.operation import Input, Output, async_operation
from services.dynamodb.errors import ValidationException
from services.dynamodb.items.returned_metrics import add_consumed_capacity
from services.dynamodb.partiql import selects, writes
from services.dynamodb.partiql.statements import PreparedExists, PreparedSelect, prepare
from services.dynamodb.runtime import DynamoDbContext


@async_operation("ExecuteStatement")
async def execute_statement(context: DynamoDbContext, input: Input) -> Output:
    """Run one PartiQL statement."""
    prepared = prepare(input["Statement"], input.get("Parameters"))
    if isinstance(prepared, PreparedExists):
        raise ValidationException("EXISTS can only be used in ExecuteTransaction write requests.")
    if isinstance(prepared, PreparedSelect):
        return await _select(context, input, prepared)
    write = prepared
    return await context.runtime.database.write(lambda transaction: _write(context, input, write, transaction))


async def _select(context: DynamoDbContext, input: Input, prepared: PreparedSelect) -> Output:
    page = await selects.select(
        context,
        prepared,
        consistent=input.get("ConsistentRead", False),
        limit=input.get("Limit"),
        next_token=input.get("NextToken"),
    )
    output: Output = {"Items": page.items}
    if page.next_token is not None:
        output["NextToken"] = page.next_token
    if page.last_key is not None:
        output["LastEvaluatedKey"] = page.last_key
    add_consumed_capacity(output, input, page.consumed)
    return output


def _write(context: DynamoDbContext, input: Input, prepared: writes.PreparedWrite, transaction: Transaction) -> Output:
    bound = writes.bind(context, transaction, prepared)
    returns_failed = input.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    change = writes.execute(context, transaction, bound, returns_failed=returns_failed)
    item = writes.returned_item(bound, change)
    output: Output = {"Items": [item] if item is not None else []}
    if input.get("ReturnConsumedCapacity", "NONE") != "NONE":
        add_consumed_capacity(output, input, change.consumption())
    return output
