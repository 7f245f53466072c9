"""What an address names in its path: `/sqs/queues/{name}`.

Looked up in the request rather than declared, as what is in an address's query is (`console.frame.page`): for each
parameter that is declared FastAPI keeps a validator of pydantic's, some 10 KB.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import Request

from console.frame.errors import NoSuchPage


def segment(name: str, most: int) -> Callable[[Request], Awaitable[str]]:
    """A dependency that gives the path's `name`; it raises `NoSuchPage` where it has more than `most` characters."""

    async def found(request: Request) -> str:
        text: str = request.path_params[name]
        if len(text) > most:
            raise NoSuchPage(f"nothing has a name of {len(text)} characters: {text}")
        return text

    return found
