"""A queue's settings: shown, changed, and those of a new queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData
from starlette.responses import Response

from console.frame.page import FormPageOf, Page, PageOf
from console.frame.routers import page_router
from console.interfaces.errors import AwsCallError
from console.interfaces.sqs.queues import attributes_of, call, queue_url, tags_of
from console.pages.sqs.paths import QueueName, crumbs_to, queue_page, tabs

router = page_router()


@dataclass(frozen=True, slots=True)
class Setting:
    """An attribute that can be set. `kind` is that of its field; of FIFO queues alone where `fifo`."""

    name: str
    label: str
    kind: str = "number"
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    fifo: bool = False


_YES_NO = (("false", "no"), ("true", "yes"))
_THROUGHPUT = (("perQueue", "the queue"), ("perMessageGroupId", "each message group"))

SETTINGS = (
    Setting("VisibilityTimeout", "Visibility timeout", hint="Seconds, 0 to 43,200 (12 hours)."),
    Setting("MessageRetentionPeriod", "Messages are kept for", hint="Seconds, 60 to 1,209,600 (14 days)."),
    Setting("DelaySeconds", "Delivery delay", hint="Seconds, 0 to 900."),
    Setting("ReceiveMessageWaitTimeSeconds", "A receive waits for", hint="Seconds, 0 to 20: long polling."),
    Setting("MaximumMessageSize", "Largest message", hint="Bytes, 1,024 to 1,048,576."),
    Setting("ContentBasedDeduplication", "Deduplicate by content", "select", options=_YES_NO, fifo=True),
    Setting(
        "DeduplicationScope",
        "Deduplicate within",
        "select",
        options=(("queue", "the queue"), ("messageGroup", "each message group")),
        fifo=True,
    ),
    Setting("FifoThroughputLimit", "Throughput limit holds for", "select", options=_THROUGHPUT, fifo=True),
    Setting(
        "RedrivePolicy",
        "Redrive policy",
        "textarea",
        hint='{"deadLetterTargetArn": "arn:aws:sqs:...", "maxReceiveCount": 3}; empty: there is none.',
    ),
    Setting("RedriveAllowPolicy", "Who may use it for dead letters", "textarea", hint="A redrive allow policy."),
    Setting("Policy", "Access policy", "textarea", hint="Who may do what: a policy in JSON."),
)


def settings_of(name: str) -> tuple[Setting, ...]:
    return tuple(setting for setting in SETTINGS if not setting.fifo or name.endswith(".fifo"))


@router.get("/sqs/queues/{name}/settings")
async def settings(page: PageOf, name: QueueName) -> Response:
    url = await queue_url(page.aws, name)
    return page.render(
        "sqs/settings.html",
        title=name,
        crumbs=crumbs_to(page),
        name=name,
        url=url,
        tabs=tabs(page, name, "Settings"),
        attributes=await attributes_of(page.aws, url),
        queue_tags=await tags_of(page.aws, url),
        settings=settings_of(name),
    )


@router.get("/sqs/queues/{name}/edit")
async def edit_form(page: FormPageOf, name: QueueName) -> Response:
    return _edit_form(page, name, await attributes_of(page.aws, await queue_url(page.aws, name)), "")


@router.post("/sqs/queues/{name}/edit")
async def edit(page: PageOf, name: QueueName) -> Response:
    form = await page.form()
    url = await queue_url(page.aws, name)
    before = await attributes_of(page.aws, url)
    changed = {one: value for one, value in _given(form, name).items() if value != before.get(one, "")}
    try:
        if changed:
            await call(page.aws, "SetQueueAttributes", QueueUrl=url, Attributes=changed)
    except AwsCallError as error:
        return _edit_form(page, name, _given(form, name), str(error))
    page.flash("The settings are changed." if changed else "Nothing was changed.")
    return page.redirect(queue_page(page, name, "settings"))


@router.get("/sqs/create-queue")
async def create_form(page: FormPageOf) -> Response:
    return _create_form(page, {"name": page.query.get("name", "")}, "")


@router.post("/sqs/create-queue")
async def create(page: PageOf) -> Response:
    form = await page.form()
    name = str(form.get("name", "")).strip()
    if form.get("fifo") and not name.endswith(".fifo"):
        name += ".fifo"
    attributes = {one: value for one, value in _given(form, name).items() if value}
    if name.endswith(".fifo"):
        attributes["FifoQueue"] = "true"
    try:
        await call(page.aws, "CreateQueue", QueueName=name, Attributes=attributes)
    except AwsCallError as error:
        return _create_form(page, {**dict(form), "name": name}, str(error))
    page.flash(f"The queue {name} is there.")
    return page.redirect(queue_page(page, name))


def _given(form: FormData, name: str) -> dict[str, str]:
    """The attributes that a form says, in the form that AWS has them."""
    return {one.name: str(form[one.name]).strip() for one in settings_of(name) if one.name in form}


def _edit_form(page: Page, name: str, attributes: Mapping[str, str], error: str) -> Response:
    return page.render(
        "sqs/edit_queue.html",
        title="Change settings",
        crumbs=crumbs_to(page, name),
        name=name,
        attributes=attributes,
        settings=settings_of(name),
        error=error,
        status=400 if error else 200,
    )


def _create_form(page: Page, given: Mapping[str, Any], error: str) -> Response:
    return page.render(
        "sqs/create_queue.html",
        title="Create a queue",
        crumbs=crumbs_to(page),
        given=given,
        settings=[setting for setting in SETTINGS if not setting.fifo],
        error=error,
        status=400 if error else 200,
    )
