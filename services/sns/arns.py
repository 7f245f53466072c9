"""ARNs of topics, subscriptions, queues and platform objects: taken apart and put together.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
"""

from __future__ import annotations

import re
import uuid
from functools import lru_cache
from urllib.parse import urlsplit

from awskit.arns import Arn, build_arn, parse_arn
from services.sns.errors import invalid_parameter

_QUEUE_ARN = re.compile(r"arn:[a-z-]+:sqs:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,80}(?:\.fifo)?")
_QUEUE_ENDPOINT_REGION = re.compile(r"^(?:sqs\.)?([a-z]{2}(?:-[a-z]+)+-\d)\.|^sqs\.([a-z]{2}(?:-[a-z]+)+-\d)\.")


def topic_arn(region: str, account_id: str, name: str) -> str:
    return build_arn("sns", region, account_id, name)


@lru_cache(maxsize=8192)
def require_topic_arn(text: str, member: str = "TopicArn") -> Arn:
    """Raises InvalidParameter where `text` cannot be a topic's ARN."""
    elements = text.count(":") + 1
    if elements < 6:
        raise invalid_parameter(f"{member} Reason: An ARN must have at least 6 elements, not {elements}")
    arn = parse_arn(text)
    if arn is None or arn.service != "sns" or not arn.resource or ":" in arn.resource:
        raise invalid_parameter(member)
    return arn


def require_subscription_arn(text: str) -> Arn:
    """Raises InvalidParameter where `text` cannot be a subscription's ARN."""
    elements = text.count(":") + 1
    if elements < 6:
        raise invalid_parameter(f"SubscriptionArn Reason: An ARN must have at least 6 elements, not {elements}")
    arn = parse_arn(text)
    if arn is None or arn.service != "sns":
        raise invalid_parameter("SubscriptionArn")
    if ":" not in arn.resource:
        raise invalid_parameter("SubscriptionId")
    return arn


def new_subscription_arn(topic: str) -> str:
    return f"{topic}:{uuid.uuid4()}"


def platform_application_arn(region: str, account_id: str, platform: str, name: str) -> str:
    return build_arn("sns", region, account_id, f"app/{platform}/{name}")


def new_platform_endpoint_arn(application: str) -> str:
    return f"{application.replace(':app/', ':endpoint/', 1)}/{uuid.uuid4()}"


def is_queue_arn(text: str) -> bool:
    """Whether `text` can be the ARN of a queue."""
    return _QUEUE_ARN.fullmatch(text) is not None


def queue_arn(endpoint: str, region: str) -> str | None:
    """The ARN of the queue that `endpoint` names by ARN or by URL; None where it names none.

    A URL says nothing of the region unless its host (`sqs.eu-west-1.…`, `eu-west-1.queue.…`) or its path
    (`/queue/eu-west-1/…`) does; then the queue is in the caller's `region`.
    """
    if endpoint.startswith("arn:"):
        return endpoint if is_queue_arn(endpoint) else None
    if not endpoint.startswith(("http://", "https://")):
        return None
    url = urlsplit(endpoint)
    steps = [step for step in url.path.split("/") if step]
    if len(steps) == 4 and steps[0] == "queue":
        region, steps = steps[1], steps[2:]
    else:
        found = _QUEUE_ENDPOINT_REGION.match(url.hostname or "")
        region = (found[1] or found[2]) if found else region
    named = f"arn:aws:sqs:{region}:{':'.join(steps)}"
    return named if is_queue_arn(named) else None
