"""Deliveries to HTTP/S endpoints: the POST, its headers, and the retries of the delivery policy.

A 2xx is a delivery. 5xx, 429, no connection and no answer in time are server-side errors, tried again by the policy;
everything else is a client-side error, after which the message goes to the dead-letter queue at once.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from awskit.database import Database, Transaction
from awskit.outbox import Delivered, Delivery, Outcome, Retry
from services.sns.delivery.delivery_outcomes import Answer, Outcomes
from services.sns.delivery.delivery_policy import DEFAULT_CONTENT_TYPE, DeliveryPolicy, effective_delivery_policy
from services.sns.delivery.http_targets import HttpTargets
from services.sns.delivery.outbox_payloads import DeliveryMetadata, decode_payload
from services.sns.store import subscriptions, topics

USER_AGENT = "Amazon Simple Notification Service Agent"
_MOST_OF_ANSWER = 4_096


@dataclass(frozen=True, slots=True)
class _Receiver:
    """What the subscription says now: where to, by which policy; None of it where it is gone."""

    endpoint: str
    policy: DeliveryPolicy


class HttpDeliveries:
    """`deliver` for destinations that are HTTP/S subscriptions. `close` ends the connections."""

    def __init__(self, database: Database, outcomes: Outcomes, timeout: float, targets: HttpTargets) -> None:
        self._database = database
        self._outcomes = outcomes
        self._timeout = timeout
        self._targets = targets
        self._client: Any = None

    async def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """Post each, at once or as fast as the throttle policy lets; an outcome for each, in order."""
        all_metadata = [decode_payload(delivery.payload) for delivery in deliveries]
        receiver = await self._database.read(lambda transaction: _receiver(transaction, all_metadata[0][0]))
        pace = receiver.policy.max_receives_per_second if receiver is not None else None

        async def one(index: int) -> Outcome:
            if pace is not None:
                await asyncio.sleep(index / pace)
            metadata, text = all_metadata[index]
            return await self._deliver_one(deliveries[index], metadata, text, receiver)

        outcomes = await asyncio.gather(*(one(index) for index in range(len(deliveries))))
        if pace is not None:
            await asyncio.sleep(1 / pace)
        return outcomes

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _deliver_one(
        self, delivery: Delivery, metadata: DeliveryMetadata, text: bytes, receiver: _Receiver | None
    ) -> Outcome:
        if receiver is None:
            if metadata.kind == "Notification":
                return Delivered()  # Its subscription was deleted in the meantime: nobody waits for it.
            receiver = _Receiver(metadata.endpoint, DeliveryPolicy())
        answer = await self._post(metadata, text, receiver)
        status = answer.status_code
        self._outcomes.note_try(metadata, receiver.endpoint, answer)
        if status is not None and 200 <= status < 300:
            return self._outcomes.delivered(delivery)
        if status is None or status >= 500 or status == 429:
            delay = receiver.policy.retry.delay(delivery.attempts + 1)
            if delay is not None:
                await self._outcomes.log_failed_try(delivery, metadata, answer)
                return Retry(delay, answer.text)
        return self._outcomes.given_up(delivery, metadata, answer, lambda: _dead_letter(metadata, text))

    async def _post(self, metadata: DeliveryMetadata, text: bytes, receiver: _Receiver) -> Answer:
        client = self._client
        if client is None:
            # In a thread: the import alone would hold up everything for 0.1 s.
            made = await asyncio.to_thread(_new_client, self._timeout)
            client = self._client = self._client or made
        content_type = receiver.policy.content_type if metadata.kind == "Notification" else DEFAULT_CONTENT_TYPE
        headers = {
            "x-amz-sns-message-type": metadata.kind,
            "x-amz-sns-message-id": metadata.message_id,
            "x-amz-sns-topic-arn": metadata.topic_arn,
            "Content-Type": content_type,
            "User-Agent": USER_AGENT,
        }
        if metadata.kind != "SubscriptionConfirmation":
            headers["x-amz-sns-subscription-arn"] = metadata.subscription_arn
        if metadata.raw:
            headers["x-amz-sns-rawdelivery"] = "true"
        if metadata.trace_header:
            headers["X-Amzn-Trace-Id"] = metadata.trace_header
        try:
            # The whole answer has so long: an endpoint that sends a byte a second is as good as one that sends none.
            async with asyncio.timeout(self._timeout):
                if not await self._targets.allows(receiver.endpoint):
                    return Answer(403, "RUSTSTACK_SNS_HTTP_TARGETS does not name the endpoint's host")
                return await _answer_of(client, receiver.endpoint, text, headers)
        except TimeoutError:
            return Answer(None, f"no answer within {self._timeout:g} seconds")


def _dead_letter(metadata: DeliveryMetadata, text: bytes) -> bytes:
    cause = orjson.dumps(metadata.message_id)
    return b'"MessageBody":%b,"Cause":%b}' % (orjson.dumps(text.decode("utf-8")), cause)


def _receiver(transaction: Transaction, metadata: DeliveryMetadata) -> _Receiver | None:
    subscription = subscriptions.find(transaction, metadata.subscription_arn)
    if subscription is None or subscription.status == "deleted":
        return None
    topic = topics.find(transaction, subscription.topic_arn)
    topic_policy = topic.attributes.get("DeliveryPolicy") if topic is not None else None
    policy = effective_delivery_policy(topic_policy, subscription.attributes.get("DeliveryPolicy"))
    return _Receiver(subscription.endpoint, policy)


def _new_client(timeout: float) -> Any:
    # Imported here since most users have no HTTP/S subscription, and it takes 10 MB.
    import httpx

    limits = httpx.Limits(max_connections=100, max_keepalive_connections=20)
    # A local endpoint's certificate is its owner's own making.
    return httpx.AsyncClient(timeout=timeout, limits=limits, verify=False, follow_redirects=False, trust_env=False)


async def _answer_of(client: Any, endpoint: str, text: bytes, headers: dict[str, str]) -> Answer:
    import httpx

    body = b""
    try:
        async with client.stream("POST", endpoint, content=text, headers=headers) as response:
            # As it comes, not unpacked and not decoded as it says: only its beginning is looked at, by a person.
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) >= _MOST_OF_ANSWER:
                    break
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return Answer(None, f"{type(error).__name__}: {error}")
    return Answer(response.status_code, body[:_MOST_OF_ANSWER].decode("utf-8", "replace"))
