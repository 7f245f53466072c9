"""Carrying out an update's actions on an item: sets, removals, additions and deletions at document paths.

Every value is computed from the item as it was. The item given stays as it is: only the maps and lists on the way to
a change are copied. Within a list, indexes are those of the list before the update: what is set past its end is
appended in the order of the indexes, then removals close ranks.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from services.dynamodb.errors import ValidationException
from services.dynamodb.expressions.document_paths import child
from services.dynamodb.expressions.syntax import Path
from services.dynamodb.values.attribute_values import AttributeValue, Item
from services.dynamodb.values.numbers import add_numbers

INVALID_PATH: Final = "The document path provided in the update expression is invalid for update"
WRONG_TYPE: Final = "An operand in the update expression has an incorrect data type"


@dataclass(frozen=True, slots=True)
class Change:
    """One action; `compute` gives its operand (nothing for REMOVE).

    `type` is the datatype that the attribute will have, where that is known. `mismatch` is the error of ADD and DELETE.
    """

    verb: Literal["SET", "REMOVE", "ADD", "DELETE"]
    path: Path
    compute: Callable[[Mapping[str, AttributeValue], Mapping[str, Any]], AttributeValue]
    type: str | None = None
    mismatch: str = WRONG_TYPE


def apply_changes(item: Item, values: Mapping[str, Any], changes: Sequence[Change]) -> Item:
    """The item after `changes`. ValidationException where a path or a type does not fit the item."""
    results = [_result(item, values, change) for change in changes]
    new = dict(item)
    nested: list[tuple[Path, AttributeValue | None]] = []
    for change, result in zip(changes, results, strict=True):
        if len(change.path) > 1:
            nested.append((change.path, result))
        elif result is None:
            new.pop(str(change.path[0]), None)
        else:
            new[str(change.path[0])] = result
    if nested:
        _apply_nested(new, nested)
    return new


def _result(item: Item, values: Mapping[str, Any], change: Change) -> AttributeValue | None:
    """The value that the change leaves at its path; None where it leaves none."""
    verb, path = change.verb, change.path
    present = item.get(str(path[0])) if len(path) == 1 else _present(item, path)
    if verb == "SET":
        return change.compute(item, values)
    if verb == "REMOVE":
        return None
    operand = change.compute(item, values)
    if verb == "ADD":
        return operand if present is None else _added(present, operand, change.mismatch)
    return None if present is None else _deleted(present, operand, change.mismatch)


def _present(item: Item, path: Path) -> AttributeValue | None:
    value = item.get(str(path[0]))
    for step in path[1:]:
        if value is None or ("L" if isinstance(step, int) else "M") not in value:
            raise ValidationException(INVALID_PATH)
        value = child(value, step)
    return value


def _added(present: AttributeValue, operand: AttributeValue, mismatch: str) -> AttributeValue:
    kind, content = next(iter(operand.items()))
    if kind not in present:
        raise ValidationException(mismatch)
    if kind == "N":
        return {"N": add_numbers(present["N"], content)}
    if kind == "L":
        return {"L": [*present["L"], *content]}
    held = set(_members(kind, present[kind]))
    new = [member for member, key in zip(content, _members(kind, content), strict=True) if key not in held]
    joined = [*present[kind], *new]
    return {kind: sorted(joined) if kind == "SS" else joined}


def _deleted(present: AttributeValue, operand: AttributeValue, mismatch: str) -> AttributeValue | None:
    kind, content = next(iter(operand.items()))
    if kind not in present:
        raise ValidationException(mismatch)
    dropped = set(_members(kind, content))
    held = present[kind]
    rest = [member for member, key in zip(held, _members(kind, held), strict=True) if key not in dropped]
    return {kind: rest} if rest else None


def _members(kind: str, content: list[str]) -> list[Any]:
    return [b64decode(member) for member in content] if kind == "BS" else content


@dataclass(slots=True)
class _Edits:
    """What is to change at one place: its new value (`final`), or changes further down."""

    final: bool = False
    value: AttributeValue | None = None
    below: dict[str | int, _Edits] = field(default_factory=dict)


def _apply_nested(item: Item, changes: list[tuple[Path, AttributeValue | None]]) -> None:
    roots: dict[str, _Edits] = {}
    for path, value in changes:
        edits = roots.setdefault(str(path[0]), _Edits())
        for step in path[1:]:
            edits = edits.below.setdefault(step, _Edits())
        edits.final, edits.value = True, value
    for name, edits in roots.items():
        present = item.get(name)
        if present is None:
            raise ValidationException(INVALID_PATH)
        item[name] = _edited(present, edits.below)


def _edited(value: AttributeValue, edits: dict[str | int, _Edits]) -> AttributeValue:
    if isinstance(next(iter(edits)), int):
        elements = value.get("L")
        if elements is None:
            raise ValidationException(INVALID_PATH)
        return {"L": _edited_list(list(elements), edits)}
    members = value.get("M")
    if members is None:
        raise ValidationException(INVALID_PATH)
    members = dict(members)
    for step, edit in edits.items():
        if not edit.final:
            if step not in members:
                raise ValidationException(INVALID_PATH)
            members[step] = _edited(members[step], edit.below)
        elif edit.value is None:
            members.pop(step, None)
        else:
            members[step] = edit.value
    return {"M": members}


def _edited_list(elements: list[AttributeValue], edits: dict[str | int, _Edits]) -> list[AttributeValue]:
    length = len(elements)
    removed = set()
    for index, edit in sorted(((int(step), edit) for step, edit in edits.items()), key=_index):
        if not edit.final:
            if index >= length:
                raise ValidationException(INVALID_PATH)
            elements[index] = _edited(elements[index], edit.below)
        elif edit.value is None:
            removed.add(index)
        elif index < length:
            elements[index] = edit.value
        else:
            elements.append(edit.value)
    if removed:
        return [element for index, element in enumerate(elements) if index not in removed or index >= length]
    return elements


def _index(entry: tuple[int, _Edits]) -> int:
    return entry[0]
