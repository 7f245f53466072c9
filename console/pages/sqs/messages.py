"""What waits in a queue, without receiving it; one message whole; one less."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from console.frame.errors import NoSuchPage
from console.frame.page import FormPageOf, PageOf
from console.frame.routers import page_router
from console.interfaces.sqs.backlog import backlog_of, delete_message
from console.interfaces.sqs.queues import attributes_of, dead_letter_target, queue_url
from console.pages.sqs.paths import QueueName, crumbs_to, queue_of, queue_page, tabs

_A_PAGE = "50"
_SHOWN_OF_A_BODY = "240"
_MOST_OF_A_BODY = "262144"

router = page_router()


@router.get("/sqs/queues/{name}")
async def messages(page: PageOf, name: QueueName) -> Response:
    state = page.query.get("state", "")
    q = page.query.get("q", "")
    token = page.query.get("token", "")
    url = await queue_url(page.aws, name)
    wanted = {"After": token, "Most": _A_PAGE, "BodyLength": _SHOWN_OF_A_BODY, "State": state, "Text": q}
    backlog = await backlog_of(page.fleet, queue_of(page, name), **wanted)
    attributes = await attributes_of(page.aws, url, "VisibilityTimeout", "RedrivePolicy")
    return page.render(
        "sqs/messages.html",
        title=name,
        crumbs=crumbs_to(page),
        name=name,
        url=url,
        tabs=tabs(page, name, "Messages"),
        backlog=backlog,
        attributes=attributes,
        dead_letters=dead_letter_target(attributes),
        state=state,
        q=q,
    )


@router.get("/sqs/queues/{name}/messages/{key}")
async def message(page: PageOf, name: QueueName) -> Response:
    key = page.path["key"]
    found = await _message(page, name, key)
    return page.render(
        "sqs/message.html",
        title=f"Message {found['messageId']}",
        crumbs=crumbs_to(page, name),
        name=name,
        message=found,
    )


@router.get("/sqs/queues/{name}/messages/{key}/delete")
async def ask_delete(page: FormPageOf, name: QueueName) -> Response:
    key = page.path["key"]
    found = await _message(page, name, key)
    return page.confirm(
        title="Delete a message",
        question="The message is deleted, whoever has received it.",
        hits=(("Queue", name), ("Message", found["messageId"]), ("Body", found["body"][:200])),
        button="Delete message",
        cancel=queue_page(page, name),
        crumbs=crumbs_to(page, name),
    )


@router.post("/sqs/queues/{name}/messages/{key}/delete")
async def delete(page: PageOf, name: QueueName) -> Response:
    key = page.path["key"]
    await delete_message(page.fleet, queue_of(page, name), key)
    page.flash("The message is deleted.")
    return page.redirect(queue_page(page, name))


async def _message(page: PageOf, name: str, key: str) -> dict[str, Any]:
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        raise NoSuchPage("A message's key is a number.")
    backlog = await backlog_of(page.fleet, queue_of(page, name), Key=key, BodyLength=_MOST_OF_A_BODY)
    if not backlog.messages:
        raise NoSuchPage("The message is not in the queue any more: it has been deleted, moved, or is too old.")
    return backlog.messages[0]
