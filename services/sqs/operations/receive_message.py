"""ReceiveMessage. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html"""

from __future__ import annotations

from typing import NamedTuple

from awskit.database import Transaction
from awskit.service.operation import Input, Output, async_operation
from awskit.wire.http import ClientDisconnected
from services.sqs.errors import NOT_FOR_THIS_QUEUE_TYPE, invalid_value
from services.sqs.local_state.backlog_bounds import BacklogBounds
from services.sqs.local_state.long_polls import ClientWatch, Reason, Wake
from services.sqs.messages.message_contents import check_attempt_id
from services.sqs.queues.queue import Queue
from services.sqs.receiving.in_flight import MAXIMUM_VISIBILITY_TIMEOUT
from services.sqs.receiving.received_messages import describe, wanted_system_attributes
from services.sqs.receiving.receiving import Receive, give_back, receive
from services.sqs.runtime import SqsContext, queue_for_messages
from services.sqs.store.messages import Message

_MAXIMUM_MESSAGES = 10
_MAXIMUM_WAIT_SECONDS = 20


class _Attempt(NamedTuple):
    """One look into the queue: what was received, and when to look again. `changes` is the long polls' number then."""

    queue: Queue
    received: list[Message]
    changes: int
    bounds: BacklogBounds


@async_operation("ReceiveMessage")
async def receive_message(context: SqsContext, input: Input) -> Output:
    _check(input)
    system_attributes = wanted_system_attributes(input)
    attempt = await _attempt(context, input, _MAXIMUM_MESSAGES)
    if not attempt.received:
        wait = input.get("WaitTimeSeconds", attempt.queue.receive_message_wait_time_seconds)
        if wait:
            attempt = await _wait(context, input, attempt, float(wait))
    if not attempt.received:
        return {}
    names = input.get("MessageAttributeNames", ())
    described = [describe(attempt.queue, message, system_attributes, names) for message in attempt.received]
    told = [f"{message['MessageId']} {message['ReceiptHandle']}" for message in described]
    context.request.messages = "\n".join(told)
    return {"Messages": described}


def _check(input: Input) -> None:
    most = input.get("MaxNumberOfMessages")
    if most is not None and not 1 <= most <= _MAXIMUM_MESSAGES:
        raise invalid_value(most, "MaxNumberOfMessages", "Must be between 1 and 10, if provided.")
    wait = input.get("WaitTimeSeconds")
    if wait is not None and not 0 <= wait <= _MAXIMUM_WAIT_SECONDS:
        raise invalid_value(wait, "WaitTimeSeconds", "Must be >= 0 and <= 20, if provided.")
    timeout = input.get("VisibilityTimeout")
    if timeout is not None and not 0 <= timeout <= MAXIMUM_VISIBILITY_TIMEOUT:
        raise invalid_value(timeout, "VisibilityTimeout", "Must be >= 0 and <= 43200, if provided.")


async def _attempt(context: SqsContext, input: Input, share: int) -> _Attempt:
    local = context.runtime.local

    def work(transaction: Transaction) -> _Attempt:
        queue = queue_for_messages(context, transaction, input["QueueUrl"])
        attempt_id = input.get("ReceiveRequestAttemptId")
        if attempt_id is not None:
            if not queue.fifo:
                raise invalid_value(attempt_id, "ReceiveRequestAttemptId", NOT_FOR_THIS_QUEUE_TYPE)
            check_attempt_id(attempt_id)
        wanted = Receive(
            min(input.get("MaxNumberOfMessages", 1), share),
            input.get("VisibilityTimeout", queue.visibility_timeout),
            attempt_id,
        )
        # Taken before looking: what comes in afterwards, though before the answer is read, changes it.
        changes = local.long_polls.changes(queue.id)
        received = receive(transaction, local, queue, wanted, context.runtime.clock.now())
        return _Attempt(queue, received, changes, local.backlogs.bounds(queue.backlog_id))

    return await context.runtime.database.write(work)


async def _wait(context: SqsContext, input: Input, attempt: _Attempt, seconds: float) -> _Attempt:
    """Wait until there is something to receive, for so many seconds at most, or until the client has gone."""
    runtime = context.runtime
    until = context.now + seconds
    long_polls = runtime.local.long_polls
    with ClientWatch(context.disconnected) as client:
        while True:
            queue = attempt.queue
            if long_polls.changes(queue.id) == attempt.changes:
                wake = await long_polls.wait(queue.id, until, attempt.bounds.due_at, client.gone)
            else:
                wake = Wake(Reason.LOOK_AGAIN)
            if client.gone.done():
                _hand_on(context, queue, wake)
                raise ClientDisconnected
            attempt = await _attempt(context, input, wake.share)
            if attempt.received:
                if client.gone.done():
                    await _give_back(context, attempt)
                    raise ClientDisconnected
                if wake.reason is not Reason.MESSAGES:
                    long_polls.more_are_due(queue.id)
                return attempt
            if wake.reason is Reason.OVER or runtime.clock.now() >= until:
                return attempt
            until = min(until, runtime.clock.now() + seconds)  # less, where the clock was moved back


def _hand_on(context: SqsContext, queue: Queue, wake: Wake) -> None:
    long_polls = context.runtime.local.long_polls
    if wake.reason is Reason.MESSAGES:
        long_polls.messages_came(queue.id, wake.share)
    elif wake.reason is Reason.DUE:
        long_polls.more_are_due(queue.id)


async def _give_back(context: SqsContext, attempt: _Attempt) -> None:
    def work(transaction: Transaction) -> None:
        now = context.runtime.clock.now()
        give_back(transaction, context.runtime.local, attempt.queue, attempt.received, now)

    await context.runtime.database.write(work)
