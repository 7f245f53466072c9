"""What waits in a queue, seen without receiving it: the fleet's `/_aws/sqs/backlog`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from console.interfaces.fleet import FleetClient

_PATH = "/_aws/sqs/backlog"


@dataclass(frozen=True, slots=True)
class Backlog:
    """A page of a queue's messages. `oldest` is when the oldest was sent; `following` where the next page begins."""

    ready: int
    in_flight: int
    delayed: int
    oldest: float | None
    messages: list[dict[str, Any]]
    following: str

    @property
    def count(self) -> int:
        return self.ready + self.in_flight + self.delayed


def queue_path(account: str, region: str, name: str) -> str:
    """A queue's address whatever form its URLs have."""
    return f"/queue/{region}/{account}/{name}"


async def backlog_of(fleet: FleetClient, queue: str, **wanted: str) -> Backlog:
    """`queue` is a `queue_path`; `wanted` are `After`, `Most`, `BodyLength`, `State`, `Text` and `Key`."""
    given = {name: value for name, value in wanted.items() if value}
    answer = await fleet.ask("GET", _PATH, {"QueueUrl": queue, **given})
    counts = answer["counts"]
    return Backlog(
        counts["ready"],
        counts["inFlight"],
        counts["delayed"],
        answer["oldestSentAt"],
        answer["messages"],
        answer["next"] or "",
    )


async def delete_message(fleet: FleetClient, queue: str, key: str) -> None:
    """Delete the message with this key. Raises `ControlError` where there is none any more."""
    await fleet.ask("DELETE", _PATH, {"QueueUrl": queue, "Key": key}, accepted=(204,))
