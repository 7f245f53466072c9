"""What a queue may be called, and asked for by. Raises `InvalidParameterValue`.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from services.sqs.errors import invalid_parameter, invalid_value

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_FIFO_NAME = re.compile(r"[A-Za-z0-9_-]{1,75}\.fifo")


def check_queue_name(name: str, *, fifo: bool) -> None:
    """Letters, digits, hyphens and underscores, 80 in all, of which a FIFO queue's last five are `.fifo`."""
    if fifo:
        if not _FIFO_NAME.fullmatch(name):
            raise invalid_parameter(
                "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, "
                "must end with .fifo suffix and be 1 to 80 in length."
            )
    elif not _NAME.fullmatch(name):
        raise invalid_parameter("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")


def check_text(input: Mapping[str, Any]) -> None:
    """Refuse a null character in any of the input's strings: PostgreSQL keeps none, and AWS has none in its names."""
    for name, value in input.items():
        if isinstance(value, str) and "\0" in value:
            raise invalid_value(value, name, "It must not contain null characters.")
