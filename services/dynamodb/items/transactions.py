"""Several writes as one: all are carried out, or none and each tells why.

In: actions on distinct items, which fit tables that are there (`check_each`). Out: a `Change` for each. Raised:
`ValidationException` where two actions are on one item; `TransactionCanceledException` with a reason for each action,
which undoes them all.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

from awskit.database import Transaction
from awskit.errors import AwsError
from services.dynamodb.errors import EmptyKeyException, ValidationException
from services.dynamodb.expressions import Condition, Update
from services.dynamodb.items.capacity import Consumption
from services.dynamodb.items.key_checks import check_update
from services.dynamodb.items.writing import Change, ConditionalCheckFailedException, ItemWriter, Write
from services.dynamodb.tables.table import Table
from services.dynamodb.values.attribute_values import Item

T = TypeVar("T")

FACTOR: Final = 2
"""A transaction reads and writes each item twice."""

_LARGEST: Final = 4 * 1024 * 1024
_NO_TRANSACTIONS: Final = "Transactions are not supported on global tables with multi-Region strong consistency"


@dataclass(frozen=True, slots=True)
class Action:
    """One part of a transaction. `item` is the whole item of a put and the key of the others; `size` that of a put."""

    kind: Literal["put", "update", "delete", "check"]
    table: Table
    item: Item
    size: int = 0
    update: Update | None = None
    condition: Condition | None = None
    returns_failed: bool = False


class TransactionCanceledException(AwsError):
    """Nothing was done; `CancellationReasons` has an entry for each action."""

    def __init__(self, reasons: Sequence[Mapping[str, Any]]) -> None:
        codes = ", ".join(reason["Code"] for reason in reasons)
        super().__init__(
            "TransactionCanceledException",
            f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
            members={"CancellationReasons": reasons},
        )


def check_distinct(items: Iterable[tuple[Table, Mapping[str, Any]]]) -> None:
    """No two actions are on one item, and none is on a table that takes no transactions."""
    items = list(items)
    if any(table.is_strong for table, _ in items):
        raise ValidationException(
            "Transactions are not supported on global tables with multi-Region strong consistency"
        )
    places = [(table.table_id, *table.place(item)) for table, item in items]
    if len(set(places)) < len(places):
        raise ValidationException("Transaction request cannot include multiple operations on one item")


def check_each(entries: Iterable[T], check: Callable[[T], None]) -> None:
    """Each entry passes `check`: the first that does not is the one reason to cancel.

    Raises `ValidationException` where a key is empty, whatever else there is.
    """
    problem: tuple[int, ValidationException] | None = None
    count = 0
    for entry in entries:
        try:
            check(entry)
        except EmptyKeyException:
            raise
        except ValidationException as error:
            problem = problem or (count, error)
        count += 1
    if problem is not None:
        raise canceled(count, *problem)


def canceled(count: int, number: int, error: ValidationException) -> TransactionCanceledException:
    """A transaction of `count` actions in which the one of that number cannot be carried out."""
    reasons: list[dict[str, Any]] = [{"Code": "None"} for _ in range(count)]
    reasons[number] = {"Code": "ValidationError", "Message": error.message}
    return TransactionCanceledException(reasons)


def run(transaction: Transaction, writer: ItemWriter, actions: Sequence[Action], now: float) -> list[Change]:
    """Carry out `actions` together."""
    if sum(action.size for action in actions) > _LARGEST:
        raise ValidationException("The aggregate size of the items in the transaction exceeds the limit of 4 MB")
    changes: list[Change] = []
    reasons: list[dict[str, Any]] = []
    invalid = False
    for action in actions:
        try:
            changes.append(_run_one(transaction, writer, action, now))
        except ConditionalCheckFailedException as error:
            reasons.append({"Code": "ConditionalCheckFailed", "Message": error.message, **error.members})
        except EmptyKeyException:
            raise
        except ValidationException as error:
            # one is told of, the first; those after it go without
            reasons.append({"Code": "ValidationError", "Message": error.message} if not invalid else {"Code": "None"})
            invalid = True
        else:
            reasons.append({"Code": "None"})
    if len(changes) < len(actions):
        raise TransactionCanceledException(reasons)
    return changes


def _run_one(transaction: Transaction, writer: ItemWriter, action: Action, now: float) -> Change:
    write = Write(now, action.condition, action.returns_failed)
    match action.kind:
        case "put":
            return writer.put(transaction, action.table, action.item, action.size, write)
        case "update":
            if action.update is not None:
                check_update(action.table, action.update)
            return writer.update(transaction, action.table, action.item, action.update, write)
        case "delete":
            return writer.delete(transaction, action.table, action.item, write)
    return writer.check(transaction, action.table, action.item, write)


def consumption(changes: Iterable[Change]) -> list[Consumption]:
    """What a transaction's writes consumed, by table."""
    consumed: dict[int, Consumption] = {}
    for change in changes:
        table = change.table
        total = consumed.setdefault(table.table_id, Consumption(table, writes=True))
        total.add(change.consumption(FACTOR))
    return list(consumed.values())
