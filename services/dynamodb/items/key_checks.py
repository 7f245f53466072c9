"""Whether keys and items fit the key schemas of a table and its indexes.

In: values that the wing `values` has accepted. Raised: `ValidationException` with DynamoDB's texts.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-partition-sort-keys
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from services.dynamodb.errors import EmptyKeyException, ValidationException
from services.dynamodb.expressions import Path, Update
from services.dynamodb.tables.table import PARTITION_LIMIT, SORT_LIMIT, Table
from services.dynamodb.values.attribute_values import Item, type_of
from services.dynamodb.values.sizes import value_size

_INVALID: Final = "One or more parameter values were invalid: "
_NOT_VALID: Final = "One or more parameter values are not valid. "
_KINDS: Final[Mapping[str, str]] = {"S": "string", "B": "binary"}

_SURELY_SHORT: Final = SORT_LIMIT // 4
"""No text of so many characters is longer than a key may be, whatever its characters."""

NO_MATCH: Final = "The provided key element does not match the schema"
PARTITION_TOO_LONG: Final = f"{_INVALID}Size of hashkey has exceeded the maximum size limit of2048 bytes"
SORT_TOO_LONG: Final = f"{_INVALID}Aggregated size of all range keys has exceeded the size limit of 1024 bytes"


def check_key(table: Table, key: Mapping[str, Any]) -> None:
    """A `Key` parameter: exactly the table's key attributes, of their types, neither empty nor too long."""
    attributes = table.keys
    if len(key) != len(attributes):
        raise ValidationException(NO_MATCH)
    fits = True
    for attribute in attributes:
        value = key.get(attribute.name)
        if value is None or attribute.type not in value:
            raise ValidationException(NO_MATCH)
        fits = fits and 0 < len(value[attribute.type]) <= _SURELY_SHORT
    if fits:
        return
    for attribute in attributes:
        check_not_empty(key[attribute.name], attribute.name, _INVALID)
    _check_lengths(table, key)


def check_item(table: Table, item: Item) -> None:
    """An `Item` parameter: it has the table's key, and what is a key of an index is of its type."""
    fits = True
    for attribute in table.keys:
        value = item.get(attribute.name)
        if value is None:
            raise ValidationException(f"{_INVALID}Missing the key {attribute.name} in the item")
        if attribute.type not in value:
            raise ValidationException(
                f"{_INVALID}Type mismatch for key {attribute.name} expected: {attribute.type} actual: {type_of(value)}"
            )
        check_not_empty(value, attribute.name)
        fits = fits and len(value[attribute.type]) <= _SURELY_SHORT
    if not fits:
        _check_lengths(table, item)
    if table.vectors:
        check_vectors(table, item)
    if table.index_key_types:
        check_index_keys(table, item)


def check_index_keys(table: Table, item: Item) -> None:
    """What is a key of an index is of its type, neither empty nor too long."""
    for name, (kind, index_name) in table.index_key_types.items():
        value = item.get(name)
        if value is None:
            continue
        if kind not in value:
            raise ValidationException(type_mismatch(name, kind, type_of(value), index_name))
        if value[kind] == "":
            raise EmptyKeyException(
                f"{_NOT_VALID}A value specified for a secondary index key is not supported. The AttributeValue for a "
                f"key attribute cannot contain an empty {_KINDS[kind]} value. IndexName: {index_name}, IndexKey: {name}"
            )
        if len(value[kind]) * 4 > SORT_LIMIT:
            _check_index_length(table, item)


def check_vectors(table: Table, item: Item) -> None:
    """What a vector index takes for a vector is a list of as many numbers as it has dimensions."""
    for name, dimensions in table.vectors.items():
        value = item.get(name)
        if value is None:
            continue
        elements = value.get("L")
        if elements is None:
            raise ValidationException(f"{_INVALID}Invalid type for parameter {name}: a list of numbers is expected")
        for position, element in enumerate(elements):
            if "N" not in element:
                raise ValidationException(
                    f"{_INVALID}Invalid type for parameter {name}[{position}]: a number is expected"
                )
        if len(elements) != dimensions:
            raise ValidationException(
                f"{_INVALID}The vector {name} has {len(elements)} dimensions, but its index has {dimensions}"
            )


def type_mismatch(name: str, expected: str, actual: str, index_name: str) -> str:
    """The text about an attribute that an index wants to be of another type."""
    return f"{_INVALID}Type mismatch for Index Key {name} Expected: {expected} Actual: {actual} IndexName: {index_name}"


def _check_index_length(table: Table, item: Item) -> None:
    for index in table.indexes:
        if sum(value_size(item[key.name]) for key in index.partition if key.name in item) > PARTITION_LIMIT:
            raise ValidationException(PARTITION_TOO_LONG)
        if sum(value_size(item[key.name]) for key in index.sort if key.name in item) > SORT_LIMIT:
            raise ValidationException(SORT_TOO_LONG)


def check_not_empty(value: Mapping[str, Any], name: str, prefix: str = _NOT_VALID) -> None:
    """A key attribute's value is no empty string or binary."""
    for kind, content in value.items():
        if content == "":
            raise EmptyKeyException(
                f"{prefix}The AttributeValue for a key attribute cannot contain an empty {_KINDS[kind]} value. "
                f"Key: {name}"
            )


def _check_lengths(table: Table, key: Mapping[str, Any]) -> None:
    if value_size(key[table.partition_key.name]) > PARTITION_LIMIT:
        raise ValidationException(PARTITION_TOO_LONG)
    if table.sort_key is not None and value_size(key[table.sort_key.name]) > SORT_LIMIT:
        raise ValidationException(SORT_TOO_LONG)


def check_update(table: Table, update: Update) -> None:
    """Check what can be told of an update without an item."""
    for action in update.actions:
        name = action.path[0]
        if name in table.key_names:
            raise ValidationException(
                f"One or more parameter values were invalid: Cannot update attribute {name}. "
                "This attribute is part of the key"
            )
    if table.index_key_types:
        results = {action.path[0]: action.result_type for action in update.actions if len(action.path) == 1}
        for name, (kind, index_name) in table.index_key_types.items():
            result = results.get(name)
            if result is not None and result != kind:
                raise ValidationException(type_mismatch(name, kind, result, index_name))
    check_scalar_paths(table, update.paths)


def check_scalar_paths(table: Table, paths: Iterable[Path]) -> None:
    """No path leads into a key attribute: keys are scalars."""
    for path in paths:
        if len(path) > 1:
            name = path[0]
            if name in table.key_names:
                kind = "Key"
            elif name in table.index_key_types:
                kind = "IndexKey"
            else:
                continue
            raise ValidationException(
                "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: "
                f"{kind}: {name}"
            )
