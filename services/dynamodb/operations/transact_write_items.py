"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from awskit.database import Transaction
from awskit.operation import Input, Output, write_operation
from services.dynamodb.errors import ValidationException
from services.dynamodb.expressions import Placeholders, check_parameters, compile_update
from services.dynamodb.items import reading, transactions
from services.dynamodb.items.capacity import Consumption, describe_all
from services.dynamodb.items.client_request_tokens import once
from services.dynamodb.items.key_checks import check_key, check_scalar_paths
from services.dynamodb.items.request_expressions import condition_of
from services.dynamodb.items.returned_metrics import item_collection_metrics
from services.dynamodb.items.transactions import FACTOR, Action
from services.dynamodb.items.writing import Change, check_size
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.values.attribute_values import normalize_item

_KINDS: Final[Mapping[str, Any]] = {"ConditionCheck": "check", "Put": "put", "Delete": "delete", "Update": "update"}
_NOT_ONE: Final = "TransactItems can only contain one of Check, Put, Update or Delete"


@write_operation("TransactWriteItems")
def transact_write_items(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Up to 100 puts, updates, deletes and condition checks, all or nothing."""
    actions = [_read(context, entry, transaction) for entry in input["TransactItems"]]
    for action in actions:
        if action.kind != "put":
            check_key(action.table, action.item)
    _check_distinct(actions)
    return once(
        context,
        transaction,
        input,
        lambda: _run(context, input, transaction, actions),
        lambda first: _repeated(input, transaction, actions, first),
    )


def _read(context: DynamoDbContext, entry: Input, transaction: Transaction) -> Action:
    kinds = [kind for kind in _KINDS if kind in entry]
    if len(kinds) != 1:
        raise ValidationException(_NOT_ONE)
    kind = kinds[0]
    parameters = entry[kind]
    expressions = ("UpdateExpression", "ConditionExpression") if kind == "Update" else ("ConditionExpression",)
    check_parameters(parameters, legacy=(), expressions=expressions)
    item = normalize_item(parameters["Item" if kind == "Put" else "Key"])
    size = check_size(item) if kind == "Put" else 0
    placeholders = Placeholders.of(parameters)
    update = compile_update(parameters["UpdateExpression"], placeholders) if kind == "Update" else None
    condition = condition_of(parameters, placeholders)
    placeholders.check_all_used()
    table = context.runtime.catalog.data_table(transaction, context, parameters["TableName"])
    if condition is not None:
        check_scalar_paths(table, condition.paths)
    returns_failed = parameters.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    return Action(_KINDS[kind], table, item, size, update, condition, returns_failed)


def _check_distinct(actions: Sequence[Action]) -> None:
    # A put without a whole key has no place; it is refused when its turn comes.
    placed = [
        (action.table, action.item)
        for action in actions
        if all(key.type in action.item.get(key.name, ()) for key in action.table.keys)
    ]
    transactions.check_distinct(placed)


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
