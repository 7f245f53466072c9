"""The parse tree of PartiQL statements, as written: parameters are still question marks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the statement."""

    line: int
    column: int
    length: int

    def __str__(self) -> str:
        return f"at {self.line}:{self.column}:{self.length}"


@dataclass(frozen=True, slots=True)
class Reference:
    """A path: attribute names and list indexes."""

    steps: tuple[str | int, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class LiteralNode:
    """A string, number (as text), boolean or null, as an attribute value; None for MISSING."""

    value: dict[str, Any] | None
    place: Place


@dataclass(frozen=True, slots=True)
class IonLiteral:
    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Parameter:
    """The question mark number `index`, from 0."""

    index: int
    place: Place


@dataclass(frozen=True, slots=True)
class SequenceNode:
    """`[...]` or `(..., ...)` (a list) or `<<...>>` (a bag)."""

    kind: Literal["list", "bag"]
    elements: tuple[Expression, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class TupleNode:
    """`{'name': value}`."""

    members: tuple[tuple[Expression, Expression], ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Call:
    """A function, by its name in lower case."""

    name: str
    arguments: tuple[Expression, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Unary:
    """`-x` or `+x`, or `NOT x`."""

    operator: str
    operand: Expression
    place: Place


@dataclass(frozen=True, slots=True)
class Binary:
    """Comparison, arithmetic, AND, OR, LIKE, IN: by operator, in lower case for words."""

    operator: str
    left: Expression
    right: Expression
    place: Place


@dataclass(frozen=True, slots=True)
class Between:
    operand: Expression
    lower: Expression
    upper: Expression
    place: Place


@dataclass(frozen=True, slots=True)
class Is:
    """`x IS type`; `type` in upper case."""

    operand: Expression
    type: str
    place: Place


Expression = (
    Reference
    | LiteralNode
    | IonLiteral
    | Parameter
    | SequenceNode
    | TupleNode
    | Call
    | Unary
    | Binary
    | Between
    | Is  # each on its line: together they are too long for one
)


@dataclass(frozen=True, slots=True)
class Select:
    """`columns` is None for `*`. `source` are the components of the name in FROM."""

    columns: tuple[Expression, ...] | None
    source: tuple[str, ...]
    where: Expression | None
    order: tuple[tuple[Expression, bool], ...]
    """(attribute, descending)."""


@dataclass(frozen=True, slots=True)
class Insert:
    source: tuple[str, ...]
    value: Expression
    returning: str | None


@dataclass(frozen=True, slots=True)
class Assignment:
    """`SET path = value`; REMOVE where there is no value."""

    path: Reference
    value: Expression | None


@dataclass(frozen=True, slots=True)
class Update:
    source: tuple[str, ...]
    assignments: tuple[Assignment, ...]
    where: Expression | None
    returning: str | None
    """`ALL OLD`, `MODIFIED NEW`, ..."""


@dataclass(frozen=True, slots=True)
class Delete:
    source: tuple[str, ...]
    where: Expression | None
    returning: str | None


@dataclass(frozen=True, slots=True)
class Exists:
    """`EXISTS(SELECT ...)`, a condition check in a transaction."""

    select: Select


Statement = Select | Insert | Update | Delete | Exists


@dataclass(frozen=True, slots=True)
class Parsed:
    """A statement, and how many parameters it asks for."""

    statement: Statement
    parameters: int
