"""What waits in a queue, page by page, for the console: `/_aws/sqs/backlog`. Nothing is received by looking.

* `GET ?QueueUrl=URL`: `{"counts": {"ready", "inFlight", "delayed"}, "oldestSentAt", "messages": [...], "next"}`, the
  messages in the order that they were sent. `After` is the `next` of the page before; `Most` how many (50, at most
  1,000); `BodyLength` how many characters of each body (1,000, at most 2,000,000: `bodyLength` is its own);
  `Key` is that of the one message to show; `State` (`ready`, `inFlight`, `delayed`) and `Text` (part of a body, an id
  or a group) leave out others: then a page ends after 5,000 messages that were looked at, and may have none. Times are
  epoch seconds
* `DELETE ?QueueUrl=URL&Key=KEY`: the message with this `key` is deleted, whoever has received it. 404 where there is
  none

Errors are the service's own, as JSON: `{"code", "message"}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import orjson

from awskit.bounds.integers import is_natural
from awskit.control.routes import json_response, taking
from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.application import ControlRoute
from awskit.sigv4.caller import caller_of
from awskit.wire.http import HttpRequest, HttpResponse
from services.sqs.errors import missing_parameter, queue_does_not_exist
from services.sqs.messages.backlog_refresh import refresh_backlog
from services.sqs.messages.message_groups import sequence_number, settle_group
from services.sqs.queues.queue import Queue
from services.sqs.queues.queue_urls import read_queue_url
from services.sqs.runtime import SqsRuntime
from services.sqs.store import message_counts, messages
from services.sqs.store.messages import Message
from services.sqs.store.tables import DELAYED, IN_FLIGHT, READY

PATH = "/_aws/sqs/backlog"
_PARAMETERS = ("QueueUrl", "After", "Most", "BodyLength", "Key", "State", "Text")
_STATES = {"ready": READY, "inFlight": IN_FLIGHT, "delayed": DELAYED}
_STATE_NAMES = {number: name for name, number in _STATES.items()}
_PIECE = 250
_MOST_KEY = 2**63 - 1
_MOST_LOOKED_AT = 5000


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a page is to show."""

    after: tuple[float, int]
    most: int
    body_length: int
    state: int | None
    text: str

    @property
    def selects(self) -> bool:
        return self.state is not None or bool(self.text)

    def takes(self, message: Message) -> bool:
        """Whether the message, with its body, is to be shown."""
        if self.state is not None and message.state != self.state:
            return False
        texts = (message.body or "", message.message_id, message.group_id or "")
        return not self.text or any(self.text in text.lower() for text in texts)


def routes(runtime: SqsRuntime) -> Mapping[str, ControlRoute]:
    """The control routes, by path."""

    async def answer(request: HttpRequest) -> HttpResponse:
        given = dict(request.query)
        try:
            if request.method == "DELETE":
                return await _delete(runtime, request, given)
            return json_response(await _page(runtime, request, given))
        except AwsError as error:
            return json_response({"code": error.code, "message": error.message}, error.status)

    return {PATH: taking(answer, *_PARAMETERS)}


async def _page(runtime: SqsRuntime, request: HttpRequest, given: Mapping[str, str]) -> dict[str, Any]:
    wanted = _wanted(given)
    now = runtime.clock.now()
    queue = await runtime.database.write(lambda transaction: _queue(runtime, transaction, request, given))

    def head(transaction: Transaction) -> tuple[message_counts.Counts, float | None]:
        backlog_id = queue.backlog_id
        return message_counts.count(transaction, backlog_id, now), messages.oldest(transaction, backlog_id)

    counts, oldest = await runtime.database.read(head)
    if "Key" in given:
        found, following = await _one(runtime, queue, _integer(given, "Key", 0, _MOST_KEY)), None
    else:
        found, following = await _messages(runtime, queue, wanted, now - queue.message_retention_period)
    return {
        "counts": {"ready": counts.ready, "inFlight": counts.in_flight, "delayed": counts.delayed},
        "oldestSentAt": oldest,
        "messages": [_described(queue, message, wanted.body_length) for message in found],
        "next": following,
    }


async def _one(runtime: SqsRuntime, queue: Queue, key: int) -> list[Message]:
    """The message with this key, if there is one, with its body."""

    def work(transaction: Transaction) -> list[Message]:
        message = messages.find(transaction, queue.backlog_id, key)
        return [message._replace(body=messages.body_of(transaction, message))] if message is not None else []

    return await runtime.database.write(work)


async def _messages(
    runtime: SqsRuntime, queue: Queue, wanted: _Wanted, cutoff: float
) -> tuple[list[Message], str | None]:
    """The page's messages, with their bodies, and where the next page begins."""
    found: list[Message] = []
    after, looked_at = wanted.after, 0
    piece = _PIECE if wanted.selects else min(_PIECE, wanted.most)
    while True:

        def work(transaction: Transaction, after: tuple[float, int] = after) -> list[Message]:
            page = messages.page(transaction, queue.backlog_id, cutoff=cutoff, after=after, most=piece)
            return [message._replace(body=messages.body_of(transaction, message)) for message in page]

        page = await runtime.database.read(work)
        for message in page:
            looked_at += 1
            after = (message.sent_at, message.id)
            if wanted.takes(message):
                found.append(message)
                if len(found) == wanted.most:
                    return found, _token(after)
        if len(page) < piece:
            return found, None
        if looked_at >= _MOST_LOOKED_AT:
            return found, _token(after)


async def _delete(runtime: SqsRuntime, request: HttpRequest, given: Mapping[str, str]) -> HttpResponse:
    key = _integer(given, "Key", 0, _MOST_KEY)

    def work(transaction: Transaction) -> bool:
        queue = _queue(runtime, transaction, request, given)
        message = messages.find(transaction, queue.backlog_id, key)
        if message is None:
            return False
        messages.delete(transaction, queue.backlog_id, [key])
        if queue.fifo and message.group_id is not None:
            settle_group(transaction, runtime.local, queue, message.group_id, runtime.clock.now())
        return True

    if await runtime.database.write(work):
        return HttpResponse(204, [])
    return json_response({"code": "NoSuchMessage", "message": "There is no message with this key any more."}, 404)


def _queue(runtime: SqsRuntime, transaction: Transaction, request: HttpRequest, given: Mapping[str, str]) -> Queue:
    """The queue that `QueueUrl` names, its backlog brought up to now."""
    caller = caller_of(request)
    url = given.get("QueueUrl")
    if not url:
        raise missing_parameter("QueueUrl")
    queue = runtime.local.catalog.find(transaction, read_queue_url(url, caller.account_id, caller.region))
    if queue is None:
        raise queue_does_not_exist()
    runtime.local.catalog.lock_for_messages(transaction, queue)
    refresh_backlog(transaction, runtime.local, queue, runtime.clock.now())
    return queue


def _described(queue: Queue, message: Message, body_length: int) -> dict[str, Any]:
    body = cast("str", message.body)
    waits = message.state != READY
    return {
        "key": message.id,
        "messageId": message.message_id,
        "state": _STATE_NAMES[message.state],
        "body": body[:body_length],
        "bodyLength": len(body),
        "attributes": orjson.loads(message.attributes) if message.attributes is not None else {},
        "sentAt": message.sent_at,
        "visibleAt": message.visible_at if waits else None,
        "firstReceivedAt": message.first_received_at,
        "receiveCount": message.receive_count,
        "senderId": message.sender_id,
        "groupId": message.group_id,
        "deduplicationId": message.deduplication_id,
        "sequenceNumber": sequence_number(message.id) if queue.fifo else None,
        "traceHeader": message.trace_header,
        "deadLetterSourceArn": message.source_arn,
    }


def _wanted(given: Mapping[str, str]) -> _Wanted:
    state = given.get("State") or None
    if state is not None and state not in _STATES:
        raise AwsError("InvalidParameterValue", f"State is one of {', '.join(_STATES)}", 400)
    return _Wanted(
        after=_after(given.get("After", "")),
        most=_integer(given, "Most", 1, 1000, 50),
        body_length=_integer(given, "BodyLength", 0, 2_000_000, 1000),
        state=_STATES[state] if state is not None else None,
        text=given.get("Text", "").lower(),
    )


def _token(after: tuple[float, int]) -> str:
    return f"{after[0]!r},{after[1]}"


def _after(token: str) -> tuple[float, int]:
    if not token:
        return (0.0, 0)
    sent_at, _, key = token.partition(",")
    try:
        return float(sent_at), int(key)
    except ValueError:
        raise AwsError("InvalidParameterValue", "After is the next of an earlier page", 400) from None


def _integer(given: Mapping[str, str], name: str, least: int, most: int, otherwise: int | None = None) -> int:
    said = given.get(name)
    if said is None and otherwise is not None:
        return otherwise
    if not is_natural(said or "", least, most):
        raise AwsError("InvalidParameterValue", f"{name} is a number from {least} to {most}", 400)
    return int(said or "")
