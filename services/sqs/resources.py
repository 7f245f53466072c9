"""What an operation's input is about, in a word: the queue's name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def resource_of(input: Mapping[str, Any]) -> str:
    """The queue that the input names, by its URL, its name or its ARN; "" where it names none."""
    url = input.get("QueueUrl")
    if url is not None:
        return str(url).rpartition("/")[2]
    named = input.get("QueueName")
    return str(named if named is not None else input.get("SourceArn", "")).rpartition(":")[2]
