"""A form to publish by; and whether a message would pass the filters, without publishing it."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from console.frame.forms import written_text
from console.frame.page import FormPageOf, Page, PageOf
from console.frame.routers import page_router
from console.interfaces.errors import AwsCallError, ControlError
from console.interfaces.message_attributes import TYPES, message_attributes
from console.interfaces.sns.deliveries import check_filters
from console.interfaces.sns.topics import call, message_attribute_parameters, topic_attributes
from console.interfaces.xml_answers import text
from console.pages.sns.paths import TopicName, crumbs_to, tabs, topic_arn, topic_page

_ATTRIBUTES = range(1, 4)
_MEMBERS = (("subject", "Subject"), ("group", "MessageGroupId"), ("deduplication", "MessageDeduplicationId"))

router = page_router()


@router.get("/sns/topics/{name}/publish")
async def publish_form(page: FormPageOf, name: TopicName) -> Response:
    await topic_attributes(page.aws, topic_arn(page, name))
    return _form(page, name, {}, "")


@router.post("/sns/topics/{name}/publish")
async def publish(page: PageOf, name: TopicName) -> Response:
    form = await page.form()
    given = {"TopicArn": topic_arn(page, name), "Message": written_text(form, "body")}
    given |= {member: value for field, member in _MEMBERS if (value := str(form.get(field, "")).strip())}
    if form.get("structure"):
        given["MessageStructure"] = "json"
    try:
        answer = await call(page.aws, "Publish", {**given, **message_attribute_parameters(message_attributes(form))})
    except AwsCallError as error:
        return _form(page, name, form, str(error))
    message_id = text(answer, "PublishResult/MessageId")
    page.flash(f"Published as {message_id}.", url=page.url("trace", id=message_id))
    return page.redirect(topic_page(page, name, "publish") if form.get("again") else topic_page(page, name))


@router.get("/sns/topics/{name}/filters")
async def filters_form(page: PageOf, name: TopicName) -> Response:
    await topic_attributes(page.aws, topic_arn(page, name))
    return _filters(page, name, {}, None, "")


@router.post("/sns/topics/{name}/filters")
async def check(page: PageOf, name: TopicName) -> Response:
    form = await page.form()
    document: dict[str, Any] = {
        "topicArn": topic_arn(page, name),
        "message": written_text(form, "body"),
        "attributes": message_attributes(form),
        "messageStructure": "json" if form.get("structure") else None,
    }
    try:
        judged = await check_filters(page.fleet, document)
    except ControlError as error:
        return _filters(page, name, form, None, str(error))
    return _filters(page, name, form, judged, "")


def _form(page: Page, name: str, given: Any, error: str) -> Response:
    return page.render(
        "sns/publish.html",
        title="Publish a message",
        crumbs=crumbs_to(page, name),
        name=name,
        fifo=name.endswith(".fifo"),
        given=given,
        error=error,
        types=TYPES,
        rows=_ATTRIBUTES,
        status=400 if error else 200,
    )


def _filters(page: Page, name: str, given: Any, judged: list[dict[str, Any]] | None, error: str) -> Response:
    return page.render(
        "sns/filters.html",
        title=name,
        crumbs=crumbs_to(page),
        name=name,
        tabs=tabs(page, name, "Would it pass?"),
        given=given,
        judged=judged,
        error=error,
        types=TYPES,
        rows=_ATTRIBUTES,
        status=400 if error else 200,
    )
