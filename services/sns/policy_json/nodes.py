"""JSON values that know where they stand in their text, since AWS's errors name line and column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import orjson

Kind = Literal["object", "array", "string", "number", "true", "false", "null"]

_CONSTANTS = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Node:
    """A JSON value. `value` holds pairs of name and node for an object, nodes for an array, text for the others.

    `start` and `end` are offsets into the source: the value's first character and the one after its last.
    """

    kind: Kind
    value: Any
    start: int
    end: int

    @property
    def seen(self) -> int:
        """How far a streaming parser has read when it meets this value: past a scalar, or into anything else."""
        return self.start + 1 if self.kind in ("object", "array", "string") else self.end

    def plain(self) -> Any:
        """The value as Python has it."""
        if self.kind == "object":
            return {name: node.plain() for name, node in self.value}
        if self.kind == "array":
            return [node.plain() for node in self.value]
        if self.kind == "number":
            return number_of(self.value)
        return self.value if self.kind == "string" else _CONSTANTS[self.kind]


def number_of(text: str) -> int | float:
    """The number a JSON number's text stands for."""
    # An integer of more digits than a float tells apart is as good as that float; `int` takes 4,300 at most.
    is_integer = len(text) < 300 and not any(sign in text for sign in ".eE")
    return int(text) if is_integer else float(text)


def compact(node: Node) -> str:
    """The value's JSON without white space, as AWS writes a policy again before it looks into it."""
    if node.kind == "object":
        return "{" + ",".join(f"{_quoted(name)}:{compact(inner)}" for name, inner in node.value) + "}"
    if node.kind == "array":
        return "[" + ",".join(compact(inner) for inner in node.value) + "]"
    text: str = node.value
    return _quoted(text) if node.kind == "string" else text


def _quoted(text: str) -> str:
    try:
        return orjson.dumps(text).decode("utf-8")
    except TypeError:  # half of a pair of surrogates
        return orjson.dumps(text.encode("utf-8", "replace").decode("utf-8")).decode("utf-8")
