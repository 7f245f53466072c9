"""Constraints of the model (required, length, range, pattern, enum), checked on a parsed input.

In: an operation and its input. Out: nothing; raises `AwsError` in the service's own style: AWS's coral services list up
to ten violations in one ValidationException (JSON) or ValidationError (query), SQS names the first parameter that is
missing.
Checks are compiled per operation; members without constraints cost nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from awskit.errors import AwsError
from awskit.wire.model import OperationModel, ServiceModel, Shape

Validator = Callable[[Mapping[str, Any]], None]
# check(value, path, found): appends the texts of the violations at `path` to `found`.
Check = Callable[[Any, str, list[str]], None]
_MOST = 10


def validators(
    model: ServiceModel,
    validate: bool | Callable[[OperationModel], Validator | None],
    skipped: Iterable[str] = (),
) -> Callable[[OperationModel], Validator | None]:
    """What compiles an operation's validator in the model's style; shapes named in `skipped` are not looked into."""
    if callable(validate):
        return validate
    if not validate:
        return lambda operation: None
    if model.name == "sqs":
        return _sqs_validator
    checks = Checks(skipped)
    code = "ValidationException" if model.protocol == "json" else "ValidationError"
    return lambda operation: checks.validator(operation, code)


class Checks:
    """Compiles and keeps the checks of one model's shapes."""

    def __init__(self, skipped: Iterable[str] = ()) -> None:
        self._skipped = frozenset(skipped)
        self._compiled: dict[str, Check | None] = {}

    def validator(self, operation: OperationModel, code: str) -> Validator | None:
        """What raises `code` with AWS's listing of all violations; None where the input has no constraints."""
        check = self.check(operation.input) if operation.input is not None else None
        if check is None:
            return None

        def validate(value: Mapping[str, Any]) -> None:
            found: list[str] = []
            check(value, "", found)
            if found:
                raise AwsError(code, listing(found))

        return validate

    def check(self, shape: Shape) -> Check | None:
        """The check of values of `shape`; None where nothing in it is constrained."""
        if shape.name not in self._compiled:
            self._compiled[shape.name] = lambda value, path, found: self._forward(shape.name, value, path, found)
            self._compiled[shape.name] = self._compile(shape) if self._is_constrained(shape, set()) else None
        return self._compiled[shape.name]

    def _forward(self, name: str, value: Any, path: str, found: list[str]) -> None:
        check = self._compiled[name]
        if check is not None:
            check(value, path, found)

    def _is_constrained(self, shape: Shape, seen: set[str]) -> bool:
        if shape.name in seen or shape.name in self._skipped:
            return False
        seen.add(shape.name)
        if constraints(shape) or shape.required:
            return True
        if shape.type == "structure":
            return any(self._is_constrained(member.shape, seen) for member in shape.members.values())
        if shape.type == "list":
            return self._is_constrained(shape.member.shape, seen)
        if shape.type == "map":
            return self._is_constrained(shape.key.shape, seen) or self._is_constrained(shape.value.shape, seen)
        return False

    def _compile(self, shape: Shape) -> Check:
        if shape.type == "structure":
            return self._structure(shape)
        if shape.type == "list":
            return self._list(shape)
        if shape.type == "map":
            return self._map(shape)
        return _own_check(shape)

    def _structure(self, shape: Shape) -> Check:
        required = frozenset(shape.required)
        compiled = (
            (name, camel(name), name in required, self.check(member.shape)) for name, member in shape.members.items()
        )
        members = [member for member in compiled if member[2] or member[3] is not None]

        def check(value: Mapping[str, Any], path: str, found: list[str]) -> None:
            for name, shown, is_required, check_member in members:
                item = value.get(name)
                if item is not None:
                    if check_member is not None:
                        check_member(item, f"{path}.{shown}" if path else shown, found)
                elif is_required:
                    at = f"{path}.{shown}" if path else shown
                    found.append(f"Value null at '{at}' failed to satisfy constraint: Member must not be null")

        return check

    def _list(self, shape: Shape) -> Check:
        own = _own_check(shape)
        element = shape.member.shape
        if element.type not in ("structure", "list", "map"):
            texts = constraints(element)
            return _both(own, _on_parts(texts, "Member must satisfy constraint", _elements)) if texts else own
        inside = self.check(element)
        if inside is None:
            return own

        def check(value: list[Any], path: str, found: list[str]) -> None:
            for index, item in enumerate(value, 1):
                inside(item, f"{path}.{index}.member", found)

        return _both(own, check)

    def _map(self, shape: Shape) -> Check:
        value_shape = shape.value.shape
        result = _own_check(shape)
        if texts := constraints(shape.key.shape):
            result = _both(result, _on_parts(texts, "Map keys must satisfy constraint", _keys))
        if texts := constraints(value_shape):
            result = _both(result, _on_parts(texts, "Map value must satisfy constraint", _values))
            inside = self.check(value_shape.member.shape) if value_shape.type == "list" else None
            # The list's own length has been looked at: only what is in it is left.
            return _both(result, _in_lists(inside)) if inside is not None else result
        inside = self.check(value_shape)
        return _both(result, _in_values(inside)) if inside is not None else result


def _both(first: Check, second: Check) -> Check:
    if first is _unconstrained:
        return second

    def check(value: Any, path: str, found: list[str]) -> None:
        first(value, path, found)
        second(value, path, found)

    return check


def _unconstrained(value: Any, path: str, found: list[str]) -> None:
    """The check of a shape that has no constraint of its own."""


def _elements(value: Any) -> Iterable[Any]:
    return value  # type: ignore[no-any-return]


def _keys(value: Any) -> Iterable[Any]:
    return value.keys()  # type: ignore[no-any-return]


def _values(value: Any) -> Iterable[Any]:
    return value.values()  # type: ignore[no-any-return]


def _in_values(inside: Check) -> Check:
    def check(value: Mapping[str, Any], path: str, found: list[str]) -> None:
        for key, item in value.items():
            inside(item, f"{path}.{key}.member", found)

    return check


def _in_lists(inside: Check) -> Check:
    def check(value: Mapping[str, list[Any]], path: str, found: list[str]) -> None:
        for key, items in value.items():
            for index, item in enumerate(items, 1):
                inside(item, f"{path}.{key}.member.{index}.member", found)

    return check


# A constraint: what holds for a good value, and what AWS says of a bad one.
Constraint = tuple[Callable[[Any], bool], str]


def constraints(shape: Shape) -> list[Constraint]:
    """The shape's own constraints, in the order in which AWS lists them."""
    result: list[Constraint] = []
    traits = shape.traits
    minimum, maximum = traits.get("min"), traits.get("max")
    if shape.type in ("integer", "long", "float", "double"):
        if maximum is not None:
            result.append((lambda value: value <= maximum, f"Member must have value less than or equal to {maximum}"))
        if minimum is not None:
            result.append(
                (lambda value: value >= minimum, f"Member must have value greater than or equal to {minimum}")
            )
        return result
    if maximum is not None:
        text = f"Member must have length less than or equal to {maximum}"
        result.append((lambda value: len(value) <= maximum, text))
    if minimum is not None and minimum > 0:
        text = f"Member must have length greater than or equal to {minimum}"
        result.append((lambda value: len(value) >= minimum, text))
    pattern = traits.get("pattern")
    if pattern is not None and (matches := _compiled_pattern(pattern)) is not None:
        result.append(
            (lambda value: matches(value) is not None, f"Member must satisfy regular expression pattern: {pattern}")
        )
    if "enum" in traits:
        allowed = frozenset(traits["enum"])
        text = f"Member must satisfy enum value set: [{', '.join(traits['enum'])}]"
        result.append((lambda value: value in allowed, text))
    return result


def _compiled_pattern(pattern: str) -> Callable[[str], re.Match[str] | None] | None:
    """Java's `matches` of a model pattern; None for one that says nothing or that Python does not read."""
    if pattern in (".*", "[\\s\\S]*", "[\\S\\s]*"):
        return None
    java = pattern.replace("\\p{L}", "^\\W\\d_").replace("\\p{Z}", "\\s").replace("\\p{N}", "\\d")
    try:
        return re.compile(java).fullmatch
    except re.error:
        return None


def _own_check(shape: Shape) -> Check:
    found_constraints = constraints(shape)
    if not found_constraints:
        return _unconstrained

    def check(value: Any, path: str, found: list[str]) -> None:
        for holds, text in found_constraints:
            if not holds(value):
                found.append(f"Value '{shown(value)}' at '{path}' failed to satisfy constraint: {text}")

    return check


def _on_parts(checked: list[Constraint], title: str, parts: Callable[[Any], Iterable[Any]]) -> Check:
    """The check of a collection's simple elements, which AWS reports as one violation with all constraints listed."""
    listed = ", ".join(text for _, text in checked)

    def check(value: Any, path: str, found: list[str]) -> None:
        for part in parts(value):
            for holds, _ in checked:
                if not holds(part):
                    found.append(
                        f"Value '{shown(value)}' at '{path}' failed to satisfy constraint: {title}: [{listed}]"
                    )
                    return

    return check


def listing(found: list[str]) -> str:
    """The message over the first ten violations."""
    kept = found[:_MOST]
    return f"{len(kept)} validation error{'s' if len(kept) > 1 else ''} detected: {'; '.join(kept)}"


def camel(name: str) -> str:
    """A member's name as AWS's validation shows it: TableName is tableName, SSESpecification is sSESpecification."""
    return name[:1].lower() + name[1:]


def shown(value: Any) -> str:
    """A value as Java's toString shows it."""
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}={shown(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(shown(item) for item in value) + "]"
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _sqs_validator(operation: OperationModel) -> Validator | None:
    """SQS checks nothing by the model except that what is required is there; it names the first that is missing."""
    shape = operation.input
    if shape is None or not shape.required:
        return None
    required = shape.required

    def validate(value: Mapping[str, Any]) -> None:
        for name in required:
            if name not in value:
                raise AwsError("MissingParameter", f"The request must contain the parameter {name}.")

    return validate
