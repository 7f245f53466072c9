"""What is done to a request that its values do not show: odd headers, queries, bodies, framing, and raw bytes.

In: a `Request`. Out: `Sent`, the pieces that go over a socket one after the other, and how many answers are to come.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.hostile.wire import Request, to_bytes

_PAYLOADS = (
    *(
        "UNSIGNED-PAYLOAD",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "",
        "0" * 64,
        "é",
    ),
    *(
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        "STREAMING-X",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ),
)
_NUMBERS = ("0", "-1", "1", "+5", "1_0", "0x10", "9" * 30, "9" * 5000, "1.5", "", "²", "NaN", " 3", "3,3")
_DATES = (
    "20260101T000000Z",
    "99999999T999999Z",
    "",
    "é",
    "0" * 16,
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "Thu, 99 Foo 9999 99:99:99 GMT",
)
_ODD_HEADERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("x-amz-content-sha256", _PAYLOADS),
    ("x-amz-decoded-content-length", _NUMBERS),
    ("x-amz-date", _DATES),
    ("x-amz-trailer", ("x-amz-checksum-crc32", "x-amz-checksum-sha256,x-amz-checksum-crc32", "", "é", "a" * 3000)),
    ("x-amz-security-token", ("", "é", "a" * 5000, "{}", base64.b64encode(b"x" * 300).decode())),
    ("x-amz-copy-source", ("", "/", "hostile-bucket/object", "%zz", "/hostile-bucket/a?versionId=",
        "hostile-bucket/%ff", "a" * 5000)),
    ("x-amz-copy-source-range", ("bytes=0-1", "bytes=5-1", "bytes=" + "9" * 5000 + "-1", "é")),
    ("x-amz-checksum-crc32", ("", "é===", "AAAAAA==", "A" * 5000)),
    ("x-amz-checksum-sha256", ("", "é", "A" * 44)),
    ("x-amz-sdk-checksum-algorithm", ("CRC32", "X", "é")),
    ("x-amz-tagging", ("a=b", "a=b&" * 100, "%zz", "=&=", "a=" + "é" * 300)),
    ("x-amz-meta-a", ("é", "=?utf-8?q?=ff?=", "a" * 3000, "\x00", "=?x?b?é?=")),
    ("x-amz-object-lock-retain-until-date", _DATES),
    ("x-amz-expected-bucket-owner", ("0", "000000000000", "é")),
    ("x-amz-server-side-encryption", ("AES256", "aws:kms", "x", "é")),
    ("x-amz-server-side-encryption-customer-key", ("é", "A" * 44, "")),
    ("x-amz-server-side-encryption-context", ("é===", base64.b64encode(b"[" * 3000).decode(), "e30=")),
    ("x-amz-acl", ("private", "x", "é")),
    ("x-amz-grant-read", ('id="a"', "id=", 'uri="' + "a" * 3000, "é", 'id="a",' * 200)),
    ("x-amz-website-redirect-location", ("/a", "é", "a" * 3000)),
    ("x-amz-request-id", ("é", "a" * 36, "\x01" * 36, "0" * 5000)),
    ("x-forwarded-for", ("é", "1.2.3.4", "::1," * 500, "1.2.3.4:99999")),
    ("x-amz-target", ("", "é", "DynamoDB_20120810.", "AmazonSQS.SendMessage", "DynamoDBStreams_20120810.GetRecords",
        "a." * 2000)),
    ("Range", ("bytes=0-", "bytes=-0", "bytes=" + "9" * 5000 + "-", "bytes=a-b", "bytes=0-1,5-9",
        "bytes=-" + "9" * 400, "é")),
    ("If-Modified-Since", _DATES),
    ("If-Match", ('"a"', "*", "é", '"' * 3000)),
    ("If-None-Match", ('"a"', "*", "W/", "é")),
    ("Content-MD5", ("é===", "", "AAAA", "1B2M2Y8AsgTpgAmY7PhCfg==")),
    ("Content-Type", ("", "é", "multipart/form-data", "multipart/form-data; boundary=" + "b" * 300,
        "text/xml; charset=x", "application/json")),
    ("Content-Encoding", ("aws-chunked", "gzip", "é", "aws-chunked,aws-chunked")),
    ("Transfer-Encoding", ("chunked", "identity", "gzip, chunked", "é")),
    ("Expect", ("100-continue", "x", "é")),
    ("Connection", ("close", "keep-alive", "upgrade", "é")),
    ("Upgrade", ("h2c", "websocket")),
    ("Authorization", ("", "é", "AWS test:é",
        "AWS4-HMAC-SHA256 Credential=é/²/x/s3/aws4_request, SignedHeaders=host, Signature=é")),
    ("Host", ("", "é", "a.s3.localhost", "hostile-bucket.s3.localhost", "hostile-bucket.s3-website.localhost",
        "localhost:99999", "[::1")),
    ("Origin", ("null", "http://localhost:3000", "http://evil.example", "é", "http://" + "a" * 3000)),
    ("Access-Control-Request-Method", ("PUT", "é", "a" * 3000)),
    ("Cookie", ("a" * 3000,)),
    ("X-Long", ("a" * 9000, "a" * 70_000)),
)  # fmt: skip
_QUERIES = (
    *("acl", "policy", "tagging", "uploads", "uploadId=%ff", "partNumber=²", "versionId=null",
        "versionId=" + "9" * 5000, "delete"),
    *("list-type=2", "max-keys=" + "9" * 5000, "max-keys=²", "marker=%ff", "encoding-type=url",
        "continuation-token=é", "x=1", "&&=="),
    *("X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Expires=" + "9" * 5000, "X-Amz-Date=%ff",
        "X-Amz-Credential=a/b/c/d/e", "Action=X"),
    *("response-content-type=%0d%0aX:1", "response-expires=%ff", "x-amz-meta-a=%0d%0a", "select&select-type=2",
        "attributes", "torrent"),
    *("cors", "lifecycle", "website", "notification", "replication", "logging", "versioning", "encryption",
        "object-lock", "restore"),
    *("Signature=%c3%a9&Expires=" + "9" * 5000 + "&AWSAccessKeyId=x", "Expires=-1&Signature=x&AWSAccessKeyId=a",
        "inventory&id=%00"),
    *("Action=ReceiveMessage&MaxNumberOfMessages=²",
        "Action=Publish&MessageAttributes.entry." + "9" * 5000 + ".Name=a"),
)  # fmt: skip
_METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "CONNECT", "get", "PROPFIND", "X" * 40)
_PATHS = (
    *("/", "//", "/hostile-bucket", "/hostile-bucket/", "/hostile-bucket/object", "/hostile-bucket/%ff", "/%00",
        "/hostile-bucket/%"),
    *("/000000000000/hostile-queue", "/queue/hostile-queue", "/_ruststack/health", "/_ruststack/metrics",
        "/_ruststack/reset?account=1"),
    *("/_ruststack/clock?advance=nan", "/_ruststack/clock?advance=" + "9" * 5000, "/_ruststack/clock?advance=-1",
        "/_aws/sqs/messages"),
    *("/_aws/sqs/messages?QueueUrl=%ff", "/_aws/sns/sms-messages", "/_aws/sns/", "/_aws/dynamodb/",
        "/_localstack/init", "/v20180820/"),
    *("/v20180820/configuration/publicAccessBlock", "/_ruststack/" + "a" * 3000, "http://localhost/hostile-bucket",
        "*", "a", "/é"),
)  # fmt: skip


@dataclass
class Sent:
    """What goes over a socket. `answers` 1: one answer comes; 0: as many as may be, until a time or the end."""

    label: str
    pieces: list[bytes]
    answers: int = 1
    head_only: bool = False
    half_close: bool = False

    @property
    def size(self) -> int:
        return sum(map(len, self.pieces))


def plain(request: Request) -> Sent:
    """The request as it is."""
    texts = [request.target, request.method, *(text for pair in request.headers for text in pair)]
    broken = any(text != text.strip() or "\r" in text or "\n" in text or " " in request.target for text in texts)
    return Sent(request.label, [request.to_bytes()], 0 if broken else 1, head_only=request.method == "HEAD")


class Mutations:
    """The mutations of one run."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def of_message(self, request: Request) -> Sent:
        """The request with a head or a body as it should not be."""
        change: Callable[[Request], None] = self.random.choice(
            (self._headers, self._headers, self._query, self._path, self._method, self._body, self._body, self._chunks)
        )
        change(request)
        sent = plain(request)
        sent.label = f"{request.label} with odd {change.__name__.strip('_')}"
        if change == self._method:
            sent.answers = 0
        names = {name.lower() for name, _ in request.headers}
        if names & {"transfer-encoding", "connection", "expect", "upgrade"} or request.method == "CONNECT":
            sent.answers = 0
        return sent

    def _headers(self, request: Request) -> None:
        random = self.random
        for _ in range(random.choice((1, 1, 2, 4))):
            name, values = random.choice(_ODD_HEADERS)
            kept = [pair for pair in request.headers if pair[0].lower() != name.lower()]
            request.headers = [*kept, (name, random.choice(values))]
        if random.random() < 0.05:
            request.headers += [(f"x-a-{number}", "b") for number in range(random.choice((50, 300)))]
        if random.random() < 0.1 and len(request.headers) > 1:
            request.headers.pop(random.randrange(len(request.headers)))

    def _query(self, request: Request) -> None:
        joined = "&" if "?" in request.target else "?"
        request.target += joined + "&".join(self.random.sample(_QUERIES, self.random.choice((1, 1, 2, 3))))

    def _path(self, request: Request) -> None:
        _, question, query = request.target.partition("?")
        request.target = self.random.choice(_PATHS) + self.random.choice((question + query, ""))

    def _method(self, request: Request) -> None:
        request.method = self.random.choice(_METHODS)

    def _body(self, request: Request) -> None:
        """Bytes flipped, cut off, doubled, or others altogether."""
        random, body = self.random, request.body
        chance = random.random()
        if not body or chance < 0.2:
            request.body = self.noise()
        elif chance < 0.6:
            changed = bytearray(body)
            for _ in range(random.choice((1, 2, 8))):
                changed[random.randrange(len(changed))] = random.randrange(256)
            request.body = bytes(changed)
        elif chance < 0.8:
            request.body = body[: random.randrange(len(body))]
        else:
            start = random.randrange(len(body))
            request.body = body[:start] + body[start : start + 40] * random.choice((2, 20, 500)) + body[start:]

    def _chunks(self, request: Request) -> None:
        """S3's own chunks, odd ones."""
        random = self.random
        sizes = (
            "5",
            "-40",
            "0x5",
            "+5",
            "1_0",
            "5" * 30,
            "",
            "g",
            "0",
            "5;chunk-signature=" + "0" * 64,
            "5;chunk-signature=é",
            "5" + ";a" * 3000,
        )
        body = b"".join(to_bytes(f"{random.choice(sizes)}\r\nabcde\r\n") for _ in range(random.choice((1, 2, 5))))
        trailer = random.choice(
            (b"", b"0\r\n\r\n", b"0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", b"0\r\n" + b"a:b\r\n" * 3000)
        )
        request.body = body + trailer
        request.headers = [
            *(pair for pair in request.headers if not pair[0].lower().startswith("x-amz-content")),
            ("x-amz-content-sha256", random.choice(_PAYLOADS[1:6])),
            ("x-amz-decoded-content-length", random.choice((*_NUMBERS, "5", "10"))),
        ]

    def noise(self) -> bytes:
        """Bytes without a meaning, or hardly any."""
        random = self.random
        return random.choice(
            (
                lambda: random.randbytes(random.choice((1, 20, 3000))),
                lambda: b"[" * random.choice((10, 3000, 100_000)),
                lambda: b"<a>" * random.choice((10, 3000)),
                lambda: b"&".join([b"a.1=b"] * random.choice((10, 3000))),
                lambda: b"{}",
                lambda: b"null",
                lambda: "\ud800".encode("utf-8", "surrogatepass"),
                lambda: b'<?xml version="1.0" encoding="x"?><a/>',
                lambda: b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
            )
        )()

    def of_framing(self, request: Request) -> Sent:
        """The request with a length, chunks or an end that are not as they should be."""
        random, body = self.random, request.body or b"abc"
        label = f"{request.label} with odd framing"
        chance = random.random()
        if chance < 0.25:
            length = random.choice((*_NUMBERS[1:], str(len(body) + 5), str(max(0, len(body) - 2))))
            return Sent(label, [request.head(("Content-Length", length)) + body], 0, half_close=random.random() < 0.7)
        if chance < 0.75:
            head = request.head(
                ("Transfer-Encoding", random.choice(("chunked", "chunked", "chunked", "Chunked", "gzip, chunked")))
            )
            return Sent(label, [head, *self._http_chunks(body)], 0, half_close=random.random() < 0.3)
        if chance < 0.85:  # in pieces
            whole = request.to_bytes()
            places = sorted(random.randrange(len(whole)) for _ in range(random.choice((1, 3, 10))))
            return Sent(
                label, [whole[start:end] for start, end in zip([0, *places], [*places, len(whole)], strict=True)], 0
            )
        if chance < 0.92:  # not to its end
            whole = request.to_bytes()
            return Sent(label, [whole[: random.randrange(1, len(whole))]], 0, half_close=True)
        return Sent(label, [request.to_bytes() * random.choice((2, 5))], 0)

    def _http_chunks(self, body: bytes) -> list[bytes]:
        random = self.random
        if random.random() < 0.4:  # as it should be
            return [b"%x\r\n" % len(body) + body + b"\r\n", b"0\r\n\r\n"]
        sizes = (b"3", b"-3", b"0x3", b"3;a=b", b"3" + b";a" * 9000, b"", b"g", b"f" * 17, b"00000003", b" 3", b"3 ")
        chunks = [
            random.choice(sizes) + random.choice((b"\r\n", b"\n", b"\r")) + b"abc\r\n"
            for _ in range(random.choice((1, 3)))
        ]
        return [
            *chunks,
            random.choice((b"0\r\n\r\n", b"0\r\n" + b"a: b\r\n" * 9000 + b"\r\n", b"", b"0\r\nHost: x\r\n\r\n")),
        ]

    def raw(self) -> Sent:
        """What is hardly HTTP at all."""
        random = self.random
        made = random.choice(
            (
                lambda: random.randbytes(random.choice((1, 30, 3000))),
                lambda: b"\r\n" * random.choice((1, 300)),
                lambda: b"GET / HTTP/" + random.choice((b"9.9", b"1.0", b"0.9", b"1.1 ", b"")) + b"\r\n\r\n",
                lambda: b"GET " + b"/" * random.choice((1, 9000, 90_000)) + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
                lambda: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                lambda: (
                    b"GET / HTTP/1.1\r\n"
                    + random.choice((b" folded: x", b"a b: c", b":", b"a\x00: b", b"Host: a\r\nHost: b"))
                    + b"\r\n\r\n"
                ),
                lambda: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + random.randbytes(200),
                lambda: b"POST / HTTP/1.1\r\nHost: localhost\r\n" + b"a: b\r\n" * random.choice((100, 3000)) + b"\r\n",
            )
        )()
        return Sent("raw bytes", [made], 0, half_close=random.random() < 0.8)
