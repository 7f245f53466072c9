"""Dead-letter policies: where a queue's failed messages go, and from which queues a dead-letter queue takes them.

In: the JSON texts of the attributes `RedrivePolicy` and `RedriveAllowPolicy`. Out: what they say, and their text as AWS
gives it back. Raises `InvalidParameterValue`.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from awskit.bounds.integers import parse_integer
from awskit.bounds.json_documents import load_document
from services.sqs.arns import QueueAddress, parse_queue_arn
from services.sqs.errors import invalid_value

_MAXIMUM_RECEIVE_COUNT = 1000
_MAXIMUM_SOURCE_QUEUES = 10
_CANNOT = "Amazon SQS can't create the redrive allow policy."


@dataclass(frozen=True, slots=True)
class RedrivePolicy:
    """`dead_letter_queue` takes a message that was received `max_receive_count` times and comes up once more."""

    dead_letter_queue: QueueAddress
    max_receive_count: int
    text: str


@dataclass(frozen=True, slots=True)
class RedriveAllowPolicy:
    """`source_queue_arns` counts only where `permission` is `byQueue`."""

    permission: str
    source_queue_arns: tuple[str, ...]
    text: str

    def allows(self, source: QueueAddress) -> bool:
        """Whether the queue `source` may have this one as its dead-letter queue."""
        if self.permission == "byQueue":
            return source.arn in self.source_queue_arns
        return self.permission == "allowAll"


def parse_redrive_policy(text: str) -> RedrivePolicy:
    """The count may be given as a number or in quotes; members that AWS does not know are dropped."""

    def refused(reason: str) -> Exception:
        return invalid_value(text, "RedrivePolicy", reason)

    policy = _load(text, "RedrivePolicy", "Redrive policy is not a valid JSON map.")
    target = policy.get("deadLetterTargetArn")
    if target is None:
        raise refused("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.")
    if "maxReceiveCount" not in policy:
        raise refused("Redrive policy does not contain mandatory attribute: maxReceiveCount.")
    address = parse_queue_arn(target) if isinstance(target, str) else None
    if address is None:
        raise refused("Invalid value for deadLetterTargetArn.")
    count = _integer(policy["maxReceiveCount"])
    if count is None or not 1 <= count <= _MAXIMUM_RECEIVE_COUNT:
        raise refused(
            f"Invalid value for maxReceiveCount: {policy['maxReceiveCount']}, "
            "valid values are from 1 to 1000 both inclusive."
        )
    return RedrivePolicy(address, count, _dump({"deadLetterTargetArn": target, "maxReceiveCount": count}))


def parse_redrive_allow_policy(text: str) -> RedriveAllowPolicy:
    """Checked, in the form in which it is given back. Raises SQS's error for an attribute's value."""

    def refused(reason: str) -> Exception:
        return invalid_value(text, "RedriveAllowPolicy", reason)

    policy = _load(
        text, "RedriveAllowPolicy", "Amazon SQS can't create the redrive allow policy, as it is not a valid JSON map."
    )
    permission = policy.get("redrivePermission")
    if permission not in ("allowAll", "denyAll", "byQueue"):
        raise refused(f"{_CANNOT} Valid values for redrivePermission are allowAll, denyAll and byQueue.")
    arns = policy.get("sourceQueueArns")
    if permission != "byQueue":
        if arns is not None:
            raise refused(f"{_CANNOT} Specify the sourceQueueArns parameter only when redrivePermission is byQueue.")
        return RedriveAllowPolicy(permission, (), _dump({"redrivePermission": permission}))
    if not isinstance(arns, list) or not arns or not all(isinstance(arn, str) for arn in arns):
        raise refused(
            f"{_CANNOT} When you specify the byQueue permission type, you must also specify one or more "
            "sourceQueueArns values."
        )
    if len(arns) > _MAXIMUM_SOURCE_QUEUES:
        raise refused(
            f"{_CANNOT} When you specify the byQueue permission type, you can specify up to 10 sourceQueueArns values."
        )
    if any(parse_queue_arn(arn) is None for arn in arns):
        raise refused(f"{_CANNOT} The sourceQueueArns parameter holds an invalid ARN.")
    text = _dump({"redrivePermission": permission, "sourceQueueArns": arns})
    return RedriveAllowPolicy(permission, tuple(arns), text)


def _load(text: str, name: str, reason: str) -> Mapping[str, Any]:
    try:
        policy = load_document(text)
    except ValueError:
        policy = None
    if not isinstance(policy, dict):
        raise invalid_value(text, name, reason)
    return policy


def _dump(policy: Mapping[str, Any]) -> str:
    return orjson.dumps(policy).decode()


def _integer(value: Any) -> int | None:
    if isinstance(value, str):
        try:
            return parse_integer(value)
        except ValueError:
            return None
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
