"""`Select`, projections and filters of Query and Scan: what the answer holds of each item.

Raised: `ValidationException` with DynamoDB's texts.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html#DDB-Query-request-Select
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.dynamodb.errors import ValidationException
from services.dynamodb.expressions import (
    Condition,
    Projection,
    check_conditional_operator,
    compile_condition,
    compile_legacy_filter,
)
from services.dynamodb.expressions.placeholders import Placeholders
from services.dynamodb.items.reading import Page, Reading
from services.dynamodb.items.returned_metrics import add_consumed_capacity
from services.dynamodb.tables.table import Index, Table

Input = Mapping[str, Any]

_INVALID: Final = "One or more parameter values were invalid: "


def filter_of(input: Input, placeholders: Placeholders) -> Condition | None:
    """`FilterExpression`."""
    text = input.get("FilterExpression")
    return compile_condition("FilterExpression", text, placeholders) if text is not None else None


def legacy_filter_of(input: Input, name: str) -> Condition | None:
    """`QueryFilter` or `ScanFilter`, with `ConditionalOperator`."""
    filters = input.get(name)
    check_conditional_operator(input.get("ConditionalOperator"), filters)
    if not filters:
        return None
    return compile_legacy_filter(filters, input.get("ConditionalOperator"))


def check_select(input: Input, projection: Projection | None) -> None:
    """`Select` goes with the other parameters."""
    select = input.get("Select")
    if select is None:
        return
    if select == "SPECIFIC_ATTRIBUTES":
        if projection is None:
            raise ValidationException(
                "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
            )
        return
    if projection is not None:
        name = "ProjectionExpression" if "ProjectionExpression" in input else "AttributesToGet"
        what = "only the Count" if select == "COUNT" else select
        raise ValidationException(f"Cannot specify the {name} when choosing to get {what}")
    if select == "ALL_PROJECTED_ATTRIBUTES" and "IndexName" not in input:
        raise ValidationException("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")


def index_of(table: Table, input: Input, now: float, not_on_vectors: str = "") -> Index | None:
    """The index that the request names, if it does; `not_on_vectors` is the text where that is a vector index."""
    name = input.get("IndexName")
    if name is None:
        return None
    index = table.index(name)
    status = index.status_at(now) if index is not None else ""
    if (
        not_on_vectors
        and index is None
        and any(entry["IndexName"] == name for entry in table.definition.get("VectorIndexes", ()))
    ):
        raise ValidationException(not_on_vectors)
    if index is None or status in ("", "DELETING"):
        raise ValidationException(f"The table does not have the specified index: {name}")
    if status == "CREATING":
        raise ValidationException(f"Cannot read from backfilling global secondary index: {name}")
    if index.is_global and input.get("ConsistentRead"):
        raise ValidationException("Consistent reads are not supported on global secondary indexes")
    return index


def check_index_holds(index: Index | None, input: Input, projection: Projection | None) -> None:
    """A global index only gives what it holds."""
    if index is None or not index.is_global or index.attributes is None:
        return
    if input.get("Select") == "ALL_ATTRIBUTES":
        raise ValidationException(
            f"{_INVALID}Select type ALL_ATTRIBUTES is not supported for global secondary index {index.name} "
            "because its projection type is not ALL"
        )
    if projection is not None:
        missing = [str(path[0]) for path in projection.paths if path[0] not in index.attributes]
        if missing:
            raise ValidationException(
                f"{_INVALID}Global secondary index {index.name} does not project [{', '.join(dict.fromkeys(missing))}]"
            )


def select_for(reading: Reading, input: Input, projection: Projection | None) -> Reading:
    """`reading`, set to give back what `Select` and the projection ask for."""
    index = reading.index
    if index is not None and not index.is_global and index.attributes is not None:
        wanted = index.attributes
        reading.whole_items = input.get("Select") == "ALL_ATTRIBUTES" or (
            projection is not None and any(path[0] not in wanted for path in projection.paths)
        )
    reading.project = projection.apply if projection is not None else None
    reading.counts_only = input.get("Select") == "COUNT"
    reading.decoded = False
    return reading


def page_output(page: Page, input: Input) -> dict[str, Any]:
    """The answer of Query and Scan."""
    output: dict[str, Any] = {"Count": page.count, "ScannedCount": page.scanned_count}
    if input.get("Select") != "COUNT":
        output["Items"] = page.items
    if page.last_key is not None:
        output["LastEvaluatedKey"] = page.last_key
    add_consumed_capacity(output, input, page.consumed)
    return output
