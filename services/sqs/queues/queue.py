"""A queue as the rest of the service sees it: what its row says, with its attributes read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from awskit.resources.kms_keys import read_key_name
from services.sqs.arns import QueueAddress
from services.sqs.queues.redrive_policies import (
    RedriveAllowPolicy,
    RedrivePolicy,
    parse_redrive_allow_policy,
    parse_redrive_policy,
)
from services.sqs.store.queues import QueueRow

DEFAULT_DELAY_SECONDS = 0
DEFAULT_MAXIMUM_MESSAGE_SIZE = 1_048_576
DEFAULT_MESSAGE_RETENTION_PERIOD = 345_600
DEFAULT_RECEIVE_MESSAGE_WAIT_TIME_SECONDS = 0
DEFAULT_VISIBILITY_TIMEOUT = 30
_PROPAGATION_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Queue:
    """`attributes` are those that were set, as given; `backlog_id` names its messages, and changes when it is purged.

    `fair` tells that a standard queue has been sent messages with a `MessageGroupId`; `unknown_key` is a
    `KmsMasterKeyId` that cannot be a key's name. Times are in seconds since the epoch.
    """

    id: int
    backlog_id: int
    address: QueueAddress
    fifo: bool
    fair: bool
    attributes: Mapping[str, str]
    tags: Mapping[str, str]
    created_at: float
    modified_at: float
    purged_at: float | None
    earlier_deduplication_scope: str | None
    deduplication_scope_changed_at: float | None
    delay_seconds: int = field(init=False)
    maximum_message_size: int = field(init=False)
    message_retention_period: int = field(init=False)
    receive_message_wait_time_seconds: int = field(init=False)
    visibility_timeout: int = field(init=False)
    redrive_policy: RedrivePolicy | None = field(init=False)
    unknown_key: str | None = field(init=False)

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "delay_seconds", self._number("DelaySeconds", DEFAULT_DELAY_SECONDS))
        put(self, "maximum_message_size", self._number("MaximumMessageSize", DEFAULT_MAXIMUM_MESSAGE_SIZE))
        put(
            self,
            "message_retention_period",
            self._number("MessageRetentionPeriod", DEFAULT_MESSAGE_RETENTION_PERIOD),
        )
        put(
            self,
            "receive_message_wait_time_seconds",
            self._number("ReceiveMessageWaitTimeSeconds", DEFAULT_RECEIVE_MESSAGE_WAIT_TIME_SECONDS),
        )
        put(self, "visibility_timeout", self._number("VisibilityTimeout", DEFAULT_VISIBILITY_TIMEOUT))
        policy = self.attributes.get("RedrivePolicy")
        put(self, "redrive_policy", parse_redrive_policy(policy) if policy else None)
        key = self.attributes.get("KmsMasterKeyId")
        is_unknown = key and read_key_name(key, self.address.account_id, self.address.region) is None
        put(self, "unknown_key", key if is_unknown else None)

    def _number(self, name: str, default: int) -> int:
        value = self.attributes.get(name)
        return int(value) if value else default

    @property
    def content_based_deduplication(self) -> bool:
        return self.attributes.get("ContentBasedDeduplication") == "true"

    @property
    def set_deduplication_scope(self) -> str:
        """The scope that was set last: `queue` or `messageGroup`."""
        return self.attributes.get("DeduplicationScope", "queue")

    def deduplication_scope(self, now: float) -> str:
        """The scope in force: for 60 seconds after a change it is the one before.

        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
        """
        changed_at = self.deduplication_scope_changed_at
        if changed_at is not None and now < changed_at + _PROPAGATION_SECONDS:
            assert self.earlier_deduplication_scope is not None
            return self.earlier_deduplication_scope
        return self.set_deduplication_scope

    @property
    def redrive_allow_policy(self) -> RedriveAllowPolicy | None:
        text = self.attributes.get("RedriveAllowPolicy")
        return parse_redrive_allow_policy(text) if text else None


def queue_of_row(row: QueueRow) -> Queue:
    """The queue that a row of the store describes."""
    return Queue(*row)
