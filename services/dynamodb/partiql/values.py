"""Literals and parameters of PartiQL statements as attribute values.

Raised: `ValidationException` with DynamoDB's texts.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.data-types.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.dynamodb.errors import ValidationException
from services.dynamodb.partiql.syntax import Binary as BinaryNode
from services.dynamodb.partiql.syntax import (
    Call,
    Expression,
    IonLiteral,
    LiteralNode,
    Parameter,
    Reference,
    SequenceNode,
    TupleNode,
)
from services.dynamodb.values.attribute_values import AttributeValue, normalize_value, type_of
from services.dynamodb.values.numbers import normalize_number

_BAG: Final = "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags"
_KINDS_OF_SETS: Final = frozenset({"S", "N", "B"})
_MISMATCH: Final = "Number of parameters in request and statement don't match."


def bound_parameters(wanted: int, given: Sequence[AttributeValue] | None) -> list[AttributeValue]:
    """The request's `Parameters` in normal form; there must be one for each question mark."""
    parameters = [normalize_value(value) for value in given or ()]
    if len(parameters) < wanted:
        raise ValidationException(_MISMATCH)
    return parameters


def literal_value(expression: Expression, parameters: Sequence[AttributeValue], key: str = "root") -> AttributeValue:
    """`expression` as a value in normal form; `key` is the name it stands under, for errors."""
    if isinstance(expression, Parameter):
        return parameters[expression.index]
    if isinstance(expression, LiteralNode):
        if expression.value is None:
            raise ValidationException(f"Unsupported data type: MISSING under key {key} {expression.place}")
        return normalize_value(expression.value)
    if isinstance(expression, SequenceNode):
        if expression.kind == "bag":
            return _bag(expression, parameters, key)
        return {"L": [literal_value(element, parameters, key) for element in expression.elements]}
    if isinstance(expression, TupleNode):
        return {"M": tuple_members(expression, parameters, key)}
    if isinstance(expression, IonLiteral):
        if expression.text == "date":
            raise ValidationException(f"Unsupported data type: UNKNOWN under key {key} {expression.place}")
        kind = _ion_kind(expression.text.strip("`"))
        raise ValidationException(f"Ion Literals are not supported: {kind} under key {key} {expression.place}")
    raise ValidationException(f"Unsupported data type: {_shown(expression)} under key {key} {expression.place}")


def tuple_members(
    expression: TupleNode, parameters: Sequence[AttributeValue], key: str = "root"
) -> dict[str, AttributeValue]:
    """The members of a tuple, whose keys are distinct strings."""
    members: dict[str, AttributeValue] = {}
    for name, value in expression.members:
        if not isinstance(name, LiteralNode) or name.value is None or "S" not in name.value:
            kind = "VariableReference" if isinstance(name, Reference) else type(name).__name__.removesuffix("Node")
            raise ValidationException(
                f"Tuple keys must be of type String. Actual type: {kind} under {key} {name.place}"
            )
        text = name.value["S"]
        if not text:
            raise ValidationException("Path component cannot be an empty string")
        if text in members:
            raise ValidationException(f"Duplicate keys in tuple. Key: {text} under {key} {name.place}")
        members[text] = literal_value(value, parameters, key)
    return members


def _bag(expression: SequenceNode, parameters: Sequence[AttributeValue], key: str) -> AttributeValue:
    if not expression.elements:
        raise ValidationException(f"Empty bags are not supported {expression.place}")
    kind: str | None = None
    members: list[str] = []
    for element in expression.elements:
        if not isinstance(element, LiteralNode | Parameter):
            raise ValidationException(f"{_BAG} {element.place}")
        value = literal_value(element, parameters, key)
        found = type_of(value)
        if found not in _KINDS_OF_SETS:
            raise ValidationException(f"{_BAG} {element.place}")
        if kind is not None and found != kind:
            raise ValidationException(_BAG)
        kind = found
        members.append(normalize_number(value[found]) if found == "N" else value[found])
    if len(set(members)) != len(members):
        raise ValidationException("Input collection contains duplicates")
    return {f"{kind}S": members}


def _ion_kind(text: str) -> str:
    if text.lstrip("-").isdigit():
        return "INT"
    if text.startswith('"'):
        return "STRING"
    if text.startswith("{{"):
        return "BLOB"
    if text.startswith("["):
        return "LIST"
    if text.startswith("{"):
        return "STRUCT"
    if "." in text and text.replace(".", "").isdigit():
        return "DECIMAL"
    return "SYMBOL"


def _shown(expression: Expression) -> str:
    if isinstance(expression, Reference):
        return str(expression.steps[-1])
    if isinstance(expression, BinaryNode):
        return expression.operator
    if isinstance(expression, Call):
        return expression.name
    return type(expression).__name__.upper()
