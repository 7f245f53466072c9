"""Deliveries to Lambda functions and Firehose delivery streams, which another emulator stands in for.

In: notifications (a raw message for a stream may be any text). Out: calls of AWS's own API, `Invoke` and `PutRecord`.
Server-side errors, throttling and absence are tried again by the policy for what AWS manages, 100,015 times over 23
days; a client-side error (the function is gone) dead-letters the message at once. A function that fails itself, where
the emulator only knows how to wait for it, is called twice more, as Lambda does.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Sequence

import orjson

from awskit.database import Database
from awskit.fallback import functions
from awskit.fallback.calls import Answer as Answered
from awskit.fallback.calls import FallbackCalls, Owner
from awskit.outbox import Delivered, Delivery, Outcome, Retry
from awskit.resources.arns import parse_arn
from services.sns.delivery.delivery_outcomes import Answer, Outcomes
from services.sns.delivery.delivery_policy import AWS_MANAGED
from services.sns.delivery.outbox_payloads import DeliveryMetadata, decode_payload
from services.sns.messages.forms_of_services import function_event, stream_record
from services.sns.store import subscriptions

_PUT_RECORD = "Firehose_20150804.PutRecord"

Send = Callable[[DeliveryMetadata, bytes], Awaitable[Answered]]


class ServiceDeliveries:
    """`to_functions` and `to_streams` for destinations that are subscriptions by these protocols."""

    def __init__(self, database: Database, outcomes: Outcomes, calls: FallbackCalls) -> None:
        self._database = database
        self._outcomes = outcomes
        self._calls = calls

    async def to_functions(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """An outcome for each, in order."""
        return await self._deliver(deliveries, self._invoke)

    async def to_streams(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """An outcome for each, in order."""
        return await self._deliver(deliveries, self._put_record)

    async def _deliver(self, deliveries: Sequence[Delivery], send: Send) -> Sequence[Outcome]:
        arn = decode_payload(deliveries[0].payload)[0].subscription_arn
        subscription = await self._database.read(lambda transaction: subscriptions.find(transaction, arn))
        if subscription is None or subscription.status == "deleted":
            return [Delivered()] * len(deliveries)  # nobody waits for it
        return await asyncio.gather(*(self._deliver_one(delivery, send) for delivery in deliveries))

    async def _deliver_one(self, delivery: Delivery, send: Send) -> Outcome:
        metadata, text = decode_payload(delivery.payload)
        try:
            answered = await send(metadata, text)
        except OSError as error:
            reason = f"{metadata.endpoint} cannot be reached: {error!r}"
            answer, temporary, down = Answer(None, reason), True, True
        else:
            answer, temporary, down = Answer(answered.status, answered.text), answered.is_temporary, False
            if answered.succeeded:
                self._outcomes.note_try(metadata, metadata.endpoint, answer)
                return self._outcomes.delivered(delivery)
        self._outcomes.note_try(metadata, metadata.endpoint, answer)
        failed = not down and answered.code == functions.FUNCTION_ERROR
        delay = functions.retry_delay(delivery.attempts) if failed else AWS_MANAGED.delay(delivery.attempts + 1)
        if temporary and delay is not None:
            await self._outcomes.log_failed_try(delivery, metadata, answer)
            return Retry(delay, answer.text, destination_down=down and delay > 0)
        return self._outcomes.given_up(delivery, metadata, answer, lambda: _dead_letter(metadata, text))

    async def _invoke(self, metadata: DeliveryMetadata, text: bytes) -> Answered:
        event = orjson.dumps(function_event(metadata.subscription_arn, text))
        return await functions.invoke(self._calls, metadata.endpoint, event, metadata.trace_header)

    async def _put_record(self, metadata: DeliveryMetadata, text: bytes) -> Answered:
        arn = parse_arn(metadata.endpoint)
        assert arn is not None  # Subscribe has seen to it
        data = text if metadata.raw else stream_record(text.decode("utf-8", "surrogatepass")).encode()
        content = {
            "DeliveryStreamName": arn.resource.partition("/")[2],
            "Record": {"Data": base64.b64encode(data).decode("ascii")},
        }
        return await self._calls.json("firehose", Owner(arn.account_id, arn.region), _PUT_RECORD, content)


def _dead_letter(metadata: DeliveryMetadata, text: bytes) -> bytes:
    return b'"MessageBody":%b,"Cause":%b}' % (
        orjson.dumps(text.decode("utf-8", "replace")),
        orjson.dumps(metadata.message_id),
    )
