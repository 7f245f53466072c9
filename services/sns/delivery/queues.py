"""Deliveries to queues: SendMessage and SendMessageBatch calls to the SQS service, as the queue's own account.

The service being away is no failure of the delivery: it is tried until it is there. What the service refuses (a queue
that does not exist, a message it does not take) is AWS's client-side error: not tried again, but dead-lettered.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from functools import lru_cache

import orjson

from awskit.http_client import HttpClient, Response
from awskit.http_client.messages import read_response
from awskit.outbox import Delivery, Outcome, Retry
from services.sns.arns import parse_arn
from services.sns.delivery.outcomes import Answer, Outcomes
from services.sns.parcels import unpack

MAX_BATCH_BYTES = 240_000
_TIMEOUT_SECONDS = 10.0
_BACK_OFF = (0.05, 0.1, 0.2, 0.4, 0.8, 1.0)
_THROTTLED = ("OverLimit", "RequestThrottled", "KmsThrottled")


class QueueDeliveries:
    """`deliver` for destinations that are queues' ARNs."""

    def __init__(self, http_client: HttpClient, sqs_url: str, outcomes: Outcomes) -> None:
        self._sqs = http_client.upstream(sqs_url)
        self._outcomes = outcomes

    async def deliver(self, queue_arn: str, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """An outcome for each, in order."""
        if sum(len(delivery.payload) for delivery in deliveries) <= MAX_BATCH_BYTES or len(deliveries) == 1:
            return await self._send(queue_arn, deliveries)
        outcomes: list[Outcome] = []
        down: Retry | None = None
        for group in _groups(deliveries):
            if down is None:
                found = await self._send(queue_arn, group)
                down = next((outcome for outcome in found if isinstance(outcome, Retry)), None)
                outcomes += found
            else:
                outcomes += [down] * len(group)
        return outcomes

    async def _send(self, queue_arn: str, deliveries: Sequence[Delivery]) -> list[Outcome]:
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                response = await self._ask(_request(queue_arn, deliveries, self._sqs.authority))
        except (OSError, TimeoutError) as error:
            return self._again(deliveries, f"the SQS service does not answer: {error!r}")
        if response.status >= 500:
            return self._again(deliveries, f"the SQS service answered {response.status}")
        if response.status != 200:
            return self._refused(deliveries, response)
        outcomes = [self._outcomes.delivered(delivery) for delivery in deliveries]
        if len(deliveries) > 1 and b'"Failed"' in response.body:
            return self._by_entry(deliveries, outcomes, response)
        return outcomes

    async def _ask(self, request: bytes) -> Response:
        connection = await self._sqs.exchange(request)
        try:
            return await read_response(connection)
        finally:
            connection.finish()

    def _again(self, deliveries: Sequence[Delivery], reason: str) -> list[Outcome]:
        attempts = max(delivery.attempts for delivery in deliveries)
        wait = _BACK_OFF[min(attempts, len(_BACK_OFF) - 1)]
        return [Retry(wait, reason, destination_down=True)] * len(deliveries)

    def _given_up(self, delivery: Delivery, answer: Answer) -> Outcome:
        waybill, entry = unpack(delivery.payload)
        return self._outcomes.given_up(delivery, waybill, answer, lambda: entry)

    def _by_entry(self, deliveries: Sequence[Delivery], outcomes: list[Outcome], response: Response) -> list[Outcome]:
        """`outcomes`, corrected by what a SendMessageBatch answer says of single entries."""
        for failed in orjson.loads(response.body).get("Failed") or ():
            index = int(failed["Id"])
            answer = Answer(None, f"{failed['Code']}: {failed.get('Message', '')}")
            if failed.get("SenderFault", True):
                outcomes[index] = self._given_up(deliveries[index], answer)
            else:
                outcomes[index] = Retry(_BACK_OFF[-1], answer.text, destination_down=True)
        return _in_order(deliveries, outcomes)

    def _refused(self, deliveries: Sequence[Delivery], response: Response) -> list[Outcome]:
        text = response.body.decode("utf-8", "replace")
        if any(code in text for code in _THROTTLED):
            return self._again(deliveries, text)
        answer = Answer(response.status, text)
        return [self._given_up(delivery, answer) for delivery in deliveries]


def _groups(deliveries: Sequence[Delivery]) -> Iterator[list[Delivery]]:
    """The deliveries in groups that one call may carry."""
    group: list[Delivery] = []
    size = 0
    for delivery in deliveries:
        if group and size + len(delivery.payload) > MAX_BATCH_BYTES:
            yield group
            group, size = [], 0
        group.append(delivery)
        size += len(delivery.payload)
    yield group


def _in_order(deliveries: Sequence[Delivery], outcomes: list[Outcome]) -> list[Outcome]:
    """Where one of an ordering key is to be tried again, those after it are too: the queue knows them by their ids."""
    held: dict[str, Retry] = {}
    for index, delivery in enumerate(deliveries):
        key = delivery.ordering_key
        if key is None:
            continue
        outcome = outcomes[index]
        if key in held:
            outcomes[index] = held[key]
        elif isinstance(outcome, Retry):
            held[key] = outcome
    return outcomes


def _request(queue_arn: str, deliveries: Sequence[Delivery], authority: str) -> bytes:
    """A SendMessage, or a SendMessageBatch for several, as it goes on the wire."""
    entries = [delivery.payload.partition(b"\n")[2] for delivery in deliveries]
    if len(entries) == 1:
        head, queue = _beginning(queue_arn, "SendMessage", authority)
        body = queue + b"," + entries[0]
    else:
        head, queue = _beginning(queue_arn, "SendMessageBatch", authority)
        listed = b",".join([b'{"Id":"%d",%b' % (index, entry) for index, entry in enumerate(entries)])
        body = queue + b',"Entries":[' + listed + b"]}"
    return b"%b%d\r\n\r\n%b" % (head, len(body), body)


@lru_cache(maxsize=8192)
def _beginning(queue_arn: str, operation: str, authority: str) -> tuple[bytes, bytes]:
    """The request's head up to its length, and the body's first member."""
    arn = parse_arn(queue_arn)
    assert arn is not None
    scope = f"{arn.account_id}/20260101/{arn.region}/sqs/aws4_request"
    head = (
        f"POST / HTTP/1.1\r\nhost: {authority}\r\ncontent-type: application/x-amz-json-1.0\r\n"
        f"x-amz-target: AmazonSQS.{operation}\r\n"
        f"authorization: AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0\r\ncontent-length: "
    )
    url = f"http://sqs.{arn.region}.localhost/{arn.account_id}/{arn.resource}"
    return head.encode("latin-1", "replace"), b'{"QueueUrl":' + orjson.dumps(url)
