"""Queues. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from console.interfaces.aws_client import AwsClient


async def call(aws: AwsClient, operation: str, **given: Any) -> dict[str, Any]:
    """An operation, with its input's members. Raises what `AwsClient` does."""
    return await aws.json("sqs", f"AmazonSQS.{operation}", "1.0", given)


async def list_queues(aws: AwsClient, prefix: str, token: str, most: int) -> tuple[list[str], str]:
    """The URLs of queues whose name begins with `prefix`, and where the list goes on."""
    given: dict[str, Any] = {"MaxResults": most}
    if prefix:
        given["QueueNamePrefix"] = prefix
    if token:
        given["NextToken"] = token
    answer = await call(aws, "ListQueues", **given)
    return answer.get("QueueUrls", []), answer.get("NextToken", "")


async def queue_url(aws: AwsClient, name: str) -> str:
    answer = await call(aws, "GetQueueUrl", QueueName=name)
    return str(answer["QueueUrl"])


async def attributes_of(aws: AwsClient, url: str, *names: str) -> dict[str, str]:
    """These attributes of a queue, or every one that AWS tells; then the messages in it are counted, too."""
    answer = await call(aws, "GetQueueAttributes", QueueUrl=url, AttributeNames=names or ["All"])
    found: dict[str, str] = answer.get("Attributes", {})
    return found


async def tags_of(aws: AwsClient, url: str) -> dict[str, str]:
    answer = await call(aws, "ListQueueTags", QueueUrl=url)
    found: dict[str, str] = answer.get("Tags", {})
    return found


async def sources_of(aws: AwsClient, url: str) -> list[str]:
    """The URLs of queues whose dead letters come here: the first thousand."""
    answer = await call(aws, "ListDeadLetterSourceQueues", QueueUrl=url, MaxResults=1000)
    found: list[str] = answer.get("queueUrls", [])
    return found


def name_of(url_or_arn: str) -> str:
    """A queue's name, from its URL or its ARN."""
    return url_or_arn.rpartition("/")[2].rpartition(":")[2]


def dead_letter_target(attributes: Mapping[str, str]) -> tuple[str, int] | None:
    """Where messages go that were received too often, and after how many receives: the queue's ARN, a number."""
    policy = attributes.get("RedrivePolicy")
    if not policy:
        return None
    said = orjson.loads(policy)
    return str(said["deadLetterTargetArn"]), int(said["maxReceiveCount"])
