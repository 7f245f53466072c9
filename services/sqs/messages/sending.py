"""SendMessage's work, for one message or a batch of them.

`prepare` checks one message against its queue without touching the database; `send` writes it, and `send_all` several.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from awskit.database import Transaction
from services.sqs.errors import (
    NOT_FOR_THIS_QUEUE_TYPE,
    invalid_parameter,
    invalid_value,
    kms_not_found,
    missing_parameter,
    no_deduplication_id,
)
from services.sqs.local_state.local_state import LocalState
from services.sqs.messages.message_contents import (
    check_attributes,
    check_body,
    check_deduplication_id,
    check_group_id,
    check_size,
    check_system_attributes,
    content_deduplication_id,
    dump_attributes,
    md5_of_attributes,
    md5_of_body,
    new_message_id,
    size_of,
)
from services.sqs.messages.message_groups import sequence_number
from services.sqs.queues.queue import Queue
from services.sqs.store import fifo, messages, queues
from services.sqs.store.tables import DELAYED, READY

_MAXIMUM_DELAY_SECONDS = 900
_DEDUPLICATION_SECONDS = 300


def check_key(queue: Queue) -> None:
    """Raise `KmsNotFound` where messages cannot be encrypted as the queue wants it."""
    if queue.unknown_key is not None:
        raise kms_not_found(queue.unknown_key)


class Outgoing(NamedTuple):
    """A message that may be sent: its row for `messages.add`, and the answer to its sender."""

    row: dict[str, Any]
    answer: dict[str, Any]
    size: int


def prepare(queue: Queue, given: Mapping[str, Any], sender_id: str, now: float) -> Outgoing:
    """Check the members of SendMessage, or of one entry of SendMessageBatch. Raises as AWS does."""
    body = given["MessageBody"]
    check_body(body)
    attributes = given.get("MessageAttributes") or None
    if attributes is not None:
        check_attributes(attributes)
    size = size_of(body, attributes)
    check_size(size, queue.maximum_message_size)
    delay = _delay(queue, given.get("DelaySeconds"))
    digest = md5_of_body(body)
    message_id = new_message_id()
    answer = {"MessageId": message_id, "MD5OfMessageBody": digest}
    if attributes is not None:
        answer["MD5OfMessageAttributes"] = md5_of_attributes(attributes)
    system_attributes = given.get("MessageSystemAttributes")
    if system_attributes:
        check_system_attributes(system_attributes)
        answer["MD5OfMessageSystemAttributes"] = md5_of_attributes(system_attributes)
    group_id = _group_id(queue, given)
    deduplication_id = _deduplication_id(queue, given, body)
    row = {
        "backlog_id": queue.backlog_id,
        "state": DELAYED if delay else READY,
        "visible_at": now + delay,
        "sent_at": now,
        "message_id": message_id,
        "body": body,
        "body_md5": digest,
        "sender_id": sender_id,
    }
    if attributes is not None:
        row["attributes"] = dump_attributes(attributes)
    if system_attributes:
        row["trace_header"] = system_attributes["AWSTraceHeader"]["StringValue"]
    if group_id is not None:
        row["group_id"] = group_id
    if deduplication_id is not None:
        row["deduplication_id"] = deduplication_id
    return Outgoing(row, answer, size)


def _delay(queue: Queue, given: int | None) -> int:
    if given is None:
        return queue.delay_seconds
    if not 0 <= given <= _MAXIMUM_DELAY_SECONDS:
        raise invalid_value(given, "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.")
    if queue.fifo:
        if given:
            raise invalid_value(given, "DelaySeconds", NOT_FOR_THIS_QUEUE_TYPE)
        return queue.delay_seconds
    return given


def _group_id(queue: Queue, given: Mapping[str, Any]) -> str | None:
    group_id: str | None = given.get("MessageGroupId")
    if group_id is None:
        if queue.fifo:
            raise missing_parameter("MessageGroupId")
        return None
    check_group_id(group_id)
    return group_id


def _deduplication_id(queue: Queue, given: Mapping[str, Any], body: str) -> str | None:
    deduplication_id: str | None = given.get("MessageDeduplicationId")
    if deduplication_id is not None:
        if not queue.fifo:
            raise invalid_value(deduplication_id, "MessageDeduplicationId", NOT_FOR_THIS_QUEUE_TYPE)
        check_deduplication_id(deduplication_id)
        return deduplication_id
    if not queue.fifo:
        return None
    if not queue.content_based_deduplication:
        raise no_deduplication_id()
    return content_deduplication_id(body)


def check_fifo_entries(queue: Queue, entries: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a whole batch for a FIFO queue because of an entry without a group or a deduplication id."""
    for entry in entries:
        if "MessageGroupId" not in entry:
            raise invalid_parameter("The request must contain the parameter MessageGroupId.")
        if "MessageDeduplicationId" not in entry and not queue.content_based_deduplication:
            raise no_deduplication_id()


def carry_trace_header(outgoing: Outgoing, headers: Mapping[str, str]) -> None:
    """Let the message carry the request's `X-Amzn-Trace-Id`, unless it has an AWSTraceHeader of its own.

    https://docs.aws.amazon.com/xray/latest/devguide/xray-services-sqs.html
    """
    trace_header = headers.get("x-amzn-trace-id")
    if trace_header:
        outgoing.row.setdefault("trace_header", trace_header)


def send(transaction: Transaction, local: LocalState, queue: Queue, outgoing: Outgoing, now: float) -> dict[str, Any]:
    """Put the message into its queue; the answer to its sender."""
    if queue.fifo:
        _send_fifo(transaction, queue, outgoing, now)
    else:
        if queue.fair or "group_id" in outgoing.row:
            _take_turn(transaction, local, queue, outgoing.row)
        messages.add_all(transaction, [outgoing.row])
    _announce(transaction, local, queue, [outgoing])
    return outgoing.answer


def send_all(transaction: Transaction, local: LocalState, queue: Queue, batch: Sequence[Outgoing], now: float) -> None:
    """Put messages into their queue in their order; their answers are filled in."""
    if batch:
        send_to_each(transaction, local, [(queue, batch)], now)


def send_to_each(
    transaction: Transaction, local: LocalState, batches: Sequence[tuple[Queue, Sequence[Outgoing]]], now: float
) -> None:
    """Put messages, at least one for each queue, into their queues in their order; their answers are filled in."""
    rows: list[dict[str, Any]] = []
    for queue, batch in batches:
        if queue.fifo:
            for outgoing in batch:
                _send_fifo(transaction, queue, outgoing, now)
        elif queue.fair or any("group_id" in outgoing.row for outgoing in batch):
            for outgoing in batch:
                _take_turn(transaction, local, queue, outgoing.row)
                messages.add(transaction, outgoing.row)
        else:
            rows += [outgoing.row for outgoing in batch]
        _announce(transaction, local, queue, batch)
    if rows:
        messages.add_all(transaction, rows)


def _announce(transaction: Transaction, local: LocalState, queue: Queue, batch: Sequence[Outgoing]) -> None:
    sent_at = batch[0].row["sent_at"]
    delayed = [outgoing.row["visible_at"] for outgoing in batch if outgoing.row["state"] == DELAYED]
    if len(delayed) < len(batch):
        local.messages_ready(transaction, queue, len(batch) - len(delayed), sent_at)
    else:
        local.backlogs.bounds(queue.backlog_id).sent_at(sent_at)
    if delayed:
        local.messages_wait(transaction, queue, min(delayed))


def _send_fifo(transaction: Transaction, queue: Queue, outgoing: Outgoing, now: float) -> None:
    """Within five minutes of a message with the same deduplication id: answer as then, and send nothing."""
    row = outgoing.row
    scope = row["group_id"] if queue.deduplication_scope(now) == "messageGroup" else ""
    sent = fifo.find_sent(transaction, queue.id, scope, row["deduplication_id"], now)
    if sent is None:
        sent = fifo.Sent(row["message_id"], messages.add(transaction, row))
        expires_at = now + _DEDUPLICATION_SECONDS
        fifo.remember_sent(transaction, queue.id, scope, row["deduplication_id"], sent, expires_at)
        fifo.open_group(transaction, queue.backlog_id, row["group_id"], row["visible_at"])
    outgoing.answer["MessageId"] = sent.message_id
    outgoing.answer["SequenceNumber"] = sequence_number(sent.message_key)


def _take_turn(transaction: Transaction, local: LocalState, queue: Queue, row: dict[str, Any]) -> None:
    """A fair queue's order: whose group has much waiting or in flight goes behind those whose groups have little.

    Start-time fair queueing: a message's turn is one after its group's last, but not before the queue's present one. A
    message without a group is a group of its own.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
    """
    if not queue.fair:
        queues.mark_fair(transaction, queue.id)
        local.catalog.changed(transaction, queue.address)
    turn = messages.first_turn(transaction, queue.backlog_id)
    if "group_id" in row:
        last = messages.last_turn_of_group(transaction, queue.backlog_id, row["group_id"])
        if last is not None:
            turn = max(turn, last + 1)
    row["turn"] = turn
