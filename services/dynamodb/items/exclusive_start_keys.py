"""`ExclusiveStartKey`: whether it is a key that a query or scan may go on from.

The checks are in the steps, and the steps in the order, in which DynamoDB makes them. Raised: `ValidationException`
with DynamoDB's texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.dynamodb.errors import ValidationException
from services.dynamodb.expressions import KeyCondition
from services.dynamodb.items.key_checks import NO_MATCH, check_not_empty
from services.dynamodb.items.reading import key_range, scan_hash
from services.dynamodb.tables.table import Index, KeyAttribute, Table
from services.dynamodb.values.attribute_values import Item, normalize_item
from services.dynamodb.values.key_encoding import encode_parts, partition_hash, segment_bounds

INVALID: Final = "The provided starting key is invalid"
WRONG_SCHEMA: Final = f"{INVALID}: {NO_MATCH}"
_OUTSIDE: Final = "The provided starting key is outside query boundaries based on provided conditions"
_NOT_MATCHING: Final = "The provided starting key does not match the range key predicate"
_ONE_ROW: Final = "The query can return at most one row and cannot be restarted"
_OWN_TEXT: Final = ("Supplied AttributeValue", "One or more parameter values were invalid: ")
_NOT_WRAPPED: Final = ("An number set", "Input collection")


def start_key_of(input: Mapping[str, Any]) -> Item | None:
    """The parameter with its values checked."""
    key = input.get("ExclusiveStartKey")
    if key is None:
        return None
    try:
        return normalize_item(key)
    except ValidationException as error:
        message = error.message
        wrapped = message.startswith(_OWN_TEXT) and not any(text in message for text in _NOT_WRAPPED)
        raise ValidationException(f"{INVALID}: {message}" if wrapped else message) from None


def check_partition(table: Table, index: Index | None, key: Item) -> None:
    """The key has as many attributes as it must, the partition key among them, and of its type."""
    partition, sort = _schema(table, index)
    names = {attribute.name for attribute in (*partition, *sort)} | set(table.key_names)
    if len(key) != len(names) or any(attribute.name not in key for attribute in partition):
        raise ValidationException(INVALID)
    _check_types(partition, key, NO_MATCH)


def check_sort(table: Table, index: Index | None, key: Item) -> None:
    """The sort key is there and of its type."""
    _, sort = _schema(table, index)
    if any(attribute.name not in key for attribute in sort):
        raise ValidationException(INVALID)
    _check_types(sort, key, NO_MATCH)


def check_table_key(table: Table, key: Item) -> None:
    """The table's own key is there and of its types."""
    for attribute in table.keys:
        if attribute.name not in key:
            raise ValidationException(WRONG_SCHEMA)
    _check_types(table.keys, key, WRONG_SCHEMA)
    for attribute in table.keys:
        try:
            check_not_empty(key[attribute.name], attribute.name)
        except ValidationException as error:
            raise ValidationException(f"{INVALID}: {error.message}") from None


def check_against_condition(table: Table, index: Index | None, key: Item, condition: KeyCondition) -> None:
    """The key lies within what the key condition selects."""
    partition, sort = _schema(table, index)
    same_partition = partition_hash(encode_parts([key[attribute.name] for attribute in partition])) == partition_hash(
        encode_parts(list(condition.partition))
    )
    if condition.sort_equals or condition.sort is not None:
        if not key_range(condition, index).holds(encode_parts([key[attribute.name] for attribute in sort])):
            raise ValidationException(_NOT_MATCHING)
        if not same_partition or (index is None and condition.sort_equals):
            raise ValidationException(_ONE_ROW)
    elif not same_partition:
        raise ValidationException(_OUTSIDE)
    elif not sort and index is None:
        raise ValidationException(_ONE_ROW)


def check_segment(table: Table, index: Index | None, key: Item, segment: tuple[int, int]) -> None:
    """The key lies within the scan's segment."""
    low, high = segment_bounds(*segment)
    hash_ = scan_hash(table, index, key)
    if hash_ < low or (high is not None and hash_ >= high):
        raise ValidationException(
            f"{INVALID}: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. "
            f"TotalSegments: {segment[1]} Segment: {segment[0]}"
        )


def _schema(table: Table, index: Index | None) -> tuple[tuple[KeyAttribute, ...], tuple[KeyAttribute, ...]]:
    if index is not None:
        return index.partition, index.sort
    return (table.partition_key,), (table.sort_key,) if table.sort_key is not None else ()


def _check_types(attributes: tuple[KeyAttribute, ...], key: Item, message: str) -> None:
    for attribute in attributes:
        if attribute.type not in key[attribute.name]:
            raise ValidationException(message)
