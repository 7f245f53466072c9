"""A queue's tags. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-tags.html

Raises `InvalidParameterValue`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from services.sqs.errors import invalid_parameter

_MAXIMUM_TAGS = 50
_MAXIMUM_KEY = 128
_MAXIMUM_VALUE = 256
_INVALID = re.compile(r"[^\w\s.:/=+@-]")


def with_tags(name: str, tags: Mapping[str, str], added: Mapping[str, str]) -> dict[str, str]:
    """The tags of the queue `name` with `added`, which replace those of the same keys."""
    for key, value in added.items():
        check_key(key)
        if _INVALID.search(key) or _INVALID.search(value):
            raise invalid_parameter("Tag keys and values can only include letters, numbers, spaces and _ . : / = + - @")
        if key.lower().startswith("aws:"):
            raise invalid_parameter("Tag keys must not start with aws:, which is reserved.")
        if len(value) > _MAXIMUM_VALUE:
            raise invalid_parameter(f"Tag values must be between 0 and {_MAXIMUM_VALUE} characters in length.")
    together = {**tags, **added}
    if len(together) > _MAXIMUM_TAGS:
        raise invalid_parameter(f"Too many tags added for queue {name}.")
    return together


def check_key(key: str) -> None:
    """Raises `InvalidParameterValue` for an empty key, or one of more than 128 characters."""
    if not 1 <= len(key) <= _MAXIMUM_KEY:
        raise invalid_parameter(f"Tag keys must be between 1 and {_MAXIMUM_KEY} characters in length.")
