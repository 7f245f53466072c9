"""The topics of the account; a new one, and one less."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.responses import Response

from console.frame.page import FormPageOf, Page, PageOf
from console.frame.routers import page_router
from console.frame.tables import sorted_rows
from console.interfaces.errors import AwsCallError
from console.interfaces.sns.topics import attribute_parameters, call, list_topics, topic_attributes
from console.pages.sns.paths import TopicName, crumbs_to, topic_arn, topic_page

_MOST_SEARCHED = 20  # pages of a hundred

router = page_router()


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A topic in the list, with its counts of subscriptions."""

    name: str
    arn: str
    confirmed: int
    pending: int

    @property
    def fifo(self) -> bool:
        return self.name.endswith(".fifo")


@router.get("/sns/topics")
async def topics(page: PageOf) -> Response:
    q = page.query.get("q", "")
    token = page.query.get("token", "")
    rows: list[TopicRow] = []
    following = ""
    if page.state.services["sns"].answers:
        arns, following = await _found(page, q.strip().lower(), token)
        found = await asyncio.gather(*(_row(page, arn) for arn in arns))
        rows = sorted_rows([row for row in found if row is not None], page.query, _ORDERS)
    return page.render("sns/topics.html", title="Topics", topics=rows, following=following, q=q)


_ORDERS = {
    "name": lambda row: row.name,
    "confirmed": lambda row: row.confirmed,
    "pending": lambda row: row.pending,
}


@router.get("/sns/create-topic")
async def create_form(page: FormPageOf) -> Response:
    return _create_form(page, page.query.get("name", ""), "")


@router.post("/sns/create-topic")
async def create(page: PageOf) -> Response:
    form = await page.form()
    name = str(form.get("name", "")).strip()
    attributes: dict[str, str] = {}
    if form.get("fifo"):
        name = name if name.endswith(".fifo") else f"{name}.fifo"
        attributes = {"FifoTopic": "true", "ContentBasedDeduplication": "true" if form.get("content") else "false"}
    try:
        await call(page.aws, "CreateTopic", {"Name": name, **attribute_parameters("Attributes", attributes)})
    except AwsCallError as error:
        return _create_form(page, name, str(error))
    page.flash(f"The topic {name} is there.")
    return page.redirect(topic_page(page, name))


@router.get("/sns/topics/{name}/delete")
async def ask_delete(page: FormPageOf, name: TopicName) -> Response:
    attributes = await topic_attributes(page.aws, topic_arn(page, name))
    return page.confirm(
        title="Delete the topic",
        question="The topic is deleted, with its subscriptions. This cannot be undone.",
        hits=(("Topic", name), ("Subscriptions", attributes.get("SubscriptionsConfirmed", "0"))),
        button="Delete topic",
        cancel=topic_page(page, name),
        crumbs=crumbs_to(page, name),
    )


@router.post("/sns/topics/{name}/delete")
async def delete(page: PageOf, name: TopicName) -> Response:
    await call(page.aws, "DeleteTopic", {"TopicArn": topic_arn(page, name)})
    page.flash(f"The topic {name} is deleted.")
    return page.redirect(page.url("sns", "topics"))


async def _found(page: Page, part: str, token: str) -> tuple[list[str], str]:
    """A page's ARNs; with `part`, those of many pages whose name has it."""
    arns, following = await list_topics(page.aws, token)
    if not part:
        return arns, following
    found = [arn for arn in arns if part in arn.rpartition(":")[2].lower()]
    for _ in range(_MOST_SEARCHED):
        if not following or len(found) >= 100:
            break
        arns, following = await list_topics(page.aws, following)
        found += [arn for arn in arns if part in arn.rpartition(":")[2].lower()]
    return found, following


async def _row(page: Page, arn: str) -> TopicRow | None:
    """None for a topic that is gone by now."""
    try:
        attributes = await topic_attributes(page.aws, arn)
    except AwsCallError:
        return None
    confirmed, pending = (int(attributes.get(f"Subscriptions{state}", 0)) for state in ("Confirmed", "Pending"))
    return TopicRow(arn.rpartition(":")[2], arn, confirmed, pending)


def _create_form(page: Page, name: str, error: str) -> Response:
    return page.render(
        "sns/create_topic.html",
        title="Create a topic",
        crumbs=crumbs_to(page),
        name=name,
        error=error,
        status=400 if error else 200,
    )
