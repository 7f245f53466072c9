"""Operands of conditions and updates: their static checks, and the closures that fetch them.

A closure takes the item and the request's constants (its values, and for ordered comparisons their sort form under
`"<" + key`), so that it can be cached by source text and used with other values of the same types.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from services.dynamodb.expressions.document_paths import lookup, resolve, shown
from services.dynamodb.expressions.placeholders import Signature
from services.dynamodb.expressions.syntax import ExpressionError, Path, PathNode, ValueNode
from services.dynamodb.values.attribute_values import AttributeValue
from services.dynamodb.values.sizes import binary_length

ItemView = Mapping[str, AttributeValue]
Constants = Mapping[str, Any]
Fetch = Callable[[ItemView, Constants], AttributeValue | None]

MAXIMUM_OPERATORS: Final = 300
SIZEABLE: Final = frozenset({"S", "B", "SS", "NS", "BS", "M", "L"})


@dataclass(frozen=True, slots=True)
class OperandPlan:
    """An operand with its names resolved.

    `type` is its datatype where that is known before an item is (values, `size`). One of `path`, `value` (its key) is
    set for plain operands; neither for functions.
    """

    fetch: Fetch
    type: str | None = None
    path: Path | None = None
    value: str | None = None


@dataclass(slots=True)
class Scope:
    """What one compilation knows (names, types of values) and gathers (what was used, how many operators)."""

    names: Mapping[str, str]
    types: Mapping[str, str]
    used_names: set[str] = field(default_factory=set)
    used_values: set[str] = field(default_factory=set)
    operators: int = 0

    @classmethod
    def of(cls, signature: Signature) -> Scope:
        return cls(dict(signature[0]), dict(signature[1]))

    def count_operator(self) -> None:
        """Count one more operator; ExpressionError beyond the 300 that an expression may have."""
        self.operators += 1
        if self.operators > MAXIMUM_OPERATORS:
            raise ExpressionError(f"The expression contains too many operators; operator count: {self.operators}")

    def path(self, node: PathNode) -> OperandPlan:
        path = resolve(node, self.names, self.used_names)
        find = lookup(path)
        return OperandPlan(lambda item, constants: find(item), path=path)

    def value(self, node: ValueNode) -> OperandPlan:
        key = node.name
        kind = self.types.get(key)
        if kind is None:
            raise ExpressionError(
                f"An expression attribute value used in expression is not defined; attribute value: {key}"
            )
        self.used_values.add(key)

        def constant(item: ItemView, constants: Constants) -> AttributeValue:
            found: AttributeValue = constants[key]
            return found

        return OperandPlan(constant, type=kind, value=key)


def check_distinct(operator: str, first: OperandPlan, *others: OperandPlan) -> None:
    """The first operand must not be the same path as another one."""
    if first.path is not None and any(other.path == first.path for other in others):
        raise ExpressionError(
            "The first operand must be distinct from the remaining operands for this operator or function; "
            f"operator: {operator}, first operand: {shown(first.path)}"
        )


def check_count(function: str, given: int, wanted: int) -> None:
    if given != wanted:
        raise ExpressionError(
            "Incorrect number of operands for operator or function; "
            f"operator or function: {function}, number of operands: {given}"
        )


def check_is_path(function: str, operand: OperandPlan) -> None:
    if operand.path is None:
        raise ExpressionError(f"Operator or function requires a document path; operator or function: {function}")


def check_type(operator: str, operand: OperandPlan, allowed: frozenset[str]) -> None:
    if operand.type is not None and operand.type not in allowed:
        raise wrong_type(operator, operand.type)


def wrong_type(operator: str, kind: str) -> ExpressionError:
    return ExpressionError(
        f"Incorrect operand type for operator or function; operator or function: {operator}, operand type: {kind}"
    )


def size_of(value: AttributeValue) -> int | None:
    """What `size()` gives: characters (UTF-16 units), bytes or members; None for types that have no size."""
    kind, content = next(iter(value.items()))
    if kind == "S":
        return len(content) if content.isascii() else len(content.encode("utf-16-le", "surrogatepass")) // 2
    if kind == "B":
        return binary_length(content)
    return len(content) if kind in SIZEABLE else None
