"""Where a topic's pages are, and what stands above them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from awskit.resources.arns import build_arn
from console.frame.page import Crumb, Page
from console.frame.segments import segment

TopicName = Annotated[str, Depends(segment("name", 256))]
SubscriptionId = Annotated[str, Depends(segment("subscription_id", 64))]


def topic_page(page: Page, name: str, *further: str, **query: str | int | None) -> str:
    return page.url("sns", "topics", name, *further, **query)


def topic_arn(page: Page, name: str) -> str:
    """The ARN of a topic of the page's account and region."""
    return build_arn("sns", page.scope.region, page.scope.account, name)


def crumbs_to(page: Page, name: str = "") -> tuple[Crumb, ...]:
    """What leads to the list's pages; with `name`, to those of a topic."""
    topics: Crumb = ("Topics", page.url("sns", "topics"))
    return (topics, (name, topic_page(page, name))) if name else (topics,)


def tabs(page: Page, name: str, current: str) -> list[tuple[str, str, bool]]:
    """The parts of a topic's page."""
    parts = (
        ("Subscriptions", ()),
        ("Would it pass?", ("filters",)),
        ("Deliveries", ("deliveries",)),
        ("Settings", ("settings",)),
    )
    return [(label, topic_page(page, name, *path), label == current) for label, path in parts]
