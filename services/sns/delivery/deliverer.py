"""The outbox's delivery function: which kind of destination an entry goes to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from awskit.outbox import Delivery, Outcome

Deliver = Callable[[Sequence[Delivery]], Awaitable[Sequence[Outcome]]]
"""An outcome for each delivery, in order."""

DeliverToQueue = Callable[[str, Sequence[Delivery]], Awaitable[Sequence[Outcome]]]
"""The same, given the queue's ARN."""


class Deliverer:
    """`deliver` for every destination: by the prefix that names its kind, else a queue's ARN."""

    def __init__(self, by_prefix: Mapping[str, Deliver], to_queue: DeliverToQueue) -> None:
        self._by_prefix = tuple(by_prefix.items())
        self._to_queue = to_queue

    async def deliver(self, destination: str, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """An outcome for each of `deliveries`, in order."""
        for prefix, deliver in self._by_prefix:
            if destination.startswith(prefix):
                return await deliver(deliveries)
        return await self._to_queue(destination, deliveries)
