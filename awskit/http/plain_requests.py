"""Requests in the form in which most clients send them: read line by line, since most of their lines have come before.

In: bytes in which a request begins. Out: a `PlainRequest` where they are one whole request and nothing more, in a form
about which no two readers of HTTP can differ; None for all else (a part of one, several, a body in chunks, a name that
comes twice, `Expect`, `Upgrade`, a control character): that is the parser's, and only it refuses anything. Whatever is
read here the parser reads alike (`tests/awskit/http/test_plain_requests.py`).

A parser calls back for each header, whose name and value are new objects each time. Here a line that is the same in all
requests of a client (its host, its user agent, the type of its bodies) is one look-up; and most lines are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from awskit.http.exchange import MAX_HEAD

PlainRequest = tuple[str, bytes, bytes, dict[Any, Any], int]
"""Method, path and query as sent, headers by name, and how many bytes the head has."""
TextT = TypeVar("TextT", bound=bytes | str)

_METHODS = {method.encode(): method for method in ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")}
_TO_THE_ROOT = {b"%b / HTTP/1.1" % sent: (method, b"/", b"") for sent, method in _METHODS.items()}
_TARGET = re.compile(rb"(/[!\"$->@-~]*+)(?:\?([!\"$-~]*+))? HTTP/1\.1").fullmatch
_IS_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]++").fullmatch
_CONTROL = bytes(code == 127 or (code < 32 and code != 9) for code in range(256))  # 1 for what no value may hold
_OF_THE_PARSER = frozenset(
    b"expect http2-settings keep-alive proxy-connection te trailer transfer-encoding upgrade".split()
)
# What a client says alike in many of its requests; a signature, a date, an id of an attempt are new each time.
_STEADY = frozenset(
    b"accept accept-encoding accept-language amz-sdk-request connection content-length content-type host user-agent"
    b" x-amz-target x-amz-user-agent x-amzn-query-mode x-forwarded-for".split()
)
_KNOWN_LINES = 512
_LONGEST_KNOWN = 512
_LONGEST_NAME = 64
_MOST_DIGITS = 15


class _NotPlain(Exception):
    """The request is the parser's."""


class PlainRequests(Generic[TextT]):
    """What reads them, for all connections of a process: see the module. Headers are `text` of bytes in latin-1."""

    def __init__(self, text: Callable[[bytes], TextT]) -> None:
        self.of_text = text is not bytes
        self._lines = _Lines(text)
        self._header = self._lines.__getitem__
        self._host, self._length = text(b"host"), text(b"content-length")

    def read(self, data: bytes) -> PlainRequest | None:
        """See the module."""
        end = data.find(b"\r\n\r\n")
        if not 0 < end < MAX_HEAD:
            return None
        lines = data[:end].split(b"\r\n")
        first = lines.pop(0)
        try:
            headers = dict(map(self._header, lines))
        except _NotPlain:
            return None
        if len(headers) != len(lines) or self._host not in headers:
            return None
        end += 4
        if self._length in headers:
            length = headers[self._length]
            if len(length) > _MOST_DIGITS or not (length.isascii() and length.isdigit()):
                return None
            if len(data) != end + int(length):
                return None
        elif len(data) != end:
            return None
        asked = _TO_THE_ROOT.get(first) or _asked(first)
        if asked is None:
            return None
        method, path, query = asked
        return method, path, query, headers, end


def _asked(line: bytes) -> tuple[str, bytes, bytes] | None:
    """The method, path and query of a request's first line; None where it is the parser's."""
    method, _, rest = line.partition(b" ")
    name, target = _METHODS.get(method), _TARGET(rest)
    if name is None or target is None:
        return None
    path, query = target.groups(b"")
    return name, path, query


class _Lines(dict[bytes, tuple[TextT, TextT]]):
    """Headers, their names in lower case, by the lines that they come in. Those that come again and again are kept."""

    def __init__(self, text: Callable[[bytes], TextT]) -> None:
        self._text = text
        self._names: dict[bytes, TextT] = {}
        self._steady = frozenset(map(text, _STEADY))

    def __missing__(self, line: bytes) -> tuple[TextT, TextT]:
        """Raises `_NotPlain`."""
        sent, colon, value = line.partition(b":")
        if not colon or 1 in line.translate(_CONTROL):
            raise _NotPlain
        value = value.strip(b" \t")
        name = self._names.get(sent) or self._name(sent, value)
        header = name, self._text(value)
        if name in self._steady and len(line) <= _LONGEST_KNOWN:
            if len(self) >= _KNOWN_LINES:
                self.clear()
            self[line] = header
        return header

    def _name(self, sent: bytes, value: bytes) -> TextT:
        if _IS_NAME(sent) is None:
            raise _NotPlain
        lowered = sent.lower()
        if lowered in _OF_THE_PARSER or (lowered == b"connection" and value.lower() != b"keep-alive"):
            raise _NotPlain
        name = self._text(lowered)
        if lowered != b"connection" and len(sent) <= _LONGEST_NAME and len(self._names) < _KNOWN_LINES:
            self._names[sent] = name
        return name
