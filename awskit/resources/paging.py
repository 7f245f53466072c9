"""Next-page tokens: where a listing goes on, opaque to the caller.

In: the position after which the next page begins (a name, the number of a row), as text. Out: a token that needs no
escaping in URLs, and back. Raised: `InvalidToken` where a text is no token that was given out; each service answers
that with an error of its own.
"""

from __future__ import annotations

from base64 import b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import TypeVar

RowT = TypeVar("RowT")


class InvalidToken(ValueError):
    """A text that is no next-page token."""


def token_of(position: str) -> str:
    return urlsafe_b64encode(position.encode()).decode()


def position_of(token: str) -> str:
    """The position in a token; it holds no null character, which no database is to be asked with."""
    try:
        position = b64decode(token, altchars=b"-_", validate=True).decode()
    except ValueError:
        raise InvalidToken(token) from None
    if "\0" in position:
        raise InvalidToken(token)
    return position


def page_of(rows: Sequence[RowT], size: int) -> tuple[Sequence[RowT], RowT | None]:
    """The first `size` of `rows`, of which one more was asked for; and the last of them where there is a next page."""
    return (rows, None) if len(rows) <= size else (rows[:size], rows[size - 1])
