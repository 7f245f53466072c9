"""The policy language's patterns (`*`, `?`) and its variables (`${aws:username}`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

_LONGEST_KEPT = 128  # characters of a piece whose expression is kept
_LITERALS = {"*": "*", "?": "?", "$": "$"}


def matches(text: str, wanted: str, ignore_case: bool = False) -> bool:
    """Whether `text` fits the pattern `wanted`: `*` is any text, `?` any one character, anything else itself.

    In time that grows with the lengths of both, whatever they hold: what stands between stars is looked for once, from
    left to right.
    """
    if ignore_case:
        text, wanted = text.lower(), wanted.lower()
    if "*" not in wanted:
        return len(text) == len(wanted) and _is_at(text, wanted, 0)
    first, *middle, last = wanted.split("*")
    place, end = len(first), len(text) - len(last)
    if end < place or not _is_at(text, first, 0) or not _is_at(text, last, end):
        return False
    for piece in middle:
        if piece:
            place = _find(text, piece, place, end)
            if place < 0:
                return False
            place += len(piece)
    return True


def _is_at(text: str, piece: str, place: int) -> bool:
    if "?" not in piece:
        return text.startswith(piece, place)
    return _expression(piece).match(text, place) is not None


def _find(text: str, piece: str, place: int, end: int) -> int:
    if "?" not in piece:
        return text.find(piece, place, end)
    found = _expression(piece).search(text, place, end)
    return -1 if found is None else found.start()


def _expression(piece: str) -> re.Pattern[str]:
    return _kept_expression(piece) if len(piece) <= _LONGEST_KEPT else _new_expression(piece)


def _new_expression(piece: str) -> re.Pattern[str]:
    """A piece of a pattern as an expression that repeats nothing, so that there is nothing to go back to."""
    return re.compile("".join("." if one == "?" else re.escape(one) for one in piece), re.DOTALL)


_kept_expression = lru_cache(maxsize=1024)(_new_expression)


def arn_matches(text: str, wanted: str) -> bool:
    """Whether an ARN fits a pattern part by part: a `*` does not reach over one of the first five colons."""
    parts, wanted_parts = text.split(":", 5), wanted.split(":", 5)
    if len(parts) != 6 or len(wanted_parts) != 6:
        return wanted == "*"
    return all(matches(part, wanted_part) for part, wanted_part in zip(parts, wanted_parts, strict=True))


def substitute(text: str, keys: Mapping[str, tuple[str, ...]]) -> str | None:
    """`text` with its variables replaced; None where the request does not have one of them.

    A replaced value stands for itself: a `*` in it is no wildcard, which is written as `${*}` and kept apart here by a
    private character that `restore` turns back.
    """
    if "${" not in text:
        return text
    before, *rest = text.split("${")
    parts = [before]
    for piece in rest:
        name, closed, after = piece.partition("}")
        value = _value_of(name, keys) if closed else "${" + name
        if value is None:
            return None
        parts += (value, after)
    return "".join(parts)


def _value_of(variable: str, keys: Mapping[str, tuple[str, ...]]) -> str | None:
    name, _, default = variable.partition(",")
    literal = _LITERALS.get(name.strip())
    if literal is not None:
        return _protect(literal)
    values = keys.get(name.strip().lower())
    if values is not None and len(values) == 1:
        return _protect(values[0])
    return _protect(default.strip().strip("'")) if default else None


def fits(text: str, wanted: str, keys: Mapping[str, tuple[str, ...]], ignore_case: bool = False) -> bool:
    """`matches` with the variables of `wanted` replaced first; False where one is missing."""
    replaced = substitute(wanted, keys)
    return replaced is not None and matches(_protect(text), replaced, ignore_case)


def _protect(text: str) -> str:
    return text.replace("*", "\ue000").replace("?", "\ue001")


def restore(text: str) -> str:
    """The plain text of a substituted one."""
    return text.replace("\ue000", "*").replace("\ue001", "?")
