"""Queues: made, or their attributes and tags set. Dead-letter queues are made before those that name them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from ruststack.seeds.changes import (
    Change,
    Wanted,
    arn_of,
    differing,
    tag_changes,
    texts,
    unless_missing,
)

_MISSING = ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue")


def in_order(queues: Iterable[Wanted]) -> list[Wanted]:
    """Each after the one that it names for its dead letters."""
    waiting = {arn_of("sqs", queue.name, queue.place): queue for queue in queues}
    ordered: list[Wanted] = []

    def take(arn: str | None) -> None:
        queue = waiting.pop(arn, None) if arn is not None else None
        if queue is not None:
            take(_dead_letter_arn(queue))
            ordered.append(queue)

    while waiting:
        take(next(iter(waiting)))
    return ordered


def changes(queue: Wanted) -> Iterator[Change]:
    """What is to be done until the queue is as it is said to be."""
    what, attributes = f"queue {queue.name}", _attributes(queue)
    tags = queue.said.get("tags", {})
    found = unless_missing(lambda: _call(queue, "GetQueueUrl", QueueName=queue.name), *_MISSING)
    if found is None:
        given = {"QueueName": queue.name, "Attributes": attributes, "tags": texts(tags)}
        yield Change(what, "create", lambda: _call(queue, "CreateQueue", **given))
        return
    url = found["QueueUrl"]
    current = _call(queue, "GetQueueAttributes", QueueUrl=url, AttributeNames=["All"]).get("Attributes", {})
    changed = differing({"FifoQueue": "false", **current}, attributes)
    if "FifoQueue" in changed:
        raise queue.mistake("cannot become a queue of the other kind (FifoQueue): delete it", "name")
    if changed:
        how = f"set {', '.join(changed)}"
        yield Change(what, how, lambda: _call(queue, "SetQueueAttributes", QueueUrl=url, Attributes=changed))
    if tags:
        tagged = tag_changes(_call(queue, "ListQueueTags", QueueUrl=url).get("Tags", {}), tags)
        if tagged:
            how = f"tag with {', '.join(tagged)}"
            yield Change(what, how, lambda: _call(queue, "TagQueue", QueueUrl=url, Tags=tagged))


def _attributes(queue: Wanted) -> dict[str, str]:
    attributes = texts(queue.said.get("attributes", {}))
    if queue.name.endswith(".fifo"):
        attributes["FifoQueue"] = "true"
    if "policy" in queue.said:
        attributes.update(texts({"Policy": queue.said["policy"]}))
    if "dead_letters" in queue.said:
        most = queue.said["dead_letters"]["max_receives"]
        attributes["RedrivePolicy"] = json.dumps(
            {"deadLetterTargetArn": _dead_letter_arn(queue), "maxReceiveCount": most}
        )
    return attributes


def _dead_letter_arn(queue: Wanted) -> str | None:
    if "dead_letters" not in queue.said:
        return None
    return arn_of("sqs", queue.said["dead_letters"]["queue"], queue.place)


def _call(queue: Wanted, operation: str, **given: Any) -> dict[str, Any]:
    return queue.client.json(queue.place, "sqs", operation, given)
