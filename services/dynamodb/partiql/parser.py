"""The grammar of PartiQL as far as DynamoDB has it.

In: the statement. Out: its parse tree. Raised: `ValidationException` with DynamoDB's texts: "Statement wasn't well
formed, can't be processed: ...", "Unsupported clause: ...", "Aliasing is not supported", ...
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.statements.html
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from services.dynamodb.errors import ValidationException
from services.dynamodb.partiql.expression_parser import ExpressionParser
from services.dynamodb.partiql.syntax import (
    Assignment,
    Delete,
    Exists,
    Expression,
    Insert,
    Parsed,
    Reference,
    Select,
    Statement,
    Update,
)
from services.dynamodb.partiql.tokens import EOF, KEYWORD, NAME, QUOTED, NotWellFormed

_DEFINITIONS: Final = {"CREATE": "Create", "DROP": "Drop"}


@lru_cache(maxsize=256)
def parse(text: str) -> Parsed:
    """Parse one statement."""
    try:
        parser = _StatementParser(text)
        statement = parser.statement()
        return Parsed(statement, parser.parameters)
    except (NotWellFormed, RecursionError):
        raise ValidationException(f"Statement wasn't well formed, can't be processed: {text}") from None


class _StatementParser(ExpressionParser):
    def statement(self) -> Statement:
        symbol = self.token.symbol
        parsed: Statement
        if symbol == "SELECT":
            parsed = self._select()
        elif symbol == "INSERT":
            parsed = self._insert()
        elif symbol == "UPDATE":
            parsed = self._update()
        elif symbol == "DELETE":
            parsed = self._delete()
        elif symbol == "EXISTS":
            parsed = self._exists()
        else:
            raise self._other()
        self.accept(";")
        if self.token.kind != EOF:
            raise NotWellFormed
        if isinstance(parsed, Insert | Update | Delete) and not parsed.source:
            self.refuse("Unexpected from source")
        if self.problem is not None:
            raise ValidationException(self.problem)
        return parsed

    def subselect(self) -> None:
        self._select()

    def _other(self) -> Exception:
        verb = _DEFINITIONS.get(self.token.symbol)
        if verb is not None:
            self.advance()
            kind = self.advance().symbol
            self.name()
            if kind not in {"TABLE", "INDEX"}:
                return NotWellFormed()
            return ValidationException(f"Unsupported operation: {verb}{kind.capitalize()}")
        expression = self.expression()
        self.accept(";")
        if self.token.kind != EOF:
            return NotWellFormed()
        kind = (
            "VariableReference" if isinstance(expression, Reference) else type(expression).__name__.removesuffix("Node")
        )
        return ValidationException(f"Unsupported operation: {kind}")

    def _select(self) -> Select:
        self.expect("SELECT")
        if self.token.symbol in {"DISTINCT", "ALL"}:
            self.refuse(f"Unsupported token in expression: {self.advance().symbol}")
        if self.token.symbol in {"VALUE", "PIVOT"}:
            self.advance()
            self.refuse("Select projection doesn't support value or pivot keywords")
            columns: tuple[Expression, ...] | None = (self.expression(),)
        else:
            columns = None if self.accept("*") else self._columns()
        self.expect("FROM")
        source = self._source()
        self._after_source()
        if not source:
            self.refuse("Unexpected from source")
        where = self._where()
        if self.accept("GROUP"):
            self.expect("BY")
            self.expression()
            self.refuse("Unsupported clause: GROUP BY")
        order = self._order()
        if self.token.symbol in {"LIMIT", "HAVING"}:
            clause = self.advance()
            self.refuse(f"Unsupported clause: {clause.symbol} {self.place_of(self.token)}")
            self.expression()
        return Select(columns, source, where, order)

    def _columns(self) -> tuple[Expression, ...]:
        columns = []
        while True:
            columns.append(self.expression())
            if self.token.kind in {NAME, QUOTED} or self.token.symbol == "AS":
                self.accept("AS")
                self.name()
                self.refuse("Aliasing is not supported")
            if not self.accept(","):
                return tuple(columns)

    def _source(self) -> tuple[str, ...]:
        """The name's components; none where it is a parameter, which it may not be."""
        if self.accept("?"):
            return ()
        components = [self.name()]
        while self.accept("."):
            components.append(self.name())
        return tuple(components)

    def _after_source(self) -> None:
        self._alias()
        while self.accept(","):
            self._source()
            self.refuse("Only select from a single table or index is supported.")

    def _alias(self) -> None:
        if self.token.kind in {NAME, QUOTED} or self.token.symbol in {"AS", "AT", "BY"}:
            if self.token.kind == KEYWORD:
                self.advance()
            self.name()
            self.refuse("Aliasing is not supported")

    def _where(self) -> Expression | None:
        return self.expression() if self.accept("WHERE") else None

    def _order(self) -> tuple[tuple[Expression, bool], ...]:
        if not self.accept("ORDER"):
            return ()
        self.expect("BY")
        order = []
        while True:
            attribute = self.expression()
            descending = self.accept("DESC")
            if not descending:
                self.accept("ASC")
            order.append((attribute, descending))
            if not self.accept(","):
                return tuple(order)

    def _insert(self) -> Insert:
        self.expect("INSERT")
        self.expect("INTO")
        source = self._source()
        if not self.accept("VALUE"):
            self.accept("VALUES")
            self.expression()
            self.accept(";")
            if self.token.kind != EOF:
                raise NotWellFormed
            raise ValidationException("Unsupported operation: InsertOp")
        value = self.expression()
        returning = self._returning()
        if returning is not None:
            self.refuse("RETURNING is not supported in INSERT")
        return Insert(source, value, returning)

    def _update(self) -> Update:
        self.expect("UPDATE")
        source = self._source()
        self._alias()
        assignments: list[Assignment] = []
        while self.token.symbol in {"SET", "REMOVE"}:
            if self.accept("SET"):
                assignments.append(self._assignment())
                while self.accept(","):
                    assignments.append(self._assignment())
            else:
                self.advance()
                assignments.append(Assignment(self.reference(), None))
                while self.accept(","):
                    assignments.append(Assignment(self.reference(), None))
        if not assignments:
            raise NotWellFormed
        where = self._where()
        return Update(source, tuple(assignments), where, self._returning())

    def _assignment(self) -> Assignment:
        path = self.reference()
        self.expect("=")
        return Assignment(path, self.expression())

    def _delete(self) -> Delete:
        self.expect("DELETE")
        self.expect("FROM")
        source = self._source()
        self._alias()
        where = self._where()
        return Delete(source, where, self._returning())

    def _exists(self) -> Exists:
        self.expect("EXISTS")
        self.expect("(")
        select = self._select()
        self.expect(")")
        return Exists(select)

    def _returning(self) -> str | None:
        if not self.accept("RETURNING"):
            return None
        found: list[str] = []
        while True:
            which = self.advance().symbol
            image = self.advance().symbol
            if which not in {"ALL", "MODIFIED"} or image not in {"OLD", "NEW"}:
                raise NotWellFormed
            if not self.accept("*"):
                self.reference()
                self.refuse("Expected '*' after ( MODIFIED | ALL ) ( NEW | OLD ) in RETURNING clause")
            found.append(f"{which} {image}")
            if not self.accept(","):
                break
        if len(found) > 1:
            self.refuse("Invalid syntax with multiple returning elements in RETURNING clause")
        return found[0]
