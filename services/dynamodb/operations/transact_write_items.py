"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from awskit.database import Transaction
from awskit.service.operation import Input, Output, write_operation
from services.dynamodb.errors import NestingException, ValidationException
from services.dynamodb.expressions import Condition, Placeholders, Update, compile_update
from services.dynamodb.items import reading, transactions
from services.dynamodb.items.capacity import Consumption, describe_all
from services.dynamodb.items.client_request_tokens import once
from services.dynamodb.items.key_checks import check_item, check_key, check_scalar_paths
from services.dynamodb.items.request_expressions import condition_of
from services.dynamodb.items.returned_metrics import item_collection_metrics
from services.dynamodb.items.transactions import FACTOR, Action, check_each
from services.dynamodb.items.writing import Change, check_size
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.values.attribute_values import ANY_DEPTH, Item, normalize_item

Kind = Literal["put", "update", "delete", "check"]

_KINDS: Final[Mapping[str, Kind]] = {"ConditionCheck": "check", "Put": "put", "Delete": "delete", "Update": "update"}
_NOT_ONE: Final = "TransactItems can only contain one of Check, Put, Update or Delete"


@dataclass(slots=True)
class _Request:
    """What the request says of an action, as far as that can be told without its table; `problem` cancels."""

    kind: Kind
    parameters: Input
    item: Item
    size: int = 0
    update: Update | None = None
    condition: Condition | None = None
    problem: ValidationException | None = None


@write_operation("TransactWriteItems")
def transact_write_items(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Up to 100 puts, updates, deletes and condition checks, all or nothing."""
    requests = [_read(entry) for entry in input["TransactItems"]]
    actions = [_action(context, request, transaction) for request in requests]
    check_each(zip(requests, actions, strict=True), _check)
    transactions.check_distinct((action.table, action.item) for action in actions)
    return once(
        context,
        transaction,
        input,
        lambda: _run(context, input, transaction, actions),
        lambda first: _repeated(input, transaction, actions, first),
    )


def _read(entry: Input) -> _Request:
    kinds = [kind for kind in _KINDS if kind in entry]
    if len(kinds) != 1:
        raise ValidationException(_NOT_ONE)
    kind, parameters = _KINDS[kinds[0]], entry[kinds[0]]
    item = normalize_item(parameters["Item" if kind == "put" else "Key"])
    request = _Request(kind, parameters, item, check_size(item) if kind == "put" else 0)
    # How deep values are nested is looked at where they are stored, and then cancels.
    placeholders = Placeholders.of(parameters, depth=ANY_DEPTH)
    if kind == "update":
        request.update = compile_update(parameters["UpdateExpression"], placeholders)
        request.problem = _nesting_of(parameters)
    request.condition = condition_of(parameters, placeholders)
    if kind == "update" or request.condition is not None:
        placeholders.check_all_used()  # where there is no expression, names and values are let pass
    return request


def _nesting_of(parameters: Input) -> ValidationException | None:
    try:
        Placeholders.of(parameters)
    except NestingException as error:
        return error
    return None


def _action(context: DynamoDbContext, request: _Request, transaction: Transaction) -> Action:
    table = context.runtime.catalog.data_table(transaction, context, request.parameters["TableName"])
    if request.condition is not None:
        check_scalar_paths(table, request.condition.paths)
    returns_failed = request.parameters.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    return Action(request.kind, table, request.item, request.size, request.update, request.condition, returns_failed)


def _check(request_and_action: tuple[_Request, Action]) -> None:
    """The action fits its table."""
    request, action = request_and_action
    if action.kind == "put":
        check_item(action.table, action.item)
    else:
        check_key(action.table, action.item)
    if request.problem is not None:
        raise request.problem


def _run(context: DynamoDbContext, input: Input, transaction: Transaction, actions: Sequence[Action]) -> Output:
    changes = transactions.run(transaction, context.runtime.writer, actions, context.now)
    output: Output = {}
    wanted = input.get("ReturnConsumedCapacity", "NONE")
    if wanted != "NONE":
        output["ConsumedCapacity"] = describe_all(transactions.consumption(changes), wanted, transactional=True)
    if input.get("ReturnItemCollectionMetrics", "NONE") == "SIZE":
        output["ItemCollectionMetrics"] = _collection_metrics(transaction, changes)
    return output


def _collection_metrics(transaction: Transaction, changes: Sequence[Change]) -> dict[str, list[dict[str, Any]]]:
    metrics: dict[str, list[dict[str, Any]]] = {}
    for change in changes:
        described = item_collection_metrics(transaction, change.table, change.new or change.old)
        if described is not None and described not in metrics.get(change.table.name, ()):
            metrics.setdefault(change.table.name, []).append(described)
    return metrics


def _repeated(input: Input, transaction: Transaction, actions: Sequence[Action], first: Output) -> Output:
    """The answer to a request that was carried out before: the items were only read."""
    wanted = input.get("ReturnConsumedCapacity", "NONE")
    if wanted == "NONE":
        return first
    consumed: dict[int, Consumption] = {}
    for action in actions:
        table = action.table
        found = reading.get(transaction, table, action.item)
        size = found.size if found is not None else 0
        total = consumed.setdefault(table.table_id, Consumption(table))
        total.add(reading.get_consumption(table, size, consistent=True, factor=FACTOR))
    return {**first, "ConsumedCapacity": describe_all(consumed.values(), wanted, transactional=True)}
