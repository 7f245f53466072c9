"""The rules for key schemas, indexes and throughput that CreateTable and UpdateTable check, in DynamoDB's order.

In: parameters that satisfy the model's constraints. Raised: `ValidationException` with DynamoDB's texts.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from services.dynamodb.errors import ValidationException

INVALID: Final = "One or more parameter values were invalid: "
_LARGEST_THROUGHPUT: Final = 1_000_000_000_000
_LSI_LIMIT: Final = 5
GSI_LIMIT: Final = 20
_PARTS_LIMIT: Final = 4
_PROJECTED_LIMIT: Final = 100

Schema = Sequence[Mapping[str, str]]
Input = Mapping[str, Any]


def check_new_table(input: Input) -> None:
    """A CreateTable request."""
    on_demand = input.get("BillingMode") == "PAY_PER_REQUEST"
    check_throughput_mode(input, on_demand=on_demand)
    definitions = [entry["AttributeName"] for entry in input["AttributeDefinitions"]]
    for number, name in enumerate(definitions):
        if name in definitions[:number]:
            raise ValidationException(f"Attribute Name is duplicated: {name}")
    schema: Schema = input["KeySchema"]
    if len(definitions) < len(schema):
        raise ValidationException("Invalid KeySchema: Some index key attribute have no definition")
    check_schema(schema, definitions)
    names: set[str] = set()
    local = input.get("LocalSecondaryIndexes")
    if local is not None:
        _check_local_indexes(local, schema, definitions, names)
    indexes = input.get("GlobalSecondaryIndexes")
    if indexes is not None:
        if not indexes:
            raise ValidationException(INVALID + "List of GlobalSecondaryIndexes is empty")
        for index in indexes:
            check_global_index(index, definitions, on_demand=on_demand)
            _check_new_name(index["IndexName"], names)
        if len(indexes) > GSI_LIMIT:
            raise ValidationException(f"{INVALID}GlobalSecondaryIndex count exceeds the per-table limit of {GSI_LIMIT}")
    check_projected([*(local or ()), *(indexes or ())])
    searched = [
        element["AttributeName"]
        for index in input.get("VectorIndexes", ())
        for element in index.get("SearchSchema", ())
        if element["AttributeName"] in definitions
    ]
    _check_all_used(definitions, schema, [*(local or ()), *(indexes or ())], searched)


def check_throughput_mode(input: Input, *, on_demand: bool) -> None:
    """Provisioned throughput goes with PROVISIONED and only with it."""
    throughput = input.get("ProvisionedThroughput")
    if on_demand:
        if throughput is not None:
            raise ValidationException(
                INVALID + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
                "PAY_PER_REQUEST"
            )
    elif throughput is None:
        raise ValidationException(
            INVALID + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
        )
    else:
        check_throughput(throughput)


def check_throughput(throughput: Mapping[str, int], index_name: str | None = None) -> None:
    """Capacity units within bounds."""
    where = f" for index {index_name}" if index_name is not None else ""
    for name in ("ReadCapacityUnits", "WriteCapacityUnits"):
        if throughput[name] > _LARGEST_THROUGHPUT:
            raise ValidationException(f"Given value {throughput[name]} for {name} is out of bounds{where}")


def check_schema(schema: Schema, definitions: Sequence[str], *, several: bool = False) -> None:
    """A key schema's attributes are defined and in order; `several` where each key may have several attributes."""
    names = list(dict.fromkeys(element["AttributeName"] for element in schema))
    if any(name not in definitions for name in names):
        raise ValidationException(
            f"{INVALID}Some index key attributes are not defined in AttributeDefinitions. "
            f"Keys: [{', '.join(names)}], AttributeDefinitions: [{', '.join(definitions)}]"
        )
    kinds = [element["KeyType"] for element in schema]
    if kinds[0] != "HASH":
        raise ValidationException("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
    if len(names) < len(schema):
        if len(schema) == 2:
            raise ValidationException("Both the Hash Key and the Range Key element in the KeySchema have the same name")
        raise ValidationException("The KeySchema contains multiple key attributes with the same name")
    if several:
        _check_several(kinds)
    elif len(kinds) > 1 and kinds[1] != "RANGE":
        raise ValidationException("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")


def _check_several(kinds: Sequence[str]) -> None:
    if kinds != sorted(kinds):
        raise ValidationException(
            INVALID + "All HASH key attributes must precede RANGE key attributes in the KeySchema"
        )
    for kind in ("HASH", "RANGE"):
        if kinds.count(kind) > _PARTS_LIMIT:
            raise ValidationException(
                f"{INVALID}The KeySchema exceeds the maximum allowed number of {kind} key attributes"
            )


def _check_local_indexes(indexes: Sequence[Input], schema: Schema, definitions: Sequence[str], names: set[str]) -> None:
    if not indexes:
        raise ValidationException(INVALID + "List of LocalSecondaryIndexes is empty")
    if len(schema) < 2:
        raise ValidationException(
            INVALID + "Table KeySchema does not have a range key, which is required when specifying a "
            "LocalSecondaryIndex"
        )
    leading = schema[0]["AttributeName"]
    for index in indexes:
        name, index_schema = index["IndexName"], index["KeySchema"]
        check_schema(index_schema, definitions)
        if len(index_schema) < 2:
            raise ValidationException(f"{INVALID}Index KeySchema does not have a range key for index: {name}")
        if index_schema[0]["AttributeName"] != leading:
            raise ValidationException(
                f"{INVALID}Index KeySchema does not have the same leading hash key as table KeySchema for index: "
                f"{name}. index hash key: {index_schema[0]['AttributeName']}, table hash key: {leading}"
            )
        check_projection(index["Projection"])
        _check_new_name(name, names)
    if len(indexes) > _LSI_LIMIT:
        raise ValidationException(f"{INVALID}Number of LocalSecondaryIndexes exceeds per-table limit of {_LSI_LIMIT}")


def check_global_index(index: Input, definitions: Sequence[str], *, on_demand: bool) -> None:
    """One global secondary index of CreateTable or UpdateTable."""
    check_schema(index["KeySchema"], definitions, several=True)
    check_projection(index["Projection"])
    name = index["IndexName"]
    throughput = index.get("ProvisionedThroughput")
    if throughput is None:
        if not on_demand:
            raise ValidationException(f"{INVALID}ProvisionedThroughput is not specified for index: {name}")
    elif on_demand:
        raise ValidationException(
            f"{INVALID}ProvisionedThroughput should not be specified for index: {name} when BillingMode is "
            "PAY_PER_REQUEST"
        )
    else:
        check_throughput(throughput, name)


def check_projection(projection: Mapping[str, Any]) -> None:
    """Non-key attributes go with INCLUDE and only with it."""
    kind = projection.get("ProjectionType")
    attributes = projection.get("NonKeyAttributes")
    if kind is None:
        raise ValidationException(INVALID + "Unknown ProjectionType: null")
    if kind == "INCLUDE":
        if attributes is None:
            raise ValidationException(INVALID + "ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
        if len(set(attributes)) < len(attributes):
            repeated = next(name for number, name in enumerate(attributes) if name in attributes[:number])
            raise ValidationException(f"{INVALID}Duplicate element in NonKeyAttributes: {repeated}")
    elif attributes is not None:
        raise ValidationException(f"{INVALID}ProjectionType is {kind}, but NonKeyAttributes is specified")


def check_projected(indexes: Iterable[Input]) -> None:
    """The limit of attributes that all indexes of a table project by name."""
    count = sum(len(index["Projection"].get("NonKeyAttributes", ())) for index in indexes)
    if count > _PROJECTED_LIMIT:
        raise ValidationException(
            f"{INVALID}Number of projected attributes exceeds the per-table limit of {_PROJECTED_LIMIT}"
        )


def _check_new_name(name: str, names: set[str]) -> None:
    if name in names:
        raise ValidationException(f"{INVALID}Duplicate index name: {name}")
    names.add(name)


def _check_all_used(
    definitions: Sequence[str], schema: Schema, indexes: Sequence[Input], searched: Sequence[str]
) -> None:
    used = dict.fromkeys(element["AttributeName"] for element in schema)
    for index in indexes:
        used.update(dict.fromkeys(element["AttributeName"] for element in index["KeySchema"]))
    used.update(dict.fromkeys(searched))
    if len(used) == len(definitions):
        return
    if not indexes:
        raise ValidationException(
            INVALID + "Number of attributes in KeySchema does not exactly match number of attributes defined in "
            "AttributeDefinitions"
        )
    raise ValidationException(
        f"{INVALID}Some AttributeDefinitions are not used. AttributeDefinitions: [{', '.join(definitions)}], "
        f"keys used: [{', '.join(used)}]"
    )
