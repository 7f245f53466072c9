"""Deleting received messages and changing how long they stay hidden, by their receipt handles.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html,
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
"""

from __future__ import annotations

from awskit.database import Transaction
from services.sqs.errors import invalid_value, message_does_not_exist, receipt_handle_expired
from services.sqs.local_state.local_state import LocalState
from services.sqs.queues.queue import Queue
from services.sqs.receiving.receipt_handles import read_receipt_handle
from services.sqs.store import messages
from services.sqs.store.messages import Message
from services.sqs.store.tables import IN_FLIGHT

MAXIMUM_VISIBILITY_TIMEOUT = 43_200


def check_visibility_timeout(seconds: int) -> None:
    """Raises `InvalidParameterValue` beyond twelve hours."""
    if not 0 <= seconds <= MAXIMUM_VISIBILITY_TIMEOUT:
        raise invalid_value(seconds, "VisibilityTimeout", "Must be between 0 and 43200, if provided.")


def delete(transaction: Transaction, queue: Queue, receipt_handle: str, now: float) -> str | None:
    """Delete a message; the FIFO group that is to be settled then, if any.

    A message that is gone is no error. Of a standard queue's message the handle of an earlier receive does it too,
    though AWS's pages say otherwise; a FIFO queue's is good only while its message is in flight. Raises
    `ReceiptHandleIsInvalid`, `InvalidParameterValue`.
    """
    handle = read_receipt_handle(receipt_handle, queue.id)
    if not queue.fifo:
        messages.delete_received(transaction, queue.backlog_id, [handle.message_key])
        return None
    message = messages.find(transaction, queue.backlog_id, handle.message_key)
    if message is None:
        return None
    if message.receipt != handle.receipt or not _is_in_flight(message, now):
        raise receipt_handle_expired(receipt_handle)
    messages.delete(transaction, queue.backlog_id, [message.id])
    return message.group_id


def change_visibility(
    transaction: Transaction, local: LocalState, queue: Queue, receipt_handle: str, seconds: int, now: float
) -> str | None:
    """Hide an in-flight message for `seconds` from now; the FIFO group that is to be settled then, if any.

    Of a standard queue's message the handle of an earlier receive does it too, and one whose time is up is left as it
    is, which is no error; a FIFO queue's receipt handle has expired then. AWS documents `MessageNotInflight` for it and
    does not answer that. Raises `ReceiptHandleIsInvalid`, `InvalidParameterValue`.
    """
    check_visibility_timeout(seconds)
    handle = read_receipt_handle(receipt_handle, queue.id)
    message = messages.find(transaction, queue.backlog_id, handle.message_key)
    if message is None or message.receipt is None:
        raise message_does_not_exist(receipt_handle)
    if queue.fifo and message.receipt != handle.receipt:
        raise message_does_not_exist(receipt_handle)
    if not _is_in_flight(message, now):
        if queue.fifo:
            raise receipt_handle_expired(receipt_handle)
        return None
    assert message.received_at is not None
    if now + seconds > message.received_at + MAXIMUM_VISIBILITY_TIMEOUT:
        raise invalid_value(
            seconds,
            "VisibilityTimeout",
            f"Total VisibilityTimeout for the message is beyond the limit [{MAXIMUM_VISIBILITY_TIMEOUT} seconds].",
        )
    if seconds:
        messages.hide(transaction, message, now + seconds)
        local.messages_wait(transaction, queue, now + seconds)
    else:
        messages.show(transaction, message, now)
        if not queue.fifo:
            local.messages_ready(transaction, queue, 1, message.sent_at)
    return message.group_id if queue.fifo else None


def _is_in_flight(message: Message, now: float) -> bool:
    return message.state == IN_FLIGHT and message.visible_at > now
