"""A queue purged, and a queue deleted: each asks before."""

from __future__ import annotations

from starlette.responses import Response

from console.frame.page import FormPageOf, PageOf
from console.frame.routers import page_router
from console.interfaces.sqs.backlog import backlog_of
from console.interfaces.sqs.queues import call, queue_url
from console.pages.sqs.paths import QueueName, crumbs_to, queue_of, queue_page

router = page_router()


@router.get("/sqs/queues/{name}/purge")
async def ask_purge(page: FormPageOf, name: QueueName) -> Response:
    backlog = await backlog_of(page.fleet, queue_of(page, name), Most="1", BodyLength="0")
    return page.confirm(
        title="Purge the queue",
        question="Every message is deleted, also those that somebody has received. This cannot be undone.",
        hits=(("Queue", name), ("Messages", f"{backlog.count:,}")),
        button="Purge",
        cancel=queue_page(page, name),
        crumbs=crumbs_to(page, name),
    )


@router.post("/sqs/queues/{name}/purge")
async def purge(page: PageOf, name: QueueName) -> Response:
    await call(page.aws, "PurgeQueue", QueueUrl=await queue_url(page.aws, name))
    page.flash(f"The queue {name} is empty.")
    return page.redirect(queue_page(page, name))


@router.get("/sqs/queues/{name}/delete")
async def ask_delete(page: FormPageOf, name: QueueName) -> Response:
    backlog = await backlog_of(page.fleet, queue_of(page, name), Most="1", BodyLength="0")
    return page.confirm(
        title="Delete the queue",
        question="The queue is deleted, with all that waits in it. This cannot be undone.",
        hits=(("Queue", name), ("Messages", f"{backlog.count:,}")),
        button="Delete queue",
        cancel=queue_page(page, name),
        crumbs=crumbs_to(page, name),
        expected=name if backlog.count else "",
    )


@router.post("/sqs/queues/{name}/delete")
async def delete(page: PageOf, name: QueueName) -> Response:
    form = await page.form()
    if "expected" in form and form["expected"] != name:
        page.flash("Nothing is deleted: that is not the queue's name.", "error")
        return page.redirect(queue_page(page, name, "delete"))
    await call(page.aws, "DeleteQueue", QueueUrl=await queue_url(page.aws, name))
    page.flash(f"The queue {name} is deleted.")
    return page.redirect(page.url("sqs", "queues"))
