"""ReceiveMessage's work in one transaction: what is there now, taken in flight.

Before a message is received its time may have come to be visible again, to be too old, or to be a dead letter; all
three are settled here, by whoever receives next.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
"""

from __future__ import annotations

from dataclasses import dataclass

from awskit.database import Transaction
from services.sqs.errors import over_limit
from services.sqs.local_state.local_state import LocalState
from services.sqs.messages import message_groups
from services.sqs.messages.backlog_refresh import refresh_backlog
from services.sqs.queues.queue import Queue
from services.sqs.receiving.receipt_handles import new_receipt
from services.sqs.redrive.dead_letters import dead_letter_queue_of, has_failed, move_to_dead_letter_queue
from services.sqs.store import fifo, message_counts, messages
from services.sqs.store.messages import Message
from services.sqs.store.tables import IN_FLIGHT, READY

_ATTEMPT_SECONDS = 300


@dataclass(slots=True)
class Receive:
    """One receive: `most` messages, hidden for `visibility_timeout` seconds."""

    most: int
    visibility_timeout: int
    attempt_id: str | None = None


def receive(transaction: Transaction, local: LocalState, queue: Queue, wanted: Receive, now: float) -> list[Message]:
    """The messages received, bodies included. Raises `OverLimit` where a standard queue has too many in flight."""
    refreshed = queue.fifo or not local.backlogs.was_looked_at(queue.backlog_id, now)
    if refreshed:
        refresh_backlog(transaction, local, queue, now)
    most = _allowed(transaction, local, queue, wanted.most, now)
    if most <= 0:
        return []
    until = now + wanted.visibility_timeout
    if queue.fifo:
        received = _receive_again(transaction, queue, wanted, until, now) if wanted.attempt_id else []
        received = received or _receive_fifo(transaction, local, queue, most, until, now)
        if received and wanted.attempt_id:
            answer = [(message.id, message.receipt or 0, until) for message in received]
            fifo.remember_attempt(transaction, queue.id, wanted.attempt_id, answer, now + _ATTEMPT_SECONDS)
    else:
        received = _receive_standard(transaction, local, queue, most, until, now)
        if not received and not refreshed:
            refresh_backlog(transaction, local, queue, now)
            received = _receive_standard(transaction, local, queue, most, until, now)
    if not received:
        return received
    local.backlogs.taken_in_flight(queue.backlog_id, len(received))
    local.messages_wait(transaction, queue, until)
    return [
        message if message.body is not None else message._replace(body=messages.body_of(transaction, message))
        for message in received
    ]


def _allowed(transaction: Transaction, local: LocalState, queue: Queue, most: int, now: float) -> int:
    """How many of `most` messages may be taken in flight; a FIFO queue that is full just answers none."""
    if local.backlogs.has_allowance(queue.backlog_id, most):
        return most
    count = message_counts.count_in_flight(transaction, queue.backlog_id, now)
    left = local.backlogs.counted_in_flight(queue.backlog_id, count)
    if left <= 0 and not queue.fifo:
        raise over_limit(local.maximum_in_flight)
    return min(most, left)


def _receive_standard(
    transaction: Transaction, local: LocalState, queue: Queue, most: int, until: float, now: float
) -> list[Message]:
    dead_letter_queue = dead_letter_queue_of(transaction, local, queue)
    too_old = now - queue.message_retention_period
    receipt = new_receipt()
    if dead_letter_queue is None and not transaction.engine.in_process:
        backlog_id = queue.backlog_id
        return messages.take(transaction, backlog_id, most, cutoff=too_old, until=until, now=now, receipt=receipt)
    received: list[Message] = []
    while len(received) < most:
        wanted = most - len(received)
        taken = messages.receive(transaction, queue.backlog_id, wanted, until=until, now=now, receipt=receipt)
        for message in taken:
            earlier = message.receive_count - 1
            if message.sent_at <= too_old:
                messages.delete(transaction, queue.backlog_id, [message.id])
            elif dead_letter_queue is not None and has_failed(queue, earlier - message.earlier_receives):
                before = message._replace(receive_count=earlier)
                move_to_dead_letter_queue(transaction, local, queue, dead_letter_queue, before, now)
            else:
                received.append(message)
        if len(taken) < wanted:
            break
    return received


def _receive_fifo(
    transaction: Transaction, local: LocalState, queue: Queue, most: int, until: float, now: float
) -> list[Message]:
    dead_letter_queue = dead_letter_queue_of(transaction, local, queue)
    receipt = new_receipt()
    received: list[Message] = []
    # With a timeout of zero a group is available again at once, though not to this receive.
    seen: set[str] = set()
    while len(received) < most:
        wanted = most - len(received) + len(seen)
        available = fifo.available_groups(transaction, queue.backlog_id, wanted, now)
        available = [group_id for group_id in available if group_id not in seen]
        seen.update(available)
        for group_id in available:
            left = most - len(received)
            if not left:
                break
            ready = _first_of_group(transaction, local, queue, dead_letter_queue, group_id, left, now)
            if ready:
                keys = [message.id for message in ready]
                messages.receive_these(transaction, queue.backlog_id, keys, until=until, now=now, receipt=receipt)
                fifo.set_available(transaction, queue.backlog_id, group_id, until)
                received.extend(
                    messages.as_received(message, until=until, now=now, receipt=receipt) for message in ready
                )
        if not available:
            break
    return received


def _first_of_group(
    transaction: Transaction,
    local: LocalState,
    queue: Queue,
    dead_letter_queue: Queue | None,
    group_id: str,
    most: int,
    now: float,
) -> list[Message]:
    """The first messages of an available group that can be received; where there are none it is available no more."""
    too_old = now - queue.message_retention_period
    while True:
        first = fifo.first_of_group(transaction, queue.backlog_id, group_id, most)
        received: list[Message] = []
        gone = 0
        for message in first:
            if message.state != READY:
                break
            if message.sent_at <= too_old:
                messages.delete(transaction, queue.backlog_id, [message.id])
                gone += 1
            elif dead_letter_queue is not None and has_failed(queue, message.receive_count - message.earlier_receives):
                move_to_dead_letter_queue(transaction, local, queue, dead_letter_queue, message, now)
                gone += 1
            else:
                received.append(message)
        if received:
            return received
        if not gone:
            _shut(transaction, queue, group_id, first, now)
            return []


def _shut(transaction: Transaction, queue: Queue, group_id: str, first: list[Message], now: float) -> None:
    if not first:
        fifo.close_group(transaction, queue.backlog_id, group_id)
        return
    fifo.set_available(transaction, queue.backlog_id, group_id, first[0].visible_at)


def _receive_again(transaction: Transaction, queue: Queue, wanted: Receive, until: float, now: float) -> list[Message]:
    """What an earlier receive with the same attempt id was answered with, if all of it is still as it was then."""
    assert wanted.attempt_id is not None
    received: list[Message] = []
    for key, receipt, visible_at in fifo.find_attempt(transaction, queue.id, wanted.attempt_id, now):
        message = messages.find(transaction, queue.backlog_id, key)
        untouched = (
            message is not None
            and message.receipt == receipt
            and message.state == IN_FLIGHT
            and message.visible_at == visible_at
        )
        if message is None or not untouched:
            return []
        received.append(message)
    for message in received:
        messages.hide(transaction, message, until)
        assert message.group_id is not None
        fifo.set_available(transaction, queue.backlog_id, message.group_id, until)
    return [message._replace(visible_at=until) for message in received]


def give_back(transaction: Transaction, local: LocalState, queue: Queue, received: list[Message], now: float) -> None:
    """Undo a receive whose client has gone: the messages are ready again, as if it had not been."""
    local.catalog.lock_for_messages(transaction, queue)
    messages.unreceive(transaction, received, now)
    if queue.fifo:
        for group_id in dict.fromkeys(message.group_id for message in received):
            assert group_id is not None
            message_groups.settle_group(transaction, local, queue, group_id, now)
    local.messages_ready(transaction, queue, len(received), min(message.sent_at for message in received))
