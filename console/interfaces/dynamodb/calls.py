"""One operation of DynamoDB or of its streams."""

from __future__ import annotations

from typing import Any

from console.interfaces.aws_client import AwsClient

_TARGET = "DynamoDB_20120810"
_STREAMS_TARGET = "DynamoDBStreams_20120810"


async def call(client: AwsClient, operation: str, **given: Any) -> dict[str, Any]:
    """The operation's output. What is None is left out of its input."""
    wanted = {name: value for name, value in given.items() if value is not None}
    return await client.json("dynamodb", f"{_TARGET}.{operation}", "1.0", wanted)


async def call_streams(client: AwsClient, operation: str, **given: Any) -> dict[str, Any]:
    """The same of DynamoDB Streams."""
    wanted = {name: value for name, value in given.items() if value is not None}
    return await client.json("dynamodb", f"{_STREAMS_TARGET}.{operation}", "1.0", wanted)
