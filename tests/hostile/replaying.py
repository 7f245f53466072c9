"""A run that looks at memory alone: some thousands of requests, made before, are sent time and again by many at once.

So the requests of an hour of the fuzzer take minutes, and what is kept of one that was sent before is not kept twice.
What fails is found here too; how long a request takes, and how much it does, is not measured.
"""

from __future__ import annotations

import asyncio
import time

from tests.hostile.connection import Connection
from tests.hostile.fuzzing import Finding, Run, failure
from tests.hostile.generating import OF_GATEWAY, Generator
from tests.hostile.mutations import Sent

_MADE = 2000  # requests to a service
_AT_ONCE = 3  # connections of a lane


class Replay(Run):
    """Made as a `Run` is."""

    def _requests(self, service: str) -> list[Sent]:
        made = self._made.get(service)
        if made is None:
            generator = Generator(service, self._seed)
            made = self._made[service] = [sent for sent in (next(generator) for _ in range(_MADE)) if sent.answers]
        return made

    async def _lane(self, service: str, through: str, seed: str, requests: int, ends: float) -> None:
        address = self.fleet.port if service == OF_GATEWAY or through == "gateway" else self.sockets[service]
        made = self._requests(service)
        share = requests // _AT_ONCE
        await asyncio.gather(
            *(self._send(service, address, made, part * len(made) // _AT_ONCE, share, ends) for part in range(_AT_ONCE))
        )

    async def _send(
        self, service: str, address: str | int, made: list[Sent], first: int, requests: int, ends: float
    ) -> None:
        connection = Connection(address, self._limits.answer)
        figures = self.figures
        for number in range(first, first + requests):
            if time.monotonic() > ends:
                break
            sent = made[number % len(made)]
            outcome = await connection.exchange(sent)
            figures.requests += 1
            figures.late += outcome.late
            figures.statuses.update(outcome.statuses)
            if why := failure(outcome):
                self._keep(Finding(service, sent, why))
        await connection.close()
