"""A topic's attributes: which there are, what values they take, and how GetTopicAttributes shows them.

In: names and values as CreateTopic and SetTopicAttributes have them. Raised: `InvalidAttribute` with AWS's text.

https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import orjson

from awskit.bounds.integers import is_natural
from awskit.bounds.text_cache import text_cache
from services.sns.delivery.delivery_policy import DeliveryPolicyError, topic_delivery_policy
from services.sns.messages.message_checks import MAX_MESSAGE_BYTES
from services.sns.messages.signing import SignatureVersion
from services.sns.policy_json import JsonError, parse_object
from services.sns.topics.access_policy import policy_error

MAX_RETENTION_DAYS = 365
MAX_LARGE_SUBSCRIPTIONS = 100
LARGE_MESSAGE_PROTOCOLS = frozenset(["sqs", "lambda", "firehose"])

Check = Callable[[str], str | None]
"""The text of what is wrong with a value; None where nothing is."""


class InvalidAttribute(ValueError):
    """A name or value AWS would not take; the text is what follows `Attributes Reason: ` or `Invalid parameter: `."""


def _delivery_policy(value: str) -> str | None:
    try:
        topic_delivery_policy(value)
    except DeliveryPolicyError as error:
        return f"DeliveryPolicy: {error}"
    return None


def _display_name(value: str) -> str | None:
    return None if len(value) <= 100 and "\n" not in value else "DisplayName"


def _one_of(name: str, *allowed: str) -> Check:
    def check(value: str) -> str | None:
        if value in allowed:
            return None
        return f"{name} Reason: Invalid value [{value}]. Must be one of {', '.join(allowed)}"

    return check


def _boolean(name: str) -> Check:
    def check(value: str) -> str | None:
        return None if value.lower() in ("true", "false") else f"{name}: Invalid value {value}. Must be true or false."

    return check


def _role(name: str) -> Check:
    def check(value: str) -> str | None:
        valid = value.startswith("arn:") and value.count(":") >= 5
        return None if valid else f"{name}: {value} is not a valid ARN"

    return check


def _integer(name: str, low: int, high: int) -> Check:
    def check(value: str) -> str | None:
        valid = is_natural(value, low, high)
        return None if valid else f"{name}: Invalid value {value}. Must be an integer between {low} and {high}"

    return check


def _key(value: str) -> str | None:
    return None if len(value) <= 2048 else "KmsMasterKeyId"


@text_cache(256)
def archive_retention_days(value: str | None) -> int | None:
    """The days an ArchivePolicy keeps messages; None where nothing is archived. Raises InvalidAttribute."""
    if value is None:
        return None
    try:
        document = parse_object(value)
    except JsonError as error:
        raise InvalidAttribute(f"ArchivePolicy: failed to parse JSON. {error}") from error
    if set(document) - {"MessageRetentionPeriod"}:
        raise InvalidAttribute("ArchivePolicy: Invalid policy document")
    if not document:
        return None
    days = str(document["MessageRetentionPeriod"])
    if not is_natural(days, 1, MAX_RETENTION_DAYS):
        raise InvalidAttribute(
            f"ArchivePolicy: MessageRetentionPeriod must be an integer between 1 and {MAX_RETENTION_DAYS}"
        )
    return int(days)


def _archive_policy(value: str) -> str | None:
    try:
        archive_retention_days(value)
    except InvalidAttribute as error:
        return str(error)
    return None


def _feedback_checks() -> dict[str, Check]:
    checks: dict[str, Check] = {}
    for protocol in ("HTTP", "Firehose", "Lambda", "Application", "SQS"):
        for kind in ("Success", "Failure"):
            name = f"{protocol}{kind}FeedbackRoleArn"
            checks[name] = _role(name)
        name = f"{protocol}SuccessFeedbackSampleRate"
        checks[name] = _integer(name, 0, 100)
    return checks


_CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "Policy": policy_error,
        "DeliveryPolicy": _delivery_policy,
        "DisplayName": _display_name,
        "KmsMasterKeyId": _key,
        "SignatureVersion": _one_of("SignatureVersion", "1", "2"),
        "TracingConfig": _one_of("TracingConfig", "PassThrough", "Active"),
        "MaximumMessageSize": _integer("MaximumMessageSize", 1024, 1_048_576),
        **_feedback_checks(),
    }
)
_FIFO_CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "ContentBasedDeduplication": _boolean("ContentBasedDeduplication"),
        "FifoThroughputScope": _one_of("FifoThroughputScope", "Topic", "MessageGroup"),
        "ArchivePolicy": _archive_policy,
    }
)
_BOOLEANS = frozenset(["FifoTopic", "ContentBasedDeduplication"])
_DEFAULTS: Mapping[str, str] = MappingProxyType(
    {
        "ContentBasedDeduplication": "false",
        "FifoThroughputScope": "Topic",
        "SignatureVersion": "1",
        "TracingConfig": "PassThrough",
    }
)


def create_attributes(given: Mapping[str, str]) -> dict[str, str]:
    """CreateTopic's attributes, checked. Raises InvalidAttribute."""
    fifo_value = given.get("FifoTopic")
    if fifo_value is not None and (wrong := _boolean("FifoTopic")(fifo_value)):
        raise InvalidAttribute(wrong)
    is_fifo = (fifo_value or "").lower() == "true"
    attributes: dict[str, str] = {}
    for name, value in given.items():
        if name == "FifoTopic":
            if is_fifo:
                attributes[name] = "true"
            continue
        if name not in _CHECKS and not (is_fifo and name in _FIFO_CHECKS):
            raise InvalidAttribute(f"Unknown attribute {name}")
        if value != "":
            attributes[name] = _checked(name, value)
    return attributes


def changed_attributes(attributes: Mapping[str, str], name: str, value: str | None) -> dict[str, str]:
    """A topic's attributes after SetTopicAttributes. Raises InvalidAttribute."""
    is_fifo = attributes.get("FifoTopic") == "true"
    if name == "FifoTopic" or (name not in _CHECKS and not (is_fifo and name in _FIFO_CHECKS)):
        raise InvalidAttribute("AttributeName")
    if not value and name != "ArchivePolicy":  # which is taken away by {}
        return {key: kept for key, kept in attributes.items() if key != name}
    return {**attributes, name: _checked(name, value or "")}


def _checked(name: str, value: str) -> str:
    check = _CHECKS.get(name) or _FIFO_CHECKS[name]
    wrong = check(value)
    if wrong is not None:
        raise InvalidAttribute(wrong)
    return value.lower() if name in _BOOLEANS else value


def value_of(attributes: Mapping[str, str], name: str) -> str:
    """The attribute's value, or the one it has where none was set."""
    return attributes.get(name) or _DEFAULTS.get(name, "")


def maximum_message_size(attributes: Mapping[str, str]) -> int:
    """The bytes a message of the topic may have."""
    value = attributes.get("MaximumMessageSize")
    return int(value) if value is not None else MAX_MESSAGE_BYTES


def signature_version(attributes: Mapping[str, str]) -> SignatureVersion:
    """By which version the topic's messages are signed."""
    return "2" if attributes.get("SignatureVersion") == "2" else "1"


def takes_large_messages(attributes: Mapping[str, str]) -> bool:
    """Whether a message of the topic may be above 256 KiB."""
    return maximum_message_size(attributes) > MAX_MESSAGE_BYTES


def effective_delivery_policy_text(attributes: Mapping[str, str]) -> str:
    """EffectiveDeliveryPolicy: the topic's own over AWS's defaults."""
    return orjson.dumps(topic_delivery_policy(attributes.get("DeliveryPolicy")).topic_document()).decode("utf-8")
