"""ExpressionAttributeNames and ExpressionAttributeValues of one request, and which of them its expressions use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from services.dynamodb.errors import NestingException, ValidationException
from services.dynamodb.values.attribute_values import AttributeValue, normalize_value
from services.dynamodb.values.sizes import utf8_length

Signature = tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]

_EMPTY_SIGNATURE: Final[Signature] = ((), ())
_NAME_KEY: Final = re.compile(r"#[A-Za-z0-9_]+")
_VALUE_KEY: Final = re.compile(r":[A-Za-z0-9_]+")
_MAXIMUM_KEY: Final = 255
_MOST_KEPT: Final = 100  # names and values
_LONGEST_KEPT: Final = 4096  # characters of all names together
_MAXIMUM_NAME: Final = 65535


class Placeholders:
    """Checked names and values; each compile marks what it uses.

    `names` maps `#name` to an attribute name, `values` maps `:name` to a value in normal form. `signature` is what a
    compiled expression depends on: the names and the datatypes of the values. `kept` is whether it is small enough to
    keep what is compiled with it.
    """

    __slots__ = ("kept", "names", "signature", "used_names", "used_values", "values")

    def __init__(
        self,
        names: Mapping[str, str] | None = None,
        values: Mapping[str, AttributeValue] | None = None,
        *,
        named: bool = True,
        depth: int = 1,
    ) -> None:
        """Check names, then values (syntax of the keys, the values themselves). None: the parameter is absent."""
        self.names: Mapping[str, str] = {} if names is None else _checked_names(names)
        self.values: dict[str, AttributeValue] = {} if values is None else _checked_values(values, named, depth)
        self.used_names: frozenset[str] = frozenset()
        self.used_values: frozenset[str] = frozenset()
        self.signature: Signature = _EMPTY_SIGNATURE
        self.kept = True
        if self.names or self.values:
            self.kept = (
                len(self.names) + len(self.values) <= _MOST_KEPT and sum(map(len, self.names.values())) <= _LONGEST_KEPT
            )
            types = tuple([(key, next(iter(value))) for key, value in self.values.items()])
            self.signature = (tuple(self.names.items()), types)

    @classmethod
    def of(cls, input: Mapping[str, Any], *, named: bool = True, depth: int = 1) -> Placeholders:
        """From the input's `ExpressionAttributeNames` and `ExpressionAttributeValues`.

        `named`: what is wrong with a value is said together with its key, as most operations do. `depth` is the
        nesting level that the values are taken to have (less than 1: deeper ones are accepted).
        """
        names, values = input.get("ExpressionAttributeNames"), input.get("ExpressionAttributeValues")
        if values is None:
            return cls(names)
        return cls(names, values, named=named, depth=depth)

    def mark_used(self, names: frozenset[str], values: frozenset[str]) -> None:
        """Remember what a compiled expression uses."""
        self.used_names = self.used_names | names if self.used_names else names
        self.used_values = self.used_values | values if self.used_values else values

    def check_all_used(self) -> None:
        """After the request's last expression: raise where a name or value was not used by any."""
        if len(self.used_names) < len(self.names):
            raise _unused("ExpressionAttributeNames", self.names, self.used_names)
        if len(self.used_values) < len(self.values):
            raise _unused("ExpressionAttributeValues", self.values, self.used_values)


def _unused(parameter: str, given: Iterable[str], used: frozenset[str]) -> ValidationException:
    keys = ", ".join(key for key in given if key not in used)
    return ValidationException(f"Value provided in {parameter} unused in expressions: keys: {{{keys}}}")


def _checked_names(names: Mapping[str, str]) -> Mapping[str, str]:
    if not names:
        raise ValidationException("ExpressionAttributeNames must not be empty")
    for key in names:
        _check_key("ExpressionAttributeNames", key, _NAME_KEY)
    for key, name in names.items():
        if not name:
            raise ValidationException(
                f"ExpressionAttributeNames contains invalid value: Empty attribute name for key {key}"
            )
        if len(name) > _MAXIMUM_NAME // 3 and utf8_length(name) > _MAXIMUM_NAME:
            raise ValidationException(
                "ExpressionAttributeNames contains invalid value: "
                f"Attribute name is too large, must be less than 65536 bytes for key {key}"
            )
    return names


def _checked_values(values: Mapping[str, AttributeValue], named: bool, depth: int) -> dict[str, AttributeValue]:
    if not values:
        raise ValidationException("ExpressionAttributeValues must not be empty")
    for key in values:
        _check_key("ExpressionAttributeValues", key, _VALUE_KEY)
    normal = {}
    for key, value in values.items():
        try:
            normal[key] = normalize_value(value, depth)
        except ValidationException as error:
            if not named or isinstance(error, NestingException):
                raise
            raise ValidationException(
                f"ExpressionAttributeValues contains invalid value: {error.message} for key {key}"
            ) from None
    return normal


def _check_key(parameter: str, key: str, syntax: re.Pattern[str]) -> None:
    if len(key) > _MAXIMUM_KEY:
        raise ValidationException(
            f"{parameter} contains invalid key: The expression attribute map contains a key that is too long; "
            f"size of key: {len(key)}"
        )
    if syntax.fullmatch(key) is None:
        raise ValidationException(f'{parameter} contains invalid key: Syntax error; key: "{key}"')


def check_parameters(input: Mapping[str, Any], *, legacy: Sequence[str], expressions: Sequence[str]) -> None:
    """Raise where legacy parameters and expressions are mixed, or placeholders are given without an expression.

    The names in DynamoDB's order, which is that of its messages: `legacy=("AttributesToGet", "QueryFilter",
    "ConditionalOperator", "KeyConditions")`, `expressions=("ProjectionExpression", "FilterExpression",
    "KeyConditionExpression")`.
    """
    given = [name for name in expressions if name in input]
    old = [name for name in legacy if name in input]
    if given and old:
        raise ValidationException(
            "Can not use both expression and non-expression parameters in the same request: "
            f"Non-expression parameters: {{{', '.join(old)}}} Expression parameters: {{{', '.join(given)}}}"
        )
    if not given and "ExpressionAttributeNames" in input:
        raise ValidationException("ExpressionAttributeNames can only be specified when using expressions")
    if "ExpressionAttributeValues" in input and (not given or given == ["ProjectionExpression"]):
        users = [name for name in expressions if name != "ProjectionExpression"]
        verb = "is" if len(users) == 1 else "are"
        raise ValidationException(
            f"ExpressionAttributeValues can only be specified when using expressions: {' and '.join(users)} {verb} null"
        )
