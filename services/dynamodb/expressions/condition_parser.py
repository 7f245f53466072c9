"""The grammar of conditions. Nesting of parentheses is kept on a stack of our own, not on the interpreter's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, cast

from awskit.bounds.text_cache import text_cache
from services.dynamodb.expressions.parser import REDUNDANT_PARENTHESES, Parser, check_path
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

COMPARATORS: Final = frozenset({"=", "<>", "<", "<=", ">", ">="})
CONDITION_FUNCTIONS: Final = frozenset(
    {"attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains"}
)
_UPDATE_FUNCTIONS: Final = frozenset({"if_not_exists", "list_append"})
_PATH_OR_VALUE: Final = (PathNode, ValueNode)


@dataclass(slots=True)
class _Group:
    """What is read of one level of parentheses: finished OR terms, the current AND terms, pending NOTs."""

    alternatives: list[ConditionNode] = field(default_factory=list)
    terms: list[ConditionNode] = field(default_factory=list)
    nots: int = 0

    @property
    def fresh(self) -> bool:
        return not (self.alternatives or self.terms or self.nots)

    def add_term(self, node: ConditionNode) -> None:
        for _ in range(self.nots):
            node = NotNode(node)
        self.nots = 0
        self.terms.append(node)

    def end_alternative(self) -> None:
        terms = self.terms
        self.alternatives.append(terms[0] if len(terms) == 1 else LogicalNode("AND", tuple(terms)))
        self.terms = []

    def close(self) -> ConditionNode:
        self.end_alternative()
        found = self.alternatives
        return found[0] if len(found) == 1 else LogicalNode("OR", tuple(found))


@dataclass(frozen=True, slots=True)
class ParsedCondition:
    """A condition's tree, and its paths in the order of the text."""

    tree: ConditionNode
    paths: tuple[PathNode, ...]


class _ConditionParser(Parser):
    def condition(self) -> ConditionNode:
        stack = [_Group()]
        while True:
            group = stack[-1]
            if self.accept("NOT"):
                group.nots += 1
                continue
            if self.accept("("):
                stack.append(_Group())
                continue
            result = self._after(self.operand(), stack)
            if result is not None:
                return result

    def _after(self, first: Operand, stack: list[_Group]) -> ConditionNode | None:
        """What follows an operand, up to where the next one starts (None) or to the end (the whole tree)."""
        node: Operand | ConditionNode = first
        parenthesised = False
        while True:
            group = stack[-1]
            if isinstance(node, (PathNode, ValueNode, FunctionNode)):
                compared = self._comparison(node)
                if compared is not None:
                    node, parenthesised = compared, False
            symbol = self.token.symbol
            if symbol == ")" and len(stack) > 1 and (group.fresh or not isinstance(node, _PATH_OR_VALUE)):
                self.advance()
                if parenthesised and group.fresh:
                    raise ExpressionError(REDUNDANT_PARENTHESES)
                stack.pop()
                if not group.fresh:
                    group.add_term(cast("ConditionNode", node))
                    node = group.close()
                parenthesised = True
                continue
            if isinstance(node, (PathNode, ValueNode)):
                raise self.error()
            if symbol in {"AND", "OR"}:
                self.advance()
                group.add_term(node)
                if symbol == "OR":
                    group.end_alternative()
                return None
            if not self.at_end() or len(stack) > 1:
                raise self.error()
            group.add_term(node)
            return group.close()

    def _comparison(self, left: Operand) -> ConditionNode | None:
        symbol = self.token.symbol
        if symbol in COMPARATORS:
            self.advance()
            return ComparisonNode(symbol, left, self.operand())
        if symbol == "BETWEEN":
            self.advance()
            lower = self.operand()
            self.expect("AND")
            return BetweenNode(left, lower, self.operand())
        if symbol == "IN":
            self.advance()
            self.expect("(")
            choices = [self.operand()]
            while self.accept(","):
                choices.append(self.operand())
            self.expect(")")
            return InNode(left, tuple(choices))
        return None


@text_cache(512, long_ones=32, longest_of_all=4096)
def parse_condition(text: str) -> ParsedCondition:
    """Parse; then check, in the order of the text, that functions exist and stand where they may, and the paths."""
    parser = _ConditionParser(text)
    tree = parser.condition()
    _check(tree)
    return ParsedCondition(tree, tuple(parser.paths))


def _check(node: ConditionNode) -> None:
    if isinstance(node, LogicalNode):
        for operand in node.operands:
            _check(operand)
    elif isinstance(node, NotNode):
        inner = node.operand
        while isinstance(inner, NotNode):
            inner = inner.operand
        _check(inner)
    elif isinstance(node, FunctionNode):
        _check_known(node.name)
        if node.name not in CONDITION_FUNCTIONS:
            raise _misused(node.name)
        _check_operands(node.operands)
    elif isinstance(node, ComparisonNode):
        _check_operands((node.left, node.right))
    elif isinstance(node, BetweenNode):
        _check_operands((node.operand, node.lower, node.upper))
    else:
        _check_operands((node.operand, *node.choices))


def _check_operands(operands: tuple[Operand, ...]) -> None:
    for operand in operands:
        if isinstance(operand, PathNode):
            check_path(operand)
        elif isinstance(operand, FunctionNode):
            _check_known(operand.name)
            if operand.name != "size":
                raise _misused(operand.name)
            _check_operands(operand.operands)


def _check_known(name: str) -> None:
    if name in _UPDATE_FUNCTIONS:
        raise ExpressionError(f"The function is not allowed in a condition expression; function: {name}")
    if name not in CONDITION_FUNCTIONS and name != "size":
        raise ExpressionError(f"Invalid function name; function: {name}")


def _misused(name: str) -> ExpressionError:
    return ExpressionError(f"The function is not allowed to be used this way in an expression; function: {name}")
