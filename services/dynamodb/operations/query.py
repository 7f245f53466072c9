"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html"""

from __future__ import annotations

from typing import NamedTuple

from awskit.database import Transaction
from awskit.service.operation import Input, Output, async_operation
from services.dynamodb.errors import ExpressionSizeException, ValidationException, counted
from services.dynamodb.expressions import (
    Condition,
    KeyConditions,
    KeyTerm,
    Placeholders,
    Projection,
    check_parameters,
    compile_attributes_to_get,
    compile_key_condition,
    compile_key_conditions,
    compile_projection,
)
from services.dynamodb.expressions.key_schema import fit
from services.dynamodb.items import exclusive_start_keys, reading
from services.dynamodb.items.key_checks import check_scalar_paths
from services.dynamodb.items.reading import PageReader, Reading
from services.dynamodb.items.selections import (
    check_index_holds,
    check_select,
    filter_of,
    index_of,
    legacy_filter_of,
    page_output,
    select_for,
)
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.tables.table import Index, Table
from services.dynamodb.values.attribute_values import Item, normalize_item

_LEGACY = ("AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions")
_LEGACY_FILTERS = _LEGACY[:3]
_NOT_ON_VECTORS = "Query operation not supported on this index type."
_EXPRESSIONS = ("ProjectionExpression", "FilterExpression", "KeyConditionExpression")


@async_operation("Query")
async def query(context: DynamoDbContext, input: Input) -> Output:
    """Items with one partition key, in the order of their sort key."""
    page = await reading.read_page(context.runtime.database, lambda transaction: _begin(context, input, transaction))
    return page_output(page, input)


class _Request(NamedTuple):
    """What the request says, as far as that can be told without the table."""

    terms: tuple[KeyTerm, ...]
    filter: Condition | None
    projection: Projection | None
    start: Item | None


def _begin(context: DynamoDbContext, input: Input, transaction: Transaction) -> PageReader:
    try:
        terms, filter_, projection, start = _read(input)
    except ExpressionSizeException:
        raise
    except ValidationException as error:
        raise counted(error) from None
    table = context.runtime.catalog.data_table(transaction, context, input["TableName"])
    index = index_of(table, input, context.now, _NOT_ON_VECTORS)
    if start is not None:
        exclusive_start_keys.check_partition(table, index, start)
    partition, sort = _schema(table, index)
    types = table.key_types if index is None else {key.name: key.type for key in index.keys}
    condition = fit(terms, partition, sort, types)
    if start is not None:
        exclusive_start_keys.check_sort(table, index, start)
        exclusive_start_keys.check_table_key(table, start)
        exclusive_start_keys.check_against_condition(table, index, start, condition)
    if filter_ is not None:
        _check_filter(filter_, (*partition, *sort), legacy="FilterExpression" not in input)
    check_index_holds(index, input, projection)
    if filter_ is not None:
        _check_filter_is_held(index, filter_)
        check_scalar_paths(table, filter_.paths)
    if projection is not None:
        check_scalar_paths(table, projection.paths)
    what = Reading(table, index, input.get("ConsistentRead", False), filter_, limit=input.get("Limit"))
    return reading.begin_query(
        select_for(what, input, projection),
        condition,
        forward=input.get("ScanIndexForward", True),
        start=start,
    )


def _read(input: Input) -> _Request:
    # KeyConditions go with a FilterExpression, but not with a KeyConditionExpression.
    legacy = _LEGACY if "KeyConditionExpression" in input else _LEGACY_FILTERS
    check_parameters(input, legacy=legacy, expressions=_EXPRESSIONS)
    filter_ = legacy_filter_of(input, "QueryFilter")
    names = input.get("AttributesToGet")
    projection = compile_attributes_to_get(names) if names is not None else None
    start = normalize_item(input["ExclusiveStartKey"]) if "ExclusiveStartKey" in input else None
    placeholders = Placeholders.of(input, named=False)
    conditions = _key_conditions_of(input, placeholders)
    filter_ = filter_of(input, placeholders) or filter_
    text = input.get("ProjectionExpression")
    if text is not None:
        projection = compile_projection(text, placeholders)
    placeholders.check_all_used()
    terms = conditions.terms()
    check_select(input, projection)
    return _Request(terms, filter_, projection, start)


def _key_conditions_of(input: Input, placeholders: Placeholders) -> KeyConditions:
    index = "IndexName" in input
    text = input.get("KeyConditionExpression")
    if text is not None:
        return compile_key_condition(text, placeholders, index=index)
    conditions = input.get("KeyConditions")
    if conditions is None:
        raise ValidationException(
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
        )
    return compile_key_conditions(conditions, index=index)


def _schema(table: Table, index: Index | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if index is not None:
        return tuple(key.name for key in index.partition), tuple(key.name for key in index.sort)
    return table.key_names[:1], table.key_names[1:]


def _check_filter(condition: Condition, keys: tuple[str, ...], *, legacy: bool) -> None:
    what = "QueryFilter" if legacy else "Filter Expression"
    for path in condition.paths:
        if path[0] in keys:
            raise ValidationException(
                f"{what} can only contain non-primary key attributes: Primary key attribute: {path[0]}"
            )


def _check_filter_is_held(index: Index | None, condition: Condition) -> None:
    if index is None or index.attributes is None:
        return
    missing = [str(path[0]) for path in condition.paths if path[0] not in index.attributes]
    if missing:
        raise ValidationException(
            f"One or more parameter values were invalid: Secondary index {index.name} "
            f"does not project one or more filter attributes: [{', '.join(dict.fromkeys(missing))}]"
        )
