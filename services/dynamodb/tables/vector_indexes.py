"""Vector indexes: what CreateTable and UpdateTable say of them, and the search for the nearest vectors.

The items themselves are searched, each compared with the vector that is looked for: exact, and fast enough for what is
developed against. An item without a vector of the index's dimensions is not in the index.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SearchVectors.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from services.dynamodb.errors import ValidationException
from services.dynamodb.tables.schema_checks import INVALID, check_projection
from services.dynamodb.tables.table import Table

Input = Mapping[str, Any]

_KEPT: Final = ("IndexName", "VectorAttribute", "SearchSchema", "Projection", "Dimensions", "DistanceFunction")
_MOST_DIMENSIONS: Final = 4096


def new_vector_indexes(indexes: Sequence[Input], others: Iterable[str], table: Input) -> list[dict[str, Any]]:
    """Vector indexes as a table's definition keeps them; `others` are the names of its other indexes, `table` has its
    attribute definitions and its billing mode."""
    if indexes and table.get("BillingMode") != "PAY_PER_REQUEST":
        raise ValidationException(f"{INVALID}Vector indexes are only supported when BillingMode is PAY_PER_REQUEST")
    defined = {entry["AttributeName"] for entry in table["AttributeDefinitions"]}
    names = set(others)
    made = []
    for index in indexes:
        name = index["IndexName"]
        if name in names:
            raise ValidationException(f"{INVALID}Duplicate index name: {name}")
        names.add(name)
        check_projection(index["Projection"])
        if index["Dimensions"] > _MOST_DIMENSIONS:
            raise ValidationException(f"{INVALID}Dimensions must not exceed {_MOST_DIMENSIONS} for index: {name}")
        elements = [element["AttributeName"] for element in index.get("SearchSchema", ())]
        if len(set(elements)) < len(elements):
            raise ValidationException(f"{INVALID}An attribute is more than once in the SearchSchema of index: {name}")
        if not defined.issuperset(elements):
            raise ValidationException("One element in SearchSchema is not defined in attribute definitions")
        made.append({part: index[part] for part in _KEPT if part in index})
    return made


def changed_vector_indexes(table: Table, updates: Sequence[Input], definition: Input) -> list[dict[str, Any]]:
    """The table's vector indexes after `VectorIndexUpdates`; `definition` is what else the update makes of it."""
    indexes = {index["IndexName"]: index for index in table.definition.get("VectorIndexes", ())}
    for update in updates:
        if "Create" in update:
            others = [*indexes, *(index.name for index in table.indexes)]
            (made,) = new_vector_indexes([update["Create"]], others, definition)
            indexes[made["IndexName"]] = made
        if "Delete" in update and indexes.pop(update["Delete"]["IndexName"], None) is None:
            raise ValidationException(f"The table does not have the specified index: {update['Delete']['IndexName']}")
    return list(indexes.values())


def describe_vector_indexes(table: Table, status: str) -> list[dict[str, Any]]:
    """`VectorIndexes` of a table's description."""
    return [
        {
            **index,
            "IndexStatus": "CREATING" if status == "CREATING" else "ACTIVE",
            "IndexArn": f"{table.arn}/index/{index['IndexName']}",
        }
        for index in table.definition.get("VectorIndexes", ())
    ]


def find_vector_index(table: Table, name: str) -> Input:
    """The table's vector index of that name."""
    for index in table.definition.get("VectorIndexes", ()):
        if index["IndexName"] == name:
            found: Input = index
            return found
    raise ValidationException(f"The table does not have the specified index: {name}")


def search_names(index: Input) -> tuple[frozenset[str], frozenset[str]]:
    """The attributes that a search must give, and all that it may give."""
    schema = index.get("SearchSchema", ())
    required = frozenset(each["AttributeName"] for each in schema if each["SearchSchemaElementType"] == "HASH")
    return required, frozenset(each["AttributeName"] for each in schema)


def projected_names(table: Table, index: Input) -> frozenset[str] | None:
    """The attributes that the index holds; None where it holds all."""
    projection = index["Projection"]
    if projection["ProjectionType"] == "ALL":
        return None
    _, searched = search_names(index)
    return frozenset((*table.key_names, *searched, *projection.get("NonKeyAttributes", ())))
