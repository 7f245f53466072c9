"""Deliveries that are pending or failed, as `/_aws/sns/deliveries` shows them: their tries and answers.

In: the outbox's rows and the log of failed tries. Out: JSON objects.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awskit.database import Transaction
from services.sns.delivery.outbox_payloads import FAN_OUT_PREFIX, REPLAY_PREFIX, DeliveryMetadata, decode_payload
from services.sns.delivery.queue_multicast import MULTICAST_PREFIX, read_multicast
from services.sns.messages.message import timestamp_of
from services.sns.store import deliveries

STATUSES = ("pending", "failed")


def is_wanted(entry: Mapping[str, Any], query: Mapping[str, str]) -> bool:
    """Whether the entry is of the account, topic, subscription and status that the query names."""
    account_id = query.get("accountId")
    if account_id is not None and f":{account_id}:" not in entry["topicArn"]:
        return False
    return all(query.get(name) in (None, entry[name]) for name in ("topicArn", "subscriptionArn", "status"))


def unfinished_deliveries(transaction: Transaction) -> list[dict[str, Any]]:
    """Every pending and failed delivery, oldest first."""
    log = {entry.parcel_id: entry for entry in deliveries.logged(transaction)}
    shown: dict[tuple[int, int], dict[str, Any]] = {
        (number, 0): {
            "status": entry.status,
            "messageId": entry.message_id,
            "topicArn": entry.topic_arn,
            "subscriptionArn": entry.subscription_arn,
            "destination": entry.destination,
            "createdAt": timestamp_of(entry.created_at),
            "attempts": entry.attempts,
        }
        for number, entry in log.items()
    }
    for row in deliveries.pending(transaction):
        known = log.get(row.id)
        for place, (metadata, destination) in enumerate(_deliveries_of(row)):
            shown[row.id, place] = {
                "status": "pending",
                "messageId": metadata.message_id,
                "topicArn": metadata.topic_arn,
                "subscriptionArn": metadata.subscription_arn,
                "destination": destination,
                "createdAt": timestamp_of(row.created_at),
                "attempts": known.attempts if known is not None else _unlogged(row.attempts, row.last_error),
                "nextAttemptAt": timestamp_of(row.due_at),
            }
    return [shown[number] for number in sorted(shown)]


def _deliveries_of(row: Any) -> list[tuple[DeliveryMetadata, str]]:
    """What a row of the outbox is to deliver, and where to."""
    if row.destination.startswith((FAN_OUT_PREFIX, REPLAY_PREFIX)):
        return []
    if row.destination.startswith(MULTICAST_PREFIX):
        multicast = read_multicast(row.payload)
        return [(multicast.metadata(place), queue) for place, (queue, _) in enumerate(multicast.addressees)]
    metadata, _ = decode_payload(row.payload)
    return [(metadata, metadata.endpoint or row.destination)]


def _unlogged(attempts: int, last_error: str | None) -> list[dict[str, Any]]:
    """Tries that the outbox only counts, as it does while the SQS service is away; it keeps the last one's reason."""
    return [{"answer": last_error} for _ in range(attempts)]
