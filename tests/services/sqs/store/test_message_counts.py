"""What GetQueueAttributes counts is what the rows say, whatever has happened to them; and no row is read for it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from awskit.database import Transaction
from services.sqs.store import message_counts
from services.sqs.store.message_counts import Counts
from services.sqs.store.tables import DELAYED, IN_FLIGHT, messages, queues
from tests.services.sqs.conftest import Refused, Sqs


def taken_anew(name: str, now: float) -> Callable[[Transaction], Counts]:
    """A queue's messages counted from its rows."""

    def work(transaction: Transaction) -> Counts:
        backlog = sa.select(queues.c.backlog_id).where(queues.c.name == name).scalar_subquery()
        rows = transaction.connection.execute(
            sa.select(messages.c.state, messages.c.visible_at).where(messages.c.backlog_id == backlog)
        ).all()
        in_flight, delayed = (
            sum(row.state == state and row.visible_at > now for row in rows) for state in (IN_FLIGHT, DELAYED)
        )
        return Counts(len(rows) - in_flight - delayed, in_flight, delayed)

    return work


async def shown_is_what_is_there(sqs: Sqs, url: str) -> None:
    name, now = url.rpartition("/")[2], sqs.clock.now()
    database = sqs.service.runtime.database
    for queue in (name, "dead.fifo" if name.endswith(".fifo") else "dead"):
        shown = await sqs.counts(url.replace(name, queue))
        assert shown == await database.read(taken_anew(queue, now)), queue


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["", ".fifo"])
async def test_any_order_of_everything(sqs_on_sqlite: Sqs, kind: str, seed: int) -> None:
    sqs = sqs_on_sqlite
    chosen = random.Random(seed)
    dead = await sqs.queue(f"dead{kind}", VisibilityTimeout="20")
    policy = {"deadLetterTargetArn": await sqs.arn(dead), "maxReceiveCount": 3}
    url = await sqs.queue(f"live{kind}", VisibilityTimeout="20", MessageRetentionPeriod="300", RedrivePolicy=policy)
    await shown_is_what_is_there(sqs, url)
    handles: list[str] = []
    number = 0

    async def send() -> None:
        nonlocal number
        number += 1
        group = {"MessageGroupId": str(number % 3), "MessageDeduplicationId": str(number)}
        given: dict[str, Any] = group if kind else {"DelaySeconds": chosen.choice((0, 0, 15))}
        await sqs.send(url, f"message {number}", **given)

    async def receive() -> None:
        timeout = {"VisibilityTimeout": 0} if chosen.random() < 0.2 else {}
        handles.extend(message["ReceiptHandle"] for message in await sqs.take(url, chosen.choice((1, 5)), **timeout))

    async def delete() -> None:
        if handles:
            await sqs.delete_message(QueueUrl=url, ReceiptHandle=handles.pop(chosen.randrange(len(handles))))

    async def change_visibility() -> None:
        if handles:
            handle = chosen.choice(handles)
            seconds = chosen.choice((0, 5, 40))
            await sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=seconds)

    async def change_delay() -> None:
        await sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": chosen.choice(("0", "10"))})

    async def wait() -> None:
        sqs.clock.advance(chosen.choice((1, 12, 25, 150)))

    steps = (send, send, send, receive, receive, delete, change_visibility, change_delay, wait)
    for _ in range(120):
        together = [chosen.choice(steps)() for _ in range(chosen.choice((1, 1, 4)))]
        for failed in await asyncio.gather(*together, return_exceptions=True):
            assert failed is None or isinstance(failed, Refused), failed
        if chosen.random() < 0.7:
            await shown_is_what_is_there(sqs, url)
    await shown_is_what_is_there(sqs, url)
    await sqs.purge_queue(QueueUrl=url)
    assert await sqs.counts(url) == (0, 0, 0)


async def test_once_taken_a_look_reads_no_messages(sqs_on_sqlite: Sqs) -> None:
    sqs = sqs_on_sqlite
    url = await sqs.queue(VisibilityTimeout="600")
    for _ in range(20):
        entries = [{"Id": str(n), "MessageBody": "b", "DelaySeconds": 600 * (n % 2)} for n in range(10)]
        await sqs.send_message_batch(QueueUrl=url, Entries=entries)
    await sqs.take(url)
    assert await sqs.counts(url) == (90, 10, 100)
    database = sqs.service.runtime.database

    def steps(transaction: Transaction) -> int:
        """How many hundreds of steps SQLite takes to count."""
        taken = 0

        def progress() -> int:
            nonlocal taken
            taken += 1
            return 0

        transaction.own_driver.set_progress_handler(progress, 100)
        (backlog_id,) = transaction.connection.execute(sa.select(queues.c.backlog_id)).scalars()
        message_counts.count(transaction, backlog_id, sqs.clock.now())
        transaction.own_driver.set_progress_handler(None, 100)
        return taken

    assert await database.write(steps) <= 1


async def test_large_backlogs_are_counted_after_a_start_while_others_write(
    sqs_on_sqlite: Sqs, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqs, database = sqs_on_sqlite, sqs_on_sqlite.service.runtime.database
    url = await sqs.queue(VisibilityTimeout="600")
    await sqs.send(url, *"abcdef")
    await sqs.send(url, "later", DelaySeconds=600)

    def several(transaction: Transaction) -> dict[int, int]:
        """As `count_large_backlogs` finds them, of a queue that is not large."""
        (backlog_id,) = transaction.connection.execute(sa.select(queues.c.backlog_id)).scalars()
        return {
            backlog_id: 7,
            message_counts.waiting(backlog_id, IN_FLIGHT): 0,
            message_counts.waiting(backlog_id, DELAYED): 1,
        }

    counting = asyncio.ensure_future(database.count_beside(several))
    await asyncio.sleep(0)
    (message,) = await sqs.take(url, 1)
    await sqs.delete(url, message)
    await sqs.take(url, 2)
    await sqs.send(url, "g")
    await counting

    def must_not(transaction: Transaction, backlog_id: int, state: int) -> int:
        raise AssertionError("counted anew")

    monkeypatch.setattr(message_counts._COUNT_ALL, "value", must_not)
    monkeypatch.setattr(message_counts._COUNT_STATE, "value", must_not)
    assert await sqs.counts(url) == (4, 2, 1)
