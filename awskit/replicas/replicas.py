"""What a service asks of its replicas, and the answers where it is the only one."""

from __future__ import annotations

from collections.abc import Callable
from mmap import mmap

Listener = Callable[[tuple[int, ...]], object]


class Lease:
    """The right to do a piece of background work that is to be done once among all replicas; here it is always held."""

    def held(self) -> bool:
        """Whether this process has it; it is taken where nobody has. Kept until `give_back`, or the process's end."""
        return True

    def give_back(self) -> None:
        """Let another replica have it, which may take it at once."""


class Replicas:
    """The replicas of a database that no other process can open."""

    page: mmap | bytearray | bytes = b"\0"
    """Its first byte is 0 as long as there is no other replica; read at the start of every transaction."""

    @property
    def alone(self) -> bool:
        """Whether there is no other replica."""
        return self.page[0] == 0

    def lease(self, name: str) -> Lease:
        """The lease of the work `name`."""
        return Lease()

    def tell(self, topic: str, *values: int) -> None:
        """Tell all others, soon, and without waiting. `topic` is one word."""

    def subscribe(self, topic: str, listener: Listener) -> None:
        """Call `listener` on the event loop with the values that another replica tells of `topic`."""

    def when_alone(self, listener: Callable[[], None]) -> None:
        """Call `listener` when the last other replica is gone, before this process takes itself for alone."""

    async def start(self) -> None:
        """Listen from now on; on the event loop."""

    def close(self) -> None:
        """Leave: the database is closed."""
