"""Holds a document against a JSON schema: as much of it as `schema.json` uses.

In: values of JSON's kinds, with bytes and sets where a seed may have them. Out: the first thing that does not fit, as
the path to it and what is wrong. Raised: nothing. Keywords: type, enum, pattern, minLength, minimum, maximum, required,
properties, additionalProperties, items, anyOf, $ref within the document. https://json-schema.org/draft/2020-12
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

Path = tuple[str | int, ...]

_KINDS: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


class Mistake(NamedTuple):
    """Where, and what."""

    path: Path
    text: str


def first_mistake(schema: Mapping[str, Any], value: Any) -> Mistake | None:
    """The first in the document's order; None where all fits."""
    return next(_mistakes(schema, schema, value, ()), None)


def _mistakes(root: Mapping[str, Any], schema: Mapping[str, Any], value: Any, path: Path) -> Iterator[Mistake]:
    if "$ref" in schema:
        schema = {**root["$defs"][schema["$ref"].removeprefix("#/$defs/")], **schema}
    kinds = schema.get("type", ())
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(kind, value) for kind in kinds):
        yield Mistake(path, f"is {_kind_of(value)}, not {' or '.join(_with_article(kind) for kind in kinds)}")
        return
    if "enum" in schema and value not in schema["enum"]:
        yield Mistake(path, f"is none of {', '.join(map(str, schema['enum']))}: {_short(value)}")
    if isinstance(value, str | int) and not isinstance(value, bool):
        yield from _of_scalar(schema, value, path)
    if isinstance(value, dict):
        yield from _of_object(root, schema, value, path)
    if isinstance(value, list) and "items" in schema:
        for number, item in enumerate(value):
            yield from _mistakes(root, schema["items"], item, (*path, number))


def _of_scalar(schema: Mapping[str, Any], value: str | int, path: Path) -> Iterator[Mistake]:
    pattern = schema.get("pattern")
    if pattern is not None and re.search(pattern, str(value)) is None:
        yield Mistake(path, f"{_short(value)} is not of the form {pattern}")
    if isinstance(value, str) and len(value) < schema.get("minLength", 0):
        yield Mistake(path, "is empty")
    if isinstance(value, int):
        if value < schema.get("minimum", value):
            yield Mistake(path, f"is {value}, less than {schema['minimum']}")
        if value > schema.get("maximum", value):
            yield Mistake(path, f"is {value}, more than {schema['maximum']}")


def _of_object(
    root: Mapping[str, Any], schema: Mapping[str, Any], value: Mapping[str, Any], path: Path
) -> Iterator[Mistake]:
    known = schema.get("properties", {})
    further = schema.get("additionalProperties", True)
    for name, entry in value.items():
        if name in known:
            yield from _mistakes(root, known[name], entry, (*path, name))
        elif further is False:
            close = get_close_matches(str(name), known)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
            yield Mistake((*path, name), f"is not known here: {hint}")
        elif isinstance(further, dict):
            yield from _mistakes(root, further, entry, (*path, name))
    for name in schema.get("required", ()):
        if name not in value:
            yield Mistake(path, f"lacks {name}")
    choices = schema.get("anyOf", ())
    if choices and not any(set(choice["required"]) <= set(value) for choice in choices):
        wanted = " or ".join(" and ".join(choice["required"]) for choice in choices)
        yield Mistake(path, f"wants {wanted}")


def _is(kind: str, value: Any) -> bool:
    return isinstance(value, _KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _kind_of(value: Any) -> str:
    for kind in ("null", "boolean", "integer", "number", "string", "array", "object"):
        if _is(kind, value):
            return "empty" if kind == "null" else _with_article(kind)
    return "binary" if isinstance(value, bytes) else "a set"


def _with_article(kind: str) -> str:
    plain = {"object": "mapping", "array": "list", "boolean": "truth value", "null": "nothing"}.get(kind, kind)
    return plain if plain == "nothing" else f"{'an' if plain[0] in 'aeio' else 'a'} {plain}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
