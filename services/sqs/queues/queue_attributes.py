"""Queue attributes: their bounds, their defaults, and how they go together.

In: the attributes of CreateQueue and SetQueueAttributes. Out: the same, as they are kept and given back.
Raises `InvalidAttributeName`, `InvalidAttributeValue` and `InvalidParameterValue` as AWS does.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from awskit.bounds.integers import parse_integer
from awskit.bounds.json_documents import load_document
from services.sqs.arns import QueueAddress
from services.sqs.errors import (
    invalid_attribute_name,
    invalid_attribute_value,
    invalid_parameter,
    queue_type_is_fixed,
)
from services.sqs.queues.permissions import MAXIMUM_POLICY_BYTES
from services.sqs.queues.queue import (
    DEFAULT_DELAY_SECONDS,
    DEFAULT_MAXIMUM_MESSAGE_SIZE,
    DEFAULT_MESSAGE_RETENTION_PERIOD,
    DEFAULT_RECEIVE_MESSAGE_WAIT_TIME_SECONDS,
    DEFAULT_VISIBILITY_TIMEOUT,
    Queue,
)
from services.sqs.queues.redrive_policies import parse_redrive_allow_policy, parse_redrive_policy

COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
_BOUNDS: Mapping[str, tuple[int, int]] = {
    "DelaySeconds": (0, 900),
    "MaximumMessageSize": (1024, 1_048_576),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "VisibilityTimeout": (0, 43_200),
    "KmsDataKeyReusePeriodSeconds": (60, 86_400),
}
_BOOLEANS = frozenset({"FifoQueue", "ContentBasedDeduplication", "SqsManagedSseEnabled"})
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "DeduplicationScope": ("queue", "messageGroup"),
    "FifoThroughputLimit": ("perQueue", "perMessageGroupId"),
}
_FIFO_ONLY = frozenset({"FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"})
# "" takes these away; they then come back as if they had never been set.
_REMOVABLE = frozenset({"Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId"})
_READ_ONLY = frozenset({"QueueArn", "CreatedTimestamp", "LastModifiedTimestamp", *COUNTS})
_SETTABLE = frozenset({*_BOUNDS, *_BOOLEANS, *_CHOICES, *_REMOVABLE})
ALL_NAMES = frozenset({"All", *_SETTABLE, *_READ_ONLY})


def is_fifo(attributes: Mapping[str, str]) -> bool:
    """Whether the attributes of a new queue ask for a FIFO queue."""
    return attributes.get("FifoQueue", "").lower() == "true"


def new_attributes(given: Mapping[str, str]) -> dict[str, str]:
    """The attributes of a queue that is created with `given`."""
    fifo = is_fifo(given)
    if not fifo and "FifoQueue" in given:
        raise invalid_attribute_name("FifoQueue")
    attributes = _checked(given, fifo=fifo)
    kept = {name: value for name, value in attributes.items() if value != ""}
    _check_together(kept)
    return kept


def changed_attributes(queue: Queue, given: Mapping[str, str]) -> dict[str, str]:
    """All set attributes of `queue` once `given` are set."""
    if "FifoQueue" in given and (not queue.fifo or not is_fifo(given)):
        raise queue_type_is_fixed() if queue.fifo else invalid_attribute_name("FifoQueue")
    changed = dict(queue.attributes)
    for name, value in _checked(given, fifo=queue.fifo).items():
        if value == "":
            changed.pop(name, None)
        else:
            changed[name] = value
    if given.get("KmsMasterKeyId") and "SqsManagedSseEnabled" not in given:
        changed.pop("SqsManagedSseEnabled", None)
    if given.get("SqsManagedSseEnabled") == "true" and "KmsMasterKeyId" not in given:
        changed.pop("KmsMasterKeyId", None)
    _check_together(changed)
    return changed


def _checked(given: Mapping[str, str], *, fifo: bool) -> dict[str, str]:
    checked: dict[str, str] = {}
    for name, value in given.items():
        if name not in _SETTABLE:
            raise invalid_attribute_name(name)
        if name in _FIFO_ONLY and not fifo:
            if name in _CHOICES:
                raise invalid_parameter(f"You can specify the {name} only when FifoQueue is set to true.")
            raise invalid_attribute_name(name)
        checked[name] = _checked_value(name, value)
    return checked


def _checked_value(name: str, value: str) -> str:
    if "\0" in value:
        raise invalid_attribute_value(name)
    if value == "" and name in _REMOVABLE:
        return value
    if name in _BOUNDS:
        return _checked_number(name, value)
    if name in _BOOLEANS:
        lowered = value.lower()
        if lowered not in ("true", "false"):
            raise invalid_attribute_value(name)
        return lowered
    if name in _CHOICES:
        if value not in _CHOICES[name]:
            raise invalid_attribute_value(name)
        return value
    if name == "RedrivePolicy":
        return parse_redrive_policy(value).text
    if name == "RedriveAllowPolicy":
        return parse_redrive_allow_policy(value).text
    if name == "Policy":
        _check_policy(value)
    return value


def _checked_number(name: str, value: str) -> str:
    try:
        number = parse_integer(value)
    except ValueError:
        raise invalid_attribute_value(name) from None
    low, high = _BOUNDS[name]
    if not low <= number <= high:
        raise invalid_attribute_value(name)
    return str(number)


def _check_policy(text: str) -> None:
    if len(text.encode()) > MAXIMUM_POLICY_BYTES:
        raise invalid_attribute_value("Policy")
    try:
        policy = load_document(text)
    except ValueError:
        raise invalid_attribute_value("Policy") from None
    statements = policy.get("Statement", []) if isinstance(policy, dict) else None
    if isinstance(statements, dict):
        return
    if not isinstance(statements, list) or not all(isinstance(statement, dict) for statement in statements):
        raise invalid_attribute_value("Policy")


def _check_together(attributes: Mapping[str, str]) -> None:
    if (
        attributes.get("FifoThroughputLimit") == "perMessageGroupId"
        and attributes.get("DeduplicationScope") != "messageGroup"
    ):
        raise invalid_parameter(
            "The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup"
        )
    if attributes.get("SqsManagedSseEnabled") == "true" and attributes.get("KmsMasterKeyId"):
        raise invalid_parameter(
            "You can use one type of server-side encryption (SSE) at one time. "
            "You can either enable KMS SSE or SQS SSE."
        )


def first_difference(queue: Queue, given: Mapping[str, str]) -> str | None:
    """The first of `given` (checked) whose value is not the one `queue` has, as CreateQueue compares them."""
    shown = shown_attributes(queue)
    return next((name for name, value in given.items() if not _same(shown.get(name, ""), value)), None)


def _same(one: str, other: str) -> bool:
    return one == other or (one[:1] == "{" and _parsed(one) == _parsed(other))


def _parsed(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def shown_attributes(queue: Queue) -> dict[str, str]:
    """Every attribute that `All` gives back, except the counts."""
    kms = bool(queue.attributes.get("KmsMasterKeyId"))
    shown = {
        "QueueArn": queue.address.arn,
        "CreatedTimestamp": str(int(queue.created_at)),
        "LastModifiedTimestamp": str(int(queue.modified_at)),
        "VisibilityTimeout": str(DEFAULT_VISIBILITY_TIMEOUT),
        "MaximumMessageSize": str(DEFAULT_MAXIMUM_MESSAGE_SIZE),
        "MessageRetentionPeriod": str(DEFAULT_MESSAGE_RETENTION_PERIOD),
        "DelaySeconds": str(DEFAULT_DELAY_SECONDS),
        "ReceiveMessageWaitTimeSeconds": str(DEFAULT_RECEIVE_MESSAGE_WAIT_TIME_SECONDS),
        "SqsManagedSseEnabled": "false" if kms else "true",
    }
    if kms:
        shown["KmsDataKeyReusePeriodSeconds"] = "300"
    if queue.fifo:
        shown |= {
            "FifoQueue": "true",
            "ContentBasedDeduplication": "false",
            "DeduplicationScope": "queue",
            "FifoThroughputLimit": "perQueue",
        }
    shown.update(queue.attributes)
    return shown


def dead_letter_target(attributes: Mapping[str, str]) -> QueueAddress | None:
    """The queue that `attributes` name for failed messages."""
    text = attributes.get("RedrivePolicy")
    return parse_redrive_policy(text).dead_letter_queue if text else None
