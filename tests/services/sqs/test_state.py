"""What outlives a restart, what a reset empties, and the schema itself."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from awskit.clock import ManualClock
from awskit.service.application import Application
from services.sqs.app import create_service
from services.sqs.settings import SqsSettings
from services.sqs.store.tables import metadata
from tests.services.sqs.conftest import Sqs


async def _started(url: str, now: float) -> Sqs:
    clock = ManualClock(now)
    service = create_service(SqsSettings(database_url=url), clock)
    await service.start()
    return Sqs(service, Application(service), clock)


async def _stopped(sqs: Sqs) -> None:
    await sqs.service.stop()
    sqs.service.runtime.database.close()


async def test_everything_outlives_a_restart(migrated_database_url: Callable[[str], str]) -> None:
    database_url = migrated_database_url("sqs")
    sqs = await _started(database_url, 1_700_000_000)
    url = await sqs.queue(VisibilityTimeout="60")
    fifo = await sqs.queue("q.fifo", ContentBasedDeduplication="true", VisibilityTimeout="45")
    await sqs.tag_queue(QueueUrl=url, Tags={"k": "v"})
    await sqs.send(url, "in flight")
    (taken,) = await sqs.take(url)
    await sqs.send(url, "waiting")
    await sqs.send(url, "delayed", DelaySeconds=30)
    (first, second) = await sqs.send(fifo, "1", "2", MessageGroupId="g")
    (locked,) = await sqs.take(fifo, 1, ReceiveRequestAttemptId="attempt")
    await _stopped(sqs)

    sqs = await _started(database_url, 1_700_000_010)
    assert await sqs.counts(url) == (1, 1, 1)
    assert await sqs.list_queue_tags(QueueUrl=url) == {"Tags": {"k": "v"}}
    assert await sqs.bodies(url) == ["waiting"]
    sqs.clock.advance(20)
    assert await sqs.bodies(url) == ["delayed"]
    await sqs.delete(url, taken)
    (again,) = await sqs.send(fifo, "1", MessageGroupId="g")
    assert again["SequenceNumber"] == first["SequenceNumber"]
    (third,) = await sqs.send(fifo, "3", MessageGroupId="g")
    assert int(third["SequenceNumber"]) > int(second["SequenceNumber"])
    assert await sqs.bodies(fifo) == []
    sqs.clock.advance(40)
    assert await sqs.bodies(url) == ["waiting"]
    messages = await sqs.take(fifo)
    assert [message["Body"] for message in messages] == ["1", "2", "3"]
    assert messages[0]["MessageId"] == locked["MessageId"]
    assert messages[0]["Attributes"]["ApproximateReceiveCount"] == "2"
    await _stopped(sqs)


async def test_a_reset_empties_everything_or_one_account(sqs: Sqs) -> None:
    other = sqs.caller(account_id="111122223333")
    mine, theirs = await sqs.queue(), await other.queue()
    await sqs.send(mine, "mine")
    await other.send(theirs, "theirs")
    reset = "/_ruststack/reset"
    assert (await sqs.request("POST", f"{reset}?account=111122223333", {}, b"")).status == 200
    assert await other.list_queues() == {}
    assert await sqs.counts(mine) == (1, 0, 0)
    assert await other.queue() == theirs
    assert await other.bodies(theirs) == []
    assert (await sqs.request("POST", reset, {}, b"")).status == 200
    assert await sqs.list_queues() == await other.list_queues() == {}
    assert await sqs.bodies(await sqs.queue()) == []


def test_the_migrations_build_the_tables(migrated_database_url: Callable[[str], str]) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    engine = sa.create_engine(migrated_database_url("sqs"), poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    assert differences == []
