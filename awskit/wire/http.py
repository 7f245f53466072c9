"""HTTP messages as the wire layer sees them: plain values, no I/O."""

from __future__ import annotations

import binascii
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from awskit.errors import AwsError

MOST_PARAMETERS = 10_000
"""Of one form: a batch of ten messages with all their attributes has some hundreds."""

_LARGEST_FORM = 4 * 1024 * 1024  # bytes: a megabyte of messages may have three times as many


class ClientDisconnected(Exception):
    """The client went away before its request was whole, or before its answer was ready. Nobody is there to answer."""


class BodyTooLarge(AwsError):
    """A body of more bytes than are taken."""

    def __init__(self) -> None:
        super().__init__("RequestEntityTooLarge", "The request body is too large.", 413)


class BodyStream:
    """A request body, read as it arrives. `exhausted` is whether all of it has been read.

    Iterating or reading after a disconnect raises `ClientDisconnected`.
    """

    __slots__ = ()
    exhausted: bool

    async def next_part(self) -> bytes:
        """What has come since the last time; with the last part, which may be empty, `exhausted` becomes true."""
        raise NotImplementedError

    def read_now(self) -> bytes | None:
        """The rest of the body, where all of it is here; else None."""
        return None

    async def disconnected(self) -> None:
        """Return once the client has gone."""
        raise NotImplementedError

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while not self.exhausted:
            part = await self.next_part()
            if part:
                yield part

    async def read(self, limit: int) -> bytes:
        """The rest of the body. Raises `BodyTooLarge` where it is longer than `limit` bytes."""
        part = b"" if self.exhausted else await self.next_part()
        parts = [part]
        size = len(part)
        while size <= limit:
            if self.exhausted:
                return part if len(parts) == 1 else b"".join(parts)
            parts.append(await self.next_part())
            size += len(parts[-1])
        raise BodyTooLarge


@dataclass(slots=True)
class HttpRequest:
    """A request head and, where the operation does not stream it, its body.

    `path` is the raw path as sent (percent-encoded, no query); `query_string` is raw, without the `?`. Header names are
    lower-case; a repeated header's values are joined by a comma. `id` is the request's, in the form of the service's
    ids. `stream` is the body as it arrives; it is exhausted
    once `body` is filled.

    The rest is what has become known of it, for the journal: the `operation` it asks for, the `context` (until it is
    answered: that one holds the request, too) and `input` of that, the code and the text of the `error` it was answered
    with, and the rule by which that was a `fault` on purpose; `messages` are those it was about, a line
    each: id, receipt handle. `via` is what the client has named in place of what stands in `path` now (S3's access
    points); None where that is what it has named.
    """

    method: str
    path: str
    query_string: str
    headers: dict[str, str]
    body: bytes = b""
    stream: BodyStream | None = field(default=None, repr=False)
    id: str = ""
    operation: str = ""
    context: Any = field(default=None, repr=False)
    input: Mapping[str, Any] | None = field(default=None, repr=False)
    error: tuple[str, str] | None = None
    fault: str | None = None
    messages: str = ""
    via: Any = field(default=None, repr=False)
    _query: list[tuple[str, str]] | None = field(default=None, repr=False)
    _form: list[tuple[str, str]] | None = field(default=None, repr=False)

    def header(self, name: str) -> str:
        """The header's value, or "" where it is absent."""
        return self.headers.get(name, "")

    @property
    def query(self) -> list[tuple[str, str]]:
        """The query's parameters in order, decoded, blank values kept."""
        if self._query is None:
            self._query = parse_qsl(self.query_string, keep_blank_values=True, errors="surrogateescape")
        return self._query

    @property
    def form(self) -> list[tuple[str, str]]:
        """The parameters of the query and then of a form body, in order, decoded, blank values kept.

        Raises `BodyTooLarge`, and MalformedQueryString for more than `MOST_PARAMETERS`.
        """
        if self._form is None:
            if len(self.body) > _LARGEST_FORM:
                raise BodyTooLarge
            if self.body.count(b"&") + self.query_string.count("&") >= MOST_PARAMETERS:
                raise AwsError("MalformedQueryString", f"The request has more than {MOST_PARAMETERS} parameters.")
            self._form = list(_form_parameters(self.query_string))
            self._form.extend(_form_parameters(self.body.decode("utf-8", "replace").strip()))
        return self._form


_NO_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LONG = 1024


def unescaped(text: str) -> str:
    """`text` with its plus signs and escapes read.

    Python's own function takes microseconds and hundreds of bytes for each escape, and a form may hold a million: long
    texts are read as quoted-printable, which differs in how an escape begins.
    """
    if len(text) < _LONG:
        return unquote_plus(text)
    literal = _NO_ESCAPE.sub("%25", text).replace("=", "%3D").replace("\r", "%0D").replace("\n", "%0A")
    quoted = literal.replace("+", " ").replace("%", "=")
    return binascii.a2b_qp(quoted.encode("utf-8", "surrogatepass")).decode("utf-8", "replace")


def _form_parameters(text: str) -> Iterator[tuple[str, str]]:
    for parameter in text.split("&"):
        if parameter:
            name, _, value = parameter.partition("=")
            if "%" in value or "+" in value:
                value = unescaped(value)
            yield (unescaped(name) if "%" in name or "+" in name else name), value


@dataclass(slots=True)
class HttpResponse:
    """An answer. `body` is bytes, or an async iterator of bytes where it is streamed (then `headers` tell its length).

    An answer without a body (HEAD, 204, 304) has `body=b""`; a `content-length` among its headers is sent as given.
    """

    status: int
    headers: list[tuple[str, str]]
    body: bytes | AsyncIterator[bytes] = b""
