"""The grammar of paths and operands, which all expressions share, and of projections."""

from __future__ import annotations

from typing import Final

from awskit.bounds.text_cache import text_cache
from services.dynamodb.expressions.reserved_words import RESERVED_WORDS
from services.dynamodb.expressions.syntax import (
    ExpressionError,
    ExpressionSizeError,
    FunctionNode,
    Operand,
    PathNode,
    ValueNode,
)
from services.dynamodb.expressions.tokens import EOF, NAME, NUMBER, PLACEHOLDER, VALUE, Token, tokenize

MAXIMUM_SIZE: Final = 4096
REDUNDANT_PARENTHESES: Final = "The expression has redundant parentheses;"

_MAXIMUM_INDEX: Final = 2**31 - 1
_ATTRIBUTE: Final = frozenset({NAME, PLACEHOLDER})
_NESTED: Final = frozenset({NAME, PLACEHOLDER, VALUE})


class Parser:
    """A cursor over the tokens of one expression. Raises `ExpressionError`."""

    def __init__(self, text: str) -> None:
        size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
        if not text:
            raise ExpressionError("The expression can not be empty;")
        if size > MAXIMUM_SIZE:
            raise ExpressionSizeError(size)
        self.text = text
        self.tokens = tokenize(text)
        self.position = 0
        self.token: Token = self.tokens[0]
        self.paths: list[PathNode] = []

    def advance(self) -> Token:
        """Consume and return the current token."""
        consumed = self.token
        self.position += 1
        self.token = self.tokens[self.position]
        return consumed

    def accept(self, symbol: str) -> bool:
        """Consume the current token if it is `symbol`."""
        if self.token.symbol != symbol:
            return False
        self.advance()
        return True

    def expect(self, symbol: str) -> None:
        if self.token.symbol != symbol:
            raise self.error()
        self.advance()

    def error(self) -> ExpressionError:
        """The syntax error at the current token; `near` runs from the token before it to the one after it."""
        start = self.tokens[self.position - 1].start if self.position else 0
        following = self.tokens[min(self.position + 1, len(self.tokens) - 1)]
        near = self.text[start : following.end]
        return ExpressionError(f'Syntax error; token: "{self.token.text}", near: "{near}"')

    def at_end(self) -> bool:
        return self.token.kind == EOF

    def path(self) -> PathNode:
        """`a.b[0].#c`."""
        if self.token.kind not in _ATTRIBUTE:
            raise self.error()
        return self.path_after(self.advance())

    def path_after(self, first: Token) -> PathNode:
        """The rest of a path whose first name is consumed."""
        elements: list[str | int] = [first.text]
        while True:
            symbol = self.token.symbol
            if symbol == ".":
                self.advance()
                if self.token.kind not in _NESTED:
                    raise self.error()
                elements.append(self.advance().text)
            elif symbol == "[":
                self.advance()
                if self.token.kind != NUMBER:
                    raise self.error()
                elements.append(int(self.advance().text))
                self.expect("]")
            else:
                break
        node = PathNode(tuple(elements))
        self.paths.append(node)
        return node

    def operand(self) -> Operand:
        """A path, a value, a function of operands, or one of these in parentheses."""
        depth = 0
        while self.accept("("):
            depth += 1
        inner = self._bare_operand()
        for closed in range(depth):
            self.expect(")")
            if closed:
                raise ExpressionError(REDUNDANT_PARENTHESES)
        return inner

    def _bare_operand(self) -> Operand:
        token = self.token
        if token.kind == VALUE:
            self.advance()
            return ValueNode(token.text)
        if token.kind not in _ATTRIBUTE:
            raise self.error()
        self.advance()
        if token.kind == NAME and self.token.symbol == "(":
            return self.function(token.text)
        return self.path_after(token)

    def function(self, name: str) -> FunctionNode:
        """The operands of function `name`, from its opening parenthesis on."""
        self.expect("(")
        operands = [self.operand()]
        while self.accept(","):
            operands.append(self.operand())
        self.expect(")")
        return FunctionNode(name, tuple(operands))


def check_path(path: PathNode) -> None:
    """List indexes in range and no reserved words; to be called once the grammar is known to be right."""
    for element in path.elements:
        if isinstance(element, int):
            if element > _MAXIMUM_INDEX:
                raise ExpressionError(f"List index is not within the allowable range; index: [{element}]")
        elif element.upper() in RESERVED_WORDS:
            raise ExpressionError(f"Attribute name is a reserved keyword; reserved keyword: {element}")


@text_cache(512, long_ones=32, longest_of_all=4096)
def parse_projection(text: str) -> tuple[PathNode, ...]:
    """The paths of a ProjectionExpression."""
    parser = Parser(text)
    parser.path()
    while parser.accept(","):
        parser.path()
    if not parser.at_end():
        raise parser.error()
    for path in parser.paths:
        check_path(path)
    return tuple(parser.paths)
