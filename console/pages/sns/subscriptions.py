"""One subscription: its settings, its deliveries; a new one, one confirmed, and one less."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from console.frame.page import FormPageOf, Page, PageOf
from console.frame.routers import page_router
from console.interfaces.errors import AwsCallError
from console.interfaces.sns.deliveries import confirmation_token, deliveries_of
from console.interfaces.sns.topics import attribute_parameters, call, subscription_attributes, topic_attributes
from console.interfaces.xml_answers import text
from console.pages.sns.paths import SubscriptionId, TopicName, crumbs_to, topic_arn, topic_page

PROTOCOLS = (
    ("sqs", "SQS queue"),
    ("http", "HTTP"),
    ("https", "HTTPS"),
    ("email", "E-mail"),
    ("email-json", "E-mail (JSON)"),
    ("sms", "SMS"),
    ("application", "Push"),
    ("lambda", "Lambda"),
    ("firehose", "Firehose"),
)
_LONG = ("FilterPolicy", "RedrivePolicy", "DeliveryPolicy", "EffectiveDeliveryPolicy", "ReplayPolicy")
_SETTINGS = (
    "FilterPolicy",
    "FilterPolicyScope",
    "RawMessageDelivery",
    "RedrivePolicy",
    "DeliveryPolicy",
    "ReplayPolicy",
)
_MOST_DELIVERIES = 50

router = page_router()


@router.get("/sns/topics/{name}/subscriptions/{subscription_id}")
async def subscription(page: PageOf, name: TopicName, subscription_id: SubscriptionId) -> Response:
    arn = f"{topic_arn(page, name)}:{subscription_id}"
    attributes = await subscription_attributes(page.aws, arn)
    return page.render(
        "sns/subscription.html",
        title=f"Subscription {subscription_id[:8]}…",
        crumbs=crumbs_to(page, name),
        name=name,
        arn=arn,
        subscription_id=subscription_id,
        attributes=attributes,
        token=await confirmation_token(page.fleet, arn) if attributes.get("PendingConfirmation") == "true" else None,
        long=[one for one in _LONG if attributes.get(one)],
        settable=_SETTINGS,
        deliveries=(await deliveries_of(page.fleet, subscriptionArn=arn))[:_MOST_DELIVERIES],
    )


@router.post("/sns/topics/{name}/subscriptions/{subscription_id}")
async def change(page: PageOf, name: TopicName, subscription_id: SubscriptionId) -> Response:
    form = await page.form()
    setting, value = str(form.get("setting", "")), str(form.get("value", "")).strip()
    arn = f"{topic_arn(page, name)}:{subscription_id}"
    given = {"SubscriptionArn": arn, "AttributeName": setting, "AttributeValue": value}
    await call(page.aws, "SetSubscriptionAttributes", given)
    page.flash(f"{setting} is changed.")
    return page.redirect(topic_page(page, name, "subscriptions", subscription_id))


@router.get("/sns/topics/{name}/subscribe")
async def subscribe_form(page: FormPageOf, name: TopicName) -> Response:
    await topic_attributes(page.aws, topic_arn(page, name))
    return _form(page, name, {"protocol": "sqs"}, "")


@router.post("/sns/topics/{name}/subscribe")
async def subscribe(page: PageOf, name: TopicName) -> Response:
    form = await page.form()
    attributes = {}
    if form.get("raw"):
        attributes["RawMessageDelivery"] = "true"
    if policy := str(form.get("filter", "")).strip():
        attributes["FilterPolicy"] = policy
        attributes["FilterPolicyScope"] = str(form.get("scope", "MessageAttributes"))
    given = {
        "TopicArn": topic_arn(page, name),
        "Protocol": str(form.get("protocol", "")),
        "Endpoint": str(form.get("endpoint", "")).strip(),
        "ReturnSubscriptionArn": "true",
        **attribute_parameters("Attributes", attributes),
    }
    try:
        answer = await call(page.aws, "Subscribe", given)
    except AwsCallError as error:
        return _form(page, name, form, str(error))
    page.flash(f"{given['Endpoint']} is subscribed.")
    arn = text(answer, "SubscribeResult/SubscriptionArn")
    return page.redirect(page.link(arn) or topic_page(page, name))


@router.post("/sns/topics/{name}/confirm")
async def confirm(page: PageOf, name: TopicName) -> Response:
    form = await page.form()
    given = {"TopicArn": topic_arn(page, name), "Token": str(form.get("token", ""))}
    answer = await call(page.aws, "ConfirmSubscription", given)
    page.flash("The subscription is confirmed.")
    return page.redirect(page.link(text(answer, "ConfirmSubscriptionResult/SubscriptionArn")) or topic_page(page, name))


@router.get("/sns/topics/{name}/subscriptions/{subscription_id}/delete")
async def ask_delete(page: FormPageOf, name: TopicName, subscription_id: SubscriptionId) -> Response:
    arn = f"{topic_arn(page, name)}:{subscription_id}"
    attributes = await subscription_attributes(page.aws, arn)
    return page.confirm(
        title="Unsubscribe",
        question="The endpoint gets nothing any more.",
        hits=(("Topic", name), (attributes.get("Protocol", ""), attributes.get("Endpoint", ""))),
        button="Unsubscribe",
        cancel=topic_page(page, name, "subscriptions", subscription_id),
        crumbs=crumbs_to(page, name),
    )


@router.post("/sns/topics/{name}/subscriptions/{subscription_id}/delete")
async def delete(page: PageOf, name: TopicName, subscription_id: SubscriptionId) -> Response:
    await call(page.aws, "Unsubscribe", {"SubscriptionArn": f"{topic_arn(page, name)}:{subscription_id}"})
    page.flash("Unsubscribed.")
    return page.redirect(topic_page(page, name))


def _form(page: Page, name: str, given: Any, error: str) -> Response:
    return page.render(
        "sns/subscribe.html",
        title="Subscribe",
        crumbs=crumbs_to(page, name),
        name=name,
        given=given,
        error=error,
        protocols=PROTOCOLS,
        status=400 if error else 200,
    )
