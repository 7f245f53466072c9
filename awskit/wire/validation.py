"""What the model constrains (required, length, range, pattern, enum), checked on a parsed input.

In: an operation and its input. Out: nothing; raises `AwsError` in the service's own style: AWS's coral services list up
to ten violations in one ValidationException (JSON) or ValidationError (query), SQS names the first parameter that is
missing, S3 calls a document MalformedXML. Checks are compiled per operation; what is not constrained costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from awskit.errors import AwsError
from awskit.wire.constraints import (
    Constraint,
    camel,
    constraints,
    java_order,
    length_bounds,
    listing,
    violation,
)
from awskit.wire.model import OperationModel, Reference, ServiceModel, Shape

Validator = Callable[[Mapping[str, Any]], None]
# check(value, path, found): appends the texts of the violations at `path` to `found`.
Check = Callable[[Any, str, list[str]], None]
# Traits by shape name that stand in place of the model's (`{"TableArn": {"min": 3}}`), where AWS enforces others.
Constraints = Mapping[str, Mapping[str, Any]]
Validate = bool | Callable[[OperationModel], Validator | None]

_NO_CONSTRAINTS: Constraints = {}
_COLLECTIONS = frozenset(("structure", "list", "map"))


def validators(
    model: ServiceModel, validate: Validate, skipped: Iterable[str] = (), overrides: Constraints = _NO_CONSTRAINTS
) -> Callable[[OperationModel], Validator | None]:
    """What compiles an operation's validator in the model's style; shapes named in `skipped` are not looked into."""
    if callable(validate):
        return validate
    if not validate:
        return lambda operation: None
    if model.name == "sqs":
        return _sqs_validator
    checks = Checks(skipped, overrides)
    code = "ValidationException" if model.protocol == "json" else "ValidationError"
    return lambda operation: checks.validator(operation, code)


class Checks:
    """Compiles and keeps the checks of one model's shapes."""

    def __init__(self, skipped: Iterable[str] = (), overrides: Constraints = _NO_CONSTRAINTS) -> None:
        self._skipped = frozenset(skipped)
        self._overrides = overrides
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
        name = shape.name
        if name not in self._compiled:
            if not self._is_constrained(shape, set()):
                self._compiled[name] = None
            else:
                self._compiled[name] = self._forwarder(name)
                self._compiled[name] = self._compile(shape)
        return self._compiled[name]

    def _forwarder(self, name: str) -> Check:
        """What a recursive shape finds while its own check is being compiled."""

        def forward(value: Any, path: str, found: list[str]) -> None:
            check = self._compiled[name]
            if check is not None:
                check(value, path, found)

        return forward

    def _traits(self, shape: Shape) -> Mapping[str, Any]:
        return self._overrides.get(shape.name, shape.traits)

    def _own(self, shape: Shape) -> list[Constraint]:
        return constraints(shape.type, self._traits(shape))

    def _is_constrained(self, shape: Shape, seen: set[str]) -> bool:
        if shape.name in seen or shape.name in self._skipped:
            return False
        seen.add(shape.name)
        if self._own(shape) or shape.required:
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
        own = _all_of(self._own(shape))
        if shape.type == "list":
            return self._list(shape, own)
        if shape.type == "map":
            return self._map(shape, own)
        return own if own is not None else _holds

    def members(self, shape: Shape) -> Iterable[tuple[str, str, Reference]]:
        """A structure's members in the order in which AWS checks them: the name it shows, the name, the member."""
        references = {camel(name): (name, member) for name, member in shape.members.items()}
        return [(shown, *references[shown]) for shown in java_order(references)]

    def _structure(self, shape: Shape) -> Check:
        required = frozenset(shape.required)
        compiled = []
        for shown, name, member in self.members(shape):
            check_member = self.check(member.shape)
            if check_member is not None or name in required:
                compiled.append((name, shown, name in required, check_member))

        def check(value: Mapping[str, Any], path: str, found: list[str]) -> None:
            for name, shown, is_required, check_member in compiled:
                item = value.get(name)
                if item is not None:
                    if check_member is not None:
                        check_member(item, f"{path}.{shown}" if path else shown, found)
                elif is_required:
                    found.append(violation(None, f"{path}.{shown}" if path else shown, "Member must not be null"))

        return check

    def _list(self, shape: Shape, own: Check | None) -> Check:
        element = shape.member.shape
        if element.type not in _COLLECTIONS:
            return _both(own, self._on_parts(element, "Member must satisfy constraint", iter))
        inside = self.check(element)
        if inside is None:
            return own or _holds

        def check(value: list[Any], path: str, found: list[str]) -> None:
            for index, item in enumerate(value, 1):
                inside(item, f"{path}.{index}.member", found)

        return _both(own, check)

    def _map(self, shape: Shape, own: Check | None) -> Check:
        value_shape = shape.value.shape
        keys = self._on_parts(shape.key.shape, "Map keys must satisfy constraint", iter)
        values = self._on_parts(value_shape, "Map value must satisfy constraint", _values)
        checked = _both(_both(own, keys), values)
        if value_shape.type not in _COLLECTIONS:
            return checked
        if value_shape.type == "list" and values is not None:
            # The list's own length has been looked at: only what is in it is left.
            inside = self.check(value_shape.member.shape)
            return _both(checked, _in_lists(inside)) if inside is not None else checked
        inside = self.check(value_shape)
        return _both(checked, _in_values(inside)) if inside is not None else checked

    def _on_parts(self, shape: Shape, title: str, parts: Callable[[Any], Iterable[Any]]) -> Check | None:
        """The check of a collection's keys or elements: AWS reports one violation, with all constraints listed."""
        own = self._own(shape)
        if not own:
            return None
        text = f"{title}: [{', '.join(text for _, text in own)}]"
        bounds = length_bounds(self._traits(shape)) if shape.type == "string" else None

        def check(value: Any, path: str, found: list[str]) -> None:
            for part in parts(value):
                for holds, _ in own:
                    if not holds(part):
                        found.append(violation(value, path, text))
                        return

        if bounds is None:
            return check
        least, most = bounds

        def check_lengths(value: Any, path: str, found: list[str]) -> None:
            for part in parts(value):
                if not least <= len(part) <= most:
                    found.append(violation(value, path, text))
                    return

        return check_lengths


def _holds(value: Any, path: str, found: list[str]) -> None:
    """The check of what is not constrained."""


def _values(value: Mapping[str, Any]) -> Iterable[Any]:
    return value.values()


def _both(first: Check | None, second: Check | None) -> Check:
    if first is None or second is None:
        return first or second or _holds

    def check(value: Any, path: str, found: list[str]) -> None:
        first(value, path, found)
        second(value, path, found)

    return check


def _all_of(own: list[Constraint]) -> Check | None:
    """The check of a value's own constraints, each a violation of its own: AWS names the pattern before the length."""
    if not own:
        return None
    in_turn = tuple(reversed(own))

    def check(value: Any, path: str, found: list[str]) -> None:
        for holds, text in in_turn:
            if not holds(value):
                found.append(violation(value, path, text))

    return check


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


def _sqs_validator(operation: OperationModel) -> Validator | None:
    """SQS checks only that what is required is there, in a batch's entries too; it names the first that is missing."""
    shape = operation.input
    if shape is None or not shape.required:
        return None
    required = shape.required
    entries = {name: _sqs_entries(member) for name, member in shape.members.items() if _has_entries(member)}

    def validate(value: Mapping[str, Any]) -> None:
        for name in required:
            if name not in value:
                raise _missing(name)
            if name in entries:
                entry_name, entry_required = entries[name]
                for index, entry in enumerate(value[name], 1):
                    for member in entry_required:
                        if member not in entry:
                            raise _missing(f"{entry_name}.{index}.{member}")

    return validate


def _has_entries(member: Reference) -> bool:
    return member.shape.type == "list" and member.shape.member.shape.type == "structure"


def _sqs_entries(member: Reference) -> tuple[str, tuple[str, ...]]:
    element = member.shape.member
    return element.query_name or member.name, element.shape.required


def _missing(name: str) -> AwsError:
    return AwsError("MissingParameter", f"The request must contain the parameter {name}.")


# Values that S3 judges itself, with codes of their own.
_JUDGED_BY_S3 = frozenset(
    (
        "BucketAccelerateStatus",
        "BucketLocationConstraint",
        "BucketLogsPermission",
        "Event",
        "FilterRuleName",
        "Protocol",
    )
)
# Documents that S3 takes without what its schema requires in them: no TagSet is one without tags.
_MAY_BE_EMPTY = frozenset(("Tagging",))


def is_valid_document(shape: Shape) -> Callable[[Any], bool]:
    """Whether a value read from an XML document has what the schema requires, and only values that it enumerates."""
    if shape.type == "structure":
        members = {name: member.shape for name, member in shape.members.items() if member.location is None}
        required = () if shape.name in _MAY_BE_EMPTY else tuple(name for name in shape.required if name in members)
        checks = {name: is_valid_document(member) for name, member in members.items() if _is_checked(member)}
        return lambda value: (
            all(name in value for name in required)
            and all(checks[name](item) for name, item in value.items() if name in checks)
        )
    if shape.type == "list":
        element = is_valid_document(shape.member.shape)
        return lambda value: all(map(element, value))
    if "enum" in shape.traits and shape.name not in _JUDGED_BY_S3:
        allowed = frozenset(shape.traits["enum"])
        return lambda value: value in allowed
    return _anything


def _is_checked(shape: Shape) -> bool:
    return shape.type in ("structure", "list") or "enum" in shape.traits


def _anything(value: Any) -> bool:
    return True
