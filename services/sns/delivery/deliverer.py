"""The outbox's delivery function: which kind of destination a parcel goes to."""

from __future__ import annotations

from collections.abc import Sequence

from awskit.outbox import Delivery, Outcome
from services.sns.delivery.http_deliveries import HttpDeliveries
from services.sns.delivery.outbox_payloads import FAN_OUT_PREFIX, HTTP_PREFIX, REPLAY_PREFIX
from services.sns.delivery.queue_deliveries import QueueDeliveries
from services.sns.delivery.queue_multicast import BUNDLE_PREFIX
from services.sns.publishing.fan_out import FanOut


class Deliverer:
    """`deliver` for every destination."""

    def __init__(self, queues: QueueDeliveries, http: HttpDeliveries, fan_out: FanOut) -> None:
        self._queues = queues
        self._http = http
        self._fan_out = fan_out

    async def deliver(self, destination: str, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """An outcome for each of `deliveries`, in order."""
        if destination.startswith(BUNDLE_PREFIX):
            return await self._queues.deliver_bundles(deliveries)
        if destination.startswith(HTTP_PREFIX):
            return await self._http.deliver(deliveries)
        if destination.startswith(FAN_OUT_PREFIX):
            return [await self._fan_out.deliver_chunk(delivery) for delivery in deliveries]
        if destination.startswith(REPLAY_PREFIX):
            return [await self._fan_out.deliver_replay(delivery) for delivery in deliveries]
        return await self._queues.deliver(destination, deliveries)
