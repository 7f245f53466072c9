"""What Subscribe takes as the endpoint of each protocol, and in which form it is kept.

https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from awskit.resources.arns import parse_arn
from services.sns.arns import is_delivery_stream_arn, is_function_arn, is_queue_arn
from services.sns.errors import invalid_parameter, invalid_sms_parameter
from services.sns.mobile.phone_numbers import is_phone_number

PROTOCOLS = frozenset(["http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose"])

_EMAIL = re.compile(r"[^@\s]++@[^@\s]++")
_SEPARATORS = re.compile(r"[ ()./-]")
_STRAY_SEPARATORS = re.compile(r"[./-]{2}|^[./-]|[./-]$")


def normal_endpoint(protocol: str, endpoint: str | None, *, is_fifo_topic: bool) -> str:
    """`endpoint` as it is kept: a phone number without what separates its digits. InvalidParameter with AWS's text."""
    if protocol not in PROTOCOLS:
        raise invalid_parameter(f"Amazon SNS does not support this protocol string: {protocol}")
    if not endpoint:
        raise invalid_parameter("Endpoint must be specified")
    if is_fifo_topic and protocol != "sqs":
        raise invalid_parameter(f"Invalid protocol type: {protocol}")
    if protocol in ("http", "https"):
        return _http(protocol, endpoint)
    if protocol in ("email", "email-json"):
        if not _EMAIL.fullmatch(endpoint):
            raise invalid_parameter("Email address")
        return endpoint
    if protocol == "sms":
        number = _SEPARATORS.sub("", endpoint)
        if _STRAY_SEPARATORS.search(endpoint) or not is_phone_number(number):
            raise invalid_sms_parameter(f"Invalid SMS endpoint: {endpoint}")
        return number
    if protocol == "sqs":
        return _queue(endpoint, is_fifo_topic)
    return _resource(protocol, endpoint)


def _http(protocol: str, endpoint: str) -> str:
    if not endpoint.startswith(f"{protocol}://"):
        raise invalid_parameter("Endpoint must match the specified protocol")
    try:
        parts = urlsplit(endpoint)
        valid = bool(parts.hostname) and parts.port != 0  # asking for it refuses one beyond 65,535
    except ValueError:
        valid = False
    if not valid:
        raise invalid_parameter("Endpoint")
    return endpoint


def _queue(endpoint: str, is_fifo_topic: bool) -> str:
    if not is_queue_arn(endpoint):
        raise invalid_parameter("SQS endpoint ARN")
    if endpoint.endswith(".fifo") and not is_fifo_topic:
        raise invalid_parameter(
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"
        )
    return endpoint


def _resource(protocol: str, endpoint: str) -> str:
    if protocol == "lambda" and not is_function_arn(endpoint):
        raise invalid_parameter("Lambda endpoint ARN")
    if protocol == "firehose" and not is_delivery_stream_arn(endpoint):
        raise invalid_parameter("Firehose endpoint ARN")
    if protocol == "application":
        arn = parse_arn(endpoint)
        if arn is None or arn.service != "sns" or not arn.resource.startswith("endpoint/"):
            raise invalid_parameter("Application endpoint arn invalid:" + endpoint)
    return endpoint
