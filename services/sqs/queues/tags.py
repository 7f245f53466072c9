"""A queue's tags. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-tags.html

Raises `InvalidParameterValue`.
"""

from __future__ import annotations

from collections.abc import Mapping

from awskit.resources.tags import KEY_LENGTH, MOST_TAGS, VALUE_LENGTH, has_tag_characters, is_reserved
from services.sqs.errors import invalid_parameter


def with_tags(name: str, tags: Mapping[str, str], added: Mapping[str, str]) -> dict[str, str]:
    """The tags of the queue `name` with `added`, which replace those of the same keys."""
    for key, value in added.items():
        check_key(key)
        if not (has_tag_characters(key) and has_tag_characters(value)):
            raise invalid_parameter("Tag keys and values can only include letters, numbers, spaces and _ . : / = + - @")
        if is_reserved(key):
            raise invalid_parameter("Tag keys must not start with aws:, which is reserved.")
        if len(value) > VALUE_LENGTH:
            raise invalid_parameter(f"Tag values must be between 0 and {VALUE_LENGTH} characters in length.")
    together = {**tags, **added}
    if len(together) > MOST_TAGS:
        raise invalid_parameter(f"Too many tags added for queue {name}.")
    return together


def check_key(key: str) -> None:
    """Raises `InvalidParameterValue` for an empty key, or one of more than 128 characters."""
    if not 1 <= len(key) <= KEY_LENGTH:
        raise invalid_parameter(f"Tag keys must be between 1 and {KEY_LENGTH} characters in length.")
