"""What is handed over first, on both engines: written where it is not delivered at once, and never promised before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
import sqlalchemy as sa

from awskit.clock import ManualClock
from awskit.database import Database
from awskit.outbox import Delivered, Delivery, GivenUp, Outbox, OutboxEntry, Outcome, Retry
from tests.awskit.database.tables import database_with
from tests.awskit.test_outbox import METADATA, TABLE, Destination, rows, until_empty

DOWN = Retry(5, "refused", destination_down=True)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    with database_with(METADATA, database_url) as opened:
        yield opened


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def destination() -> Destination:
    return Destination()


@pytest.fixture
async def outbox(database: Database, clock: ManualClock, destination: Destination) -> AsyncIterator[Outbox]:
    made = Outbox("test", TABLE, database, clock, destination.deliver)
    await made.start()
    yield made
    await made.stop()


async def test_what_arrives_is_never_written(database: Database, clock: ManualClock) -> None:
    seen: list[int] = []

    async def deliver(destination: str, deliveries: Sequence[Delivery]) -> list[Outcome]:
        seen.append(await rows(database))
        return [Delivered()] * len(deliveries)

    outbox = Outbox("test", TABLE, database, clock, deliver)
    await outbox.start()
    await outbox.hand_over([OutboxEntry("queue", b"%d" % number) for number in range(12)], 5)
    assert seen == [0, 0]
    assert await rows(database) == 0
    await outbox.stop()


async def test_what_fails_is_written_when_its_sender_is_answered(
    database: Database, outbox: Outbox, destination: Destination, clock: ManualClock
) -> None:
    destination.answer = lambda d: Retry(20, "500") if d.payload == b"bad" and not d.attempts else Delivered()
    await outbox.hand_over([OutboxEntry("queue", b"bad"), OutboxEntry("queue", b"good")], 5)
    assert destination.received == [b"good"]
    assert await rows(database) == 1
    clock.advance(21)
    await destination.until(lambda: b"bad" in destination.received)
    await until_empty(database)
    assert sorted(destination.received) == [b"bad", b"good"]


async def test_what_a_destination_that_is_down_has_not_taken_arrives_once_it_is_back(
    database: Database, outbox: Outbox, destination: Destination, clock: ManualClock
) -> None:
    destination.answer = lambda _: DOWN
    await asyncio.gather(*(outbox.hand_over([OutboxEntry("queue", b"%d" % number)], 5) for number in range(25)))
    assert len(destination.calls) == 1
    assert await rows(database) == 25
    await outbox.hand_over([OutboxEntry("queue", b"25")], 5)
    assert await rows(database) == 26
    destination.answer = lambda _: Delivered()
    clock.advance(6)
    await until_empty(database)
    assert sorted(destination.received, key=int) == [b"%d" % number for number in range(26)]


async def test_what_takes_long_is_written_meanwhile_and_delivered_once(database: Database, clock: ManualClock) -> None:
    arrives = asyncio.Event()
    calls: list[int] = []

    async def deliver(destination: str, deliveries: Sequence[Delivery]) -> list[Outcome]:
        calls.append(len(deliveries))
        await arrives.wait()
        return [Delivered()] * len(deliveries)

    outbox = Outbox("test", TABLE, database, clock, deliver)
    await outbox.start()
    await outbox.hand_over([OutboxEntry("queue", b"1"), OutboxEntry("queue", b"2")], 0.01)
    assert await rows(database) == 2
    arrives.set()
    await until_empty(database)
    assert calls == [2]
    await outbox.stop()


async def test_what_can_be_neither_delivered_nor_written_is_an_error_of_its_sender(
    database: Database, outbox: Outbox, destination: Destination
) -> None:
    destination.answer = lambda _: DOWN
    await database.write(lambda transaction: transaction.connection.execute(sa.text("DROP TABLE outbox")) and None)
    with pytest.raises(Exception, match="outbox"):
        await outbox.hand_over([OutboxEntry("queue", b"lost")], 5)
    destination.answer = lambda _: Delivered()
    await database.write(lambda transaction: METADATA.create_all(transaction.connection))


async def test_what_follows_from_giving_up_is_waited_for(
    database: Database, outbox: Outbox, destination: Destination
) -> None:
    def dead_letter(delivery: Delivery) -> Outcome:
        if delivery.destination == "dead":
            return Delivered()
        return GivenUp("gone", lambda t: outbox.add(t, [OutboxEntry("dead", b"was " + delivery.payload)]))

    destination.answer = dead_letter
    await outbox.hand_over([OutboxEntry("queue", b"one")], 5)
    assert destination.received == [b"was one"]
    await until_empty(database)


async def test_what_is_under_way_when_the_process_ends_is_left_for_the_next(
    database: Database, clock: ManualClock, destination: Destination
) -> None:
    ending = Outbox("test", TABLE, database, clock, lambda *_: asyncio.Event().wait())
    await ending.start()
    sender = asyncio.create_task(ending.hand_over([OutboxEntry("queue", b"1")], 30))
    await asyncio.sleep(0)
    await ending.stop()
    sender.cancel()
    assert await rows(database) == 1
    clock.advance(61)  # where another replica might still be at it, until its lease ends
    following = Outbox("test", TABLE, database, clock, destination.deliver)
    await following.start()
    await until_empty(database)
    assert destination.received == [b"1"]
    await following.stop()


async def test_what_a_reset_has_forgotten_is_not_written_when_its_try_fails(
    database: Database, clock: ManualClock
) -> None:
    fails = asyncio.Event()

    async def deliver(destination: str, deliveries: Sequence[Delivery]) -> list[Outcome]:
        await fails.wait()
        return [DOWN] * len(deliveries)

    outbox = Outbox("test", TABLE, database, clock, deliver)
    await outbox.start()
    senders = [asyncio.create_task(outbox.hand_over([OutboxEntry("queue", b"1")], 30)) for _ in range(12)]
    await asyncio.sleep(0.02)
    outbox.forget_all()
    fails.set()
    await asyncio.gather(*senders)
    assert await rows(database) == 0
    await outbox.stop()


async def test_what_has_an_order_or_a_delay_is_written_first(database: Database, clock: ManualClock) -> None:
    seen: list[int] = []

    async def deliver(destination: str, deliveries: Sequence[Delivery]) -> list[Outcome]:
        seen.append(await rows(database))
        return [Delivered()] * len(deliveries)

    outbox = Outbox("test", TABLE, database, clock, deliver)
    await outbox.start()
    await outbox.hand_over([OutboxEntry("queue", b"1", "key"), OutboxEntry("queue", b"later", delay=60)], 5)
    assert seen == [2]
    await outbox.stop()


async def test_an_entry_that_its_sender_no_longer_waits_for_is_delivered(
    database: Database, outbox: Outbox, destination: Destination
) -> None:
    sender = asyncio.create_task(outbox.hand_over([OutboxEntry("queue", b"1")], 30))
    await asyncio.sleep(0)
    sender.cancel()
    await destination.until(lambda: destination.received == [b"1"])
    with pytest.raises(asyncio.CancelledError):
        await sender
