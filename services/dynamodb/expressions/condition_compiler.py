"""Conditions and filters: checks of the parse tree, and compilation to closures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from awskit.bounds.text_cache import text_cache
from services.dynamodb.expressions import predicates
from services.dynamodb.expressions.compiled import Condition
from services.dynamodb.expressions.condition_parser import ParsedCondition, parse_condition
from services.dynamodb.expressions.document_paths import resolve
from services.dynamodb.expressions.operands import (
    SIZEABLE,
    Constants,
    ItemView,
    OperandPlan,
    Scope,
    check_count,
    check_distinct,
    check_is_path,
    check_type,
    size_of,
    wrong_type,
)
from services.dynamodb.expressions.placeholders import Placeholders, Signature
from services.dynamodb.expressions.predicates import Test
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
    Path,
    PathNode,
    ValueNode,
    invalid_expression,
)
from services.dynamodb.values.attribute_values import TYPES, AttributeValue
from services.dynamodb.values.comparison import comparable
from services.dynamodb.values.sizes import binary_length

MAXIMUM_CHOICES: Final = 100
ORDERED_TYPES: Final = frozenset({"S", "N", "B"})
_BEGINNING_TYPES: Final = frozenset({"S", "B"})
_STRING: Final = frozenset({"S"})
_TYPE_NAMES: Final = "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}"
_ANY_TYPE: Final = "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}"

ValueCheck = Callable[[Constants], None]


@dataclass(frozen=True, slots=True)
class CompiledCondition:
    """A condition for every request with the same text, names and types of values.

    `checks` are what depends on the values themselves; `ordered` are keys of values that ordered comparisons use.
    """

    test: Test
    paths: tuple[Path, ...]
    checks: tuple[ValueCheck, ...]
    ordered: frozenset[str]
    used_names: frozenset[str]
    used_values: frozenset[str]

    def bind(self, values: dict[str, AttributeValue]) -> Condition:
        """The condition with its constants. ExpressionError where a value is not allowed where it stands."""
        for check in self.checks:
            check(values)
        if not self.ordered:
            return Condition(self.test, self.paths, values)
        constants: dict[str, Any] = dict(values)
        for key in self.ordered:
            constants["<" + key] = comparable(values[key])
        return Condition(self.test, self.paths, constants)


def compile_condition(kind: str, text: str, placeholders: Placeholders) -> Condition:
    """Compile `text`; `kind` is the parameter's name ("ConditionExpression", "FilterExpression") for its errors."""
    try:
        compiled, condition = bound_condition(text, placeholders)
    except (ExpressionError, RecursionError) as error:
        raise invalid_expression(kind, error) from None
    placeholders.mark_used(compiled.used_names, compiled.used_values)
    return condition


def bound_condition(text: str, placeholders: Placeholders) -> tuple[CompiledCondition, Condition]:
    """Compile `text`, or take it from the cache, and bind the values; raises ExpressionError."""
    try:
        compiled = (_compile if placeholders.kept else _compile_anew)(text, placeholders.signature)
    except ExpressionError as error:
        for check in error.checks:
            check(placeholders.values)
        raise
    return compiled, compiled.bind(placeholders.values)


def _compile_anew(text: str, signature: Signature) -> CompiledCondition:
    """Parse, check and compile; raises ExpressionError."""
    return compile_tree(parse_condition(text), Scope.of(signature))


_compile = text_cache(512, long_ones=32, longest_of_all=4096)(_compile_anew)


def compile_tree(parsed: ParsedCondition, scope: Scope) -> CompiledCondition:
    """Check and compile a parse tree (PartiQL makes its own); raises ExpressionError."""
    compiler = _Compiler(scope)
    try:
        test = compiler.condition(parsed.tree)
    except ExpressionError as error:
        error.checks = tuple(compiler.checks)
        raise
    return CompiledCondition(
        test,
        tuple(resolve(path, scope.names, scope.used_names) for path in parsed.paths),
        tuple(compiler.checks),
        frozenset(compiler.ordered),
        frozenset(scope.used_names),
        frozenset(scope.used_values),
    )


class _Compiler:
    """One pass over the tree, depth first, in which operands are checked in DynamoDB's order."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.checks: list[ValueCheck] = []
        self.ordered: set[str] = set()

    def condition(self, node: ConditionNode) -> Test:
        if isinstance(node, ComparisonNode):
            return self._comparison(node)
        if isinstance(node, LogicalNode):
            return self._logical(node)
        if isinstance(node, NotNode):
            return self._not(node)
        if isinstance(node, FunctionNode):
            return self._function(node)
        if isinstance(node, BetweenNode):
            return self._between(node)
        return self._in(node)

    def operand(self, node: Operand) -> OperandPlan:
        if isinstance(node, PathNode):
            return self.scope.path(node)
        if isinstance(node, ValueNode):
            return self.scope.value(node)
        operands = [self.operand(operand) for operand in node.operands]
        check_count("size", len(operands), 1)
        check_type("size", operands[0], SIZEABLE)
        self.scope.count_operator()
        fetch = operands[0].fetch

        def size(item: ItemView, constants: Constants) -> AttributeValue | None:
            value = fetch(item, constants)
            length = None if value is None else size_of(value)
            return None if length is None else {"N": str(length)}

        return OperandPlan(size, type="N")

    def _logical(self, node: LogicalNode) -> Test:
        compiled = [self.condition(node.operands[0])]
        for operand in node.operands[1:]:
            compiled.append(self.condition(operand))
            self.scope.count_operator()
        return predicates.every(compiled) if node.operator == "AND" else predicates.some(compiled)

    def _not(self, node: NotNode) -> Test:
        inner: ConditionNode = node
        count = 0
        while isinstance(inner, NotNode):
            inner = inner.operand
            count += 1
        compiled = self.condition(inner)
        for _ in range(count):
            self.scope.count_operator()
        return predicates.negate(compiled) if count % 2 else compiled

    def _comparison(self, node: ComparisonNode) -> Test:
        left, right = self.operand(node.left), self.operand(node.right)
        operator = node.operator
        check_distinct(operator, left, right)
        ordered = operator not in {"=", "<>"}
        if ordered:
            check_type(operator, left, ORDERED_TYPES)
            check_type(operator, right, ORDERED_TYPES)
        self.scope.count_operator()
        if not ordered:
            same = predicates.equals(left, right)
            return same if operator == "=" else predicates.negate(same)
        self._keep_order(left, right)
        return predicates.ordered(operator, left, right)

    def _between(self, node: BetweenNode) -> Test:
        operand, lower, upper = self.operand(node.operand), self.operand(node.lower), self.operand(node.upper)
        for plan in (operand, lower, upper):
            check_type("BETWEEN", plan, ORDERED_TYPES)
        check_distinct("BETWEEN", operand, lower, upper)
        self.scope.count_operator()
        self._keep_order(operand, lower, upper)
        if lower.value is not None and upper.value is not None:
            self.checks.append(_bounds_check(lower.value, upper.value))
        return predicates.every([predicates.ordered(">=", operand, lower), predicates.ordered("<=", operand, upper)])

    def _in(self, node: InNode) -> Test:
        operand = self.operand(node.operand)
        choices = [self.operand(choice) for choice in node.choices]
        if len(choices) > MAXIMUM_CHOICES:
            raise ExpressionError(
                f"The IN operator is provided with too many operands; number of operands: {len(choices)}"
            )
        check_distinct("IN", operand, *choices)
        self.scope.count_operator()
        return predicates.some([predicates.equals(operand, choice) for choice in choices])

    def _function(self, node: FunctionNode) -> Test:
        name = node.name
        operands = [self.operand(operand) for operand in node.operands]
        single = name in {"attribute_exists", "attribute_not_exists"}
        check_count(name, len(operands), 1 if single else 2)
        first = operands[0]
        self.scope.count_operator()
        if single:
            check_is_path(name, first)
            exists = predicates.exists(first)
            return exists if name == "attribute_exists" else predicates.negate(exists)
        second = operands[1]
        check_distinct(name, first, second)
        if name == "begins_with":
            check_type(name, first, _BEGINNING_TYPES)
            check_type(name, second, _BEGINNING_TYPES)
            return predicates.begins_with(first, second)
        if name == "contains":
            return predicates.contains(first, second)
        if second.path is not None:
            raise wrong_type(name, _ANY_TYPE)
        check_type(name, second, _STRING)
        self.checks.append(_type_name_check(str(second.value)))
        return predicates.has_type(first, str(second.value))

    def _keep_order(self, *operands: OperandPlan) -> None:
        self.ordered.update(operand.value for operand in operands if operand.value is not None)


def _bounds_check(lower: str, upper: str) -> ValueCheck:
    def check(constants: Constants) -> None:
        low, high = constants[lower], constants[upper]
        bounds = f"lower bound operand: {_shown(low)}, upper bound operand: {_shown(high)}"
        if low.keys() != high.keys():
            raise ExpressionError(f"The BETWEEN operator requires same data type for lower and upper bounds; {bounds}")
        if comparable(low) > comparable(high):
            raise ExpressionError(
                "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; " + bounds
            )

    return check


def _shown(value: AttributeValue) -> str:
    kind, content = next(iter(value.items()))
    if kind == "B":
        length = binary_length(content)
        content = f"java.nio.HeapByteBuffer[pos=0 lim={length} cap={length}]"
    return f"AttributeValue: {{{kind}:{content}}}"


def _type_name_check(key: str) -> ValueCheck:
    def check(constants: Constants) -> None:
        name = constants[key]["S"]
        if name not in TYPES:
            raise ExpressionError(f"Invalid attribute type name found; type: {name}, valid types: {_TYPE_NAMES}")

    return check
