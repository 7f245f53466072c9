"""Whole requests and whole answers, for callers that do not stream."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from awskit.http_client.connection import Connection, Header

Headers = Mapping[str, str] | Iterable[tuple[str, str]]

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_LINE_BREAK = re.compile(r"[\r\n\0]")


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer. Header names are in lower case."""

    status: int
    headers: list[Header]
    body: bytes

    def header(self, name: str, default: str = "") -> str:
        """The header's first value. `name` is given in lower case."""
        wanted = name.encode("latin-1")
        for found, value in self.headers:
            if found == wanted:
                return value.decode("latin-1")
        return default


def serialize(method: str, target: str, headers: Headers, body: bytes, authority: str) -> bytes:
    """The request's bytes. ValueError where a line break would end a line early."""
    pairs = list(headers.items() if isinstance(headers, Mapping) else headers)
    names = {name.lower() for name, _ in pairs}
    if "host" not in names:
        pairs.insert(0, ("host", authority))
    if "content-length" not in names and (body or method not in SAFE_METHODS):
        pairs.append(("content-length", str(len(body))))
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in pairs)]
    if any(_LINE_BREAK.search(line) for line in lines):
        raise ValueError("a line break in a request's head")
    return "\r\n".join((*lines, "\r\n")).encode("latin-1") + body


async def read_response(connection: Connection) -> Response:
    """The answer whose head is here, with all of its body. Raises `ConnectionLost`."""
    body = await read_body(connection)
    headers = [(name.lower(), value) for name, value in connection.headers]
    return Response(connection.status, headers, body)


async def read_body(connection: Connection) -> bytes:
    """All of the body of the answer whose head is here. Raises `ConnectionLost`."""
    parts = [connection.take()]
    while not connection.complete:
        await connection.more()
        parts.append(connection.take())
    return parts[0] if len(parts) == 1 else b"".join(parts)
