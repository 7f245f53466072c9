"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SearchVectors.html"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from awskit.database import Transaction
from awskit.service.operation import Input, Output, async_operation
from services.dynamodb.errors import ValidationException
from services.dynamodb.expressions import (
    Condition,
    Placeholders,
    Projection,
    compile_condition,
    compile_projection,
)
from services.dynamodb.items import reading, vector_search
from services.dynamodb.items.reading import PageReader, Reading
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.tables import vector_indexes
from services.dynamodb.tables.table import Table
from services.dynamodb.values.attribute_values import Item, normalize_value

_SIZE_OF_NUMBER = 4
_MOST = 100


@dataclass(frozen=True, slots=True)
class _Search:
    table: Table
    index: Input
    nearest: vector_search.Nearest
    condition: Condition | None
    projection: Projection | None


@async_operation("SearchVectors")
async def search_vectors(context: DynamoDbContext, input: Input) -> Output:
    """The items of a vector index that are most like a vector."""
    database = context.runtime.database
    search = await database.read(lambda transaction: _prepare(context, input, transaction))
    start: Item | None = None
    scanned = 0
    while True:
        page = await reading.read_page(database, _reader_of(search, start))
        scanned += page.scanned_count
        for item in page.items:
            search.nearest.add(item)
        if page.last_key is None:
            break
        start = page.last_key
    output: Output = {"SearchResults": [_result(search, score, item) for score, item in search.nearest.results()]}
    if input.get("ReturnConsumedCapacity", "NONE") != "NONE":
        looked_at = float(scanned * search.index["Dimensions"] * _SIZE_OF_NUMBER)
        output["ConsumedCapacity"] = {"VectorSearchRequestBytes": looked_at}
    return output


def _reader_of(search: _Search, start: Item | None) -> Any:
    what = Reading(search.table, filter=search.condition)

    def begin(transaction: Transaction) -> PageReader:
        return reading.begin_scan(what, start=start)

    return begin


def _prepare(context: DynamoDbContext, input: Input, transaction: Transaction) -> _Search:
    if input["TopK"] > _MOST:
        raise ValidationException("Provided TopK value is out of valid range")
    placeholders = Placeholders.of(input)
    text = input.get("SearchConditionExpression")
    condition = compile_condition("SearchConditionExpression", text, placeholders) if text is not None else None
    text = input.get("ProjectionExpression")
    projection = compile_projection(text, placeholders) if text is not None else None
    placeholders.check_all_used()
    sought = [normalize_value(element) for element in input["SearchVector"]]
    table = context.runtime.catalog.data_table(transaction, context, input["TableName"])
    index = vector_indexes.find_vector_index(table, input["IndexName"])
    vector = vector_search.vector_of(sought, index["Dimensions"])
    if vector is None:
        raise ValidationException(
            f"One or more parameter values were invalid: SearchVector must be a list of {index['Dimensions']} numbers"
        )
    _check_names(table, index, condition, projection)
    return _Search(table, index, vector_search.Nearest(index, vector, input["TopK"]), condition, projection)


def _check_names(table: Table, index: Input, condition: Condition | None, projection: Projection | None) -> None:
    required, allowed = vector_indexes.search_names(index)
    paths = condition.paths if condition is not None else ()
    given = {str(path[0]) for path in paths}
    if any(len(path) > 1 for path in paths) or not given <= allowed:
        raise ValidationException(
            "SearchConditionExpression can only contain top-level attributes of the index's SearchSchema"
        )
    if not required <= given:
        raise ValidationException("SearchConditionExpression must be provided when SearchSchema has a HASH key")
    held = vector_indexes.projected_names(table, index)
    if projection is not None and held is not None:
        missing = [str(path[0]) for path in projection.paths if path[0] not in held]
        if missing:
            raise ValidationException(
                f"One or more parameter values were invalid: Vector index {index['IndexName']} does not project "
                f"[{', '.join(missing)}]"
            )


def _result(search: _Search, score: float, item: Item) -> dict[str, Any]:
    held = vector_indexes.projected_names(search.table, search.index)
    kept = item if held is None else {name: value for name, value in item.items() if name in held}
    return {"Item": search.projection.apply(kept) if search.projection is not None else kept, "Score": score}
