"""Looking into a queue without receiving: `/_aws/sqs/messages`, as LocalStack offers it.

`GET /_aws/sqs/messages?QueueUrl=URL` or `/_aws/sqs/messages/REGION/ACCOUNT/NAME`, with `ShowInvisible=true` and
`ShowDelayed=true` to see messages that cannot be received now; the attributes `IsVisible` and `IsDelayed` tell which
they are. The answer is ReceiveMessage's: XML, JSON where the
client accepts `application/json`, and the JSON protocol's where an SDK makes the call with this as its endpoint.
https://docs.localstack.cloud/aws/services/sqs/
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.application import ControlRoute
from awskit.sigv4.caller import caller_of
from awskit.wire.http import HttpRequest, HttpResponse
from services.sqs.control.xml_as_json import xml_as_json
from services.sqs.errors import missing_parameter, queue_does_not_exist
from services.sqs.messages.backlog_refresh import refresh_backlog
from services.sqs.protocols import SqsProtocols
from services.sqs.queues.queue import Queue
from services.sqs.queues.queue_urls import read_queue_url
from services.sqs.receiving.received_messages import EVERY_SYSTEM_ATTRIBUTE, describe
from services.sqs.runtime import SqsRuntime
from services.sqs.store import messages
from services.sqs.store.messages import Message
from services.sqs.store.tables import DELAYED, IN_FLIGHT

PATH = "/_aws/sqs/messages"
_RECEIPT_HANDLE = "SQS/BACKDOOR/ACCESS"
_PIECE = 1000


def routes(runtime: SqsRuntime, protocols: SqsProtocols) -> Mapping[str, ControlRoute]:
    """The control routes, by path."""

    async def answer(request: HttpRequest) -> HttpResponse:
        request_id = str(uuid.uuid4())
        protocol = protocols.of(request)
        in_json = protocol is protocols.query_as_json
        if in_json:
            protocol = protocols.query
        try:
            found = await _peek(runtime, request)
        except AwsError as error:
            response = protocol.serialize_error(error, request, protocols.receive, request_id)
        else:
            response = protocol.serialize(protocols.receive, {"Messages": found} if found else {}, request_id)
        return xml_as_json(response) if in_json else response

    return {PATH: answer, f"{PATH}/": answer}


async def _peek(runtime: SqsRuntime, request: HttpRequest) -> list[dict[str, Any]]:
    given = _parameters(request)
    invisible, delayed = (_is_true(given.get(name)) for name in ("ShowInvisible", "ShowDelayed"))
    queue = await runtime.database.write(lambda transaction: _refreshed_queue(runtime, transaction, request, given))
    cutoff = runtime.clock.now() - queue.message_retention_period
    found: list[dict[str, Any]] = []
    after = (0.0, 0)
    while True:

        def work(transaction: Transaction, after: tuple[float, int] = after) -> list[Message]:
            page = messages.page(transaction, queue.backlog_id, cutoff=cutoff, after=after, most=_PIECE)
            return [message._replace(body=messages.body_of(transaction, message)) for message in page]

        page = await runtime.database.read(work)
        for message in page:
            if (message.state != IN_FLIGHT or invisible) and (message.state != DELAYED or delayed):
                found.append(_described(queue, message))
        if len(page) < _PIECE:
            return found
        after = (page[-1].sent_at, page[-1].id)


def _described(queue: Queue, message: Message) -> dict[str, Any]:
    described = describe(queue, message, EVERY_SYSTEM_ATTRIBUTE, ("All",), _RECEIPT_HANDLE)
    described["Attributes"] = {
        "ApproximateFirstReceiveTimestamp": "0",
        **described["Attributes"],
        "IsVisible": "false" if message.state == IN_FLIGHT else "true",
        "IsDelayed": "true" if message.state == DELAYED else "false",
    }
    return described


def _refreshed_queue(
    runtime: SqsRuntime, transaction: Transaction, request: HttpRequest, given: Mapping[str, Any]
) -> Queue:
    caller = caller_of(request)
    rest = request.path.removeprefix(PATH).strip("/")
    url = f"/queue/{rest}" if rest else given.get("QueueUrl")
    if not isinstance(url, str) or not url:
        raise missing_parameter("QueueUrl")
    address = read_queue_url(url, caller.account_id, caller.region)
    queue = runtime.local.catalog.find(transaction, address)
    if queue is None and not rest:
        queue = runtime.local.catalog.find_in_any_region(transaction, address.account_id, address.name)
    if queue is None:
        raise queue_does_not_exist()
    runtime.local.catalog.lock_for_messages(transaction, queue)
    refresh_backlog(transaction, runtime.local, queue, runtime.clock.now())
    return queue


def _parameters(request: HttpRequest) -> dict[str, Any]:
    """The parameters in the URL, and in a body that is a form or JSON."""
    given: dict[str, Any] = dict(request.query)
    if request.body[:1] == b"{":
        try:
            given |= orjson.loads(request.body)
        except orjson.JSONDecodeError:
            raise AwsError("SerializationException") from None
    else:
        given |= dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    return given


def _is_true(value: Any) -> bool:
    return value is True or str(value).lower() in ("true", "1")
