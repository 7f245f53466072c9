"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteTransaction.html"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, async_operation
from services.dynamodb.errors import ValidationException
from services.dynamodb.items import reading, transactions
from services.dynamodb.items.capacity import Consumption, describe_all
from services.dynamodb.items.client_request_tokens import once
from services.dynamodb.items.transactions import FACTOR, Action, TransactionCanceledException
from services.dynamodb.partiql import selects, writes
from services.dynamodb.partiql.statements import (
    Prepared,
    PreparedDelete,
    PreparedExists,
    PreparedSelect,
    PreparedUpdate,
    prepare,
)
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.tables.table import Table
from services.dynamodb.values.attribute_values import Item

_MIXED: Final = "ExecuteTransaction API does not support both read and write operations in the same request."
_NO_KEY: Final = "Select statements within ExecuteTransaction must specify the primary key in the where clause."


@async_operation("ExecuteTransaction")
async def execute_transaction(context: DynamoDbContext, input: Input) -> Output:
    """Up to 100 statements, all reads of single items or all writes and checks, all or nothing."""
    prepared = [_prepare(number, entry) for number, entry in enumerate(input["TransactStatements"])]
    database = context.runtime.database
    selected = [each for each in prepared if isinstance(each, PreparedSelect)]
    if not selected:
        return await database.write(lambda transaction: _write(context, input, prepared, transaction))
    if len(selected) < len(prepared):
        raise ValidationException(_MIXED)
    return await database.read(lambda transaction: _read(context, input, selected, transaction))


def _prepare(number: int, entry: Input) -> Prepared:
    try:
        prepared = prepare(entry["Statement"], entry.get("Parameters"))
    except ValidationException as error:
        if error.message.startswith(("Unsupported operation", "Statement wasn't well formed")):
            raise
        raise _invalid(number, error.message) from None
    if isinstance(prepared, PreparedUpdate | PreparedDelete) and prepared.returning is not None:
        raise _invalid(number, "RETURNING clause is not supported in ExecuteTransaction.")
    if isinstance(prepared, PreparedSelect) and prepared.index_name is not None:
        raise _invalid(number, "Reads on indices are not supported within transactions.")
    return prepared


def _invalid(number: int, message: str) -> ValidationException:
    return ValidationException(f"Validation failed in TransactStatements[{number}]: {message}")


# Reading


def _read(
    context: DynamoDbContext, input: Input, prepared: Sequence[PreparedSelect], transaction: Transaction
) -> Output:
    gets: list[tuple[Table, Item]] = []
    for number, select in enumerate(prepared):
        table = context.runtime.catalog.data_table(transaction, context, select.table_name)
        key = writes.key_of_select(table, select.where)
        if key is None:
            raise _invalid(number, _NO_KEY)
        gets.append((table, key))
    transactions.check_distinct(gets)
    responses: list[dict[str, Any]] = []
    consumed: dict[int, Consumption] = {}
    for select, (table, key) in zip(prepared, gets, strict=True):
        found = reading.get(transaction, table, key)
        size = found.size if found is not None else 0
        total = consumed.setdefault(table.table_id, Consumption(table))
        total.add(reading.get_consumption(table, size, consistent=True, factor=FACTOR))
        responses.append({"Item": selects.projected(table, select, found.item)} if found is not None else {})
    return _output(input, responses, list(consumed.values()))


# Writing


def _write(context: DynamoDbContext, input: Input, prepared: Sequence[Prepared], transaction: Transaction) -> Output:
    bound = _bind_all(context, input, prepared, transaction)
    actions = [action for _, action in bound]
    transactions.check_distinct((write.table, write.key) for write, _ in bound)

    def run() -> Output:
        try:
            changes = transactions.run(transaction, context.runtime.writer, actions, context.now)
        except TransactionCanceledException as error:
            raise TransactionCanceledException(_reasons(actions, error)) from None
        return _output(input, [], transactions.consumption(changes))

    return once(context, transaction, input, run, lambda first: first)


def _bind_all(
    context: DynamoDbContext, input: Input, prepared: Sequence[Prepared], transaction: Transaction
) -> list[tuple[writes.BoundWrite, Action]]:
    """The writes fitted to their tables; what does not fit is a reason to cancel."""
    bound: list[tuple[writes.BoundWrite, Action]] = []
    problem: tuple[int, ValidationException] | None = None
    for number, (each, entry) in enumerate(zip(prepared, input["TransactStatements"], strict=True)):
        assert not isinstance(each, PreparedSelect)
        try:
            write = writes.bind(context, transaction, each)
        except ValidationException as error:
            if isinstance(each, PreparedExists) or error.message.startswith("Key attributes must be scalars"):
                raise _invalid(number, error.message) from None
            problem = problem or (number, error)
            continue
        returns_failed = entry.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
        bound.append((write, _action(write, returns_failed)))
    if problem is not None:
        raise transactions.canceled(len(prepared), *problem)
    return bound


def _action(write: writes.BoundWrite, returns_failed: bool) -> Action:
    if write.item is not None:
        return Action("put", write.table, write.item, write.size, None, write.condition, returns_failed)
    if write.update is not None:
        return Action("update", write.table, write.key, 0, write.update, write.condition, returns_failed)
    if write.only_checks:
        return Action("check", write.table, write.key, 0, None, write.condition, returns_failed)
    return Action("delete", write.table, write.key, 0, None, write.condition, returns_failed)


def _reasons(actions: Sequence[Action], error: AwsError) -> list[dict[str, Any]]:
    """The reasons of the engine, where an INSERT that finds its key taken is called a duplicate."""
    duplicate = {"Code": "DuplicateItem", "Message": writes.DUPLICATE}
    return [
        {**reason, **duplicate} if action.kind == "put" and reason["Code"] == "ConditionalCheckFailed" else reason
        for action, reason in zip(actions, error.members["CancellationReasons"], strict=True)
    ]


def _output(input: Input, responses: list[dict[str, Any]], consumed: list[Consumption]) -> Output:
    output: Output = {"Responses": responses}
    wanted = input.get("ReturnConsumedCapacity", "NONE")
    if wanted != "NONE":
        output["ConsumedCapacity"] = describe_all(consumed, wanted, transactional=True)
    return output
