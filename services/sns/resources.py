"""What an operation's input is about, in a word: the topic's name, or what else of SNS it names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MEMBERS = (
    "TopicArn",
    "TargetArn",
    "Name",
    "SubscriptionArn",
    "ResourceArn",
    "EndpointArn",
    "PlatformApplicationArn",
    "PhoneNumber",
)


def resource_of(input: Mapping[str, Any]) -> str:
    """A topic by its name, a subscription as `topic:id`, endpoints as `endpoint/GCM/...`; "" where nothing is named."""
    for member in _MEMBERS:
        named = input.get(member)
        if named is not None:
            text = str(named)
            return text.split(":", 5)[-1] if text.startswith("arn:") else text
    return ""
