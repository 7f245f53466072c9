"""NextToken and MaxResults of ListQueues and ListDeadLetterSourceQueues. Raises `InvalidParameterValue`."""

from __future__ import annotations

import binascii
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from typing import Any

from services.sqs.errors import invalid_parameter

_MOST = 1000


def page(input: Mapping[str, Any], names_after: Callable[[str, int], list[str]]) -> tuple[list[str], str | None]:
    """One page of names in order, and the token of the next; without MaxResults there is none.

    `names_after(name, most)` lists up to `most` names after `name`.
    """
    most = input.get("MaxResults")
    if most is not None and not 1 <= most <= _MOST:
        raise invalid_parameter("Value for parameter MaxResults is invalid. Reason: Must be an integer from 1 to 1000.")
    token = input.get("NextToken")
    names = names_after(_read(token) if token else "", (most or _MOST) + 1)
    if len(names) <= (most or _MOST):
        return names, None
    names.pop()
    return names, _write(names[-1]) if most is not None else None


def _write(name: str) -> str:
    return urlsafe_b64encode(name.encode()).decode()


def _read(token: str) -> str:
    try:
        name = b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        name = "\0"
    if "\0" in name:
        raise invalid_parameter("Invalid or expired next token.")
    return name
