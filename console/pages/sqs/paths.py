"""Where a queue's pages are, and what stands above them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from console.frame.page import Crumb, Page
from console.frame.segments import segment
from console.interfaces.sqs.backlog import queue_path

QueueName = Annotated[str, Depends(segment("name", 80))]


def queue_page(page: Page, name: str, *further: str, **query: str | int | None) -> str:
    return page.url("sqs", "queues", name, *further, **query)


def crumbs_to(page: Page, name: str = "") -> tuple[Crumb, ...]:
    """What leads to the list's pages; with `name`, to those of a queue."""
    queues: Crumb = ("Queues", page.url("sqs", "queues"))
    return (queues, (name, queue_page(page, name))) if name else (queues,)


def queue_of(page: Page, name: str) -> str:
    """The queue's address for what is asked of the fleet itself."""
    return queue_path(page.scope.account, page.scope.region, name)


def tabs(page: Page, name: str, current: str) -> list[tuple[str, str, bool]]:
    """The parts of a queue's page."""
    parts = (
        ("Messages", ()),
        ("Comes from", ("sources",)),
        ("Dead letters", ("dead-letters",)),
        ("Settings", ("settings",)),
    )
    return [(label, queue_page(page, name, *path), label == current) for label, path in parts]
