"""The parse tree of expressions. Names are as written: `#a` in a path is still a placeholder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from services.dynamodb.errors import ExpressionSizeException, ValidationException

Path = tuple[str | int, ...]


class ExpressionError(Exception):
    """What is wrong with an expression, without the "Invalid ...Expression: " that names its kind.

    `checks` are those of values that stand before the place of the error: theirs comes first.
    """

    def __init__(self, text: str, checks: tuple[Callable[[Mapping[str, Any]], None], ...] = ()) -> None:
        super().__init__(text)
        self.checks = checks


class ExpressionSizeError(ExpressionError):
    """The expression has more bytes than it may."""

    def __init__(self, size: int) -> None:
        super().__init__(f"Expression size has exceeded the maximum allowed size; expression size: {size}")
        self.size = size


def invalid_expression(kind: str, error: ExpressionError | RecursionError) -> ValidationException:
    """What is answered where a parameter (`kind` is its name) holds no expression that can be taken."""
    if isinstance(error, ExpressionSizeError):
        return ExpressionSizeException(kind, error.size)
    text = str(error) if isinstance(error, ExpressionError) else "The expression has too many nesting levels;"
    return ValidationException(f"Invalid {kind}: {text}")


@dataclass(frozen=True, slots=True)
class PathNode:
    """A document path; list indexes are int."""

    elements: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class ValueNode:
    """`:name`."""

    name: str


@dataclass(frozen=True, slots=True)
class FunctionNode:
    """A function with its operands, whether or not DynamoDB has such a function."""

    name: str
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class ArithmeticNode:
    """`left + right` or `left - right` in an update."""

    operator: Literal["+", "-"]
    left: Operand
    right: Operand


Operand = PathNode | ValueNode | FunctionNode


@dataclass(frozen=True, slots=True)
class ComparisonNode:
    operator: str
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class BetweenNode:
    operand: Operand
    lower: Operand
    upper: Operand


@dataclass(frozen=True, slots=True)
class InNode:
    operand: Operand
    choices: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class NotNode:
    operand: ConditionNode


@dataclass(frozen=True, slots=True)
class LogicalNode:
    """Two or more conditions joined by one operator."""

    operator: Literal["AND", "OR"]
    operands: tuple[ConditionNode, ...]


ConditionNode = ComparisonNode | BetweenNode | InNode | NotNode | LogicalNode | FunctionNode


@dataclass(frozen=True, slots=True)
class ActionNode:
    """One action of an update. `value` is None for REMOVE."""

    verb: Literal["SET", "REMOVE", "ADD", "DELETE"]
    path: PathNode
    value: Operand | ArithmeticNode | None
