"""NextToken: where a listing goes on, opaque to the caller.

In: the id of the last row shown. Out: a token, and back. Raised: InvalidParameter for what no listing gave out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from awskit.bounds.integers import parse_natural
from awskit.resources.paging import InvalidToken, page_of
from awskit.resources.paging import position_of as text_position_of
from awskit.resources.paging import token_of as token_of_text
from services.sns.errors import invalid_parameter

PAGE_SIZE = 100

RowT = TypeVar("RowT")

# Digits of the largest row id that a database has, less one.
_LONGEST = 18


def position_of(token: str | None, member: str = "NextToken") -> int:
    """The row id after which the page starts; 0 without a token."""
    if not token:
        return 0
    try:
        position = text_position_of(token)
    except InvalidToken:
        raise invalid_parameter(member) from None
    try:
        return parse_natural(position, _LONGEST)
    except ValueError:
        raise invalid_parameter(member) from None


def token_of(position: int) -> str:
    return token_of_text(str(position))


def page(rows: Sequence[tuple[int, RowT]], size: int) -> tuple[list[RowT], str | None]:
    """The first `size` of `rows` (of which one more than `size` was asked for) and the token of the next page."""
    shown, last = page_of(rows, size)
    return [row for _, row in shown], token_of(last[0]) if last is not None else None
