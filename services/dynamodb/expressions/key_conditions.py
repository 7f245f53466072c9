"""KeyConditionExpression: a condition's grammar and operand checks, then the rules for keys that need no table."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from awskit.bounds.text_cache import text_cache
from services.dynamodb.errors import ValidationException
from services.dynamodb.expressions.compiled import KeyConditions
from services.dynamodb.expressions.condition_compiler import bound_condition
from services.dynamodb.expressions.condition_parser import parse_condition
from services.dynamodb.expressions.key_schema import KeyTerm
from services.dynamodb.expressions.placeholders import Placeholders, Signature
from services.dynamodb.expressions.syntax import (
    BetweenNode,
    ComparisonNode,
    ConditionNode,
    ExpressionError,
    FunctionNode,
    LogicalNode,
    NotNode,
    Operand,
    PathNode,
    invalid_expression,
)

KIND: Final = "KeyConditionExpression"
MAXIMUM_TABLE_TERMS: Final = 2
MAXIMUM_INDEX_TERMS: Final = 8

_FLIPPED: Final = MappingProxyType({"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="})


@dataclass(frozen=True, slots=True)
class _Term:
    attribute: str
    operator: str
    values: tuple[str, ...]


def compile_key_condition(text: str, placeholders: Placeholders, *, index: bool = False) -> KeyConditions:
    """Compile a KeyConditionExpression; `index`: the query names an index, whose key may have up to 8 attributes.

    What is wrong with operands is raised here. DynamoDB reports the errors of the request's other expressions before
    it reports that a condition is not one for keys: `terms` of the result raises those, `for_schema` the schema's.
    """
    try:
        compiled, _ = bound_condition(text, placeholders)
    except (ExpressionError, RecursionError) as error:
        raise invalid_expression(KIND, error) from None
    placeholders.mark_used(compiled.used_names, compiled.used_values)
    values, signature = placeholders.values, placeholders.signature

    def terms() -> tuple[KeyTerm, ...]:
        found = (_terms if placeholders.kept else _terms_anew)(text, signature)
        check_number(len(found), index=index)
        return tuple(
            [KeyTerm(term.attribute, term.operator, tuple([values[key] for key in term.values])) for term in found]
        )

    return KeyConditions(terms)


def check_number(terms: int, *, index: bool) -> None:
    """Raise where there are more conditions than a key can have attributes."""
    if not 1 <= terms <= (MAXIMUM_INDEX_TERMS if index else MAXIMUM_TABLE_TERMS):
        raise ValidationException("Conditions can be of length 1 or 2 only")


def _terms_anew(text: str, signature: Signature) -> tuple[_Term, ...]:
    collector = _Collector(dict(signature[0]))
    collector.visit(parse_condition(text).tree)
    return tuple(collector.terms.values())


_terms = text_cache(512, long_ones=32, longest_of_all=4096)(_terms_anew)


class _Collector:
    """Walks the tree from the root, as DynamoDB does, so that OR and NOT are reported before what is in them."""

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names
        self.terms: dict[str, _Term] = {}

    def visit(self, node: ConditionNode) -> None:
        if isinstance(node, LogicalNode):
            if node.operator == "OR":
                raise _invalid_operator("OR")
            for operand in node.operands:
                self.visit(operand)
        elif isinstance(node, ComparisonNode):
            if node.operator == "<>":
                raise _invalid_operator("<>")
            flipped = not isinstance(node.left, PathNode)
            operator = _FLIPPED[node.operator] if flipped else node.operator
            self._add(operator, node.left, node.right, key_first=False)
        elif isinstance(node, BetweenNode):
            self._add("BETWEEN", node.operand, node.lower, node.upper, key_first=True)
        elif isinstance(node, FunctionNode):
            if node.name != "begins_with":
                raise _invalid_operator(node.name)
            self._add("begins_with", *node.operands, key_first=True)
        else:
            raise _invalid_operator("NOT" if isinstance(node, NotNode) else "IN")

    def _add(self, operator: str, *operands: Operand, key_first: bool) -> None:
        attribute: str | None = None
        values: list[str] = []
        for position, operand in enumerate(operands):
            if isinstance(operand, FunctionNode):
                raise ValidationException("KeyConditionExpressions cannot contain nested operations")
            if isinstance(operand, PathNode):
                if attribute is not None:
                    raise _invalid_condition("Multiple attribute names used in one condition")
                if len(operand.elements) > 1:
                    raise ValidationException("KeyConditionExpressions cannot have conditions on nested attributes")
                name = str(operand.elements[0])
                attribute = self.names[name] if name[0] == "#" else name
            else:
                if key_first and position == 0:
                    raise _invalid_condition(f"{operator} operator must have the key attribute as its first operand")
                values.append(operand.name)
        if attribute is None:
            raise _invalid_condition("No key attribute specified")
        if attribute in self.terms:
            raise ValidationException("KeyConditionExpressions must only contain one condition per key")
        self.terms[attribute] = _Term(attribute, operator, tuple(values))


def _invalid_operator(operator: str) -> ValidationException:
    return ValidationException(f"Invalid operator used in {KIND}: {operator}")


def _invalid_condition(reason: str) -> ValidationException:
    return ValidationException(f"Invalid condition in {KIND}: {reason}")
