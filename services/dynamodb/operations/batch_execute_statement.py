"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import orjson

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, async_operation
from services.dynamodb.errors import ValidationException
from services.dynamodb.items import reading
from services.dynamodb.items.capacity import Consumption, describe_all
from services.dynamodb.partiql import selects, writes
from services.dynamodb.partiql.statements import Prepared, PreparedExists, PreparedSelect, prepare
from services.dynamodb.runtime import DynamoDbContext

_CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ValidationException": "ValidationError",
        "ResourceNotFoundException": "ResourceNotFound",
        "ConditionalCheckFailedException": "ConditionalCheckFailed",
        "DuplicateItemException": "DuplicateItem",
        "ItemCollectionSizeLimitExceededException": "ItemCollectionSizeLimitExceeded",
    }
)
_NOT_A_STATEMENT: Final = "Invalid operation. Only select, insert, update and delete operations are valid"


class _Entry:
    """One statement of the batch: prepared, or what is wrong with it."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self.request = request
        self.prepared: Prepared | None = None
        self.error: AwsError | None = None
        try:
            self.prepared = prepare(request["Statement"], request.get("Parameters"))
        except AwsError as error:
            self.error = error
            if error.message.startswith("Unsupported operation: "):
                self.error = ValidationException(_NOT_A_STATEMENT)
        if isinstance(self.prepared, PreparedExists):
            self.error = ValidationException("EXISTS can only be used in ExecuteTransaction write requests.")
            self.prepared = None


@async_operation("BatchExecuteStatement")
async def batch_execute_statement(context: DynamoDbContext, input: Input) -> Output:
    """Up to 25 statements, all reads of single items or all writes, each with its own result."""
    entries = [_Entry(request) for request in input["Statements"]]
    database = context.runtime.database
    if not any(isinstance(entry.prepared, PreparedSelect) for entry in entries):
        return await database.write(lambda transaction: _write_all(context, input, entries, transaction))
    if any(entry.prepared is not None and not isinstance(entry.prepared, PreparedSelect) for entry in entries):
        raise ValidationException("Read and write requests together in the same batch is not supported.")
    return await database.read(lambda transaction: _read_all(context, input, entries, transaction))


def _read_all(context: DynamoDbContext, input: Input, entries: Sequence[_Entry], transaction: Transaction) -> Output:
    consumed: dict[str, Consumption] = {}
    responses = []
    for entry in entries:
        try:
            responses.append(_read(context, entry, transaction, consumed))
        except AwsError as error:
            responses.append({"Error": _described(error)})
    return _output(input, responses, consumed)


def _read(
    context: DynamoDbContext, entry: _Entry, transaction: Transaction, consumed: dict[str, Consumption]
) -> dict[str, Any]:
    prepared = entry.prepared
    if not isinstance(prepared, PreparedSelect):
        raise entry.error or ValidationException(_NOT_A_STATEMENT)
    consistent = entry.request.get("ConsistentRead", False)
    table = context.runtime.catalog.data_table(transaction, context, prepared.table_name)
    key = writes.key_of_select(table, prepared.where)
    if key is None or prepared.index_name is not None:
        raise ValidationException("Only single item select is supported")
    found = reading.get(transaction, table, key, consistent=consistent)
    size = found.size if found is not None else 0
    _add(consumed, reading.get_consumption(table, size, consistent=consistent))
    response: dict[str, Any] = {"TableName": prepared.table_name}
    if found is not None:
        response["Item"] = selects.projected(table, prepared, found.item)
    return response


def _write_all(context: DynamoDbContext, input: Input, entries: Sequence[_Entry], transaction: Transaction) -> Output:
    consumed: dict[str, Consumption] = {}
    bound = [_bound(context, entry, transaction) for entry in entries]
    keys = [
        (write.table.table_id, orjson.dumps(write.key, option=orjson.OPT_SORT_KEYS))
        for write in bound
        if isinstance(write, writes.BoundWrite)
    ]
    if len(set(keys)) < len(keys):
        raise ValidationException("Provided list of item keys contains duplicates")
    responses = []
    for entry, write in zip(entries, bound, strict=True):
        if isinstance(write, AwsError):
            responses.append({"Error": _described(write)})
        else:
            responses.append(_write(context, entry, write, transaction, consumed))
    return _output(input, responses, consumed)


def _bound(context: DynamoDbContext, entry: _Entry, transaction: Transaction) -> writes.BoundWrite | AwsError:
    prepared = entry.prepared
    if prepared is None or isinstance(prepared, PreparedSelect):
        return entry.error or ValidationException(_NOT_A_STATEMENT)
    try:
        return writes.bind(context, transaction, prepared)
    except AwsError as error:
        return error


def _write(
    context: DynamoDbContext,
    entry: _Entry,
    write: writes.BoundWrite,
    transaction: Transaction,
    consumed: dict[str, Consumption],
) -> dict[str, Any]:
    response: dict[str, Any] = {"TableName": write.table.name}
    returns_failed = entry.request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    try:
        change = writes.execute(context, transaction, write, returns_failed=returns_failed)
    except AwsError as error:
        response["Error"] = _described(error)
        if write.item is not None and error.code == "ConditionalCheckFailedException":
            response["Error"].update(Code="DuplicateItem", Message=writes.DUPLICATE)
        return response
    _add(consumed, change.consumption())
    item = writes.returned_item(write, change)
    if item is not None:
        response["Item"] = item
    return response


def _described(error: AwsError) -> dict[str, Any]:
    code = _CODES.get(error.code)
    if code is None:
        raise error
    return {"Code": code, "Message": error.message, **error.members}


def _add(consumed: dict[str, Consumption], consumption: Consumption) -> None:
    known = consumed.setdefault(consumption.table.name, consumption)
    if known is not consumption:
        known.add(consumption)


def _output(input: Input, responses: list[dict[str, Any]], consumed: dict[str, Consumption]) -> Output:
    output: Output = {"Responses": responses}
    wanted = input.get("ReturnConsumedCapacity", "NONE")
    if wanted != "NONE":
        output["ConsumedCapacity"] = describe_all(consumed.values(), wanted)
    return output
