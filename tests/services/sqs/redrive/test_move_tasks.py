"""Message move tasks: dead letters back to where they came from, at a rate, cancelled, failed, and over a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from awskit.database import Transaction
from awskit.service.application import Application
from services.sqs.app import create_service
from services.sqs.settings import SqsSettings
from tests.services.sqs.conftest import Refused, Sqs


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def _counted(sqs: Sqs, url: str, visible: int) -> None:
    """Wait until the queue has so many visible messages."""

    async def reached() -> bool:
        return (await sqs.counts(url))[0] == visible

    await _until(reached)


async def _dead_letters(sqs: Sqs, count: int, name: str = "source", dead_name: str = "dead") -> tuple[str, str]:
    """A queue and its dead-letter queue, with `count` messages buried."""
    given: dict[str, Any] = {"ContentBasedDeduplication": "true"} if name.endswith(".fifo") else {}
    dead = await sqs.queue(dead_name, **given)
    policy = {"deadLetterTargetArn": await sqs.arn(dead), "maxReceiveCount": 1}
    url = await sqs.queue(name, RedrivePolicy=policy, VisibilityTimeout="0", **given)
    for number in range(count):
        group = {"MessageGroupId": str(number % 3)} if given else {}
        await sqs.send(url, f"{name} {number}", **group)
    while sum(await sqs.counts(url)):
        await sqs.take(url)
    return url, dead


async def _task(sqs: Sqs, dead: str) -> Any:
    (task,) = (await sqs.list_message_move_tasks(SourceArn=await sqs.arn(dead)))["Results"]
    return task


async def _ended(sqs: Sqs, dead: str) -> Any:
    async def ended() -> bool:
        return (await _task(sqs, dead))["Status"] not in ("RUNNING", "CANCELLING")

    await _until(ended)
    return await _task(sqs, dead)


async def test_messages_go_back_where_they_came_from_as_new_ones(sqs: Sqs) -> None:
    url, dead = await _dead_letters(sqs, 12)
    other, _ = await _dead_letters(sqs, 1, "other")
    sqs.clock.advance(5)
    started = await sqs.start_message_move_task(SourceArn=await sqs.arn(dead))
    assert started["TaskHandle"]
    task = await _ended(sqs, dead)
    assert task == {
        "Status": "COMPLETED",
        "SourceArn": await sqs.arn(dead),
        "ApproximateNumberOfMessagesMoved": 13,
        "ApproximateNumberOfMessagesToMove": 13,
        "StartedTimestamp": 1_700_000_005_000,
    }
    assert await sqs.counts(dead) == (0, 0, 0)
    assert await sqs.counts(url) == (12, 0, 0)
    (message,) = await sqs.take(other)
    assert message["Body"] == "other 0"
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert message["Attributes"]["SentTimestamp"] == "1700000005000"
    assert "DeadLetterQueueSourceArn" not in message["Attributes"]


async def test_messages_go_to_another_queue(sqs: Sqs) -> None:
    _, dead = await _dead_letters(sqs, 3)
    url = await sqs.queue("elsewhere")
    await sqs.start_message_move_task(SourceArn=await sqs.arn(dead), DestinationArn=await sqs.arn(url))
    assert (await _ended(sqs, dead))["DestinationArn"] == await sqs.arn(url)
    assert sorted(await sqs.bodies(url)) == ["source 0", "source 1", "source 2"]


async def test_fifo_messages_keep_their_order(sqs: Sqs) -> None:
    _, dead = await _dead_letters(sqs, 9, "source.fifo", "dead.fifo")
    elsewhere = await sqs.queue("elsewhere.fifo")
    await sqs.start_message_move_task(SourceArn=await sqs.arn(dead), DestinationArn=await sqs.arn(elsewhere))
    await _ended(sqs, dead)
    messages = await sqs.take(elsewhere)
    for group in "012":
        bodies = [message["Body"] for message in messages if message["Attributes"]["MessageGroupId"] == group]
        assert bodies == [f"source.fifo {number}" for number in range(int(group), 9, 3)]


async def test_a_rate_is_kept_and_a_task_cancelled(sqs: Sqs) -> None:
    url, dead = await _dead_letters(sqs, 20)
    arn = await sqs.arn(dead)
    started = await sqs.start_message_move_task(SourceArn=arn, MaxNumberOfMessagesPerSecond=2)
    await _counted(sqs, url, 1)
    sqs.clock.advance(3)
    await _counted(sqs, url, 7)
    task = await _task(sqs, dead)
    assert (task["Status"], task["MaxNumberOfMessagesPerSecond"]) == ("RUNNING", 2)
    assert task["TaskHandle"] == started["TaskHandle"]
    with pytest.raises(Refused, match="InvalidParameterValue: There is already a task running"):
        await sqs.start_message_move_task(SourceArn=arn)
    cancelled = await sqs.cancel_message_move_task(TaskHandle=started["TaskHandle"])
    assert cancelled == {"ApproximateNumberOfMessagesMoved": 7}
    task = await _ended(sqs, dead)
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("CANCELLED", 7)
    assert "TaskHandle" not in task
    with pytest.raises(Refused, match="Only active tasks"):
        await sqs.cancel_message_move_task(TaskHandle=started["TaskHandle"])
    assert await sqs.counts(dead) == (13, 0, 0)
    await sqs.start_message_move_task(SourceArn=arn)
    await _counted(sqs, dead, 0)
    listed = await sqs.list_message_move_tasks(SourceArn=arn, MaxResults=10)
    assert [task["ApproximateNumberOfMessagesMoved"] for task in listed["Results"]] == [13, 7]


async def test_a_task_fails_where_a_message_has_nowhere_to_go(sqs: Sqs) -> None:
    url, dead = await _dead_letters(sqs, 2)
    keeper, _ = await _dead_letters(sqs, 0, "keeper")
    await sqs.delete_queue(QueueUrl=url)
    await sqs.start_message_move_task(SourceArn=await sqs.arn(dead))
    task = await _ended(sqs, dead)
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "AWS.SimpleQueueService.NonExistentQueue")
    assert await sqs.counts(dead) == (2, 0, 0)
    await sqs.purge_queue(QueueUrl=dead)
    await sqs.send(dead, "sent here by its owner")
    await sqs.start_message_move_task(SourceArn=await sqs.arn(dead))
    assert (await _ended(sqs, dead))["FailureReason"] == "CouldNotDetermineMessageSource"
    assert await sqs.counts(keeper) == (0, 0, 0)


async def test_what_a_task_needs(sqs_on_sqlite: Sqs) -> None:
    url, dead = await _dead_letters(sqs_on_sqlite, 0)
    arn = await sqs_on_sqlite.arn(dead)
    fifo = await sqs_on_sqlite.arn(await sqs_on_sqlite.queue("q.fifo"))
    for given, code, message in (
        ({"SourceArn": "x"}, "InvalidParameterValue", "SourceArn"),
        ({"SourceArn": arn + "x"}, "ResourceNotFoundException", "SourceArn parameter doesn't exist"),
        ({"SourceArn": await sqs_on_sqlite.arn(url)}, "InvalidParameterValue", "configured as a Dead Letter Queue"),
        ({"SourceArn": arn, "DestinationArn": arn}, "InvalidParameterValue", "cannot be the same"),
        ({"SourceArn": arn, "DestinationArn": arn + "x"}, "ResourceNotFoundException", "DestinationArn"),
        ({"SourceArn": arn, "DestinationArn": fifo}, "InvalidParameterValue", "same type"),
        ({"SourceArn": arn, "MaxNumberOfMessagesPerSecond": 501}, "InvalidParameterValue", "between 1 and 500"),
    ):
        with pytest.raises(Refused, match=message) as refused:
            await sqs_on_sqlite.start_message_move_task(**given)
        assert refused.value.code == code
    for handle in ("nonsense", "e30="):
        with pytest.raises(Refused, match=r"Value for parameter TaskHandle is invalid\.$"):
            await sqs_on_sqlite.cancel_message_move_task(TaskHandle=handle)
    with pytest.raises(Refused, match="MaxResults"):
        await sqs_on_sqlite.list_message_move_tasks(SourceArn=arn, MaxResults=11)


async def test_a_task_goes_on_after_a_restart(migrated_database_url: Callable[[str], str]) -> None:
    from awskit.clock import ManualClock

    url = migrated_database_url("sqs")

    async def started(clock: ManualClock) -> Sqs:
        service = create_service(SqsSettings(database_url=url), clock)
        await service.start()
        return Sqs(service, Application(service), clock)

    clock = ManualClock()
    sqs = await started(clock)
    source, dead = await _dead_letters(sqs, 20)
    await sqs.start_message_move_task(SourceArn=await sqs.arn(dead), MaxNumberOfMessagesPerSecond=1)
    clock.advance(4)
    await _counted(sqs, source, 5)
    await sqs.service.stop()
    sqs.service.runtime.database.close()
    clock = ManualClock(1_700_000_000.0 + 30)
    sqs = await started(clock)
    assert (await _ended(sqs, dead))["ApproximateNumberOfMessagesMoved"] == 20
    assert await sqs.counts(source) == (20, 0, 0)
    await sqs.service.stop()
    sqs.service.runtime.database.close()


async def test_a_task_that_always_fails_ends_and_holds_up_no_other(sqs: Sqs) -> None:
    """The database refuses to move one message: a stand-in for whatever goes wrong with a task itself."""
    database = sqs.service.runtime.database
    if database.engine.name != "sqlite":
        pytest.skip("a trigger of SQLite's")
    _, broken = await _dead_letters(sqs, 1, "broken-source", "broken")
    url, dead = await _dead_letters(sqs, 2)

    def spoil(transaction: Transaction) -> None:
        transaction.connection.exec_driver_sql(
            "CREATE TRIGGER spoilt BEFORE UPDATE ON messages WHEN NEW.body LIKE 'broken%' "
            "BEGIN SELECT RAISE(ABORT, 'spoilt'); END"
        )
        transaction.connection.exec_driver_sql(
            "CREATE TRIGGER spoilt_too BEFORE INSERT ON messages WHEN NEW.body LIKE 'broken%' "
            "BEGIN SELECT RAISE(ABORT, 'spoilt'); END"
        )

    await database.write(spoil)
    await sqs.start_message_move_task(SourceArn=await sqs.arn(broken))
    await sqs.start_message_move_task(SourceArn=await sqs.arn(dead))
    await _counted(sqs, url, 2)
    assert (await _ended(sqs, dead))["Status"] == "COMPLETED"
    ended = await _ended(sqs, broken)
    assert (ended["Status"], ended["FailureReason"]) == ("FAILED", "AWS.SimpleQueueService.InternalError")
    assert (await sqs.counts(broken))[0] == 1
