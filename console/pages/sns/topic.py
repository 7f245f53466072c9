"""A topic: who gets what is published, with which filter; its deliveries; its settings."""

from __future__ import annotations

import asyncio

from starlette.responses import Response

from console.frame.page import Page, PageOf
from console.frame.routers import page_router
from console.interfaces.errors import AwsCallError
from console.interfaces.sns.deliveries import deliveries_of
from console.interfaces.sns.topics import (
    Subscription,
    call,
    subscription_attributes,
    subscriptions_of,
    topic_attributes,
    topic_tags,
)
from console.pages.sns.paths import TopicName, crumbs_to, tabs, topic_arn, topic_page

_MOST_DELIVERIES = 200
_SETTINGS = ("DisplayName", "Policy", "DeliveryPolicy", "TracingConfig", "ContentBasedDeduplication", "ArchivePolicy")
_LONG = ("Policy", "DeliveryPolicy", "ArchivePolicy", "EffectiveDeliveryPolicy", "DataProtectionPolicy")

router = page_router()


@router.get("/sns/topics/{name}")
async def subscriptions(page: PageOf, name: TopicName) -> Response:
    token = page.query.get("token", "")
    arn = topic_arn(page, name)
    found, following = await subscriptions_of(page.aws, arn, token)
    filters = await asyncio.gather(*(_attributes(page, one) for one in found))
    return page.render(
        "sns/topic.html",
        title=name,
        crumbs=crumbs_to(page),
        name=name,
        arn=arn,
        tabs=tabs(page, name, "Subscriptions"),
        attributes=await topic_attributes(page.aws, arn),
        subscriptions=list(zip(found, filters, strict=True)),
        following=following,
    )


@router.get("/sns/topics/{name}/deliveries")
async def deliveries(page: PageOf, name: TopicName) -> Response:
    status = page.query.get("status", "")
    arn = topic_arn(page, name)
    await topic_attributes(page.aws, arn)
    found = await deliveries_of(page.fleet, topicArn=arn, status=status)
    return page.render(
        "sns/deliveries.html",
        title=name,
        crumbs=crumbs_to(page),
        name=name,
        tabs=tabs(page, name, "Deliveries"),
        deliveries=found[:_MOST_DELIVERIES],
        more=len(found) > _MOST_DELIVERIES,
        status=200,
        wanted=status,
    )


@router.get("/sns/topics/{name}/settings")
async def settings(page: PageOf, name: TopicName) -> Response:
    arn = topic_arn(page, name)
    attributes = await topic_attributes(page.aws, arn)
    return page.render(
        "sns/settings.html",
        title=name,
        crumbs=crumbs_to(page),
        name=name,
        arn=arn,
        tabs=tabs(page, name, "Settings"),
        attributes=attributes,
        long=[one for one in _LONG if attributes.get(one)],
        short=sorted(set(attributes) - {*_LONG, "TopicArn"}),
        settable=[one for one in _SETTINGS if one != "ContentBasedDeduplication" or name.endswith(".fifo")],
        topic_tags=await topic_tags(page.aws, arn),
    )


@router.post("/sns/topics/{name}/settings")
async def change(page: PageOf, name: TopicName) -> Response:
    form = await page.form()
    setting, value = str(form.get("setting", "")), str(form.get("value", "")).strip()
    given = {"TopicArn": topic_arn(page, name), "AttributeName": setting, "AttributeValue": value}
    await call(page.aws, "SetTopicAttributes", given)
    page.flash(f"{setting} is changed.")
    return page.redirect(topic_page(page, name, "settings"))


async def _attributes(page: Page, subscription: Subscription) -> dict[str, str]:
    if subscription.is_pending:
        return {}
    try:
        return await subscription_attributes(page.aws, subscription.arn)
    except AwsCallError:
        return {}
