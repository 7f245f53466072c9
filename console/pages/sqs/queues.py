"""The queues of the account, with what waits in each."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.responses import Response

from console.frame.page import Page, PageOf
from console.frame.routers import page_router
from console.frame.tables import sorted_rows
from console.interfaces.errors import AwsCallError, ControlError
from console.interfaces.sqs.backlog import Backlog, backlog_of
from console.interfaces.sqs.queues import attributes_of, dead_letter_target, list_queues, name_of
from console.pages.sqs.paths import queue_of

_A_PAGE = 40

router = page_router()


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A queue in the list; `dead_letters` is the ARN of where its dead letters go."""

    name: str
    backlog: Backlog
    created: float
    dead_letters: str | None

    @property
    def fifo(self) -> bool:
        return self.name.endswith(".fifo")


@router.get("/sqs/queues")
async def queues(page: PageOf) -> Response:
    q = page.query.get("q", "")
    token = page.query.get("token", "")
    rows: list[QueueRow] = []
    following = ""
    if page.state.services["sqs"].answers:
        urls, following = await list_queues(page.aws, q.strip(), token, _A_PAGE)
        found = await asyncio.gather(*(_row(page, url) for url in urls))
        rows = sorted_rows([row for row in found if row is not None], page.query, _ORDERS)
    return page.render("sqs/queues.html", title="Queues", queues=rows, following=following, q=q)


_ORDERS = {
    "name": lambda row: row.name,
    "ready": lambda row: row.backlog.ready,
    "inflight": lambda row: row.backlog.in_flight,
    "delayed": lambda row: row.backlog.delayed,
    "oldest": lambda row: row.backlog.oldest,
    "created": lambda row: row.created,
}


async def _row(page: Page, url: str) -> QueueRow | None:
    """None for a queue that is gone by now."""
    name = name_of(url)
    try:
        attributes, backlog = await asyncio.gather(
            attributes_of(page.aws, url, "CreatedTimestamp", "RedrivePolicy"),
            backlog_of(page.fleet, queue_of(page, name), Most="1", BodyLength="0"),
        )
    except (AwsCallError, ControlError):
        return None
    target = dead_letter_target(attributes)
    created = float(attributes.get("CreatedTimestamp", 0))
    return QueueRow(name, backlog, created, target[0] if target else None)
