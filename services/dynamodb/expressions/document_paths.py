"""Document paths: names resolved, values looked up, parts of items taken, overlaps found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from services.dynamodb.expressions.syntax import ExpressionError, Path, PathNode
from services.dynamodb.values.attribute_values import AttributeValue, Item

MAXIMUM_DEPTH: Final = 32

Lookup = Callable[[Mapping[str, AttributeValue]], AttributeValue | None]


def resolve(node: PathNode, names: Mapping[str, str], used: set[str]) -> Path:
    """The path with its placeholders replaced; those that it uses are added to `used`."""
    elements: list[str | int] = []
    for element in node.elements:
        if isinstance(element, str) and element[0] in "#:":
            name = names.get(element)
            if name is None:
                raise ExpressionError(
                    f"An expression attribute name used in the document path is not defined; attribute name: {element}"
                )
            used.add(element)
            elements.append(name)
        else:
            elements.append(element)
    if len(elements) > MAXIMUM_DEPTH:
        raise ExpressionError(f"The document path has too many nesting levels; nesting levels: {len(elements)}")
    return tuple(elements)


def shown(path: Path) -> str:
    """The path as errors show it: `[a, [1], b]`."""
    return f"[{', '.join(f'[{element}]' if isinstance(element, int) else element for element in path)}]"


def lookup(path: Path) -> Lookup:
    """A function from an item to the value at `path`, or None where the item has none."""
    first = str(path[0])
    if len(path) == 1:
        return lambda item: item.get(first)
    steps = path[1:]

    def nested(item: Mapping[str, AttributeValue]) -> AttributeValue | None:
        value = item.get(first)
        for step in steps:
            if value is None:
                return None
            value = child(value, step)
        return value

    return nested


def child(value: AttributeValue, step: str | int) -> AttributeValue | None:
    """The member or element `step` of a map or list; None where there is none, or the value has no such parts."""
    if isinstance(step, int):
        elements: Sequence[AttributeValue] | None = value.get("L")
        return elements[step] if elements is not None and step < len(elements) else None
    members: Mapping[str, AttributeValue] | None = value.get("M")
    return members.get(step) if members is not None else None


Tree = dict[str | int, Any]


def path_tree(paths: Iterable[Path]) -> Tree:
    """The paths merged: element to subtree; an empty subtree is where a path ends."""
    root: Tree = {}
    for path in paths:
        node = root
        for element in path:
            node = node.setdefault(element, {})
    return root


def project(item: Mapping[str, AttributeValue], paths: Iterable[Path]) -> Item:
    """The parts of `item` that the paths name. Elements taken from a list close ranks, in the list's order."""
    return project_tree(item, path_tree(paths))


def project_tree(item: Mapping[str, AttributeValue], tree: Tree) -> Item:
    """As `project`, with the paths already merged."""
    found: Item = {}
    for name, subtree in tree.items():
        value = item.get(name)  # type: ignore[arg-type]
        if value is not None and subtree:
            value = _part(value, subtree)
        if value is not None:
            found[name] = value  # type: ignore[index]
    return found


def _part(value: AttributeValue, tree: Tree) -> AttributeValue | None:
    members = value.get("M")
    if members is not None:
        found = project_tree(members, {step: below for step, below in tree.items() if isinstance(step, str)})
        return {"M": found} if found else None
    elements = value.get("L")
    if elements is None:
        return None
    taken = []
    for index in sorted(step for step in tree if isinstance(step, int)):
        if index < len(elements):
            below = tree[index]
            element = _part(elements[index], below) if below else elements[index]
            if element is not None:
                taken.append(element)
    return {"L": taken} if taken else None


@dataclass(slots=True)
class _Node:
    path: Path | None = None
    children: dict[str | int, _Node] = field(default_factory=dict)


def check_overlaps(paths: Sequence[Path]) -> None:
    """Raise where one path is a prefix of another, or where one takes as a list what another takes as a map."""
    if len(paths) == 1:
        return
    root = _Node()
    conflict: tuple[Path, Path] | None = None
    for path in paths:
        node = root
        for element in path:
            if node.path is not None:
                raise _clash("overlap", node.path, path)
            below = node.children.get(element)
            if below is None:
                if conflict is None and node.children:
                    other = next(iter(node.children))
                    if node is not root and isinstance(other, int) != isinstance(element, int):
                        conflict = (_leaf(node), path)
                below = node.children[element] = _Node()
            node = below
        if node.path is not None or node.children:
            raise _clash("overlap", _leaf(node), path)
        node.path = path
    if conflict is not None:
        raise _clash("conflict", *conflict)


def _leaf(node: _Node) -> Path:
    while node.path is None:
        node = next(iter(node.children.values()))
    return node.path


def _clash(how: str, one: Path, two: Path) -> ExpressionError:
    return ExpressionError(
        f"Two document paths {how} with each other; must remove or rewrite one of these paths; "
        f"path one: {shown(one)}, path two: {shown(two)}"
    )
