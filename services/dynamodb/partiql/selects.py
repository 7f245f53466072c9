"""Running SELECT: as a query where the WHERE clause gives the partition key (by `=` or `IN`), else as a scan.

In: a `PreparedSelect`. Out: one page: items, the token to go on with, capacity. Raised: `ValidationException`.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.select.html
"""

from __future__ import annotations

import itertools
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from awskit.database import Database, Transaction
from services.dynamodb.errors import ValidationException
from services.dynamodb.expressions import KeyCondition, Path
from services.dynamodb.expressions.document_paths import lookup
from services.dynamodb.expressions.key_schema import KeyTerm
from services.dynamodb.items import reading
from services.dynamodb.items.capacity import Consumption
from services.dynamodb.items.key_checks import check_scalar_paths
from services.dynamodb.items.reading import Page, PageReader, Reading
from services.dynamodb.items.selections import index_of
from services.dynamodb.partiql.statements import Conjunct, PreparedSelect, column_name
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.tables.table import Index, KeyAttribute, Table
from services.dynamodb.values.attribute_values import AttributeValue, Item

MAXIMUM_PARTITIONS: Final = 50
_RANGES: Final = frozenset({"=", "<", "<=", ">", ">=", "BETWEEN", "begins_with"})
_INVALID_TOKEN: Final = "Invalid NextToken"


@dataclass(frozen=True, slots=True)
class SelectPage:
    """One page of a SELECT. `last_key` and `next_token` are None where there is no more."""

    table: Table
    items: list[Item]
    last_key: Item | None
    next_token: str | None
    consumed: Consumption


@dataclass(frozen=True, slots=True)
class _Plan:
    """`conditions`: one for each partition to query; None: a scan. `rest` is what they leave to the filter."""

    conditions: tuple[KeyCondition, ...] | None
    rest: tuple[Conjunct, ...]
    forward: bool = True


async def select(
    context: DynamoDbContext,
    prepared: PreparedSelect,
    *,
    consistent: bool = False,
    limit: int | None = None,
    next_token: str | None = None,
) -> SelectPage:
    """Read one page; `limit` counts the items read, before the WHERE clause's other conditions are applied."""
    position, start = _position(next_token, prepared)
    database = context.runtime.database
    what, plan = await database.read(lambda transaction: _begin(context, transaction, prepared, consistent, limit))
    if plan.conditions is None:
        page = await reading.read_page(database, lambda _: reading.begin_scan(what, start=start))
        return _finished(what.table, page, 0 if page.last_key is not None else None, prepared)
    return await _query_all(database, what, plan, position, start, prepared)


def _begin(
    context: DynamoDbContext, transaction: Transaction, prepared: PreparedSelect, consistent: bool, limit: int | None
) -> tuple[Reading, _Plan]:
    """What to read, and how: checked against the table."""
    table = context.runtime.catalog.data_table(transaction, context, prepared.table_name)
    names = {"IndexName": prepared.index_name} if prepared.index_name is not None else {}
    index = index_of(table, {**names, "ConsistentRead": consistent}, context.now)
    check_scalar_paths(table, prepared.where.paths)
    project = None
    whole_items = False
    if prepared.columns is not None:
        check_scalar_paths(table, prepared.columns)
        project = _projector(prepared.columns)
        whole_items = _needs_whole_items(index, prepared.columns)
    plan = _plan(table, index, prepared)
    filter_ = prepared.where.condition(plan.rest)
    return Reading(table, index, consistent, filter_, project, limit=limit, whole_items=whole_items), plan


async def _query_all(
    database: Database,
    what: Reading,
    plan: _Plan,
    position: int,
    start: Item | None,
    prepared: PreparedSelect,
) -> SelectPage:
    conditions = plan.conditions or ()
    if position >= len(conditions):
        raise ValidationException(_INVALID_TOKEN)
    left = what.limit
    total: Page | None = None
    while True:
        page = await reading.read_page(
            database, _query(replace(what, limit=left), conditions[position], plan.forward, start)
        )
        total = _joined(total, page)
        start = None
        if page.last_key is not None:
            return _finished(what.table, total, position, prepared)
        position += 1
        if left is not None:
            left -= page.scanned_count
        if position == len(conditions):
            return _finished(what.table, total, None, prepared)
        if left == 0:
            return _finished(what.table, total, position, prepared)


def _query(
    what: Reading, condition: KeyCondition, forward: bool, start: Item | None
) -> Callable[[Transaction], PageReader]:
    return lambda _: reading.begin_query(what, condition, forward=forward, start=start)


def _joined(total: Page | None, page: Page) -> Page:
    if total is None:
        return page
    total.items.extend(page.items)
    total.consumed.add(page.consumed)
    return replace(total, last_key=page.last_key)


def _finished(table: Table, page: Page, position: int | None, prepared: PreparedSelect) -> SelectPage:
    token = None if position is None else _token(position, page.last_key, prepared)
    return SelectPage(table, page.items, page.last_key, token, page.consumed)


# Planning


def _plan(table: Table, index: Index | None, prepared: PreparedSelect) -> _Plan:
    partition, sort = _schema(table, index)
    conjuncts = prepared.where.conjuncts
    hashed = [_first(conjuncts, key, {"=", "IN"}) for key in partition]
    used: list[Conjunct] = []
    for conjunct in hashed:
        if conjunct is None:
            if prepared.order:
                raise ValidationException(
                    "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause."
                )
            _check_scanned_types(conjuncts, (*partition, *sort))
            return _Plan(None, conjuncts)
        used.append(conjunct)
    forward = _is_forward(prepared.order, partition, sort)
    for conjunct, key in zip(used, partition, strict=True):
        _check_types(conjunct, key)
    equals: list[AttributeValue] = []
    ranged: KeyTerm | None = None
    for key in sort:
        found = _first(conjuncts, key, _RANGES)
        if found is None or found.term is None:
            break
        _check_types(found, key)
        used.append(found)
        if found.term.operator != "=":
            ranged = found.term
            break
        equals.append(found.term.operands[0])
    choices = [conjunct.term.operands for conjunct in used[: len(partition)] if conjunct.term is not None]
    partitions = [tuple(chosen) for chosen in itertools.product(*choices)]
    if len(partitions) > MAXIMUM_PARTITIONS:
        raise ValidationException(
            f"The number of conditions on the partition key exceeds the limit of {MAXIMUM_PARTITIONS}"
        )
    conditions = tuple(KeyCondition(chosen, tuple(equals), ranged) for chosen in partitions)
    return _Plan(conditions, tuple(conjunct for conjunct in conjuncts if conjunct not in used), forward)


def _schema(table: Table, index: Index | None) -> tuple[tuple[KeyAttribute, ...], tuple[KeyAttribute, ...]]:
    if index is not None:
        return index.partition, index.sort
    return (table.partition_key,), (table.sort_key,) if table.sort_key is not None else ()


def _first(conjuncts: Sequence[Conjunct], key: KeyAttribute, operators: set[str] | frozenset[str]) -> Conjunct | None:
    for conjunct in conjuncts:
        term = conjunct.term
        if term is not None and term.attribute == key.name and term.operator in operators:
            return conjunct
    return None


def _check_types(conjunct: Conjunct, key: KeyAttribute) -> None:
    for value in conjunct.term.operands if conjunct.term is not None else ():
        check_key_value(key, value)


def check_key_value(key: KeyAttribute, value: AttributeValue) -> None:
    """A value compared with a key attribute is of its type and not empty."""
    check_key_type(key, value)
    if value[key.type] == "":
        kind = "string" if key.type == "S" else "binary"
        raise ValidationException(
            "One or more parameter values are not valid. The AttributeValue for a key attribute "
            f"cannot contain an empty {kind} value. Key: {key.name}"
        )


def check_key_type(key: KeyAttribute, value: AttributeValue) -> None:
    """A value for a key attribute is of its type."""
    if key.type not in value:
        raise ValidationException(
            f"Key attribute's data type should match its data type in table's schema: Key {key.name}"
        )


def _check_scanned_types(conjuncts: Sequence[Conjunct], keys: Sequence[KeyAttribute]) -> None:
    types = {key.name: key.type for key in keys}
    for conjunct in conjuncts:
        term = conjunct.term
        if term is None or term.attribute not in types:
            continue
        if any(types[term.attribute] not in value for value in term.operands):
            raise ValidationException(
                "One or more parameter values were invalid: Condition parameter type does not match schema type"
            )


def _is_forward(
    order: Sequence[tuple[str, bool]], partition: Sequence[KeyAttribute], sort: Sequence[KeyAttribute]
) -> bool:
    forward = True
    for name, descending in order:
        if all(name != key.name for key in (*partition, *sort)):
            raise ValidationException(f"Variable reference {name} in ORDER BY clause must be part of the primary key")
        if any(name == key.name for key in sort):
            forward = not descending
    return forward


# Columns


def _projector(columns: tuple[Path, ...]) -> Callable[[Mapping[str, Any]], Item]:
    named = [(column_name(path), lookup(path)) for path in columns]

    def project(item: Mapping[str, Any]) -> Item:
        found: Item = {}
        for name, find in named:
            value = find(item)
            if value is not None:
                found[name] = value
        return found

    return project


def projected(table: Table, prepared: PreparedSelect, item: Item) -> Item:
    """What a SELECT of one item gives of it."""
    if prepared.columns is None:
        return item
    check_scalar_paths(table, prepared.columns)
    return _projector(prepared.columns)(item)


def _needs_whole_items(index: Index | None, columns: tuple[Path, ...]) -> bool:
    if index is None or index.attributes is None:
        return False
    missing = [str(path[0]) for path in columns if path[0] not in index.attributes]
    if missing and index.is_global:
        raise ValidationException(
            f"One or more parameter values were invalid: Global secondary index {index.name} "
            f"does not project [{', '.join(dict.fromkeys(missing))}]"
        )
    return bool(missing)


# Tokens


def _token(position: int, last_key: Item | None, prepared: PreparedSelect) -> str:
    document = [prepared.table_name, prepared.index_name, position, last_key]
    return urlsafe_b64encode(orjson.dumps(document)).decode()


def _position(token: str | None, prepared: PreparedSelect) -> tuple[int, Item | None]:
    if token is None:
        return 0, None
    try:
        table_name, index_name, position, key = orjson.loads(urlsafe_b64decode(token))
    except (ValueError, TypeError, Base64Error):
        raise ValidationException(_INVALID_TOKEN) from None
    if (table_name, index_name) != (prepared.table_name, prepared.index_name) or not isinstance(position, int):
        raise ValidationException(_INVALID_TOKEN)
    return position, key
