"""CreateQueue, GetQueueUrl, ListQueues, DeleteQueue, PurgeQueue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.services.sqs.conftest import Refused, Sqs


async def test_a_queue_is_created_found_and_listed(sqs: Sqs) -> None:
    url = await sqs.queue("orders")
    assert url == "http://localhost:4566/000000000000/orders"
    assert await sqs.get_queue_url(QueueName="orders") == {"QueueUrl": url}
    assert await sqs.list_queues() == {"QueueUrls": [url]}


async def test_creating_again_with_the_same_attributes_answers_the_same_queue(sqs: Sqs) -> None:
    url = await sqs.queue("orders", VisibilityTimeout="60")
    await sqs.send(url, "kept")
    assert await sqs.queue("orders", VisibilityTimeout="60") == url
    assert await sqs.queue("orders") == url
    assert await sqs.queue("orders", DelaySeconds="0") == url  # what it has by default
    assert await sqs.counts(url) == (1, 0, 0)


async def test_creating_again_with_other_attributes_is_refused(sqs: Sqs) -> None:
    await sqs.queue("orders", VisibilityTimeout="60")
    with pytest.raises(Refused, match="different value for attribute VisibilityTimeout") as refused:
        await sqs.queue("orders", VisibilityTimeout="61")
    assert (refused.value.code, refused.value.name) == ("QueueAlreadyExists", "QueueNameExists")


async def test_creating_again_with_other_tags_is_refused(sqs: Sqs) -> None:
    await sqs.create_queue(QueueName="q", tags={"a": "1"})
    for tags in ({}, {"a": "1"}):
        await sqs.create_queue(QueueName="q", tags=tags)
    for tags in ({"a": "2"}, {"b": "1"}, {"a": "1", "b": "1"}):
        with pytest.raises(Refused, match="different tags") as refused:
            await sqs.create_queue(QueueName="q", tags=tags)
        assert (refused.value.code, refused.value.name) == ("QueueAlreadyExists", "QueueNameExists")


@pytest.mark.parametrize("name", ["", "with space", "dots.in.it", "x" * 81, "täg", "fifo.fifo"])
async def test_names_are_checked(sqs_on_sqlite: Sqs, name: str) -> None:
    with pytest.raises(Refused, match="Can only include alphanumeric") as refused:
        await sqs_on_sqlite.create_queue(QueueName=name)
    assert refused.value.code == "InvalidParameterValue"


async def test_a_fifo_queues_name_must_say_so(sqs_on_sqlite: Sqs) -> None:
    with pytest.raises(Refused, match=r"must end with .fifo suffix"):
        await sqs_on_sqlite.queue("orders", FifoQueue="true")
    with pytest.raises(Refused, match="Unknown Attribute FifoQueue"):
        await sqs_on_sqlite.queue("orders", FifoQueue="false")


async def test_queues_are_kept_apart_by_account_and_region(sqs: Sqs) -> None:
    other = sqs.caller(account_id="111122223333")
    abroad = sqs.caller(region="eu-west-1")
    for caller in (sqs, other, abroad):
        await caller.queue("same")
    assert await other.list_queues() == {"QueueUrls": ["http://localhost:4566/111122223333/same"]}
    await other.send("http://localhost:4566/111122223333/same", "theirs")
    assert await sqs.bodies("http://localhost:4566/000000000000/same") == []
    assert await abroad.bodies("http://localhost:4566/000000000000/same") == []
    # An account in the URL is that account's queue, which lets others in by its policy.
    theirs = "http://localhost:4566/111122223333/same"
    for operation, given in (("receive_message", {"QueueUrl": theirs}), ("get_queue_url", {"QueueName": "same"})):
        owner = {"QueueOwnerAWSAccountId": "111122223333"} if operation == "get_queue_url" else {}
        with pytest.raises(Refused) as refused:
            await getattr(sqs, operation)(**given, **owner)
        assert (refused.value.status, refused.value.code) == (403, "AccessDenied")
    actions = ["ReceiveMessage", "GetQueueUrl"]
    await other.add_permission(QueueUrl=theirs, Label="us", AWSAccountIds=["000000000000"], Actions=actions)
    assert await sqs.bodies(theirs) == ["theirs"]
    found = await sqs.get_queue_url(QueueName="same", QueueOwnerAWSAccountId="111122223333")
    assert found == {"QueueUrl": theirs}
    with pytest.raises(Refused):
        await sqs.send_message(QueueUrl=theirs, MessageBody="x")


async def test_listing_by_prefix_and_in_pages(sqs_on_sqlite: Sqs) -> None:
    assert await sqs_on_sqlite.list_queues() == {}
    for name in ("b-2", "a-1", "B-3", "b-1", "b_4"):
        await sqs_on_sqlite.queue(name)
    base = "http://localhost:4566/000000000000/"
    assert await sqs_on_sqlite.list_queues(QueueNamePrefix="b-") == {"QueueUrls": [f"{base}b-1", f"{base}b-2"]}
    first = await sqs_on_sqlite.list_queues(MaxResults=3)
    assert first["QueueUrls"] == [f"{base}{name}" for name in ("B-3", "a-1", "b-1")]
    second = await sqs_on_sqlite.list_queues(MaxResults=3, NextToken=first["NextToken"])
    assert second == {"QueueUrls": [f"{base}b-2", f"{base}b_4"]}
    with pytest.raises(Refused, match="MaxResults"):
        await sqs_on_sqlite.list_queues(MaxResults=1001)
    with pytest.raises(Refused, match="next token"):
        await sqs_on_sqlite.list_queues(MaxResults=1, NextToken="%")


async def test_a_deleted_queue_is_gone_with_its_messages(sqs: Sqs) -> None:
    url = await sqs.queue("orders")
    await sqs.send(url, "lost")
    await sqs.delete_queue(QueueUrl=url)
    for call in (
        sqs.get_queue_url(QueueName="orders"),
        sqs.delete_queue(QueueUrl=url),
        sqs.send_message(QueueUrl=url, MessageBody="x"),
        sqs.receive_message(QueueUrl=url),
        sqs.get_queue_attributes(QueueUrl=url),
        sqs.purge_queue(QueueUrl=url),
    ):
        with pytest.raises(Refused, match="does not exist") as refused:
            await call
        assert (refused.value.code, refused.value.name) == (
            "AWS.SimpleQueueService.NonExistentQueue",
            "QueueDoesNotExist",
        )
    assert await sqs.queue("orders") == url
    assert await sqs.bodies(url) == []


async def test_a_name_can_be_kept_for_sixty_seconds_after_deletion(started_sqs: Callable[..., Any]) -> None:
    sqs = await started_sqs(delay_recently_deleted=True)
    url = await sqs.queue("orders")
    await sqs.delete_queue(QueueUrl=url)
    sqs.clock.advance(59)
    with pytest.raises(Refused, match="60 seconds") as refused:
        await sqs.queue("orders")
    assert refused.value.code == "AWS.SimpleQueueService.QueueDeletedRecently"
    await sqs.queue("another")
    sqs.clock.advance(1)
    await sqs.queue("orders")


async def test_purging_deletes_every_message_whatever_its_state(sqs: Sqs) -> None:
    url = await sqs.queue()
    await sqs.send(url, "in flight", "waiting")
    await sqs.send(url, "delayed", DelaySeconds=60)
    (taken,) = await sqs.take(url, 1)
    await sqs.purge_queue(QueueUrl=url)
    assert await sqs.counts(url) == (0, 0, 0)
    await sqs.delete(url, taken)
    await sqs.send(url, "new")
    sqs.clock.advance(60)
    assert await sqs.bodies(url) == ["new"]
    await sqs.purge_queue(QueueUrl=url)


async def test_purging_can_be_limited_to_once_in_sixty_seconds(started_sqs: Callable[..., Any]) -> None:
    sqs = await started_sqs(delay_purge_retry=True)
    url = await sqs.queue("orders")
    await sqs.purge_queue(QueueUrl=url)
    with pytest.raises(Refused, match="on orders is allowed every 60 seconds") as refused:
        await sqs.purge_queue(QueueUrl=url)
    assert (refused.value.status, refused.value.code) == (403, "AWS.SimpleQueueService.PurgeQueueInProgress")
    sqs.clock.advance(60)
    await sqs.purge_queue(QueueUrl=url)


async def test_the_messages_of_purged_and_deleted_queues_are_swept_out(sqs: Sqs) -> None:
    from services.sqs.store.tables import backlogs, messages

    one, other = await sqs.queue("one"), await sqs.queue("other")
    for url in (one, other):
        for _ in range(3):
            await sqs.send_message_batch(
                QueueUrl=url, Entries=[{"Id": str(number), "MessageBody": "x" * 20_000} for number in range(10)]
            )
    await sqs.purge_queue(QueueUrl=one)
    await sqs.delete_queue(QueueUrl=other)
    database = sqs.service.runtime.database
    await sqs.service.runtime.housekeeping.sweep()
    rows = await database.read(
        lambda transaction: [
            transaction.connection.execute(select).all()
            for select in (messages.select(), backlogs.select().where(backlogs.c.discarded < 2))
        ]
    )
    assert [len(found) for found in rows] == [0, 1]
