"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.service.operation import Input, Output, async_operation
from services.dynamodb.errors import ExpressionSizeException, ValidationException
from services.dynamodb.expressions import (
    Placeholders,
    check_parameters,
    compile_attributes_to_get,
    compile_projection,
)
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

_LEGACY = ("AttributesToGet", "ScanFilter", "ConditionalOperator")
_NOT_ON_VECTORS = "Scan operation not supported on this index type"
_EXPRESSIONS = ("ProjectionExpression", "FilterExpression")


@async_operation("Scan")
async def scan(context: DynamoDbContext, input: Input) -> Output:
    """Items of a table or index, in the order of their partition hash."""
    page = await reading.read_page(context.runtime.database, lambda transaction: _begin(context, input, transaction))
    return page_output(page, input)


def _begin(context: DynamoDbContext, input: Input, transaction: Transaction) -> PageReader:
    check_parameters(input, legacy=_LEGACY, expressions=_EXPRESSIONS)
    names = input.get("AttributesToGet")
    projection = compile_attributes_to_get(names) if names is not None else None
    filter_ = legacy_filter_of(input, "ScanFilter")
    start = exclusive_start_keys.start_key_of(input)
    segment = _segment_of(input)
    placeholders = Placeholders.of(input)
    try:
        filter_ = filter_of(input, placeholders) or filter_
    except ExpressionSizeException as error:
        raise ValidationException(f"{error.message} expression size: {error.size}") from None
    text = input.get("ProjectionExpression")
    if text is not None:
        projection = compile_projection(text, placeholders)
    placeholders.check_all_used()
    check_select(input, projection)

    table = context.runtime.catalog.data_table(transaction, context, input["TableName"])
    index = index_of(table, input, context.now, _NOT_ON_VECTORS)
    if start is not None and index is not None:
        exclusive_start_keys.check_partition(table, index, start)
        exclusive_start_keys.check_sort(table, index, start)
    check_index_holds(index, input, projection)
    if start is not None:
        if index is None and len(start) != len(table.keys):
            raise ValidationException(exclusive_start_keys.WRONG_SCHEMA)
        exclusive_start_keys.check_table_key(table, start)
        if segment is not None:
            exclusive_start_keys.check_segment(table, index, start, segment)
    if filter_ is not None:
        check_scalar_paths(table, filter_.paths)
    if projection is not None:
        check_scalar_paths(table, projection.paths)
    what = Reading(table, index, input.get("ConsistentRead", False), filter_, limit=input.get("Limit"))
    return reading.begin_scan(select_for(what, input, projection), segment=segment, start=start)


def _segment_of(input: Input) -> tuple[int, int] | None:
    segment, total = input.get("Segment"), input.get("TotalSegments")
    if segment is None and total is None:
        return None
    if total is None:
        raise ValidationException(
            "The TotalSegments parameter is required but was not present in the request when Segment parameter is "
            "present"
        )
    if segment is None:
        raise ValidationException(
            "The Segment parameter is required but was not present in the request when parameter TotalSegments is "
            "present"
        )
    if segment >= total:
        raise ValidationException(
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            f"Segment: {segment} is not less than TotalSegments: {total}"
        )
    return segment, total
