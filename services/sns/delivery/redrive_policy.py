"""A subscription's RedrivePolicy, as deliveries need it: where a message goes that could not be delivered.

https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson


def dead_letter_queue(attributes: Mapping[str, str]) -> str | None:
    """The ARN of the dead-letter queue that the subscription's attributes name; None where they name none."""
    source = attributes.get("RedrivePolicy")
    if source is None:
        return None
    target: str = orjson.loads(source)["deadLetterTargetArn"]
    return target
