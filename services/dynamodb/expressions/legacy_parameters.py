"""The legacy parameters, translated to the same compiled objects as expressions.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Literal

from services.dynamodb.errors import ValidationException
from services.dynamodb.expressions import predicates
from services.dynamodb.expressions.compiled import Condition, KeyConditions, Projection, Update
from services.dynamodb.expressions.key_conditions import check_number
from services.dynamodb.expressions.key_schema import KeyTerm
from services.dynamodb.expressions.operands import Constants, ItemView, OperandPlan
from services.dynamodb.expressions.predicates import Test
from services.dynamodb.expressions.projections import projection_of
from services.dynamodb.expressions.update_actions import Change
from services.dynamodb.expressions.update_compiler import static_update
from services.dynamodb.values.attribute_values import AttributeValue, normalize_value, type_of
from services.dynamodb.values.comparison import comparable

_INVALID: Final = "One or more parameter values were invalid: "
_SCALARS: Final = frozenset({"S", "N", "B"})
_NUMBER_OF_VALUES: Final = MappingProxyType({"NULL": (0, 0), "NOT_NULL": (0, 0), "BETWEEN": (2, 2), "IN": (1, None)})
_VALID_TYPES: Final = MappingProxyType(
    {
        "LT": _SCALARS,
        "LE": _SCALARS,
        "GT": _SCALARS,
        "GE": _SCALARS,
        "IN": _SCALARS,
        "BETWEEN": _SCALARS,
        "BEGINS_WITH": frozenset({"S", "B"}),
        "CONTAINS": frozenset({"S", "N", "B", "BOOL", "NULL"}),
        "NOT_CONTAINS": frozenset({"S", "N", "B", "BOOL", "NULL"}),
    }
)
_KEY_OPERATORS: Final = MappingProxyType(
    {"EQ": "=", "LT": "<", "LE": "<=", "GT": ">", "GE": ">=", "BETWEEN": "BETWEEN", "BEGINS_WITH": "begins_with"}
)
_ADDABLE: Final = frozenset({"N", "SS", "NS", "BS", "L"})
_DELETABLE: Final = frozenset({"SS", "NS", "BS"})
_MISMATCH: Final = "Type mismatch for attribute to update"

Term = tuple[str, str, list[AttributeValue]]


def compile_expected(expected: Mapping[str, Any], conditional_operator: str | None = None) -> Condition:
    """`Expected` of PutItem, UpdateItem and DeleteItem, with `ConditionalOperator` (AND where absent)."""
    return _condition([_expected_term(name, given) for name, given in expected.items()], conditional_operator)


def compile_legacy_filter(filters: Mapping[str, Any], conditional_operator: str | None = None) -> Condition:
    """`QueryFilter` or `ScanFilter`."""
    return _condition(_filter_terms(filters), conditional_operator)


def compile_key_conditions(conditions: Mapping[str, Any], *, index: bool = False) -> KeyConditions:
    """`KeyConditions` of Query; `index`: the query names an index, whose key may have up to 8 attributes."""
    terms = tuple(
        [
            KeyTerm(name, _KEY_OPERATORS.get(operator, operator), tuple(values))
            for name, operator, values in _filter_terms(conditions)
        ]
    )
    check_number(len(terms), index=index)
    return KeyConditions(lambda: terms)


def compile_attributes_to_get(names: Sequence[str]) -> Projection:
    """`AttributesToGet`: names of top-level attributes."""
    seen: set[str] = set()
    for name in names:
        if not name:
            raise ValidationException("Empty attribute name")
        if name in seen:
            raise ValidationException(f"{_INVALID}Duplicate value in attribute name: {name}")
        seen.add(name)
    return projection_of(tuple((name,) for name in names))


def check_conditional_operator(conditional_operator: str | None, filters: Mapping[str, Any] | None) -> None:
    """Raise where `ConditionalOperator` is given with fewer than two conditions."""
    if conditional_operator is None:
        return
    if not filters:
        raise ValidationException("ConditionalOperator cannot be used without Filter or Expected")
    if len(filters) < 2:
        raise ValidationException(
            "ConditionalOperator can only be used when Filter or Expected has two or more elements"
        )


# Conditions


def _filter_terms(filters: Mapping[str, Any]) -> list[Term]:
    terms: list[Term] = []
    for name, given in filters.items():
        values = [normalize_value(value) for value in given.get("AttributeValueList", ())]
        operator: str = given["ComparisonOperator"]
        _check_values(operator, values)
        terms.append((name, operator, values))
    return terms


def _expected_term(name: str, given: Mapping[str, Any]) -> Term:
    operator: str | None = given.get("ComparisonOperator")
    exists: bool | None = given.get("Exists")
    several: list[AttributeValue] | None = given.get("AttributeValueList")
    single: AttributeValue | None = given.get("Value")
    if several is not None and single is not None:
        raise _expected_error("Value and AttributeValueList cannot be used together", name)
    if operator is None:
        if several is not None:
            raise _expected_error("AttributeValueList can only be used with a ComparisonOperator", name)
        if exists is False:
            if single is not None:
                raise _expected_error("Value cannot be used when Exists is false", name)
            return name, "NULL", []
        if single is None:
            shown = "null" if exists is None else "true"
            raise _expected_error(f"Value must be provided when Exists is {shown}", name)
        return name, "EQ", [normalize_value(single)]
    if exists is not None:
        raise _expected_error("Exists and ComparisonOperator cannot be used together", name)
    if several is None and single is None and operator not in {"NULL", "NOT_NULL"}:
        raise _expected_error(f"Value or AttributeValueList must be used with ComparisonOperator: {operator}", name)
    given_values = several if several is not None else [] if single is None else [single]
    values = [normalize_value(value) for value in given_values]
    _check_values(operator, values)
    return name, operator, values


def _expected_error(reason: str, name: str) -> ValidationException:
    return ValidationException(f"{_INVALID}{reason} for Attribute: {name}")


def _check_values(operator: str, values: list[AttributeValue]) -> None:
    least, most = _NUMBER_OF_VALUES.get(operator, (1, 1))
    if len(values) < least or (most is not None and len(values) > most):
        raise ValidationException(f"{_INVALID}Invalid number of argument(s) for the {operator} ComparisonOperator")
    if not values:
        return
    kind = type_of(values[0])
    if any(kind not in value for value in values):
        raise ValidationException(f"{_INVALID}AttributeValues inside AttributeValueList must be of same type")
    valid = _VALID_TYPES.get(operator)
    if valid is not None and kind not in valid:
        raise ValidationException(
            f"{_INVALID}ComparisonOperator {operator} is not valid for {kind} AttributeValue type"
        )
    if operator == "BETWEEN" and comparable(values[0]) > comparable(values[1]):
        raise ValidationException(
            "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"
        )


def _condition(terms: list[Term], conditional_operator: str | None) -> Condition:
    if not terms:
        return Condition(_always, ())
    constants: dict[str, Any] = {}
    tests = [_test(term, constants) for term in terms]
    join = predicates.some if conditional_operator == "OR" else predicates.every
    return Condition(join(tests), tuple((name,) for name, _, _ in terms), constants)


def _always(item: ItemView, constants: Constants) -> bool:
    return True


def _test(term: Term, constants: dict[str, Any]) -> Test:
    name, operator, values = term
    attribute = OperandPlan(lambda item, _: item.get(name), path=(name,))
    operands = []
    for value in values:
        key = f":{len(constants)}"
        constants[key] = value
        if operator in _ORDERINGS or operator == "BETWEEN":
            constants["<" + key] = comparable(value)
        operands.append(_constant(key, type_of(value)))
    if operator in _ORDERINGS:
        return predicates.ordered(_ORDERINGS[operator], attribute, operands[0])
    return _TESTS[operator](attribute, operands)


def _constant(key: str, kind: str) -> OperandPlan:
    def fetch(item: ItemView, constants: Constants) -> AttributeValue:
        found: AttributeValue = constants[key]
        return found

    return OperandPlan(fetch, type=kind, value=key)


def _between(attribute: OperandPlan, values: list[OperandPlan]) -> Test:
    low, high = values
    return predicates.every([predicates.ordered(">=", attribute, low), predicates.ordered("<=", attribute, high)])


def _not_contains(attribute: OperandPlan, values: list[OperandPlan]) -> Test:
    absent = predicates.negate(predicates.contains(attribute, values[0]))
    return predicates.every([predicates.exists(attribute), absent])


_ORDERINGS: Final = MappingProxyType({"LT": "<", "LE": "<=", "GT": ">", "GE": ">="})
_TESTS: Final[Mapping[str, Callable[[OperandPlan, list[OperandPlan]], Test]]] = MappingProxyType(
    {
        "EQ": lambda attribute, values: predicates.equals(attribute, values[0]),
        "NE": lambda attribute, values: predicates.negate(predicates.equals(attribute, values[0])),
        "NULL": lambda attribute, values: predicates.negate(predicates.exists(attribute)),
        "NOT_NULL": lambda attribute, values: predicates.exists(attribute),
        "CONTAINS": lambda attribute, values: predicates.contains(attribute, values[0]),
        "NOT_CONTAINS": _not_contains,
        "BEGINS_WITH": lambda attribute, values: predicates.begins_with(attribute, values[0]),
        "IN": lambda attribute, values: predicates.some([predicates.equals(attribute, value) for value in values]),
        "BETWEEN": _between,
    }
)


# Updates


def compile_attribute_updates(updates: Mapping[str, Any]) -> Update:
    """`AttributeUpdates` of UpdateItem."""
    changes: list[Change] = []
    values: dict[str, AttributeValue] = {}
    for name, given in updates.items():
        action: str = given.get("Action", "PUT")
        if not name:
            raise ValidationException("Empty attribute name")
        if "Value" not in given:
            if action != "DELETE":
                raise ValidationException(
                    f"{_INVALID}Only DELETE action is allowed when no attribute value is specified"
                )
            changes.append(Change("REMOVE", (name,), _nothing))
            continue
        value = normalize_value(given["Value"])
        kind = type_of(value)
        if action == "ADD" and kind not in _ADDABLE:
            raise ValidationException(f"{_INVALID}ADD action is not supported for the type {kind}")
        if action == "DELETE" and kind not in _DELETABLE:
            raise ValidationException(f"{_INVALID}DELETE action with value is not supported for the type {kind}")
        key = f":{len(values)}"
        values[key] = value
        verb: Literal["SET", "ADD", "DELETE"] = "ADD" if action == "ADD" else "DELETE" if action == "DELETE" else "SET"
        changes.append(Change(verb, (name,), _constant_value(key), kind if verb != "DELETE" else None, _MISMATCH))
    return static_update(tuple(changes), tuple(change.path for change in changes), values)


def _nothing(item: ItemView, constants: Constants) -> AttributeValue:
    return {}


def _constant_value(key: str) -> Callable[[ItemView, Constants], AttributeValue]:
    return lambda item, constants: constants[key]
