"""ARNs of topics, subscriptions, queues and platform objects: taken apart and put together.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
"""

from __future__ import annotations

import re
import uuid

from awskit.bounds.text_cache import text_cache
from awskit.resources.arns import Arn, build_arn, parse_arn
from services.sns.errors import invalid_parameter

_LONGEST_ARN = 2048
_QUEUE_ARN = re.compile(r"arn:[a-z-]+:sqs:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,80}(?:\.fifo)?")
_FUNCTION_ARN = re.compile(
    r"arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]{1,140}(?::(?:\$LATEST|[A-Za-z0-9_-]{1,128}))?"
)
_DELIVERY_STREAM_ARN = re.compile(r"arn:[a-z-]+:firehose:[a-z0-9-]+:[0-9]{12}:deliverystream/[A-Za-z0-9_.-]{1,64}")


def topic_arn(region: str, account_id: str, name: str) -> str:
    return build_arn("sns", region, account_id, name)


@text_cache(8192)
def require_topic_arn(text: str, member: str = "TopicArn") -> Arn:
    """Raises InvalidParameter where `text` cannot be a topic's ARN."""
    if len(text) > _LONGEST_ARN:  # and would be kept
        raise invalid_parameter(member)
    check_elements(text, member)
    arn = parse_arn(text)
    if arn is None or arn.service != "sns" or not arn.resource or ":" in arn.resource:
        raise invalid_parameter(member)
    return arn


def require_subscription_arn(text: str) -> Arn:
    """Raises InvalidParameter where `text` cannot be a subscription's ARN."""
    check_elements(text, "SubscriptionArn")
    arn = parse_arn(text)
    if arn is None or arn.service != "sns":
        raise invalid_parameter("SubscriptionArn")
    if ":" not in arn.resource:
        raise invalid_parameter("SubscriptionId")
    return arn


def require_platform_arn(text: str, member: str, steps: int) -> Arn:
    """Raises InvalidParameter where `text` cannot be the ARN of something mobile, whose path has so many steps."""
    check_elements(text, member)
    arn = parse_arn(text)
    if arn is None or arn.service != "sns":
        raise invalid_parameter(member)
    if arn.resource.count("/") != steps - 1:
        raise invalid_parameter(f"{member} Reason: Wrong number of slashes in relative portion of the ARN.")
    return arn


def check_elements(text: str, member: str) -> None:
    """Raises InvalidParameter where `text` has not the six parts of an ARN."""
    elements = text.count(":") + 1
    if elements < 6:
        raise invalid_parameter(f"{member} Reason: An ARN must have at least 6 elements, not {elements}")


def new_subscription_arn(topic: str) -> str:
    """A subscription's ARN: its topic's, and a UUID."""
    return f"{topic}:{uuid.uuid4()}"


def platform_application_arn(region: str, account_id: str, platform: str, name: str) -> str:
    return build_arn("sns", region, account_id, f"app/{platform}/{name}")


def new_platform_endpoint_arn(application: str) -> str:
    """An endpoint's ARN: its application's path below `endpoint/`, and a UUID."""
    return f"{application.replace(':app/', ':endpoint/', 1)}/{uuid.uuid4()}"


def is_queue_arn(text: str) -> bool:
    """Whether `text` can be the ARN of a queue."""
    return _QUEUE_ARN.fullmatch(text) is not None and parse_arn(text) is not None


def is_function_arn(text: str) -> bool:
    """Whether `text` can be the ARN of a Lambda function, or of a version or alias of one."""
    return _FUNCTION_ARN.fullmatch(text) is not None and parse_arn(text) is not None


def is_delivery_stream_arn(text: str) -> bool:
    """Whether `text` can be the ARN of a Firehose delivery stream."""
    return _DELIVERY_STREAM_ARN.fullmatch(text) is not None and parse_arn(text) is not None
