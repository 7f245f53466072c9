"""NextToken: where a listing goes on, opaque to the caller.

In: the id of the last row shown. Out: a token, and back. Raised: InvalidParameter for what no listing gave out.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from services.sns.errors import invalid_parameter

PAGE_SIZE = 100

RowT = TypeVar("RowT")

_PREFIX = b"row:"


def position_of(token: str | None, member: str = "NextToken") -> int:
    """The row id after which the page starts; 0 without a token."""
    if not token:
        return 0
    try:
        decoded = base64.b64decode(token, validate=True)
        if not decoded.startswith(_PREFIX):
            raise ValueError(token)
        return int(decoded[len(_PREFIX) :])
    except (ValueError, binascii.Error) as error:
        raise invalid_parameter(member) from error


def token_of(position: int) -> str:
    return base64.b64encode(_PREFIX + str(position).encode()).decode()


def page(rows: Sequence[tuple[int, RowT]], size: int) -> tuple[list[RowT], str | None]:
    """The first `size` of `rows` (of which one more than `size` was asked for) and the token of the next page."""
    shown = [row for _, row in rows[:size]]
    return shown, token_of(rows[size - 1][0]) if len(rows) > size else None
