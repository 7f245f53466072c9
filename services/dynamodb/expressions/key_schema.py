"""Key conditions, and how they fit a key schema.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.dynamodb.errors import ValidationException
from services.dynamodb.values.attribute_values import AttributeValue

KEY_OPERATORS: Final = frozenset({"=", "<", "<=", ">", ">=", "BETWEEN", "begins_with"})
NOT_SUPPORTED: Final = "Query key condition not supported"


@dataclass(slots=True)
class KeyTerm:
    """One condition on one key attribute. `operands` holds two values for BETWEEN, else one.

    `operator` is `=`, `<`, `<=`, `>`, `>=`, `BETWEEN` or `begins_with`; before a key schema is known it may also be a
    legacy operator that no key takes (`NE`, `NULL`, ...).
    """

    attribute: str
    operator: str
    operands: tuple[AttributeValue, ...]


@dataclass(slots=True)
class KeyCondition:
    """A key condition that fits a key schema.

    `partition` holds the values of the partition attributes in the schema's order; `sort_equals` those of the leading
    sort attributes given by `=`; `sort` is the one further condition, on the next sort attribute, with an operator
    other than `=` (None where there is none).
    """

    partition: tuple[AttributeValue, ...]
    sort_equals: tuple[AttributeValue, ...]
    sort: KeyTerm | None


def fit(
    terms: tuple[KeyTerm, ...], partition: tuple[str, ...], sort: tuple[str, ...], types: Mapping[str, str] | None
) -> KeyCondition:
    """See `KeyConditions.for_schema`. Every partition attribute and a leading run of the sort attributes is needed."""
    if len(terms) > len(partition) + len(sort):
        raise ValidationException(NOT_SUPPORTED)
    given = {term.attribute: term for term in terms}
    hashed = [_required(given, name) for name in partition]
    ordered: list[KeyTerm] = []
    for name in sort:
        if len(hashed) + len(ordered) == len(terms):
            break
        ordered.append(_required(given, name))
    used = hashed + ordered
    for term in used:
        _check_operands(term, types)
    for term in used[:-1] if ordered else used:  # only the last sort attribute may be compared otherwise
        if term.operator != "=":
            raise ValidationException(NOT_SUPPORTED)
    last = ordered.pop() if ordered and ordered[-1].operator != "=" else None
    return KeyCondition(
        tuple([term.operands[0] for term in hashed]), tuple([term.operands[0] for term in ordered]), last
    )


def _required(given: Mapping[str, KeyTerm], name: str) -> KeyTerm:
    term = given.get(name)
    if term is None:
        raise ValidationException(f"Query condition missed key schema element: {name}")
    return term


def _check_operands(term: KeyTerm, types: Mapping[str, str] | None) -> None:
    if term.operator not in KEY_OPERATORS:
        raise ValidationException("Attempted conditional constraint is not an indexable operation")
    for operand in term.operands:
        _check_not_empty(term.attribute, operand)
        if types is not None and types.get(term.attribute) not in operand:
            raise ValidationException(
                "One or more parameter values were invalid: Condition parameter type does not match schema type"
            )


def _check_not_empty(attribute: str, operand: AttributeValue) -> None:
    if "" in operand.values():
        kind = "string" if "S" in operand else "binary"
        raise ValidationException(
            "One or more parameter values are not valid. The AttributeValue for a key attribute "
            f"cannot contain an empty {kind} value. Key: {attribute}"
        )
