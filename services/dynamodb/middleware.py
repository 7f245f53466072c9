"""What stands around DynamoDB's requests: compressed bodies, plain GETs, plain JSON.

In: a request as it arrived. Out: the answer, compressed where it was asked for.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from awskit.sigv4.caller import caller_of
from awskit.wire.http import HttpRequest, HttpResponse

Handle = Callable[[HttpRequest], Awaitable[HttpResponse]]

_GZIP: Final = 16 + zlib.MAX_WBITS
_SMALLEST_COMPRESSED: Final = 1024
_ID_LENGTH: Final = 52
_AMAZON_JSON: Final = "application/x-amz-json"
_TOO_LARGE: Final = 413


async def middleware(request: HttpRequest, handle: Handle) -> HttpResponse:
    """Answer what is no operation, and translate what is."""
    headers = request.headers
    if request.method == "GET":
        response = _healthy(request)
    else:
        response = await handle(request)
        _answer_in_kind(request, response)
    if "gzip" in headers.get("accept-encoding", "") and isinstance(response.body, bytes):
        _compress(response)
    return response


def long_id(request_id: str) -> str:
    """A request id of DynamoDB's length that begins with the digits of the one it was given."""
    digits = request_id.replace("-", "").upper()
    return (digits * _ID_LENGTH)[:_ID_LENGTH]


def _answer_in_kind(request: HttpRequest, response: HttpResponse) -> None:
    """Answer plain JSON to plain JSON, and a body that was too large in chunks, as AWS's front end does."""
    asked = request.headers.get("content-type", "").strip()
    if not asked.startswith(_AMAZON_JSON):
        response.headers = [
            (name, "application/json" if name == "Content-Type" and value.startswith(_AMAZON_JSON) else value)
            for name, value in response.headers
        ]
    if response.status == _TOO_LARGE and isinstance(response.body, bytes):
        response.body = _chunks(response.body)


async def _chunks(body: bytes) -> AsyncIterator[bytes]:
    yield body


def _healthy(request: HttpRequest) -> HttpResponse:
    body = f"healthy: dynamodb.{caller_of(request).region}.amazonaws.com ".encode()
    return HttpResponse(200, [("x-amzn-RequestId", request.id), ("x-amz-crc32", str(zlib.crc32(body)))], body)


def _compress(response: HttpResponse) -> None:
    body = response.body
    if not isinstance(body, bytes) or len(body) < _SMALLEST_COMPRESSED:
        return
    packer = zlib.compressobj(1, zlib.DEFLATED, _GZIP)
    packed = packer.compress(body) + packer.flush()
    response.body = packed
    # the checksum is of what is sent
    response.headers = [
        (name, str(zlib.crc32(packed)) if name == "x-amz-crc32" else value) for name, value in response.headers
    ]
    response.headers.append(("Content-Encoding", "gzip"))
