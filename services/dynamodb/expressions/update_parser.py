"""The grammar of updates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, cast

from awskit.bounds.text_cache import text_cache
from services.dynamodb.expressions.condition_parser import CONDITION_FUNCTIONS
from services.dynamodb.expressions.parser import REDUNDANT_PARENTHESES, Parser, check_path
from services.dynamodb.expressions.syntax import (
    ActionNode,
    ArithmeticNode,
    ExpressionError,
    FunctionNode,
    Operand,
    PathNode,
    ValueNode,
)
from services.dynamodb.expressions.tokens import KEYWORD, VALUE

UPDATE_FUNCTIONS: Final = frozenset({"if_not_exists", "list_append"})
_ONLY_IN_CONDITIONS: Final = CONDITION_FUNCTIONS | {"size"}


@dataclass(frozen=True, slots=True)
class ParsedUpdate:
    """The actions, and all paths, in the order of the text."""

    actions: tuple[ActionNode, ...]
    paths: tuple[PathNode, ...]


class _UpdateParser(Parser):
    def update(self) -> list[tuple[str, list[ActionNode]]]:
        """The sections in the order of the text: keyword and actions."""
        sections: dict[str, Callable[[], ActionNode]] = {
            "SET": self._set,
            "REMOVE": self._remove,
            "ADD": self._add,
            "DELETE": self._delete,
        }
        found: list[tuple[str, list[ActionNode]]] = []
        while not found or not self.at_end():
            action = sections.get(self.token.symbol) if self.token.kind == KEYWORD else None
            if action is None:
                raise self.error()
            keyword = self.advance().symbol
            actions = [action()]
            while self.accept(","):
                actions.append(action())
            found.append((keyword, actions))
        return found

    def _set(self) -> ActionNode:
        path = self.path()
        self.expect("=")
        return ActionNode("SET", path, self._value())

    def _remove(self) -> ActionNode:
        return ActionNode("REMOVE", self.path(), None)

    def _add(self) -> ActionNode:
        return self._with_value("ADD")

    def _delete(self) -> ActionNode:
        return self._with_value("DELETE")

    def _with_value(self, verb: Literal["ADD", "DELETE"]) -> ActionNode:
        path = self.path()
        if self.token.kind != VALUE:
            raise self.error()
        return ActionNode(verb, path, ValueNode(self.advance().text))

    def _value(self) -> Operand | ArithmeticNode:
        """An operand or a sum of two; parentheses may hold either, but a sum is no operand of another."""
        depth = 0
        while self.accept("("):
            depth += 1
        found: Operand | ArithmeticNode = self.operand()
        closed = 0
        while True:
            if self.token.symbol in {"+", "-"} and not isinstance(found, ArithmeticNode):
                operator = cast("Literal['+', '-']", self.advance().symbol)
                found, closed = ArithmeticNode(operator, found, self.operand()), 0
            elif depth and self.token.symbol == ")":
                self.advance()
                depth -= 1
                closed += 1
                if closed > 1:
                    raise ExpressionError(REDUNDANT_PARENTHESES)
            elif depth:
                raise self.error()
            else:
                return found


@text_cache(512, long_ones=32, longest_of_all=4096)
def parse_update(text: str) -> ParsedUpdate:
    """Parse; then check, section by section, functions and paths, and that no section comes twice."""
    parser = _UpdateParser(text)
    sections = parser.update()
    seen: set[str] = set()
    for keyword, actions in sections:
        for action in actions:
            check_path(action.path)
            _check_value(action.value)
        if keyword in seen:
            raise ExpressionError(f'The "{keyword}" section can only be used once in an update expression;')
        seen.add(keyword)
    return ParsedUpdate(tuple(action for _, actions in sections for action in actions), tuple(parser.paths))


def _check_value(value: Operand | ArithmeticNode | None) -> None:
    if isinstance(value, ArithmeticNode):
        _check_nested(value.left)
        _check_nested(value.right)
    elif isinstance(value, FunctionNode):
        _check_known(value.name)
        for operand in value.operands:
            _check_nested(operand)
    elif isinstance(value, PathNode):
        check_path(value)


def _check_nested(operand: Operand) -> None:
    if isinstance(operand, PathNode):
        check_path(operand)
    elif isinstance(operand, FunctionNode):
        _check_known(operand.name)
        if operand.name == "list_append":
            raise ExpressionError(
                "The function is not allowed to be used this way in an expression; function: list_append"
            )
        for inner in operand.operands:
            _check_nested(inner)


def _check_known(name: str) -> None:
    if name in _ONLY_IN_CONDITIONS:
        raise ExpressionError(f"The function is not allowed in an update expression; function: {name}")
    if name not in UPDATE_FUNCTIONS:
        raise ExpressionError(f"Invalid function name; function: {name}")
