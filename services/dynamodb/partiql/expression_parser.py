"""The grammar of PartiQL's expressions: paths, literals, functions, operators by precedence."""

from __future__ import annotations

from typing import Final, Literal

from awskit.bounds.integers import is_natural
from services.dynamodb.partiql.syntax import (
    Between,
    Binary,
    Call,
    Expression,
    IonLiteral,
    Is,
    LiteralNode,
    Parameter,
    Place,
    Reference,
    SequenceNode,
    TupleNode,
    Unary,
)
from services.dynamodb.partiql.tokens import (
    EOF,
    ION,
    KEYWORD,
    NAME,
    NUMBER,
    QUOTED,
    STRING,
    NotWellFormed,
    Token,
    tokenize,
)

_COMPARATORS: Final = frozenset({"=", "<>", "!=", "<", "<=", ">", ">="})
_FUNCTION_KEYWORDS: Final = frozenset({"SIZE", "COUNT", "SUM", "MIN", "MAX", "AVG", "LOWER", "UPPER", "EXISTS"})
_MAXIMUM_DEPTH: Final = 60
_MOST_SUMMANDS: Final = 300  # as an expression has operators, which are counted when it is compiled
_LAST_INDEX: Final = 2**31 - 1


class ExpressionParser:
    """A cursor over the tokens of one statement. Raises `NotWellFormed`.

    `problem` is the first thing found that is PartiQL but not DynamoDB's; it is told once the whole statement is read.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.position = 0
        self.token: Token = self.tokens[0]
        self.parameters = 0
        self.depth = 0
        self.problem: str | None = None

    def refuse(self, problem: str) -> None:
        """Remember what is wrong with the statement though it is well formed."""
        self.problem = self.problem or problem

    def subselect(self) -> None:
        """Read a SELECT within an expression."""
        raise NotWellFormed

    def advance(self) -> Token:
        """Consume and return the current token."""
        consumed = self.token
        if consumed.kind == EOF:
            raise NotWellFormed
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
        if not self.accept(symbol):
            raise NotWellFormed

    def name(self) -> str:
        """A name, quoted or not."""
        if self.token.kind not in {NAME, QUOTED}:
            raise NotWellFormed
        return self.advance().text

    def place_of(self, token: Token) -> Place:
        """Line and column (from 1) and length of a token."""
        before = self.text[: token.start]
        return Place(before.count("\n") + 1, token.start - (before.rfind("\n") + 1) + 1, token.length)

    def expression(self) -> Expression:
        """An expression of any kind."""
        self.depth += 1
        if self.depth > _MAXIMUM_DEPTH:
            raise NotWellFormed
        found = self._and()
        while self.token.symbol == "OR":
            place = self.place_of(self.advance())
            found = Binary("or", found, self._and(), place)
        self.depth -= 1
        return found

    def _and(self) -> Expression:
        found = self._not()
        while self.token.symbol == "AND":
            place = self.place_of(self.advance())
            found = Binary("and", found, self._not(), place)
        return found

    def _not(self) -> Expression:
        negations = []
        while self.token.symbol == "NOT":
            negations.append(self.place_of(self.advance()))
        found = self._comparison()
        for place in reversed(negations):
            found = Unary("not", found, place)
        return found

    def _comparison(self) -> Expression:
        found = self._sum()
        while True:
            token = self.token
            place = self.place_of(token)
            if token.symbol in _COMPARATORS:
                self.advance()
                operator = "<>" if token.symbol == "!=" else token.symbol
                found = Binary(operator, found, self._sum(), place)
            elif token.symbol == "IS":
                self.advance()
                negated = self.accept("NOT")
                kind = self.advance()
                if kind.kind != KEYWORD:
                    raise NotWellFormed
                found = self._negated(Is(found, kind.symbol, place), negated)
            elif token.symbol in {"NOT", "IN", "BETWEEN", "LIKE"}:
                negated = self.accept("NOT")
                found = self._negated(self._word_operator(found, place), negated)
            else:
                return found

    def _word_operator(self, left: Expression, place: Place) -> Expression:
        if self.accept("IN"):
            return Binary("in", left, self._sum(), place)
        if self.accept("LIKE"):
            return Binary("like", left, self._sum(), place)
        self.expect("BETWEEN")
        lower = self._sum()
        self.expect("AND")
        return Between(left, lower, self._sum(), place)

    @staticmethod
    def _negated(found: Is | Binary | Between | Expression, negated: bool) -> Expression:
        return Unary("not", found, found.place) if negated else found

    def _sum(self) -> Expression:
        found = self._product()
        count = 0
        while self.token.symbol in {"+", "-", "||"}:
            token = self.advance()
            found = Binary(token.symbol, found, self._product(), self.place_of(token))
            count += 1
        if count > _MOST_SUMMANDS:
            self.refuse(f"The expression contains too many operators; operator count: {count}")
        return found

    def _product(self) -> Expression:
        found = self._unary()
        while self.token.symbol in {"*", "/", "%"}:
            token = self.advance()
            found = Binary(token.symbol, found, self._unary(), self.place_of(token))
        return found

    def _unary(self) -> Expression:
        if self.token.symbol not in {"-", "+"}:
            return self._primary()
        token = self.advance()
        place = self.place_of(token)
        operand = self._unary()
        if isinstance(operand, LiteralNode) and operand.value is not None and "N" in operand.value:
            text = operand.value["N"]
            if token.symbol == "-":
                text = text[1:] if text.startswith("-") else "-" + text
            return LiteralNode({"N": text}, place)
        return Unary(token.symbol, operand, place)

    def _primary(self) -> Expression:
        token = self.token
        place = self.place_of(token)
        if token.kind == STRING:
            self.advance()
            return LiteralNode({"S": token.text}, place)
        if token.kind == NUMBER:
            self.advance()
            return LiteralNode({"N": token.text}, place)
        if token.kind == ION:
            self.advance()
            return IonLiteral(token.text, place)
        if token.kind in {NAME, QUOTED} or token.symbol in _FUNCTION_KEYWORDS:
            return self._name_or_call()
        return self._marked(token, place)

    def _marked(self, token: Token, place: Place) -> Expression:
        symbol = token.symbol
        if symbol == "?":
            self.advance()
            self.parameters += 1
            return Parameter(self.parameters - 1, place)
        if symbol in {"TRUE", "FALSE", "NULL", "MISSING"}:
            self.advance()
            if symbol == "MISSING":
                return LiteralNode(None, place)
            return LiteralNode({"NULL": True} if symbol == "NULL" else {"BOOL": symbol == "TRUE"}, place)
        if symbol == "[":
            return self._sequence("list", "]", place)
        if symbol == "<<":
            return self._sequence("bag", ">>", place)
        if symbol == "{":
            return self._tuple(place)
        if symbol == "(":
            return self._parenthesised(place)
        if symbol == "DATE":
            self.advance()
            literal = self.advance()
            if literal.kind != STRING:
                raise NotWellFormed
            return IonLiteral("date", self.place_of(literal))
        raise NotWellFormed

    def _parenthesised(self, place: Place) -> Expression:
        self.expect("(")
        if self.token.symbol == "SELECT":
            return self._subselect(place)
        first = self.expression()
        if self.token.symbol != ",":
            self.expect(")")
            return first
        elements = [first]
        while self.accept(","):
            elements.append(self.expression())
        self.expect(")")
        return SequenceNode("list", tuple(elements), place)

    def _subselect(self, place: Place) -> Expression:
        self.refuse(f"Unsupported token in expression: SELECT {self.place_of(self.token)}")
        self.subselect()
        self.expect(")")
        return LiteralNode({"NULL": True}, place)

    def _sequence(self, kind: Literal["list", "bag"], end: str, place: Place) -> Expression:
        self.advance()
        elements: list[Expression] = []
        if not self.accept(end):
            elements.append(self.expression())
            while self.accept(","):
                elements.append(self.expression())
            self.expect(end)
        return SequenceNode(kind, tuple(elements), place)

    def _tuple(self, place: Place) -> Expression:
        self.expect("{")
        members: list[tuple[Expression, Expression]] = []
        if not self.accept("}"):
            while True:
                key = self.expression()
                self.expect(":")
                members.append((key, self.expression()))
                if not self.accept(","):
                    break
            self.expect("}")
        return TupleNode(tuple(members), place)

    def _name_or_call(self) -> Expression:
        token = self.token
        following = self.tokens[self.position + 1].symbol if token.kind != EOF else ""
        if token.kind != QUOTED and following == "(":
            self.advance()
            return self._call(token)
        return self.reference()

    def _call(self, token: Token) -> Expression:
        place = self.place_of(token)
        self.expect("(")
        arguments: list[Expression] = []
        if self.token.symbol == "SELECT":
            return self._subselect(place)
        if self.token.symbol == "*" and token.kind == KEYWORD:
            self.advance()
        elif self.token.symbol != ")":
            arguments.append(self.expression())
            while self.accept(","):
                arguments.append(self.expression())
        self.expect(")")
        return Call(token.text.lower(), tuple(arguments), place)

    def reference(self) -> Reference:
        """A path: `a.b[0]['c']."d"`."""
        first = self.token
        steps: list[str | int] = [self.name()]
        while True:
            if self.accept("."):
                if self.accept("*"):
                    self.refuse("Changing item's hierarchy while reading isn't supported")
                    break
                steps.append(self.name())
            elif self.accept("["):
                token = self.advance()
                if token.kind == NUMBER and is_natural(token.text, 0, _LAST_INDEX):
                    steps.append(int(token.text))
                elif token.kind in {STRING, NAME, QUOTED}:
                    steps.append(token.text)
                else:
                    raise NotWellFormed
                self.expect("]")
            else:
                break
        if "" in steps:
            self.refuse("Path component cannot be an empty string")
        return Reference(tuple(steps), self.place_of(first))
