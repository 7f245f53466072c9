"""The policy language's patterns (`*`, `?`) and its variables (`${aws:username}`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_LITERALS = {"*": "*", "?": "?", "$": "$"}


@lru_cache(maxsize=4096)
def pattern(text: str, ignore_case: bool = False) -> re.Pattern[str]:
    """The compiled pattern: `*` is any text, `?` any one character, anything else itself."""
    expression = "".join(
        ".*" if character == "*" else "." if character == "?" else re.escape(character) for character in text
    )
    return re.compile(expression, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def matches(text: str, wanted: str, ignore_case: bool = False) -> bool:
    """Whether `text` fits the pattern `wanted`."""
    return pattern(wanted, ignore_case).fullmatch(text) is not None


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
    missing = False

    def value(match: re.Match[str]) -> str:
        nonlocal missing
        name, _, default = match[1].partition(",")
        literal = _LITERALS.get(name.strip())
        if literal is not None:
            return _protect(literal)
        values = keys.get(name.strip().lower())
        if values is not None and len(values) == 1:
            return _protect(values[0])
        if default:
            return _protect(default.strip().strip("'"))
        missing = True
        return ""

    replaced = _VARIABLE.sub(value, text)
    return None if missing else replaced


def fits(text: str, wanted: str, keys: Mapping[str, tuple[str, ...]], ignore_case: bool = False) -> bool:
    """`matches` with the variables of `wanted` replaced first; False where one is missing."""
    replaced = substitute(wanted, keys)
    return replaced is not None and matches(_protect(text), replaced, ignore_case)


def _protect(text: str) -> str:
    return text.replace("*", "\ue000").replace("?", "\ue001")


def restore(text: str) -> str:
    """The plain text of a substituted one."""
    return text.replace("\ue000", "*").replace("\ue001", "?")
