"""UpdateExpression: checks of the actions, and compilation of their values to closures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from awskit.bounds.text_cache import text_cache
from services.dynamodb.errors import ValidationException
from services.dynamodb.expressions.compiled import Update, UpdateAction, Values
from services.dynamodb.expressions.document_paths import check_overlaps, resolve
from services.dynamodb.expressions.operands import (
    Constants,
    ItemView,
    OperandPlan,
    Scope,
    check_count,
    check_distinct,
    check_is_path,
    check_type,
)
from services.dynamodb.expressions.placeholders import Placeholders, Signature
from services.dynamodb.expressions.syntax import (
    ActionNode,
    ArithmeticNode,
    ExpressionError,
    Operand,
    Path,
    PathNode,
    ValueNode,
    invalid_expression,
)
from services.dynamodb.expressions.update_actions import Change, apply_changes
from services.dynamodb.expressions.update_parser import ParsedUpdate, parse_update
from services.dynamodb.values.attribute_values import AttributeValue, Item
from services.dynamodb.values.numbers import add_numbers

WRONG_TYPE: Final = "An operand in the update expression has an incorrect data type"
MISSING: Final = "The provided expression refers to an attribute that does not exist in the item"

_NUMBER: Final = frozenset({"N"})
_LIST: Final = frozenset({"L"})
_ADDABLE: Final = frozenset({"N", "SS", "NS", "BS"})
_DELETABLE: Final = frozenset({"SS", "NS", "BS"})
_LONG_NAMES: Final = MappingProxyType(
    {
        "S": "STRING",
        "N": "NUMBER",
        "B": "BINARY",
        "SS": "STRING_SET",
        "NS": "NUMBER_SET",
        "BS": "BINARY_SET",
        "M": "MAP",
        "L": "LIST",
        "NULL": "NULL",
        "BOOL": "BOOLEAN",
    }
)

Compute = Callable[[ItemView, Constants], AttributeValue]


@dataclass(frozen=True, slots=True)
class _Compiled:
    update: Update
    used_names: frozenset[str]
    used_values: frozenset[str]


def compile_update(text: str, placeholders: Placeholders) -> Update:
    """Compile an UpdateExpression."""
    try:
        compiled = (_compile if placeholders.kept else _compile_anew)(text, placeholders.signature)
    except (ExpressionError, RecursionError) as error:
        raise invalid_expression("UpdateExpression", error) from None
    placeholders.mark_used(compiled.used_names, compiled.used_values)
    update = compiled.update
    return Update(update.run, update.actions, update.paths, placeholders.values)


def _compile_anew(text: str, signature: Signature) -> _Compiled:
    scope = Scope.of(signature)
    update = compile_actions(parse_update(text), scope)
    return _Compiled(update, frozenset(scope.used_names), frozenset(scope.used_values))


_compile = text_cache(512, long_ones=32, longest_of_all=4096)(_compile_anew)


def compile_actions(parsed: ParsedUpdate, scope: Scope) -> Update:
    """Check and compile parsed actions (PartiQL makes its own), without values; raises ExpressionError."""
    # DynamoDB checks from the last action to the first: all paths, then overlaps, then the values.
    targets = [resolve(action.path, scope.names, scope.used_names) for action in reversed(parsed.actions)]
    targets.reverse()
    check_overlaps(targets)
    changes: list[Change] = []
    for action, path in zip(reversed(parsed.actions), reversed(targets), strict=True):
        compute, kind = _value(action, scope)
        changes.append(Change(action.verb, path, compute, kind))
    changes.reverse()
    paths = tuple(resolve(path, scope.names, scope.used_names) for path in parsed.paths)
    return static_update(tuple(changes), paths, {})


def _value(action: ActionNode, scope: Scope) -> tuple[Compute, str | None]:
    """The action's value as a closure, and its datatype where that is known."""
    value = action.value
    if value is None:
        return _nothing, None
    if isinstance(value, ArithmeticNode):
        return _arithmetic(value, scope), "N"
    plan = _operand(value, scope)
    if action.verb == "ADD":
        _check_set_operand("ADD", plan, _ADDABLE)
    elif action.verb == "DELETE":
        _check_set_operand("DELETE", plan, _DELETABLE)
    return _required(plan), plan.type


def _nothing(item: ItemView, constants: Constants) -> AttributeValue:
    return {}


def _check_set_operand(verb: str, plan: OperandPlan, allowed: frozenset[str]) -> None:
    if plan.type not in allowed:
        raise ExpressionError(
            f"Incorrect operand type for operator or function; operator: {verb}, "
            f"operand type: {_LONG_NAMES[str(plan.type)]}, typeSet: ALLOWED_FOR_{verb}_OPERAND"
        )


def _operand(node: Operand | ArithmeticNode, scope: Scope) -> OperandPlan:
    if isinstance(node, ArithmeticNode):
        return OperandPlan(_arithmetic(node, scope), type="N")
    if isinstance(node, PathNode):
        return scope.path(node)
    if isinstance(node, ValueNode):
        return scope.value(node)
    name = node.name
    operands = [_operand(operand, scope) for operand in node.operands]
    check_count(name, len(operands), 2)
    first, second = operands
    scope.count_operator()
    if name == "if_not_exists":
        check_is_path(name, first)
        check_distinct(name, first, second)
        return _if_not_exists(first, second)
    check_type(name, first, _LIST)
    check_type(name, second, _LIST)
    return _list_append(first, second)


def _required(plan: OperandPlan) -> Compute:
    fetch = plan.fetch
    key = plan.value
    if key is not None:
        return lambda item, constants: constants[key]

    def value(item: ItemView, constants: Constants) -> AttributeValue:
        found = fetch(item, constants)
        if found is None:
            raise ValidationException(MISSING)
        return found

    return value


def _if_not_exists(first: OperandPlan, second: OperandPlan) -> OperandPlan:
    fetch, default = first.fetch, _required(second)

    def value(item: ItemView, constants: Constants) -> AttributeValue | None:
        # DynamoDB evaluates both operands, so that a missing second one is an error even where it is not needed.
        fallback = default(item, constants)
        found = fetch(item, constants)
        return fallback if found is None else found

    return OperandPlan(value)


def _list_append(first: OperandPlan, second: OperandPlan) -> OperandPlan:
    left, right = _required(first), _required(second)

    def value(item: ItemView, constants: Constants) -> AttributeValue | None:
        one, other = left(item, constants), right(item, constants)
        if "L" not in one or "L" not in other:
            raise ValidationException(WRONG_TYPE)
        return {"L": [*one["L"], *other["L"]]}

    return OperandPlan(value, type="L")


def _arithmetic(node: ArithmeticNode, scope: Scope) -> Compute:
    first, second = _operand(node.left, scope), _operand(node.right, scope)
    check_type(node.operator, first, _NUMBER)
    check_type(node.operator, second, _NUMBER)
    scope.count_operator()
    left, right = _required(first), _required(second)
    negate = node.operator == "-"

    def value(item: ItemView, constants: Constants) -> AttributeValue:
        one, other = left(item, constants), right(item, constants)
        if "N" not in one or "N" not in other:
            raise ValidationException(WRONG_TYPE)
        return {"N": add_numbers(one["N"], other["N"], negate=negate)}

    return value


def static_update(changes: tuple[Change, ...], paths: tuple[Path, ...], values: Values) -> Update:
    """The update that carries out `changes`; `paths` are all paths in it, those of its operands too."""

    def run(item: Item, constants: Values) -> Item:
        return apply_changes(item, constants, changes)

    # last first, as DynamoDB checks them
    actions = tuple(UpdateAction(change.verb, change.path, change.type) for change in reversed(changes))
    return Update(run, actions, paths, values)
