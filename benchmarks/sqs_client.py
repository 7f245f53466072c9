"""SQS calls over one kept connection, at the smallest cost to the caller: what the SQS benchmarks load a fleet with."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

_SCOPE = "Credential=test/20260101/us-east-1/sqs/aws4_request"


class SqsConnection:
    """`await connection.call("SendMessage", QueueUrl=..., ...)`; RuntimeError where the answer is an error."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str) -> None:
        self._reader = reader
        self._writer = writer
        self._host = host

    @classmethod
    async def open(cls, url: str) -> SqsConnection:
        parts = urlsplit(url)
        assert parts.hostname is not None
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        return cls(reader, writer, parts.netloc)

    async def call(self, operation: str, **input: Any) -> Any:
        self.send(operation, **input)
        return await self.answer()

    def send(self, operation: str, **input: Any) -> None:
        body = json.dumps(input).encode()
        head = (
            f"POST / HTTP/1.1\r\nHost: {self._host}\r\nX-Amz-Target: AmazonSQS.{operation}\r\n"
            f"Content-Type: application/x-amz-json-1.0\r\nContent-Length: {len(body)}\r\n"
            f"Authorization: AWS4-HMAC-SHA256 {_SCOPE}, SignedHeaders=host, Signature=0\r\n\r\n"
        )
        self._writer.write(head.encode() + body)

    async def answer(self) -> Any:
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length:")[2].split("\r\n", 1)[0])
        body = await self._reader.readexactly(length)
        if not head.startswith("http/1.1 200"):
            raise RuntimeError(f"{head.splitlines()[0]}: {body.decode()}")
        return json.loads(body) if body else {}

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


@contextlib.asynccontextmanager
async def connected(url: str) -> AsyncIterator[SqsConnection]:
    """A connection that is closed in the end."""
    connection = await SqsConnection.open(url)
    try:
        yield connection
    finally:
        await connection.close()
