"""NextToken and MaxResults of ListQueues and ListDeadLetterSourceQueues. Raises `InvalidParameterValue`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from awskit.resources.paging import InvalidToken, page_of, position_of, token_of
from services.sqs.errors import invalid_parameter

_MOST = 1000


def page(
    input: Mapping[str, Any], names_after: Callable[[str, int], Sequence[str]]
) -> tuple[Sequence[str], str | None]:
    """One page of names in order, and the token of the next; without MaxResults there is none.

    `names_after(name, most)` lists up to `most` names after `name`.
    """
    most = input.get("MaxResults")
    if most is not None and not 1 <= most <= _MOST:
        raise invalid_parameter("Value for parameter MaxResults is invalid. Reason: Must be an integer from 1 to 1000.")
    size = most or _MOST
    names, last = page_of(names_after(_position(input.get("NextToken")), size + 1), size)
    return names, token_of(last) if last is not None and most is not None else None


def _position(token: str | None) -> str:
    try:
        return position_of(token) if token else ""
    except InvalidToken:
        raise invalid_parameter("Invalid or expired next token.") from None
