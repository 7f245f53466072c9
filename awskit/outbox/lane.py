"""One destination of an outbox: what of it is in memory, and what its task has to know."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

from awskit.outbox.batch import Batch
from awskit.outbox.entries import Delivery

Pending = tuple[Delivery, Batch]
"""A delivery, and who waits for its first try."""


@dataclass(slots=True)
class Lane:
    """One destination.

    `pending` are entries in memory. `stored`: the table may hold entries that are not in memory. `behind`: new entries
    go to the table only. `awaited`: those of them, by id, whose first try somebody waits for. `again`: something was
    stored, or the clock moved, while the task was about to end. `not_before`: the destination is down until then.
    """

    pending: deque[Pending] = field(default_factory=deque)
    awaited: dict[int, Batch] = field(default_factory=dict)
    task: asyncio.Task[None] | None = None
    timer: asyncio.TimerHandle | None = None
    stored: bool = False
    behind: bool = False
    again: bool = False
    not_before: float = 0.0
