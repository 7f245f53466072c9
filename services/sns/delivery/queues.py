"""Deliveries to queues: SendMessage and SendMessageBatch calls to the SQS service, as the queue's own account.

The service being away is no failure of the delivery: it is tried until it is there. What the service refuses (a queue
that does not exist, a message it does not take) is AWS's client-side error: not tried again, but dead-lettered.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import orjson

from awskit.http_client import HttpClient, Response
from awskit.outbox import Delivery, Outcome, Retry
from services.sns.arns import parse_arn
from services.sns.delivery.outcomes import Answer, Outcomes
from services.sns.parcels import Waybill, unpack

MAX_BATCH_BYTES = 240_000
_TIMEOUT_SECONDS = 10.0
_BACK_OFF = (0.05, 0.1, 0.2, 0.4, 0.8, 1.0)
_THROTTLED = ("OverLimit", "RequestThrottled", "KmsThrottled")

_Unpacked = tuple[Delivery, Waybill, bytes]


class QueueDeliveries:
    """`deliver` for destinations that are queues' ARNs."""

    def __init__(self, http_client: HttpClient, sqs_url: str, outcomes: Outcomes) -> None:
        self._client = http_client
        self._sqs_url = sqs_url
        self._outcomes = outcomes

    async def deliver(self, queue_arn: str, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """An outcome for each, in order."""
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

    async def _send(self, queue_arn: str, group: list[_Unpacked]) -> list[Outcome]:
        single = len(group) == 1
        queue = _queue_prefix(queue_arn)
        if single:
            body = queue + b"," + group[0][2]
        else:
            entries = b",".join(b'{"Id":"%d",%b' % (index, entry) for index, (_, _, entry) in enumerate(group))
            body = queue + b',"Entries":[' + entries + b"]}"
        try:
            response = await self._client.upstream(self._sqs_url).request(
                "POST", "/", _headers(queue_arn, single), body, timeout=_TIMEOUT_SECONDS
            )
        except (OSError, TimeoutError) as error:
            return self._again(group, f"the SQS service does not answer: {error!r}")
        if response.status >= 500:
            return self._again(group, f"the SQS service answered {response.status}")
        if response.status == 200:
            return self._accepted(group) if single else self._by_entry(group, response)
        return self._refused(group, response)

    def _again(self, group: list[_Unpacked], reason: str) -> list[Outcome]:
        attempts = max(delivery.attempts for delivery, _, _ in group)
        wait = _BACK_OFF[min(attempts, len(_BACK_OFF) - 1)]
        return [Retry(wait, reason, destination_down=True)] * len(group)

    def _accepted(self, group: list[_Unpacked]) -> list[Outcome]:
        return [self._outcomes.delivered(delivery) for delivery, _, _ in group]

    def _by_entry(self, group: list[_Unpacked], response: Response) -> list[Outcome]:
        """The outcomes that a SendMessageBatch answer tells, entry by entry."""
        if b'"Failed"' not in response.body:
            return self._accepted(group)
        outcomes = self._accepted(group)
        for failed in orjson.loads(response.body).get("Failed") or ():
            index = int(failed["Id"])
            delivery, waybill, entry = group[index]
            answer = Answer(None, f"{failed['Code']}: {failed.get('Message', '')}")
            if failed.get("SenderFault", True):
                outcomes[index] = self._outcomes.given_up(delivery, waybill, answer, lambda entry=entry: entry)  # type: ignore[misc]
            else:
                outcomes[index] = Retry(_BACK_OFF[-1], answer.text, destination_down=True)
        return _in_order(group, outcomes)

    def _refused(self, group: list[_Unpacked], response: Response) -> list[Outcome]:
        text = response.body.decode("utf-8", "replace")
        if any(code in text for code in _THROTTLED):
            return self._again(group, text)
        answer = Answer(response.status, text)
        return [
            self._outcomes.given_up(delivery, waybill, answer, lambda entry=entry: entry)  # type: ignore[misc]
            for delivery, waybill, entry in group
        ]


def _groups(deliveries: Sequence[Delivery]) -> Iterator[list[_Unpacked]]:
    """The deliveries in groups that one call may carry."""
    group: list[_Unpacked] = []
    size = 0
    for delivery in deliveries:
        waybill, entry = unpack(delivery.payload)
        if group and size + len(entry) > MAX_BATCH_BYTES:
            yield group
            group, size = [], 0
        group.append((delivery, waybill, entry))
        size += len(entry)
    if group:
        yield group


def _in_order(group: list[_Unpacked], outcomes: list[Outcome]) -> list[Outcome]:
    """Where one of an ordering key is to be tried again, those after it are too: the queue knows them by their ids."""
    held: dict[str, Retry] = {}
    for index, (delivery, _, _) in enumerate(group):
        key = delivery.ordering_key
        if key is None:
            continue
        outcome = outcomes[index]
        if key in held:
            outcomes[index] = held[key]
        elif isinstance(outcome, Retry):
            held[key] = outcome
    return outcomes


@lru_cache(maxsize=4096)
def _queue_prefix(queue_arn: str) -> bytes:
    arn = parse_arn(queue_arn)
    assert arn is not None
    return b'{"QueueUrl":' + orjson.dumps(f"http://sqs.{arn.region}.localhost/{arn.account_id}/{arn.resource}")


@lru_cache(maxsize=4096)
def _headers(queue_arn: str, single: bool) -> tuple[tuple[str, str], ...]:
    arn = parse_arn(queue_arn)
    assert arn is not None
    scope = f"{arn.account_id}/20260101/{arn.region}/sqs/aws4_request"
    return (
        ("content-type", "application/x-amz-json-1.0"),
        ("x-amz-target", "AmazonSQS.SendMessage" if single else "AmazonSQS.SendMessageBatch"),
        ("authorization", f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"),
    )
