"""A statement with its parameters bound, checked as far as that can be done without its table.

In: the statement's text and `Parameters`. Out: a `Prepared...` for `selects` and `writes`. Raised:
`ValidationException` with DynamoDB's texts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.dynamodb.errors import ValidationException
from services.dynamodb.expressions import Condition, Path, Update
from services.dynamodb.expressions.condition_compiler import compile_tree
from services.dynamodb.expressions.document_paths import check_overlaps, resolve
from services.dynamodb.expressions.key_schema import KeyTerm
from services.dynamodb.expressions.operands import Scope
from services.dynamodb.expressions.syntax import (
    BetweenNode,
    ComparisonNode,
    ConditionNode,
    ExpressionError,
    FunctionNode,
    InNode,
    LogicalNode,
    NotNode,
    Operand,
    PathNode,
    ValueNode,
)
from services.dynamodb.expressions.update_compiler import compile_actions
from services.dynamodb.partiql.lowering import Lowerer
from services.dynamodb.partiql.parser import parse
from services.dynamodb.partiql.syntax import Delete, Exists, Expression, Insert, Reference, Select, TupleNode
from services.dynamodb.partiql.syntax import Update as UpdateStatement
from services.dynamodb.partiql.values import bound_parameters, tuple_members
from services.dynamodb.values.attribute_values import AttributeValue, Item

_TABLE_NAME: Final = re.compile(r"[a-zA-Z0-9_.-]{3,255}")
_FLIPPED: Final[Mapping[str, str]] = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Conjunct:
    """One of the conditions that AND joins at the top of a WHERE clause.

    `term` is set where it compares one top-level attribute with values: its operator is one of a key condition's, or
    `IN`.
    """

    node: ConditionNode
    paths: tuple[Path, ...]
    term: KeyTerm | None


@dataclass(frozen=True, slots=True)
class Where:
    """A WHERE clause; `condition` compiles any part of it."""

    conjuncts: tuple[Conjunct, ...]
    names: Mapping[str, str]
    values: dict[str, AttributeValue]
    types: Mapping[str, str]

    @property
    def paths(self) -> tuple[Path, ...]:
        return tuple(path for conjunct in self.conjuncts for path in conjunct.paths)

    def condition(self, conjuncts: Sequence[Conjunct]) -> Condition | None:
        """`conjuncts` joined by AND; None where there are none."""
        if not conjuncts:
            return None
        nodes = [conjunct.node for conjunct in conjuncts]
        tree = nodes[0] if len(nodes) == 1 else LogicalNode("AND", tuple(nodes))
        scope = Scope(self.names, self.types)
        try:
            compiled = compile_tree(Lowerer.parsed(tree), scope).bind(self.values)
        except ExpressionError as error:
            for check in error.checks:
                check(self.values)
            raise
        paths = tuple(path for conjunct in conjuncts for path in conjunct.paths)
        return Condition(compiled.test, paths, compiled.values)


@dataclass(frozen=True, slots=True)
class PreparedSelect:
    """`columns` is None for `*`; `order` names attributes with whether they descend."""

    table_name: str
    index_name: str | None
    columns: tuple[Path, ...] | None
    where: Where
    order: tuple[tuple[str, bool], ...]
    has_where: bool


@dataclass(frozen=True, slots=True)
class PreparedInsert:
    table_name: str
    item: Item


@dataclass(frozen=True, slots=True)
class PreparedUpdate:
    table_name: str
    update: Update
    where: Where
    returning: str | None


@dataclass(frozen=True, slots=True)
class PreparedDelete:
    table_name: str
    where: Where
    returning: str | None


@dataclass(frozen=True, slots=True)
class PreparedExists:
    select: PreparedSelect


Prepared = PreparedSelect | PreparedInsert | PreparedUpdate | PreparedDelete | PreparedExists


def prepare(text: str, parameters: Sequence[AttributeValue] | None) -> Prepared:
    """Parse `text`, bind `parameters` and check what needs no table."""
    bound = bound_parameters(0, parameters)
    parsed = parse(text)
    statement = parsed.statement
    try:
        if isinstance(statement, Select):
            _check_columns(statement)
        if len(bound) < parsed.parameters:
            bound_parameters(parsed.parameters, bound)
        if isinstance(statement, Select):
            return _select(statement, bound)
        if isinstance(statement, Insert):
            return _insert(statement, bound)
        if isinstance(statement, UpdateStatement):
            return _update(statement, bound)
        if isinstance(statement, Delete):
            return _delete(statement, bound)
        return _exists(statement, bound)
    except ExpressionError as error:
        raise ValidationException(str(error)) from None


def _select(statement: Select, parameters: Sequence[AttributeValue]) -> PreparedSelect:
    if len(statement.source) > 2:
        raise ValidationException("A path may contain at most 2 components in the FROM clause")
    table_name = _table_name(statement.source[0])
    index_name = _table_name(statement.source[1]) if len(statement.source) == 2 else None
    columns = _columns(statement)
    order = []
    for attribute, descending in statement.order:
        if not isinstance(attribute, Reference) or len(attribute.steps) != 1:
            kind = "PATH" if isinstance(attribute, Reference) else type(attribute).__name__.upper()
            raise ValidationException(f"Argument to ORDER BY must be of type VariableReference. Type: {kind}")
        order.append((str(attribute.steps[0]), descending))
    if order and statement.where is None:
        raise ValidationException("Must have WHERE clause in the statement when using ORDER BY clause.")
    where = _where(statement.where, parameters)
    return PreparedSelect(table_name, index_name, columns, where, tuple(order), statement.where is not None)


def _columns(statement: Select) -> tuple[Path, ...] | None:
    if statement.columns is None:
        return None
    paths = []
    for column in statement.columns:
        if not isinstance(column, Reference):
            raise ValidationException(f"Unexpected path component {column.place}")
        paths.append(column.steps)
    return tuple(paths)


def _check_columns(statement: Select) -> None:
    columns = _columns(statement) or ()
    names = [column_name(path) for path in columns]
    for position, name in enumerate(names):
        if name in names[:position]:
            raise ValidationException(f"Duplicate identifiers in select clause: {name}")
    check_overlaps(columns)


def column_name(path: Path) -> str:
    """What a column is called: the last name in the path, with the indexes after it (`a.b[0]` is `b[0]`)."""
    indexes = ""
    for step in reversed(path):
        if isinstance(step, str):
            return step + indexes
        indexes = f"[{step}]{indexes}"
    raise AssertionError(path)  # a path begins with a name


def _insert(statement: Insert, parameters: Sequence[AttributeValue]) -> PreparedInsert:
    if len(statement.source) > 1:
        raise ValidationException("FROM clause may only contain a single table name in data manipulation statements")
    value = statement.value
    if not isinstance(value, TupleNode):
        raise ValidationException(
            "Unsupported format in item expression. Please use struct format {...} to express item values for "
            f"insert statement. {value.place}"
        )
    return PreparedInsert(_table_name(statement.source[0]), tuple_members(value, parameters))


def _update(statement: UpdateStatement, parameters: Sequence[AttributeValue]) -> PreparedUpdate:
    table_name = _written_table(statement.source)
    where = _where(statement.where, parameters)
    lowerer = Lowerer(parameters)
    parsed = lowerer.update(statement.assignments)
    compiled = compile_actions(parsed, Scope(lowerer.names, lowerer.types))
    update = Update(compiled.run, compiled.actions, compiled.paths, lowerer.values)
    return PreparedUpdate(table_name, update, where, statement.returning)


def _delete(statement: Delete, parameters: Sequence[AttributeValue]) -> PreparedDelete:
    table_name = _written_table(statement.source)
    if statement.returning not in {None, "ALL OLD"}:
        raise ValidationException(
            f"Invalid returning clause: RETURNING {statement.returning} *. "
            "Only RETURNING ALL OLD * is allowed in DELETE statements."
        )
    return PreparedDelete(table_name, _where(statement.where, parameters), statement.returning)


def _exists(statement: Exists, parameters: Sequence[AttributeValue]) -> PreparedExists:
    return PreparedExists(_select(statement.select, parameters))


def _written_table(source: tuple[str, ...]) -> str:
    if len(source) > 1:
        raise ValidationException("This operation is not supported on an index")
    return _table_name(source[0])


def _table_name(name: str) -> str:
    if _TABLE_NAME.fullmatch(name) is None and not name.startswith("arn:"):
        raise ValidationException(
            "Table name should be within the length [3, 255] and only contain 'a-z', 'A-Z', '0-9', '-', '_', '.'."
        )
    return name


# WHERE


def _where(expression: Expression | None, parameters: Sequence[AttributeValue]) -> Where:
    lowerer = Lowerer(parameters)
    nodes = lowerer.where(expression) if expression is not None else []
    conjuncts = []
    for node in nodes:
        paths = tuple(resolve(path, lowerer.names, set()) for path in _paths(node))
        conjuncts.append(Conjunct(node, paths, _term(node, lowerer)))
    where = Where(tuple(conjuncts), lowerer.names, lowerer.values, lowerer.types)
    where.condition(conjuncts)
    return where


def _paths(node: ConditionNode | Operand) -> list[PathNode]:
    if isinstance(node, PathNode):
        return [node]
    if isinstance(node, ValueNode):
        return []
    if isinstance(node, ComparisonNode):
        parts: tuple[ConditionNode | Operand, ...] = (node.left, node.right)
    elif isinstance(node, BetweenNode):
        parts = (node.operand, node.lower, node.upper)
    elif isinstance(node, InNode):
        parts = (node.operand, *node.choices)
    elif isinstance(node, NotNode):
        inner: ConditionNode = node
        while isinstance(inner, NotNode):
            inner = inner.operand
        parts = (inner,)
    else:
        parts = node.operands
    return [path for part in parts for path in _paths(part)]


def _term(node: ConditionNode, lowerer: Lowerer) -> KeyTerm | None:
    """The conjunct as a comparison of a top-level attribute with values, if it is one."""
    if isinstance(node, ComparisonNode):
        if isinstance(node.left, ValueNode):
            flipped = _FLIPPED.get(node.operator)
            return _key_term(node.right, flipped, (node.left,), lowerer)
        return _key_term(node.left, node.operator if node.operator in _FLIPPED else None, (node.right,), lowerer)
    if isinstance(node, BetweenNode):
        return _key_term(node.operand, "BETWEEN", (node.lower, node.upper), lowerer)
    if isinstance(node, InNode):
        return _key_term(node.operand, "IN", node.choices, lowerer)
    if isinstance(node, FunctionNode) and node.name == "begins_with" and len(node.operands) == 2:
        return _key_term(node.operands[0], "begins_with", (node.operands[1],), lowerer)
    return None


def _key_term(
    attribute: Operand, operator: str | None, operands: tuple[Operand, ...], lowerer: Lowerer
) -> KeyTerm | None:
    if operator is None or not isinstance(attribute, PathNode) or len(attribute.elements) != 1:
        return None
    values = [lowerer.values[operand.name] for operand in operands if isinstance(operand, ValueNode)]
    if len(values) < len(operands):
        return None
    return KeyTerm(lowerer.names[str(attribute.elements[0])], operator, tuple(values))
