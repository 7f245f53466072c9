"""Running INSERT, UPDATE and DELETE on the item engine.

Raised: `DuplicateItemException`, `ConditionalCheckFailedException`, `ValidationException`.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.update.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from awskit.database import Transaction
from awskit.errors import AwsError
from services.dynamodb.errors import ValidationException
from services.dynamodb.expressions import Condition, Update
from services.dynamodb.items.key_checks import check_item, check_key, check_scalar_paths, check_update
from services.dynamodb.items.writing import Change, ConditionalCheckFailedException, Write, check_size
from services.dynamodb.partiql.selects import check_key_type, check_key_value
from services.dynamodb.partiql.statements import (
    Conjunct,
    PreparedDelete,
    PreparedExists,
    PreparedInsert,
    PreparedUpdate,
    Where,
)
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.tables.table import Table
from services.dynamodb.values.attribute_values import Item

NO_KEY: Final = "Where clause does not contain a mandatory equality on all key attributes"
DUPLICATE: Final = "Duplicate primary key exists in table"

PreparedWrite = PreparedInsert | PreparedUpdate | PreparedDelete | PreparedExists


class DuplicateItemException(AwsError):
    """An INSERT of an item whose key is there."""

    def __init__(self) -> None:
        super().__init__("DuplicateItemException", DUPLICATE)


@dataclass(frozen=True, slots=True)
class BoundWrite:
    """A write fitted to its table. `item` is what INSERT puts; `update` what UPDATE does; DELETE has neither."""

    table: Table
    key: Item
    item: Item | None = None
    size: int = 0
    update: Update | None = None
    condition: Condition | None = None
    returning: str | None = None
    only_checks: bool = False


def bind(context: DynamoDbContext, transaction: Transaction, prepared: PreparedWrite) -> BoundWrite:
    """Fit a write to its table: find its key, check types and paths."""
    if isinstance(prepared, PreparedExists):
        return _bind_exists(context, transaction, prepared)
    table = context.runtime.catalog.data_table(transaction, context, prepared.table_name)
    if isinstance(prepared, PreparedInsert):
        return _bind_insert(table, prepared)
    key, rest = _key_of(table, prepared.where)
    check_scalar_paths(table, prepared.where.paths)
    condition = prepared.where.condition(rest)
    if isinstance(prepared, PreparedDelete):
        return BoundWrite(table, key, condition=condition, returning=prepared.returning)
    check_update(table, prepared.update)
    return BoundWrite(table, key, update=prepared.update, condition=_existing(condition), returning=prepared.returning)


def execute(
    context: DynamoDbContext, transaction: Transaction, bound: BoundWrite, *, returns_failed: bool = False
) -> Change:
    """Carry out the write."""
    writer = context.runtime.writer
    write = Write(context.now, bound.condition, returns_failed)
    if bound.item is not None:
        try:
            return writer.put(transaction, bound.table, bound.item, bound.size, write)
        except ConditionalCheckFailedException:
            if returns_failed:
                raise
            raise DuplicateItemException from None
    if bound.update is not None:
        return writer.update(transaction, bound.table, bound.key, bound.update, write)
    if bound.only_checks:
        return writer.check(transaction, bound.table, bound.key, write)
    return writer.delete(transaction, bound.table, bound.key, write)


def returned_item(bound: BoundWrite, change: Change) -> Item | None:
    """What RETURNING asks for."""
    if bound.returning is None:
        return None
    item = change.old if bound.returning.endswith("OLD") else change.new
    if item is None or bound.returning.startswith("ALL") or bound.update is None:
        return item
    return bound.update.updated_attributes(item)


def _bind_insert(table: Table, prepared: PreparedInsert) -> BoundWrite:
    item = prepared.item
    for key in table.keys:
        value = item.get(key.name)
        if value is None:
            raise ValidationException(f"Key attribute should be present in the item: Key {key.name}")
        check_key_type(key, value)
    check_item(table, item)
    size = check_size(item)
    return BoundWrite(table, table.key_of(item), item=item, size=size, condition=Condition(_absent, ()))


def _bind_exists(context: DynamoDbContext, transaction: Transaction, prepared: PreparedExists) -> BoundWrite:
    select = prepared.select
    table = context.runtime.catalog.data_table(transaction, context, select.table_name)
    try:
        key, rest = _key_of(table, select.where)
    except ValidationException:
        rest = []
    if not rest or select.index_name is not None:
        raise ValidationException("EXISTS() must contain a single item read with additional condition")
    check_scalar_paths(table, select.where.paths)
    return BoundWrite(table, key, condition=_existing(select.where.condition(rest)), only_checks=True)


def _key_of(table: Table, where: Where) -> tuple[Item, list[Conjunct]]:
    """The key that the WHERE clause gives by equalities, and its other conditions."""
    key: Item = {}
    used: list[Conjunct] = []
    for attribute in table.keys:
        for conjunct in where.conjuncts:
            term = conjunct.term
            if term is not None and term.attribute == attribute.name and term.operator == "=":
                check_key_value(attribute, term.operands[0])
                key[attribute.name] = term.operands[0]
                used.append(conjunct)
                break
        else:
            raise ValidationException(NO_KEY)
    check_key(table, key)
    return key, [conjunct for conjunct in where.conjuncts if conjunct not in used]


def key_of_select(table: Table, where: Where) -> Item | None:
    """The key of a SELECT that reads a single item: equalities on all key attributes and nothing else."""
    try:
        key, rest = _key_of(table, where)
    except ValidationException as error:
        if error.message != NO_KEY:
            raise
        return None
    return None if rest else key


def _absent(item: Mapping[str, Any], constants: Mapping[str, Any]) -> bool:
    return not item


def _existing(condition: Condition | None) -> Condition:
    """`condition`, of an item that exists: UPDATE makes none."""
    if condition is None:
        return Condition(_present, ())
    test = condition.test

    def holds(item: Mapping[str, Any], constants: Mapping[str, Any]) -> bool:
        return bool(item) and test(item, constants)

    return Condition(holds, condition.paths, condition.values)


def _present(item: Mapping[str, Any], constants: Mapping[str, Any]) -> bool:
    return bool(item)
