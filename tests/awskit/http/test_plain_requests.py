"""Requests read line by line: what is read so is what the parser reads, and all else is left to the parser."""

from __future__ import annotations

from random import Random
from typing import Any

import httptools
import pytest

from awskit.http.plain_requests import PlainRequests

_SDK = (
    b"POST / HTTP/1.1\r\nHost: localhost:4566\r\nUser-Agent: Boto3/1.35.0 md/Botocore#1.35.0\r\n"
    b"X-Amz-Target: DynamoDB_20120810.GetItem\r\nContent-Type: application/x-amz-json-1.0\r\n"
    b"Accept-Encoding: identity\r\n"
    b"Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, Signature=0\r\n"
    b"Content-Length: 2\r\n\r\n{}"
)
_OBJECT = (
    b"PUT /bucket/a%20key?x-id=PutObject&tagging HTTP/1.1\r\nhost:localhost\r\nConnection: keep-alive\r\n"
    b"x-amz-meta-name:  caf\xe9 \t au lait \t \r\nX-Amz-Date: 20261130T183016Z\r\ncontent-length: 5\r\n\r\nh\r\n\r\n"
)
_LISTING = b"GET //?list-type=2?&prefix=/%2F HTTP/1.1\r\nHost: b.s3.localhost\r\nEmpty:\r\n\r\n"
_PUT_IN = (b"\r\n", b"\n", b"\t", b": ", b" ", b"0", b"Content-Length: 1\r\n", b"X: y\r\n")
_PLAIN = (_SDK, _OBJECT, _LISTING)


class _Parsed:
    """What the parser reads of a request; `error` where it takes none."""

    def __init__(self, data: bytes) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.url = self.body = b""
        self.requests = self.ends = 0
        self.error: Exception | None = None
        self.parser = httptools.HttpRequestParser(self)
        try:
            self.parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self.error = error

    def on_message_begin(self) -> None:
        self.requests += 1

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value.rstrip(b" \t")))

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.ends += 1


def _assert_read_alike(data: bytes, plain: Any) -> None:
    method, path, query, headers, head = plain
    parsed = _Parsed(data)
    assert parsed.error is None, data
    assert (parsed.requests, parsed.ends, parsed.parser.should_keep_alive()) == (1, 1, True), data
    assert (parsed.parser.get_method(), parsed.parser.get_http_version()) == (method.encode(), "1.1"), data
    url = httptools.parse_url(parsed.url)
    assert (url.path, url.query or b"") == (path, query), data
    assert parsed.headers == list(headers.items()), data
    assert parsed.body == data[head:], data
    assert data[:head].endswith(b"\r\n\r\n"), data


@pytest.mark.parametrize("data", _PLAIN)
def test_what_clients_send_is_read(data: bytes) -> None:
    reader = PlainRequests(bytes)
    for _ in range(2):  # its lines are known then
        plain = reader.read(data)
        assert plain is not None
        _assert_read_alike(data, plain)


def _text(header: bytes) -> str:
    return header.decode("latin-1")


def test_headers_are_text_where_text_is_asked_for() -> None:
    plain = PlainRequests(_text).read(_OBJECT)
    assert plain is not None
    method, path, query, headers, head = plain
    assert (method, path, query) == ("PUT", b"/bucket/a%20key", b"x-id=PutObject&tagging")
    assert headers == {
        "host": "localhost",
        "connection": "keep-alive",
        "x-amz-meta-name": "caf\xe9 \t au lait",
        "x-amz-date": "20261130T183016Z",
        "content-length": "5",
    }
    assert _OBJECT[head:] == b"h\r\n\r\n"


@pytest.mark.parametrize(
    ("what", "by"),
    [
        (b"Content-Length: 2\r\n", b"Content-Length: 3\r\n"),  # the rest comes later
        (b"Content-Length: 2\r\n", b"Content-Length: 1\r\n"),  # another request follows
        (b"Content-Length: 2\r\n", b"Content-Length: +2\r\n"),
        (b"Content-Length: 2\r\n", b"Content-Length: \xb2\r\n"),
        (b"Content-Length: 2\r\n", b"Content-Length: 2\r\nContent-Length: 2\r\n"),
        (b"Content-Length: 2\r\n", b"Content-Length: 0000000000000002\r\n"),
        (b"Content-Length: 2\r\n", b"Transfer-Encoding: chunked\r\n"),
        (b"Content-Length: 2\r\n", b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n"),
        (b"Content-Length: 2\r\n", b"Content-Length: 2\r\nExpect: 100-continue\r\n"),
        (b"Content-Length: 2\r\n", b"Content-Length: 2\r\nUpgrade: h2c\r\n"),
        (b"Content-Length: 2\r\n", b"Content-Length: 2\r\nConnection: close\r\n"),
        (b"Content-Length: 2\r\n", b"Content-Length: 2\r\nConnection: keep-alive, x-amz-target\r\n"),
        (b"Content-Length: 2\r\n", b"Content-Length: 2\r\n folded\r\n"),
        (b"Content-Length: 2\r\n", b"Content-Length : 2\r\n"),
        (b"Host: localhost:4566\r\n", b""),
        (b"Host: localhost:4566\r\n", b"Host: localhost:4566\r\nHost: else\r\n"),
        (b"Host: localhost:4566\r\n", b"Host: local\0host\r\n"),
        (b"Host: localhost:4566\r\n", b"Host: local\nhost\r\n"),
        (b"Host: localhost:4566\r\n", b"Host: local\rhost\r\n"),
        (b"POST / HTTP/1.1", b"POST / HTTP/1.0"),
        (b"POST / HTTP/1.1", b"POST /#there HTTP/1.1"),
        (b"POST / HTTP/1.1", b"POST /\xe9 HTTP/1.1"),
        (b"POST / HTTP/1.1", b"POST http://localhost/ HTTP/1.1"),
        (b"POST / HTTP/1.1", b"POST  / HTTP/1.1"),
        (b"POST / HTTP/1.1", b"BREW / HTTP/1.1"),
        (b"POST / HTTP/1.1", b"CONNECT / HTTP/1.1"),
        (b"POST / HTTP/1.1", b"\r\nPOST / HTTP/1.1"),
    ],
)
def test_all_else_is_left_to_the_parser(what: bytes, by: bytes) -> None:
    assert what in _SDK
    reader, reader_of_text = PlainRequests(bytes), PlainRequests(_text)
    assert reader.read(_SDK) is not None
    assert reader_of_text.read(_SDK) is not None
    assert reader.read(_SDK.replace(what, by)) is None
    assert reader_of_text.read(_SDK.replace(what, by)) is None


def test_whatever_is_read_the_parser_reads_alike() -> None:
    """Thirty thousand requests with a few bytes or lines changed, left out, put in or moved; about half are read."""
    random = Random(1)
    reader = PlainRequests(bytes)
    read = 0
    for _ in range(30_000):
        data = _changed(random, bytearray(random.choice(_PLAIN)))
        plain = reader.read(data)
        if plain is not None:
            read += 1
            _assert_read_alike(data, plain)
    assert read > 5_000


def _changed(random: Random, data: bytearray) -> bytes:
    for _ in range(random.randint(1, 2)):
        at = random.randrange(len(data))
        how = random.randrange(4)
        if how == 0:
            data[at] = random.choice((0, 9, 10, 13, 32, 35, 48, 58, 63, 127, 255, random.randrange(256)))
        elif how == 1:
            del data[at : at + random.randint(1, 3)]
        elif how == 2:
            data[at:at] = random.choice(_PUT_IN)
        else:
            lines = bytes(data).split(b"\r\n")
            one, other = random.randrange(len(lines)), random.randrange(len(lines))
            lines[one], lines[other] = lines[other], lines[one]
            data = bytearray(b"\r\n".join(lines))
    return bytes(data)


def test_what_is_known_of_lines_does_not_grow_without_end() -> None:
    reader = PlainRequests(bytes)
    for number in range(3_000):
        for line in (b"User-Agent: %d" % number, b"X-Header-%d: 1" % number):
            assert reader.read(b"GET / HTTP/1.1\r\nHost: a\r\n%b\r\n\r\n" % line) is not None
    assert len(reader._lines) <= 512
    assert len(reader._lines._names) <= 512
