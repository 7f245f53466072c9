"""A form to send by: one message, or each line as one."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import FormData
from starlette.responses import Response

from console.frame.forms import written_text
from console.frame.page import FormPageOf, Page, PageOf
from console.frame.routers import page_router
from console.interfaces.errors import AwsCallError
from console.interfaces.message_attributes import TYPES, message_attributes
from console.interfaces.sqs.queues import call, queue_url
from console.pages.sqs.paths import QueueName, crumbs_to, queue_page

_A_BATCH = 10
_MOST_LINES = 1000
_ATTRIBUTES = 3

router = page_router()


@router.get("/sqs/queues/{name}/send")
async def send_form(page: FormPageOf, name: QueueName) -> Response:
    await queue_url(page.aws, name)
    return _form(page, name, {}, "")


@router.post("/sqs/queues/{name}/send")
async def send(page: PageOf, name: QueueName) -> Response:
    form = await page.form()
    url = await queue_url(page.aws, name)
    try:
        said = await (_send_lines if form.get("lines") else _send_one)(page, url, form)
    except AwsCallError as error:
        return _form(page, name, form, str(error))
    page.flash(said)
    return page.redirect(queue_page(page, name, "send") if form.get("again") else queue_page(page, name))


def _form(page: Page, name: str, given: Any, error: str) -> Response:
    return page.render(
        "sqs/send.html",
        title="Send messages",
        crumbs=crumbs_to(page, name),
        name=name,
        fifo=name.endswith(".fifo"),
        given=given,
        error=error,
        types=TYPES,
        rows=range(1, _ATTRIBUTES + 1),
        status=400 if error else 200,
    )


def _members(form: FormData) -> dict[str, Any]:
    """What every message of the form has beside its body."""
    given: dict[str, Any] = {}
    if delay := str(form.get("delay", "")).strip():
        given["DelaySeconds"] = int(delay) if delay.isascii() and delay.isdigit() and len(delay) < 10 else delay
    for field, member in (("group", "MessageGroupId"), ("deduplication", "MessageDeduplicationId")):
        if value := str(form.get(field, "")).strip():
            given[member] = value
    if attributes := message_attributes(form):
        given["MessageAttributes"] = attributes
    return given


async def _send_one(page: Page, url: str, form: FormData) -> str:
    answer = await call(page.aws, "SendMessage", QueueUrl=url, MessageBody=written_text(form, "body"), **_members(form))
    return f"Sent as {answer['MessageId']}."


async def _send_lines(page: Page, url: str, form: FormData) -> str:
    lines = [line for line in written_text(form, "body").split("\n") if line.strip()]
    if len(lines) > _MOST_LINES:
        raise AwsCallError("sqs", "SendMessageBatch", "", f"{_MOST_LINES} lines at most can be sent at once.", 400)
    members = _members(form)
    base = members.pop("MessageDeduplicationId", None)
    sent = 0
    for first in range(0, len(lines), _A_BATCH):
        entries = [
            {"Id": str(number), "MessageBody": line, **members}
            | ({"MessageDeduplicationId": f"{base}-{number}"} if base else {})
            for number, line in enumerate(lines[first : first + _A_BATCH], first)
        ]
        answer = await call(page.aws, "SendMessageBatch", QueueUrl=url, Entries=entries)
        sent += len(answer.get("Successful", ()))
        for failed in answer.get("Failed", ()):
            said = f"{failed.get('Message', '')} ({sent} were sent before.)"
            raise AwsCallError("sqs", "SendMessageBatch", failed["Code"], said, 400)
    return f"{sent} messages sent."
