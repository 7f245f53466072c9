"""S3 requests over one kept connection, at the smallest cost to the caller: what its benchmarks load it with."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from urllib.parse import urlsplit

_HEADERS = {
    "Authorization": (
        "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
    ),
    "X-Amz-Date": "20260101T000000Z",
    "X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD",
}
_READ = 1024 * 1024


class S3Connection:
    """RuntimeError where an answer is an error."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        self._connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=300)

    def __enter__(self) -> S3Connection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def call(self, method: str, target: str, body: bytes = b"") -> tuple[Mapping[str, str], bytes]:
        """The answer's headers and body. `target` is the path with its query, encoded."""
        return self._send(method, target, body, {})

    def upload(self, target: str, chunks: Iterable[bytes], size: int) -> Mapping[str, str]:
        """PUT `size` bytes, which are not held at once."""
        return self._send("PUT", target, chunks, {"Content-Length": str(size)})[0]

    def download(self, target: str, sink: Callable[[int, memoryview], None]) -> int:
        """GET; `sink` is given each stretch of the body and where in it that begins. How many bytes there were."""
        self._connection.request("GET", target, headers=_HEADERS)
        answer = self._connection.getresponse()
        if answer.status != 200:
            raise RuntimeError(f"GET {target}: {answer.status} {answer.read().decode()}")
        buffer = bytearray(_READ)
        view = memoryview(buffer)
        position = 0
        while count := answer.readinto(buffer):
            sink(position, view[:count])
            position += count
        return position

    def _send(
        self, method: str, target: str, body: bytes | Iterable[bytes], headers: Mapping[str, str]
    ) -> tuple[Mapping[str, str], bytes]:
        self._connection.request(method, target, body or None, {**_HEADERS, **headers})
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {target}: {answer.status} {text.decode()}")
        return answer.headers, text
