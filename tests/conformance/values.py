"""What YAML alone cannot say in a case: values that are made (large bodies, JSON in a string) and ways to compare.

A case file's tags become these. `!repeat`, `!random`, `!base64` and `!json` make a value to send as well as to compare
with; the others only say how an answer is compared.
"""

from __future__ import annotations

import base64
import json
import random
from dataclasses import dataclass
from typing import Any

import yaml

from tests.conformance.format_error import FormatError


@dataclass(frozen=True)
class Repeat:
    """`!repeat [text, times]`: text, so many times over."""

    text: str
    times: int

    def made(self) -> str:
        return self.text * self.times


@dataclass(frozen=True)
class Random:
    """`!random [size, seed]`: bytes that are the same each time."""

    size: int
    seed: int

    def made(self) -> bytes:
        return random.Random(self.seed).randbytes(self.size)


@dataclass(frozen=True)
class Base64:
    """`!base64 text`: the bytes that it stands for."""

    text: str

    def made(self) -> bytes:
        return base64.b64decode(self.text)


@dataclass(frozen=True)
class Json:
    """`!json value`: sent as JSON in a string (as json.dumps writes it); of an answer's string, what it holds."""

    value: Any

    @staticmethod
    def made(value: Any) -> str:
        return json.dumps(value)


@dataclass(frozen=True)
class Absent:
    """`!absent`: the member is not there at all."""


@dataclass(frozen=True)
class Unordered:
    """`!unordered [...]`: these elements and no others, in any order."""

    items: list[Any]


@dataclass(frozen=True)
class Including:
    """`!including [...]`: at least these elements, in any order."""

    items: list[Any]


@dataclass(frozen=True)
class Partial:
    """`!partial {...}`: at least these members, also further down."""

    members: dict[str, Any]


@dataclass(frozen=True)
class Full:
    """`!full {...}`: these members and no others, also further down; for a part of `contains`."""

    members: dict[str, Any]


@dataclass(frozen=True)
class Pattern:
    """`!re text`: the whole string matches the regular expression."""

    text: str


@dataclass(frozen=True)
class OneOf:
    """`!one-of [...]`: any of these."""

    choices: list[Any]


@dataclass(frozen=True)
class ByVariant:
    """`!by {variant: value, ...}`: the value that belongs to the variant that runs."""

    values: dict[str, Any]


class CaseLoader(yaml.CSafeLoader):
    """YAML 1.2's plain scalars (no dates, `yes` and 010 are text) and the tags above. A key twice is an error."""


def _pair(loader: CaseLoader, node: yaml.Node) -> list[Any]:
    made = loader.construct_sequence(_of(node, yaml.SequenceNode), deep=True)
    if len(made) != 2:
        raise FormatError(f"line {node.start_mark.line + 1}: {node.tag} takes two values")
    return made


def _of(node: yaml.Node, kind: type[yaml.Node]) -> Any:
    if not isinstance(node, kind):
        wanted = {yaml.SequenceNode: "a list", yaml.MappingNode: "members", yaml.ScalarNode: "a text"}[kind]
        raise FormatError(f"line {node.start_mark.line + 1}: {node.tag} takes {wanted}")
    return node


def _list(loader: CaseLoader, node: yaml.Node) -> list[Any]:
    return loader.construct_sequence(_of(node, yaml.SequenceNode), deep=True)


def _members(loader: CaseLoader, node: yaml.Node) -> dict[str, Any]:
    return _mapping(loader, _of(node, yaml.MappingNode))


def _text(loader: CaseLoader, node: yaml.Node) -> str:
    return str(loader.construct_scalar(_of(node, yaml.ScalarNode)))


def _any(loader: CaseLoader, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return _mapping(loader, node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    kept, node.tag = node.tag, loader.resolve(yaml.ScalarNode, node.value, (node.style is None, False))
    value = loader.construct_object(node, deep=True)
    node.tag = kept
    return value


def _mapping(loader: CaseLoader, node: yaml.MappingNode) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in made:
            raise FormatError(f"line {key_node.start_mark.line + 1}: {key!r} is there twice")
        made[key if isinstance(key, str) else str(key_node.value)] = loader.construct_object(value_node, deep=True)
    return made


_SCALARS = (
    ("tag:yaml.org,2002:null", r"^(?:null|~|)$", ["n", "~", ""]),
    ("tag:yaml.org,2002:bool", r"^(?:true|false)$", list("tf")),
    ("tag:yaml.org,2002:int", r"^-?(?:0|[1-9][0-9]*)$", list("-0123456789")),
    ("tag:yaml.org,2002:float", r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$", list("-0123456789")),
)


def _prepare_loader() -> None:
    import re

    CaseLoader.yaml_implicit_resolvers = {}
    for tag, pattern, first in _SCALARS:
        CaseLoader.add_implicit_resolver(tag, re.compile(pattern), first)
    made: dict[str, Any] = {
        "tag:yaml.org,2002:map": _members,
        "!repeat": lambda loader, node: Repeat(*_pair(loader, node)),
        "!random": lambda loader, node: Random(*_pair(loader, node)),
        "!base64": lambda loader, node: Base64(_text(loader, node)),
        "!json": lambda loader, node: Json(_any(loader, node)),
        "!absent": lambda loader, node: Absent(),
        "!unordered": lambda loader, node: Unordered(_list(loader, node)),
        "!including": lambda loader, node: Including(_list(loader, node)),
        "!partial": lambda loader, node: Partial(_members(loader, node)),
        "!full": lambda loader, node: Full(_members(loader, node)),
        "!re": lambda loader, node: Pattern(_text(loader, node)),
        "!one-of": lambda loader, node: OneOf(_list(loader, node)),
        "!by": lambda loader, node: ByVariant(_members(loader, node)),
    }
    for tag, constructor in made.items():
        CaseLoader.add_constructor(tag, constructor)


_prepare_loader()
