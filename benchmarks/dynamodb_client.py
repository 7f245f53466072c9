"""DynamoDB calls over one kept connection, at the smallest cost to the caller: what its benchmarks load it with."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

_SCOPE = "Credential=test/20260101/{}/dynamodb/aws4_request"


class DynamoDbConnection:
    """`await connection.call("GetItem", TableName=..., ...)`; RuntimeError where the answer is an error."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, region: str) -> None:
        self._reader = reader
        self._writer = writer
        self._host = host
        self._scope = _SCOPE.format(region)

    async def call(self, operation: str, **input: Any) -> Any:
        self._writer.write(self.request(operation, **input))
        return json.loads(await self.answer())

    def request(self, operation: str, **input: Any) -> bytes:
        """The request as it is sent."""
        body = json.dumps(input).encode()
        head = (
            f"POST / HTTP/1.1\r\nHost: {self._host}\r\nX-Amz-Target: DynamoDB_20120810.{operation}\r\n"
            f"Content-Type: application/x-amz-json-1.0\r\nContent-Length: {len(body)}\r\n"
            "X-Amz-Date: 20260101T000000Z\r\n"
            f"Authorization: AWS4-HMAC-SHA256 {self._scope}, SignedHeaders=host, Signature=0\r\n\r\n"
        )
        return head.encode() + body

    async def send(self, request: bytes) -> bytes:
        """Send a request made by `request`; the answer's body."""
        self._writer.write(request)
        return await self.answer()

    async def answer(self) -> bytes:
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length:")[2].split("\r\n", 1)[0])
        body = await self._reader.readexactly(length)
        if not head.startswith("http/1.1 200"):
            raise RuntimeError(f"{head.splitlines()[0]}: {body.decode()}")
        return body

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


@contextlib.asynccontextmanager
async def connected(url: str, region: str = "us-east-1") -> AsyncIterator[DynamoDbConnection]:
    """A connection, for one region, that is closed in the end."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=4 * 1024 * 1024)
    connection = DynamoDbConnection(reader, writer, parts.netloc, region)
    try:
        yield connection
    finally:
        await connection.close()
