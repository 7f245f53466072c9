"""What sends to a queue by itself: subscriptions of topics, events of buckets."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.responses import Response

from console.frame.page import Page, PageOf
from console.frame.routers import page_router
from console.interfaces.errors import AwsCallError
from console.interfaces.s3.buckets import list_buckets, notifications_to
from console.interfaces.sns.topics import Subscription, list_subscriptions, subscription_attributes
from console.interfaces.sqs.queues import attributes_of, queue_url
from console.pages.sqs.paths import QueueName, crumbs_to, tabs

_MOST_LISTS = 10  # of a hundred subscriptions
_MOST_SHOWN = 50
_MOST_BUCKETS = 50  # each is asked

router = page_router()


@dataclass(frozen=True, slots=True)
class Found:
    """`subscriptions` with attributes, `buckets` with events; `is_cut` where there is more to be looked at."""

    subscriptions: list[tuple[Subscription, dict[str, str]]]
    buckets: list[tuple[str, str]]
    is_cut: bool


@router.get("/sqs/queues/{name}/sources")
async def sources(page: PageOf, name: QueueName) -> Response:
    url = await queue_url(page.aws, name)
    arn = (await attributes_of(page.aws, url, "QueueArn"))["QueueArn"]
    subscriptions, cut_subscriptions = await _subscriptions(page, arn)
    buckets, cut_buckets = await _buckets(page, arn)
    return page.render(
        "sqs/sources.html",
        title=name,
        crumbs=crumbs_to(page),
        name=name,
        arn=arn,
        tabs=tabs(page, name, "Comes from"),
        found=Found(subscriptions, buckets, cut_subscriptions or cut_buckets),
    )


async def _subscriptions(page: Page, arn: str) -> tuple[list[tuple[Subscription, dict[str, str]]], bool]:
    if not page.state.services["sns"].answers:
        return [], False
    kept: list[Subscription] = []
    token = ""
    for _ in range(_MOST_LISTS):
        found, token = await list_subscriptions(page.aws, token)
        kept += [one for one in found if one.endpoint == arn and not one.is_pending]
        if not token:
            break
    shown = kept[:_MOST_SHOWN]
    attributes = await asyncio.gather(*(_attributes(page, one.arn) for one in shown))
    return list(zip(shown, attributes, strict=True)), bool(token) or len(kept) > len(shown)


async def _attributes(page: Page, arn: str) -> dict[str, str]:
    try:
        return await subscription_attributes(page.aws, arn)
    except AwsCallError:  # deleted meanwhile, or not to be seen
        return {}


async def _buckets(page: Page, arn: str) -> tuple[list[tuple[str, str]], bool]:
    if not page.state.services["s3"].answers:
        return [], False
    buckets, token = await list_buckets(page.aws, most=_MOST_BUCKETS)
    found = await asyncio.gather(*(_events(page, bucket.name, arn) for bucket in buckets))
    return [(bucket.name, events) for bucket, events in zip(buckets, found, strict=True) if events], bool(token)


async def _events(page: Page, bucket: str, arn: str) -> str:
    """Those of which the bucket tells the queue; empty where it tells none, or must not say."""
    try:
        return ", ".join(await notifications_to(page.aws, bucket, arn))
    except AwsCallError:
        return ""
