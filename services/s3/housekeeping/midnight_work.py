"""Work that is due at midnight (UTC) of the service's clock, done by one of the replicas."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable

from services.s3.lifecycle.expiration import next_midnight
from services.s3.runtime import S3Runtime

_POLL_SECONDS = 30.0
_LEASE_SECONDS = 2.0
_AGAIN_SECONDS = 60.0


class MidnightWork(ABC):
    """Does `run_once` at the start, at every midnight and whenever the clock is moved; `name` is the lease's."""

    def __init__(self, runtime: S3Runtime, name: str) -> None:
        self._runtime = runtime
        self._name = name
        self._log = logging.getLogger(f"ruststack.s3.{name}")
        self._moved = asyncio.Event()
        self._unsubscribe: Callable[[], None] = runtime.clock.subscribe(self._moved.set)
        self._lease = runtime.database.replicas.lease(name)
        runtime.database.replicas.subscribe("lease", lambda _: self._moved.set())

    @abstractmethod
    async def run_once(self) -> bool:
        """Do everything that is due now. False: not all could be done, and it is to be tried again soon."""

    async def run(self) -> None:
        """Work until cancelled, as far as no other replica does."""
        clock = self._runtime.clock
        try:
            while True:
                self._moved.clear()
                held = self._lease.held()
                done = True
                try:
                    if held:
                        done = await self.run_once()
                except Exception:
                    done = False
                    self._log.exception("a run of the %s work failed; the next one goes on", self._name)
                following = next_midnight(clock.now() + 1.0)
                if not done:
                    following = min(following, clock.now() + _AGAIN_SECONDS)
                poll = _POLL_SECONDS if held else _LEASE_SECONDS
                while clock.now() < following and not self._moved.is_set() and self._lease.held() == held:
                    await self._pause(min(following - clock.now(), poll))
        finally:
            self._unsubscribe()

    def stop(self) -> None:
        """Let another replica go on."""
        self._lease.give_back()

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(max(seconds, 0.01)):
                await self._moved.wait()
        except TimeoutError:
            return
