"""Where dead letters come from and go to, drawn; and their way back (StartMessageMoveTask).

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from console.frame.graphs import Edge, Node, placed
from console.frame.page import Page, PageOf
from console.frame.routers import page_router
from console.interfaces.errors import AwsCallError, ControlError
from console.interfaces.sqs.backlog import backlog_of
from console.interfaces.sqs.queues import (
    attributes_of,
    call,
    dead_letter_target,
    name_of,
    queue_url,
    sources_of,
)
from console.pages.sqs.paths import QueueName, crumbs_to, queue_of, queue_page, tabs

_MOST_NODES = 40

router = page_router()


@router.get("/sqs/queues/{name}/dead-letters")
async def dead_letters(page: PageOf, name: QueueName) -> Response:
    url = await queue_url(page.aws, name)
    arn = (await attributes_of(page.aws, url, "QueueArn"))["QueueArn"]
    chain = _Chain(page)
    await chain.follow(name, arn)
    return page.render(
        "sqs/dead_letters.html",
        title=name,
        crumbs=crumbs_to(page),
        name=name,
        arn=arn,
        tabs=tabs(page, name, "Dead letters"),
        graph=placed(list(chain.nodes.values()), chain.edges) if chain.edges else None,
        is_cut=len(chain.nodes) >= _MOST_NODES,
        receives_dead_letters=any(edge.target == arn for edge in chain.edges),
        moves=await _moves(page, arn),
    )


@router.post("/sqs/queues/{name}/dead-letters")
async def redrive(page: PageOf, name: QueueName) -> Response:
    form = await page.form()
    url = await queue_url(page.aws, name)
    given: dict[str, Any] = {"SourceArn": (await attributes_of(page.aws, url, "QueueArn"))["QueueArn"]}
    if destination := str(form.get("destination", "")).strip():
        given["DestinationArn"] = destination
    if (rate := str(form.get("rate", "")).strip()) and rate.isascii() and rate.isdigit() and len(rate) < 10:
        given["MaxNumberOfMessagesPerSecond"] = int(rate)
    await call(page.aws, "StartMessageMoveTask", **given)
    page.flash("The messages are on their way back.")
    return page.redirect(queue_page(page, name, "dead-letters"))


@router.post("/sqs/queues/{name}/cancel-move")
async def cancel(page: PageOf, name: QueueName) -> Response:
    form = await page.form()
    answer = await call(page.aws, "CancelMessageMoveTask", TaskHandle=str(form.get("task", "")))
    page.flash(f"Stopped; {answer.get('ApproximateNumberOfMessagesMoved', 0):,} messages were moved before.")
    return page.redirect(queue_page(page, name, "dead-letters"))


async def _moves(page: Page, arn: str) -> list[dict[str, Any]]:
    """The moves out of this queue, of which AWS tells the last ten; none where it has never got dead letters."""
    try:
        answer = await call(page.aws, "ListMessageMoveTasks", SourceArn=arn, MaxResults=10)
    except AwsCallError:
        return []
    found: list[dict[str, Any]] = answer.get("Results", [])
    return found


@dataclass
class _Chain:
    """What is led to from a queue, and what leads to it, over any number of steps."""

    page: Page
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)

    async def follow(self, here: str, here_arn: str) -> None:
        waiting = [(here, here_arn)]
        while waiting and len(self.nodes) < _MOST_NODES:
            name, arn = waiting.pop(0)
            if arn not in self.nodes:
                waiting += await self._add(name, arn, is_here=arn == here_arn)
        self.nodes = dict(sorted(self.nodes.items()))

    async def _add(self, name: str, arn: str, *, is_here: bool) -> list[tuple[str, str]]:
        """The queue itself; its neighbours, by name and ARN, are what comes back."""
        try:
            url = await queue_url(self.page.aws, name)
            attributes = await attributes_of(self.page.aws, url)
            sources = await sources_of(self.page.aws, url)
            waits = (await backlog_of(self.page.fleet, queue_of(self.page, name), Most="1", BodyLength="0")).count
        except (AwsCallError, ControlError):
            self.nodes[arn] = Node(arn, name, "not there", kind="bad")
            return []
        link = queue_page(self.page, name)
        detail = "1 message" if waits == 1 else f"{waits:,} messages"
        self.nodes[arn] = Node(arn, name, detail, link, "here" if is_here else "")
        neighbours = [(name_of(source), _sibling(arn, name_of(source))) for source in sources]
        if (target := dead_letter_target(attributes)) is not None:
            self._lead(arn, target[0], target[1])
            neighbours.append((name_of(target[0]), target[0]))
        return neighbours

    def _lead(self, source: str, target: str, receives: int) -> None:
        self.edges.append(Edge(source, target, f"after {receives} receives" if receives > 1 else "after 1 receive"))


def _sibling(arn: str, name: str) -> str:
    """Another queue's ARN, of the same account and region."""
    return f"{arn.rpartition(':')[0]}:{name}"
